package batch_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gajian/batch"
	"gajian/ledger"
)

func TestWhatAnAnswerToAnInquiryMeans(t *testing.T) {
	for _, c := range []struct {
		name   string
		mode   batch.NameMode
		holder func(*batch.Holder)
		err    error // of every inquiry
		status ledger.Status
		hold   ledger.Hold
		reason string
		asked  int
		sent   int
	}{
		{name: "the same name", status: ledger.Settled, asked: 1, sent: 1},
		{name: "another name is held", holder: named("SUHUT"), status: ledger.Held, hold: ledger.HoldName, reason: `name at bank is "SUHUT": `, asked: 1},
		{name: "another name is paid with a warning", mode: batch.NameWarn, holder: named("SUHUT"), status: ledger.Settled, reason: `paid although the name at bank is "SUHUT"`, asked: 1, sent: 1},
		{name: "names are not compared", mode: batch.NameOff, holder: named("SUHUT"), status: ledger.Settled, asked: 1, sent: 1},
		{name: "no name at all is held", holder: named(""), status: ledger.Held, hold: ledger.HoldName, reason: "the bank gives no name to compare", asked: 1},
		{name: "less would arrive", holder: func(h *batch.Holder) { h.BeneficiaryAmount -= testFee }, status: ledger.Held, hold: ledger.HoldFee,
			reason: "IDR 1,495,500 would arrive instead of IDR 1,500,000: ask the provider who bears the fee", asked: 1},
		{name: "more would arrive, names are off", mode: batch.NameOff, holder: func(h *batch.Holder) { h.BeneficiaryAmount++ }, status: ledger.Held, hold: ledger.HoldFee, reason: "would arrive", asked: 1},
		{name: "an answer without echoes is enough", holder: func(h *batch.Holder) { *h = batch.Holder{Name: h.Name, Session: h.Session} }, status: ledger.Settled, asked: 1, sent: 1},
		{name: "another account's answer is no answer", holder: func(h *batch.Holder) { h.AccountNumber = "1" }, status: ledger.Queued, asked: 10},
		{name: "another bank's answer is no answer", holder: func(h *batch.Holder) { h.BankCode = "999" }, status: ledger.Queued, asked: 10},
		{name: "another amount's answer is no answer", holder: func(h *batch.Holder) { h.Amount++ }, status: ledger.Queued, asked: 10},
		{name: "an answer without a session is no answer", holder: func(h *batch.Holder) { h.Session = "" }, status: ledger.Queued, asked: 10},
		{name: "a negative fee is no answer", holder: func(h *batch.Holder) { h.Fee = -1 }, status: ledger.Queued, asked: 10},
		{name: "an unknown account is rejected", err: refusal("inquiry", batch.Refused, "4044211", nil), status: ledger.Rejected,
			reason: "the bank does not accept the account: No (4044211)", asked: 1},
		{name: "too many calls are tried again", err: refusal("inquiry", batch.NotTaken, "4294200", nil), status: ledger.Queued, asked: 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
				w.settings.Concurrency = 16 // ten failures in a row are no outage then
				if c.mode != "" {
					w.settings.NameMatch = c.mode
				}
				w.fake.inquire = func(_ context.Context, i batch.Inquiry) (batch.Holder, error) {
					holder := w.fake.holder(i)
					if c.holder != nil {
						c.holder(&holder)
					}
					return holder, c.err
				}
				w.mustRun()
				p := w.payout(2)
				if p.Status != c.status || p.Hold != c.hold || !strings.Contains(p.Reason, c.reason) || c.reason == "" && p.Reason != "" {
					t.Errorf("%s, hold %v, %q; want %s, %v, %q", p.Status, p.Hold, p.Reason, c.status, c.hold, c.reason)
				}
				if asked, sent, _ := w.fake.count(); asked != c.asked || sent != c.sent {
					t.Errorf("%d inquiries and %d transfers, want %d and %d", asked, sent, c.asked, c.sent)
				}
			})
		})
	}
}

