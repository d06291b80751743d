package batch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"
)

// recorder notes what leaves.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	sent []http.Header
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.sent = append(r.sent, request.Header.Clone())
	r.mu.Unlock()
	return r.next.RoundTrip(request)
}

// externalIDs returns every X-EXTERNAL-ID in the order of the calls.
func (r *recorder) externalIDs() (ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.sent {
		if id := h.Get("X-EXTERNAL-ID"); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// untilWIB is how long it is from now to a moment in Jakarta.
func untilWIB(t *testing.T, text string) time.Duration {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", text, ledger.WIB)
	if err != nil {
		t.Fatal(err)
	}
	return time.Until(at)
}

// Midnight in Jakarta passes while transfers leave: every call has the day of its own moment, and
// what was fixed when the batch was made stays as it is.
func TestMidnightInJakartaDuringARun(t *testing.T) {
	for _, night := range []string{"2000-01-15", "2000-01-31", "2000-02-28", "2000-02-29", "2000-12-31", "2001-02-28"} {
		t.Run(night, func(t *testing.T) {
			sent := &recorder{}
			p := plan{lines: people(30), rate: 5, simulator: func(c *simulator.Config) { c.SettleAfter = 0 },
				transport: func(next http.RoundTripper) http.RoundTripper { sent.next = next; return sent }}
			inWorld(t, p, func(t *testing.T, w *world) {
				before, references := w.summary(), w.references()
				time.Sleep(untilWIB(t, night+" 23:59:55"))
				w.mustRun()
				w.want("settled 30")
				days := map[string]int{}
				for _, h := range sent.sent {
					if id := h.Get("X-EXTERNAL-ID"); id != "" {
						at, err := time.Parse("2006-01-02T15:04:05-07:00", h.Get("X-TIMESTAMP"))
						if err != nil {
							t.Fatal(err)
						}
						// The id of a transfer is made before its intent is recorded, moments before the timestamp.
						if day := at.In(ledger.WIB).Format("20060102"); id[:8] != day && at.Add(-time.Second).In(ledger.WIB).Format("20060102") != id[:8] {
							t.Errorf("call of %s has the external id %s", at, id)
						}
						days[id[:8]]++
					}
				}
				if len(days) != 2 {
					t.Errorf("calls by day: %v, want two days", days)
				}
				after := w.summary()
				if after.ID != before.ID || after.Period != before.Period || !after.CreatedAt.Equal(before.CreatedAt) || !slices.Equal(references, w.references()) {
					t.Errorf("the batch was %+v, it is %+v", before.Batch, after.Batch)
				}
			})
			wantDistinct(t, sent.externalIDs())
		})
	}
}

// references are the partner references of all lines.
func (w *world) references() (references []string) {
	for p := range w.payouts() {
		references = append(references, w.summary().Reference(p.Ordinal))
	}
	return references
}

func wantDistinct(t *testing.T, ids []string) {
	t.Helper()
	slices.Sort(ids)
	for i := 1; i < len(ids); i++ {
		if ids[i] == ids[i-1] {
			t.Errorf("X-EXTERNAL-ID %s was used twice", ids[i])
		}
	}
}

// lifeAt runs a batch in a process of its own whose clock, and the provider's with it, begins where
// the test wants it: a bubble's clock cannot go back, but a new bubble begins in January 2000 again.
func lifeAt(t *testing.T, w *world, at time.Duration, live func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w.t = t
		time.Sleep(at)
		live(t)
	})
}

// A run is interrupted and resumed when the calendar shows something else: what is asked anew is
// asked anew, nothing is sent twice, the period and the references stay, and no X-EXTERNAL-ID is
// used twice although a day may come again.
func TestAResumeUnderAnotherDate(t *testing.T) {
	const day = 24 * time.Hour
	const first = 40 * day // 10 February 2000
	for _, c := range []struct {
		name   string
		resume time.Duration
	}{
		{"at once", first + time.Minute}, {"the same second", first}, {"an hour back", first - time.Hour}, {"ten days back", first - 10*day}, {"a month back", 5 * day},
		{"three days later", first + 3*day}, {"on leap day", 59 * day}, {"next month", first + 30*day}, {"a year later", first + year}, {"ten years later", first + 10*year},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent := &recorder{}
			w := &world{t: t, dir: t.TempDir(), settings: testSettings(), plan: plan{lines: people(12), rate: testRate}}
			w.plan.transport = func(next http.RoundTripper) http.RoundTripper { sent.next = next; return sent }
			var before ledger.Summary
			var references []string
			var calls map[simulator.Operation]int
			lifeAt(t, w, first, func(t *testing.T) {
				w.simulate(simulator.Config{})
				w.open(filepath.Join(w.dir, "ledger.db"))
				w.connect()
				w.id = enter(t, w.store, w.plan.lines, batch.PeriodOf(time.Now())).ID
				before, references = w.summary(), w.references()
				w.verifySome(7)
				w.settings.Concurrency = 1
				ctx, stop := context.WithCancel(t.Context())
				w.stopAfterTransfers(3, stop)
				w.connect()
				if err := w.run(ctx, batch.Pay); !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				calls = w.sim.Calls()
				w.close()
			})
			lifeAt(t, w, c.resume, func(t *testing.T) {
				w.plan.transport = func(next http.RoundTripper) http.RoundTripper { sent.next = next; return sent }
				w.open(w.path)
				w.connect()
				stock, err := batch.TakeStock(t.Context(), w.store, given(w.plan.lines), batch.PeriodOf(time.Now()), false, batch.Review{})
				if err != nil {
					t.Fatal(err)
				}
				known, found, err := batch.Recognise(w.store, stock, false)
				if err != nil || !found || known.ID != before.ID {
					t.Fatalf("the file is batch %q, found %v, %v; want %s", known.ID, found, err, before.ID)
				}
				w.mustRun()
				w.want("settled 12")
				if after := w.summary(); after.Period != "2000-02" || !after.CreatedAt.Equal(before.CreatedAt) || !slices.Equal(references, w.references()) {
					t.Errorf("the batch was %+v, it is %+v", before.Batch, after.Batch)
				}
				if asked := w.sim.Calls()[simulator.InquiryCall] - calls[simulator.InquiryCall]; asked != 9 {
					t.Errorf("%d inquiries for the 9 lines that were left: an old session was believed", asked)
				}
				if tokens := w.sim.Calls()[simulator.TokenCall] - calls[simulator.TokenCall]; tokens != 1 {
					t.Errorf("%d tokens for a process that cannot have one yet", tokens)
				}
				for _, problem := range w.judge() {
					t.Error(problem)
				}
				w.close()
			})
			wantDistinct(t, sent.externalIDs())
		})
	}
}

