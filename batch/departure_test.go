package batch_test

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"gajian/batch"
	"gajian/ledger"
)

// A process is killed between the intent and the first byte. The next one finds the payout in
// doubt, hears that the provider does not know it, and sends it; what did leave stays in doubt.
func TestWhatNeverLeftIsSentAndWhatLeftStaysInDoubt(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only where the ledger can tell what left")
	}
	withFake(t, people(3), func(t *testing.T, w *fakeWorld) {
		left := w.reference(3)
		for _, line := range []int{2, 3} {
			p := w.payout(line)
			p.Session = "I-" + p.Name
			if err := w.store.Record(t.Context(), ledger.Move{Payout: p, To: ledger.Verified}); err != nil {
				t.Fatal(err)
			}
			p.Status, p.ExternalID, p.Attempts = ledger.Verified, w.reference(line), 1
			if err := w.store.Submit(t.Context(), p, "run", ledger.Evidence{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.store.Depart(left); err != nil {
			t.Fatal(err)
		}
		if err := w.store.Close(); err != nil {
			t.Fatal(err)
		}
		w.open(filepath.Join(w.dir, "ledger.db"))
		w.fake.status = func(_ context.Context, q batch.Query) (batch.Standing, error) {
			for _, o := range w.fake.transfers {
				if o.Reference == q.Reference {
					return batch.Standing{Phase: batch.PhasePaid, Reference: q.Reference, Amount: o.Amount, TransferStatus: "00"}, nil
				}
			}
			return batch.Standing{Phase: batch.PhaseNotFound, Code: "4045301"}, nil
		}
		w.mustRun()
		w.want("settled 2, in_doubt 1")
		if p := w.payout(2); p.Status != ledger.Settled || p.Attempts != 2 {
			t.Errorf("line 2: %s after %d attempts", p.Status, p.Attempts)
		}
		for _, o := range w.fake.transfers {
			if o.Reference == left {
				t.Error("what had left was sent again")
			}
		}
	})
}

// The deposit is topped up after a shortfall: the proof of the balance begins with the new one.
func TestATopUpBeforeAnythingWasSentIsTheOpeningBalance(t *testing.T) {
	withFake(t, people(2), func(t *testing.T, w *fakeWorld) {
		available := ledger.Sen(100)
		w.fake.balance = func(context.Context) (batch.Funds, error) { return batch.Funds{Available: available}, nil }
		if err := w.run(t.Context(), batch.Pay); err == nil {
			t.Fatal("no shortfall")
		}
		available = 1 << 50
		w.mustRun()
		if s := w.summary(); s.Balance.Opening != available {
			t.Errorf("opening balance %s, want %s", s.Balance.Opening, available)
		}
	})
}

// submitWithoutLeaving records a line's intent and ends the process before the first byte. It skips the
// test where the ledger cannot tell what left.
func (w *fakeWorld) submitWithoutLeaving(line int) {
	w.t.Helper()
	if runtime.GOOS != "linux" {
		w.t.Skip("only where the ledger can tell what left")
	}
	p := w.payout(line)
	p.Session = "I-x"
	if err := w.store.Record(w.t.Context(), ledger.Move{Payout: p, To: ledger.Verified}); err != nil {
		w.t.Fatal(err)
	}
	p.Status, p.ExternalID, p.Attempts = ledger.Verified, "1", 1
	if err := w.store.Submit(w.t.Context(), p, "run", ledger.Evidence{}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open(filepath.Join(w.dir, "ledger.db"))
}

// A payout that never left is ready again before the run has read as far as its line. While it waits
// for its retry it must not be taken for a fresh one too: two workers would have it.
func TestAPayoutThatNeverLeftIsInOneWorkersHandsOnly(t *testing.T) {
	withFake(t, people(700), func(t *testing.T, w *fakeWorld) {
		const last = 701
		w.submitWithoutLeaving(last)
		reference, under, tries := w.reference(last), 0, 0
		alone := func(what string) {
			w.fake.mu.Lock()
			if under++; under > 1 {
				t.Errorf("%s while another worker has the payout", what)
			}
			w.fake.mu.Unlock()
			time.Sleep(200 * time.Millisecond)
			w.fake.mu.Lock()
			under--
			w.fake.mu.Unlock()
		}
		w.fake.inquire = func(_ context.Context, i batch.Inquiry) (batch.Holder, error) {
			if i.Reference == reference {
				alone("inquired")
				return w.fake.holder(i), nil
			}
			time.Sleep(200 * time.Millisecond)
			return w.fake.holder(i), nil
		}
		w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
			if o.Reference != reference {
				time.Sleep(200 * time.Millisecond)
				return w.fake.receipt(o), nil
			}
			alone("sent")
			if tries++; tries < 9 {
				return batch.Receipt{}, refusal("transfer", batch.NotTaken, "4034300", nil)
			}
			return w.fake.receipt(o), nil
		}
		w.fake.status = func(_ context.Context, q batch.Query) (batch.Standing, error) {
			if q.Reference == reference && tries < 9 {
				return batch.Standing{Phase: batch.PhaseNotFound, Code: "4045301"}, nil
			}
			return w.fake.standing(q, batch.PhasePaid), nil
		}
		w.mustRun()
		w.want("settled 700")
	})
}

// A transfer that the provider has known, even once and wrongly, is not sent again because it does
// not know it any more: not even when our own note of departures says that it never left.
func TestWhatTheProviderKnewOnceIsNotMadeReadyAgain(t *testing.T) {
	withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
		w.submitWithoutLeaving(2)
		w.fake.says(batch.PhaseCancelled, batch.PhaseNotFound)
		w.mustRun()
		w.want("in_doubt 1")
		if _, sent, _ := w.fake.count(); sent != 0 || !w.payout(2).ProviderKnows {
			t.Errorf("%d transfers, %+v", sent, w.payout(2).State)
		}
	})
}
