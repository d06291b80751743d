package batch_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
)

// load is what callers do to a pace.
type load struct {
	perSecond, atOnce, callers int
	hold                       func(*rand.Rand) time.Duration // between Acquire and Use: an intent's commit
	latency                    time.Duration                  // of an answer
	releases, impatient        float64                        // the part of calls given back unused, or whose context ends soon
	stall                      time.Duration                  // every five seconds everybody who holds a slot stands still
}

func never(*rand.Rand) time.Duration { return 0 }

// slowDisk is the hold of a transfer whose intent is synced to a slow disk; a third of the calls.
func slowDisk(r *rand.Rand) time.Duration {
	if r.IntN(3) > 0 {
		return 0
	}
	return 30*time.Millisecond + time.Duration(r.Int64N(int64(20*time.Millisecond)))
}

func upTo(d time.Duration) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(d))) }
}

// traffic is what a provider sees of a load.
type traffic struct {
	mu       sync.Mutex
	arrivals []time.Time
	underWay int
	most     int // under way at once
}

func (c *traffic) arrive(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.arrivals = append(c.arrivals, at)
	c.underWay++
	c.most = max(c.most, c.underWay)
}

func (c *traffic) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.underWay--
}

// runs the load for a while. The way to the provider takes up to 3 ms.
func (l load) run(t *testing.T, seed uint64, during time.Duration) *traffic {
	pace := batch.NewPace(l.perSecond).AtOnce(l.atOnce)
	ctx, stop := context.WithTimeout(t.Context(), during)
	defer stop()
	start := time.Now()
	var seen traffic
	var callers sync.WaitGroup
	for i := range l.callers {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		callers.Go(func() {
			for ctx.Err() == nil {
				l.call(ctx, pace, random, start, &seen)
			}
		})
	}
	callers.Wait()
	slices.SortFunc(seen.arrivals, time.Time.Compare)
	return &seen
}

func (l load) call(ctx context.Context, pace *batch.Pace, random *rand.Rand, start time.Time, seen *traffic) {
	fate := random.Float64()
	if fate < l.impatient {
		var end context.CancelFunc
		ctx, end = context.WithTimeout(ctx, time.Duration(random.Int64N(int64(50*time.Millisecond))))
		defer end()
	}
	slot, err := pace.Acquire(ctx)
	if err != nil {
		return
	}
	time.Sleep(l.hold(random))
	if into := time.Since(start) % (5 * time.Second); into < l.stall {
		time.Sleep(l.stall - into)
	}
	if fate > 1-l.releases {
		slot.Release()
		return
	}
	if slot.Use(ctx) != nil {
		return
	}
	slot.Left()
	way := time.Duration(random.Int64N(int64(3 * time.Millisecond)))
	time.Sleep(way)
	seen.arrive(time.Now())
	time.Sleep(l.latency)
	seen.end()
	slot.Done()
}

// busiest returns the largest number of sends in any one second.
func busiest(sent []time.Time) int {
	most, first := 0, 0
	for i := range sent {
		for sent[i].Sub(sent[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// used returns which part of the rate was used, from the first send to the last.
func used(sent []time.Time, perSecond int) float64 {
	return float64(len(sent)-1) / (sent[len(sent)-1].Sub(sent[0]).Seconds() * float64(perSecond))
}

func TestNoSecondSeesMoreSendsThanTheRateAndAlmostAllOfItIsUsed(t *testing.T) {
	const ms = time.Millisecond
	for name, l := range map[string]load{
		"nothing lies between":                {callers: 128, hold: never, latency: 20 * ms},
		"intents go to a slow disk":           {callers: 128, atOnce: 64, hold: slowDisk, latency: 20 * ms},
		"everybody waits as long as he likes": {callers: 256, hold: upTo(100 * ms), latency: 20 * ms},
		"some slots are given back":           {callers: 128, hold: slowDisk, latency: 20 * ms, releases: 0.2, impatient: 0.2},
		"the disk stands still now and then":  {callers: 256, hold: slowDisk, latency: 20 * ms, stall: 150 * ms},
	} {
		rates := []int{1, 2, 5, 20, 100, 1000}
		if testing.Short() {
			rates = rates[:5]
		}
		for _, l.perSecond = range rates {
			synctest.Test(t, func(t *testing.T) {
				seen := l.run(t, uint64(l.perSecond), 60*time.Second)
				if most := busiest(seen.arrivals); most > l.perSecond {
					t.Errorf("%s, %d/s: %d sends in one second", name, l.perSecond, most)
				}
				if l.atOnce > 0 && seen.most > l.atOnce {
					t.Errorf("%s, %d/s: %d calls under way at once, %d are allowed", name, l.perSecond, seen.most, l.atOnce)
				}
				part := used(seen.arrivals, l.perSecond)
				t.Logf("%d/s, %s: %.2f %% used", l.perSecond, name, 100*part)
				if part < 0.99 {
					t.Errorf("%s, %d/s: only %.2f %% used", name, l.perSecond, 100*part)
				}
			})
		}
	}
}

func TestAsManyCallsAreUnderWayAsMayBeAndNotOneMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := load{perSecond: 1000, atOnce: 16, callers: 32, hold: slowDisk, latency: 200 * time.Millisecond, releases: 0.1, impatient: 0.1}
		seen := l.run(t, 1, time.Minute)
		if seen.most != 16 {
			t.Errorf("%d calls under way at once, want 16", seen.most)
		}
		// 16 calls in every 200 ms, and what the way of up to 3 ms takes from that.
		if got := len(seen.arrivals); got < 4700 || got > 4816 {
			t.Errorf("%d calls in a minute, want almost 4800", got)
		}
	})
}

// Whoever was admitted first leaves first: a transfer was away while its intent was recorded, and
// an inquiry that came in the meantime does not keep it waiting.
func TestATransferThatRecordedItsIntentLeavesBeforeCallsAdmittedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := batch.NewPace(1000).AtOnce(1)
		var slots []batch.Slot
		for range 5 {
			slots = append(slots, mustAcquire(t, pace))
		}
		if err := slots[4].Use(t.Context()); err != nil { // has the only permit
			t.Fatal(err)
		}
		leaves := make(chan int, len(slots))
		for _, i := range []int{2, 3, 0, 1} { // as they come back from the disk
			go func() {
				if slots[i].Use(t.Context()) == nil {
					leaves <- i
					slots[i].Done()
				}
			}()
			time.Sleep(10 * time.Millisecond)
		}
		if len(leaves) > 0 {
			t.Fatalf("%d left without a permit", <-leaves)
		}
		slots[4].Done()
		time.Sleep(10 * time.Millisecond)
		var left []int
		for range len(leaves) {
			left = append(left, <-leaves)
		}
		if want := []int{0, 1, 2, 3}; !slices.Equal(left, want) {
			t.Errorf("left in the order %v, want %v", left, want)
		}
	})
}

