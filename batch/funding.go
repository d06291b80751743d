package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gajian/ledger"
)

// balanceTries is how often the balance is asked before a run gives up; with the waits between
// them about eight seconds.
const balanceTries = 5

// checkFunding compares the deposit with what is still to be sent, amounts and expected fees,
// and records the reading. It checks nothing when nothing is to be sent.
func (r *run) checkFunding() error {
	summary, err := r.store.Summary(r.id)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLedger, err)
	}
	r.batch = summary.Batch
	queued, verified := summary.ByStatus[ledger.Queued], summary.ByStatus[ledger.Verified]
	payouts := queued.Count + verified.Count
	if r.mode == AskOnly || payouts == 0 {
		return nil
	}
	funds, err := r.askBalance(r.ctx)
	if err != nil {
		return err
	}
	if err := r.store.RecordBalance(r.calls, r.id, r.Actor, funds.Available, false); err != nil {
		return fmt.Errorf("%w: %w", ErrLedger, err)
	}
	needed := queued.Amount + verified.Amount + ledger.Sen(payouts)*r.Fee
	if funds.Available < needed {
		return &FundingError{Needed: needed, Available: funds.Available, Payouts: payouts, Asked: true}
	}
	return nil
}

// askBalance asks until there is an answer; a balance inquiry changes nothing, so it may be repeated.
func (r *run) askBalance(ctx context.Context) (funds Funds, err error) {
	for try := range balanceTries {
		if funds, err = r.provider.Balance(ctx); err == nil {
			return funds, nil
		}
		if outcome := OutcomeOf(err); ctx.Err() != nil || outcome == Stop || outcome == Refused || outcome == NeedsRepair {
			break
		}
		r.Logger.Warn("the balance inquiry had no answer", "try", try+1, "of", balanceTries, "error", err)
		if try < balanceTries-1 {
			_ = sleep(ctx, 500*time.Millisecond<<try)
		}
	}
	if ctx.Err() != nil {
		return Funds{}, context.Cause(ctx)
	}
	return Funds{}, fmt.Errorf("the balance could not be read: %w", err)
}

// readClosingBalance records what the deposit holds at the end of a run. The proof in the report
// needs it, the payments do not: a failure is only logged.
func (r *run) readClosingBalance() error {
	summary, err := r.store.Summary(r.id)
	if err != nil || !summary.Balance.HasOpened || !r.closes(summary) {
		return nil
	}
	ctx, stop := context.WithTimeout(r.calls, closingBalanceMax)
	defer stop()
	funds, err := r.askBalance(ctx)
	if err != nil {
		r.Logger.Warn("the closing balance could not be read; the report shows none", "error", err)
		return nil
	}
	if err := r.store.RecordBalance(r.calls, r.id, r.Actor, funds.Available, true); err != nil {
		return fmt.Errorf("%w: %w", ErrLedger, err)
	}
	return nil
}

// closes reports whether a reading now belongs into the batch's proof: not when nothing has moved
// since the last one. A run that had something to pay always closes.
func (r *run) closes(s ledger.Summary) bool {
	return r.mode == Pay && !s.Finished() || r.moved.Load() || s.Balance.Moved
}

// completeShortfall tells a shortfall that the provider noticed in mid-run to the rupiah, as far
// as the closing balance shows one.
func (r *run) completeShortfall(err error) {
	var funding *FundingError
	if !errors.As(err, &funding) || funding.Asked {
		return
	}
	s, err := r.store.Summary(r.id)
	if err != nil || !s.Balance.Proves() {
		return
	}
	queued, verified := s.ByStatus[ledger.Queued], s.ByStatus[ledger.Verified]
	payouts := queued.Count + verified.Count
	needed := queued.Amount + verified.Amount + ledger.Sen(payouts)*r.Fee
	if needed > s.Balance.Closing {
		*funding = FundingError{Needed: needed, Available: s.Balance.Closing, Payouts: payouts, Asked: true}
	}
}

// closingBalanceMax bounds the last question of a run; one that was interrupted does not ask it.
const closingBalanceMax = 20 * time.Second
