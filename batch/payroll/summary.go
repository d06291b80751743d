package payroll

import (
	"cmp"
	"slices"
	"strings"

	"gajian/ledger"
)

// BankTotal is what a file pays to one bank.
type BankTotal struct {
	Code  string     `json:"code"`  // empty for the lines whose bank cannot be read
	Name  string     `json:"name"`  // as people call it: BCA
	Lines int        `json:"lines"` // lines whose cells cannot be told apart are not among them
	Total ledger.Sen `json:"total"` // of the amounts that can be read
}

// LineAmount is one line of a file and what it pays.
type LineAmount struct {
	Line       int        `json:"line"`
	EmployeeID string     `json:"employee_id"`
	Name       string     `json:"name"`
	Amount     ledger.Sen `json:"amount"`
}

// tally sums up by bank and finds the extremes. It holds no more than one entry for each code of the
// bank table.
type tally struct {
	banks             map[string]*BankTotal
	last              *BankTotal // most files pay one bank for many lines on end
	largest, smallest LineAmount
}

func (t *tally) add(line *ledger.Line) {
	if t.last == nil || t.last.Code != line.BankCode {
		t.last = t.banks[line.BankCode]
	}
	if t.last == nil {
		if t.banks == nil {
			t.banks = map[string]*BankTotal{}
		}
		code := strings.Clone(line.BankCode)
		t.last = &BankTotal{Code: code}
		t.banks[code] = t.last
	}
	t.last.Lines++
	if line.Amount <= 0 {
		return
	}
	if sum, fits := t.last.Total.Plus(line.Amount); fits { // when it does not, the file is refused for it
		t.last.Total = sum
	}
	if t.largest.Line == 0 || line.Amount > t.largest.Amount {
		t.largest = lineAmount(line)
	}
	if t.smallest.Line == 0 || line.Amount < t.smallest.Amount {
		t.smallest = lineAmount(line)
	}
}

// lineAmount clones the texts, which may be parts of a record that is larger by far.
func lineAmount(line *ledger.Line) LineAmount {
	return LineAmount{line.Number, strings.Clone(line.EmployeeID), strings.Clone(line.Name), line.Amount}
}

// sum writes what was found into the checker's result.
func (t *tally) sum(c *checker) {
	for code, bank := range t.banks {
		bank.Name = c.banks.name(code)
		c.result.Banks = append(c.result.Banks, *bank)
	}
	slices.SortFunc(c.result.Banks, func(a, b BankTotal) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(b.Lines, a.Lines), strings.Compare(a.Code, b.Code))
	})
	c.result.Largest, c.result.Smallest = t.largest, t.smallest
}
