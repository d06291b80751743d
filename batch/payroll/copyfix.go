package payroll

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
)

// Fix is one cell that WriteFixed has changed.
type Fix struct {
	Line   int    `json:"line"`
	Cell   string `json:"cell"`   // in the copy: "Sheet1!D17"
	Column string `json:"column"` // our name of it: "account_number"
	Old    string `json:"old"`
	New    string `json:"new"`
	Why    string `json:"why"`
}

// Fixes is what WriteFixed has done.
type Fixes struct {
	Made  []Fix `json:"made"`  // at most 1,000, in the order of the file
	Count int   `json:"count"` // those beyond the bound included
	Left  int   `json:"left"`  // problems that the copy still has
	Plain bool  `json:"plain"` // the workbook could not be changed itself: the copy has the values of its payroll sheet and nothing else
}

// WriteFixed writes a corrected copy of the payroll file at path to out, for a person to read: an Excel workbook in
// which every cell with a Suggestion holds it, coloured and with a note that says what stood there and why it was
// changed. Amounts that are written with marks as text are written as numbers. What nobody can tell stays as it is, in
// another colour with its reason. A sheet "Changed cells" lists both. The file at path is not touched; a workbook
// keeps everything else that is in it, its password too. Of one that the Excel library cannot change, the copy has
// the values of the sheet with the payroll and nothing else, which Plain and the list tell.
//
// The error is a *RefusedError when the file cannot be read to its end; out must not exist, and is written whole or
// not at all. A file of more than 30,000 lines or 32 MiB is too large for it.
func WriteFixed(ctx context.Context, path, out string, o Options) (Fixes, error) {
	if err := checkOut(path, out); err != nil {
		return Fixes{}, err
	}
	s, err := newSurvey(ctx, path, o, maxBookLines)
	if err != nil {
		return Fixes{}, err
	}
	if err = checkExtension(path, out, s.isWorkbook()); err != nil {
		return Fixes{}, err
	}
	f := &fixer{survey: s}
	plain, err := s.writeBookCopy(out, f.change, f.countLeft)
	if err != nil {
		return Fixes{}, fmt.Errorf("write the corrected copy: %w", err)
	}
	f.fixes.Plain = plain
	return f.fixes, nil
}

// rescue takes a panic of the Excel library, which trusts what a workbook says of itself, for an error.
func rescue(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the Excel library cannot change this workbook (%v)", r)
		}
	}()
	return do()
}

// fixer writes a corrected copy.
type fixer struct {
	*survey
	book    *copyBook
	fixes   Fixes
	left    []Fix // what stays, without a new value
	formula map[string]string
}

// countLeft reads the copy as run would.
func (f *fixer) countLeft(temp string) error {
	o := f.options
	o.Sheet = f.book.sheet
	_, err := Read(f.ctx, temp, o, func(ledger.Line) error { return nil })
	var refused *RefusedError
	if errors.As(err, &refused) {
		f.fixes.Left, err = refused.Count, nil
	}
	return err
}

// change corrects the lines in b, and returns which have something else in them now.
func (f *fixer) change(b *copyBook) (map[int]bool, error) {
	f.book, f.fixes, f.left, f.formula = b, Fixes{Made: []Fix{}}, nil, map[string]string{}
	changed := map[int]bool{}
	for _, line := range f.lines() {
		if err := context.Cause(f.ctx); err != nil {
			return nil, err
		}
		if err := f.line(line); err != nil {
			return nil, err
		}
		changed[line] = true
	}
	return changed, errors.Join(f.restore(), f.list())
}

