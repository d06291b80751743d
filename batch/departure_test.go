package batch_test

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"

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
