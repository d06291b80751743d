package payroll_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"gajian/batch/payroll"
	"gajian/ledger"
)

// head is the header that most cases use.
const head = "employee_id,name,bank,account_number,amount,remark\n"

// csvCases hold a § in front of each thing that is wrong: the test takes the marks out and expects a
// problem at each one's line and no other. A ¤ marks an expected warning in the same way. Line 0, the
// whole file, is expected when fault is given and no § is there.
var csvCases = []struct {
	name    string
	text    string
	options payroll.Options
	fault   string // part of each problem's reason
	warning string // part of each warning's reason
	lines   string // "account amount" of each line, when the file is accepted
}{
	{name: "a plain file", text: head + "E1,Budi,014,1234567890,1500000,Gaji\n", lines: "1234567890 1500000.00"},
	{name: "no line end at the end", text: head + "E1,Budi,014,1234567890,1500000,Gaji", lines: "1234567890 1500000.00"},
	{name: "carriage returns and line feeds", text: strings.ReplaceAll(head+"E1,Budi,014,1234567890,1500000,x\n", "\n", "\r\n"), lines: "1234567890 1500000.00"},
	{name: "carriage returns alone, as on an old Macintosh", text: strings.ReplaceAll(head+"E1,Budi,014,1234567890,1500000,x\nE2,Siti,014,§123,1,x\n", "\n", "\r"), fault: "3 digits"},
	{name: "byte order mark", text: "\ufeff" + head + "E1,Budi,014,1234567890,1500000,\n", lines: "1234567890 1500000.00"},
	{name: "semicolons and decimal commas", text: strings.ReplaceAll(head, ",", ";") + "E1;Budi;014;1234567890;1500000,00;a,b,c\n", lines: "1234567890 1500000.00"},
	{name: "tabs", text: strings.ReplaceAll(head+"E1,Budi,014,1234567890,1500000,\n", ",", "\t"), lines: "1234567890 1500000.00"},
	{name: "bars", text: strings.ReplaceAll(head+"E1,Budi,014,1234567890,1500000,\n", ",", "|"), lines: "1234567890 1500000.00"},
	{name: "a declared delimiter", text: "sep=;\n" + strings.ReplaceAll(head, ",", ";") + "E1;Budi;014;1234567890;§x;\n", fault: "not an amount"},
	{name: "a declared delimiter that is not the one", text: "sep=;\n" + head + "E1,Budi,014,1234567890,1,\n", fault: "no header"},
	{name: "Indonesian header with units, line breaks and stars", text: "\"No.\nRek.\",NIK *,NAMA_KARYAWAN,Nama Bank,Gaji Bersih (Rp)\n1234567890,001,Budi,Bank BCA,1.500.000\n", lines: "1234567890 1500000.00"},
	{name: "titles above, blank rows between, totals and a sign-off below",
		text:  "PT Maju,,,,,\nGaji November,,,,,\n\n" + head + "E1,Budi,014,1234567890,1000000,\n\n,,,,,\nE2,Siti,014,1234567891,500000,\nTOTAL,,,,1500000,\n\nJakarta,,,,,\n,Dibuat oleh,,,,\n",
		lines: "1234567890 1000000.00,1234567891 500000.00"},
	{name: "groups with subtotals", text: head + "E1,Budi,014,1234567890,1000000,\nSubtotal,,,,1000000,\nE2,Siti,014,1234567891,500000,\nSUB TOTAL HRD,,,,500000,\nGrand Total,,,,\"1,500,000\",\n",
		lines: "1234567890 1000000.00,1234567891 500000.00"},
	{name: "a total that is wrong", text: head + "E1,Budi,014,1234567890,1000000,\n§Jumlah,,,,1000001,\n", fault: "add up to 1,000,000"},
	{name: "a subtotal that is wrong", text: head + "E1,Budi,014,1234567890,1000000,\nSubtotal,,,,1000000,\nE2,Siti,014,1234567891,500000,\n§Subtotal,,,,600000,\n", fault: "difference 100,000"},
	{name: "a line below the grand total", text: head + "E1,Budi,014,1234567890,1000000,\nTOTAL,,,,1000000,\n§E2,Siti,014,1234567891,500000,\n", fault: "below the grand total"},
	{name: "an employee whose name begins with Total", text: head + "E1,Total Simatupang,014,1234567890,1000000,\n", lines: "1234567890 1000000.00"},
	{name: "a prepared row with a running number alone", text: "No,employee_id,name,bank,account_number,amount\n1,E1,Budi,014,1234567890,1\n¤2,,,,,\n", warning: "skipped", lines: "1234567890 1.00"},
	{name: "the header once more", text: head + "E1,Budi,014,1234567890,1,\n¤" + head + "E2,Siti,014,1234567891,1,\n", warning: "once more", lines: "1234567890 1.00,1234567891 1.00"},
	{name: "quoted line breaks count as lines", text: head + "E1,\"Budi\nSantoso\",014,1234567890,1,\"a\nb\nc\"\nE2,Siti,014,§12,1,\n", fault: "2 digits"},
	{name: "windows 1252", text: head + "E1,Andr\xe9,014,1234567890,1,\n", warning: "Windows-1252", lines: "1234567890 1.00"},
	{name: "broken UTF-8 beside good", text: head + "E1,André,014,1234567890,1,\nE2,§Andr\xe9,014,1234567890,1,\n", fault: "UTF-8"},
	{name: "a replaced character", text: head + "E1,§Andr\ufffd,014,1234567890,1,\n", fault: "lost"},
	{name: "zero bytes", text: head + "E1,§Bu\x00di,014,1234567890,1,\n", fault: "control character"},
	{name: "bidi controls", text: head + "E1,¤Bu\u202edi,014,1234567890,1,\n", warning: "invisible", lines: "1234567890 1.00"},

	{name: "every cell wrong at once", text: head + "§1.2E+10,§123,§zzz,§x,§y,\n"},
	{name: "no header", text: "a,b\n1,2\n", fault: "no header"},
	{name: "header below row twenty", text: strings.Repeat("x\n", 20) + head + "E1,Budi,014,1234567890,1,\n", fault: "no header"},
	{name: "a header without lines", text: head, fault: "no lines"},
	{name: "a missing column", text: "employee_id,name,bank,account_number\nE1,Budi,014,1234567890\n", fault: "amount is missing"},
	{name: "a doubled column", text: "employee_id,name,bank,account_number,amount,Amount\nE1,Budi,014,1234567890,1,2\n", fault: "two columns"},
	{name: "two columns that both mean the amount", text: "employee_id,name,bank,account_number,jumlah,gaji bersih\nE1,Budi,014,1234567890,1,2\n", fault: "two columns"},
	{name: "an amount that reads two ways", text: head + "E1,Budi,014,1234567890,§1.500,\n", fault: "two ways"},
	{name: "the same with the format declared", text: head + "E1,Budi,014,1234567890,1.500,\n", options: payroll.Options{NumberFormat: "id"}, lines: "1234567890 1500.00"},
	{name: "an empty amount", text: head + "E1,Budi,014,1234567890,§,\n", fault: "empty"},
	{name: "zero", text: head + "E1,Budi,014,1234567890,§0,\n", fault: "zero"},
	{name: "negative", text: head + "E1,Budi,014,1234567890,§-5,\n", fault: "negative"},
	{name: "a fraction of a rupiah", text: head + "E1,Budi,014,1234567890,§1.50,\n", fault: "fraction"},
	{name: "over the limit", text: head + "E1,Budi,014,1234567890,§250000001,\n", fault: "limit of 250,000,000"},
	{name: "at the limit", text: head + "E1,Budi,014,1234567890,250000000,\n", lines: "1234567890 250000000.00"},
	{name: "an amount with commas in a file of commas", text: head + "§E1,Budi,014,1234567890,1,500,000,\n", fault: "7 cells"},
	{name: "too few cells", text: head + "§E1,Budi,014,1234567890\n", fault: "4 cells"},
	{name: "a bare quotation mark", text: head + "§E1,Bu\"di,014,1234567890,1,\nE2,Siti,014,1234567890,1,\n", fault: "quotation mark"},
	{name: "a quotation mark that never closes", text: head + "§E1,\"Budi,014,1234567890,1,\nE2,Siti,014,1234567890,1,\n", fault: "quotation mark"},
	{name: "a quotation mark that swallows a row", text: head + "§E1,Budi,014,1234567890,1,\"x\nE2,Siti,014,1234567891,1,y\"\n", fault: "whole rows"},

	{name: "scientific notation in the account", text: head + "E1,Budi,014,§1.23457E+12,1,\n", fault: "scientific"},
	{name: "scientific notation with a comma", text: strings.ReplaceAll(head, ",", ";") + "E1;Budi;014;§1,23457E+12;1;\n", fault: "scientific"},
	{name: "scientific notation in the employee id", text: head + "§1.23E+12,Budi,014,1234567890,1,\n", fault: "scientific"},
	{name: "an employee id that only looks so", text: head + "12E5,Budi,014,1234567890,1,\n", lines: "1234567890 1.00"},
	{name: "a trailing .0", text: head + "E1,Budi,014,§1234567890.0,1,\n", fault: "decimal point"},
	{name: "a trailing .0 in the employee id", text: head + "§123.0,Budi,014,1234567890,1,\n", fault: "decimal point"},
	{name: "a lost zero", text: head + "E1,Budi,014,§123456789,1,\n", fault: "zeros in front were lost"},
	{name: "an unusual length", text: head + "E1,Budi,014,¤12345678901,1,\n", warning: "usually have 10", lines: "12345678901 1.00"},
	{name: "apostrophe, blanks, dots and dashes", text: head + "E1,Budi,014,¤'123-456.78\u00a0\u200b90,1,\n", warning: "taken out", lines: "1234567890 1.00"},
	{name: "letters in the account", text: head + "E1,Budi,014,§12345O7890,1,\n", fault: "'O'"},
	{name: "full-width digits", text: head + "E1,Budi,014,§１２３４５６７８９０,1,\n", fault: "another script"},
	{name: "an account of zeros", text: head + "E1,Budi,014,§0000000000,1,\n", fault: "zeros"},
	{name: "a bank code that lost its zero", text: head + "E1,Budi,¤14,1234567890,1,\n", warning: "014 (BCA)", lines: "1234567890 1.00"},
	{name: "an unknown bank", text: head + "E1,Budi,§999,1234567890,1,\n", fault: "not in the bank table"},
	{name: "a bank of the configuration", text: head + "E1,Budi,999,1234567890,1,\n", options: payroll.Options{ExtraBanks: map[string]string{"999": "Koperasi"}}, lines: "1234567890 1.00"},
	{name: "the central bank", text: head + "E1,Budi,§001,1234567890,1,\n", fault: "central bank"},
	{name: "code and name that disagree", text: "employee_id,name,bank code,bank name,account_number,amount\nE1,Budi,014,§Mandiri,1234567890,1\n", fault: "disagree"},
	{name: "code and name that agree", text: "employee_id,name,bank code,bank name,account_number,amount\nE1,Budi,014,Bank BCA,1234567890,1\n", lines: "1234567890 1.00"},
	{name: "an error value", text: head + "E1,Budi,014,1234567890,§#REF!,\n", fault: "error value"},
	{name: "a column that was too narrow", text: head + "E1,Budi,014,§########,1,\n", fault: "error value"},
	{name: "a name without letters", text: head + "E1,§12345,014,1234567890,1,\n", fault: "letter"},
	{name: "a value in a column without a header", text: "employee_id,name,bank,account_number,amount,,\nE1,Budi,014,1234567890,1,,\n¤E2,Siti,014,1234567891,1,,cek\n", warning: "without a header", lines: "1234567890 1.00,1234567891 1.00"},

	{name: "control count", text: head + "E1,Budi,014,1234567890,1,\n", options: payroll.Options{ExpectCount: 2}, fault: "2 are expected"},
	{name: "control total", text: head + "E1,Budi,014,1234567890,1,\n", options: payroll.Options{ExpectTotal: 200}, fault: "2 is expected"},
	{name: "too many lines", text: head + "E1,Budi,014,1234567890,1,\n§E2,Budi,014,1234567891,1,\n", options: payroll.Options{MaxLines: 1}, fault: "more than 1 lines"},
	{name: "too large", text: head + "E1,Budi,014,1234567890,1,\n", options: payroll.Options{MaxBytes: 10}, fault: "at most"},
	{name: "empty", text: "", fault: "empty"},
	{name: "a web page", text: "<html><table>", fault: "web page"},
	{name: "a PDF", text: "%PDF-1.7", fault: "PDF"},
}

