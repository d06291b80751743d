package payroll

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/gocarina/gocsv"
)

// record is what gocsv makes of each record: a row, text only, because gocsv's typed fields read 1.500.000
// as 1 without an error.
type record struct {
	Line string `csv:"0"` // gocsv asks for a column at least; the line is in the row
	row  *row
}

var _ gocsv.TypeUnmarshalCSVWithFields = (*record)(nil)

// The columns of a record, in front of the fields of the file. gocsv knows each column by one byte, so that
// nothing has to be looked up for a cell.
const (
	columnLine   = "0"
	columnFault  = "1"
	columnRagged = "2"
	columnOther  = "3"
	columnExtra  = "4"
	firstField   = 'A' // the field constants count on from here
)

// UnmarshalCSVWithFields takes in a cell.
func (r *record) UnmarshalCSVWithFields(column, text string) error {
	if r.row == nil {
		r.row = &row{}
	}
	out := r.row
	if text == "" {
		return nil
	}
	switch column {
	case columnLine:
		out.line, _ = strconv.Atoi(text) // written by recordDecoder
	case columnFault:
		out.fault = unpackNote(text)
	case columnRagged:
		out.ragged = unpackNote(text)
	case columnOther:
		out.other = text
	case columnExtra:
		out.extra = strings.Split(text, unit)
	default:
		out.cells[column[0]-firstField].text = text
	}
	return nil
}

// unit separates texts that travel in one cell of a record. It is a control character: a cell that
// holds one is refused, so it is replaced by another control character on the way.
const unit, unitInCell = "\x1f", "\x1e"

func packNote(n note) string { return n.reason + unit + n.remedy }

func unpackNote(text string) note {
	reason, remedy, _ := strings.Cut(text, unit)
	return note{reason, remedy}
}

// errStopped ends the goroutine of a reading that has failed.
var errStopped = errors.New("stopped")

// recordDecoder gives gocsv records under a header of our own, in our order, with the physical line
// on which each starts. It is a gocsv.SimpleDecoder.
type recordDecoder struct {
	csv     *csv.Reader
	budget  *budgetReader
	layout  *layout
	stopped atomic.Bool
	started bool
	ended   bool
	last    int // line of the last record
	out     []string

	tail     int    // index of the last record's last cell
	tailText string // what stands in it
}

var _ gocsv.SimpleDecoder = (*recordDecoder)(nil)

// GetCSVRows is never called: it would hold the whole file.
func (d *recordDecoder) GetCSVRows() ([][]string, error) {
	return nil, errors.New("reading all records at once is not supported")
}

// GetCSVRow returns the header first and then one record after the other.
func (d *recordDecoder) GetCSVRow() ([]string, error) {
	if !d.started {
		d.started = true
		return d.header(), nil
	}
	for {
		if d.stopped.Load() {
			return nil, errStopped
		}
		if d.ended {
			return nil, io.EOF
		}
		d.budget.left = maxRecordBytes + 2*sampleBytes
		cells, err := d.csv.Read()
		if err == io.EOF {
			return nil, err
		}
		if err != nil {
			if out, err := d.faulty(err); out != nil || err != nil {
				return out, err
			}
			continue
		}
		line, _ := d.csv.FieldPos(0)
		d.last, d.tail, d.tailText = line, len(cells)-1, cells[len(cells)-1]
		if line > d.layout.line {
			return d.sorted(line, cells), nil
		}
	}
}

// fixedColumns are those of the record before the fields of the file.
var fixedColumns = []string{columnLine, columnFault, columnRagged, columnOther, columnExtra}

func (d *recordDecoder) header() []string {
	header := append([]string(nil), fixedColumns...)
	for f := range fieldCount {
		if d.layout.has(f) {
			header = append(header, string(rune(firstField+f)))
		}
	}
	d.out = make([]string, len(header))
	return header
}

