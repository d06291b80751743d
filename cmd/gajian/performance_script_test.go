package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gajian/ledger"
)

// BenchmarkAgainstScript pays the same file with gajian and with the script that a payroll programmer
// would write instead (testdata/performance/pay.py), and makes the same calls with the raw loop, in turns:
//
//	payouts/s, cpu-ms/1000, peak-MB                        of gajian
//	raw-payouts/s, raw-cpu-ms/1000, raw-peak-MB            of the raw loop
//	script-payouts/s, script-cpu-ms/1000, script-peak-MB   of the script
func BenchmarkAgainstScript(b *testing.B) {
	for _, latency := range []time.Duration{0, 20 * time.Millisecond} {
		b.Run("latency="+latency.String(), func(b *testing.B) {
			for range b.N {
				p := newPerformance(b)
				python, script := p.script()
				p.serve("-latency", latency.String())
				p.againstScript(python, script)
			}
		})
	}
}

func (p *performance) againstScript(python, script string) {
	payouts := benchNumber("GAJIAN_BENCH_SCRIPT_PAYOUTS", 1000, 5000)
	payroll := p.writePayroll(payouts)
	var own, raw, theirs measured
	inTurn(
		func() { own = p.pay(payroll) },
		func() { raw = p.raw(payouts) },
		func() { theirs = p.measure(python, script, payroll, filepath.Join(p.folder, "script.sqlite")) },
	)
	p.judge(3 * payouts)
	p.report("payouts/s", own.rate(payouts), noTarget)
	p.report("raw-payouts/s", raw.rate(payouts), noTarget)
	p.report("script-payouts/s", theirs.rate(payouts), noTarget)
	p.report("cpu-ms/1000", own.cpu(payouts), noTarget)
	p.report("raw-cpu-ms/1000", raw.cpu(payouts), noTarget)
	p.report("script-cpu-ms/1000", theirs.cpu(payouts), noTarget)
	p.report("peak-MB", own.megabytes(), noTarget)
	p.report("raw-peak-MB", raw.megabytes(), noTarget)
	p.report("script-peak-MB", theirs.megabytes(), noTarget)
}

// BenchmarkKilled kills gajian and the script with SIGKILL when half of the transfers have been made,
// at 20 ms latency, starts each again, and asks the provider's book:
//
//	uncertain   rows that the killed process left with an intent and without an answer
//	left        rows that are unpaid after the second start, and wait for a person
//	repeated    accounts that were paid twice
//	forgotten   rows that are said to be paid and are not, or are paid and said not to be
func BenchmarkKilled(b *testing.B) {
	lines := benchNumber("GAJIAN_BENCH_SCRIPT_PAYOUTS", 1000, 5000)
	for _, program := range []string{"gajian", "script"} {
		b.Run(program, func(b *testing.B) {
			for range b.N {
				p := newPerformance(b)
				python, script := p.script()
				p.serve("-latency", "20ms")
				payroll := p.writePayroll(lines)
				_, args := p.newRun(payroll)
				k := killed{p, slices.Concat([]string{p.gajian}, args, []string{"--poll-for", "5s"}), func() map[string]int { return p.ownStates(args[3]) }}
				if program == "script" {
					book := filepath.Join(p.folder, "script.sqlite")
					k.command, k.states = []string{python, script, payroll, book}, func() map[string]int { return p.scriptStates(python, script, book) }
				}
				k.run(lines, map[string]target{"gajian": never(0)}[program])
			}
		})
	}
}

// killed is one program that is killed and started again.
type killed struct {
	*performance
	command []string
	states  func() map[string]int // rows by paid, uncertain and the rest
}

func (k *killed) run(lines int, repeats target) {
	k.killAt(lines/2, k.command)
	uncertain := k.states()["uncertain"]
	k.try(k.command[0], k.command[1:]...)
	debits, err := k.book()
	k.must(err)
	paid, repeated := map[string]bool{}, 0
	for _, debit := range debits {
		if paid[debit.Account] {
			repeated++
		}
		paid[debit.Account] = true
	}
	believed := k.states()["paid"]
	k.report("uncertain", float64(uncertain), noTarget)
	k.report("left", float64(lines-len(paid)), noTarget)
	k.report("repeated", float64(repeated), repeats)
	k.report("forgotten", float64(max(believed-len(paid), len(paid)-believed)), noTarget)
}

// killAt starts a command and kills it when the provider has got so many transfers.
func (p *performance) killAt(transfers int, command []string) {
	p.b.Helper()
	c := p.command(command[0], command[1:]...)
	p.must(c.Start())
	ended := make(chan struct{})
	go func() {
		_ = c.Wait() // killed
		close(ended)
	}()
	for {
		calls, err := p.calls()
		p.must(err)
		if calls["transfer"] >= transfers {
			break
		}
		select {
		case <-ended:
			p.b.Fatalf("%v ended with %d after %d transfers", command, c.ProcessState.ExitCode(), calls["transfer"])
		case <-time.After(5 * time.Millisecond):
		}
	}
	_ = c.Process.Kill()
	<-ended
}

// script is the interpreter and the script, or the reason to leave the benchmark out.
func (p *performance) script() (python, script string) {
	p.b.Helper()
	for _, needed := range []string{"python3", "openssl"} {
		if _, err := exec.LookPath(needed); err != nil {
			p.b.Skipf("there is no %s here", needed)
		}
	}
	folder, err := os.Getwd()
	p.must(err)
	return "python3", filepath.Join(folder, "testdata", "performance", "pay.py")
}

func (p *performance) scriptStates(python, script, book string) map[string]int {
	var states map[string]int
	out, err := p.command(python, script, "--tell", book).Output()
	p.must(err)
	p.must(json.Unmarshal(out, &states))
	return map[string]int{"paid": states["paid"], "uncertain": states["sent"]}
}

func (p *performance) ownStates(path string) map[string]int {
	var b batchJSON
	out, err := p.command(p.gajian, "status", "20", "--json", "--ledger", path).Output()
	p.must(err)
	p.must(json.Unmarshal(out, &b))
	return map[string]int{"paid": b.ByStatus[ledger.Settled].Count, "uncertain": b.ByStatus[ledger.Submitting].Count}
}
