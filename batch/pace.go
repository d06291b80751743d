package batch

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Pace is the one rate controller of a process: every call to the provider passes it. It is a
// Gate. It promises never more than its rate of sends in any one second, never more calls under
// way than AtOnce says, and comes as close to the rate as a few milliseconds of margin allow.
//
// A call passes two lines. Acquire admits calls evenly, by a token bucket. Use lets an admitted call
// leave when a permit is free and when the send that lies as many sends back as are allowed in a
// second is more than a second old. The second line makes the promise, since it looks at what was
// really sent; the token bucket could not, because what waits between the two (the commit of an
// intent, a handshake) moves sends together. What waits there takes nothing from the others: they
// overtake it, and it goes before those admitted later when it comes. A bounded number may be between
// the two, so that nobody waits long at the second line.
//
// When the provider answers that we call too often, both lines stand still for as long as it says, and
// go on at what it has shown to take: see allowance.
type Pace struct {
	perSecond int
	start     time.Time // what is counted in sent
	atOnce    int       // 0: no limit

	mu        sync.Mutex
	admitting line
	leaving   line
	tickets   uint64 // given out

	limiter  *rate.Limiter
	next     time.Time // when the next call may be admitted; zero: the limiter was not asked yet
	spare    int       // admissions that were given back unused
	admitted int       // admitted and neither sent nor given back
	underWay int       // sent, and not over

	sent  []departure // a ring of the last calls: two seconds' worth
	held  bool        // the first before Use waits to hear of an earlier call that it has left
	count int         // of all that ever left; the last is at count-1 in the ring

	apart time.Duration // no call leaves before, from start

	allowance allowance
	paused    time.Time // no call leaves before
	decided   time.Time // when a refusal last made the allowance smaller
	decidedAt int       // count at that time
	echoes    int       // of the calls that had left by then, those under way still
}

var _ Gate = (*Pace)(nil)

const (
	// window is how far the last and the first of one call more than allowed are apart at least. The
	// margin over a second covers what a provider's own clock may be late for a call by: measured at
	// 1000 calls a second on two cores, packets stamped by the kernel kept window to a hundredth of a
	// millisecond, while a busy provider read some of them 10 ms late. The used share leaves room for
	// this much.
	window = time.Second + 7*time.Millisecond
	// averageMin is how long calls have to be counted for an average that says something.
	averageMin = 3 * time.Second
	// round is the time in which as many calls are admitted as are allowed in a second. It is a little
	// longer than window, so that calls that gathered before Use disperse again, and what a timer
	// comes late costs nothing. It costs the rate 0.84 %: 99 % are to be used.
	round = window + 1500*time.Microsecond
	// burst is how far the token bucket may run after even spreading when it was late: a timer or a
	// busy processor takes that long.
	burst = 20 * time.Millisecond
	// ahead is how much of a second's calls may be admitted and not sent. What records an intent or
	// shakes hands may take that long without cost to the rate. After a stall not more than these
	// leave one upon the other.
	ahead = 500 * time.Millisecond

	// hurry is how much faster than allowed those may leave that gathered before Use: a provider may
	// count in shorter times than a second.
	hurry = 1.1

	// pauseMax bounds how long the provider can make us wait; more than that and a person should know.
	pauseMax = 5 * time.Minute
	// pauseDefault is how long we wait when the provider does not say.
	pauseDefault = time.Second
	// echoMax is how long after a decision refusals of earlier calls may come in. What takes longer is
	// not waited for: a call that hangs must not make us deaf.
	echoMax = 2 * time.Second
)

// NewPace returns a controller for perSecond calls a second, at least 1, and any number at once.
func NewPace(perSecond int) *Pace {
	perSecond = max(perSecond, 1)
	p := &Pace{perSecond: perSecond, start: time.Now(), allowance: newAllowance(perSecond)}
	p.limiter = rate.NewLimiter(perRound(float64(perSecond)), max(1, callsIn(burst, perSecond)))
	p.admitting.turn, p.leaving.turn = p.admit, p.depart
	return p
}

// AtOnce makes p let no more than calls be under way at once; 0 is any number. It is called before
// the first Acquire, and returns p.
func (p *Pace) AtOnce(calls int) *Pace {
	p.atOnce = max(calls, 0)
	return p
}

func callsIn(d time.Duration, perSecond int) int {
	return int(int64(d) * int64(perSecond) / int64(time.Second))
}

// perRound is what the token bucket is told for a rate.
func perRound(perSecond float64) rate.Limit { return rate.Limit(perSecond / round.Seconds()) }

// Acquire waits until one call may leave, as far as that can be said before it is ready.
func (p *Pace) Acquire(ctx context.Context) (Slot, error) {
	s := &slot{pace: p}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tickets++
	s.ticket = p.tickets
	if err := p.admitting.pass(ctx, s); err != nil {
		return nil, err
	}
	return s, nil
}

// admit is the turn of the first in the line before Acquire.
func (p *Pace) admit(_ *slot, now time.Time) time.Duration {
	if wait := p.paused.Sub(now); wait > 0 {
		return wait
	}
	if p.admitted >= max(2, callsIn(ahead, p.perSecond)) {
		return untilWoken
	}
	if p.spare > 0 {
		p.spare--
		p.admitted++
		return 0
	}
	if p.next.IsZero() { // whoever is first now; if his context ends, the time is the next one's
		p.limiter.SetLimitAt(now, perRound(p.allowance.at(now)))
		p.next = now.Add(p.limiter.ReserveN(now, 1).DelayFrom(now))
	}
	if wait := p.next.Sub(now); wait > 0 {
		return wait
	}
	p.next = time.Time{}
	p.admitted++
	return 0
}

