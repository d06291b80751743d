package reports_test

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
	"gajian/reports"
)

func TestRetryFileHoldsFailedAndRejectedLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "retry.xlsx")
	n, err := reports.WriteRetry(t.Context(), path, everyStatus(), options)
	if n != 2 || err != nil {
		t.Fatalf("got %d, %v; want 2", n, err)
	}
	file := open(t, path)
	want := [][]string{
		{"employee_id", "name", "bank", "account_number", "amount", "phone", "email", "remark", "cost_center", "pay_type", "retry_of", "Grade", "Shift"},
		{"000008", "Siti Nurhaliza 8", "014", "0000000008", "8000000", "0812000000", "siti@example.com", "Gaji Nov", "", "salary", "2026-11-ABC123/8/0", "07", "Pagi"},
		{"000009", "Siti Nurhaliza 9", "014", "0000000009", "9000000", "0812000000", "siti@example.com", "Gaji Nov", "HR", "salary", "2026-11-ABC123/9/1", "07", "Pagi"},
	}
	rows := rowsOf(t, file, "Payroll")
	if len(rows) != len(want) {
		t.Fatalf("got %d rows, want %d", len(rows), len(want))
	}
	for i := range want {
		if !slices.Equal(rows[i], want[i]) {
			t.Errorf("row %d:\n got %q\nwant %q", i+1, rows[i], want[i])
		}
	}
	if kind, _ := file.GetCellType("Payroll", "D2"); kind != excelize.CellTypeInlineString {
		t.Errorf("the account number is not text but %v", kind)
	}
	why := rowsOf(t, file, "What to correct")
	if why[1][0] != "2" || !strings.Contains(why[1][1], "the account is closed") || why[2][0] != "3" {
		t.Errorf("got %q", why)
	}
}

func TestRetryFileOfNothingIsNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "retry.xlsx")
	src := newSource(newPayout(2, ledger.Settled), newPayout(3, ledger.Held), newPayout(4, ledger.Submitting), newPayout(5, ledger.Returned))
	if n, err := reports.WriteRetry(t.Context(), path, src, options); n != 0 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	wantFiles(t, filepath.Dir(path))
	if err := os.WriteFile(path, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := reports.WriteRetry(t.Context(), path, src, options); n != 0 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if data, _ := os.ReadFile(path); string(data) != "somebody's" {
		t.Error("a file that was there was touched")
	}
}

func TestRetryFileIsReplacedOnlyWhileNobodyWorkedOnIt(t *testing.T) {
	one, two := newSource(newPayout(2, ledger.Failed)), newSource(newPayout(2, ledger.Failed), newPayout(3, ledger.Rejected))
	edit := func(t *testing.T, path string, change func(*excelize.File) error, o reports.Options) {
		file := open(t, path, excelize.Options{Password: o.Password})
		if err := errors.Join(change(file), file.Save()); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		change   func(*excelize.File) error
		replaced bool
	}{
		"as it was written":    {func(*excelize.File) error { return nil }, true},
		"a corrected account":  {func(f *excelize.File) error { return f.SetCellStr("Payroll", "D2", "1234567890") }, false},
		"a line taken out":     {func(f *excelize.File) error { return f.RemoveRow("Payroll", 2) }, false},
		"the sheet's new name": {func(f *excelize.File) error { return f.SetSheetName("Payroll", "Gaji") }, false},
	} {
		for _, rehearsal := range []bool{false, true} {
			for _, password := range []string{"", "rahasia"} {
				if rehearsal && password != "" {
					continue // deriving keys takes most of this test's time
				}
				t.Run(fmt.Sprintf("%s, rehearsal %v, password %q", name, rehearsal, password), func(t *testing.T) {
					o := options
					o.Password = password
					one.summary.Rehearsal, two.summary.Rehearsal = rehearsal, rehearsal
					path := filepath.Join(t.TempDir(), "retry.xlsx")
					if _, err := reports.WriteRetry(t.Context(), path, one, o); err != nil {
						t.Fatal(err)
					}
					edit(t, path, test.change, o)
					before, _ := os.ReadFile(path)
					n, err := reports.WriteRetry(t.Context(), path, two, o)
					after, _ := os.ReadFile(path)
					if n != 2 || test.replaced != (err == nil) || !test.replaced && !errors.Is(err, reports.ErrRetryChanged) {
						t.Errorf("got %d, %v", n, err)
					}
					if test.replaced == slices.Equal(before, after) {
						t.Errorf("replaced: %v, want %v", !test.replaced, test.replaced)
					}
				})
			}
		}
	}
}

// TestLargeRetryFileIsReplaced: a batch of many lines may have a retry file as large as any workbook that is run.
func TestLargeRetryFileIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "retry.xlsx")
	if _, err := reports.WriteRetry(t.Context(), path, everyStatus(), options); err != nil {
		t.Fatal(err)
	}
	const more = 33 << 20 // beside the lines, so that they need not be a million
	enlarge(t, path, more)
	if _, err := reports.WriteRetry(t.Context(), path, everyStatus(), options); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > more {
		t.Errorf("the older file is still there: %v", err)
	}
}

// enlarge adds bytes that nobody reads to a workbook.
func enlarge(t *testing.T, path string, bytes int) {
	t.Helper()
	old, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	file, err := os.Create(path + ".large")
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(file)
	for _, entry := range old.File {
		if err := w.Copy(entry); err != nil {
			t.Fatal(err)
		}
	}
	entry, err := w.CreateHeader(&zip.FileHeader{Name: "docProps/large.bin", Method: zip.Store})
	if err == nil {
		_, err = entry.Write(make([]byte, bytes))
	}
	if err := errors.Join(err, w.Close(), file.Close(), os.Rename(file.Name(), path)); err != nil {
		t.Fatal(err)
	}
}

func TestForeignFileIsNotReplacedByARetryFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "retry.xlsx")
	for name, content := range map[string]string{"not a workbook": "hello", "empty": ""} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if n, err := reports.WriteRetry(t.Context(), path, everyStatus(), options); n != 2 || !errors.Is(err, reports.ErrRetryChanged) {
			t.Errorf("%s: got %d, %v", name, n, err)
		}
		if data, _ := os.ReadFile(path); string(data) != content {
			t.Errorf("%s: it was touched", name)
		}
	}
}
