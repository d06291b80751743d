package batch_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gajian/batch"
	"gajian/ledger"
)

func TestWhatAnAnswerToAStatusQuestionMeans(t *testing.T) {
	const sent = "queued>verified verified>in_doubt in_doubt>pending"
	for _, c := range []struct {
		name      string
		answers   []batch.Phase
		change    func(*batch.Standing) // of the first answer
		err       error                 // instead of the first answer
		lost      bool                  // the transfer's answer was lost
		moves     string
		questions int
		reason    string
		settings  func(*batch.Settings)
	}{
		{name: "paid", answers: []batch.Phase{batch.PhasePaid}, moves: sent + " pending>settled", questions: 1},
		{name: "in progress, then paid", answers: []batch.Phase{batch.PhaseInProgress, batch.PhaseInProgress, batch.PhasePaid}, moves: sent + " pending>settled", questions: 3},
		{name: "failed counts at the second look", answers: []batch.Phase{batch.PhaseFailed}, moves: sent + " pending>failed", questions: 2, reason: "the transfer failed, nothing was paid: status 06"},
		{name: "cancelled counts at the second look", answers: []batch.Phase{batch.PhaseCancelled}, moves: sent + " pending>failed", questions: 2, reason: "status 05"},
		{name: "cancelled once and then in progress is not cancelled", answers: []batch.Phase{batch.PhaseCancelled, batch.PhaseInProgress, batch.PhaseCancelled, batch.PhasePaid},
			moves: sent + " pending>settled", questions: 4},
		{name: "failed once and then paid is paid", answers: []batch.Phase{batch.PhaseInProgress, batch.PhaseFailed, batch.PhasePaid}, moves: sent + " pending>settled", questions: 3},
		{name: "failed once and then in progress is not failed", answers: []batch.Phase{batch.PhaseFailed, batch.PhaseInProgress, batch.PhaseFailed, batch.PhasePaid},
			moves: sent + " pending>settled", questions: 4},
		{name: "failed and then cancelled agree", answers: []batch.Phase{batch.PhaseFailed, batch.PhaseCancelled}, moves: sent + " pending>failed", questions: 2, reason: "status 05"},
		{name: "cancelled once and then paid is paid", answers: []batch.Phase{batch.PhaseCancelled, batch.PhasePaid}, moves: sent + " pending>settled", questions: 2},
		{name: "refunded counts at the second look and tells of two moves", answers: []batch.Phase{batch.PhaseRefunded}, moves: sent + " pending>settled settled>returned", questions: 2, reason: "the money came back"},
		{name: "refunded after a lost answer", lost: true, answers: []batch.Phase{batch.PhaseRefunded},
			moves: "queued>verified verified>in_doubt in_doubt>settled settled>returned", questions: 2, reason: "the money came back"},
		{name: "refunded once and then paid is paid", answers: []batch.Phase{batch.PhaseRefunded, batch.PhasePaid}, moves: sent + " pending>settled", questions: 2},
		{name: "in progress ends the doubt", lost: true, answers: []batch.Phase{batch.PhaseInProgress, batch.PhasePaid},
			moves: "queued>verified verified>in_doubt in_doubt>pending pending>settled", questions: 2},
		{name: "failed after a lost answer counts at the second look", lost: true, answers: []batch.Phase{batch.PhaseFailed}, moves: "queued>verified verified>in_doubt in_doubt>failed", questions: 2, reason: "nothing was paid"},
		{name: "cancelled after a lost answer counts at the second look", lost: true, answers: []batch.Phase{batch.PhaseCancelled},
			moves: "queued>verified verified>in_doubt in_doubt>failed", questions: 2, reason: "status 05"},
		{name: "not found, then paid", lost: true, answers: []batch.Phase{batch.PhaseNotFound, batch.PhaseNotFound, batch.PhasePaid},
			moves: "queued>verified verified>in_doubt in_doubt>settled", questions: 3},
		{name: "accepted and not found stays pending", answers: []batch.Phase{batch.PhaseNotFound}, moves: sent, questions: 29,
			reason: "the provider accepted the transfer, but check status does not know it: ask the provider"},
		{name: "accepted, not found, and known again", answers: []batch.Phase{batch.PhaseNotFound, batch.PhaseInProgress}, moves: sent, questions: 29},
		{name: "what is not in the list proves nothing", answers: []batch.Phase{batch.PhaseUnknown, batch.PhasePaid}, moves: sent + " pending>settled", questions: 2},
		{name: "paid with another amount is not believed", answers: []batch.Phase{batch.PhasePaid}, change: func(s *batch.Standing) { s.Amount++ }, moves: sent + " pending>settled", questions: 2},
		{name: "paid with another reference is not believed", answers: []batch.Phase{batch.PhasePaid}, change: func(s *batch.Standing) { s.Reference += "0" }, moves: sent + " pending>settled", questions: 2},
		{name: "paid without an amount is not believed", answers: []batch.Phase{batch.PhasePaid}, change: func(s *batch.Standing) { s.Amount = 0 }, moves: sent + " pending>settled", questions: 2},
		{name: "failed without a reference is not believed", answers: []batch.Phase{batch.PhaseFailed, batch.PhasePaid}, change: func(s *batch.Standing) { s.Reference = "" }, moves: sent + " pending>settled", questions: 2},
		{name: "a refund of another amount is not believed", answers: []batch.Phase{batch.PhaseRefunded, batch.PhasePaid}, change: func(s *batch.Standing) { s.Amount-- }, moves: sent + " pending>settled", questions: 2},
		{name: "cancelled without an amount is not even a first look", answers: []batch.Phase{batch.PhaseCancelled, batch.PhaseCancelled, batch.PhasePaid}, change: func(s *batch.Standing) { s.Amount = 0 },
			moves: sent + " pending>settled", questions: 3},
		{name: "a lost answer is asked for again", err: errLost, answers: []batch.Phase{batch.PhasePaid}, moves: sent + " pending>settled", questions: 2},
		{name: "an unreadable answer is asked for again", err: refusal("status", batch.InDoubt, "5005300", nil), answers: []batch.Phase{batch.PhasePaid}, moves: sent + " pending>settled", questions: 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
				if c.lost {
					w.fake.transfer = func(context.Context, *batch.Order) (batch.Receipt, error) { return batch.Receipt{}, errLost }
				}
				w.fake.says(c.answers...)
				answer := w.fake.status
				w.fake.status = func(ctx context.Context, q batch.Query) (batch.Standing, error) {
					_, _, asked := w.fake.count()
					if asked == 1 && c.err != nil {
						return batch.Standing{}, c.err
					}
					standing, err := answer(ctx, q)
					if asked == 1 && c.change != nil {
						c.change(&standing)
					}
					return standing, err
				}
				w.mustRun()
				if got := strings.Join(w.events(2), " "); got != c.moves {
					t.Errorf("moves\n%s, want\n%s", got, c.moves)
				}
				if _, transfers, questions := w.fake.count(); questions != c.questions || transfers != 1 {
					t.Errorf("%d transfers and %d questions, want 1 and %d", transfers, questions, c.questions)
				}
				p := w.payout(2)
				if !strings.Contains(p.Reason, c.reason) || c.reason == "" && p.Reason != "" {
					t.Errorf("reason %q, want %q", p.Reason, c.reason)
				}
				if p.Status.Final() && (p.NotFoundCount != 0 || p.UnpaidSeen || p.AwaitsPerson) {
					t.Errorf("doubts left over: %+v", p.State)
				}
			})
		})
	}
}

