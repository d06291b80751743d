package batch_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"gajian/batch"
	"gajian/ledger"
)

// stockLines is how many lines the benchmarks have: GAJIAN_BENCH_LINES, or enough for a measurement of
// seconds.
func stockLines(b *testing.B) int {
	b.Helper()
	text := os.Getenv("GAJIAN_BENCH_LINES")
	if text == "" {
		return 100_000
	}
	lines, err := strconv.Atoi(text)
	if err != nil || lines < 1 {
		b.Fatalf("GAJIAN_BENCH_LINES=%s: want a number of lines", text)
	}
	return lines
}

// invented walks lines that are made as they are asked for, so that the memory is that of the stock.
func invented(count int, walked func()) batch.Lines {
	return func(yield func(ledger.Line) error) error {
		line := people(1)[0]
		for i := range count {
			line.Number = i + 2
			line.EmployeeID, line.AccountNumber = fmt.Sprintf("E%07d", i), fmt.Sprintf("80%08d", i)
			if err := yield(line); err != nil {
				return err
			}
		}
		walked()
		return nil
	}
}

// BenchmarkTakeStock takes stock of a file without its reading. live-B/line is what stays in memory for a
// line when all were seen and none was compared yet, and after-B/line what is left in the end.
func BenchmarkTakeStock(b *testing.B) {
	count := stockLines(b)
	live := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before, seen := live(), int64(0)
	stock, err := batch.TakeStock(b.Context(), nil, invented(count, func() { seen = live() }), "2026-11", true, batch.Review{})
	after := live()
	if err != nil || stock.Count != count {
		b.Fatal(stock.Count, err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := batch.TakeStock(b.Context(), nil, invented(count, func() {}), "2026-11", true, batch.Review{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*count)/b.Elapsed().Seconds(), "lines/s")
	b.ReportMetric(float64(seen-before)/float64(count), "live-B/line")
	b.ReportMetric(float64(after-before)/float64(count), "after-B/line")
	runtime.KeepAlive(stock)
}
