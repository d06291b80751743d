package batch

import "fmt"

// inCommon sums what the pairs mean, and the same weighed by how well they match.
func (a nameAlignment) inCommon() (common, quality float64) {
	for _, p := range a.pairs {
		common += p.weight
		quality += p.weight * p.quality
	}
	return common, quality
}

// unmatched returns the words of each side that stand alone. Words behind a word that was cut
// off are not missing: the cut took them too.
func (a nameAlignment) unmatched() (left, right []int) {
	usedLeft, usedRight := make([]bool, len(a.left.words)), make([]bool, len(a.right.words))
	for _, p := range a.pairs {
		markUsed(usedLeft[p.i : p.i+p.lefts])
		markUsed(usedRight[p.j : p.j+p.rights])
		if p.kind == pairCut {
			if p.i == len(a.left.words)-1 {
				markUsed(usedRight[p.j:])
			}
			if p.j == len(a.right.words)-1 {
				markUsed(usedLeft[p.i:])
			}
		}
	}
	return unused(usedLeft), unused(usedRight)
}

func unused(used []bool) (indexes []int) {
	for i, u := range used {
		if !u {
			indexes = append(indexes, i)
		}
	}
	return indexes
}

// enough says how much the names must have in common, given how their words match.
func (a nameAlignment) enough() float64 {
	for _, p := range a.pairs {
		switch p.kind {
		case initialOnly, pairHidden, pairSlip, pairCut:
			return enoughForInitial
		}
	}
	return 0
}

// reordered reports whether the words stand in different orders.
func (a nameAlignment) reordered() bool {
	for k := 1; k < len(a.pairs); k++ {
		if a.pairs[k].j < a.pairs[k-1].j {
			return true
		}
	}
	return false
}

// cutOff reports whether word i of one side may be missing on the other because that one was
// cut at a blank: it is long, and everything it has stands in order before the word.
func (a nameAlignment) cutOff(i int, inLeft bool) bool {
	if a.other(inLeft).length < shortestCut || a.reordered() {
		return false
	}
	for _, p := range a.pairs {
		if inLeft && p.i > i || !inLeft && p.j > i {
			return false
		}
	}
	return true
}

func (a nameAlignment) other(inLeft bool) personName {
	if inLeft {
		return a.right
	}
	return a.left
}

// reasons tells in words what was forgiven.
func (a nameAlignment) reasons() (reasons []string) {
	for _, p := range a.pairs {
		file, bank := p.leftIs, p.rightIs
		if a.left.side == "bank" {
			file, bank = bank, file
		}
		short, long := file, bank
		if len(short) > len(long) {
			short, long = long, short
		}
		switch p.kind {
		case otherSpelling:
			reasons = append(reasons, fmt.Sprintf("spelt otherwise: %s, %s", file, bank))
		case abbreviated, initialOnly:
			reasons = append(reasons, fmt.Sprintf("%s for %s", short, long))
		case pairHidden:
			reasons = append(reasons, "letters hidden by the bank")
		case pairCut:
			reasons = append(reasons, fmt.Sprintf("%s cut off after %s", long, short))
		case pairSlip:
			reasons = append(reasons, fmt.Sprintf("one letter differs: %s, %s", file, bank))
		case runTogether:
			reasons = append(reasons, fmt.Sprintf("written together: %s", short))
		}
	}
	return reasons
}
