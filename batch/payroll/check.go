package payroll

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gajian/ledger"
)

// cell is what stands in one cell of a line.
type cell struct {
	text    string
	kind    cellKind
	format  cellFormat
	padTo   int  // digits that the cell's number format shows, with zeros in front
	formula bool // computed; text is the cached value
	missing bool // a formula without a cached value
}

// cellKind is the type of a cell. Everything in a CSV is text.
type cellKind uint8

const (
	kindText cellKind = iota
	kindNumber
	kindBoolean
	kindError // #N/A and its like
	kindDate
)

// cellFormat is what a number cell is shown as, as far as it matters.
type cellFormat uint8

const (
	formatPlain   cellFormat = iota
	formatCents              // whole rupiah with ",00" written behind them
	formatForeign            // with the sign of another currency
	formatUnit               // with a word for thousands or millions behind it
	formatScaled
	formatLiteral // with digits that are not in the value
	formatHidden
	formatPercent
	formatDate
)

// row is one row below the header, its cells sorted by meaning.
type row struct {
	line   int
	cells  [fieldCount]cell
	extra  []string // in the order of the layout's extras
	other  string   // what stands in columns without a header
	fault  note     // of the row as a whole: it cannot be read
	ragged note     // the row has more or fewer cells than the header; a fault when the row is a line
	hidden bool
	bank   string // code, once it is resolved
	paid   lastPayment
}

// checker looks at every row, passes good lines on and collects the problems of the others.
type checker struct {
	ctx      context.Context
	options  Options
	yield    func(ledger.Line) error
	result   *Result
	layout   *layout
	banks    *bankResolver
	cell     func(line, column int) string // reference of a cell for messages; "" in a CSV
	problems problemList
	warnings problemList
	totals   totals
	tally    tally
	rows     int // seen so far, blank ones included
	lastLine int // number of the last line
	ids      idZeros
	hidden   occurrences
	computed occurrences
	cut      cutAccounts
	notes    notes
	stops    map[string]string // stopWord of texts that were asked for before
	trial    bool              // one line is tried with another cell in it
	ended    bool              // the file was not read to its end
	seen     func(*row) error  // is told of every line; may be nil
}

// errTooMany stops the reading of a file with more lines than allowed.
var errTooMany = errors.New("too many lines")

// row checks one row. It returns an error only when reading has to stop.
func (c *checker) row(r *row) error {
	if c.rows++; c.rows%1024 == 0 && c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	if r.fault.found() {
		c.fault(r, -1, r.fault)
		c.totals.unknown = true
		return nil
	}
	if r.empty() || r.line == c.layout.number {
		return nil
	}
	if r.cells[fieldAccount].blank() || totalLabel(r.cells[fieldAccount].text) != noTotal {
		if kind := c.labelOf(r); kind != noTotal && !c.namesBank(r) && !r.namesPerson() {
			c.totalRow(r, kind)
			return nil
		}
	}
	if r.cells[fieldAccount].blank() && (c.totals.closed || r.noLine()) {
		c.skip(r)
		return nil
	}
	if c.repeatsHeader(r) {
		c.warn(r, -1, note{"the header stands here once more; the row is skipped", "nothing, if that is so"})
		return nil
	}
	if c.totals.closed {
		c.belowTotal(r)
		return nil
	}
	if c.heading(r) || c.note(r) {
		return nil
	}
	if err := c.endNotes(); err != nil {
		return err
	}
	return c.line(r)
}

// line checks a row that is a line of the payroll.
func (c *checker) line(r *row) error {
	c.totals.lines++
	c.lastLine = r.line
	if c.totals.lines > c.options.MaxLines {
		c.problems.add(Problem{Line: r.line, Reason: fmt.Sprintf("the file has more than %d lines", c.options.MaxLines), Remedy: "split it into several files"})
		return errTooMany
	}
	if c.seen != nil {
		if err := c.seen(r); err != nil {
			return err
		}
	}
	if r.hidden {
		c.hidden.add(r.line)
	}
	if r.ragged.found() {
		c.fault(r, -1, r.ragged)
		c.totals.unknown = true
		return nil
	}
	if r.cells[fieldAmount].formula {
		c.computed.add(r.line)
	}
	before := c.problems.count
	line := c.read(r)
	c.tally.add(&line)
	c.cut.see(&line)
	if c.problems.count > before || c.problems.count > 0 {
		return nil
	}
	if err := c.yield(line); err != nil {
		return fmt.Errorf("line %d: %w", line.Number, err)
	}
	return nil
}

// read turns a row into a line; every fault on the way is a problem.
func (c *checker) read(r *row) ledger.Line {
	line := ledger.Line{Number: r.line, Extra: c.extra(r)}
	line.EmployeeID = c.employeeID(r)
	line.Name = c.name(r)
	line.BankCode = c.bank(r)
	r.bank = line.BankCode
	line.AccountNumber = c.account(r, line.BankCode)
	line.Amount = c.amount(r)
	line.Phone = c.phone(r)
	line.Email = c.email(r)
	line.Remark = c.text(r, fieldRemark, maxRemark)
	line.CostCenter = c.text(r, fieldCostCenter, maxShort)
	line.PayType = c.text(r, fieldPayType, maxShort)
	line.RetryOf = c.text(r, fieldRetryOf, maxRetryOf)
	c.ids.see(line.EmployeeID, r.line)
	c.currency(r)
	c.warnStopped(r)
	if r.other != "" {
		c.warn(r, -1, note{fmt.Sprintf("%q stands in a column without a header and is not read", shorten(r.other)), "give the column a header, or delete the cell"})
	}
	return line
}

