//go:build amd64 || arm64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gajian/ledger"
)

// The crash points are produced by the code: the tracer counts its durable calls, and for n = 1,
// 2, 3 … a run is killed at the n-th, until a run passes untouched. After each kill the same
// command goes on, and at its end the ledger, the simulator's book, the workbook and the retry
// file have to say the same: every line debited once and requested once.
//
// GAJIAN_CRASHPOINTS=LINES kills at every single call of a payroll of so many lines, the first run two at a
// time. Without it the payroll has two or three lines, one at a time, and what another point tells as well
// is left out: making a file, since the write to it follows; and of a row of writes to one file all
// but the first, since the call after the row tells what the whole row leaves behind.

// TestKilledAtEveryDurableCall kills the first run.
func TestKilledAtEveryDurableCall(t *testing.T) {
	c := newCampaign(t)
	c.together = true
	for _, when := range []moment{before, after} {
		c.each(string(when), func(p *payday, n int) (untouched bool) {
			k := p.killAt(when, n, "run", p.payroll())
			p.endWell()
			return k == nil
		})
	}
}

// TestResumeKilledAtEveryDurableCall kills a run on the way, and then the run that resumes it. What
// is left just after a call is left just before the next one too, but for what is not durable; the
// run above shows both, this one only when every call is wanted.
func TestResumeKilledAtEveryDurableCall(t *testing.T) {
	c := newCampaign(t)
	c.lines = max(c.lines, 3)
	moments := []moment{before}
	if c.all {
		moments = append(moments, after)
	}
	for _, when := range moments {
		c.each(string(when), func(p *payday, n int) (untouched bool) {
			p.killAtProvider(before, 2, transferPath) // left, and never arrived
			k := p.killAt(when, n, "resume")
			p.endWell()
			return k == nil
		})
	}
}

// moment is when a call finds the child killed.
type moment string

const (
	before moment = "before"
	after  moment = "after"
)

// campaign is one enumeration of crash points, on several simulators at once.
type campaign struct {
	t      *testing.T
	binary string
	lines  int
	all    bool // every call
	// together: with all, two lines are paid at a time. Not for what a person decides on one certain
	// line, and not for disk faults: a line whose intent was on disk before may still leave.
	together bool
	number   atomic.Int64
}

func newCampaign(t *testing.T) *campaign {
	t.Parallel()
	c := &campaign{t: t, binary: buildOnce(t), lines: intFrom(t, "GAJIAN_CRASHPOINTS", 2), all: os.Getenv("GAJIAN_CRASHPOINTS") != ""}
	needTracer(t, c.binary)
	return c
}

// pointsMax bounds an enumeration: many times what the largest payroll of a test has.
const pointsMax = 20_000

// failuresMax ends an enumeration that has shown enough.
const failuresMax = 10

// desks is how many kills happen at the same time.
const desks = 2

// each calls try for n = 1, 2, 3 … with a new payday each time, until one says that it passed
// untouched.
func (c *campaign) each(name string, try func(p *payday, n int) (untouched bool)) {
	c.t.Helper()
	started := time.Now()
	var last, hit, failed, inDoubt atomic.Int64
	var passed atomic.Bool
	var working sync.WaitGroup
	for range desks {
		desk := &payer{t: c.t, folder: c.t.TempDir(), binary: c.binary}
		desk.serve("--balance", "1000000000000")
		working.Go(func() {
			for debits := 0; !passed.Load() && failed.Load() < failuresMax; {
				n := int(last.Add(1))
				if !c.t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
					p := c.newPayday(t, desk, debits)
					if n > pointsMax || try(p, n) {
						passed.Store(true)
					} else {
						hit.Add(1)
					}
					inDoubt.Add(int64(p.stayedInDoubt))
					debits = len(p.debited(0))
				}) {
					failed.Add(1)
				}
			}
		})
	}
	working.Wait()
	if hit.Load() == 0 || !passed.Load() || last.Load() > pointsMax {
		c.t.Errorf("%s: %d points; no run was hit, or none passed untouched", name, hit.Load())
	}
	c.t.Logf("%s: %d points hit, a run each; the one after them passed untouched: %v; %d lines were left in doubt; %v",
		name, hit.Load(), passed.Load(), inDoubt.Load(), time.Since(started).Round(time.Millisecond))
}

