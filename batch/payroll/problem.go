package payroll

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Problem is one fault of a payroll file, or one thing worth a look, in words that the person who
// made the file understands. Its JSON form is part of the contract of `check --json`.
type Problem struct {
	Line   int    `json:"line"`   // row of the spreadsheet or physical line of the CSV; 0 for the file as a whole
	Cell   string `json:"cell"`   // "Sheet1!D17"; empty for a CSV and for a fault of a whole line
	Column string `json:"column"` // our name of the column, "account_number"; empty for a whole line
	Value  string `json:"value"`  // what stands there, cut to 80 characters
	Reason string `json:"reason"` // what is wrong
	Remedy string `json:"remedy"` // what to do about it
	// Suggestion is what the cell probably was meant to hold, in the form in which it can be written there
	// as text; empty when nobody can tell. It is for a person to accept: with it in the cell the file is read
	// without this problem.
	Suggestion string `json:"suggestion,omitempty"`

	at int // column of the cell, from 1; 0 for a whole line
}

// String writes the problem on one line.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d", p.Line)
	} else {
		b.WriteString("the file")
	}
	if p.Cell != "" {
		fmt.Fprintf(&b, " (%s)", p.Cell)
	}
	if p.Column != "" {
		fmt.Fprintf(&b, ", %s", p.Column)
	}
	if p.Value != "" {
		fmt.Fprintf(&b, " %q", p.Value)
	}
	fmt.Fprintf(&b, ": %s; ", p.Reason)
	if p.Suggestion != "" {
		fmt.Fprintf(&b, "probably %q; ", p.Suggestion)
	}
	b.WriteString(p.Remedy)
	return b.String()
}

// RefusedError means that the file was read and must not be paid from. Nothing of it may be
// sent, the lines already handed to yield included.
type RefusedError struct {
	File     string    // the file's name without folders
	Problems []Problem // in the order of the file, at most maxProblems
	Count    int       // how many there are, those beyond the bound included
}

// Error tells how many problems there are and the first of them.
func (e *RefusedError) Error() string {
	text := fmt.Sprintf("payroll file %s is refused", e.File)
	if e.Count == 1 {
		text += ": "
	} else {
		text += fmt.Sprintf(" with %d problems, the first: ", e.Count)
	}
	return text + e.Problems[0].String()
}

// maxProblems bounds each list of problems. Somebody who faces a thousand of them has one fault in
// the column, not a thousand, and a hostile file must not fill the memory with them.
const maxProblems = 1000

// maxValue bounds a Problem's Value in characters: enough to find the cell again.
const maxValue = 80

// problemList collects problems up to maxProblems and counts the rest.
type problemList struct {
	kept  []Problem
	count int
	watch func(Problem) // is told of all of them; may be nil
}

// wants is true while somebody will see a further problem, so that it is worth a diagnosis.
func (l *problemList) wants() bool { return len(l.kept) < maxProblems || l.watch != nil }

func (l *problemList) add(p Problem) {
	l.count++
	if l.watch != nil {
		l.watch(p)
	}
	if len(l.kept) < maxProblems {
		p.Value = shorten(p.Value)
		l.kept = append(l.kept, p)
	}
}

// shorten makes text fit to be shown in a message: valid UTF-8, no control characters, bounded.
func shorten(text string) string {
	if len(text) > maxValue*utf8.UTFMax {
		text = text[:maxValue*utf8.UTFMax]
	}
	text = strings.Map(showable, strings.ToValidUTF8(text, "�"))
	if runes := []rune(text); len(runes) > maxValue {
		text = string(runes[:maxValue-1]) + "…"
	}
	return text
}

// showable keeps a message from playing tricks on a terminal.
func showable(r rune) rune {
	switch {
	case r == '\n' || r == '\r' || r == '\t':
		return ' '
	case isControl(r) || isInvisible(r):
		return '�'
	}
	return r
}

// note is a finding without its place: what is wrong and what to do. The zero note is no finding.
type note struct{ reason, remedy string }

func (n note) found() bool { return n.reason != "" }
