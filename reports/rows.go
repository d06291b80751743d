package reports

import (
	"errors"

	"github.com/xuri/excelize/v2"
)

// rows are the rows of one sheet on their way through excelize into compressed XML.
//
// excelize's stream writer holds up to 16 MiB of every sheet in memory until the workbook is
// closed, twice that while it grows, and keeps all beyond on the disk as it is (bufferedWriter,
// v2.11.1): five gigabytes for a million payouts. So the rows go in chunks through streams of scratch
// workbooks, and their XML is compressed: several chunks at once, because a person waits for the
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

func newRows(encoders *encoders) (*rows, error) {
	spool, err := newSpool(encoders.tempDir)
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
