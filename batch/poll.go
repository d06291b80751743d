package batch

import (
	"fmt"
	"strings"
	"time"

	"gajian/ledger"
)

// ladder are the times after an intent at which a payout in doubt is asked about, in units of
// Settings.PollFirst: with its default of a minute 1, 2, 5, 10 and 30 minutes, then every hour.
// Right after a lost answer "not found" proves nothing: the transfer may still be on its way.
var ladder = []time.Duration{1, 2, 5, 10, 30}

const ladderThen = 60

// firstQuestion returns when a payout found under way is asked about for the first time in this
// run, since its start; ask is false when it need not be. A return that was seen once is asked about
// until it is decided, however long ago the payment was.
func (r *run) firstQuestion(p ledger.Payout) (due time.Duration, ask bool) {
	switch p.Status {
	case ledger.Settled:
		return 0, p.UnpaidSeen || r.Now().Sub(p.SettledAt) < r.ReturnsFor
	}
	if r.mode == AskOnly {
		return 0, true
	}
	return r.untilFirstQuestion(p), true
}

// untilFirstQuestion is what is left of Settings.PollFirst since p's intent, bounded in case that the
// clock was set meanwhile.
func (r *run) untilFirstQuestion(p ledger.Payout) time.Duration {
	return min(max(r.PollFirst-r.Now().Sub(p.TransferredAt), 0), r.PollFirst)
}

// ask schedules the next question about a payout under way.
func (r *run) ask(p ledger.Payout) again {
	switch {
	case r.mode == AskOnly:
		return again{}
	case p.Status == ledger.Pending:
		return again{after: r.PollEvery, wait: true}
	}
	return again{after: r.rung(p), wait: true}
}

// rung returns how long from now the next rung of the ladder is.
func (r *run) rung(p ledger.Payout) time.Duration {
	now := r.Now()
	return NextQuestion(p, r.PollFirst, now).Sub(now)
}

// NextQuestion returns when a payout in doubt is asked about next by a run that has just asked, or
// found it: the next rung of the ladder, whose unit is Settings.PollFirst.
func NextQuestion(p ledger.Payout, first time.Duration, now time.Time) time.Time {
	elapsed := now.Sub(p.TransferredAt)
	switch {
	case elapsed < 0 && p.Answers > 0:
		// The clock was set back, so of the age of the transfer nothing is known, and may not be for
		// a year. The longest step does no harm.
		return now.Add(ladderThen * first)
	case elapsed < 0: // nothing was answered yet: the first question comes when it always does
		elapsed = 0
	}
	for _, step := range ladder {
		if at := step * first; at > elapsed {
			return now.Add(at - elapsed)
		}
	}
	return now.Add(ladderThen * first)
}

// poll asks how a transfer stands and records what the answer is worth.
//
// A crash before the record is on disk loses an answer that the next run gets again.
func (r *run) poll(p ledger.Payout, tries int) (again, error) {
	standing, err := r.provider.Status(r.ctx, Query{
		Reference: r.batch.Reference(p.Ordinal), ProviderReference: p.ProviderReference, Session: p.Session, ExternalID: p.ExternalID,
	})
	switch {
	case r.ctx.Err() != nil:
		return again{}, nil
	case err != nil && OutcomeOf(err) == Stop:
		return again{}, err
	case err != nil:
		r.log(p).Warn("the status question had no answer", "error", err)
		return r.pollUnanswered(p, tries, err), r.health.failed(err)
	}
	r.health.answered()
	if wrong := standing.differs(r.batch.Reference(p.Ordinal), p); wrong != "" {
		return r.disbelieve(p, standing, wrong)
	}
	return r.believe(p, standing)
}

// pollAgain asks once more at the usual distance. Who only asks has his answer.
func (r *run) pollAgain(p ledger.Payout) again {
	if r.mode == AskOnly {
		return again{}
	}
	return again{after: r.PollEvery, wait: true}
}

