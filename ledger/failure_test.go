package ledger_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"gajian/ledger"
)

// ready returns a ledger at path with n verified payouts.
func ready(t *testing.T, path string, n int) (*ledger.Store, ledger.Batch, []ledger.Payout) {
	t.Helper()
	store := reopen(t, path)
	b := create(t, store, "2026-11", n)
	payouts := make([]ledger.Payout, n)
	for i := range payouts {
		payouts[i] = payout(t, store, b.ID, i+2)
		move(t, store, &payouts[i], ledger.Verified)
	}
	if err := store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store, b, payouts
}

func TestAfterAFailedWriteNothingMoreIsWritten(t *testing.T) {
	breakages := map[string]func(*testing.T, *ledger.Store){
		"the disk is full":    func(_ *testing.T, s *ledger.Store) { s.LimitSize(1) },
		"the file was closed": func(_ *testing.T, s *ledger.Store) { _ = s.CloseFile() },
	}
	for name, breakIt := range breakages {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			store, b, payouts := ready(t, path, 64)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			breakIt(t, store)
			// A big batch makes the file grow, a small write may still find room in it.
			_, failure := store.Create(t.Context(), announce("2026-12", drafts(6000)), addAll(drafts(6000)))
			if failure == nil || store.Failure() == nil {
				t.Fatalf("the write succeeded: %v, failure %v", failure, store.Failure())
			}
			var workers sync.WaitGroup
			for _, p := range payouts {
				workers.Go(func() {
					if err := store.Submit(context.Background(), attempt(p), "run", ledger.Evidence{}); !errors.Is(err, ledger.ErrStopped) {
						t.Errorf("Submit after the failure: %v, want ErrStopped", err)
					}
				})
			}
			workers.Wait()
			if err := store.Record(t.Context(), ledger.Move{Payout: payouts[0], To: ledger.Queued}); !errors.Is(err, ledger.ErrStopped) {
				t.Errorf("Record after the failure: %v, want ErrStopped", err)
			}
			if err := store.Flush(t.Context()); !errors.Is(err, ledger.ErrStopped) {
				t.Errorf("Flush after the failure: %v, want ErrStopped", err)
			}
			if _, err := store.Cancel(t.Context(), b.ID, 2, ledger.Decision{Actor: "a", Reason: "r"}); !errors.Is(err, ledger.ErrStopped) {
				t.Errorf("Cancel after the failure: %v, want ErrStopped", err)
			}
			if err := store.Close(); !errors.Is(err, store.Failure()) || err == nil {
				t.Errorf("Close: %v, want the failure %v", err, store.Failure())
			}
			if after, err := os.ReadFile(path); err != nil || len(after) != len(before) {
				t.Errorf("the file changed its size from %d to %d: %v", len(before), len(after), err)
			}
			again := reopen(t, path)
			defer closeVerified(t, again)
			for _, p := range payouts {
				if got := payout(t, again, b.ID, p.Number).Status; got != ledger.Verified {
					t.Errorf("%s is %s on disk", p.Label(), got)
				}
			}
		})
	}
}

// TestEveryoneInAFailedGroupHears has many intents wait on one transaction that fails, in the two
// forms a write can fail: with no effect, and after it took effect.
func TestEveryoneInAFailedGroupHears(t *testing.T) {
	for point, onDisk := range map[string]ledger.Status{"commit:before": ledger.Verified, "commit:after": ledger.Submitting} {
		t.Run(point, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			store, b, payouts := ready(t, path, 32)
			if err := store.Close(); err != nil {
				t.Fatal(err)
			}
			var once sync.Once
			armed := make(chan struct{})
			ledger.OnCrashPoint(t, func(at string) {
				select {
				case <-armed:
					if at == point {
						once.Do(func() { panic("the disk fell out") })
					}
				default:
				}
			})
			store = reopen(t, path)
			close(armed)
			failed := map[int]bool{}
			var mu sync.Mutex
			var workers sync.WaitGroup
			for _, p := range payouts {
				workers.Go(func() {
					if err := store.Submit(context.Background(), attempt(p), "run", ledger.Evidence{}); err == nil {
						t.Errorf("%s: the intent was acknowledged", p.Label())
					} else if strings.Contains(err.Error(), "the disk fell out") {
						mu.Lock()
						failed[p.Number] = !errors.Is(err, ledger.ErrStopped)
						mu.Unlock()
					} else {
						t.Errorf("%s: %v does not tell the cause", p.Label(), err)
					}
				})
			}
			workers.Wait()
			if err := store.Close(); err == nil || !strings.Contains(err.Error(), "the disk fell out") {
				t.Errorf("Close: %v", err)
			}
			again := reopen(t, path)
			defer closeVerified(t, again)
			for n, inFailedGroup := range failed {
				want := ledger.Verified
				if inFailedGroup {
					want = onDisk
				}
				if got := payout(t, again, b.ID, n).Status; got != want {
					t.Errorf("line %d is %s on disk, want %s", n, got, want)
				}
			}
		})
	}
}