// payday is one payroll with a ledger of its own. The simulator pays others before and after it.
type payday struct {
	payer
	number int // makes its lines differ from those of every other payday
	lines  int
	all    bool
	before int // debits in the simulator's book that are others'
}

func (c *campaign) newPayday(t *testing.T, desk *payer, before int) *payday {
	p := &payday{payer: *desk, number: int(c.number.Add(1)), lines: c.lines, all: c.all, before: before}
	p.t, p.folder = t, t.TempDir()
	p.env = append(p.env[:len(p.env):len(p.env)], "XDG_STATE_HOME="+p.folder, "XDG_CONFIG_HOME="+p.folder, "GAJIAN_LEDGER="+filepath.Join(p.home(), "ledger.db"),
		"GAJIAN_RATE=10000", "GAJIAN_POLL_FIRST=5ms", "GAJIAN_POLL_EVERY=5ms", "GAJIAN_POLL_FOR=4s", "GAJIAN_NOT_FOUND_AFTER=50ms", "GAJIAN_CONCURRENCY=1")
	if p.all && c.together {
		p.env = append(p.env, "GAJIAN_CONCURRENCY=2")
	}
	p.writePayroll()
	return p
}

// home is where the ledger and the reports are.
func (p *payday) home() string { return filepath.Join(p.folder, "state", "gajian") }

// writePayroll writes lines that are paid, and one whose transfer fails, so that there is a
// retry file.
func (p *payday) writePayroll() {
	var b strings.Builder
	b.WriteString("employee_id,name,bank,account_number,amount\n")
	for i := range p.lines {
		bank, account := "014", fmt.Sprintf("52%05d%03d", p.number, i)
		if i == failingLine {
			bank, account = "002", fmt.Sprintf("99900000%05d05", p.number)
		}
		fmt.Fprintf(&b, "E%d-%d,Pegawai %s,%s,%s,%d\n", p.number, i, letters(i), bank, account, 3_000_000+p.number*10+i)
	}
	if err := os.WriteFile(p.payroll(), []byte(b.String()), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// failingLine is the index of the line whose transfer is accepted and fails.
const failingLine = 1

// trace runs a command under the tracer.
func (p *payday) trace(ask func(durableCall) order, args ...string) traced {
	c := exec.Command(p.binary, args...)
	c.Env, c.Dir = p.env, p.folder
	ended, err := trace(p.t, c, p.home(), ask)
	if err != nil {
		p.t.Fatalf("gajian %v: %v", args, err)
	}
	return ended
}

// killAt kills a command at its n-th point and returns the call, or nil when the command ended by
// itself before.
func (p *payday) killAt(when moment, n int, args ...string) (killed *durableCall) {
	points, of, previous := 0, map[int]int{}, durableCall{}
	ended := p.trace(func(call durableCall) order {
		if call.entry {
			if p.counts(when, call, previous) {
				points++
				of[call.n] = points
			}
			previous = call
		}
		if killed != nil || of[call.n] != n || call.entry != (when == before) {
			return order{}
		}
		killed = &call
		return order{kill: true}
	}, args...)
	switch {
	case killed == nil && ended.code != exitSettled && ended.code != exitExceptions && ended.code != exitUnfinished:
		p.t.Fatalf("gajian %v ended with %d after %d durable calls\n%s", args, ended.code, ended.calls, ended.stderr)
	case killed != nil && ended.code >= 0:
		p.t.Fatalf("gajian %v was killed %v and ended with %d\n%s", args, killed, ended.code, ended.stderr)
	case killed != nil:
		p.t.Logf("killed %v", killed)
	}
	return killed
}

// counts reports whether a call is a crash point of its own.
func (p *payday) counts(when moment, call, previous durableCall) bool {
	switch {
	case p.all, call.departure():
		return true
	case call.name == "openat":
		return false
	case !call.write():
		return true
	case when == after:
		return false // no other than before the next call
	}
	return previous.name != call.name || previous.path != call.path
}

// endWell goes on until the payroll is paid and compares what everybody says.
func (p *payday) endWell() {
	_, code := p.command("run", p.payroll())
	code = p.decideInDoubt(code)
	p.compare(code, map[ledger.Status]int{ledger.Settled: p.lines - 1, ledger.Failed: 1})
}
