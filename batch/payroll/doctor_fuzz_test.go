package payroll_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"gajian/batch/payroll"
)

var doctorColumns = []string{"employee_id", "name", "bank", "account_number", "amount"}

func lineCSV(t testing.TB, lines ...[]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(doctorColumns)
	w.WriteAll(lines)
	if w.Error() != nil {
		t.Fatal(w.Error())
	}
	return b.Bytes()
}

func findingsOf(t testing.TB, content []byte, o payroll.Options) []payroll.Problem {
	_, result, err := read(t, content, o)
	return append(slices.Clone(problemsOf(t, err)), result.Warnings...)
}

// reasonOf is a finding's reason without the evidence behind it.
func reasonOf(p payroll.Problem) string {
	reason, _, _ := strings.Cut(p.Reason, ";")
	return reason
}

// checkSuggestions holds that every suggestion takes its finding away when it is accepted alone, and that
// none has a digit that nothing gives.
func checkSuggestions(t testing.TB, cells []string, o payroll.Options) {
	for _, p := range findingsOf(t, lineCSV(t, cells), o) {
		column := slices.Index(doctorColumns, p.Column)
		if p.Suggestion == "" || p.Line != 2 || column < 0 {
			continue
		}
		accepted := slices.Clone(cells)
		accepted[column] = p.Suggestion
		for _, after := range findingsOf(t, lineCSV(t, accepted), o) {
			if after.Line == 2 && after.Column == p.Column && reasonOf(after) == reasonOf(p) {
				t.Errorf("%q with %q in %s is accepted, and still: %s", cells, p.Suggestion, p.Column, after)
			}
		}
		if p.Column == "account_number" && o.LastPaid == nil {
			given := strings.Map(asciiDigit, strings.Join(cells, " "))
			if digits := strings.TrimLeft(p.Suggestion, "0"); !isSubsequence(digits, given) {
				t.Errorf("%q: nothing gives the digits of %q", cells, p.Suggestion)
			}
		}
	}
}

// asciiDigit is the digit that a person sees in a character, of any script or a letter that looks like one.
func asciiDigit(r rune) rune {
	if i := strings.IndexRune("OoQDОоΟοlIi|ІіΙιӏӀZЗSЅBВΒ", r); i >= 0 {
		return []rune("00000000" + "1111111111" + "2" + "3" + "55" + "888")[len([]rune("OoQDОоΟοlIi|ІіΙιӏӀZЗSЅBВΒ"[:i]))]
	}
	if unicode.IsDigit(r) {
		for zero := r; ; zero-- {
			if !unicode.IsDigit(zero-1) || r-zero == 9 && (zero < 0x1d7ce || zero > 0x1d7ff) {
				return '0' + (r-zero)%10
			}
		}
	}
	return -1
}

func isSubsequence(part, whole string) bool {
	for _, r := range whole {
		if part != "" && rune(part[0]) == r {
			part = part[1:]
		}
	}
	return part == ""
}

func FuzzSuggestions(f *testing.F) {
	f.Add("E1", "Budi", "BCA", "123456789", "450.000", "014", "0123456789")
	f.Add("'E1", "1007", "1234567890", "BCA", "1.5OO.OOO", "", "")
	f.Add("1.0", "Bu\u200bdi", "14.0", "1.23457E+12", "4.5123E+06", "008", "1234567890123")
	f.Add("E1", "Budi", "", "No. Rek 123-456 (BCA) / 0812345678", "１５０", "014", "123456")
	f.Add("E1", "Budi", "GOPAY", "+62 812-3456-7890", "1", "", "")
	f.Fuzz(func(t *testing.T, id, name, bank, account, amount, lastBank, lastAccount string) {
		cells := []string{id, name, bank, account, amount}
		if len(strings.Join(cells, "")) > 1000 || strings.ContainsAny(strings.Join(cells, ""), "\r\x00\x1f") {
			return
		}
		o := payroll.Options{}
		if strings.Trim(lastAccount, "0123456789") == "" && len(lastAccount) > 4 && len(lastAccount) < 30 {
			o.LastPaid = paid(lastBank, lastAccount, 1_500_000)
		}
		checkSuggestions(t, cells, o)
	})
}

