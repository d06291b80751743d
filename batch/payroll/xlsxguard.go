package payroll

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strings"
)

// Bounds of a workbook, checked before anything of it is read. The Excel library would take an entry that
// is cut short or has a wrong checksum for a shorter sheet.
const (
	// maxUnzipped is for all entries together. A million lines of twenty columns take about 1.2 GiB.
	maxUnzipped = 2 << 30
	// maxPart is for an entry that is neither a sheet nor the shared strings, which are read as a stream: styles,
	// a theme, a picture.
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

// workbookParts are what the guard has found out about a workbook.
type workbookParts struct {
	entries map[string]*zip.File // by name with forward slashes
	whole   map[*zip.File]bool   // entries that were read to their end and are as they were written
	sheets  []sheetPart          // in the order of the tabs
	texts   *sharedTexts
	ctx     context.Context
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

func newParts(ctx context.Context) *workbookParts {
	return &workbookParts{entries: map[string]*zip.File{}, whole: map[*zip.File]bool{}, texts: &sharedTexts{}, ctx: ctx}
}

// guard checks the archive's directory and reads what is needed beside the sheets. Whatever is read of an
// entry goes through open, and checkRest reads the others, so that nothing can be cut short unnoticed.
func (p *workbookParts) guard(data io.ReaderAt, size int64) error {
	archive, err := zip.NewReader(data, size)
	if err != nil {
		return damage("its archive cannot be opened (%v)", err)
	}
	if len(archive.File) > maxEntries {
		return damage("it holds %d entries, more than any workbook", len(archive.File))
	}
	total, lower := uint64(0), map[string]bool{}
	for _, entry := range archive.File {
		name := strings.ReplaceAll(entry.Name, `\`, "/")
		if strings.TrimSuffix(name, "/") != strings.TrimPrefix(path.Clean("/"+name), "/") {
			return damage("it holds an entry with the name %s, which lies outside of it", shorten(name))
		}
		if folded := strings.ToLower(name); lower[folded] {
			return damage("it holds %s twice", shorten(name))
		} else {
			lower[folded] = true
		}
		p.entries[name] = entry
		if entry.UncompressedSize64 > maxUnzipped || total+entry.UncompressedSize64 > maxUnzipped {
			return damage("it unpacks to more than %d MiB", maxUnzipped>>20)
		}
		total += entry.UncompressedSize64
	}
	if kind := p.foreign(); kind != "" {
		return &foreignArchive{kind}
	}
	for name, entry := range p.entries {
		if err := checkRecord(name, entry); err != nil {
			return err
		}
	}
	return p.readParts()
}

// checkRest reads the entries that nobody has read.
func (p *workbookParts) checkRest() error {
	for _, entry := range p.entries {
		if p.whole[entry] {
			continue
		}
		r, err := p.open(entry)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
			r.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
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

// isLarge is true for the entries that are read as a stream.
func isLarge(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "xl/worksheets/") || lower == "xl/sharedstrings.xml"
}

// checkRecord judges an entry by what the archive says of it.
func checkRecord(name string, entry *zip.File) error {
	size, shown := entry.UncompressedSize64, shorten(name)
	switch {
	case entry.Flags&1 != 0:
		return damage("its entry %s is encrypted", shown)
	case size > maxPart && !isLarge(name):
		return damage("its entry %s is larger than %d MiB", shown, maxPart>>20)
	case size > ratioFrom && size/maxRatio > entry.CompressedSize64:
		return damage("its entry %s unpacks to more than %d times its size", shown, maxRatio)
	}
	return nil
}

// entryReader reads an entry until the context ends, and at its end compares it with what the archive says
// of it.
type entryReader struct {
	io.ReadCloser
	parts *workbookParts
	entry *zip.File
	tail  entryTail
	size  uint64
}

func (p *workbookParts) open(entry *zip.File) (io.ReadCloser, error) {
	r, err := entry.Open()
	if err != nil {
		return nil, damage("its entry %s cannot be read (%v)", shorten(entry.Name), err)
	}
	return &entryReader{ReadCloser: r, parts: p, entry: entry}, nil
}

func (e *entryReader) Read(p []byte) (int, error) {
	if e.parts.ctx.Err() != nil {
		return 0, context.Cause(e.parts.ctx)
	}
	n, err := e.ReadCloser.Read(p)
	e.tail.add(p[:n])
	e.size += uint64(n)
	shown := shorten(e.entry.Name)
	switch {
	case err != nil && err != io.EOF:
		return n, damage("its entry %s is cut short or changed (%v)", shown, err)
	case e.size > e.entry.UncompressedSize64, err == io.EOF && (e.size != e.entry.UncompressedSize64 || e.tail.crc != e.entry.CRC32):
		return n, damage("its entry %s is cut short or changed", shown)
	case err == io.EOF && strings.HasSuffix(e.entry.Name, ".xml") && !e.tail.closes():
		return n, damage("its entry %s ends in the middle", shown)
	}
	if err == io.EOF {
		e.parts.whole[e.entry] = true
	}
	return n, err
}

// entryTail keeps the end of what is added to it, and computes the checksum itself: archive/zip
// lets an entry pass whose stated checksum is zero.
type entryTail struct {
	tail []byte
	crc  uint32
}

func (t *entryTail) add(p []byte) {
	t.crc = crc32.Update(t.crc, crc32.IEEETable, p)
	const keep = 512
	t.tail = append(t.tail, p[max(0, len(p)-keep):]...)
	t.tail = t.tail[max(0, len(t.tail)-keep):]
}

// closes is true when the text ends in a closing tag, as every XML document does.
func (t *entryTail) closes() bool {
	end := bytes.TrimRight(t.tail, " \t\r\n\x00")
	last := bytes.LastIndexByte(end, '<')
	return last >= 0 && end[len(end)-1] == '>' && (last+1 < len(end) && end[last+1] == '/' || bytes.HasSuffix(end, []byte("/>")))
}
