package batch_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"
)

// chaosPlan is everything that a seed decides.
type chaosPlan struct {
	seed   int64
	lines  []ledger.Line
	wishes map[int]wish // by line: what a person wants of it
	lives  []life
	faults string

	concurrency, rate, callsPerSecond   int
	opening                             ledger.Sen
	tokenLifetime, sessionLifetime      time.Duration
	settleAfter, unpaidFor, refundAfter time.Duration
	latency, notFoundAfter, pollFor     time.Duration
	codes                               simulator.CodeForm
}

// life is what happens to one process. Calls and writes are counted from 1 in each life; 0 is never.
type life struct {
	mode    batch.Mode
	end     ends
	at      int  // the call or the write at which it ends
	power   bool // its end is a loss of power: what the next life finds is a copy
	jump    time.Duration
	jumpAt  int // the call before which the clock jumps; 0: before the life
	second  int // the call at which a second process comes
	topUp   bool
	topUpAt int // the call at which money comes; 0: before the life
	rest    time.Duration
}

// ends is how a process ends.
type ends string

// The ends of a process.
const (
	runsThrough ends = ""
	signalled   ends = "signal at a call"
	beforeCall  ends = "killed before a call left"
	afterCall   ends = "killed after a call was answered"
	beforeWrite ends = "killed before a durable write"
	afterWrite  ends = "killed after a durable write"
)

// wish is what a person wants of a line.
type wish struct {
	held, doubt, verified decisionWord
	meddles               bool // tries what is not allowed
}

type decisionWord string

const (
	leave   decisionWord = ""
	release decisionWord = "release"
	cancel  decisionWord = "cancel"
)

// drawer draws from a seed.
type drawer struct{ *rand.Rand }

func (d drawer) chance(percent int) bool { return d.IntN(100) < percent }

func oneOf[T any](d drawer, values ...T) T { return values[d.IntN(len(values))] }

func drawChaos(seed int64) chaosPlan {
	d := drawer{rand.New(rand.NewPCG(uint64(seed), 0x6761_6a69_616e))}
	p := chaosPlan{
		seed: seed, wishes: map[int]wish{},
		concurrency: oneOf(d, 1, 1, 2, 4, 12), rate: oneOf(d, 3, 10, 50, testRate),
		tokenLifetime: oneOf(d, 10*time.Second, time.Minute, 15*time.Minute), sessionLifetime: oneOf(d, 30*time.Second, 15*time.Minute),
		settleAfter: oneOf(d, 0, 10*time.Second, 10*time.Minute, 5*time.Hour), unpaidFor: oneOf(d, 2*time.Second, time.Hour),
		refundAfter: oneOf(d, 2*time.Second, 5*time.Minute, 30*time.Hour), latency: oneOf(d, 0, 0, 40*time.Millisecond, 2*time.Second),
		notFoundAfter: oneOf(d, 6*time.Hour, 24*time.Hour), pollFor: oneOf(d, time.Minute, time.Minute, 15*time.Minute, 15*time.Minute, time.Hour),
		codes: oneOf(d, simulator.CodesAsNumbers, simulator.CodesAsText, simulator.CodesMixed),
	}
	p.lines = d.payroll(2 + d.IntN(14))
	for _, l := range p.lines {
		p.wishes[l.Number] = wish{held: oneOf(d, leave, release, release, cancel), doubt: oneOf(d, release, release, release, cancel), verified: oneOf(d, leave, leave, leave, leave, leave, cancel), meddles: d.chance(30)}
	}
	if d.chance(30) { // the provider's true limit lies below ours
		p.callsPerSecond = max(p.rate/2, 2)
	}
	p.opening = 10_000_000_000 * ledger.Rupiah
	if d.chance(30) {
		p.opening = max(totalOf(p.lines)*ledger.Sen(d.IntN(120))/100, 1)
	}
	p.faults = d.faults()
	for range 1 + d.IntN(6) {
		p.lives = append(p.lives, d.life())
	}
	return p
}

// calm is the same payroll without anything that disturbs it.
func (p chaosPlan) calm() chaosPlan {
	p.faults, p.lives, p.callsPerSecond, p.opening, p.concurrency = "", nil, 0, 10_000_000_000*ledger.Rupiah, 1
	p.tokenLifetime, p.sessionLifetime, p.rate = 15*time.Minute, 15*time.Minute, testRate
	return p
}

// inOrder reports whether everything that can be traced happens in one order. It does not when
// workers race; when a wait after a 429 is drawn by the client; when a group of durable writes, which
// depends on who is faster, decides about the end; and when a signal meets a call on its way.
func (p chaosPlan) inOrder() bool {
	disorder := p.concurrency > 1 || strings.Contains(p.faults, "429") || p.callsPerSecond > 0
	for _, l := range p.lives {
		disorder = disorder || l.end == beforeWrite || l.end == afterWrite || l.end == signalled
	}
	return !disorder
}

