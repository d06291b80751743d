package reports_test

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
	"gajian/reports"
)

// stored matches the value that a formula's cell was written with.
var stored = regexp.MustCompile(`</f><v>[^<]*</v>`)

// TestStoredValuesAreWhatLibreOfficeCalculates takes the stored values out of workbooks, lets
// LibreOffice calculate them anew, and compares.
func TestStoredValuesAreWhatLibreOfficeCalculates(t *testing.T) {
	disagreeing := everyStatus()
	disagreeing.summary.Lines, disagreeing.summary.Fees = 17, 3
	disagreeing.summary.ByStatus[ledger.Returned] = ledger.Count{Count: 1, Amount: 5_50}
	unread := everyStatus()
	unread.summary.Balance, unread.summary.Rehearsal = ledger.Balance{}, true
	restore := reports.SetMaxRows(11)
	paths := map[string]string{"several sheets": writeWorkbook(t, everyStatus(), options)}
	restore()
	paths["changes"] = writeWorkbook(t, thisMonth(), withChanges(lastMonth()))
	for name, src := range map[string]*fakeSource{"retries": retried(), "every status": everyStatus(), "disagreeing": disagreeing, "balance not read": unread, "empty": newSource()} {
		paths[name] = writeWorkbook(t, src, options)
	}
	var names, stripped []string
	dir := t.TempDir()
	for name, path := range paths {
		names = append(names, name)
		stripped = append(stripped, filepath.Join(dir, fmt.Sprintf("%d.xlsx", len(names))))
		withoutValues(t, path, stripped[len(stripped)-1])
	}
	calculated := savedByLibreOffice(t, stripped...)
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			compareFormulas(t, open(t, paths[name]), open(t, calculated[i]))
		})
	}
}

// savedByLibreOffice opens workbooks in LibreOffice, which calculates them, and returns where it saved
// them. Without LibreOffice the test is skipped.
func savedByLibreOffice(t *testing.T, paths ...string) (saved []string) {
	t.Helper()
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice (LibreOffice) is not on the PATH, so the file cannot be opened by another program")
	}
	if testing.Short() {
		t.Skip("starting LibreOffice takes seconds")
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second) // a first start on a slow machine takes about ten
	defer cancel()
	args := []string{"-env:UserInstallation=file://" + dir + "/profile", "--headless", "--convert-to", "xlsx", "--outdir", dir + "/saved"}
	if out, err := exec.CommandContext(ctx, soffice, append(args, paths...)...).CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	for _, path := range paths {
		saved = append(saved, filepath.Join(dir, "saved", filepath.Base(path)))
	}
	return saved
}

// withoutValues copies a workbook and takes the stored values of its formulas out.
func withoutValues(t *testing.T, from, to string) {
	t.Helper()
	in, err := zip.OpenReader(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	file, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out := zip.NewWriter(file)
	for _, part := range in.File {
		content, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		entry, err := out.Create(part.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(stored.ReplaceAll(data, []byte("</f>"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func compareFormulas(t *testing.T, ours, theirs *excelize.File) {
	t.Helper()
	compared := 0
	for _, sheet := range []string{"Summary", "Balance", "Journal"} {
		for i, row := range rowsOf(t, ours, sheet) {
			for j, want := range row {
				cell, _ := excelize.CoordinatesToCellName(j+1, i+1)
				formula, err := ours.GetCellFormula(sheet, cell)
				if err != nil {
					t.Fatal(err)
				}
				if formula == "" {
					continue
				}
				compared++
				got, _ := theirs.GetCellValue(sheet, cell, excelize.Options{RawCellValue: true})
				if !sameNumber(got, want) {
					t.Errorf("%s!%s =%s: stored %q, calculated %q", sheet, cell, formula, want, got)
				}
			}
		}
	}
	if compared < 45 {
		t.Errorf("only %d formulas were compared", compared)
	}
}

func sameNumber(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && math.Abs(x-y) < 0.001
}
