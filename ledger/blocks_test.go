package ledger_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gajian/ledger"
)

// TestVerifyFindsWhatIsDoneInsideABlock: events of many commits share a block, and each is as safe
// there as in one of its own.
func TestVerifyFindsWhatIsDoneInsideABlock(t *testing.T) {
	type blocks = []ledger.Block
	original := filepath.Join(t.TempDir(), "ledger.db")
	lived(t, original)
	count := 0
	tests := []struct {
		name   string
		tamper func(blocks) blocks
		want   string
	}{
		{"nothing", func(b blocks) blocks { count = len(b[0].Events); return b }, ""},
		{"an altered reason", func(b blocks) blocks { b[0].Events[10].Evidence.Reason = "died"; return b }, "the hash chain breaks in events 1 to 16"},
		{"an altered time, which those after it are told from", func(b blocks) blocks { b[0].Events[3].At++; return b }, "the hash chain breaks"},
		{"an altered actor, whose word others share", func(b blocks) blocks { b[0].Events[2].Actor = "RUN"; return b }, "the hash chain breaks"},
		{"a removed event", func(b blocks) blocks { b[0].Events = slices.Delete(b[0].Events, 8, 9); return b }, "the hash chain breaks"},
		{"two events swapped", func(b blocks) blocks {
			b[0].Events[4], b[0].Events[8] = b[0].Events[8], b[0].Events[4]
			return b
		}, "the hash chain breaks"},
		{"the last event cut off", func(b blocks) blocks {
			b[0].Events = b[0].Events[:15]
			return ledger.Rechain(b)
		}, "its events should be 1 to 16, the journal has 1 to 15"},
		{"a block cut in two, whose bytes and last hash stay", ledger.Split, "the hash chain breaks in events 16 to 16"},
		{"a removed step with the whole chain made to fit", func(b blocks) blocks {
			b[0].Events = slices.Delete(b[0].Events, 5, 6)
			return ledger.Rechain(b)
		}, "but the event before left it"},
	}
	for _, test := range tests {
		path := filepath.Join(t.TempDir(), "ledger.db")
		copyFile(t, original, path)
		if err := ledger.Tamper(path, func(x *ledger.Tampering) error { return x.Journal(test.tamper) }); err != nil {
			t.Fatal(err)
		}
		store := reopen(t, path)
		v, err := store.Verify(t.Context())
		if found := strings.Join(v.Problems, "\n"); err != nil || !strings.Contains(found, test.want) || (found == "") != (test.want == "") {
			t.Errorf("%s: found:\n%s\nwant: %q (%v)", test.name, found, test.want, err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
	if count != 16 {
		t.Errorf("the first block has %d events: this test is about those that share one", count)
	}
}

// TestBlocksFillTheirPages: whatever the commits were, two blocks fill a page of the file.
func TestBlocksFillTheirPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	store := reopen(t, path).NoSync()
	b := create(t, store, "2026-11", 1500)
	for n := 2; n < 1502; n++ {
		p := payout(t, store, b.ID, n)
		move(t, store, &p, ledger.Verified)
		if n%7 == 0 { // commits of many sizes
			if err := store.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	closeVerified(t, store)
	events, all := 0, 0
	if err := ledger.Tamper(path, func(x *ledger.Tampering) error {
		return x.Journal(func(b []ledger.Block) []ledger.Block {
			for _, block := range b {
				events, all = events+len(block.Events), all+1
			}
			return b
		})
	}); err != nil {
		t.Fatal(err)
	}
	if each := events / all; each < 50 {
		t.Errorf("%d events in %d blocks are %d each; a block has room for more", events, all, each)
	}
	used, _, err := ledger.Usage(path)
	if err != nil {
		t.Fatal(err)
	}
	if most := 1500*200/ledger.PageSize + all/2 + 20; used > most {
		t.Errorf("the file has %d pages in use for %d blocks, want at most %d", used, all, most)
	}
}
