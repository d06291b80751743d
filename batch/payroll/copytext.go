package payroll

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// textCopy is a CSV file as its copies need it.
type textCopy struct {
	text    []byte // in UTF-8
	marked  bool   // the copy begins with a byte order mark
	comma   rune
	records []textRecord
}

// textRecord is one record and the bytes that it takes, line end and blank lines in front included.
type textRecord struct {
	line     int
	cells    []string // none of a record that cannot be read
	from, to int64
}

// openText reads the survey's file as text.
func (s *survey) openText() (*textCopy, error) {
	data, err := s.bytes()
	if err != nil {
		return nil, err
	}
	facts, err := examine(data[:min(len(data), 4096)], bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	t := &textCopy{marked: facts.mark > 0 || facts.wide || facts.windows1252()}
	if t.text, err = io.ReadAll(facts.decode(bytes.NewReader(data))); err != nil {
		return nil, err
	}
	t.comma, _ = findDelimiter(t.text[:min(len(t.text), sampleBytes)])
	return t, t.split()
}

// split takes the text apart as the reader does.
func (t *textCopy) split() error {
	reader := csv.NewReader(bytes.NewReader(t.text))
	reader.Comma, reader.FieldsPerRecord = t.comma, -1
	for from := int64(0); ; from = reader.InputOffset() {
		cells, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		record := textRecord{cells: cells, from: from, to: reader.InputOffset()}
		var syntax *csv.ParseError
		switch {
		case errors.As(err, &syntax):
			record.line, record.cells = syntax.StartLine, nil
		case err != nil:
			return err
		default:
			record.line, _ = reader.FieldPos(0)
		}
		t.records = append(t.records, record)
	}
}

// newBook makes a workbook of a CSV file: each record in the row of its physical line, so that a line keeps its
// number, and every cell as text.
func (s *survey) newBook() (*copyBook, error) {
	t, err := s.openText()
	if err != nil {
		return nil, err
	}
	file := excelize.NewFile()
	b := newCopyBook(file, payrollSheet)
	if err := file.SetSheetName("Sheet1", payrollSheet); err != nil {
		return nil, err
	}
	text, err := file.NewStyle(&excelize.Style{NumFmt: formatText})
	if err != nil {
		return nil, err
	}
	for i := range s.layout.headers {
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err == nil {
			err = errors.Join(file.SetColStyle(b.sheet, letter, text), file.SetColWidth(b.sheet, letter, letter, 22))
		}
		if err != nil {
			return nil, err
		}
	}
	records := t.records
	if declaredDelimiter(t.text) != 0 {
		records = records[1:] // it says how the text is to be read, and this is none any more
	}
	for _, record := range records {
		cells := record.cells
		if cells == nil {
			cells = []string{strings.TrimSpace(string(t.text[record.from:record.to]))}
		}
		for i, value := range cells {
			if value == "" || i >= maxColumns {
				continue
			}
			name, err := excelize.CoordinatesToCellName(i+1, record.line)
			if err == nil {
				err = file.SetCellStr(b.sheet, name, value)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}
