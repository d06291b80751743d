package payroll

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// xmlScan reads XML token by token in its buffer, without allocating, and takes no less for an error than
// encoding/xml does. Beyond that every element must be closed, to the last; an attribute stands once;
// there is no document type; names are ASCII, as all of a workbook's are.
type xmlScan struct {
	source io.Reader
	buffer []byte
	base   int64 // place of buffer[0] in the source
	pos    int   // of the first byte behind the token
	end    int   // of the bytes in the buffer
	hold   int64 // place from which the bytes stay in the buffer, or -1

	start  int    // of the token, in the buffer; its end is pos
	name   []byte // of a tag, with its prefix
	attrs  []xmlAttr
	raw    []byte // of a text, as it is written
	cdata  bool   // the text stands in CDATA: nothing in it is escaped
	empty  bool   // the start tag is its own end tag, which comes next
	rooted bool
	names  []byte // of the open elements
	ends   []int  // of each in names

	scratch []byte // for the text that sharedText puts together
}

// xmlAttr is an attribute of a start tag, its value as it is written.
type xmlAttr struct {
	name, value []byte
	place       int64 // of the value in the source
}

// xmlToken is the kind of a token. Comments and processing instructions are read over.
type xmlToken uint8

const (
	startTag xmlToken = iota
	endTag
	charData
)

const (
	// scanBuffer is what is read at once; most tokens have ten bytes.
	scanBuffer = 64 << 10
	// maxHeld bounds a token, and a cell of a sheet. A cell holds 32,767 characters, each of up to seven
	// bytes when it is escaped.
	maxHeld = 4 << 20
	// maxDepth bounds the elements within each other; a sheet has about ten.
	maxDepth = 100
	// maxAttributes bounds the attributes of one element; a worksheet's own has about twenty.
	maxAttributes = 200
)

var (
	errBrokenXML = errors.New("its tags do not match")
	errRepeated  = errors.New("an element has an attribute twice")
	errHeld      = fmt.Errorf("a tag or a text is longer than %d MiB", maxHeld>>20)
)

func newXMLScan(source io.Reader) *xmlScan {
	return &xmlScan{source: source, buffer: make([]byte, scanBuffer), hold: -1}
}

// depth is how many elements are open; behind a start tag its element counts, behind an end tag not.
func (x *xmlScan) depth() int { return len(x.ends) }

// is compares the tag's name without its prefix.
func (x *xmlScan) is(local string) bool {
	name := x.name
	if cut := len(name) - len(local); cut > 0 && name[cut-1] == ':' {
		name = name[cut:]
	}
	return string(name) == local
}

// place is where the token begins in the source.
func (x *xmlScan) place() int64 { return x.base + int64(x.start) }

// behind is where the token ends in the source.
func (x *xmlScan) behind() int64 { return x.base + int64(x.pos) }

