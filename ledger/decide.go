package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Errors of a person's decisions.
var (
	// ErrNotHeld: only a held payout can be released.
	ErrNotHeld = errors.New("the payout is not held")
	// ErrTooEarly: the payout is in doubt and the provider has not said "not found" for long
	// enough: sending again now could pay twice.
	ErrTooEarly = errors.New("the payout is in doubt and may still have been paid")
	// ErrNoReason: a decision needs its reason in words.
	ErrNoReason = errors.New("a reason is needed")
	// ErrNotInDoubt: only a payout that is in doubt can be let through to be sent again.
	ErrNotInDoubt = errors.New("the payout is not in doubt")
	// ErrNotCancellable: the payout is paid, under way, or not waiting for anybody.
	ErrNotCancellable = errors.New("the payout cannot be cancelled")
)

// Decision is what a person decided about a payout.
type Decision struct {
	Actor  string // user@host
	Reason string // in the person's words
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
// the whole not-found time (Payout.AwaitsPerson); else ErrTooEarly, or ErrNotInDoubt when there is
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

// Cancel ends a payout that was never sent: held or verified, or in doubt under the rule of
// Resend. It returns ErrNotCancellable or ErrTooEarly otherwise.
func (s *Store) Cancel(ctx context.Context, batch string, line int, d Decision) (Payout, error) {
	return s.decide(ctx, batch, line, d, func(p Payout) (Move, []Acceptance, error) {
		var via []Status
		switch p.Status {
		case Held, Verified:
		case Submitting:
			if err := p.mayLeaveDoubt(); err != nil {
				return Move{}, nil, err
			}
			p.forgetAttempt()
			via = []Status{Verified} // it is certain now that it was not taken
		default:
			return Move{}, nil, fmt.Errorf("%s: %w: it is %s", p.Label(), ErrNotCancellable, p.Status)
		}
		p.Hold, p.Reason = HoldNone, "cancelled: "+d.Reason
		return Move{Payout: p, Via: via, To: Cancelled}, nil, nil
	})
}

func (p Payout) mayLeaveDoubt() error {
	switch {
	case p.Status != Submitting:
		return fmt.Errorf("%s: %w: it is %s", p.Label(), ErrNotInDoubt, p.Status)
	case !p.AwaitsPerson:
		return fmt.Errorf("%s: %w", p.Label(), ErrTooEarly)
	}
	return nil
}

// forgetAttempt clears what belonged to a transfer that certainly did not happen.
func (p *Payout) forgetAttempt() {
	p.Session, p.Reason, p.DepartureMark = "", "", ""
	p.AwaitsPerson, p.NotFoundCount, p.NotFoundFor = false, 0, 0
	p.NotFoundSince, p.NotFoundLast = instant(0), instant(0)
}

// decide reads the payout, asks rule for the move, and writes it, all in one transaction.
func (s *Store) decide(ctx context.Context, batch string, line int, d Decision, rule func(Payout) (Move, []Acceptance, error)) (Payout, error) {
	if strings.TrimSpace(d.Reason) == "" {
		return Payout{}, ErrNoReason
	}
	var decided Payout
	err := s.change(ctx, func(tx *bolt.Tx, g *group) error {
		number, found := s.number(batch)
		if !found {
			return fmt.Errorf("%w: batch %q", ErrUnknownPayout, batch)
		}
		p, _, err := readPayout(tx, number, batch, line)
		if err != nil {
			return err
		}
		move, accepted, err := rule(p)
		if err != nil {
			return err
		}
		move.Actor, move.Evidence.Reason = d.Actor, d.Reason
		if err := g.move(s, move); err != nil {
			return err
		}
		decided = move.Payout
		decided.Status = move.To
		return g.accept(number, line, d, accepted)
	})
	return decided, err
}

// Acceptance is something that a person accepted once and for all.
type Acceptance struct {
	Kind  string   // "name": a holder's name on an account; "shared account": two employees on one
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

// acceptance returns what releasing the held payout accepts.
func (p Payout) acceptance() []Acceptance {
	switch {
	case p.Hold == HoldName && p.HolderName != "":
		return []Acceptance{AcceptName(p.BankCode, p.AccountNumber, p.Name, p.HolderName)}
	case p.Hold == HoldSharedAccount && p.SharedWith != "":
		return []Acceptance{AcceptShared(p.BankCode, p.AccountNumber, p.EmployeeID, p.SharedWith)}
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
		event := g.tail.sequence + uint64(len(g.block))
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
