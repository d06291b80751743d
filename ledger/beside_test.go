//go:build unix

package ledger_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"gajian/ledger"
)

// TestWhatLiesBesideTheLedgerIsNeverWaitedForNorFollowed puts pipes and links where the ledger's
// own small files belong.
func TestWhatLiesBesideTheLedgerIsNeverWaitedForNorFollowed(t *testing.T) {
	for _, file := range []string{".holder", ".departures"} {
		for name, put := range map[string]func(path, victim string) error{
			"pipe": func(path, _ string) error { return syscall.Mkfifo(path, 0o600) },
			"link": func(path, victim string) error { return os.Symlink(victim, path) },
		} {
			t.Run(name+file, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "ledger.db")
				victim := filepath.Join(t.TempDir(), "victim")
				store := reopen(t, path)
				b := create(t, store, "2026-11", 2)
				bring(t, store, b.ID, 2, ledger.Verified, ledger.Submitting) // so that the departures are kept
				if err := store.Close(); err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(path + file); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Fatal(err)
				}
				if err := errors.Join(os.WriteFile(victim, []byte("gajian departures 1\n"), 0o600), put(path+file, victim)); err != nil {
					t.Fatal(err)
				}
				store = reopen(t, path)
				if p := payout(t, store, b.ID, 2); file == ".departures" && store.NeverLeft(p) {
					t.Error("a pipe or a link proves that a transfer never left")
				}
				if _, err := ledger.Open(path, ledger.Options{}); !errors.Is(err, ledger.ErrLocked) {
					t.Errorf("a second one: %v, want ErrLocked", err)
				}
				closeVerified(t, store)
				if text, err := os.ReadFile(victim); err != nil || string(text) != "gajian departures 1\n" {
					t.Errorf("what the link points to was written: %q, %v", text, err)
				}
			})
		}
	}
}
