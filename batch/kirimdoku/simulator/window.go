package simulator

import (
	"slices"
	"time"
)

// window holds the times of the calls within the last second. It is at most twice as large as the
// busiest second so far.
type window struct {
	times []time.Time
	first int // the oldest that still counts
}

// count forgets what is a second old or older, and tells how many calls are left.
func (w *window) count(now time.Time) int {
	for w.first < len(w.times) && now.Sub(w.times[w.first]) >= time.Second {
		w.first++
	}
	if w.first > len(w.times)/2 {
		w.times = slices.Delete(w.times, 0, w.first)
		w.first = 0
	}
	return len(w.times) - w.first
}

func (w *window) add(now time.Time) { w.times = append(w.times, now) }
