package payroll

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// mergeList collects the merged areas that cover a cell of the payroll. Of a merged area a spreadsheet
// shows the first cell alone, so that what stands in another one was checked by nobody. The list stands
// behind the cells in a sheet's XML, so that it is known only when all lines have been read.
type mergeList struct {
	layout *layout
	areas  []merged
}

// merged is a merged area as the sheet names it.
type merged struct {
	area
	ref string
}

// maxMerges bounds the merged areas that are remembered. Sheets with a merged title for every
// department have some hundreds.
const maxMerges = 100_000

// add takes an area in when it covers a cell that money depends on.
func (m *mergeList) add(element xml.StartElement) error {
	for _, attr := range element.Attr {
		if plainName(attr) != "ref" {
			continue
		}
		from, to, ok := strings.Cut(attr.Value, ":")
		if !ok {
			return nil // a single cell
		}
		column1, row1, err1 := excelize.CellNameToCoordinates(from)
		column2, row2, err2 := excelize.CellNameToCoordinates(to)
		if err1 != nil || err2 != nil {
			return damage("a merged area calls itself %s", shorten(attr.Value))
		}
		a := merged{area{min(column1, column2) - 1, min(row1, row2), max(column1, column2) - 1, max(row1, row2)}, attr.Value}
		if a.row2 < m.layout.line || !m.matters(a) {
			return nil
		}
		if m.areas = append(m.areas, a); len(m.areas) > maxMerges {
			return damage("the sheet has more than %d merged areas", maxMerges)
		}
	}
	return nil
}

// matters is true when the area covers a cell in a column that we know.
func (m *mergeList) matters(a merged) bool {
	for _, i := range m.layout.fields {
		if i >= a.column1 && i <= a.column2 && (i > a.column1 || a.row2 > a.row1) {
			return true
		}
	}
	return false
}

// checkMerges goes through the sheet's XML once more when there are such areas, and refuses what
// stands in their covered cells from the header to the last line.
func (c *checker) checkMerges(m *mergeList, book *workbook, sheet sheetPart) error {
	if len(m.areas) == 0 {
		return nil
	}
	slices.SortStableFunc(m.areas, func(a, b merged) int { return cmp.Compare(a.row1, b.row1) })
	source, err := sheet.file.Open()
	if err != nil {
		return damage("the sheet %s cannot be read (%v)", sheet.name, err)
	}
	defer source.Close()
	scan := newSheetScan(source, len(book.parts.strings))
	var open []merged // those that the row stands in
	for next := 0; ; {
		row, err := scan.next()
		if errors.Is(err, io.EOF) || err == nil && row.number > c.lastLine {
			return nil
		}
		if err != nil {
			return err
		}
		for ; next < len(m.areas) && m.areas[next].row1 <= row.number; next++ {
			open = append(open, m.areas[next])
		}
		open = slices.DeleteFunc(open, func(a merged) bool { return a.row2 < row.number })
		if len(open) > int(fieldCount) { // each covers a column of its own
			return damage("merged areas lie over each other in row %d", row.number)
		}
		if row.number >= c.layout.line {
			c.checkCovered(row, open, book)
		}
	}
}

func (c *checker) checkCovered(row *scanRow, open []merged, book *workbook) {
	for f, i := range c.layout.fields {
		at := slices.IndexFunc(row.cells, func(s scanCell) bool { return s.column == i })
		if i < 0 || at < 0 || !book.filled(row.cells[at]) {
			continue
		}
		for _, a := range open {
			if a.hides(i, row.number) {
				c.problems.add(Problem{Line: row.number, Cell: c.cell(row.number, i), Column: fieldNames[f],
					Reason: fmt.Sprintf("the cell lies under the merged area %s, where nobody sees what stands in it", shorten(a.ref)),
					Remedy: "unmerge the cells and check what stands in each of them"})
				break
			}
		}
	}
}

// hides is true for every cell of the area but the first.
func (a merged) hides(column, row int) bool {
	return column >= a.column1 && column <= a.column2 && row >= a.row1 && row <= a.row2 && (column != a.column1 || row != a.row1)
}

// filled is true for a cell with a value, a formula or a text in it.
func (b *workbook) filled(s scanCell) bool {
	if s.kind == "s" {
		return s.formula || s.raw != "" && b.parts.strings[s.shared] != textSum("")
	}
	return s.formula || s.raw+s.inline != ""
}
