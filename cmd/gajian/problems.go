package main

import (
	"fmt"
	"strings"
	"unicode"

	"gajian/batch/payroll"
)

// What people read of a file's problems and warnings. A thousand of one kind are one mistake in a
// column: they must not bury the one problem of another kind.

const (
	// kindShown is how many of one kind are told one by one: about a screen of them.
	kindShown = 20
	// valueShown is how many characters of a cell a row has; the cell's address finds the rest.
	valueShown = 40
	// nameShown is how many characters of a person's name a row has.
	nameShown = 28
)

// listProblems writes problems for people: those of a kind together, and of each kind the first rows.
// count is how many there are, those beyond the bound of the list included; suggested is the word before
// what a cell should hold. The last line is blank.
func (w width) listProblems(problems []payroll.Problem, count int, suggested string) (page []string) {
	for _, kind := range problemKinds(problems) {
		shown := kind[:min(len(kind), kindShown)]
		for _, alike := range alikeProblems(shown) {
			page = append(page, w.describeProblems(alike, suggested)...)
		}
		if more := len(kind) - len(shown); more > 0 {
			page = append(page, fmt.Sprintf("  … and %s more like these", grouped(more)))
		}
		page = append(page, "")
	}
	if more := count - len(problems); more > 0 {
		page = append(page, fmt.Sprintf("  … and %s more, which are listed once these are mended", grouped(more)), "")
	}
	return page
}

// problemKinds puts the problems of each kind together, the kinds in the order of the file.
func problemKinds(problems []payroll.Problem) [][]payroll.Problem {
	return gather(problems, func(p payroll.Problem) string { return p.Column + "\x00" + reasonKind(p.Reason) })
}

// alikeProblems puts together those that have the reason and the remedy in common.
func alikeProblems(problems []payroll.Problem) [][]payroll.Problem {
	return gather(problems, func(p payroll.Problem) string { return p.Reason + "\x00" + p.Remedy })
}

// gather puts what has the same key together, in the order of the first of each.
func gather[T any](all []T, key func(T) string) (groups [][]T) {
	place := map[string]int{}
	for _, one := range all {
		i, known := place[key(one)]
		if !known {
			i = len(groups)
			place[key(one)] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], one)
	}
	return groups
}

// reasonKind is what reasons have in common that differ in a number, a bank or a quotation only: their
// small words before the first semicolon.
func reasonKind(reason string) string {
	reason, _, _ = strings.Cut(reason, "; ")
	words := strings.Fields(reason)
	kept := words[:0]
	for _, word := range words {
		if !strings.ContainsFunc(word, func(r rune) bool { return unicode.IsUpper(r) || unicode.IsDigit(r) || r == '"' }) {
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, " ")
}

// describeProblems writes the reason that problems have in common, a row for each, and what to do.
func (w width) describeProblems(alike []payroll.Problem, suggested string) []string {
	page := w.wrap("  ", "  ", alike[0].Reason)
	rows := make([][]string, len(alike))
	for i, problem := range alike {
		rows[i] = problemRow(problem, suggested)
	}
	if alike[0].Line > 0 || len(alike) > 1 { // of the file as a whole the reason says all
		for _, row := range w.columns(rows) {
			page = append(page, "      "+row)
		}
	}
	return append(page, w.wrap("    to do: ", "           ", alike[0].Remedy)...)
}

// problemRow is where a problem is, what stands there, and what probably should.
func problemRow(p payroll.Problem, suggested string) []string {
	row := []string{"the file", p.Cell, p.Column, "", "", ""}
	if p.Line > 0 {
		row[0] = fmt.Sprintf("line %d", p.Line)
	}
	if p.Value != "" {
		row[3] = fmt.Sprintf("%q", cut(p.Value, valueShown))
	}
	if p.Suggestion != "" {
		row[4] = fmt.Sprintf("%s %q", suggested, p.Suggestion)
	}
	return row
}

// warningsShown is how many warnings of one kind a run tells of; a check tells of more.
const warningsShown = 5

// printWarnings prints what a run reads with a doubt, on standard error.
func (p *program) printWarnings(in *intake) {
	for _, kind := range problemKinds(in.result.Warnings) {
		for _, warning := range kind[:min(len(kind), warningsShown)] {
			p.warn("warning: %s", warning)
		}
		if more := len(kind) - warningsShown; more > 0 {
			p.warn("warning: … and %s more like these; gajian check lists them", grouped(more))
		}
	}
	if more := in.result.WarningCount - len(in.result.Warnings); more > 0 {
		p.warn("warning: … and %s more warnings", grouped(more))
	}
}
