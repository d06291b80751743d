package batch

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"gajian/ledger"
)

// ErrForm: the provider refuses what we send, payout after payout: something in our
// configuration, which is in every call, is not as it wants it. Nothing was processed.
var ErrForm = errors.New("the provider refuses the form of our calls, payout after payout")

const (
	// formRefusalsMax is how many payouts in a row may be refused for their form, before anything
	// of the kind was ever taken in this run, until it must be our doing and the run stops.
	formRefusalsMax = 5
	// repairWait is when such a payout is tried once more: late enough for the others to have shown
	// whether it is this one or all.
	repairWait = 10 * time.Second
)

// repairs tells a line that the provider cannot take from a configuration that makes it refuse
// every line. The first is held for a person; the second stops the run before it has put the
// whole file into a person's hands.
type repairs struct {
	mu      sync.Mutex
	proved  map[string]bool // by operation: one of its kind was taken, so the form is good
	refused map[string]int  // by operation: in a row
}

func newRepairs() *repairs { return &repairs{proved: map[string]bool{}, refused: map[string]int{}} }

// taken notes that a call of the operation was taken.
func (r *repairs) taken(operation string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.proved[operation] = true
}

// ours reports whether the refusal may be our configuration's doing, and returns ErrForm when
// there have been too many of them.
func (r *repairs) ours(err error) (bool, error) {
	var e *Error
	if !heardFrom(err) || !errors.As(err, &e) {
		return false, nil // refused by ourselves, because of what stands in the line
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.proved[e.Operation] {
		return false, nil
	}
	if r.refused[e.Operation]++; r.refused[e.Operation] >= formRefusalsMax {
		return true, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return true, nil
}

// needsRepair records that the provider refuses a payout as it is. No money moved. back is the
// status in which it can be tried again, via what lies between there and held.
func (r *run) needsRepair(p ledger.Payout, tries int, err error, back ledger.Status, via ...ledger.Status) (ledger.Payout, again, error) {
	if heardFrom(err) {
		r.health.answered()
	}
	evidence := evidenceOf(err)
	p.Session = ""
	ours, stop := r.repairs.ours(err)
	if stop == nil && (!ours || tries > 0) {
		p.Reason = "the provider refuses this payout as it is: " + evidence.words()
		p.Hold = ledger.HoldProvider
		p, err := r.record(p, ledger.Held, evidence.Evidence, via...)
		return p, again{}, err
	}
	r.log(p).Warn("the provider refuses this payout as it is; it is tried once more before a person has to decide", "error", err)
	if p.Status != back {
		if p, err = r.record(p, back, evidence.Evidence); err != nil {
			return p, again{}, err
		}
	}
	return p, again{after: repairWait, tries: tries + 1, wait: stop == nil, retry: true}, stop
}
