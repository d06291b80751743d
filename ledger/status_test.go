package ledger_test

import (
	"encoding/json"
	"slices"
	"testing"

	"gajian/ledger"
)

// allowed is the contract, written down a second time: changing the table has to change it here too.
var allowed = []struct{ from, to string }{
	{"queued", "verified"},
	{"queued", "held"},
	{"queued", "rejected"},
	{"verified", "in_doubt"},
	{"verified", "held"},
	{"verified", "rejected"},
	{"verified", "cancelled"},
	{"in_doubt", "pending"},
	{"in_doubt", "settled"},
	{"in_doubt", "failed"},
	{"in_doubt", "verified"},
	{"pending", "settled"},
	{"pending", "failed"},
	{"settled", "returned"},
	{"held", "queued"},
	{"held", "cancelled"},
}

func TestOnlyTheListedMovesAreAllowed(t *testing.T) {
	for from := ledger.Status(0); from <= 11; from++ {
		for to := ledger.Status(0); to <= 11; to++ {
			want := slices.Contains(allowed, struct{ from, to string }{from.String(), to.String()})
			if got := from.MayBecome(to); got != want {
				t.Errorf("%s may become %s: %v, want %v", from, to, got, want)
			}
		}
	}
}

func TestStatusesAreShownInAFixedOrderAndClassed(t *testing.T) {
	want := []struct {
		word                   string
		final, open, inTransit bool
	}{
		{"settled", true, false, false},
		{"pending", false, true, true},
		{"in_doubt", false, true, true},
		{"queued", false, true, false},
		{"verified", false, true, false},
		{"held", false, false, false},
		{"rejected", true, false, false},
		{"failed", true, false, false},
		{"returned", true, false, false},
		{"cancelled", true, false, false},
	}
	statuses := ledger.Statuses()
	if len(statuses) != len(want) {
		t.Fatalf("got %d statuses, want %d", len(statuses), len(want))
	}
	for i, w := range want {
		s := statuses[i]
		if s.String() != w.word || s.Final() != w.final || s.Open() != w.open || s.InTransit() != w.inTransit {
			t.Errorf("status %d is %s final=%v open=%v transit=%v, want %+v", i, s, s.Final(), s.Open(), s.InTransit(), w)
		}
	}
}

func TestParseStatusIsTheInverseOfString(t *testing.T) {
	for _, s := range ledger.Statuses() {
		if got, err := ledger.ParseStatus(s.String()); err != nil || got != s {
			t.Errorf("ParseStatus(%q) = %s, %v", s.String(), got, err)
		}
		data, err := json.Marshal(map[ledger.Status]ledger.Status{s: s})
		var back map[ledger.Status]ledger.Status
		if err != nil || json.Unmarshal(data, &back) != nil || back[s] != s {
			t.Errorf("%s came back from %s as %v", s, data, back)
		}
	}
	for _, word := range []string{"", "submitting", "Queued", " queued", "status(0)", "status(11)", "paid"} {
		if got, err := ledger.ParseStatus(word); err == nil {
			t.Errorf("ParseStatus(%q) = %s, want an error", word, got)
		}
	}
	if got := ledger.Status(0).String(); got != "status(0)" {
		t.Errorf("the zero status is %q", got)
	}
	if got := ledger.Status(200).String(); got != "status(200)" {
		t.Errorf("status 200 is %q", got)
	}
}

func TestHoldsAndKindsHaveWords(t *testing.T) {
	for hold, want := range map[ledger.Hold]string{
		ledger.HoldNone: "", ledger.HoldName: "name differs", ledger.HoldDuplicate: "duplicate", ledger.HoldSharedAccount: "shared account",
		ledger.HoldFee: "fee", ledger.HoldLimit: "over a limit", ledger.HoldProvider: "provider", 99: "hold(99)",
	} {
		if got := hold.String(); got != want {
			t.Errorf("hold %d is %q, want %q", uint8(hold), got, want)
		}
	}
	for kind, want := range map[ledger.Kind]string{
		0: "unknown", ledger.Transition: "transition", ledger.Note: "note", ledger.BatchCreated: "batch created",
		ledger.BalanceRead: "balance read", ledger.PersonAccepted: "accepted", 99: "unknown",
	} {
		if got := kind.String(); got != want {
			t.Errorf("kind %d is %q, want %q", uint8(kind), got, want)
		}
	}
}
