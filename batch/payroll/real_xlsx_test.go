package payroll_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"gajian/batch/payroll"
	"gajian/ledger"
)

// realPassword is that of the one file that has one.
const realPassword = "gaji-contoh-2026"

// The four people of nearly all files: the lines that they are, from the given row on.
func four(row int) string { return fourAt(row, row+1, row+2, row+3) }

func fourAt(rows ...int) string {
	return fmt.Sprintf("%d K-001 Budi Santoso 014 0123456789 4500000\n%d K-002 Siti Aminah 008 1230004567891 5250000\n"+
		"%d K-003 Agus Wijaya 002 012301004567509 3875500\n%d K-004 Dewi Lestari 009 0987654321 6100000", rows[0], rows[1], rows[2], rows[3])
}

// What several files are told; … stands for any text.
const (
	useXLSX  = "; open it in a spreadsheet program and save it as an Excel workbook (.xlsx)"
	asNumber = "; format the column as number without decimals, and check what it shows"
	computed = `amounts come from formulas in %s, this one first; the values are those of when the file was last computed; open the file in Excel and save it, so that they are current`
	numbered = `line 3 (%s!D3), account_number "1230004567891": the account number is a number cell, where zeros in front are lost; …`
	merged   = `line %d (Sheet1!D%d), bank: the bank is empty: the cells D2:D5 are merged, and only the first of them has a value; unmerge the cells and fill in each of them`
)

// lostZeros are the problems of the four people's accounts when they are number cells.
func lostZeros(sheet string) []string {
	return []string{
		`line 2 (` + sheet + `!D2), account_number "123456789": …zeros in front were lost; probably "0123456789"; …`,
		`line 4 (` + sheet + `!D4), account_number "12301004567509": …zeros in front were lost; probably "012301004567509"; …`,
		`line 5 (` + sheet + `!D5), account_number "987654321": …zeros in front were lost; probably "0987654321"; …`,
	}
}

// each repeats a message for rows, which it names in two places.
func each(format string, rows ...int) []string {
	var messages []string
	for _, row := range rows {
		messages = append(messages, fmt.Sprintf(format, row, row))
	}
	return messages
}

