// Package batch is what happens to a payroll file's payouts, in which order, and what is tried
// again.
//
// [Run] is the pipeline: check the funding, then for every payout inquire, compare the name,
// transfer, poll. It is the same code for a first run and after a crash, because what happens to
// a payout depends on nothing but its status in the ledger. [TakeStock] and [Enter] bring a
// payroll file's lines into the ledger; [Pace] keeps to the provider's rate.
//
// What it promises: no transfer is sent without its intent on disk; a payout whose transfer may
// have left is only ever asked about; nothing is called settled unless check status says so,
// with our reference and amount, and nothing failed unless a listed answer says so. One failed
// payout does not stop the others; what concerns all of them stops the run.
//
// It leaves to others: reading files (payroll), the provider's protocol (kirimdoku), storage and
// the transition table (ledger), everything printed (cmd).
package batch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gajian/ledger"

	"golang.org/x/sync/errgroup"
)

// NameMode is what is done about a holder's name that differs from the file's.
type NameMode string

// The modes of the name check.
const (
	NameHold NameMode = "hold" // a person decides
	NameWarn NameMode = "warn" // pay, and say so in the payout's reason
	NameOff  NameMode = "off"  // do not compare
)

// Settings of a run. Every duration is positive.
type Settings struct {
	Concurrency   int           // payouts worked on at once
	PollFirst     time.Duration // from a transfer to the first status question; the ladder of those in doubt is made of it
	PollEvery     time.Duration // between further questions
	PollFor       time.Duration // how long after the last transfer a run waits for ends
	NotFoundAfter time.Duration // of nothing but "not found", before a person may let a payout be sent again
	SessionMaxAge time.Duration // an older inquiry is asked again
	NameMatch     NameMode
	Fee           ledger.Sen // expected for one transfer; for the funding check only
	ReturnsFor    time.Duration
	BankName      func(code string) string
	Actor         string // who appears in the journal: "run", "resume", "poll"
	Logger        *slog.Logger
	// Now is the wall clock; nil is time.Now. It is read only for what has to outlast the process, and
	// may be set back and forward while a run is under way. Waits and deadlines never follow it.
	Now func() time.Time
}

// Mode says what a run may do.
type Mode int

// The modes.
const (
	Pay     Mode = iota // everything, transfers included
	AskOnly             // status questions only: no inquiry, no transfer, no money moves
)

// FundingError says that the deposit does not hold enough. It is ErrInsufficientFunds.
type FundingError struct {
	Needed    ledger.Sen // amounts and expected fees of what is still to be sent
	Available ledger.Sen
	Payouts   int // still to be sent
	Asked     bool
}

// Error says the shortfall to the rupiah.
func (e *FundingError) Error() string {
	if !e.Asked {
		return fmt.Sprintf("%v: the provider refused a transfer for lack of funds", ErrInsufficientFunds)
	}
	return fmt.Sprintf("%v: lines still to pay: %d, with fees IDR %s; available IDR %s; missing IDR %s",
		ErrInsufficientFunds, e.Payouts, e.Needed.Grouped(), e.Available.Grouped(), (e.Needed - e.Available).Grouped())
}

// Is makes a FundingError an ErrInsufficientFunds.
func (e *FundingError) Is(target error) bool { return target == ErrInsufficientFunds }

// ErrOutage: the provider has not answered for so long that the run gave up.
var ErrOutage = errors.New("the provider does not answer")

// ErrLedger: the ledger could not be written or read; nothing more was sent.
var ErrLedger = errors.New("the ledger failed")

// Run carries a batch as far as it will go: check the funding, then for every payout inquire,
// compare the name, transfer, poll. It returns nil when it has done what a run can do, which
// need not mean that every payout is at its end: the ledger's summary tells.
//
// When ctx ends no new transfer starts, calls under way finish and are recorded, and Run returns
// ctx's cause. Other errors concern the whole run and say why it stopped: a *FundingError, an
// error with ErrCredentials, ErrNotAllowed, ErrCutOff, ErrConfiguration, ErrForm, ErrOutage, or ErrLedger.
func Run(ctx context.Context, store *ledger.Store, provider Provider, id string, mode Mode, s Settings) error {
	r := newRun(ctx, store, provider, id, mode, s)
	defer r.end(nil)
	short := r.checkFunding()
	switch {
	case errors.Is(short, ErrInsufficientFunds):
		r.mode = AskOnly // what is under way is asked about all the same
	case short != nil:
		return short
	}
	err := errors.Join(short, r.payAll())
	if ctx.Err() == nil && !errors.Is(err, ErrOutage) && !errors.Is(err, ErrLedger) {
		err = errors.Join(err, r.readClosingBalance())
	}
	r.completeShortfall(err)
	return err
}

