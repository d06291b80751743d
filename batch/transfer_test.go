package batch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gajian/batch"
	"gajian/ledger"
)

func TestWhatAnAnswerToATransferMeans(t *testing.T) {
	const paid = "queued>verified verified>in_doubt in_doubt>pending pending>settled"
	for _, c := range []struct {
		name    string
		receipt func(*batch.Receipt) // changes a good receipt
		err     error                // of the first transfer
		moves   string
		sent    int
		reason  string // part of the payout's reason after the first run
		run     error
	}{
		{name: "accepted, and paid when asked about", moves: paid, sent: 1},
		{name: "a receipt of another amount is not believed", receipt: func(r *batch.Receipt) { r.Amount++ },
			moves: "queued>verified verified>in_doubt in_doubt>settled", sent: 1},
		{name: "a receipt of another reference is not believed", receipt: func(r *batch.Receipt) { r.Reference = "X" },
			moves: "queued>verified verified>in_doubt in_doubt>settled", sent: 1},
		{name: "a receipt of another session is not believed", receipt: func(r *batch.Receipt) { r.Session += "0" },
			moves: "queued>verified verified>in_doubt in_doubt>settled", sent: 1},
		{name: "a receipt without echoes is an acceptance", receipt: func(r *batch.Receipt) { *r = batch.Receipt{Code: "2004300"} }, moves: paid, sent: 1},
		{name: "a lost answer is asked about and never sent again", err: errLost,
			moves: "queued>verified verified>in_doubt in_doubt>settled", sent: 1},
		{name: "an error of any other kind is in doubt", err: errors.New("what is this"),
			moves: "queued>verified verified>in_doubt in_doubt>settled", sent: 1},
		{name: "a duplicate reference is in doubt", err: refusal("transfer", batch.InDoubt, "4094301", nil),
			moves: "queued>verified verified>in_doubt in_doubt>settled", sent: 1},
		{name: "a listed refusal is the end", err: refusal("transfer", batch.Refused, "4034305", nil),
			moves: "queued>verified verified>in_doubt in_doubt>failed", sent: 1, reason: "the provider refused the transfer: No (4034305)"},
		{name: "a refusal of the form is tried once more with another session", err: refusal("transfer", batch.NeedsRepair, "4004301", nil),
			moves: "queued>verified verified>in_doubt in_doubt>verified " + strings.TrimPrefix(paid, "queued>verified "), sent: 2},
		{name: "what was not taken is sent again with another session", err: refusal("transfer", batch.NotTaken, "4294300", nil),
			moves: "queued>verified verified>in_doubt in_doubt>verified " + strings.TrimPrefix(paid, "queued>verified "), sent: 2},
		{name: "what never left is sent again", err: &batch.Error{Operation: "transfer", Outcome: batch.NotTaken, Cause: errors.New("dial")},
			moves: "queued>verified verified>in_doubt in_doubt>verified " + strings.TrimPrefix(paid, "queued>verified "), sent: 2},
		{name: "too little money ends the run", err: refusal("transfer", batch.Stop, "4034314", batch.ErrInsufficientFunds),
			moves: "queued>verified verified>in_doubt in_doubt>verified", sent: 1, run: batch.ErrInsufficientFunds},
		{name: "refused credentials end the run", err: refusal("transfer", batch.Stop, "4014300", batch.ErrCredentials),
			moves: "queued>verified verified>in_doubt in_doubt>verified", sent: 1, run: batch.ErrCredentials},
		{name: "a blocked merchant ends the run", err: refusal("transfer", batch.Stop, "4034319", batch.ErrNotAllowed),
			moves: "queued>verified verified>in_doubt in_doubt>verified", sent: 1, run: batch.ErrNotAllowed},
		{name: "a cut-off ends the run", err: refusal("transfer", batch.Stop, "4034306", batch.ErrCutOff),
			moves: "queued>verified verified>in_doubt in_doubt>verified", sent: 1, run: batch.ErrCutOff},
		{name: "a configuration that the provider does not know ends the run", err: refusal("transfer", batch.Stop, "4044308", batch.ErrConfiguration),
			moves: "queued>verified verified>in_doubt in_doubt>verified", sent: 1, run: batch.ErrConfiguration},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
				w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
					receipt := w.fake.receipt(o)
					if c.receipt != nil {
						c.receipt(&receipt)
					}
					if _, sent, _ := w.fake.count(); sent == 1 {
						return receipt, c.err
					}
					return receipt, nil
				}
				if err := w.run(t.Context(), batch.Pay); !errors.Is(err, c.run) || (err == nil) != (c.run == nil) {
					t.Errorf("run: %v, want %v", err, c.run)
				}
				if got := strings.Join(w.events(2), " "); got != c.moves {
					t.Errorf("moves\n%s, want\n%s", got, c.moves)
				}
				if _, sent, _ := w.fake.count(); sent != c.sent {
					t.Errorf("%d transfers, want %d", sent, c.sent)
				}
				if p := w.payout(2); !strings.Contains(p.Reason, c.reason) || c.reason == "" && p.Reason != "" {
					t.Errorf("reason %q, want %q", p.Reason, c.reason)
				}
				for _, o := range w.fake.transfers {
					if o.Reference != w.reference(2) {
						t.Errorf("sent with reference %s, ours is %s", o.Reference, w.reference(2))
					}
				}
			})
		})
	}
}

