package payroll

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/gocarina/gocsv"
)

const (
	// sampleBytes is how much of a text is looked at to find header and delimiter: twenty rows, even long ones.
	sampleBytes = 256 << 10
	// maxRecordBytes bounds one record, so that a quote that never closes does not take the file into memory.
	maxRecordBytes = 1 << 20
)

// readText reads a CSV file in whatever encoding and with whatever delimiter it has.
func (c *checker) readText(head []byte, content *io.SectionReader) error {
	facts, err := examine(head, content)
	if err != nil {
		return err
	}
	if facts.windows1252() {
		c.warnings.add(Problem{Reason: "the file is no UTF-8; it was read as Windows-1252",
			Remedy: "check the names with accents, and save as \"CSV UTF-8\" next time"})
	}
	if _, err = content.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum := sha256.New()
	hashed := io.TeeReader(content, sum)
	if err = c.readCSV(facts.decode(hashed)); err != nil && !errors.Is(err, errRefused) && !errors.Is(err, errTooMany) {
		return err
	}
	if _, drain := io.Copy(io.Discard, hashed); drain != nil {
		return drain
	}
	sum.Sum(c.result.SHA256[:0])
	if errors.Is(err, errTooMany) {
		return errRefused
	}
	return err
}

// readCSV reads decoded text.
func (c *checker) readCSV(text io.Reader) error {
	end := &endReader{r: text}
	budget := &budgetReader{r: end, left: sampleBytes}
	buffered := bufio.NewReaderSize(budget, sampleBytes)
	sample, err := buffered.Peek(sampleBytes)
	if err != nil && err != io.EOF {
		return err
	}
	comma, l := findDelimiter(sample)
	if l == nil {
		c.problems.add(noHeader(""))
		return errRefused
	}
	if faults := l.problems(); len(faults) > 0 {
		for _, p := range faults {
			c.problems.add(p)
		}
		return errRefused
	}
	c.layout, c.result.ExtraColumns = l, l.extraColumns()
	reader := csv.NewReader(buffered)
	reader.Comma, reader.FieldsPerRecord, reader.ReuseRecord = comma, -1, true
	decoder := &recordDecoder{csv: reader, budget: budget, layout: l}
	if err = c.decodeRecords(decoder); err != nil {
		return err
	}
	if !end.whole() {
		c.openEnd(decoder.last, decoder.tail, decoder.tailText)
	}
	c.finish()
	return nil
}

// delimiters are tried in this order.
var delimiters = []rune{',', ';', '\t', '|'}

// findDelimiter tries each delimiter and keeps the one under which the header names most columns, so
// that nothing is guessed from counting marks.
func findDelimiter(sample []byte) (rune, *layout) {
	if comma := declaredDelimiter(sample); comma != 0 {
		return comma, findHeader(headRows(sample, comma))
	}
	var best *layout
	var chosen rune
	for _, comma := range delimiters {
		l := findHeader(headRows(sample, comma))
		if l != nil && (best == nil || l.required() > best.required() || l.required() == best.required() && l.width > best.width) {
			best, chosen = l, comma
		}
	}
	return chosen, best
}

// declaredDelimiter reads the line "sep=;" with which Excel is told the delimiter; 0 without one.
func declaredDelimiter(sample []byte) rune {
	line, _, _ := bytes.Cut(sample, []byte("\n"))
	text := strings.Trim(strings.TrimRight(string(line[:min(len(line), 16)]), "\r"), `"`)
	if len(text) < len("sep=;") || !strings.EqualFold(text[:4], "sep=") {
		return 0
	}
	if comma := rune(text[4]); comma > 0 && comma < 0x7f && comma != '"' && comma != '\r' {
		return comma
	}
	return 0
}

// headRows reads the rows in which the header may stand. A row that cannot be read is no header.
func headRows(sample []byte, comma rune) []headRow {
	reader := csv.NewReader(bytes.NewReader(sample))
	reader.Comma, reader.FieldsPerRecord = comma, -1
	var rows []headRow
	for range maxHeaderRow {
		cells, err := reader.Read()
		if err == io.EOF {
			break
		}
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			continue
		}
		line, _ := reader.FieldPos(0)
		if err != nil || line > maxHeaderRow {
			break
		}
		rows = append(rows, headRow{line, cells})
	}
	return rows
}