// minutesOf are the times of the questions, in minutes since the transfer.
func minutesOf(w *fakeWorld) (minutes []float64) {
	start := w.payout(2).TransferredAt
	for _, q := range w.fake.questions {
		minutes = append(minutes, q.at.Sub(start).Round(10*time.Millisecond).Minutes())
	}
	return minutes
}

func TestTheLadderOfQuestionsAboutAPayoutInDoubt(t *testing.T) {
	for _, first := range []time.Duration{time.Minute, 10 * time.Second} {
		withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
			w.settings.PollFirst, w.settings.PollFor = first, 100*time.Hour
			w.fake.transfer = func(context.Context, *batch.Order) (batch.Receipt, error) {
				time.Sleep(3 * time.Second)
				return batch.Receipt{}, errLost
			}
			w.fake.says(batch.PhaseNotFound)
			w.mustRun()
			want := []float64{1, 2, 5, 10, 30}
			for at := 90.0; len(want) < len(w.fake.questions); at += 60 {
				want = append(want, at)
			}
			for i := range want {
				want[i] *= first.Minutes()
			}
			if got := minutesOf(w); !slices.EqualFunc(got, want, func(a, b float64) bool { return a-b < 0.001 && b-a < 0.001 }) {
				t.Errorf("questions %v minutes after the transfer, want %v", got, want)
			}
			p := w.payout(2)
			if p.Status != ledger.Submitting || !p.AwaitsPerson || p.NotFoundCount != len(want) {
				t.Errorf("%s %+v", p.Status, p.State)
			}
			waited := w.fake.questions[len(want)-1].at.Sub(w.fake.questions[0].at)
			if waited < 24*time.Hour || waited > 25*time.Hour+time.Minute {
				t.Errorf("a person may decide after %v", waited)
			}
		})
	}
}

