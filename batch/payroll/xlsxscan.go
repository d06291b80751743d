package payroll

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// sheetScan reads a sheet's XML in front of the Excel library and tells what the library's row iterator
// keeps to itself: a cell's type, whether it is computed, what stands in it as raw text. Every irregularity
// that the library would pass over in silence is an error here.
//
// The rows go on to the library in slices, see [sheetSlice].
type sheetScan struct {
	xml    *xmlScan
	texts  *sharedTexts
	root   []byte // the tags that stand around the rows, as the sheet has them
	table  []byte
	inside bool
	done   bool
	last   int // number of the last row
	arrays []area
	veiled []area // hidden columns; only the columns count
	merges *mergeList
}

// scanRow is a row as it stands in the XML.
type scanRow struct {
	number int
	hidden bool
	cells  []scanCell
}

// scanCell is a cell as it stands in the XML.
type scanCell struct {
	raw     []byte
	inline  []byte // text of an inline string
	column  int32  // from 0
	style   int32
	shared  int32 // index of the shared string, when the type is typeShared and raw is not empty
	kind    cellType
	escaped bool // the inline string has an escape such as _x000D_
	value   bool // there is a <v> or <is>
	formula bool
}

// cellType is the type that a cell's XML states.
type cellType uint8

const (
	typeNumber cellType = iota
	typeShared
	typeString
	typeInline
	typeBoolean
	typeError
	typeDate
)

// cellTypes are the types of cells that there are (ECMA-376 part 1, 18.18.11).
var cellTypes = map[string]cellType{"": typeNumber, "n": typeNumber, "s": typeShared, "str": typeString, "inlineStr": typeInline,
	"b": typeBoolean, "e": typeError, "d": typeDate}

// area is a range that one array formula fills; only its first cell says so.
type area struct{ column1, row1, column2, row2 int }

// maxArrays bounds the array formulas that are remembered; payroll files have few or none.
const maxArrays = 1000

func newSheetScan(r io.Reader, texts *sharedTexts) *sheetScan {
	return &sheetScan{xml: newXMLScan(r), texts: texts}
}

// fill reads rows into a slice until it is full or the sheet's row most was read; io.EOF behind the
// sheet's closing tag, with the last rows in the slice.
func (s *sheetScan) fill(slice *sheetSlice, most int) error {
	for slice.reset(); !slice.full() && s.last < most; {
		if err := s.next(slice); err != nil {
			return err
		}
		slice.root, slice.table = s.root, s.table
	}
	return nil
}

// rowDepth is how deep a row stands: worksheet, sheetData, row. What has the name further down and outside
// the table is a place, such as that of a button (ECMA-376 part 1, 20.5.2.27).
const rowDepth = 3

// next reads the next row that has an element.
func (s *sheetScan) next(slice *sheetSlice) error {
	for {
		token, err := s.xml.next()
		switch {
		case err == io.EOF:
			return err
		case err != nil:
			return asDamage(err, "the sheet cannot be read behind row %d (%v)", s.last, err)
		case token == endTag && s.xml.is("sheetData"):
			s.inside, s.done = false, true
		case token == startTag && s.xml.is("row") && (s.inside || s.xml.depth() <= rowDepth):
			if !s.inside || s.xml.depth() != rowDepth {
				return damage("a row stands outside the table of cells")
			}
			return s.row(slice)
		case token == startTag && (s.inside || s.xml.is("c")): // the library takes it for the last row's
			return damage("something else than a row stands behind row %d", s.last)
		case token == startTag:
			if err := s.around(); err != nil {
				return err
			}
		}
	}
}

// maxTag bounds the tags that stand around the rows; they go with each slice. A worksheet's has about a
// kilobyte.
const maxTag = 64 << 10

// around notes what stands around the rows.
func (s *sheetScan) around() error {
	x := s.xml
	switch tag := x.buffer[x.start:x.pos]; {
	case x.depth() == 1:
		s.root = bytes.Clone(tag[:min(len(tag), maxTag)])
	case x.is("sheetData") && x.depth() == 2:
		if s.done {
			return damage("the sheet has two tables of cells")
		}
		s.inside, s.table = true, bytes.Clone(tag[:min(len(tag), maxTag)])
	case x.is("col"):
		s.veil()
	case x.is("mergeCell") && s.merges != nil:
		return s.merges.add(x)
	}
	if len(s.root) == maxTag || len(s.table) == maxTag {
		return damage("the sheet begins with a tag of more than %d KiB", maxTag>>10)
	}
	return nil
}

// maxVeiled bounds the ranges of hidden columns that are remembered; each is one element.
const maxVeiled = 1000

// veil notes a range of columns that are hidden.
func (s *sheetScan) veil() {
	hidden, from, to := false, 0, 0
	for _, attr := range s.xml.attrs {
		switch string(attr.name) {
		case "hidden":
			hidden = attr.isTrue()
		case "min":
			from, _ = attr.number() // 0, which is no column, when it is no number
		case "max":
			to, _ = attr.number()
		}
	}
	if hidden && len(s.veiled) < maxVeiled {
		s.veiled = append(s.veiled, area{column1: from - 1, column2: to - 1})
	}
}