// pollUnanswered schedules a question again that had no answer. One that the provider did not take
// because there were too many has not been asked yet: it comes soon again, or else the same payout
// could be the one too many at every turn, and never be heard of.
func (r *run) pollUnanswered(p ledger.Payout, tries int, err error) again {
	switch {
	case r.mode == AskOnly:
		return later(tries)
	case throttled(err) && tries+1 < triesMax:
		soon := later(tries)
		soon.retry = false // like every question, not after Settings.PollFor
		return soon
	}
	return r.pollAgain(p)
}

// differs says what in an answer is not about our transfer; empty when it may be believed.
// An answer that decides about money has to name our reference and our amount.
func (s Standing) differs(reference string, p ledger.Payout) string {
	decides := s.Phase == PhasePaid || s.Phase == PhaseFailed || s.Phase == PhaseRefunded || s.Phase == PhaseCancelled
	switch {
	case s.Reference != "" && s.Reference != reference:
		return fmt.Sprintf("it names reference %s, ours is %s", s.Reference, reference)
	case s.Amount != 0 && s.Amount != p.Amount:
		return fmt.Sprintf("it says IDR %s, ours is IDR %s", s.Amount, p.Amount)
	case (decides || s.Phase == PhaseInProgress) && s.Reference == "":
		return "it names no reference"
	case decides && s.Amount == 0:
		return "it names no amount"
	}
	return ""
}

// disbelieve records that an answer was not about our transfer, once for each difference.
func (r *run) disbelieve(p ledger.Payout, standing Standing, wrong string) (again, error) {
	r.log(p).Error("check status answered about another transfer; nothing is concluded from it", "difference", wrong)
	if p.Status == ledger.Settled {
		return again{}, nil
	}
	reason, answer := "check status answered about another transfer: "+wrong, ledger.AnswerUnclear
	if standing.Reference == r.batch.Reference(p.Ordinal) {
		answer = ledger.AnswerKnown // whatever it is, the provider has something under our reference
	}
	if p.Reason != reason || p.LastAnswer != answer {
		p.Reason = reason
		evidence := standing.evidence(answer)
		evidence.Reason = wrong
		if _, err := r.record(p, p.Status, evidence); err != nil {
			return again{}, err
		}
	}
	return r.pollAgain(p), nil
}

func (s Standing) evidence(answer ledger.Answer) ledger.Evidence {
	return ledger.Evidence{Code: s.Code, TransferStatus: s.TransferStatus, Message: s.Message, ProviderReference: s.ProviderReference, Answer: answer}
}

// believe records what an answer about our transfer says.
func (r *run) believe(p ledger.Payout, standing Standing) (again, error) {
	if standing.ProviderReference != "" {
		p.ProviderReference = standing.ProviderReference
	}
	if p.Status == ledger.Settled {
		return r.believeReturn(p, standing)
	}
	if p.Status == ledger.Submitting && standing.known() {
		r.sending.answered() // late, but it has the transfer
	}
	switch standing.Phase {
	case PhasePaid:
		return r.settle(p, standing, ledger.Settled)
	case PhaseFailed, PhaseCancelled, PhaseRefunded:
		return r.unpaidOnce(p, standing)
	case PhaseNotFound:
		return r.notFound(p, standing)
	case PhaseInProgress:
		return r.inProgress(p, standing)
	}
	return r.unlisted(p, standing)
}

// known reports whether the provider has the transfer.
func (s Standing) known() bool { return s.Phase != PhaseUnknown && s.Phase != PhaseNotFound }

// notListed begins the reason of a payout whose last answer was not in the provider's list.
const notListed = "check status gave an answer that is not in the provider's list: "

// unlisted: the answer is not in the provider's list, so nothing is concluded from it; but it is
// not "not found" either, and it may show that the provider has the transfer.
func (r *run) unlisted(p ledger.Payout, standing Standing) (again, error) {
	r.log(p).Error("check status gave an answer that is not in the provider's list; nothing is concluded from it", "status", standing.TransferStatus, "code", standing.Code)
	answer := ledger.AnswerUnclear
	if standing.Exists && p.Status == ledger.Submitting { // of one that was accepted that is no news
		answer = ledger.AnswerKnown
	}
	if p.LastAnswer != answer || !strings.HasPrefix(p.Reason, notListed) { // said once, that is enough for the journal
		p.Reason = notListed + standing.words()
		if _, err := r.record(p, p.Status, standing.evidence(answer)); err != nil {
			return again{}, err
		}
	}
	return r.pollAgain(p), nil
}

