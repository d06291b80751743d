package ledger_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gajian/ledger"
)

// BenchmarkSubmit measures durable intents by workers that each wait for theirs before the next;
// syncs are shared by those who wait at the same time.
func BenchmarkSubmit(b *testing.B) {
	for _, workers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			store := open(b)
			batch := create(b, store, "2026-11", b.N)
			for n := range b.N {
				p := payout(b, store, batch.ID, n+2)
				move(b, store, &p, ledger.Verified)
			}
			if err := store.Flush(context.Background()); err != nil {
				b.Fatal(err)
			}
			var next atomic.Int64
			next.Store(1)
			var pool sync.WaitGroup
			b.ResetTimer()
			for range workers {
				pool.Go(func() {
					for n := next.Add(1); n < int64(b.N)+2; n = next.Add(1) {
						p := ledger.Payout{Batch: batch.ID, Line: ledger.Line{Number: int(n)}, Status: ledger.Verified}
						p.ExternalID, p.Attempts, p.Session = "20261123000000000000000000000001", 1, "I0438729855304540"
						if err := store.Submit(context.Background(), p, "run", ledger.Evidence{ExternalID: p.ExternalID, Session: p.Session, BodyDigest: make([]byte, 32)}); err != nil {
							b.Error(err)
						}
					}
				})
			}
			pool.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "intents/s")
		})
	}
}

func BenchmarkCreate100k(b *testing.B) {
	const lines = 100_000
	all := drafts(lines)
	announced := announce("2026-11", all)
	for b.Loop() {
		b.StopTimer()
		store := reopen(b, filepath.Join(b.TempDir(), "ledger.db"))
		b.StartTimer()
		if _, err := store.Create(context.Background(), announced, addAll(all)); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(lines*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkLedgerSizePerPayout tells what a payout's whole life takes on disk: settled without
// trouble, with the identifiers that a real one has.
func BenchmarkLedgerSizePerPayout(b *testing.B) {
	const lines = 5_000
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "ledger.db")
		store := reopen(b, path)
		batch := create(b, store, "2026-11", lines)
		var pool sync.WaitGroup
		for w := range 16 {
			pool.Go(func() {
				for n := 2 + w; n < lines+2; n += 16 {
					live(b, store, batch.ID, n)
				}
			})
		}
		pool.Wait()
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		started := time.Now()
		store = reopen(b, path)
		b.ReportMetric(float64(time.Since(started).Milliseconds()), "ms/open")
		started = time.Now()
		verified(b, store)
		b.ReportMetric(float64(time.Since(started).Milliseconds()), "ms/verify")
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/lines, "bytes/payout")
	}
}

func live(b *testing.B, store *ledger.Store, batch string, n int) {
	p := payout(b, store, batch, n)
	p.Session, p.InquiredAt, p.HolderName, p.NameScore, p.Fee = "I0438729855304540", time.Now(), "PEGAWAI", 0.97, 450_000
	step := func(to ledger.Status, evidence ledger.Evidence) {
		if err := store.Record(context.Background(), ledger.Move{Payout: p, To: to, Actor: "run", Evidence: evidence}); err != nil {
			b.Error(err)
		}
		p.Status = to
	}
	step(ledger.Verified, ledger.Evidence{Code: "2004200", Message: "Successful", Session: p.Session})
	p.Attempts, p.ExternalID, p.TransferredAt = 1, fmt.Sprintf("20261123%024d", n), time.Now()
	if err := store.Submit(context.Background(), p, "run", ledger.Evidence{ExternalID: p.ExternalID, Session: p.Session, BodyDigest: make([]byte, 32)}); err != nil {
		b.Error(err)
	}
	p.Status, p.ProviderReference = ledger.Submitting, "DK0987654321"
	step(ledger.Pending, ledger.Evidence{Code: "2004300", Message: "Successful", ProviderReference: p.ProviderReference})
	p.SettledAt = time.Now()
	step(ledger.Settled, ledger.Evidence{Code: "2003600", TransferStatus: "00", ProviderReference: p.ProviderReference})
}
