package batch

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// personName is a name taken apart: its words without titles.
type personName struct {
	words  []nameWord
	titles []string // titles and degrees that were taken off
	length int      // characters of the name as given, trimmed: near a bank's limit it may be cut
	side   string   // "file" or "bank"
}

// nameWord is one word of a name.
type nameWord struct {
	text       string   // letters in lower case without diacritics; a run of hidden letters is one '*'
	forms      []string // as spelt today; more than one where an old spelling has two readings
	loose      string   // forms[0] with letters that are mixed up in writing made equal
	dotted     bool     // a full stop follows: it may be an abbreviation
	common     bool     // many people have it: Muhammad, Siti, Sri
	patronymic bool     // stands after bin or binti
}

const (
	// maxNameRunes is far above what a bank shows (35) or a provider takes (64 or so).
	maxNameRunes = 200
	// maxWords bounds the comparison, which grows with the product of the words of both names.
	maxWords = 16
	// maxWordRunes is longer than any single word of a name.
	maxWordRunes = 60
)

// parseName takes a name apart.
func parseName(raw string) personName {
	runes := []rune(strings.TrimSpace(raw[:min(len(raw), maxNameRunes*utf8.UTFMax)]))
	runes = runes[:min(len(runes), maxNameRunes)]
	pieces := splitName(string(runes))
	name := personName{length: len(runes)}
	pieces, name.titles = takeTitles(pieces)
	afterBin := false
	for i, p := range pieces {
		if i > 0 && i < len(pieces)-1 && particles[p.text] {
			afterBin = afterBin || p.text != "br" && p.text != "boru"
			continue
		}
		for _, text := range splitPrefix(p.text) {
			name.words = append(name.words, nameWord{text: text, dotted: p.dotted, patronymic: afterBin})
		}
	}
	name.words = onceEach(name.words)
	name.words = name.words[:min(len(name.words), maxWords)]
	return name
}

// particles link the words of a name and are left out at will: son of, daughter of, of the
// (Batak) family.
var particles = map[string]bool{"bin": true, "binti": true, "bt": true, "bte": true, "bti": true, "ibn": true, "br": true, "boru": true}

// spell fills in how the words may be spelt. Most names are the same as the bank has them, and need
// it not.
func (n *personName) spell() {
	for i := range n.words {
		n.words[i].spell()
	}
}

func (w *nameWord) spell() {
	w.forms = spellings(w.text)
	w.loose = looseSpelling(w.forms[0])
	w.common = commonWords[w.forms[0]]
}

// splitPrefix takes Muhammad off a word that runs it together with the next name.
func splitPrefix(text string) []string {
	for _, prefix := range []string{"muhammad", "mohammad", "mochammad", "muhamad", "mohamad", "mochamad"} {
		if rest, found := strings.CutPrefix(text, prefix); found && len(rest) >= 3 {
			return []string{prefix, rest}
		}
	}
	return []string{text}
}

// onceEach reduces a name whose words are all the same to that word: a bank that asks for a
// last name gets the only name twice.
func onceEach(words []nameWord) []nameWord {
	for _, w := range words {
		if w.text != words[0].text {
			return words
		}
	}
	return words[:min(len(words), 1)]
}

// namePiece is a run of letters in a name, before it is known to be a word or a title.
type namePiece struct {
	text       string
	dotted     bool // a full stop follows
	afterComma bool
}

// splitName cuts a name into runs of letters, in lower case and without diacritics.
func splitName(name string) []namePiece {
	var pieces []namePiece
	var letters strings.Builder
	comma := false
	flush := func(dot bool) {
		if text := hideRuns(letters.String()); text != "" && text != "*" || text == "*" && len(pieces) > 0 {
			pieces = append(pieces, namePiece{text, dot, comma})
		}
		letters.Reset()
	}
	for _, r := range norm.NFKD.String(name) {
		switch {
		case unicode.IsLetter(r) || strings.ContainsRune(maskLetters, r):
			if letters.Len() < maxWordRunes*utf8.UTFMax {
				letters.WriteString(plainLetter(r))
			}
		case unicode.Is(unicode.Mn, r) || strings.ContainsRune("'`´’‘ʼ\"", r) || unicode.Is(unicode.Cf, r):
			// A diacritic, or an apostrophe as in Ma'ruf: part of the word, not of its spelling.
		default:
			flush(r == '.')
			comma = comma || r == ','
		}
	}
	flush(false)
	return pieces
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
func hideRuns(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		run := 1
		for i+run < len(text) && text[i+run] == text[i] {
			run++
		}
		switch {
		case text[i] == '*' || text[i] == 'x' && run >= 3:
			if !strings.HasSuffix(b.String(), "*") {
				b.WriteByte('*')
			}
		default:
			b.WriteString(text[i : i+run])
		}
		i += run
	}
	return b.String()
}

// initial reports whether the word is a single letter.
func (w nameWord) initial() bool { return utf8.RuneCountInString(w.text) == 1 && w.text != "*" }

// masked reports whether letters of the word are hidden.
func (w nameWord) masked() bool { return strings.Contains(w.text, "*") }

// weight says how much it means that two names share the word: 1 for a full word. A word of
// three letters or fewer, one that many people have, and an initial mean less, in this order.
func (w nameWord) weight() float64 {
	switch {
	case w.initial():
		return weightInitial
	case w.masked():
		return w.maskedWeight()
	case w.common:
		return 0.5
	case utf8.RuneCountInString(w.text) <= 3:
		return 0.7
	default:
		return 1
	}
}

const weightInitial = 0.3

// maskedWeight grows with the letters that can be seen; one alone is an initial.
func (w nameWord) maskedWeight() float64 {
	seen := utf8.RuneCountInString(strings.ReplaceAll(w.text, "*", ""))
	return min(weightInitial+0.25*float64(max(seen-1, 0)), 1) * float64(min(seen, 1))
}

// String writes the word for people.
func (w nameWord) String() string { return strings.ToUpper(w.text) }

// String writes the words of the name, blanks between them.
func (n personName) String() string {
	texts := make([]string, len(n.words))
	for i, w := range n.words {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

func (n personName) letters() int {
	count := 0
	for _, w := range n.words {
		count += utf8.RuneCountInString(strings.ReplaceAll(w.text, "*", ""))
	}
	return count
}

// onlyInitials reports whether no word shows more than one letter.
func (n personName) onlyInitials() bool {
	return !slices.ContainsFunc(n.words, func(w nameWord) bool {
		return utf8.RuneCountInString(strings.ReplaceAll(w.text, "*", "")) > 1
	})
}

func (n personName) wordsAt(indexes []int) string {
	texts := make([]string, len(indexes))
	for k, i := range indexes {
		texts[k] = n.words[i].String()
	}
	return strings.Join(texts, " ")
}

func (n personName) weightAt(indexes []int) (sum float64) {
	for _, i := range indexes {
		sum += n.words[i].weight()
	}
	return sum
}

func sameWords(a, b []nameWord) bool {
	return slices.EqualFunc(a, b, func(x, y nameWord) bool { return x.text == y.text })
}
