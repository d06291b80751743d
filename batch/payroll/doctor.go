package payroll

import (
	"fmt"
	"strings"
	"unicode"
)

// The doctor says what a cell with a finding probably was meant to hold. What it proposes comes from what
// is in the file, the bank table and the employee's last payment, never from nothing; and whatever it
// proposes is tried before it is told: the line is read again with it.

// cure is what a cell may have held, and what says so; without a why the reason says enough.
type cure struct{ value, why string }

// fault records a problem; f is the column, or -1 for the whole line.
func (c *checker) fault(r *row, f field, n note) { c.record(&c.problems, r, f, n) }

func (c *checker) warn(r *row, f field, n note) { c.record(&c.warnings, r, f, n) }

func (c *checker) record(list *problemList, r *row, f field, n note) {
	p := c.place(r, f, n)
	if f >= 0 && !c.trial && list.wants() && c.diagnose(r, f, &p) && list == &c.problems {
		p.Remedy = fmt.Sprintf("write it so%s, if that is right (gajian check --fix makes such a copy); if not, type it again from its source", asTextIn(f))
	}
	list.add(p)
}

// asTextIn says how a value is written into a column: the amounts alone are numbers.
func asTextIn(f field) string {
	if f == fieldAmount {
		return ""
	}
	return " in a cell formatted as text"
}

func (c *checker) place(r *row, f field, n note) Problem {
	p := Problem{Line: r.line, Reason: n.reason, Remedy: n.remedy}
	if f < 0 {
		return p
	}
	p.Column, p.Value, p.at = fieldNames[f], r.cells[f].text, c.layout.fields[f]+1
	p.Cell = c.cell(r.line, c.layout.fields[f])
	return p
}

// symptom is a finding of a line as it is recognised again.
type symptom struct {
	at     int
	reason string
}

// diagnose adds to p what the cell probably held, if anything says so, and is true when something does.
func (c *checker) diagnose(r *row, f field, p *Problem) bool {
	here := symptom{p.at, p.Reason}
	before := c.symptoms(r, f, r.cells[f])
	if !before[here] {
		return false // it is not of this line alone
	}
	for _, cure := range c.cures(r, f) {
		if cure.value == "" || cure.value == r.cells[f].text && r.cells[f].isText() {
			continue
		}
		if after := c.symptoms(r, f, cell{text: cure.value}); heals(before, after, here) {
			p.Suggestion = cure.value
			if cure.why != "" {
				p.Reason += "; " + cure.why
			}
			return true
		}
	}
	if paid, ok := c.paidBefore(r); ok && f == fieldAccount {
		p.Reason += fmt.Sprintf("; last time, in batch %s, the employee was paid to %s of %s", paid.Batch, paid.AccountNumber, c.bankWord(paid.BankCode))
	}
	return false
}

// isText is true for a cell that is nothing but text.
func (c cell) isText() bool { return c.kind == kindText && !c.formula }

// heals is true when the finding is gone and no other came in its place.
func heals(before, after map[symptom]bool, here symptom) bool {
	if after[here] {
		return false
	}
	for s := range after {
		if !before[s] {
			return false
		}
	}
	return true
}

// symptoms reads the line with another cell in it.
func (c *checker) symptoms(r *row, f field, with cell) map[symptom]bool {
	found := map[symptom]bool{}
	watch := func(p Problem) { found[symptom{p.at, p.Reason}] = true }
	trial := &checker{ctx: c.ctx, options: c.options, result: &Result{}, layout: c.layout, banks: c.banks, cell: c.cell, stops: c.stops,
		trial: true, problems: problemList{watch: watch}, warnings: problemList{watch: watch}}
	changed := *r
	changed.cells[f], changed.bank = with, ""
	trial.read(&changed)
	return found
}

// cures lists what the cell may have held, the likeliest first.
func (c *checker) cures(r *row, f field) []cure {
	value := r.cells[f]
	if value.missing || value.kind == kindError || value.kind == kindBoolean {
		return nil
	}
	switch f {
	case fieldAccount:
		return c.accountCures(r)
	case fieldBank, fieldBankCode, fieldBankName:
		return c.bankCures(r, f)
	case fieldEmployeeID:
		return idCures(r)
	case fieldAmount:
		return c.amountCures(r)
	case fieldName:
		if isNumbered(value.text) {
			return r.swapped(f, fieldEmployeeID, fieldAccount)
		}
	}
	return cleanCures(value)
}

// isNumbered is true for a text of digits and no letter, as ids and accounts are and names are not.
func isNumbered(text string) bool {
	return strings.ContainsFunc(text, unicode.IsDigit) && !strings.ContainsFunc(text, unicode.IsLetter)
}

// cleanCures proposes a text without what nobody sees in it.
func cleanCures(value cell) []cure {
	clean, fault, _ := cleanText(value.text)
	if fault.found() {
		return nil
	}
	return []cure{{value: clean}}
}

// swapped proposes what stands in other columns of the line, where one holds digits and the other words.
// Whether it fits shows when it is tried.
func (r *row) swapped(f field, others ...field) []cure {
	var found []cure
	for _, other := range others {
		if value := r.cells[other]; !value.blank() && !value.formula && isNumbered(value.text) != isNumbered(r.cells[f].text) {
			found = append(found, cure{trimBlanks(value.text), fmt.Sprintf("the column %s holds what %s should: the two were probably swapped", fieldNames[other], fieldNames[f])})
		}
	}
	return found
}

// lastPayment is what is known of the employee's last payment, asked for once in a line.
type lastPayment struct {
	PaidBefore
	asked, known bool
}

func (c *checker) paidBefore(r *row) (PaidBefore, bool) {
	if !r.paid.asked {
		r.paid.asked = true
		id, fault, _ := cleanText(r.cells[fieldEmployeeID].text)
		if c.options.LastPaid != nil && id != "" && !fault.found() {
			r.paid.PaidBefore, r.paid.known = c.options.LastPaid(bareID(id))
		}
	}
	return r.paid.PaidBefore, r.paid.known
}

// bankWord is how a message calls a bank.
func (c *checker) bankWord(code string) string {
	if name := c.banks.name(code); name != "" {
		return name
	}
	return "bank " + code
}
