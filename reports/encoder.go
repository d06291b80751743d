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

// encoders are those of one workbook, as many as may work at once.
type encoders struct {
	free    chan *encoder // nil ones are still to be made
	tempDir string        // for what does not stay in memory; memoryOnly when everything does
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
