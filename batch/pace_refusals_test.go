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
