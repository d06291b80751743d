package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
)

var journalHeaders = []string{"Entry", "Date (WIB)", "Cost center", "Account", "Account name", "Description", "Debit", "Credit"}

// books are the sums to book: one entry a day, cost centre and kind, so that no entry spans two
// days (and with them two months).
type books map[entryKey]tally

type entryKey struct {
	day        time.Time // midnight WIB; zero when the day is not known
	costCenter string
	returned   bool // the money came back; else it was paid
}

// add books p. A returned payout was paid first: that entry stands, with its fee, which remains a
// cost, and a second one takes the money back and owes it again.
func (b books) add(p ledger.Payout) {
	switch p.Status {
	case ledger.Settled:
		b.book(entryKey{day(p.SettledAt), p.CostCenter, false}, p)
	case ledger.Returned:
		b.book(entryKey{day(p.SettledAt), p.CostCenter, false}, p)
		b.book(entryKey{day(p.ReturnedAt), p.CostCenter, true}, p)
	}
}

// book adds p to an entry. Overflow is excluded by survey.plus, whose sums are larger.
func (b books) book(key entryKey, p ledger.Payout) {
	t := b[key]
	b[key] = tally{t.count + 1, t.amount + p.Amount, t.fees + p.Fee}
}

func day(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	year, month, date := t.In(ledger.WIB).Date()
	return time.Date(year, month, date, 0, 0, 0, 0, ledger.WIB)
}

// keys are the entries by day, cost centre and kind.
func (b books) keys() []entryKey {
	keys := make([]entryKey, 0, len(b))
	for key := range b {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(x, y entryKey) int {
		kind := 0
		if x.returned != y.returned {
			kind = 1
			if y.returned {
				kind = -1
			}
		}
		return cmp.Or(x.day.Compare(y.day), strings.Compare(x.costCenter, y.costCenter), kind)
	})
	return keys
}

// posting is one line of an entry; one of debit and credit is 0.
type posting struct {
	account       Account
	description   string
	debit, credit ledger.Sen
}

// postings are the lines of the entry of key. Their debits equal their credits.
func (w *workbook) postings(key entryKey, t tally) []posting {
	a, of := w.options.Accounts, payouts(t.count)
	line := func(account Account, what string, debit, credit ledger.Sen) posting {
		return posting{account, fmt.Sprintf("%s: %s, %s", w.summary.ID, what, of), debit, credit}
	}
	if key.returned {
		return []posting{
			line(a.Deposit, "came back", t.amount, 0),
			line(a.ReturnedPay, "owed again", 0, t.amount),
		}
	}
	lines := []posting{line(a.SalaryPayable, "salary paid", t.amount, 0)}
	if t.fees != 0 {
		lines = append(lines, line(a.BankCharges, "transfer fees", t.fees, 0))
	}
	return append(lines, line(a.Deposit, "salary and fees left", 0, t.amount+t.fees))
}

func payouts(n int) string {
	if n == 1 {
		return "1 payout"
	}
	return fmt.Sprintf("%d payouts", n)
}

// journalFooter is how many rows stand below the Journal's list.
const journalFooter = 6

func (w *workbook) writeJournal() error {
	l, err := w.newList(&list{name: "Journal", headers: journalHeaders, footerRows: journalFooter})
	if err != nil {
		return err
	}
	total := ledger.Sen(0)
	for i, key := range w.survey.books.keys() {
		for _, posting := range w.postings(key, w.survey.books[key]) {
			total += posting.debit
			if err := l.add(w.journalRow(i+1, key, posting)); err != nil {
				return err
			}
		}
	}
	l.widths.of[6], l.widths.of[7] = max(l.widths.of[6], 18), max(l.widths.of[7], 18) // the totals are longer than any row
	checks, err := w.journalTotals(l, total)
	if err != nil {
		return err
	}
	return w.writeList(l, checks)
}

// listed is the formula of the sum of the list in a column, over all its sheets.
func (w *workbook) listed(l *list, column string) string {
	var terms []string
	for i, name := range sheetNames(l.name, l.length, l.perSheet()) {
		first, last := l.span(i)
		terms = append(terms, fmt.Sprintf("SUM(%[1]s!%[2]s%[3]d:%[2]s%[4]d)", quote(name), column, first, max(first, last)))
	}
	return strings.Join(terms, "+")
}

func (w *workbook) journalRow(entry int, key entryKey, p posting) []cell {
	s := w.styles
	row := []cell{s.count(entry), nil, text(s.wrap, cmp.Or(key.costCenter, "(none)")), text(s.text, p.account.Code),
		text(s.wrap, p.account.Name), text(s.wrap, p.description), nil, nil}
	if !key.day.IsZero() {
		row[1] = excelize.Cell{StyleID: s.date, Value: key.day}
	}
	if p.credit == 0 {
		row[6] = s.money(p.debit)
	} else {
		row[7] = s.money(p.credit)
	}
	return row
}

// journalTotals writes the totals below the list, out of reach of its filter: debit and credit,
// what they should be by Payouts and by the ledger, and two checks, whose cells it returns.
func (w *workbook) journalTotals(l *list, total ledger.Sen) (checks string, err error) {
	st, b := w.styles, w.summary
	paid, back := w.survey.sum(ledger.Settled, ledger.Returned), w.survey.sum(ledger.Returned)
	should := paid.amount + paid.fees + back.amount
	own := b.ByStatus[ledger.Settled].Amount + 2*b.ByStatus[ledger.Returned].Amount + b.Fees
	formula := strings.Join([]string{w.sumOf(amountColumn, ledger.Settled, ledger.Returned), w.sumOf(feeColumn, ledger.Settled, ledger.Returned), w.sumOf(amountColumn, ledger.Returned)}, "+")
	sums := l.last().written + 2
	rows := [][]cell{
		{},
		{text(st.totalText, "Total"), st.total(w.listed(l, "G"), total), st.total(w.listed(l, "H"), total)},
		{text(st.totalText, "By Payouts: paid + fees + returned"), st.total(formula, should), st.total(formula, should)},
		{text(st.totalText, "By gajian: paid + fees + returned"), st.total("", own), st.total("", own)},
		{text(st.totalText, checkLabel), st.checkAmount(fmt.Sprintf("ROUND(G%[1]d-H%[1]d,2)", sums), 0), text(st.note, "debit less credit")},
		{text(st.totalText, checkLabel), st.checkAmount(fmt.Sprintf("ROUND(ABS(G%d-G%d)+ABS(G%d-G%d),2)", sums, sums+1, sums, sums+2),
			abs(total-should)+abs(total-own)), text(st.note, "against Payouts and gajian")},
	}
	for _, row := range rows {
		if err := l.last().write(append(make([]cell, 5), row...), 0); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("G%d:G%d", sums+3, sums+4), nil
}