// faulty makes a record of a syntax error; nil for one above the header, where anything may stand.
func (d *recordDecoder) faulty(err error) ([]string, error) {
	clear(d.out)
	line, n := d.last+1, note{}
	var syntax *csv.ParseError
	switch {
	case errors.Is(err, errLongRecord):
		d.ended = true
		n = note{fmt.Sprintf("a row from here on is longer than %d KiB: a quotation mark is not closed", maxRecordBytes>>10),
			"find the quotation mark that stands alone and delete it"}
	case errors.As(err, &syntax):
		line = syntax.StartLine
		n = note{fmt.Sprintf("a quotation mark in line %d is not where one may stand", syntax.Line),
			"delete the mark, or write it twice inside a cell that is put in quotation marks"}
	default:
		return nil, err
	}
	if d.last = line; line < d.layout.line {
		return nil, nil
	}
	d.out[0], d.out[1] = strconv.Itoa(line), packNote(n)
	return d.out, nil
}

// sorted puts the cells of a record into our order. The result is used up before the next call.
func (d *recordDecoder) sorted(line int, cells []string) []string {
	clear(d.out)
	d.out[0] = strconv.Itoa(line)
	d.out[1], d.out[2] = swallowed(cells, d.csv.Comma, d.layout.width), ragged(cells, d.layout.cells, d.layout.width)
	d.out[3] = d.other(cells)
	d.out[4] = d.extra(cells)
	at := len(fixedColumns)
	for _, i := range d.layout.fields {
		if i < 0 {
			continue
		}
		if i < len(cells) {
			d.out[at] = cells[i]
		}
		at++
	}
	return d.out
}

// extra joins the cells of the other columns.
func (d *recordDecoder) extra(cells []string) string {
	if len(d.layout.extras) == 0 {
		return ""
	}
	values := make([]string, len(d.layout.extras))
	for at, i := range d.layout.extras {
		if i < len(cells) {
			values[at] = strings.ReplaceAll(cells[i], unit, unitInCell)
		}
	}
	return strings.Join(values, unit)
}

// other joins what stands in columns without a header.
func (d *recordDecoder) other(cells []string) string {
	if len(cells) <= d.layout.width && !d.layout.gaps {
		return ""
	}
	var found []string
	for i, text := range cells {
		if (i >= d.layout.width || d.layout.headers[i] == "") && trimBlanks(text) != "" {
			found = append(found, text)
		}
	}
	return strings.Join(found, " ")
}

// ragged tells when a record has not the cells of the header. One too few or too many means that a
// cell may stand under the wrong header, an amount of 1,500,000 in a file of commas for one.
func ragged(cells []string, headers, width int) string {
	for len(cells) > headers && trimBlanks(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) >= width && len(cells) <= headers {
		return ""
	}
	return packNote(note{fmt.Sprintf("the row has %d cells and the header %d, so that cells may stand under the wrong header", len(cells), width),
		"put a text that holds the delimiter in quotation marks and complete the row, or save as an Excel workbook (.xlsx)"})
}

// swallowed tells when a cell holds whole rows, which a quotation mark that is opened in one row and
// closed in a later one does without any syntax error. When both marks stand in the same column the
// row that results has the right number of cells: the end of one line and the beginning of the next
// are in the cell, with as many delimiters between them as a row has.
func swallowed(cells []string, comma rune, columns int) string {
	for _, text := range cells {
		if strings.IndexByte(text, '\n') < 0 {
			continue
		}
		all := 0
		for part := range strings.Lines(text) {
			n := strings.Count(part, string(comma))
			if all += n; n >= requiredColumns-1 || all >= columns-1 {
				return packNote(note{"a cell of this row holds whole rows: a quotation mark is not closed",
					"delete the quotation mark that stands alone"})
			}
		}
	}
	return ""
}

// errLongRecord means that one record has used up its budget.
var errLongRecord = errors.New("record too long")

// budgetReader gives out bytes until its budget, renewed for every record, is used up.
type budgetReader struct {
	r    io.Reader
	left int
}

func (b *budgetReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongRecord
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
