package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The benchmarks of these files measure the built command as a person runs it, in a process of its
// own, against a simulated provider in another, and where that says something beside a bare loop
// (rawCalls) or a bare library in a third. docs/performance.md holds the method and the figures.
//
// Each run of a benchmark makes one measurement, or one of each side, and reports ratios of the
// two: go test -run '^$' -bench . -benchtime 1x -count 7 ./cmd/gajian makes seven of each, one
// after the other, for benchstat. GAJIAN_BENCH_OUT names a file for the same as a Markdown table with
// medians and targets. Sizes are small unless the environment says otherwise:
//
//	GAJIAN_BENCH_PAYOUTS       payouts of a run against the raw loop (5000)
//	GAJIAN_BENCH_RATE_SECONDS  how long a rate limit is watched (6)
//	GAJIAN_BENCH_CHECK_LINES   lines of a file that is checked (20000)
//	GAJIAN_BENCH_LINES         lines of the larger run, of the workbook and of the resume (10000)
//	GAJIAN_BENCH_SCRIPT_PAYOUTS  payouts of a run beside the script (1000)
//	TMPDIR                     the disk that is measured
//	GAJIAN_BENCH_LONG          1: the sizes of docs/performance.md, which take hours

// concurrencyMeasured is what both sides of a comparison use.
const concurrencyMeasured = 64

// benchNumber is a size from the environment; otherwise short, or long when all is to be measured.
func benchNumber(name string, short, long int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	if os.Getenv("GAJIAN_BENCH_LONG") != "" {
		return long
	}
	return short
}

// performance is one benchmark's folder, its provider and what it has run.
type performance struct {
	b      *testing.B
	folder string
	gajian string // the command, built as it is shipped
	env    []string
	simulated

	runs int // each is a period of its own: the same lines are another month's pay
}

func newPerformance(b *testing.B) *performance {
	b.Helper()
	gajian, err := builtCommand()
	if err != nil {
		b.Fatal(err)
	}
	p := &performance{b: b, folder: b.TempDir(), gajian: gajian}
	p.env = append(foreignEnvironment(), "GAJIAN_LOG_LEVEL=error", "GAJIAN_PROGRESS=off", "XDG_CONFIG_HOME="+p.folder, "XDG_STATE_HOME="+p.folder)
	return p
}

// foreignEnvironment is the environment without anybody's settings of gajian.
func foreignEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(pair string) bool { return strings.HasPrefix(pair, "GAJIAN_") })
}

