package ledger_test

import (
	"fmt"
	"slices"
	"testing"

	"gajian/ledger"
)

func TestReplacementsAreFollowedToTheNewest(t *testing.T) {
	store := open(t)
	first := create(t, store, "2026-10", 3)
	bring(t, store, first.ID, 2, ledger.Rejected)
	bring(t, store, first.ID, 3, ledger.Rejected)
	retry := func(of string, account string) ledger.Batch {
		lines := drafts(1)
		lines[0].RetryOf, lines[0].AccountNumber = fmt.Sprintf("%s/2/0", of), account
		return createOf(t, store, "2026-10", lines)
	}
	second := retry(first.ID, "1111111111")
	bring(t, store, second.ID, 2, ledger.Rejected)
	third := retry(second.ID, "2222222222")
	retry("2026-10-NOBODY", "3333333333")
	for id, want := range map[string][]ledger.Replacement{
		first.ID:  {{Batch: second.ID, Line: 2, Status: ledger.Rejected}, {Batch: third.ID, Line: 2, Status: ledger.Queued}},
		second.ID: {{Batch: third.ID, Line: 2, Status: ledger.Queued}},
		third.ID:  nil,
	} {
		view, err := store.View(id)
		if err != nil {
			t.Fatal(err)
		}
		got, err := view.Replacements()
		if err := view.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil || len(got) > 1 || !slices.Equal(got[2], want) {
			t.Errorf("%s: got %v, %v; want %v", id, got, err, want)
		}
		if summary, err := store.Summary(id); err != nil || (summary.Replaces == 0) != (id == first.ID) {
			t.Errorf("%s: %d lines in others' places, %v", id, summary.Replaces, err)
		}
	}
	verified(t, store)
}

func TestWhatALineReplaces(t *testing.T) {
	for _, c := range []struct {
		text, batch string
		line        int
		ok          bool
	}{
		{"2026-10-ABC123/17/1", "2026-10-ABC123", 17, true},
		{" 2026-10-abc123/17 ", "2026-10-ABC123", 17, true},
		{"", "", 0, false},
		{"2026-10-ABC123", "2026-10-ABC123", 0, false},
		{"2026-10-ABC123/x/1", "2026-10-ABC123", 0, false},
	} {
		batch, line, ok := ledger.Line{RetryOf: c.text}.Replaces()
		if batch != c.batch || line != c.line || ok != c.ok {
			t.Errorf("%q: got %q, %d, %v", c.text, batch, line, ok)
		}
	}
}
