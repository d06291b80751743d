package payroll

import (
	"fmt"
	"slices"
	"strings"
)

// field is a column that we know.
type field int

const (
	fieldEmployeeID field = iota
	fieldName
	fieldBank // a code or a name
	fieldBankCode
	fieldBankName
	fieldAccount
	fieldAmount
	fieldPhone
	fieldEmail
	fieldRemark
	fieldCostCenter
	fieldPayType
	fieldRetryOf
	fieldCount
)

// fieldNames are our names of the columns, in messages and JSON. The three bank columns are one to
// people: a line has one bank.
var fieldNames = [fieldCount]string{"employee_id", "name", "bank", "bank", "bank", "account_number", "amount",
	"phone", "email", "remark", "cost_center", "pay_type", "retry_of"}

// layout is which column of a file holds what.
type layout struct {
	line    int              // where the header stands
	fields  [fieldCount]int  // index of the field's column, or -1
	headers []string         // as they stand in the file, cleaned, up to width
	cells   int              // cells of the header's row, empty ones at its end included
	gaps    bool             // a column between others has no header
	extras  []int            // indexes of the other columns that have a header
	width   int              // columns up to the last one with a header
	repeats map[int]struct{} // indexes of columns whose field another column has already
	above   []headRow        // the rows above the header's last one: titles, and the upper row of two
	parts   [][]string       // keys of the two rows of a header, by column; none of a header of one
	number  int              // row right below that numbers the columns, (1) (2) (3); 0 without one
	checked int              // index of the column that WriteMarked has added, or -1

	keys       [fieldCount]string // of the headers, as headerKey makes them
	statuses   []int              // indexes of the extras that tell something about a line
	currencies []int              // indexes of the extras that name its currency
}

// CheckHeader heads the column in which a marked copy says what is wrong with each line. When the copy is read, the
// column counts for nothing, so that the payroll stays the same.
const CheckHeader = "gajian_check"

var checkKey = headerKey(CheckHeader)

// maxHeaderRow is how far down the header may stand, as the contract says.
const maxHeaderRow = 20

// maxColumns bounds a file's columns. Payroll files have tens; each further one costs memory on every line.
const maxColumns = 512

func newLayout(line int, cells []string) *layout {
	l := &layout{line: line, cells: len(cells), repeats: map[int]struct{}{}, checked: -1}
	for f := range l.fields {
		l.fields[f] = -1
	}
	for i, text := range cells {
		header, _, _ := cleanText(text)
		l.headers = append(l.headers, header)
		if header == "" {
			continue
		}
		l.gaps = l.gaps || i > l.width
		l.width = i + 1
		l.place(i, headerKey(header))
	}
	l.headers = l.headers[:l.width]
	l.settle()
	l.describe()
	return l
}

// place finds out what the column i is for, by its header's key.
func (l *layout) place(i int, key string) {
	f, known := fieldOf[key]
	switch {
	case key == checkKey:
		l.checked = i
		return
	case !known:
		l.extras = append(l.extras, i)
		return
	case !l.has(f):
		l.fields[f] = i
		return
	}
	switch other := l.fields[f]; {
	case l.gives(other, i):
		l.extras, l.fields[f] = append(l.extras, other), i
	case l.gives(i, other), f >= fieldPhone && key != headerKey(l.headers[other]): // a second remark under another name decides nothing
		l.extras = append(l.extras, i)
	default:
		l.repeats[i] = struct{}{}
	}
}

// gives is true when the column i gives way to the column other of the same field. What is paid out stands to the
// right of what it is computed from: pay behind it may be it and something more.
func (l *layout) gives(i, other int) bool {
	weak, key := headerKey(l.headers[i]), headerKey(l.headers[other])
	if payKeys[weak] {
		return i < other && !sumKeys[key] && !payKeys[key]
	}
	return weakKeys[weak] && !weakKeys[key]
}

// settle lets columns give way to one that stands further to the right.
func (l *layout) settle() {
	for i := range l.repeats {
		if l.gives(i, l.fields[fieldOf[headerKey(l.headers[i])]]) {
			delete(l.repeats, i)
			l.extras = append(l.extras, i)
		}
	}
	slices.Sort(l.extras)
}

// describe works out what every line is asked for.
func (l *layout) describe() {
	for f, i := range l.fields {
		if i >= 0 {
			l.keys[f] = headerKey(l.headers[i])
		}
	}
	for n, i := range l.extras {
		if isStatus(l.headers[i]) {
			l.statuses = append(l.statuses, n)
		}
		if currencyHeaders[headerKey(l.headers[i])] {
			l.currencies = append(l.currencies, n)
		}
	}
}

// isHeader is true for a text that is the header of a field.
func (l *layout) isHeader(f field, text string) bool {
	if len(text) < len(l.headers[l.fields[f]]) {
		return false
	}
	if c := text[0] | 0x20; c >= 'a' && c <= 'z' && isPrintable(text) && c != l.keys[f][0] {
		return false // quickly, for nearly all of them
	}
	return headerKey(text) == l.keys[f]
}

func (l *layout) has(f field) bool { return l.fields[f] >= 0 }

// required counts the required columns that were found; five is all.
func (l *layout) required() int {
	n := 0
	for _, found := range []bool{l.has(fieldEmployeeID), l.has(fieldName), l.hasBank(), l.has(fieldAccount), l.has(fieldAmount)} {
		if found {
			n++
		}
	}
	return n
}

const requiredColumns = 5

