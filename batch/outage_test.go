package batch_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"gajian/batch"
	"gajian/ledger"
)

// burntByFour is how many transfers four workers may leave in doubt in the two minutes until a run
// gives up: 17 probes (after pauses of 0.5, 1, 2, 4 and 8 s, then of 10 s each), 5 failures before the
// first pause with 3 more under way, and 5 again when an acceptance that was under way comes last.
const burntByFour = 17 + 5 + 3 + 5

func TestAnOutageEndsTheRunBeforeItBurnsThroughTheFile(t *testing.T) {
	for _, c := range []struct {
		name        string
		concurrency int
		down        func(operation string) bool // what does not answer, from the twentieth transfer on
		takes       time.Duration               // until a call has failed
		burnt       int                         // transfers in doubt, at most
	}{
		{"nothing answers", 4, func(string) bool { return true }, 0, 4},
		{"nothing answers, slowly", 4, func(string) bool { return true }, 20 * time.Second, 4},
		{"nothing answers to many workers", 16, func(string) bool { return true }, 0, 16},
		{"only transfers have no answer", 4, func(operation string) bool { return operation == "transfer" }, 0, burntByFour},
		{"only transfers have no answer, slowly", 4, func(operation string) bool { return operation == "transfer" }, 20 * time.Second, burntByFour},
		{"only transfers have no answer, to many workers", 16, func(operation string) bool { return operation == "transfer" }, 0, 50},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			withFake(t, people(400), func(t *testing.T, w *fakeWorld) {
				w.settings.Concurrency = c.concurrency
				var since time.Time
				var began sync.Once
				lost := func(operation string) error {
					_, sent, _ := w.fake.count()
					if sent < 20 || !c.down(operation) {
						return nil
					}
					began.Do(func() { since = time.Now() })
					time.Sleep(c.takes)
					return errLost
				}
				w.fake.breaks(lost)
				if !c.down("status") { // what is not taken is not known either
					w.fake.says(batch.PhaseNotFound)
				}
				if err := w.run(t.Context(), batch.Pay); !errors.Is(err, batch.ErrOutage) {
					t.Fatalf("run: %v, %s", err, w.standing())
				}
				if silent := time.Since(since); silent < 2*time.Minute || silent > 4*time.Minute {
					t.Errorf("the run gave up after %v", silent)
				}
				if burnt := w.summary().ByStatus[ledger.Submitting].Count; burnt > c.burnt {
					t.Errorf("%d transfers are in doubt, want at most %d", burnt, c.burnt)
				}
				w.fake.breaks(func(string) error { return nil })
				w.mustRun()
				w.want("settled 400")
			})
		})
	}
}

// breaks makes calls fail with what lost returns for their operation.
func (f *fakeProvider) breaks(lost func(operation string) error) {
	f.inquire = func(_ context.Context, i batch.Inquiry) (batch.Holder, error) { return f.holder(i), lost("inquiry") }
	f.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) { return f.receipt(o), lost("transfer") }
	f.status = func(_ context.Context, q batch.Query) (batch.Standing, error) {
		return f.standing(q, batch.PhasePaid), lost("status")
	}
}

func TestAnInterruptionOfNearlyTwoMinutesIsWaitedFor(t *testing.T) {
	for _, only := range []string{"", "inquiry", "transfer", "status"} {
		t.Run("of "+only, func(t *testing.T) {
			withFake(t, people(60), func(t *testing.T, w *fakeWorld) {
				start := time.Now()
				w.fake.breaks(func(operation string) error {
					if down := time.Since(start); (only == "" || only == operation) && down > 0 && down < 115*time.Second {
						return errLost
					}
					time.Sleep(100 * time.Millisecond)
					return nil
				})
				w.mustRun()
				w.want("settled 60")
			})
		})
	}
}

// The answers are lost, but check status knows every transfer: nothing is burnt, the run goes on.
func TestTransfersThatAreFoundAreNoOutage(t *testing.T) {
	withFake(t, people(200), func(t *testing.T, w *fakeWorld) {
		w.fake.breaks(func(operation string) error {
			if operation == "transfer" {
				return errLost
			}
			return nil
		})
		w.mustRun()
		w.want("settled 200")
	})
}

func TestManyLostAnswersAmongGoodOnesAreNoOutage(t *testing.T) {
	withFake(t, people(300), func(t *testing.T, w *fakeWorld) {
		n := 0
		w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
			time.Sleep(10 * time.Second)
			w.fake.mu.Lock()
			n++
			lost := n%3 != 0
			w.fake.mu.Unlock()
			if lost {
				return batch.Receipt{}, errLost
			}
			return w.fake.receipt(o), nil
		}
		w.mustRun()
		w.want("settled 300")
	})
}

// What we refuse to send ourselves is no answer: between such lines the provider is silent all the same.
func TestWhatWeRefuseOurselvesIsNoAnswer(t *testing.T) {
	withFake(t, people(400), func(t *testing.T, w *fakeWorld) {
		w.fake.says(batch.PhaseNotFound)
		w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
			if _, sent, _ := w.fake.count(); sent%2 == 0 {
				return batch.Receipt{}, refusal("transfer", batch.NeedsRepair, "", errors.New("the remark cannot be sent"))
			}
			return batch.Receipt{}, errLost
		}
		if err := w.run(t.Context(), batch.Pay); !errors.Is(err, batch.ErrOutage) {
			t.Errorf("run: %v, %s", err, w.standing())
		}
		if burnt := w.summary().ByStatus[ledger.Submitting].Count; burnt > burntByFour {
			t.Errorf("%d transfers are in doubt, want at most %d", burnt, burntByFour)
		}
	})
}

// A provider that answers every transfer with "too many requests" takes none: the run gives up
// instead of trying every line of the file ten times.
func TestAProviderThatThrottlesEveryTransferIsGivenUp(t *testing.T) {
	withFake(t, people(400), func(t *testing.T, w *fakeWorld) {
		w.fake.transfer = func(context.Context, *batch.Order) (batch.Receipt, error) {
			err := refusal("transfer", batch.NotTaken, "4294300", nil)
			err.Throttled = true
			return batch.Receipt{}, err
		}
		start := time.Now()
		if err := w.run(t.Context(), batch.Pay); !errors.Is(err, batch.ErrOutage) {
			t.Errorf("run: %v, %s", err, w.standing())
		}
		if took := time.Since(start); took < 2*time.Minute || took > 4*time.Minute {
			t.Errorf("the run gave up after %s", took)
		}
		if _, sent, _ := w.fake.count(); sent > burntByFour {
			t.Errorf("%d transfers, want at most %d", sent, burntByFour)
		}
		w.fake.transfer = nil
		w.mustRun()
		w.want("settled 400")
	})
}