func named(name string) func(*batch.Holder) { return func(h *batch.Holder) { h.Name = name } }

func TestAReleasedNameIsNotAskedAboutAgain(t *testing.T) {
	withFake(t, people(2), func(t *testing.T, w *fakeWorld) {
		bank := "SUHUT"
		w.fake.inquire = func(_ context.Context, i batch.Inquiry) (batch.Holder, error) {
			holder := w.fake.holder(i)
			if i.AccountNumber == w.plan.lines[0].AccountNumber {
				holder.Name = bank
			}
			return holder, nil
		}
		w.mustRun()
		w.want("settled 1, held 1")
		if _, err := w.store.Release(t.Context(), w.id, 2, ledger.Decision{Actor: "me", Reason: "his wife's account"}); err != nil {
			t.Fatal(err)
		}
		w.mustRun()
		w.want("settled 2")
		bank = "Suhut" // a month later; the bank writes it otherwise
		w.id = enter(t, w.store, w.plan.lines, "2026-12").ID
		w.mustRun()
		w.want("settled 2")
		bank = "SOMEBODY ELSE"
		w.id = enter(t, w.store, w.plan.lines, "2027-01").ID
		w.mustRun()
		w.want("settled 1, held 1")
	})
}

// An aged inquiry is asked again, and the answer of that day counts.
func TestAnAgedInquiryThatSaysOtherwiseIsBelieved(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(*batch.Holder) error
		want   string
	}{
		{"another holder", func(h *batch.Holder) error { h.Name = "SUHUT"; return nil }, "held 1"},
		{"closed", func(*batch.Holder) error { return refusal("inquiry", batch.Refused, "4034218", nil) }, "rejected 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
				w.fake.prepare = func(context.Context, batch.Transfer) error {
					return refusal("token", batch.Stop, "4017300", batch.ErrCredentials)
				}
				if err := w.run(t.Context(), batch.Pay); !errors.Is(err, batch.ErrCredentials) {
					t.Fatal(err)
				}
				w.want("verified 1")
				time.Sleep(time.Hour)
				w.fake.prepare = nil
				w.fake.inquire = func(_ context.Context, i batch.Inquiry) (batch.Holder, error) {
					holder := w.fake.holder(i)
					err := c.answer(&holder)
					return holder, err
				}
				w.mustRun()
				w.want(c.want)
			})
		})
	}
}

func TestTheBalanceIsAskedUntilThereIsAnAnswer(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		times int // how often it fails
		asked int // up front
		run   error
		some  bool // any error
	}{
		{name: "at once", asked: 1},
		{name: "lost four times", err: errLost, times: 4, asked: 5},
		{name: "lost for ever", err: errLost, times: 100, asked: 5, some: true},
		{name: "refused credentials", err: refusal("balance", batch.Stop, "4011100", batch.ErrCredentials), times: 100, asked: 1, run: batch.ErrCredentials},
		{name: "an unknown account of our own", err: refusal("balance", batch.Stop, "4041111", batch.ErrConfiguration), times: 100, asked: 1, run: batch.ErrConfiguration},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFake(t, people(2), func(t *testing.T, w *fakeWorld) {
				asked, before := 0, 0
				w.fake.balance = func(context.Context) (batch.Funds, error) {
					if asked++; asked <= c.times {
						return batch.Funds{}, c.err
					}
					return batch.Funds{Available: 1 << 50}, nil
				}
				w.fake.inquire = func(_ context.Context, i batch.Inquiry) (batch.Holder, error) {
					before = asked
					return w.fake.holder(i), nil
				}
				start := time.Now()
				err := w.run(t.Context(), batch.Pay)
				if fails := c.run != nil || c.some; (err != nil) != fails || c.run != nil && !errors.Is(err, c.run) {
					t.Fatalf("run: %v", err)
				} else if fails {
					before = asked
					w.want("queued 2")
				}
				if before != c.asked || c.some && time.Since(start) > 10*time.Second {
					t.Errorf("asked %d times, want %d; %v", before, c.asked, time.Since(start))
				}
			})
		})
	}
}

