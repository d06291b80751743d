package payroll

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
)

// templateRows is for how many lines the template offers its drop-down and checks. The formats go down
// the whole sheet; a longer payroll only lacks the help.
const templateRows = 20_000

// WriteTemplate writes an empty payroll workbook to w: the sheet Payroll with the header, formats and checks
// that keep a spreadsheet from damaging what is typed, the sheet Banks behind its drop-down, and instructions in
// English and Indonesian. Filled in and saved, it is read without a warning; as it is, it is refused, because no
// line stands in it. Payroll is the first sheet, so that it is also the one that a spreadsheet saves as CSV.
func WriteTemplate(w io.Writer) error {
	file := excelize.NewFile()
	defer file.Close()
	t := &template{file: file}
	t.payroll()
	t.banks()
	t.instructions()
	if t.err != nil {
		return fmt.Errorf("write template: %w", t.err)
	}
	_, err := file.WriteTo(w)
	return err
}

// template writes cell after cell and keeps the first error.
type template struct {
	file *excelize.File
	err  error
}

func (t *template) do(err error) {
	if t.err == nil {
		t.err = err
	}
}

func (t *template) style(s *excelize.Style) int {
	id, err := t.file.NewStyle(s)
	t.do(err)
	return id
}

const (
	payrollSheet      = "Payroll"
	bankSheet         = "Banks"
	instructionsSheet = "Instructions"
)

// formatText is the built-in number format "@", text (ECMA-376 part 1, 18.8.30).
const formatText = 49

// Colours of the header: what has to be filled in stands out.
const (
	requiredColour = "9DC3E6"
	optionalColour = "E7E6E6"
)

func (t *template) headStyle(colour string) int {
	return t.style(&excelize.Style{NumFmt: formatText, Font: &excelize.Font{Bold: true},
		Alignment: &excelize.Alignment{Vertical: "center"},
		Border:    []excelize.Border{{Type: "bottom", Style: 1, Color: "7F7F7F"}},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}})
}

func (t *template) payroll() {
	t.do(t.file.SetSheetName("Sheet1", payrollSheet))
	text := t.style(&excelize.Style{NumFmt: formatText})
	grouped := "#,##0"
	money := t.style(&excelize.Style{CustomNumFmt: &grouped})
	required, optional := t.headStyle(requiredColour), t.headStyle(optionalColour)
	for i, column := range templateColumns {
		letter, err := excelize.ColumnNumberToName(i + 1)
		t.do(err)
		style, head := text, optional
		if column.field == fieldAmount {
			style = money
		}
		if column.required {
			head = required
		}
		t.do(t.file.SetColStyle(payrollSheet, letter, style))
		t.do(t.file.SetColWidth(payrollSheet, letter, letter, column.width))
		t.do(t.file.SetCellStr(payrollSheet, letter+"1", column.header))
		t.do(t.file.SetCellStyle(payrollSheet, letter+"1", letter+"1", head))
		t.validation(letter, column)
	}
	t.do(t.file.SetRowHeight(payrollSheet, 1, 22))
	t.freeze(payrollSheet)
	t.printed(payrollSheet, "$1:$1")
}

// validation lets the spreadsheet say what belongs in a column, and refuse what the reader would refuse.
func (t *template) validation(letter string, column templateColumn) {
	v := excelize.NewDataValidation(true)
	v.SetSqref(fmt.Sprintf("%s2:%s%d", letter, letter, templateRows+1))
	v.SetInput(column.header, column.prompt)
	switch column.field {
	case fieldBank:
		v.SetSqrefDropList(fmt.Sprintf("%s!$A$2:$A$%d", bankSheet, len(payableBanks())+1))
		v.SetError(excelize.DataValidationErrorStyleWarning, column.header, bankMessage)
	case fieldAccount:
		t.do(v.SetRange(accountFormula(letter+"2"), "", excelize.DataValidationTypeCustom, excelize.DataValidationOperatorBetween))
		v.SetError(excelize.DataValidationErrorStyleStop, column.header, accountMessage())
	case fieldAmount:
		t.do(v.SetRange(1, int(defaultMaxAmount/ledger.Rupiah), excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween))
		v.SetError(excelize.DataValidationErrorStyleStop, column.header, amountMessage())
	}
	t.do(t.file.AddDataValidation(payrollSheet, v))
}

