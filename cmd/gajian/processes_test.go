//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gajian/batch/kirimdoku/simulator"
)

// TestProcesses has several processes at one ledger, stopped ones, killed ones, and ledgers that
// are not the newest. The simulator's book is the judge.
func TestProcesses(t *testing.T) {
	t.Parallel()
	binary := buildOnce(t)
	for name, test := range map[string]func(*desk){
		"two runs at the same instant":                twoAtOnce,
		"everything else while a run is under way":    othersMeanwhile,
		"a run that is stopped in its inquiries":      func(d *desk) { stopped(d, "inquiry", 2) },
		"a run that is stopped in its transfers":      func(d *desk) { stopped(d, "transfer", 4) },
		"a run that is stopped while it polls":        func(d *desk) { stopped(d, "status", 2) },
		"runs that are killed while a ledger is made": killedAtBirth,
		"a ledger restored from an older backup":      restored,
		"a ledger that was copied to another host":    copied,
		"a ledger that was lost":                      lost,
		"departures that were damaged":                departed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := map[string][]string{
				"a run that is stopped while it polls": {"--latency", "40ms", "--settle", "3s"},
				"two runs at the same instant":         {"--latency", "20ms", "--settle", "2s"},
			}[name]
			if settings == nil {
				settings = []string{"--latency", "40ms"}
			}
			d := newDesk(t, binary, settings...)
			d.writePayroll(30)
			test(d)
		})
	}
}

// twoAtOnce: one gets the ledger, also one that does not exist yet; the other gives up at once.
func twoAtOnce(d *desk) {
	first, second := d.start("run", d.payroll()), d.start("run", d.payroll())
	began := time.Now()
	select {
	case <-first.ended:
		first, second = second, first
	case <-second.ended:
	case <-time.After(commandPatience):
		d.t.Fatal("neither of two runs gave up")
	}
	waited := time.Since(began)
	d.expect(d.finish(second), exitLocked, "held by pid|another gajian process holds the ledger", "gajian status")
	d.expect(d.finish(first), exitSettled)
	d.t.Logf("the other one gave up after %v", waited)
	d.judge(30)
}

func othersMeanwhile(d *desk) {
	run := d.start("run", d.payroll(), "--concurrency", "1")
	d.awaitTransfers(3)
	d.locksOut([]string{"run", d.payroll()}, []string{"resume"}, []string{"poll"}, []string{"verify"}, []string{"report", "2026-11"},
		[]string{"release", "2026-11", "--line", "2", "--reason", "r"}, []string{"cancel", "2026-11", "--line", "2", "--reason", "r"})
	if b := d.lines(); len(b.Payouts) != 30 {
		d.t.Errorf("status tells of %d lines while a run is under way", len(b.Payouts))
	}
	d.expect(d.finish(run), exitSettled)
	d.judge(30)
}

// locksOut tries commands, all at the same time, on a ledger that a run holds.
func (d *desk) locksOut(commands ...[]string) {
	d.t.Helper()
	var started []*process
	for _, args := range commands {
		started = append(started, d.start(args...))
	}
	for _, p := range started {
		d.expect(d.finish(p), exitLocked, `held by pid [0-9]+ \(gajian run\), since`, "gajian status")
	}
}

