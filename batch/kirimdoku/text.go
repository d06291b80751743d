package kirimdoku

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letters are the Latin letters and signs that Unicode does not take apart into an ASCII
// letter and a mark.
var letters = strings.NewReplacer(
	"ß", "ss", "Æ", "AE", "æ", "ae", "Ø", "O", "ø", "o", "Œ", "OE", "œ", "oe", "Đ", "D", "đ", "d", "Ł", "L", "ł", "l", "ı", "i",
	"‘", "'", "’", "'", "ʼ", "'", "“", `"`, "”", `"`, "–", "-", "—", "-", "‐", "-", "‑", "-", "−", "-",
)

// ascii writes text in printable ASCII: accents are taken off, a few letters and signs are
// spelled out, blanks of all kinds become one space, and what has no ASCII form is left out.
// DOKU documents no character set, and a body of plain ASCII is the same bytes after any
// decoding and encoding, so that its signature holds whatever is done to it on the way.
func ascii(text string) string {
	if isPrintable(text) { // as almost every text is
		return strings.Join(strings.Fields(text), " ")
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(letters.Replace(text)) {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			b.WriteByte(' ')
		case r < 0x7f:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// cut shortens ASCII text to at most n characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.TrimSpace(text[:n])
}

// splitName gives the first word and the rest. A single word is given twice: many Indonesian
// names are one word, and DOKU wants both fields filled.
func splitName(name string) (first, last string) {
	first, last, found := strings.Cut(name, " ")
	if !found {
		last = first
	}
	return first, last
}

// digitsOf keeps the digits of a phone number as people write it.
func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// Bounds of a provider's text that goes into errors and logs.
const (
	messageMax = 200 // characters; a sentence, not a page
	wordMax    = 40  // characters; a longer word is a token, a signature or markup
)

var longNumber = regexp.MustCompile(`[0-9]{6,}`)

// scrub makes foreign text fit for errors and logs: no secret, no full account number (every
// number of six digits or more keeps its last four), no control characters, not long.
func scrub(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, hidden)
		}
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) })
	for i, word := range words {
		if len(word) > wordMax {
			words[i] = "[...]"
		}
	}
	text = strings.Join(words, " ")
	if strings.ContainsAny(text, "0123456789") {
		text = longNumber.ReplaceAllStringFunc(text, func(number string) string {
			return "******" + number[len(number)-4:]
		})
	}
	if len(text) <= messageMax {
		return text
	}
	if runes := []rune(text); len(runes) > messageMax {
		text = string(runes[:messageMax]) + "..."
	}
	return text
}

// scrubbedError says what the error behind it says, fit for errors and logs.
type scrubbedError struct {
	text string
	err  error
}

func (e *scrubbedError) Error() string { return e.text }
func (e *scrubbedError) Unwrap() error { return e.err }
