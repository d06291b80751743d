package reports

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
)

// statusMeanings are the statuses in the words of accounting.
var statusMeanings = map[ledger.Status]string{
	ledger.Settled:    "paid",
	ledger.Pending:    "accepted by the provider, not yet known as paid",
	ledger.Submitting: "sent or perhaps sent, outcome unknown",
	ledger.Queued:     "not sent yet, nothing asked",
	ledger.Verified:   "account confirmed, to be sent",
	ledger.Held:       "not sent, a person has to decide",
	ledger.Rejected:   "not sent, the bank said no to the account",
	ledger.Failed:     "the transfer ended without payment",
	ledger.Returned:   "paid, and the money came back",
	ledger.Cancelled:  "a person decided not to pay it",
}

// summaryTable is where the numbers of the Summary stand.
type summaryTable struct{ first, last, sum, input int }

func (w *workbook) writeSummary() error {
	s := w.styles
	p := w.newPage("Summary", 28, 22, 22, 18, 26, 64)
	p.heights[p.add(text(s.title, "Payroll reconciliation "+w.summary.Period))] = 26
	w.addIdentity(p)
	p.add()
	table := w.addStatuses(p)
	w.addControl(p, &table)
	w.addFees(p)
	w.addRetries(p)
	chartAt := p.next() + 1 // an empty row above it, and below it room to sign
	for range chartRows + 5 {
		p.add()
	}
	w.addSignatures(p)
	return w.writePage(p, func(sheet string) error { return w.addChart(sheet, table, chartAt) })
}

// addIdentity says what the report is about, who made it and when.
func (w *workbook) addIdentity(p *page) {
	s, b := w.styles, w.summary
	sequence, head := w.source.Head()
	facts := []struct {
		label string
		value cell
	}{
		{"Batch", text(s.note, b.ID)},
		{"State", text(s.note, w.state())},
		{"Period", text(s.note, b.Period)},
		{"Payroll file", text(s.note, b.File)},
		{"SHA-256 of the file", text(s.note, hex.EncodeToString(b.FileSHA256[:]))},
		{"Digest of the content", text(s.note, hex.EncodeToString(b.Digest[:]))},
		{"Batch created at (WIB)", s.leftAt(b.CreatedAt)},
		{"Batch created by", text(s.note, b.CreatedBy)},
		{"Journal's last event", text(s.note, fmt.Sprint(sequence))},
		{"Hash of that event", text(s.note, hex.EncodeToString(head[:]))},
		{"Environment of the provider", text(s.note, w.options.Environment)},
		{"Report made at (WIB)", s.leftAt(w.options.GeneratedAt)},
		{"Report made by", text(s.note, w.options.GeneratedBy)},
		{"Made with gajian version", text(s.note, w.options.Version)},
	}
	for _, fact := range facts {
		p.add(text(s.label, fact.label), fact.value)
	}
}

// state says whether anything is left to do, and for whom.
func (w *workbook) state() string {
	open := 0
	for _, status := range openStatuses() {
		open += w.summary.ByStatus[status].Count
	}
	waiting := ""
	if n := w.summary.ByStatus[ledger.Held].Count; n > 0 {
		waiting = "; waiting for a person to decide: " + payouts(n)
	}
	if open > 0 {
		return "NOT FINISHED, still under way or not sent: " + payouts(open) + waiting
	}
	return "finished" + waiting
}

// addStatuses adds the table of all statuses, counted by formulas over Payouts.
func (w *workbook) addStatuses(p *page) summaryTable {
	s := w.styles
	p.heights[p.add(s.headers("Status", "Lines", "Amount (IDR)", "Lines, by gajian", "Amount (IDR), by gajian", "Meaning")...)] = 22
	table := summaryTable{first: p.next()}
	for _, status := range ledger.Statuses() {
		found, own := w.survey.byStatus[status], w.summary.ByStatus[status]
		row := p.next()
		table.last = p.add(
			text(s.text, status.String()),
			s.countFormula(w.overPayouts(fmt.Sprintf("COUNTIF(%%[1]s!$%[1]s:$%[1]s,$A%[2]d)", statusColumn, row)), found.count),
			s.formula(w.overPayouts(fmt.Sprintf("SUMIF(%%[1]s!$%[1]s:$%[1]s,$A%[2]d,%%[1]s!$%[3]s:$%[3]s)", statusColumn, row, amountColumn)), found.amount),
			s.count(own.Count), s.money(own.Amount), text(s.text, statusMeanings[status]))
	}
	return table
}

