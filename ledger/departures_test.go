package ledger_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gajian/ledger"
)

// twoIntents leaves a closed ledger with two payouts in doubt: line 2 departed, line 3 did not.
func twoIntents(t *testing.T) (path, batch string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "ledger.db")
	store, err := ledger.Open(path, ledger.Options{Environment: "sandbox", Create: true})
	if err != nil {
		t.Fatal(err)
	}
	batch = create(t, store, "2026-11", 3).ID
	intend(t, store, batch, 2, "11111111111111111111111111111112")
	if err := store.Depart("11111111111111111111111111111112"); err != nil {
		t.Fatal(err)
	}
	intend(t, store, batch, 3, "11111111111111111111111111111113")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return path, batch
}

func intend(t *testing.T, store *ledger.Store, batch string, line int, externalID string) {
	t.Helper()
	bring(t, store, batch, line, ledger.Verified)
	p, err := store.Payout(batch, line)
	if err != nil {
		t.Fatal(err)
	}
	p.ExternalID = externalID
	if err := store.Submit(t.Context(), attempt(p), "run", ledger.Evidence{ExternalID: externalID}); err != nil {
		t.Fatal(err)
	}
}

// neverLeft opens the ledger as the next process does and asks about a line.
func neverLeft(t *testing.T, path, batch string, line int) bool {
	t.Helper()
	store, err := ledger.Open(path, ledger.Options{Environment: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	p, err := store.Payout(batch, line)
	if err != nil || p.Status != ledger.Submitting {
		t.Fatalf("%v %v", p.Status, err)
	}
	return store.NeverLeft(p)
}

func TestWhatDidNotDepartBeforeItsProcessEndedNeverLeft(t *testing.T) {
	path, batch := twoIntents(t)
	for range 3 { // each process goes on with the file of the one before
		if neverLeft(t, path, batch, 2) {
			t.Error("a departed transfer counts as never left")
		}
		if !neverLeft(t, path, batch, 3) {
			t.Skip("this system cannot tell") // no boot ID: nothing may be proved
		}
	}
}

func TestNothingIsProvedByAFileThatIsNotTheOneThatWasWritten(t *testing.T) {
	replace := func(old, with string) func(*testing.T, string) string {
		return func(t *testing.T, path string) string {
			text, err := os.ReadFile(path + ".departures")
			if err != nil || !bytes.Contains(text, []byte(old)) && old != "" {
				t.Fatal(err)
			}
			lines := bytes.SplitN(text, []byte("\n"), 5)
			switch with {
			case "boot":
				lines[1] = []byte("another start of the system")
			case "mark":
				lines[3] = []byte("0000000000")
			case "head":
				lines[0] = []byte("gajian departures 2")
			}
			if err := os.WriteFile(path+".departures", bytes.Join(lines, []byte("\n")), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
	}
	for name, change := range map[string]func(*testing.T, string) string{
		"after a start of the system": replace("", "boot"),
		"of another mark":             replace("", "mark"),
		"of another form":             replace("", "head"),
		"that is gone": func(t *testing.T, path string) string {
			if err := os.Remove(path + ".departures"); err != nil {
				t.Fatal(err)
			}
			return path
		},
		"that is empty": func(t *testing.T, path string) string {
			if err := os.Truncate(path+".departures", 0); err != nil {
				t.Fatal(err)
			}
			return path
		},
		"that is a copy, with its ledger": func(t *testing.T, path string) string {
			copied := filepath.Join(t.TempDir(), "ledger.db")
			for _, end := range []string{"", ".departures"} {
				data, err := os.ReadFile(path + end)
				if err == nil {
					err = os.WriteFile(copied+end, data, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			return copied
		},
	} {
		t.Run(name, func(t *testing.T) {
			path, batch := twoIntents(t)
			if path = change(t, path); neverLeft(t, path, batch, 3) {
				t.Error("it counts as a proof")
			}
		})
	}
}

// A full disk leaves the beginning of a note; what comes after it must still count.
func TestANoteBehindACutOneCounts(t *testing.T) {
	path, batch := twoIntents(t)
	file, err := os.OpenFile(path+".departures", os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = file.WriteString("\n20261123")
	}
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	store, err := ledger.Open(path, ledger.Options{Environment: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	intend(t, store, batch, 4, "11111111111111111111111111111114")
	if err := errors.Join(store.Depart("11111111111111111111111111111114"), store.Close()); err != nil {
		t.Fatal(err)
	}
	if neverLeft(t, path, batch, 4) {
		t.Error("a departed transfer counts as never left")
	}
}

func TestAProcessProvesNothingOfItsOwnTransfers(t *testing.T) {
	store := open(t)
	batch := create(t, store, "2026-11", 1).ID
	intend(t, store, batch, 2, "1")
	if p, err := store.Payout(batch, 2); err != nil || store.NeverLeft(p) {
		t.Errorf("never left: %v %v", p.DepartureMark, err)
	}
}

func TestAFileOfDeparturesIsMadeAnewWhenNothingIsInDoubt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	var texts [2][]byte
	for i := range texts {
		store, err := ledger.Open(path, ledger.Options{Environment: "sandbox", Create: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(store.Depart("1"), store.Close()); err != nil {
			t.Fatal(err)
		}
		if texts[i], err = os.ReadFile(path + ".departures"); err != nil {
			t.Fatal(err)
		}
	}
	if len(texts[0]) != len(texts[1]) {
		t.Errorf("the file grew although nothing was in doubt:\n%s\n%s", texts[0], texts[1])
	}
	if info, err := os.Stat(path + ".departures"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestTheMarkStaysWithAnIntentAndGoesWithItsDoubt(t *testing.T) {
	store := open(t)
	batch := create(t, store, "2026-11", 1).ID
	intend(t, store, batch, 2, "1")
	p, err := store.Payout(batch, 2)
	if err != nil {
		t.Fatal(err)
	}
	mark := p.DepartureMark
	p.DepartureMark, p.Reason = "forged", "no answer"
	if err := errors.Join(store.Record(t.Context(), ledger.Move{Payout: p, To: ledger.Submitting}), store.Flush(t.Context())); err != nil {
		t.Fatal(err)
	}
	if p, err = store.Payout(batch, 2); err != nil || p.DepartureMark != mark || p.Reason == "" {
		t.Errorf("mark %q, want %q; %v", p.DepartureMark, mark, err)
	}
	if err := errors.Join(store.Record(t.Context(), ledger.Move{Payout: p, To: ledger.Pending}), store.Flush(t.Context())); err != nil {
		t.Fatal(err)
	}
	if p, err = store.Payout(batch, 2); err != nil || p.DepartureMark != "" {
		t.Errorf("mark %q after the doubt; %v", p.DepartureMark, err)
	}
}