// stopped stops a run (SIGSTOP) after some calls of a kind, for longer than any of its calls may
// take. It holds the ledger all the while. When it goes on, nothing is sent twice.
func stopped(d *desk, operation string, after int) {
	run := d.start("run", d.payroll(), "--timeout", "400ms", "--concurrency", "4")
	if err := until(func() (bool, error) {
		calls, err := d.calls()
		return calls[operation] >= after, err
	}); err != nil {
		d.t.Fatal(err)
	}
	if err := run.Process.Signal(syscall.SIGSTOP); err != nil {
		d.t.Fatal(err)
	}
	began := time.Now()
	d.locksOut([]string{"run", d.payroll()}, []string{"poll"}, []string{"verify"})
	time.Sleep(time.Until(began.Add(time.Second))) // what is tested is a process that time passes by
	if err := run.Process.Signal(syscall.SIGCONT); err != nil {
		d.t.Fatal(err)
	}
	e := d.finish(run)
	if e.code == exitUnfinished {
		e = d.gajian("resume")
	}
	d.expect(e, exitSettled)
	d.judge(30)
	debits, err := d.book()
	if err != nil {
		d.t.Fatal(err)
	}
	for _, debit := range debits {
		if debit.Requests != 1 {
			d.t.Errorf("%s was requested %d times", debit.Reference, debit.Requests)
		}
	}
}

// killedAtBirth kills runs in their first moments, again and again: a half-made ledger never
// stands in the way, and is none of the next one's.
func killedAtBirth(d *desk) {
	for i := range 12 {
		run := d.start("run", d.payroll())
		time.Sleep(time.Duration(5+3*i) * time.Millisecond) // no event tells of these moments
		if err := run.Process.Kill(); err != nil {
			d.t.Fatal(err)
		}
		<-run.ended
	}
	// What an older or another program may have left under such names is nobody's ledger either.
	if err := os.MkdirAll(filepath.Join(d.folder, ".new-ledger-1"), 0o700); err != nil {
		d.t.Fatal(err)
	}
	for _, leftover := range []string{".new-ledger-1/ledger.db", "ledger.db.tmp", "ledger.db.holder.1"} {
		d.write(filepath.Join(d.folder, leftover), []byte("half"))
	}
	d.write(d.ledger()+".holder", []byte(`{"pid":1,"command":"run","address":"127.0.0.1:1","key":"k"}`))
	e := d.gajian("run", d.payroll())
	if e.code == exitUnfinished {
		e = d.gajian("resume")
	}
	d.expect(e, exitSettled)
	d.expect(d.gajian("verify"), exitSettled)
	d.judge(30)
}

// restored: the run ends; then a ledger from the middle of it is put back, and one from before any
// transfer. DOKU knows every reference, so it refuses what was paid, and is asked.
func restored(d *desk) {
	run := d.start("run", d.payroll(), "--concurrency", "2")
	d.awaitTransfers(1)
	if err := run.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	<-run.ended
	early := d.read(d.ledger())
	run = d.start("run", d.payroll(), "--concurrency", "2")
	d.awaitTransfers(12)
	if err := run.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	<-run.ended
	middle := d.read(d.ledger())
	d.expect(d.gajian("run", d.payroll()), exitSettled)
	for _, backup := range [][]byte{middle, early} {
		d.write(d.ledger(), backup)
		d.settles(d.gajian("run", d.payroll()), 30)
		d.expect(d.gajian("verify"), exitSettled)
	}
}

// settles: the run found everything paid already. That a reference comes again is against DOKU's
// rules, and what keeps this from paying twice; nothing else may be.
func (d *desk) settles(e ended, debits int) {
	d.t.Helper()
	d.expect(e, exitSettled)
	booked, err := d.book()
	if err = errors.Join(err, agree(d.lines().Payouts, booked)); err != nil {
		d.t.Errorf("ledger and book differ: %v", err)
	}
	if len(booked) != debits {
		d.t.Errorf("the book has %d debits, want %d", len(booked), debits)
	}
	var broken []simulator.Violation
	if err := d.get("violations", &broken); err != nil {
		d.t.Error(err)
	}
	for _, v := range broken {
		if v.Field != "partnerReferenceNo" || !strings.Contains(v.Text, "was sent again after it had taken effect") {
			d.t.Errorf("%s call %d broke a rule: %s: %s", v.Call, v.Number, v.Field, v.Text)
		}
	}
}