func TestNothingIsDoneWithoutALedger(t *testing.T) {
	withFake(t, people(30), func(t *testing.T, w *fakeWorld) {
		if err := batch.Run(t.Context(), w.store, w.fake, "2026-11-NOSUCH", batch.Pay, w.settings); !errors.Is(err, batch.ErrLedger) {
			t.Errorf("an unknown batch: %v", err)
		}
		if inquiries, sent, _ := w.fake.count(); inquiries+sent != 0 {
			t.Errorf("%d inquiries, %d transfers", inquiries, sent)
		}
	})
}

// When the ledger takes no more writes in the middle of a run, no transfer leaves after that.
func TestALedgerThatCannotBeWrittenStopsEverything(t *testing.T) {
	withFake(t, people(30), func(t *testing.T, w *fakeWorld) {
		other := newStore(t)
		id := enter(t, other, w.plan.lines, "2026-11").ID
		var after atomic.Int32
		var closed atomic.Bool
		w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
			if closed.Load() {
				after.Add(1)
			}
			if _, sent, _ := w.fake.count(); sent == 5 {
				if err := other.Close(); err != nil {
					t.Error(err)
				}
				closed.Store(true)
			}
			return w.fake.receipt(o), nil
		}
		err := batch.Run(t.Context(), other, w.fake, id, batch.Pay, w.settings)
		if !errors.Is(err, batch.ErrLedger) {
			t.Errorf("run: %v", err)
		}
		if n := int(after.Load()); n > w.settings.Concurrency {
			t.Errorf("%d transfers after the ledger was gone", n)
		}
	})
}

func TestInquireAllAsksForEveryHolderAndMovesNothing(t *testing.T) {
	withFake(t, people(20), func(t *testing.T, w *fakeWorld) {
		lines := w.plan.lines
		w.fake.inquire = func(_ context.Context, i batch.Inquiry) (batch.Holder, error) {
			holder := w.fake.holder(i)
			switch i.AccountNumber {
			case lines[3].AccountNumber:
				holder.Name = "SUHUT"
			case lines[4].AccountNumber:
				return holder, refusal("inquiry", batch.Refused, "4044211", nil)
			case lines[5].AccountNumber:
				return holder, errLost
			}
			return holder, nil
		}
		answers := map[int]batch.NameAnswer{}
		if err := batch.InquireAll(t.Context(), w.store, w.fake, given(lines), w.settings, func(a batch.NameAnswer) { answers[a.Line] = a }); err != nil {
			t.Fatal(err)
		}
		for i, l := range lines {
			a, found := answers[l.Number]
			wants := map[int]string{3: "the bank SUHUT", 4: "the bank does not accept the account: No (4044211)", 5: "the bank could not be asked: "}
			if want, odd := wants[i]; !found || odd != (a.Reason != "") || !strings.Contains(a.Reason, want) || (a.Holder == "") != (i == 4 || i == 5) {
				t.Errorf("line %d: %+v", l.Number, a)
			}
		}
		w.want("queued 20")
		if asked, sent, _ := w.fake.count(); asked != 22 || sent != 0 {
			t.Errorf("%d inquiries, %d transfers", asked, sent)
		}
	})
}