// Not even a day of nothing but "not found" is enough with less than three answers.
func TestAPersonDecidesAfterTheNotFoundTimeAndThreeAnswers(t *testing.T) {
	withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
		w.fake.transfer = func(context.Context, *batch.Order) (batch.Receipt, error) { return batch.Receipt{}, errLost }
		w.fake.says(batch.PhaseNotFound)
		w.settings.Actor = "poll"
		ctx, stop := context.WithCancel(t.Context())
		w.fake.transfer = func(context.Context, *batch.Order) (batch.Receipt, error) { stop(); return batch.Receipt{}, errLost }
		_ = w.run(ctx, batch.Pay)
		for n, wait := range []time.Duration{time.Hour, 30 * time.Hour, 12 * time.Hour} {
			time.Sleep(wait)
			if p := w.payout(2); p.AwaitsPerson {
				t.Errorf("a person may decide after %d answers", p.NotFoundCount)
			}
			if _, err := w.store.Resend(t.Context(), w.id, 2, ledger.Decision{Actor: "me", Reason: "now"}); !errors.Is(err, ledger.ErrTooEarly) {
				t.Errorf("resend after %d answers: %v", n, err)
			}
			if err := w.run(t.Context(), batch.AskOnly); err != nil {
				t.Fatal(err)
			}
		}
		if p := w.payout(2); !p.AwaitsPerson || p.NotFoundCount != 3 {
			t.Errorf("%+v", p.State)
		}
	})
}

