package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
)

// Errors of a person's decisions.
var (
	// ErrNotHeld: only a held payout can be released.
	ErrNotHeld = errors.New("the payout is not held")
	// ErrTooEarly: the payout is in doubt and the provider has not said "not found" for long
	// enough: sending again now could pay twice.
	ErrTooEarly = errors.New("the payout is in doubt and may still have been paid")
	// ErrNoReason: a decision needs its reason in words: one line of at most ReasonMax characters.
	ErrNoReason = errors.New("a reason is needed")
	// ErrNoActor: nobody knows who decided.
	ErrNoActor = errors.New("it is not known who decides")
	// ErrNotInDoubt: only a payout that is in doubt can be let through to be sent again.
	ErrNotInDoubt = errors.New("the payout is not in doubt")
	// ErrNotCancellable: the payout is paid, under way, or not waiting for anybody.
	ErrNotCancellable = errors.New("the payout cannot be cancelled")
)

// ReasonMax is how many characters a reason may have: a paragraph, which still fits a cell of the
// workbook on one screen.
const ReasonMax = 500

// Decision is what a person decided about a payout.
type Decision struct {
	Actor  string // user@host
	Reason string // in the person's words; kept as it is
}

// check refuses a decision that the journal could not show as it was made.
func (d Decision) check() error {
	switch count := utf8.RuneCountInString(d.Reason); {
	case strings.TrimSpace(d.Actor) == "":
		return ErrNoActor
	case !strings.ContainsFunc(d.Reason, unicode.IsGraphic) || strings.TrimSpace(d.Reason) == "":
		return ErrNoReason
	case count > ReasonMax:
		return fmt.Errorf("%w of at most %d characters: this one has %d", ErrNoReason, ReasonMax, count)
	case !utf8.ValidString(d.Reason):
		return fmt.Errorf("%w in UTF-8: this one is in another encoding", ErrNoReason)
	}
	if i := strings.IndexFunc(d.Reason, unshown); i >= 0 {
		return fmt.Errorf("%w in one line of plain text: this one has %q in it", ErrNoReason, []rune(d.Reason[i:])[0])
	}
	return nil
}

