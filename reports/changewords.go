package reports

import (
	"fmt"
	"strings"

	"gajian/ledger"
)

// changedSince says in words what about p is not as it was when the employee was paid last.
func changedSince(p ledger.Payout) string {
	was := p.Changes
	var said []string
	if was.What&ledger.ChangeAccount != 0 {
		said = append(said, fmt.Sprintf("the account was %s %s, now it is %s %s", was.BankCode, was.AccountNumber, p.BankCode, p.AccountNumber))
	}
	if was.What&ledger.ChangeAmount != 0 {
		said = append(said, fmt.Sprintf("the amount was IDR %s, now it is IDR %s (%+d %%)", was.Amount.Grouped(), p.Amount.Grouped(), percent(was.Amount, p.Amount)))
	}
	if was.What&ledger.ChangeName != 0 {
		said = append(said, fmt.Sprintf("the name was %q, on the same account it is %q now", was.Name, p.Name))
	}
	if was.What&ledger.ChangeShared != 0 {
		said = append(said, fmt.Sprintf("employee %s is, or was last, paid to this account too", was.Other))
	}
	if len(said) == 0 {
		return "this line is not as it was last time."
	}
	since := "since last time"
	if was.Since != "" {
		since = "since " + was.Since
	}
	return fmt.Sprintf("changed %s: %s.", since, strings.Join(said, "; "))
}

// percent is by how much an amount rose or fell, in whole percent towards zero, as a check tells it.
// Amounts are whole rupiah, so that a hundredth of one is exact.
func percent(was, is ledger.Sen) int64 { return int64((is - was) / max(was/100, 1)) }

// adviceOnChange says how a person finds out whether a change is meant.
func adviceOnChange(what ledger.Change) string {
	var todo []string
	if what&ledger.ChangeAccount != 0 {
		todo = append(todo, "Ask the employee, in person or by a telephone number that you had before and not only by e-mail, whether the new account is theirs.")
	}
	if what&ledger.ChangeAmount != 0 {
		todo = append(todo, "Compare the amount with the pay slip.")
	}
	if what&ledger.ChangeName != 0 {
		todo = append(todo, "Ask the employee whose name is on the account.")
	}
	if what&ledger.ChangeShared != 0 {
		todo = append(todo, "Ask both employees whether the account is right.")
	}
	if len(todo) == 0 {
		return "Compare it with the employee's last payment, and ask the employee when unsure."
	}
	return strings.Join(todo, " ")
}