// addControl compares the sum of the statuses with what came in, and with the ledger's totals.
func (w *workbook) addControl(p *page, t *summaryTable) {
	s, sum := w.styles, w.survey.sum(ledger.Statuses()...)
	count, amount := w.ownSum()
	down := func(column string) string { return fmt.Sprintf("SUM(%s%d:%s%d)", column, t.first, column, t.last) }
	t.sum = p.add(text(s.totalText, "Sum of all statuses"),
		s.countTotal(down("B"), sum.count), s.total(down("C"), sum.amount), s.countTotal(down("D"), count), s.total(down("E"), amount))
	t.input = p.add(text(s.totalText, "Input: the payroll file"),
		s.countTotal(w.overPayouts("COUNT(%[1]s!$"+lineColumn+":$"+lineColumn+")"), sum.count),
		s.total(w.overPayouts("SUM(%[1]s!$"+amountColumn+":$"+amountColumn+")"), sum.amount),
		s.countTotal("", w.summary.Lines), s.total("", w.summary.Total),
		text(s.note, "by gajian: the control totals from when the file was read"))
	input := func(formulas, own string) string {
		return fmt.Sprintf("ROUND(%s%d-%s%d,2)", own, t.input, formulas, t.sum)
	}
	w.addCheck(p, input("B", "D"), w.summary.Lines-sum.count, input("C", "E"), w.summary.Total-sum.amount,
		"input less the sum of all statuses")
	apart := func(formulas, own string) string {
		return fmt.Sprintf("ROUND(SUMPRODUCT(ABS(%[1]s%[3]d:%[1]s%[4]d-%[2]s%[3]d:%[2]s%[4]d)),2)", formulas, own, t.first, t.input)
	}
	counts, amounts := w.apart()
	w.addCheck(p, apart("B", "D"), counts, apart("C", "E"), amounts, "the sheet Payouts against gajian's own figures, line by line of this table")
}

// addCheck adds a row that must be 0, in count and amount.
func (w *workbook) addCheck(p *page, countFormula string, count int, amountFormula string, amount ledger.Sen, note string) {
	s := w.styles
	row := p.add(text(s.totalText, checkLabel), s.checkCount(countFormula, count), s.checkAmount(amountFormula, amount), nil, nil, text(s.note, note))
	p.alarm(2, row)
	p.alarm(3, row)
}

// ownSum is the sum of the ledger's totals.
func (w *workbook) ownSum() (count int, amount ledger.Sen) {
	for _, status := range ledger.Statuses() {
		count += w.summary.ByStatus[status].Count
		amount += w.summary.ByStatus[status].Amount
	}
	return count, amount
}

// apart is how far the Payouts sheet and the ledger's totals are apart, over all rows of the table.
func (w *workbook) apart() (counts int, amounts ledger.Sen) {
	for _, status := range ledger.Statuses() {
		found, own := w.survey.byStatus[status], w.summary.ByStatus[status]
		counts += abs(found.count - own.Count)
		amounts += abs(found.amount - own.Amount)
	}
	sum := w.survey.sum(ledger.Statuses()...)
	count, amount := w.ownSum()
	counts += abs(sum.count-count) + abs(sum.count-w.summary.Lines)
	amounts += abs(sum.amount-amount) + abs(sum.amount-w.summary.Total)
	return counts, amounts
}

func abs[N int | ledger.Sen](n N) N { return max(n, -n) }

