package batch

import (
	"context"
	"fmt"
	"math/bits"
	"strings"

	"gajian/ledger"
)

// Review says what is done about lines that are not as they were last time. The zero value shows them.
type Review struct {
	// Hold makes lines with another account, or an amount that jumps, wait for a person.
	Hold bool
	// AmountJump is by how much an amount may differ from the last one, in percent of that, from 1 on;
	// 0 is 50: a bonus in the salary's place is seen, a promotion is not.
	AmountJump int
}

const defaultAmountJump = 50

// ChangeList is how a file differs from what was paid last. Lists are bounded, counts are whole.
//
// Every line is compared with the newest settled payout of the same employee and pay type, in the
// batches of a History; the account with that of any pay type, when there is none of its own. The file
// as a whole is compared with one batch: the newest that paid at least half of the file's employees
// with the same pay types, or else the one that paid most of them.
type ChangeList struct {
	Base          ledger.Batch // zero when no earlier batch paid anybody of the file with the same pay type
	InCommon      int          // lines of the file whose employee and pay type the base paid
	Count         int          // lines with a change, new employees included
	ByKind        map[ledger.Change]int
	Lines         []ChangedLine // at most 1,000
	VanishedCount int           // employees whom the base paid and the file does not have
	Vanished      []ledger.Line // at most 1,000
}

// ChangedLine is a line that is not as it was last time.
type ChangedLine struct {
	Line    ledger.Line
	Changes ledger.Changes
	Reason  string // in words
}

// changeFinder compares lines with a history.
type changeFinder struct {
	history *History // nil when nothing is compared
	review  Review
	list    ChangeList
	common  []int // by place in the history's batches: lines that are there
	retries bool  // every line so far replaces another
}

func newChangeFinder(ctx context.Context, store *ledger.Store, r Review) (*changeFinder, error) {
	if r.AmountJump == 0 {
		r.AmountJump = defaultAmountJump
	}
	f := &changeFinder{review: r, retries: true, list: ChangeList{ByKind: map[ledger.Change]int{}}}
	if store == nil {
		return f, nil
	}
	history, err := NewHistory(ctx, store)
	if err != nil || len(history.batches) == 0 {
		return f, err
	}
	f.history, f.common = history, make([]int, len(history.batches))
	return f, nil
}

// judge notes on a draft what has changed, and holds it when that is to be reviewed.
func (f *changeFinder) judge(draft *ledger.Draft) error {
	if f.history == nil {
		return nil
	}
	changes, reason, err := f.compare(draft.Line, draft.Changes)
	if err != nil || changes.What == 0 {
		return err
	}
	draft.Changes = changes
	if holds, err := f.holds(draft.Line, changes.What); !holds {
		return err
	}
	if draft.Hold == ledger.HoldNone {
		draft.Hold, draft.Reason = ledger.HoldChange, reason
		return nil
	}
	draft.Reason += "; besides, " + reason
	return nil
}

// holds reports whether a person has to look at a change first: at an amount that jumps each time, at
// an account until it was released to the employee once. A retry of a payout that was released and
// failed does not ask the same question again.
func (f *changeFinder) holds(l ledger.Line, what ledger.Change) (bool, error) {
	if !f.review.Hold || what&(ledger.ChangeAccount|ledger.ChangeAmount) == 0 {
		return false, nil
	}
	if what&ledger.ChangeAmount != 0 {
		return true, nil
	}
	accepted, err := f.history.store.Accepted(ledger.AcceptAccount(l.BankCode, l.AccountNumber, l.EmployeeID))
	return !accepted && err == nil, err
}

// compare finds what has changed. known is what the file alone has shown: an account shared in it.
func (f *changeFinder) compare(l ledger.Line, known ledger.Changes) (c ledger.Changes, reason string, err error) {
	c = known
	before := f.history.of(f.history.person(l.EmployeeID))
	if len(before) == 0 {
		c.What |= ledger.ChangeNew
		return c, "", f.sharedBefore(&c, l)
	}
	then, sameType := f.reference(before, l)
	account := f.history.account(l)
	if then.account != account {
		c.What |= ledger.ChangeAccount
		if err := f.sharedBefore(&c, l); err != nil {
			return c, "", err
		}
	} else if then.name != f.history.short(l.Name) {
		c.What |= ledger.ChangeName // until the names are compared
	}
	if sameType && jumps(then.amount, l.Amount, f.review.AmountJump) {
		c.What |= ledger.ChangeAmount
	}
	if c.What == 0 {
		return c, "", nil
	}
	p, err := f.history.payout(then)
	if err != nil {
		return c, "", err
	}
	if c.What&ledger.ChangeName != 0 && CompareNames(l.Name, p.Name).Score >= NameThreshold {
		c.What &^= ledger.ChangeName
	}
	c.Since, c.BankCode, c.AccountNumber, c.Name, c.Amount = p.Label(), p.BankCode, p.AccountNumber, p.Name, p.Amount
	return c, describeChanges(l, c), nil
}

