package ledger

import (
	"strconv"
	"strings"
)

// Change is what about a line is not as it was when the same employee was paid last; several may
// hold at once.
type Change uint8

// What may have changed.
const (
	ChangeNew     Change = 1 << iota // none of the batches compared with has paid this employee ID
	ChangeAccount                    // the account or its bank
	ChangeAmount                     // the amount, by more than was allowed to pass
	ChangeName                       // the account is the same, the name on it another person's
	ChangeShared                     // another employee is, or was last, paid to the same account
)

var changeWords = []struct {
	change Change
	word   string
}{
	{ChangeNew, "new"}, {ChangeAccount, "account"}, {ChangeAmount, "amount"}, {ChangeName, "name"}, {ChangeShared, "shared account"},
}

// EachChange lists the changes in the order in which people are told of them.
func EachChange() []Change {
	all := make([]Change, len(changeWords))
	for i, c := range changeWords {
		all[i] = c.change
	}
	return all
}

// String returns the changes in words: "account, amount"; empty for none.
func (c Change) String() string {
	var words []string
	for _, w := range changeWords {
		if c&w.change != 0 {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, ", ")
}

// Changes is how a payout differs from what the same employee was paid last, as it was found when its
// batch came into the ledger. It never changes afterwards. The zero value is no difference.
type Changes struct {
	What Change

	// The employee's last settled payout before; zero for a new employee.
	Since         string // "2026-10-ABC123 line 4"
	BankCode      string
	AccountNumber string
	Name          string
	Amount        Sen

	Other string // employee ID of who else is, or was last, paid to the account; with ChangeShared
}

// texts is how the changes are stored: nothing for none.
func (c Changes) texts() []string {
	if c.What == 0 {
		return nil
	}
	return []string{strconv.Itoa(int(c.What)), c.Since, c.BankCode, c.AccountNumber, c.Name, strconv.FormatInt(int64(c.Amount), 10), c.Other}
}

// readChanges reads what texts wrote. A record's checksum has been compared before, so that anything
// else was written by a later version: what it says is not known.
func readChanges(texts []string) (c Changes) {
	if len(texts) != len(Changes{What: ChangeNew}.texts()) {
		return Changes{}
	}
	what, _ := strconv.ParseUint(texts[0], 10, 8)
	amount, _ := strconv.ParseInt(texts[5], 10, 64)
	return Changes{What: Change(what), Since: texts[1], BankCode: texts[2], AccountNumber: texts[3], Name: texts[4], Amount: Sen(amount), Other: texts[6]}
}
