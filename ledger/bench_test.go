package ledger_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
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

// benchLines is how many payouts the benchmarks of whole lives have: GAJIAN_BENCH_LINES, or a few.
func benchLines(b *testing.B) int {
	text := os.Getenv("GAJIAN_BENCH_LINES")
	if text == "" {
		return 5_000
	}
	lines, err := strconv.Atoi(text)
	if err != nil || lines < 1 {
		b.Fatalf("GAJIAN_BENCH_LINES=%s", text)
	}
	return lines
}

// BenchmarkPayouts takes payouts through a whole life without trouble, with what a real one's
// answers say: by many workers, by few, and one after the other, with a provider that answers at once and one that
// takes its time. It tells the
// processor's time, the events that share a commit, and what a payout takes on disk.
func BenchmarkPayouts(b *testing.B) {
	for _, latency := range []time.Duration{0, 20 * time.Millisecond} {
		for _, workers := range []int{64, 16, 1} {
			b.Run(fmt.Sprintf("latency=%s/workers=%d", latency, workers), func(b *testing.B) {
				lines := benchLines(b)
				if latency > 0 {
					lines = min(lines, 50*workers) // three seconds
				}
				for b.Loop() {
					b.StopTimer()
					path := filepath.Join(b.TempDir(), "ledger.db")
					store := reopen(b, path)
					batch := create(b, store, "2026-11", lines)
					commits, before := countCommits(b), processorTime(b)
					b.StartTimer()
					liveAll(b, store, batch.ID, lines, workers, latency)
					b.StopTimer()
					b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(lines), "cpu-us/payout")
					b.ReportMetric(float64(4*lines)/float64(commits.Load()), "events/commit")
					if err := store.Close(); err != nil {
						b.Fatal(err)
					}
					reportSize(b, path, lines)
					b.StartTimer()
				}
				b.ReportMetric(float64(lines*b.N)/b.Elapsed().Seconds(), "payouts/s")
			})
		}
	}
}

// liveAll takes every payout of a batch from queued to settled.
func liveAll(b *testing.B, store *ledger.Store, batch string, lines, workers int, latency time.Duration) {
	var next atomic.Int64
	next.Store(1)
	var pool sync.WaitGroup
	for range workers {
		pool.Go(func() {
			for n := next.Add(1); n < int64(lines)+2; n = next.Add(1) {
				live(b, store, batch, int(n), latency)
			}
		})
	}
	pool.Wait()
	if err := store.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
}

// countCommits counts the durable writes from now on.
func countCommits(b *testing.B) *atomic.Int64 {
	commits := &atomic.Int64{}
	ledger.OnCrashPoint(b, func(point string) {
		if point == "commit:after" {
			commits.Add(1)
		}
	})
	return commits
}

// reportSize tells what a payout takes of the file, and how much of the file is free.
func reportSize(b *testing.B, path string, lines int) {
	used, free, err := ledger.Usage(path)
	if err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(used*ledger.PageSize)/float64(lines), "used-bytes/payout")
	b.ReportMetric(float64(info.Size())/float64(lines), "file-bytes/payout")
	b.ReportMetric(100*float64(free)/float64(used+free), "%free")
}

// BenchmarkOpenAndVerify measures how long a ledger of payouts that were all paid takes to open, page
// by page, and to be verified.
func BenchmarkOpenAndVerify(b *testing.B) {
	lines, path := benchLines(b), filepath.Join(b.TempDir(), "ledger.db")
	store := reopen(b, path).NoSync() // only what is in the file counts here
	batch := create(b, store, "2026-11", lines)
	liveAll(b, store, batch.ID, lines, 64, 0)
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
	var opened, checked time.Duration
	for b.Loop() {
		started := time.Now()
		store = reopen(b, path)
		opened += time.Since(started)
		started = time.Now()
		verified(b, store)
		checked += time.Since(started)
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(opened.Seconds()*1e3/float64(b.N), "open-ms")
	b.ReportMetric(checked.Seconds()*1e3/float64(b.N), "verify-ms")
}

// live takes a payout from queued to settled, as a run does when nothing goes wrong; each of its three
// calls takes a provider's latency.
func live(b *testing.B, store *ledger.Store, batch string, n int, latency time.Duration) {
	p := ledger.Payout{Batch: batch, Line: ledger.Line{Number: n}, Status: ledger.Queued}
	p.Session, p.InquiredAt, p.HolderName, p.NameScore, p.Fee = fmt.Sprintf("I%016d", 438729855304540+int64(n)), time.Now(), fmt.Sprintf("PEGAWAI %d", n), 0.97, 450_000
	step := func(to ledger.Status, evidence ledger.Evidence) {
		if err := store.Record(context.Background(), ledger.Move{Payout: p, To: to, Actor: "run", Evidence: evidence}); err != nil {
			b.Error(err)
		}
		p.Status = to
	}
	time.Sleep(latency)
	step(ledger.Verified, ledger.Evidence{Code: "2004200"})
	body := sha256.Sum256([]byte(p.Session))
	p.Attempts, p.ExternalID, p.TransferredAt = 1, fmt.Sprintf("20261123%024d", n), time.Now()
	if err := store.Submit(context.Background(), p, "run", ledger.Evidence{ExternalID: p.ExternalID, Session: p.Session, BodyDigest: body[:]}); err != nil {
		b.Error(err)
	}
	time.Sleep(latency)
	p.Status, p.ProviderReference = ledger.Submitting, fmt.Sprintf("DK%010d", 987654321+n)
	step(ledger.Pending, ledger.Evidence{Code: "2004300", Message: "Successful", ProviderReference: p.ProviderReference})
	time.Sleep(latency)
	p.SettledAt = time.Now()
	step(ledger.Settled, ledger.Evidence{Code: "2003600", TransferStatus: "00", Message: "Successful", ProviderReference: p.ProviderReference, Answer: ledger.AnswerKnown})
}
