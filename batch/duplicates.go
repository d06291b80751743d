package batch

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"

	"gajian/ledger"
)

// duplicates finds lines that pay what another line pays already: the same employee in the same
// period with the same pay type, or the same account in the same period the same amount. Equal
// honest payments pass: one employee's salary and allowance, when their pay types differ.
//
// While the file is read it keeps only a 64-bit hash of each key. Keys that occur twice, in the
// file or in earlier batches, are few; only for them whole lines are remembered and compared.
type duplicates struct {
	store *ledger.Store
	seed  maphash.Seed

	hashes  [2][]uint64       // by rule: of every line, sorted once all are seen
	twice   map[uint64]bool   // hashes that occur more than once in the file
	earlier map[uint64][]twin // payouts of earlier batches whose hash is in the file
	first   map[uint64][]twin // lines of this file already judged whose hash is in twice
}

// twin is the other line of a possible duplicate.
type twin struct {
	label                                  string
	status                                 string
	employee, payType, bank, account, name string
	amount                                 ledger.Sen
}

func newDuplicates() *duplicates {
	return &duplicates{seed: maphash.MakeSeed(), twice: map[uint64]bool{}, earlier: map[uint64][]twin{}, first: map[uint64][]twin{}}
}

// keys returns the hashes of what a line is compared by.
func (d *duplicates) keys(l ledger.Line) [2]uint64 {
	return [2]uint64{
		maphash.String(d.seed, "employee\x00"+l.EmployeeID+"\x00"+l.PayType),
		maphash.String(d.seed, fmt.Sprintf("account\x00%s\x00%s\x00%d", l.BankCode, l.AccountNumber, l.Amount)),
	}
}

// see takes a line while the file is read for the first time.
func (d *duplicates) see(l ledger.Line) {
	for rule, key := range d.keys(l) {
		d.hashes[rule] = append(d.hashes[rule], key)
	}
}

// compare finds the keys that occur twice in the file, and those in earlier batches of the period.
func (d *duplicates) compare(ctx context.Context, store *ledger.Store, s Stock) error {
	d.store = store
	for _, hashes := range d.hashes {
		slices.Sort(hashes)
		for i := 1; i < len(hashes); i++ {
			if hashes[i] == hashes[i-1] {
				d.twice[hashes[i]] = true
			}
		}
	}
	if store == nil {
		return nil
	}
	batches, err := store.Batches()
	if err != nil {
		return err
	}
	for _, b := range batches {
		if b.Period == s.Period && b.Digest != s.Digest {
			if err := d.compareWith(ctx, b.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// blocking are the statuses of a payout that is paid, under way, or may still be released.
var blocking = []ledger.Status{ledger.Queued, ledger.Verified, ledger.Submitting, ledger.Pending, ledger.Settled, ledger.Held}

// comparePage is how many payouts of an earlier batch are read at once.
const comparePage = 1024

func (d *duplicates) compareWith(ctx context.Context, batch string) error {
	for line := 0; ; {
		payouts, last, err := d.store.After(batch, line, comparePage, blocking...)
		if err != nil || len(payouts) == 0 {
			return err
		}
		for _, p := range payouts {
			for rule, key := range d.keys(p.Line) {
				if _, found := slices.BinarySearch(d.hashes[rule], key); found {
					d.earlier[key] = append(d.earlier[key], newTwin(p.Line, p.Label(), p.Status.String()))
				}
			}
		}
		if line = last; ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func newTwin(l ledger.Line, label, status string) twin {
	return twin{label: label, status: status, employee: l.EmployeeID, payType: l.PayType, bank: l.BankCode, account: l.AccountNumber, name: l.Name, amount: l.Amount}
}

// none reports whether no line can be a duplicate.
func (d *duplicates) none() bool { return len(d.twice) == 0 && len(d.earlier) == 0 }

// restart forgets the lines that were judged, for another walk through the file.
func (d *duplicates) restart() { clear(d.first) }

// judge returns the line as it goes into the ledger: queued, or held and why. It is called for
// every line, in the file's order.
func (d *duplicates) judge(l ledger.Line) ledger.Draft {
	draft := ledger.Draft{Line: l}
	for _, key := range d.keys(l) {
		d.compareWithAll(&draft, d.earlier[key])
		d.compareWithAll(&draft, d.first[key])
		if d.twice[key] {
			d.first[key] = append(d.first[key], newTwin(l, fmt.Sprintf("line %d", l.Number), "in this file"))
		}
	}
	return draft
}

// compareWithAll compares until the draft is held: in a file with one account in every line that
// is at the first other line, however many there are.
func (d *duplicates) compareWithAll(draft *ledger.Draft, others []twin) {
	for i := 0; i < len(others) && draft.Hold == ledger.HoldNone; i++ {
		d.compareTwin(draft, others[i])
	}
}

// compareTwin holds the draft when the other line pays the same.
func (d *duplicates) compareTwin(draft *ledger.Draft, other twin) {
	sameEmployee := draft.EmployeeID == other.employee
	sameAccount := draft.BankCode == other.bank && draft.AccountNumber == other.account && draft.Amount == other.amount
	switch {
	case sameEmployee && draft.PayType == other.payType:
		draft.Hold = ledger.HoldDuplicate
		draft.Reason = fmt.Sprintf("employee %s is paid by %s already (%s), same period and pay type", draft.EmployeeID, other.label, other.status)
	case sameAccount && !sameEmployee && !d.acceptedShare(draft.Line, other):
		draft.Hold, draft.SharedWith = ledger.HoldSharedAccount, other.employee
		draft.Reason = fmt.Sprintf("%s (%s) pays the same amount to the same account for employee %s", other.label, other.status, other.employee)
	default:
		return
	}
	draft.DuplicateOf = other.label
}

// acceptedShare reports whether a person accepted before that the two employees share the account.
func (d *duplicates) acceptedShare(l ledger.Line, other twin) bool {
	if d.store == nil {
		return false
	}
	accepted, err := d.store.Accepted(ledger.AcceptShared(l.BankCode, l.AccountNumber, l.EmployeeID, other.employee))
	return err == nil && accepted // a record that cannot be read accepts nothing
}
