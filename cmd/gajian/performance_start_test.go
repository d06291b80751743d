package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gajian/batch/kirimdoku/simulator"
)

// BenchmarkStart is how long the shortest commands take, from exec to exit, the median of 15 starts each.
func BenchmarkStart(b *testing.B) {
	p := newPerformance(b)
	folder := p.paidLedger(100, 100)
	for _, c := range []struct {
		name string
		args []string
	}{
		{"version", []string{"--version"}},
		{"status", []string{"status", "--ledger", filepath.Join(folder, "ledger.db")}},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := newPerformance(b)
			for range b.N {
				times := make([]float64, 15)
				for i := range times {
					times[i] = float64(p.measure(p.gajian, c.args...).wall.Microseconds()) / 1000
				}
				p.report("ms", median(times), atMost(30))
			}
		})
	}
}

// BenchmarkResume goes on with a batch that was killed when half of its payouts had been
// transferred. The time is from exec to the first byte of a call at the provider:
//
//	first-call-s     any call; a run begins with the token and the balance
//	first-payout-s   the first call about a payout
//
// warm: the ledger was read just before. cold: nothing of the ledger's folder is in the page cache
// (posix_fadvise DONTNEED after a sync); the program itself is. run-again is the command that a
// person types, which reads the payroll file first; resume goes on without it.
func BenchmarkResume(b *testing.B) {
	lines := benchLines()
	for _, c := range []struct {
		name    string
		cold    bool
		run     bool
		seconds target
	}{
		{"resume/warm", false, false, atMost(0.5).from(lines, million)},
		{"resume/cold", true, false, atMost(1.5).from(lines, million)},
		{"run-again/warm", false, true, noTarget},
	} {
		b.Run(fmt.Sprintf("%s/lines=%d", c.name, lines), func(b *testing.B) {
			for range b.N {
				p := newPerformance(b)
				p.resumed(lines, c.cold, c.run, c.seconds)
			}
		})
	}
}

func (p *performance) resumed(lines int, cold, runAgain bool, seconds target) {
	folder := filepath.Join(p.folder, "copy")
	p.must(os.CopyFS(folder, os.DirFS(p.paidLedger(lines, lines/2))))
	if cold {
		p.chill(folder)
	}
	args := []string{"resume", "--ledger", filepath.Join(folder, "ledger.db")}
	if runAgain {
		_, args = p.newRun(p.writePayroll(lines))
		args = append(args[:2], "--ledger", filepath.Join(folder, "ledger.db"), "--period", "2026-02")
	}
	front := p.serveHere()
	c := p.command(p.gajian, args...)
	began := time.Now()
	p.must(c.Start())
	seen := front.awaitPayout(5 * time.Minute) // far more than the worst seen
	_ = c.Process.Kill()
	_ = c.Wait() // killed
	if seen.FirstOfPayout == 0 {
		p.b.Fatalf("%v made no call about a payout: %v", args, c.ProcessState)
	}
	after := func(nanoseconds int64) float64 {
		return front.started.Add(time.Duration(nanoseconds)).Sub(began).Seconds()
	}
	p.report("first-call-s", after(seen.First), seconds)
	p.report("first-payout-s", after(seen.FirstOfPayout), noTarget) // waits for the whole ledger to be verified
}

// awaitPayout waits for the first call about a payout and returns what has come by then.
func (f *countingFront) awaitPayout(longest time.Duration) (seen arrivals) {
	for deadline := time.Now().Add(longest); seen.FirstOfPayout == 0 && time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		f.mu.Lock()
		seen = f.seen
		f.mu.Unlock()
	}
	return seen
}

// chill takes a folder's files out of the page cache.
func (p *performance) chill(folder string) {
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	p.must(err)
	for _, path := range files {
		if err := dropFromCache(path); err != nil {
			p.b.Skipf("no cold start here: %v", err)
		}
	}
}

// serveHere is a provider in this process, whose clock is that of the start.
func (p *performance) serveHere() *countingFront {
	keys := filepath.Join(p.folder, "keys")
	doku, err := newBenchSimulator(keys, simulator.Config{})
	p.must(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	p.must(err)
	front := newCountingFront(doku)
	ctx, stop := context.WithCancel(context.Background())
	p.b.Cleanup(stop)
	go func() { _ = front.serve(ctx, listener) }() // it ends with the benchmark
	p.pointTo("http://"+listener.Addr().String(), keys)
	return front
}