// unshown reports whether a character would not be seen, or would make others look what they are
// not: control characters, line breaks, marks that turn the direction of writing.
func unshown(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// Release puts a held payout back to queued and remembers what was accepted, so that the same
// question does not come back: the holder's name on the account, or that two employees share it.
// It returns ErrNotHeld, ErrNoReason, and once it returns nil the release is on disk.
func (s *Store) Release(ctx context.Context, batch string, line int, d Decision) (Payout, error) {
	return s.decide(ctx, batch, line, d, func(p Payout) (Move, []Acceptance, error) {
		if p.Status != Held {
			return Move{}, nil, fmt.Errorf("%s: %w: it is %s", p.Label(), ErrNotHeld, p.Status)
		}
		accepted := p.acceptance()
		if p.Hold == HoldDuplicate || p.Hold == HoldSharedAccount {
			p.AcceptDuplicate = true
		}
		p.AcceptFee = p.AcceptFee || p.Hold == HoldFee
		p.Hold, p.Reason = HoldNone, ""
		return Move{Payout: p, To: Queued}, accepted, nil
	})
}

// Resend lets a payout that is in doubt be sent again, with the same reference and a new
// session. The ledger allows it only when the provider has answered nothing but "not found" for
// the whole not-found time, at least NotFoundLeast times, and for knownTimes that time when it has
// shown that it had the transfer (Doubt); else ErrTooEarly, ErrKnown, or ErrNotInDoubt when there is
// no doubt to end.
func (s *Store) Resend(ctx context.Context, batch string, line int, d Decision) (Payout, error) {
	return s.decide(ctx, batch, line, d, func(p Payout) (Move, []Acceptance, error) {
		if err := p.mayLeaveDoubt(); err != nil {
			return Move{}, nil, err
		}
		p.forgetAttempt()
		return Move{Payout: p, To: Verified}, nil, nil
	})
}

// Cancel ends a payout that was never sent: held or verified; or one in doubt, under the rule of
// Resend, and then its reason says so. It returns ErrNotCancellable or ErrTooEarly otherwise.
func (s *Store) Cancel(ctx context.Context, batch string, line int, d Decision) (Payout, error) {
	return s.decide(ctx, batch, line, d, func(p Payout) (Move, []Acceptance, error) {
		var via []Status
		word := "cancelled: "
		switch p.Status {
		case Held, Verified:
		case Submitting:
			if err := p.mayLeaveDoubt(); err != nil {
				return Move{}, nil, err
			}
			p.forgetAttempt()
			via = []Status{Verified} // a person answers for it that it was not taken
			word = "cancelled in doubt, the provider did not know it: "
		default:
			return Move{}, nil, fmt.Errorf("%s: %w: it is %s", p.Label(), ErrNotCancellable, p.Status)
		}
		p.Hold, p.Reason = HoldNone, word+d.Reason
		return Move{Payout: p, Via: via, To: Cancelled}, nil, nil
	})
}

func (p Payout) mayLeaveDoubt() error {
	switch {
	case p.Status != Submitting:
		return fmt.Errorf("%s: %w: it is %s", p.Label(), ErrNotInDoubt, p.Status)
	}
	if err := p.mayBeDecided(); err != nil {
		return fmt.Errorf("%s: %w", p.Label(), err)
	}
	return nil
}

// forgetAttempt clears what belonged to a transfer that certainly did not happen.
func (p *Payout) forgetAttempt() {
	p.Session, p.Reason = "", ""
	p.UnpaidSeen = false
}

// decide reads the payout, asks rule for the move, and writes it, all in one transaction.
func (s *Store) decide(ctx context.Context, batch string, line int, d Decision, rule func(Payout) (Move, []Acceptance, error)) (Payout, error) {
	if err := d.check(); err != nil {
		return Payout{}, err
	}
	var decided Payout
	err := s.change(ctx, func(_ *bolt.Tx, g *group) error {
		number, found := s.number(batch)
		if !found {
			return fmt.Errorf("%w: batch %q", ErrUnknownPayout, batch)
		}
		p, _, err := g.table(number).payout(batch, line)
		if err != nil {
			return err
		}
		move, accepted, err := rule(p)
		if err != nil {
			return err
		}
		move.Actor, move.Evidence.Reason, move.decided = d.Actor, d.Reason, true
		if p.Status == Submitting {
			move.Evidence.Proof = ProofPerson
		}
		if decided, err = g.move(s, move); err != nil {
			return err
		}
		return g.accept(number, line, d, accepted)
	})
	return decided, err
}

// Acceptance is something that a person accepted once and for all.
type Acceptance struct {
	Kind  string   // "name": a holder's name on an account; "shared account": two employees on one; "account": an employee's new one
	Texts []string // what exactly; compared without case
}

// AcceptName is that the holder of an account is called holder where the file says name.
func AcceptName(bank, account, name, holder string) Acceptance {
	return Acceptance{Kind: "name", Texts: []string{bank, account, name, holder}}
}

// AcceptShared is that two employees are paid to one account.
func AcceptShared(bank, account, employee, other string) Acceptance {
	pair := []string{employee, other}
	slices.SortFunc(pair, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return Acceptance{Kind: "shared account", Texts: append([]string{bank, account}, pair...)}
}

// AcceptAccount is that an employee is paid to an account that is not the last one.
func AcceptAccount(bank, account, employee string) Acceptance {
	return Acceptance{Kind: "account", Texts: []string{bank, account, employee}}
}

// acceptance returns what releasing the held payout accepts.
func (p Payout) acceptance() []Acceptance {
	switch {
	case p.Hold == HoldName && p.HolderName != "":
		return []Acceptance{AcceptName(p.BankCode, p.AccountNumber, p.Name, p.HolderName)}
	case p.Hold == HoldSharedAccount && p.SharedWith != "":
		return []Acceptance{AcceptShared(p.BankCode, p.AccountNumber, p.EmployeeID, p.SharedWith)}
	case p.Hold == HoldChange && p.Changes.What&ChangeAccount != 0:
		return []Acceptance{AcceptAccount(p.BankCode, p.AccountNumber, p.EmployeeID)}
	}
	return nil
}

// acceptedRecord points to the event in which a person accepted.
type acceptedRecord struct {
	Event uint64 `cbor:"0,keyasint"`
}

func (a Acceptance) key() []byte {
	sum := sha256.Sum256([]byte(a.Kind + "\x00" + strings.ToLower(strings.Join(a.Texts, "\x00"))))
	return sum[:16]
}

func (g *group) accept(number uint32, line int, d Decision, accepted []Acceptance) error {
	for _, a := range accepted {
		g.add(eventRecord{Kind: PersonAccepted, Batch: number, Line: line, Actor: d.Actor, Evidence: evidenceRecord{
			Reason: d.Reason, Message: a.Kind, Digest: a.key(),
		}})
		event := g.tail.sequence + uint64(len(g.events))
		if err := writeRecord(g.tx, acceptedBucket, a.key(), acceptedRecord{Event: event}); err != nil {
			return err
		}
	}
	return nil
}

// Accepted reports whether a person accepted a before.
func (s *Store) Accepted(a Acceptance) (accepted bool, err error) {
	defer guard(s.path, &err)()
	err = s.db.View(func(tx *bolt.Tx) error {
		value := tx.Bucket(acceptedBucket).Get(a.key())
		if value == nil {
			return nil
		}
		accepted = true
		var record acceptedRecord
		return unseal(string(acceptedBucket), a.key(), value, &record)
	})
	return accepted && err == nil, err
}
