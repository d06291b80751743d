package reports

import (
	"fmt"

	"gajian/ledger"
)

// survey is what the sheets that are no lists need of the payouts. It does not grow with their
// number, only with the number of days and cost centres.
type survey struct {
	payouts  int
	byStatus map[ledger.Status]tally
	books    books
	retries  retries
}

// tally sums payouts up.
type tally struct {
	count        int
	amount, fees ledger.Sen
}

func (t tally) plus(p ledger.Payout) (tally, error) {
	amount, fits := t.amount.Plus(p.Amount)
	fees, feesFit := t.fees.Plus(p.Fee)
	if !fits || !feesFit {
		return t, fmt.Errorf("line %d: the sum is larger than an amount can be", p.Number)
	}
	return tally{t.count + 1, amount, fees}, nil
}

func newSurvey() *survey {
	return &survey{byStatus: map[ledger.Status]tally{}, books: books{}}
}

func (v *survey) add(p ledger.Payout) (err error) {
	v.payouts++
	v.books.add(p)
	v.byStatus[p.Status], err = v.byStatus[p.Status].plus(p)
	return err
}

// sum adds the tallies of several statuses up.
func (v *survey) sum(statuses ...ledger.Status) (t tally) {
	for _, status := range statuses {
		more := v.byStatus[status]
		t.count, t.amount, t.fees = t.count+more.count, t.amount+more.amount, t.fees+more.fees
	}
	return t
}
