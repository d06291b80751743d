package batch

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Pace is the one rate controller of a process: every call to the provider passes it. It is a
// Gate. It promises never more than its rate of sends in any one second, and comes as close to
// the rate as a few milliseconds of margin allow.
//
// Two parts share the work. A token bucket of one spreads the calls evenly and is slowed down
// when the provider says so. Behind it stand as many lanes as calls are allowed in a second;
// each lane lets one call through and then rests for a second from the moment that call was
// really sent. A call needs a lane, so among any rate+1 sends two went through the same lane,
// and those are more than a second apart. The token bucket alone does not promise that: what
// waits between the bucket and the wire (the commit of an intent) moves sends together.
type Pace struct {
	limiter *rate.Limiter
	lanes   chan time.Time // when each lane was last used; zero when never
	full    rate.Limit

	mu       sync.Mutex
	current  rate.Limit
	paused   time.Time // no call leaves before
	adjusted time.Time // when current was last changed
}

var _ Gate = (*Pace)(nil)

const (
	// laneRest is how long a lane rests. The margin over a second covers the way from Use to the
	// first byte; it costs half a percent of the rate.
	laneRest = time.Second + 5*time.Millisecond
	// slowest is the part of the rate that remains after many refusals.
	slowest = 1.0 / 32
	// recovery is the part of the full rate that comes back in every quiet second.
	recovery = 0.1
	// pauseMax bounds how long the provider can make us wait; more than that and a person should know.
	pauseMax = 5 * time.Minute
	// pauseDefault is how long we wait when the provider does not say.
	pauseDefault = time.Second
)

// NewPace returns a controller for perSecond calls a second, at least 1.
func NewPace(perSecond int) *Pace {
	perSecond = max(perSecond, 1)
	p := &Pace{limiter: rate.NewLimiter(rate.Limit(perSecond), 1), lanes: make(chan time.Time, perSecond), full: rate.Limit(perSecond), current: rate.Limit(perSecond)}
	for range perSecond {
		p.lanes <- time.Time{}
	}
	return p
}

// Acquire waits until one call may leave.
func (p *Pace) Acquire(ctx context.Context) (Slot, error) {
	for {
		wait := p.pause(time.Now())
		if wait <= 0 {
			break
		}
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
	if err := p.limiter.Wait(ctx); err != nil {
		return nil, err
	}
	select {
	case used := <-p.lanes:
		if err := sleep(ctx, laneRest-time.Since(used)); err != nil {
			p.lanes <- used
			return nil, err
		}
		return &slot{pace: p, used: used}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pause returns how long calls have to wait, and gives back some of the rate after quiet seconds.
func (p *Pace) pause(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait := p.paused.Sub(now); wait > 0 {
		return wait
	}
	if quiet := now.Sub(p.adjusted); p.current < p.full && quiet >= time.Second {
		p.current = min(p.full, p.current+rate.Limit(quiet.Seconds()*recovery)*p.full)
		p.adjusted = now
		p.limiter.SetLimit(p.current)
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
		p.current = max(p.current/2, p.full*slowest)
		p.adjusted = p.paused
		p.limiter.SetLimit(p.current)
	}
}

// Rate returns how many calls a second are let through at the moment.
func (p *Pace) Rate() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return float64(p.current)
}

// slot is a lane taken out of the controller.
type slot struct {
	pace *Pace
	used time.Time
}

// Use gives the lane back to rest from now.
func (s *slot) Use(context.Context) error {
	s.pace.lanes <- time.Now()
	return nil
}

// Done has nothing to give back.
func (s *slot) Done() {}

// Release gives the lane back as it was.
func (s *slot) Release() { s.pace.lanes <- s.used }

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
