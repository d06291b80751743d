package batch

import "math"

// NameMatch is how well two names match and why, in words.
type NameMatch struct {
	Score  float64 // 0 to 1; 1 for names that are the same but for case, punctuation and titles
	Reason string  // for the person who decides: "the bank spells YUSUF as YUSUP; the bank writes 'S' for SANTOSO"
}

// NameThreshold is the score from which two names count as the same person's. Money that goes to
// somebody else costs more than a question, so that precision decides first. Every rule below that
// may not be trusted alone (too little in common, a word that contradicts) caps the score at
// doubtful, and what may be trusted scores 0.86 or more, so that the number stands in a gap: of the
// 1304 labelled pairs in testdata none scores between 0.80 and 0.86. There, 2 pairs are paid to
// somebody else without a question (precision 0.998) and 17 asked about needlessly (recall 0.981).
// At 0.80 the wrongly paid would be 94; at 0.90 it would be 1, and the needless questions 44. Names
// that the rules were not made with fare worse: see the first runs in names_labels_test.go.
const NameThreshold = 0.85

// doubtful is the highest score of a pair that a person has to look at.
const doubtful = 0.80

// What it costs, in score, when only one of the names has a word. Two full words more are a
// different name; a Muhammad, an initial or what a bank cut off are left out every day.
const (
	costInitial = 0.02
	costCommon  = 0.06
	costWord    = 0.11
	costCutOff  = 0.04
	costOrder   = 0.02
)

// How much two names must have in common, in words' weight (see nameWord.weight), before a
// difference is forgiven. A full word and an initial ("Budi S") weigh 1.3, Muhammad and a full
// word 1.5, two full words 2: what is forgiven rises in that order.
const (
	enoughForInitial = 1.25         // one side shows only initials, or some letters, or a slip
	enoughForCommon  = 1.4          // one side has a common word or an initial more
	enoughForWord    = 1.9          // one side has a full word more
	enoughForCompany = maxWords + 1 // never: a company with a word more is another company
)

// CompareNames compares the beneficiary's name as the payroll file has it with the account
// holder's name as the bank has it.
//
// It forgives what happens to one person's name between two offices: case, diacritics,
// punctuation, titles and degrees, order, initials, bin and binti, words run together or apart,
// letters hidden by the bank, a name cut off by the bank, what a bank prints behind a name, old
// and Arabic spellings, a letter dropped from a long word. An account that is one holder's or the
// other's (ATAU) is the payee's when one of them is.
//
// It does not forgive a word that contradicts another one, however close: names of sisters and
// brothers differ by a letter (Wahyudi and Wahyuni, Putra and Putri). Nor a company instead of a
// person, Jr or II on one side only, Mr here and Mrs there, an account that two may only use
// together (DAN) or one holds for another (QQ). Where too little is left to tell, the score stays
// below NameThreshold.
//
// The score does not depend on which name comes first. Only the first 200 characters of a name
// are looked at, and of those 16 words and four holders.
func CompareNames(file, bank string) NameMatch {
	f, b := parseAccount(file, "file"), parseAccount(bank, "bank")
	match := NameMatch{}
	if len(f.holders) == 1 && len(b.holders) == 1 {
		match = comparePersons(f.holders[0], b.holders[0])
	} else {
		match = compareAccounts(f, b)
	}
	match.Score = math.Floor(match.Score*1000+rounding) / 1000 // three decimals say it all in reports
	return match
}

// rounding keeps a score such as 0.95, which is a little less in binary, from losing a thousandth.
const rounding = 1e-6

// comparePersons compares one holder with one holder.
func comparePersons(f, b personName) NameMatch {
	dropSharedTitles(&f, &b)
	dropSharedTitles(&b, &f)
	switch {
	case f.letters() < 2:
		return NameMatch{0, "the payroll file gives " + f.tooShort()}
	case b.letters() < 2:
		return NameMatch{0, "the bank gives " + b.tooShort()}
	case f.onlyInitials():
		return NameMatch{doubtful / 2, "the payroll file gives only initials, which many people share"}
	case b.onlyInitials():
		return NameMatch{doubtful / 2, "the bank shows only initials, which many people share"}
	}
	match := NameMatch{1, sameName(f, b)}
	if !sameWords(f.words, b.words) {
		match = compareWordwise(f, b)
	}
	if against := objections(f, b); len(against) > 0 {
		if match.Score >= NameThreshold {
			return NameMatch{doubtful, joinReasons(against)}
		}
		match.Reason = joinReasons(append(against, match.Reason))
	}
	return match
}

// compareWordwise pairs the words of two names. One fixed order inside makes the score the same
// both ways round.
func compareWordwise(f, b personName) NameMatch {
	f.spell()
	b.spell()
	if f.String() > b.String() {
		f, b = b, f
	}
	return alignWords(f, b).judge()
}
