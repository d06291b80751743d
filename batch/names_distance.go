package batch

import (
	"strings"
	"unicode/utf8"

	"github.com/hbollon/go-edlib"
)

// The distances between words are go-edlib's. What to mind about it (version 1.7.0, read in its
// source): its StringsSimilarity is a float32 and NaN for two empty strings, so that we divide
// the distance ourselves; distances count runes, and each broken byte is the same rune U+FFFD;
// its time and memory grow with the product of both lengths and have no bound, which
// maxNameRunes is for; its FuzzySearchSet panics when it is asked for no results. The plain
// distances neither panic nor keep anything.

// minSlipLetters is how long both words must be before one letter may be missing: in shorter
// ones a letter makes another name (Andi, Andri; Hendra, Endra).
const minSlipLetters = 6

// oneSlip reports whether two words differ by one vowel left out or two letters swapped, neither at
// the beginning nor at the end. A letter in place of another is no slip, nor is a consonant more:
// Suharto and Sumarto, Hartanti and Hartati are two people.
func oneSlip(a, b string) bool {
	shorter, longer := a, b
	if len(shorter) > len(longer) {
		shorter, longer = longer, shorter
	}
	if len(shorter) < minSlipLetters || len(longer)-len(shorter) > 1 || a[0] != b[0] || a[len(a)-1] != b[len(b)-1] {
		return false
	}
	if edlib.OSADamerauLevenshteinDistance(a, b) != 1 {
		return false
	}
	if len(shorter) < len(longer) {
		return consonants.Replace(shorter) == consonants.Replace(longer)
	}
	// Two letters swapped are one slip in the distance above and two changes in this one.
	return edlib.LevenshteinDistance(a, b) == 2
}

// consonants takes the vowels out.
var consonants = strings.NewReplacer("a", "", "e", "", "i", "", "o", "", "u", "")

// similarity is 1 − edit distance / length of the longer word: 1 for equal words, 0 for words
// with nothing in common.
func similarity(a, b string) float64 {
	longer := max(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
	if a == "" || b == "" {
		return 0
	}
	return 1 - float64(edlib.LevenshteinDistance(a, b))/float64(longer)
}