// Any other answer begins the not-found time anew; and one that shows that the provider has had
// the transfer ends it for good: a person must not be allowed to send again what may be alive.
func TestEveryOtherAnswerBreaksTheSeriesOfNotFound(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(*fakeWorld, batch.Query) batch.Standing
		ever   bool // a person may ever decide after it
	}{
		{"a status that is not in the list, and no reference", func(w *fakeWorld, q batch.Query) batch.Standing {
			return batch.Standing{Code: "2005300", TransferStatus: "08"}
		}, true},
		{"a status that is not in the list, of our reference", func(w *fakeWorld, q batch.Query) batch.Standing {
			s := w.fake.standing(q, batch.PhaseUnknown)
			s.TransferStatus, s.Exists = "08", true
			return s
		}, false},
		{"an answer about another reference", func(w *fakeWorld, q batch.Query) batch.Standing {
			s := w.fake.standing(q, batch.PhasePaid)
			s.Reference += "0"
			return s
		}, true},
		{"cancelled", func(w *fakeWorld, q batch.Query) batch.Standing { return w.fake.standing(q, batch.PhaseCancelled) }, false},
		{"an answer about another amount", func(w *fakeWorld, q batch.Query) batch.Standing {
			s := w.fake.standing(q, batch.PhaseInProgress)
			s.Amount++
			return s
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
				w.fake.transfer = func(context.Context, *batch.Order) (batch.Receipt, error) { return batch.Receipt{}, errLost }
				start := time.Now()
				known := 23 * time.Hour // when the other answer comes
				told := false
				w.fake.status = func(_ context.Context, q batch.Query) (batch.Standing, error) {
					if !told && time.Since(start) > known {
						told = true
						return c.answer(w, q), nil
					}
					return batch.Standing{Phase: batch.PhaseNotFound, Code: "4045301"}, nil
				}
				for time.Since(start) < known+20*time.Hour {
					w.mustRun()
					if p := w.payout(2); p.AwaitsPerson {
						t.Fatalf("a person may decide %v after the transfer, %d answers", time.Since(start), p.NotFoundCount)
					}
					time.Sleep(2 * time.Hour)
				}
				for range 6 {
					time.Sleep(2 * time.Hour)
					w.mustRun()
				}
				if p := w.payout(2); !told || p.AwaitsPerson != c.ever {
					t.Errorf("%v %+v", told, p.State)
				}
			})
		})
	}
}

func TestAPayoutThatAPersonMayDecideOnIsAskedAboutByEveryRunAndMayStillBePaid(t *testing.T) {
	withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
		w.fake.transfer = func(context.Context, *batch.Order) (batch.Receipt, error) { return batch.Receipt{}, errLost }
		w.fake.says(batch.PhaseNotFound)
		w.settings.PollFor = 100 * time.Hour
		w.mustRun()
		if !w.payout(2).AwaitsPerson {
			t.Fatal("nobody may decide")
		}
		w.fake.says(batch.PhasePaid)
		w.mustRun()
		w.want("settled 1")
	})
}

func TestAResendIsOneTransferWithTheSameReferenceAndAnotherSession(t *testing.T) {
	withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
		w.fake.transfer = func(context.Context, *batch.Order) (batch.Receipt, error) { return batch.Receipt{}, errLost }
		w.fake.says(batch.PhaseNotFound)
		w.settings.PollFor = 100 * time.Hour
		w.mustRun()
		if _, err := w.store.Resend(t.Context(), w.id, 2, ledger.Decision{Actor: "me", Reason: "DOKU says it never came"}); err != nil {
			t.Fatal(err)
		}
		w.fake.transfer, w.fake.status = nil, nil
		w.mustRun()
		w.want("settled 1")
		if sent := w.fake.transfers; len(sent) != 2 || sent[0].Reference != sent[1].Reference || sent[0].ExternalID == sent[1].ExternalID {
			t.Errorf("sent %+v", sent)
		}
		if p := w.payout(2); p.Attempts != 2 || p.NotFoundCount != 0 {
			t.Errorf("%+v", p.State)
		}
	})
}

func TestAskOnlyMovesNoMoney(t *testing.T) {
	withFake(t, people(6), func(t *testing.T, w *fakeWorld) {
		if err := w.run(t.Context(), batch.AskOnly); err != nil {
			t.Fatal(err)
		}
		if inquiries, transfers, questions := w.fake.count(); inquiries+transfers+questions != 0 {
			t.Errorf("%d inquiries, %d transfers, %d questions about a batch that was never paid", inquiries, transfers, questions)
		}
		ctx, stop := context.WithCancel(t.Context())
		w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
			if _, sent, _ := w.fake.count(); sent == 3 {
				stop()
			}
			return w.fake.receipt(o), nil
		}
		_ = w.run(ctx, batch.Pay)
		inquiries, transfers, _ := w.fake.count()
		w.fake.says(batch.PhaseInProgress, batch.PhasePaid)
		for range 2 {
			if err := w.run(t.Context(), batch.AskOnly); err != nil {
				t.Fatal(err)
			}
		}
		if i, tr, q := w.fake.count(); i != inquiries || tr != transfers || q != 2*transfers {
			t.Errorf("%d more inquiries, %d more transfers, %d questions about %d transfers in two polls", i-inquiries, tr-transfers, q, transfers)
		}
		if got := w.summary().ByStatus[ledger.Settled].Count; got != transfers {
			t.Errorf("%d settled of %d", got, transfers)
		}
	})
}

