package batch

import (
	"container/heap"
	"slices"
	"sync"
	"time"

	"gajian/ledger"
)

// schedule decides which payout a worker takes next: those whose time has come and new ones in
// turn, so that a provider who keeps everything pending cannot starve the transfers that are
// still to be made. It holds 16 bytes for each payout that waits, the numbers of those found in doubt,
// and a page of new ones.
type schedule struct {
	r *run

	mu       sync.Mutex
	start    time.Time // monotonic zero of all times here
	waiting  waitingHeap
	retries  int // how many of them are retries
	fresh    []ledger.Payout
	inDoubt  map[int]bool // lines found in doubt: one that becomes ready again waits here and is not fresh
	cursor   int          // line up to which fresh ones were read
	read     bool         // the cursor is at the batch's end
	busy     int          // payouts in workers' hands
	turn     bool         // the last one taken was a waiting one
	lastWork time.Duration
	wake     chan struct{} // closed and renewed when something changes
}

// freshPage is how many new payouts are read from the ledger at once.
const freshPage = 256

// waiting is a payout that has to be looked at later.
type waiting struct {
	due   time.Duration // since schedule.start
	line  uint32
	tries uint16
	retry bool // as in again
}

type waitingHeap []waiting

func (h waitingHeap) Len() int           { return len(h) }
func (h waitingHeap) Less(i, j int) bool { return h[i].due < h[j].due }
func (h waitingHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *waitingHeap) Push(x any)        { *h = append(*h, x.(waiting)) }
func (h *waitingHeap) Pop() any {
	last := len(*h) - 1
	w := (*h)[last]
	*h = (*h)[:last]
	return w
}

func newSchedule(r *run) *schedule {
	return &schedule{r: r, start: time.Now(), wake: make(chan struct{}), inDoubt: map[int]bool{}}
}

// load puts everything that is under way at the provider into the schedule: it was sent by a
// run before this one, and is asked about before anything new is sent.
func (s *schedule) load() error {
	wanted := []ledger.Status{ledger.Submitting, ledger.Pending}
	if s.r.mode == AskOnly {
		wanted = append(wanted, ledger.Settled)
		s.read = true
	}
	for line := 0; ; {
		payouts, last, err := s.r.store.After(s.r.id, line, freshPage, wanted...)
		if err != nil || len(payouts) == 0 {
			return err
		}
		for _, p := range payouts {
			if p.Status == ledger.Submitting {
				s.inDoubt[p.Number] = true
			}
			if due, ask := s.r.firstQuestion(p); ask {
				s.waiting = append(s.waiting, waiting{due: due, line: uint32(p.Number)})
			}
		}
		heap.Init(&s.waiting)
		line = last
	}
}

// next returns the payout to work on and how often it was tried, waiting until there is one.
// found is false when nothing is left for this run.
func (s *schedule) next() (p ledger.Payout, tries int, found bool, err error) {
	for {
		s.mu.Lock()
		if s.r.ctx.Err() != nil {
			s.mu.Unlock()
			return p, 0, false, nil
		}
		if err := s.readFresh(); err != nil {
			s.mu.Unlock()
			return p, 0, false, err
		}
		now := time.Since(s.start)
		due := len(s.waiting) > 0 && s.waiting[0].due <= now && !s.tooLate()
		switch {
		case due && (!s.turn || len(s.fresh) == 0):
			w := s.take()
			s.mu.Unlock()
			p, err := s.lookUp(w)
			return p, int(w.tries), true, err
		case len(s.fresh) > 0:
			p = s.fresh[0]
			s.fresh = s.fresh[1:]
			s.busy++
			s.turn, s.lastWork = false, now
			s.mu.Unlock()
			return p, 0, true, nil
		case s.over():
			s.mu.Unlock()
			return p, 0, false, nil
		}
		wake, wait := s.wake, s.untilNext(now)
		s.mu.Unlock()
		s.sleep(wake, wait)
	}
}

// lookUp reads a waiting payout as the ledger has it, after everything recorded of it is there.
func (s *schedule) lookUp(w waiting) (ledger.Payout, error) {
	if err := s.r.store.Flush(s.r.calls); err != nil {
		return ledger.Payout{}, err
	}
	return s.r.store.Payout(s.r.id, int(w.line))
}

// readFresh reads the next page of payouts that are to be sent. One that was in doubt when the run
// began may be among them by now, since it never left: it is in a worker's hands or waits for a retry,
// and two workers must not have it.
func (s *schedule) readFresh() (err error) {
	for !s.read && len(s.fresh) == 0 {
		s.fresh, s.cursor, err = s.r.store.After(s.r.id, s.cursor, freshPage, ledger.Queued, ledger.Verified)
		if err != nil {
			return err
		}
		s.read = len(s.fresh) == 0
		s.fresh = slices.DeleteFunc(s.fresh, func(p ledger.Payout) bool { return s.inDoubt[p.Number] })
	}
	return nil
}

// take takes the first waiting payout.
func (s *schedule) take() waiting {
	w := heap.Pop(&s.waiting).(waiting)
	if w.retry {
		s.retries--
	}
	s.busy++
	s.turn = true
	return w
}

// tooLate reports whether the first question that waits, and so every other, comes due after the
// time that this run waits for ends. What is due before it is asked, however long that takes: a
// question that is asked again is due later, so there is an end. While something is still to be
// sent, nothing is too late: a transfer makes the time begin anew.
func (s *schedule) tooLate() bool {
	return s.retries == 0 && len(s.fresh) == 0 && s.waiting[0].due > s.lastWork+s.r.PollFor
}

// over reports whether this run has nothing more to do: nobody works, and nothing waits that it
// should wait for.
func (s *schedule) over() bool {
	return s.busy == 0 && (len(s.waiting) == 0 || s.tooLate())
}

// untilNext returns how long nothing will happen by itself.
func (s *schedule) untilNext(now time.Duration) time.Duration {
	if len(s.waiting) == 0 || s.tooLate() {
		return time.Hour // a worker's hand will wake us
	}
	return max(s.waiting[0].due-now, 0)
}

func (s *schedule) sleep(wake <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-wake:
	case <-timer.C:
	case <-s.r.ctx.Done():
	}
}

// done takes a payout back from a worker, and notes when it has to be looked at again.
func (s *schedule) done(p ledger.Payout, next again) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	if next.wait {
		due := time.Since(s.start) + next.after
		heap.Push(&s.waiting, waiting{due: due, line: uint32(p.Number), tries: uint16(next.tries), retry: next.retry})
		if next.retry {
			s.retries++
		}
	}
	close(s.wake)
	s.wake = make(chan struct{})
}

// worked notes that money was moved just now: the time to wait for ends counts from here.
func (s *schedule) worked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastWork = time.Since(s.start)
}