// lines are the lines with something to write, in the order of the file.
func (f *fixer) lines() []int {
	all := map[int]bool{}
	for line := range f.findings {
		all[line] = true
	}
	for line := range f.amounts {
		all[line] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// line corrects and marks the cells of one line.
func (f *fixer) line(line int) error {
	byColumn, columns := map[int][]finding{}, []int(nil)
	for _, found := range f.findings[line] {
		at := f.column(found)
		if byColumn[at] == nil {
			columns = append(columns, at)
		}
		byColumn[at] = append(byColumn[at], found)
	}
	amountAt := f.layout.fields[fieldAmount] + 1
	if amount, ok := f.amounts[line]; ok && !slices.ContainsFunc(byColumn[amountAt], func(p finding) bool { return p.Suggestion != "" || p.severe }) {
		if err := f.writeAmount(line, amountAt, amount); err != nil {
			return err
		}
	}
	for _, at := range columns {
		name, err := excelize.CoordinatesToCellName(at, line)
		if err == nil {
			err = f.cellAt(line, at, name, byColumn[at])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cellAt writes the suggestion for a cell into it, or marks it with what is found.
func (f *fixer) cellAt(line, at int, name string, found []finding) error {
	slices.SortStableFunc(found, func(a, b finding) int { return rank(a) - rank(b) })
	first := found[0]
	reference := cellReference(f.book.sheet, line, at-1)
	if first.Suggestion == "" {
		colour, reasons := colourWarning, []string(nil)
		for _, p := range found {
			if p.severe {
				colour = colourProblem
			}
			reasons = append(reasons, p.Reason+"; "+p.Remedy)
		}
		why := strings.Join(reasons, "\n")
		f.left = append(f.left, Fix{line, reference, first.Column, first.Value, "", why})
		if text, err := f.book.file.GetCellFormula(f.book.sheet, name); err == nil && text != "" {
			f.formula[name] = text
		}
		if err := f.book.paint(name, colour, 0); err != nil {
			return err
		}
		return f.book.note(name, "gajian: not changed\n"+why)
	}
	fix := Fix{line, reference, first.Column, first.Value, first.Suggestion, first.Reason}
	colour := colourFixed
	for _, p := range found[1:] {
		if p.Suggestion != first.Suggestion {
			colour = colourWarning
			fix.Why += "\nstill to be checked: " + p.Reason + "; " + p.Remedy
		}
	}
	rupiah, err := strconv.ParseInt(first.Suggestion, 10, 64)
	if at == f.layout.fields[fieldAmount]+1 && err == nil {
		err = f.book.setNumber(name, rupiah, colour)
	} else {
		err = f.book.setText(name, first.Suggestion, colour)
	}
	if err != nil {
		return err
	}
	return f.made(name, fix)
}

// rank puts what can be repaired first, and problems before warnings.
func rank(f finding) int {
	switch {
	case f.Suggestion != "" && f.severe:
		return 0
	case f.Suggestion != "":
		return 1
	case f.severe:
		return 2
	}
	return 3
}

func (f *fixer) made(name string, fix Fix) error {
	f.fixes.Count++
	if len(f.fixes.Made) < maxProblems {
		f.fixes.Made = append(f.fixes.Made, fix)
	}
	f.left = append(f.left, fix)
	return f.book.note(name, fmt.Sprintf("gajian: changed, please check\nbefore: %s\nnow: %s\nwhy: %s", fix.Old, fix.New, fix.Why))
}

// writeAmount writes an amount that is text as a number; one without marks needs no words.
func (f *fixer) writeAmount(line, at int, amount textAmount) error {
	name, err := excelize.CoordinatesToCellName(at, line)
	if err != nil {
		return err
	}
	if onlyDigits(amount.text) {
		if f.isWorkbook() {
			return nil
		}
		return f.book.setNumber(name, amount.rupiah, "")
	}
	if err := f.book.setNumber(name, amount.rupiah, colourFixed); err != nil {
		return err
	}
	return f.made(name, Fix{line, cellReference(f.book.sheet, line, at-1), fieldNames[fieldAmount], shorten(amount.text), strconv.FormatInt(amount.rupiah, 10),
		"the amount was text; as a number a spreadsheet can add it up"})
}

// restore gives the cells that were not changed their formulas back: where several share one, the library takes it
// from all of them when the first is changed.
func (f *fixer) restore() error {
	for name, formula := range f.formula {
		now, err := f.book.file.GetCellFormula(f.book.sheet, name)
		if err == nil && now == "" {
			err = f.book.file.SetCellFormula(f.book.sheet, name, formula)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	changesSheet = "Changed cells"
	changesHelp  = "Made by gajian. Green cells were changed: check each of them against its source. Yellow cells are doubtful and red ones wrong, changed or not: see why, and correct them. Nothing is paid by this file until you run it."
	plainHelp    = "The workbook itself could not be changed, so this is a new one with the values of its payroll sheet: formulas, colours, merged cells and other sheets are in the original only."
)

func (f *fixer) help() string {
	if f.book.plain && f.isWorkbook() {
		return changesHelp + " " + plainHelp
	}
	return changesHelp
}

var changesHead = []any{"Place", "What", "Old value", "New value", "Why"}

// list writes the sheet with everything that was changed and that stays.
func (f *fixer) list() error {
	file, sheet := f.book.file, f.book.unusedName(changesSheet)
	if _, err := file.NewSheet(sheet); err != nil {
		return err
	}
	text, err := file.NewStyle(&excelize.Style{NumFmt: formatText, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	head, err := file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colourRemark}}})
	if err != nil {
		return err
	}
	for i, width := range []float64{18, 18, 28, 28, 90} {
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err == nil {
			err = errors.Join(file.SetColStyle(sheet, letter, text), file.SetColWidth(sheet, letter, letter, width))
		}
		if err != nil {
			return err
		}
	}
	landscape, fit, asMany := "landscape", true, 0
	err = errors.Join(file.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &landscape, FitToHeight: &asMany}), file.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}),
		file.SetCellStr(sheet, "A1", f.help()), file.MergeCell(sheet, "A1", "E1"), file.SetRowHeight(sheet, 1, 48),
		file.SetSheetRow(sheet, "A3", &changesHead), file.SetCellStyle(sheet, "A3", "E3", head),
		file.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 3, TopLeftCell: "A4", ActivePane: "bottomLeft"}))
	if err != nil {
		return err
	}
	for i, fix := range append(f.left, f.wholeFile()...) {
		row := []any{fix.Cell, fix.Column, fix.Old, fix.New, fix.Why}
		if fix.New == "" {
			row[3] = "(not changed)"
		}
		if err := file.SetSheetRow(sheet, fmt.Sprintf("A%d", i+4), &row); err != nil {
			return err
		}
	}
	return nil
}

// wholeFile lists what is found in no line.
func (f *fixer) wholeFile() []Fix {
	var found []Fix
	for _, p := range f.whole {
		found = append(found, Fix{Cell: "the file", Column: p.Column, Old: p.Value, Why: p.Reason + "; " + p.Remedy})
	}
	return found
}
