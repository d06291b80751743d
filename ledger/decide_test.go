package ledger_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gajian/ledger"
)

var because = ledger.Decision{Actor: "ani@hr", Reason: "I called the bank"}

// standing brings a payout into a status; awaiting says whether it is in doubt for so long that a
// person may decide.
func standing(t *testing.T, store *ledger.Store, batch string, line int, status ledger.Status, awaiting bool) {
	t.Helper()
	ways := map[ledger.Status][]ledger.Status{
		ledger.Queued:     {},
		ledger.Verified:   {ledger.Verified},
		ledger.Submitting: {ledger.Verified, ledger.Submitting},
		ledger.Pending:    {ledger.Verified, ledger.Submitting, ledger.Pending},
		ledger.Settled:    {ledger.Verified, ledger.Submitting, ledger.Settled},
		ledger.Failed:     {ledger.Verified, ledger.Submitting, ledger.Failed},
		ledger.Rejected:   {ledger.Rejected},
		ledger.Held:       {ledger.Held},
		ledger.Cancelled:  {ledger.Verified, ledger.Cancelled},
		ledger.Returned:   {ledger.Verified, ledger.Submitting, ledger.Settled, ledger.Returned},
	}
	p := bring(t, store, batch, line, ways[status]...)
	p.Session, p.Reason = "I1", "why it stands so"
	if awaiting && status == ledger.Submitting {
		p = hears(t, store, p, ledger.AnswerNotFound, 0, 12*time.Hour, 24*time.Hour)
		p.Session, p.Reason = "I1", "why it stands so"
	}
	if err := store.Record(t.Context(), ledger.Move{Payout: p, To: status, Actor: "run"}); err != nil {
		t.Fatal(err)
	}
	if err := store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestADecisionNeedsAReasonAndAPayout(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 1)
	standing(t, store, b.ID, 2, ledger.Held, false)
	for name, decide := range map[string]func(batch string, line int, d ledger.Decision) (ledger.Payout, error){
		"release": func(batch string, line int, d ledger.Decision) (ledger.Payout, error) {
			return store.Release(t.Context(), batch, line, d)
		},
		"resend": func(batch string, line int, d ledger.Decision) (ledger.Payout, error) {
			return store.Resend(t.Context(), batch, line, d)
		},
		"cancel": func(batch string, line int, d ledger.Decision) (ledger.Payout, error) {
			return store.Cancel(t.Context(), batch, line, d)
		},
	} {
		for _, reason := range []string{"", " ", "\t\n", "\u00a0\u3000", "\u200b", "two\nlines", "a bell\a", "an escape \x1b[31m", "turned \u202e round", "\xff", "null \x00", strings.Repeat("é", ledger.ReasonMax+1)} {
			if _, err := decide(b.ID, 2, ledger.Decision{Actor: "ani", Reason: reason}); !errors.Is(err, ledger.ErrNoReason) {
				t.Errorf("%s for the reason %q: %v, want ErrNoReason", name, reason, err)
			}
		}
		if _, err := decide(b.ID, 2, ledger.Decision{Actor: " ", Reason: "why"}); !errors.Is(err, ledger.ErrNoActor) {
			t.Errorf("%s by nobody: %v, want ErrNoActor", name, err)
		}
		if _, err := decide(b.ID, 3, because); !errors.Is(err, ledger.ErrUnknownPayout) {
			t.Errorf("%s of an unknown line: %v", name, err)
		}
		if _, err := decide("2026-11-NOSUCH", 2, because); !errors.Is(err, ledger.ErrUnknownPayout) {
			t.Errorf("%s in an unknown batch: %v", name, err)
		}
	}
}

func TestAResendForgetsTheAttemptAndKeepsItsCount(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 1)
	standing(t, store, b.ID, 2, ledger.Submitting, true)
	if _, err := store.Resend(t.Context(), b.ID, 2, because); err != nil {
		t.Fatal(err)
	}
	got := payout(t, store, b.ID, 2)
	if got.Session != "" || got.Reason != "" || got.AwaitsPerson || got.NotFoundCount != 0 || !got.NotFoundSince.IsZero() {
		t.Errorf("the attempt is not forgotten: %+v", got.State)
	}
	if got.Attempts != 1 || got.ExternalID != "20001" {
		t.Errorf("the count is lost: %+v", got.State)
	}
	all := events(t, store, b.ID)
	last := all[len(all)-1]
	if last.From != ledger.Submitting || last.To != ledger.Verified || last.Actor != because.Actor || last.Evidence.Reason != because.Reason {
		t.Errorf("event %+v", last)
	}
}

