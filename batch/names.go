package batch

import "strings"

// NameMatch is how well two names match and why, in words.
type NameMatch struct {
	Score  float64 // 0 to 1; 1 for names that are the same but for case, punctuation and titles
	Reason string  // for the person who decides: "S for SANTOSO; spelt otherwise: YUSUP, YUSUF"
}

// NameThreshold is the score from which two names count as the same person's. Every rule below
// that may not be trusted alone (too few letters in common, a word that contradicts) caps the
// score at doubtful, and every rule that may be trusted leaves it at 0.86 or more, so the number
// stands in a gap that the labelled pairs in testdata/names.csv keep open: a little more or less
// changes no verdict there.
const NameThreshold = 0.85

// doubtful is the highest score of a pair that a person has to look at.
const doubtful = 0.80

// What it costs, in score, when only one of the names has a word. Two full words more are a
// different name; a Muhammad, an initial or what a bank cut off are left out every day.
const (
	costInitial = 0.03
	costCommon  = 0.06
	costWord    = 0.12
	costCutOff  = 0.04
	costOrder   = 0.02
)

// How much two names must have in common, in words' weight (see nameWord.weight), before a
// difference is forgiven. A full word and an initial ("Budi S") weigh 1.3, Muhammad and a full
// word 1.5, two full words 2: what is forgiven rises in that order.
const (
	enoughForInitial = 1.25 // one side shows only initials, or some letters, or a slip
	enoughForCommon  = 1.4  // one side has a common word or an initial more
	enoughForWord    = 1.9  // one side has a full word more
)

// CompareNames compares the beneficiary's name as the payroll file has it with the account
// holder's name as the bank has it.
//
// It forgives what happens to one person's name between two offices: case, diacritics,
// punctuation, titles and degrees, order, initials, bin and binti, words run together or apart,
// letters hidden by the bank, a name cut off by the bank, old and Arabic spellings, a letter
// dropped from a long word. It does not forgive a word that contradicts another one, however
// close: names of sisters and brothers differ by a letter (Wahyudi and Wahyuni, Putra and
// Putri). Where too little is left to tell, the score stays below NameThreshold.
//
// The score does not depend on which name comes first. Only the first 200 characters of a name
// are looked at.
func CompareNames(file, bank string) NameMatch {
	f, b := parseName(file), parseName(bank)
	f.side, b.side = "file", "bank"
	dropSharedTitles(&f, &b)
	dropSharedTitles(&b, &f)
	switch {
	case f.letters() < 2:
		return NameMatch{0, "the payroll file gives no name to compare"}
	case b.letters() < 2:
		return NameMatch{0, "the bank gives no name to compare"}
	case f.onlyInitials() || b.onlyInitials():
		return NameMatch{doubtful / 2, "initials alone are too little to tell"}
	case sameWords(f.words, b.words):
		return NameMatch{1, "same name"}
	}
	f.spell()
	b.spell()
	// One fixed order inside makes the score the same both ways round.
	if f.String() > b.String() {
		f, b = b, f
	}
	return alignWords(f, b).judge()
}

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
	for _, i := range append(left, right...) {
		cost, needs, why := a.extra(i, len(left) > 0)
		score, enough = score-cost, max(enough, needs)
		reasons = append(reasons, why)
	}
	if common < enough {
		score = min(score, doubtful)
		reasons = append([]string{"too little in common to tell"}, reasons...)
	}
	if len(reasons) == 0 {
		reasons = []string{"same name"}
	}
	return NameMatch{max(score, 0), joinReasons(reasons)}
}

// extra says what a word costs that only one of the names has, how much the rest must have in
// common then, and why.
func (a nameAlignment) extra(i int, inLeft bool) (cost, needs float64, why string) {
	has := a.other(!inLeft)
	w := has.words[i]
	why = "only the " + has.side + " has " + w.String()
	switch {
	case a.cutOff(i, inLeft):
		return costCutOff, enoughForCommon, "the " + a.other(inLeft).side + " may have cut the name off before " + w.String()
	case w.initial():
		return costInitial, enoughForCommon, why
	case w.common || w.patronymic:
		return costCommon, enoughForCommon, why
	default:
		return costWord, enoughForWord, why
	}
}

// contradiction names the words that stand against each other.
func contradiction(a nameAlignment, left, right []int) string {
	file, bank := a.left.wordsAt(left), a.right.wordsAt(right)
	if a.left.side == "bank" {
		file, bank = bank, file
	}
	return file + " in the file is not " + bank + " at the bank"
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

// maxReasons bounds the text for a workbook cell; four say enough to decide.
const maxReasons = 4

func joinReasons(reasons []string) string {
	return strings.Join(reasons[:min(len(reasons), maxReasons)], "; ")
}
