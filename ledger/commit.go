package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Errors of Submit, Record and the decisions. They are compared with errors.Is.
var (
	// ErrStatusChanged: the payout is not in the status that the caller saw.
	ErrStatusChanged = errors.New("the payout has moved on meanwhile")
	// ErrForbiddenMove: the transition table does not allow the move.
	ErrForbiddenMove = errors.New("no payout may move so")
	// ErrUnknownPayout: there is no such batch or line.
	ErrUnknownPayout = errors.New("there is no such payout")
	// ErrStopped: an earlier write failed, or the ledger is closed; nothing more is written.
	ErrStopped = errors.New("the ledger takes no more writes")
)

// groupMax bounds how many moves share one commit: what one transaction holds in memory, and
// how long the last of them waits. A thousand moves are about half a megabyte.
const groupMax = 1024

// windowDefault bounds how many moves may wait for a commit when Options.Window is not set.
const windowDefault = 256

type request struct {
	move  *Move      // nil: only wait for what came before
	apply applyFunc  // instead of move: any other change of the ledger
	done  chan error // nil when nobody waits; else buffered
}

// applyFunc changes the ledger inside the committer's transaction and adds events to the group.
type applyFunc func(tx *bolt.Tx, g *group) error

// Submit records the intent to send p's transfer, as p.ExternalID and evidence describe it, and
// returns once it is on disk. It returns ErrStatusChanged if p has moved on, ErrForbiddenMove if
// p is not verified (one intent is one permission to send: a payout in doubt gets no second) or does
// not count as the next attempt with an external ID of its own, and any error means: do not send.
func (s *Store) Submit(ctx context.Context, p Payout, actor string, evidence Evidence) error {
	if p.Status == Submitting { // would be taken for a note
		return fmt.Errorf("%s: %w: it is in doubt already", p.Label(), ErrForbiddenMove)
	}
	p.DepartureMark = s.departures.markOf()
	return s.wait(ctx, request{move: &Move{Payout: p, To: Submitting, Actor: actor, Evidence: evidence}})
}

// Record hands over a move that nobody has to wait for: it is written with the next commit, within
// about outcomesWait and intentsWait together, in the order of the calls. A crash before that commit loses it, and costs one more question to
// the provider: the payout is found where it stood before, and every status but queued is
// resumed by asking. It waits while Options.Window moves wait for the commit after the one under
// way, which has as many at most: no more than twice the window can be lost.
//
// An error means that the ledger takes no more writes; so does a move that is refused when its
// turn comes, because the caller's picture of the ledger is then wrong: Flush, Failure and every
// later call tell. A move into or through submitting, and one out of it back to verified without a
// proof, are ErrForbiddenMove at once, and harmless.
func (s *Store) Record(ctx context.Context, m Move) error {
	if m.To == Submitting && m.Payout.Status != Submitting || slices.Contains(m.Via, Submitting) {
		return fmt.Errorf("%w: an intent has to be waited for", ErrForbiddenMove)
	}
	if steps, err := m.steps(); err == nil && leavesDoubt(steps) && m.Evidence.Proof != ProofNotTaken && m.Evidence.Proof != ProofNeverLeft {
		return fmt.Errorf("%s: %w", m.Payout.Label(), ErrUnproved)
	}
	return s.send(ctx, request{move: &m})
}

// Hear is Record for an answer whose consequences the caller has to know: it waits, and returns the
// payout as it stands on disk then.
func (s *Store) Hear(ctx context.Context, m Move) (heard Payout, err error) {
	err = s.change(ctx, func(_ *bolt.Tx, g *group) error {
		heard, err = g.move(s, m)
		return err
	})
	return heard, err
}

// Flush returns once everything recorded before is on disk, or the error that prevented it.
func (s *Store) Flush(ctx context.Context) error { return s.wait(ctx, request{}) }

// change runs apply in the committer's next transaction and waits until it is on disk. When
// apply fails its error is returned; it has to fail before it changes anything, because the
// transaction goes on for the others.
func (s *Store) change(ctx context.Context, apply applyFunc) error {
	return s.wait(ctx, request{apply: apply})
}