func TestACancelledDoubtGoesByVerified(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 1)
	standing(t, store, b.ID, 2, ledger.Submitting, true)
	got, err := store.Cancel(t.Context(), b.ID, 2, because)
	if err != nil || got.Reason != "cancelled in doubt, the provider did not know it: "+because.Reason || got.Session != "" || got.AwaitsPerson {
		t.Errorf("%+v, %v", got.State, err)
	}
	all := events(t, store, b.ID)
	if n := len(all); all[n-2].To != ledger.Verified || all[n-1].From != ledger.Verified || all[n-1].To != ledger.Cancelled {
		t.Errorf("events %+v", all[n-2:])
	}
}

func TestWhatWasAcceptedIsRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	store := reopen(t, path)
	lines := drafts(7)
	lines[4].Hold, lines[4].Changes.What = ledger.HoldChange, ledger.ChangeAccount|ledger.ChangeAmount
	lines[5].Hold, lines[5].Changes.What = ledger.HoldChange, ledger.ChangeAmount
	b := createOf(t, store, "2026-11", lines)
	hold := func(line int, change func(*ledger.Payout)) ledger.Payout {
		t.Helper()
		p := payout(t, store, b.ID, line)
		change(&p)
		if err := store.Record(t.Context(), ledger.Move{Payout: p, To: ledger.Held, Actor: "run"}); err != nil {
			t.Fatal(err)
		}
		released, err := store.Release(t.Context(), b.ID, line, because)
		if err != nil || released.Hold != ledger.HoldNone || released.Reason != "" {
			t.Fatalf("%+v, %v", released, err)
		}
		return released
	}
	name := hold(2, func(p *ledger.Payout) { p.Hold, p.HolderName = ledger.HoldName, "SITI N" })
	shared := hold(3, func(p *ledger.Payout) { p.Hold, p.SharedWith = ledger.HoldSharedAccount, "e9999" })
	duplicate := hold(4, func(p *ledger.Payout) { p.Hold, p.DuplicateOf = ledger.HoldDuplicate, "2026-10-X line 4" })
	for number := 6; number <= 7; number++ { // next time the amount is another one
		if _, err := store.Release(t.Context(), b.ID, number, because); err != nil {
			t.Fatal(err)
		}
	}
	hold(5, func(p *ledger.Payout) { p.Hold = ledger.HoldName }) // the bank gave no name: nothing to remember
	if name.AcceptDuplicate || !shared.AcceptDuplicate || !duplicate.AcceptDuplicate {
		t.Errorf("duplicates accepted: name %v, shared %v, duplicate %v", name.AcceptDuplicate, shared.AcceptDuplicate, duplicate.AcceptDuplicate)
	}
	closeVerified(t, store)
	store = openAt(t, path) // next month

	two, three := line(2), line(3)
	for _, test := range []struct {
		name string
		what ledger.Acceptance
		want bool
	}{
		{"the name", ledger.AcceptName(two.BankCode, two.AccountNumber, two.Name, "SITI N"), true},
		{"the name in other letters", ledger.AcceptName(two.BankCode, two.AccountNumber, "PEGAWAI 2", "Siti n"), true},
		{"another holder", ledger.AcceptName(two.BankCode, two.AccountNumber, two.Name, "SITI"), false},
		{"another name", ledger.AcceptName(two.BankCode, two.AccountNumber, "Pegawai", "SITI N"), false},
		{"another account", ledger.AcceptName(two.BankCode, "1", two.Name, "SITI N"), false},
		{"another bank", ledger.AcceptName("008", two.AccountNumber, two.Name, "SITI N"), false},
		{"the two swapped", ledger.AcceptName(two.BankCode, two.AccountNumber, "SITI N", two.Name), false},
		{"a name nobody gave", ledger.AcceptName("014", line(5).AccountNumber, line(5).Name, ""), false},
		{"the shared account", ledger.AcceptShared("014", three.AccountNumber, three.EmployeeID, "e9999"), true},
		{"the shared account from the other's side", ledger.AcceptShared("014", three.AccountNumber, "e9999", three.EmployeeID), true},
		{"the shared account in other letters", ledger.AcceptShared("014", three.AccountNumber, "E9999", "e0003"), true},
		{"a third employee", ledger.AcceptShared("014", three.AccountNumber, three.EmployeeID, "E0004"), false},
		{"another shared account", ledger.AcceptShared("014", "1", three.EmployeeID, "e9999"), false},
		{"the new account", ledger.AcceptAccount(line(6).BankCode, line(6).AccountNumber, line(6).EmployeeID), true},
		{"the new account of another employee", ledger.AcceptAccount(line(6).BankCode, line(6).AccountNumber, "E0001"), false},
		{"another new account", ledger.AcceptAccount(line(6).BankCode, "1", line(6).EmployeeID), false},
		{"the account of an amount that jumped", ledger.AcceptAccount(line(7).BankCode, line(7).AccountNumber, line(7).EmployeeID), false},
		{"a name like a shared account", ledger.AcceptName("014", three.AccountNumber, three.EmployeeID, "e9999"), false},
	} {
		if got, err := store.Accepted(test.what); err != nil || got != test.want {
			t.Errorf("%s is accepted: %v, %v, want %v", test.name, got, err, test.want)
		}
	}
	accepted := 0
	for _, e := range events(t, store, b.ID) {
		if e.Kind == ledger.PersonAccepted {
			if accepted++; e.Actor != because.Actor || e.Evidence.Reason != because.Reason {
				t.Errorf("event %+v", e)
			}
		}
	}
	if accepted != 3 {
		t.Errorf("%d acceptances are on record, want 3", accepted)
	}
}

