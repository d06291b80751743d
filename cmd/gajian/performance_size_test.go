package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// benchLines is the size of the larger run, and of the ledgers that are reported on and resumed.
func benchLines() int { return benchNumber("GAJIAN_BENCH_LINES", 10_000, 1_000_000) }

// million is the size for which the targets are.
const million = 1_000_000

// BenchmarkSize pays files of three sizes, a hundredth, a tenth and the whole of the largest, against
// a provider without latency, with the workbook:
//
//	payouts/s                 of the whole process at the largest size
//	of-hundredth              the same over that of the smallest: the cost over size
//	raw-of-hundredth          the same of the raw loop: what the provider and the machine cost over size
//	paying/s, paying-of-hundredth   from the first call of a payout to the last call
//	peak-MB, peak-growth-MB   most memory, and what it grew by from the middle size to the largest
//	ledger-B/payout           the ledger's file; with what lies beside it in all-B/payout
//	workbook-MB               BATCH.xlsx
func BenchmarkSize(b *testing.B) {
	lines := benchLines()
	b.Run(fmt.Sprintf("lines=%d", lines), func(b *testing.B) {
		for range b.N {
			p := newPerformance(b)
			var rates, paying, raw []float64 // of the hundredth: seconds say little, so there are six of each
			hundredths := func() {
				for range 3 {
					small := p.paid(lines / 100)
					rates, paying = append(rates, small.rate(lines/100)), append(paying, float64(lines/100)/small.paying.Seconds())
					raw = append(raw, p.rawRate(lines/100))
				}
			}
			hundredths()
			middle, large, rawLarge := p.paid(lines/10), p.paid(lines), p.rawRate(lines)
			hundredths()
			p.report("payouts/s", large.rate(lines), noTarget)
			p.report("payouts/s-at-hundredth", median(rates), noTarget)
			p.report("of-hundredth", large.rate(lines)/median(rates), atLeast(0.9).from(lines, million))
			p.report("raw-of-hundredth", rawLarge/median(raw), noTarget)
			p.report("paying/s", float64(lines)/large.paying.Seconds(), noTarget)
			p.report("paying-of-hundredth", float64(lines)/large.paying.Seconds()/median(paying), noTarget)
			p.report("cpu-ms/1000", large.cpu(lines), noTarget)
			p.report("peak-MB", large.megabytes(), noTarget)
			p.report("peak-growth-MB", large.megabytes()-middle.megabytes(), atMost(30).from(lines, million))
			p.report("ledger-B/payout", float64(large.ledger)/float64(lines), atMost(600).from(lines, million))
			p.report("all-B/payout", float64(large.state)/float64(lines), noTarget)
			p.report("workbook-MB", float64(large.workbook)/(1<<20), noTarget)
		}
	})
}

// paidFile is what a run left and took.
type paidFile struct {
	measured
	ledger, state, workbook int64 // bytes; state is the ledger and everything beside it but workbooks
}

// rawRate is how many payouts a second the raw loop makes the calls of, at a provider of its own.
func (p *performance) rawRate(payouts int) float64 {
	p.b.Helper()
	p.serve()
	made := p.raw(payouts)
	p.judge(payouts)
	return made.rate(payouts)
}

// paid pays a file of so many lines at a provider of its own.
func (p *performance) paid(lines int) (result paidFile) {
	p.b.Helper()
	p.serve()
	folder, args := p.newRun(p.writePayroll(lines))
	defer os.RemoveAll(folder)
	result.measured = p.measure(p.gajian, args...)
	p.judge(lines)
	seen := p.arrivals()
	result.paying = time.Duration(seen.Last - seen.FirstOfPayout)
	p.must(filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		switch {
		case strings.HasSuffix(path, ".xlsx"):
			result.workbook = max(result.workbook, info.Size())
		case filepath.Base(path) == "ledger.db":
			result.ledger = info.Size()
			fallthrough
		default:
			result.state += info.Size()
		}
		return nil
	}))
	return result
}

// BenchmarkWorkbook writes the workbook of a finished batch anew with "gajian report", and streams
// the same number of rows and cells of the same kinds with bare excelize, in turns.
func BenchmarkWorkbook(b *testing.B) {
	lines := benchLines()
	b.Run(fmt.Sprintf("lines=%d", lines), func(b *testing.B) {
		for range b.N {
			p := newPerformance(b)
			folder := p.paidLedger(lines, lines)
			out := filepath.Join(p.folder, "again.xlsx")
			report := func() measured {
				return p.measure(p.gajian, "report", "20", "--out", out, "--ledger", filepath.Join(folder, "ledger.db"))
			}
			report()
			shape := workbookShape(p, out)
			var own, bare measured
			inTurn(
				func() { own = report() },
				func() {
					bare = p.measure("barestream", append([]string{filepath.Join(p.folder, "bare.xlsx")}, shape...)...)
				},
			)
			p.b.Logf("sheets, as rows:texts:numbers in all: %v", shape)
			p.report("s", own.wall.Seconds(), noTarget)
			p.report("bare-s", bare.wall.Seconds(), noTarget)
			p.report("of-bare", own.wall.Seconds()/bare.wall.Seconds(), atMost(1.3).from(lines, million))
			p.report("cpu-of-bare", own.processor.Seconds()/bare.processor.Seconds(), noTarget)
			p.report("peak-MB", own.megabytes(), atMost(120).from(lines, million))
			p.report("bare-peak-MB", bare.megabytes(), noTarget)
		}
	})
}

// paidLedger is the folder of a ledger whose run was killed after so many transfers, or ended by
// itself when that is all of them. It is made once for all benchmarks of this process.
func (p *performance) paidLedger(lines, transfers int) string {
	p.b.Helper()
	folder := filepath.Join(builtFolder, fmt.Sprintf("ledger-%d-of-%d", transfers, lines))
	if _, err := os.Stat(folder); err == nil {
		return folder
	}
	made, args := p.newRun(p.writePayroll(lines))
	p.serve()
	if transfers == lines {
		p.measure(p.gajian, args...)
	} else {
		p.killAt(transfers, append([]string{p.gajian}, args...))
	}
	p.must(os.Rename(made, folder)) // both are folders of this machine's temporary one
	return folder
}