// decodeRecords lets gocsv turn records into structs in a goroutine of its own, and checks them here.
// It returns after the goroutine has ended.
func (c *checker) decodeRecords(d *recordDecoder) error {
	records := make(chan record, 256)
	ended := make(chan error, 1)
	go func() { ended <- gocsv.UnmarshalDecoderToChan(d, records) }() // closes records
	var failed error
	for r := range records {
		if failed != nil {
			continue // drains, so that the goroutine can end
		}
		if failed = c.row(r.row()); failed != nil {
			d.stopped.Store(true)
		}
	}
	if err := <-ended; failed == nil && err != nil && !errors.Is(err, errStopped) {
		return err
	}
	if failed == nil && c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	return failed
}

// record is what gocsv fills: text only, because its typed fields read 1.500.000 as 1 without an error.
type record struct {
	Row        string `csv:"row"`
	Fault      string `csv:"fault"`
	Ragged     string `csv:"ragged"`
	Other      string `csv:"other"`
	Extra      string `csv:"extra"`
	EmployeeID string `csv:"employee_id"`
	Name       string `csv:"name"`
	Bank       string `csv:"bank"`
	BankCode   string `csv:"bank_code"`
	BankName   string `csv:"bank_name"`
	Account    string `csv:"account_number"`
	Amount     string `csv:"amount"`
	Phone      string `csv:"phone"`
	Email      string `csv:"email"`
	Remark     string `csv:"remark"`
	CostCenter string `csv:"cost_center"`
	PayType    string `csv:"pay_type"`
	RetryOf    string `csv:"retry_of"`
}

// recordColumns are the tags of the record's fields in the order of the field constants.
var recordColumns = [fieldCount]string{"employee_id", "name", "bank", "bank_code", "bank_name", "account_number", "amount",
	"phone", "email", "remark", "cost_center", "pay_type", "retry_of"}

// unit separates texts that travel in one field of a record. It is a control character: a cell
// that holds one is refused, so it is replaced by another control character on the way.
const unit, unitInCell = "\x1f", "\x1e"

func (r *record) row() *row {
	out := &row{other: r.Other}
	out.line, _ = strconv.Atoi(r.Row) // written by recordDecoder
	out.fault, out.ragged = unpackNote(r.Fault), unpackNote(r.Ragged)
	if r.Extra != "" {
		out.extra = strings.Split(r.Extra, unit)
	}
	for f, text := range [fieldCount]string{r.EmployeeID, r.Name, r.Bank, r.BankCode, r.BankName, r.Account, r.Amount,
		r.Phone, r.Email, r.Remark, r.CostCenter, r.PayType, r.RetryOf} {
		out.cells[f].text = text
	}
	return out
}

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
var fixedColumns = []string{"row", "fault", "ragged", "other", "extra"}

func (d *recordDecoder) header() []string {
	header := append([]string(nil), fixedColumns...)
	for f, name := range recordColumns {
		if d.layout.has(field(f)) {
			header = append(header, name)
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

// endReader remembers the last byte.
type endReader struct {
	r    io.Reader
	last byte
}

func (e *endReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if n > 0 {
		e.last = p[n-1]
	}
	return n, err
}

// whole is true when the last cell certainly has its end: a line end or a closing quotation mark.
func (e *endReader) whole() bool { return e.last == '\n' || e.last == '"' }

// openEnd warns of a file that ends within a cell on which money depends. Many programs leave the last
// line end away, so it is no fault; but a file that was cut off within an amount looks the same.
func (c *checker) openEnd(line, column int, text string) {
	f := field(-1)
	for known, i := range c.layout.fields {
		if i == column {
			f = field(known)
		}
	}
	switch {
	case f < 0 || f == fieldPhone || f == fieldEmail || f == fieldRemark || f == fieldCostCenter:
		return // nothing is paid by it
	case c.lastLine != line || c.problems.count > 0:
		return // what was cut is no line, or nothing is paid anyway
	case f == fieldAmount && c.options.ExpectTotal > 0:
		return // it is compared
	}
	c.warnings.add(Problem{Line: line, Column: fieldNames[f], Value: text,
		Reason: "the file ends right here, without a line end: it may be cut short, and the cell with it",
		Remedy: "compare this cell and the number of lines with where the file comes from, or give --expect-count and --expect-total"})
}
