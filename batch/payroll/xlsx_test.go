package payroll_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
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

var xlsxHead = []any{"Employee ID", "Name", "Bank", "Account number", "Amount", "Remark"}

// book builds a workbook whose first sheet has the given rows; change may work on it further.
func book(t testing.TB, rows [][]any, change func(*excelize.File)) []byte {
	t.Helper()
	file := excelize.NewFile()
	defer file.Close()
	for i := range rows {
		if err := file.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		change(file)
	}
	var b bytes.Buffer
	if err := file.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// good is a line that passes without a warning.
func good(n int) []any {
	return []any{fmt.Sprintf("E%03d", n), "Budi Santoso", "BCA", fmt.Sprintf("1%09d", n), 1_500_000, "Gaji"}
}

func style(t testing.TB, f *excelize.File, cell string, s *excelize.Style) {
	t.Helper()
	id, err := f.NewStyle(s)
	if err == nil {
		err = f.SetCellStyle("Sheet1", cell, cell, id)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func formula(t testing.TB, f *excelize.File, cell, text string) {
	t.Helper()
	if err := f.SetCellFormula("Sheet1", cell, text); err != nil {
		t.Fatal(err)
	}
}

func TestReadXLSX(t *testing.T) {
	const (
		clean   = ""
		refused = "refused"
	)
	for _, tt := range []struct {
		name    string
		rows    [][]any
		change  func(*testing.T, *excelize.File)
		options payroll.Options
		problem string // "cell column: part of the reason"; empty when accepted
		warning string
		lines   int
	}{
		{name: "a plain workbook", rows: [][]any{xlsxHead, good(1), good(2)}, lines: 2},
		{name: "titles, blank rows, totals and a sign-off", rows: [][]any{{"PT Maju"}, {}, xlsxHead, good(1), {}, good(2), {"TOTAL", nil, nil, nil, 3_000_000}, {}, {"Jakarta"}}, lines: 2},
		{name: "an amount as text that reads two ways", rows: [][]any{xlsxHead, {"E1", "Budi", "BCA", "1234567890", "1.500"}}, problem: "Sheet1!E2 amount: two ways"},
		{name: "floating point noise", rows: [][]any{xlsxHead, {"E1", "Budi", "BCA", "1234567890", 4499999.9999999991}}, lines: 1},
		{name: "a real fraction", rows: [][]any{xlsxHead, {"E1", "Budi", "BCA", "1234567890", 4499999.5}}, problem: "Sheet1!E2 amount: fraction"},
		{name: "a number cell in the account", rows: [][]any{xlsxHead, {"E1", "Budi", "BCA", 1234567890, 1}}, warning: "Sheet1!D2 account_number: number cell", lines: 1},
		{name: "a number cell that lost its zero", rows: [][]any{xlsxHead, {"E1", "Budi", "BCA", 123456789, 1}}, problem: "Sheet1!D2 account_number: zeros in front were lost"},
		{name: "a number cell with more than 15 digits", rows: [][]any{xlsxHead, {"E1", "Budi", "BRI", int64(1234567890123450), 1}}, problem: "Sheet1!D2 account_number: more than 15 digits"},
		{name: "an employee id with more than 15 digits", rows: [][]any{xlsxHead, {int64(3174012345678901), "Budi", "BCA", "1234567890", 1}}, problem: "Sheet1!A2 employee_id: more than 15 digits"},
		{name: "an employee id as a number", rows: [][]any{xlsxHead, {123, "Budi", "BCA", "1234567890", 1}}, lines: 1},
		{name: "an account that is a fraction", rows: [][]any{xlsxHead, {"E1", "Budi", "BCA", 1234567890.5, 1}}, problem: "Sheet1!D2 account_number: decimal point"},
		{name: "an account shown with zeros that it does not have", rows: [][]any{xlsxHead, {"E1", "Budi", "HSBC", 12345678, 1}},
			change: func(t *testing.T, f *excelize.File) {
				zeros := "0000000000"
				style(t, f, "D2", &excelize.Style{CustomNumFmt: &zeros})
			},
			problem: "Sheet1!D2 account_number: zeros in front that are not"},
		{name: "an amount formatted as a date", rows: [][]any{xlsxHead, {"E1", "Budi", "BCA", "1234567890", 45000}},
			change:  func(t *testing.T, f *excelize.File) { style(t, f, "E2", &excelize.Style{NumFmt: 14}) },
			problem: "Sheet1!E2 amount: date"},
		{name: "an amount with an accounting format", rows: [][]any{xlsxHead, {"E1", "Budi", "BCA", "1234567890", 45000}},
			change: func(t *testing.T, f *excelize.File) {
				rupiah := `_("Rp"* #,##0_);_("Rp"* (#,##0);_("Rp"* "-"_);_(@_)`
				style(t, f, "E2", &excelize.Style{CustomNumFmt: &rupiah})
			}, lines: 1},
		{name: "an amount as a percentage", rows: [][]any{xlsxHead, {"E1", "Budi", "BCA", "1234567890", 1}},
			change:  func(t *testing.T, f *excelize.File) { style(t, f, "E2", &excelize.Style{NumFmt: 9}) },
			problem: "Sheet1!E2 amount: percentage"},
		{name: "a truth value for an amount", rows: [][]any{xlsxHead, {"E1", "Budi", "BCA", "1234567890", true}}, problem: "Sheet1!E2 amount: TRUE"},
		{name: "a formula without a value", rows: [][]any{xlsxHead, {"E1", "Budi", "BCA", "1234567890", nil}},
			change:  func(t *testing.T, f *excelize.File) { formula(t, f, "E2", "1000+1") },
			problem: "Sheet1!E2 amount: no computed value"},
		{name: "a formula in the amount counts by its value", rows: [][]any{xlsxHead, good(1)},
			change: func(t *testing.T, f *excelize.File) { formula(t, f, "E2", "1000000+500000") }, warning: "Sheet1!E2 amount: formulas in 1 line", lines: 1},
		{name: "a sign-off below the lines, without a total", rows: [][]any{xlsxHead, good(1), {}, {"Jakarta, 25 November 2026"}}, warning: " : no line; it is skipped", lines: 1},
		{name: "a sign-off on the right", rows: [][]any{xlsxHead, good(1), {}, {nil, nil, nil, nil, "Jakarta, 25 November 2026"}}, warning: " : no line; it is skipped", lines: 1},
		{name: "the total in the account's column", rows: [][]any{xlsxHead, good(1), {nil, nil, nil, "Total", 1_500_000}}, lines: 1},
		{name: "a wrong total in the account's column", rows: [][]any{xlsxHead, good(1), {nil, nil, nil, "Total", 1_500_001}}, problem: "Sheet1!E3 amount: add up to 1,500,000"},
		{name: "a formula in the account", rows: [][]any{xlsxHead, good(1)},
			change:  func(t *testing.T, f *excelize.File) { formula(t, f, "D2", `"1"&"234567890"`) },
			problem: "Sheet1!D2 account_number: formula"},
		{name: "a formula in the employee id", rows: [][]any{xlsxHead, good(1)},
			change:  func(t *testing.T, f *excelize.File) { formula(t, f, "A2", `"E"&"1"`) },
			problem: "Sheet1!A2 employee_id: formula"},
		{name: "hidden rows are paid", rows: [][]any{xlsxHead, good(1), good(2)},
			change:  func(t *testing.T, f *excelize.File) { f.SetRowVisible("Sheet1", 3, false) },
			warning: " : hidden or filtered rows: 1 line", lines: 2},
		{name: "two sheets with a payroll", rows: [][]any{xlsxHead, good(1)},
			change: func(t *testing.T, f *excelize.File) {
				f.NewSheet("Oktober")
				f.SetSheetRow("Oktober", "A1", &xlsxHead)
			},
			problem: ` : "Sheet1" and "Oktober"`},
		{name: "one of two sheets by its name", rows: [][]any{xlsxHead, good(1)},
			change: func(t *testing.T, f *excelize.File) {
				f.NewSheet("Gaji Okt")
				f.SetSheetRow("Gaji Okt", "A1", &xlsxHead)
				f.SetSheetRow("Gaji Okt", "A2", &[]any{"E1", "Budi", "BCA", "x", 1})
			}, options: payroll.Options{Sheet: "gaji okt"}, problem: "'Gaji Okt'!D2 account_number: 'x'"},
		{name: "the other sheet is hidden", rows: [][]any{xlsxHead, good(1)},
			change: func(t *testing.T, f *excelize.File) {
				f.NewSheet("Oktober")
				f.SetSheetRow("Oktober", "A1", &xlsxHead)
				f.SetSheetVisible("Oktober", false)
			}, lines: 1},
		{name: "a sheet that is not there", rows: [][]any{xlsxHead, good(1)}, options: payroll.Options{Sheet: "Mei"}, problem: ` : no sheet "Mei"; it has: Sheet1`},
		{name: "no header on any sheet", rows: [][]any{{"a", "b"}}, problem: " : no header"},
		{name: "a missing column", rows: [][]any{{"NIK", "Nama", "Bank", "No Rek"}, good(1)}, problem: " amount: missing"},
		{name: "a value beside the table", rows: [][]any{xlsxHead, append(good(1), "", "cek")}, warning: " : without a header", lines: 1},
		{name: "a value far beside the table", rows: [][]any{xlsxHead, good(1)},
			change:  func(t *testing.T, f *excelize.File) { f.SetCellValue("Sheet1", "ZZ2", "x") },
			problem: " : at most 512 columns"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			content := book(t, tt.rows, func(f *excelize.File) {
				if tt.change != nil {
					tt.change(t, f)
				}
			})
			lines, result, err := read(t, content, tt.options)
			compareOne(t, "problem", problemsOf(t, err), tt.problem)
			if tt.problem == clean {
				compareOne(t, "warning", result.Warnings, tt.warning)
				if len(lines) != tt.lines {
					t.Errorf("%d lines, want %d", len(lines), tt.lines)
				}
			}
		})
	}
}

// compareOne expects the one problem that want describes, or none.
func compareOne(t *testing.T, what string, got []payroll.Problem, want string) {
	t.Helper()
	if want == "" {
		if len(got) > 0 {
			t.Errorf("%ss %v, want none", what, got)
		}
		return
	}
	place, reason, _ := strings.Cut(want, ": ")
	if len(got) != 1 || got[0].Cell+" "+got[0].Column != place || !strings.Contains(got[0].Reason, reason) || got[0].Remedy == "" {
		t.Errorf("%ss %v, want %q", what, got, want)
	}
}

func TestACachedFormulaValueCounts(t *testing.T) {
	content := rewrite(t, book(t, [][]any{xlsxHead, good(1)}, nil), "xl/worksheets/sheet1.xml", func(xml string) string {
		return strings.Replace(xml, "<v>1500000</v>", "<f>A1+1</f><v>2500000.0000000005</v>", 1)
	})
	lines, _, err := read(t, content, payroll.Options{})
	if err != nil || len(lines) != 1 || lines[0].Amount != 250000000 {
		t.Errorf("lines %v, %v; want one of 2,500,000", lines, err)
	}
}

func TestSharedStringsWithRunsAndEscapesAreRead(t *testing.T) {
	content := rewrite(t, book(t, [][]any{xlsxHead, good(1)}, nil), "xl/sharedStrings.xml", func(xml string) string {
		xml = strings.Replace(xml, "<t>Budi Santoso</t>", `<r><rPr><b/></rPr><t>Budi </t></r><r><t xml:space="preserve">Santoso &amp; Co</t></r><rPh sb="0" eb="1"><t>x</t></rPh>`, 1)
		return strings.Replace(xml, "<t>Gaji</t>", "<t>Gaji_x000D_ November</t>", 1)
	})
	lines, _, err := read(t, content, payroll.Options{})
	if err != nil || len(lines) != 1 || lines[0].Name != "Budi Santoso & Co" || lines[0].Remark != "Gaji November" {
		t.Errorf("lines %v, %v", lines, err)
	}
}

func TestRawTextOfNumberCellsIsUsed(t *testing.T) {
	content := rewrite(t, book(t, [][]any{xlsxHead, good(1)}, nil), "xl/worksheets/sheet1.xml", func(xml string) string {
		return strings.Replace(xml, "<v>1500000</v>", "<v>1.5E+6</v>", 1)
	})
	lines, _, err := read(t, content, payroll.Options{})
	if err != nil || len(lines) != 1 || lines[0].Amount != 150000000 {
		t.Errorf("lines %v, %v; want one of 1,500,000", lines, err)
	}
}

func TestScientificNotationInARawNumberCellIsRefused(t *testing.T) {
	content := rewrite(t, book(t, [][]any{xlsxHead, {"E1", "Budi", "BCA", 1234570000, 1}}, nil), "xl/worksheets/sheet1.xml", func(xml string) string {
		return strings.Replace(xml, "<v>1234570000</v>", "<v>1.23457E+9</v>", 1)
	})
	_, _, err := read(t, content, payroll.Options{})
	compareOne(t, "problem", problemsOf(t, err), "Sheet1!D2 account_number: scientific")
}

func TestDamagedWorkbooksAreRefused(t *testing.T) {
	whole := book(t, [][]any{xlsxHead, good(1), good(2), good(3)}, nil)
	const sheet = "xl/worksheets/sheet1.xml"
	edit := func(name, old, new string) []byte {
		return rewrite(t, whole, name, func(xml string) string {
			if !strings.Contains(xml, old) {
				t.Fatalf("%s has no %q: %s", name, old, xml)
			}
			return strings.Replace(xml, old, new, 1)
		})
	}
	for name, tt := range map[string]struct {
		content []byte
		reason  string
	}{
		"a negative row number":             {edit(sheet, `<row r="3"`, `<row r="-1"`), "number -1"},
		"a huge row number":                 {edit(sheet, `<row r="3"`, `<row r="2147483647"`), "number 2147483647"},
		"row number zero":                   {edit(sheet, `<row r="3"`, `<row r="0"`), "number 0"},
		"rows out of order":                 {edit(sheet, `<row r="3"`, `<row r="2"`), "row 2 stands behind row 2"},
		"a cell of another row":             {edit(sheet, `r="E3"`, `r="E9"`), "calls itself E9"},
		"a cell twice":                      {edit(sheet, `r="E3"`, `r="D3"`), "calls itself D3"},
		"a negative shared string":          {edit(sheet, `t="s"><v>0</v>`, `t="s"><v>-1</v>`), "text number -1"},
		"a shared string that is not there": {edit(sheet, `t="s"><v>0</v>`, `t="s"><v>9999</v>`), "text number 9999"},
		"a shared string that is no number": {edit(sheet, `t="s"><v>0</v>`, `t="s"><v>x</v>`), "text number x"},
		"a sheet that ends in the middle":   {rewrite(t, whole, sheet, func(xml string) string { return xml[:strings.Index(xml, `<row r="3"`)] }), "damaged"},
		"a sheet whose end was put back":    {rewrite(t, whole, sheet, func(xml string) string { return xml[:strings.Index(xml, `<c r="E3"`)] + "</worksheet>" }), "do not match"},
		"two values in a cell":              {edit(sheet, "<v>1500000</v>", "<v>1500000</v><v>9</v>"), "two values"},
		"rows outside the table":            {edit(sheet, "</sheetData>", `</sheetData><row r="9"><c r="A9"><v>1</v></c></row>`), "outside"},
		"a second table of cells":           {edit(sheet, "</sheetData>", `</sheetData><sheetData></sheetData>`), "two tables"},
		"a document type":                   {edit(sheet, "<worksheet", `<!DOCTYPE x [<!ENTITY a "b">]><worksheet`), "document type"},
		"cut in half":                       {whole[:len(whole)/2], "archive"},
		"a wrong checksum":                  {corrupt(t, whole, sheet), "changed"},
		"a bomb":                            {bomb(t, whole, 20<<20), "times its size"},
		"more than all entries may have":    {declare(t, whole, 3<<30), "unpacks to more than 2048 MiB"},
		"an entry that lies about its size": {declare(t, whole, 10), "changed"},
		"an entry twice":                    {twice(t, whole, sheet), "twice"},
		"too many entries":                  {crowd(t, whole, 3000), "entries"},
		"no workbook":                       {archive(t, map[string]string{"a.txt": "x"}), "without a workbook"},
		"an OpenDocument file":              {archive(t, map[string]string{"content.xml": "<x/>", "mimetype": "y"}), ".ods"},
		"a Numbers document":                {archive(t, map[string]string{"Index/Document.iwa": "x"}), "Numbers"},
		"a binary workbook":                 {archive(t, map[string]string{"xl/workbook.bin": "x"}), ".xlsb"},
		"a Word document":                   {archive(t, map[string]string{"word/document.xml": "<x/>"}), "Word"},
		"no relations":                      {archive(t, map[string]string{"xl/workbook.xml": "<workbook></workbook>"}), "missing"},
		"an old workbook":                   {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 1000)), ".xls"},
	} {
		t.Run(name, func(t *testing.T) {
			before := tempFolders(t)
			_, _, err := read(t, tt.content, payroll.Options{})
			problems := problemsOf(t, err)
			if len(problems) != 1 || !strings.Contains(problems[0].Reason, tt.reason) || problems[0].Remedy == "" {
				t.Errorf("problems = %v, want one with %q", problems, tt.reason)
			}
			if after := tempFolders(t); !reflect.DeepEqual(before, after) {
				t.Errorf("temporary folders are left: %v", after)
			}
		})
	}
}