// realFiles are the files of testdata/real/xlsx. Each was written by the program that its name begins with; what is
// expected was worked out from what a person sees in it.
var realFiles = []struct {
	name, sees string
	options    payroll.Options
	lines      string
	problems   []string
	warnings   []string
}{
	{name: "calc-id-form.xlsx", sees: "company and month above, a running number, a total, the total in words, signatures", lines: four(6)},
	{name: "calc-id-form.xlsm", sees: "the same under the name of a workbook with macros, amounts with Rp", lines: four(6)},
	{name: "calc-id-form.xltx", sees: "the same as a template, amounts with Rp and ,00", lines: four(6)},
	{name: "calc-en-form.xlsx", sees: "the same by an American office", lines: four(6)},
	{name: "calc-de-form.xlsx", sees: "the same by a German office", lines: four(6)},
	{name: "calc-de-idr-behind.xlsx", sees: "amounts with ,00 IDR behind them", lines: four(6)},
	{name: "calc-id-accounting.xlsx", sees: "amounts in the format of accountants", lines: four(6)},
	{name: "calc-id-password.xlsx", sees: "the form under a password that is given", options: payroll.Options{Password: realPassword}, lines: four(6)},
	{name: "calc-id-password.xlsx", sees: "the form under a password that nobody gave",
		problems: []string{"the file: the workbook is protected by a password; give the password in the environment variable GAJIAN_FILE_PASSWORD, or save the workbook without one"}},
	{name: "calc-id-password.xlsx", sees: "the form under another password", options: payroll.Options{Password: "gaji"},
		problems: []string{"the file: the workbook does not open with this password; check GAJIAN_FILE_PASSWORD, or save the workbook without a password"}},
	{name: "calc-de-euro.xlsx", sees: "amounts and total with the sign of the euro",
		problems: each(`line %d (Sheet1!F%d), amount …: the cell's format shows another currency than rupiah; …`, 6, 7, 8, 9, 10)},
	{name: "calc-de-in-thousands.xlsx", sees: "amounts that show only their thousands",
		problems: each(`line %d (Sheet1!F%d), amount …: the cell's format shows the number divided by thousands; …`, 6, 7, 8, 9, 10)},
	{name: "calc-de-typed-amounts.xlsx", sees: "amounts typed as 4.500.000", lines: four(2)},
	{name: "calc-id-typed.xlsx", sees: "everything typed by hand, so that accounts became numbers", problems: lostZeros("Sheet1"), warnings: []string{fmt.Sprintf(numbered, "Sheet1")}},
	{name: "calc-id-amounts-as-text.xlsx", sees: "amounts as text: Rp 4.500.000,- and its like", lines: four(2)},
	{name: "calc-id-two-row-header.xlsx", sees: "a header of two rows with merged cells, net pay by a formula", lines: four(5),
		warnings: []string{`line 5 (Sheet1!H5), amount…: ` + fmt.Sprintf(computed, "4 lines")}},
	{name: "calc-id-header-on-every-page.xlsx", sees: "the same header once more in the middle, as on a second page", lines: fourAt(3, 4, 8, 9),
		warnings: []string{"line 6: the header stands here once more; the row is skipped; nothing, if that is so", "line 7: the header stands here once more; the row is skipped; nothing, if that is so"}},
	{name: "calc-id-numbered-columns.xlsx", sees: "the columns numbered (1) to (6) below the header", lines: four(3)},
	{name: "calc-id-departments.xlsx", sees: "two departments with heading and subtotal, and a grand total", lines: fourAt(3, 4, 8, 9),
		warnings: []string{`line 2 "Divisi: Produksi": the row is the heading of a group; it is skipped; nothing, if nobody is to be paid by it`,
			`line 7 "Divisi: Kantor": the row is the heading of a group; it is skipped; nothing, if nobody is to be paid by it`}},
	{name: "calc-id-header-line-breaks.xlsx", sees: "headers with line breaks, stars and other order", lines: four(2)},
	{name: "calc-id-merged-bank.xlsx", sees: "one bank for four people in a merged cell", problems: each(merged, 3, 4, 5)},
	{name: "calc-id-gross-and-net.xlsx", sees: "basic pay, allowance, deduction and net pay", lines: four(2), warnings: []string{`line 2 (Sheet1!H2), amount…: ` + fmt.Sprintf(computed, "4 lines")}},
	{name: "calc-id-pay-and-net.xlsx", sees: "Total Gaji, and behind it Total Diterima", lines: four(2)},
	{name: "calc-id-sum-and-net.xlsx", sees: "Jumlah beside THP",
		problems: []string{`line 1 (Sheet1!F1), amount "THP": two columns are headed as amount: "Jumlah" and "THP", and only one can be what is paid out; name the one that is paid out "Gaji Bersih", and the other by what it is, like "Gaji Kotor"`}},
	{name: "calc-id-gross-only.xlsx", sees: "basic pay and allowance, and no net pay",
		problems: []string{"the file, amount: the column amount is missing; the header in line 1 has: NIK, Nama, Bank, No Rek, Gaji Pokok, Tunjangan; add the column, or name the one that has it \"Gaji Bersih\"; `gajian template` has all of them"}},
	{name: "calc-id-vlookup.xlsx", sees: "amounts looked up on a hidden sheet", lines: four(2), warnings: []string{`line 2 (Sheet1!E2), amount…: ` + fmt.Sprintf(computed, "4 lines")}},
	{name: "calc-id-formula-errors.xlsx", sees: "a look-up that fails and a division by zero", problems: []string{
		`line 3 (Sheet1!E3), amount "#N/A": the cell is an error value: the formula looks something up that is not there; mend the formula or type the value`,
		`line 4 (Sheet1!E4), amount "#DIV/0!": the cell is an error value: the formula divides by zero; mend the formula or type the value`},
		warnings: []string{`line 3 (Sheet1!E3), amount…: ` + fmt.Sprintf(computed, "2 lines")}},
	{name: "calc-id-last-month-hidden.xlsx", sees: "last month's payroll on a hidden sheet", lines: four(2)},
	{name: "calc-id-last-month-hidden.xlsx", sees: "the hidden one, asked for by name", options: payroll.Options{Sheet: "oktober"},
		lines: strings.NewReplacer("4500000", "4499999", "5250000", "5249999", "3875500", "3875499", "6100000", "6099999").Replace(four(2))},
	{name: "calc-id-two-sheets.xlsx", sees: "two sheets with a payroll each", problems: []string{`the file: two sheets look like a payroll: "Gaji Kantor" and "Gaji Pabrik"; say which with --sheet, or hide the others`}},
	{name: "calc-id-two-sheets.xlsx", sees: "one of the two by its name", options: payroll.Options{Sheet: "Gaji Pabrik"}, lines: "2 K-001 Budi Santoso 014 0123456789 4500000"},
	{name: "calc-id-date-as-amount.xlsx", sees: "a date among the amounts", problems: []string{`line 3 (Sheet1!E3), amount "46351": the cell is formatted as a date; format the column as number and type the amount again`}},
	{name: "calc-en-currency.xlsx", sees: "English headers, banks by their long names, amounts with Rp and cents", lines: four(2)},
	{name: "calc-en-hidden-row.xlsx", sees: "a hidden row", lines: four(2),
		warnings: []string{`line 4 …: hidden or filtered rows: 1 line, this one first; hidden lines are paid like the others; unhide the rows to see them, and delete those that must not be paid`}},
	{name: "calc-en-filtered.xlsx", sees: "a filter that leaves one of four", lines: four(2),
		warnings: []string{`line 3 …: hidden or filtered rows: 3 lines, this one first; hidden lines are paid like the others; unhide the rows to see them, and delete those that must not be paid`}},
	{name: "calc-en-dates-from-1904.xlsx", sees: "dates of joining, counted from 1904", lines: four(2)},
	{name: "calc-en-begins-at-C5.xlsx", sees: "a table that begins at C5", lines: four(6)},
	{name: "calc-en-account-shown-with-zeros.xlsx", sees: "number cells that a format fills up with zeros", problems: []string{
		`line 2 (Sheet1!D2), account_number "123456789": …probably "0123456789"; …`, `line 4 (Sheet1!D4), account_number "12301004567509": …probably "012301004567509"; …`,
		`line 5 (Sheet1!D5), account_number "987654321": …probably "0987654321"; …`}, warnings: []string{fmt.Sprintf(numbered, "Sheet1")}},
	{name: "calc-en-long-numbers.xlsx", sees: "an account of 18 digits as a number, and 1.23457E+12 as text", problems: []string{
		`line 3 (Sheet1!D3), account_number "1.23457E+12": scientific notation…`, `line 4 (Sheet1!D4), account_number "1.23456789012346E+017": scientific notation…`}},
	{name: "calc-en-strange-digits.xlsx", sees: "an apostrophe, wide digits, dashes, O and l for 0 and 1", problems: []string{
		`line 3 (Sheet1!D3), account_number "１２３０００４５６７８９１": …another script; probably "1230004567891"; …`, `line 5 (Sheet1!D5), account_number "O98765432l": …letters…probably "0987654321"; …`},
		warnings: []string{`line 2 (Sheet1!D2), account_number "'0123456789": …`, `line 4 (Sheet1!D4), account_number "0123-0100-4567-509": …`}},
	{name: "calc-en-amounts-that-are-none.xlsx", sees: "(500,000), zero, a dash, and three quarters of a rupiah", problems: []string{
		`line 2 (Sheet1!E2), amount "-500000": the amount is negative…`, `line 3 (Sheet1!E3), amount "0": the amount is zero; delete the line, or write the amount`,
		`line 4 (Sheet1!E4), amount "-": …`, `line 5 (Sheet1!E5), amount "6100000.75": the amount has a fraction of a rupiah…`}},
	{name: "calc-en-rich-text-and-notes.xlsx", sees: "a name half in bold, a note, a truth value beside", lines: four(2)},
	{name: "calc-en-total-misses-one.xlsx", sees: "a total that leaves the last line out",
		problems: []string{`line 7 (Sheet1!E7), amount "13625500": the total row says 13,625,500, but the lines above add up to 19,725,500 (difference -6,100,000); find the line that is missing, doubled or wrong, or correct the total`}},
	{name: "calc-en-ods-named.xlsx", sees: "an .ods under the name of a workbook", problems: []string{"the file: the file is an OpenDocument file (.ods)" + useXLSX}},
	{name: "calc-en-xls-named.xlsx", sees: "an .xls under the name of a workbook", problems: []string{"the file: the file is an old Excel workbook (.xls) or another old Office document" + useXLSX}},
	{name: "calc-en-plain.fods", sees: "a flat OpenDocument file", problems: []string{"the file: the file is …; open it in a spreadsheet program and save it as an Excel workbook (.xlsx)…"}},
	{name: "calc-en-plain.xml", sees: "an XML spreadsheet of 2003", problems: []string{"the file: the file is …; open it in a spreadsheet program and save it as an Excel workbook (.xlsx)…"}},
	{name: "calc-en-plain.html", sees: "a web page", problems: []string{"the file: the file is a web page…; open it in a spreadsheet program and save it as an Excel workbook (.xlsx)…"}},
	{name: "calc-en-plain.pdf", sees: "a PDF", problems: []string{"the file: the file is a PDF document, …"}},
	{name: "calc-en-plain.slk", sees: "a SYLK file", problems: []string{"the file: the file is a SYLK spreadsheet, …"}},
	{name: "gnumeric-2007.xlsx", sees: "texts with apostrophes taken off, one amount by a formula", lines: four(2), warnings: []string{`line 5 ('plain.csv'!E5), amount…: ` + fmt.Sprintf(computed, "1 line")}},
	{name: "gnumeric-2010-numbers.xlsx", sees: "accounts that gnumeric took for numbers", problems: lostZeros("'numbers.csv'"),
		warnings: []string{fmt.Sprintf(numbered, "'numbers.csv'"), `line 5 ('numbers.csv'!E5), amount…: ` + fmt.Sprintf(computed, "1 line")}},
	{name: "gnumeric.xls", sees: "an .xls of gnumeric", problems: []string{"the file: the file is an old Excel workbook (.xls) or another old Office document" + useXLSX}},
	{name: "gnumeric.gnumeric", sees: "gnumeric's own file, which is compressed", problems: []string{"the file: the file is …"}},
	{name: "openpyxl-table-and-chart-sheet.xlsx", sees: "a table object, a note, a drop-down of banks and a sheet that is a chart", lines: four(2)},
	{name: "openpyxl-formulas-never-computed.xlsx", sees: "amounts by formulas of which no value was stored",
		problems: each(`line %d (Sheet!E%d), amount: the formula has no computed value; open the file in Excel, let it compute, and save it again`, 2, 3, 4, 5),
		warnings: []string{`line 2 (Sheet!E2), amount…: ` + fmt.Sprintf(computed, "4 lines")}},
	{name: "openpyxl-write-only.xlsx", sees: "a sheet that was written as a stream", lines: four(2)},
	{name: "openpyxl-dates-and-booleans-1904.xlsx", sees: "dates from 1904 and truth values in other columns", lines: four(2)},
	{name: "openpyxl-numbers-as-text-and-very-hidden-sheet.xlsx", sees: "numbers kept as text with Excel's apostrophe, and a sheet that nobody can unhide", lines: four(2)},
	{name: "openpyxl-accounts-as-numbers.xlsx", sees: "accounts as numbers", problems: lostZeros("Sheet"), warnings: []string{fmt.Sprintf(numbered, "Sheet")}},
	{name: "openpyxl-odd-blanks.xlsx", sees: "blanks that do not break, blanks without width, blanks at the end", lines: four(2), warnings: []string{
		`line 2 (Sheet!B2), name …invisible characters…`, `line 2 (Sheet!D2), account_number …`, `line 3 (Sheet!B3), name …invisible characters…`, `line 3 (Sheet!D3), account_number …`,
		`line 4 (Sheet!B4), name …invisible characters…`, `line 4 (Sheet!D4), account_number …`, `line 5 (Sheet!B5), name …invisible characters…`, `line 5 (Sheet!D5), account_number …`}},
	{name: "openpyxl-currency-column.xlsx", sees: "a column of currencies with one USD", problems: []string{`line 4 (Sheet!E4), Mata Uang "USD": the amount is in another currency than rupiah; write the amount in rupiah`}},
	{name: "openpyxl-hidden-account-column.xlsx", sees: "the column of accounts hidden", lines: four(2),
		warnings: []string{`line 1 (Sheet!D1), account_number "No. Rekening": the column is hidden; it is read like the others; unhide it and check what stands in it`}},
	{name: "openpyxl-merged-header.xlsx", sees: "the last header merged with the empty column beside it", lines: four(2)},
	{name: "openpyxl-paid-twice.xlsx", sees: "one person twice, and one account for two; who is held is decided later", lines: four(2) + "\n6 K-002 Siti Aminah 008 1230004567891 5250000\n7 K-005 Rudi Hartono 014 0123456789 1000000"},
	{name: "openpyxl-no-payroll.xlsx", sees: "a list of addresses",
		problems: []string{"the file: no header with employee_id, name, bank, account_number and amount in the first 20 rows of any visible sheet (Sheet); name the columns in one row, as in `gajian template`"}},
	{name: "openpyxl-template-named.xlsx", sees: "a template under the name of a workbook", lines: four(2)},
	{name: "xlsxwriter-inline-strings.xlsx", sees: "texts in their cells", lines: four(2)},
	{name: "xlsxwriter-macro-enabled.xlsm", sees: "a plain table as .xlsm", lines: four(2)},
	{name: "xlsxwriter-formulas-never-computed.xlsx", sees: "formulas whose value the library wrote as zero",
		problems: each(`line %d (Sheet1!E%d), amount "0": the formula gives zero, or was never computed; open the file in Excel, let it compute, and save it again; delete the line if it is zero then`, 2, 3, 4, 5),
		warnings: []string{`line 2 (Sheet1!E2), amount…: ` + fmt.Sprintf(computed, "4 lines")}},
	{name: "xlsxwriter-rich-text-protected-sheet.xlsx", sees: "a name and an account half in bold, bars behind the amounts, a locked sheet, hidden columns beside", lines: four(2)},
	{name: "xlsxwriter-accounting-format.xlsx", sees: "four formats of accountants", lines: four(2)},
	{name: "xlsxwriter-scaled-format.xlsx", sees: "5,250K in one cell",
		problems: []string{`line 3 (Sheet1!E3), amount "5250000": the cell's format shows the number divided by thousands; its value is 5250000` + asNumber}},
	{name: "xlsxwriter-strings-to-numbers.xlsx", sees: "accounts that the library made numbers of", problems: lostZeros("Sheet1"), warnings: []string{fmt.Sprintf(numbered, "Sheet1")}},
	{name: "perl-texts.xlsx", sees: "codes and accounts as text, English headers", lines: four(2)},
	{name: "perl-formula-with-value.xlsx", sees: "formulas with a value that the program gave", lines: four(2), warnings: []string{`line 2 (Payroll!E2), amount…: ` + fmt.Sprintf(computed, "4 lines")}},
	{name: "perl-guessed-numbers.xlsx", sees: "codes and accounts that the library made numbers of", problems: lostZeros("Payroll"), warnings: []string{
		`line 2 (Payroll!C2), bank "14": the bank code lost its zero in front; 014 (BCA) is taken…`, `line 3 (Payroll!C3), bank "8": …008 (BANK MANDIRI) is taken…`,
		fmt.Sprintf(numbered, "Payroll"), `line 4 (Payroll!C4), bank "2": …002 (BRI) is taken…`, `line 5 (Payroll!C5), bank "9": …009 (BANK BNI) is taken…`}},
	{name: "exceljs-formulas.xlsx", sees: "formulas with values, rich text and a note", lines: four(2), warnings: []string{`line 2 (Gaji!E2), amount…: ` + fmt.Sprintf(computed, "4 lines")}},
	{name: "exceljs-stream-inline.xlsx", sees: "texts in their cells, written as a stream", lines: four(2)},
	{name: "sheetjs-strings-in-cells.xlsx", sees: "texts as values", lines: four(2)},
	{name: "sheetjs-shared-strings.xlsx", sees: "shared texts, compressed", lines: four(2)},
	{name: "sheetjs-leading-blanks.xlsx", sees: "a blank column and blank rows in front", lines: four(5)},
	{name: "sheetjs-plain.xlsb", sees: "a binary workbook", problems: []string{"the file: the file is a binary workbook (.xlsb)" + useXLSX}},
}

