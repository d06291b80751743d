package batch

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// namePiece is a run of letters in a name, before it is known to be a word, a title or what links
// two holders.
type namePiece struct {
	text       string
	glottal    string // see nameWord
	dotted     bool   // a full stop follows
	afterComma bool   // somewhere behind a comma
	afterSlash bool   // right behind a slash
	inBrackets bool   // right behind an opening bracket
}

// splitName cuts a name into runs of letters, in lower case and without diacritics. An "&" is a
// piece of its own, and so are two single letters with a slash between: a/n, s/o.
func splitName(name string) []namePiece {
	s := nameSplitter{pieces: make([]namePiece, 0, 8)}
	runes := 0
	for _, r := range norm.NFKD.String(name) {
		if runes++; runes > maxNameRunes {
			break // one sign may have become eighteen
		}
		switch {
		case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z':
			s.letter(string(r | 0x20))
		case strings.ContainsRune("'`´’‘\"", r) || unicode.Is(unicode.Lm, r):
			s.apostrophe(r)
		case unicode.IsLetter(r) || strings.ContainsRune(maskLetters, r):
			s.letter(plainLetter(r))
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
			// A diacritic: part of the word, not of its spelling.
		default:
			s.flush(r)
		}
	}
	s.flush(' ')
	return s.pieces
}

// nameSplitter gathers the pieces of a name.
type nameSplitter struct {
	pieces      []namePiece
	word        []byte
	apostrophes []int // where in word

	comma, slash, bracket bool
}

func (s *nameSplitter) letter(plain string) {
	if len(s.word) < maxWordRunes*utf8.UTFMax {
		s.word = append(s.word, plain...)
	}
}

// apostrophe notes an apostrophe inside a word, as in Ma'ruf; a double quote is none.
func (s *nameSplitter) apostrophe(r rune) {
	if len(s.word) > 0 && r != '"' {
		s.apostrophes = append(s.apostrophes, len(s.word))
	}
}

// flush ends the word before r, which is no letter.
func (s *nameSplitter) flush(r rune) {
	if text := hideRuns(s.word); text != "" && (text != "*" || len(s.pieces) > 0) {
		s.add(namePiece{text: text, glottal: s.glottal(), dotted: r == '.', afterComma: s.comma, afterSlash: s.slash, inBrackets: s.bracket})
		s.slash, s.bracket = false, false
	}
	s.word, s.apostrophes = s.word[:0], s.apostrophes[:0]
	switch r {
	case ',':
		s.comma = true
	case '/':
		s.slash = true
	case '(':
		s.bracket = true
	case '&':
		s.pieces = append(s.pieces, namePiece{text: "&"})
	}
}

// add appends p, or joins it to the single letter before its slash.
func (s *nameSplitter) add(p namePiece) {
	if last := len(s.pieces) - 1; p.afterSlash && last >= 0 && len(p.text) == 1 && len(s.pieces[last].text) == 1 {
		s.pieces[last].text += "/" + p.text
		return
	}
	s.pieces = append(s.pieces, p)
}

// glottal writes the word with a k for each apostrophe, which both stand for the same sound;
// empty without an apostrophe.
func (s *nameSplitter) glottal() string {
	var b strings.Builder
	done := 0
	for _, at := range s.apostrophes {
		b.Write(s.word[done:at])
		b.WriteByte('k')
		done = at
	}
	if done == 0 {
		return ""
	}
	b.Write(s.word[done:])
	return b.String()
}

// maskLetters are what banks print for letters they hide.
const maskLetters = "*•●█#"

// plainLetter writes a letter in lower case and in the alphabet of Indonesian; hidden ones as '*'.
func plainLetter(r rune) string {
	if strings.ContainsRune(maskLetters, r) {
		return "*"
	}
	r = unicode.ToLower(r)
	if plain, found := foreignLetters[r]; found {
		return plain
	}
	return string(r)
}

// foreignLetters have no decomposition in Unicode.
var foreignLetters = map[rune]string{'ß': "ss", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ı': "i"}

// hideRuns writes each run of hidden letters as one '*'. Three x in a row hide letters too.
func hideRuns(text []byte) string {
	b := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		run := 1
		for i+run < len(text) && text[i+run] == text[i] {
			run++
		}
		switch {
		case text[i] == '*' || text[i] == 'x' && run >= 3:
			if len(b) == 0 || b[len(b)-1] != '*' {
				b = append(b, '*')
			}
		default:
			b = append(b, text[i:i+run]...)
		}
		i += run
	}
	return string(b)
}
