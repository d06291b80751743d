package payroll

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// cleanText returns text as the ledger keeps it: NFC, blanks collapsed to single spaces, invisible
// characters (zero width, bidi controls) taken out. What cannot be cleaned with certainty is a fault:
// invalid UTF-8, a replaced character, a control character. The warning tells that characters that
// nobody sees were taken out.
func cleanText(text string) (clean string, fault, warning note) {
	if isPlain(text) {
		return text, note{}, note{}
	}
	if fault = unreadable(text); fault.found() {
		return "", fault, note{}
	}
	var b strings.Builder
	blank, hidden := false, false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
			continue
		case isInvisible(r):
			hidden = true
			continue
		case blank:
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
	}
	if hidden {
		warning = note{"the cell holds invisible characters; they were taken out",
			"retype the cell if what is shown is not what you mean"}
	}
	return norm.NFC.String(b.String()), note{}, warning
}

// isPlain is the fast path: printable ASCII without a blank to collapse.
func isPlain(text string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c < ' ' || c > '~' || c == ' ' && (i == 0 || i == len(text)-1 || text[i-1] == ' ') {
			return false
		}
	}
	return true
}

// unreadable finds what makes a text unfit for any column.
func unreadable(text string) note {
	switch {
	case isPrintable(text):
		return note{}
	case !utf8.ValidString(text):
		return note{"the cell holds bytes that are no text in UTF-8",
			"save the file again as \"CSV UTF-8\" or as an Excel workbook (.xlsx)"}
	case strings.ContainsRune(text, utf8.RuneError):
		return note{"the cell holds a character that was lost when the file was saved (�)",
			"retype the cell, then save as \"CSV UTF-8\" or as an Excel workbook (.xlsx)"}
	case strings.ContainsFunc(text, isControl):
		return note{"the cell holds a control character", "delete the cell's content and type it again"}
	}
	return note{}
}

// turned finds characters that make a text show in another order than it has: 1000002 for 2000001. A
// person has checked what is shown. The controls that leave digits in their order, which telephones put
// around numbers, are not among them.
func turned(text string) note {
	if isPrintable(text) {
		return note{}
	}
	if strings.ContainsAny(text, "\u061c\u200f\u202b\u202e\u2067\u2068") {
		return note{"the cell holds a hidden character that shows it in another order than it is read", "delete the cell's content and type it again"}
	}
	return note{}
}

// isControl is true for control characters that are no kind of blank.
func isControl(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }

// isInvisible is true for format characters: zero width blanks and joiners, byte order marks, soft
// hyphens and the bidi controls that make a text show in another order than it has.
func isInvisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0'
}

// isPrintable is true for printable ASCII, as nearly all cells are.
func isPrintable(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// trimBlanks takes visible and invisible blanks off both ends.
func trimBlanks(text string) string {
	if last := len(text) - 1; last < 0 || text[0] > ' ' && text[0] <= '~' && text[last] > ' ' && text[last] <= '~' {
		return text
	}
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || isInvisible(r) })
}

func onlyDigits(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