func TestFilesOfRealPrograms(t *testing.T) {
	told := map[string]bool{}
	for _, f := range realFiles {
		told[f.name] = true
		t.Run(f.name+", "+f.sees, func(t *testing.T) {
			var lines []string
			result, err := payroll.Read(t.Context(), filepath.Join("testdata/real/xlsx", f.name), f.options, func(l ledger.Line) error {
				lines = append(lines, fmt.Sprint(l.Number, " ", l.EmployeeID, " ", l.Name, " ", l.BankCode, " ", l.AccountNumber, " ", int64(l.Amount/ledger.Rupiah)))
				return nil
			})
			var refused *payroll.RefusedError
			switch {
			case err == nil && f.lines == "":
				t.Errorf("it is read, as\n%s", strings.Join(lines, "\n"))
			case err == nil && strings.Join(lines, "\n") != f.lines:
				t.Errorf("it is read as\n%s\nand not as\n%s", strings.Join(lines, "\n"), f.lines)
			case err != nil && !errors.As(err, &refused):
				t.Error(err)
			case err != nil:
				compareMessages(t, "problems", refused.Problems, f.problems)
			case len(f.problems) > 0:
				t.Error("it is accepted")
			}
			compareMessages(t, "warnings", result.Warnings, f.warnings)
		})
	}
	files, err := os.ReadDir("testdata/real/xlsx")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if info, err := file.Info(); err == nil && !file.IsDir() && file.Name() != "README.md" && (!told[file.Name()] || info.Size() > 20_000) {
			t.Errorf("%s has no expectation, or is larger than 20 kB", file.Name())
		}
	}
}

