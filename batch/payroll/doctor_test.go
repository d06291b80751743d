package payroll_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gajian/batch/payroll"
	"gajian/ledger"
)

// paid answers for every employee with one earlier payment.
func paid(bank, account string, rupiah int64) func(string) (payroll.PaidBefore, bool) {
	return func(string) (payroll.PaidBefore, bool) {
		return payroll.PaidBefore{BankCode: bank, AccountNumber: account, Amount: ledger.Sen(rupiah) * ledger.Rupiah, Batch: "2026-10-ABC"}, true
	}
}

// finding returns what is said of a column first, problems before warnings.
func finding(t *testing.T, content []byte, o payroll.Options, column string) (payroll.Problem, bool) {
	t.Helper()
	_, result, err := read(t, content, o)
	for _, p := range append(problemsOf(t, err), result.Warnings...) {
		if p.Column == column {
			return p, true
		}
	}
	return payroll.Problem{}, false
}

func TestDoctorOfTexts(t *testing.T) {
	const none = ""
	for _, tt := range []struct {
		name                string
		id, who, bank, acct string
		amount              string
		last                func(string) (payroll.PaidBefore, bool)
		column, want        string
		says                string
	}{
		{name: "a zero in front was lost", bank: "BCA", acct: "123456789", want: "0123456789", says: "accounts of BCA have 10: the zeros in front were lost"},
		{name: "three zeros were lost", bank: "BRI", acct: "301023456789", want: "000301023456789", says: "have 15"},
		{name: "a zero was lost, and the last payment agrees", bank: "BCA", acct: "123456789", last: paid("014", "0123456789", 1), want: "0123456789", says: "in batch 2026-10-ABC, this employee was paid to 0123456789"},
		{name: "a digit is missing in the middle, and the last payment tells which", bank: "BCA", acct: "023456789", last: paid("014", "0123456789", 1), want: "0123456789", says: "differs by one digit"},
		{name: "the last payment was to another account", bank: "BCA", acct: "123", last: paid("014", "9876543210", 1), want: none, says: "was paid to 9876543210 of BCA"},
		{name: "the last payment was at another bank", bank: "BCA", acct: "1.23457E+09", last: paid("008", "1234567890", 1), want: none},
		{name: "scientific notation without the last digits", bank: "Mandiri", acct: "1.23457E+12", want: none},
		{name: "scientific notation, and the last payment agrees", bank: "Mandiri", acct: "1.23457E+12", last: paid("008", "1234567890123", 1), want: "1234567890123", says: "as far as its digits are to be seen"},
		{name: "scientific notation, and the last payment differs", bank: "Mandiri", acct: "1.23458E+12", last: paid("008", "1234567890123", 1), want: none},
		{name: "scientific notation with a comma", bank: "Mandiri", acct: "1,23457E+12", last: paid("008", "1234567890123", 1), want: "1234567890123"},
		{name: "scientific notation with all digits", bank: "Mandiri", acct: "1.234567890123E+12", want: "1234567890123", says: "all digits of the number are there"},
		{name: "scientific notation that was read as a number again", bank: "Mandiri", acct: "1234570000000", want: none, says: "only zeros"},
		{name: "scientific notation that was read as a number again, and the last payment agrees", bank: "Mandiri", acct: "1234570000000", last: paid("008", "1234567890123", 1), want: "1234567890123"},
		{name: "a trailing .0", bank: "BCA", acct: "1234567890.0", want: "1234567890"},
		{name: "a trailing .0 behind a number that lost its zero", bank: "BCA", acct: "123456789.0", want: "0123456789", says: "all digits of the number are there, and accounts of BCA"},
		{name: "a trailing .0 behind a number beside its bank", bank: "", acct: "BANK BNI 0000000001.0", want: "0000000001"},
		{name: "a real fraction", bank: "BCA", acct: "1234567890.5", want: none},
		{name: "an apostrophe", bank: "BCA", acct: "'1234567890", want: "1234567890"},
		{name: "blanks that nobody sees", bank: "BCA", acct: "12345\u00a0678\u200990\u200b", want: "1234567890"},
		{name: "dots and dashes", bank: "BCA", acct: "123-456.7890", want: "1234567890"},
		{name: "full-width digits", bank: "BCA", acct: "１２３４５６７８９０", want: "1234567890"},
		{name: "Arabic digits", bank: "BCA", acct: "١٢٣٤٥٦٧٨٩٠", want: "1234567890"},
		{name: "the letter O for zeros", bank: "BCA", acct: "O12345678O", want: "0123456780", says: "letters stand where digits belong"},
		{name: "every letter that looks like a digit", bank: "BTN", acct: "l234S678OB123Z56", want: "1234567808123256"},
		{name: "a Cyrillic О", bank: "BCA", acct: "О123456789", want: "0123456789"},
		{name: "too many letters for a number", bank: "BCA", acct: "BOSI12SOIL", want: none},
		{name: "a letter that looks like no digit", bank: "BCA", acct: "X123456789", want: none},
		{name: "bank and account in one cell", bank: "BCA", acct: "BCA 1234567890", want: "1234567890"},
		{name: "account, bank and holder in one cell", bank: "BCA", acct: "No. Rek 123-456-7890 (BCA) a.n. Budi", want: "1234567890"},
		{name: "bank and account in one cell and no bank", acct: "BCA 1234567890", column: "bank", want: "BCA", says: "the account's column holds both"},
		{name: "bank and account in the bank's cell", bank: "BCA 1234567890", column: "account_number", want: "1234567890", says: "the bank's column holds both"},
		{name: "bank and account are swapped: the account", bank: "1234567890", acct: "BCA", want: "1234567890", says: "swapped"},
		{name: "bank and account are swapped: the bank", bank: "1234567890", acct: "BCA", column: "bank", want: "BCA", says: "swapped"},
		{name: "two numbers, one with the bank's length", bank: "BCA", acct: "1234567890 / 081234567890", want: "1234567890", says: "alone has the 10 digits of BCA"},
		{name: "two numbers of the bank's length", bank: "BCA", acct: "1234567890 / 1234567891", want: none, says: "two numbers"},
		{name: "two numbers, one of them paid last time", bank: "BCA", acct: "1234567890 / 1234567891", last: paid("014", "1234567891", 1), want: "1234567891"},
		{name: "two numbers with nothing but a blank between", bank: "BCA", acct: "1234567890 1234567891", want: none, says: "two numbers"},
		{name: "a date", bank: "BCA", acct: "1/2/2024", want: none, says: "a date stands in the cell"},
		{name: "a date with dashes, whose digits are no account", bank: "Mandiri", acct: "01-02-2024", want: none, says: "a date"},
		{name: "a wallet's number that lost its zero", bank: "OVO", acct: "81234567890", want: "081234567890", says: "08"},
		{name: "a wallet's number with the country's prefix", bank: "GOPAY", acct: "+62 812-3456-7890", want: "081234567890", says: "62"},
		{name: "an empty account is not filled in", bank: "BCA", last: paid("014", "1234567890", 1), want: none, says: "was paid to 1234567890 of BCA"},
		{name: "the bank's code lost its zero", bank: "14", acct: "1234567890", column: "bank", want: "BCA"},
		{name: "the bank's code became a fraction", bank: "14.0", acct: "1234567890", column: "bank", want: "BCA"},
		{name: "the letter O in the bank's code", bank: "O14", acct: "1234567890", column: "bank", want: "BCA"},
		{name: "a bank in Cyrillic letters", bank: "ВСА", acct: "1234567890", column: "bank", want: "BCA"},
		{name: "a bank in full-width letters", bank: "ＢＣＡ", acct: "1234567890", column: "bank", want: "BCA"},
		{name: "a bank with its branch", bank: "BCA KCP Sudirman", acct: "1234567890", column: "bank", want: "BCA"},
		{name: "a misspelt bank", bank: "Mandri", acct: "1234567890123", column: "bank", want: "BANK MANDIRI"},
		{name: "a bank that nobody knows", bank: "Bank Antah Berantah", acct: "1234567890", column: "bank", want: none},
		{name: "an id with an apostrophe", id: "'007", column: "employee_id", want: "007"},
		{name: "an id with a trailing .0", id: "1007.0", column: "employee_id", want: "1007"},
		{name: "an id in scientific notation", id: "3.17401E+15", column: "employee_id", want: none},
		{name: "id and name are swapped: the name", id: "Budi", who: "1007", column: "name", want: "Budi", says: "swapped"},
		{name: "id and name are swapped: the id", id: "Budi", who: "1007", column: "employee_id", want: "1007", says: "swapped"},
		{name: "a name with a character that nobody sees", who: "Bu\u200bdi", column: "name", want: "Budi"},
		{name: "an amount with letters", amount: "1.5OO.OOO", column: "amount", want: "1500000"},
		{name: "an amount in full-width digits", amount: "１５０００００", column: "amount", want: "1500000"},
		{name: "an amount with words", amount: "Rp. 1.500.000 rupiah", column: "amount", want: "1500000"},
		{name: "an amount that reads two ways", amount: "450.000", column: "amount", want: "450000", says: "450 rupiah"},
		{name: "an amount with a word for billions", amount: "25B", column: "amount", want: none},
		{name: "an empty name is not filled in from beside", who: " ", column: "name", want: none},
		{name: "a small amount that reads two ways", amount: "4.500", column: "amount", want: none},
		{name: "a negative amount", amount: "-1500000", column: "amount", want: none},
		{name: "an amount in scientific notation", amount: "4.5123E+06", column: "amount", want: none},
		{name: "an amount in scientific notation like the last one", amount: "4.5123E+06", last: paid("014", "1", 4_512_300), column: "amount", want: "4512300"},
		{name: "two amounts", amount: "1500 2000", column: "amount", want: none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			values := []string{tt.id, tt.who, tt.bank, tt.acct, tt.amount}
			for i, plain := range []string{"E1", "Budi", "BCA", "1234567890", "1500000"} {
				blank := tt.bank == "" && tt.acct != "" && i == 2 || tt.acct == "" && tt.bank != "" && i == 3
				if values[i] == "" && !blank {
					values[i] = plain
				}
			}
			column := tt.column
			if column == "" {
				column = "account_number"
			}
			content := []byte("employee_id\tname\tbank\taccount_number\tamount\n" + strings.Join(values, "\t") + "\n")
			p, found := finding(t, content, payroll.Options{LastPaid: tt.last}, column)
			if !found {
				t.Fatalf("nothing is said of %q", values)
			}
			if p.Suggestion != tt.want || !strings.Contains(p.Reason, tt.says) {
				t.Errorf("%s", p)
			}
		})
	}
}

