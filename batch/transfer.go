package batch

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"gajian/ledger"
)

// transfer makes the transfer ready, records the intent durably, sends it once, and records the
// outcome. Everything that can be waited for is waited for before the intent, so that as little
// as possible lies between the intent and the first byte.
func (r *run) transfer(p ledger.Payout, tries int) (again, error) {
	order, err := r.provider.Prepare(r.ctx, Transfer{
		Reference: r.batch.Reference(p.Ordinal), Session: p.Session, BankCode: p.BankCode, BankName: r.bankName(p.BankCode),
		AccountNumber: p.AccountNumber, Amount: p.Amount, Name: p.Name, HolderName: p.HolderName, Phone: p.Phone, Remark: p.Remark,
	})
	if err != nil {
		return r.notPrepared(p, tries, err)
	}
	if r.ctx.Err() != nil {
		order.Discard()
		return again{}, nil
	}
	if r.sessionAged(p) { // the wait for a slot was long: the provider had told us to pause
		order.Discard()
		return later(tries), nil
	}
	r.sessions.Delete(p.Session) // serves one transfer
	p, err = r.submit(p, order)
	if err != nil {
		order.Discard()
		return again{}, err
	}
	order.Leaving = func() error { return r.store.Depart(order.ExternalID) }
	receipt, err := r.provider.Transfer(r.calls, order)
	r.schedule.worked()
	if err != nil {
		return r.transferFailed(p, tries, err)
	}
	r.answered()
	r.repairs.taken("transfer")
	return r.accepted(p, receipt)
}

// firstQuestionMin is the least time that a provider gets between accepting a transfer and the first question,
// unless Settings.PollFirst is less.
const firstQuestionMin = 5 * time.Second

func (r *run) bankName(code string) string {
	if r.BankName == nil {
		return ""
	}
	return r.BankName(code)
}

// notPrepared: nothing was sent and no intent recorded. The payout stays as it is, unless a
// person has to mend it first.
func (r *run) notPrepared(p ledger.Payout, tries int, err error) (again, error) {
	switch {
	case r.ctx.Err() != nil:
		return again{}, nil
	case OutcomeOf(err) == Stop:
		return again{}, err
	case OutcomeOf(err) == NeedsRepair:
		_, next, err := r.needsRepair(p, tries, err, p.Status)
		return next, err
	}
	r.log(p).Warn("the transfer could not be made ready; nothing was sent", "try", tries+1, "error", err)
	return later(tries), r.silent(err)
}

// answered notes an answer to a transfer that leaves no doubt.
func (r *run) answered() {
	r.health.answered()
	r.sending.answered()
}

// silent notes a transfer without a clear answer, and returns ErrOutage when there have been too
// many.
func (r *run) silent(err error) error {
	return cmp.Or(r.health.failed(err), r.sending.failed(err))
}

// submit records the intent.
//
// A crash before it is on disk: nothing was sent, the payout is still verified, the next run
// sends it. A crash after it: the transfer may have left or not; the next run finds the payout
// in doubt and asks check status, by the reference that is fixed since the batch was made. When
// only the process was killed, the ledger's departures tell those that never left.
func (r *run) submit(p ledger.Payout, order *Order) (ledger.Payout, error) {
	p.ExternalID, p.TransferredAt = order.ExternalID, r.Now()
	p.Attempts++
	p.ProviderReference, p.UnpaidSeen = "", false
	evidence := ledger.Evidence{ExternalID: order.ExternalID, Session: order.Session, BodyDigest: order.BodyDigest[:]}
	if err := r.store.Submit(r.calls, p, r.Actor, evidence); err != nil {
		return p, fmt.Errorf("%w: the intent of line %d could not be recorded, so it was not sent: %w", ErrLedger, p.Number, err)
	}
	p.Status = ledger.Submitting
	return p, nil
}

// neverLeft puts a payout back to verified whose transfer certainly did not leave. A session
// serves one transfer, so it is inquired again.
func (r *run) neverLeft(p ledger.Payout, evidence ledger.Evidence) error {
	p.Session, p.Reason, p.UnpaidSeen = "", "", false
	_, err := r.record(p, ledger.Verified, evidence)
	return err
}

