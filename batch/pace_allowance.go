package batch

import (
	"math"
	"time"
)

// allowance is how many calls a second the provider is believed to take: what was asked for until it
// refuses, and then what it served just before it refused. That is held for a while and then
// exceeded, by little at first, because mostly the limit is where it was, and then faster and
// faster, because it is elsewhere. Trying is not free: a provider that refuses makes us pause, mostly
// for a second. So it is tried twice soon, since many a limit is lowered for seconds only, and then
// seldom.
type allowance struct {
	full     float64       // what was asked for
	base     float64       // what is held to be safe
	good     float64       // what was safe before base; zero: nothing is known to be
	since    time.Time     // from when on base was held
	patience time.Duration // for how long it is held
	failures int           // how often in a row more was tried in vain
}

// patiences is for how long base is held before each try to take more. Two tries come soon, in about
// the sixth and the thirteenth second after the first refusal, so that a limit that was lower for up to
// twelve seconds is reached again within ten. When both were in vain the limit is taken for the true
// one: a provider that wants a second's pause for every refusal then gets 2 % of the time, where a try
// every ten seconds would cost it 11 %.
var patiences = [...]time.Duration{2500 * time.Millisecond, 5500 * time.Millisecond, time.Minute}

const (
	// probe and probeDoubling make the climb: 1 % more after the first half second, 3 % after a
	// second, twice as much after 3.3 s, four times after 4.1 s. A second is what a provider needs to
	// see what we send in a second: so little is refused where the limit has not moved.
	probe         = 0.01
	probeDoubling = 500 * time.Millisecond
	// elsewhere is how far above base a refusal says that the limit has moved. Closer to base it says
	// that it has not: a provider that counts by the calendar's second sees a climb up to two seconds
	// late, when 15 % more are tried.
	elsewhere = 1.15
	// moved is the part of what was served during a climb that is held afterwards: a second of a
	// climb may lie across two of the provider's.
	moved = 0.98
	// evident is the part of base under which what was served shows the limit. Above, the provider
	// took all that came and refused all the same, as one does that lets a bucket run empty: then step
	// is what is left, and nearStep when base was found by a climb and cannot be far off.
	evident  = 0.95
	step     = 0.7
	nearStep = 0.9
	// overflow is what an average over seconds is less than the limit, because the provider does not
	// save for us all that we leave it while we pause.
	overflow = 1.04
	// lowest is the part of base that one refusal leaves at least: it may have been no fault of ours,
	// or the provider counts in shorter times than a second.
	lowest = 1.0 / 3
	// slowest is the part of the rate that remains after many refusals.
	slowest = 1.0 / 32
)

func newAllowance(perSecond int) allowance {
	full := float64(perSecond)
	return allowance{full: full, base: full, good: full, patience: patiences[0]}
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
	if a.climb(over-patiences[0]) >= a.full { // all was allowed for so long, and nothing refused
		*a = newAllowance(int(a.full))
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
	a.since, a.patience = now, patiences[min(a.failures, len(patiences)-1)]
}

func (a *allowance) triedInVain(tried, served float64) {
	a.good = a.base
	a.failures++
	if tried > a.base*elsewhere {
		a.base = max(a.base, served*moved)
	}
}

func (a *allowance) baseRefused(served, average float64) {
	found := a.good > 0 && a.good < a.base
	less := step
	if found {
		less = nearStep
	}
	base := min(a.base*less, average*overflow)
	if served < a.base*evident {
		base = min(served, average)
	}
	if !found { // the limit is lower than it was
		a.good, a.failures = 0, 0
	}
	a.base = max(base, a.good, a.base*lowest, a.full*slowest)
}
