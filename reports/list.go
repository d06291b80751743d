package reports

import (
	"fmt"
	"iter"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
)

// Bounds of a column's width, in characters: narrower ones cut their header, wider ones push the
// rest off the page; longer texts wrap.
const (
	minWidth = 8
	maxWidth = 48
)

// list is a sheet of one header and many rows, continued on further sheets when it is too long.
type list struct {
	name    string
	headers []string
	rows    int
	widths  *widths
	each    iter.Seq2[[]cell, error]

	footer      func(*sheet) error // writes rows below the list; may be nil
	footerRows  int
	continuedOn func(sheet string, first, last int) // told of every sheet; may be nil
}

// writeList writes l on as many sheets as it needs.
func (w *workbook) writeList(l list) error {
	names := w.sheetNames(l.name, l.rows, l.footerRows)
	s, err := w.openList(l, names, 0)
	if err != nil {
		return err
	}
	written := 0
	for row, err := range l.each {
		if err != nil {
			return err
		}
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if written++; written > l.rows {
			return fmt.Errorf("sheet %s: more than %d rows: %w", l.name, l.rows, errChanged)
		}
		if s.row == s.plan.filter { // full
			if err := s.close(); err != nil {
				return err
			}
			if s, err = w.openList(l, names, (written-1)/w.rowsPerSheet(l.footerRows)); err != nil {
				return err
			}
		}
		if err := s.write(w.styles.bordered(row), l.widths.height(row, w.styles.wrap)); err != nil {
			return err
		}
	}
	if l.footer != nil && s.row == s.plan.filter {
		if err := l.footer(s); err != nil {
			return err
		}
	}
	return s.close()
}

// bordered gives the cells that are none an empty one, so that the grid has no holes.
func (s styles) bordered(row []cell) []cell {
	for i, c := range row {
		if c == nil {
			row[i] = excelize.Cell{StyleID: s.text}
		}
	}
	return row
}

// openList begins sheet number i of l, with its header.
func (w *workbook) openList(l list, names []string, i int) (*sheet, error) {
	perSheet := w.rowsPerSheet(l.footerRows)
	last := w.bannerRows() + 1 + min(perSheet, l.rows-i*perSheet)
	p := plan{name: names[i], columns: len(l.headers), rows: last, filter: last, widths: l.widths.of}
	if i == len(names)-1 {
		p.rows += l.footerRows
	}
	s, err := w.openSheet(p)
	if err != nil {
		return nil, err
	}
	if l.continuedOn != nil {
		l.continuedOn(p.name, w.bannerRows()+2, last)
	}
	header := make([]cell, len(l.headers))
	for i, title := range l.headers {
		header[i] = text(w.styles.header, title)
	}
	return s, s.write(header, 32)
}

// rowsPerSheet is how many rows of a list one sheet holds.
func (w *workbook) rowsPerSheet(footerRows int) int { return maxRows - w.bannerRows() - 1 - footerRows }

// sheetNames are the sheets of a list of so many rows: "Payouts", "Payouts 2", …
func (w *workbook) sheetNames(name string, rows, footerRows int) []string {
	names := []string{name}
	for n := w.rowsPerSheet(footerRows); n < rows; n += w.rowsPerSheet(footerRows) {
		names = append(names, fmt.Sprintf("%s %d", name, len(names)+1))
	}
	return names
}

// widths finds out how wide columns have to be.
type widths struct{ of []float64 }

// newWidths begins with the headers: each fits on two lines, beside the filter's button.
func newWidths(headers []string) *widths {
	w := &widths{make([]float64, len(headers))}
	for i, header := range headers {
		longest := utf8.RuneCountInString(header) / 2
		for _, word := range strings.Fields(header) {
			longest = max(longest, utf8.RuneCountInString(word))
		}
		w.of[i] = math.Min(math.Max(minWidth, float64(longest+5)), maxWidth)
	}
	return w
}

// add widens the columns so that row fits, up to maxWidth.
func (w *widths) add(row []cell) {
	for i, c := range row {
		if w.of[i] < maxWidth && c != nil {
			w.of[i] = math.Min(math.Max(w.of[i], length(c.(excelize.Cell))+3), maxWidth)
		}
	}
}

// Heights in points: of one line of text, and the most that Excel allows for a row.
const (
	rowHeight    = 15
	rowHeightMax = 409
)

// height is how high row must be for its wrapped texts; 0 when one line is enough. It is not left
// to the program that shows the row, because not every one looks for wrapped text when it opens a file.
func (w *widths) height(row []cell, wrapped int) float64 {
	lines := 1
	for i, c := range row {
		if c, ok := c.(excelize.Cell); ok && c.StyleID == wrapped {
			lines = max(lines, wrappedLines(c.Value.(string), w.of[i]-2))
		}
	}
	if lines == 1 {
		return 0
	}
	return float64(min(lines*rowHeight, rowHeightMax))
}

// wrappedLines is about how many lines text takes in a column of this many characters. A word
// that does not fit leaves room at the end of its line, hence the tenth.
func wrappedLines(text string, width float64) int {
	lines := 0
	for line := range strings.Lines(text) {
		lines++
		if n := textWidth(line); n > width {
			lines += int(n * 1.1 / width)
		}
	}
	return lines
}

// length is about how many characters c shows.
func length(c excelize.Cell) float64 {
	switch value := c.Value.(type) {
	case string:
		return textWidth(value)
	case int64:
		return float64(len(ledger.Sen(value * 100).Grouped()))
	case int:
		return float64(len(ledger.Sen(value * 100).Grouped()))
	case float64:
		return float64(len(ledger.Sen(math.Round(value * 100)).Grouped()))
	}
	return float64(len(formatTime))
}

// textWidth is about how wide text is, in digits: capitals are a quarter wider, and characters
// beyond Latin scripts take two.
func textWidth(text string) float64 {
	width := 0.0
	for _, r := range text {
		switch {
		case r >= 0x1100:
			width += 2
		case unicode.IsUpper(r):
			width += 1.25
		default:
			width++
		}
	}
	return width
}