func TestDoctorOfNumberCells(t *testing.T) {
	shown := func(format string) func(*excelize.File) {
		return func(f *excelize.File) { style(t, f, "D2", &excelize.Style{CustomNumFmt: &format}) }
	}
	for _, tt := range []struct {
		name, bank string
		account    any
		change     func(*excelize.File)
		last       func(string) (payroll.PaidBefore, bool)
		want, says string
	}{
		{name: "a number that lost its zero", bank: "BCA", account: 123456789, want: "0123456789"},
		{name: "a number of the bank's length", bank: "BCA", account: 1234567890, want: "1234567890", says: "number cell"},
		{name: "a number whose zero only the last payment knows", bank: "Jago", account: 12345678901, last: paid("542", "012345678901", 1), want: "012345678901", says: "the same but for the zeros in front"},
		{name: "a number shown with zeros", bank: "HSBC", account: 12345678, change: shown("0000000000"), want: "0012345678", says: "the cell shows it so"},
		{name: "a number shown in scientific notation", bank: "Mandiri", account: 1234567890123, change: shown("0.00E+00"), want: "1234567890123"},
		{name: "a number of 16 digits", bank: "BTN", account: int64(1234567890123450), want: "", says: "more than 15 digits"},
		{name: "a number of 16 digits that begins like the last account", bank: "BTN", account: int64(1234567890123450), last: paid("200", "1234567890123456", 1), want: "1234567890123456", says: "same first 15 digits"},
		{name: "a number formatted as a date that is none", bank: "BCA", account: 1234567890, change: shown("dd/mm/yyyy"), want: "1234567890", says: "formatted as a date"},
		{name: "a number that scientific notation has rounded", bank: "Mandiri", account: int64(1234570000000), want: "", says: "only zeros"},
		{name: "a number that scientific notation has rounded, and the last payment agrees", bank: "Mandiri", account: int64(1234570000000), last: paid("008", "1234567890123", 1), want: "1234567890123"},
		{name: "a date", bank: "BCA", account: 45323, change: shown("dd/mm/yyyy"), want: ""},
		{name: "a formula", bank: "BCA", account: 1234567890, change: func(f *excelize.File) { formula(t, f, "D2", "1234567889+1") }, want: "1234567890", says: "formula"},
		{name: "a truth value", bank: "BCA", account: true, want: ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			content := book(t, [][]any{xlsxHead, {"E1", "Budi", tt.bank, tt.account, 1_500_000}}, tt.change)
			p, found := finding(t, content, payroll.Options{LastPaid: tt.last}, "account_number")
			if !found || p.Suggestion != tt.want || !strings.Contains(p.Reason, tt.says) || p.Cell != "Sheet1!D2" {
				t.Errorf("%s", p)
			}
		})
	}
}

