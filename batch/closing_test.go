package batch_test

import (
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
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

// A reading after another batch has begun to pay would show that batch's transfers as this one's
// difference: it is left out, and the proof says that it was not read.
func TestAClosingBalanceIsNotReadAfterAnotherBatchUsedTheDeposit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // no judge at the end: it knows one batch only
		w := newWorld(t, plan{lines: people(3), faults: closingUnread})
		defer w.close()
		w.mustRun()
		first := w.id
		time.Sleep(time.Hour)
		w.id = enter(t, w.store, people(2), "2026-12").ID
		w.mustRun()
		w.id = first
		w.wantAwaitsClosing(false)
		w.mustRun()
		if s := w.summary(); s.Balance.Proves() || s.Balance.HasClosed {
			t.Errorf("balance %+v; want none that claims to prove anything", s.Balance)
		}
	})
}

func (w *world) wantAwaitsClosing(want bool) {
	w.t.Helper()
	got, err := batch.AwaitsClosing(w.store, w.summary())
	if err != nil || got != want {
		w.t.Errorf("awaits its closing balance: %v, %v; want %v", got, err, want)
	}
}
