package batch

import (
	"errors"
	"fmt"
	"time"

	"gajian/ledger"
)

// triesMax bounds how often one payout's inquiry or transfer is made in one run when the
// provider takes nothing; the next run starts again.
const triesMax = 10

// retryStep is the wait before the second try; it doubles up to retryLongest.
const (
	retryStep    = 500 * time.Millisecond
	retryLongest = time.Minute
)

// later schedules another try, or none in this run when there were enough.
func later(tries int) again {
	if tries+1 >= triesMax {
		return again{}
	}
	return again{after: min(retryStep<<tries, retryLongest), tries: tries + 1, wait: true, retry: true}
}

// sessionAged reports whether a verified payout has to be inquired again: its session was used
// up, is too old by either clock (the monotonic one may stand still while the machine sleeps, the
// wall clock jumps), or was given to an earlier run. How old that one is only the wall clock could
// say, and when it was set back meanwhile an old session looks fresh; to ask once more is cheaper.
func (r *run) sessionAged(p ledger.Payout) bool {
	given, ours := r.sessions.Load(p.Session)
	if p.Session == "" || !ours {
		return true
	}
	age := r.Now().Sub(p.InquiredAt)
	return age > r.SessionMaxAge || age < 0 || time.Since(given.(time.Time)) > r.SessionMaxAge
}

// inquire asks the bank for the holder and compares the name. Only a payout that comes back with
// a session may be transferred; one without is held or rejected, or again says when to ask once
// more. A session from an earlier inquiry never comes back.
func (r *run) inquire(p ledger.Payout, tries int) (ledger.Payout, again, error) {
	inquiry := Inquiry{Reference: r.batch.Reference(p.Ordinal), BankCode: p.BankCode, AccountNumber: p.AccountNumber, Name: p.Name, Amount: p.Amount}
	asked, started := r.Now(), time.Now()
	holder, err := r.provider.Inquire(r.ctx, inquiry)
	p.Session = ""
	if r.ctx.Err() != nil {
		return p, again{}, nil
	}
	if err == nil {
		err = holder.matches(inquiry)
	}
	if err != nil {
		p, next, err := r.inquiryFailed(p, tries, err)
		return p, next, err
	}
	r.health.answered()
	r.repairs.taken("inquiry")
	p.HolderName, p.Fee, p.Session, p.InquiredAt = holder.Name, holder.Fee, holder.Session, asked
	p, next, err := r.judge(p, holder)
	if p.Session != "" {
		r.sessions.Store(p.Session, started)
	}
	return p, next, err
}

// matches reports why an answer is not one to this inquiry, or not usable.
func (h Holder) matches(i Inquiry) error {
	wrong := ""
	switch {
	case h.Reference != "" && h.Reference != i.Reference:
		wrong = "the answer is to another inquiry"
	case h.AccountNumber != "" && h.AccountNumber != i.AccountNumber, h.BankCode != "" && h.BankCode != i.BankCode:
		wrong = "the answer is about another account"
	case h.Amount != 0 && h.Amount != i.Amount:
		wrong = fmt.Sprintf("the answer is about IDR %s, we asked about IDR %s", h.Amount, i.Amount)
	case h.Session == "":
		wrong = "the answer has no session"
	case h.Fee < 0:
		wrong = "the answer has a negative fee"
	default:
		return nil
	}
	return &Error{Operation: "inquiry", Outcome: InDoubt, Code: h.Code, Message: wrong}
}

// inquiryFailed records what a failed inquiry means for the payout. No money has moved.
func (r *run) inquiryFailed(p ledger.Payout, tries int, err error) (ledger.Payout, again, error) {
	evidence := evidenceOf(err)
	switch OutcomeOf(err) {
	case Refused:
		r.health.answered()
		p.Reason = "the bank does not accept the account: " + evidence.words()
		p, err := r.record(p, ledger.Rejected, evidence.Evidence)
		return p, again{}, err
	case NeedsRepair:
		return r.needsRepair(p, tries, err, p.Status)
	case Stop:
		return p, again{}, err
	}
	r.log(p).Warn("the inquiry had no answer", "try", tries+1, "error", err)
	return p, later(tries), r.health.failed(err)
}

// judge decides on a holder: verified, or held for a person. The record of a first verification
// is not waited for: a crash that loses it costs another inquiry.
func (r *run) judge(p ledger.Payout, holder Holder) (ledger.Payout, again, error) {
	evidence := ledger.Evidence{Code: holder.Code}
	hold, reason, err := r.objection(&p, holder)
	if err != nil {
		return p, again{}, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	if hold != ledger.HoldNone {
		p.Hold, p.Reason, p.Session, evidence.Reason = hold, reason, "", reason
		p, err := r.record(p, ledger.Held, evidence)
		return p, again{}, err
	}
	p.Reason = reason
	if p.Status == ledger.Verified {
		return p, again{}, nil // its new session is recorded with the intent
	}
	p, err = r.record(p, ledger.Verified, evidence)
	return p, again{}, err
}

// objection returns why a person has to decide, or with HoldNone what has to be said although
// nobody has to.
func (r *run) objection(p *ledger.Payout, holder Holder) (ledger.Hold, string, error) {
	if holder.BeneficiaryAmount != 0 && holder.BeneficiaryAmount != p.Amount && !p.AcceptFee {
		return ledger.HoldFee, fmt.Sprintf("IDR %s would arrive instead of IDR %s: ask the provider who bears the fee", holder.BeneficiaryAmount.Grouped(), p.Amount.Grouped()), nil
	}
	match := CompareNames(p.Name, holder.Name)
	p.NameScore = match.Score // also when nobody minds: the workbook shows it
	if match.Score >= NameThreshold || r.NameMatch == NameOff {
		return ledger.HoldNone, "", nil
	}
	accepted, err := r.store.Accepted(ledger.AcceptName(p.BankCode, p.AccountNumber, p.Name, holder.Name))
	if err != nil || accepted {
		return ledger.HoldNone, "name at bank accepted before", err
	}
	reason := fmt.Sprintf("name at bank is %q: %s", holder.Name, match.Reason)
	if r.NameMatch == NameWarn {
		return ledger.HoldNone, reason, nil
	}
	return ledger.HoldName, reason, nil
}

// providerEvidence is what a provider's error proves.
type providerEvidence struct{ ledger.Evidence }

func evidenceOf(err error) providerEvidence {
	var e *Error
	if errors.As(err, &e) && e.Code != "" {
		return providerEvidence{ledger.Evidence{Code: e.Code, Message: e.Message, Proof: proofOf(err)}}
	}
	return providerEvidence{ledger.Evidence{Message: err.Error(), Proof: proofOf(err)}}
}

func (e providerEvidence) words() string {
	if e.Code == "" {
		return e.Message
	}
	return e.Message + " (" + e.Code + ")"
}
