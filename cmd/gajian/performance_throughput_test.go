package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkAgainstRaw pays a payroll with gajian and makes the same calls with the raw loop
// (rawcalls_test.go), in turns, at 64 payouts at a time:
//
//	payouts/s      of gajian's whole process, from its start to its exit, workbook included
//	not-paying-s   its time before the first call about a payout and after the last call
//	of-raw         gajian's payouts/s over the raw loop's
//	paying-of-raw  the same without the time that is not-paying-s
//	cpu-ms/1000    CPU of gajian's process for 1,000 payouts, user and system
//	cpu-of-raw     the same over the raw loop's
//	paying-cpu-of-raw  the same without the CPU of reading the file and of writing the workbook
func BenchmarkAgainstRaw(b *testing.B) {
	for _, c := range []struct {
		latency   time.Duration
		rate, cpu target
	}{
		{0, atLeast(0.85), atMost(1.3)},
		{20 * time.Millisecond, atLeast(0.95), atMost(1.9)},
	} {
		b.Run("latency="+c.latency.String(), func(b *testing.B) {
			p := newPerformance(b)
			p.serve("-latency", c.latency.String())
			for range b.N {
				p.againstRaw(c.rate, c.cpu)
			}
		})
	}
}

// BenchmarkSlowDisk is BenchmarkAgainstRaw with a disk on which each sync takes so much longer, at
// 20 ms latency: strace holds up every fdatasync and fsync of gajian. delay=0s is what strace itself
// costs; sync-ms is what one sync of a small write takes then, as measured by a program of its own.
func BenchmarkSlowDisk(b *testing.B) {
	try := slowSyncs(time.Millisecond)
	if out, err := exec.Command(try[0], append(try[1:], "true")...).CombinedOutput(); err != nil {
		b.Skipf("there is no strace here that may hold up a call: %v %s", err, out)
	}
	for _, c := range []struct {
		delay time.Duration
		rate  target
	}{
		{0, noTarget},
		{2 * time.Millisecond, atLeast(0.95)},
		{10 * time.Millisecond, atLeast(0.85)},
	} {
		b.Run("delay="+c.delay.String(), func(b *testing.B) {
			p := newPerformance(b)
			p.serve("-latency", "20ms")
			wrapper := slowSyncs(c.delay)
			for range b.N {
				took := p.syncTime(wrapper)
				if took < float64(c.delay.Milliseconds()) {
					b.Fatalf("a sync took %.2f ms: it is not held up", took)
				}
				p.report("sync-ms", took, noTarget)
				p.againstRaw(c.rate, noTarget, wrapper...)
			}
		})
	}
}

// slowSyncs is the command that runs another with every sync of a file held up.
func slowSyncs(delay time.Duration) []string {
	wrapper := []string{"strace", "-f", "--seccomp-bpf", "-o", os.DevNull, "-e", "trace=fdatasync,fsync"}
	if delay > 0 {
		wrapper = append(wrapper, "-e", fmt.Sprintf("inject=fdatasync,fsync:delay_exit=%d", delay.Microseconds()))
	}
	return wrapper
}

// againstRaw makes one run of each side, the order changing from run to run.
func (p *performance) againstRaw(rate, cpu target, wrapper ...string) {
	payouts := benchNumber("GAJIAN_BENCH_PAYOUTS", 5000, 10_000)
	payroll := p.writePayroll(payouts)
	var raw, own measured
	runRaw := func() { raw = p.raw(payouts) }
	runOwn := func() { own = p.pay(payroll, wrapper...) }
	inTurn(runRaw, runOwn)
	p.judge(2 * payouts * p.runs)
	p.b.Logf("raw %.0f/s %.0f ms CPU, gajian %.0f/s %.0f ms CPU, peak %.0f MB", raw.rate(payouts), raw.cpu(payouts), own.rate(payouts), own.cpu(payouts), own.megabytes())
	p.report("raw-payouts/s", raw.rate(payouts), noTarget)
	p.report("payouts/s", own.rate(payouts), noTarget)
	p.report("not-paying-s", (own.wall - own.paying).Seconds(), noTarget)
	p.report("of-raw", own.rate(payouts)/raw.rate(payouts), rate)
	p.report("paying-of-raw", raw.wall.Seconds()/own.paying.Seconds(), rate)
	if len(wrapper) > 0 {
		return // the wrapper's CPU would be counted with gajian's
	}
	p.report("raw-cpu-ms/1000", raw.cpu(payouts), noTarget)
	p.report("cpu-ms/1000", own.cpu(payouts), noTarget)
	p.report("cpu-of-raw", own.cpu(payouts)/raw.cpu(payouts), cpu)
	p.report("paying-cpu-of-raw", (own.processor-own.desk).Seconds()/raw.processor.Seconds(), cpu)
	p.report("peak-MB", own.megabytes(), noTarget)
}

// raw makes the calls of so many payouts with the raw loop.
func (p *performance) raw(payouts int) measured {
	p.b.Helper()
	return p.measure("rawcalls", strconv.Itoa(payouts), strconv.Itoa(concurrencyMeasured))
}

// turn counts the comparisons of this process.
var turn int

// inTurn runs every side, the next time beginning with another one.
func inTurn(sides ...func()) {
	turn++
	for i := range sides {
		sides[(turn+i)%len(sides)]()
	}
}

// syncTime is how many milliseconds a sync takes under a wrapper, in the folder of the ledgers.
func (p *performance) syncTime(wrapper []string) float64 {
	program, err := exec.LookPath("timesyncs")
	p.must(err)
	whole := slices.Concat(wrapper, []string{program, filepath.Join(p.folder, "synced")})
	out, err := p.command(whole[0], whole[1:]...).Output()
	p.must(err)
	took, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	p.must(err)
	return took
}

// timeSyncs writes a page and syncs it, again and again, and prints the median time of a sync in
// milliseconds. Usage: timesyncs FILE.
func timeSyncs() {
	file, err := os.Create(os.Args[1])
	helperMust(err)
	var times []float64
	page := make([]byte, 4096)
	for i := range 50 {
		_, err := file.WriteAt(page, int64(i*len(page)))
		helperMust(err)
		began := time.Now()
		helperMust(file.Sync())
		times = append(times, float64(time.Since(began).Microseconds())/1000)
	}
	fmt.Println(median(times))
}
