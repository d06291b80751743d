package reports_test

import (
	"strings"
	"testing"

	"gajian/ledger"
)

func TestExceptionsSayWhatHappenedAndWhatToDo(t *testing.T) {
	held := func(hold ledger.Hold) ledger.Payout {
		p := newPayout(7, ledger.Held)
		p.Hold, p.DuplicateOf = hold, "2026-10-XYZ789 line 3"
		return p
	}
	notFound := newPayout(7, ledger.Submitting)
	notFound.AwaitsPerson, notFound.NotFoundSince = true, made
	changed := func(what ledger.Change) ledger.Payout {
		p := held(ledger.HoldChange)
		p.Reason = "the account is 014 ******0007, it was 008 ******4321"
		p.Changes = ledger.Changes{What: what, Since: "2026-10-XYZ789 line 4", BankCode: "008", AccountNumber: "1300987654321", Name: "Siti N", Amount: 4_000_000_00, Other: "E9"}
		return p
	}
	for name, test := range map[string]struct {
		payout         ledger.Payout
		happened, toDo string
		never          string // must not be advised
	}{
		"failed":                       {newPayout(7, ledger.Failed), "ended without payment. Reason: the provider says", "retry file", "release"},
		"rejected":                     {newPayout(7, ledger.Rejected), "No money moved. Reason: the account is closed", "retry file", "release"},
		"held for the name":            {held(ledger.HoldName), `"SITI NURHALIZA", the payroll file says "Siti Nurhaliza 7"`, "gajian release 2026-11-ABC123 --line 7 --reason TEXT", "--resend"},
		"held as a duplicate":          {held(ledger.HoldDuplicate), "second payment of 2026-10-XYZ789 line 3", "gajian cancel 2026-11-ABC123 --line 7 --reason TEXT", "--resend"},
		"held for a shared account":    {held(ledger.HoldSharedAccount), "another employee", "Ask both employees", "--resend"},
		"held for the fee":             {held(ledger.HoldFee), "fee is not as agreed", "contract", "--resend"},
		"held for a limit":             {held(ledger.HoldLimit), "over a limit", "raise the limit", "--resend"},
		"held by the provider":         {held(ledger.HoldProvider), "refuses or suspects", "ask the provider", "--resend"},
		"held for another account":     {changed(ledger.ChangeAccount), "changed since 2026-10-XYZ789 line 4: the account was 008 1300987654321, now it is 014 0000000007. No money moved.", "gajian release 2026-11-ABC123 --line 7 --reason TEXT", "pay slip"},
		"asks for another account":     {changed(ledger.ChangeAccount), "account", "telephone number that you had before", "pay slip"},
		"held for another amount":      {changed(ledger.ChangeAmount), "the amount was IDR 4,000,000, now it is IDR 7,000,000 (+75 %).", "pay slip", "telephone"},
		"held for account and sharing": {changed(ledger.ChangeAccount | ledger.ChangeShared), "000007; employee E9 is, or was last, paid to this account too.", "Ask both employees", "pay slip"},
		"held for a change not kept":   {changed(0), "this line is not as it was last time. No money moved. Reason: the account is 014", "ask the employee when unsure", "--resend"},
		"held for a reason not listed": {held(ledger.HoldNone), "a person has to decide", "Decide", "--resend"},
		"in doubt":                     {newPayout(7, ledger.Submitting), "may have been paid", "gajian poll 2026-11-ABC123", "release"},
		"in doubt and never found":     {notFound, `"not found" since 2026-11-28`, "GJ202611ABC123DEFGHI0000107 in the provider's dashboard", "retry file"},
		"a person may send it again":   {notFound, "may have been paid", "gajian release 2026-11-ABC123 --line 7 --reason TEXT --resend", "cancel"},
		"returned":                     {newPayout(7, ledger.Returned), "Paid on 2026-11-28, and the money came back on 2026-11-28. The fee was not given back.", "owed again", "release"},
	} {
		t.Run(name, func(t *testing.T) {
			rows := rowsOf(t, open(t, writeWorkbook(t, newSource(newPayout(2, ledger.Settled), test.payout), options)), "Exceptions")
			if len(rows) != 2 || rows[1][0] != "7" || rows[1][1] != test.payout.Status.String() {
				t.Fatalf("got %q", rows)
			}
			if happened := rows[1][7]; !strings.Contains(happened, test.happened) {
				t.Errorf("what happened: %q does not say %q", happened, test.happened)
			}
			if toDo := rows[1][8]; !strings.Contains(toDo, test.toDo) || strings.Contains(toDo, test.never) {
				t.Errorf("what to do: %q has to say %q and not %q", toDo, test.toDo, test.never)
			}
		})
	}
}

func TestOnlyWhatAPersonMustActOnIsAnException(t *testing.T) {
	rows := rowsOf(t, open(t, writeWorkbook(t, everyStatus(), options)), "Exceptions")
	var got []string
	for _, row := range rows[1:] {
		got = append(got, row[1])
	}
	if got, want := strings.Join(got, " "), "in_doubt held rejected failed returned returned"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
