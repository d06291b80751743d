package payroll

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/currency"
	"golang.org/x/text/unicode/norm"
)

// unitKind is what a text beside amounts says of them: what 3500 under "in thousands" or behind a dollar sign
// stands for is not 3500 rupiah.
type unitKind int

const (
	unitRupiah  unitKind = iota // or nothing
	unitScaled                  // thousands, millions
	unitForeign                 // another currency
)

// Words that say a unit. Single letters count in a cell's format alone, and behind "Rp".
var (
	scaleWords = wordSet(`ribu ribuan rb juta jutaan jt miliar miliaran milyar milyaran triliun thousand thousands thsd
		million millions mio mln mn mm billion billions bn k m b`)
	manyWords    = wordSet(`ribuan jutaan miliaran milyaran thousands millions billions`)
	foreignWords = wordSet(`rm us dollar dollars dolar euro euros ringgit yen yuan renminbi rmb baht peso won rupee rupees riyal dirham
		pound pounds poundsterling 元 円 圆 圓 원`)
	// majorCodes are those that a title is searched for, where any three letters may be a company's.
	majorCodes = wordSet(`usd eur sgd myr jpy cny gbp aud hkd thb chf sar krw inr nzd cad`)
	// otherWords are codes of ISO 4217 that mean something else here: words, and the bank BTN.
	otherWords  = wordSet(`all top try adp btn`)
	rupiahWords = wordSet(`rp idr rupiah`)
	inWords     = wordSet(`dalam in satuan x kali uang currency valuta`)
)

// unitOf reads a text that stands at an amount itself: a cell's format, a cell that names its currency.
func unitOf(text string) unitKind {
	found := unitRupiah
	for _, word := range unitWords(text) {
		found = max(found, unitOfWord(word))
	}
	return found
}

// headerUnit reads the header of the amounts, where a letter in brackets is often that of a column: "Gaji
// Bersih (K)", "(M = K - L)".
func headerUnit(text string) unitKind {
	found, before := unitRupiah, ""
	for _, word := range unitWords(text) {
		if len(word) > 1 || isSign(word) || rupiahWords[before] {
			found = max(found, unitOfWord(word))
		}
		before = word
	}
	return found
}

func unitOfWord(word string) unitKind {
	code, err := currency.ParseISO(word)
	switch {
	case rupiahWords[word] || otherWords[word]:
		return unitRupiah
	case scaleWords[word] || roundNumber(word):
		return unitScaled
	case foreignWords[word] || isSign(word) || err == nil && code.String() != "IDR" && len(word) == 3:
		return unitForeign
	}
	return unitRupiah
}

// titleUnit reads a text that stands somewhere else, a title or a note, where a company may be called
// Sejuta and a bracket hold its name: only a phrase says a unit there, "dalam ribuan rupiah", "in USD", "(juta)", or
// a cell with nothing else in it.
func titleUnit(text string) unitKind {
	found := unitRupiah
	before := ""
	words := unitWords(text)
	for _, word := range words {
		switch {
		case manyWords[word], zeros(word) && rupiahWords[before]:
			found = max(found, unitScaled)
		case inWords[before]:
			found = max(found, clearUnit(word))
		}
		if !inWords[before] || !rupiahWords[word] { // "dalam rupiah juta": the rupiah counts for nothing
			before = word
		}
	}
	for _, word := range unitWords(bracketed(text)) {
		found = max(found, clearUnit(word))
	}
	if !slices.ContainsFunc(words, func(word string) bool { return !rupiahWords[word] && clearUnit(word) == unitRupiah }) {
		found = max(found, unitOf(text))
	}
	return found
}

// clearUnit leaves out what may mean something else.
func clearUnit(word string) unitKind {
	u := unitOfWord(word)
	if u == unitForeign && !majorCodes[word] && !isSign(word) && (!foreignWords[word] || word == "us") || len(word) == 1 && !isSign(word) {
		return unitRupiah
	}
	return u
}

// unitWords takes a text apart into words in lower case, numbers without their marks, and currency signs.
func unitWords(text string) []string {
	if words, ok := plainWords(text); ok {
		return words
	}
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	kind, marks := 0, ""
	for _, r := range strings.ToLower(norm.NFKC.String(text)) {
		before := kind
		switch kind = 0; {
		case unicode.Is(unicode.Sc, r):
			end()
			words = append(words, string(r))
			continue
		case r == '×':
			end()
			words = append(words, "x")
			continue
		case unicode.IsLetter(r):
			kind = 1
		case unicode.IsDigit(r):
			kind = 2
		case before == 2 && marks == "" && strings.ContainsRune(".,'’", r):
			kind, marks = 2, string(r)
			continue
		}
		if kind != before {
			end()
		}
		if kind != 0 {
			word.WriteRune(r)
		}
		marks = ""
	}
	end()
	return words
}

// plainWords takes a text of printable ASCII apart in which no number has a mark.
func plainWords(text string) (words []string, ok bool) {
	if !isPrintable(text) {
		return nil, false
	}
	text = strings.ToLower(text)
	for i := 0; i < len(text); {
		from, digits := i, isDigit(text[i])
		switch {
		case text[i] == '$':
			i++
		case digits:
			for i < len(text) && isDigit(text[i]) {
				i++
			}
			if i < len(text) && strings.IndexByte(".,'", text[i]) >= 0 {
				return nil, false
			}
		default:
			for i < len(text) && text[i] >= 'a' && text[i] <= 'z' {
				i++
			}
		}
		if i > from {
			words = append(words, text[from:i])
		} else {
			i++
		}
	}
	return words, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// bracketed is what stands in brackets.
func bracketed(text string) string {
	var b strings.Builder
	depth := 0
	for _, r := range norm.NFKC.String(text) {
		switch {
		case r == '(' || r == '[' || r == '{':
			depth++
		case r == ')' || r == ']' || r == '}':
			depth = max(0, depth-1)
		case depth > 0:
			b.WriteRune(r)
			continue
		}
		b.WriteByte(' ')
	}
	return b.String()
}

func isSign(word string) bool {
	for _, r := range word {
		return unicode.Is(unicode.Sc, r)
	}
	return false
}

// zeros is true for the zeros that are left out of amounts: 000, 000000.
func zeros(word string) bool {
	return strings.Trim(word, "0") == "" && len(word) > 0 && len(word)%3 == 0
}

// roundNumber is true for what amounts are to be multiplied by: 1000, 000.
func roundNumber(word string) bool {
	return zeros(word) || len(word) > 1 && zeros(strings.TrimPrefix(word, "1")) && word[0] == '1'
}

// note is the fault of a text that says a unit; where names the text.
func (u unitKind) note(where string) note {
	switch u {
	case unitScaled:
		return note{where + " says that the amounts are in thousands or millions", "write every amount in full, like 3500000, and take the words out"}
	case unitForeign:
		return note{where + " says that the amounts are in another currency than rupiah", "write the amounts in rupiah, and take the other currency out"}
	}
	return note{}
}
