package ledger

import (
	"errors"
	"fmt"
	"time"
)

// A payout in doubt leaves it in one of three ways: the provider answers how its transfer ended; it
// is certain that the transfer did not happen (Proof); or a person decides, after the provider has
// answered "not found" and nothing else for the whole not-found time. The ledger itself keeps count
// of the answers and refuses every other way out, whoever asks.

// NotFoundLeast is how many "not found" answers there must be in a row before a person may decide,
// however long the time between them: one or two may come from a part of the provider that has not
// heard yet.
const NotFoundLeast = 3

// knownTimes is how many times as long the provider has to answer "not found" once it has shown that
// it had the transfer. Something it accepted may still be paid on the next banking day, and a single
// false "duplicate" must not keep a payroll open for ever: people would pay that line anew under
// another reference, against which nothing at the provider guards. A transfer that is let be sent
// again has the same reference.
const knownTimes = 7

// Answer is what an answer to a status question says of a transfer under way.
type Answer uint8

// The answers.
const (
	AnswerNone     Answer = iota // nothing was asked, or nothing came back
	AnswerNotFound               // the provider does not know the transfer
	AnswerUnclear                // nothing can be concluded from it, but it is not "not found"
	AnswerKnown                  // the provider has, or had, something under our reference
)

// String returns the answer in words.
func (a Answer) String() string {
	words := [...]string{"no answer", "not found", "nothing clear", "known"}
	if int(a) >= len(words) {
		return fmt.Sprintf("answer(%d)", uint8(a))
	}
	return words[a]
}

// Proof is why it is certain that a payout's last transfer did not happen and never will.
type Proof uint8

// The proofs.
const (
	ProofNone      Proof = iota
	ProofNotTaken        // it was refused before it was processed, or no byte of it left this process
	ProofNeverLeft       // the process ended before the first byte (Store.NeverLeft), and the provider does not know it
	ProofPerson          // a person decided after the not-found time; only Resend and Cancel give it
)

// Doubt is what the provider has answered since a transfer's intent. The ledger keeps it, from the
// Evidence of the notes it is given; what a caller has put there is not looked at.
type Doubt struct {
	Answers      int // to status questions, and of the transfer itself if it showed that the provider has it; as far as they are on record
	LastAnswer   Answer
	LastAnswerAt time.Time

	// Of the unbroken series of "not found" up to now; zero when the last answer was another.
	NotFoundSince time.Time     // the first of them
	NotFoundCount int           // how many
	NotFoundFor   time.Duration // how long it lasts, as far as the clock can be believed; see passed
	NotFoundAfter time.Duration // how long it has to be, as who asked last had it set

	AwaitsPerson  bool // a person may decide
	ProviderKnows bool // the provider once had something under our reference: only a much longer time makes that undone
}

// hear returns what is known after one more answer. e.Waited is the time since the one before.
//
// A known limit: one answer from which nothing can be concluded ends the whole series of "not found",
// as one that shows the transfer does. A provider that gives such an answer once a day keeps every
// person from deciding. That costs time; to overlook it could cost a second payment.
func (d Doubt) hear(e evidenceRecord, at time.Time) Doubt {
	if e.Answer == AnswerNone {
		return d
	}
	d.Answers, d.LastAnswer, d.LastAnswerAt = d.Answers+1, e.Answer, at
	if e.Answer != AnswerNotFound {
		return Doubt{Answers: d.Answers, LastAnswer: d.LastAnswer, LastAnswerAt: at, ProviderKnows: d.ProviderKnows || e.Answer == AnswerKnown}
	}
	if d.NotFoundCount++; d.NotFoundCount == 1 {
		d.NotFoundSince = at
	}
	d.NotFoundFor += duration(e.Waited)
	d.NotFoundAfter = duration(e.NotFoundAfter)
	d.AwaitsPerson = d.mayBeDecided() == nil
	return d
}

// mayBeDecided returns why a person may not decide yet; nil when he may. A not-found time that
// nobody set is never over.
func (d Doubt) mayBeDecided() error {
	switch {
	case d.ProviderKnows && (d.NotFoundAfter <= 0 || d.NotFoundFor < d.needed()):
		return fmt.Errorf(`%w for %s; up to now it is %s`, ErrKnown, short(d.needed()), short(d.NotFoundFor))
	case d.NotFoundCount == 0:
		return fmt.Errorf(`%w: the provider has not answered "not found"`, ErrTooEarly)
	case d.NotFoundAfter <= 0 || d.NotFoundFor < d.NotFoundAfter:
		return fmt.Errorf(`%w: the provider has answered "not found" for %s, it has to be %s`, ErrTooEarly, short(d.NotFoundFor), short(d.NotFoundAfter))
	case d.NotFoundCount < NotFoundLeast:
		return fmt.Errorf(`%w: the provider has answered "not found" %d times, it has to be %d`, ErrTooEarly, d.NotFoundCount, NotFoundLeast)
	}
	return nil
}