func TestARefusedRecordStopsTheLedgerAndFlushTells(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	store, b, payouts := ready(t, path, 3)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	reached, release := holdCommitter(t)
	store = reopen(t, path)
	if err := store.Record(t.Context(), ledger.Move{Payout: payouts[2], To: ledger.Held}); err != nil {
		t.Fatal(err)
	}
	<-reached
	stale := payouts[0]
	stale.Status = ledger.Queued
	if err := store.Record(t.Context(), ledger.Move{Payout: stale, To: ledger.Rejected}); err != nil {
		t.Fatal(err)
	}
	flushed := make(chan error)
	go func() { flushed <- store.Flush(context.Background()) }()
	release()
	if err := <-flushed; !errors.Is(err, ledger.ErrStatusChanged) {
		t.Errorf("Flush after a move was refused: %v, want the refusal", err)
	}
	if err := store.Record(t.Context(), ledger.Move{Payout: payouts[1], To: ledger.Held}); !errors.Is(err, ledger.ErrStopped) || !errors.Is(err, ledger.ErrStatusChanged) {
		t.Errorf("Record after a refused move: %v, want ErrStopped and the cause", err)
	}
	if err := store.Close(); !errors.Is(err, ledger.ErrStatusChanged) {
		t.Errorf("Close: %v, want the refusal", err)
	}
	again := reopen(t, path)
	defer closeVerified(t, again)
	if got := payout(t, again, b.ID, 2).Status; got != ledger.Verified {
		t.Errorf("the refused move was written: %s", got)
	}
}

func TestAClosedLedgerTakesNoWrites(t *testing.T) {
	store, b, payouts := ready(t, filepath.Join(t.TempDir(), "ledger.db"), 2)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.Record(t.Context(), ledger.Move{Payout: payouts[0], To: ledger.Held}); !errors.Is(err, ledger.ErrStopped) {
		t.Errorf("Record: %v, want ErrStopped", err)
	}
	if err := store.Submit(t.Context(), attempt(payouts[0]), "run", ledger.Evidence{}); !errors.Is(err, ledger.ErrStopped) {
		t.Errorf("Submit: %v, want ErrStopped", err)
	}
	if err := store.Flush(t.Context()); !errors.Is(err, ledger.ErrStopped) {
		t.Errorf("Flush: %v, want ErrStopped", err)
	}
	if _, err := store.Payout(b.ID, 2); err == nil {
		t.Error("a closed ledger was read")
	}
	if _, err := store.View(b.ID); err == nil {
		t.Error("a view of a closed ledger was opened")
	}
	if err := store.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

func TestClosingWhileOthersRecordLosesNothingThatWasTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	store, b, payouts := ready(t, path, 200)
	taken := make([]bool, len(payouts))
	var workers sync.WaitGroup
	started := make(chan struct{}, len(payouts))
	for i, p := range payouts {
		workers.Go(func() {
			started <- struct{}{}
			err := store.Record(context.Background(), ledger.Move{Payout: p, To: ledger.Held})
			if taken[i] = err == nil; err != nil && !errors.Is(err, ledger.ErrStopped) {
				t.Errorf("Record beside Close: %v", err)
			}
		})
	}
	for range len(payouts) / 2 {
		<-started
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	workers.Wait()
	again := reopen(t, path)
	defer closeVerified(t, again)
	for i, p := range payouts {
		want := ledger.Verified
		if taken[i] {
			want = ledger.Held
		}
		if got := payout(t, again, b.ID, p.Number).Status; got != want {
			t.Errorf("%s is %s, want %s", p.Label(), got, want)
		}
	}
}

func TestAReaderCannotWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	store, b, payouts := ready(t, path, 2)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := ledger.Open(path, ledger.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer closeVerified(t, reader)
	if err := reader.Submit(t.Context(), attempt(payouts[0]), "run", ledger.Evidence{}); !errors.Is(err, ledger.ErrStopped) {
		t.Errorf("Submit: %v, want ErrStopped", err)
	}
	if err := reader.RecordBalance(t.Context(), b.ID, "run", 1, false); !errors.Is(err, ledger.ErrStopped) {
		t.Errorf("RecordBalance: %v, want ErrStopped", err)
	}
	if _, err := reader.Create(t.Context(), announce("2026-12", drafts(2)), addAll(drafts(2))); !errors.Is(err, ledger.ErrStopped) {
		t.Errorf("Create: %v, want ErrStopped", err)
	}
}

func TestACancelledCallerDoesNotWaitForRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	store, _, payouts := ready(t, path, 20)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	reached, release := holdCommitter(t)
	store, err := ledger.Open(path, ledger.Options{Window: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer closeVerified(t, store)
	defer release()
	for i := range 2 { // one in the commit under way, one waiting
		if err := store.Record(t.Context(), ledger.Move{Payout: payouts[i], To: ledger.Held}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			<-reached
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.Submit(ctx, attempt(payouts[2]), "run", ledger.Evidence{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Submit by a cancelled caller: %v", err)
	}
}

// TestNoGoroutineOutlivesTheStore relies on synctest, which fails when one is left.
func TestNoGoroutineOutlivesTheStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	synctest.Test(t, func(t *testing.T) {
		store, _, payouts := ready(t, path, 3)
		if err := store.Submit(t.Context(), attempt(payouts[0]), "run", ledger.Evidence{}); err != nil {
			t.Fatal(err)
		}
		closeVerified(t, store)
		if reader, err := ledger.Open(path, ledger.Options{ReadOnly: true}); err != nil {
			t.Fatal(err)
		} else {
			closeVerified(t, reader)
		}
		if _, err := ledger.Open(path, ledger.Options{Environment: "production"}); !errors.Is(err, ledger.ErrEnvironment) {
			t.Fatal(err)
		}
	})
}
