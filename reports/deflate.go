package reports

import (
	"bufio"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"sync"

	"github.com/klauspost/compress/flate"
)

// piece is a piece of a part, compressed. Pieces may be joined: one that another follows ends on a
// whole byte, and deflated data goes on with whatever blocks follow (RFC 1951, section 2).
type piece struct {
	spool spool
	crc   uint32
	size  uint64 // before compression
}

// join appends another piece, which is given up.
func (p *piece) join(next *piece) error {
	content, _, err := next.spool.content()
	if err != nil {
		return err
	}
	if _, err := io.Copy(p.spool, content); err != nil {
		return err
	}
	p.crc = joinedCRC(p.crc, next.crc, next.size)
	p.size += next.size
	return next.spool.Close()
}

// deflated compresses data in memory; end is how: (*flate.Writer).Flush for a piece that another
// follows, (*flate.Writer).Close for the last one of a part.
//
// The fastest level makes a workbook a third larger than the usual one and takes a quarter of the
// time, which was the largest cost of a workbook.
func deflated(data []byte, end func(*flate.Writer) error) (*piece, error) {
	compressor := compressors.Get().(*flate.Writer)
	defer compressors.Put(compressor)
	spool := &memorySpool{}
	compressor.Reset(spool)
	_, err := compressor.Write(data)
	return &piece{spool, crc32.ChecksumIEEE(data), uint64(len(data))}, errors.Join(err, end(compressor))
}

// compressors are those that no piece uses: each holds a megabyte, and a workbook has hundreds of pieces.
var compressors = sync.Pool{New: func() any {
	compressor, _ := flate.NewWriter(nil, flate.BestSpeed) // fails only on an unknown level
	return compressor
}}

// joinedCRC is the CRC-32 (IEEE) of two pieces, from that of each and the size of the second. A
// CRC is the remainder of a polynomial, so appending bytes multiplies it by x to the power of
// their bits (as zlib's crc32_combine does).
func joinedCRC(first, second uint32, size uint64) uint32 {
	power := uint32(1) << 23 // x to the power of 8; the highest bit is x to the power of 0
	for ; size > 0; size >>= 1 {
		if size&1 == 1 {
			first = multiply(first, power)
		}
		power = multiply(power, power)
	}
	return first ^ second
}

// multiply multiplies two polynomials modulo that of the CRC.
func multiply(a, b uint32) (product uint32) {
	for ; a != 0; a <<= 1 {
		if a>>31 == 1 {
			product ^= b
		}
		b = b>>1 ^ crc32.IEEE*(b&1)
	}
	return product
}

// spool holds compressed data until it is known what stands before it.
type spool interface {
	io.Writer
	io.Closer
	// content returns everything written.
	content() (io.Reader, int64, error)
}

// newSpool returns a spool in tempDir, which belongs to the caller, or in memory.
func newSpool(tempDir string) (spool, error) {
	if tempDir == memoryOnly {
		return &memorySpool{}, nil
	}
	file, err := os.CreateTemp(tempDir, "spool-")
	if err != nil {
		return nil, err
	}
	return &fileSpool{bufio.NewWriterSize(file, 64<<10), file}, nil
}

type memorySpool struct{ bytes.Buffer }

func (m *memorySpool) content() (io.Reader, int64, error) {
	return bytes.NewReader(m.Bytes()), int64(m.Len()), nil
}

func (m *memorySpool) Close() error { return nil }

// fileSpool gathers what the compressor writes, a few hundred bytes at a time, into larger writes.
type fileSpool struct {
	*bufio.Writer
	file *os.File
}

func (f *fileSpool) content() (io.Reader, int64, error) {
	if err := f.Flush(); err != nil {
		return nil, 0, err
	}
	size, err := f.file.Seek(0, io.SeekCurrent)
	return io.NewSectionReader(f.file, 0, size), size, err
}

func (f *fileSpool) Close() error { return f.file.Close() }
