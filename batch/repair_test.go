package batch_test

import (
	"context"
	"errors"
	"testing"

	"gajian/batch"
	"gajian/ledger"
)

// A few lines of a file have something that the provider does not take; the others are good.
func TestALineThatTheProviderCannotTakeIsHeldAndTheOthersArePaid(t *testing.T) {
	for _, operation := range []string{"inquiry", "transfer"} {
		t.Run(operation, func(t *testing.T) {
			withFake(t, people(30), func(t *testing.T, w *fakeWorld) {
				w.refuseForm(operation, w.reference(2), w.reference(3), w.reference(20))
				w.mustRun()
				w.want("settled 27, held 3")
				if p := w.payout(20); p.Hold != ledger.HoldProvider || p.Session != "" || p.Reason == "" {
					t.Errorf("%+v", p.State)
				}
			})
		})
	}
}

// Something in the configuration is wrong: the run must stop, not hand the whole file to a person.
func TestAFormThatTheProviderNeverTakesStopsTheRunAndHoldsNobody(t *testing.T) {
	for _, operation := range []string{"inquiry", "transfer"} {
		t.Run(operation, func(t *testing.T) {
			withFake(t, people(60), func(t *testing.T, w *fakeWorld) {
				w.refuseForm(operation)
				if err := w.run(t.Context(), batch.Pay); !errors.Is(err, batch.ErrForm) {
					t.Fatalf("run: %v", err)
				}
				summary, err := w.store.Summary(w.id)
				if err != nil || summary.ByStatus[ledger.Held].Count > 0 || summary.Sent() > 0 {
					t.Errorf("%v %v", summary.ByStatus, err)
				}
				w.fake.inquire, w.fake.transfer = nil, nil // the configuration is mended
				w.mustRun()
				w.want("settled 60")
			})
		})
	}
}

func TestAFileOfOneLineThatTheProviderCannotTakeIsHeld(t *testing.T) {
	withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
		w.refuseForm("transfer")
		w.mustRun()
		w.want("held 1")
		if _, sent, _ := w.fake.count(); sent != 2 {
			t.Errorf("%d transfers, want the first and one more", sent)
		}
	})
}

// refuseForm makes the provider refuse the form of an operation's calls: of the named references,
// or of all when none is named.
func (w *fakeWorld) refuseForm(operation string, references ...string) {
	refused := func(reference string) bool {
		for _, r := range references {
			if r == reference {
				return true
			}
		}
		return len(references) == 0
	}
	w.fake.inquire = func(_ context.Context, i batch.Inquiry) (batch.Holder, error) {
		if operation == "inquiry" && refused(i.Reference) {
			return batch.Holder{}, refusal("inquiry", batch.NeedsRepair, "4004201", nil)
		}
		return w.fake.holder(i), nil
	}
	w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
		if operation == "transfer" && refused(o.Reference) {
			return batch.Receipt{}, refusal("transfer", batch.NeedsRepair, "4004301", nil)
		}
		return w.fake.receipt(o), nil
	}
}
