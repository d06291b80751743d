package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/xuri/excelize/v2"
)

// rows are the rows of one sheet on their way through excelize into compressed XML.
//
// excelize's stream writer holds up to 16 MiB of every sheet in memory until the workbook is
// closed, twice that while it grows, and keeps all beyond on the disk as it is (bufferedWriter,
// v2.11.1): five gigabytes for a million payouts. So a few rows at a time go through a stream of a
// scratch workbook, and their XML straight to a deflater. What stands around them in the sheet is
// made when they are known to the last one, and joined to them by writePackage.
type rows struct {
	scratch *excelize.File         // nil once they are finished
	stream  *excelize.StreamWriter // nil when it holds nothing
	waiting int                    // about how many bytes the stream holds
	sheet   scratchPackage
	written int
	xml     *deflater
}

// chunkBytes is how much a stream takes before it is drained. Draining costs about half a
// millisecond; at this size, a thousand rows, that is a thirtieth of the writing.
const chunkBytes = 1 << 20

// scratchSheet is the sheet of a new workbook, and where it stands in the package.
const (
	scratchSheet = "Sheet1"
	scratchPart  = "xl/worksheets/sheet1.xml"
)

func newRows(tempDir string) (*rows, error) {
	spool, err := newSpool(tempDir)
	if err != nil {
		return nil, err
	}
	r := &rows{scratch: excelize.NewFile(excelize.Options{TmpDir: tempDir}), xml: newDeflater(spool)}
	r.scratch.SetZipWriter(func(io.Writer) excelize.ZipWriter { return &r.sheet })
	return r, nil
}

// write writes the next row; height 0 leaves the height to the program that shows it.
func (r *rows) write(row []cell, height float64) (err error) {
	if r.stream == nil {
		if r.stream, err = r.scratch.NewStreamWriter(scratchSheet); err != nil {
			return err
		}
	}
	r.written++
	if err := r.stream.SetRow(at(1, r.written), row, excelize.RowOpts{Height: height}); err != nil {
		return err
	}
	if r.waiting += size(row); r.waiting < chunkBytes {
		return nil
	}
	return r.drain()
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

// drain passes on what the stream holds and ends it.
func (r *rows) drain() error {
	if r.stream == nil {
		return nil
	}
	if err := r.stream.Flush(); err != nil {
		return err
	}
	r.sheet.Reset()
	// A workbook that is closed is as it was before the stream; open, it would read the stream again.
	if err := errors.Join(r.scratch.Write(io.Discard), r.scratch.Close()); err != nil {
		return err
	}
	head, tail, found := cutSheet(r.sheet.Bytes())
	if !found {
		return errNoSheetData
	}
	r.stream, r.waiting = nil, 0
	_, err := r.xml.Write(r.sheet.Bytes()[len(head) : r.sheet.Len()-len(tail)])
	return err
}

// finish ends the rows and gives up what only writing needs. It may be called again.
func (r *rows) finish() error {
	if r.scratch == nil {
		return nil
	}
	err := errors.Join(r.drain(), r.xml.flush(), r.scratch.Close())
	r.scratch, r.sheet = nil, scratchPackage{}
	return err
}

// close gives up the rows, finished or not.
func (r *rows) close() error { return errors.Join(r.finish(), r.xml.spool.Close()) }

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
