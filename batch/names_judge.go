package batch

// judge turns an alignment into a score with its reasons.
func (a nameAlignment) judge() NameMatch {
	common, quality := a.inCommon()
	left, right := a.unmatched()
	reasons := a.reasons()
	if len(left) > 0 && len(right) > 0 {
		reasons = append([]string{contradiction(a, left, right)}, reasons...)
		return NameMatch{a.closeness(common, left, right), joinReasons(reasons)}
	}
	if common == 0 {
		return NameMatch{0, "no letters to compare"}
	}
	score, enough := quality/common, a.enough()
	if a.reordered() {
		score -= costOrder
		reasons = append(reasons, "words in another order")
	}
	cost, needs, why := a.extras(append(left, right...), len(left) > 0)
	score, enough, reasons = score-cost, max(enough, needs), append(reasons, why...)
	switch {
	case common < enough:
		score = min(score, doubtful)
		reasons = append([]string{"too little in common to tell"}, reasons...)
	case score < NameThreshold:
		score = min(score, doubtful)
		reasons = append([]string{"too many differences to be sure"}, reasons...)
	}
	if len(reasons) == 0 {
		reasons = []string{"same name"}
	}
	return NameMatch{max(score, 0), joinReasons(reasons)}
}

// extras says what the words cost that only one of the names has, how much the rest must have in
// common then, and why.
func (a nameAlignment) extras(indexes []int, inLeft bool) (cost, needs float64, why []string) {
	has, other := a.other(!inLeft), a.other(inLeft)
	var missing, cut []int
	for _, i := range indexes {
		w := has.words[i]
		costs, enough := costWord, enoughForWord
		switch {
		case a.cutOff(i, inLeft):
			costs, enough = costCutOff, enoughForCommon
		case has.company != "":
			enough = enoughForCompany
		case has.nobleInitial(i):
			costs, enough = costInitial, 0
		case w.initial():
			costs, enough = costInitial, enoughForCommon
		case w.common || w.patronymic:
			costs, enough = costCommon, enoughForCommon
		}
		if costs == costCutOff {
			cut = append(cut, i)
		} else {
			missing = append(missing, i)
		}
		cost, needs = cost+costs, max(needs, enough)
	}
	if len(missing) > 0 {
		why = append(why, "only the "+has.side+" has "+has.wordsAt(missing))
	}
	if len(cut) > 0 {
		why = append(why, other.stops()+", before "+has.wordsAt(cut))
	}
	return cost, needs, why
}

// nobleInitial reports whether word i is the abbreviation of a title of Java that begins the name:
// R. (Raden), R.A. (Raden Ajeng), R.M. (Raden Mas). It may be an initial as well, so that it
// is no title until the other name has nothing it could stand for.
func (n personName) nobleInitial(i int) bool {
	switch w := n.words[i].text; i {
	case 0:
		return w == "r" || w == "ra"
	case 1:
		return n.words[0].text == "r" && (w == "a" || w == "m" || w == "r" || w == "ay")
	default:
		return false
	}
}

// closeness scores names that contradict each other: always doubtful or less, the more the
// closer they are, so that a person sees the likely slips first.
func (a nameAlignment) closeness(common float64, left, right []int) float64 {
	total, best := common, 0.0
	for _, i := range left {
		for _, j := range right {
			best = max(best, similarity(a.left.words[i].loose, a.right.words[j].loose))
		}
	}
	rest := max(a.left.weightAt(left), a.right.weightAt(right))
	total += rest
	return min(doubtful*(common+best*best*rest)/total, doubtful)
}

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
