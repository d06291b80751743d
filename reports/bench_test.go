package reports_test

import (
	"iter"
	"path/filepath"
	"testing"

	"gajian/ledger"
	"gajian/reports"
)

// BenchmarkWorkbook writes 100,000 payouts with three events each, none of which is held in memory.
func BenchmarkWorkbook(b *testing.B) {
	const lines = 100_000
	p, src := newPayout(2, ledger.Settled), newSource()
	src.summary.Lines = lines
	src.payouts = func() iter.Seq2[ledger.Payout, error] {
		return func(yield func(ledger.Payout, error) bool) {
			for p.Number = 2; p.Number < 2+lines; p.Number++ {
				if !yield(p, nil) {
					return
				}
			}
		}
	}
	event := newEvents([]ledger.Payout{p})[2]
	src.events = func() iter.Seq2[ledger.Event, error] {
		return func(yield func(ledger.Event, error) bool) {
			for event.Sequence = 1; event.Sequence <= 3*lines; event.Sequence++ {
				if !yield(event, nil) {
					return
				}
			}
		}
	}
	path := filepath.Join(b.TempDir(), "r.xlsx")
	b.ReportAllocs()
	for b.Loop() {
		if err := reports.Write(b.Context(), path, src, options); err != nil {
			b.Fatal(err)
		}
	}
}