// A copy of a file that people use every day must be one that they can use.
func TestCopiesOfFilesOfRealPrograms(t *testing.T) {
	for _, f := range realFiles {
		path := filepath.Join("testdata/real/xlsx", f.name)
		lines, result, err := readFile(t, path, f.options)
		if result.Sheet == "" || err != nil && strings.Contains(err.Error(), "two columns") || err != nil && strings.Contains(err.Error(), "is missing") {
			continue // nothing of it can be read
		}
		t.Run(f.name+", "+f.sees, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "fixed"+filepath.Ext(f.name))
			fixes, errFixed := payroll.WriteFixed(t.Context(), path, out, f.options)
			if errFixed != nil || fixes.Plain {
				t.Fatalf("%+v, %v", fixes, errFixed)
			}
			again, _, errAgain := readFile(t, out, f.options)
			if left := problemsOf(t, errAgain); len(left) != fixes.Left || err == nil && !reflect.DeepEqual(again, lines) {
				t.Errorf("the fixed copy reads as %v with the problems %v", again, left)
			}
			marked := strings.Replace(out, "fixed", "marked", 1)
			if _, err := payroll.WriteMarked(t.Context(), path, marked, f.options, nil); err != nil {
				t.Fatal(err)
			}
			again, _, errAgain = readFile(t, marked, f.options)
			if places(problemsOf(t, errAgain)) != places(problemsOf(t, err)) || !reflect.DeepEqual(again, lines) {
				t.Errorf("the marked copy reads as %#v with the problems %v, not %#v", again, problemsOf(t, errAgain), lines)
			}
		})
	}
}

// compareMessages compares findings with patterns, in order.
func compareMessages(t *testing.T, what string, found []payroll.Problem, want []string) {
	t.Helper()
	for i := range max(len(found), len(want)) {
		have, pattern := "none", "none"
		if i < len(found) {
			have = found[i].String()
		}
		if i < len(want) {
			pattern = want[i]
		}
		exact := "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), "…", ".*") + "$"
		if !regexp.MustCompile(exact).MatchString(have) {
			t.Errorf("%s %d:\n%s\nwant\n%s", what, i+1, have, pattern)
		}
	}
}