func TestReadCSV(t *testing.T) {
	for _, tt := range csvCases {
		t.Run(tt.name, func(t *testing.T) {
			text, wantProblems := takeMarks(tt.text, "§")
			text, _ = takeMarks(text, "¤")
			_, wantWarnings := takeMarks(strings.ReplaceAll(tt.text, "§", ""), "¤")
			if tt.fault != "" && len(wantProblems) == 0 {
				wantProblems = []int{0}
			}
			if tt.warning != "" && len(wantWarnings) == 0 {
				wantWarnings = []int{0}
			}
			lines, result, err := read(t, []byte(text), tt.options)
			problems := problemsOf(t, err)
			comparePlaces(t, "problems", problems, wantProblems, tt.fault)
			comparePlaces(t, "warnings", result.Warnings, wantWarnings, tt.warning)
			if len(wantProblems) > 0 {
				return
			}
			var got []string
			for _, line := range lines {
				got = append(got, line.AccountNumber+" "+line.Amount.String())
			}
			if strings.Join(got, ",") != tt.lines {
				t.Errorf("lines = %q, want %q", strings.Join(got, ","), tt.lines)
			}
			if result.SHA256 != sha256.Sum256([]byte(text)) {
				t.Error("the digest is not that of the file")
			}
		})
	}
}

