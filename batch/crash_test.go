package batch_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"

	"pgregory.net/rapid"
)

// ending is how a process ends at one of its calls to the provider.
type ending struct {
	call     int  // the n-th call of the process; 0: it lives
	after    bool // the call took effect
	graceful bool // by a signal; else it is gone at once, and the ledger is what its file says then
}

// doom is a transport that ends its process. After a hard end no call reaches the provider any more.
type doom struct {
	ending
	next http.RoundTripper
	end  func(error)  // ends the run's context
	save func() error // takes the snapshot of the ledger

	mu    sync.Mutex
	calls int
	dead  bool
	saved error
}

var errEnded = errors.New("the process was ended")

func (d *doom) RoundTrip(r *http.Request) (*http.Response, error) {
	if d.reached() && !d.after {
		return d.strike(r)
	}
	d.mu.Lock()
	dead, now := d.dead, d.calls == d.call
	d.mu.Unlock()
	if dead {
		return nil, io.ErrUnexpectedEOF
	}
	response, err := d.next.RoundTrip(r)
	if now && d.after {
		return d.strikeAfter(response, err)
	}
	return response, err
}

// reached counts a call and reports whether it is the last one.
func (d *doom) reached() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	return d.calls == d.call
}

// strike ends the process before the call takes effect; after a signal the call goes on.
func (d *doom) strike(r *http.Request) (*http.Response, error) {
	d.die()
	if d.graceful {
		return d.next.RoundTrip(r)
	}
	return nil, io.ErrUnexpectedEOF
}

func (d *doom) strikeAfter(response *http.Response, err error) (*http.Response, error) {
	d.die()
	if d.graceful {
		return response, err
	}
	return nil, io.ErrUnexpectedEOF
}

func (d *doom) die() {
	if !d.graceful {
		d.mu.Lock()
		d.dead = true
		d.saved = d.save()
		d.mu.Unlock()
	}
	d.end(errEnded)
}

// live is one life of the process: a run that ends at its ending, or by itself. It reports whether
// the ending was reached. Afterwards the ledger is open as the next process finds it.
func (w *world) live(life int, e ending) (struck bool, err error) {
	ctx, end := context.WithCancelCause(w.t.Context())
	defer end(nil)
	next := filepath.Join(w.dir, fmt.Sprintf("life-%d.db", life+1))
	d := &doom{ending: e, end: end, save: func() error { return snapshot(w.path, next) }}
	w.plan.transport = func(t http.RoundTripper) http.RoundTripper { d.next = t; return d }
	w.connect()
	err = w.run(ctx, batch.Pay)
	w.client.Close()
	struck = e.call > 0 && d.calls >= e.call
	if err := w.store.Close(); err != nil {
		return struck, fmt.Errorf("close: %w", err)
	}
	if struck && !e.graceful {
		w.path = next
	}
	store, opened := ledger.Open(w.path, ledger.Options{Environment: "sandbox", Command: "test"})
	if opened != nil || d.saved != nil {
		return struck, fmt.Errorf("the ledger of life %d: %w", life, errors.Join(opened, d.saved))
	}
	w.store = store
	time.Sleep(2 * time.Second) // as long as a restart takes, so that the rate is kept over it
	if struck && errors.Is(err, errEnded) {
		err = nil
	}
	return struck, err
}

// crash lives through the endings and then runs until the end. It returns whether the last ending
// was reached, and what does not agree.
func crash(t *testing.T, p plan, endings ...ending) (struck bool, problems []string) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, p)
		defer w.close()
		w.settings.NotFoundAfter = impatient
		for life, e := range endings {
			var err error
			if struck, err = w.live(life, e); err != nil {
				problems = append(problems, fmt.Sprintf("life %d: %v", life, err))
			}
			problems = append(problems, w.judge()...)
		}
		w.plan.transport = nil
		w.connect()
		for range 12 {
			if w.summary().Finished() {
				break
			}
			if err := w.run(t.Context(), batch.Pay); err != nil {
				problems = append(problems, err.Error())
			}
			w.resendWhatMayBe()
			time.Sleep(8 * time.Hour)
		}
		if !w.summary().Finished() {
			problems = append(problems, "not finished: "+w.standing())
		}
		problems = append(problems, w.judge()...)
	})
	return struck, problems
}

// dozen is a payroll with an account of every kind that comes to an end.
func dozen() []ledger.Line {
	lines := people(12)
	for i, account := range []string{"9990000001", "9990000003", "9990000004", "9990000005", "9990000007", "9990000008", "8812345001"} {
		lines[i+2] = paidTo(lines[i+2], account)
	}
	return lines
}

func TestAProcessMayEndAtAnyCall(t *testing.T) {
	for _, e := range []ending{{graceful: true}, {}, {after: true}} {
		t.Run(fmt.Sprintf("graceful %v, after %v", e.graceful, e.after), func(t *testing.T) {
			t.Parallel()
			step := 1
			if testing.Short() {
				step = shortStep
			}
			for e.call = 1; ; e.call += step {
				struck, problems := crash(t, plan{lines: dozen()}, e)
				for _, problem := range problems {
					t.Errorf("ended at call %d: %s", e.call, problem)
				}
				if t.Failed() || !struck {
					break
				}
			}
			if e.call < 30 {
				t.Errorf("only %d calls were ended at", e.call)
			}
		})
	}
}

// fewerChecks makes rapid try as many times as fit into a few seconds, unless somebody has asked for
// another number with -rapid.checks.
func fewerChecks(t *testing.T) {
	checks := flag.Lookup("rapid.checks")
	if checks.Value.String() != checks.DefValue {
		return
	}
	if err := checks.Value.Set("15"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = checks.Value.Set(checks.DefValue) })
}

func TestAProcessMayEndAgainAndAgain(t *testing.T) {
	t.Parallel()
	fewerChecks(t)
	rapid.Check(t, func(r *rapid.T) {
		endings := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) ending {
			return ending{call: rapid.IntRange(1, 40).Draw(r, "call"), after: rapid.Bool().Draw(r, "after"), graceful: rapid.IntRange(0, 3).Draw(r, "graceful") == 0}
		}), 1, 5).Draw(r, "lives")
		faults := rapid.SampledFrom([]string{"", "transfer:lose-response=20%", "transfer:late/5m=20%", "transfer:429=20%,status:lose-response=20%", "transfer:500-after=10%,transfer:no-connection=10%,*:slow/25s=5%",
			"transfer:lose-request=10%,status:not-found=20%"}).Draw(r, "faults")
		p := plan{lines: dozen(), faults: faults, seed: rapid.Int64Range(0, 1000).Draw(r, "seed"), settings: func(s *batch.Settings) {
			s.Concurrency = rapid.SampledFrom([]int{1, 4, 12}).Draw(r, "concurrency")
		}, simulator: func(c *simulator.Config) {
			c.SettleAfter = time.Duration(rapid.IntRange(0, 300).Draw(r, "settle")) * time.Second
		}}
		if _, problems := crash(t, p, endings...); len(problems) > 0 {
			r.Fatalf("%v", problems)
		}
	})
}
