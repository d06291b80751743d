package batch_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
)

func TestARefusalStopsEveryoneForTheProvidersTimeAndTheRateComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := batch.NewPace(100)
		var under []batch.Slot
		for range 200 {
			slot := mustAcquire(t, pace)
			if err := slot.Use(t.Context()); err != nil {
				t.Fatal(err)
			}
			slot.(interface{ Left() }).Left()
			under = append(under, slot)
			if len(under) > 5 { // five are under way at the end
				under[0].Done()
				under = under[1:]
			}
		}
		admitted := mustAcquire(t, pace)
		start := time.Now()
		for _, slot := range under { // one burst of refusals counts once
			pace.Throttled(3 * time.Second)
			slot.Done()
		}
		if got := pace.Rate(); got != 70 {
			t.Errorf("rate after refusals %v, want 70: nothing showed how much less the provider takes", got)
		}
		if err := admitted.Use(t.Context()); err != nil {
			t.Fatal(err)
		}
		admitted.Done()
		if waited := time.Since(start); waited < 3*time.Second || waited > 3400*time.Millisecond {
			t.Errorf("what had been admitted waited %v, want 3 to 3.4 s", waited)
		}
		mustAcquire(t, pace).Release()
		time.Sleep(10 * time.Second)
		if got := pace.Rate(); got != 100 {
			t.Errorf("rate after ten quiet seconds %v, want 100", got)
		}
	})
}

func TestAnAbsurdWaitIsCutAndAnEndingContextEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := batch.NewPace(10)
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
