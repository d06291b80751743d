package simulator

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Simulator is Kirim DOKU. It is safe for concurrent use.
type Simulator struct {
	config   Config
	accounts map[accountKey]Account
	mint     *mint
	macs     *sync.Pool

	mu          sync.Mutex // guards everything below; never held while waiting
	book        book
	references  map[string]*reference // by partnerReferenceNo; grows by signed transfers only
	byProvider  map[string]*Debit     // by referenceNo and by sessionId
	sessions    sessions
	externalIDs externalIDs
	schedule    schedule
	violations  []Violation
	random      *rand.Rand
	newestToken uint64
	lastSession uint64
	lastDebit   int
	last        map[Operation]*answer // the newest good answer, for those that are delivered again
	eventsMade  int

	calls    map[Operation]int
	serial   int
	arrivals window // every call
	admitted window // the calls that were not too many
	peak     int
}

// New makes a simulator. Its errors name everything that is wrong with the configuration.
func New(config Config) (*Simulator, error) {
	config.setDefaults()
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	random := rand.New(rand.NewPCG(uint64(config.Seed), 0))
	return &Simulator{
		config:      config,
		accounts:    indexAccounts(config.Accounts),
		mint:        newMint(),
		macs:        macs(config.ClientSecret),
		book:        book{opening: config.Opening, available: config.Opening},
		references:  make(map[string]*reference),
		byProvider:  make(map[string]*Debit),
		sessions:    newSessions(),
		random:      random,
		lastSession: random.Uint64N(1_000_000_000_000_000),
		lastDebit:   1_000_000 + random.IntN(1_000_000),
		calls:       make(map[Operation]int),
		last:        make(map[Operation]*answer),
	}, nil
}

// ServeHTTP answers one call. What it changes is changed before it waits or writes, so that a
// client that goes away meanwhile has still made the call.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, adminPath) {
		s.serveAdmin(w, r)
		return
	}
	c := s.arrive(r)
	c.examine(r)
	answer := s.decide(c)
	if s.config.Log.Enabled(r.Context(), slog.LevelInfo) {
		s.config.Log.Info("call", "operation", c.operation, "number", c.number, "fault", faultName(c.fault),
			"answer", answer.describe(c.operation))
	}
	if !wait(r.Context(), s.config.Latency+answer.wait) {
		panic(http.ErrAbortHandler) // nobody is there any more
	}
	answer.write(r.Context(), w, c.operation)
}

// SetFaults replaces what goes wrong from the next call on: a provider that recovers, or falls ill.
// The calls of a rule that names one by its number are counted from the simulator's beginning.
func (s *Simulator) SetFaults(faults Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.Faults = faults
}

// SetCallsPerSecond replaces [Config.CallsPerSecond] from the next call on: a provider that is busy,
// and one that has time again. 0 is no limit.
func (s *Simulator) SetCallsPerSecond(limit int) {
	if limit < 0 {
		panic(fmt.Sprintf("simulator: a limit of %d calls per second", limit))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.CallsPerSecond = limit
}

// arrive counts a call and decides its fault.
func (s *Simulator) arrive(r *http.Request) *call {
	c := &call{config: &s.config, mint: s.mint, macs: s.macs}
	c.operation, c.current = route(r.URL.Path)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.serial++
	s.calls[c.operation]++
	c.number = s.calls[c.operation]
	c.asText = s.config.Codes == CodesAsText || s.config.Codes == CodesMixed && s.serial%2 == 0
	c.fault = s.config.Faults.pick(s.config.Seed, c.operation, c.number, s.serial)
	s.arrivals.add(now)
	s.peak = max(s.peak, s.arrivals.count(now))
	c.limited = s.config.CallsPerSecond > 0 && s.admitted.count(now) >= s.config.CallsPerSecond
	if !c.limited && s.config.CallsPerSecond > 0 {
		s.admitted.add(now)
	}
	return c
}

// decide does what the call asks for, as far as rules and faults let it, and makes its answer.
func (s *Simulator) decide(c *call) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.advance(now)
	s.admit(c, now)
	result := s.obey(c, now)
	result.told.asText = c.asText
	s.record(c, now)
	return result
}

