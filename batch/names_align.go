package batch

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// nameAlignment is which words of two names belong together.
type nameAlignment struct {
	left, right personName
	pairs       []wordPair // in the order of left's words
}

// wordPair is a run of words on each side that belong together; at least one run is a single word.
type wordPair struct {
	i, j            int // where the runs begin
	lefts, rights   int // how many words they have
	quality         float64
	weight          float64
	kind            pairKind
	leftIs, rightIs string
}

// pairKind says why two words belong together.
type pairKind uint8

const (
	sameWord pairKind = iota
	otherSpelling
	abbreviated // Moh. for Muhammad
	initialOnly
	pairHidden
	pairCut
	pairSlip
	runTogether
)

// alignWords pairs the words of both names, the surest pair first. The names are short, so
// trying each with each is cheap: at most 16 words, in runs of up to three.
func alignWords(left, right personName) nameAlignment {
	a := nameAlignment{left: left, right: right}
	candidates := a.candidates()
	slices.SortStableFunc(candidates, func(p, q wordPair) int {
		switch pv, qv := p.value(), q.value(); {
		case pv > qv:
			return -1
		case pv < qv:
			return 1
		default:
			return (p.i + p.j) - (q.i + q.j)
		}
	})
	usedLeft, usedRight := make([]bool, len(left.words)), make([]bool, len(right.words))
	for _, p := range candidates {
		l, r := usedLeft[p.i:p.i+p.lefts], usedRight[p.j:p.j+p.rights]
		if slices.Contains(l, true) || slices.Contains(r, true) {
			continue
		}
		markUsed(l)
		markUsed(r)
		a.pairs = append(a.pairs, p)
	}
	slices.SortFunc(a.pairs, func(p, q wordPair) int { return p.i - q.i })
	return a
}

func markUsed(used []bool) {
	for i := range used {
		used[i] = true
	}
}

// value orders candidates: what means most first; among equals the longer run of words.
func (p wordPair) value() float64 { return p.quality*p.weight + 0.001*float64(p.lefts+p.rights) }

// maxRun is how many words are tried as one: Nur Ul Huda for Nurulhuda.
const maxRun = 3

// minTogether is how long words written together must be before they may be spelt otherwise, too.
const minTogether = 5

func (a nameAlignment) candidates() []wordPair {
	var found []wordPair
	for i := range a.left.words {
		for j := range a.right.words {
			if p, ok := a.onePair(i, j); ok {
				found = append(found, p)
			}
			for n := 2; n <= maxRun; n++ {
				if p, ok := runPair(a.left.words, i, n, a.right.words[j]); ok {
					p.i, p.j = i, j
					found = append(found, p)
				}
				if p, ok := runPair(a.right.words, j, n, a.left.words[i]); ok {
					p.i, p.j, p.lefts, p.rights = i, j, p.rights, p.lefts
					p.leftIs, p.rightIs = p.rightIs, p.leftIs
					found = append(found, p)
				}
			}
		}
	}
	return found
}

// onePair tries one word with one word.
func (a nameAlignment) onePair(i, j int) (wordPair, bool) {
	l, r := a.left.words[i], a.right.words[j]
	p := wordPair{i: i, j: j, lefts: 1, rights: 1, leftIs: l.String(), rightIs: r.String()}
	p.quality, p.weight, p.kind = compareWords(l, r)
	if p.quality == 0 && (a.cutWord(a.left, i, r) || a.cutWord(a.right, j, l)) {
		p.quality, p.weight, p.kind = 0.9, min(l.weight(), r.weight()), pairCut
	}
	return p, p.quality > 0
}

// compareWords says how well two words match (0: not at all), how much that means, and why.
func compareWords(a, b nameWord) (quality, weight float64, kind pairKind) {
	weight = min(a.weight(), b.weight())
	switch {
	case a.text == b.text:
		return 1, weight, sameWord
	case a.masked() || b.masked():
		if hiddenMatch(a.text, b.text) {
			return 0.9, weight, pairHidden
		}
	case a.initial() || b.initial():
		return compareInitial(a, b)
	case sharesForm(a, b):
		return 0.96, weight, otherSpelling
	case a.loose == b.loose && min(len(a.loose), len(b.loose)) >= 4:
		return 0.92, weight, otherSpelling
	case abbreviates(a, b) || abbreviates(b, a):
		return 0.7, 0.4, initialOnly
	case oneSlip(a.loose, b.loose):
		return 0.86, 0.7 * weight, pairSlip
	}
	return 0, 0, sameWord
}

