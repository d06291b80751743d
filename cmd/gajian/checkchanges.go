package main

import (
	"fmt"
	"slices"
	"strings"

	"gajian/batch"
	"gajian/ledger"
)

// What has changed since the employees of a file were paid last.

// changesShown is how many lines of one kind of change are told one by one.
const changesShown = 10

// changeHeadings say what a kind of change is, one and several of it.
var changeHeadings = map[ledger.Change][2]string{
	ledger.ChangeNew:     {"new employee", "lines with new employees"},
	ledger.ChangeAccount: {"changed account", "changed accounts"},
	ledger.ChangeAmount:  {"changed amount", "changed amounts"},
	ledger.ChangeName:    {"other name on the account of last time", "other names on the accounts of last time"},
	ledger.ChangeShared:  {"account used by two employees", "accounts used by two employees"},
}

// compared is false when nothing was compared: no earlier batch has paid anybody, or the file is a
// batch already.
func compared(c batch.ChangeList) bool { return c.Base.ID != "" || c.Count > 0 }

// allNew is true when no earlier batch has paid anybody of a file: to list them all would tell nothing.
func allNew(stock batch.Stock) bool { return stock.Changes.ByKind[ledger.ChangeNew] == stock.Count }

// striking is true when a line has another account, amount or name than last time, or the account of
// another employee and had not last time. Employees come and leave every month.
func striking(c batch.ChangeList) bool {
	if c.ByKind[ledger.ChangeAccount]+c.ByKind[ledger.ChangeAmount]+c.ByKind[ledger.ChangeName] > 0 {
		return true
	}
	return slices.ContainsFunc(c.Lines, func(line batch.ChangedLine) bool {
		return line.Changes.What == ledger.ChangeShared|ledger.ChangeNew
	})
}

// changesPage tells what has changed, in words; nothing when nothing was compared. people says whether who
// came and who left is told by name.
func (p *program) changesPage(w width, stock batch.Stock, people bool) (page []string) {
	c := stock.Changes
	if !compared(c) {
		return nil
	}
	page = append(page, w.wrap("", "", p.changesHeading(stock))...)
	for _, kind := range ledger.EachChange() {
		if count := c.ByKind[kind]; count > 0 && !(kind == ledger.ChangeNew && allNew(stock)) {
			page = append(page, w.wrap("  ", "  ", p.countOfChange(kind, count))...)
			if people || kind != ledger.ChangeNew {
				page = append(page, w.changedLines(c, kind, count)...)
			}
		}
	}
	if c.VanishedCount > 0 {
		page = append(page, fmt.Sprintf("  %s paid then and not in this file", plural(c.VanishedCount, "employee")))
		if people {
			page = append(page, w.vanishedLines(c)...)
		}
	}
	return page
}

func (p *program) changesHeading(stock batch.Stock) string {
	c := stock.Changes
	if allNew(stock) {
		return "No earlier batch in the ledger has paid anybody of this file."
	}
	since := "Since earlier batches"
	if c.Base.ID != "" {
		since = fmt.Sprintf("Since batch %s of period %s (%s in common)", c.Base.ID, c.Base.Period, plural(c.InCommon, "line"))
	}
	if c.Count == 0 && c.VanishedCount == 0 {
		return since + " nothing has changed, but for amounts up to " + p.AmountJump.String()
	}
	return since + ":"
}

// countOfChange says how many there are of a kind, and what becomes of them.
func (p *program) countOfChange(kind ledger.Change, count int) string {
	text := grouped(count) + " " + changeHeadings[kind][min(count, 2)-1]
	switch kind {
	case ledger.ChangeAccount:
		text += ", to be confirmed by telephone"
	case ledger.ChangeAmount:
		text += ", by more than " + p.AmountJump.String()
	default:
		return text
	}
	if p.ReviewChanges {
		return text + ": held until a person releases them"
	}
	return text + ": paid like the others; --review-changes holds them"
}

func (w width) changedLines(c batch.ChangeList, kind ledger.Change, count int) (page []string) {
	var rows [][]string
	for _, line := range c.Lines {
		if line.Changes.What&kind == 0 {
			continue
		}
		if len(rows) == changesShown {
			break
		}
		rows = append(rows, []string{fmt.Sprintf("line %d", line.Line.Number), cut(line.Line.Name, nameShown), line.Line.EmployeeID, whatChanged(line, kind, c.Base.ID)})
	}
	return w.indented(rows, count)
}

// whatChanged says of one kind what was and what is; and where that was, unless it is the base.
func whatChanged(line batch.ChangedLine, kind ledger.Change, base string) string {
	l, was := line.Line, line.Changes
	text := ""
	switch kind {
	case ledger.ChangeNew:
		return "IDR " + l.Amount.Grouped()
	case ledger.ChangeShared:
		return "employee " + was.Other + " has it too"
	case ledger.ChangeAccount:
		text = fmt.Sprintf("%s, was %s", batch.ShownAccount(l.BankCode, l.AccountNumber), batch.ShownAccount(was.BankCode, was.AccountNumber))
	case ledger.ChangeAmount:
		text = fmt.Sprintf("IDR %s, was %s (%s)", l.Amount.Grouped(), was.Amount.Grouped(), batch.Percentage(was.Amount, l.Amount))
	case ledger.ChangeName:
		text = fmt.Sprintf("%s, was %s", l.Name, was.Name)
	}
	if !strings.HasPrefix(was.Since, base+" ") {
		text += " in " + was.Since
	}
	return text
}