func TestTheLastPaymentIsAskedForFindingsAlone(t *testing.T) {
	var asked []string
	ask := func(id string) (payroll.PaidBefore, bool) {
		asked = append(asked, id)
		return payroll.PaidBefore{}, false
	}
	text := "employee_id,name,bank,account_number,amount\n'E1,Budi,BCA,1234567890,1\nE2,Siti,BCA,123,1\nE3,Sri,BCA,1234567892,1\n"
	if _, _, err := read(t, []byte(text), payroll.Options{LastPaid: ask}); err == nil {
		t.Error("the file is accepted")
	}
	if got := fmt.Sprint(asked); got != "[E2]" {
		t.Errorf("asked for %s", got)
	}
}

func TestTheSummary(t *testing.T) {
	text := "employee_id,name,bank,account_number,amount\nE1,Budi,BCA,1234567890,1500000\nE2,Siti,Mandiri,1234567890123,9000000\nE3,Sri,BCA,1234567892,500000\nE4,Ani,?,1234567892,x\n"
	_, result, err := read(t, []byte(text), payroll.Options{})
	if len(problemsOf(t, err)) != 2 {
		t.Fatalf("read: %v", err)
	}
	got := fmt.Sprintf("%v %v %v", result.Banks, result.Largest, result.Smallest)
	want := "[{008 BANK MANDIRI 1 9000000.00} {014 BCA 2 2000000.00} {  1 0.00}] {3 E2 Siti 9000000.00} {4 E3 Sri 500000.00}"
	if got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
}

