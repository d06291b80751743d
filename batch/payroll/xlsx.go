package payroll

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// oleMagic begins a compound file: an encrypted workbook, or one of Excel 97 to 2003.
var oleMagic = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

// decrypt opens an encrypted workbook.
func (c *checker) decrypt(data []byte) (plain []byte, err error) {
	if !bytes.Contains(data, wideText("EncryptedPackage")) {
		return nil, c.refuse("the file is an old Excel workbook (.xls) or another old Office document",
			"open it in a spreadsheet program and save it as an Excel workbook (.xlsx)")
	}
	if c.options.Password == "" {
		return nil, c.refuse("the workbook is protected by a password",
			"give the password in the environment variable GAJIAN_FILE_PASSWORD, or save the workbook without one")
	}
	defer func() {
		if recover() != nil { // the library trusts the lengths that the file states
			err = c.refuse("the encrypted workbook is damaged", "save it again, or without a password")
		}
	}()
	plain, err = excelize.Decrypt(data, &excelize.Options{Password: c.options.Password})
	if err != nil || !bytes.HasPrefix(plain, []byte("PK")) {
		return nil, c.refuse("the workbook does not open with this password",
			"check GAJIAN_FILE_PASSWORD, or save the workbook without a password")
	}
	return plain, nil
}

// wideText is text as names in a compound file are written.
func wideText(text string) []byte {
	var wide []byte
	for _, u := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	return wide
}

// readWorkbook reads an XLSX workbook: first the guard, then the sheet, then whatever else is in it.
func (c *checker) readWorkbook(data io.ReaderAt, size int64) error {
	parts := newParts(c.ctx)
	defer parts.texts.drop()
	err := parts.guard(data, size)
	if err == nil {
		err = c.readGuarded(parts)
	}
	if err == nil {
		err = parts.checkRest()
	}
	var broken *damaged
	var foreign *foreignArchive
	switch {
	case err != nil && c.ctx.Err() != nil:
		return context.Cause(c.ctx)
	case errors.As(err, &broken):
		return c.refuse("the workbook is damaged: "+broken.what, "open it in Excel, save it again, and compare the number of lines")
	case errors.As(err, &foreign):
		return c.refuse("the file is "+foreign.kind, "open it in a spreadsheet program and save it as an Excel workbook (.xlsx)")
	case errors.Is(err, errTooMany):
		return errRefused
	}
	return err
}

// readGuarded reads the sheet with the payroll.
func (c *checker) readGuarded(parts *workbookParts) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damage("the Excel library cannot read it (%v)", r)
		}
	}()
	styles, err := parts.openStyles()
	if err != nil {
		return err
	}
	defer styles.Close()
	book := &workbook{parts: parts, styles: styles, formats: map[int]shownAs{}}
	sheet, l, err := c.chooseSheet(book)
	if err != nil {
		return err
	}
	c.result.Sheet = sheet.name
	if faults := l.problems(); len(faults) > 0 {
		for _, p := range faults {
			if p.at > 0 {
				p.Line, p.Cell = l.line, cellReference(sheet.name, l.line, p.at-1)
			}
			c.problems.add(p)
		}
		return errRefused
	}
	c.layout, c.result.ExtraColumns = l, l.extraColumns()
	c.cell = func(line, column int) string { return cellReference(sheet.name, line, column) }
	return c.readSheet(book, sheet)
}

