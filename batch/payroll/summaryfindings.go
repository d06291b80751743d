package payroll

import (
	"fmt"
	"strings"

	"gajian/ledger"
)

// occurrences counts lines of which only the first is named.
type occurrences struct{ count, first int }

func (o *occurrences) add(line int) {
	if o.count++; o.count == 1 {
		o.first = line
	}
}

func lineCount(n int) string {
	if n == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", n)
}

// cutAccounts notices account numbers whose digits behind the fifteenth a spreadsheet has replaced by zeros. One that
// ends so may be right; that all end so is odd.
type cutAccounts struct {
	occurrences
	whole int // as long, with another digit there
}

func (a *cutAccounts) see(line *ledger.Line) {
	if len(line.AccountNumber) <= maxExactDigits {
		return
	}
	if strings.Trim(line.AccountNumber[maxExactDigits:], "0") == "" {
		a.add(line.Number)
	} else {
		a.whole++
	}
}

// minWhole is the least amount, in rupiah, that cannot be what a spreadsheet made of 450.000 when it took the mark for
// a decimal point; minSpread tells such an amount from a file of small payments.
const (
	minWhole  = 1_000
	minSpread = 1_000
)

// finishFindings tells what only the whole file shows, at the first line that it concerns.
func (c *checker) finishFindings() {
	tell := func(f field, line int, p Problem) {
		p.Line = line
		if f >= 0 {
			column := c.layout.fields[f]
			p.Cell, p.Column, p.at = c.cell(line, column), fieldNames[f], column+1
		}
		c.warnings.add(p)
	}
	if c.hidden.count > 0 {
		tell(-1, c.hidden.first, Problem{Value: fmt.Sprint(c.hidden.count),
			Reason: fmt.Sprintf("hidden or filtered rows: %s, this one first; hidden lines are paid like the others", lineCount(c.hidden.count)),
			Remedy: "unhide the rows to see them, and delete those that must not be paid"})
	}
	if c.computed.count > 0 {
		tell(fieldAmount, c.computed.first, Problem{Value: fmt.Sprint(c.computed.count),
			Reason: fmt.Sprintf("amounts come from formulas in %s, this one first; the values are those of when the file was last computed", lineCount(c.computed.count)),
			Remedy: "open the file in Excel and save it, so that they are current"})
	}
	if line, warning := c.ids.warning(); warning.found() {
		tell(fieldEmployeeID, line, Problem{Value: c.ids.shortID, Reason: warning.reason, Remedy: warning.remedy,
			Suggestion: strings.Repeat("0", c.ids.width-c.ids.shortest) + c.ids.shortID})
	}
	if c.cut.count > 0 && c.cut.whole == 0 {
		tell(fieldAccount, c.cut.first, Problem{Value: fmt.Sprint(c.cut.count),
			Reason: fmt.Sprintf("account numbers of more than 15 digits that all have only zeros behind the fifteenth: %s, this one first; a spreadsheet that took them for numbers replaced those digits by zeros", lineCount(c.cut.count)),
			Remedy: "compare the last digits with the source, and format the column as text before typing them"})
	}
	small, large := c.tally.smallest, c.tally.largest
	if c.result.Sheet != "" && small.Line > 0 && small.Amount < minWhole*ledger.Rupiah && large.Amount/minSpread >= small.Amount {
		tell(fieldAmount, small.Line, Problem{Value: small.Amount.Grouped(),
			Reason: fmt.Sprintf("the amount is only %s rupiah, while others are up to %s: a spreadsheet may have taken the mark for thousands for a decimal point", small.Amount.Grouped(), large.Amount.Grouped()),
			Remedy: "compare it with the source, and the other small amounts too"})
	}
}
