package batch

import (
	"context"
	"fmt"
	"sync"

	"gajian/ledger"

	"golang.org/x/sync/errgroup"
)

// NameAnswer is what the bank said about one line's account.
type NameAnswer struct {
	Line   int
	Holder string // empty when there was no holder to be learnt
	Match  NameMatch
	Reason string // why a person should look; empty when the names fit, or a person accepted this one before
}

// silentMax is how many lines in a row may go without an answer until nobody is asked any more.
const silentMax = 5

// inquireTries is how often one holder is asked for; a check may leave a line unanswered.
const inquireTries = 3

// InquireAll asks the bank for the holder of every line's account and compares the names. No
// money moves and nothing is recorded. answer is called for each line, one call at a time, in
// no order. An error ends it early: one that concerns every line, or ctx's. store knows the names that
// a person has accepted; it may be nil.
func InquireAll(ctx context.Context, store *ledger.Store, provider Provider, lines Lines, s Settings, answer func(NameAnswer)) error {
	var group errgroup.Group
	group.SetLimit(max(s.Concurrency, 1))
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var mu sync.Mutex
	silent := 0 // lines in a row that could not be asked about
	read := lines(func(line ledger.Line) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		group.Go(func() error {
			got, silence, err := inquireName(ctx, store, provider, line)
			mu.Lock()
			defer mu.Unlock()
			if silent++; silence == nil {
				silent = 0
			}
			if err == nil && silent >= silentMax {
				err = fmt.Errorf("%w: %w", ErrOutage, silence)
			}
			if err != nil {
				end(err)
				return err
			}
			answer(got)
			return nil
		})
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return read
}

// inquireName asks for one line. silence is why there was no answer; err ends the whole check.
func inquireName(ctx context.Context, store *ledger.Store, provider Provider, line ledger.Line) (answer NameAnswer, silence, err error) {
	inquiry := Inquiry{Reference: checkReference(line), BankCode: line.BankCode, AccountNumber: line.AccountNumber, Name: line.Name, Amount: line.Amount}
	answer = NameAnswer{Line: line.Number}
	for try := range inquireTries {
		holder, err := provider.Inquire(ctx, inquiry)
		if err == nil {
			err = holder.matches(inquiry)
		}
		switch outcome := OutcomeOf(err); {
		case ctx.Err() != nil:
			return answer, nil, context.Cause(ctx)
		case err == nil:
			answer.Holder, answer.Match = holder.Name, CompareNames(line.Name, holder.Name)
			if answer.Match.Score < NameThreshold && !acceptedName(store, line, holder.Name) {
				answer.Reason = answer.Match.Reason
			}
			return answer, nil, nil
		case outcome == Stop:
			return answer, nil, err
		case outcome == Refused || outcome == NeedsRepair:
			answer.Reason = "the bank does not accept the account: " + evidenceOf(err).words()
			return answer, nil, nil
		default:
			answer.Reason, silence = "the bank could not be asked: "+evidenceOf(err).words(), err
			if try < inquireTries-1 {
				_ = sleep(ctx, retryStep<<try)
			}
		}
	}
	return answer, silence, nil
}

// acceptedName reports whether a person accepted the holder's name before; one who cannot be found out
// to have done so is asked again.
func acceptedName(store *ledger.Store, line ledger.Line, holder string) bool {
	if store == nil {
		return false
	}
	accepted, err := store.Accepted(ledger.AcceptName(line.BankCode, line.AccountNumber, line.Name, holder))
	return err == nil && accepted
}

// checkReference names an inquiry that belongs to no batch.
func checkReference(line ledger.Line) string {
	d := ledger.NewDigester()
	d.Add(line)
	digest := d.LinesDigest()
	return ledger.Batch{ReferencePrefix: fmt.Sprintf("GJCHECK%X", digest[:8])}.Reference(line.Number)
}
