package payroll

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
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
)

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

// readParts finds the sheets in the order of their tabs, and counts the shared strings.
func (p *workbookParts) readParts() error {
	var book struct {
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := p.decode("xl/workbook.xml", &book); err != nil {
		return err
	}
	targets, err := p.targets()
	if err != nil {
		return err
	}
	for _, s := range book.Sheets {
		part := sheetPart{name: s.Name, hidden: s.State != "" && s.State != "visible"}
		for _, attr := range s.Attrs {
			if attr.Name.Local == "id" {
				part.file = p.entries[targets[attr.Value]]
			}
		}
		p.sheets = append(p.sheets, part)
	}
	p.strings, err = p.readStrings()
	return err
}

// targets maps the workbook's relations to entries.
func (p *workbookParts) targets() (map[string]string, error) {
	var relations struct {
		Relations []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := p.decode("xl/_rels/workbook.xml.rels", &relations); err != nil {
		return nil, err
	}
	targets := map[string]string{}
	for _, r := range relations.Relations {
		target := strings.ReplaceAll(r.Target, `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = "xl/" + target
		}
		targets[r.ID] = strings.TrimPrefix(path.Clean(target), "/")
	}
	return targets, nil
}

func (p *workbookParts) decode(name string, into any) error {
	entry := p.entries[name]
	if entry == nil {
		return damage("its entry %s is missing", name)
	}
	r, err := entry.Open()
	if err != nil {
		return damage("its entry %s cannot be read (%v)", name, err)
	}
	defer r.Close()
	if err := xml.NewDecoder(r).Decode(into); err != nil {
		return damage("its entry %s cannot be read (%v)", name, err)
	}
	return nil
}

// readStrings reads the shared strings to the closing tag. A cell that points beyond them would
// silently read as empty, and the library hides it when it cannot keep them in its temporary file; so
// every shared string is compared with its checksum when it is used.
func (p *workbookParts) readStrings() ([]uint32, error) {
	var entry *zip.File
	for name, e := range p.entries {
		if strings.EqualFold(name, "xl/sharedStrings.xml") {
			entry = e
		}
	}
	if entry == nil {
		return nil, nil
	}
	r, err := entry.Open()
	if err != nil {
		return nil, damage("its shared texts cannot be read (%v)", err)
	}
	defer r.Close()
	var sums []uint32
	for scan := newElementScan(r); ; {
		token, err := scan.next()
		if errors.Is(err, io.EOF) {
			return sums, nil
		}
		if err != nil {
			return nil, damage("its shared texts cannot be read (%v)", err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "si" && scan.depth() == 2 {
			text, err := scan.sharedText()
			if err != nil {
				return nil, damage("its shared texts cannot be read (%v)", err)
			}
			sums = append(sums, textSum(text))
		}
	}
}

// unverified stands for a text with an escape such as _x000D_, which the library turns into the
// character it means.
const unverified = 0

func textSum(text string) uint32 {
	if strings.Contains(text, "_x") {
		return unverified
	}
	return max(crc32.ChecksumIEEE([]byte(text)), unverified+1)
}

// sharedText reads a shared string whose start tag was just read: its text, or the texts of its runs. The
// reading aid for Japanese (rPh) is no part of it.
func (e *elementScan) sharedText() (string, error) {
	level := e.depth()
	var text strings.Builder
	inRun, inText := false, false
	for {
		token, err := e.next()
		if err != nil {
			return "", err
		}
		switch element := token.(type) {
		case xml.StartElement:
			switch e.depth() - level {
			case 1:
				inRun, inText = element.Name.Local == "r", element.Name.Local == "t"
			case 2:
				inText = inRun && element.Name.Local == "t"
			}
		case xml.CharData:
			if inText {
				text.Write(element)
			}
		case xml.EndElement:
			if inText = false; e.depth() < level {
				return text.String(), nil
			}
		}
	}
}
