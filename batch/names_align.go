package batch

import (
	"slices"
)

// nameAlignment is which words of two names belong together.
type nameAlignment struct {
	left, right personName
	pairs       []wordPair // in the order of left's words
}

// wordPair is a run of words on each side that belong together; at least one run is a single word.
type wordPair struct {
	i, j          int // where the runs begin
	lefts, rights int // how many words they have
	quality       float64
	weight        float64
	kind          pairKind
}

// pairKind says why two words belong together.
type pairKind uint8

const (
	sameWord pairKind = iota
	otherSpelling
	abbreviated // Moh. or M for Muhammad: as good as the word
	initialOnly // S for Santoso: a hint at the word
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
			return (p.i + p.j) - (q.i + q.j) // the same from either side
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

func (a nameAlignment) candidates() []wordPair {
	found := make([]wordPair, 0, len(a.left.words)+len(a.right.words))
	for i := range a.left.words {
		for j := range a.right.words {
			if p, ok := a.onePair(i, j); ok {
				found = append(found, p)
			}
		}
	}
	for _, run := range runsOf(a.left.words) {
		for j, whole := range a.right.words {
			if p, ok := run.match(whole); ok {
				p.i, p.j = run.i, j
				found = append(found, p)
			}
		}
	}
	for _, run := range runsOf(a.right.words) {
		for i, whole := range a.left.words {
			if p, ok := run.match(whole); ok {
				p.i, p.j, p.lefts, p.rights = i, run.i, p.rights, p.lefts
				found = append(found, p)
			}
		}
	}
	return found
}

// onePair tries one word with one word.
func (a nameAlignment) onePair(i, j int) (wordPair, bool) {
	l, r := a.left.words[i], a.right.words[j]
	p := wordPair{i: i, j: j, lefts: 1, rights: 1}
	p.quality, p.weight, p.kind = compareWords(l, r)
	if p.quality == 0 && (cutWord(a.left, i, r) || cutWord(a.right, j, l)) {
		p.quality, p.weight, p.kind = 0.9, min(l.weight(), r.weight()), pairCut
	}
	return p, p.quality > 0
}