// admit does the checks that need the simulator's memory.
func (s *Simulator) admit(c *call, now time.Time) {
	if c.operation == TokenCall || !c.signed {
		return
	}
	if c.operation == TransferCall && c.refusal == nil {
		s.seeTransfer(c)
	}
	if !s.tokenAlive(c.token, now) {
		c.refuse(tokenInvalid())
	}
	if !s.externalIDs.use(c.externalID, now) {
		c.breach("X-EXTERNAL-ID", "used before on the same day", refuse(409, "00", "Conflict"))
	}
}

// obey lets the call's fault happen, or processes the call.
func (s *Simulator) obey(c *call, now time.Time) *answer {
	switch {
	case c.limited:
		return s.overLimit()
	case c.fault == nil:
		return s.keep(c, s.process(c, now))
	case c.fault.Kind == "previous-answer" || c.fault.Kind == "previous-answer-before":
		return s.repeatPrevious(c, now)
	case c.fault.Kind == "accepted-lost":
		return pretendAccepted(c)
	case c.fault.kind.Effect == DidNothing:
		return c.spoil(nil)
	case c.fault.kind.Effect == TakesLater:
		s.later(now, c.fault.Delay, func(at time.Time) {
			s.process(c, at)
			s.record(c, at)
		})
		return c.spoil(nil)
	}
	result := s.process(c, now)
	if seen := s.references[c.fields["partnerReferenceNo"]]; c.fault.kind.lies() && c.operation == TransferCall && seen != nil {
		seen.denied = true
	}
	return c.spoil(result)
}

// keep remembers a good answer. A copy: faults change answers.
func (s *Simulator) keep(c *call, a *answer) *answer {
	if a.status == 200 {
		kept := *a
		s.last[c.operation] = &kept
	}
	return a
}

// repeatPrevious answers with what another call of the operation was answered, or cuts the
// connection when there was none.
func (s *Simulator) repeatPrevious(c *call, now time.Time) *answer {
	previous := s.last[c.operation]
	if c.fault.kind.Effect == TookEffect {
		s.keep(c, s.process(c, now))
	}
	if previous == nil {
		return cutConnection()
	}
	again := *previous
	return &again
}

// spoil makes the answer of the call's fault out of the one that the call would have got.
func (c *call) spoil(a *answer) *answer {
	a = c.fault.kind.spoil(a)
	switch {
	case c.fault.kind.Effect == TakesLater:
	case a.manner == drips || a.manner == dripsHead:
		a.pause = c.fault.Delay
	case c.fault.Delay != 0:
		a.wait = c.fault.Delay
	case (c.fault.Kind == "401" || c.fault.Kind == "401-after") && c.operation == TokenCall:
		a = unauthorized("Signature")
	case c.fault.Kind == "duplicate-409" && c.operation == TransferCall:
		a = refuse(409, "01", "Duplicate partnerReferenceNo")
	}
	return a
}

// process gives the call to its operation, unless a check has refused it.
func (s *Simulator) process(c *call, now time.Time) *answer {
	if c.refusal != nil {
		return c.refusal
	}
	switch c.operation {
	case TokenCall:
		return s.issueToken(now)
	case BalanceCall:
		return s.askBalance(c, now)
	case InquiryCall:
		return s.inquire(c, now)
	case TransferCall:
		return s.transfer(c, now)
	case StatusCall:
		return s.status(c, now)
	}
	panic("simulator: a call of no operation was not refused")
}

// wait sleeps and tells whether the client is still there.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func faultName(rule *FaultRule) string {
	if rule == nil {
		return ""
	}
	return rule.Kind
}

// Calls returns how many calls of each operation arrived, refused and lost ones included.
func (s *Simulator) Calls() map[Operation]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// PeakCallsPerSecond returns the largest number of calls that arrived within any one second
// (calls exactly a second apart are not within one).
func (s *Simulator) PeakCallsPerSecond() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peak
}
