package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// How much garbage is let pile up before it is collected. Collecting seldom is worth a tenth of a
// run's CPU, but what is let pile up counts in the process's memory: four times what is in use,
// which is little, and no more than headroomMax once that is reached, unless Go's own measure, as much again
// as is in use, is more.
const (
	garbageMost  = 400 // percent of what is in use
	garbageLeast = 100 // what Go does by itself
	headroomMax  = 20 << 20
)

// tuneCollector sets how often garbage is collected by how much is in use, now and after every
// collection. Who says GOGC or GOMEMLIMIT himself has it as he says.
func tuneCollector() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(garbageMost)
	afterCollection(&collector{percent: garbageMost})
}

// collector is what is remembered from one collection to the next.
type collector struct{ percent int }

// afterCollection calls tune when the next collection is over: a cleanup of something that nobody
// keeps runs then. It has a pointer in it, because small things without one share their memory with
// others, which may be kept.
func afterCollection(c *collector) {
	runtime.AddCleanup(&struct{ *collector }{c}, func(c *collector) {
		c.tune(liveBytes())
		afterCollection(c)
	}, c)
}

// tune follows what is in use. Setting stops everybody for a moment, so small changes stay out.
func (c *collector) tune(live uint64) {
	percent := garbagePercent(live)
	if change := percent - c.percent; change*8 > c.percent || change*8 < -c.percent {
		debug.SetGCPercent(percent)
		c.percent = percent
	}
}

func garbagePercent(live uint64) int {
	if live == 0 {
		return garbageMost
	}
	return int(min(max(headroomMax*100/live, garbageLeast), garbageMost))
}

// liveBytes is what the last collection found in use.
func liveBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