// takeMarks removes marks and returns the line that each stood on.
func takeMarks(text, mark string) (string, []int) {
	var lines []int
	for {
		i := strings.Index(text, mark)
		if i < 0 {
			return text, lines
		}
		before := text[:i]
		lines = append(lines, 1+strings.Count(before, "\n")+strings.Count(before, "\r")-strings.Count(before, "\r\n"))
		text = before + text[i+len(mark):]
	}
}

func comparePlaces(t *testing.T, what string, got []payroll.Problem, want []int, reason string) {
	t.Helper()
	var places []int
	for _, p := range got {
		places = append(places, p.Line)
		if !strings.Contains(p.Reason, reason) || p.Reason == "" || p.Remedy == "" {
			t.Errorf("%s: %v; want %q in the reason, and a remedy", what, p, reason)
		}
	}
	if !reflect.DeepEqual(places, want) {
		t.Errorf("%s at lines %v, want %v: %v", what, places, want, got)
	}
}

// read writes content to a file and reads it.
func read(t testing.TB, content []byte, o payroll.Options) ([]ledger.Line, payroll.Result, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "payroll.dat")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var lines []ledger.Line
	result, err := payroll.Read(context.Background(), path, o, func(l ledger.Line) error {
		lines = append(lines, l)
		return nil
	})
	return lines, result, err
}