func TestTheSameMayBeAcceptedTwice(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 1)
	for range 2 {
		p := payout(t, store, b.ID, 2)
		p.Hold, p.HolderName = ledger.HoldName, "SITI N"
		if err := store.Record(t.Context(), ledger.Move{Payout: p, To: ledger.Held}); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Release(t.Context(), b.ID, 2, because); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAReasonIsKeptAsItIs(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 1)
	standing(t, store, b.ID, 2, ledger.Held, false)
	reason := "  =HYPERLINK(\"x\") – bank says “ya”, 'ok' " + strings.Repeat("é", ledger.ReasonMax-50)
	if _, err := store.Release(t.Context(), b.ID, 2, ledger.Decision{Actor: "root (sudo: ani)@hr", Reason: reason}); err != nil {
		t.Fatal(err)
	}
	all := events(t, store, b.ID)
	if last := all[len(all)-1]; last.Evidence.Reason != reason || last.Actor != "root (sudo: ani)@hr" {
		t.Errorf("event %+v", last)
	}
}

func TestADecisionIsMadeOnce(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 3)
	standing(t, store, b.ID, 2, ledger.Held, false)
	standing(t, store, b.ID, 3, ledger.Submitting, true)
	standing(t, store, b.ID, 4, ledger.Submitting, true)
	for _, c := range []struct {
		name   string
		decide func() (ledger.Payout, error)
		want   error
	}{
		{"release", func() (ledger.Payout, error) { return store.Release(t.Context(), b.ID, 2, because) }, ledger.ErrNotHeld},
		{"resend", func() (ledger.Payout, error) { return store.Resend(t.Context(), b.ID, 3, because) }, ledger.ErrNotInDoubt},
		{"cancel", func() (ledger.Payout, error) { return store.Cancel(t.Context(), b.ID, 4, because) }, ledger.ErrNotCancellable},
	} {
		if _, err := c.decide(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		before := len(events(t, store, b.ID))
		if _, err := c.decide(); !errors.Is(err, c.want) || len(events(t, store, b.ID)) != before {
			t.Errorf("the second %s: %v, want %v and no event", c.name, err, c.want)
		}
	}
}
