package payroll

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// WriteMarked writes a copy of the payroll file at path to out, to be corrected and sent again: the same file
// with the column CheckHeader at its right, which says of each line what is wrong with it, what is worth a look, and what
// extra says of it, by line. It returns in how many lines something stands. Read passes over the column, and a
// copy that is marked anew has its old remarks replaced.
//
// A workbook stays as it is otherwise, its password included. A CSV keeps its separator and every byte of its records as
// far as it is UTF-8; one in another encoding becomes UTF-8 with a byte order mark, for Excel. The errors and bounds
// are those of WriteFixed, but for a CSV, which may have 300,000 lines.
func WriteMarked(ctx context.Context, path, out string, o Options, extra map[int][]string) (int, error) {
	if err := checkOut(path, out); err != nil {
		return 0, err
	}
	s, err := newSurvey(ctx, path, o, maxTextLines)
	if err != nil {
		return 0, err
	}
	m := &marker{survey: s, marks: s.marks(extra)}
	if s.isWorkbook() {
		err = checkExtension(path, out, true)
	} else if checkExtension(path, out, false) == nil {
		err = errors.New("the copy of a CSV file is a CSV file: its name must not end in .xlsx")
	}
	if err != nil {
		return 0, err
	}
	fine := func(string) error { return nil }
	if s.isWorkbook() {
		_, err = s.writeBookCopy(out, m.change, fine)
	} else {
		err = writeNew(out, m.writeText, fine)
	}
	if err != nil {
		return 0, fmt.Errorf("write the marked copy: %w", err)
	}
	return len(m.marks), nil
}

// marker writes a marked copy.
type marker struct {
	*survey
	marks map[int]mark // by line
}

// mark is what is said of a line.
type mark struct {
	remarks []string
	colour  string
}

// maxRemarks bounds the extra remarks of one line, and maxRemark each of them: a cell holds 32,767 characters.
const maxRemarks = 16

// marks puts together what is said of each line, problems first.
func (s *survey) marks(extra map[int][]string) map[int]mark {
	marks := map[int]mark{}
	for line, found := range s.findings {
		m := mark{colour: colourWarning}
		slices.SortStableFunc(found, func(a, b finding) int { return severity(a) - severity(b) })
		for _, f := range found {
			if f.severe {
				m.colour = colourProblem
			}
			m.remarks = append(m.remarks, f.remark())
		}
		marks[line] = m
	}
	for line, remarks := range extra {
		if len(remarks) == 0 || line <= s.layout.line {
			continue
		}
		m := marks[line]
		if m.colour == "" {
			m.colour = colourRemark
		}
		for _, remark := range remarks[:min(len(remarks), maxRemarks)] {
			m.remarks = append(m.remarks, "note: "+strings.Join(strings.Fields(strings.Map(showable, remark)), " "))
		}
		marks[line] = m
	}
	return marks
}

func severity(f finding) int {
	if f.severe {
		return 0
	}
	return 1
}

// remark is a finding without its place, which is the line. It begins with a word of ours, so that no
// spreadsheet takes it for a formula.
func (f finding) remark() string {
	p := f.Problem
	p.Line, p.Cell = 0, ""
	kind := "warning"
	if f.severe {
		kind = "error"
	}
	return kind + ": " + strings.TrimLeft(strings.TrimPrefix(p.String(), "the file"), ",: ")
}

