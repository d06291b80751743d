package payroll

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
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
func (m *mergeList) add(element *xmlScan) error {
	for _, attr := range element.attrs {
		if string(attr.name) != "ref" {
			continue
		}
		from, to, ok := bytes.Cut(attr.value, []byte(":"))
		if !ok {
			return nil // a single cell
		}
		a := merged{ref: attr.text()}
		if a.area, ok = newArea(from, to); !ok {
			return damage("a merged area calls itself %s", shorten(a.ref))
		}
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
func (c *checker) checkMerges(book *workbook, sheet sheetPart) error {
	m := book.merges
	if len(m.areas) == 0 {
		return nil
	}
	c.explainMerged(m.areas)
	slices.SortStableFunc(m.areas, func(a, b merged) int { return cmp.Compare(a.row1, b.row1) })
	source, err := book.parts.open(sheet.file)
	if err != nil {
		return err
	}
	defer source.Close()
	scan, slice := newSheetScan(source, book.parts.texts), &sheetSlice{}
	open := openAreas{areas: m.areas}
	for {
		end := scan.fill(slice, c.lastLine)
		if end != nil && end != io.EOF {
			return end
		}
		for i := range slice.rows {
			if err := c.checkCovered(&slice.rows[i], &open, book); err != nil {
				return err
			}
		}
		if end == io.EOF || scan.last >= c.lastLine {
			return nil
		}
	}
}

// explainMerged says of cells that lack a value why they do, when they are merged with another one: what a person sees
// beside them there counts for the first line only.
func (c *checker) explainMerged(areas []merged) {
	for i := range c.problems.kept {
		p := &c.problems.kept[i]
		if p.Value != "" || p.at == 0 {
			continue
		}
		for _, a := range areas {
			if a.hides(p.at-1, p.Line) {
				p.Reason += fmt.Sprintf(": the cells %s are merged, and only the first of them has a value", shorten(a.ref))
				p.Remedy = "unmerge the cells and fill in each of them"
				break
			}
		}
	}
}

// openAreas are the merged areas that a row stands in, while the rows go by.
type openAreas struct {
	areas []merged // by their first row
	next  int
	open  []merged
}

func (o *openAreas) at(row int) error {
	for ; o.next < len(o.areas) && o.areas[o.next].row1 <= row; o.next++ {
		o.open = append(o.open, o.areas[o.next])
	}
	o.open = slices.DeleteFunc(o.open, func(a merged) bool { return a.row2 < row })
	if len(o.open) > int(fieldCount) { // each covers a column of its own
		return damage("merged areas lie over each other in row %d", row)
	}
	return nil
}

func (c *checker) checkCovered(row *scanRow, areas *openAreas, book *workbook) error {
	if row.number > c.lastLine {
		return nil
	}
	if err := areas.at(row.number); err != nil || row.number < c.layout.line {
		return err
	}
	for f, i := range c.layout.fields {
		at := slices.IndexFunc(row.cells, func(s scanCell) bool { return int(s.column) == i })
		if i < 0 || at < 0 || !row.cells[at].formula && !book.parts.texts.filled(row.cells[at]) {
			continue
		}
		for _, a := range areas.open {
			if a.hides(i, row.number) {
				c.problems.add(Problem{Line: row.number, Cell: c.cell(row.number, i), Column: fieldNames[f],
					Reason: fmt.Sprintf("the cell lies under the merged area %s, where nobody sees what stands in it", shorten(a.ref)),
					Remedy: "unmerge the cells and check what stands in each of them"})
				break
			}
		}
	}
	return nil
}

// hides is true for every cell of the area but the first.
func (a merged) hides(column, row int) bool {
	return column >= a.column1 && column <= a.column2 && row >= a.row1 && row <= a.row2 && (column != a.column1 || row != a.row1)
}
