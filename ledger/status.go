package ledger

import (
	"fmt"
	"slices"
)

// Status says where a payout stands. The zero value is no status at all.
//
//	queued ──► verified ──► submitting ──► pending ──► settled ──► returned
//	  │ ▲        │ │  ▲         │ │ └────────┼───────► (settled)
//	  │ │        │ │  └─────────┘ └──────────┴───────► failed
//	  │ │        │ └► cancelled
//	  │ │        └──► held, rejected  (an aged inquiry was asked again and says otherwise)
//	  │ └────── held ──► cancelled    (a release puts it back to queued)
//	  ├► held       a person decides: name differs, duplicate, over a limit
//	  └► rejected   the inquiry said no: unknown, closed or blocked account
//
// submitting goes back to verified only when it is certain that the provider did not take the
// transfer, or when a person releases it after the not-found time.
type Status uint8

// The statuses. Their words are in String; they are part of the JSON and of the workbook.
const (
	Queued     Status = 1 + iota // in the ledger, nothing asked yet
	Verified                     // the bank knows the account and its holder's name was accepted
	Submitting                   // the intent is on disk, the transfer may have left: in doubt until an answer is recorded
	Pending                      // the provider accepted the transfer; only check status ends it
	Settled                      // check status said paid
	Failed                       // the transfer ended without payment
	Rejected                     // never sent: the inquiry said no
	Held                         // never sent: a person has to decide
	Cancelled                    // never sent: a person decided against it
	Returned                     // paid, and the money came back
)

var statusWords = [...]string{
	Queued: "queued", Verified: "verified", Submitting: "in_doubt", Pending: "pending", Settled: "settled",
	Failed: "failed", Rejected: "rejected", Held: "held", Cancelled: "cancelled", Returned: "returned",
}

// moves is the transition table: from each status the only ones that may follow.
// The store refuses every other move, whoever asks.
var moves = map[Status][]Status{
	Queued:     {Verified, Held, Rejected},
	Verified:   {Submitting, Held, Rejected, Cancelled},
	Submitting: {Pending, Settled, Failed, Verified},
	Pending:    {Settled, Failed},
	Settled:    {Returned},
	Held:       {Queued, Cancelled},
}

// Statuses returns every status in the order in which people are shown them.
func Statuses() []Status {
	return []Status{Settled, Pending, Submitting, Queued, Verified, Held, Rejected, Failed, Returned, Cancelled}
}

// String returns the status word of the JSON and the workbook. Submitting is shown as
// "in_doubt": to everyone but the process that sends at this moment, that is what it is.
func (s Status) String() string {
	if s == 0 || int(s) >= len(statusWords) {
		return fmt.Sprintf("status(%d)", uint8(s))
	}
	return statusWords[s]
}

// ParseStatus is the inverse of String.
func ParseStatus(word string) (Status, error) {
	if i := slices.Index(statusWords[1:], word); i >= 0 {
		return Status(i + 1), nil
	}
	return 0, fmt.Errorf("unknown status %q", word)
}

// MarshalText writes the status word.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the status word.
func (s *Status) UnmarshalText(text []byte) (err error) {
	*s, err = ParseStatus(string(text))
	return err
}

// Final reports whether no run will do anything more with the payout. A settled payout may
// still be returned; that comes from the provider, not from us.
func (s Status) Final() bool {
	switch s {
	case Settled, Failed, Rejected, Cancelled, Returned:
		return true
	}
	return false
}

// Open reports whether a run still has work to do on the payout. Held is neither final nor
// open: it waits for a person.
func (s Status) Open() bool {
	switch s {
	case Queued, Verified, Submitting, Pending:
		return true
	}
	return false
}

// InTransit reports whether the money may have left the deposit without being known as paid.
func (s Status) InTransit() bool { return s == Submitting || s == Pending }

// out reports whether the amount is counted as out of the deposit.
func (s Status) out() bool { return s.InTransit() || s == Settled }

// MayBecome reports whether the transition table allows s to be followed by next.
func (s Status) MayBecome(next Status) bool { return slices.Contains(moves[s], next) }
