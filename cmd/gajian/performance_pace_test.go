package main

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// BenchmarkRateLimit pays at a --rate that binds, and asks the provider's own record:
//
//	used-%          calls within the watched seconds, from the first call of a payout on, over rate × seconds
//	most-in-1s      the most calls whose first bytes came within any one second, over the whole run
//	over-limit      most-in-1s less the rate
//	provider-late-ms   how late the provider itself was at worst: on a busy machine its stamps are
//	                late by as much, and then calls that came evenly seem to come in a heap
func BenchmarkRateLimit(b *testing.B) {
	seconds := benchNumber("GAJIAN_BENCH_RATE_SECONDS", 6, 60)
	for _, rate := range []int{20, 100, 1000} {
		b.Run(fmt.Sprintf("rate=%d/seconds=%d", rate, seconds), func(b *testing.B) {
			for range b.N {
				p := newPerformance(b)
				p.serve("-record", "-latency", "20ms")
				seen := p.watch(rate, rate, time.Duration(seconds)*time.Second)
				most, at := mostWithin(seen.All, time.Second)
				begin := seen.FirstOfPayout
				p.b.Logf("the busiest second had %d calls and began %.2f s after the first call of a payout", most, float64(at-begin)/1e9)
				within := len(between(seen.All, begin, begin+int64(seconds)*int64(time.Second)))
				p.report("provider-late-ms", float64(seen.Late)/1e6, noTarget)
				p.report("used-%", 100*float64(within)/float64(rate*seconds), atLeast(99).from(seconds, 60))
				p.report("most-in-1s", float64(most), noTarget)
				p.report("over-limit", float64(most-rate), never(0))
			}
		})
	}
}

// BenchmarkTooMany pays with a --rate that is above what the provider takes, from the beginning or
// for five seconds:
//
//	429-%           calls answered 429 of all calls of the watched time
//	back-s          seconds until, for the next five, at least 95 % of the true limit is used: from
//	                the first call of a payout on, or from when the provider has raised its limit again
//	of-limit-%      calls taken in the last third of the watched time over the true limit
func BenchmarkTooMany(b *testing.B) {
	seconds := max(22, 2*benchNumber("GAJIAN_BENCH_RATE_SECONDS", 11, 30))
	for _, c := range []struct {
		name        string
		rate, limit int
		raised      time.Duration // when the limit is the true one, 0: always
		flags       []string
	}{
		{"rate=100/limit=50", 100, 50, 0, nil},
		{"rate=1000/limit=500", 1000, 500, 0, nil},
		{"rate=100/limit=50/no-retry-after", 100, 50, 0, []string{"-silent"}},
		{"rate=100/lowered-to=25-for-5s", 100, 100, 10 * time.Second, []string{"-dip", "5s=25,10s=100"}},
		{"rate=1000/lowered-to=250-for-5s", 1000, 1000, 10 * time.Second, []string{"-dip", "5s=250,10s=1000"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				p := newPerformance(b)
				p.serve(append(c.flags, "-record", "-latency", "20ms", "-limit", strconv.Itoa(c.limit))...)
				watched := time.Duration(seconds) * time.Second
				seen := p.watch(c.rate, c.limit, watched)
				p.reportRecovery(seen, c.limit, int64(c.raised), int64(watched), atMost(1).from(seconds, 60))
			}
		})
	}
}

func (p *performance) reportRecovery(seen arrivals, limit int, raised, watched int64, refused target) {
	begin, end := seen.FirstOfPayout, seen.FirstOfPayout+watched
	all := between(seen.All, begin, end)
	var taken []arrival
	for _, one := range all {
		if one.Status == http.StatusOK {
			taken = append(taken, one)
		}
	}
	p.report("429-%", 100*float64(len(all)-len(taken))/float64(len(all)), refused)
	p.report("back-s", backAfter(taken, begin+raised, end, 0.95*float64(limit)), atMost(10))
	last := len(between(taken, end-watched/3, end))
	p.report("of-limit-%", 100*float64(last)/(float64(limit)*float64(watched/3)/1e9), atLeast(95))
}

// backAfter is how many seconds after a moment the five seconds begin in which at least so many
// calls a second were taken; all the time watched when they never do.
func backAfter(taken []arrival, from, end int64, perSecond float64) float64 {
	const stretch, step = int64(5 * time.Second), int64(100 * time.Millisecond)
	for at := from; at+stretch <= end; at += step {
		if float64(len(between(taken, at, at+stretch))) >= 5*perSecond {
			return float64(at-from) / 1e9
		}
	}
	return float64(end-from) / 1e9
}

// watch starts a run that is long enough, stops it some time after its first payout's first call,
// and returns what the provider has seen.
func (p *performance) watch(rate, limit int, watched time.Duration) arrivals {
	p.b.Helper()
	payroll := p.writePayroll(limit*(int(watched.Seconds())+4)/3 + 2*concurrencyMeasured)
	_, args := p.newRun(payroll)
	run := p.command(p.gajian, append(args, "--rate", strconv.Itoa(rate))...)
	var stderr bytes.Buffer
	run.Stderr = &stderr
	p.must(run.Start())
	p.must(until(func() (bool, error) {
		calls, err := p.calls()
		return calls["inquiry"] > 0, err
	}))
	time.Sleep(watched + time.Second) // that time passes is what is measured
	_ = run.Process.Signal(os.Interrupt)
	_ = run.Wait() // interrupted or finished
	p.must(p.check())
	seen := p.arrivals()
	if len(seen.All) == 0 || seen.Last < seen.FirstOfPayout+int64(watched)-int64(time.Second) {
		p.b.Fatalf("the run ended with %d after %d calls, before the %s were over\n%s", run.ProcessState.ExitCode(), len(seen.All), watched, &stderr)
	}
	return seen
}

// between are the arrivals from one moment on and before another.
func between(all []arrival, from, to int64) []arrival {
	before := func(a arrival, at int64) int { return cmp.Compare(a.At, at) }
	low, _ := slices.BinarySearchFunc(all, from, before)
	high, _ := slices.BinarySearchFunc(all, to, before)
	return all[low:high]
}

// mostWithin is the most arrivals in any window of a length, and when that begins; two exactly that
// far apart are not in one.
func mostWithin(all []arrival, length time.Duration) (most int, at int64) {
	first := 0
	for i := range all {
		for all[i].At-all[first].At >= int64(length) {
			first++
		}
		if within := i - first + 1; within > most {
			most, at = within, all[first].At
		}
	}
	return most, at
}