// depart is the turn of the first in the line before Use.
func (p *Pace) depart(s *slot, now time.Time) time.Duration {
	if wait := p.paused.Sub(now); wait > 0 {
		return wait
	}
	if p.atOnce > 0 && p.underWay >= p.atOnce {
		return untilWoken
	}
	at, allowed := now.Sub(p.start), p.allowance.at(now)
	if wait := p.apart - at; wait > 0 {
		return wait
	}
	if n := int(math.Ceil(allowed)); n <= p.count {
		left := p.before(n).left
		if left == 0 {
			p.held = true
			return untilWoken
		}
		if wait := left + window - at; wait > 0 {
			return wait
		}
	}
	p.apart = max(p.apart, at-burst) + time.Duration(float64(time.Second)/(allowed*hurry))
	s.number = p.send(at)
	p.underWay++
	p.lessAdmitted()
	return 0
}

// lessAdmitted counts an admitted call that was sent or given back.
func (p *Pace) lessAdmitted() {
	p.admitted--
	p.admitting.wakeFirst()
}

// send notes a send and returns its number.
func (p *Pace) send(at time.Duration) int {
	if len(p.sent) < 2*p.perSecond {
		p.sent = append(p.sent, departure{at: at})
	} else {
		p.sent[p.count%len(p.sent)] = departure{at: at}
	}
	p.count++
	return p.count
}

// before returns the n-th last call. n is at least 1 and at most as many as the ring has.
func (p *Pace) before(n int) *departure { return &p.sent[(p.count-n)%len(p.sent)] }

// sentBefore returns when the n-th last call was let go.
func (p *Pace) sentBefore(n int) time.Duration { return p.before(n).at }

// departure is when a call was let go, and when it had left for certain: zero until that is known.
// Between the two lie the note of its departure and whatever else has the processor or the disk.
type departure struct{ at, left time.Duration }

// hasLeft notes that s left before now, unless that is known already or long ago.
func (p *Pace) hasLeft(s *slot) {
	back := p.count - s.number + 1
	if back > len(p.sent) || p.before(back).left != 0 {
		return
	}
	p.before(back).left = max(time.Since(p.start), 1)
	if p.held {
		p.held = false
		p.leaving.wakeFirst()
	}
}

// Throttled lets nothing leave until the provider's time is over, and makes the allowance smaller.
// Refusals of calls that had left before the last decision do not count again.
func (p *Pace) Throttled(retryAfter time.Duration) {
	if retryAfter <= 0 {
		retryAfter = pauseDefault
	}
	retryAfter = min(retryAfter, pauseMax)
	// A little disorder, so that two machines with one credential do not knock together again.
	retryAfter += time.Duration(rand.Int64N(int64(retryAfter)/10 + 1))
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.echoes == 0 || now.Sub(p.decided) > echoMax {
		p.decide(now)
	}
	if now.Add(retryAfter).After(p.paused) {
		p.paused = now.Add(retryAfter)
		p.allowance.since = p.paused
	}
}

// decide looks back from the refused call, which is taken for the oldest one under way: what left
// before it was served.
func (p *Pace) decide(now time.Time) {
	known := min(p.count, len(p.sent))
	refused := min(max(p.underWay, 1), known)
	if refused == 0 {
		return // refused without having been sent: nothing to conclude
	}
	at := p.sentBefore(refused)
	served := 0
	for refused+served < known && p.sentBefore(refused+served+1) > at-time.Second {
		served++
	}
	average := math.Inf(1)
	if since := p.start.Add(at).Sub(p.decided); since > averageMin && !p.decided.IsZero() {
		average = float64(p.count-refused-p.decidedAt) / since.Seconds()
	}
	p.allowance.refused(now, float64(served), average)
	p.decided, p.decidedAt, p.echoes = now, p.count, p.underWay
}

// Rate returns how many calls a second are let through at the moment.
func (p *Pace) Rate() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.allowance.at(time.Now())
}

// slot is a call that was admitted.
type slot struct {
	pace   *Pace
	ticket uint64 // tells who was admitted before whom
	number int    // among the sends
	wake   chan struct{}
}

// Use waits for a permit and for the rate. Those who were admitted first go first.
func (s *slot) Use(ctx context.Context) error {
	p := s.pace
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.leaving.pass(ctx, s); err != nil {
		p.giveBack()
		return err
	}
	return nil
}

// Left starts the second in which the call counts.
func (s *slot) Left() {
	s.pace.mu.Lock()
	defer s.pace.mu.Unlock()
	s.pace.hasLeft(s)
}

// Done gives the permit back.
func (s *slot) Done() {
	p := s.pace
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hasLeft(s)
	p.underWay--
	if s.number <= p.decidedAt && p.echoes > 0 {
		p.echoes--
	}
	p.leaving.wakeFirst()
}

// Release lets another call be admitted instead.
func (s *slot) Release() {
	s.pace.mu.Lock()
	defer s.pace.mu.Unlock()
	s.pace.giveBack()
}

func (p *Pace) giveBack() {
	p.spare++
	p.lessAdmitted()
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