// problemsOf returns the problems of a refused file, none of an accepted one.
func problemsOf(t testing.TB, err error) []payroll.Problem {
	t.Helper()
	var refused *payroll.RefusedError
	if errors.As(err, &refused) {
		return refused.Problems
	}
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return nil
}

func TestEveryColumnIsRead(t *testing.T) {
	text := "Employee ID;Nama;Bank;No Rek;Jumlah;Telepon;E-mail;Berita;Departemen;Jenis;Retry of;Shift;Nama Ibu\n" +
		"007;  Budi   Santoso ;bca;0123456789;Rp 1.500.000;0812-3456 789;budi@example.com;Gaji Nov;HRD;THR;2026-10-ABC/4/1;A;Sri\n"
	lines, result, err := read(t, []byte(text), payroll.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := ledger.Line{Number: 2, EmployeeID: "007", Name: "Budi Santoso", BankCode: "014", AccountNumber: "0123456789", Amount: 150000000,
		Phone: "08123456789", Email: "budi@example.com", Remark: "Gaji Nov", CostCenter: "HRD", PayType: "THR", RetryOf: "2026-10-ABC/4/1", Extra: []string{"A", "Sri"}}
	if len(lines) != 1 || !reflect.DeepEqual(lines[0], want) {
		t.Errorf("line = %+v, want %+v", lines, want)
	}
	if !reflect.DeepEqual(result.ExtraColumns, []string{"Shift", "Nama Ibu"}) || result.Lines != 1 || result.Total != 150000000 || result.File != "payroll.dat" {
		t.Errorf("result = %+v", result)
	}
}

func TestUTF16IsReadWithAndWithoutItsMark(t *testing.T) {
	text := strings.ReplaceAll(head, ",", "\t") + "E1\tAndré\t014\t1234567890\t1500000\t\n"
	for name, order := range map[string][2]int{"little endian": {0, 8}, "big endian": {8, 0}} {
		for _, mark := range []string{"\ufeff", ""} {
			var content []byte
			for _, u := range utf16.Encode([]rune(mark + text)) {
				content = append(content, byte(u>>order[0]), byte(u>>order[1]))
			}
			lines, _, err := read(t, content, payroll.Options{})
			if err != nil || len(lines) != 1 || lines[0].Name != "André" {
				t.Errorf("%s with mark %q: %v, %v", name, mark, lines, err)
			}
			if _, _, err = read(t, content[:len(content)-1], payroll.Options{}); err == nil {
				t.Errorf("%s with mark %q: half a character at the end is accepted", name, mark)
			}
		}
	}
}

func TestReadingGoesOnAfterAProblemAndYieldDoesNot(t *testing.T) {
	text := head + "E1,Budi,014,1234567890,1,\nE2,Siti,014,x,1,\nE3,Ani,014,1234567892,1,\nE4,Ina,zzz,1234567893,1,\n"
	lines, result, err := read(t, []byte(text), payroll.Options{})
	if problems := problemsOf(t, err); len(problems) != 2 || problems[1].Line != 5 {
		t.Errorf("problems = %v", problems)
	}
	if len(lines) != 1 || result.Lines != 4 {
		t.Errorf("%d lines handed on, %d counted; want 1 and 4", len(lines), result.Lines)
	}
}

func TestProblemsAreBounded(t *testing.T) {
	text := head + strings.Repeat("E1,Budi,014,x,1,\n", 2500)
	_, _, err := read(t, []byte(text), payroll.Options{})
	var refused *payroll.RefusedError
	if !errors.As(err, &refused) || len(refused.Problems) != 1000 || refused.Count != 2500 {
		t.Errorf("err = %v", err)
	}
}

func TestAQuotationMarkDoesNotTakeTheFileIntoMemory(t *testing.T) {
	text := head + "E1,Budi,014,1234567890,1,\"" + strings.Repeat("x\n", 2<<20)
	_, _, err := read(t, []byte(text), payroll.Options{})
	problems := problemsOf(t, err)
	if len(problems) != 1 || problems[0].Line != 2 || !strings.Contains(problems[0].Reason, "longer than") {
		t.Errorf("problems = %v", problems)
	}
}

func TestReadStopsWithItsCaller(t *testing.T) {
	path := filepath.Join(t.TempDir(), "payroll.csv")
	var b strings.Builder
	b.WriteString(head)
	for i := range 5000 {
		fmt.Fprintf(&b, "E%d,Budi,014,1234567890,1,\n", i)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	if _, err := payroll.Read(t.Context(), path, payroll.Options{}, func(ledger.Line) error { return full }); !errors.Is(err, full) {
		t.Errorf("err = %v, want yield's", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := payroll.Read(ctx, path, payroll.Options{}, func(l ledger.Line) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
	if _, err = payroll.Read(t.Context(), t.TempDir(), payroll.Options{}, nil); err == nil {
		t.Error("a folder is read")
	}
	if _, err = payroll.Read(t.Context(), path+"x", payroll.Options{}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("err = %v, want os.ErrNotExist", err)
	}
	if _, err = payroll.Read(t.Context(), path, payroll.Options{NumberFormat: "de"}, nil); err == nil {
		t.Error("an unknown number format is accepted")
	}
}
