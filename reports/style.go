package reports

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
)

// textLimit is how many UTF-16 units a cell holds (Excel specifications and limits, Microsoft).
const textLimit = 32767

// Number formats. The check format says in words what its colour says too, so that it reads in
// black and white.
const (
	formatWhole = "#,##0"
	formatCents = "#,##0.00"
	formatTime  = "yyyy-mm-dd hh:mm:ss"
	formatShift = "+#,##0;-#,##0;0"
	formatShare = `+#,##0" %";-#,##0" %";0" %"`
	formatDate  = "yyyy-mm-dd"
	formatCheck = `"NOT 0: "#,##0.##;"NOT 0: "-#,##0.##;0`
)

// styles are the numbers under which excelize knows our cell styles.
type styles struct {
	text, wrap, whole, cents, time, date, score   int // cells of lists
	header, banner, title, label, note, signature int
	difference, percent                           int
	markedText, markedWrap                        int // what has changed, among what has not
	markedWhole, markedDifference, markedPercent  int
	lead                                          int // a line above a list
	factTime                                      int // a time among the facts of the Summary
	totalText, totalWhole, totalCents, check      int
	locked                                        int // of a protected sheet; the others of it are free
	freeText, freeWrap, freeWhole, freeCents      int // without borders: the list draws them
	freeHeader                                    int
	alarm                                         int // conditional: a check that is not 0
	grid                                          int // conditional: borders, for cells that are not there
}

// newStyles registers the styles, always in the same order so that files compare equal.
func newStyles(file *excelize.File) (s styles, err error) {
	grey := []excelize.Border{{Type: "left", Color: "BFBFBF", Style: 1}, {Type: "right", Color: "BFBFBF", Style: 1},
		{Type: "top", Color: "BFBFBF", Style: 1}, {Type: "bottom", Color: "BFBFBF", Style: 1}}
	sum := []excelize.Border{{Type: "top", Color: "000000", Style: 1}, {Type: "bottom", Color: "000000", Style: 1}}
	top := &excelize.Alignment{Vertical: "top"}
	left := &excelize.Alignment{Vertical: "top", Horizontal: "left", Indent: 1} // keeps texts off the numbers beside them
	wrap := &excelize.Alignment{Vertical: "top", Horizontal: "left", Indent: 1, WrapText: true}
	yellow := excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFF2CC"}}
	bold := func() *excelize.Font { return &excelize.Font{Bold: true} } // so that it also reads in black and white
	free := &excelize.Protection{}
	head := excelize.Style{Border: grey, Font: &excelize.Font{Bold: true, Color: "FFFFFF"},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F3864"}},
		Alignment: &excelize.Alignment{Vertical: "center", Horizontal: "center", WrapText: true}}
	freeHead := head
	freeHead.Protection = free
	for _, entry := range []struct {
		id     *int
		format string
		style  excelize.Style
	}{
		{&s.text, "@", excelize.Style{Alignment: left, Border: grey}},
		{&s.wrap, "@", excelize.Style{Alignment: wrap, Border: grey}},
		{&s.whole, formatWhole, excelize.Style{Alignment: top, Border: grey}},
		{&s.cents, formatCents, excelize.Style{Alignment: top, Border: grey}},
		{&s.time, formatTime, excelize.Style{Alignment: left, Border: grey}},
		{&s.date, formatDate, excelize.Style{Alignment: left, Border: grey}},
		{&s.score, "0.00", excelize.Style{Alignment: top, Border: grey}},
		{&s.difference, formatShift, excelize.Style{Alignment: top, Border: grey}},
		{&s.percent, formatShare, excelize.Style{Alignment: top, Border: grey}},
		{&s.markedText, "@", excelize.Style{Alignment: left, Border: grey, Fill: yellow, Font: bold()}},
		{&s.markedWrap, "@", excelize.Style{Alignment: wrap, Border: grey, Fill: yellow, Font: bold()}},
		{&s.markedWhole, formatWhole, excelize.Style{Alignment: top, Border: grey, Fill: yellow, Font: bold()}},
		{&s.markedDifference, formatShift, excelize.Style{Alignment: top, Border: grey, Fill: yellow, Font: bold()}},
		{&s.markedPercent, formatShare, excelize.Style{Alignment: top, Border: grey, Fill: yellow, Font: bold()}},
		{&s.header, "@", head},
		{&s.freeHeader, "@", freeHead},
		{&s.freeText, "@", excelize.Style{Alignment: left, Protection: free}},
		{&s.freeWrap, "@", excelize.Style{Alignment: wrap, Protection: free}},
		{&s.freeWhole, formatWhole, excelize.Style{Alignment: top, Protection: free}},
		{&s.freeCents, formatCents, excelize.Style{Alignment: top, Protection: free}},
		{&s.locked, "@", excelize.Style{Alignment: left, Font: &excelize.Font{Color: "595959"}, Protection: &excelize.Protection{Locked: true},
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EDEDED"}}}},
		{&s.banner, "@", excelize.Style{Font: &excelize.Font{Bold: true, Size: 28, Color: "C00000"}}},
		{&s.lead, "@", excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "center"}}},
		{&s.title, "@", excelize.Style{Font: &excelize.Font{Bold: true, Size: 16}}},
		{&s.label, "@", excelize.Style{Alignment: wrap, Font: &excelize.Font{Bold: true}}},
		{&s.note, "@", excelize.Style{Alignment: left, Font: &excelize.Font{Color: "404040"}}},
		{&s.factTime, formatTime, excelize.Style{Alignment: left, Font: &excelize.Font{Color: "404040"}}},
		{&s.signature, "@", excelize.Style{Alignment: left, Border: []excelize.Border{{Type: "top", Color: "000000", Style: 1}}}},
		{&s.totalText, "@", excelize.Style{Alignment: wrap, Border: sum, Font: &excelize.Font{Bold: true}}},
		{&s.totalWhole, formatWhole, excelize.Style{Alignment: top, Border: sum, Font: &excelize.Font{Bold: true}}},
		{&s.totalCents, formatCents, excelize.Style{Alignment: top, Border: sum, Font: &excelize.Font{Bold: true}}},
		{&s.check, formatCheck, excelize.Style{Border: sum, Font: &excelize.Font{Bold: true},
			Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "right"}}},
	} {
		entry.style.CustomNumFmt = &entry.format
		if entry.style.Font == nil {
			entry.style.Font = &excelize.Font{}
		}
		entry.style.Font.Family = "Calibri" // a font without a name is shown as each program likes
		if entry.style.Font.Size == 0 {
			entry.style.Font.Size = 11
		}
		if *entry.id, err = file.NewStyle(&entry.style); err != nil {
			return s, err
		}
	}
	if s.grid, err = file.NewConditionalStyle(&excelize.Style{Border: grey}); err != nil {
		return s, err
	}
	s.alarm, err = file.NewConditionalStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF"},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"C00000"}}})
	return s, err
}

