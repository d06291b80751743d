package batch_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"
)

func TestLostAnswersToTransfersAreNeverAReasonToSendAgain(t *testing.T) {
	for _, percent := range []int{10, 50, 100} {
		for seed := range int64(3) {
			t.Run(fmt.Sprintf("%d%%/%d", percent, seed), func(t *testing.T) {
				t.Parallel()
				inWorld(t, plan{lines: people(30), faults: fmt.Sprintf("transfer:lose-response=%d%%", percent), seed: seed}, func(t *testing.T, w *world) {
					w.mustRun()
					w.want("settled 30")
					for _, d := range w.sim.Book() {
						if d.Requests != 1 {
							t.Errorf("%s was sent %d times", d.Reference, d.Requests)
						}
					}
				})
			})
		}
	}
}

// Faults of all kinds at once, with accounts that do what they like.
func TestABadNight(t *testing.T) {
	faults := "transfer:lose-response=10%,transfer:500-after=5%,transfer:502-html=3%,transfer:429=5%,transfer:no-connection=3%,transfer:wrong-amount=3%,transfer:late=3%," +
		"status:lose-response=10%,status:not-found=5%,status:not-found-07=5%,status:wrong-reference=3%,status:truncated=3%,inquiry:slow=5%,inquiry:500-before=5%,inquiry:wrong-amount=3%,*:in-progress=2%,*:empty=1%"
	for seed := range int64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			inWorld(t, plan{lines: strangers(40), faults: faults, seed: seed, rate: 20}, func(t *testing.T, w *world) {
				w.finishOrPending()
				if s := w.summary(); s.ByStatus[ledger.Settled].Count < 30 || s.ByStatus[ledger.Rejected].Count != 2 || s.ByStatus[ledger.Held].Count != 1 {
					t.Errorf("%s", w.standing())
				}
			})
		})
	}
}

// strangers are people of whom the first eleven have the simulator's special accounts.
func strangers(n int) []ledger.Line {
	lines := people(n)
	for i, account := range specialAccounts {
		lines[i] = paidTo(lines[i], account)
	}
	return lines
}

var specialAccounts = []string{"9990000001", "9990000002", "9990000003", "9990000004", "9990000005", "9990000006", "9990000007", "9990000008",
	"8812345001", "8812345002", "7746555134"}

// finishOrPending runs until only the account that is pending for ever is unfinished.
func (w *world) finishOrPending() {
	w.t.Helper()
	for range 14 {
		if err := w.run(w.t.Context(), batch.Pay); err != nil && !errors.Is(err, batch.ErrOutage) {
			w.t.Errorf("run: %v", err)
		}
		s := w.summary()
		if s.ByStatus[ledger.Queued].Count+s.ByStatus[ledger.Verified].Count+s.ByStatus[ledger.Submitting].Count == 0 && s.ByStatus[ledger.Pending].Count == 1 {
			return
		}
		w.resendWhatMayBe()
		time.Sleep(8 * time.Hour)
	}
	w.t.Errorf("not finished: %s", w.standing())
}

func TestAccountsThatDoWhatTheyLike(t *testing.T) {
	for _, c := range []struct {
		account, bank string
		status        ledger.Status
		reason        string
	}{
		{"9990000001", "014", ledger.Rejected, "the bank does not accept the account: Invalid Card/Account/Customer (4044211)"},
		{"9990000002", "014", ledger.Rejected, "the bank does not accept the account: Inactive Card/Account/Customer (4034218)"},
		{"9990000003", "014", ledger.Held, `name at bank is "SUHUT"`},
		{"9990000004", "014", ledger.Failed, "the provider refused the transfer: Do Not Honor (4034305)"},
		{"9990000005", "014", ledger.Failed, "the transfer failed, nothing was paid: Transaction is failed (status 06)"},
		{"9990000006", "014", ledger.Pending, ""},
		{"9990000007", "014", ledger.Settled, ""},
		{"9990000008", "014", ledger.Submitting, "the provider does not know the transfer (yet)"},
		{"8812345001", "002", ledger.Failed, "the transfer failed, nothing was paid"},
		{"8812345001", "014", ledger.Settled, ""},
		{"7746555134", "014", ledger.Returned, "paid, and the money came back: Transaction is refunded (status 04)"},
	} {
		t.Run(c.account+" at "+c.bank, func(t *testing.T) {
			t.Parallel()
			lines := people(3)
			lines[1] = paidTo(lines[1], c.account)
			lines[1].BankCode = c.bank
			inWorld(t, plan{lines: lines}, func(t *testing.T, w *world) {
				w.mustRun()
				p := w.payout(lines[1].Number)
				if p.Status != c.status || !strings.Contains(p.Reason, c.reason) || c.reason == "" && p.Reason != "" {
					t.Errorf("%s: %q, want %s: %q", p.Status, p.Reason, c.status, c.reason)
				}
				if settled := w.summary().ByStatus[ledger.Settled].Count; settled < 2 {
					t.Errorf("the other lines: %s", w.standing())
				}
			})
		})
	}
}

