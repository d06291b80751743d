package payroll

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/xuri/excelize/v2"
)

// plainBook makes a new workbook with nothing in it but the values of the payroll's sheet, each in its cell and shown
// as it was. It is for a workbook that we can read and the Excel library cannot change.
func (s *survey) plainBook() (b *copyBook, err error) {
	parts, err := s.openParts()
	if err != nil {
		return nil, err
	}
	defer parts.texts.drop()
	at := slices.IndexFunc(parts.sheets, func(sheet sheetPart) bool { return sheet.name == s.result.Sheet })
	if at < 0 {
		return nil, errors.New("the sheet with the payroll is gone")
	}
	styles, err := parts.openStyles()
	if err != nil {
		return nil, err
	}
	defer styles.Close()
	b = newCopyBook(excelize.NewFile(), s.result.Sheet)
	b.plain, b.password = true, s.options.Password
	if first := b.file.GetSheetName(0); first != b.sheet {
		err = b.file.SetSheetName(first, b.sheet)
	}
	rows, openErr := (&workbook{parts: parts, styles: styles, formats: map[int]shownAs{}}).open(parts.sheets[at])
	if err = errors.Join(err, openErr); err != nil {
		return nil, err
	}
	defer rows.close()
	p := &plainCopy{copyBook: b, from: styles, formats: map[int]int{}}
	for {
		row, err := rows.next()
		if err == io.EOF {
			return b, s.widen(b)
		}
		if err == nil {
			err = p.row(row, rows.cellStyles())
		}
		if err != nil {
			return nil, err
		}
	}
}

// openParts opens the survey's workbook as the reader does.
func (s *survey) openParts() (*workbookParts, error) {
	data, err := s.bytes()
	if err == nil && bytes.HasPrefix(data, oleMagic) {
		data, err = s.decrypt(data)
	}
	if err != nil {
		return nil, err
	}
	parts := newParts(context.WithoutCancel(s.ctx))
	return parts, parts.guard(bytes.NewReader(data), int64(len(data)))
}

// widen makes the columns wide enough for an account.
func (s *survey) widen(b *copyBook) error {
	last, err := excelize.ColumnNumberToName(max(1, s.layout.width))
	if err != nil {
		return err
	}
	return b.file.SetColWidth(b.sheet, "A", last, 22)
}

// plainCopy takes rows over, one after the other.
type plainCopy struct {
	*copyBook
	from    *excelize.File // with the styles
	formats map[int]int    // style with the number format alone, by the style that the sheet has
}

// row takes a row over; styles are those of its cells by column.
func (p *plainCopy) row(row *sheetRow, styles map[int]int) error {
	if row.hidden {
		if err := p.file.SetRowVisible(p.sheet, row.line, false); err != nil {
			return err
		}
	}
	for i, c := range row.cells {
		if c.text == "" {
			continue
		}
		name, err := excelize.CoordinatesToCellName(i+1, row.line)
		switch {
		case err != nil:
		case c.kind == kindNumber:
			err = errors.Join(p.file.SetCellDefault(p.sheet, name, c.text), p.show(name, styles[i]))
		case c.kind == kindBoolean:
			err = p.file.SetCellBool(p.sheet, name, c.text == "1" || c.text == "TRUE")
		default:
			err = p.file.SetCellStr(p.sheet, name, c.text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// show gives a cell the number format that it had, and nothing else of its style.
func (p *plainCopy) show(name string, style int) error {
	if style == 0 {
		return nil
	}
	id, ok := p.formats[style]
	if !ok {
		old, err := p.from.GetStyle(style)
		if err != nil {
			return err
		}
		if id, err = p.file.NewStyle(&excelize.Style{NumFmt: old.NumFmt, CustomNumFmt: old.CustomNumFmt}); err != nil {
			return err
		}
		p.formats[style] = id
	}
	return p.file.SetCellStyle(p.sheet, name, name, id)
}

// cellStyles are the styles of the cells of the row that next has returned last, by column.
func (s *sheetRows) cellStyles() map[int]int {
	styles := map[int]int{}
	for _, c := range s.slice.rows[s.at-1].cells {
		styles[int(c.column)] = int(c.style)
	}
	return styles
}
