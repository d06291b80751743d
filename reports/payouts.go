package reports

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
)

// The columns of the sheet Payouts that formulas refer to.
const (
	lineColumn   = "A"
	amountColumn = "G"
	feeColumn    = "H"
	statusColumn = "I"
)

// The headers of the sheet Payouts; the payroll file's own extra columns follow.
var payoutHeaders = []string{
	"Line", "Employee ID", "Name", "Bank code", "Bank", "Account number", "Amount", "Fee", "Status", "Reason",
	"Name at bank", "Name score", "Partner reference", "Provider reference", "Transferred at (WIB)", "Settled at (WIB)",
	"Attempts", "Cost center", "Pay type", "Remark",
}

func (w *workbook) payoutHeaders() []string {
	return append(payoutHeaders[:len(payoutHeaders):len(payoutHeaders)], w.summary.ExtraColumns...)
}

func (w *workbook) payoutRow(p ledger.Payout) []cell {
	s := w.styles
	row := []cell{
		s.count(p.Number), text(s.text, p.EmployeeID), text(s.wrap, p.Name), text(s.text, p.BankCode),
		text(s.wrap, w.options.BankName(p.BankCode)), text(s.text, p.AccountNumber), s.money(p.Amount), s.fee(p),
		text(s.text, p.Status.String()), text(s.wrap, p.Reason),
		text(s.wrap, p.HolderName), s.nameScore(p), text(s.text, w.summary.Reference(p.Ordinal)), text(s.text, p.ProviderReference),
		s.at(p.TransferredAt), s.at(p.SettledAt),
		s.count(p.Attempts), text(s.wrap, p.CostCenter), text(s.text, p.PayType), text(s.wrap, p.Remark),
	}
	for i := range w.summary.ExtraColumns {
		if i >= len(p.Extra) {
			break
		}
		row = append(row, text(s.wrap, p.Extra[i]))
	}
	return row
}

// fee is empty until the inquiry told it.
func (s styles) fee(p ledger.Payout) cell {
	if p.Fee == 0 && p.InquiredAt.IsZero() {
		return nil
	}
	return s.money(p.Fee)
}

// nameScore is empty until the bank told a name to compare.
func (s styles) nameScore(p ledger.Payout) cell {
	if p.HolderName == "" {
		return nil
	}
	return excelize.Cell{StyleID: s.score, Value: p.NameScore}
}

// overPayouts adds up what format, which names the sheet as %[1]s, gives on each sheet of payouts.
// Whole columns are named, so that sorting, filtering and moving rows changes nothing.
func (w *workbook) overPayouts(format string) string {
	var terms []string
	for _, name := range sheetNames(w.payouts.name, w.payouts.length, w.payouts.perSheet()) {
		terms = append(terms, fmt.Sprintf(format, quote(name)))
	}
	return strings.Join(terms, "+")
}

// sumOf is the formula of the amounts or fees, as column says, of the payouts of these statuses.
func (w *workbook) sumOf(column string, statuses ...ledger.Status) string {
	var terms []string
	for _, status := range statuses {
		terms = append(terms, w.overPayouts(fmt.Sprintf(`SUMIF(%%[1]s!$%[1]s:$%[1]s,"%[2]s",%%[1]s!$%[3]s:$%[3]s)`, statusColumn, status, column)))
	}
	return strings.Join(terms, "+")
}
