package batch_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
)

// sends runs callers at the pace for a while; each waits up to jitter between its permission and
// its send, as an intent's commit does. It returns when calls were sent.
func sends(t *testing.T, perSecond, callers int, jitter, during time.Duration) (sent []time.Time) {
	pace := batch.NewPace(perSecond)
	ctx, stop := context.WithTimeout(t.Context(), during)
	defer stop()
	var mu sync.Mutex
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for {
				slot, err := pace.Acquire(ctx)
				if err != nil {
					return
				}
				time.Sleep(time.Duration(rand.Int64N(int64(jitter) + 1)))
				mu.Lock()
				_ = slot.Use(t.Context())
				sent = append(sent, time.Now())
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return sent
}

// busiest returns the largest number of sends in any one second.
func busiest(sent []time.Time) int {
	most, first := 0, 0
	for i := range sent {
		for sent[i].Sub(sent[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

func TestNoSecondHasMoreSendsThanTheRateAndAlmostAllOfItIsUsed(t *testing.T) {
	for _, c := range []struct {
		perSecond, callers int
		jitter             time.Duration
	}{{1, 1, 0}, {5, 8, 0}, {20, 8, 10 * time.Millisecond}, {20, 64, 300 * time.Millisecond}, {100, 64, 10 * time.Millisecond}, {1000, 64, 5 * time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			sent := sends(t, c.perSecond, c.callers, c.jitter, 30*time.Second)
			if most := busiest(sent); most > c.perSecond {
				t.Errorf("%+v: %d sends in one second", c, most)
			}
			if c.jitter <= 10*time.Millisecond && float64(len(sent)) < 0.98*30*float64(c.perSecond) {
				t.Errorf("%+v: only %d sends in 30 s", c, len(sent))
			}
		})
	}
}

func TestARefusalStopsEveryoneForTheProvidersTimeAndTheRateComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := batch.NewPace(100)
		time.Sleep(2 * time.Second)
		start := time.Now()
		for range 5 { // one burst of refusals counts once
			pace.Throttled(3 * time.Second)
		}
		if got := pace.Rate(); got != 50 {
			t.Errorf("rate after refusals %v, want 50", got)
		}
		slot, err := pace.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_ = slot.Use(t.Context())
		if waited := time.Since(start); waited < 3*time.Second || waited > 4*time.Second {
			t.Errorf("waited %v, want 3 to 4 s", waited)
		}
		for range 10 {
			time.Sleep(time.Second)
			slot, err := pace.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			slot.Release()
		}
		if got := pace.Rate(); got != 100 {
			t.Errorf("rate after ten quiet seconds %v, want 100", got)
		}
	})
}

func TestAnAbsurdWaitIsCutAndAnEndingContextEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := batch.NewPace(10)
		time.Sleep(2 * time.Second)
		pace.Throttled(1_000_000 * time.Hour)
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if _, err := pace.Acquire(ctx); err == nil {
			t.Error("a call left during the pause")
		}
		start := time.Now()
		slot, err := pace.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		slot.Release()
		if waited := time.Since(start); waited > 6*time.Minute {
			t.Errorf("waited %v", waited)
		}
	})
}