// special are the reserved accounts, and how often each is drawn against the others.
var special = []string{"01", "02", "03", "03", "04", "05", "06", "07", "07", "08", "08"}

// payroll draws the lines of a file.
func (d drawer) payroll(n int) []ledger.Line {
	lines := people(n)
	row := 1
	for i := range lines {
		l := &lines[i]
		row += 1 + d.IntN(3) // blank rows
		l.Number, l.Amount = row, ledger.Sen(1+d.IntN(25_000_000))*ledger.Rupiah
		l.BankCode = oneOf(d, "014", "008", "002", "009", "451")
		l.AccountNumber = fmt.Sprintf("8%011d", d.Int64N(10_000_000_000)*10+int64(i%10))
		switch {
		case d.chance(25):
			l.AccountNumber = fmt.Sprintf("99900000%03d%s", i, oneOf(d, special...))
		case d.chance(8):
			l.AccountNumber = fmt.Sprintf("7712345%03d", i)
		case d.chance(4):
			l.AccountNumber = "7746555134"
		case i > 0 && d.chance(6): // the same employee once more, perhaps as another kind of pay
			other := lines[d.IntN(i)]
			number := l.Number
			*l = other
			l.Number, l.PayType = number, oneOf(d, other.PayType, "THR")
		}
	}
	return lines
}

// pendingForEver reports whether the provider never ends a transfer to the line's account.
func (p chaosPlan) pendingForEver(l ledger.Line) bool {
	return strings.HasPrefix(l.AccountNumber, "99900000") && strings.HasSuffix(l.AccountNumber, "06")
}

// lies are answers that no client can see through: the provider says in the words of its contract
// that it did what it did not do, or did nothing of what it did. The table of faults says what becomes
// of them.
var lies = []string{"429-after", "401-after", "accepted-lost", "previous-answer", "previous-answer-before"}

// once are the faults that happen to one call and not again and again: lies that the second look
// reveals, and what takes much time to deliver.
var once = []string{"says-refunded", "says-cancelled", "says-failed", "deep", "deep-before", "endless-body", "endless-body-before",
	"endless-head", "endless-head-before", "gzip-bomb", "gzip-bomb-before", "early-hints", "early-hints-before"}

// plain are the faults of every bad night, drawn as often as all the others together.
var plain = []string{"no-connection", "lose-request", "lose-response", "late", "500-before", "500-after", "504-before", "504-after",
	"502-html", "truncated", "cut-answer", "slow", "in-progress", "401", "429", "duplicate-409", "not-found", "not-found-07"}

// faults draws a specification: kinds now and then, and kinds at certain calls.
func (d drawer) faults() string {
	kinds := slices.DeleteFunc(simulator.FaultKinds(), func(k simulator.FaultKind) bool { return slices.Contains(lies, k.Name) })
	var rules []string
	for range d.IntN(8) {
		kind := kinds[d.IntN(len(kinds))]
		if d.chance(50) {
			name := oneOf(d, plain...)
			kind = kinds[slices.IndexFunc(kinds, func(k simulator.FaultKind) bool { return k.Name == name })]
		}
		name, operation := kind.Name, kind.Operations[d.IntN(len(kind.Operations))]
		if wanted := oneOf(d, simulator.TransferCall, simulator.TransferCall, simulator.StatusCall, operation); slices.Contains(kind.Operations, wanted) {
			operation = wanted // where it can cost money
		}
		if kind.Delay > 0 && d.chance(50) {
			name += "/" + oneOf(d, time.Second, 25*time.Second, 3*time.Minute).String()
		}
		if d.chance(50) && !slices.Contains(once, kind.Name) {
			rules = append(rules, fmt.Sprintf("%s:%s=%d%%", operation, name, oneOf(d, 1, 5, 10, 20)))
		} else {
			rules = append(rules, fmt.Sprintf("%s:%s@%d", operation, name, 1+d.IntN(20)))
		}
	}
	return strings.Join(rules, ",")
}

// life draws what happens to one process.
func (d drawer) life() life {
	l := life{rest: oneOf(d, 2*time.Second, 2*time.Second, time.Minute, time.Hour, 9*time.Hour, 3*24*time.Hour)}
	if d.chance(15) {
		l.mode = batch.AskOnly
	}
	l.end = oneOf(d, runsThrough, signalled, beforeCall, afterCall, afterCall, beforeWrite, afterWrite)
	l.at, l.power = 1+d.IntN(40), d.chance(25)
	if d.chance(30) {
		l.jump, l.jumpAt = oneOf(d, time.Hour, -time.Hour, 25*time.Hour, -25*time.Hour, year, -year, 10*time.Minute), d.IntN(40)
	}
	if d.chance(30) {
		l.second = 1 + d.IntN(30)
	}
	if d.chance(20) {
		l.topUp, l.topUpAt = true, d.IntN(30)
	}
	return l
}