func TestWhatOnlyTheWholeFileShows(t *testing.T) {
	for _, tt := range []struct {
		name            string
		rows            [][]any
		column, warning string
		suggestion      string
	}{
		{"an amount that lost its thousands", [][]any{good(1), {"E2", "Siti", "BCA", "1234567891", 450}}, "amount", "only 450 rupiah", ""},
		{"small payments among themselves", [][]any{{"E1", "Budi", "BCA", "1234567890", 900}, {"E2", "Siti", "BCA", "1234567891", 450}}, "amount", "", ""},
		{"all accounts of 16 digits end in 0", [][]any{{"E1", "Budi", "BTN", "1234567890123450", 1}, {"E2", "Siti", "BTN", "1234567890123460", 1}}, "account_number", "2 lines, this one first", ""},
		{"some accounts of 16 digits end in 0", [][]any{{"E1", "Budi", "BTN", "1234567890123450", 1}, {"E2", "Siti", "BTN", "1234567890123461", 1}}, "account_number", "", ""},
		{"an id that lost its zeros", [][]any{{"0017", "Budi", "BCA", "1234567890", 1}, {"18", "Siti", "BCA", "1234567891", 1}}, "employee_id", "zeros in front may be lost", "0018"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, found := finding(t, book(t, append([][]any{xlsxHead[:5]}, tt.rows...), nil), payroll.Options{}, tt.column)
			if found != (tt.warning != "") || !strings.Contains(p.Reason, tt.warning) || p.Suggestion != tt.suggestion {
				t.Errorf("%v %s", found, p)
			}
		})
	}
}
