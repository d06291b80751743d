package payroll

import (
	"io"
	"strings"

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
		row.cells[c.column] = s.book.cell(c, text)
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
	case c.kind == "s" && c.raw != "":
		if sum := b.parts.strings[c.shared]; sum != unverified && sum != textSum(text) {
			return damage("a text in row %d reads in two ways; the folder for temporary files may be full", row)
		}
	}
	return nil
}

// cell gives a value its type.
func (b *workbook) cell(c scanCell, text string) cell {
	out := cell{text: text, formula: c.formula, missing: c.formula && !c.value}
	switch c.kind {
	case "", "n":
		shown := b.shown(c.style)
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
	return out
}

// shownAs is what a style makes of a number, as far as it matters.
type shownAs struct {
	format cellFormat
	padTo  int
}

// shown looks a style up, once.
func (b *workbook) shown(style int) shownAs {
	if style == 0 {
		return shownAs{}
	}
	if known, ok := b.formats[style]; ok {
		return known
	}
	var out shownAs
	if s, err := b.file.GetStyle(style); err == nil && s != nil {
		out = shownBy(s)
	}
	if len(b.formats) < excelize.MaxCellStyles {
		b.formats[style] = out
	}
	return out
}

// shownBy reads a number format. The numbers of built-in formats are those of ECMA-376 part 1, 18.8.30:
// 9 and 10 are percentages, 14 to 22, 27 to 36, 45 to 47 and 50 to 58 dates and times.
func shownBy(s *excelize.Style) shownAs {
	if s.CustomNumFmt == nil {
		switch n := s.NumFmt; {
		case n == 9 || n == 10:
			return shownAs{format: formatPercent}
		case n >= 14 && n <= 22, n >= 27 && n <= 36, n >= 45 && n <= 47, n >= 50 && n <= 58:
			return shownAs{format: formatDate}
		}
		return shownAs{}
	}
	code := bareFormat(*s.CustomNumFmt)
	switch {
	case strings.ContainsAny(code, "yYdDhHsS") || strings.ContainsAny(code, "mM") && !strings.ContainsAny(code, "0#?"):
		return shownAs{format: formatDate}
	case strings.Contains(code, "%"):
		return shownAs{format: formatPercent}
	case len(code) > 1 && strings.Trim(code, "0") == "":
		return shownAs{padTo: len(code)}
	}
	return shownAs{}
}

// bareFormat takes literal text out of the first section of a number format.
func bareFormat(code string) string {
	var b strings.Builder
	quoted, bracket, escaped := false, false, false
	for _, r := range code {
		switch {
		case escaped:
			escaped = false
		case quoted:
			quoted = r != '"'
		case bracket:
			bracket = r != ']'
		case r == '"':
			quoted = true
		case r == '[':
			bracket = true
		case r == '\\' || r == '_' || r == '*':
			escaped = true
		case r == ';':
			return b.String()
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
