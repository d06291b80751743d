package simulator

import (
	"container/heap"
	"time"
)

// schedule holds what happens later: a pending transfer is paid, a refund arrives, a delayed
// request reaches the provider. Nothing runs in the background. Whoever asks the simulator
// something first lets everything happen that is due, in its order and at its own time, so that a
// run can be repeated exactly. It holds at most a few events per transfer.
type schedule struct{ events eventHeap }

type event struct {
	at     time.Time
	serial int // keeps events of the same moment in order
	happen func(at time.Time)
}

func (s *schedule) add(at time.Time, serial int, happen func(time.Time)) {
	heap.Push(&s.events, event{at, serial, happen})
}

// next takes the first event that is due.
func (s *schedule) next(now time.Time) (event, bool) {
	if len(s.events) == 0 || s.events[0].at.After(now) {
		return event{}, false
	}
	return heap.Pop(&s.events).(event), true
}

// later lets something happen after a while; at once when there is nothing to wait for.
func (s *Simulator) later(now time.Time, wait time.Duration, happen func(time.Time)) {
	if wait <= 0 {
		happen(now)
		return
	}
	s.eventsMade++
	s.schedule.add(now.Add(wait), s.eventsMade, happen)
}

// advance lets everything happen that is due. It ends: an event schedules at most one other, and
// the longest chain is three.
func (s *Simulator) advance(now time.Time) {
	for due, more := s.schedule.next(now); more; due, more = s.schedule.next(now) {
		due.happen(due.at)
	}
}

type eventHeap []event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].serial < h[j].serial
	}
	return h[i].at.Before(h[j].at)
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventHeap) Push(x any)   { *h = append(*h, x.(event)) }
func (h *eventHeap) Pop() any {
	last := len(*h) - 1
	taken := (*h)[last]
	(*h)[last] = event{} // so that its closure can be collected
	*h = (*h)[:last]
	return taken
}