// openStyles gives the Excel library the styles, in a workbook without any cell.
func (p *workbookParts) openStyles() (*excelize.File, error) {
	parts := map[string][]byte{sliceSheet: []byte(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>`)}
	const styles = "xl/styles.xml"
	content, err := p.load(styles)
	if err != nil {
		return nil, err
	}
	if content != nil {
		parts[styles] = content
	}
	packed, err := packBook(parts)
	if err != nil {
		return nil, err
	}
	file, err := excelize.OpenReader(bytes.NewReader(packed))
	if err != nil {
		return nil, damage("its styles cannot be read (%v)", err)
	}
	return file, nil
}

// cellReference is how spreadsheets name a cell.
func cellReference(sheet string, line, column int) string {
	name, err := excelize.CoordinatesToCellName(column+1, line)
	if err != nil {
		return ""
	}
	if strings.ContainsFunc(sheet, func(r rune) bool {
		return !(r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
	}) {
		sheet = "'" + strings.ReplaceAll(sheet, "'", "''") + "'"
	}
	return sheet + "!" + name
}

// maxSheets bounds the sheets in which a header is looked for.
const maxSheets = 100

// chooseSheet finds the sheet with the payroll: the one asked for, else the only visible one with a
// whole header, else the visible one whose header comes nearest, so that what is missing can be said.
func (c *checker) chooseSheet(book *workbook) (sheetPart, *layout, error) {
	if c.options.Sheet != "" {
		return c.namedSheet(book)
	}
	var found []sheetPart
	var best sheetPart
	var nearest *layout
	for _, sheet := range book.parts.sheets[:min(len(book.parts.sheets), maxSheets)] {
		if sheet.hidden || sheet.file == nil {
			continue
		}
		l, err := book.header(sheet)
		if err != nil {
			return sheet, nil, err
		}
		if l == nil {
			continue
		}
		if l.required() == requiredColumns {
			found = append(found, sheet)
		}
		if nearest == nil || l.required() > nearest.required() {
			best, nearest = sheet, l
		}
	}
	if len(found) > 1 {
		return best, nil, c.refuse(fmt.Sprintf("two sheets look like a payroll: %q and %q", found[0].name, found[1].name),
			"say which with --sheet, or hide the others")
	}
	if nearest == nil {
		c.problems.add(noHeader(" of any visible sheet (" + sheetNames(book.parts.sheets) + ")"))
		return best, nil, errRefused
	}
	return best, nearest, nil
}

func (c *checker) namedSheet(book *workbook) (sheetPart, *layout, error) {
	for _, sheet := range book.parts.sheets {
		if !strings.EqualFold(sheet.name, c.options.Sheet) || sheet.file == nil {
			continue
		}
		l, err := book.header(sheet)
		if err == nil && l == nil {
			c.problems.add(noHeader(" of the sheet " + sheet.name))
			err = errRefused
		}
		return sheet, l, err
	}
	return sheetPart{}, nil, c.refuse(fmt.Sprintf("the workbook has no sheet %q; it has: %s", c.options.Sheet, sheetNames(book.parts.sheets)),
		"correct --sheet")
}

func sheetNames(sheets []sheetPart) string {
	var names []string
	for _, sheet := range sheets[:min(len(sheets), maxSheets)] {
		name := sheet.name
		if sheet.hidden {
			name += " (hidden)"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// readSheet reads the rows below the header.
func (c *checker) readSheet(book *workbook, sheet sheetPart) error {
	book.merges = &mergeList{layout: c.layout}
	rows, err := book.open(sheet)
	if err != nil {
		return err
	}
	defer rows.close()
	for {
		raw, err := rows.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if raw.line <= c.layout.line {
			continue
		}
		if err := c.row(c.layout.sort(raw)); err != nil {
			return err
		}
	}
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	c.warnVeiled(rows.scan)
	if err := c.checkMerges(book, sheet); err != nil {
		return err
	}
	c.finish()
	return nil
}

// warnVeiled warns of a hidden column by which somebody is paid: a person has checked the others.
func (c *checker) warnVeiled(scan *sheetScan) {
	for f, i := range c.layout.fields {
		if i >= 0 && field(f) <= fieldAmount && scan.isVeiled(i) {
			c.warnings.add(Problem{Line: c.layout.line, Cell: c.cell(c.layout.line, i), Column: fieldNames[f], Value: c.layout.headers[i],
				Reason: "the column is hidden; it is read like the others", Remedy: "unhide it and check what stands in it"})
		}
	}
}

// sort puts the cells of a sheet's row in their places.
func (l *layout) sort(raw *sheetRow) *row {
	r := &row{line: raw.line, hidden: raw.hidden, extra: make([]string, len(l.extras))}
	at := func(i int) cell {
		if i < 0 || i >= len(raw.cells) {
			return cell{}
		}
		return raw.cells[i]
	}
	for f, i := range l.fields {
		r.cells[f] = at(i)
	}
	for n, i := range l.extras {
		r.extra[n] = at(i).text
	}
	var other []string
	for i, c := range raw.cells {
		if (i >= l.width || l.headers[i] == "") && trimBlanks(c.text) != "" {
			other = append(other, c.text)
		}
	}
	r.other = strings.Join(other, " ")
	return r
}