func TestAPollLooksForPaymentsThatCameBackForSevenDays(t *testing.T) {
	withFake(t, people(2), func(t *testing.T, w *fakeWorld) {
		w.mustRun()
		w.want("settled 2")
		asked := func() int { _, _, n := w.fake.count(); return n }
		before := asked()
		w.mustRun()
		if asked() != before {
			t.Error("a run asked about settled payouts")
		}
		for _, phase := range []batch.Phase{batch.PhasePaid, batch.PhaseFailed, batch.PhaseNotFound, batch.PhaseInProgress, batch.PhaseCancelled} {
			w.fake.says(phase)
			if err := w.run(t.Context(), batch.AskOnly); err != nil {
				t.Fatal(err)
			}
			w.want("settled 2") // a result is never downgraded
		}
		w.fake.status = func(_ context.Context, q batch.Query) (batch.Standing, error) {
			s := w.fake.standing(q, batch.PhaseRefunded)
			if q.Reference == w.reference(2) {
				s.Amount++ // of another transfer
			}
			return s, nil
		}
		if err := w.run(t.Context(), batch.AskOnly); err != nil {
			t.Fatal(err)
		}
		w.want("settled 1, returned 1")
		time.Sleep(7 * 24 * time.Hour)
		before = asked()
		if err := w.run(t.Context(), batch.AskOnly); err != nil {
			t.Fatal(err)
		}
		if asked() != before {
			t.Error("asked about a payment of eight days ago")
		}
	})
}

// One answer alone may be wrong, and who believes that a salary came back pays it once more.
func TestAReturnIsBelievedAtTheSecondLook(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers []batch.Phase
		want    string
	}{
		{"twice", []batch.Phase{batch.PhaseRefunded}, "returned 1"},
		{"once and then paid", []batch.Phase{batch.PhaseRefunded, batch.PhasePaid}, "settled 1"},
		{"once, paid, and once more", []batch.Phase{batch.PhaseRefunded, batch.PhasePaid, batch.PhaseRefunded, batch.PhasePaid}, "settled 1"},
		{"once, not found, and once more", []batch.Phase{batch.PhaseRefunded, batch.PhaseNotFound, batch.PhaseRefunded}, "returned 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
				w.mustRun()
				w.fake.says(c.answers...)
				for range 4 {
					if err := w.run(t.Context(), batch.AskOnly); err != nil {
						t.Fatal(err)
					}
				}
				w.want(c.want)
			})
		})
	}
}

// With more pending payouts than questions fit between two of one of them, some question is
// always due; the run must end all the same.
func TestARunWaitsForEndsNoLongerThanItShould(t *testing.T) {
	for _, c := range []struct {
		name    string
		payouts int
		took    time.Duration // of one status question
	}{{"few questions", 3, 0}, {"always a question due", 40, 5 * time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			withFake(t, people(c.payouts), func(t *testing.T, w *fakeWorld) {
				last := time.Now() // nothing takes time before the questions
				w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
					return w.fake.receipt(o), nil
				}
				w.fake.status = func(_ context.Context, q batch.Query) (batch.Standing, error) {
					time.Sleep(c.took)
					if time.Since(last) > time.Hour {
						return batch.Standing{}, refusal("status", batch.Stop, "4015301", errors.New("an hour of questions"))
					}
					return w.fake.standing(q, batch.PhaseInProgress), nil
				}
				w.mustRun()
				waited := time.Since(last)
				if waited < 14*time.Minute || waited > 17*time.Minute {
					t.Errorf("the run waited %v, poll-for is 15m", waited)
				}
				asked := map[string]int{}
				for _, q := range w.fake.questions {
					asked[q.Reference]++
				}
				if len(asked) != c.payouts {
					t.Errorf("asked about %d of %d payouts", len(asked), c.payouts)
				}
			})
		})
	}
}

