package reports

import (
	"cmp"
	"slices"

	"github.com/xuri/excelize/v2"
)

// checkLabel stands left of every cell that must be 0.
const checkLabel = "Check (must be 0)"

// page is a sheet that is no list: few rows, put together in memory before they are written,
// because its formulas name rows above and below.
type page struct {
	name    string
	widths  []float64
	rows    [][]cell
	heights map[int]float64 // of rows that are higher than rowHeight, by number
	alarms  []string        // cells that are red while they are not 0
}

// newPage begins a page; the banner of a rehearsal counts as its first row and is written later.
func (w *workbook) newPage(name string, widths ...float64) *page {
	return &page{name: name, widths: widths, rows: make([][]cell, w.bannerRows()), heights: map[int]float64{}}
}

// add appends a row and returns its number.
func (p *page) add(row ...cell) int {
	p.rows = append(p.rows, row)
	return len(p.rows)
}

// next is the number that the next row will have.
func (p *page) next() int { return len(p.rows) + 1 }

// alarm makes the cell red while it is not 0.
func (p *page) alarm(column, row int) { p.alarms = append(p.alarms, at(column, row)) }

// writePage writes p; decorate, which may be nil, adds what is not in cells.
func (w *workbook) writePage(p *page, decorate func(sheet string) error) error {
	s, err := w.openSheet(plan{name: p.name, columns: len(p.widths), rows: len(p.rows), widths: p.widths, boxed: true, alarms: p.alarms})
	if err != nil {
		return err
	}
	if w.bannerRows() > 0 {
		p.rows[0], p.heights[1] = w.banner()
	}
	for i, row := range p.rows {
		// Heights are given, because a chart covers a number of rows and ends where their heights say.
		if err := s.stream.SetRow(at(1, i+1), row, excelize.RowOpts{Height: cmp.Or(p.heights[i+1], rowHeight)}); err != nil {
			return err
		}
	}
	if decorate != nil {
		if err := decorate(p.name); err != nil {
			return err
		}
	}
	return s.stream.Flush()
}

// headers makes cells of a table's header.
func (s styles) headers(titles ...string) []cell {
	cells := make([]cell, len(titles))
	for i, title := range titles {
		cells[i] = excelize.Cell{StyleID: s.header, Value: title}
	}
	return slices.Clip(cells)
}