// accountFormula is true for a cell whose text is digits and nothing else, as many as account numbers have. It takes
// the digits out one after the other: Excel allows no constant list in a validation, and a range of helper cells
// shrinks when somebody deletes rows.
func accountFormula(cell string) string {
	rest := cell
	for digit := range 10 {
		rest = fmt.Sprintf(`SUBSTITUTE(%s,%d,"")`, rest, digit)
	}
	return fmt.Sprintf(`AND(ISTEXT(%s),LEN(%s)&gt;%d,LEN(%s)&lt;%d,%s="")`, cell, cell, minAccountDigits-1, cell, maxAccountDigits+1, rest)
}

// freeze keeps the header in sight.
func (t *template) freeze(sheet string) {
	t.do(t.file.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: "A2", ActiveCell: "A2", Pane: "bottomLeft"}}}))
}

// printed sets a sheet for A4 (size 9) across, as wide as the paper, with the header on every page.
func (t *template) printed(sheet, header string) {
	paper, orientation, wide, high, fit := 9, "landscape", 1, 0, true
	t.do(t.file.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &paper, Orientation: &orientation, FitToWidth: &wide, FitToHeight: &high}))
	t.do(t.file.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
	t.do(t.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: sheet + "!" + header, Scope: sheet}))
}

// payableBanks are the banks to choose from: one for each code, without the central bank.
func payableBanks() []Bank {
	var banks []Bank
	for _, bank := range allBanks() {
		if bank.Primary && bank.Code != centralBank {
			banks = append(banks, bank)
		}
	}
	return banks
}

// bankChoice is a bank as the drop-down offers it: its code and its short name. A wallet's code is its name.
func bankChoice(b Bank) string {
	if b.Code == b.ShortName {
		return b.Code
	}
	return b.Code + " " + b.ShortName
}

// banks writes what the drop-down offers, code and short name in one cell, with the full name beside it.
func (t *template) banks() {
	_, err := t.file.NewSheet(bankSheet)
	t.do(err)
	t.do(t.file.SetColStyle(bankSheet, "A:B", t.style(&excelize.Style{NumFmt: formatText})))
	t.do(t.file.SetColWidth(bankSheet, "A", "A", 34))
	t.do(t.file.SetColWidth(bankSheet, "B", "B", 60))
	t.do(t.file.SetSheetRow(bankSheet, "A1", &[]any{"Choice / Pilihan", "Full name / Nama lengkap"}))
	t.do(t.file.SetCellStyle(bankSheet, "A1", "B1", t.headStyle(requiredColour)))
	for i, bank := range payableBanks() {
		t.do(t.file.SetSheetRow(bankSheet, fmt.Sprintf("A%d", i+2), &[]any{bankChoice(bank), bank.Name}))
	}
	t.freeze(bankSheet)
	t.printed(bankSheet, "$1:$1")
}

// instructions writes what belongs in each column and what to do, English and Indonesian side by side. The examples
// stand here and not among the lines, so that nobody can pay one.
func (t *template) instructions() {
	_, err := t.file.NewSheet(instructionsSheet)
	t.do(err)
	wrapped := t.style(&excelize.Style{NumFmt: formatText, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	t.do(t.file.SetColStyle(instructionsSheet, "A:D", wrapped))
	for letter, width := range map[string]float64{"A": 20, "B": 56, "C": 56, "D": 26} {
		t.do(t.file.SetColWidth(instructionsSheet, letter, letter, width))
	}
	rows := [][]any{{"Column / Kolom", "English", "Bahasa Indonesia", "Example / Contoh"}}
	for _, column := range templateColumns {
		need, perlu := "Optional. ", "Boleh kosong. "
		if column.required {
			need, perlu = "Required. ", "Wajib. "
		}
		rows = append(rows, []any{column.header, need + column.english, perlu + column.indonesian, column.example})
	}
	for _, rule := range templateRules {
		rows = append(rows, []any{rule.title, rule.english, rule.indonesian})
	}
	for i, row := range rows {
		t.do(t.file.SetSheetRow(instructionsSheet, fmt.Sprintf("A%d", i+1), &row))
		t.do(t.file.SetRowHeight(instructionsSheet, i+1, wrappedHeight(row)))
	}
	t.do(t.file.SetCellStyle(instructionsSheet, "A1", "D1", t.headStyle(requiredColour)))
	t.freeze(instructionsSheet)
	t.printed(instructionsSheet, "$1:$1")
}

// wrappedHeight is the height in points of a row of the instructions: a line is 15 points high and holds some 54
// characters in the columns of text. Without it Excel shows the first line only until somebody widens the row.
func wrappedHeight(row []any) float64 {
	lines := 1
	for _, cell := range row {
		lines = max(lines, (len(fmt.Sprint(cell))+53)/54)
	}
	return float64(15*lines + 5)
}
