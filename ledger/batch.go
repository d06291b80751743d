package ledger

import (
	"time"
)

// Batch is one payroll file being processed. What is here was fixed when the batch was
// created; where it stands is in Summary.
type Batch struct {
	ID              string   // "2026-11-ABC123": period and the beginning of the digest
	ReferencePrefix string   // with a line number it makes the partner reference
	Digest          [32]byte // SHA-256 over the normalised lines and the period: the batch's identity
	LinesDigest     [32]byte // SHA-256 over the normalised lines alone: the same content in any period
	Period          string   // "2026-11"
	File            string   // the file's name as given, without folders
	FileSHA256      [32]byte // of the bytes that were read
	ExtraColumns    []string // headers of the file's other columns, in their order
	Lines           int      // control count
	Total           Sen      // control total
	CreatedAt       time.Time
	CreatedBy       string // user@host
	Rehearsal       bool
	Replaces        int    // lines that say which payout they replace (Line.RetryOf); of a retry file all of them
	Base            string // ID of the batch that this one was compared with for changes; empty when there was none
}

// Count is how many payouts there are of a kind and what they amount to.
type Count struct {
	Count  int `json:"count"`
	Amount Sen `json:"amount"`
}

// Summary is where a batch stands: sums over its payouts at one moment.
type Summary struct {
	Batch
	ByStatus map[Status]Count
	Fees     Sen // of settled and returned payouts: what the provider keeps
	// TransitFees are the fees of payouts that are pending or in doubt.
	TransitFees Sen
	Balance     Balance
}

// Finished reports whether nothing is left that a run could do: every payout is final or held.
func (s Summary) Finished() bool {
	for status, count := range s.ByStatus {
		if status.Open() && count.Count > 0 {
			return false
		}
	}
	return true
}

// Sent returns how many payouts have left, or may have left, for the provider.
func (s Summary) Sent() int {
	n := 0
	for _, status := range []Status{Submitting, Pending, Settled, Failed, Returned} {
		n += s.ByStatus[status].Count
	}
	return n
}

// Balance is what the deposit held before and after the batch.
type Balance struct {
	Opening   Sen // available before the first transfer of the batch
	OpenedAt  time.Time
	Closing   Sen // the newest reading after the last run
	ClosedAt  time.Time
	HasOpened bool
	HasClosed bool
	// Others is what the other batches of the ledger took from the deposit between the readings;
	// negative when more came back to them.
	Others Sen
	// Moved: money of the batch moved after Closing was read, or it was never read. A run that was
	// killed between the last payment and the reading leaves it so, and the next run reads.
	Moved bool
}

// AwaitsClosing reports whether the closing balance is still to be read, because a run was stopped
// between its last payment and the reading. A run of such a batch reads it, however finished it is.
func (b Balance) AwaitsClosing() bool { return b.HasOpened && b.Moved }

// Proves reports whether both readings are there and nothing has moved since, so that their
// difference means something.
func (b Balance) Proves() bool { return b.HasOpened && b.HasClosed && !b.Moved }

// Expected returns what the deposit should hold now: opening − transfers − fees + returned,
// less what is in transit (pending and in doubt, with fees), less what other batches of the ledger
// took meanwhile. It means nothing before the balance was read.
func (s Summary) Expected() Sen {
	settled, returned := s.ByStatus[Settled].Amount, s.ByStatus[Returned].Amount
	inTransit := s.ByStatus[Pending].Amount + s.ByStatus[Submitting].Amount + s.TransitFees
	return s.Balance.Opening - (settled + returned) - s.Fees + returned - inTransit - s.Balance.Others
}

// Difference returns closing − expected: zero when every rupiah is accounted for and nobody
// but this ledger used the deposit meanwhile. It means nothing unless the balance [Balance.Proves].
func (s Summary) Difference() Sen { return s.Balance.Closing - s.Expected() }