// reference is the payout that a line is compared with, and whether its pay type is the line's.
func (f *changeFinder) reference(before []paid, l ledger.Line) (then paid, sameType bool) {
	payType := f.history.short(l.PayType)
	for _, one := range before {
		if one.payType == payType {
			return one, true
		}
	}
	return before[0], false
}

// sharedBefore notes that the account, new for this employee, was another one's last time.
func (f *changeFinder) sharedBefore(c *ledger.Changes, l ledger.Line) error {
	if c.What&ledger.ChangeShared != 0 {
		return nil
	}
	other, found, err := f.history.otherHolder(l)
	if found {
		c.What, c.Other = c.What|ledger.ChangeShared, other.EmployeeID
	}
	return err
}

// jumps reports whether an amount differs by more than so many percent of what it was. Both are at most
// a file's total, which fits 63 bits; hence the wide multiplication.
func jumps(was, is ledger.Sen, percent int) bool {
	high, low := bits.Mul64(uint64(max(is-was, was-is)), 100)
	highest, allowed := bits.Mul64(uint64(was), uint64(percent))
	return high > highest || high == highest && low > allowed
}

// see counts a judged line for the list.
func (f *changeFinder) see(d ledger.Draft) {
	f.retries = f.retries && d.RetryOf != ""
	if f.history != nil {
		f.meet(d.Line)
	}
	if d.Changes.What == 0 {
		return
	}
	f.list.Count++
	for _, kind := range ledger.EachChange() {
		if d.Changes.What&kind != 0 {
			f.list.ByKind[kind]++
		}
	}
	if len(f.list.Lines) < heldListMax {
		line := d.Line
		line.Extra = nil
		f.list.Lines = append(f.list.Lines, ChangedLine{Line: line, Changes: d.Changes, Reason: describeChanges(line, d.Changes)})
	}
}

// meet marks a line's employee as present, and counts in which batches the line has its like.
func (f *changeFinder) meet(l ledger.Line) {
	payType, last := f.history.short(l.PayType), int16(-1)
	before := f.history.of(f.history.person(l.EmployeeID))
	for i := range before {
		before[i].seen = true
		if b := before[i].batch; before[i].payType == payType && b != last {
			f.common[b]++
			last = b
		}
	}
}

// conclude finds the base among the batches, and who is missing of it.
func (f *changeFinder) conclude(lines int) error {
	if f.history == nil || f.retries {
		return nil
	}
	base := -1
	for i, common := range f.common {
		if 2*common >= lines {
			base = i
			break
		}
		if common > 0 && (base < 0 || common > f.common[base]) {
			base = i
		}
	}
	if base < 0 {
		return nil
	}
	f.list.Base, f.list.InCommon = f.history.batches[base].Batch, f.common[base]
	return f.vanished(int16(base))
}

// vanished lists the employees of the base whom the file does not have.
func (f *changeFinder) vanished(base int16) error {
	last := uint64(0)
	for _, one := range f.history.paid {
		if one.batch != base || one.seen || one.person == last {
			continue
		}
		last = one.person
		if f.list.VanishedCount++; len(f.list.Vanished) >= heldListMax {
			continue
		}
		p, err := f.history.payout(one)
		if err != nil {
			return err
		}
		p.Extra = nil
		f.list.Vanished = append(f.list.Vanished, p.Line)
	}
	return nil
}

// describeChanges says in words what has changed; nothing for a new employee.
func describeChanges(l ledger.Line, c ledger.Changes) string {
	var said []string
	if c.What&ledger.ChangeAccount != 0 {
		said = append(said, fmt.Sprintf("the account is %s, it was %s: ask the employee by telephone whether that is right", ShownAccount(l.BankCode, l.AccountNumber), ShownAccount(c.BankCode, c.AccountNumber)))
	}
	if c.What&ledger.ChangeAmount != 0 {
		said = append(said, fmt.Sprintf("the amount is IDR %s, it was IDR %s (%s)", l.Amount.Grouped(), c.Amount.Grouped(), Percentage(c.Amount, l.Amount)))
	}
	if c.What&ledger.ChangeName != 0 {
		said = append(said, fmt.Sprintf("the name is %s, on the same account it was %s", l.Name, c.Name))
	}
	if c.What&ledger.ChangeShared != 0 {
		said = append(said, fmt.Sprintf("employee %s is paid to the same account", c.Other))
	}
	if len(said) == 0 {
		return ""
	}
	text := strings.Join(said, "; ")
	if c.Since != "" {
		text += "; compared with " + c.Since
	}
	return text
}

// ShownAccount is an account as it may stand in a log: its bank and its last four digits.
func ShownAccount(bank, number string) string {
	const shown = 4
	hidden := max(len(number)-shown, 0)
	return bank + " " + strings.Repeat("*", hidden) + number[hidden:]
}

// Percentage says by how much an amount rose or fell, in whole percent towards zero. Amounts are
// whole rupiah, so that a hundredth of one is exact.
func Percentage(was, is ledger.Sen) string {
	return fmt.Sprintf("%+d %%", int64((is-was)/max(was/100, 1)))
}
