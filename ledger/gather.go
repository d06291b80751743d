package ledger

import (
	"time"
)

// A commit costs two syncs of the disk and a few pages of its own, whether it holds one move or a
// hundred; so moves share one. What may be waited for, and how long:
//
// Outcomes, for which nobody waits, ride along with the next intent. Should none come, they are
// written after outcomesWait, or when there are as many as the window allows.
//
// Intents, for which a transfer waits, are written as soon as the one before is: those that came
// meanwhile share a commit. When that goes so fast that few come meanwhile, intentsWait makes them more.
// Only a crowd is waited for: never longer than until as many wait as lately did, so that a sender
// who is alone, or all there are when all wait, are never kept waiting for nobody.
const (
	// outcomesWait is how long a move may wait for company: a crash in that time loses it, which
	// costs one more question.
	outcomesWait = 10 * time.Millisecond
	// intentsWait is little beside a call over a network. Its cost is that a payout is in hand for so
	// much longer, and there are more in hand than may call at once; its use, at 64 calls of 20 ms
	// each, is two fifths of the commits that there are with 1 ms, and a tenth less CPU of a whole run.
	intentsWait = 10 * time.Millisecond
)

// gathering is how requests come together for a commit.
type gathering struct {
	from     chan request
	requests []request
	waited   int // requests whose sender waits
	crowd    int // how many waited lately for one commit
	timer    *time.Timer
}

func newGathering(from chan request) *gathering {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return &gathering{from: from, timer: timer}
}

// next returns the requests of the next commit, none when there will be no more. They are good until
// the next call.
func (g *gathering) next() []request {
	g.requests, g.waited = g.requests[:0], 0
	r, open := <-g.from
	if !open {
		return nil
	}
	g.add(r)
	g.drain()
	if g.waited == 0 {
		g.wait(outcomesWait, 1)
	}
	if g.waited > 0 {
		g.wait(intentsWait, g.crowd)
		g.crowd = max(g.waited, g.crowd-(g.crowd-g.waited+3)/4)
	}
	return g.requests
}

// full reports whether the commit takes no more. Without the window as a bound, senders that are
// faster than the committer would put more at risk than Record promises.
func (g *gathering) full() bool { return len(g.requests) >= min(groupMax, cap(g.from)) }

func (g *gathering) add(r request) {
	g.requests = append(g.requests, r)
	if r.done != nil {
		g.waited++
	}
}

// drain takes what is there.
func (g *gathering) drain() {
	for !g.full() {
		select {
		case r, open := <-g.from:
			if !open {
				return
			}
			g.add(r)
		default:
			return
		}
	}
}

// wait takes what comes until so many senders wait, but no longer than a time.
func (g *gathering) wait(longest time.Duration, crowd int) {
	if g.waited >= crowd {
		return
	}
	g.timer.Reset(longest)
	defer g.timer.Stop()
	for g.waited < crowd && !g.full() {
		select {
		case r, open := <-g.from:
			if !open {
				return
			}
			g.add(r)
		case <-g.timer.C:
			return
		}
	}
	g.drain()
}
