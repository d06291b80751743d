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
// trying each with each is cheap: at most 16 words. Where that leaves words alone or in doubt, runs
// of up to three words are tried as one, too.
func alignWords(left, right personName) nameAlignment {
	a := nameAlignment{left: left, right: right}
	words := a.wordCandidates()
	a.choose(words)
	if !a.complete() {
		a.choose(append(words, a.runCandidates()...))
	}
	return a
}

// complete reports whether every word has another one that is as good as the same.
func (a nameAlignment) complete() bool {
	return len(a.pairs) == len(a.left.words) && len(a.pairs) == len(a.right.words) &&
		!slices.ContainsFunc(a.pairs, func(p wordPair) bool { return p.kind != sameWord && p.kind != otherSpelling && p.kind != abbreviated })
}

// choose takes pairs from candidates so that no word has two.
func (a *nameAlignment) choose(candidates []wordPair) {
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
	usedLeft, usedRight := make([]bool, len(a.left.words)), make([]bool, len(a.right.words))
	a.pairs = a.pairs[:0]
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
}

func markUsed(used []bool) {
	for i := range used {
		used[i] = true
	}
}

// value orders candidates: what means most first; among equals the longer run of words.
func (p wordPair) value() float64 { return p.quality*p.weight + 0.001*float64(p.lefts+p.rights) }

// wordCandidates tries each word with each.
func (a nameAlignment) wordCandidates() []wordPair {
	found := make([]wordPair, 0, len(a.left.words)+len(a.right.words))
	for i := range a.left.words {
		for j := range a.right.words {
			if p, ok := a.onePair(i, j); ok {
				found = append(found, p)
			}
		}
	}
	return found
}

// runCandidates tries the runs of words of either side with each word of the other.
func (a nameAlignment) runCandidates() (found []wordPair) {
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