func TestAStoppedRunGoesOnWhereItWas(t *testing.T) {
	withFake(t, people(20), func(t *testing.T, w *fakeWorld) {
		w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
			if _, sent, _ := w.fake.count(); sent == 5 {
				return batch.Receipt{}, refusal("transfer", batch.Stop, "4034314", batch.ErrInsufficientFunds)
			}
			time.Sleep(time.Second)
			return w.fake.receipt(o), nil
		}
		if err := w.run(t.Context(), batch.Pay); !errors.Is(err, batch.ErrInsufficientFunds) {
			t.Fatalf("run: %v", err)
		}
		if _, sent, _ := w.fake.count(); sent > 5+w.settings.Concurrency {
			t.Errorf("%d transfers although the fifth stopped the run", sent)
		}
		w.mustRun()
		w.want("settled 20")
	})
}

// Prepare builds the body, so it is the first to see what cannot be sent.
func TestATransferThatCannotBeBuiltIsHeldAndNotTriedAgain(t *testing.T) {
	withFake(t, people(12), func(t *testing.T, w *fakeWorld) {
		w.fake.prepare = func(_ context.Context, transfer batch.Transfer) error {
			return refusal("transfer", batch.NeedsRepair, "", errors.New("the account number is too long"))
		}
		w.mustRun()
		w.want("held 12")
		if p := w.payout(2); p.Hold != ledger.HoldProvider || !strings.Contains(p.Reason, "the account number is too long") || p.Session != "" {
			t.Errorf("%+v", p.State)
		}
		if inquiries, sent, _ := w.fake.count(); inquiries != 12 || sent != 0 {
			t.Errorf("%d inquiries and %d transfers", inquiries, sent)
		}
	})
}

func TestATransferThatCannotBeMadeReadyIsTriedAgainWithoutAnIntent(t *testing.T) {
	withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
		tries := 0
		w.fake.prepare = func(context.Context, batch.Transfer) error {
			if tries++; tries < 4 {
				return &batch.Error{Operation: "token", Outcome: batch.NotTaken, Cause: errors.New("no token")}
			}
			return nil
		}
		w.mustRun()
		w.want("settled 1")
		if p := w.payout(2); p.Attempts != 1 || tries != 4 {
			t.Errorf("%d attempts, %d tries", p.Attempts, tries)
		}
	})
}

func TestASessionThatHasAgedIsNotUsed(t *testing.T) {
	withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
		var inquiries []int
		w.fake.prepare = func(context.Context, batch.Transfer) error {
			asked, _, _ := w.fake.count()
			inquiries = append(inquiries, asked)
			if n := len(inquiries); n <= 2 {
				time.Sleep([]time.Duration{9 * time.Minute, 2 * time.Minute}[n-1])
				return refusal("token", batch.NotTaken, "5007300", nil)
			}
			return nil
		}
		w.mustRun()
		w.want("settled 1")
		if !slices.Equal(inquiries, []int{1, 1, 2}) {
			t.Errorf("inquiries before each try, after 0, 9 and 11 minutes: %v", inquiries)
		}
	})
}