// run is one call of Run.
type run struct {
	Settings
	store    *ledger.Store
	provider Provider
	batch    ledger.Batch
	id       string
	mode     Mode

	ctx      context.Context // ends when no new call may start
	end      context.CancelCauseFunc
	calls    context.Context // does not end: calls under way finish within their own deadline
	schedule *schedule
	health   *health // of all calls
	sending  *health // of transfers
	repairs  *repairs
	sessions sync.Map    // those given to this run and not used yet, to when they were asked for; at most one a payout
	moved    atomic.Bool // a payout has another status than before this run
}

func newRun(ctx context.Context, store *ledger.Store, provider Provider, id string, mode Mode, s Settings) *run {
	r := &run{Settings: s, store: store, provider: provider, id: id, mode: mode, calls: context.WithoutCancel(ctx), health: newHealth(s.Concurrency), sending: newHealth(s.Concurrency), repairs: newRepairs()}
	r.ctx, r.end = context.WithCancelCause(ctx)
	if r.Logger == nil {
		r.Logger = slog.New(slog.DiscardHandler)
	}
	if r.Now == nil {
		r.Now = time.Now
	}
	r.schedule = newSchedule(r)
	return r
}

// payAll works through the batch with Concurrency workers.
func (r *run) payAll() (err error) {
	if err := r.schedule.load(); err != nil {
		return fmt.Errorf("%w: %w", ErrLedger, err)
	}
	defer context.AfterFunc(r.ctx, r.schedule.wakeAll)()
	var workers errgroup.Group
	for range max(r.Concurrency, 1) {
		workers.Go(r.work)
	}
	err = workers.Wait()
	if err == nil && r.ctx.Err() != nil {
		err = context.Cause(r.ctx)
	}
	if flushed := r.store.Flush(r.calls); flushed != nil {
		err = errors.Join(err, fmt.Errorf("%w: %w", ErrLedger, flushed))
	}
	return err
}

// work takes payouts from the schedule until there are none, or the run ends.
func (r *run) work() error {
	for {
		if err := r.health.pause(r.ctx); err != nil {
			return nil
		}
		p, tries, found, err := r.schedule.next()
		if err != nil {
			return r.stop(fmt.Errorf("%w: %w", ErrLedger, err))
		}
		if !found {
			return nil
		}
		again, err := r.tend(p, tries)
		r.schedule.done(p, again)
		if err != nil {
			return r.stop(err)
		}
	}
}

// stop ends the run for everybody. The first reason counts.
func (r *run) stop(err error) error {
	r.end(err)
	if cause := context.Cause(r.ctx); cause != nil {
		return cause
	}
	return err
}

// again says when a payout has to be looked at next; the zero value: not in this run.
type again struct {
	after time.Duration
	tries int
	wait  bool
	retry bool // of something that had no answer: bounded by triesMax and not by Settings.PollFor
}

// tend takes one payout as far as it goes without waiting. What happens depends on its status
// alone, so a payout found after a crash is tended like any other.
func (r *run) tend(p ledger.Payout, tries int) (again, error) {
	switch p.Status {
	case ledger.Queued, ledger.Verified:
		return r.pay(p, tries)
	case ledger.Submitting, ledger.Pending, ledger.Settled:
		return r.poll(p, tries)
	}
	return again{}, nil
}

// pay inquires where that is needed, compares the name, and transfers.
func (r *run) pay(p ledger.Payout, tries int) (again, error) {
	leave, err := r.sending.admit(r.ctx)
	if err != nil {
		return again{}, nil
	}
	defer leave()
	if p.Status == ledger.Queued || r.sessionAged(p) {
		inquired, next, err := r.inquire(p, tries)
		if err != nil || inquired.Session == "" {
			return next, err
		}
		p = inquired
	}
	return r.transfer(p, tries)
}

// record hands a move to the ledger and returns the payout as it is then.
func (r *run) record(p ledger.Payout, to ledger.Status, evidence ledger.Evidence, via ...ledger.Status) (ledger.Payout, error) {
	if err := r.store.Record(r.calls, ledger.Move{Payout: p, Via: via, To: to, Actor: r.Actor, Evidence: evidence}); err != nil {
		return p, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	if p.Status != to {
		r.moved.Store(true)
	}
	p.Status = to
	return p, nil
}

// label names a payout in logs: batch and line, never an account.
func (r *run) log(p ledger.Payout) *slog.Logger {
	return r.Logger.With("batch", r.id, "line", p.Number, "reference", r.batch.Reference(p.Ordinal))
}