// simulate makes the simulator of a world that is not made by newWorld.
func (w *world) simulate(config simulator.Config) {
	w.t.Helper()
	config.ClientID, config.PublicKey, config.ClientSecret = "BRN-0001", &privateKey().PublicKey, "SK-secret"
	config.Opening, config.Fee = int64(1_000_000_000*ledger.Rupiah), int64(testFee)
	var err error
	if w.sim, err = simulator.New(config); err != nil {
		w.t.Fatal(err)
	}
}

// verifySome asks the bank about lines and leaves them verified, each with its session.
func (w *world) verifySome(n int) {
	w.t.Helper()
	for p := range w.payouts() {
		if n--; n < 0 {
			break
		}
		holder, err := w.client.Inquire(w.t.Context(), batch.Inquiry{Reference: w.summary().Reference(p.Ordinal), BankCode: p.BankCode, AccountNumber: p.AccountNumber, Name: p.Name, Amount: p.Amount})
		if err != nil {
			w.t.Fatal(err)
		}
		p.HolderName, p.Session, p.Fee, p.NameScore, p.InquiredAt = holder.Name, holder.Session, holder.Fee, 1, time.Now()
		if err := w.store.Record(w.t.Context(), ledger.Move{Payout: p, To: ledger.Verified}); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.store.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// stopAfterTransfers puts a transport around the one there is that calls stop at the n-th transfer.
func (w *world) stopAfterTransfers(n int, stop func()) {
	around := w.plan.transport
	w.plan.transport = func(next http.RoundTripper) http.RoundTripper {
		inner := around(next)
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/transfer-bank") {
				if n--; n == 0 {
					stop()
				}
			}
			return inner.RoundTrip(r)
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The same file in the month after: a run that nobody told the period refuses to pay it again, one
// that names the period pays it as a batch of its own, under other references.
func TestTheSameFileNextMonth(t *testing.T) {
	for _, c := range []struct{ first, next, then string }{
		{"2000-01-25 09:00:00", "2000-02-25 09:00:00", "2000-02"},
		{"2000-01-31 23:59:59", "2000-02-01 00:00:00", "2000-02"},
		{"2000-02-29 23:00:00", "2000-03-01 06:00:00", "2000-03"},
		{"2000-12-31 12:00:00", "2001-01-31 12:00:00", "2001-01"},
	} {
		t.Run(fmt.Sprintf("%s and %s", c.first, c.next), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{t: t, dir: t.TempDir(), settings: testSettings(), plan: plan{lines: people(4), rate: testRate}}
				w.simulate(simulator.Config{})
				w.open(filepath.Join(w.dir, "ledger.db"))
				w.connect()
				defer w.close()
				time.Sleep(untilWIB(t, c.first))
				period := batch.PeriodOf(time.Now())
				w.id = enter(t, w.store, w.plan.lines, period).ID
				first, references := w.id, w.references()
				time.Sleep(untilWIB(t, c.next))
				if batch.PeriodOf(time.Now()) != c.then || period == c.then {
					t.Fatalf("the periods are %s and %s", period, batch.PeriodOf(time.Now()))
				}
				if known, err := w.recognise(false); err != nil || known != first {
					t.Errorf("unfinished, in the next month: batch %q, %v", known, err)
				}
				if _, err := w.recognise(true); !errors.Is(err, batch.ErrUnfinishedPeriod) {
					t.Errorf("unfinished, with the new period: %v", err)
				}
				w.mustRun()
				if _, err := w.recognise(false); !errors.Is(err, batch.ErrOtherPeriod) {
					t.Errorf("paid, in the next month: %v", err)
				}
				if known, err := w.recognise(true); err != nil || known != "" {
					t.Errorf("paid, with the new period: batch %q, %v", known, err)
				}
				w.id = enter(t, w.store, w.plan.lines, c.then).ID
				w.mustRun()
				w.want("settled 4")
				if len(w.sim.Book()) != 8 || slices.ContainsFunc(w.references(), func(r string) bool { return slices.Contains(references, r) }) {
					t.Errorf("%d debits, references %v and %v", len(w.sim.Book()), references, w.references())
				}
			})
		})
	}
}

// recognise takes the world's file for the period of now.
func (w *world) recognise(explicit bool) (string, error) {
	w.t.Helper()
	stock, err := batch.TakeStock(w.t.Context(), w.store, given(w.plan.lines), batch.PeriodOf(time.Now()), explicit, batch.Review{})
	if err != nil {
		w.t.Fatal(err)
	}
	known, found, err := batch.Recognise(w.store, stock, explicit)
	if !found {
		known.ID = ""
	}
	return known.ID, err
}
