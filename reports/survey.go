package reports

import (
	"fmt"

	"gajian/ledger"
)

// survey is what one walk over the source finds out before anything is written: how long the
// lists and how wide the columns are, and the values of the formulas. It does not grow with the
// number of payouts, only with the number of days and cost centres.
type survey struct {
	payouts, exceptions, events           int
	payoutWidths, exceptionWidths, audits *widths
	byStatus                              map[ledger.Status]tally
	books                                 books
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

func (w *workbook) surveySource() (*survey, error) {
	v := &survey{
		payoutWidths:    newWidths(w.payoutHeaders()),
		exceptionWidths: newWidths(exceptionHeaders),
		audits:          newWidths(auditHeaders),
		byStatus:        map[ledger.Status]tally{},
		books:           books{},
	}
	for p, err := range w.source.Payouts() {
		if err != nil {
			return nil, err
		}
		if err := w.ctx.Err(); err != nil {
			return nil, err
		}
		if err := w.surveyPayout(v, p); err != nil {
			return nil, err
		}
	}
	for e, err := range w.source.Events() {
		if err != nil {
			return nil, err
		}
		if err := w.ctx.Err(); err != nil {
			return nil, err
		}
		v.events++
		v.audits.add(w.auditRow(e))
	}
	return v, nil
}

func (w *workbook) surveyPayout(v *survey, p ledger.Payout) (err error) {
	v.payouts++
	v.payoutWidths.add(w.payoutRow(p))
	if isException(p.Status) {
		v.exceptions++
		v.exceptionWidths.add(w.exceptionRow(p))
	}
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
