package ledger

import (
	"fmt"
	"time"
)

// Move is a change of one payout: the payout as the caller knows it, with its new state already
// filled in, and the status it shall have. Its Line is not looked at; a line never changes.
type Move struct {
	Payout   Payout   // Status is the one the caller saw
	Via      []Status // statuses passed on the way, when one answer tells of two moves (paid, and returned)
	To       Status   // equal to Payout.Status for a note
	Actor    string
	Evidence Evidence
	HeardAt  time.Time // of an answer: when it came, by the caller's clock; zero is now
	decided  bool      // a person's: only the decisions of this package set it
}

// stepsFrom returns the steps of a move of the payout as it is stored, which must be the one that the
// caller saw: in the same status, and with the same attempt as its last. Else an answer to an older
// attempt would decide about a newer one, which is another transfer.
func (m Move) stepsFrom(stored Payout) ([]Status, error) {
	seen := m.Payout
	if stored.Status != seen.Status {
		return nil, fmt.Errorf("%s: %w: it is %s, not %s", stored.Label(), ErrStatusChanged, stored.Status, seen.Status)
	}
	steps, err := m.steps()
	switch intent := m.To == Submitting && stored.Status != Submitting; {
	case err != nil:
		return nil, err
	case intent && (seen.Attempts != stored.Attempts+1 || seen.ExternalID == "" || seen.ExternalID == stored.ExternalID):
		return nil, fmt.Errorf("%s: %w: attempt %d follows attempt %d, with an external ID of its own", stored.Label(), ErrStatusChanged, stored.Attempts+1, stored.Attempts)
	case !intent && (seen.Attempts != stored.Attempts || seen.ExternalID != stored.ExternalID):
		return nil, fmt.Errorf("%s: %w: its last attempt is number %d, not %d", stored.Label(), ErrStatusChanged, stored.Attempts, seen.Attempts)
	}
	return steps, nil
}

// movesMoney reports whether a payout's amount, on its way through the steps, came to be counted
// as out of the deposit, or as back in it.
func movesMoney(steps []Status) bool {
	for _, status := range steps {
		if status.out() != steps[0].out() {
			return true
		}
	}
	return false
}

// viaMax bounds the statuses passed on the way; no path of the table that does not go in
// circles is as long.
const viaMax = 8

// steps returns the statuses from the one seen to the last, each step allowed by the table.
func (m Move) steps() ([]Status, error) {
	if len(m.Via) > viaMax {
		return nil, fmt.Errorf("%s: %w: %d statuses on the way", m.Payout.Label(), ErrForbiddenMove, len(m.Via))
	}
	path := append([]Status{m.Payout.Status}, m.Via...)
	if m.To != m.Payout.Status || len(m.Via) > 0 {
		path = append(path, m.To)
	}
	for i := 1; i < len(path); i++ {
		if !path[i-1].MayBecome(path[i]) {
			return nil, fmt.Errorf("%s: %w: from %s to %s", m.Payout.Label(), ErrForbiddenMove, path[i-1], path[i])
		}
	}
	return path, nil
}
