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
	// Moved: money of the batch moved after Closing was read, or it was never read. A run that was
	// killed between the last payment and the reading leaves it so, and the next run reads.
	Moved bool
}

// Proves reports whether both readings are there and nothing has moved since, so that their
// difference means something.
func (b Balance) Proves() bool { return b.HasOpened && b.HasClosed && !b.Moved }

// Expected returns what the deposit should hold now: opening − transfers − fees + returned,
// less what is in transit (pending and in doubt, with fees). It means nothing before the
// balance was read.
func (s Summary) Expected() Sen {
	settled, returned := s.ByStatus[Settled].Amount, s.ByStatus[Returned].Amount
	inTransit := s.ByStatus[Pending].Amount + s.ByStatus[Submitting].Amount + s.TransitFees
	return s.Balance.Opening - (settled + returned) - s.Fees + returned - inTransit
}

// Difference returns closing − expected: zero when every rupiah is accounted for and nobody
// else used the deposit meanwhile. It means nothing unless the balance [Balance.Proves].
func (s Summary) Difference() Sen { return s.Balance.Closing - s.Expected() }