// needed is how long "not found" has to last before a person may decide.
func (d Doubt) needed() time.Duration {
	if d.ProviderKnows {
		return knownTimes * d.NotFoundAfter
	}
	return d.NotFoundAfter
}

// DecidableAt returns from when on a person may decide, if the provider goes on answering "not
// found"; zero when that cannot be said.
func (d Doubt) DecidableAt() time.Time {
	if d.NotFoundCount == 0 || d.NotFoundAfter <= 0 {
		return time.Time{}
	}
	return d.LastAnswerAt.Add(max(d.needed()-d.NotFoundFor, 0))
}

// short writes a duration in hours and minutes, or as it is when there are none.
func short(d time.Duration) string {
	if d < time.Minute {
		return d.Round(time.Millisecond).String()
	}
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// ErrUnproved: a payout may go back to be sent again only with a proof that its last transfer did
// not happen. It is an ErrForbiddenMove.
var ErrUnproved = fmt.Errorf("%w: nothing proves that its transfer did not happen", ErrForbiddenMove)

// ErrKnown: the provider once had the transfer, so it has to answer "not found" for much longer than
// usual. It is an ErrTooEarly.
var ErrKnown = fmt.Errorf(`%w: the provider once knew the transfer; its people can tell how it ended, and a person may decide when it has answered "not found"`, ErrTooEarly)

// leavesDoubt reports whether a way leads from in doubt back to where a transfer may be made.
func leavesDoubt(steps []Status) bool {
	for i, status := range steps[1:] {
		if steps[i] == Submitting && status == Verified {
			return true
		}
	}
	return false
}

// proved returns nil when the evidence proves, by what was heard before, that the transfer did not
// happen. What only the ledger's own files can tell is for the caller to check.
func (d Doubt) proved(e evidenceRecord) error {
	switch {
	case e.Proof == ProofNotTaken && d.Answers == 0:
		return nil // the answer to the transfer itself; once status answers came, it is none of ours
	case e.Proof == ProofNeverLeft && e.Answer == AnswerNotFound && !d.ProviderKnows:
		return nil
	case e.Proof == ProofPerson:
		return d.mayBeDecided()
	}
	return ErrUnproved
}

// mayGoBack returns nil when m may take stored out of doubt to where it can be sent again.
func (s *Store) mayGoBack(stored Payout, m Move, e evidenceRecord) error {
	err := stored.proved(e)
	switch {
	case err == nil && e.Proof == ProofPerson && !m.decided, err == nil && e.Proof == ProofNeverLeft && !s.NeverLeft(stored):
		err = ErrUnproved
	case errors.Is(err, ErrTooEarly) && !m.decided:
		err = ErrUnproved
	}
	if err != nil {
		return fmt.Errorf("%s: %w", stored.Label(), err)
	}
	return nil
}

// passed returns how much time may be believed to have passed since the last "not found": nothing
// when the clock was set back meanwhile, and no more than the part of the not-found time that makes
// NotFoundLeast answers necessary. So one jump of the clock, a year even, is not taken for the whole.
func (d Doubt) passed(now time.Time, after time.Duration) time.Duration {
	if d.NotFoundCount == 0 {
		return 0
	}
	part := (after/(NotFoundLeast-1) + time.Millisecond - 1).Truncate(time.Millisecond) // what is kept has no smaller part
	return min(max(now.Sub(d.LastAnswerAt), 0), part)
}

// doubtAfter returns what is known of a payout's transfer after m, and m's evidence as the journal
// keeps it.
func (m Move) doubtAfter(stored Payout, now time.Time) (Doubt, evidenceRecord) {
	evidence := newEvidenceRecord(m.Evidence)
	if evidence.Waited = 0; m.To != stored.Status || len(m.Via) > 0 || !m.To.InTransit() {
		return Doubt{}, evidence
	}
	if !m.HeardAt.IsZero() {
		now = m.HeardAt
	}
	now = instant(milliseconds(now))
	if evidence.Answer == AnswerNotFound {
		evidence.Waited = stored.passed(now, duration(evidence.NotFoundAfter)).Milliseconds()
	}
	return stored.hear(evidence, now), evidence
}

// duration is the inverse of Duration.Milliseconds.
func duration(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
