package payroll

import (
	"io"

	"github.com/xuri/excelize/v2"
)

// workbook is an opened workbook.
type workbook struct {
	file    *excelize.File
	parts   *workbookParts
	formats map[int]shownAs // by style
}

// sheetRow is one row with everything that a checker wants to know.
type sheetRow struct {
	line   int
	hidden bool
	cells  []cell // by column from 0
}

// sheetRows walks a sheet with the library's row iterator and, in step with it, our own scan of the
// same XML. Both must agree on every row; where they do not, the sheet is damaged.
type sheetRows struct {
	book   *workbook
	rows   *excelize.Rows
	source io.ReadCloser
	scan   *sheetScan
	line   int // row the iterator stands on
}

func (b *workbook) open(sheet sheetPart) (*sheetRows, error) {
	source, err := sheet.file.Open()
	if err != nil {
		return nil, damage("the sheet %s cannot be read (%v)", sheet.name, err)
	}
	rows, err := b.file.Rows(sheet.name)
	if err != nil {
		source.Close()
		return nil, damage("the sheet %s cannot be read (%v)", shorten(sheet.name), err)
	}
	return &sheetRows{book: b, rows: rows, source: source, scan: newSheetScan(source, len(b.parts.strings))}, nil
}

func (s *sheetRows) close() {
	s.rows.Close()
	s.source.Close()
}

// header looks for the header in the first rows of a sheet.
func (b *workbook) header(sheet sheetPart) (*layout, error) {
	rows, err := b.open(sheet)
	if err != nil {
		return nil, err
	}
	defer rows.close()
	var heads []headRow
	for {
		raw, err := rows.next()
		if err == io.EOF || err == nil && raw.line > maxHeaderRow {
			return findHeader(heads), nil
		}
		if err != nil {
			return nil, err
		}
		head := headRow{line: raw.line}
		for _, c := range raw.cells {
			head.cells = append(head.cells, c.text)
		}
		heads = append(heads, head)
	}
}

// next returns the next row, io.EOF behind the last.
func (s *sheetRows) next() (*sheetRow, error) {
	scanned, err := s.scan.next()
	if err == io.EOF {
		return nil, s.ending()
	}
	if err != nil {
		return nil, err
	}
	for s.line < scanned.number {
		if !s.rows.Next() {
			return nil, damage("the Excel library stops before row %d (%v)", scanned.number, s.rows.Error())
		}
		s.line++
		values, err := s.rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, damage("row %d cannot be read (%v)", s.line, err)
		}
		if s.line == scanned.number {
			return s.join(scanned, values)
		}
		if len(values) > 0 {
			return nil, damage("row %d is out of order", s.line)
		}
	}
	return nil, damage("row %d is out of order", scanned.number)
}

// ending makes sure that the library has no row left that the scan has not seen.
func (s *sheetRows) ending() error {
	for s.rows.Next() {
		values, err := s.rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil || len(values) > 0 {
			return damage("rows stand behind the end of the sheet")
		}
	}
	if s.rows.Error() != nil {
		return damage("the Excel library stops before the end of the sheet (%v)", s.rows.Error())
	}
	return io.EOF
}

// join puts the library's values and the scan's types together.
func (s *sheetRows) join(scanned *scanRow, values []string) (*sheetRow, error) {
	row := &sheetRow{line: scanned.number, hidden: scanned.hidden}
	used := 0
	var err error
	for _, c := range scanned.cells {
		text := ""
		if c.column < len(values) {
			text = values[c.column]
		}
		if err := s.book.verify(c, text, scanned.number); err != nil {
			return nil, err
		}
		if text == "" && !c.formula {
			continue
		}
		if c.column >= maxColumns {
			return nil, damage("row %d has a value in column %d; at most %d columns are read", scanned.number, c.column+1, maxColumns)
		}
		for len(row.cells) <= c.column {
			row.cells = append(row.cells, cell{})
		}
		if text != "" {
			used++
		}
		if row.cells[c.column], err = s.book.cell(c, text); err != nil {
			return nil, damage("a cell in row %d has a style that does not exist", scanned.number)
		}
	}
	for _, text := range values {
		if text != "" {
			used--
		}
	}
	if used != 0 {
		return nil, damage("row %d has cells out of order", scanned.number)
	}
	return row, nil
}

// verify compares what the library made of a cell with what the scan saw.
func (b *workbook) verify(c scanCell, text string, row int) error {
	switch {
	case (c.kind == "" || c.kind == "n") && text != c.raw:
		return damage("row %d has a number that reads in two ways", row)
	case c.kind == "str" && text != c.raw, c.kind == "inlineStr" && text != c.inline+c.raw && textSum(c.inline) != unverified:
		return damage("a text in row %d reads in two ways", row)
	case c.kind == "s" && c.raw != "":
		if sum := b.parts.strings[c.shared]; sum != unverified && sum != textSum(text) {
			return damage("a text in row %d reads in two ways; the folder for temporary files may be full", row)
		}
	}
	return nil
}

// cell gives a value its type.
func (b *workbook) cell(c scanCell, text string) (cell, error) {
	out := cell{text: text, formula: c.formula, missing: c.formula && !c.value}
	switch c.kind {
	case "", "n":
		shown, err := b.shown(c.style)
		if err != nil {
			return out, err
		}
		out.kind, out.format, out.padTo = kindNumber, shown.format, shown.padTo
		if text == "" {
			out.kind = kindText
		}
	case "b":
		out.kind = kindBoolean
	case "e":
		out.kind = kindError
	case "d":
		out.kind = kindDate
	}
	return out, nil
}
