package batch_test

import (
	"testing"
	"testing/synctest"
	"time"

	"gajian/ledger"
)

// closingUnread pays a batch whose closing balance is refused once: what a kill between the last
// payment and the reading leaves, too.
const closingUnread = "balance:401@2,balance:401@3"

func TestAClosingBalanceThatWasNotReadIsReadByTheNextRun(t *testing.T) {
	inWorld(t, plan{lines: people(3), faults: closingUnread}, func(t *testing.T, w *world) {
		w.mustRun()
		w.want("settled 3")
		if s := w.summary(); s.Balance.Proves() || !s.Balance.Moved {
			t.Fatalf("balance %+v; want one that is still to be read", s.Balance)
		}
		w.wantAwaitsClosing(true)
		time.Sleep(time.Hour)
		w.mustRun()
		if s := w.summary(); !s.Balance.Proves() || s.Difference() != 0 {
			t.Errorf("balance %+v, difference %s; want a proof", s.Balance, s.Difference())
		}
		w.wantAwaitsClosing(false)
	})
}

// Two batches that take turns, one of them with a line that a person releases days later, and one
// whose closing balance could not be read in time: each proof counts what the other took.
func TestBatchesThatTakeTurnsProveTheDepositEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // no judge at the end: it knows one batch only
		w := newWorld(t, plan{lines: people(3), faults: "balance:401@4,balance:401@5"})
		defer w.close()
		lines := people(6)
		lines[5].BankCode, lines[5].AccountNumber, lines[5].Amount = lines[4].BankCode, lines[4].AccountNumber, lines[4].Amount // two employees, one account
		first, second := w.id, enter(t, w.store, lines, "2026-12").ID

		w.id = second
		w.mustRun()
		w.wantProof(0)
		time.Sleep(time.Hour)
		w.id = first
		w.mustRun()
		w.wantAwaitsClosing(true)
		time.Sleep(time.Hour)
		w.id = second
		released := ledger.Sen(0)
		for p := range w.payouts(ledger.Held) {
			released += p.Amount + testFee
			if _, err := w.store.Release(t.Context(), second, p.Number, ledger.Decision{Actor: "test", Reason: "they are married"}); err != nil {
				t.Fatal(err)
			}
		}
		if released == 0 {
			t.Fatal("no line is held")
		}
		w.mustRun()
		w.wantProof(total(people(3)))
		time.Sleep(time.Hour)
		w.id = first
		w.mustRun()
		w.wantProof(released)
	})
}

// wantProof wants a proof without a difference, in which other batches took so much.
func (w *world) wantProof(others ledger.Sen) {
	w.t.Helper()
	if s := w.summary(); !s.Balance.Proves() || s.Difference() != 0 || s.Balance.Others != others {
		w.t.Errorf("balance %+v, difference %s; want a proof in which other batches took %s", s.Balance, s.Difference(), others)
	}
}

// total is what lines cost, with the fees.
func total(lines []ledger.Line) (sum ledger.Sen) {
	for _, line := range lines {
		sum += line.Amount + testFee
	}
	return sum
}

func (w *world) wantAwaitsClosing(want bool) {
	w.t.Helper()
	if got := w.summary().Balance.AwaitsClosing(); got != want {
		w.t.Errorf("awaits its closing balance: %v; want %v", got, want)
	}
}
