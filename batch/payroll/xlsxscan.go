package payroll

import (
	"encoding/xml"
	"errors"
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
	veiled   []area // hidden columns; only the columns count
	merges   *mergeList
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
			case element.Name.Local == "col" && !s.inside:
				s.veil(element)
			case element.Name.Local == "mergeCell" && s.merges != nil:
				if err := s.merges.add(element); err != nil {
					return nil, err
				}
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

// maxVeiled bounds the ranges of hidden columns that are remembered; each is one element.
const maxVeiled = 1000

// veil notes a range of columns that are hidden.
func (s *sheetScan) veil(columns xml.StartElement) {
	hidden, from, to := false, 0, 0
	for _, attr := range columns.Attr {
		switch plainName(attr) {
		case "hidden":
			hidden = attr.Value == "1" || attr.Value == "true"
		case "min":
			from, _ = strconv.Atoi(attr.Value) // 0, which is no column, when it is no number
		case "max":
			to, _ = strconv.Atoi(attr.Value)
		}
	}
	if hidden && len(s.veiled) < maxVeiled {
		s.veiled = append(s.veiled, area{column1: from - 1, column2: to - 1})
	}
}

func (s *sheetScan) isVeiled(column int) bool {
	for _, a := range s.veiled {
		if column >= a.column1 && column <= a.column2 {
			return true
		}
	}
	return false
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
