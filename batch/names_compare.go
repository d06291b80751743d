package batch

import (
	"slices"
	"strings"
	"unicode/utf8"
)

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
		if shortened(a.text, b.text) {
			return 0.96, weight, abbreviated
		}
		return 0.96, weight, otherSpelling
	case a.loose == b.loose && (len(a.loose) >= minLoose || len(a.loose) == minLoose-1 && a.text[0] == b.text[0]):
		return 0.92, weight, otherSpelling
	case abbreviates(a, b) || abbreviates(b, a):
		return 0.7, 0.4, initialOnly
	case oneSlip(a.loose, b.loose):
		return 0.86, 0.7 * weight, pairSlip
	}
	return 0, 0, sameWord
}

// minLoose is how long a word must be before letters that are mixed up may differ in it. One letter
// less is enough when the first is the same: Fina and Vina are two names.
const minLoose = 5

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

// shortened reports whether one of two writings of a word is its abbreviation: Gst, Moh.
func shortened(a, b string) bool {
	shorter, longer := min(len(a), len(b)), max(len(a), len(b))
	return shorter <= maxAbbreviation && longer-shorter >= 2
}

// maxAbbreviation is how many letters an abbreviation has at most: Moch.
const maxAbbreviation = 4

// abbreviates reports whether short may stand for long: it is its beginning with a full stop, or
// some of its consonants with the first letter (Kmg for Komang, Bmb for Bambang). Ng is a family.
func abbreviates(short, long nameWord) bool {
	s, l := short.text, long.text
	if len(s) > maxAbbreviation || len(s) < 2 || len(s) >= len(l) || s[0] != l[0] || s == "ng" {
		return false
	}
	return short.dotted && strings.HasPrefix(l, s) || !strings.ContainsAny(s, "aeiou*") && inOrder(s, l)
}

// inOrder reports whether the letters of s stand in text, in their order.
func inOrder(s, text string) bool {
	for i := 0; i < len(text) && s != ""; i++ {
		if text[i] == s[0] {
			s = s[1:]
		}
	}
	return s == ""
}

// shortestCut is the length from which a bank may have cut a name: 20 characters is the smallest
// limit seen, and a blank at the cut is trimmed away.
const shortestCut = 19

// cutWord reports whether the last word of a long name is the beginning of another word, as
// written or as spelt today.
func cutWord(name personName, i int, whole nameWord) bool {
	w := name.words[i]
	if i != len(name.words)-1 || name.length < shortestCut || w.masked() || whole.masked() || len(w.text) >= len(whole.text) {
		return false
	}
	return strings.HasPrefix(whole.text, w.text) || len(w.text) >= minCutSpelt && strings.HasPrefix(whole.forms[0], w.forms[0])
}

// minCutSpelt is how many letters must be left of a word before it may be spelt otherwise, too.
const minCutSpelt = 4