func TestARunDoesNotWaitForAQuestionThatComesTooLate(t *testing.T) {
	withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
		w.fake.transfer = func(context.Context, *batch.Order) (batch.Receipt, error) { return batch.Receipt{}, errLost }
		w.fake.says(batch.PhaseNotFound)
		start := time.Now()
		w.mustRun() // 1, 2, 5, 10 minutes; the next would be at 30, poll-for is 15
		if _, _, questions := w.fake.count(); questions != 4 || time.Since(start) > 11*time.Minute {
			t.Errorf("%d questions in %v", questions, time.Since(start))
		}
	})
}

func TestPollAnswersAreTakenEvenWhenThereAreMoreThanFitIntoPollFor(t *testing.T) {
	withFake(t, people(60), func(t *testing.T, w *fakeWorld) {
		w.mustRun()
		w.settings.PollFor, w.settings.Concurrency = time.Minute, 1
		_, _, before := w.fake.count()
		tries := map[string]int{}
		w.fake.status = func(_ context.Context, q batch.Query) (batch.Standing, error) {
			time.Sleep(10 * time.Second)
			if tries[q.Reference]++; tries[q.Reference] == 1 && len(tries)%3 == 0 {
				return batch.Standing{}, errLost
			}
			return w.fake.standing(q, batch.PhasePaid), nil
		}
		if err := w.run(t.Context(), batch.AskOnly); err != nil {
			t.Fatal(err)
		}
		if _, _, after := w.fake.count(); after-before != 80 {
			t.Errorf("%d questions about 60 payouts, 20 of them twice, want 80", after-before)
		}
	})
}

func TestQuestionsAndTransfersDoNotStarveEachOther(t *testing.T) {
	withFake(t, people(300), func(t *testing.T, w *fakeWorld) {
		w.settings.Concurrency, w.settings.PollFirst, w.settings.PollEvery = 2, time.Second, time.Second
		second := func() { time.Sleep(time.Second) }
		var sent []int // how many questions had been asked at each transfer
		w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
			second()
			_, _, asked := w.fake.count()
			w.fake.mu.Lock()
			sent = append(sent, asked)
			w.fake.mu.Unlock()
			return w.fake.receipt(o), nil
		}
		w.fake.status = func(_ context.Context, q batch.Query) (batch.Standing, error) {
			second()
			return w.fake.standing(q, batch.PhaseInProgress), nil
		}
		w.mustRun()
		w.want("pending 300")
		for n, asked := range sent[:len(sent)-1] {
			if between := sent[n+1] - asked; between > 4 {
				t.Fatalf("%d questions between transfers %d and %d", between, n+1, n+2)
			}
		}
		if asked := sent[299]; asked < 200 {
			t.Errorf("only %d questions while 300 transfers were made", asked)
		}
	})
}

