package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
)

const notRead = "not read"

// writeBalance proves the deposit: opening − transfers − fees + returned − in transit is what it
// should hold; less what it does hold is the difference that somebody has to explain.
func (w *workbook) writeBalance() error {
	s := w.styles
	p := w.newPage("Balance", 56, 24, 24, 70)
	p.heights[p.add(text(s.title, "Proof of the deposit"))] = 26
	p.add()
	p.heights[p.add(s.headers("", "Amount (IDR)", "Amount (IDR), by gajian", "Remark")...)] = 22
	rows := w.balanceRows(p.next())
	first := p.next()
	for _, row := range rows {
		own := row.own
		p.add(text(row.label, row.name), row.value, own, text(s.wrap, row.remark))
	}
	difference := p.next() - 1
	if w.balanceKnown() {
		p.alarm(2, difference)
	}
	p.add()
	apart := fmt.Sprintf("ROUND(%s,2)", comparedRows(first, difference))
	check := p.add(text(s.totalText, checkLabel), s.checkAmount(apart, w.balanceApart()), nil,
		text(s.note, "the sheet Payouts against gajian's own figures, row by row"))
	p.alarm(2, check)
	p.add()
	for _, line := range balanceNotes {
		p.add(text(s.note, line))
	}
	return w.writePage(p, nil)
}

var balanceNotes = []string{
	"A difference that is not 0 has one of these reasons: somebody used or topped up the deposit outside this ledger between the two readings;",
	"a payout in transit was booked otherwise than expected; the provider charged another fee than it announced.",
	"Compare the provider's own statement for the time between the two readings.",
}

// balanceRow is one row of the proof.
type balanceRow struct {
	name, remark string
	label        int // style of name
	value, own   cell
}

func (w *workbook) balanceRows(first int) []balanceRow {
	s, b := w.styles, w.summary
	paid := []ledger.Status{ledger.Settled, ledger.Returned}
	transit := []ledger.Status{ledger.Pending, ledger.Submitting}
	v := w.survey
	plain := func(name, remark, formula string, value, own ledger.Sen) balanceRow {
		return balanceRow{name, remark, s.text, s.formula(formula, value), s.money(own)}
	}
	return []balanceRow{
		w.readingRow("Opening balance", b.Balance.HasOpened, b.Balance.Opening, readAt(b.Balance.HasOpened, b.Balance.OpenedAt)),
		plain("− Transfers", "settled and returned: all money that was paid", w.sumOf(amountColumn, paid...),
			v.sum(paid...).amount, b.ByStatus[ledger.Settled].Amount+b.ByStatus[ledger.Returned].Amount),
		plain("− Fees", "of settled and returned; a returned payout's fee is not given back", w.sumOf(feeColumn, paid...), v.sum(paid...).fees, b.Fees),
		plain("+ Returned", "paid, and the money came back", w.sumOf(amountColumn, ledger.Returned), v.sum(ledger.Returned).amount, b.ByStatus[ledger.Returned].Amount),
		plain("− In transit", "pending and in_doubt: left or may have left, not yet known as paid", w.sumOf(amountColumn, transit...),
			v.sum(transit...).amount, b.ByStatus[ledger.Pending].Amount+b.ByStatus[ledger.Submitting].Amount),
		plain("− Fees in transit", "of pending and in_doubt", w.sumOf(feeColumn, transit...), v.sum(transit...).fees, b.TransitFees),
		{"− Other batches", "of this ledger, between the two readings; each has its own proof", s.text, s.money(b.Balance.Others), s.money(b.Balance.Others)},
		w.derivedRow("= Expected closing balance", "", b.Balance.HasOpened, first,
			fmt.Sprintf("B%d-B%d-B%d+B%d-B%d-B%d-B%d", first, first+1, first+2, first+3, first+4, first+5, first+6), w.expected(), b.Expected()),
		w.readingRow("Actual closing balance", b.Balance.HasClosed, b.Balance.Closing, w.closedAt()),
		w.derivedRow("Difference (must be 0)", "actual less expected; 0 when every rupiah is accounted for", w.balanceKnown(), first,
			fmt.Sprintf("ROUND(B%d-B%d,2)", first+8, first+7), b.Balance.Closing-w.expected(), b.Difference()),
	}
}