// repeatsHeader is true for a header that a page break has put between the lines.
func (c *checker) repeatsHeader(r *row) bool {
	if c.layout.parts != nil {
		return c.layout.isPart(r)
	}
	for f, i := range c.layout.fields {
		if i < 0 {
			continue
		}
		if !c.layout.isHeader(field(f), r.cells[f].text) {
			return false
		}
	}
	return true
}

// labelOf looks for the label of a total row in all cells but the amount.
func (c *checker) labelOf(r *row) totalKind {
	for f := range r.cells {
		if field(f) == fieldAmount {
			continue
		}
		if kind := totalLabel(r.cells[f].text); kind != noTotal {
			return kind
		}
	}
	for _, text := range r.extra {
		if kind := totalLabel(text); kind != noTotal {
			return kind
		}
	}
	return totalLabel(r.other)
}

// namesBank is true for a row with a bank in it: nobody but an employee has one, so that the row is a
// line without an account, even when the employee is called Total.
func (c *checker) namesBank(r *row) bool {
	for _, f := range []field{fieldBank, fieldBankCode, fieldBankName} {
		if _, fault, _ := c.banks.resolve(r.cells[f]); !fault.found() {
			return true
		}
	}
	return false
}

// namesPerson is true for a row with an id and a name, whatever else it says: an employee may be called
// Total, and a line without an account have a remark that begins so.
func (r *row) namesPerson() bool {
	id := r.cells[fieldEmployeeID]
	return !id.blank() && totalLabel(id.text) == noTotal && !r.cells[fieldName].blank()
}

// totalRow compares a total row with the lines above it.
func (c *checker) totalRow(r *row, kind totalKind) {
	amount := r.cells[fieldAmount]
	if amount.blank() && !amount.missing {
		c.totals.check(kind, c.totals.sum)
		c.warn(r, fieldAmount, note{"the total row has no amount, so there is nothing to compare", "nothing, or write the total into the amount column"})
		return
	}
	stated, fault := c.readAmount(amount)
	if fault.found() {
		c.fault(r, fieldAmount, fault)
		c.totals.check(kind, c.totals.sum) // below it stands what stands below any total
		return
	}
	if fault = c.totals.check(kind, stated); fault.found() {
		c.fault(r, fieldAmount, fault)
	}
}

// belowTotal handles a row with an account below the grand total.
func (c *checker) belowTotal(r *row) {
	if r.cells[fieldAmount].blank() && !r.cells[fieldAmount].missing {
		c.skip(r)
		return
	}
	c.fault(r, -1, note{"a line with account and amount stands below the grand total", "move the line above the total and correct the total, or delete it"})
}

// skip passes over a row that is no line, with a warning when it might have been meant as one.
func (c *checker) skip(r *row) {
	said := r.said()
	if n := titleUnit(said).note("the note"); n.found() {
		c.noted(&c.problems, r, n)
		return
	}
	if word := stopWord(said); word != "" && c.totals.closed {
		c.noted(&c.warnings, r, note{fmt.Sprintf("a note below the grand total says %s; all lines are paid", word), "delete the lines that must not be paid, and correct the total"})
		return
	}
	if !c.totals.closed {
		c.warn(r, -1, note{"the row has no employee, name, bank, account or amount; it is skipped", "nothing, or delete the row"})
		return
	}
	account, amount := r.cells[fieldAccount], r.cells[fieldAmount]
	_, fault := c.readAmount(amount)
	if number, notDigits := accountDigits(trimBlanks(account.text)); !notDigits.found() && len(number) >= minAccountDigits ||
		!amount.blank() && !fault.found() && !r.cells[fieldEmployeeID].blank() {
		c.warn(r, -1, note{"the row below the grand total looks like a line; it is not read", "move it above the total if it is one"})
	}
}

// finish checks what only the whole file can tell.
func (c *checker) finish() {
	c.finishNotes()
	if c.totals.lines == 0 && c.problems.count == 0 {
		c.problems.add(Problem{Reason: "the file has a header and no lines", Remedy: "fill in at least one line"})
	}
	for _, p := range c.totals.checkControl(c.options) {
		c.problems.add(p)
	}
	c.finishFindings()
	c.result.Lines, c.result.Total = c.totals.lines, c.totals.sum
}

func (c cell) blank() bool { return !c.missing && trimBlanks(c.text) == "" }

// empty is true for a row without anything in it. A formula that has no cached value is something.
func (r *row) empty() bool {
	for f := range r.cells {
		if !r.cells[f].blank() {
			return false
		}
	}
	return strings.Join(r.extra, "") == "" && r.other == ""
}

// noLine is true when nothing that makes a line is there: a prepared row with a running number, a
// formula that gives zero, a comment.
func (r *row) noLine() bool {
	for _, f := range []field{fieldEmployeeID, fieldName, fieldBank, fieldBankCode, fieldBankName, fieldAccount} {
		if !r.cells[f].blank() {
			return false
		}
	}
	amount := r.cells[fieldAmount]
	return amount.blank() || amount.formula && amount.text == "0"
}
