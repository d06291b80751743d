package reports

import (
	"errors"
	"fmt"
	"time"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
)

// The sheet Changes: what is not as it was when the same employees were paid last.

var changeHeaders = []string{
	"Line", "Employee ID", "What changed", "Name before", "Name now", "Bank code before", "Account number before", "Bank code now", "Account number now",
	"Amount before", "Amount now", "Difference", "Difference in percent", "Account shared with", "Compared with", "Status", "Decision",
}

const vanishedWord = "not in this file"

// newChanges begins the sheet; nil when it is not asked for.
func (w *workbook) newChanges() (*list, error) {
	if !w.options.Changes {
		return nil, nil
	}
	var err error
	if w.comparison, err = w.compare(); err != nil {
		return nil, err
	}
	return w.newList(&list{name: "Changes", headers: changeHeaders, lead: w.heading(w.comparison)})
}

// addChange adds a payout that is not as last time.
func (w *workbook) addChange(changes *list, p ledger.Payout) error {
	if changes == nil || p.Changes.What == 0 {
		return nil
	}
	return changes.add(w.changeRow(p))
}

// endChanges adds whom the base has paid and this batch does not have, and ends the sheet.
func (w *workbook) endChanges(changes *list) error {
	if changes == nil {
		return nil
	}
	var err error
	if w.comparison.vanished > 0 {
		err = w.eachPaidByBase(func(p ledger.Payout) error {
			if w.comparison.has(p.EmployeeID) {
				return nil
			}
			return changes.add(w.vanishedRow(p))
		})
	}
	return errors.Join(err, changes.last().finish())
}

// writeChanges puts the sheet, when there is one, into the workbook.
func (w *workbook) writeChanges(changes *list) error {
	if changes == nil {
		return nil
	}
	return w.writeList(changes)
}

func (w *workbook) changeRow(p ledger.Payout) []cell {
	s, was := w.styles, p.Changes
	row := []cell{
		s.count(p.Number), text(s.text, p.EmployeeID), text(s.wrap, was.What.String()), text(s.wrap, was.Name), text(s.wrap, p.Name),
		text(s.text, was.BankCode), text(s.text, was.AccountNumber), text(s.text, p.BankCode), text(s.text, p.AccountNumber),
		nil, s.money(p.Amount), nil, nil, text(s.text, was.Other), text(s.text, was.Since), text(s.text, p.Status.String()), text(s.wrap, w.decided(p)),
	}
	if was.Since != "" {
		row[9] = s.money(was.Amount)
		row[11] = excelize.Cell{StyleID: s.difference, Value: number(p.Amount - was.Amount)}
		row[12] = excelize.Cell{StyleID: s.percent, Value: int(percent(was.Amount, p.Amount))}
	}
	for _, changed := range []struct {
		what        ledger.Change
		first, last int // columns, from 0
	}{
		{ledger.ChangeName, 3, 4}, {ledger.ChangeAccount, 5, 8}, {ledger.ChangeAmount, 9, 12}, {ledger.ChangeShared, 13, 13},
	} {
		if was.What&changed.what != 0 {
			s.mark(row[changed.first : changed.last+1])
		}
	}
	return row
}

// vanishedRow shows what somebody was paid who is not in this batch.
func (w *workbook) vanishedRow(p ledger.Payout) []cell {
	s := w.styles
	row := make([]cell, len(changeHeaders))
	row[1], row[2], row[3] = text(s.text, p.EmployeeID), text(s.wrap, vanishedWord), text(s.wrap, p.Name)
	row[5], row[6], row[9], row[14] = text(s.text, p.BankCode), text(s.text, p.AccountNumber), s.money(p.Amount), text(s.text, p.Label())
	return row
}

// mark sets cells apart that are not as they were.
func (s styles) mark(cells []cell) {
	marked := map[int]int{s.text: s.markedText, s.wrap: s.markedWrap, s.whole: s.markedWhole, s.difference: s.markedDifference, s.percent: s.markedPercent}
	for i, c := range cells {
		c, ok := c.(excelize.Cell)
		if !ok {
			continue
		}
		if style, found := marked[c.StyleID]; found {
			c.StyleID = style
		}
		cells[i] = c
	}
}

// decisions are what persons decided on held lines, by line: the last one of each.
type decisions map[int]decided

// decisionsMax bounds them. A person decides with one command a line, and each has its reason of up to two
// kilobytes; what is more stands in the Audit.
const decisionsMax = 10_000

type decided struct {
	to     ledger.Status
	actor  string
	at     time.Time
	reason string
}

// see takes an event, which is a person's decision when it ends a hold.
func (d decisions) see(e ledger.Event) {
	if e.Kind != ledger.Transition || e.From != ledger.Held {
		return
	}
	if _, known := d[e.Line]; known || len(d) < decisionsMax {
		d[e.Line] = decided{e.To, e.Actor, e.At, e.Evidence.Reason}
	}
}

// decided says what a person decided on p; nothing when nobody had to.
func (w *workbook) decided(p ledger.Payout) string {
	made, found := w.decisions[p.Number]
	switch {
	case p.Status == ledger.Held:
		return "held: a person has to decide, see Exceptions"
	case !found && len(w.decisions) == decisionsMax:
		return "see Audit"
	case !found:
		return ""
	}
	word := "released"
	if made.to == ledger.Cancelled {
		word = "cancelled"
	}
	return because(fmt.Sprintf("%s by %s on %s.", word, made.actor, date(made.at)), made.reason)
}
