package simulator

import (
	"fmt"
	"time"
)

// State is where a debit stands.
type State string

// The states, with the latestTransactionStatus that check status answers for them.
const (
	Pending  State = "pending"  // 03
	Paid     State = "paid"     // 00
	Failed   State = "failed"   // 06; amount and fee came back
	Refunded State = "refunded" // 04; the amount came back after it had been paid
)

// Debit is a transfer that the simulator took: the deposit was charged. A reference has at most
// one.
type Debit struct {
	Reference         string    `json:"reference"`          // partnerReferenceNo
	ProviderReference string    `json:"provider_reference"` // referenceNo, DK and digits
	Session           string    `json:"session"`            // of the inquiry that it used up
	ExternalID        string    `json:"external_id"`        // of the request that took effect
	Bank              string    `json:"bank"`
	Account           string    `json:"account"`
	Amount            int64     `json:"amount_sen"`
	Fee               int64     `json:"fee_sen"`
	Returned          int64     `json:"returned_sen"` // what came back to the deposit
	State             State     `json:"state"`
	Taken             time.Time `json:"taken"`             // when the deposit was charged
	Changed           time.Time `json:"changed"`           // when it reached its state
	Requests          int       `json:"transfer_requests"` // signed transfer requests seen with this reference, lost and refused ones included

	remark string
}

// book is the deposit and everything that was taken from it.
type book struct {
	opening   int64
	toppedUp  int64
	available int64
	debits    []*Debit
}

// take charges the deposit.
func (b *book) take(debit *Debit) {
	b.available -= debit.Amount + debit.Fee
	b.debits = append(b.debits, debit)
}

// move changes a debit's state and gives the money back that belongs to the deposit then.
func (b *book) move(debit *Debit, state State, at time.Time) {
	debit.State, debit.Changed = state, at
	back := int64(0)
	switch state {
	case Failed:
		back = debit.Amount + debit.Fee
	case Refunded:
		back = debit.Amount
	}
	debit.Returned += back
	b.available += back
}

// check adds the book up from its debits.
func (b *book) check() error {
	want := b.opening + b.toppedUp
	references := make(map[string]bool, len(b.debits))
	sessions := make(map[string]bool, len(b.debits))
	for _, debit := range b.debits {
		want += debit.Returned - debit.Amount - debit.Fee
		if references[debit.Reference] || sessions[debit.Session] {
			return fmt.Errorf("reference %s or its session was debited twice", debit.Reference)
		}
		references[debit.Reference], sessions[debit.Session] = true, true
		if returned := expectedReturn(debit); debit.Returned != returned {
			return fmt.Errorf("reference %s is %s and %d sen came back instead of %d",
				debit.Reference, debit.State, debit.Returned, returned)
		}
	}
	if b.available != want || b.available < 0 {
		return fmt.Errorf("the deposit holds %d sen; opening, debits and returns make %d", b.available, want)
	}
	return nil
}

func expectedReturn(debit *Debit) int64 {
	return map[State]int64{Failed: debit.Amount + debit.Fee, Refunded: debit.Amount}[debit.State]
}

// Book returns every debit in the order in which they were taken.
func (s *Simulator) Book() []Debit {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(time.Now())
	debits := make([]Debit, len(s.book.debits))
	for i, debit := range s.book.debits {
		debits[i] = *debit
		debits[i].Requests = s.references[debit.Reference].requests
	}
	return debits
}

// Available returns what the deposit holds, in sen.
func (s *Simulator) Available() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(time.Now())
	return s.book.available
}

// TopUp adds sen, which must be positive, to the deposit.
func (s *Simulator) TopUp(sen int64) {
	if sen <= 0 {
		panic(fmt.Sprintf("simulator: top-up of %d sen", sen))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book.toppedUp += sen
	s.book.available += sen
}

// CheckBook proves the book: opening and top-ups, minus debits and fees, plus what came back, is
// what is available; no reference and no session was debited twice.
func (s *Simulator) CheckBook() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(time.Now())
	return s.book.check()
}

// Balance is the deposit in figures, all in sen.
type Balance struct {
	Opening   int64 `json:"opening_sen"`
	ToppedUp  int64 `json:"topped_up_sen"`
	Debited   int64 `json:"debited_sen"` // without fees
	Fees      int64 `json:"fees_sen"`
	Returned  int64 `json:"returned_sen"` // amounts and fees that came back
	Available int64 `json:"available_sen"`
}

func (s *Simulator) balance() Balance {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(time.Now())
	sum := Balance{Opening: s.book.opening, ToppedUp: s.book.toppedUp, Available: s.book.available}
	for _, debit := range s.book.debits {
		sum.Debited += debit.Amount
		sum.Fees += debit.Fee
		sum.Returned += debit.Returned
	}
	return sum
}
