package reports

import (
	"fmt"
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
// Its rows are compressed as they come; the sheets around them are made by writeList, when their
// number and the widths of the columns are known.
type list struct {
	w          *workbook
	name       string
	headers    []string
	footerRows int    // rows that add leaves free at the end of each sheet
	lead       string // a line above the header of each sheet; empty for none
	guard      *guard // nil when the sheet is not protected
	widths     *widths
	length     int     // rows added
	sheets     []*rows // of one sheet each
}

// newList begins a list, which its workbook closes. l says its name and headers and, where it has them,
// footerRows, lead and guard.
func (w *workbook) newList(l *list) (*list, error) {
	l.w, l.widths = w, newWidths(l.headers)
	w.lists = append(w.lists, l)
	return l, l.nextSheet()
}

// nextSheet begins a sheet, with the banner of a rehearsal, the lead and the header.
func (l *list) nextSheet() error {
	r, err := newRows(l.w.encoders)
	if err != nil {
		return err
	}
	l.sheets = append(l.sheets, r)
	if l.w.bannerRows() > 0 {
		if err := r.write(l.w.banner()); err != nil {
			return err
		}
	}
	if l.lead != "" {
		if err := r.write([]cell{text(l.w.styles.lead, l.lead)}, leadHeight); err != nil {
			return err
		}
	}
	header := make([]cell, len(l.headers))
	for i, title := range l.headers {
		header[i] = text(l.w.styles.header, title)
	}
	return r.write(l.guarded(header), 32)
}

// add writes the next row.
func (l *list) add(row []cell) error {
	if err := l.w.ctx.Err(); err != nil {
		return err
	}
	if l.length > 0 && l.length%l.perSheet() == 0 { // full
		if err := l.last().finish(); err != nil {
			return err
		}
		if err := l.nextSheet(); err != nil {
			return err
		}
	}
	l.length++
	height := l.widths.fit(row, l.w.styles.wrap, l.w.styles.markedWrap)
	return l.last().write(l.guarded(row), height)
}

// headerRow is where the header stands on each sheet.
func (l *list) headerRow() int {
	if l.lead != "" {
		return l.w.bannerRows() + 2
	}
	return l.w.bannerRows() + 1
}

// perSheet is how many of the rows one sheet holds.
func (l *list) perSheet() int { return maxRows - l.headerRow() - l.footerRows }

// last is the sheet being written.
func (l *list) last() *rows { return l.sheets[len(l.sheets)-1] }

// span is where the rows of the list stand on its sheet number i; last is before first when there are none.
func (l *list) span(i int) (first, last int) {
	first = l.headerRow() + 1
	return first, first - 1 + min(l.perSheet(), l.length-i*l.perSheet())
}

// writeList puts the sheets of l into the workbook, after those that are there. The alarms are of
// its last sheet.
func (w *workbook) writeList(l *list, alarms ...string) error {
	for i, name := range sheetNames(l.name, l.length, l.perSheet()) {
		first, last := l.span(i)
		p := plan{name: name, columns: len(l.headers), rows: l.sheets[i].written, header: l.headerRow(), first: first, filter: last, widths: l.widths.of, guard: l.guard}
		if i == len(l.sheets)-1 {
			p.alarms = alarms
		}
		s, err := w.openSheet(p)
		if err != nil {
			return err
		}
		if err := w.putRows(s, l.sheets[i]); err != nil {
			return fmt.Errorf("sheet %s: %w", name, err)
		}
	}
	return nil
}

// sheetNames are the sheets of a list of so many rows: "Payouts", "Payouts 2", …
func sheetNames(name string, rows, perSheet int) []string {
	names := []string{name}
	for n := perSheet; n < rows; n += perSheet {
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

// Heights in points: of one line of text, and the most that Excel allows for a row.
const (
	rowHeight    = 15
	leadHeight   = 22
	rowHeightMax = 409
)

// fit widens the columns so that row fits, up to maxWidth, and returns how high it must be for its
// texts in the two styles that wrap; 0 when one line is enough. That is not left to the program that shows the row,
// because not every one looks for wrapped text when it opens a file.
//
// A column may still become wider, but what wraps in the end wraps at maxWidth: in a column that
// stays narrower every text has room.
func (w *widths) fit(row []cell, wrapped, markedToo int) (height float64) {
	lines := 1
	for i, c := range row {
		c, ok := c.(excelize.Cell)
		if !ok {
			continue
		}
		text, isText := c.Value.(string)
		if isText && float64(len(text))*widestByte+3 <= w.of[i] && strings.IndexByte(text, '\n') < 0 {
			continue // the usual case: it has room, however wide its characters are
		}
		if w.of[i] < maxWidth {
			w.of[i] = math.Min(math.Max(w.of[i], length(c)+3), maxWidth)
		}
		if c.StyleID == wrapped || c.StyleID == markedToo {
			lines = max(lines, wrappedLines(text, maxWidth-2))
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
		return groupedLength(value)
	case int:
		return groupedLength(int64(value))
	case float64:
		return float64(len(ledger.Sen(math.Round(value * 100)).Grouped()))
	}
	return float64(len(formatTime))
}

// groupedLength is how many characters n takes as "1,500,000".
func groupedLength(n int64) float64 {
	length := 1
	if n < 0 {
		length++
	}
	for digits := 1; n <= -10 || n >= 10; n /= 10 {
		if digits%3 == 0 {
			length++
		}
		digits++
		length++
	}
	return float64(length)
}

// widestByte is the most that a byte of a text adds to its textWidth: that of a capital.
const widestByte = 1.25

// textWidth is about how wide text is, in digits: capitals are a quarter wider, and characters
// beyond Latin scripts take two.
func textWidth(text string) float64 {
	width := 0.0
	for _, r := range text {
		switch {
		case r >= 0x1100:
			width += 2
		case unicode.IsUpper(r):
			width += widestByte
		default:
			width++
		}
	}
	return width
}