// balanceKnown reports whether both balances were read, the closing one after the last change;
// without that there is no difference.
func (w *workbook) balanceKnown() bool {
	return w.summary.Balance.Proves()
}

// expected is Summary.Expected worked out from the payouts, as the formulas do.
func (w *workbook) expected() ledger.Sen {
	paid, back := w.survey.sum(ledger.Settled, ledger.Returned), w.survey.sum(ledger.Returned)
	transit := w.survey.sum(ledger.Pending, ledger.Submitting)
	return w.summary.Balance.Opening - paid.amount - paid.fees + back.amount - transit.amount - transit.fees - w.summary.Balance.Others
}

// readingRow shows a balance as the provider told it.
func (w *workbook) readingRow(name string, known bool, balance ledger.Sen, remark string) balanceRow {
	row := balanceRow{name: name, remark: remark, label: w.styles.label}
	if !known {
		row.value, row.own = w.styles.unknown(), w.styles.unknown()
		return row
	}
	row.value, row.own = w.styles.money(balance), w.styles.money(balance)
	return row
}

// closedAt remarks on the closing balance.
func (w *workbook) closedAt() string {
	b := w.summary.Balance
	remark := readAt(b.HasClosed, b.ClosedAt)
	if b.HasClosed && b.Moved {
		remark += ", before the last change: it proves nothing"
	}
	return remark
}

func readAt(known bool, t time.Time) string {
	if !known {
		return "the provider did not tell it"
	}
	return "available balance, read at " + t.In(ledger.WIB).Format(time.DateTime) + " WIB"
}

// derivedRow shows what follows from the balances; nothing follows from one that was not read.
func (w *workbook) derivedRow(name, remark string, known bool, opening int, formula string, value, own ledger.Sen) balanceRow {
	row := balanceRow{name: name, remark: remark, label: w.styles.totalText}
	if !known {
		row.value, row.own = w.styles.unknown(), w.styles.unknown()
		row.remark = strings.TrimPrefix(remark+"; a balance was not read, or not since the last change", "; ")
		return row
	}
	row.value, row.own = w.styles.total(formula, value), w.styles.total("", own)
	return row
}

func (s styles) unknown() cell {
	return excelize.Cell{StyleID: s.text, Value: notRead}
}

// comparedRows is the formula of how far columns B and C are apart. Rows of unread balances hold
// the same text in both; N takes them as 0.
func comparedRows(first, last int) string {
	var terms []string
	for row := first; row <= last; row++ {
		terms = append(terms, fmt.Sprintf("ABS(N(B%d)-N(C%d))", row, row))
	}
	return strings.Join(terms, "+")
}

// balanceApart is the value of that formula.
func (w *workbook) balanceApart() ledger.Sen {
	b, v := w.summary, w.survey
	paid, back := v.sum(ledger.Settled, ledger.Returned), v.sum(ledger.Returned)
	transit := v.sum(ledger.Pending, ledger.Submitting)
	sum := abs(paid.amount-b.ByStatus[ledger.Settled].Amount-b.ByStatus[ledger.Returned].Amount) + abs(paid.fees-b.Fees) +
		abs(back.amount-b.ByStatus[ledger.Returned].Amount) +
		abs(transit.amount-b.ByStatus[ledger.Pending].Amount-b.ByStatus[ledger.Submitting].Amount) + abs(transit.fees-b.TransitFees)
	if b.Balance.HasOpened {
		sum += abs(w.expected() - b.Expected())
	}
	if w.balanceKnown() {
		sum += abs(w.expected() - b.Expected()) // the differences are as far apart as what is expected
	}
	return sum
}
