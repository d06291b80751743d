package payroll

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// sheetScan reads a sheet's XML beside the Excel library and tells what the library's row iterator keeps
// to itself: a cell's type, whether it is computed, what stands in it as raw text. Every irregularity
// that the library would pass over in silence is an error here.
type sheetScan struct {
	elements *elementScan
	strings  int // number of shared strings
	inside   bool
	done     bool
	last     int // number of the last row
	arrays   []area
	ahead    *scanRow
	failed   error
}

// scanRow is a row as it stands in the XML.
type scanRow struct {
	number int
	hidden bool
	cells  []scanCell
}

// scanCell is a cell as it stands in the XML.
type scanCell struct {
	column  int // from 0
	kind    string
	style   int
	raw     string
	shared  int    // index of the shared string, when kind is "s" and raw is not empty
	inline  string // text of an inline string
	value   bool   // there is a <v> or <is>
	formula bool
}

// area is a range that one array formula fills; only its first cell says so.
type area struct{ column1, row1, column2, row2 int }

// maxArrays bounds the array formulas that are remembered; payroll files have few or none.
const maxArrays = 1000

func newSheetScan(r io.Reader, strings int) *sheetScan {
	return &sheetScan{elements: newElementScan(r), strings: strings}
}

// next returns the next row that has an element, io.EOF behind the sheet's closing tag. It reads one
// row ahead, so that a row that breaks the order is found before the library mixes it into this one.
func (s *sheetScan) next() (*scanRow, error) {
	if s.ahead == nil && s.failed == nil {
		s.ahead, s.failed = s.read()
	}
	row := s.ahead
	s.ahead = nil
	if s.failed == nil {
		s.ahead, s.failed = s.read()
	}
	if s.failed != nil && (row == nil || !errors.Is(s.failed, io.EOF)) {
		return nil, s.failed
	}
	return row, nil
}

func (s *sheetScan) read() (*scanRow, error) {
	for {
		token, err := s.elements.next()
		if err != nil {
			return nil, s.ending(err)
		}
		switch element := token.(type) {
		case xml.StartElement:
			switch {
			case element.Name.Local == "sheetData" && s.elements.depth() == 2:
				if s.done {
					return nil, damage("the sheet has two tables of cells")
				}
				s.inside = true
			case element.Name.Local == "row":
				if !s.inside || s.elements.depth() != 3 {
					return nil, damage("a row stands outside the table of cells")
				}
				return s.row(element)
			}
		case xml.EndElement:
			if element.Name.Local == "sheetData" {
				s.inside, s.done = false, true
			}
		}
	}
}

// ending tells a sheet that was read to its end from one that breaks off.
func (s *sheetScan) ending(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return damage("the sheet cannot be read behind row %d (%v)", s.last, err)
}

func (s *sheetScan) row(start xml.StartElement) (*scanRow, error) {
	row := &scanRow{number: s.last + 1}
	for _, attr := range start.Attr {
		switch plainName(attr) {
		case "r":
			n, err := strconv.Atoi(attr.Value)
			if err != nil || n < 1 || n > excelize.TotalRows {
				return nil, damage("a row behind row %d has the number %s", s.last, shorten(attr.Value))
			}
			row.number = n
		case "hidden":
			row.hidden = attr.Value == "1" || attr.Value == "true"
		}
	}
	if row.number <= s.last {
		return nil, damage("row %d stands behind row %d", row.number, s.last)
	}
	s.last = row.number
	return row, s.cells(row)
}

func (s *sheetScan) cells(row *scanRow) error {
	column := -1
	for {
		token, err := s.elements.next()
		if err != nil {
			return damage("the sheet breaks off in row %d (%v)", row.number, err)
		}
		switch element := token.(type) {
		case xml.StartElement:
			if element.Name.Local != "c" {
				if err := s.elements.skip(); err != nil {
					return damage("the sheet breaks off in row %d (%v)", row.number, err)
				}
				continue
			}
			c, err := s.cell(element, row.number, column)
			if err != nil {
				return err
			}
			column = c.column
			if row.cells = append(row.cells, c); len(row.cells) > excelize.MaxColumns {
				return damage("row %d has too many cells", row.number)
			}
		case xml.EndElement:
			return nil
		}
	}
}

// cell reads one cell; before is the column of the one in front of it.
func (s *sheetScan) cell(start xml.StartElement, row, before int) (scanCell, error) {
	c := scanCell{column: before + 1}
	for _, attr := range start.Attr {
		switch plainName(attr) {
		case "r":
			column, atRow, err := excelize.CellNameToCoordinates(attr.Value)
			if err != nil || atRow != row || column-1 <= before {
				return c, damage("a cell in row %d calls itself %s", row, shorten(attr.Value))
			}
			c.column = column - 1
		case "t":
			c.kind = attr.Value
		case "s":
			style, err := strconv.Atoi(attr.Value)
			if err != nil {
				return c, damage("a cell in row %d has the style %s", row, shorten(attr.Value))
			}
			c.style = style
		}
	}
	if !cellKinds[c.kind] {
		return c, damage("a cell in row %d has the type %s", row, shorten(c.kind))
	}
	if err := s.content(&c, row); err != nil {
		return c, err
	}
	if c.kind == "s" && c.value && c.raw != "" {
		n, err := strconv.Atoi(strings.TrimSpace(c.raw))
		if c.shared = n; err != nil || n < 0 || n >= s.strings {
			return c, damage("a cell in row %d points to text number %s, but the workbook has %d texts", row, shorten(c.raw), s.strings)
		}
	}
	c.formula = c.formula || s.inArray(c.column, row)
	return c, nil
}