func TestAContextThatEndsWhileACallWaitsGivesItsPlaceToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := batch.NewPace(2).AtOnce(1) // two may be admitted and not sent
		first := mustAcquire(t, pace)
		if err := first.Use(t.Context()); err != nil {
			t.Fatal(err)
		}
		hasty, patient := mustAcquire(t, pace), mustAcquire(t, pace)
		soon, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if _, err := pace.Acquire(soon); err == nil {
			t.Error("more were admitted than can leave soon")
		}
		ended, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if err := hasty.Use(ended); err == nil {
			t.Error("a call left without a permit")
		}
		another := mustAcquire(t, pace) // the place of the hasty one
		first.Done()
		if err := patient.Use(t.Context()); err != nil {
			t.Fatal(err)
		}
		patient.Done()
		another.Release()
		mustAcquire(t, pace).Release()
		if err := ended.Err(); err == nil {
			t.Error("the context did not end")
		}
		if _, err := pace.Acquire(ended); err == nil {
			t.Error("a call was admitted whose context had ended")
		}
	})
}

func mustAcquire(t *testing.T, pace *batch.Pace) batch.Slot {
	t.Helper()
	slot, err := pace.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slot
}

// Between Use and the first byte a note is written to the disk, and the processor may have others to
// care for. One call in fifty takes long for it.
func TestNoSecondSeesMoreThanTheRateWhenCallsAreHeldUpAfterUse(t *testing.T) {
	for _, perSecond := range []int{20, 100, 1000} {
		for _, stall := range []time.Duration{8 * time.Millisecond, 50 * time.Millisecond} {
			synctest.Test(t, func(t *testing.T) {
				pace, random := batch.NewPace(perSecond).AtOnce(64), rand.New(rand.NewPCG(uint64(perSecond), uint64(stall)))
				ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
				defer stop()
				var mu sync.Mutex
				var left []time.Time
				var callers sync.WaitGroup
				for range 128 {
					callers.Go(func() {
						for {
							slot, err := pace.Acquire(ctx)
							if err != nil || slot.Use(ctx) != nil {
								return
							}
							mu.Lock()
							held := random.IntN(50) == 0
							mu.Unlock()
							if held {
								time.Sleep(stall)
							}
							mu.Lock()
							left = append(left, time.Now())
							mu.Unlock()
							slot.Left()
							time.Sleep(20 * time.Millisecond)
							slot.Done()
						}
					})
				}
				callers.Wait()
				if len(left) < 8*perSecond {
					t.Errorf("%d/s, held up for %v: only %d calls in ten seconds", perSecond, stall, len(left))
				}
				for i := perSecond; i < len(left); i++ {
					if apart := left[i].Sub(left[i-perSecond]); apart <= time.Second {
						t.Fatalf("%d/s, held up for %v: %d calls within %v", perSecond, stall, perSecond+1, apart)
					}
				}
			})
		}
	}
}