func (s *Store) wait(ctx context.Context, r request) error {
	r.done = make(chan error, 1)
	if err := s.send(ctx, r); err != nil {
		return err
	}
	// Once handed over it will be written; to return early would leave the caller in the dark.
	return <-r.done
}

func (s *Store) send(ctx context.Context, r request) error {
	if s.readOnly {
		return fmt.Errorf("%w: it was opened for reading", ErrStopped)
	}
	if err := s.Failure(); err != nil {
		return fmt.Errorf("%w: %w", ErrStopped, err)
	}
	if err := s.Verified(ctx); err != nil {
		return err
	}
	s.sending.RLock()
	defer s.sending.RUnlock()
	if s.closed {
		return fmt.Errorf("%w: it is closed", ErrStopped)
	}
	s.pending.add(r.move, +1)
	select {
	case s.requests <- r:
		return nil
	case <-ctx.Done():
		s.pending.add(r.move, -1)
		return ctx.Err()
	}
}

func (s *Store) startCommitter(window int) {
	if window <= 0 {
		window = windowDefault
	}
	s.requests, s.committed = make(chan request, window), make(chan struct{})
	go func() {
		defer close(s.committed)
		gathered := newGathering(s.requests)
		for requests := gathered.next(); requests != nil; requests = gathered.next() {
			s.commit(requests)
		}
	}()
}

// commit writes a group of requests in one transaction and answers those who wait.
//
// A crash before the transaction is synced leaves the ledger as it was: no intent of the group
// was answered, so nothing of it was sent. A crash after it leaves all of them; intents whose
// transfer did not leave any more are in doubt, and check status tells. bbolt's two-phase commit
// gives all or nothing.
func (s *Store) commit(requests []request) {
	errs, err := s.write(requests)
	if err != nil {
		s.fail(err)
	}
	for i, r := range requests {
		if r.done == nil && errs[i] != nil {
			s.fail(errs[i]) // nobody waits for it, so everybody has to hear of it
		}
		s.pending.add(r.move, -1)
		switch {
		case r.done == nil:
		case r.flush():
			r.done <- errors.Join(err, s.Failure()) // a refused move before it is not on disk
		default:
			r.done <- errors.Join(errs[i], err)
		}
	}
}

// flush reports whether the request only waits for those before it.
func (r request) flush() bool { return r.move == nil && r.apply == nil }

// write applies the requests in one transaction. A request that is refused changes nothing and
// does not disturb the others; the error of the transaction itself concerns all of them.
func (s *Store) write(requests []request) (errs []error, err error) {
	errs = make([]error, len(requests))
	if err := s.Failure(); err != nil {
		return errs, fmt.Errorf("%w: %w", ErrStopped, err)
	}
	if len(requests) == 1 && requests[0].flush() {
		return errs, nil // a flush alone: everything before it is on disk
	}
	var after tail
	err = s.update("commit", func(tx *bolt.Tx) error {
		g := newGroup(tx, s.tail)
		for i, r := range requests {
			switch {
			case r.move != nil:
				_, errs[i] = g.move(s, *r.move)
			case r.apply != nil:
				errs[i] = r.apply(tx, g)
			}
		}
		if s.commits++; s.commits%mappedCommits == 0 {
			defer dropMapped(tx)
		}
		after, err = g.finish()
		return err
	})
	if err == nil {
		s.tail = after
	}
	return errs, err
}

// update runs one durable write. All writes of an open ledger go through here: the test hooks
// around it are the list of the points at which a crash can leave something behind.
func (s *Store) update(point string, fn func(*bolt.Tx) error) (err error) {
	defer guard(s.path, &err)()
	crashPoint(point + ":before")
	if err := s.db.Update(fn); err != nil {
		return diskError{fmt.Errorf("write ledger: %w", err)}
	}
	crashPoint(point + ":after")
	return nil
}

// crashPoint is replaced by tests that stop the process at a durable write.
var crashPoint = func(string) {}
