package payroll

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strings"
)

// Bounds of a workbook, checked before the Excel library sees it. The library itself takes an entry that
// is cut short or has a wrong checksum for a shorter sheet, and loads what it finds.
const (
	// maxUnzipped is for all entries together. 300,000 lines of twelve columns take about 150 MiB.
	maxUnzipped = 256 << 20
	// maxPart is for an entry that is loaded whole and is neither a sheet nor the shared strings: styles, theme, a picture.
	maxPart = 32 << 20
	// maxEntries: a workbook of many sheets has some hundreds.
	maxEntries = 2000
	// maxRatio is how far an entry may unpack once it is larger than ratioFrom. Sheets reach about 20, empty
	// formatted rows 60; Deflate ends at 1032, which bombs use.
	maxRatio  = 200
	ratioFrom = 1 << 20
	// maxSheetName is in bytes; Excel takes 31 characters.
	maxSheetName = 31 * 4
)

// maxStrings bounds the shared strings, of which the library keeps about 50 bytes each in memory. A
// million lines with three texts of their own each are below it. Tests make it small.
var maxStrings = 4_000_000

// workbookParts are what the guard has found out about a workbook.
type workbookParts struct {
	entries map[string]*zip.File // by name with forward slashes
	sheets  []sheetPart          // in the order of the tabs
	strings []uint32             // checksum of each shared string, unverified for one that is not compared
}

// sheetPart is a sheet and the entry that holds it.
type sheetPart struct {
	name   string
	hidden bool
	file   *zip.File
}

// damaged is the fault of a workbook that is broken.
type damaged struct{ what string }

func (d *damaged) Error() string { return d.what }

func damage(format string, a ...any) error { return &damaged{fmt.Sprintf(format, a...)} }

// foreignArchive is the fault of a zip archive that is no Excel workbook.
type foreignArchive struct{ kind string }

func (f *foreignArchive) Error() string { return f.kind }

// guard reads every entry to its end under the bounds, so that nothing can be cut short unnoticed.
func guard(data []byte) (*workbookParts, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, damage("its archive cannot be opened (%v)", err)
	}
	if len(archive.File) > maxEntries {
		return nil, damage("it holds %d entries, more than any workbook", len(archive.File))
	}
	p := &workbookParts{entries: map[string]*zip.File{}}
	total, lower := uint64(0), map[string]bool{}
	for _, entry := range archive.File {
		name := strings.ReplaceAll(entry.Name, `\`, "/")
		if strings.TrimSuffix(name, "/") != strings.TrimPrefix(path.Clean("/"+name), "/") {
			return nil, damage("it holds an entry with the name %s, which lies outside of it", shorten(name))
		}
		if folded := strings.ToLower(name); lower[folded] {
			return nil, damage("it holds %s twice", shorten(name))
		} else {
			lower[folded] = true
		}
		p.entries[name] = entry
		if entry.UncompressedSize64 > maxUnzipped || total+entry.UncompressedSize64 > maxUnzipped {
			return nil, damage("it unpacks to more than %d MiB", maxUnzipped>>20)
		}
		total += entry.UncompressedSize64
	}
	if kind := p.foreign(); kind != "" {
		return nil, &foreignArchive{kind}
	}
	for name, entry := range p.entries {
		if err := checkEntry(name, entry); err != nil {
			return nil, err
		}
	}
	return p, p.readParts()
}

// foreign names an archive that is something else than an XLSX workbook.
func (p *workbookParts) foreign() string {
	switch {
	case p.entries["xl/workbook.xml"] != nil:
		return ""
	case p.entries["xl/workbook.bin"] != nil:
		return "a binary workbook (.xlsb)"
	case p.entries["Index/Document.iwa"] != nil || p.entries["Index.zip"] != nil:
		return "an Apple Numbers document"
	case p.entries["word/document.xml"] != nil:
		return "a Word document"
	case p.entries["content.xml"] != nil:
		return "an OpenDocument file (.ods)"
	}
	return "a zip archive without a workbook in it"
}

// isLarge is true for the entries that the Excel library reads as a stream when they are large.
func isLarge(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "xl/worksheets/sheet") || lower == "xl/sharedstrings.xml"
}

// checkEntry reads an entry to its end; archive/zip compares size and checksum there.
func checkEntry(name string, entry *zip.File) error {
	size, shown := entry.UncompressedSize64, shorten(name)
	switch {
	case entry.Flags&1 != 0:
		return damage("its entry %s is encrypted", shown)
	case size > maxPart && !isLarge(name):
		return damage("its entry %s is larger than %d MiB", shown, maxPart>>20)
	case size > ratioFrom && size/maxRatio > entry.CompressedSize64:
		return damage("its entry %s unpacks to more than %d times its size", shown, maxRatio)
	}
	r, err := entry.Open()
	if err != nil {
		return damage("its entry %s cannot be read (%v)", shown, err)
	}
	defer r.Close()
	var tail tailWriter
	// One byte more than declared: an entry that goes on is no honest one.
	n, err := io.Copy(&tail, io.LimitReader(r, int64(size)+1))
	switch {
	case err != nil:
		return damage("its entry %s is cut short or changed (%v)", shown, err)
	case uint64(n) != size || tail.crc != entry.CRC32:
		return damage("its entry %s is cut short or changed", shown)
	}
	if strings.HasSuffix(name, ".xml") && !tail.closes() {
		return damage("its entry %s ends in the middle", shown)
	}
	return nil
}

// tailWriter keeps the end of what is written to it, and computes the checksum itself: archive/zip
// lets an entry pass whose stated checksum is zero.
type tailWriter struct {
	tail []byte
	crc  uint32
}

func (t *tailWriter) Write(p []byte) (int, error) {
	t.crc = crc32.Update(t.crc, crc32.IEEETable, p)
	const keep = 512
	t.tail = append(t.tail, p[max(0, len(p)-keep):]...)
	t.tail = t.tail[max(0, len(t.tail)-keep):]
	return len(p), nil
}

// closes is true when the text ends in a closing tag, as every XML document does.
func (t *tailWriter) closes() bool {
	end := bytes.TrimRight(t.tail, " \t\r\n\x00")
	last := bytes.LastIndexByte(end, '<')
	return last >= 0 && end[len(end)-1] == '>' && (last+1 < len(end) && end[last+1] == '/' || bytes.HasSuffix(end, []byte("/>")))
}
