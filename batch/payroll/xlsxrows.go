package payroll

import (
	"io"
	"math"
	"runtime"
	"sync"

	"github.com/xuri/excelize/v2"
)

// workbook is an opened workbook.
type workbook struct {
	parts   *workbookParts
	styles  *excelize.File
	formats map[int]shownAs // by style
	merges  *mergeList      // filled while the sheet with the payroll is read
}

// sheetRow is one row with everything that a checker wants to know.
type sheetRow struct {
	line   int
	hidden bool
	cells  []cell // by column from 0
}

// sheetRows walks a sheet. One goroutine scans the XML and cuts it into slices, some let the Excel library
// read these, and in next both are joined: they must agree on every cell; where they do not, the sheet is
// damaged.
type sheetRows struct {
	book   *workbook
	source io.Closer
	scan   *sheetScan
	slices chan *sheetSlice // in the sheet's order; closed behind the last
	spent  chan *sheetSlice // to be filled anew
	quit   chan struct{}    // closed when no more rows are wanted
	ended  sync.WaitGroup

	slice *sheetSlice
	at    int // row of the slice that comes next
	row   sheetRow
}

// maxReaders bounds how many slices the library reads at a time. Each takes some megabytes, and beyond
// four of them the scan is what they wait for.
const maxReaders = 4

// open begins to read a sheet.
func (b *workbook) open(sheet sheetPart) (*sheetRows, error) {
	source, err := b.parts.open(sheet.file)
	if err != nil {
		return nil, err
	}
	readers := min(runtime.GOMAXPROCS(0), maxReaders)
	s := &sheetRows{book: b, source: source, scan: newSheetScan(source, b.parts.texts), quit: make(chan struct{}),
		slices: make(chan *sheetSlice, readers), spent: make(chan *sheetSlice, 2*readers+2)}
	s.scan.merges = b.merges
	s.ended.Go(func() { s.cut(readers) })
	return s, nil
}

// close returns when nothing of it goes on any more.
func (s *sheetRows) close() {
	close(s.quit)
	s.ended.Wait()
	s.source.Close()
}

// cut sends slices to readers and, in their order, to next.
func (s *sheetRows) cut(readers int) {
	defer close(s.slices)
	work := make(chan *sheetSlice)
	defer close(work)
	for range readers {
		s.ended.Go(func() {
			for slice := range work {
				slice.read()
			}
		})
	}
	for {
		slice := &sheetSlice{}
		select {
		case slice = <-s.spent:
		default:
		}
		err := s.fill(slice)
		if err != nil && err != io.EOF {
			slice.failed = err
		}
		for _, to := range []chan *sheetSlice{s.slices, work} {
			select {
			case to <- slice:
			case <-s.quit:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// fill takes a panic, in a goroutine of its own, for a sheet that cannot be read.
func (s *sheetRows) fill(slice *sheetSlice) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damage("the sheet cannot be read behind row %d (%v)", s.scan.last, r)
		}
	}()
	return s.scan.fill(slice, math.MaxInt)
}

// next returns the next row that has an element, good until the following call; io.EOF behind the last.
func (s *sheetRows) next() (*sheetRow, error) {
	for s.slice == nil || s.at == len(s.slice.rows) {
		if s.slice != nil {
			s.spent <- s.slice // there are never as many as it holds
		}
		slice, more := <-s.slices
		if !more {
			s.slice = nil
			return nil, io.EOF
		}
		if <-slice.ready; slice.failed != nil {
			return nil, slice.failed
		}
		s.slice, s.at = slice, 0
	}
	scanned, values := &s.slice.rows[s.at], s.slice.values[s.at]
	s.at++
	return &s.row, s.book.join(&s.row, scanned, values)
}

// header looks for the header in the first rows of a sheet.
func (b *workbook) header(sheet sheetPart) (*layout, error) {
	source, err := b.parts.open(sheet.file)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	scan, slice, heads := newSheetScan(source, b.parts.texts), &sheetSlice{}, []headRow(nil)
	for end := error(nil); end == nil && scan.last < maxHeaderRow; {
		if end = scan.fill(slice, maxHeaderRow); end != nil && end != io.EOF {
			return nil, end
		}
		if slice.read(); slice.failed != nil {
			return nil, slice.failed
		}
		if heads, err = b.headRows(heads, slice); err != nil {
			return nil, err
		}
	}
	return findHeader(heads), nil
}

// headRows appends the rows of a slice in which the header may stand.
func (b *workbook) headRows(heads []headRow, slice *sheetSlice) ([]headRow, error) {
	var row sheetRow
	for i := range slice.rows {
		if err := b.join(&row, &slice.rows[i], slice.values[i]); err != nil {
			return nil, err
		}
		if row.line > maxHeaderRow {
			break
		}
		head := headRow{line: row.line}
		for _, c := range row.cells {
			head.cells = append(head.cells, c.text)
		}
		heads = append(heads, head)
	}
	return heads, nil
}

// join puts the library's values and the scan's types together.
func (b *workbook) join(row *sheetRow, scanned *scanRow, values []string) (err error) {
	*row = sheetRow{line: scanned.number, hidden: scanned.hidden, cells: row.cells[:0]}
	used := 0
	for i := range scanned.cells {
		c, text := &scanned.cells[i], ""
		column := int(c.column)
		if column < len(values) {
			text = values[column]
		}
		if err := b.verify(c, text, scanned.number); err != nil {
			return err
		}
		if text == "" && !c.formula {
			continue
		}
		for len(row.cells) <= column {
			row.cells = append(row.cells, cell{})
		}
		if text != "" {
			used++
		}
		if row.cells[column], err = b.cell(c, text); err != nil {
			return damage("a cell in row %d has a style that does not exist", scanned.number)
		}
	}
	for _, text := range values {
		if text != "" {
			used--
		}
	}
	if used != 0 {
		return damage("row %d has cells out of order", scanned.number)
	}
	return nil
}

// verify compares what the library made of a cell with what the scan saw.
func (b *workbook) verify(c *scanCell, text string, row int) error {
	switch c.kind {
	case typeNumber:
		if text != string(c.raw) {
			return damage("row %d has a number that reads in two ways", row)
		}
		return nil
	case typeString:
		if text == string(c.raw) {
			return nil
		}
	case typeInline:
		if c.escaped || text == string(c.inline)+string(c.raw) {
			return nil
		}
	case typeShared:
		if len(c.raw) == 0 || b.parts.texts.at(int(c.shared)).means(text) {
			return nil
		}
	default:
		return nil
	}
	return damage("a text in row %d reads in two ways", row)
}

// cell gives a value its type.
func (b *workbook) cell(c *scanCell, text string) (cell, error) {
	// A program that does not compute leaves the value out, or empty where a number belongs.
	out := cell{text: text, formula: c.formula, missing: c.formula && (!c.value || text == "" && c.kind == typeNumber)}
	switch c.kind {
	case typeNumber:
		shown, err := b.shown(int(c.style))
		if err != nil {
			return out, err
		}
		out.kind, out.format, out.padTo = kindNumber, shown.format, shown.padTo
		if text == "" {
			out.kind = kindText
		}
	case typeBoolean:
		out.kind = kindBoolean
	case typeError:
		out.kind = kindError
	case typeDate:
		out.kind = kindDate
	}
	return out, nil
}
