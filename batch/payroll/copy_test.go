package payroll_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gajian/batch/payroll"
	"gajian/ledger"
)

func TestTheColumnOfAMarkedCopyCountsForNothing(t *testing.T) {
	plain := "employee_id,name,bank,account_number,amount,Shift\nE1,Budi,BCA,1234567890,1,A\n"
	marked := "employee_id,name,bank,account_number,amount,Shift,Gajian Check\nE1,Budi,BCA,1234567890,1,A,error: BATAL in USD TOTAL\n\n,,,,,,a word\n"
	want, wantResult, err := read(t, []byte(plain), payroll.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, result, err := read(t, []byte(marked), payroll.Options{})
	if err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(result.ExtraColumns, wantResult.ExtraColumns) || result.WarningCount != 0 {
		t.Errorf("%+v, %v, %v %v", got, err, result.ExtraColumns, result.Warnings)
	}
}

// damagedRows are lines of which each has something that can be repaired, but the last two.
var damagedRows = [][]any{
	{"PT Maju Jaya"}, xlsxHead,
	{"E1", "Budi", "BCA", 123456789, 1_500_000, "Gaji"},
	{"E2", "Siti", "Mandiri", "123O5678901Z3", "Rp 2.500.000,-", "Gaji"},
	{"'E3", "Sri", "14", "123-456-7890", "450.000", "=1+1"},
	{"E4", "Ani", "1234567891", "BCA", 1_500_000, "Gaji"},
	{"E5", "Joko", "BNI", "1234567890 ", 1_500_000, "Gaji"},
	{"E6", "Rina", "Mandiri", "1.23457E+12", 1_500_000, "Gaji"},
	{"E7", "Dewi", "", "1234567890", 1_500_000, "Gaji"},
}

func csvOf(rows [][]any, comma string) string {
	var b strings.Builder
	for _, row := range rows {
		for i, value := range row {
			if i > 0 {
				b.WriteString(comma)
			}
			fmt.Fprint(&b, value)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// save writes a payroll file and names one beside it that is not there yet.
func save(t *testing.T, name string, content []byte, outName string) (path, out string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, filepath.Join(filepath.Dir(path), outName)
}

func readFile(t *testing.T, path string, o payroll.Options) ([]ledger.Line, payroll.Result, error) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, content, o)
}

// places are the cells with problems.
func places(problems []payroll.Problem) string {
	var found []string
	for _, p := range problems {
		found = append(found, fmt.Sprintf("%d %s", p.Line, p.Column))
	}
	return strings.Join(found, ", ")
}

func TestTheFixedCopyHasNoProblemWhereAFixWasMade(t *testing.T) {
	for name, content := range map[string][]byte{
		"payroll.xlsx": book(t, damagedRows, nil),
		"payroll.csv":  []byte(csvOf(damagedRows, ";")),
	} {
		t.Run(name, func(t *testing.T) {
			path, out := save(t, name, content, "fixed.xlsx")
			fixes, err := payroll.WriteFixed(t.Context(), path, out, payroll.Options{})
			if err != nil {
				t.Fatal(err)
			}
			_, result, err := readFile(t, out, payroll.Options{})
			problems := problemsOf(t, err)
			if got := places(problems); got != "8 account_number, 9 bank" || fixes.Left != 2 {
				t.Errorf("the copy has problems at %s, and %d are left", got, fixes.Left)
			}
			for _, fix := range fixes.Made {
				for _, p := range append(problems, result.Warnings...) {
					if p.Line == fix.Line && p.Column == fix.Column {
						t.Errorf("fixed as %+v, and still: %s", fix, p)
					}
				}
			}
			var got []string
			for _, fix := range fixes.Made {
				got = append(got, fmt.Sprintf("%d %s %s", fix.Line, fix.Column, fix.New))
			}
			want := []string{"3 account_number 0123456789", "4 amount 2500000", "4 account_number 1230567890123", "5 amount 450000", "5 employee_id E3", "5 bank BCA", "5 account_number 1234567890",
				"6 bank BCA", "6 account_number 1234567891", "7 account_number 1234567890"}
			if slices.Sort(got); fixes.Count != len(fixes.Made) || !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Errorf("fixes\n%s", strings.Join(got, "\n"))
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(after, content) {
				t.Error("the original was changed")
			}
			if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the copy's mode is %v, %v", info.Mode(), err)
			}
			entries, _ := os.ReadDir(filepath.Dir(out))
			if len(entries) != 2 {
				t.Errorf("beside the two files stands something else: %v", entries)
			}
		})
	}
}

func openCopy(t *testing.T, path, password string) *excelize.File {
	t.Helper()
	file, err := excelize.OpenFile(path, excelize.Options{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func valueOf(t *testing.T, f *excelize.File, sheet, cell string) string {
	t.Helper()
	value, err := f.GetCellValue(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func colourOf(t *testing.T, f *excelize.File, cell string) string {
	t.Helper()
	id, err := f.GetCellStyle("Sheet1", cell)
	if err != nil {
		t.Fatal(err)
	}
	style, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(style.Fill.Color, "")
}

// dressed gives a workbook what a copy has to keep.
func dressed(t *testing.T, password string) []byte {
	content := book(t, damagedRows, func(f *excelize.File) {
		bold := &excelize.Style{Font: &excelize.Font{Bold: true, Color: "FF0000"}, Border: []excelize.Border{{Type: "left", Style: 1, Color: "000000"}}}
		style(t, f, "D3", bold)
		formula(t, f, "E7", "1000000+500000")
		for _, err := range []error{
			f.SetRowVisible("Sheet1", 7, false), f.SetColWidth("Sheet1", "B", "B", 44), f.MergeCell("Sheet1", "A1", "F1"),
			f.AddComment("Sheet1", excelize.Comment{Cell: "D3", Author: "HR", Paragraph: []excelize.RichTextRun{{Text: "from the form"}}}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.NewSheet("Other"); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellFormula("Other", "B2", "Sheet1!E3*2"); err != nil {
			t.Fatal(err)
		}
	})
	if password == "" {
		return content
	}
	locked, err := excelize.Encrypt(content, &excelize.Options{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return locked
}

func TestACopyKeepsTheWorkbook(t *testing.T) {
	for _, password := range []string{"", "rahasia"} {
		for name, write := range map[string]func(path, out string, o payroll.Options) error{
			"fixed": func(path, out string, o payroll.Options) error {
				_, err := payroll.WriteFixed(t.Context(), path, out, o)
				return err
			},
			"marked": func(path, out string, o payroll.Options) error {
				_, err := payroll.WriteMarked(t.Context(), path, out, o, nil)
				return err
			},
		} {
			t.Run(name+password, func(t *testing.T) {
				path, out := save(t, "payroll.xlsx", dressed(t, password), "copy.xlsx")
				if err := write(path, out, payroll.Options{Password: password}); err != nil {
					t.Fatal(err)
				}
				if content, _ := os.ReadFile(out); bytes.HasPrefix(content, []byte("PK")) != (password == "") {
					t.Error("the password is not what it was")
				}
				f := openCopy(t, out, password)
				id, _ := f.GetCellStyle("Sheet1", "D3")
				style, err := f.GetStyle(id)
				if err != nil || !style.Font.Bold || style.Font.Color != "FF0000" || len(style.Border) != 1 {
					t.Errorf("the style of D3 is %+v, %v", style, err)
				}
				if visible, _ := f.GetRowVisible("Sheet1", 7); visible {
					t.Error("the hidden row is shown")
				}
				if width, _ := f.GetColWidth("Sheet1", "B"); width != 44 {
					t.Errorf("the width is %v", width)
				}
				if merged, _ := f.GetMergeCells("Sheet1"); len(merged) != 1 {
					t.Errorf("merged: %v", merged)
				}
				for cell, want := range map[string]string{"Sheet1!E7": "1000000+500000", "Other!B2": "Sheet1!E3*2"} {
					sheet, name, _ := strings.Cut(cell, "!")
					if got, _ := f.GetCellFormula(sheet, name); got != want {
						t.Errorf("the formula of %s is %q", cell, got)
					}
				}
				notes, err := f.GetComments("Sheet1")
				if err != nil || !slices.ContainsFunc(notes, func(c excelize.Comment) bool {
					text := c.Text
					for _, run := range c.Paragraph {
						text += run.Text
					}
					return c.Cell == "D3" && strings.Contains(text, "from the form")
				}) {
					t.Errorf("the note is gone: %+v, %v", notes, err)
				}
			})
		}
	}
}

func TestTheFixedCopyShowsWhatItChanged(t *testing.T) {
	path, out := save(t, "payroll.xlsx", dressed(t, ""), "copy.xlsx")
	if _, err := payroll.WriteFixed(t.Context(), path, out, payroll.Options{}); err != nil {
		t.Fatal(err)
	}
	f := openCopy(t, out, "")
	for cell, want := range map[string]string{"D3": "C6EFCE", "D8": "FFC7CE", "C9": "FFC7CE", "E4": "C6EFCE", "B3": "", "E3": ""} {
		if got := colourOf(t, f, cell); got != want {
			t.Errorf("%s has the colour %q, want %q", cell, got, want)
		}
	}
	rows, err := f.GetRows("Changed cells")
	if err != nil || len(rows) < 4 || !slices.Equal(rows[3][:4], []string{"Sheet1!D3", "account_number", "123456789", "0123456789"}) || !strings.Contains(rows[3][4], "BCA have 10") {
		t.Errorf("the list is %q, %v", rows, err)
	}
	if last := rows[len(rows)-1]; last[0] != "Sheet1!C9" || last[3] != "(not changed)" {
		t.Errorf("the list ends with %q", last)
	}
	notes, err := f.GetComments("Sheet1")
	if err != nil || !slices.ContainsFunc(notes, func(c excelize.Comment) bool {
		return c.Cell == "E4" && strings.Contains(c.Paragraph[0].Text, "before: Rp 2.500.000,-\nnow: 2500000")
	}) {
		t.Errorf("notes: %+v, %v", notes, err)
	}
}

func TestACopyNeverTakesThePlaceOfAFile(t *testing.T) {
	path, out := save(t, "payroll.csv", []byte(csvOf(damagedRows, ",")), "there.xlsx")
	if err := os.WriteFile(out, []byte("something"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ out, want string }{
		{out, "exists already"}, {path, "is the payroll file itself"}, {strings.TrimSuffix(out, "xlsx") + "csv", "must end in .xlsx"},
		{filepath.Join(filepath.Dir(out), "no", "folder.xlsx"), "no such file"},
	} {
		if _, err := payroll.WriteFixed(t.Context(), path, tt.out, payroll.Options{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("to %s: %v", filepath.Base(tt.out), err)
		}
	}
	if content, _ := os.ReadFile(out); string(content) != "something" {
		t.Error("the other file was changed")
	}
	if _, err := payroll.WriteMarked(t.Context(), path, filepath.Join(filepath.Dir(out), "new.xlsx"), payroll.Options{}, nil); err == nil || !strings.Contains(err.Error(), "must not end in .xlsx") {
		t.Errorf("a CSV as .xlsx: %v", err)
	}
}

func TestAFileThatCannotBeReadHasNoCopy(t *testing.T) {
	for name, content := range map[string][]byte{
		"a.csv": []byte("a,b\n1,2\n"), "b.xlsx": []byte("PK\x03\x04 no archive"), "c.xlsx": dressed(t, "rahasia"), "d.csv": nil,
	} {
		path, out := save(t, name, content, "copy.xlsx")
		var refused *payroll.RefusedError
		if _, err := payroll.WriteFixed(t.Context(), path, out, payroll.Options{}); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Lstat(out); err == nil {
			t.Errorf("%s has a copy", name)
		}
	}
}

func TestCopiesOfStrangeWorkbooks(t *testing.T) {
	for _, c := range hostileSheets {
		t.Run(c.name, func(t *testing.T) {
			parts := plainParts()
			if c.edit != nil {
				c.edit(parts)
			} else if c.part != "" {
				parts[c.part] = strings.Replace(parts[c.part], c.old, c.new, 1)
			}
			content := archive(t, parts)
			lines, _, err := read(t, content, payroll.Options{})
			problems := places(problemsOf(t, err))
			path, fixed := save(t, "payroll.xlsx", content, "fixed.xlsx")
			marked := strings.Replace(fixed, "fixed", "marked", 1)
			_, errFixed := payroll.WriteFixed(t.Context(), path, fixed, payroll.Options{})
			_, errMarked := payroll.WriteMarked(t.Context(), path, marked, payroll.Options{}, nil)
			if errFixed != nil || errMarked != nil {
				if err == nil {
					t.Errorf("the file is good, and has no copies: %v, %v", errFixed, errMarked)
				}
				return
			}
			again, _, errAgain := readFile(t, marked, payroll.Options{})
			if places(problemsOf(t, errAgain)) != problems || !reflect.DeepEqual(again, lines) {
				t.Errorf("the marked copy reads as %v with problems at %q, not %v with %q", again, places(problemsOf(t, errAgain)), lines, problems)
			}
			again, _, errAgain = readFile(t, fixed, payroll.Options{})
			if err == nil && (errAgain != nil || !reflect.DeepEqual(again, lines)) {
				t.Errorf("the fixed copy reads as %v, %v, not %v", again, errAgain, lines)
			}
		})
	}
}
