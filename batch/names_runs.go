package batch

import (
	"strings"
	"unicode/utf8"
)

// wordRun is some words of a name in a row, tried as one word.
type wordRun struct {
	i, n     int
	one      nameWord // the words without blanks; spelt when first needed
	initials string
	weight   float64
	letters  int // of its shortest word
}

// maxRun is how many words are tried as one: Nur Ul Huda for Nurulhuda.
const maxRun = 3

// runsOf lists the runs of two and more words that show all their letters.
func runsOf(words []nameWord) []wordRun {
	var runs []wordRun
	for i := range words {
		run := wordRun{i: i, n: 1, one: nameWord{text: words[i].text}, initials: firstLetter(words[i].text), weight: words[i].weight(), letters: len(words[i].text)}
		for _, w := range words[i+1 : min(i+maxRun, len(words))] {
			if w.masked() || words[i].masked() {
				break
			}
			run.n++
			run.one = nameWord{text: run.one.text + w.text}
			run.initials += firstLetter(w.text)
			run.weight += w.weight()
			run.letters = min(run.letters, len(w.text))
			runs = append(runs, run)
		}
	}
	return runs
}

// minTogether is how long words written together must be before they may be spelt otherwise, too.
const minTogether = 5

// match tries the run as the one word whole: run together, or as their initials.
func (r *wordRun) match(whole nameWord) (p wordPair, ok bool) {
	p = wordPair{lefts: r.n, rights: 1, weight: r.weight}
	if len(whole.text) < 2 {
		return p, false
	}
	if whole.masked() {
		seen := hiddenAcross(r.one.text, whole.text)
		p.quality, p.kind, p.weight = 0.9, pairHidden, seen*r.weight
		return p, seen > 0
	}
	switch {
	case r.one.text == whole.text || r.spelt(whole):
		p.quality, p.kind, p.weight = 0.97, runTogether, max(r.weight, whole.weight())
	case r.initials == whole.text && len(r.one.text) >= 3*r.n:
		p.quality, p.kind, p.weight = 0.75, initialOnly, weightInitial*float64(r.n)
	default:
		return p, false
	}
	return p, true
}

// spelt reports whether the run is whole in another spelling. Lengths that are far apart are not
// tried: no spelling makes a word half as long again. Nor are initials, which are no part of a word.
func (r *wordRun) spelt(whole nameWord) bool {
	shorter, longer := min(len(r.one.text), len(whole.text)), max(len(r.one.text), len(whole.text))
	if r.letters < 2 || shorter < minTogether || 2*longer > 3*shorter || firstSound(r.one.text) != firstSound(whole.text) {
		return false
	}
	if r.one.forms == nil {
		r.one.spell()
	}
	return sharesForm(r.one, whole) || r.one.loose == whole.loose
}

// firstSound returns the first letter, one for all the letters that a spelling may change into each
// other at the beginning of a word. It saves spelling runs that cannot match.
func firstSound(text string) byte {
	switch text[0] {
	case 'c', 't', 'k', 'q', 'h', 'x', 'd', 'j', 'y', 'z', 's', 'i', 'e':
		return 'c' // which is a k in Clara, an s in Cecilia and a tj in Cahyono
	case 'p', 'f', 'v':
		return 'f'
	case 'o', 'u':
		return 'u'
	}
	return text[0]
}

func firstLetter(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return text[:size]
}

// shown writes words for people, blanks between them.
func shown(words []nameWord) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.String()
	}
	return strings.Join(texts, " ")
}