func (w width) vanishedLines(c batch.ChangeList) []string {
	var rows [][]string
	for _, line := range c.Vanished[:min(len(c.Vanished), changesShown)] {
		rows = append(rows, []string{cut(line.Name, nameShown), line.EmployeeID, "IDR " + line.Amount.Grouped()})
	}
	return w.indented(rows, c.VanishedCount)
}

// indented sets rows below each other under their heading; count is how many things there are to tell of.
func (w width) indented(rows [][]string, count int) (page []string) {
	for _, row := range w.columns(rows) {
		page = append(page, "      "+row)
	}
	if more := count - len(rows); more > 0 {
		page = append(page, fmt.Sprintf("      … and %s more; check --json lists them", grouped(more)))
	}
	return page
}

// changeRemark is what the marked copy says beside a changed line.
func changeRemark(line batch.ChangedLine) string {
	if line.Changes.What&ledger.ChangeNew != 0 && line.Reason == "" {
		return "new: none of the last batches has paid this employee"
	}
	return line.Reason
}

func (p *program) printChanges(e *examined) {
	page := p.changesPage(widthOf(p.stdout), e.stock, true)
	if len(page) > 0 {
		p.say("")
	}
	for _, line := range page {
		p.say("%s", line)
	}
}

// warnOfChanges tells on standard error, shortly before a run begins, what is striking; of who came and who
// left since the batch that the file is compared with, how many.
func (p *program) warnOfChanges(stock batch.Stock) {
	c := stock.Changes
	moved := c.Base.ID != "" && c.ByKind[ledger.ChangeNew]+c.VanishedCount > 0
	if !moved && !striking(c) {
		return
	}
	for _, line := range p.changesPage(widthOf(p.stderr)-width(len("gajian: ")), stock, false) {
		p.warn("%s", line)
	}
}

// changesJSON is the comparison in check --json; null when nothing was compared.
type changesJSON struct {
	Base          string         `json:"base"` // empty when no batch has these employees with these pay types
	BasePeriod    string         `json:"base_period"`
	InCommon      int            `json:"in_common"`
	Count         int            `json:"count"`
	ByKind        map[string]int `json:"by_kind"`
	Lines         []changedJSON  `json:"lines"`
	VanishedCount int            `json:"vanished_count"`
	Vanished      []vanishedJSON `json:"vanished"`
}

type changedJSON struct {
	Line       int           `json:"line"`
	EmployeeID string        `json:"employee_id"`
	Name       string        `json:"name"`
	Changes    []string      `json:"changes"` // new, account, amount, name, shared account
	Reason     string        `json:"reason"`
	Before     *paidThenJSON `json:"before"` // null for a new employee
}

// paidThenJSON is the employee's last settled payout.
type paidThenJSON struct {
	Batch         string     `json:"batch_line"` // "2026-10-ABC123 line 4"
	Name          string     `json:"name"`
	Bank          string     `json:"bank"`
	AccountNumber string     `json:"account_number"`
	Amount        ledger.Sen `json:"amount"`
}

type vanishedJSON struct {
	EmployeeID string     `json:"employee_id"`
	Name       string     `json:"name"`
	Amount     ledger.Sen `json:"amount"` // in the base
}

func newChangesJSON(c batch.ChangeList) *changesJSON {
	if !compared(c) {
		return nil
	}
	j := &changesJSON{Base: c.Base.ID, BasePeriod: c.Base.Period, InCommon: c.InCommon, Count: c.Count, ByKind: map[string]int{},
		Lines: []changedJSON{}, VanishedCount: c.VanishedCount, Vanished: []vanishedJSON{}}
	for kind, count := range c.ByKind {
		j.ByKind[kind.String()] = count
	}
	for _, line := range c.Lines {
		j.Lines = append(j.Lines, newChangedJSON(line))
	}
	for _, line := range c.Vanished {
		j.Vanished = append(j.Vanished, vanishedJSON{line.EmployeeID, line.Name, line.Amount})
	}
	return j
}

func newChangedJSON(c batch.ChangedLine) changedJSON {
	j := changedJSON{Line: c.Line.Number, EmployeeID: c.Line.EmployeeID, Name: c.Line.Name, Changes: changeWords(c.Changes.What), Reason: c.Reason}
	if was := c.Changes; was.Since != "" {
		j.Before = &paidThenJSON{was.Since, was.Name, was.BankCode, was.AccountNumber, was.Amount}
	}
	return j
}

func changeWords(what ledger.Change) (words []string) {
	for _, kind := range ledger.EachChange() {
		if what&kind != 0 {
			words = append(words, kind.String())
		}
	}
	return words
}