func (l *layout) hasBank() bool {
	return l.has(fieldBank) || l.has(fieldBankCode) || l.has(fieldBankName)
}

// extraColumns returns the headers of the columns that are kept as they are.
func (l *layout) extraColumns() []string {
	var names []string
	for _, i := range l.extras {
		names = append(names, l.headers[i])
	}
	return names
}

// findHeader returns the layout of the first header that names every required column, else of the one
// that names most; nil when none names two of them. A header may be of two rows.
func findHeader(rows []headRow) *layout {
	var best *layout
	for i, row := range rows {
		l := newLayout(row.line, row.cells)
		l.above = rows[:i]
		below := i + 1
		if below < len(rows) {
			if joined := joinHeader(row, rows[below], l); joined != nil {
				l = joined
				l.above = rows[:below]
				below++
			}
		}
		if best == nil || l.required() > best.required() {
			best = l
		}
		if l.required() == requiredColumns {
			if below < len(rows) && numbersColumns(rows[below].cells) && adjoins(rows[below-1], rows[below]) {
				l.number = rows[below].line
			}
			break
		}
	}
	if best == nil || best.required() < 2 {
		return nil
	}
	return best
}

// headRow is one of the first rows of a file, in which the header is looked for.
type headRow struct {
	line  int
	cells []string
}

// problems returns what is wrong with the header; each of it concerns the whole file.
func (l *layout) problems() []Problem {
	var found []Problem
	for i := range l.headers {
		if _, double := l.repeats[i]; double {
			found = append(found, l.double(i))
		}
	}
	for _, f := range []field{fieldEmployeeID, fieldName, fieldBank, fieldAccount, fieldAmount} {
		if !l.has(f) && (f != fieldBank || !l.hasBank()) {
			found = append(found, l.missing(f))
		}
	}
	if i := l.fields[fieldAmount]; i >= 0 {
		for _, n := range []note{l.says(), l.gross()} {
			if n.found() {
				found = append(found, Problem{Column: fieldNames[fieldAmount], Value: l.headers[i], Reason: n.reason, Remedy: n.remedy, at: i + 1})
			}
		}
	}
	found = append(found, l.titleProblems()...)
	if l.width > maxColumns {
		found = append(found, Problem{Reason: fmt.Sprintf("the header has %d columns; at most %d are read", l.width, maxColumns), Remedy: "delete the columns that are not needed"})
	}
	return found
}

// double is the problem of a column whose field another one has.
func (l *layout) double(i int) Problem {
	f := fieldOf[headerKey(l.headers[i])]
	p := Problem{Column: fieldNames[f], Value: l.headers[i], at: i + 1, Remedy: "keep one, and rename or delete the other",
		Reason: fmt.Sprintf("two columns are headed as %s: %q and %q", fieldNames[f], l.headers[l.fields[f]], l.headers[i])}
	if f == fieldAmount {
		p.Reason += ", and only one can be what is paid out"
		p.Remedy = `name the one that is paid out "Gaji Bersih", and the other by what it is, like "Gaji Kotor"`
	}
	return p
}

// examples are headers that people know, for those that are missing.
var examples = map[field]string{fieldEmployeeID: "NIK", fieldName: "Nama", fieldBank: "Bank", fieldAccount: "No Rekening", fieldAmount: "Gaji Bersih"}

// missing is the problem of a field without a column.
func (l *layout) missing(f field) Problem {
	var have []string
	for _, header := range l.headers {
		if header != "" {
			have = append(have, header)
		}
	}
	return Problem{Column: fieldNames[f],
		Reason: fmt.Sprintf("the column %s is missing; the header in line %d has: %s", fieldNames[f], l.line, strings.Join(have, ", ")),
		Remedy: fmt.Sprintf("add the column, or name the one that has it %q; `gajian template` has all of them", examples[f])}
}

// gross is the fault of a header that may mean the pay before deductions, because some stand behind it.
func (l *layout) gross() note {
	at := l.fields[fieldAmount]
	if key := l.keys[fieldAmount]; !sumKeys[key] && !payKeys[key] {
		return note{}
	}
	for _, i := range l.extras {
		if i > at && isDeduction(l.headers[i]) {
			return note{fmt.Sprintf("%q may be the pay before deductions, because %q stands behind it", l.headers[at], l.headers[i]),
				`name the column of what is paid out "Gaji Bersih"`}
		}
	}
	return note{}
}

// says is the fault of a header of the amounts that names another unit than rupiah.
func (l *layout) says() note {
	if !l.has(fieldAmount) {
		return note{}
	}
	return headerUnit(l.headers[l.fields[fieldAmount]]).note("the header")
}

// titleProblems finds titles that name another unit than rupiah for all amounts below.
func (l *layout) titleProblems() []Problem {
	var found []Problem
	for _, row := range l.above {
		for _, text := range row.cells {
			if n := titleUnit(text[:min(len(text), maxTitle)]).note("the title"); n.found() {
				found = append(found, Problem{Line: row.line, Value: text, Reason: n.reason, Remedy: n.remedy})
			}
		}
	}
	return found
}

// maxTitle bounds how much of a title, in bytes, is searched for a unit.
const maxTitle = 1000

// noHeader is the problem of a file in which no row is a header.
func noHeader(where string) Problem {
	return Problem{Reason: fmt.Sprintf("no header with employee_id, name, bank, account_number and amount in the first %d rows%s", maxHeaderRow, where),
		Remedy: "name the columns in one row, as in `gajian template`"}
}
