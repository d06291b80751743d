package payroll

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// textFacts are what one pass over a text file finds out before anything is decoded.
type textFacts struct {
	mark      int  // length of the byte order mark
	wide      bool // UTF-16
	bigEndian bool
	invalid   bool // some bytes are no UTF-8
	multibyte bool // some bytes are UTF-8 beyond ASCII
	undefined bool // some byte has no meaning in Windows-1252 either
	loneCR    bool // a carriage return without a line feed ends a line
}

// windows1252 is true for a text that is no UTF-8 at all but makes sense in Windows-1252. A mixture of
// both is neither; its faults are shown at their lines.
func (f textFacts) windows1252() bool {
	return f.mark == 0 && !f.wide && f.invalid && !f.multibyte && !f.undefined
}

var (
	markUTF8     = []byte("\xef\xbb\xbf")
	markUTF16LE  = []byte("\xff\xfe")
	markUTF16BE  = []byte("\xfe\xff")
	undefined252 = []byte{0x81, 0x8d, 0x8f, 0x90, 0x9d}
)

// examine reads r to its end. head is its beginning.
func examine(head []byte, r io.Reader) (textFacts, error) {
	var f textFacts
	switch {
	case bytes.HasPrefix(head, markUTF8):
		f.mark = len(markUTF8)
	case bytes.HasPrefix(head, markUTF16LE):
		f.mark, f.wide = len(markUTF16LE), true
	case bytes.HasPrefix(head, markUTF16BE):
		f.mark, f.wide, f.bigEndian = len(markUTF16BE), true, true
	default:
		f.wide, f.bigEndian = wideWithoutMark(head)
	}
	if f.wide {
		f.loneCR = true // not looked for: the reader that mends it finds out
		return f, nil
	}
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
		chunk := buf[:kept+n]
		last := err == io.EOF
		if err != nil && !last {
			return f, err
		}
		rest := f.see(chunk, last)
		if last {
			return f, nil
		}
		kept = copy(buf, rest)
	}
}

// see looks at a chunk and returns the end of it that may belong to a character or a line end which
// the next chunk completes.
func (f *textFacts) see(chunk []byte, last bool) (rest []byte) {
	whole := chunk
	if !last {
		whole = chunk[:completeLength(chunk)]
	}
	f.seeLineEnds(whole)
	if isASCII(whole) {
		return chunk[len(whole):]
	}
	for i := 0; i < len(whole); {
		r, size := utf8.DecodeRune(whole[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			f.invalid = true
			f.undefined = f.undefined || bytes.IndexByte(undefined252, whole[i]) >= 0
		case size > 1:
			f.multibyte = true
		}
		i += size
	}
	return chunk[len(whole):]
}

func (f *textFacts) seeLineEnds(text []byte) {
	for !f.loneCR {
		i := bytes.IndexByte(text, '\r')
		if i < 0 {
			return
		}
		f.loneCR = i+1 == len(text) || text[i+1] != '\n'
		text = text[i+1:]
	}
}

// completeLength leaves out a carriage return or the beginning of a character at the end.
func completeLength(chunk []byte) int {
	n := len(chunk)
	if n > 0 && chunk[n-1] == '\r' {
		return n - 1
	}
	for back := 1; back < utf8.UTFMax && back <= n; back++ {
		if c := chunk[n-back]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(chunk[n-back:]) {
				return n - back
			}
			break
		}
	}
	return n
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// wideWithoutMark recognises UTF-16 that lacks its mark by the zero byte that every ASCII character
// has on one side. A text in another encoding has no zero bytes.
func wideWithoutMark(head []byte) (wide, bigEndian bool) {
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	pairs := len(head) / 2
	switch {
	case zeros[1] > pairs/2 && zeros[0] == 0:
		return true, false
	case zeros[0] > pairs/2 && zeros[1] == 0:
		return true, true
	}
	return false, false
}

// decode returns the text behind the mark as UTF-8 with lines that end in a line feed. What is no
// character becomes U+FFFD, which is refused at its line.
func (f textFacts) decode(r io.Reader) io.Reader {
	if f.mark > 0 {
		r = &skipReader{r: r, skip: f.mark}
	}
	switch {
	case f.wide:
		endian := unicode.LittleEndian
		if f.bigEndian {
			endian = unicode.BigEndian
		}
		r = transform.NewReader(r, unicode.UTF16(endian, unicode.IgnoreBOM).NewDecoder())
	case f.windows1252():
		r = transform.NewReader(r, charmap.Windows1252.NewDecoder())
	}
	if f.loneCR {
		r = transform.NewReader(r, lineEnds{})
	}
	return r
}

// skipReader leaves out the first bytes.
type skipReader struct {
	r    io.Reader
	skip int
}

func (s *skipReader) Read(p []byte) (int, error) {
	if s.skip > 0 {
		if _, err := io.CopyN(io.Discard, s.r, int64(s.skip)); err != nil {
			return 0, err
		}
		s.skip = 0
	}
	return s.r.Read(p)
}

// lineEnds turns a carriage return that stands alone into a line feed, as old Macintosh files need it,
// so that lines are counted as an editor does.
type lineEnds struct{ transform.NopResetter }

func (lineEnds) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if nDst == len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		c := src[nSrc]
		if c == '\r' {
			if nSrc+1 == len(src) && !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			if nSrc+1 == len(src) || src[nSrc+1] != '\n' {
				c = '\n'
			}
		}
		dst[nDst] = c
		nDst++
		nSrc++
	}
	return nDst, nSrc, nil
}