func (s Standing) words() string {
	if s.Message == "" {
		return "status " + s.TransferStatus
	}
	return fmt.Sprintf("%s (status %s)", s.Message, s.TransferStatus)
}

func (r *run) settle(p ledger.Payout, standing Standing, to ledger.Status, via ...ledger.Status) (again, error) {
	p.SettledAt = standing.PaidAt
	if p.SettledAt.IsZero() {
		p.SettledAt = r.Now()
	}
	if to == ledger.Settled {
		p.Reason = r.paidAlthough(p)
	}
	p.UnpaidSeen = false
	_, err := r.record(p, to, standing.evidence(ledger.AnswerKnown), via...)
	return again{}, err
}

// paidAlthough says what has to be said of a payment although it was made; mostly nothing.
func (r *run) paidAlthough(p ledger.Payout) string {
	if r.NameMatch == NameOff || p.NameScore >= NameThreshold || p.HolderName == "" {
		return ""
	}
	return fmt.Sprintf("paid although the name at bank is %q", p.HolderName)
}

func (r *run) failed(p ledger.Payout, standing Standing) (again, error) {
	p.Reason = "the transfer failed, nothing was paid: " + standing.words()
	p.UnpaidSeen = false
	_, err := r.record(p, ledger.Failed, standing.evidence(ledger.AnswerKnown))
	return again{}, err
}

