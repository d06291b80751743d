package batch

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// personName is one holder's name taken apart: its words without titles.
type personName struct {
	words      []nameWord
	titles     []string // titles and degrees that were taken off
	length     int      // characters up to the end of the name as given: near a bank's limit it may be cut
	side       string   // "file" or "bank"
	company    string   // "pt", "toko": the name is a company's or an office's
	generation string   // "jr", "2": tells a father from his son, or two of one name
	address    gendered // Mr or Mrs, as the title says
	child      gendered // bin or binti
}

// nameWord is one word of a name.
type nameWord struct {
	text       string   // letters in lower case without diacritics; hidden letters are '*'
	glottal    string   // text with each apostrophe as a k (Ma'mun, Makmun); empty without one
	forms      []string // as spelt today; more than one where an old spelling has two readings
	loose      string   // forms[0] with letters that are mixed up in writing made equal
	dotted     bool     // a full stop follows: it may be an abbreviation
	common     bool     // many people have it: Muhammad, Siti, Sri
	patronymic bool     // stands after bin or binti
	arabic     bool     // stands after Abdul, where every name is Arabic
}

const (
	// maxNameRunes is far above what a bank shows (35) or a provider takes (64 or so).
	maxNameRunes = 200
	// maxWords bounds the comparison, which grows with the product of the words of both names.
	maxWords = 16
	// maxWordRunes is longer than any single word of a name.
	maxWordRunes = 60
)

// parsePerson takes the pieces of one holder's name apart.
func parsePerson(pieces []namePiece, side string) personName {
	name := personName{side: side}
	pieces, name.company = takeCompany(pieces)
	if name.company == "" {
		pieces = takeBankWords(pieces)
		pieces, name.generation = takeGeneration(pieces)
		pieces, name.titles = takeTitles(pieces)
		if name.generation == "" {
			pieces, name.generation = takeGeneration(pieces)
		}
		name.address = addressOf(name.titles)
	}
	for i, p := range pieces {
		if child, particle := particles[p.text]; particle && i > 0 && i < len(pieces)-1 && !p.balinese(pieces[i+1]) {
			name.child = max(name.child, child)
			continue
		}
		for _, text := range splitPrefix(p.text) {
			w := nameWord{text: text, dotted: p.dotted, patronymic: name.child != genderless}
			if text == p.text {
				w.glottal = p.glottal
			}
			name.words = append(name.words, w)
		}
	}
	name.words = onceEach(name.words)
	name.words = name.words[:min(len(name.words), maxWords)]
	return name
}

// gendered says of a title or a particle whom it belongs to.
type gendered uint8

const (
	genderless gendered = iota
	man
	woman
	either // a child, but whose sex is not said
)

// particles link the words of a name and are left out at will: son of, daughter of, of the
// (Batak) family.
var particles = map[string]gendered{
	"bin": man, "ibn": man, "ibnu": man, "a/l": man, "s/o": man,
	"binti": woman, "bt": woman, "bte": woman, "bti": woman, "binte": woman, "a/p": woman, "d/o": woman,
	"anak": either, "w/o": genderless, "br": genderless, "boru": genderless,
}

// balinese reports whether p and next are Anak Agung, a title of Bali and no particle.
func (p namePiece) balinese(next namePiece) bool { return p.text == "anak" && next.text == "agung" }

// spell fills in how the words may be spelt. Most names are the same as the bank has them, and need
// it not.
func (n *personName) spell() {
	for i := range n.words {
		n.words[i].arabic = i > 0 && n.words[i-1].forms[0] == "abdul"
		n.words[i].spell()
	}
}

func (w *nameWord) spell() {
	w.forms = spellings(w.text, w.glottal, w.arabic)
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

// tooShort says what there is of a name that shows less than two letters.
func (n personName) tooShort() string {
	if n.letters() == 0 {
		return "no name to compare"
	}
	return "a single letter for a name"
}

// onlyInitials reports whether no word shows more than one letter.
func (n personName) onlyInitials() bool {
	return !slices.ContainsFunc(n.words, func(w nameWord) bool {
		return utf8.RuneCountInString(strings.ReplaceAll(w.text, "*", "")) > 1
	})
}

// wordsAt writes some of the words for people.
func (n personName) wordsAt(indexes []int) string {
	words := make([]nameWord, len(indexes))
	for k, i := range indexes {
		words[k] = n.words[i]
	}
	return shown(words)
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
