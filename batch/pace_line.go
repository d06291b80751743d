package batch

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// line is a queue of calls. The first in it waits for its turn to come, with a timer if it is a
// matter of time; the others wait for whoever is before them. So one goroutine is woken at a time,
// however many wait. It is guarded by its Pace's mutex.
//
// The first is the one with the oldest ticket, which need not be the one that came first: a transfer
// that was away recording its intent finds its place among those admitted after it.
type line struct {
	waiting []*slot // by ticket
	// turn returns 0 when the call may go, and has then taken what it needs; or how long that takes
	// at least; or untilWoken.
	turn func(s *slot, now time.Time) time.Duration
}

// untilWoken is the wait for something that is not a matter of time; whoever brings it about wakes
// the line.
const untilWoken time.Duration = -1

// pass waits for the turn of s, or until ctx ends. The mutex is held at both ends.
func (l *line) pass(ctx context.Context, s *slot) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(l.waiting) == 0 && l.turn(s, time.Now()) == 0 {
		return nil
	}
	l.join(s)
	defer l.leave(s)
	for {
		wait := untilWoken
		if l.waiting[0] == s {
			if wait = l.turn(s, time.Now()); wait == 0 {
				return nil
			}
		}
		s.pace.mu.Unlock()
		err := s.rest(ctx, wait)
		s.pace.mu.Lock()
		if err != nil {
			return err
		}
	}
}

func byTicket(a, b *slot) int { return cmp.Compare(a.ticket, b.ticket) }

func (l *line) join(s *slot) {
	if s.wake == nil {
		s.wake = make(chan struct{}, 1)
	}
	at, _ := slices.BinarySearchFunc(l.waiting, s, byTicket)
	l.waiting = slices.Insert(l.waiting, at, s)
}

// leave takes s out and lets the next one know that it may be the first now.
func (l *line) leave(s *slot) {
	at, _ := slices.BinarySearchFunc(l.waiting, s, byTicket)
	l.waiting = slices.Delete(l.waiting, at, at+1)
	l.wakeFirst()
}

func (l *line) wakeFirst() {
	if len(l.waiting) == 0 {
		return
	}
	select {
	case l.waiting[0].wake <- struct{}{}:
	default: // was woken already and has not looked yet
	}
}

// rest waits until s is woken, for a time unless it is untilWoken, or until ctx ends.
func (s *slot) rest(ctx context.Context, wait time.Duration) error {
	var over <-chan time.Time
	if wait != untilWoken {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-s.wake:
		return nil
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
