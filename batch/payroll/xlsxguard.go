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
	names := map[string]bool{}
	for _, s := range book.Sheets {
		folded := strings.ToLower(s.Name)
		if names[folded] {
			return damage("it has two sheets called %s", shorten(s.Name))
		}
		names[folded] = true
		part := sheetPart{name: s.Name, hidden: s.State != "" && s.State != "visible"}
		for _, attr := range s.Attrs {
			if attr.Name.Local == "id" {
				part.file = p.entries[targets[attr.Value]]
			}
		}
		if part.file == nil {
			return damage("its sheet %s is missing", shorten(s.Name))
		}
		p.sheets = append(p.sheets, part)
	}
	p.strings, err = p.readStrings()
	return err
}

// relation says where a part stands that another one uses.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
	Mode   string `xml:"TargetMode,attr"`
}

// fixedParts are where the Excel library looks for what it needs beside the sheets. Excel goes by the
// relations, so that a relation to another place would show a person other texts than we read.
var fixedParts = map[string]string{
	"officeDocument": "xl/workbook.xml",
	"sharedStrings":  "xl/sharedStrings.xml",
	"styles":         "xl/styles.xml",
}

// targets maps the workbook's relations to entries.
func (p *workbookParts) targets() (map[string]string, error) {
	const root = "_rels/.rels"
	if p.entries[root] != nil {
		if _, err := p.relations(root, ""); err != nil {
			return nil, err
		}
	}
	return p.relations("xl/_rels/workbook.xml.rels", "xl/")
}

// relations reads the relations of a part in folder; those that lead out of the workbook are left out.
func (p *workbookParts) relations(name, folder string) (map[string]string, error) {
	var list struct {
		Relations []relation `xml:"Relationship"`
	}
	if err := p.decode(name, &list); err != nil {
		return nil, err
	}
	targets, seen := map[string]string{}, map[string]bool{}
	for _, r := range list.Relations {
		if seen[r.ID] {
			return nil, damage("its entry %s has two relations called %s", name, shorten(r.ID))
		}
		seen[r.ID] = true
		if r.Mode == "External" {
			continue
		}
		target := strings.ReplaceAll(r.Target, `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = folder + target
		}
		target = strings.TrimPrefix(path.Clean("/"+target), "/")
		if fixed := fixedParts[path.Base(r.Type)]; fixed != "" && !strings.EqualFold(target, fixed) {
			return nil, damage("its entry %s looks for %s where it is not read from", name, fixed)
		}
		targets[r.ID] = target
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
		if len(sums) > maxStrings {
			return nil, damage("it holds more than %d texts", maxStrings)
		}
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
