package payroll

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// The colours of a copy.
const (
	colourFixed   = "C6EFCE" // green
	colourProblem = "FFC7CE" // red
	colourWarning = "FFEB9C" // yellow
	colourRemark  = "DDEBF7" // blue
)

// formatGrouped is the built-in number format "#,##0" (ECMA-376 part 1, 18.8.30).
const formatGrouped = 3

// maxCellNotes bounds the notes at cells: each is a drawing, and a sheet with many thousands opens slowly. All
// changes stand in a sheet of their own as well.
const maxCellNotes = 2000

// copyBook is the copy of a workbook while it is changed.
type copyBook struct {
	file   *excelize.File
	sheet  string // with the payroll
	styles map[styleKey]int
	notes  map[string]string // that the cells had before
	noted  int

	plain    bool // it has the values of one sheet and nothing else of the workbook
	password string
}

func newCopyBook(file *excelize.File, sheet string) *copyBook {
	return &copyBook{file: file, sheet: sheet, styles: map[styleKey]int{}, notes: map[string]string{}}
}

// styleKey is a style that was there, and what is changed in it.
type styleKey struct {
	base   int
	colour string
	format int
}

// openBook opens the survey's workbook for changing.
func (s *survey) openBook() (*copyBook, error) {
	data, err := s.bytes()
	if err != nil {
		return nil, err
	}
	file, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{Password: s.options.Password, RawCellValue: true,
		UnzipSizeLimit: maxCopyUnzipped, UnzipXMLSizeLimit: maxCopyUnzipped})
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", errCopyLarge(maxBookLines), err) // the guard has read everything else of it
	}
	b := newCopyBook(file, s.result.Sheet)
	b.password = s.options.Password
	if err := completeStyles(file); err != nil {
		return nil, err
	}
	notes, err := file.GetComments(b.sheet)
	for _, note := range notes {
		text := note.Text
		for _, run := range note.Paragraph {
			text += run.Text
		}
		b.notes[note.Cell] = text
	}
	return b, err
}

// completeStyles gives the workbook what the Excel library takes for granted when it makes a style, and what Excel
// and LibreOffice always write: a list of fonts, one of fills, one of borders.
func completeStyles(file *excelize.File) error {
	if _, err := file.GetStyle(0); err != nil {
		return err
	}
	fresh := excelize.NewFile()
	defer fresh.Close()
	if _, err := fresh.GetStyle(0); err != nil {
		return err
	}
	have, whole := file.Styles, fresh.Styles
	if have.Fonts == nil {
		have.Fonts = whole.Fonts
	}
	if have.Fills == nil {
		have.Fills = whole.Fills
	}
	if have.Borders == nil {
		have.Borders = whole.Borders
	}
	return nil
}

// setText writes a text into a cell; as text it is never a formula, whatever it begins with.
func (b *copyBook) setText(name, text, colour string) error {
	if err := b.file.SetCellStr(b.sheet, name, text); err != nil {
		return err
	}
	return b.paint(name, colour, formatText)
}

// setNumber writes whole rupiah into a cell; without a colour only its format is seen to.
func (b *copyBook) setNumber(name string, rupiah int64, colour string) error {
	if err := b.file.SetCellInt(b.sheet, name, rupiah); err != nil {
		return err
	}
	return b.paint(name, colour, formatGrouped)
}

// paint gives a cell a colour and a number format, and leaves the rest of its style as it is; format 0 stays.
func (b *copyBook) paint(name, colour string, format int) error {
	base, err := b.file.GetCellStyle(b.sheet, name)
	if err != nil {
		return err
	}
	key := styleKey{base, colour, format}
	id, ok := b.styles[key]
	if !ok {
		style, err := b.file.GetStyle(base)
		if err != nil {
			return err
		}
		if colour != "" {
			style.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
		}
		if format != 0 {
			style.NumFmt, style.CustomNumFmt, style.DecimalPlaces = format, nil, nil
		}
		if id, err = b.file.NewStyle(style); err != nil {
			return err
		}
		b.styles[key] = id
	}
	return b.file.SetCellStyle(b.sheet, name, name, id)
}

// note puts a note at a cell, below what stood there before.
func (b *copyBook) note(name, text string) error {
	if b.noted++; b.noted > maxCellNotes {
		return nil
	}
	if before, ok := b.notes[name]; ok {
		if err := b.file.DeleteComment(b.sheet, name); err != nil {
			return err
		}
		text = before + "\n" + text
	}
	b.notes[name] = text
	return b.file.AddComment(b.sheet, excelize.Comment{Cell: name, Author: "gajian", Width: 320, Height: 140,
		Paragraph: []excelize.RichTextRun{{Text: text}}})
}

// used is how many columns and rows the sheet has.
func (b *copyBook) used() (columns, rows int, err error) {
	all, err := b.file.Rows(b.sheet)
	if err != nil {
		return 0, 0, err
	}
	defer all.Close()
	for all.Next() {
		cells, err := all.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return 0, 0, err
		}
		columns = max(columns, len(cells))
		rows++
	}
	return columns, rows, all.Error()
}

// write writes the workbook, under its password if it has one.
func (b *copyBook) write(w io.Writer) error {
	_, err := b.file.WriteTo(w, excelize.Options{Password: b.password})
	return err
}

// unusedName is a name for a sheet that is not taken.
func (b *copyBook) unusedName(name string) string {
	taken := map[string]bool{}
	for _, sheet := range b.file.GetSheetList() {
		taken[strings.ToLower(sheet)] = true
	}
	for n, free := 2, name; ; n++ {
		if !taken[strings.ToLower(free)] {
			return free
		}
		free = fmt.Sprintf("%s %d", name, n)
	}
}
