package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"
)

// rows are the rows of one sheet on their way through excelize into compressed XML.
//
// excelize's stream writer holds up to 16 MiB of every sheet in memory until the workbook is
// closed, twice that while it grows, and keeps all beyond on the disk as it is (bufferedWriter,
// v2.11.1): five gigabytes for a million payouts. So the rows go in chunks through streams of scratch
// workbooks, and their XML to deflaters: several chunks at once, because a person waits for the
// workbook and the other processors have nothing to do then. Where a chunk ends depends on nothing but the
// rows, so the bytes are the same on every machine. What stands around the rows in the sheet is made when
// they are known to the last one, and joined to them by writePackage.
type rows struct {
	xml      *piece
	written  int
	chunk    *chunk   // being filled; nil when it would be empty
	underWay []*chunk // being made XML, in their order
	encoders *encoders
}

// chunkBytes is about how much XML a chunk is. Each costs about half a millisecond; at this size, a
// thousand rows, that is a thirtieth of the writing.
const chunkBytes = 1 << 20

func newRows(tempDir string, encoders *encoders) (*rows, error) {
	spool, err := newSpool(tempDir)
	if err != nil {
		return nil, err
	}
	return &rows{xml: &piece{spool: spool}, encoders: encoders}, nil
}

// write takes the next row, which must not be changed any more; height 0 leaves the height to the
// program that shows it.
func (r *rows) write(row []cell, height float64) error {
	r.written++
	if r.chunk == nil {
		r.chunk = &chunk{first: r.written, done: make(chan struct{})}
	}
	r.chunk.rows = append(r.chunk.rows, sizedRow{row, height})
	if r.chunk.bytes += size(row); r.chunk.bytes < chunkBytes {
		return nil
	}
	return r.send()
}

// size is about how many bytes row takes as XML.
func size(row []cell) int {
	const markup = 48
	n := markup
	for _, c := range row {
		if c, ok := c.(excelize.Cell); ok {
			n += markup
			if text, ok := c.Value.(string); ok {
				n += len(text)
			}
		}
	}
	return n
}

// send has the chunk made XML beside everything else, when no more are under way than there are
// encoders. After an error the chunk is given up.
func (r *rows) send() error {
	c := r.chunk
	r.chunk = nil
	if c == nil {
		return nil
	}
	if len(r.underWay) == cap(r.encoders.free) {
		if err := r.collect(); err != nil {
			return err
		}
	}
	r.underWay = append(r.underWay, c)
	go r.encoders.encode(c)
	return nil
}

// collect joins the oldest chunk under way to those before it.
func (r *rows) collect() error {
	c := r.underWay[0]
	r.underWay = r.underWay[1:]
	<-c.done
	if c.err != nil {
		return c.err
	}
	return r.xml.join(c.xml)
}

// finish ends the rows. It may be called again.
func (r *rows) finish() error {
	err := r.send()
	for len(r.underWay) > 0 { // also after an error: nothing of them goes on when it has returned
		err = errors.Join(err, r.collect())
	}
	return err
}

// close gives up the rows, finished or not.
func (r *rows) close() error { return errors.Join(r.finish(), r.xml.spool.Close()) }

// chunk is some rows of a sheet that follow each other.
type chunk struct {
	first int // the number of its first row
	rows  []sizedRow
	bytes int // about what they take as XML
	xml   *piece
	err   error
	done  chan struct{} // closed when xml or err is there
}

type sizedRow struct {
	cells  []cell
	height float64
}

// encoders are those of one workbook, as many as may work at once.
type encoders struct {
	free    chan *encoder // nil ones are still to be made
	tempDir string
}

// encodersMax bounds them: with its chunk, its XML and its compressor each takes about eight megabytes.
const encodersMax = 4

func newEncoders(tempDir string) *encoders {
	e := &encoders{make(chan *encoder, min(runtime.GOMAXPROCS(0), encodersMax)), tempDir}
	for range cap(e.free) {
		e.free <- nil
	}
	return e
}

// encode fills c.xml or c.err when an encoder is free, and closes c.done.
func (e *encoders) encode(c *chunk) {
	defer close(c.done)
	free := <-e.free
	defer func() { e.free <- free }()
	if free == nil {
		free = newEncoder(e.tempDir)
	}
	c.err = free.encode(c)
}

// close gives up what the encoders hold; none of them works any more.
func (e *encoders) close() {
	for range cap(e.free) {
		if free := <-e.free; free != nil {
			free.scratch.Close() // what is on the disk of it is in a folder that is removed
		}
	}
}

// encoder makes chunks compressed XML, one after the other.
type encoder struct {
	scratch *excelize.File
	sheet   scratchPackage
}

// scratchSheet is the sheet of a new workbook, and where it stands in the package.
const (
	scratchSheet = "Sheet1"
	scratchPart  = "xl/worksheets/sheet1.xml"
)

func newEncoder(tempDir string) *encoder {
	e := &encoder{scratch: excelize.NewFile(excelize.Options{TmpDir: tempDir})}
	e.scratch.SetZipWriter(func(io.Writer) excelize.ZipWriter { return &e.sheet })
	return e
}

// encode fills c.xml and lets the rows go.
func (e *encoder) encode(c *chunk) error {
	stream, err := e.scratch.NewStreamWriter(scratchSheet)
	if err != nil {
		return err
	}
	for i, row := range c.rows {
		if err := stream.SetRow(at(1, c.first+i), row.cells, excelize.RowOpts{Height: row.height}); err != nil {
			return err
		}
	}
	c.rows = nil
	if err := stream.Flush(); err != nil {
		return err
	}
	e.sheet.Reset()
	// A workbook that is closed is as it was before the stream; open, it would read the stream again.
	if err := errors.Join(e.scratch.Write(io.Discard), e.scratch.Close()); err != nil {
		return err
	}
	head, tail, found := cutSheet(e.sheet.Bytes())
	if !found {
		return errNoSheetData
	}
	c.xml, err = deflated(e.sheet.Bytes()[len(head):e.sheet.Len()-len(tail)], (*flate.Writer).Flush)
	return err
}

// errNoSheetData means that excelize writes a sheet in another form than v2.11.1 does.
var errNoSheetData = fmt.Errorf("no %s in a sheet: the Excel library writes sheets in another way than it did", endOfRows)

const (
	startOfRows = "<sheetData>"
	endOfRows   = "</sheetData>"
)

// cutSheet returns what stands before and behind the rows of a sheet. Texts cannot hold the marks,
// because < is escaped in them.
func cutSheet(xml []byte) (head, tail []byte, found bool) {
	start, end := bytes.Index(xml, []byte(startOfRows)), bytes.LastIndex(xml, []byte(endOfRows))
	if start < 0 || end < start {
		return nil, nil, false
	}
	return xml[:start+len(startOfRows)], xml[end:], true
}

// scratchPackage is an excelize.ZipWriter that keeps the one sheet of a scratch workbook.
type scratchPackage struct{ bytes.Buffer }

func (p *scratchPackage) Create(name string) (io.Writer, error) {
	if name == scratchPart {
		return p, nil
	}
	return io.Discard, nil
}

// AddFS is of the interface only: excelize v2.11.1 never calls it, and neither do we.
func (p *scratchPackage) AddFS(fs.FS) error { return errors.ErrUnsupported }

func (p *scratchPackage) Close() error { return nil }