// A process that ends between the first look and the second leaves the second to the next one, whose
// first question may come a moment later: it waits for its time.
func TestTheSecondLookWaitsAlsoOverARestart(t *testing.T) {
	for _, c := range []struct {
		name    string
		answer  batch.Phase
		settled bool // before the first look
		jump    time.Duration
		soonest time.Duration // after the first look
		want    string
	}{
		{"failed", batch.PhaseFailed, false, 0, time.Hour, "failed 1"},
		{"cancelled", batch.PhaseCancelled, false, 0, time.Hour, "failed 1"},
		{"refunded", batch.PhaseRefunded, false, 0, time.Hour, "returned 1"},
		{"refunded after it was settled", batch.PhaseRefunded, true, 0, time.Hour, "returned 1"},
		{"failed, and the clock is set back", batch.PhaseFailed, false, -year, 0, "failed 1"},
		{"refunded after it was settled, and the clock is set back", batch.PhaseRefunded, true, -year, 0, "returned 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
				var wall clock
				w.settings.Now, w.settings.PollEvery, w.settings.PollFor = wall.now, time.Hour, 2*time.Minute
				mode := batch.Pay
				if c.settled {
					w.mustRun()
					mode = batch.AskOnly
				}
				w.fake.says(c.answer)
				run := func() time.Time {
					if err := w.run(t.Context(), mode); err != nil {
						t.Fatal(err)
					}
					return w.fake.questions[len(w.fake.questions)-1].at
				}
				first := run()
				if !w.payout(2).UnpaidSeen {
					t.Fatalf("the first look decided: %s", w.standing())
				}
				wall.jump(c.jump)
				for range 100 {
					last := run()
					if !w.payout(2).UnpaidSeen {
						if waited := last.Sub(first); waited < c.soonest || waited > c.soonest+2*time.Minute {
							t.Errorf("the second look came after %s, want %s", waited, c.soonest)
						}
						break
					}
					time.Sleep(time.Minute)
				}
				w.want(c.want)
			})
		})
	}
}

// A return that was seen for the first time on the last day that polls look for one is not forgotten.
func TestAReturnThatWasSeenOnceIsAskedAboutUntilItIsDecided(t *testing.T) {
	for _, second := range []struct {
		says batch.Phase
		want string
		ever bool // asked about ever after
	}{{batch.PhaseRefunded, "returned 1", false}, {batch.PhasePaid, "settled 1", false}, {batch.PhaseInProgress, "settled 1", true}} {
		withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
			w.mustRun()
			time.Sleep(7*24*time.Hour - time.Hour)
			w.settings.PollFor = 0 // the second look is for another run
			poll := func() (asked int) {
				_, _, before := w.fake.count()
				if err := w.run(t.Context(), batch.AskOnly); err != nil {
					t.Fatal(err)
				}
				_, _, after := w.fake.count()
				return after - before
			}
			w.fake.says(batch.PhaseRefunded)
			poll()
			w.want("settled 1")
			time.Sleep(24 * time.Hour)
			w.fake.says(second.says)
			if poll() != 1 {
				t.Error("a day later nobody asked")
			}
			w.want(second.want)
			if asked := poll() > 0; asked != second.ever {
				t.Errorf("asked about again: %v, want %v", asked, second.ever)
			}
		})
	}
}

