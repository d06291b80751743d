package batch

import (
	"strings"
	"unicode/utf8"
)

// initial reports whether the word is a single letter.
func (w nameWord) initial() bool { return utf8.RuneCountInString(w.text) == 1 && w.text != "*" }

// masked reports whether letters of the word are hidden.
func (w nameWord) masked() bool { return strings.Contains(w.text, "*") }

// weight says how much it means that two names share the word: 1 for a full word. A word of
// three letters or fewer, one that many people have, and an initial mean less, in this order.
func (w nameWord) weight() float64 {
	switch {
	case w.initial():
		return weightInitial
	case w.masked():
		return w.maskedWeight()
	case w.common:
		return 0.5
	case utf8.RuneCountInString(w.text) <= 3:
		return 0.7
	default:
		return 1
	}
}

const weightInitial = 0.3

// maskedWeight grows with the letters that can be seen; one alone is an initial.
func (w nameWord) maskedWeight() float64 {
	seen := utf8.RuneCountInString(strings.ReplaceAll(w.text, "*", ""))
	return min(weightInitial+0.25*float64(max(seen-1, 0)), 1) * float64(min(seen, 1))
}

// String writes the word for people.
func (w nameWord) String() string {
	return strings.ToUpper(strings.ReplaceAll(w.text, "*", "***"))
}
