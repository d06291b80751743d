package batch_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"gajian/batch"
)

// What passing the pace costs a call, when the rate never binds: alone, and in the company of those
// that wait for one of 64 permits.
func BenchmarkPace(b *testing.B) {
	for _, c := range []struct{ callers, atOnce int }{{1, 0}, {64, 64}, {128, 64}} {
		b.Run(fmt.Sprintf("callers=%d/atOnce=%d", c.callers, c.atOnce), func(b *testing.B) {
			pace := batch.NewPace(100_000_000).AtOnce(c.atOnce)
			ctx := context.Background()
			b.ReportAllocs()
			b.SetParallelism((c.callers + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
			pass := func() {
				slot, err := pace.Acquire(ctx)
				if err != nil {
					b.Error(err)
					return
				}
				if err := slot.Use(ctx); err != nil {
					b.Error(err)
					return
				}
				if c.callers > c.atOnce {
					runtime.Gosched() // the call is under way
				}
				slot.Done()
			}
			if c.callers == 1 {
				for b.Loop() {
					pass()
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					pass()
				}
			})
		})
	}
}