// accepted records a receipt. Acceptance is not payment; and a receipt for something else is no
// receipt, so the payout stays in doubt.
//
// A crash before the record is on disk leaves the payout in doubt; check status tells the same.
func (r *run) accepted(p ledger.Payout, receipt Receipt) (again, error) {
	evidence := ledger.Evidence{Code: receipt.Code, Message: receipt.Message, ProviderReference: receipt.ProviderReference}
	if wrong := receipt.differs(r.batch.Reference(p.Ordinal), p); wrong != "" {
		r.log(p).Error("the provider's receipt is not for this transfer; it stays in doubt", "difference", wrong)
		p.Reason, evidence.Reason = "the provider's receipt is not for this transfer: "+wrong, wrong
		if receipt.Reference == r.batch.Reference(p.Ordinal) {
			evidence.Answer = ledger.AnswerKnown // whatever it is, the provider has something under our reference
		}
		_, err := r.record(p, ledger.Submitting, evidence)
		return r.ask(p), err
	}
	p.ProviderReference = receipt.ProviderReference
	p, err := r.record(p, ledger.Pending, evidence)
	// The transfer may have left long after its intent; what was accepted a moment ago is not asked about yet.
	return again{after: max(r.untilFirstQuestion(p), min(firstQuestionMin, r.PollFirst)), wait: true}, err
}

// differs says what in a receipt is not ours; empty when all of it is.
func (c Receipt) differs(reference string, p ledger.Payout) string {
	switch {
	case c.Reference != "" && c.Reference != reference:
		return fmt.Sprintf("it names reference %s, ours is %s", c.Reference, reference)
	case c.Amount != 0 && c.Amount != p.Amount:
		return fmt.Sprintf("it says IDR %s, ours is IDR %s", c.Amount, p.Amount)
	case c.Session != "" && c.Session != p.Session:
		return "it names another inquiry's session"
	}
	return ""
}

// transferFailed records what a failed transfer means. Only listed answers mean that no money
// moved; everything else is in doubt and is asked about, never sent again.
func (r *run) transferFailed(p ledger.Payout, tries int, err error) (again, error) {
	evidence := evidenceOf(err)
	switch OutcomeOf(err) {
	case Refused:
		r.answered()
		p.Reason = "the provider refused the transfer: " + evidence.words()
		_, err := r.record(p, ledger.Failed, evidence.Evidence)
		return again{}, err
	case NeedsRepair:
		if heardFrom(err) {
			r.answered()
		}
		_, next, err := r.needsRepair(p, tries, err, ledger.Verified, ledger.Verified)
		return next, err
	case NotTaken:
		if errors.Is(err, ledger.ErrDeparture) { // the disk is full, or worse
			return again{}, errors.Join(fmt.Errorf("%w: %w", ErrLedger, err), r.neverLeft(p, evidence.Evidence))
		}
		return r.backToVerified(p, tries, err)
	case Stop:
		p.Session = ""
		_, recorded := r.record(p, ledger.Verified, evidence.Evidence)
		if errors.Is(err, ErrInsufficientFunds) {
			err = &FundingError{}
		}
		return again{}, errors.Join(err, recorded)
	}
	r.log(p).Warn("the transfer had no clear answer; it is in doubt and will be asked about", "error", err)
	p.Reason = "the transfer had no clear answer: " + evidence.words()
	if exists(err) {
		evidence.Answer = ledger.AnswerKnown
	}
	if _, err := r.record(p, ledger.Submitting, evidence.Evidence); err != nil {
		return again{}, err
	}
	return r.ask(p), r.silent(err)
}

// backToVerified: it is certain that the provider did not take the transfer. A session serves
// one transfer, so the next try inquires again.
func (r *run) backToVerified(p ledger.Payout, tries int, err error) (again, error) {
	r.log(p).Info("the provider did not take the transfer; it will be sent again with the same reference", "try", tries+1, "error", err)
	p.Session = ""
	if _, err := r.record(p, ledger.Verified, evidenceOf(err).Evidence); err != nil {
		return again{}, err
	}
	switch {
	case throttled(err):
		// An answer, but of a provider that takes no transfers: what is asked to pause each time
		// would otherwise go on for days.
		r.health.answered()
		return later(tries), r.sending.failed(err)
	case heardFrom(err):
		r.answered()
		return later(tries), nil
	}
	return later(tries), r.silent(err)
}

// exists reports whether the provider said that it has the transfer, without accepting it.
func exists(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Exists
}

func throttled(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Throttled
}

// proofOf returns what an error of a transfer proves about it: its outcomes that are certain say
// that nothing was processed.
func proofOf(err error) ledger.Proof {
	switch OutcomeOf(err) {
	case NotTaken, NeedsRepair, Stop:
		return ledger.ProofNotTaken
	}
	return ledger.ProofNone
}
