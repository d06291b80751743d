package payroll

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// textPlace says where a text stands, by which of the marks of XML mean something there.
type textPlace struct{ entities, brackets, tags bool }

var (
	textMarks  = textPlace{entities: true, brackets: true} // between tags
	valueMarks = textPlace{entities: true, tags: true}     // of an attribute
	cdataMarks = textPlace{}
)

// plainXML are the bytes that mean themselves everywhere.
var plainXML = func() (plain [256]bool) {
	for c := byte(' '); c < 0x7f; c++ {
		plain[c] = c != '&' && c != '<' && c != ']'
	}
	plain['\t'], plain['\n'], plain['\r'], plain[0x7f] = true, true, true, true
	return plain
}()

// checkText refuses what encoding/xml refuses in a text: bytes that are no UTF-8, characters that XML does
// not have, entities that nobody declared, marks where they may not stand.
func checkText(text []byte, in textPlace) error {
	for i := 0; i < len(text); {
		c := text[i]
		size := 1
		switch {
		case plainXML[c]:
		case c == '&':
			if in.entities {
				_, n, err := entity(text[i:])
				if err != nil {
					return err
				}
				size = n
			}
		case c == '<' && in.tags:
			return errors.New("an attribute has a tag in it")
		case c == ']' && in.brackets && bytes.HasPrefix(text[i:], []byte("]]>")):
			return errors.New("the end of CDATA stands in a text")
		case c < ' ':
			return fmt.Errorf("it has the control character U+%04X in it", c)
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n == 1 {
				return errors.New("it is no UTF-8")
			}
			if !isXML(r) {
				return fmt.Errorf("it has the character U+%04X in it, which XML has not", r)
			}
			size = n
		}
		i += size
	}
	return nil
}

// isXML is true for the characters of XML 1.0, section 2.2.
func isXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= utf8.MaxRune
}

// entities are those that XML has without declaring them.
var entities = map[string]rune{"lt": '<', "gt": '>', "amp": '&', "apos": '\'', "quot": '"'}

// maxEntity bounds an entity's length: "&#x10FFFF;" with zeros to spare.
const maxEntity = 32

// entity reads the entity with which a text begins.
func entity(text []byte) (r rune, size int, err error) {
	end := bytes.IndexByte(text[:min(len(text), maxEntity)], ';')
	if end < 0 {
		return 0, 0, errors.New("an entity has no end")
	}
	name := string(text[1:end])
	if r, ok := entities[name]; ok {
		return r, end + 1, nil
	}
	digits, base := name, 0
	switch {
	case len(name) > 2 && name[:2] == "#x":
		digits, base = name[2:], 16
	case len(name) > 1 && name[0] == '#':
		digits, base = name[1:], 10
	}
	if base != 0 {
		if n, err := strconv.ParseUint(digits, base, 32); err == nil && n <= utf8.MaxRune && isXML(rune(n)) {
			return rune(n), end + 1, nil
		}
	}
	return 0, 0, fmt.Errorf("the entity %s is none of XML's", shorten(string(text[:end+1])))
}

// appendText appends a checked text as it is meant: without entities, and with line feeds for all line
// ends.
func appendText(to, text []byte, cdata bool) []byte {
	if bytes.IndexByte(text, '\r') < 0 && (cdata || bytes.IndexByte(text, '&') < 0) {
		return append(to, text...)
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\r':
			if to = append(to, '\n'); i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
		case c == '&' && !cdata:
			r, size, _ := entity(text[i:]) // checked
			to = utf8.AppendRune(to, r)
			i += size - 1
		default:
			to = append(to, c)
		}
	}
	return to
}
