package batch

import (
	"slices"
	"strconv"
	"strings"
)

// maxReasons bounds the text for a workbook cell; four say enough to decide.
const maxReasons = 4

func joinReasons(reasons []string) string {
	return strings.Join(reasons[:min(len(reasons), maxReasons)], "; ")
}

// reasons tells in words what was forgiven, each kind of difference in one sentence.
func (a nameAlignment) reasons() (reasons []string) {
	var leads []string
	details := make(map[string][]string)
	for _, p := range a.pairs {
		if p.kind == sameWord {
			continue
		}
		lead, detail := a.reason(p)
		if details[lead] == nil {
			leads = append(leads, lead)
		}
		details[lead] = append(details[lead], detail)
	}
	for _, lead := range leads {
		reasons = append(reasons, lead+" "+listed(details[lead]))
	}
	return reasons
}

// listed writes a list as people do: one, two and three.
func listed(texts []string) string {
	last := len(texts) - 1
	if last == 0 {
		return texts[0]
	}
	return strings.Join(texts[:last], ", ") + " and " + texts[last]
}

// written returns the words of a pair as the file and as the bank writes them.
func (a nameAlignment) written(p wordPair) (file, bank string) {
	file, bank = shown(a.left.words[p.i:p.i+p.lefts]), shown(a.right.words[p.j:p.j+p.rights])
	if a.left.side == "bank" {
		file, bank = bank, file
	}
	return file, bank
}

// reason says of a pair how the words differ, in a lead that others may share and what is its own.
func (a nameAlignment) reason(p wordPair) (lead, detail string) {
	file, bank := a.written(p)
	short, long, shortener := file, bank, a.ofSide("file")
	if len(short) > len(long) {
		short, long, shortener = long, short, a.ofSide("bank")
	}
	switch p.kind {
	case otherSpelling:
		return "the bank spells", file + " as " + bank
	case abbreviated, initialOnly:
		return "the " + shortener.side + " writes", "'" + short + "' for " + long
	case pairHidden:
		if strings.Contains(file, "*") {
			return "the file hides letters of", bank
		}
		return "the bank hides letters of", file
	case pairCut:
		return shortener.stops() + ",", "in the middle of " + long + " ('" + short + "')"
	case pairSlip:
		return "a small slip of spelling:", file + " in the file, " + bank + " at the bank"
	default:
		if p.lefts > p.rights == (a.left.side == "file") {
			return "the bank writes", file + " as one word"
		}
		return "the file writes", bank + " as one word"
	}
}

// ofSide returns the name that the file or the bank gives.
func (a nameAlignment) ofSide(side string) personName { return a.other(a.left.side != side) }

// stops says of a name that was cut off how long it is.
func (n personName) stops() string {
	return "the " + n.side + "'s name stops after " + strconv.Itoa(n.length) + " characters"
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
	if len(left) == 0 {
		return "same name"
	}
	return "same name apart from titles: " + strings.ToUpper(strings.Join(left[:min(len(left), maxReasons)], ", "))
}

// contradiction names the words that stand against each other.
func contradiction(a nameAlignment, left, right []int) string {
	file, bank := a.left.wordsAt(left), a.right.wordsAt(right)
	if a.left.side == "bank" {
		file, bank = bank, file
	}
	said := "the file says " + file + ", the bank " + bank
	if similarity(file, bank) >= looksAlike {
		return said + ": much alike, but it may be somebody else"
	}
	return said
}

// looksAlike is how similar two words must be before it is said that they are not the same: who
// reads fast takes YANTO for YANTI.
const looksAlike = 0.6