func (a xmlAttr) isTrue() bool { return a.text() == "1" || a.text() == "true" }

// text is the attribute's value as it is meant.
func (a xmlAttr) text() string { return string(appendText(nil, a.value, false)) }

// number reads the attribute's value as a whole number.
func (a xmlAttr) number() (int, bool) {
	if bytes.IndexByte(a.value, '&') >= 0 {
		return number([]byte(a.text()))
	}
	return number(a.value)
}

func (s *sheetScan) isVeiled(column int) bool {
	for _, a := range s.veiled {
		if column >= a.column1 && column <= a.column2 {
			return true
		}
	}
	return false
}

// number reads a whole number, quickly when it has no sign and at most nine digits.
func number(text []byte) (n int, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' || len(text) > 9 {
			n, err := strconv.Atoi(string(text))
			return n, err == nil
		}
		n = 10*n + int(c-'0')
	}
	return n, len(text) > 0
}

// row reads a row whose start tag was just read.
func (s *sheetScan) row(slice *sheetSlice) error {
	row := scanRow{number: s.last + 1}
	for _, attr := range s.xml.attrs {
		switch string(attr.name) {
		case "r":
			n, ok := attr.number()
			if !ok || n < 1 || n > excelize.TotalRows {
				return damage("a row behind row %d has the number %s", s.last, shorten(attr.text()))
			}
			row.number = n
		case "hidden":
			row.hidden = attr.isTrue()
		}
	}
	if row.number <= s.last {
		return damage("row %d stands behind row %d", row.number, s.last)
	}
	s.last = row.number
	slice.begin(row, s.xml.name)
	if err := s.cells(slice); err != nil {
		return asDamage(err, "the sheet breaks off in row %d (%v)", row.number, err)
	}
	slice.end()
	return nil
}

// maxRowBytes bounds the cells of a row as XML, beside the rows before it in the slice. A row of a payroll
// has less than a kilobyte.
const maxRowBytes = 4 << 20

// cells reads up to the row's end tag.
func (s *sheetScan) cells(slice *sheetSlice) error {
	column, cells := -1, 0
	for level := s.xml.depth(); ; {
		token, err := s.xml.next()
		switch {
		case err != nil:
			return err
		case token == endTag && s.xml.depth() < level:
			return nil
		case token == startTag && s.xml.is("row"):
			return damage("a row stands within row %d", s.last)
		case token != startTag || !s.xml.is("c"):
			continue
		case s.xml.depth() != level+1: // the library takes it for one of the row's
			return damage("row %d has a cell within something else", s.last)
		}
		if cells++; cells > excelize.MaxColumns {
			return damage("row %d has too many cells", s.last)
		}
		if column, err = s.cell(slice, column); err != nil {
			return err
		}
		// A shared text may stand in every cell of a row, so that a small file has rows of gigabytes.
		if len(slice.body) > sliceBytes+maxRowBytes {
			return damage("row %d has more than %d MiB of text", s.last, maxRowBytes>>20)
		}
	}
}

// cell reads one cell into the slice; before is the column of the one in front of it.
func (s *sheetScan) cell(slice *sheetSlice, before int) (column int, err error) {
	x := s.xml
	x.hold = x.place()
	defer func() { x.hold = -1 }()
	c, at := scanCell{}, cellPlaces{start: x.place()}
	column = before + 1
	for _, attr := range x.attrs {
		switch string(attr.name) {
		case "r":
			named, row, ok := cellName(attr.value)
			if column = named - 1; !ok || row != s.last || column <= before {
				return 0, damage("a cell in row %d calls itself %s", s.last, shorten(attr.text()))
			}
		case "t":
			kind, ok := cellTypes[string(attr.value)]
			if !ok {
				return 0, damage("a cell in row %d has the type %s", s.last, shorten(attr.text()))
			}
			c.kind = kind
			at.kind = attr.place
		case "s":
			style, ok := attr.number()
			if c.style = int32(style); !ok || int(c.style) != style {
				return 0, damage("a cell in row %d has the style %s", s.last, shorten(attr.text()))
			}
		}
	}
	if err := s.content(slice, &c, &at); err != nil {
		return 0, err
	}
	if c.kind == typeShared && len(c.raw) > 0 {
		n, ok := number(bytes.TrimSpace(c.raw))
		if c.shared = int32(n); !ok || n < 0 || n >= s.texts.count() {
			return 0, damage("a cell in row %d points to text number %s, but the workbook has %d texts", s.last, shorten(string(c.raw)), s.texts.count())
		}
	}
	if column >= maxColumns && (c.formula || s.texts.filled(c)) {
		return 0, damage("row %d has a value in column %d; at most %d columns are read", s.last, column+1, maxColumns)
	}
	c.column, c.formula = int32(column), c.formula || s.inArray(column, s.last)
	slice.add(c, x, at, s.texts)
	return column, nil
}