// copied: the same ledger goes on on two machines at the same time. DOKU gives a client one token
// at a time, so they can throw each other out; whatever is left goes on afterwards.
func copied(d *desk) {
	run := d.start("run", d.payroll(), "--concurrency", "2")
	d.awaitTransfers(4)
	if err := run.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	<-run.ended
	other := d.elsewhere(d.t)
	for _, suffix := range []string{"", ".holder", ".departures"} {
		other.write(other.ledger()+suffix, d.read(d.ledger()+suffix))
	}
	other.write(other.payroll(), d.read(d.payroll()))
	// One after the other: at the same time they would take each other's tokens away for a while.
	d.settles(d.gajian("run", d.payroll()), 30)
	other.settles(other.gajian("run", other.payroll()), 30)
}

// lost: the ledger is gone, and the very file is paid again. It does not begin anew before somebody
// has removed what is left of the lost one too.
func lost(d *desk) {
	d.expect(d.gajian("run", d.payroll()), exitSettled)
	if err := os.Remove(d.ledger()); err != nil {
		d.t.Fatal(err)
	}
	for _, args := range [][]string{{"run", d.payroll()}, {"status"}, {"resume"}, {"check", d.payroll()}} {
		d.expect(d.gajian(args...), exitCouldNot, "the ledger is gone: ledger.db.departures is still there", "Bring the ledger back")
	}
	for _, suffix := range []string{".holder", ".departures"} {
		if err := os.Remove(d.ledger() + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			d.t.Fatal(err)
		}
	}
	e := d.gajian("run", d.payroll())
	d.settles(e, 30)
	if !strings.Contains(e.stdout, "difference 90,570,000") {
		d.t.Errorf("it does not say that the deposit is not what this ledger expects: %v", e)
	}
}

// departed: the notes of departures are damaged, deleted, or another ledger's. They prove nothing
// then, and what they would have proved is asked.
func departed(d *desk) {
	foreign := d.elsewhere(d.t)
	foreign.write(foreign.payroll(), []byte("employee_id,name,bank,account_number,amount\n9,Joko,014,0052000999,5000000\n"))
	foreign.expect(foreign.gajian("run", foreign.payroll()), exitSettled)
	paid := 1
	for i, damage := range []func(notes []byte) []byte{
		func([]byte) []byte { return nil },
		func([]byte) []byte { return []byte("not notes\x00\xff") },
		func(notes []byte) []byte { return notes[:len(notes)/2] },
		func(notes []byte) []byte { return make([]byte, len(notes)) },
		func([]byte) []byte { return foreign.read(foreign.ledger() + ".departures") },
	} {
		period := fmt.Sprintf("2027-%02d", i+1)
		d := d.elsewhere(d.t) // a line that is left in doubt is nobody else's trouble
		d.writePayroll(30)
		run := d.start("run", d.payroll(), "--period", period)
		d.awaitTransfers(paid + 6)
		if err := run.Process.Kill(); err != nil {
			d.t.Fatal(err)
		}
		<-run.ended
		path := d.ledger() + ".departures"
		if damaged := damage(d.read(path)); damaged != nil {
			d.write(path, damaged)
		} else if err := os.Remove(path); err != nil {
			d.t.Fatal(err)
		}
		e := d.gajian("run", d.payroll(), "--period", period)
		if e.code == exitUnfinished { // a transfer that was about to leave stays in doubt
			d.t.Logf("damage %d: left in doubt\n%v", i, e)
		} else {
			d.expect(e, exitSettled)
		}
		debits, err := d.book()
		if err = errors.Join(err, d.check()); err != nil {
			d.t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, debit := range debits {
			if seen[debit.Reference] || debit.Requests != 1 {
				d.t.Errorf("damage %d: %s was requested %d times", i, debit.Reference, debit.Requests)
			}
			seen[debit.Reference] = true
		}
		calls, err := d.calls()
		if err != nil {
			d.t.Fatal(err)
		}
		paid = calls["transfer"]
	}
}
