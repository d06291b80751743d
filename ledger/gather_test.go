package ledger_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gajian/ledger"
)

// gatheringOf opens a ledger with a batch of which lines 2 to lines+1 are verified, and returns how to
// count its commits, what an outcome is (the next line is held), and what an intent is.
func gatheringOf(t *testing.T, lines int) (store *ledger.Store, commits func() int, outcome func() ledger.Payout, intent func()) {
	store = reopen(t, filepath.Join(t.TempDir(), "ledger.db"))
	b := create(t, store, "2026-11", 2*lines)
	for n := 2; n < lines+2; n++ {
		p := payout(t, store, b.ID, n)
		move(t, store, &p, ledger.Verified)
	}
	if err := store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	count, next, other := 0, 2, lines+2
	ledger.OnCrashPoint(t, func(point string) {
		mu.Lock()
		defer mu.Unlock()
		if point == "commit:after" {
			count++
		}
	})
	number := func(from *int) int {
		mu.Lock()
		defer mu.Unlock()
		*from++
		return *from - 1
	}
	commits = func() int {
		mu.Lock()
		defer mu.Unlock()
		return count
	}
	outcome = func() ledger.Payout {
		p := ledger.Payout{Batch: b.ID, Line: ledger.Line{Number: number(&other)}, Status: ledger.Queued}
		if err := store.Record(t.Context(), ledger.Move{Payout: p, To: ledger.Held}); err != nil {
			t.Error(err)
		}
		return p
	}
	intent = func() {
		p := ledger.Payout{Batch: b.ID, Line: ledger.Line{Number: number(&next)}, Status: ledger.Verified}
		if err := store.Submit(context.Background(), attempt(p), "run", ledger.Evidence{}); err != nil {
			t.Error(err)
		}
	}
	return store, commits, outcome, intent
}

func TestALoneIntentIsNotKeptWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, commits, outcome, intent := gatheringOf(t, 20)
		started := time.Now()
		for range 20 {
			outcome()
			intent()
		}
		if waited := time.Since(started); waited != 0 || commits() != 20 {
			t.Errorf("20 intents, one after the other, took %s and %d commits; want no time, and the outcomes in the same 20", waited, commits())
		}
		closeVerified(t, store)
	})
}

func TestAnOutcomeWaitsForCompanyButNotForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, commits, outcome, _ := gatheringOf(t, 4)
		p := outcome()
		time.Sleep(ledger.OutcomesWait - 1)
		outcome()
		synctest.Wait()
		if commits() != 0 {
			t.Error("an outcome that nobody waits for did not wait for company")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if got := payout(t, store, p.Batch, p.Number); commits() != 1 || got.Status != ledger.Held {
			t.Errorf("after %s it is %s, with %d commits", ledger.OutcomesWait, got.Status, commits())
		}
		outcome()
		started := time.Now()
		closeVerified(t, store) // what waits is written when there will be nothing more
		if waited := time.Since(started); waited != 0 || commits() != 2 {
			t.Errorf("closing took %s and left %d commits", waited, commits())
		}
	})
}

// TestIntentsWaitForACrowdOnly: after many came at once, each of a few waits a little for the others,
// and when they stay away not for long.
func TestIntentsWaitForACrowdOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, commits, _, intent := gatheringOf(t, 60)
		together := func(count int) time.Duration {
			started := time.Now()
			var all sync.WaitGroup
			for range count {
				all.Go(intent)
			}
			all.Wait()
			return time.Since(started)
		}
		together(16)
		synctest.Wait()
		before := commits()
		if took := together(16); took > 2*ledger.IntentsWait || commits()-before > 2 {
			t.Errorf("16 intents at once took %s and %d commits", took, commits()-before)
		}
		waited := 0
		for range 20 {
			switch took := together(1); {
			case took > ledger.IntentsWait:
				t.Errorf("an intent waited %s for others", took)
			case took > 0:
				waited++
			}
		}
		if waited > 10 {
			t.Errorf("of 20 lone intents after a crowd %d waited", waited)
		}
		closeVerified(t, store)
	})
}

func TestCurrentIsAfterEveryMoveThatWasRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, commits, outcome, _ := gatheringOf(t, 4)
		p := outcome()
		other, err := store.Current(t.Context(), p.Batch, p.Number+1)
		if err != nil || other.Status != ledger.Queued || commits() != 0 {
			t.Errorf("of a payout that nothing was recorded of: %s, %v, after %d commits; want no wait for another's", other.Status, err, commits())
		}
		got, err := store.Current(t.Context(), p.Batch, p.Number)
		if err != nil || got.Status != ledger.Held || commits() != 1 {
			t.Errorf("got %s, %v, after %d commits", got.Status, err, commits())
		}
		if err := store.Record(t.Context(), ledger.Move{Payout: p, To: ledger.Verified}); err != nil { // it is held
			t.Fatal(err)
		}
		if _, err := store.Current(t.Context(), p.Batch, p.Number); !errors.Is(err, ledger.ErrStatusChanged) {
			t.Errorf("after a refused move: %v", err)
		}
		_ = store.Close()
	})
}