// cell is one cell; nil is none.
type cell = any

// text is a text cell, whatever the text begins with; empty text is no cell.
func text(style int, value string) cell {
	if value == "" {
		return nil
	}
	return excelize.Cell{StyleID: style, Value: clean(value)}
}

func (s styles) money(amount ledger.Sen) cell {
	style := s.whole
	if amount%ledger.Rupiah != 0 {
		style = s.cents
	}
	return excelize.Cell{StyleID: style, Value: number(amount)}
}

// formula is a live formula with the value that it has, so that a viewer which does not
// calculate shows the same.
func (s styles) formula(formula string, value ledger.Sen) cell {
	money := s.money(value).(excelize.Cell)
	money.Formula = formula
	return money
}

// total is formula, set apart as a total.
func (s styles) total(formula string, value ledger.Sen) cell {
	style := s.totalWhole
	if value%ledger.Rupiah != 0 {
		style = s.totalCents
	}
	return excelize.Cell{StyleID: style, Formula: formula, Value: number(value)}
}

// checkCount and checkAmount are cells that must be 0.
func (s styles) checkCount(formula string, value int) cell {
	return excelize.Cell{StyleID: s.check, Formula: formula, Value: value}
}

func (s styles) checkAmount(formula string, value ledger.Sen) cell {
	return excelize.Cell{StyleID: s.check, Formula: formula, Value: number(value)}
}

func (s styles) countFormula(formula string, value int) cell {
	return excelize.Cell{StyleID: s.whole, Formula: formula, Value: value}
}

func (s styles) countTotal(formula string, value int) cell {
	return excelize.Cell{StyleID: s.totalWhole, Formula: formula, Value: value}
}

func (s styles) count(n int) cell { return excelize.Cell{StyleID: s.whole, Value: n} }

// at is a date cell in WIB; the zero time is no cell.
func (s styles) at(t time.Time) cell {
	if t.IsZero() {
		return nil
	}
	return excelize.Cell{StyleID: s.time, Value: t.In(ledger.WIB).Truncate(time.Second)}
}

// leftAt is at without a border, aligned with texts above and below it.
func (s styles) leftAt(t time.Time) cell {
	if t.IsZero() {
		return nil
	}
	return excelize.Cell{StyleID: s.factTime, Value: t.In(ledger.WIB).Truncate(time.Second)}
}

// number is an amount in rupiah as a cell takes it. Only an amount with sen becomes a float, and
// only to be written: its shortest decimal form is the amount's own.
func number(amount ledger.Sen) any {
	if amount%ledger.Rupiah == 0 {
		return int64(amount / ledger.Rupiah)
	}
	value, _ := strconv.ParseFloat(amount.String(), 64) // String writes nothing else than a decimal number
	return value
}

// clean makes text fit for a cell: what XML forbids, other control characters and those that turn
// the direction of writing (a name could show another account's digits) become U+FFFD; what is
// longer than a cell ends with an ellipsis.
func clean(value string) string {
	if len(value) <= textLimit && plain(value) {
		return value
	}
	value = strings.Map(func(r rune) rune {
		if forbidden(r) {
			return utf8.RuneError
		}
		return r
	}, value)
	if len(value) <= textLimit { // a byte is never more than one unit
		return value
	}
	units := 0
	for i, r := range value {
		if units += utf16.RuneLen(r); units > textLimit-1 {
			if units == textLimit && i+utf8.RuneLen(r) == len(value) {
				return value
			}
			return value[:i] + "…"
		}
	}
	return value
}

// plain reports whether value is nothing but printable ASCII characters, as most texts are.
func plain(value string) bool {
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return false
		}
	}
	return true
}

func forbidden(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return false
	case r < 0x20, r >= 0x7F && r <= 0x9F, r == 0xFFFE, r == 0xFFFF:
		return true
	}
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x061C || r == 0x200F
}