// unpaidOnce believes at the second look that the beneficiary has no money: a person pays such a
// payout anew, with another reference, and nothing can save it then if the first look was wrong.
//
// A crash between the looks leaves the first on record with its time, so that the next run's first
// question is not the second look a moment later.
func (r *run) unpaidOnce(p ledger.Payout, standing Standing) (again, error) {
	left, soon := r.secondLook(p.LastAnswerAt)
	switch {
	case p.UnpaidSeen && soon:
		return again{after: left, wait: true}, nil
	case p.UnpaidSeen && standing.Phase == PhaseRefunded:
		p.ReturnedAt = r.Now()
		p.Reason = "paid, and the money came back: " + standing.words()
		return r.settle(p, standing, ledger.Returned, ledger.Settled)
	case p.UnpaidSeen:
		return r.failed(p, standing)
	}
	p.UnpaidSeen = true
	p.Reason = "check status called the transfer unpaid once; a second look decides"
	look := ledger.Move{Payout: p, To: p.Status, Actor: r.Actor, Evidence: standing.evidence(ledger.AnswerKnown), HeardAt: r.Now()}
	if err := r.store.Record(r.calls, look); err != nil {
		return again{}, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	return again{after: r.PollEvery, wait: true}, nil
}

// secondLook reports whether it is too soon after the first look for the second to count, and how
// long it has to wait. A clock that was set back cannot make it wait for more than PollEvery: a first
// look that lies in the future is as good as an old one.
func (r *run) secondLook(first time.Time) (left time.Duration, soon bool) {
	passed := r.Now().Sub(first)
	return r.PollEvery - passed, passed >= 0 && passed < r.PollEvery
}

// inProgress: the provider has the transfer, so it is not in doubt any more.
func (r *run) inProgress(p ledger.Payout, standing Standing) (again, error) {
	if p.Status == ledger.Pending && !p.UnpaidSeen && (p.LastAnswer == ledger.AnswerNone || p.LastAnswer == ledger.AnswerKnown) {
		return r.pollAgain(p), nil
	}
	p.Reason, p.UnpaidSeen = "", false
	p, err := r.record(p, ledger.Pending, standing.evidence(ledger.AnswerKnown))
	return r.pollAgain(p), err
}

// notFound: the provider says that it does not know the transfer. For one that it has accepted
// that is a contradiction. For one in doubt it proves nothing before the not-found time is over,
// of which the ledger keeps count, and then a person decides; unless our own note of departures
// proves that it never left.
func (r *run) notFound(p ledger.Payout, standing Standing) (again, error) {
	if r.store.NeverLeft(p) && !p.ProviderKnows {
		evidence := standing.evidence(ledger.AnswerNotFound)
		evidence.Proof = ledger.ProofNeverLeft
		evidence.Reason = "the process ended before the transfer left, and the provider does not know it"
		r.log(p).Info("the transfer never left; it is made ready again with the same reference")
		return again{wait: r.mode == Pay, retry: true}, r.neverLeft(p, evidence)
	}
	if p.Status == ledger.Submitting {
		return r.notFoundInDoubt(p, standing)
	}
	if p.LastAnswer == ledger.AnswerNotFound {
		return r.pollAgain(p), nil // said once, that is enough for the journal
	}
	r.log(p).Error("check status does not know a transfer that the provider accepted")
	p.Reason = "the provider accepted the transfer, but check status does not know it: ask the provider"
	if _, err := r.record(p, p.Status, standing.evidence(ledger.AnswerNotFound)); err != nil {
		return again{}, err
	}
	return r.ask(p), nil
}

// notFoundInDoubt records one more "not found". The ledger says whether a person may decide now.
func (r *run) notFoundInDoubt(p ledger.Payout, standing Standing) (again, error) {
	evidence := standing.evidence(ledger.AnswerNotFound)
	evidence.NotFoundAfter = r.NotFoundAfter
	p.Reason = "the provider does not know the transfer (yet)"
	if p.ProviderKnows {
		p.Reason = "the provider does not know a transfer any more that it knew before: ask the provider"
	}
	heard, err := r.store.Hear(r.calls, ledger.Move{Payout: p, To: p.Status, Actor: r.Actor, Evidence: evidence, HeardAt: r.Now()})
	switch {
	case err != nil:
		return again{}, fmt.Errorf("%w: %w", ErrLedger, err)
	case !heard.AwaitsPerson:
		return r.ask(heard), nil
	}
	heard.Reason = fmt.Sprintf("the provider has not known the transfer since %s: a person may let it be sent again, or cancel it", heard.NotFoundSince.Format("2006-01-02 15:04 WIB"))
	_, err = r.record(heard, heard.Status, ledger.Evidence{Reason: "from now on a person may decide"})
	return again{}, err // asked again by the next run
}

// believeReturn looks whether a settled payment came back, and believes it at the second look, for the
// reason of unpaidOnce. Only an answer that calls it paid again makes the first look undone.
func (r *run) believeReturn(p ledger.Payout, standing Standing) (again, error) {
	left, soon := r.secondLook(p.ReturnedAt)
	switch {
	case standing.Phase == PhaseRefunded && p.UnpaidSeen && soon:
		return again{after: left, wait: true}, nil
	case standing.Phase == PhaseRefunded && p.UnpaidSeen:
		p.ReturnedAt, p.UnpaidSeen = r.Now(), false
		p.Reason = "paid, and the money came back: " + standing.words()
		_, err := r.record(p, ledger.Returned, standing.evidence(ledger.AnswerKnown))
		return again{}, err
	case standing.Phase == PhaseRefunded:
		p.ReturnedAt, p.UnpaidSeen = r.Now(), true
		evidence := standing.evidence(ledger.AnswerNone) // of a payment there is no doubt to count answers in
		evidence.Reason = "check status called the payment returned once; a second look decides"
		_, err := r.record(p, p.Status, evidence)
		return again{after: r.PollEvery, wait: true}, err
	case standing.Phase == PhasePaid && p.UnpaidSeen:
		p.ReturnedAt, p.UnpaidSeen = time.Time{}, false
		_, err := r.record(p, p.Status, standing.evidence(ledger.AnswerNone))
		return again{}, err
	case standing.Phase == PhaseFailed, standing.Phase == PhaseCancelled, standing.Phase == PhaseNotFound:
		r.log(p).Error("check status no longer calls a payment paid that it called paid before; ask the provider", "status", standing.TransferStatus, "code", standing.Code)
	}
	return again{}, nil
}