func tempFolders(t *testing.T) []string {
	found, err := filepath.Glob(filepath.Join(os.TempDir(), "gajian-*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEncryptedWorkbooks(t *testing.T) {
	content, err := excelize.Encrypt(book(t, [][]any{xlsxHead, good(1)}, nil), &excelize.Options{Password: "rahasia"})
	if err != nil {
		t.Fatal(err)
	}
	if lines, _, err := read(t, content, payroll.Options{Password: "rahasia"}); err != nil || len(lines) != 1 {
		t.Errorf("with the password: %v, %v", lines, err)
	}
	for password, reason := range map[string]string{"": "protected by a password", "salah": "does not open"} {
		_, _, err := read(t, content, payroll.Options{Password: password})
		if problems := problemsOf(t, err); len(problems) != 1 || !strings.Contains(problems[0].Reason, reason) {
			t.Errorf("with password %q: %v", password, problems)
		}
	}
	for cut := 512; cut < len(content); cut += 1024 {
		if _, _, err := read(t, content[:cut], payroll.Options{Password: "rahasia"}); len(problemsOf(t, err)) == 0 {
			t.Errorf("cut at %d: accepted", cut)
		}
	}
}

// TestLargePartsAreReadThroughAFolderThatIsRemoved has a sheet, or shared strings, beyond the 1 MiB
// from which the library uses a temporary file.
func TestLargePartsAreReadThroughAFolderThatIsRemoved(t *testing.T) {
	const lines = 50
	random, noise := rand.NewChaCha8([32]byte{}), make([]byte, 12_000)
	rows := [][]any{append(slices.Clone(xlsxHead), "Note")}
	for i := range lines {
		random.Read(noise) // does not shrink like a bomb
		rows = append(rows, append(good(i), fmt.Sprintf("%x", noise)))
	}
	shared := book(t, rows, nil)
	var inline bytes.Buffer
	file := excelize.NewFile()
	defer file.Close()
	w, err := file.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Write(&inline); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"shared strings": shared, "sheet": inline.Bytes()} {
		before := tempFolders(t)
		got, result, err := read(t, content, payroll.Options{})
		if err != nil || len(got) != lines || result.Total != lines*150000000 || got[lines-1].Extra[0] != rows[lines][6] {
			t.Errorf("large %s: %d lines, total %s, %v", name, len(got), result.Total, err)
		}
		if after := tempFolders(t); !reflect.DeepEqual(before, after) {
			t.Errorf("large %s: temporary folders are left: %v", name, after)
		}
	}
}

// TestAWorkbookSavedWhileItIsReadIsRefused: what its hash stands for must be what was paid from.
func TestAWorkbookSavedWhileItIsReadIsRefused(t *testing.T) {
	content := book(t, [][]any{xlsxHead, good(1), good(2)}, nil)
	path := filepath.Join(t.TempDir(), "payroll.xlsx")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	_, err = payroll.Read(t.Context(), path, payroll.Options{}, func(ledger.Line) error {
		_, err := other.WriteAt([]byte{1}, int64(len(content)-1)) // of the directory, which was read long ago
		return err
	})
	if found := fmt.Sprint(problemsOf(t, err)); !strings.Contains(found, "changed while it was read") {
		t.Errorf("problems %s", found)
	}
}

// entries returns what a zip archive holds, in its order.
func entries(t testing.TB, content []byte) (names []string, bodies map[string]string) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	bodies = map[string]string{}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		names, bodies[f.Name] = append(names, f.Name), string(body)
	}
	return names, bodies
}

