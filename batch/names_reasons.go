package batch

import (
	"slices"
	"strings"
)

// maxReasons bounds the text for a workbook cell; four say enough to decide.
const maxReasons = 4

func joinReasons(reasons []string) string {
	return strings.Join(reasons[:min(len(reasons), maxReasons)], "; ")
}

// reasons tells in words what was forgiven.
func (a nameAlignment) reasons() (reasons []string) {
	for _, p := range a.pairs {
		if p.kind != sameWord {
			reasons = append(reasons, a.reason(p))
		}
	}
	return reasons
}

func (a nameAlignment) reason(p wordPair) string {
	file, bank := shown(a.left.words[p.i:p.i+p.lefts]), shown(a.right.words[p.j:p.j+p.rights])
	if a.left.side == "bank" {
		file, bank = bank, file
	}
	short, long, cutBy := file, bank, "file"
	if len(short) > len(long) {
		short, long, cutBy = long, short, "bank"
	}
	switch p.kind {
	case abbreviated, initialOnly:
		return "'" + short + "' stands for " + long
	case pairHidden:
		if strings.Contains(file, "*") {
			return "the file hides letters of " + bank
		}
		return "the bank hides letters of " + file
	case pairCut:
		return "the " + cutBy + " cut " + long + " off after '" + short + "'"
	case pairSlip:
		return "one letter differs: the file says " + file + ", the bank " + bank
	case runTogether:
		if p.lefts > p.rights == (a.left.side == "file") {
			return "the bank writes " + file + " as one word"
		}
		return "the file writes " + bank + " as one word"
	default:
		return "two spellings of one name: the file says " + file + ", the bank " + bank
	}
}

// sameName is the reason for names without a difference; what was left out is mentioned.
func sameName(f, b personName) string {
	var left []string
	for _, pair := range [2][2]personName{{f, b}, {b, f}} {
		for _, title := range pair[0].titles {
			if !slices.Contains(pair[1].titles, title) && !slices.Contains(left, title) {
				left = append(left, title)
			}
		}
	}
	left = left[:min(len(left), maxReasons)]
	switch len(left) {
	case 0:
		return "same name"
	case 1:
		return "same name; title " + strings.ToUpper(left[0]) + " left out"
	default:
		return "same name; titles " + strings.ToUpper(strings.Join(left, ", ")) + " left out"
	}
}

// contradiction names the words that stand against each other.
func contradiction(a nameAlignment, left, right []int) string {
	file, bank := a.left.wordsAt(left), a.right.wordsAt(right)
	if a.left.side == "bank" {
		file, bank = bank, file
	}
	return "the file says " + file + ", the bank " + bank
}