// sharesForm reports whether two words are the same in today's spelling.
func sharesForm(a, b nameWord) bool {
	return slices.ContainsFunc(a.forms, func(f string) bool { return slices.Contains(b.forms, f) })
}

// compareInitial compares words of which at least one is a single letter. M stands for Muhammad
// so often that it counts as its abbreviation.
func compareInitial(a, b nameWord) (quality, weight float64, kind pairKind) {
	if a.initial() {
		a, b = b, a
	}
	switch {
	case a.initial() || !sameInitial(a.text, b.text):
		return 0, 0, initialOnly
	case b.text == "m" && a.forms[0] == "muhammad":
		return 0.9, a.weight(), abbreviated
	default:
		return 0.7, weightInitial, initialOnly
	}
}

// sameInitial compares first letters; J and Y are one in old names.
func sameInitial(full, initial string) bool {
	f, _ := utf8.DecodeRuneInString(full)
	i, _ := utf8.DecodeRuneInString(initial)
	return f == i || f == 'j' && i == 'y' || f == 'y' && i == 'j'
}

// abbreviates reports whether short, up to four letters and a full stop, begins long.
func abbreviates(short, long nameWord) bool {
	return short.dotted && len(short.text) <= 4 && len(short.text) < len(long.text) &&
		strings.HasPrefix(long.text, short.text)
}

// hiddenMatch compares words of which letters are hidden: what can be seen must agree. How many
// are hidden is not compared, because some banks always print the same number.
func hiddenMatch(a, b string) bool {
	if !strings.Contains(a, "*") {
		a, b = b, a
	}
	before, after := a[:strings.IndexByte(a, '*')], a[strings.LastIndexByte(a, '*')+1:]
	return !strings.Contains(b, "*") && len(before)+len(after) <= len(b) && strings.HasPrefix(b, before) && strings.HasSuffix(b, after)
}

// shortestCut is the length from which a bank may have cut a name: 20 characters is the smallest
// limit seen, and a blank at the cut is trimmed away.
const shortestCut = 19

// cutWord reports whether the last word of a long name is the beginning of another word.
func (a nameAlignment) cutWord(name personName, i int, whole nameWord) bool {
	w := name.words[i]
	return i == len(name.words)-1 && name.length >= shortestCut && !w.masked() && !whole.masked() &&
		len(w.text) < len(whole.text) && strings.HasPrefix(whole.text, w.text)
}

// runPair tries n words in a row, from i on, as the one word whole: run together, or as their initials.
func runPair(words []nameWord, i, n int, whole nameWord) (wordPair, bool) {
	if i+n > len(words) || whole.masked() || len(whole.text) < 2 {
		return wordPair{}, false
	}
	var joined, initials, shown strings.Builder
	weight := 0.0
	for _, w := range words[i : i+n] {
		if w.masked() {
			return wordPair{}, false
		}
		joined.WriteString(w.text)
		initials.WriteString(firstLetter(w.text))
		shown.WriteString(" " + w.String())
		weight += w.weight()
	}
	p := wordPair{lefts: n, rights: 1, leftIs: strings.TrimSpace(shown.String()), rightIs: whole.String(), weight: weight}
	one := nameWord{text: joined.String()}
	one.spell()
	switch {
	case one.text == whole.text || min(len(one.text), len(whole.text)) >= minTogether && sharesForm(one, whole):
		p.quality, p.kind, p.weight = 0.97, runTogether, max(weight, whole.weight())
	case initials.String() == whole.text && len(joined.String()) >= 3*n:
		p.quality, p.kind, p.weight = 0.7, initialOnly, weightInitial*float64(n)
	default:
		return wordPair{}, false
	}
	return p, true
}

func firstLetter(text string) string {
	r, _ := utf8.DecodeRuneInString(text)
	return string(r)
}