// change adds the column to the sheet; no line says anything else for it.
func (m *marker) change(b *copyBook) (map[int]bool, error) {
	columns, rows, err := b.used()
	if err != nil {
		return nil, err
	}
	column := max(columns, m.layout.width) + 1
	if m.layout.checked >= 0 {
		column = m.layout.checked + 1
	}
	if err := m.head(b, column, rows); err != nil {
		return nil, err
	}
	for _, line := range slices.Sorted(maps.Keys(m.marks)) {
		if err := context.Cause(m.ctx); err != nil {
			return nil, err
		}
		name, err := excelize.CoordinatesToCellName(column, line)
		if err == nil {
			err = b.setText(name, strings.Join(m.marks[line].remarks, "\n"), m.marks[line].colour)
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// head writes the column's header in the style of its neighbour, and clears what stood below it before.
func (m *marker) head(b *copyBook, column, rows int) error {
	if column > maxColumns {
		return fmt.Errorf("the sheet has %d columns, so that there is no room for one more", column-1)
	}
	letter, err := excelize.ColumnNumberToName(column)
	if err != nil {
		return err
	}
	for line := m.layout.line + 1; m.layout.checked >= 0 && line <= rows; line++ {
		name := fmt.Sprint(letter, line)
		err = errors.Join(err, b.file.SetCellValue(b.sheet, name, nil), b.file.SetCellStyle(b.sheet, name, name, 0))
	}
	name := fmt.Sprint(letter, m.layout.line)
	neighbour, _ := excelize.CoordinatesToCellName(max(1, m.layout.width-1), m.layout.line)
	style, styleErr := b.file.GetCellStyle(b.sheet, neighbour)
	err = errors.Join(err, styleErr, b.file.SetCellStr(b.sheet, name, CheckHeader), b.file.SetCellStyle(b.sheet, name, name, style),
		b.file.SetColVisible(b.sheet, letter, true), b.file.SetColWidth(b.sheet, letter, letter, 70),
		b.file.SetSheetDimension(b.sheet, fmt.Sprintf("A1:%s%d", letter, max(rows, m.layout.line))))
	if err == nil && (len(m.whole) > 0 || b.plain) {
		var words []string
		if b.plain {
			words = append(words, plainHelp)
		}
		for _, f := range m.whole {
			words = append(words, f.remark())
		}
		err = b.note(name, "gajian, of the file as a whole:\n"+strings.Join(words, "\n"))
	}
	return err
}

// writeText adds the column to a CSV file.
func (m *marker) writeText(w io.Writer) error {
	t, err := m.openText()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if t.marked {
		out.Write(markUTF8)
	}
	end := int64(0)
	for _, record := range t.records {
		out.Write(t.text[end:record.from])
		m.record(&out, t, record)
		end = record.to
	}
	out.Write(t.text[end:])
	_, err = out.WriteTo(w)
	return err
}

// record writes one record with its mark. What stands above the header, and rows of fewer cells of which there is
// nothing to say, stay as they are.
func (m *marker) record(out *bytes.Buffer, t *textCopy, r textRecord) {
	raw := t.text[r.from:r.to]
	body := bytes.TrimRight(raw, "\r\n")
	said := strings.Join(m.marks[r.line].remarks, " | ")
	if r.line == m.layout.line {
		said = CheckHeader
	}
	cells := len(r.cells)
	switch {
	case r.line < m.layout.line:
		out.Write(raw)
		return
	case m.layout.checked >= 0:
		m.renew(out, t, r, said)
	case cells > m.layout.cells && !m.ragged[r.line] && r.cells != nil:
		out.Write(leadingLines(raw))
		writeCells(out, t.comma, r.cells[:m.layout.cells])
		writeCell(out, t.comma, said)
	case cells < m.layout.cells && !m.ragged[r.line] && r.cells != nil:
		if said == "" && cells < m.layout.width {
			out.Write(raw)
			return
		}
		out.Write(body)
		out.WriteString(strings.Repeat(string(t.comma), m.layout.cells-cells))
		writeCell(out, t.comma, said)
	default: // one more for each, so that a row of the wrong length stays one
		out.Write(body)
		writeCell(out, t.comma, said)
	}
	out.Write(raw[len(body):])
}

// renew writes a record whose column is there already.
func (m *marker) renew(out *bytes.Buffer, t *textCopy, r textRecord, said string) {
	at := m.layout.checked
	if at >= len(r.cells) && said == "" || r.cells == nil || m.ragged[r.line] {
		out.Write(bytes.TrimRight(t.text[r.from:r.to], "\r\n"))
		return
	}
	out.Write(leadingLines(t.text[r.from:r.to]))
	cells := slices.Clone(r.cells)
	for len(cells) <= at {
		cells = append(cells, "")
	}
	cells[at] = said
	writeCells(out, t.comma, cells)
}

// leadingLines are the blank lines in front of a record.
func leadingLines(raw []byte) []byte {
	return raw[:len(raw)-len(bytes.TrimLeft(raw, "\r\n"))]
}

func writeCells(out *bytes.Buffer, comma rune, cells []string) {
	for i, text := range cells {
		if i > 0 {
			out.WriteRune(comma)
		}
		out.WriteString(quoted(text, comma))
	}
}

// writeCell appends a cell to a record.
func writeCell(out *bytes.Buffer, comma rune, text string) {
	out.WriteRune(comma)
	out.WriteString(quoted(text, comma))
}

// quoted is a cell as CSV has it, in quotation marks where it needs them.
func quoted(text string, comma rune) string {
	if text == "" || !strings.ContainsAny(text, string(comma)+"\"\r\n") && text[0] != ' ' {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}