// rebuild writes the archive anew, with more entries behind it.
func rebuild(t testing.TB, content []byte, more func(*zip.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	names, bodies := entries(t, content)
	for _, name := range names {
		add(t, w, name, bodies[name])
	}
	more(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func add(t testing.TB, w *zip.Writer, name, body string) {
	t.Helper()
	f, err := w.Create(name)
	if err == nil {
		_, err = io.WriteString(f, body)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func archive(t testing.TB, bodies map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(bodies)) { // in one order, as fuzzing needs it
		add(t, w, name, bodies[name])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rewrite changes one entry.
func rewrite(t testing.TB, content []byte, name string, change func(string) string) []byte {
	t.Helper()
	_, bodies := entries(t, content)
	if _, ok := bodies[name]; !ok {
		t.Fatalf("no entry %s", name)
	}
	bodies[name] = change(bodies[name])
	return archive(t, bodies)
}

// twice puts an entry in a second time.
func twice(t testing.TB, content []byte, name string) []byte {
	return rebuild(t, content, func(w *zip.Writer) { add(t, w, strings.ToUpper(name), "<x></x>") })
}

func crowd(t testing.TB, content []byte, n int) []byte {
	return rebuild(t, content, func(w *zip.Writer) {
		for i := range n {
			add(t, w, fmt.Sprintf("x/%d", i), "")
		}
	})
}

// bomb adds an entry of that many zero bytes.
func bomb(t testing.TB, content []byte, size int) []byte {
	return rebuild(t, content, func(w *zip.Writer) {
		w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
		f, err := w.Create("xl/worksheets/sheet9.xml")
		if err != nil {
			t.Fatal(err)
		}
		if _, err = io.CopyN(f, zeros{}, int64(size)); err != nil {
			t.Fatal(err)
		}
	})
}

// declare adds an entry that says it has that many bytes; it has a thousand.
func declare(t testing.TB, content []byte, size uint64) []byte {
	var packed bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err == nil {
		_, err = io.CopyN(z, zeros{}, 1000)
	}
	if err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return rebuild(t, content, func(w *zip.Writer) {
		f, err := w.CreateRaw(&zip.FileHeader{Name: "xl/worksheets/sheet9.xml", Method: zip.Deflate,
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: size})
		if err == nil {
			_, err = f.Write(packed.Bytes())
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// corrupt stores an entry without compression and changes a digit in it, which keeps the XML whole.
func corrupt(t testing.TB, content []byte, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	names, bodies := entries(t, content)
	for _, n := range names {
		f, err := w.CreateHeader(&zip.FileHeader{Name: n, Method: zip.Store})
		if err == nil {
			_, err = io.WriteString(f, bodies[n])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b.Bytes(), []byte("<v>1500000</v>"))
	if at < 0 {
		t.Fatalf("%s has no amount", name)
	}
	b.Bytes()[at+3] = '9'
	return b.Bytes()
}