// serve starts a provider and points the command to it.
func (p *performance) serve(flags ...string) {
	p.b.Helper()
	keys := filepath.Join(p.folder, "keys")
	doku := exec.Command("benchprovider", append([]string{"-keys", keys}, flags...)...)
	doku.Env = append(os.Environ(), "GOGC=400", "GOMEMLIMIT=2GiB") // its CPU is the client's too, where cores are few
	doku.Stderr = os.Stderr
	out, err := doku.StdoutPipe()
	p.must(err)
	p.must(doku.Start())
	p.b.Cleanup(func() {
		_ = doku.Process.Signal(os.Interrupt)
		_ = doku.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	p.must(err)
	p.pointTo(strings.TrimSpace(address), keys)
}

// pointTo tells the programs where the provider is, and to be as fast as it allows.
func (p *performance) pointTo(address, keys string) {
	p.address = address
	p.env = append(p.env, "GAJIAN_BASE_URL="+address, "GAJIAN_CLIENT_ID="+simulatorClient, "GAJIAN_PRIVATE_KEY_FILE="+filepath.Join(keys, "private.pem"),
		"GAJIAN_CLIENT_SECRET_FILE="+filepath.Join(keys, "client-secret"), "GAJIAN_ACCOUNT_NO=A41879", "GAJIAN_CUSTOMER_NUMBER=628115678890",
		"GAJIAN_SENDER_FIRST_NAME=PT", "GAJIAN_SENDER_LAST_NAME=CONTOH", "GAJIAN_SENDER_PERSONAL_ID=89012345",
		"GAJIAN_RATE=100000", "GAJIAN_CONCURRENCY="+strconv.Itoa(concurrencyMeasured), "GAJIAN_POLL_FIRST=1ms", "GAJIAN_POLL_EVERY=1s")
}

// judge asks the provider whether it was called as it wants, and how often it paid.
func (p *performance) judge(transfers int) {
	p.b.Helper()
	p.must(p.check())
	calls, err := p.calls()
	p.must(err)
	if calls["transfer"] != transfers {
		p.b.Fatalf("the provider got %d transfers, want %d", calls["transfer"], transfers)
	}
}

// arrivals asks what came since the last time.
func (p *performance) arrivals() (seen arrivals) {
	p.b.Helper()
	response, err := http.Get(p.address + arrivalsPath)
	p.must(err)
	defer response.Body.Close()
	p.must(json.NewDecoder(response.Body).Decode(&seen))
	return seen
}

func (p *performance) must(err error) {
	p.b.Helper()
	if err != nil {
		p.b.Fatal(err)
	}
}

// measured is one process from its start to its end.
type measured struct {
	wall, processor time.Duration
	peak            int64         // bytes
	paying          time.Duration // of a run of gajian: from the first call about a payout to the last call
	desk            time.Duration // of a run of gajian: the processor time of its file and its workbook
}

// rate is how many payouts a second it made.
func (m measured) rate(payouts int) float64 { return float64(payouts) / m.wall.Seconds() }

// cpu is the milliseconds of CPU, user and system, that a thousand payouts took.
func (m measured) cpu(payouts int) float64 {
	return m.processor.Seconds() * 1000 * 1000 / float64(payouts)
}

func (m measured) megabytes() float64 { return float64(m.peak) / (1 << 20) }

// measure runs a program to its end, which has to be a good one.
func (p *performance) measure(program string, args ...string) measured {
	p.b.Helper()
	m, code, stderr := p.try(program, args...)
	if code != 0 {
		p.b.Fatalf("%s %v ended with %d\n%s", filepath.Base(program), args, code, stderr)
	}
	return m
}

// try runs a program to whatever end.
func (p *performance) try(program string, args ...string) (m measured, code int, stderr string) {
	p.b.Helper()
	c := p.command(program, args...)
	var text bytes.Buffer
	c.Stderr = &text
	started := time.Now()
	if err := c.Run(); c.ProcessState == nil {
		p.b.Fatalf("%s: %v", program, err)
	}
	m = measured{wall: time.Since(started), processor: c.ProcessState.UserTime() + c.ProcessState.SystemTime(), peak: peakOf(c.ProcessState)}
	return m, c.ProcessState.ExitCode(), text.String()
}

func (p *performance) command(program string, args ...string) *exec.Cmd {
	c := exec.Command(program, args...)
	c.Env, c.Dir = p.env, p.folder
	return c
}

// newRun is a folder for one ledger, and the arguments that pay a file into it in a period of its own.
func (p *performance) newRun(payroll string) (folder string, args []string) {
	p.runs++
	folder = filepath.Join(p.folder, fmt.Sprint("run", p.runs))
	p.must(os.Mkdir(folder, 0o700))
	return folder, []string{"run", payroll, "--ledger", filepath.Join(folder, "ledger.db"), "--period", fmt.Sprintf("%04d-%02d", 2026+p.runs/12, 1+p.runs%12)}
}

// pay pays a file into a ledger of its own, which is removed again.
func (p *performance) pay(payroll string, wrapper ...string) measured {
	p.b.Helper()
	folder, args := p.newRun(payroll)
	defer os.RemoveAll(folder)
	whole := slices.Concat(wrapper, []string{p.gajian}, args)
	p.arrivals() // of others
	m := p.measure(whole[0], whole[1:]...)
	seen := p.arrivals()
	m.paying = time.Duration(seen.Last - seen.FirstOfPayout)
	if len(wrapper) == 0 {
		m.desk = p.deskWork(payroll, folder)
	}
	return m
}

// deskWork is the processor time of what a run does beside paying: "gajian check" of its file, without a
// ledger, and "gajian report" of its batch.
func (p *performance) deskWork(payroll, folder string) time.Duration {
	p.b.Helper()
	read := p.measure(p.gajian, "check", payroll, "--ledger", filepath.Join(folder, "none.db"))
	written := p.measure(p.gajian, "report", "20", "--ledger", filepath.Join(folder, "ledger.db"), "--out", filepath.Join(folder, "again.xlsx"))
	return read.processor + written.processor
}
