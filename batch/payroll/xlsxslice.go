package payroll

import (
	"archive/zip"
	"bytes"
	"strings"

	"github.com/xuri/excelize/v2"
)

// sheetSlice is some consecutive rows of a sheet on their way through the Excel library. They reach it as
// a small workbook of their own, so that it never unpacks a whole sheet, or all shared strings, to memory
// or disk, and can read slices beside each other.
//
// The cells of a slice are those of the sheet byte for byte, but for two things. Where a cell points to a
// shared string, that string stands in its place, as XML, so that it is the library that reads it; and a
// text without any format is the value of its cell, which the library reads in half the time. Rows have no
// number, which would make the library count up to it.
type sheetSlice struct {
	rows   []scanRow
	values [][]string    // of each row, as the library reads them
	failed error         // set before read, it is left alone there
	ready  chan struct{} // closed when values or failed is there

	cells []scanCell // of all rows
	text  []byte     // of all cells
	body  []byte     // the rows as XML
	root  []byte     // the tags that stand around the rows
	table []byte
	tag   []byte // name of the row's element
	first int    // cell of the row that is being read
}

const (
	// sliceBytes is much to a workbook's own parts and little to the memory: 150 rows of ten columns.
	sliceBytes = 64 << 10
	// sliceRows bounds rows of which the library makes more than is written, one value far to the right.
	sliceRows = 1000
)

func (s *sheetSlice) reset() {
	clear(s.values)
	*s = sheetSlice{rows: s.rows[:0], values: s.values[:0], cells: s.cells[:0], text: s.text[:0], body: s.body[:0], tag: s.tag, ready: make(chan struct{})}
}

func (s *sheetSlice) full() bool { return len(s.body) >= sliceBytes || len(s.rows) >= sliceRows }

// begin takes a row in, whose cells follow; name is that of its element.
func (s *sheetSlice) begin(row scanRow, name []byte) {
	s.rows, s.first = append(s.rows, row), len(s.cells)
	s.tag = append(s.tag[:0], name...)
	s.body = append(append(append(s.body, '<'), name...), '>')
}

// add takes a cell in, which the scan has just read.
func (s *sheetSlice) add(c scanCell, x *xmlScan, at cellPlaces, texts *sharedTexts) {
	s.cells = append(s.cells, c)
	switch {
	case c.kind == typeShared && len(c.raw) > 0:
		t := texts.at(int(c.shared))
		s.replace(x, at, len("s"), t.xml, t.rich)
	case c.kind == typeInline && at.open > 0 && len(c.raw) == 0:
		s.replace(x, at, len("inlineStr"), x.held(at.from, at.to), false)
	default:
		s.body = append(s.body, x.held(at.start, x.behind())...)
	}
}

// replace takes in a cell with a text in place of its value. kind is the length of the type that it states.
func (s *sheetSlice) replace(x *xmlScan, at cellPlaces, kind int, xml []byte, rich bool) {
	name := x.held(at.open+1, at.from)
	prefix := string(name[:bytes.IndexByte(name[:nameLength(name)], ':')+1])
	stated, element := "str", prefix+"v>"
	if rich {
		stated, element = "inlineStr", prefix+"is>"
	}
	s.body = append(append(append(s.body, x.held(at.start, at.kind)...), stated...), x.held(at.kind+int64(kind), at.open)...)
	s.body = append(append(append(append(s.body, '<'), element...), xml...), "</"...)
	s.body = append(append(s.body, element...), x.held(at.end, x.behind())...)
}

// end takes in the end of the row.
func (s *sheetSlice) end() {
	s.rows[len(s.rows)-1].cells = s.cells[s.first:len(s.cells):len(s.cells)]
	s.body = append(append(append(s.body, "</"...), s.tag...), '>')
}

// read lets the library read the rows.
func (s *sheetSlice) read() {
	defer close(s.ready)
	defer func() {
		if r := recover(); r != nil {
			s.failed = damage("the Excel library cannot read it (%v)", r)
		}
	}()
	if len(s.rows) == 0 || s.failed != nil {
		return
	}
	content, err := packBook(map[string][]byte{sliceSheet: bytes.Join([][]byte{s.root, s.table, s.body, endTagOf(s.table), endTagOf(s.root)}, nil)})
	if err == nil {
		err = s.readBook(content)
	}
	if err != nil {
		s.failed = asDamage(err, "the Excel library cannot read the rows from %d on (%v)", s.rows[0].number, err)
	}
}

func (s *sheetSlice) readBook(content []byte) error {
	file, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipXMLSizeLimit: int64(len(content)), UnzipSizeLimit: 2 * int64(len(content))})
	if err != nil {
		return err
	}
	defer file.Close()
	rows, err := file.Rows("Sheet1")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Columns()
		if err != nil {
			return err
		}
		s.values = append(s.values, values)
	}
	if rows.Error() != nil || len(s.values) != len(s.rows) {
		return damage("the Excel library finds %d rows where there are %d, from row %d on (%v)", len(s.values), len(s.rows), s.rows[0].number, rows.Error())
	}
	return nil
}

func endTagOf(startTag []byte) []byte {
	name := startTag[1:]
	return []byte("</" + string(name[:nameLength(name)]) + ">")
}

// sliceSheet is where a slice's rows stand in its workbook.
const sliceSheet = "xl/worksheets/sheet1.xml"

// The parts that make a workbook of one sheet.
var bookParts = map[string][]byte{
	"[Content_Types].xml":        []byte(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`),
	"_rels/.rels":                relationPart("officeDocument", "xl/workbook.xml"),
	"xl/_rels/workbook.xml.rels": relationPart("worksheet", "worksheets/sheet1.xml"),
	"xl/workbook.xml": []byte(`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">` +
		`<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`),
}

func relationPart(kind, target string) []byte {
	return []byte(strings.NewReplacer("KIND", kind, "TARGET", target).Replace(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/KIND" Target="TARGET"/></Relationships>`))
}

// packBook makes a workbook of one sheet with the parts.
func packBook(parts map[string][]byte) ([]byte, error) {
	size := 4 << 10 // more than the other parts and the archive's directory
	for _, content := range parts {
		size += len(content)
	}
	packed := bytes.NewBuffer(make([]byte, 0, size))
	w := zip.NewWriter(packed)
	for _, list := range []map[string][]byte{bookParts, parts} {
		for name, content := range list {
			entry, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
			if err == nil {
				_, err = entry.Write(content)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	err := w.Close()
	return packed.Bytes(), err
}
