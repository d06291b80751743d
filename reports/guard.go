package reports

import (
	"errors"

	"github.com/xuri/excelize/v2"
)

// guard keeps one column of a list from being changed by accident, and nothing else: all other cells,
// also those that people add, stay free, and there is no password.
type guard struct {
	column  int    // from 1
	note    string // on the column's header
	columns []int  // the styles of cells that are still to come, by column from 0
}

// The size of a guard's note, in pixels: its text is some fifty words.
const (
	noteWidth  = 360
	noteHeight = 170
)

// guarded makes the cells of a row free or locked; a list without guard keeps them as they are.
func (l *list) guarded(row []cell) []cell {
	if l.guard == nil {
		return row
	}
	s := l.w.styles
	free := map[int]int{s.text: s.freeText, s.wrap: s.freeWrap, s.whole: s.freeWhole, s.cents: s.freeCents, s.header: s.freeHeader}
	for i, c := range row {
		c, ok := c.(excelize.Cell)
		switch {
		case !ok:
			continue
		case i+1 != l.guard.column:
			c.StyleID = free[c.StyleID]
		case c.StyleID == s.text:
			c.StyleID = s.locked
		}
		row[i] = c
	}
	return row
}

// setGuard protects the sheet. What Excel permits on a protected sheet is permitted, but for columns
// put in or taken out, which would move the locked one. Lines with a locked cell are only deleted
// or sorted when the protection is taken off, hence no password.
func (s *sheet) setGuard() error {
	g := s.plan.guard
	if g == nil {
		return nil
	}
	return errors.Join(
		s.w.file.ProtectSheet(s.plan.name, &excelize.SheetProtectionOptions{
			SelectLockedCells: true, SelectUnlockedCells: true, AutoFilter: true, Sort: true, InsertRows: true, DeleteRows: true,
			InsertHyperlinks: true, FormatCells: true, FormatColumns: true, FormatRows: true, EditObjects: true, EditScenarios: true, PivotTables: true,
		}),
		s.w.file.AddComment(s.plan.name, excelize.Comment{Cell: at(g.column, s.plan.header), Author: "gajian", Text: g.note, Width: noteWidth, Height: noteHeight}),
	)
}

// setColumns makes the cells that the list does not have free or locked: a cell that is not in the file
// has its column's style.
func (s *sheet) setColumns() error {
	g := s.plan.guard
	if g == nil {
		return nil
	}
	for i, style := range g.columns {
		if err := s.stream.SetColStyle(i+1, i+1, style); err != nil {
			return err
		}
	}
	return s.stream.SetColStyle(len(g.columns)+1, excelize.MaxColumns, s.w.styles.freeText)
}