// Whatever shows that the provider has the transfer, be it the transfer's own answer, keeps a person
// from having it sent again, for all "not found" that follow.
func TestWhatTheProviderHasShownIsNeverSentAgain(t *testing.T) {
	for _, c := range []struct {
		name     string
		receipt  func(*batch.Receipt)
		err      error
		standing func(*batch.Standing) // the first answer of check status
		may      bool
	}{
		{name: "nothing", err: errLost, may: true},
		{name: "a receipt of our reference with another amount", receipt: func(r *batch.Receipt) { r.Amount++ }},
		{name: "a receipt of our reference with another session", receipt: func(r *batch.Receipt) { r.Session += "0" }},
		{name: "a receipt of another reference", receipt: func(r *batch.Receipt) { r.Reference = "X" }, may: true},
		{name: "a duplicate of our reference", err: &batch.Error{Operation: "transfer", Code: "4094301", Exists: true}},
		{name: "a conflict of who knows what", err: refusal("transfer", batch.InDoubt, "4094300", nil), may: true},
		{name: "paid with a code that contradicts it", err: errLost, standing: func(s *batch.Standing) { s.Exists = true }},
		{name: "an answer that shows nothing", err: errLost, standing: func(s *batch.Standing) { s.Reference, s.Amount = "", 0 }, may: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
				w.settings.PollFor = 30 * time.Hour
				w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
					receipt := w.fake.receipt(o)
					if c.receipt != nil {
						c.receipt(&receipt)
					}
					return receipt, c.err
				}
				w.fake.status = func(_ context.Context, q batch.Query) (batch.Standing, error) {
					if _, _, asked := w.fake.count(); asked > 1 || c.standing == nil {
						return batch.Standing{Phase: batch.PhaseNotFound, Code: "4045301"}, nil
					}
					s := w.fake.standing(q, batch.PhaseUnknown)
					s.TransferStatus = "00"
					c.standing(&s)
					return s, nil
				}
				for range 3 {
					w.mustRun()
				}
				if p := w.payout(2); p.ProviderKnows == c.may || p.AwaitsPerson != c.may || p.NotFoundFor < 24*time.Hour {
					t.Errorf("a person may decide: %v, want %v; the provider knows it: %v; not found for %s", p.AwaitsPerson, c.may, p.ProviderKnows, p.NotFoundFor)
				}
				if _, err := w.store.Resend(t.Context(), w.id, 2, ledger.Decision{Actor: "me", Reason: "now"}); (err == nil) != c.may || err != nil && !errors.Is(err, ledger.ErrKnown) {
					t.Errorf("resend: %v", err)
				}
				if c.may {
					return
				}
				for range 4 { // a week of "not found" and nothing else is long enough, with the same reference
					w.mustRun()
				}
				if p := w.payout(2); !p.AwaitsPerson || !p.ProviderKnows {
					t.Errorf("after %s of not found a person may decide: %v", p.NotFoundFor, p.AwaitsPerson)
				}
				if _, err := w.store.Resend(t.Context(), w.id, 2, ledger.Decision{Actor: "me", Reason: "they say it is gone"}); err != nil {
					t.Errorf("resend after a week: %v", err)
				}
			})
		})
	}
}

// The provider refuses every second question for the rate, always that about the same payout: asked
// a whole PollEvery later it would be refused again.
func TestAQuestionRefusedForTheRateIsAskedAgainSoon(t *testing.T) {
	withFake(t, people(2), func(t *testing.T, w *fakeWorld) {
		w.settings.Concurrency, w.settings.PollFor = 1, 3*w.settings.PollEvery
		var last time.Time
		w.fake.status = func(_ context.Context, q batch.Query) (batch.Standing, error) {
			early := time.Since(last) < 400*time.Millisecond
			if last = time.Now(); early {
				err := refusal("status", batch.NotTaken, "4295300", nil)
				err.Throttled = true
				return batch.Standing{}, err
			}
			return w.fake.standing(q, batch.PhasePaid), nil
		}
		start := time.Now()
		w.mustRun()
		w.want("settled 2")
		if took, most := time.Since(start), w.settings.PollFirst+5*time.Second; took > most {
			t.Errorf("it took %v, want at most %v", took, most)
		}
	})
}

// TestTheFirstQuestionIsAskedInTimeHoweverLongTheTransferTook: the time counts from the intent; an
// answer that comes later than that is followed by the question after five seconds.
func TestTheFirstQuestionIsAskedInTimeHoweverLongTheTransferTook(t *testing.T) {
	for _, test := range []struct{ took, want time.Duration }{
		{0, time.Minute},
		{3 * time.Second, time.Minute},
		{57 * time.Second, 62 * time.Second},
		{90 * time.Second, 95 * time.Second},
	} {
		withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
			w.fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
				time.Sleep(test.took)
				return w.fake.receipt(o), nil
			}
			w.mustRun()
			if first := w.fake.questions[0].at.Sub(w.payout(2).TransferredAt).Round(100 * time.Millisecond); first != test.want {
				t.Errorf("after a transfer that took %s the first question came %s after its intent, want %s", test.took, first, test.want)
			}
		})
	}
}
