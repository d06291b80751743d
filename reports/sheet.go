package reports

import (
	"errors"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxRows is how many rows a sheet has, the header's included (Excel specifications and limits,
// Microsoft). Tests make it small.
var maxRows = excelize.TotalRows

// rehearsalWord stands on every sheet of a rehearsal and in its print header.
const rehearsalWord = "REHEARSAL"

const rehearsalText = rehearsalWord + ": no money moved, the provider was a simulator"

// plan is what is said of a sheet around its rows.
type plan struct {
	name    string
	columns int
	rows    int // all rows, the banner's and the header's included
	header  int // row of a list's header
	first   int // first row of a list, below its header
	filter  int // last row of the list, which is filtered; 0 for a sheet that is no list
	widths  []float64
	boxed   bool     // a sheet that is no list: fits one printed page, without grid lines
	alarms  []string // cells that are red while they are not 0
	guard   *guard   // nil when the sheet is not protected
}

// sheet is a sheet being put into the workbook.
type sheet struct {
	w      *workbook
	plan   plan
	stream *excelize.StreamWriter
}

// bannerRows is how many rows stand above everything else.
func (w *workbook) bannerRows() int {
	if w.summary.Rehearsal {
		return 1
	}
	return 0
}

// openSheet begins the sheet p. The steps have an order: excelize's AutoFilter resets the sheet's
// properties, and the stream copies properties and dimension when it is made (stream.go, v2.11.1).
func (w *workbook) openSheet(p plan) (*sheet, error) {
	s := &sheet{w: w, plan: p}
	steps := []func() error{s.add, s.declare, s.setFilter, s.setPrint, s.setGuard, s.openStream, s.setColumns, s.setGrid, s.setAlarms}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("sheet %s: %w", p.name, err)
		}
	}
	return s, nil
}

func (s *sheet) add() error {
	s.w.sheets++
	if s.w.sheets == 1 {
		return s.w.file.SetSheetName("Sheet1", s.plan.name) // a new file has one sheet
	}
	_, err := s.w.file.NewSheet(s.plan.name)
	return err
}

func (s *sheet) declare() error {
	return s.w.file.SetSheetDimension(s.plan.name, "A1:"+at(s.plan.columns, s.plan.rows))
}

func (s *sheet) setFilter() error {
	if s.plan.filter == 0 {
		return nil
	}
	if err := s.w.file.AutoFilter(s.plan.name, at(1, s.plan.header)+":"+at(s.plan.columns, s.plan.filter), nil); err != nil {
		return err
	}
	return s.w.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: s.plan.name,
		RefersTo: fmt.Sprintf("%s!$1:$%d", quote(s.plan.name), s.plan.header)})
}

func (s *sheet) setPrint() error {
	yes, a4, landscape, one, any := true, 9, "landscape", 1, 0 // 9 is A4 (ECMA-376, part 1, 18.3.1.63)
	layout := excelize.PageLayoutOptions{Size: &a4, Orientation: &landscape, FitToWidth: &one, FitToHeight: &any}
	if s.plan.boxed {
		layout.FitToHeight = &one
	}
	batch := strings.ReplaceAll(clean(s.w.summary.ID), "&", "&&") // a single & begins a command
	header := "&L" + batch
	if s.w.summary.Rehearsal {
		header += `&C&"-,Bold"&20` + rehearsalWord
	}
	header += "&R" + s.plan.name
	return errors.Join(
		s.w.file.SetSheetProps(s.plan.name, &excelize.SheetPropsOptions{FitToPage: &yes}),
		s.w.file.SetPageLayout(s.plan.name, &layout),
		s.w.file.SetHeaderFooter(s.plan.name, &excelize.HeaderFooterOptions{OddHeader: header, OddFooter: "&L" + batch + "&RPage &P of &N"}),
	)
}

func (s *sheet) openStream() (err error) {
	if s.plan.boxed {
		no := false
		if err := s.w.file.SetSheetView(s.plan.name, 0, &excelize.ViewOptions{ShowGridLines: &no}); err != nil {
			return err
		}
	}
	if s.stream, err = s.w.file.NewStreamWriter(s.plan.name); err != nil {
		return err
	}
	for i, width := range s.plan.widths {
		if err := s.stream.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if s.plan.filter == 0 {
		return nil
	}
	return s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: s.plan.header, TopLeftCell: at(1, s.plan.first), ActivePane: "bottomLeft"})
}

// setGrid draws the borders of a list where it has no cells: cells with nothing but a border are
// two of five, and would be a sixth of the work and of the bytes.
func (s *sheet) setGrid() error {
	if s.plan.filter == 0 || s.plan.filter < s.plan.first {
		return nil
	}
	always := []excelize.ConditionalFormatOptions{{Type: "formula", Criteria: "TRUE", Format: &s.w.styles.grid}}
	return s.w.file.SetConditionalFormat(s.plan.name, at(1, s.plan.first)+":"+at(s.plan.columns, s.plan.filter), always)
}

// setAlarms makes the cells of the plan's alarms red while they are not 0.
func (s *sheet) setAlarms() error {
	for _, ref := range s.plan.alarms {
		if err := s.w.file.SetConditionalFormat(s.plan.name, ref, []excelize.ConditionalFormatOptions{
			{Type: "cell", Criteria: "!=", Value: "0", Format: &s.w.styles.alarm}}); err != nil {
			return err
		}
	}
	return nil
}

// banner is the first row of every sheet of a rehearsal, and how high it is.
func (w *workbook) banner() ([]cell, float64) {
	return []cell{text(w.styles.banner, rehearsalText)}, 42
}

// putRows gives the sheet that was opened last its rows; excelize has none of them.
func (w *workbook) putRows(s *sheet, r *rows) error {
	w.rows[fmt.Sprintf("xl/worksheets/sheet%d.xml", w.sheets)] = r // excelize numbers sheets as they are made
	return errors.Join(r.finish(), s.stream.Flush())
}

// at names a cell. Column and row are ours and in range; a name that is not would be refused by
// the next call that uses it.
func at(column, row int) string {
	name, _ := excelize.CoordinatesToCellName(column, row)
	return name
}

// quote puts a sheet's name as formulas want it.
func quote(sheet string) string {
	if strings.Contains(sheet, " ") {
		return "'" + sheet + "'"
	}
	return sheet
}
