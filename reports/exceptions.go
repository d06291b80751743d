package reports

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"gajian/ledger"
)

// exceptionStatuses are the statuses on which a person must act.
var exceptionStatuses = []ledger.Status{ledger.Failed, ledger.Rejected, ledger.Held, ledger.Submitting, ledger.Returned}

func isException(status ledger.Status) bool { return slices.Contains(exceptionStatuses, status) }

var exceptionHeaders = []string{
	"Line", "Status", "Employee ID", "Name", "Bank code", "Account number", "Amount", "What happened", "What to do",
	"Name at bank", "Partner reference", "Provider reference", "Transferred at (WIB)", "Cost center",
}

func (w *workbook) exceptionRow(p ledger.Payout) []cell {
	s := w.styles
	return []cell{
		s.count(p.Number), text(s.text, p.Status.String()), text(s.text, p.EmployeeID), text(s.wrap, p.Name), text(s.text, p.BankCode),
		text(s.text, p.AccountNumber), s.money(p.Amount), text(s.wrap, w.happened(p)), text(s.wrap, w.toDo(p)),
		text(s.wrap, p.HolderName), text(s.text, w.summary.Reference(p.Ordinal)), text(s.text, p.ProviderReference), s.at(p.TransferredAt), text(s.wrap, p.CostCenter),
	}
}

// happened says in words what became of p, whether money moved, and what was done about it since.
func (w *workbook) happened(p ledger.Payout) string {
	return w.replacements.withPaidAgain(happenedHere(p), p.Number)
}

// happenedHere says it of p alone.
func happenedHere(p ledger.Payout) string {
	switch p.Status {
	case ledger.Failed:
		return because("The transfer ended without payment.", p.Reason)
	case ledger.Rejected:
		return because("Never sent: the bank said no to this account. No money moved.", p.Reason)
	case ledger.Held:
		if p.Hold == ledger.HoldChange && p.Changes.What != 0 {
			return held(p) + " No money moved." // the reason says the same
		}
		return because(held(p)+" No money moved.", p.Reason)
	case ledger.Submitting:
		return because(inDoubt(p), p.Reason)
	case ledger.Returned:
		return because(fmt.Sprintf("Paid on %s, and the money came back on %s. The fee was not given back.", date(p.SettledAt), date(p.ReturnedAt)), p.Reason)
	}
	return p.Reason
}

func because(what, reason string) string {
	if reason == "" {
		return what
	}
	return what + " Reason: " + reason
}

func held(p ledger.Payout) string {
	switch p.Hold {
	case ledger.HoldName:
		return fmt.Sprintf("Held, not sent: the bank knows the holder as %q, the payroll file says %q.", p.HolderName, p.Name)
	case ledger.HoldDuplicate:
		return fmt.Sprintf("Held, not sent: this looks like a second payment of %s.", cmp.Or(p.DuplicateOf, "another line"))
	case ledger.HoldSharedAccount:
		return "Held, not sent: another employee of the file is paid the same amount to this account."
	case ledger.HoldFee:
		return "Held, not sent: the fee is not as agreed, or less than the amount would arrive."
	case ledger.HoldLimit:
		return "Held, not sent: the amount is over a limit of the provider."
	case ledger.HoldProvider:
		return "Held, not sent: the provider refuses or suspects this payment as it is."
	case ledger.HoldChange:
		return "Held, not sent: " + changedSince(p)
	}
	return "Held, not sent: a person has to decide."
}

func inDoubt(p ledger.Payout) string {
	if p.AwaitsPerson {
		return fmt.Sprintf("In doubt: sent or perhaps sent, and the provider has answered \"not found\" since %s. It may have been paid.", date(p.NotFoundSince))
	}
	return "In doubt: sent or perhaps sent, and no answer says how it ended. It may have been paid."
}

// toDo says in words what a person must do next.
func (w *workbook) toDo(p ledger.Payout) string {
	decide := func(command string) string { return decision(command, w.summary.ID, p.Number) }
	if newest, found := w.replacements.newest(p.Number); found {
		if done := toDoReplaced(newest); done != "" {
			return done
		}
	}
	switch p.Status {
	case ledger.Failed:
		return "Find out the reason with the bank or the employee, correct this line in the retry file and run that file. The line counts as a new payout there." + w.correctedIn(p)
	case ledger.Rejected:
		return "Ask the employee for the right bank and account, correct this line in the retry file and run that file." + w.correctedIn(p)
	case ledger.Held:
		return fmt.Sprintf("%s To pay it: %s. Not to pay it: %s. After a release run the batch again.", advice(p), decide("release"), decide("cancel"))
	case ledger.Submitting:
		return w.toDoInDoubt(p, decide("release")+" --resend")
	case ledger.Returned:
		return "The salary is owed again, see Returned pay in the Journal. Ask the employee for the right account and pay the line in a new payroll file."
	}
	return ""
}

// decision is the command by which a person decides on a line.
func decision(command, batch string, line int) string {
	return fmt.Sprintf("gajian %s %s --line %d --reason TEXT", command, batch, line)
}

// correctedIn says where a line stands as somebody corrected it last; nothing when nobody did.
func (w *workbook) correctedIn(p ledger.Payout) string {
	newest, found := w.replacements.newest(p.Number)
	if !found || !goesToRetry(newest.Status) {
		return ""
	}
	return fmt.Sprintf(" Line %d of batch %s, and so the retry file of that batch, has it as it was corrected last: correct it there rather than here.", newest.Line, newest.Batch)
}

func advice(p ledger.Payout) string {
	switch p.Hold {
	case ledger.HoldName:
		return "Compare the two names, and ask the employee when unsure."
	case ledger.HoldDuplicate:
		return "Look at the other line: pay this one only when both are owed."
	case ledger.HoldSharedAccount:
		return "Ask both employees whether the account is right."
	case ledger.HoldFee:
		return "Compare the fee with the contract, and ask the provider."
	case ledger.HoldLimit:
		return "Pay it another way, or ask the provider to raise the limit."
	case ledger.HoldProvider:
		return "See the reason; mend the employee's data or the configuration, or ask the provider. Then release it, or cancel it."
	case ledger.HoldChange:
		return adviceOnChange(p.Changes.What)
	}
	return "Decide whether it shall be paid."
}

func (w *workbook) toDoInDoubt(p ledger.Payout, resend string) string {
	if p.AwaitsPerson {
		return fmt.Sprintf("Do not pay it another way yet. Look for the reference %s in the provider's dashboard and statement, or ask them. Only when they confirm that it was not paid: %s.",
			w.summary.Reference(p.Ordinal), resend)
	}
	return fmt.Sprintf("Do not pay it another way: it may arrive. Ask again with: gajian poll %s. It ends as settled or failed, or waits for a person when the provider keeps not knowing it.", w.summary.ID)
}

// date is a day in WIB for a sentence.
func date(t time.Time) string {
	if t.IsZero() {
		return "an unknown day"
	}
	return t.In(ledger.WIB).Format(time.DateOnly)
}
