package batch_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"
)

const year = 365 * 24 * time.Hour

// clock is a wall clock that people and NTP set while the machine runs.
type clock struct{ off atomic.Int64 }

// now has no monotonic reading: what is computed from it follows the jumps.
func (c *clock) now() time.Time        { return time.Now().Add(time.Duration(c.off.Load())).Round(0) }
func (c *clock) jump(by time.Duration) { c.off.Add(int64(by)) }

// A transfer in doubt may be sent again after a day of nothing but "not found": a true day, whatever
// the clock says.
func TestAJumpOfTheClockIsNotTakenForTheNotFoundTime(t *testing.T) {
	type answer struct{ jump, wait time.Duration }
	for _, c := range []struct {
		name    string
		answers []answer
		may     bool
	}{
		{"no jump, asked three times in a day", []answer{{0, time.Hour}, {0, 12 * time.Hour}, {0, 12 * time.Hour}}, true},
		{"no jump, asked every hour", slices.Repeat([]answer{{0, time.Hour}}, 25), true},
		{"no jump, asked too early", []answer{{0, time.Hour}, {0, 12 * time.Hour}, {0, 11 * time.Hour}}, false},
		{"a year forward after the first answer", []answer{{0, time.Hour}, {year, time.Minute}, {0, time.Minute}, {0, time.Hour}}, false},
		{"a year forward, and a day of waiting", []answer{{0, time.Hour}, {year, time.Minute}, {0, 12 * time.Hour}}, true},
		{"a year back, and put right", []answer{{0, time.Hour}, {-year, time.Minute}, {year, time.Minute}, {0, time.Minute}}, false},
		{"a year back from the beginning, and put right", []answer{{-year, time.Hour}, {0, time.Minute}, {year, time.Minute}}, false},
		{"a year back, and a day of waiting", []answer{{0, time.Hour}, {-year, time.Minute}, {0, 12 * time.Hour}, {0, 12 * time.Hour}}, true},
		{"a year forward and back", []answer{{0, time.Hour}, {year, time.Minute}, {-year, time.Minute}, {0, time.Minute}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
				var wall clock
				w.settings.Now = wall.now
				ctx, stop := context.WithCancel(t.Context())
				w.fake.transfer = func(context.Context, *batch.Order) (batch.Receipt, error) { stop(); return batch.Receipt{}, errLost }
				w.fake.says(batch.PhaseNotFound)
				_ = w.run(ctx, batch.Pay)
				for _, a := range c.answers {
					time.Sleep(a.wait)
					wall.jump(a.jump)
					if err := w.run(t.Context(), batch.AskOnly); err != nil {
						t.Fatal(err)
					}
				}
				p := w.payout(2)
				if p.AwaitsPerson != c.may {
					t.Errorf("a person may decide: %v, want %v; %d answers for %s since %s", p.AwaitsPerson, c.may, p.NotFoundCount, p.NotFoundFor, p.NotFoundSince)
				}
				if _, err := w.store.Resend(t.Context(), w.id, 2, ledger.Decision{Actor: "me", Reason: "now"}); (err == nil) != c.may {
					t.Errorf("resend: %v", err)
				}
			})
		})
	}
}

// The clock jumps while a run waits: the waits and the end of the run do not follow it, and every
// payout comes to its end.
func TestDeadlinesDoNotFollowTheWallClock(t *testing.T) {
	for _, jump := range []time.Duration{0, time.Hour, -time.Hour, year, -year, 20 * year} {
		t.Run(jump.String(), func(t *testing.T) {
			var wall clock
			inWorld(t, plan{lines: people(20), settings: func(s *batch.Settings) { s.Now = wall.now }, simulator: func(c *simulator.Config) {
				c.SettleAfter = 5 * time.Minute
			}}, func(t *testing.T, w *world) {
				start := time.Now()
				time.AfterFunc(90*time.Second, func() { wall.jump(jump) })
				w.mustRun()
				w.want("settled 20")
				if took := time.Since(start); took > 7*time.Minute {
					t.Errorf("the run took %s", took)
				}
			})
			inWorld(t, plan{lines: people(3), faults: "transfer:lose-request@1", settings: func(s *batch.Settings) { s.Now = wall.now }}, func(t *testing.T, w *world) {
				start := time.Now()
				time.AfterFunc(90*time.Second, func() { wall.jump(jump) })
				w.mustRun()
				w.want("settled 2, in_doubt 1")
				if took := time.Since(start); took > w.settings.PollFor+time.Minute {
					t.Errorf("the run waited %s, it may wait %s after the last transfer", took, w.settings.PollFor)
				}
			})
		})
	}
}

