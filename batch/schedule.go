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

	// Who finds nothing to do waits here. When something comes due the timer wakes one, and each
	// who takes something wakes the next if there is more: nobody is woken for nothing. All are woken
	// when it is over.
	idle  *sync.Cond
	timer *time.Timer
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
	s := &schedule{r: r, start: time.Now(), inDoubt: map[int]bool{}}
	s.idle = sync.NewCond(&s.mu)
	return s
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
	w, p, found, err := s.choose()
	if found && w != nil {
		p, err = s.lookUp(*w)
		return p, int(w.tries), true, err
	}
	return p, 0, found, err
}

// choose takes a new payout, or a waiting one whose time has come, which is still to be looked up.
func (s *schedule) choose() (w *waiting, p ledger.Payout, found bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.r.ctx.Err() == nil {
		if err := s.readFresh(); err != nil {
			return nil, p, false, err
		}
		now := time.Since(s.start)
		due := len(s.waiting) > 0 && s.waiting[0].due <= now && !s.tooLate()
		switch {
		case due && (!s.turn || len(s.fresh) == 0):
			taken := s.take()
			s.handOn()
			return &taken, p, true, nil
		case len(s.fresh) > 0:
			p = s.fresh[0]
			s.fresh = s.fresh[1:]
			s.busy++
			s.turn, s.lastWork = false, now
			s.handOn()
			return nil, p, true, nil
		case s.over():
			return nil, p, false, nil
		}
		s.arm()
		s.idle.Wait()
	}
	return nil, p, false, nil
}

// handOn wakes one who waits if there is more to do now, and else sees to it that somebody is woken
// in time.
func (s *schedule) handOn() {
	if len(s.fresh) > 0 || len(s.waiting) > 0 && s.waiting[0].due <= time.Since(s.start) {
		s.idle.Signal()
		return
	}
	s.arm()
}

// arm has one who waits woken when the next payout comes due. While that one is too late, whoever is
// at work arms again when he is done.
func (s *schedule) arm() {
	if len(s.waiting) == 0 || s.tooLate() {
		return
	}
	wait := max(s.waiting[0].due-time.Since(s.start), 0)
	if s.timer == nil {
		s.timer = time.AfterFunc(wait, s.wakeOne)
		return
	}
	s.timer.Reset(wait)
}

// wakeOne is called by the timer. With the lock it cannot come between a look at what there is to do
// and the wait for it.
func (s *schedule) wakeOne() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle.Signal()
}

// wakeAll is called when the run ends.
func (s *schedule) wakeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle.Broadcast()
}

// lookUp reads a waiting payout as it stands after everything recorded of it.
func (s *schedule) lookUp(w waiting) (ledger.Payout, error) {
	return s.r.store.Current(s.r.calls, s.r.id, int(w.line))
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
	if s.over() {
		s.idle.Broadcast()
		return
	}
	s.handOn()
}

// worked notes that money was moved just now: the time to wait for ends counts from here.
func (s *schedule) worked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastWork = time.Since(s.start)
}
