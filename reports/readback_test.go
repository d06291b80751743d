package reports_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gajian/ledger"
	"gajian/reports"
)

// everySheet makes LibreOffice write each sheet to a file of its own: comma, double quote, UTF-8,
// texts quoted, as shown, and -1 for all sheets (LibreOffice help, "Filter options for CSV").
const everySheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,-1"

// TestLibreOfficeReadsEveryRow reads lists of several chunks and of several sheets with another
// program: all rows are there, and what has to be text is.
func TestLibreOfficeReadsEveryRow(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice (LibreOffice) is not on the PATH, so no other program can read the workbook")
	}
	if testing.Short() {
		t.Skip("starting LibreOffice takes seconds")
	}
	t.Cleanup(reports.SetMaxRows(2001)) // the header and 2,000 rows: more than a chunk
	var payouts []ledger.Payout
	for i := range 4321 {
		payouts = append(payouts, newPayout(i+2, ledger.Settled))
	}
	path, dir := writeWorkbook(t, newSource(payouts...), options), t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second) // a first start on a slow machine takes about ten
	defer cancel()
	out, err := exec.CommandContext(ctx, soffice, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", everySheet, "--outdir", dir, path).CombinedOutput()
	if err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	line := 2
	for i, rows := range []int{2000, 2000, 321} {
		sheet := []string{"Payouts", "Payouts 2", "Payouts 3"}[i]
		records := recordsOf(t, filepath.Join(dir, "2026-11-ABC123-"+sheet+".csv"))
		if len(records) != 1+rows {
			t.Errorf("%s: %d rows below the header, want %d", sheet, len(records)-1, rows)
		}
		for _, got := range records[1:] {
			p := payouts[line-2]
			want := []string{fmt.Sprint(p.Number), p.EmployeeID, p.Name, "014", "BCA", p.AccountNumber}
			if !slices.Equal(got[:len(want)], want) || got[8] != "settled" || got[14] != "2026-11-28 09:24:05" {
				t.Fatalf("%s: got %q, want %q", sheet, got, want)
			}
			line++
		}
	}
	if got, want := len(recordsOf(t, filepath.Join(dir, "2026-11-ABC123-Audit 3.csv"))), 1+2+4321-2*2000; got != want {
		t.Errorf("Audit 3: %d rows, want %d", got, want)
	}
}

func recordsOf(t *testing.T, path string) [][]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return records
}