func TestStormsPass(t *testing.T) {
	for _, c := range []struct {
		name string
		plan plan
	}{
		{"429 of half the calls", plan{faults: "*:429=50%"}},
		{"429 of the first twenty calls", plan{faults: "*:429@" + strings.Join(numbers(20), ",*:429@")}},
		{"the provider's limit is half of ours", plan{simulator: func(c *simulator.Config) { c.CallsPerSecond = testRate / 2 }}},
		{"the provider's limit is ten a second, and ours", plan{rate: 10, simulator: func(c *simulator.Config) { c.CallsPerSecond = 10 }}},
		{"tokens live two seconds", plan{rate: 5, simulator: func(c *simulator.Config) { c.TokenLifetime = 2 * time.Second }}},
		{"tokens live a minute, answers take ten seconds", plan{simulator: func(c *simulator.Config) { c.TokenLifetime, c.Latency = time.Minute, 10*time.Second }}},
		{"sessions live five seconds", plan{rate: 2, simulator: func(c *simulator.Config) { c.SessionLifetime = 5 * time.Second }}},
		{"answers take longer than the timeout now and then", plan{faults: "*:slow/25s=10%"}},
		{"every answer takes 19 seconds", plan{simulator: func(c *simulator.Config) { c.Latency = 19 * time.Second }}},
		{"codes come as numbers and as text", plan{simulator: func(c *simulator.Config) { c.Codes = simulator.CodesMixed }}},
		{"one call a second", plan{rate: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.plan.lines = people(12)
			inWorld(t, c.plan, func(t *testing.T, w *world) {
				w.finish()
				w.want("settled 12")
			})
		})
	}
}

// A provider that asks for a pause at every transfer, however long, is left alone before long.
func TestAStormOfThrottlesWithoutEndEndsTheRun(t *testing.T) {
	for _, kind := range []string{"429", "429-date", "429-past", "429-huge", "429-overflow", "429-negative", "429-garbage"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inWorld(t, plan{lines: people(100), faults: "transfer:" + kind + "=100%", rate: 10}, func(t *testing.T, w *world) {
				start := time.Now()
				if err := w.run(t.Context(), batch.Pay); !errors.Is(err, batch.ErrOutage) {
					t.Errorf("run: %v", err)
				}
				if took, sent := time.Since(start), w.sim.Calls()[simulator.TransferCall]; took > time.Hour || sent > 60 {
					t.Errorf("the run took %v and sent %d transfers", took, sent)
				}
				w.sim.SetFaults(simulator.Faults{})
				w.mustRun()
				w.want("settled 100")
			})
		})
	}
}

func numbers(n int) (texts []string) {
	for i := range n {
		texts = append(texts, fmt.Sprint(i+1))
	}
	return texts
}

func TestRefusedCredentialsStopTheRunAndTheNextGoesOn(t *testing.T) {
	for _, spec := range []string{"inquiry:401=100%", "transfer:401=100%", "balance:401=100%", "token:401=100%", "status:401=100%", "*:401=30%"} {
		t.Run(spec, func(t *testing.T) {
			t.Parallel()
			inWorld(t, plan{lines: people(6), faults: spec}, func(t *testing.T, w *world) {
				var err error
				for range 5 {
					if err = w.run(t.Context(), batch.Pay); !errors.Is(err, batch.ErrCredentials) {
						break
					}
					time.Sleep(time.Hour)
				}
				if strings.HasSuffix(spec, "100%") && !errors.Is(err, batch.ErrCredentials) {
					t.Errorf("run: %v", err)
				}
				sent := w.summary().Sent()
				if sent > 0 && !strings.HasPrefix(spec, "status") && !strings.HasPrefix(spec, "*") {
					t.Errorf("%s although the provider refused us", w.standing())
				}
			})
		})
	}
}

