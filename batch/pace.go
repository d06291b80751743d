package batch

import (
	"context"
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
// overtake it, and it goes before those admitted later when it comes.
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

	sent   []time.Duration // a ring of when the last perSecond calls left, from start
	oldest int             // where in it

	current  rate.Limit
	paused   time.Time // no call leaves before
	adjusted time.Time // when current was last changed
}

var _ Gate = (*Pace)(nil)

const (
	// window is how far the last and the first of one call more than allowed are apart at least. The
	// margin over a second covers what may differ between two calls from Use to the provider's clock.
	window = time.Second + 6*time.Millisecond
	// round is the time in which as many calls are admitted as are allowed in a second. It is a little
	// longer than window, so that calls that gathered before Use disperse again, and what a timer
	// comes late costs nothing. It costs the rate 0.75 %.
	round = window + 1500*time.Microsecond
	// burst is how far the token bucket may run after even spreading when it was late: a timer or a
	// busy processor takes that long.
	burst = 20 * time.Millisecond
	// ahead is how much of a second's calls may be admitted and not sent. What records an intent or
	// shakes hands may take that long without cost to the rate. After a stall not more than these
	// leave one upon the other.
	ahead = 500 * time.Millisecond

	// slowest is the part of the rate that remains after many refusals.
	slowest = 1.0 / 32
	// recovery is the part of the full rate that comes back in every quiet second.
	recovery = 0.1
	// pauseMax bounds how long the provider can make us wait; more than that and a person should know.
	pauseMax = 5 * time.Minute
	// pauseDefault is how long we wait when the provider does not say.
	pauseDefault = time.Second
)

// NewPace returns a controller for perSecond calls a second, at least 1, and any number at once.
func NewPace(perSecond int) *Pace {
	perSecond = max(perSecond, 1)
	p := &Pace{perSecond: perSecond, start: time.Now(), current: rate.Limit(perSecond)}
	p.limiter = rate.NewLimiter(perRound(p.current), max(1, callsIn(burst, perSecond)))
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
func perRound(perSecond rate.Limit) rate.Limit { return perSecond / rate.Limit(round.Seconds()) }

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
	if wait := p.pause(now); wait > 0 {
		return wait
	}
	if p.admitted >= max(2, callsIn(ahead, p.perSecond)) {
		return untilWoken
	}
	switch {
	case p.spare > 0:
		p.spare--
	case p.next.IsZero():
		p.next = now.Add(p.limiter.ReserveN(now, 1).DelayFrom(now))
		fallthrough
	default:
		if wait := p.next.Sub(now); wait > 0 {
			return wait
		}
		p.next = time.Time{}
	}
	p.admitted++
	return 0
}

// depart is the turn of the first in the line before Use.
func (p *Pace) depart(s *slot, now time.Time) time.Duration {
	if wait := p.pause(now); wait > 0 {
		return wait
	}
	if p.atOnce > 0 && p.underWay >= p.atOnce {
		return untilWoken
	}
	at := now.Sub(p.start)
	if len(p.sent) < p.perSecond {
		p.sent = append(p.sent, at)
	} else {
		if wait := p.sent[p.oldest] + window - at; wait > 0 {
			return wait
		}
		p.sent[p.oldest] = at
		p.oldest = (p.oldest + 1) % p.perSecond
	}
	p.underWay++
	p.lessAdmitted()
	return 0
}

// lessAdmitted counts an admitted call that was sent or given back.
func (p *Pace) lessAdmitted() {
	p.admitted--
	p.admitting.wakeFirst()
}

// pause returns how long calls have to wait, and gives back some of the rate after quiet seconds.
func (p *Pace) pause(now time.Time) time.Duration {
	if wait := p.paused.Sub(now); wait > 0 {
		return wait
	}
	full := rate.Limit(p.perSecond)
	if quiet := now.Sub(p.adjusted); p.current < full && quiet >= time.Second {
		p.current = min(full, p.current+rate.Limit(quiet.Seconds()*recovery)*full)
		p.adjusted = now
		p.limiter.SetLimitAt(now, perRound(p.current))
	}
	return 0
}

// Throttled halves the rate and lets nothing leave until the provider's time is over. Many
// refusals that come back together count as one.
func (p *Pace) Throttled(retryAfter time.Duration) {
	if retryAfter <= 0 {
		retryAfter = pauseDefault
	}
	retryAfter = min(retryAfter, pauseMax)
	// A little disorder, so that two machines with one credential do not knock together again.
	retryAfter += time.Duration(rand.Int64N(int64(retryAfter)/10 + 1))
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Add(retryAfter).After(p.paused) {
		p.paused = now.Add(retryAfter)
	}
	if now.Sub(p.adjusted) >= time.Second {
		p.current = max(p.current/2, rate.Limit(p.perSecond)*slowest)
		p.adjusted = p.paused
		p.limiter.SetLimitAt(now, perRound(p.current))
	}
}

// Rate returns how many calls a second are let through at the moment.
func (p *Pace) Rate() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return float64(p.current)
}

// slot is a call that was admitted.
type slot struct {
	pace   *Pace
	ticket uint64 // tells who was admitted before whom
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

// Done gives the permit back.
func (s *slot) Done() {
	p := s.pace
	p.mu.Lock()
	defer p.mu.Unlock()
	p.underWay--
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
