package reports_test

import (
	"archive/zip"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"gajian/ledger"
	"gajian/reports"
)

// counted counts in n how often walk is walked.
func counted[T any](walk func() iter.Seq2[T, error], n *int) func() iter.Seq2[T, error] {
	return func() iter.Seq2[T, error] {
		*n++
		return walk()
	}
}

// TestTheLedgerIsWalkedOnce: reading a million payouts takes seconds, and two walks could differ.
func TestTheLedgerIsWalkedOnce(t *testing.T) {
	for name, test := range map[string]struct {
		src             *fakeSource
		payouts, events int // walks for the workbook
		retry           int // walks of the payouts for the retry file
	}{
		"some to try again": {everyStatus(), 1, 1, 1},
		"all are settled":   {newSource(newPayout(2, ledger.Settled)), 1, 1, 0},
		"empty":             {newSource(), 1, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			payouts, events := 0, 0
			test.src.payouts, test.src.events = counted(test.src.payouts, &payouts), counted(test.src.events, &events)
			writeWorkbook(t, test.src, options)
			if payouts != test.payouts || events != test.events {
				t.Errorf("workbook: %d walks of the payouts and %d of the events, want %d and %d", payouts, events, test.payouts, test.events)
			}
			payouts, events = 0, 0
			if _, err := reports.WriteRetry(t.Context(), filepath.Join(t.TempDir(), "retry.xlsx"), test.src, options); err != nil {
				t.Fatal(err)
			}
			if payouts != test.retry || events != 0 {
				t.Errorf("retry file: %d walks of the payouts and %d of the events, want %d and none", payouts, events, test.retry)
			}
		})
	}
}

// TestRowsOfManyChunksAreAllThere writes far more than excelize is given at a time, in sheets that
// begin in the middle of a chunk, and with texts larger than one.
func TestRowsOfManyChunksAreAllThere(t *testing.T) {
	t.Cleanup(reports.SetMaxRows(2000))
	var payouts []ledger.Payout
	for i := range 5000 {
		p := newPayout(i+2, ledger.Settled)
		if i%1000 == 17 {
			p.Status, p.Remark, p.Extra = ledger.Failed, strings.Repeat("<&>\"", 8000), []string{strings.Repeat("日本", 16000), strings.Repeat("\n", 32000)}
		}
		payouts = append(payouts, p)
	}
	for name, password := range map[string]string{"on the disk": "", "in memory": "x"} {
		t.Run(name, func(t *testing.T) {
			o := options
			o.Password = password
			src := newSource(payouts...)
			file := open(t, writeWorkbook(t, src, o), excelize.Options{Password: password})
			line := 2
			for i, sheet := range []string{"Payouts", "Payouts 2", "Payouts 3"} {
				rows := rowsOf(t, file, sheet)
				dimension, err := file.GetSheetDimension(sheet)
				if want := fmt.Sprintf("A1:V%d", len(rows)); dimension != want || err != nil {
					t.Errorf("%s: dimension %s (%v), want %s", sheet, dimension, err, want)
				}
				for n, row := range rows[1:] {
					want := payouts[line-2]
					if row[0] != fmt.Sprint(want.Number) || row[19] != want.Remark || row[20] != want.Extra[0] || row[21] != want.Extra[1] {
						t.Fatalf("%s: row %d is not that of line %d: %.200q", sheet, n+2, want.Number, row)
					}
					line++
				}
				if want := []int{2000, 2000, 1003}[i]; len(rows) != want {
					t.Errorf("%s: got %d rows, want %d", sheet, len(rows), want)
				}
			}
			if got := len(rowsOf(t, file, "Exceptions")); got != 6 {
				t.Errorf("Exceptions: got %d rows, want 6", got)
			}
		})
	}
}

// TestARowLargerThanAStreamHolds: excelize moves more than 16 MiB to a file, which has to be passed
// on and removed too, and has no folder to be in when there is a password.
func TestARowLargerThanAStreamHolds(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes and reads 80 MB")
	}
	large, small := newPayout(2, ledger.Settled), newPayout(3, ledger.Settled)
	src := newSource(large, small)
	text := strings.Repeat("x", 32767)
	src.summary.ExtraColumns, large.Extra = make([]string, 600), make([]string, 600)
	for i := range large.Extra {
		src.summary.ExtraColumns[i], large.Extra[i] = fmt.Sprint("Extra ", i), text
	}
	src.payouts = each([]ledger.Payout{large, small, large, small})
	for name, password := range map[string]string{"on the disk": "", "in memory": "x"} {
		t.Run(name, func(t *testing.T) {
			o := options
			o.Password = password
			path := writeWorkbook(t, src, o)
			rows := rowsOf(t, open(t, path, excelize.Options{Password: password}), "Payouts")
			if len(rows) != 5 || rows[1][619] != text || rows[3][619] != text || rows[4][0] != "3" || rows[4][21] != "Pagi" {
				t.Errorf("got %d rows, which are not those that were written", len(rows))
			}
			wantFiles(t, filepath.Dir(path), filepath.Base(path))
		})
	}
}

func TestJoinedCRCIsThatOfTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := rapid.SliceOf(rapid.Byte()).Draw(t, "first"), rapid.SliceOf(rapid.Byte()).Draw(t, "second")
		got := reports.JoinedCRC(crc32.ChecksumIEEE(first), crc32.ChecksumIEEE(second), uint64(len(second)))
		if want := crc32.ChecksumIEEE(append(first, second...)); got != want {
			t.Errorf("got %08x, want %08x", got, want)
		}
	})
}

// TestEveryPartReadsToItsEnd reads with archive/zip, which compares the length and the CRC of
// every part with what its header says.
func TestEveryPartReadsToItsEnd(t *testing.T) {
	archive, err := zip.OpenReader(writeWorkbook(t, everyStatus(), options))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, part := range archive.File {
		content, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, content); err != nil || n == 0 || uint64(n) != part.UncompressedSize64 {
			t.Errorf("%s: %d bytes of %d, %v", part.Name, n, part.UncompressedSize64, err)
		}
	}
}

// TestOnlyAWorkbookWithoutPasswordPassesThroughTheDisk looks beside the report while it is made:
// with a password nothing may lie there unencrypted.
func TestOnlyAWorkbookWithoutPasswordPassesThroughTheDisk(t *testing.T) {
	for password, want := range map[string]bool{"": true, "x": false} {
		o, path := options, filepath.Join(t.TempDir(), "r.xlsx")
		o.Password = password
		src, found := newSource(newPayout(2, ledger.Settled)), false
		payouts := src.payouts
		src.payouts = func() iter.Seq2[ledger.Payout, error] {
			entries, err := os.ReadDir(filepath.Dir(path))
			if err != nil {
				t.Error(err)
			}
			found = len(entries) > 0
			return payouts()
		}
		if err := reports.Write(t.Context(), path, src, o); err != nil {
			t.Fatal(err)
		}
		if found != want {
			t.Errorf("password %q: files beside the report while it is made: %v, want %v", password, found, want)
		}
	}
}
