package ledger

import (
	"context"
	"fmt"
)

// UnsoundError says that a ledger does not hold what it promises. It is ErrDamaged.
type UnsoundError struct {
	Path     string
	Problems []string // at least one, as Verify tells them
}

// Error names the first problem.
func (e *UnsoundError) Error() string {
	return fmt.Sprintf("%s: %v: %s", e.Path, ErrDamaged, e.Problems[0])
}

// Is makes an UnsoundError an ErrDamaged.
func (e *UnsoundError) Is(target error) bool { return target == ErrDamaged }

// meanwhile is a verification in the background.
type meanwhile struct {
	stop  context.CancelFunc
	ended chan struct{}
	err   error // set before ended is closed
}

// VerifyMeanwhile starts to verify the ledger as it was opened, while its caller goes on: connects,
// reads, asks for the balance. Until it has ended nothing is written, so no transfer is sent either:
// Submit, Record, Create, the decisions and whatever else writes wait for it, and when anything does
// not hold they all return an *UnsoundError. What Open has checked, the file's structure, is not
// checked again. Call it once, before anything is written and before other goroutines have the
// store. It ends early with ctx, whose cause the writes then return, and with Close.
func (s *Store) VerifyMeanwhile(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	m := &meanwhile{stop: stop, ended: make(chan struct{})}
	s.meanwhile = m
	go func() {
		defer close(m.ended)
		defer stop()
		verifying(ctx)
		var found Verification
		switch err := s.verify(ctx, &found, nil); {
		case ctx.Err() != nil:
			m.err = context.Cause(ctx)
		case err != nil:
			m.err = err
		case len(found.Problems) > 0:
			m.err = &UnsoundError{Path: s.path, Problems: found.Problems}
		}
	}()
}

// verifying is replaced by tests that hold a verification up.
var verifying = func(context.Context) {}

// Verified waits for the end of a VerifyMeanwhile, if there was one, and returns nil when everything
// holds.
func (s *Store) Verified(ctx context.Context) error {
	if s.meanwhile == nil {
		return nil
	}
	select {
	case <-s.meanwhile.ended:
		return s.meanwhile.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// end stops a verification that nobody waits for any more.
func (m *meanwhile) end() {
	if m != nil {
		m.stop()
		<-m.ended
	}
}
