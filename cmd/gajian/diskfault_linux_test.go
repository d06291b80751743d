//go:build amd64 || arm64

package main

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// The same points with a disk that fails instead of a kill: the n-th durable call does not happen
// and returns an error, for n = 1, 2, 3 … until a run passes untouched. The command has to end in
// good order, to say whether anything was sent and what to do, and to send nothing more once its
// ledger could not be written; the run after it, on a sound disk, pays the rest, nobody twice.

// TestDiskFailsAtEveryDurableCall makes one call fail: a sync with EIO, others with ENOSPC.
func TestDiskFailsAtEveryDurableCall(t *testing.T) {
	c := newDiskCampaign(t)
	c.each("once", func(p *payday, n int) (untouched bool) {
		return p.failAt(n, func(durableCall) bool { return true }, func(call durableCall, nth bool) order {
			switch {
			case !nth:
				return order{}
			case call.sync():
				return order{errno: syscall.EIO}
			}
			return order{errno: syscall.ENOSPC}
		})
	})
}

// TestDiskFailsAfterEveryDurableCall makes one call report EIO that took effect. Whether a sync
// did cannot be told without a loss of power; and a page or a part of a report that was written
// although its write failed is read by nobody.
func TestDiskFailsAfterEveryDurableCall(t *testing.T) {
	c := newDiskCampaign(t)
	c.each("done", func(p *payday, n int) (untouched bool) {
		return p.failAt(n, func(call durableCall) bool { return !call.sync() && (p.all || !call.write() || call.departure()) }, func(_ durableCall, nth bool) order {
			if !nth {
				return order{}
			}
			return order{errno: syscall.EIO, done: true}
		})
	})
}

// TestDiskIsFullFromEveryDurableCall cuts the n-th write short, and everything after it that
// needs room fails with EDQUOT, as when a quota is used up.
func TestDiskIsFullFromEveryDurableCall(t *testing.T) {
	c := newDiskCampaign(t)
	c.each("full", func(p *payday, n int) (untouched bool) {
		full := false
		return p.failAt(n, durableCall.needsRoom, func(call durableCall, nth bool) order {
			short := nth && call.write() && call.size > 1
			if full = full || nth; short || !full || !call.needsRoom() {
				return order{short: short}
			}
			return order{errno: syscall.EDQUOT}
		})
	})
}

func newDiskCampaign(t *testing.T) *campaign {
	if !canRefuse {
		t.Skip("system calls can be made to fail on amd64 only")
	}
	return newCampaign(t)
}

// needsRoom reports whether the call may make a file or a folder larger.
func (c durableCall) needsRoom() bool {
	switch c.name {
	case "openat", "mkdirat", "ftruncate", "fallocate", "linkat":
		return true
	}
	return c.write()
}

// failAt runs the payroll, lets ask decide about its calls, of which it says which is the n-th of
// the wanted kind, and looks at how the run took it; then pays the rest.
func (p *payday) failAt(n int, wanted func(durableCall) bool, ask func(call durableCall, nth bool) order) (untouched bool) {
	w := &witness{payday: p, n: n, wanted: wanted, ask: ask, untouched: true}
	ended := p.trace(w.order, "run", p.payroll())
	if !w.untouched {
		p.t.Logf("failed %v: exit code %d\n%s", w.first, ended.code, ended.stderr)
	}
	w.judge(ended)
	p.endWell()
	return w.untouched
}

// witness sees what a run does after its disk failed.
type witness struct {
	*payday
	n, points int
	previous  durableCall
	wanted    func(durableCall) bool
	ask       func(call durableCall, nth bool) order

	untouched bool
	first     durableCall // that failed
	ledger    bool        // a call on the ledger's file failed
}

func (w *witness) order(call durableCall) order {
	if !call.entry {
		return order{}
	}
	nth := false
	if w.wanted(call) && (call.name == "openat" || w.counts(before, call, w.previous)) {
		w.points++
		nth = w.points == w.n
	}
	w.previous = call
	w.watch(call)
	o := w.ask(call, nth)
	if o.errno != 0 || o.short {
		if w.untouched {
			w.first = call
		}
		w.untouched = false
		w.ledger = w.ledger || o.errno != 0 && strings.HasSuffix(call.path, "/ledger.db") && (call.sync() || call.write())
	}
	return o
}

// watch reports what must not happen once the ledger could not be written: a transfer, or a
// second try to sync what the system may have thrown away.
func (w *witness) watch(call durableCall) {
	switch {
	case !w.ledger:
	case call.departure():
		w.t.Errorf("a transfer left after %v had failed", w.first)
	case call.sync() && strings.HasSuffix(call.path, "/ledger.db"):
		w.t.Errorf("%s of the ledger after %v had failed", call.name, w.first)
	}
}

var (
	sentSoFar = regexp.MustCompile(`: (\d+) transfers? sent so far`)
	whatToDo  = regexp.MustCompile(`run the same command again|run again|make room|write it again with gajian report|has to lie where it can be written`)
)

// judge looks at the exit code and the message of a run whose disk failed.
func (p *payday) judge(ended traced) {
	debits := len(p.debited(p.before))
	switch ended.code {
	case exitExceptions: // all was paid: a report may be missing
		if debits != p.lines {
			p.t.Errorf("exit code %d, but %d of %d lines are in the book\n%s", ended.code, debits, p.lines, ended.stderr)
		}
		workbooks, _ := filepath.Glob(filepath.Join(p.home(), "2*.xlsx")) // with the retry file
		if len(workbooks) != 2 && !whatToDo.MatchString(ended.stderr) {
			p.t.Errorf("there are only %v and nothing is said about it\n%s", workbooks, ended.stderr)
		}
	case exitCouldNot:
		p.judgeMessage(ended.stderr, debits)
	default:
		p.t.Errorf("exit code %d\n%s", ended.code, ended.stderr)
	}
}

// judgeMessage: a person learns whether anything was sent and what to do.
func (p *payday) judgeMessage(stderr string, debits int) {
	nothing, sent := strings.Contains(strings.ToLower(stderr), "nothing was sent"), sentSoFar.FindStringSubmatch(stderr)
	switch {
	case sent != nil:
		if n, _ := strconv.Atoi(sent[1]); n < debits {
			p.t.Errorf("%d sent, it says; the book has %d\n%s", n, debits, stderr)
		}
	case !nothing:
		p.t.Errorf("the message does not say whether anything was sent\n%s", stderr)
	case debits > 0:
		p.t.Errorf("nothing was sent, it says; the book has %d\n%s", debits, stderr)
	}
	if !whatToDo.MatchString(stderr) {
		p.t.Errorf("the message does not say what to do\n%s", stderr)
	}
}
