package batch

import (
	"math"
	"time"
)

// allowance is how many calls a second the provider is believed to take: what was asked for until it
// refuses, and then what it served just before it refused. That is held for a while and then
// exceeded, by little at first, because mostly the limit is where it was, and then faster and
// faster, because it is elsewhere. Trying is not free, since a provider that refuses may make us
// pause: the oftener it proved where the limit is, the rarer more is tried.
type allowance struct {
	full     float64       // what was asked for
	base     float64       // what is held to be safe
	good     float64       // what was safe before base; zero: nothing is known to be
	since    time.Time     // from when on base was held
	patience time.Duration // for how long it is held
	failures int           // how often in a row more was tried in vain
}

const (
	// patienceFirst is how long base is held at first: a limit that comes back after a few seconds is
	// found within ten. Every failure multiplies it by patienceGrowth, up to patienceMax, at which a
	// provider that wants a second's pause for every refusal gets 2 % of the time.
	patienceFirst  = 3 * time.Second
	patienceGrowth = 3
	patienceMax    = time.Minute
	// probe and probeDoubling make the climb: 1 % more after the first 0.7 s, 3 % after 1.4 s, 7 %
	// after 2.1 s, twice as much after 4.7 s.
	probe         = 0.01
	probeDoubling = 700 * time.Millisecond
	// elsewhere is how far above base a refusal says that the limit has moved. Just above base it says
	// that it has not.
	elsewhere = 1.3
	// moved is the part of what was served during a climb that is held afterwards: a second of a
	// climb may lie across two of the provider's.
	moved = 0.94
	// evident is the part of base under which what was served shows the limit. Above, the provider
	// took all that came and refused all the same, as one does that lets a bucket run empty: then step
	// is what is left.
	evident = 0.95
	step    = 0.7
	// overflow is what an average over seconds is less than the limit, because the provider does not
	// save for us all that we leave it while we pause.
	overflow = 1.04
	// slowest is the part of the rate that remains after many refusals.
	slowest = 1.0 / 32
)

func newAllowance(perSecond int) allowance {
	full := float64(perSecond)
	return allowance{full: full, base: full, good: full, patience: patienceFirst}
}

// at returns how many calls a second are allowed.
func (a *allowance) at(now time.Time) float64 {
	if a.base >= a.full {
		return a.full
	}
	over := now.Sub(a.since) - a.patience
	if over <= 0 {
		return a.base
	}
	if a.climb(over-patienceFirst) >= a.full { // all was allowed for so long, and nothing refused
		a.base, a.good, a.patience, a.failures = a.full, a.full, patienceFirst, 0
	}
	return min(a.climb(over), a.full)
}

// climb returns what is tried so long after the patience was over.
func (a *allowance) climb(over time.Duration) float64 {
	return a.base * (1 + probe*(math.Exp2(float64(over)/float64(probeDoubling))-1))
}

// refused notes a refusal at now. In the second before it the provider served as many calls as
// served says; and average a second since the refusal before it, infinitely many when that was not
// long ago.
func (a *allowance) refused(now time.Time, served, average float64) {
	if tried := a.at(now); tried > a.base {
		a.triedInVain(tried, min(served, tried))
	} else {
		a.baseRefused(served, average)
	}
	a.since, a.patience = now, patienceFirst
	for range a.failures {
		a.patience = min(a.patience*patienceGrowth, patienceMax)
	}
}

func (a *allowance) triedInVain(tried, served float64) {
	a.good = a.base
	a.failures++
	if tried > a.base*elsewhere {
		a.failures = 1
		a.base = max(a.base, served*moved)
	}
}

func (a *allowance) baseRefused(served, average float64) {
	less := min(a.base*step, average*overflow)
	if served < a.base*evident {
		less = min(served, average)
	}
	if a.good > 0 && a.good < a.base { // what was found by trying more was not true
		a.failures++
	} else {
		a.good, a.failures = 0, 0
	}
	a.base = max(less, a.good, a.base/2, a.full*slowest)
}