// next returns the next token, io.EOF only when the root element is closed. What the token's fields
// hold is good until the following call.
func (x *xmlScan) next() (xmlToken, error) {
	if x.empty {
		x.empty, x.start = false, x.pos
		x.ends, x.names = x.ends[:len(x.ends)-1], x.names[:x.opened(len(x.ends)-1)]
		return endTag, nil
	}
	for {
		x.start = x.pos
		if err := x.need(1); err == io.EOF && x.rooted && len(x.ends) == 0 {
			return 0, io.EOF
		} else if err != nil {
			return 0, noEOF(err)
		}
		if x.buffer[x.pos] != '<' {
			return charData, x.text()
		}
		if err := x.need(2); err != nil {
			return 0, noEOF(err)
		}
		switch x.buffer[x.pos+1] {
		case '/':
			return endTag, x.close()
		case '?':
			if err := x.instruction(); err != nil {
				return 0, err
			}
		case '!':
			if text, err := x.declaration(); text || err != nil {
				return charData, err
			}
		default:
			return startTag, x.open()
		}
	}
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// opened is where the name of the open element at level begins.
func (x *xmlScan) opened(level int) int {
	if level == 0 {
		return 0
	}
	return x.ends[level-1]
}

// need makes sure that n bytes of the token are in the buffer.
func (x *xmlScan) need(n int) error {
	for x.end-x.pos < n {
		if err := x.fill(); err != nil {
			return err
		}
	}
	return nil
}

// fill reads more. The token and what is held move to the front of the buffer.
func (x *xmlScan) fill() error {
	keep := x.start
	if x.hold >= 0 {
		keep = min(keep, int(x.hold-x.base))
	}
	if keep > 0 {
		copy(x.buffer, x.buffer[keep:x.end])
		x.base, x.start, x.pos, x.end = x.base+int64(keep), x.start-keep, x.pos-keep, x.end-keep
	} else if x.end == len(x.buffer) {
		if x.end >= maxHeld {
			return errHeld
		}
		x.buffer = append(x.buffer, make([]byte, len(x.buffer))...)
	}
	const patience = 100 // reads in a row that bring nothing, as in bufio
	for range patience {
		n, err := x.source.Read(x.buffer[x.end:])
		if x.end += n; n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// find returns where in the token, from at on, the mark stands.
func (x *xmlScan) find(at int, mark string) (int, error) {
	for {
		if i := bytes.Index(x.buffer[x.start+at:x.end], []byte(mark)); i >= 0 {
			return at + i, nil
		}
		at = max(at, x.end-x.start-len(mark)+1)
		if err := x.fill(); err != nil {
			return 0, err
		}
	}
}

// text reads up to the next tag.
func (x *xmlScan) text() error {
	n, err := x.find(0, "<")
	if err == io.EOF {
		n = x.end - x.start
	} else if err != nil {
		return err
	}
	x.pos, x.raw, x.cdata = x.start+n, x.buffer[x.start:x.start+n], false
	return checkText(x.raw, textMarks)
}

// declaration reads a comment or CDATA; only CDATA is a text.
func (x *xmlScan) declaration() (text bool, err error) {
	const comment, cdata = "<!--", "<![CDATA["
	if err := x.need(len(cdata)); err != nil && err != io.EOF {
		return false, err
	}
	token := x.buffer[x.pos:x.end]
	switch {
	case bytes.HasPrefix(token, []byte(comment)):
		n, err := x.find(len(comment), "--")
		if err == nil {
			err = x.need(n + 3)
		}
		if err != nil {
			return false, noEOF(err)
		}
		if x.buffer[x.start+n+2] != '>' {
			return false, errors.New("a comment has two dashes in it")
		}
		x.pos = x.start + n + 3
		return false, nil
	case bytes.HasPrefix(token, []byte(cdata)):
		n, err := x.find(len(cdata), "]]>")
		if err != nil {
			return false, noEOF(err)
		}
		x.pos, x.raw, x.cdata = x.start+n+3, x.buffer[x.start+len(cdata):x.start+n], true
		return true, checkText(x.raw, cdataMarks)
	}
	return false, errors.New("it has a document type, which no workbook has")
}

// instruction reads a processing instruction, of which only the declaration of the encoding matters.
func (x *xmlScan) instruction() error {
	n, err := x.find(len("<?"), "?>")
	if err != nil {
		return noEOF(err)
	}
	text := string(x.buffer[x.start+len("<?") : x.start+n])
	x.pos = x.start + n + len("?>")
	length := nameLength([]byte(text))
	if length == 0 {
		return errors.New("a processing instruction has no name")
	}
	if text[:length] != "xml" {
		return nil
	}
	if version := declared(text, "version"); version != "" && version != "1.0" {
		return fmt.Errorf("it is written in XML %s", shorten(version))
	}
	if encoding := declared(text, "encoding"); encoding != "" && !strings.EqualFold(encoding, "utf-8") {
		return fmt.Errorf("it declares the encoding %s, and workbooks are read in UTF-8", shorten(encoding))
	}
	return nil
}

// declared returns what an XML declaration says of itself.
func declared(text, what string) string {
	_, value, ok := strings.Cut(text, what+"=")
	if !ok || value == "" || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	value, _, _ = strings.Cut(value[1:], value[:1])
	return value
}

// close reads an end tag.
func (x *xmlScan) close() error {
	n, err := x.find(len("</"), ">")
	if err != nil {
		return noEOF(err)
	}
	x.pos = x.start + n + 1
	x.name = bytes.TrimRight(x.buffer[x.start+len("</"):x.start+n], " \t\r\n")
	last := len(x.ends) - 1
	if last < 0 || !bytes.Equal(x.names[x.opened(last):], x.name) {
		return errBrokenXML
	}
	x.names, x.ends = x.names[:x.opened(last)], x.ends[:last]
	return nil
}

// open reads a start tag with its attributes.
func (x *xmlScan) open() error {
	if len(x.ends) == 0 && x.rooted || len(x.ends) == maxDepth {
		return errBrokenXML
	}
	n, err := x.tagEnd()
	if err != nil {
		return noEOF(err)
	}
	tag := x.buffer[x.start+1 : x.start+n]
	x.pos = x.start + n + 1
	if x.empty = bytes.HasSuffix(tag, []byte("/")); x.empty {
		tag = tag[:len(tag)-1]
	}
	length := nameLength(tag)
	if length == 0 {
		return errors.New("a tag has no name")
	}
	x.name, x.rooted = tag[:length], true
	x.names = append(x.names, x.name...)
	x.ends = append(x.ends, len(x.names))
	return x.attributes(tag[length:])
}

// tagEnd finds the mark that ends a start tag: one outside of quotation marks.
func (x *xmlScan) tagEnd() (int, error) {
	for at, quote := 1, byte(0); ; at++ {
		if err := x.need(at + 1); err != nil {
			return 0, err
		}
		for tag := x.buffer[x.start:x.end]; at < len(tag); at++ {
			switch c := tag[at]; {
			case c == quote:
				quote = 0
			case quote != 0:
			case c == '"' || c == '\'':
				quote = c
			case c == '>':
				return at, nil
			}
		}
		at--
	}
}

// attributes reads what stands in the start tag behind its name, to the end of the tag.
func (x *xmlScan) attributes(rest []byte) error {
	x.attrs = x.attrs[:0]
	end := x.base + int64(x.start) + 1 + int64(len(x.name)) + int64(len(rest))
	for {
		if rest = trimXML(rest); len(rest) == 0 {
			return nil
		}
		length := nameLength(rest)
		name := rest[:length]
		rest = trimXML(rest[length:])
		if length == 0 || len(rest) == 0 || rest[0] != '=' {
			return errors.New("an attribute has no value")
		}
		if rest = trimXML(rest[1:]); len(rest) < 2 || rest[0] != '"' && rest[0] != '\'' {
			return errors.New("the value of an attribute stands without quotation marks")
		}
		n := bytes.IndexByte(rest[1:], rest[0])
		if n < 0 {
			return errors.New("the value of an attribute has no end")
		}
		value, place := rest[1:1+n], end-int64(len(rest))+1
		rest = rest[n+2:]
		if err := checkText(value, valueMarks); err != nil {
			return err
		}
		for _, other := range x.attrs {
			if bytes.Equal(other.name, name) {
				return errRepeated
			}
		}
		if x.attrs = append(x.attrs, xmlAttr{name, value, place}); len(x.attrs) > maxAttributes {
			return errRepeated
		}
	}
}

func trimXML(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t' || text[0] == '\n' || text[0] == '\r') {
		text = text[1:]
	}
	return text
}

// nameLength returns how long the name is with which a text begins; 0 is none. At most one colon parts a
// prefix from the rest, and neither part is empty.
func nameLength(text []byte) int {
	colon := -1
	for i, c := range text {
		switch letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'; {
		case letter:
		case c == ':' && colon < 0 && i > 0:
			colon = i
		case (c >= '0' && c <= '9' || c == '.' || c == '-') && i != colon+1:
		case c == ':' || c >= 0x80:
			return 0
		default:
			if i == colon+1 {
				return 0
			}
			return i
		}
	}
	if colon+1 == len(text) {
		return 0
	}
	return len(text)
}

// held returns what stands between two places that are not before what is held.
func (x *xmlScan) held(from, to int64) []byte { return x.buffer[from-x.base : to-x.base] }
