package reports_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
	"gajian/reports"
)

func writeRetry(t *testing.T, src *fakeSource) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "retry.xlsx")
	if _, err := reports.WriteRetry(t.Context(), path, src, options); err != nil {
		t.Fatal(err)
	}
	return path
}

// locked reports whether a cell of a protected sheet cannot be changed: Excel takes a cell as locked
// unless its style says otherwise.
func locked(t *testing.T, file *excelize.File, cell string) bool {
	t.Helper()
	id, err := file.GetCellStyle("Payroll", cell)
	if err != nil {
		t.Fatal(err)
	}
	style, err := file.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	return style.Protection == nil || style.Protection.Locked
}

func TestOnlyWhatALineReplacesIsLocked(t *testing.T) {
	for _, rehearsal := range []bool{false, true} {
		src := everyStatus()
		src.summary.Rehearsal = rehearsal
		first := 1
		if rehearsal {
			first = 2
		}
		file := open(t, writeRetry(t, src))
		protection, err := file.GetSheetProtection("Payroll")
		if err != nil || !protection.SelectLockedCells || !protection.AutoFilter || !protection.Sort || !protection.InsertRows || !protection.FormatCells || protection.InsertColumns {
			t.Errorf("rehearsal %v: got protection %+v, %v", rehearsal, protection, err)
		}
		// Column K is retry_of, N and XFD are beyond the list, as row 900 is.
		for _, column := range []string{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "XFD"} {
			for _, row := range []int{first, first + 1, first + 2, 900} {
				cell, _ := excelize.JoinCellName(column, row)
				if got := locked(t, file, cell); got != (column == "K") {
					t.Errorf("rehearsal %v: %s is locked: %v", rehearsal, cell, got)
				}
			}
		}
		for _, cell := range []string{"A2", "D2", "D3", "D900", "A900"} {
			id, _ := file.GetCellStyle("Payroll", cell)
			if style, err := file.GetStyle(id); err != nil || style.CustomNumFmt == nil && style.NumFmt != 49 || style.CustomNumFmt != nil && *style.CustomNumFmt != "@" {
				t.Errorf("%s is not formatted as text: %+v, %v", cell, style, err)
			}
		}
		comments, err := file.GetComments("Payroll")
		header, _ := excelize.JoinCellName("K", first)
		if err != nil || len(comments) != 1 || comments[0].Cell != header || !strings.Contains(comments[0].Text, "no second salary") {
			t.Errorf("got comments %+v, %v", comments, err)
		}
	}
}

func TestRetryFileLeavesOutWhatWasPaidAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "retry.xlsx")
	n, err := reports.WriteRetry(t.Context(), path, retried(), options)
	if n != 3 || err != nil {
		t.Fatalf("got %d, %v; want 3", n, err)
	}
	file := open(t, path)
	var got []string
	for _, row := range rowsOf(t, file, "Payroll")[1:] {
		got = append(got, row[0]+" "+row[10])
	}
	// Each points to the newest payout in its place, and to itself when there is none.
	want := []string{"000004 2026-11-BBBBBB/4", "000006 2026-11-BBBBBB/6", "000009 2026-11-ABC123/9/1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if why := rowsOf(t, file, "What to correct"); len(why) != 4 || !strings.Contains(why[1][1], "Paid again by batch 2026-11-BBBBBB line 4 (rejected).") {
		t.Errorf("got %q", why)
	}
}

func TestRetryFileWithEverythingPaidAgainIsNotWritten(t *testing.T) {
	src := newSource(newPayout(2, ledger.Failed), newPayout(3, ledger.Rejected))
	src.replacements = map[int][]ledger.Replacement{
		2: {{Batch: "2026-11-BBBBBB", Line: 2, Status: ledger.Settled}}, 3: {{Batch: "2026-11-BBBBBB", Line: 3, Status: ledger.Queued}},
	}
	path := filepath.Join(t.TempDir(), "retry.xlsx")
	if n, err := reports.WriteRetry(t.Context(), path, src, options); n != 0 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	wantFiles(t, filepath.Dir(path))
	if err := os.WriteFile(path, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := reports.WriteRetry(t.Context(), path, src, options); n != 0 || err != nil {
		t.Errorf("over somebody's file: got %d, %v", n, err)
	}
}

func TestRetryFileOfTheSameStateIsTheSame(t *testing.T) {
	first, _ := os.ReadFile(writeRetry(t, retried()))
	for range 3 {
		if again, _ := os.ReadFile(writeRetry(t, retried())); len(again) == 0 || !slices.Equal(first, again) {
			t.Fatal("two retry files of the same state differ")
		}
	}
}

// TestRetryFileComesThroughLibreOffice: people open it there, correct it and save it.
func TestRetryFileComesThroughLibreOffice(t *testing.T) {
	path := writeRetry(t, everyStatus())
	saved := open(t, savedByLibreOffice(t, path)[0])
	for _, sheet := range []string{"Payroll", "What to correct"} {
		want, got := rowsOf(t, open(t, path), sheet), rowsOf(t, saved, sheet)
		if len(got) != len(want) {
			t.Fatalf("%s: got %d rows, want %d", sheet, len(got), len(want))
		}
		for i := range want {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("%s, row %d:\n got %q\nwant %q", sheet, i+1, got[i], want[i])
			}
		}
	}
	for cell, want := range map[string]bool{"A2": false, "D2": false, "D900": false, "E3": false, "K2": true, "K3": true} {
		if got := locked(t, saved, cell); got != want {
			t.Errorf("%s is locked: %v", cell, got)
		}
	}
	if protection, err := saved.GetSheetProtection("Payroll"); err != nil || !protection.SelectUnlockedCells {
		t.Errorf("got protection %+v, %v", protection, err)
	}
	if kind, _ := saved.GetCellType("Payroll", "D2"); kind != excelize.CellTypeSharedString && kind != excelize.CellTypeInlineString {
		t.Errorf("the account number is not text but %v", kind)
	}
}
