package payroll_test

import (
	"strings"
	"testing"

	"gajian/batch/payroll"
)

// five is the header whose last column is the amount.
const five = "employee_id,name,bank,account_number,amount\n"

// TestHostileCSV holds files that were made, or damaged, so that somebody is paid another amount, on
// another account, or not at all. Each is refused at its line, or read as every program reads it. The
// marks are those of csvCases.
func TestHostileCSV(t *testing.T) {
	for _, tt := range []struct {
		name, text, fault, warning, lines string
		options                           payroll.Options
	}{
		{name: "a file that ends within the amount", text: five + "E1,Budi,014,1234567890,1500000\n¤E2,Siti,014,1234567891,150",
			warning: "cut short", lines: "1234567890 1500000.00,1234567891 150.00"},
		{name: "a file that ends within the account", text: "employee_id,name,bank,amount,account_number\n¤E1,Budi,050,1500000,12345678",
			warning: "cut short", lines: "12345678 1500000.00"},
		{name: "a file that ends within the pay type", text: "employee_id,name,bank,account_number,amount,pay_type\n¤E1,Budi,014,1234567890,1500000,TH",
			warning: "cut short", lines: "1234567890 1500000.00"},
		{name: "a file that ends behind the quotation mark", text: five + `E1,Budi,014,1234567890,"1500000"`, lines: "1234567890 1500000.00"},
		{name: "a file that ends within the amount, in UTF-16", text: "\xff\xfe" + wide(five+"E1,Budi,014,1234567890,150"),
			warning: "cut short", lines: "1234567890 150.00"},
		{name: "a file without its last line end and a control total that agrees", text: five + "E1,Budi,014,1234567890,1500000",
			options: payroll.Options{ExpectTotal: 150000000}, lines: "1234567890 1500000.00"},
		{name: "a file that ends within the total", text: five + "E1,Budi,014,1234567890,1500000\n§TOTAL,,,,150000", fault: "add up to"},
		{name: "a file that ends within the account, before the amount", text: five + "§E1,Budi,014,12345678", fault: "4 cells"},
		{name: "a file that ends within quotation marks", text: five + "§E1,\"Budi,014,1234567890,1500000\n", fault: "quotation mark"},

		{name: "two stray quotation marks that make one row of two", fault: "whole rows",
			text: five + "§E1,\"Budi,014,1234567890,1500000\nE2,Siti\",014,1234567891,2500000\nE3,Ani,014,1234567892,1\n"},
		{name: "two stray quotation marks three rows apart", fault: "whole rows",
			text: five + "§E1,Budi,\"014,1234567890,1500000\nE2,Siti,014,1234567891,2500000\nE3,Ani,014\",1234567892,1\n"},
		{name: "two stray quotation marks around a row end", fault: "whole rows",
			text: five + "§E1,Budi,014,\"1234567890,1500000\nE2,Siti,014,1234567891\",2500000\n"},
		{name: "an address on several lines swallows nothing", text: "employee_id,name,bank,account_number,amount,alamat\nE1,Budi,014,1234567890,1,\"Jl. Mawar, No 1\nRT 2, RW 3\"\n",
			lines: "1234567890 1.00"},
		{name: "a stray quotation mark above the header", text: "\"PT Maju\n" + five + "E1,Budi,014,1234567890,1\n", fault: "no header"},

		{name: "an employee called Total without an account", text: five + "E1,Budi,014,1234567890,1500000\n§E2,Total Siregar,014,,1500000\n", fault: "account number is empty"},
		{name: "an employee called Jumlah without an account, where the bank is a name", text: five + "E1,Budi,BCA,1234567890,1500000\n§E2,Jumlah,BCA,,1500000\n", fault: "account number is empty"},

		{name: "an account that shows in another order", text: five + "E1,Budi,014,§\u202e0987654321\u202c,1\n", fault: "another order"},
		{name: "an amount that shows in another order", text: five + "E1,Budi,014,1234567890,§\u202e2000001\n", fault: "another order"},
		{name: "an amount behind a mark of the other direction", text: five + "E1,Budi,014,1234567890,§\u200f2000001\n", fault: "another order"},
		{name: "a bank that shows in another order", text: five + "E1,Budi,§\u202e410\u202c,1234567890,1\n", fault: "another order"},
		{name: "an employee id that shows in another order", text: five + "§\u202e21E\u202c,Budi,014,1234567890,1\n", fault: "another order"},
		{name: "a number copied from a telephone's contacts", text: five + "E1,Budi,014,¤\u202a1234567890\u202c,1\n", warning: "taken out", lines: "1234567890 1.00"},

		{name: "a bank's name in Cyrillic letters", text: five + "E1,Budi,§\u0412CA,1234567890,1\n", fault: "not in the bank table"},
		{name: "a bank's name with a word in wide letters", text: five + "E1,Budi,§BCA ＳＹＡＲＩＡＨ,1234567890,1\n", fault: "not in the bank table"},
		{name: "a bank's name with a word in another script", text: five + "E1,Budi,§BCA Дигитал,1234567890,1\n", fault: "not in the bank table"},

		{name: "two accounts in one cell", text: five + "E1,Budi,050,§\"123456789\n987654321\",1\n", fault: "line break"},
		{name: "an account that is a fraction", text: five + "E1,Budi,050,§1234567890.5,1\n", fault: "decimal point"},
		{name: "an account with a plus sign", text: five + "E1,Budi,GOPAY,§+6281234567890,1\n", fault: "plus sign"},
		{name: "an account that is a formula", text: five + "E1,Budi,014,\"§=\"\"1234567890\"\"\",1\n", fault: "'='"},
		{name: "an amount that is a formula", text: five + "E1,Budi,014,1234567890,§=1+1\n", fault: "not an amount"},
		{name: "Arabic digits", text: five + "E1,Budi,014,1234567890,§٣\n", fault: "another script"},
		{name: "negative zero", text: five + "E1,Budi,014,1234567890,§-0\n", fault: "negative"},
		{name: "an exponent", text: five + "E1,Budi,014,1234567890,§1e3\n", fault: "scientific"},
		{name: "more than an int64", text: five + "E1,Budi,014,1234567890,§99999999999999999999\n", fault: "too large"},
		{name: "amounts whose sum is more than an int64", text: five + "E1,Budi,014,1234567890,90000000000000000\nE2,Siti,014,1234567891,§90000000000000000\n",
			options: payroll.Options{MaxAmount: 9_000_000_000_000_000_000}, fault: "too large"},
		{name: "a zero byte in the amount", text: five + "E1,Budi,014,1234567890,§15\x0000000\n", fault: "not an amount"},
		{name: "a zero byte in the account", text: five + "E1,Budi,014,§12345\x0067890,1\n", fault: "control character"},
		{name: "a byte order mark in the middle", text: five + "E1,Budi,014,¤12345\ufeff67890,1\n", warning: "taken out", lines: "1234567890 1.00"},
		{name: "a Unicode line separator between rows", text: five + "§E1,Budi,014,1234567890,1\u2028E2,Siti,014,1234567891,1\n", fault: "9 cells"},
		{name: "a form feed between rows", text: five + "§E1,Budi,014,1234567890,1\fE2,Siti,014,1234567891,1\n", fault: "9 cells"},
		{name: "three kinds of line ends", text: "employee_id,name,bank,account_number,amount\r\nE1,Budi,014,1234567890,1\rE2,Siti,014,1234567891,2\nE3,Ani,014,§1,3\r\n", fault: "1 digits"},
		{name: "UTF-7", text: five + "E1,Budi,014,1234567890,§+ADE-500000\n", fault: "not an amount"},
		{name: "a declared delimiter that is a digit", text: "sep=1\n" + five + "E1,Budi,014,1234567890,1\n", fault: "no header"},
		{name: "a declared delimiter that cuts amounts", text: "sep=.\n" + strings.ReplaceAll(five, ",", ".") + "§E1.Budi.014.1234567890.1.500.000\n", fault: "7 cells"},
		{name: "a declared delimiter below the header", text: five + "§sep=;\nE1,Budi,014,1234567890,1\n", fault: "1 cells"},
		{name: "a second header with other columns", text: five + "E1,Budi,014,1234567890,1\nemployee_id,name,§bank,§amount,§account_number\n"},
		{name: "a million columns", text: strings.TrimSuffix(five, "\n") + strings.Repeat(",x", 120_000) + "\nE1,Budi,014,1234567890,1\n", fault: "at most 512"},
		{name: "a million cells in one row", text: five + "§E1,Budi,014,1234567890,1" + strings.Repeat(",x", 400_000) + "\n", fault: "400005 cells"},
		{name: "a huge cell", text: five + "E1,§" + strings.Repeat("x", 500_000) + ",014,1234567890,1\n", fault: "longer than"},

		{name: "a header in dollars", text: "employee_id,name,bank,account_number,Gaji Bersih (USD)\nE1,Budi,014,1234567890,3500\n", fault: "another currency"},
		{name: "a header with a dollar sign", text: "employee_id,name,bank,account_number,Gaji Bersih $\nE1,Budi,014,1234567890,3500\n", fault: "another currency"},
		{name: "a header in thousands", text: "employee_id,name,bank,account_number,Gaji (dalam ribuan)\nE1,Budi,014,1234567890,3500\n", fault: "thousands or millions"},
		{name: "a header in millions", text: "employee_id,name,bank,account_number,Gaji (Rp juta)\nE1,Budi,014,1234567890,3\n", fault: "thousands or millions"},
		{name: "a header with the zeros that are left out", text: "employee_id,name,bank,account_number,Gaji (Rp.000)\nE1,Budi,014,1234567890,3500\n", fault: "thousands or millions"},
		{name: "a header with a factor", text: "employee_id,name,bank,account_number,Amount (x1.000)\nE1,Budi,014,1234567890,3500\n", fault: "thousands or millions"},
		{name: "a header with a column's letter", text: "employee_id,name,bank,account_number,Gaji Bersih (M = K - B)\nE1,Budi,014,1234567890,3500\n", lines: "1234567890 3500.00"},
		{name: "a header with a letter behind Rp", text: "employee_id,name,bank,account_number,Gaji Bersih (Rp K)\nE1,Budi,014,1234567890,3500\n", fault: "thousands or millions"},
		{name: "a unit above the amounts", text: ",,,,§Rp juta\n" + five + "E1,Budi,014,1234567890,3\n", fault: "title says"},
		{name: "a currency above the amounts", text: ",,,,§USD\n" + five + "E1,Budi,014,1234567890,3\n", fault: "title says"},
		{name: "rupiah above the amounts", text: "2026,,,,Rp\n" + five + "E1,Budi,014,1234567890,3500\n", lines: "1234567890 3500.00"},
		{name: "a header with the month in brackets", text: "employee_id,name,bank,account_number,Gaji (November 2026)\nE1,Budi,014,1234567890,3500\n", lines: "1234567890 3500.00"},
		{name: "a header with a bank that is a currency too", text: "employee_id,name,bank,account_number,Gaji (BTN)\nE1,Budi,014,1234567890,3500\n", lines: "1234567890 3500.00"},
		{name: "a title in thousands", text: "§Daftar Gaji (dalam ribuan rupiah)\n" + five + "E1,Budi,014,1234567890,3500\n", fault: "title says"},
		{name: "a title in millions", text: "§Payroll (IDR in millions)\n" + five + "E1,Budi,014,1234567890,3\n", fault: "title says"},
		{name: "a title with a factor", text: "§Gaji Karyawan x 1.000\n" + five + "E1,Budi,014,1234567890,3500\n", fault: "title says"},
		{name: "a title with the zeros that are left out", text: "§Dalam Rp'000\n" + five + "E1,Budi,014,1234567890,3500\n", fault: "title says"},
		{name: "a title in rupiah millions", text: "§Gaji November dalam Rp juta\n" + five + "E1,Budi,014,1234567890,3\n", fault: "title says"},
		{name: "a title in dollars", text: "§Payroll in USD\n" + five + "E1,Budi,014,1234567890,3500\n", fault: "another currency"},
		{name: "a title that names the currency", text: "§Mata uang: USD\n" + five + "E1,Budi,014,1234567890,3500\n", fault: "another currency"},
		{name: "titles with a firm's name, a number and a month", lines: "1234567890 3500.00",
			text: "PT Sejuta Juta Makmur (MMK)\nJl. Seribu 1000 (021) 000\nPayroll in November (K)\nGaji dalam Rupiah (Rp)\n" + five + "E1,Budi,014,1234567890,3500\n"},

		{name: "a sign-off without a total", warning: "skipped", lines: "1234567890 1500000.00",
			text: five + "E1,Budi,014,1234567890,1500000\n\n¤\"Jakarta, 25 November 2026\",,,,\n¤Disetujui oleh,,,,\n\n¤Direktur,,,,\n¤,Siti Aminah,,,\n"},
		{name: "a sign-off of a few cells", warning: "skipped", lines: "1234567890 1500000.00",
			text: five + "E1,Budi,014,1234567890,1500000\n\n¤Disetujui oleh\n¤,,,,\"Bandung, 1 Des 2026\"\n¤Dibuat oleh,,,Direktur,\n"},
		{name: "a note right below the last line", text: five + "E1,Budi,014,1234567890,1500000\n¤Catatan: bonus K002 menyusul bulan depan,,,,\n", warning: "skipped", lines: "1234567890 1500000.00"},
		{name: "a note that somebody is not to be paid", text: five + "E1,Budi,014,1234567890,1500000\n§Catatan: K002 jangan dibayar,,,,\n", fault: "says JANGAN"},
		{name: "a note that the amounts are thousands", text: five + "E1,Budi,014,1234567890,1500000\n§*) dalam ribuan rupiah,,,,\n", fault: "thousands or millions"},
		{name: "such a note below the total", text: five + "E1,Budi,014,1234567890,1500000\nTOTAL,,,,1500000\n\n§*) dalam ribuan rupiah,,,,\n", fault: "thousands or millions"},
		{name: "a note below the total that somebody is not to be paid", text: five + "E1,Budi,014,1234567890,1500000\nTOTAL,,,,1500000\n\n¤K002 batal,,,,\n", warning: "says BATAL", lines: "1234567890 1500000.00"},
		{name: "a note that a line follows", text: five + "E1,Budi,014,1234567890,1500000\n§§§§Disetujui oleh,,,,\nE2,Siti,014,1234567891,2500000\n", fault: "empty"},
		{name: "a note above the lines", text: five + "§§§§Disetujui oleh,,,,\nE1,Budi,014,1234567890,1500000\n", fault: "empty"},
		{name: "a last line with an id and a name", text: five + "E1,Budi,014,1234567890,1500000\n\n§§§E2,Siti,,,\n", fault: "empty"},
		{name: "a last line with words for an id, and a name", text: five + "E1,Budi,014,1234567890,1500000\n\n§§§Disetujui oleh,Siti,,,\n", fault: "empty"},
		{name: "a last line with a name alone", text: five + "E1,Budi,014,1234567890,1500000\n§§§§,Siti Aminah,,,\n", fault: "empty"},
		{name: "a last line with an id alone", text: five + "E1,Budi,014,1234567890,1500000\n\n§§§§E2,,,,\n", fault: "empty"},
		{name: "a last line with an id of two words", text: five + "E1,Budi,014,1234567890,1500000\n\n§§§§E 2,,,,\n", fault: "empty"},
		{name: "a last line with a bank", text: five + "E1,Budi,014,1234567890,1500000\n\n§§§§,,BCA,,\n", fault: "empty"},
		{name: "a last line whose bank is not known", text: five + "E1,Budi,014,1234567890,1500000\n\n§,Siti,§Bank Kita,§,§\n"},
		{name: "a last line without an account", text: five + "E1,Budi,014,1234567890,1500000\n\n§,Siti,§,§belum ada,§\n"},
		{name: "a last line with an account of letters", text: five + "E1,Budi,014,1234567890,1500000\n\n§,§,§,§71O3456789,§\n"},
		{name: "a last line with an amount in words", text: five + "E1,Budi,014,1234567890,1500000\n\n§,§,§,§,§\"3,5 jt\"\n"},
		{name: "a last line that the cut has left a letter of", text: five + "E1,Budi,014,1234567890,1500000\n§E", fault: "1 cells"},
		{name: "a last line that is an account", text: "account_number,employee_id,name,bank,amount\n1234567890,E1,Budi,014,1\n\n§1234567891\n", fault: "1 cells"},
		{name: "a hundred notes and one", text: five + "E1,Budi,014,1234567890,1500000\n\n" + strings.Repeat("§§§§Disetujui oleh,,,,\n", 101), fault: "empty"},

		{name: "a total in the account's column", text: five + "E1,Budi,014,1234567890,1500000\n,,,Total,1500000\n", lines: "1234567890 1500000.00"},
		{name: "a wrong total in the account's column", text: five + "E1,Budi,014,1234567890,1500000\n§,,,Jumlah,1500001\n", fault: "add up to"},
		{name: "an employee whose account says Total", text: five + "E1,Budi,014,1234567890,1500000\nE2,Siti,§,§Total,1500000\n"},
		{name: "an employee without bank and account whose name begins with Total", text: five + "E1,Budi,014,1234567890,1500000\nE2,Total Siregar,§,§,1500000\n", fault: "empty"},
		{name: "an employee without bank and account whose remark begins with Total", fault: "empty",
			text: "employee_id,name,bank,account_number,amount,remark\nE1,Budi,014,1234567890,1500000,\nE2,Siti,§,§,1500000,Total gaji\n"},

		{name: "a line whose status says that it is cancelled", warning: "says BATAL", lines: "1234567890 1.00,1234567891 2.00",
			text: "employee_id,name,bank,account_number,amount,Status\n¤E1,Budi,014,1234567890,1,BATAL\nE2,Siti,014,1234567891,2,OK\n"},
		{name: "lines whose remark says that they are held", warning: "and is paid", lines: "1234567890 1.00,1234567891 2.00,1234567892 3.00",
			text: "employee_id,name,bank,account_number,amount,Keterangan,Alamat\n¤E1,Budi,014,1234567890,1,Hold dulu,\n¤E2,Siti,014,1234567891,2,tidak dibayar,\nE3,Ani,014,1234567892,3,Gaji,Jl. Stop 1\n"},
		{name: "a line that is commented out", text: five + "E1,Budi,014,1234567890,1500000\n¤#E2,Siti,014,1234567891,1\n", warning: "begins with #", lines: "1234567890 1500000.00,1234567891 1.00"},
		{name: "a column that names another currency", fault: "another currency",
			text: "employee_id,name,bank,account_number,amount,Mata Uang\nE1,Budi,014,1234567890,1,IDR\n§E2,Siti,014,1234567891,2,USD\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, wantProblems := takeMarks(tt.text, "§")
			text, _ = takeMarks(text, "¤")
			_, wantWarnings := takeMarks(strings.ReplaceAll(tt.text, "§", ""), "¤")
			switch {
			case tt.fault != "" && len(wantProblems) == 0:
				wantProblems = []int{0}
			case tt.warning != "" && len(wantWarnings) == 0:
				wantWarnings = []int{2}
			}
			lines, result, err := read(t, []byte(text), tt.options)
			problems := problemsOf(t, err)
			comparePlaces(t, "problems", problems, wantProblems, tt.fault)
			comparePlaces(t, "warnings", result.Warnings, wantWarnings, tt.warning)
			var got []string
			for _, line := range lines {
				got = append(got, line.AccountNumber+" "+line.Amount.String())
			}
			if err == nil && strings.Join(got, ",") != tt.lines {
				t.Errorf("lines = %q, want %q", strings.Join(got, ","), tt.lines)
			}
		})
	}
}

// wide is ASCII as UTF-16 little endian.
func wide(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteByte(text[i])
		b.WriteByte(0)
	}
	return b.String()
}
