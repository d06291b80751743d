package reports

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"
)

// writePackage writes file as an XLSX package to out. excelize alone would hold the whole package
// in memory and write its streamed sheets in the order of a Go map, that is, differently each
// time; so its parts go, compressed, into a spool first and from there to out in a fixed order.
func writePackage(file *excelize.File, out io.Writer, tempDir string, made time.Time) error {
	spool, err := newSpool(tempDir)
	if err != nil {
		return err
	}
	defer spool.Close()
	parts := &parts{spool: spool}
	file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return parts })
	if err := file.Write(io.Discard); err != nil {
		return err
	}
	return parts.writeTo(out, made)
}

// parts collects the parts of a package; it is the excelize.ZipWriter of ours.
type parts struct {
	spool    spool
	finished []*part
	current  *part
	offset   int64 // of the spool's end
	err      error // the first one; excelize forgets the error of some writes
}

// part is one file inside the package.
type part struct {
	parts      *parts
	name       string
	compressor *flate.Writer
	crc        uint32
	size       uint64 // before compression
	start, end int64  // in the spool
}

// Create begins the next part.
func (p *parts) Create(name string) (io.Writer, error) {
	p.finishPart()
	p.current = &part{parts: p, name: name, start: p.offset}
	p.current.compressor, _ = flate.NewWriter(spoolEnd{p}, flate.DefaultCompression) // fails only on an unknown level
	return p.current, p.err
}

// AddFS is of the interface only: excelize v2.11.1 never calls it, and neither do we.
func (p *parts) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Close ends the last part and reports the first error of all.
func (p *parts) Close() error {
	p.finishPart()
	return p.err
}

func (p *parts) finishPart() {
	if p.current == nil {
		return
	}
	p.note(p.current.compressor.Close())
	p.current.end = p.offset
	// Larger parts need ZIP64 records, with which Excel is particular; a sheet of 1,048,576 rows
	// stays far below unless its rows have more than 4 kB each.
	if p.current.size > math.MaxUint32 {
		p.note(fmt.Errorf("%s is larger than 4 GiB, which Excel does not open", p.current.name))
	}
	p.finished = append(p.finished, p.current)
	p.current = nil
}

func (p *parts) note(err error) { p.err = cmp.Or(p.err, err) }

// Write compresses a piece of the part into the spool.
func (q *part) Write(data []byte) (int, error) {
	if q.name == contentTypes { // excelize writes each part but the sheets in one piece
		data = sortDefaultTypes(data)
	}
	q.crc = crc32.Update(q.crc, crc32.IEEETable, data)
	q.size += uint64(len(data))
	n, err := q.compressor.Write(data)
	q.parts.note(err)
	return n, err
}

// spoolEnd appends to the spool.
type spoolEnd struct{ *parts }

func (s spoolEnd) Write(data []byte) (int, error) {
	n, err := s.spool.Write(data)
	s.offset += int64(n)
	return n, err
}

// contentTypes is the part that lists the others.
const contentTypes = "[Content_Types].xml"

// defaultType matches one line of that list; excelize writes those of images in the order of a Go map.
var defaultType = regexp.MustCompile(`<Default [^>]*></Default>`)

// sortDefaultTypes puts the lines into a fixed order, which means nothing to readers.
func sortDefaultTypes(list []byte) []byte {
	lines := defaultType.FindAll(list, -1)
	slices.SortFunc(lines, bytes.Compare)
	i := -1
	return defaultType.ReplaceAllFunc(list, func([]byte) []byte { i++; return lines[i] })
}

// writeTo writes the collected parts as a ZIP file, the table of contents first, as Excel does.
func (p *parts) writeTo(out io.Writer, made time.Time) error {
	slices.SortFunc(p.finished, func(a, b *part) int { return cmp.Compare(a.name, b.name) }) // "[Content_Types].xml" sorts before the others
	archive := zip.NewWriter(out)
	for _, q := range p.finished {
		entry, err := archive.CreateRaw(&zip.FileHeader{
			Name: q.name, Method: zip.Deflate, Modified: made.UTC(), CRC32: q.crc,
			CompressedSize64: uint64(q.end - q.start), UncompressedSize64: q.size,
		})
		if err != nil {
			return err
		}
		if _, err := io.Copy(entry, io.NewSectionReader(p.spool, q.start, q.end-q.start)); err != nil {
			return err
		}
	}
	return archive.Close()
}

// spool holds compressed parts until their order is known.
type spool interface {
	io.Writer
	io.ReaderAt
	io.Closer
}

// newSpool returns a spool in tempDir, which belongs to the caller, or in memory.
func newSpool(tempDir string) (spool, error) {
	if tempDir == memoryOnly {
		return &memorySpool{}, nil
	}
	return os.CreateTemp(tempDir, "spool-")
}

type memorySpool struct{ bytes.Buffer }

func (m *memorySpool) ReadAt(data []byte, offset int64) (int, error) {
	return bytes.NewReader(m.Bytes()).ReadAt(data, offset)
}

func (m *memorySpool) Close() error { return nil }
