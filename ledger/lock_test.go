package ledger_test

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gajian/ledger"
)

// holdVariable makes the test binary a process that holds the ledger it names, until its input ends.
const holdVariable = "GAJIAN_TEST_HOLD_LEDGER"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdVariable); path != "" {
		os.Exit(holdLedger(path))
	}
	if underRace {
		if err := flag.Set("rapid.checks", "20"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func holdLedger(path string) int {
	store, err := ledger.Open(path, ledger.Options{Environment: "sandbox", Command: "run", Create: true})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := store.Close(); err != nil {
		return 1
	}
	return 0
}

// startHolder starts a process that holds the ledger. Closing its input lets it go in order.
func startHolder(t *testing.T, path string) (holder *exec.Cmd, input io.Closer) {
	t.Helper()
	holder = exec.CommandContext(t.Context(), os.Args[0])
	holder.Env = append(os.Environ(), holdVariable+"="+path)
	stdin, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if said, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || said != "held\n" {
		t.Fatalf("the holder said %q, %v", said, err)
	}
	return holder, stdin
}

// lockedWithin opens a ledger that is held, and returns what is told of the holder.
func lockedWithin(t *testing.T, path string, o ledger.Options) *ledger.LockedError {
	t.Helper()
	started := time.Now()
	store, err := ledger.Open(path, o)
	if err == nil {
		store.Close()
		t.Fatal("a held ledger was opened")
	}
	var locked *ledger.LockedError
	if !errors.Is(err, ledger.ErrLocked) || !errors.As(err, &locked) {
		t.Fatalf("got %v, want a LockedError", err)
	}
	if waited := time.Since(started); waited > 2*time.Second {
		t.Errorf("it took %s to say so", waited)
	}
	return locked
}

func TestASecondProcessIsToldWhoHoldsTheLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	holder, input := startHolder(t, path)
	locked := lockedWithin(t, path, ledger.Options{})
	if locked.PID != holder.Process.Pid || locked.Command != "run" || time.Since(locked.Since) > time.Minute {
		t.Errorf("told of pid %d %q since %s, the holder is %d", locked.PID, locked.Command, locked.Since, holder.Process.Pid)
	}
	if text := locked.Error(); !strings.Contains(text, fmt.Sprintf("held by pid %d (gajian run), since ", holder.Process.Pid)) || !strings.HasSuffix(text, " WIB") {
		t.Errorf("the message is %q", text)
	}
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	if err := holder.Wait(); err != nil {
		t.Errorf("the holder could not be opened in or closed: %v", err)
	}
	if _, err := os.Stat(path + ".holder"); err == nil {
		t.Error("the holder's file stayed behind")
	}
	closeVerified(t, reopen(t, path))
}

func TestAKilledHolderDoesNoHarm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	holder, _ := startHolder(t, path)
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	if _, err := os.Stat(path + ".holder"); err != nil {
		t.Fatalf("the test wants a file that was left behind: %v", err)
	}
	reader, err := ledger.Open(path, ledger.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	// The dead process must not be blamed for what the reader holds.
	if locked := lockedWithin(t, path, ledger.Options{}); locked.PID != 0 {
		t.Errorf("the dead process %d is named as the holder", locked.PID)
	}
	closeVerified(t, reader)
	store := reopen(t, path)
	if locked := lockedWithin(t, path, ledger.Options{}); locked.PID != os.Getpid() {
		t.Errorf("told of pid %d, the holder is %d", locked.PID, os.Getpid())
	}
	closeVerified(t, store)
}

// TestALedgerIsHeldOnce runs on synctest's clock, so it tells how long was waited exactly.
func TestALedgerIsHeldOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	synctest.Test(t, func(t *testing.T) {
		store := reopen(t, path)
		for _, o := range []ledger.Options{{}, {ReadOnly: true}, {Create: true, Environment: "sandbox"}} {
			locked := lockedWithin(t, path, o)
			if locked.PID != os.Getpid() || locked.Command != "test" || locked.Address != "" {
				t.Errorf("%+v: told %+v", o, locked)
			}
		}
		if err := store.Announce("127.0.0.1:40404", "secret"); err != nil {
			t.Fatal(err)
		}
		if locked := lockedWithin(t, path, ledger.Options{}); locked.Address != "127.0.0.1:40404" || locked.Key != "secret" || strings.Contains(locked.Error(), "secret") {
			t.Errorf("told %+v: %v", locked, locked)
		}
		if info, err := os.Stat(path + ".holder"); err != nil || info.Mode() != 0o600 {
			t.Errorf("the holder's file is %v, %v", info.Mode(), err)
		}
		if err := os.WriteFile(path+".holder", []byte(`{"pid":7,"address":"192.0.2.1:80","key":"secret"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if locked := lockedWithin(t, path, ledger.Options{}); locked.PID != 7 || locked.Address != "" || locked.Key != "" {
			t.Errorf("the key would be shown to another machine: told %+v", locked)
		}
		for _, text := range []string{"", "{", "null", `{"pid":"x"}`, `{"pid":-1}`} {
			if err := os.WriteFile(path+".holder", []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if locked := lockedWithin(t, path, ledger.Options{}); locked.PID != 0 {
				t.Errorf("from %q: told %+v", text, locked)
			}
		}
		closeVerified(t, store)
	})
}

func TestReadersShareTheLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	store := reopen(t, path)
	b := create(t, store, "2026-11", 3)
	closeVerified(t, store)
	var readers []*ledger.Store
	for range 3 {
		reader, err := ledger.Open(path, ledger.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, reader)
	}
	if _, err := os.Stat(path + ".holder"); err == nil {
		t.Error("a reader announces itself as the holder")
	}
	for _, reader := range readers {
		if got := payout(t, reader, b.ID, 2); got.Status != ledger.Queued {
			t.Errorf("got %+v", got)
		}
		closeVerified(t, reader)
	}
}

func TestAWriterWaitsForAReaderThatIsNearlyDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	synctest.Test(t, func(t *testing.T) {
		closeVerified(t, reopen(t, path))
		reader, err := ledger.Open(path, ledger.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(500*time.Millisecond, func() { _ = reader.Close() })
		closeVerified(t, reopen(t, path))
	})
}

func TestALedgerOfAnotherKindIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	closeVerified(t, reopen(t, path))
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []ledger.Options{{Environment: "production"}, {Environment: "production", Create: true}, {Environment: "production", ReadOnly: true}} {
		if _, err := ledger.Open(path, o); !errors.Is(err, ledger.ErrEnvironment) || !strings.Contains(err.Error(), "sandbox") {
			t.Errorf("%+v: %v, want ErrEnvironment", o, err)
		}
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file was changed, %v", err)
	}
	if err := ledger.Tamper(path, func(x *ledger.Tampering) error {
		return x.Meta(func(m *ledger.MetaRecord) { m.Format = ledger.FormatVersion + 1 })
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(path, ledger.Options{}); !errors.Is(err, ledger.ErrNewerFormat) || !strings.Contains(err.Error(), "newer gajian") {
		t.Errorf("a newer format: %v, want ErrNewerFormat", err)
	}
	if err := ledger.Tamper(path, func(x *ledger.Tampering) error {
		return x.Meta(func(m *ledger.MetaRecord) { m.Format = 1 })
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(path, ledger.Options{}); !errors.Is(err, ledger.ErrOlderFormat) || errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("an older format: %v, want ErrOlderFormat and not that it is damaged", err)
	}
	if err := ledger.Tamper(path, func(x *ledger.Tampering) error {
		return x.Meta(func(m *ledger.MetaRecord) { m.Format = 0 })
	}); err != nil {
		t.Fatal(err)
	}
	if store, err := ledger.Open(path, ledger.Options{}); err == nil {
		store.Close()
		t.Error("a format that never was is opened")
	}
}