func TestInquireAllKnowsTheNamesThatWereAccepted(t *testing.T) {
	withFake(t, people(2), func(t *testing.T, w *fakeWorld) {
		w.fake.inquire = func(_ context.Context, i batch.Inquiry) (batch.Holder, error) {
			holder := w.fake.holder(i)
			holder.Name = "SUHUT"
			return holder, nil
		}
		if err := w.run(t.Context(), batch.Pay); err != nil {
			t.Fatal(err)
		}
		w.want("held 2")
		if _, err := w.store.Release(t.Context(), w.id, 2, ledger.Decision{Actor: "sari", Reason: "his wife's account"}); err != nil {
			t.Fatal(err)
		}
		reasons := map[int]string{}
		if err := batch.InquireAll(t.Context(), w.store, w.fake, given(w.plan.lines), w.settings, func(a batch.NameAnswer) { reasons[a.Line] = a.Reason }); err != nil {
			t.Fatal(err)
		}
		if reasons[2] != "" || reasons[3] == "" {
			t.Errorf("line 2 was released, line 3 was not: %v", reasons)
		}
	})
}

func TestInquireAllEndsEarlyForWhatConcernsEveryLine(t *testing.T) {
	withFake(t, people(200), func(t *testing.T, w *fakeWorld) {
		w.fake.inquire = func(context.Context, batch.Inquiry) (batch.Holder, error) {
			return batch.Holder{}, refusal("inquiry", batch.Stop, "4014200", batch.ErrCredentials)
		}
		err := batch.InquireAll(t.Context(), w.store, w.fake, given(w.plan.lines), w.settings, func(a batch.NameAnswer) { t.Errorf("an answer %+v", a) })
		if asked, _, _ := w.fake.count(); !errors.Is(err, batch.ErrCredentials) || asked > 2*w.settings.Concurrency {
			t.Errorf("%v after %d inquiries", err, asked)
		}
		ctx, stop := context.WithCancelCause(t.Context())
		reason := errors.New("interrupted")
		stop(reason)
		if err := batch.InquireAll(ctx, w.store, w.fake, given(w.plan.lines), w.settings, func(batch.NameAnswer) {}); !errors.Is(err, reason) {
			t.Errorf("interrupted: %v", err)
		}
		broken := errors.New("line 7 cannot be read")
		if err := batch.InquireAll(t.Context(), w.store, w.fake, func(func(ledger.Line) error) error { return broken }, w.settings, func(batch.NameAnswer) {}); !errors.Is(err, broken) {
			t.Errorf("a broken file: %v", err)
		}
	})
}

func TestErrorsOfTheProviderSayWhatWasDone(t *testing.T) {
	for want, err := range map[string]*batch.Error{
		"inquiry: 4044211 Invalid Account":                                        {Operation: "inquiry", Code: "4044211", Message: "Invalid Account"},
		"transfer: 4034314 Insufficient Funds (the deposit does not hold enough)": {Operation: "transfer", Code: "4034314", Message: "Insufficient Funds", Cause: batch.ErrInsufficientFunds},
		"token: refused":  {Operation: "token", Cause: errors.New("refused")},
		"status: nothing": {Operation: "status", Message: "nothing"},
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err.Error(), want)
		}
		if got := batch.OutcomeOf(fmt.Errorf("line 7: %w", err)); got != batch.InDoubt {
			t.Errorf("the zero outcome is %v", got)
		}
	}
}

// A provider that says "too many requests, come back in five minutes" makes a payout wait between its
// inquiry and its slot. A session that grew too old meanwhile is not used.
func TestASessionThatGrewOldWhileItWaitedForASlotIsNotUsed(t *testing.T) {
	withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
		w.settings.SessionMaxAge = 10 * time.Minute
		prepared := 0
		w.fake.prepare = func(context.Context, batch.Transfer) error {
			if prepared++; prepared == 1 {
				time.Sleep(w.settings.SessionMaxAge + time.Second)
			}
			return nil
		}
		w.mustRun()
		inquiries, transfers, _ := w.fake.count()
		if inquiries != 2 || transfers != 1 || prepared != 2 {
			t.Errorf("%d inquiries, %d orders, %d transfers; want 2, 2, 1", inquiries, prepared, transfers)
		}
	})
}