// The inquiry of a payout whose session is used up may fail as often as it likes: the transfer is
// not sent without a session, nor with the old one.
func TestWithoutANewSessionNothingIsSent(t *testing.T) {
	withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
		w.settings.Concurrency = 16 // so that ten failures in a row are no outage yet
		w.fake.transfer = func(context.Context, *batch.Order) (batch.Receipt, error) {
			return batch.Receipt{}, refusal("transfer", batch.NotTaken, "4034300", nil)
		}
		w.fake.inquire = func(_ context.Context, i batch.Inquiry) (batch.Holder, error) {
			if asked, _, _ := w.fake.count(); asked > 1 {
				return batch.Holder{}, refusal("inquiry", batch.NotTaken, "4294200", nil)
			}
			return w.fake.holder(i), nil
		}
		err := w.run(t.Context(), batch.Pay)
		if _, sent, _ := w.fake.count(); sent != 1 {
			t.Errorf("%d transfers with one session (run: %v)", sent, err)
		}
		w.want("verified 1")
	})
}

func TestAGracefulStopStartsNoTransferAndRecordsThoseUnderWay(t *testing.T) {
	withFake(t, people(40), func(t *testing.T, w *fakeWorld) {
		running, stop := context.WithCancelCause(t.Context())
		reason := errors.New("interrupted")
		w.fake.transfer = func(ctx context.Context, o *batch.Order) (batch.Receipt, error) {
			if _, sent, _ := w.fake.count(); sent == 10 {
				stop(reason)
			}
			select { // the answer comes long after the signal
			case <-ctx.Done():
				return batch.Receipt{}, errLost
			case <-time.After(3 * time.Second):
				return w.fake.receipt(o), nil
			}
		}
		if err := w.run(running, batch.Pay); !errors.Is(err, reason) {
			t.Errorf("run: %v, want the context's cause", err)
		}
		_, sent, _ := w.fake.count()
		if sent > 10+w.settings.Concurrency-1 {
			t.Errorf("%d transfers, the signal came at the tenth", sent)
		}
		if pending := w.summary().ByStatus[ledger.Pending].Count; pending != sent {
			t.Errorf("%d transfers, %d recorded as accepted: %s", sent, pending, w.standing())
		}
	})
}

func TestAStopWhileATransferIsMadeReadyLeavesItUnsent(t *testing.T) {
	withFake(t, people(8), func(t *testing.T, w *fakeWorld) {
		ctx, stop := context.WithCancel(t.Context())
		w.fake.prepare = func(context.Context, batch.Transfer) error { stop(); return nil }
		if err := w.run(ctx, batch.Pay); !errors.Is(err, context.Canceled) {
			t.Errorf("run: %v", err)
		}
		if _, sent, _ := w.fake.count(); sent != 0 || w.summary().ByStatus[ledger.Submitting].Count != 0 {
			t.Errorf("%d transfers, %s", sent, w.standing())
		}
	})
}

func TestNoMorePayoutsAreWorkedOnAtOnceThanTheConcurrencyAllows(t *testing.T) {
	for _, concurrency := range []int{1, 3, 16} {
		t.Run(fmt.Sprint(concurrency), func(t *testing.T) {
			withFake(t, people(60), func(t *testing.T, w *fakeWorld) {
				w.settings.Concurrency = concurrency
				slow := func() { time.Sleep(time.Second) }
				w.fake.inquire = func(_ context.Context, i batch.Inquiry) (batch.Holder, error) { slow(); return w.fake.holder(i), nil }
				w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) { slow(); return w.fake.receipt(o), nil }
				w.mustRun()
				w.want("settled 60")
				if w.fake.mostUnder != concurrency {
					t.Errorf("%d calls at once, want %d", w.fake.mostUnder, concurrency)
				}
			})
		})
	}
}

func TestEveryAttemptHasItsIntentOnDiskBeforeItLeaves(t *testing.T) {
	withFake(t, people(8), func(t *testing.T, w *fakeWorld) {
		w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
			var ordinal int
			_, err := fmt.Sscan(strings.TrimLeft(o.Reference[len(o.Reference)-7:], "0"), &ordinal)
			p, found := w.store.Payout(w.id, ordinal+1)
			if err := errors.Join(err, found); err != nil {
				t.Error(err) // this is not the test's own goroutine
			}
			if p.Status != ledger.Submitting || p.ExternalID != o.ExternalID || p.Session != o.Session || p.TransferredAt.IsZero() {
				t.Errorf("at the transfer of %s the disk says %s %+v", o.Reference, p.Status, p.State)
			}
			return w.fake.receipt(o), nil
		}
		w.mustRun()
		if lines := slices.Collect(w.payouts(ledger.Settled)); len(lines) != 8 {
			t.Errorf("%s", w.standing())
		}
	})
}