// A session from an earlier run is asked for anew, whatever age the clock gives it: when the clock was
// set back meanwhile, an old one looks fresh.
func TestASessionOfAnEarlierRunIsAskedForAnew(t *testing.T) {
	for _, jump := range []time.Duration{0, -time.Second, -time.Hour, time.Hour, -year, year} {
		t.Run(jump.String(), func(t *testing.T) {
			withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
				var wall clock
				w.settings.Now = wall.now
				p := w.payout(2)
				p.Session, p.InquiredAt = "I-1", wall.now()
				if err := w.store.Record(t.Context(), ledger.Move{Payout: p, To: ledger.Verified}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				wall.jump(jump)
				w.mustRun()
				if w.want("settled 1"); w.fake.transfers[0].Session == "I-1" {
					t.Error("a session an hour old was used")
				}
			})
		})
	}
}

// The clock is set back while a run holds a session: its age by the monotonic clock counts too.
func TestASessionAgesAlsoWhenTheClockIsSetBack(t *testing.T) {
	withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
		var wall clock
		w.settings.Now = wall.now
		w.fake.prepare = func(context.Context, batch.Transfer) error {
			if asked, _, _ := w.fake.count(); asked > 1 {
				return nil
			}
			time.Sleep(11 * time.Minute)
			wall.jump(-11 * time.Minute)
			return refusal("token", batch.NotTaken, "5007300", nil)
		}
		w.mustRun()
		w.want("settled 1")
		if asked, _, _ := w.fake.count(); asked != 2 {
			t.Errorf("%d inquiries, want 2", asked)
		}
	})
}

// A transfer that was made while the clock stood ahead seems to lie in the future once the clock is
// right. It is asked about soon for the first time, and then not more often than an old one.
func TestATransferFromBeforeTheClockWasSetBackIsNotAskedAboutAllTheTime(t *testing.T) {
	for _, c := range []struct {
		back      time.Duration
		questions int // in ten hours
	}{{time.Second, 15}, {time.Hour, 15}, {year, 10}} {
		t.Run(c.back.String(), func(t *testing.T) {
			withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
				var wall clock
				w.settings.Now, w.settings.PollFor = wall.now, 10*time.Hour
				w.fake.transfer = func(context.Context, *batch.Order) (batch.Receipt, error) {
					wall.jump(-c.back)
					return batch.Receipt{}, errLost
				}
				w.fake.says(batch.PhaseNotFound)
				start := time.Now()
				w.mustRun()
				if _, _, questions := w.fake.count(); questions > c.questions {
					t.Errorf("%d questions in ten hours, want at most %d", questions, c.questions)
				}
				if first := w.fake.questions[0].at.Sub(start); first > 61*time.Second {
					t.Errorf("the first question came %s after the transfer", first)
				}
			})
		})
	}
}

// A clock set back makes an inquiry seem to lie in the future. How old its session is cannot be told
// by that clock any more, so the bank is asked again, as early as that may be.
func TestASessionFromTheFutureIsNotUsed(t *testing.T) {
	withFake(t, people(1), func(t *testing.T, w *fakeWorld) {
		var wall clock
		w.settings.Now = wall.now
		w.fake.prepare = func(context.Context, batch.Transfer) error {
			if asked, _, _ := w.fake.count(); asked > 1 {
				return nil
			}
			wall.jump(-time.Hour)
			return refusal("token", batch.NotTaken, "5007300", nil)
		}
		w.mustRun()
		w.want("settled 1")
		if asked, _, _ := w.fake.count(); asked != 2 {
			t.Errorf("%d inquiries, want 2", asked)
		}
	})
}