// filled is true for a cell with a value or a text in it.
func (s *sharedTexts) filled(c scanCell) bool {
	if c.kind != typeShared {
		return len(c.raw)+len(c.inline) > 0
	}
	if len(c.raw) == 0 {
		return false
	}
	t := s.at(int(c.shared))
	return len(t.text) > 0 || !t.rich && len(t.xml) > 0
}

// cellPlaces are where in the source stands what a slice changes of a cell.
type cellPlaces struct {
	start    int64
	kind     int64 // value of the type's attribute
	open     int64 // start tag of the value, or of an inline string that is a plain text
	from, to int64 // the value or the text
	end      int64 // behind the end tag
}

// content reads what stands between a cell's tags.
func (s *sheetScan) content(slice *sheetSlice, c *scanCell, at *cellPlaces) error {
	x, level := s.xml, s.xml.depth()
	const none, inValue, other = 0, 1, 2
	in, formula := none, false
	from := len(slice.text)
	for {
		token, err := x.next()
		if err != nil {
			return err
		}
		switch token {
		case startTag:
			switch {
			case x.is("c"):
				return damage("row %d has a cell within another", s.last)
			case in == inValue: // the library and the scan part ways on the text around it
				return damage("row %d has a value with a tag in it, which reads in two ways", s.last)
			}
			if in = other; x.depth() != level+1 {
				continue
			}
			switch {
			case x.is("v"):
				if c.value {
					return damage("a cell in row %d has two values", s.last)
				}
				in, c.value = inValue, true
				at.open, at.from = x.place(), x.behind()
			case x.is("f"):
				if formula {
					return damage("a cell in row %d has two values", s.last)
				}
				formula, c.formula = true, true
				s.remember()
			case x.is("is"):
				if err := s.inline(slice, c, at); err != nil {
					return err
				}
				from = len(slice.text)
				in = none
			}
		case charData:
			if in == inValue && x.depth() == level+1 {
				slice.text = appendText(slice.text, x.raw, x.cdata)
			}
		case endTag:
			if x.depth() == level && at.open > 0 && at.end == 0 {
				at.to, at.end = x.place(), x.behind()
			}
			if in = none; x.depth() < level {
				c.raw = slice.text[from:len(slice.text):len(slice.text)]
				return nil
			}
		}
	}
}

// inline reads the text of an inline string, whose start tag was just read.
func (s *sheetScan) inline(slice *sheetSlice, c *scanCell, at *cellPlaces) error {
	if c.value {
		return damage("a cell in row %d has two values", s.last)
	}
	if c.kind != typeInline {
		return damage("a cell in row %d has a text that its type does not show", s.last)
	}
	open := s.xml.place()
	t, err := s.xml.sharedText()
	if err != nil {
		return err
	}
	if !t.rich && len(t.xml) > 0 {
		*at = cellPlaces{start: at.start, kind: at.kind, open: open, from: t.place, to: t.place + int64(len(t.xml)), end: s.xml.behind()}
	}
	from := len(slice.text)
	slice.text = append(slice.text, t.text...)
	c.value, c.inline = true, slice.text[from:len(slice.text):len(slice.text)]
	c.escaped = bytes.Contains(c.inline, []byte("_x"))
	return nil
}

// cellName reads a cell's name, "AB12", into its column and row, both from 1.
func cellName(name []byte) (column, row int, ok bool) {
	i := 0
	for ; i < len(name) && i < 3 && name[i] >= 'A' && name[i] <= 'Z'; i++ {
		column = 26*column + int(name[i]-'A'+1)
	}
	if i > 0 && i < len(name) && name[i] != '0' && column <= excelize.MaxColumns {
		if row, ok = number(name[i:]); ok && row >= 1 && row <= excelize.TotalRows {
			return column, row, true
		}
	}
	column, row, err := excelize.CellNameToCoordinates(string(appendText(nil, name, false)))
	return column, row, err == nil
}

// remember notes the range of an array formula.
func (s *sheetScan) remember() {
	kind, ref := "", []byte(nil)
	for _, attr := range s.xml.attrs {
		switch string(attr.name) {
		case "t":
			kind = attr.text()
		case "ref":
			ref = attr.value
		}
	}
	from, to, ok := bytes.Cut(ref, []byte(":"))
	if kind != "array" && kind != "dataTable" || !ok || len(s.arrays) == maxArrays {
		return
	}
	if a, ok := newArea(from, to); ok {
		s.arrays = append(s.arrays, a)
	}
}

// newArea is the range between two cells in whatever corners.
func newArea(from, to []byte) (area, bool) {
	column1, row1, ok1 := cellName(from)
	column2, row2, ok2 := cellName(to)
	return area{min(column1, column2) - 1, min(row1, row2), max(column1, column2) - 1, max(row1, row2)}, ok1 && ok2
}

func (s *sheetScan) inArray(column, row int) bool {
	for _, a := range s.arrays {
		if column >= a.column1 && column <= a.column2 && row >= a.row1 && row <= a.row2 {
			return true
		}
	}
	return false
}

// asDamage makes a fault of the workbook of an error; what says already what is damaged stays.
func asDamage(err error, format string, a ...any) error {
	var broken *damaged
	if errors.As(err, &broken) {
		return broken
	}
	return damage(format, a...)
}
