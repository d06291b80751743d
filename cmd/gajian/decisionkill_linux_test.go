//go:build amd64 || arm64

package main

import (
	"strconv"
	"testing"

	"gajian/ledger"
)

// TestReleaseKilledAtEveryDurableCall kills a person's decision to send a line in doubt again.
// The line is then still in doubt or released; either way it is paid once in the end.
func TestReleaseKilledAtEveryDurableCall(t *testing.T) {
	c := newCampaign(t)
	c.lines = max(c.lines, 3)
	for _, when := range []moment{before, after} {
		c.each(string(when), func(p *payday, n int) (untouched bool) {
			line := p.doubtful()
			killed := p.killAt(when, n, "release", "2026", "--line", line, "--reason", "not in DOKU's book", "--resend")
			p.stands(line, ledger.Submitting, ledger.Verified)
			p.endWell()
			return killed == nil
		})
	}
}

// TestCancelKilledAtEveryDurableCall kills a person's decision not to pay a line in doubt. What
// is cancelled stays so; what is not can be cancelled again; it is never paid.
func TestCancelKilledAtEveryDurableCall(t *testing.T) {
	c := newCampaign(t)
	c.lines = max(c.lines, 3)
	for _, when := range []moment{before, after} {
		c.each(string(when), func(p *payday, n int) (untouched bool) {
			line := p.doubtful()
			cancel := []string{"cancel", "2026", "--line", line, "--reason", "paid in cash"}
			killed := p.killAt(when, n, cancel...)
			if p.stands(line, ledger.Submitting, ledger.Cancelled) == ledger.Submitting {
				if _, code := p.command(cancel...); code != 0 {
					t.Errorf("cancelled again: exit code %d", code)
				}
			}
			_, code := p.command("run", p.payroll())
			p.compare(code, map[ledger.Status]int{ledger.Settled: p.lines - 2, ledger.Failed: 1, ledger.Cancelled: 1})
			return killed == nil
		})
	}
}

// doubtful pays the payroll but for one line, which it returns: its transfer was lost with a
// kill on its way to the provider, who has not known it for so long that a person may decide.
func (p *payday) doubtful() (line string) {
	p.killAtProvider(before, 1, transferPath)
	if _, code := p.command("run", p.payroll()); code != exitUnfinished {
		p.t.Fatalf("the run with a lost transfer ended with %d", code)
	}
	for _, payout := range p.status().Payouts {
		if payout.Status == ledger.Submitting {
			return strconv.Itoa(payout.Line)
		}
	}
	p.t.Fatal("no line is in doubt")
	return ""
}

// stands returns the status of a line, which has to be one of the allowed ones.
func (p *payday) stands(line string, allowed ...ledger.Status) ledger.Status {
	for _, payout := range p.status().Payouts {
		for _, status := range allowed {
			if strconv.Itoa(payout.Line) == line && payout.Status == status {
				return status
			}
		}
	}
	p.t.Fatalf("line %s is none of %v", line, allowed)
	return 0
}