// damages are what people and spreadsheets do to an account number.
var damages = []func(t *rapid.T, bank, account string) (string, string){
	func(t *rapid.T, bank, account string) (string, string) { return bank, strings.TrimLeft(account, "0") },
	func(t *rapid.T, bank, account string) (string, string) { return bank, account + ".0" },
	func(t *rapid.T, bank, account string) (string, string) { return bank, "'" + account },
	func(t *rapid.T, bank, account string) (string, string) {
		at := rapid.IntRange(0, len(account)).Draw(t, "place")
		return bank, account[:at] + rapid.SampledFrom([]string{" ", "\u00a0", "\u200b", "\u2009", "-", ".", "O", "l", "B", "/"}).Draw(t, "mark") + account[at:]
	},
	func(t *rapid.T, bank, account string) (string, string) {
		return bank, strings.NewReplacer("0", "O", "1", "l").Replace(account)
	},
	func(t *rapid.T, bank, account string) (string, string) {
		return bank, strings.Map(func(r rune) rune { return r - '0' + '０' }, account)
	},
	func(t *rapid.T, bank, account string) (string, string) { return account, bank },
	func(t *rapid.T, bank, account string) (string, string) { return "", bank + " " + account },
	func(t *rapid.T, bank, account string) (string, string) { return bank, account + " (" + bank + ")" },
	func(t *rapid.T, bank, account string) (string, string) { return bank + " " + account, "" },
	func(t *rapid.T, bank, account string) (string, string) { return bank, account + " / " + account },
	func(t *rapid.T, bank, account string) (string, string) {
		return bank, account[:1] + "." + account[1:6] + "E+" + string(rune('0'+(len(account)-1)/10)) + string(rune('0'+(len(account)-1)%10))
	},
	func(t *rapid.T, bank, account string) (string, string) { return strings.TrimLeft(bank, "0"), account },
	func(t *rapid.T, bank, account string) (string, string) { return bank, account[1:] },
}

// damagedLine draws a good line and does something to its account, once or twice.
func damagedLine(t *rapid.T) (cells []string, bank, account string) {
	code := rapid.SampledFrom([]string{"002", "008", "009", "014", "200", "451", "542", "OVO"}).Draw(t, "bank")
	length := map[string]int{"002": 15, "008": 13, "200": 16, "OVO": 12}[code]
	if length == 0 {
		length = 10
	}
	account = rapid.StringMatching("[0-9]{"+string(rune('0'+length/10))+string(rune('0'+length%10))+"}").Draw(t, "account")
	if code == "OVO" {
		account = "08" + account[2:]
	}
	if length > 12 && account[length-1] == '0' { // 13 digits and a bank's code are more than 15
		account = account[:length-1] + "7" // else it is what a spreadsheet leaves of a long number, and said so
	}
	bank = rapid.SampledFrom([]string{code, payroll.BankName(code, nil)}).Draw(t, "as")
	cells = []string{"E1", "Budi", bank, account, "1500000"}
	for range rapid.IntRange(1, 2).Draw(t, "times") {
		if cells[2] != "" && len(cells[3]) > 8 {
			cells[2], cells[3] = rapid.SampledFrom(damages).Draw(t, "damage")(t, cells[2], cells[3])
		}
	}
	return cells, code, account
}

func TestSuggestionsOfDamagedLines(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		cells, bank, account := damagedLine(r)
		o := payroll.Options{}
		if rapid.Bool().Draw(r, "paid before") {
			o.LastPaid = paid(bank, account, 1_500_000)
		}
		checkSuggestions(t, cells, o)
		if t.Failed() {
			r.Fatalf("%q", cells)
		}
	})
}

func TestFixedCopiesOfDamagedLines(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		var lines [][]string
		for range rapid.IntRange(1, 4).Draw(r, "lines") {
			cells, _, _ := damagedLine(r)
			lines = append(lines, cells)
		}
		path, out := filepath.Join(folder, "payroll.csv"), filepath.Join(folder, "fixed.xlsx")
		if err := os.WriteFile(path, lineCSV(t, lines...), 0o600); err != nil {
			r.Fatal(err)
		}
		defer os.Remove(out)
		fixes, err := payroll.WriteFixed(t.Context(), path, out, payroll.Options{})
		if err != nil {
			r.Fatal(err)
		}
		_, result, err := readFile(t, out, payroll.Options{})
		problems := problemsOf(t, err)
		if len(problems) != fixes.Left {
			r.Errorf("%d problems in the copy, and %d are said to be left", len(problems), fixes.Left)
		}
		for _, fix := range fixes.Made {
			for _, p := range append(problems, result.Warnings...) {
				doubt := strings.Contains(fix.Why, "still to be checked") && !slices.Contains(problems, p) && reasonOf(p) != reasonOf(payroll.Problem{Reason: fix.Why})
				if p.Line == fix.Line && p.Column == fix.Column && !doubt {
					r.Errorf("%q: fixed as %+v, and still: %s", lines[fix.Line-2], fix, p)
				}
			}
		}
	})
}
