package batch

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"

	"gajian/ledger"
)

// History is what the newest batches of a ledger have settled: whom, how much, to which account. It
// holds hashes and places, 48 bytes a payout, and reads a payout again when somebody asks for it.
type History struct {
	store   *ledger.Store
	seed    maphash.Seed
	batches []ledger.Summary // the newest first
	paid    []paid           // by person, the newest first
	places  []int32          // into paid, by account, the newest first; made when it is asked for
}

// paid is one settled payout.
type paid struct {
	person  uint64 // hash of the employee ID
	account uint64 // hash of bank and account number
	amount  ledger.Sen
	payType uint32 // hash
	name    uint32 // hash
	line    uint32
	batch   int16 // place in batches
	seen    bool  // the file that is compared has this employee
}

// How far back a history goes. A year of monthly payrolls is far enough to know an employee again, and
// 250,000 payouts are read in about a second. The newest batch is always read, whatever its size.
const (
	historyBatches = 12
	historyPayouts = 250_000
)

// NewHistory reads what the newest batches have settled. It takes part in no write and keeps no
// transaction open. A ledger that has settled nothing has an empty history.
func NewHistory(ctx context.Context, store *ledger.Store) (*History, error) {
	h := &History{store: store, seed: maphash.MakeSeed()}
	all, err := store.Batches()
	if err != nil {
		return nil, err
	}
	count := 0
	for _, b := range slices.Backward(all) {
		settled := b.ByStatus[ledger.Settled].Count
		if settled == 0 {
			continue
		}
		if len(h.batches) == historyBatches || len(h.batches) > 0 && count+settled > historyPayouts {
			break
		}
		h.batches = append(h.batches, b)
		count += settled
	}
	h.paid = make([]paid, 0, count)
	for i, b := range h.batches {
		if err := h.read(ctx, b.ID, int16(i)); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(h.paid, func(a, b paid) int {
		return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.batch, b.batch), cmp.Compare(a.line, b.line))
	})
	return h, nil
}

func (h *History) read(ctx context.Context, id string, batch int16) error {
	for line := 0; ; {
		payouts, last, err := h.store.After(id, line, comparePage, ledger.Settled)
		if err != nil || len(payouts) == 0 {
			return err
		}
		for _, p := range payouts {
			h.paid = append(h.paid, paid{
				person: h.person(p.EmployeeID), account: h.account(p.Line), amount: p.Amount,
				payType: h.short(p.PayType), name: h.short(p.Name), line: uint32(p.Number), batch: batch,
			})
		}
		if line = last; ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

func (h *History) person(employee string) uint64 { return maphash.String(h.seed, fold(employee)) }

func (h *History) short(text string) uint32 { return uint32(maphash.String(h.seed, fold(text))) }

func (h *History) account(l ledger.Line) uint64 {
	return maphash.String(h.seed, l.BankCode+"\x00"+l.AccountNumber)
}

// of returns what an employee was paid, the newest first.
func (h *History) of(person uint64) []paid {
	from, _ := slices.BinarySearchFunc(h.paid, person, func(p paid, person uint64) int { return cmp.Compare(p.person, person) })
	to := from
	for to < len(h.paid) && h.paid[to].person == person {
		to++
	}
	return h.paid[from:to]
}

// Last returns an employee's newest settled payout. found is false when the history has none. Case
// and blanks of the employee ID do not count.
func (h *History) Last(employee string) (last ledger.Payout, found bool, err error) {
	for _, one := range h.of(h.person(employee)) {
		p, err := h.payout(one)
		if err != nil {
			return ledger.Payout{}, false, err
		}
		if fold(p.EmployeeID) == fold(employee) { // and not another one with the same hash
			return p, true, nil
		}
	}
	return ledger.Payout{}, false, nil
}

func (h *History) payout(one paid) (ledger.Payout, error) {
	return h.store.Payout(h.batches[one.batch].ID, int(one.line))
}

// otherHolder returns who else was paid last to the account of a line, nobody when that was the
// employee of the line.
func (h *History) otherHolder(l ledger.Line) (other ledger.Payout, found bool, err error) {
	h.indexAccounts()
	account := h.account(l)
	at, there := slices.BinarySearchFunc(h.places, account, func(place int32, account uint64) int {
		return cmp.Compare(h.paid[place].account, account)
	})
	if !there || h.paid[h.places[at]].person == h.person(l.EmployeeID) {
		return ledger.Payout{}, false, nil
	}
	other, err = h.payout(h.paid[h.places[at]])
	return other, err == nil && other.BankCode == l.BankCode && other.AccountNumber == l.AccountNumber, err
}

func (h *History) indexAccounts() {
	if h.places != nil {
		return
	}
	h.places = make([]int32, len(h.paid))
	for i := range h.paid {
		h.places[i] = int32(i)
	}
	slices.SortFunc(h.places, func(a, b int32) int {
		p, q := h.paid[a], h.paid[b]
		return cmp.Or(cmp.Compare(p.account, q.account), cmp.Compare(p.batch, q.batch), cmp.Compare(p.line, q.line))
	})
}