func TestAShortfallUpFrontSendsNothingAndSaysTheAmount(t *testing.T) {
	lines := people(10) // 15,045,000 and ten fees of 4,500
	inWorld(t, plan{lines: lines, opening: 15_000_001 * ledger.Rupiah}, func(t *testing.T, w *world) {
		err := w.run(t.Context(), batch.Pay)
		var funding *batch.FundingError
		if !errors.As(err, &funding) || !errors.Is(err, batch.ErrInsufficientFunds) {
			t.Fatalf("run: %v", err)
		}
		needed := totalOf(lines) + 10*testFee
		if *funding != (batch.FundingError{Needed: needed, Available: 15_000_001 * ledger.Rupiah, Payouts: 10, Asked: true}) {
			t.Errorf("%+v", funding)
		}
		if want := "lines still to pay: 10, with fees IDR 15,090,000; available IDR 15,000,001; missing IDR 89,999"; !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
		calls := w.sim.Calls()
		if calls[simulator.InquiryCall] != 0 || calls[simulator.TransferCall] != 0 {
			t.Errorf("calls %v", calls)
		}
		w.want("queued 10")
		w.sim.TopUp(int64(89_999 * ledger.Rupiah)) // before the first transfer: it belongs to the opening balance
		w.mustRun()
		w.want("settled 10")
	})
}

func (w *world) topUp(amount ledger.Sen) {
	w.sim.TopUp(int64(amount))
	if w.summary().Sent() > 0 { // before, it is in the opening balance
		w.toppedUp += amount
	}
}

func TestWhenTheMoneyRunsOutMidwayTheRestWaitsForATopUp(t *testing.T) {
	lines := people(12)
	drained := 4 * (1_500_000*ledger.Rupiah + testFee)
	// The fee is expected to be nothing, so that the check up front passes.
	inWorld(t, plan{lines: lines, opening: totalOf(lines) + testFee, settings: func(s *batch.Settings) { s.Fee = 0 }}, func(t *testing.T, w *world) {
		err := w.run(t.Context(), batch.Pay)
		var funding *batch.FundingError
		if !errors.As(err, &funding) || funding.Needed-funding.Available != 45_000*ledger.Rupiah {
			t.Fatalf("run: %v", err)
		}
		s := w.summary()
		if s.ByStatus[ledger.Pending].Count+s.ByStatus[ledger.Settled].Count != 11 || s.ByStatus[ledger.Failed].Count != 0 {
			t.Errorf("%s", w.standing())
		}
		w.topUp(drained)
		w.finish()
		w.want("settled 12")
	})
}

// The transfer is lost, the provider never heard of it: a day later a person lets it be sent again.
func TestALostRequestIsPaidOnceAPersonHasDecided(t *testing.T) {
	lines := people(3)
	lines[1] = paidTo(lines[1], "9990000008")
	inWorld(t, plan{lines: lines}, func(t *testing.T, w *world) {
		w.mustRun()
		line := lines[1].Number
		for waited := time.Duration(0); waited < 24*time.Hour; waited += 6 * time.Hour {
			if _, err := w.store.Resend(t.Context(), w.id, line, ledger.Decision{Actor: "me", Reason: "please"}); !errors.Is(err, ledger.ErrTooEarly) {
				t.Fatalf("after %v: %v", waited, err)
			}
			time.Sleep(6 * time.Hour)
			w.mustRun()
		}
		if _, err := w.store.Resend(t.Context(), w.id, line, ledger.Decision{Actor: "me", Reason: "DOKU says it never came"}); err != nil {
			t.Fatal(err)
		}
		w.mustRun()
		w.want("settled 3")
		if n := w.sim.TransferRequests(w.reference(line)); n != 2 {
			t.Errorf("%d requests with the reference", n)
		}
	})
}

// A request that comes to the provider long after its connection was cut is found by its
// reference, however often "not found" was the answer before.
func TestALateTransferIsFoundAndNotSentAgain(t *testing.T) {
	for _, late := range []time.Duration{30 * time.Second, 4 * time.Minute, 9 * time.Minute, time.Hour} {
		t.Run(late.String(), func(t *testing.T) {
			t.Parallel()
			inWorld(t, plan{lines: people(4), faults: fmt.Sprintf("transfer:late/%v@2", late), simulator: func(c *simulator.Config) { c.SessionLifetime = 48 * time.Hour }}, func(t *testing.T, w *world) {
				for range 12 {
					w.mustRun()
					time.Sleep(2 * time.Hour)
				}
				w.want("settled 4")
				for _, d := range w.sim.Book() {
					if d.Requests != 1 {
						t.Errorf("%s was sent %d times", d.Reference, d.Requests)
					}
				}
			})
		})
	}
}
