package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"testing"

	"github.com/xuri/excelize/v2"
)

// BenchmarkCheck reads and checks a payroll file with "gajian check": seconds and the most memory
// of the process.
func BenchmarkCheck(b *testing.B) {
	lines := benchNumber("GAJIAN_BENCH_CHECK_LINES", 20_000, 1_000_000)
	beside := benchNumber("GAJIAN_BENCH_CHECK_LINES", 20_000, 100_000)
	b.Run(fmt.Sprintf("csv/lines=%d", lines), func(b *testing.B) {
		benchCheck(b, atMost(5).from(lines, million), atMost(64).from(lines, million), func(p *performance) string { return p.writePayroll(lines) })
	})
	b.Run(fmt.Sprintf("xlsx-shared/lines=%d", lines), func(b *testing.B) {
		benchCheck(b, noTarget, atMost(700).from(lines, million), func(p *performance) string { return p.writeWorkbook(lines, true) })
	})
	b.Run(fmt.Sprintf("xlsx-inline/lines=%d", lines), func(b *testing.B) {
		benchCheck(b, noTarget, atMost(64).from(lines, million), func(p *performance) string { return p.writeWorkbook(lines, false) })
	})
	b.Run(fmt.Sprintf("xlsx-shared-beside-excelize/lines=%d", beside), func(b *testing.B) { benchBesideRows(b, beside) })
}

func benchCheck(b *testing.B, seconds, megabytes target, write func(*performance) string) {
	p := newPerformance(b)
	path := write(p)
	for range b.N {
		m := p.measure(p.gajian, "check", path, "--period", "2026-11")
		p.report("s", m.wall.Seconds(), seconds)
		p.report("cpu-s", m.processor.Seconds(), noTarget)
		p.report("peak-MB", m.megabytes(), megabytes)
	}
}

// benchBesideRows compares with a program that reads the same rows with excelize and does nothing.
func benchBesideRows(b *testing.B, lines int) {
	p := newPerformance(b)
	path := p.writeWorkbook(lines, true)
	for range b.N {
		var own, bare measured
		inTurn(
			func() { own = p.measure(p.gajian, "check", path, "--period", "2026-11") },
			func() { bare = p.measure("barerows", path) },
		)
		p.report("s", own.wall.Seconds(), noTarget)
		p.report("bare-s", bare.wall.Seconds(), noTarget)
		p.report("of-bare", own.wall.Seconds()/bare.wall.Seconds(), atMost(1.1).from(lines, 100_000))
		p.report("cpu-of-bare", own.processor.Seconds()/bare.processor.Seconds(), noTarget)
		p.report("peak-MB", own.megabytes(), atMost(150).from(lines, 100_000))
		p.report("bare-peak-MB", bare.megabytes(), noTarget)
	}
}

// bareRows reads every row of a workbook's first sheet with excelize. Usage: barerows FILE.
func bareRows() {
	debug.SetGCPercent(400)
	file, err := excelize.OpenFile(os.Args[1], excelize.Options{RawCellValue: true})
	helperMust(err)
	rows, err := file.Rows(file.GetSheetName(0))
	helperMust(err)
	for rows.Next() {
		_, err := rows.Columns()
		helperMust(err)
	}
	helperMust(rows.Error())
	helperMust(rows.Close())
	helperMust(file.Close())
}