// addFees adds the fees, and how many lines still need somebody or something.
func (w *workbook) addFees(p *page) {
	s := w.styles
	p.add()
	p.heights[p.add(s.headers("Also", "Lines", "Amount (IDR)", "", "Amount (IDR), by gajian", "Meaning")...)] = 22
	paid, transit := []ledger.Status{ledger.Settled, ledger.Returned}, []ledger.Status{ledger.Pending, ledger.Submitting}
	first := p.next()
	for _, row := range []struct {
		label, meaning, column string
		statuses               []ledger.Status
		value                  ledger.Sen
		own                    cell
	}{
		{"Fees", "of settled and returned payouts: the provider keeps them", feeColumn, paid, w.survey.sum(paid...).fees, s.money(w.summary.Fees)},
		{"Fees in transit", "of pending and in_doubt payouts", feeColumn, transit, w.survey.sum(transit...).fees, s.money(w.summary.TransitFees)},
		{"Exceptions", "see the sheet Exceptions: a person has to act", amountColumn, exceptionStatuses, w.survey.sum(exceptionStatuses...).amount, nil},
		{"Not finished", "queued, verified, in_doubt, pending: run again to go on", amountColumn, openStatuses(), w.survey.sum(openStatuses()...).amount, nil},
	} {
		p.add(text(s.text, row.label), s.countFormula(w.countOf(row.statuses...), w.survey.sum(row.statuses...).count),
			s.formula(w.sumOf(row.column, row.statuses...), row.value), nil, row.own, text(s.text, row.meaning))
	}
	apart := abs(w.survey.sum(paid...).fees-w.summary.Fees) + abs(w.survey.sum(transit...).fees-w.summary.TransitFees)
	formula := fmt.Sprintf("ROUND(ABS(C%[1]d-E%[1]d)+ABS(C%[2]d-E%[2]d),2)", first, first+1)
	row := p.add(text(s.totalText, checkLabel), s.checkAmount(formula, apart), nil, nil, nil, text(s.note, "fees: the sheet Payouts against gajian's own figures"))
	p.alarm(2, row)
}

func openStatuses() (open []ledger.Status) {
	for _, status := range ledger.Statuses() {
		if status.Open() {
			open = append(open, status)
		}
	}
	return open
}

// countOf is the formula of how many payouts have one of these statuses.
func (w *workbook) countOf(statuses ...ledger.Status) string {
	var terms []string
	for _, status := range statuses {
		terms = append(terms, w.overPayouts(fmt.Sprintf(`COUNTIF(%%[1]s!$%[1]s:$%[1]s,"%[2]s")`, statusColumn, status)))
	}
	return strings.Join(terms, "+")
}

// addSignatures leaves room for the people who sign.
func (w *workbook) addSignatures(p *page) {
	s := w.styles
	p.add(text(s.signature, "Prepared by (name, date)"), nil, text(s.signature, "Checked by (name, date)"), nil,
		text(s.signature, "Approved by (name, date)"), text(s.signature, " "))
}

// chartRows is how many rows the chart covers; 20 pixels each, as rowHeight is at 96 dots an inch.
const chartRows = 14

// addChart draws the lines by status. Bars carry their number, so that it reads in black and white.
func (w *workbook) addChart(sheet string, t summaryTable, row int) error {
	column := func(name string) string {
		return fmt.Sprintf("%s!$%s$%d:$%s$%d", quote(sheet), name, t.first, name, t.last)
	}
	gap, font := uint(40), excelize.Font{Color: "000000", Size: 10}
	return w.file.AddChart(sheet, at(1, row), &excelize.Chart{
		Type:      excelize.Col,
		Series:    []excelize.ChartSeries{{Name: fmt.Sprintf("%s!$B$%d", quote(sheet), t.first-1), Categories: column("A"), Values: column("B"), Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F3864"}}}},
		Title:     excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: "Lines by status", Font: &excelize.Font{Bold: true, Size: 12}}}},
		Legend:    excelize.ChartLegend{Position: "none"},
		PlotArea:  excelize.ChartPlotArea{ShowVal: true},
		XAxis:     excelize.ChartAxis{Font: font},
		YAxis:     excelize.ChartAxis{MajorGridLines: true, Font: font, NumFmt: excelize.ChartNumFmt{CustomNumFmt: formatWhole}},
		GapWidth:  &gap,
		Dimension: excelize.ChartDimension{Width: 1180, Height: chartRows * 20},
	})
}
