package payroll

import (
	"io"
)

// endReader remembers the last byte.
type endReader struct {
	r    io.Reader
	last byte
}

func (e *endReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if n > 0 {
		e.last = p[n-1]
	}
	return n, err
}

// whole is true when the last cell certainly has its end: a line end or a closing quotation mark.
func (e *endReader) whole() bool { return e.last == '\n' || e.last == '"' }

// openEnd warns of a file that ends within a cell on which money depends. Many programs leave the last
// line end away, so it is no fault; but a file that was cut off within an amount looks the same.
func (c *checker) openEnd(line, column int, text string) {
	f := field(-1)
	for known, i := range c.layout.fields {
		if i == column {
			f = field(known)
		}
	}
	switch {
	case f < 0 || f == fieldPhone || f == fieldEmail || f == fieldRemark || f == fieldCostCenter:
		return // nothing is paid by it
	case c.lastLine != line || c.problems.count > 0:
		return // what was cut is no line, or nothing is paid anyway
	case f == fieldAmount && c.options.ExpectTotal > 0:
		return // it is compared
	}
	c.warnings.add(Problem{Line: line, Column: fieldNames[f], Value: text,
		Reason: "the file ends right here, without a line end: it may be cut short, and the cell with it",
		Remedy: "compare this cell and the number of lines with where the file comes from, or give --expect-count and --expect-total"})
}
