package reports

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"
)

// writePackage writes file as an XLSX package to out, with the rows of those sheets that excelize
// has none of, by part. excelize alone would hold the whole package in memory and write its
// streamed sheets in the order of a Go map, that is, differently each time.
func writePackage(file *excelize.File, rows map[string]*rows, out io.Writer, made time.Time) error {
	parts := parts{}
	file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return parts })
	if err := file.Write(io.Discard); err != nil {
		return err
	}
	for name := range rows {
		if parts[name] == nil {
			return fmt.Errorf("no part %s: %w", name, errNoSheetData)
		}
	}
	archive := zip.NewWriter(out)
	for _, name := range slices.Sorted(maps.Keys(parts)) { // the table of contents sorts first, as Excel has it
		if err := writePart(archive, name, parts[name].Bytes(), rows[name], made); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return archive.Close()
}

// parts are the parts of a package without the rows of long sheets, by name; it is the
// excelize.ZipWriter of ours.
type parts map[string]*bytes.Buffer

// Create begins the next part.
func (p parts) Create(name string) (io.Writer, error) {
	p[name] = new(bytes.Buffer)
	return p[name], nil
}

// AddFS is of the interface only: excelize v2.11.1 never calls it, and neither do we.
func (p parts) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Close does nothing: the parts are in memory.
func (p parts) Close() error { return nil }

// writePart writes a part with its rows, which may be nil.
func writePart(archive *zip.Writer, name string, content []byte, rows *rows, made time.Time) error {
	if name == contentTypes {
		content = sortDefaultTypes(content)
	}
	pieces, err := cutPart(content, rows)
	if err != nil {
		return err
	}
	return joinPieces(archive, zip.FileHeader{Name: name, Method: zip.Deflate, Modified: made.UTC()}, pieces)
}

// cutPart compresses a part in pieces: what stands before its rows, the rows, and the rest.
func cutPart(content []byte, rows *rows) ([]*piece, error) {
	if rows == nil {
		whole, err := deflated(content, (*flate.Writer).Close)
		return []*piece{whole}, err
	}
	head, tail, found := cutSheet(content)
	if !found {
		return nil, errNoSheetData
	}
	begin, err := deflated(head, (*flate.Writer).Flush)
	end, endErr := deflated(tail, (*flate.Writer).Close)
	return []*piece{begin, rows.xml, end}, errors.Join(err, endErr)
}

// joinPieces writes a part of these pieces.
func joinPieces(archive *zip.Writer, header zip.FileHeader, pieces []*piece) error {
	var contents []io.Reader
	for _, piece := range pieces {
		content, size, err := piece.spool.content()
		if err != nil {
			return err
		}
		contents = append(contents, content)
		header.CompressedSize64 += uint64(size)
		header.UncompressedSize64 += piece.size
		header.CRC32 = joinedCRC(header.CRC32, piece.crc, piece.size)
	}
	// Larger parts need ZIP64 records, with which Excel is particular; a sheet of 1,048,576 rows
	// stays far below unless its rows have more than 4 kB each.
	if header.UncompressedSize64 > math.MaxUint32 {
		return errors.New("larger than 4 GiB, which Excel does not open")
	}
	entry, err := archive.CreateRaw(&header)
	if err != nil {
		return err
	}
	_, err = io.Copy(entry, io.MultiReader(contents...))
	return err
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
