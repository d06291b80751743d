package payroll

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"io"
	"strings"

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
		if failed = c.row(r.row); failed != nil {
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