// cellKinds are the types of cells that there are (ECMA-376 part 1, 18.18.11).
var cellKinds = map[string]bool{"": true, "n": true, "s": true, "str": true, "inlineStr": true, "b": true, "e": true, "d": true}

// plainName is the name of an attribute; of one from another vocabulary none.
func plainName(attr xml.Attr) string {
	if attr.Name.Space != "" {
		return ""
	}
	return attr.Name.Local
}

// content reads what stands between a cell's tags.
func (s *sheetScan) content(c *scanCell, row int) error {
	level := s.elements.depth()
	var raw strings.Builder
	in, seen := "", map[string]bool(nil)
	for {
		token, err := s.elements.next()
		if err != nil {
			return damage("the sheet breaks off in row %d (%v)", row, err)
		}
		switch element := token.(type) {
		case xml.StartElement:
			if in = element.Name.Local; s.elements.depth() != level+1 {
				continue
			}
			if in == "v" || in == "f" || in == "is" {
				if seen[in] || in != "f" && c.value {
					return damage("a cell in row %d has two values", row)
				}
				if seen == nil {
					seen = map[string]bool{}
				}
				seen[in] = true
			}
			c.value = c.value || in == "v" || in == "is"
			switch in {
			case "f":
				c.formula = true
				s.remember(element)
			case "is":
				if c.kind != "inlineStr" {
					return damage("a cell in row %d has a text that its type does not show", row)
				}
				if c.inline, err = s.elements.sharedText(); err != nil {
					return damage("the sheet breaks off in row %d (%v)", row, err)
				}
			}
		case xml.CharData:
			if in == "v" && s.elements.depth() == level+1 {
				raw.Write(element)
			}
		case xml.EndElement:
			if in = ""; s.elements.depth() < level {
				c.raw = raw.String()
				return nil
			}
		}
	}
}

// remember notes the range of an array formula.
func (s *sheetScan) remember(formula xml.StartElement) {
	kind, ref := "", ""
	for _, attr := range formula.Attr {
		switch attr.Name.Local {
		case "t":
			kind = attr.Value
		case "ref":
			ref = attr.Value
		}
	}
	from, to, ok := strings.Cut(ref, ":")
	if kind != "array" && kind != "dataTable" || !ok || len(s.arrays) == maxArrays {
		return
	}
	column1, row1, err1 := excelize.CellNameToCoordinates(from)
	column2, row2, err2 := excelize.CellNameToCoordinates(to)
	if err1 == nil && err2 == nil {
		s.arrays = append(s.arrays, area{min(column1, column2) - 1, min(row1, row2), max(column1, column2) - 1, max(row1, row2)})
	}
}

func (s *sheetScan) inArray(column, row int) bool {
	for _, a := range s.arrays {
		if column >= a.column1 && column <= a.column2 && row >= a.row1 && row <= a.row2 {
			return true
		}
	}
	return false
}

// elementScan reads XML tokens and makes sure that every element is closed, to the last.
type elementScan struct {
	decoder *xml.Decoder
	open    []string
	rooted  bool
}

func newElementScan(r io.Reader) *elementScan {
	return &elementScan{decoder: xml.NewDecoder(r)}
}

// depth is how many elements are open; behind a start tag its element counts, behind an end tag not.
func (e *elementScan) depth() int { return len(e.open) }

// maxDepth bounds the elements within each other; a sheet has about ten.
const maxDepth = 100

var errBrokenXML = errors.New("its tags do not match")

// next returns the next token, io.EOF only when the root element is closed. RawToken is twice as fast as
// Token; what Token would check is checked here.
func (e *elementScan) next() (xml.Token, error) {
	token, err := e.decoder.RawToken()
	if err == io.EOF && (!e.rooted || len(e.open) > 0) {
		return nil, io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	switch element := token.(type) {
	case xml.StartElement:
		if len(e.open) == 0 && e.rooted || len(e.open) == maxDepth {
			return nil, errBrokenXML
		}
		if len(element.Attr) > maxAttributes || repeated(element.Attr) {
			return nil, errRepeated
		}
		e.rooted = true
		e.open = append(e.open, element.Name.Local)
	case xml.EndElement:
		if len(e.open) == 0 || e.open[len(e.open)-1] != element.Name.Local {
			return nil, errBrokenXML
		}
		e.open = e.open[:len(e.open)-1]
	case xml.Directive:
		return nil, fmt.Errorf("it has a document type, which no workbook has")
	}
	return token, nil
}

var errRepeated = errors.New("an element has an attribute twice")

// repeated is true when an attribute stands twice, of which no two programs take the same.
func repeated(attrs []xml.Attr) bool {
	for i := range attrs {
		for j := range i {
			if attrs[i].Name == attrs[j].Name {
				return true
			}
		}
	}
	return false
}

// maxAttributes bounds the attributes of one element; a worksheet's own has about twenty.
const maxAttributes = 200

// skip reads to the end of the element that was just opened.
func (e *elementScan) skip() error {
	for level := e.depth(); e.depth() >= level; {
		if _, err := e.next(); err != nil {
			return err
		}
	}
	return nil
}
