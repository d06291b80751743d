package ledger

import (
	"testing"

	"pgregory.net/rapid"
)

func TestChangesAreStoredAsTheyWereFound(t *testing.T) {
	for _, c := range []struct {
		name string
		c    Changes
	}{
		{"none", Changes{}},
		{"a new employee", Changes{What: ChangeNew}},
		{"everything else", Changes{
			What: ChangeAccount | ChangeAmount | ChangeName | ChangeShared, Since: "2026-10-ABC123 line 4",
			BankCode: "014", AccountNumber: "0012345678", Name: "BUDI SANTOSO", Amount: 450_000_000_00, Other: "E-7",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			record := newPayoutRecord(Payout{Line: Line{Number: 2, Amount: Rupiah}, Status: Queued, Changes: c.c})
			key := key32(2)
			var read payoutRecord
			if err := unsealPayout(place{}, key, sealPayout(place{}, key, &record), &read); err != nil {
				t.Fatal(err)
			}
			if got := read.payout("B", 2).Changes; got != c.c {
				t.Errorf("got %+v, want %+v", got, c.c)
			}
		})
	}
}

func TestAnyChangesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Changes{
			What: Change(rapid.Uint8Min(1).Draw(t, "what")), Since: rapid.String().Draw(t, "since"), BankCode: rapid.String().Draw(t, "bank"),
			AccountNumber: rapid.String().Draw(t, "account"), Name: rapid.String().Draw(t, "name"),
			Amount: Sen(rapid.Int64().Draw(t, "amount")), Other: rapid.String().Draw(t, "other"),
		}
		if got := readChanges(want.texts()); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestChangesOfALaterVersionAreNotKnown(t *testing.T) {
	if got := readChanges([]string{"1", "2"}); got != (Changes{}) {
		t.Errorf("got %+v", got)
	}
}

func TestChangesAreSaidInWords(t *testing.T) {
	all := Change(0)
	for _, c := range EachChange() {
		all |= c
	}
	if got, want := all.String(), "new, account, amount, name, shared account"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Change(0).String(); got != "" {
		t.Errorf("none: got %q", got)
	}
}
