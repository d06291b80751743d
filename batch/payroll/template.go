package payroll

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// templateRows is for how many lines the template offers its drop-down and checks. The formats go down
// the whole sheet; a longer payroll only lacks the help.
const templateRows = 20_000

// templateColumn is a column of the template.
type templateColumn struct {
	header string
	width  float64
	text   bool // formatted as text, so that zeros in front stay
}

var templateColumns = []templateColumn{
	{"Employee ID", 16, true}, {"Name", 32, true}, {"Bank", 24, true}, {"Account number", 22, true}, {"Amount", 18, false},
	{"Phone", 18, true}, {"Email", 28, true}, {"Remark", 28, true}, {"Cost center", 16, true}, {"Pay type", 14, true},
}

// WriteTemplate writes an empty payroll workbook to w: the sheet Payroll with the header, formats and checks
// that keep Excel from damaging what is typed, the sheet Banks behind its drop-down, and instructions in
// English and Indonesian. Filled in and saved, it is read without a warning.
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

func (t *template) payroll() {
	t.do(t.file.SetSheetName("Sheet1", payrollSheet))
	text := t.style(&excelize.Style{NumFmt: formatText})
	grouped := "#,##0"
	money := t.style(&excelize.Style{CustomNumFmt: &grouped})
	head := t.headStyle()
	for i, column := range templateColumns {
		letter, err := excelize.ColumnNumberToName(i + 1)
		t.do(err)
		style := money
		if column.text {
			style = text
		}
		t.do(t.file.SetColStyle(payrollSheet, letter, style))
		t.do(t.file.SetColWidth(payrollSheet, letter, letter, column.width))
		t.do(t.file.SetCellStr(payrollSheet, letter+"1", column.header))
		t.do(t.file.SetCellStyle(payrollSheet, letter+"1", letter+"1", head))
	}
	t.do(t.file.SetPanes(payrollSheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	t.validations()
}

func (t *template) headStyle() int {
	return t.style(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: formatText,
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}}})
}

// validations let Excel refuse amounts that the reader would refuse, and offer the banks.
func (t *template) validations() {
	amount := excelize.NewDataValidation(true)
	amount.SetSqref(fmt.Sprintf("E2:E%d", templateRows+1))
	t.do(amount.SetRange(1, int(defaultMaxAmount/100), excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween))
	amount.SetError(excelize.DataValidationErrorStyleStop, "Amount / Jumlah",
		"Whole rupiah, more than 0. / Rupiah bulat, lebih dari 0.")
	t.do(t.file.AddDataValidation(payrollSheet, amount))

	bank := excelize.NewDataValidation(true)
	bank.SetSqref(fmt.Sprintf("C2:C%d", templateRows+1))
	bank.SetSqrefDropList(fmt.Sprintf("%s!$A$2:$A$%d", bankSheet, len(payableBanks())+1))
	bank.SetError(excelize.DataValidationErrorStyleWarning, "Bank",
		"Not in the list of the sheet Banks. / Tidak ada di daftar sheet Banks.")
	t.do(t.file.AddDataValidation(payrollSheet, bank))
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

func (t *template) banks() {
	_, err := t.file.NewSheet(bankSheet)
	t.do(err)
	text, head := t.style(&excelize.Style{NumFmt: formatText}), t.headStyle()
	t.do(t.file.SetColStyle(bankSheet, "A:C", text))
	t.do(t.file.SetColWidth(bankSheet, "A", "A", 28))
	t.do(t.file.SetColWidth(bankSheet, "C", "C", 56))
	t.do(t.file.SetSheetRow(bankSheet, "A1", &[]any{"Bank", "Code", "Full name"}))
	t.do(t.file.SetCellStyle(bankSheet, "A1", "C1", head))
	for i, bank := range payableBanks() {
		t.do(t.file.SetSheetRow(bankSheet, fmt.Sprintf("A%d", i+2), &[]any{bank.ShortName, bank.Code, bank.Name}))
	}
}

// instructionText is what the sheet Instructions says, a paragraph a row.
const instructionText = `HOW TO FILL IN THE SHEET "Payroll"
One row for each payment, directly below the header. Do not leave the required columns empty.
Employee ID (required): as text; zeros in front stay.
Name (required): the name of the account's holder, as the bank knows it.
Bank (required): choose from the list, or write the bank's code (014) or name (BCA).
Account number (required): digits only, as text. Paste with "Paste values", so that the text format stays.
Amount (required): whole rupiah in digits, 1500000. No formula that is not computed, no Rp, no decimals.
Phone, Email, Remark, Cost center, Pay type: optional. Pay type tells a second payment of the month (THR, bonus) from the salary.
Further columns may be added to the right; they come back in the report.
A row TOTAL with the sum in the amount column may stand below the last line; it is compared.

CARA MENGISI SHEET "Payroll"
Satu baris untuk satu pembayaran, langsung di bawah judul kolom. Kolom wajib tidak boleh kosong.
Employee ID (wajib): NIK atau nomor karyawan sebagai teks; angka nol di depan tetap ada.
Name (wajib): nama pemilik rekening, sesuai data bank.
Bank (wajib): pilih dari daftar, atau tulis kode bank (014) atau nama bank (BCA).
Account number (wajib): nomor rekening, hanya angka, sebagai teks. Tempel dengan "Paste values" agar format teks tidak berubah.
Amount (wajib): rupiah bulat dengan angka saja, 1500000. Tanpa Rp, tanpa desimal.
Phone, Email, Remark, Cost center, Pay type: boleh kosong. Pay type membedakan pembayaran kedua dalam sebulan (THR, bonus) dari gaji.
Kolom lain boleh ditambahkan di sebelah kanan; isinya muncul kembali di laporan.
Baris TOTAL dengan jumlah di kolom Amount boleh ada di bawah baris terakhir; jumlahnya dicocokkan.`

func (t *template) instructions() {
	_, err := t.file.NewSheet(instructionsSheet)
	t.do(err)
	t.do(t.file.SetColWidth(instructionsSheet, "A", "A", 120))
	for i, paragraph := range strings.Split(instructionText, "\n") {
		t.do(t.file.SetCellStr(instructionsSheet, fmt.Sprintf("A%d", i+1), paragraph))
	}
}
