package ledger_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"gajian/ledger"
)

// writes are all ways to write to a ledger in which line 3 of the batch is verified.
func writes(store *ledger.Store, b ledger.Batch) map[string]func(context.Context) error {
	p := ledger.Payout{Batch: b.ID, Line: ledger.Line{Number: 3}, Status: ledger.Verified}
	intent := p
	intent.Attempts, intent.ExternalID = 1, "1"
	lines := drafts(2)
	decision := ledger.Decision{Actor: "ani@hr", Reason: "because"}
	return map[string]func(context.Context) error{
		"submit": func(ctx context.Context) error { return store.Submit(ctx, intent, "run", ledger.Evidence{}) },
		"record": func(ctx context.Context) error {
			return store.Record(ctx, ledger.Move{Payout: p, To: ledger.Verified})
		},
		"hear": func(ctx context.Context) error {
			_, err := store.Hear(ctx, ledger.Move{Payout: p, To: ledger.Verified})
			return err
		},
		"flush":   store.Flush,
		"balance": func(ctx context.Context) error { return store.RecordBalance(ctx, b.ID, "run", 1, false) },
		"cancel": func(ctx context.Context) error {
			_, err := store.Cancel(ctx, b.ID, 3, decision)
			return err
		},
		"create": func(ctx context.Context) error {
			_, err := store.Create(ctx, announce("2027-01", lines), addAll(lines))
			return err
		},
	}
}

// toVerify makes a ledger with a batch of which line 3 is verified.
func toVerify(t *testing.T) (path string, b ledger.Batch) {
	path = filepath.Join(t.TempDir(), "ledger.db")
	store := reopen(t, path)
	b = create(t, store, "2026-11", 5)
	bring(t, store, b.ID, 3, ledger.Verified)
	closeVerified(t, store)
	return path, b
}

func TestNothingIsWrittenBeforeTheLedgerIsVerified(t *testing.T) {
	path, b := toVerify(t)
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		ledger.OnVerifying(t, func(context.Context) { <-goOn })
		store := reopen(t, path)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		store.VerifyMeanwhile(t.Context())
		ended := make(chan error)
		all := writes(store, b)
		delete(all, "cancel") // of a line that "submit" may have moved
		for _, write := range all {
			go func() { ended <- write(t.Context()) }()
		}
		synctest.Wait()
		select {
		case err := <-ended:
			t.Errorf("a write did not wait: %v", err)
		default:
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
			t.Errorf("the file was written to (%v)", err)
		}
		if got := payout(t, store, b.ID, 3); got.Status != ledger.Verified {
			t.Errorf("it cannot be read meanwhile: %+v", got)
		}
		close(goOn)
		for range all {
			if err := <-ended; err != nil && !errors.Is(err, ledger.ErrStatusChanged) && !errors.Is(err, ledger.ErrStopped) {
				t.Error(err) // a move of a payout that another has moved is refused
			}
		}
		if err := store.Verified(t.Context()); err != nil {
			t.Error(err)
		}
		_ = store.Close()
	})
}

func TestAnUnsoundLedgerIsNeverWrittenTo(t *testing.T) {
	path, b := toVerify(t)
	if err := ledger.Tamper(path, func(x *ledger.Tampering) error {
		return x.Payout(1, 6, func(r *ledger.PayoutRecord) { r.AccountNumber = "666" })
	}); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	store := reopen(t, path)
	store.VerifyMeanwhile(t.Context())
	for name, write := range writes(store, b) {
		var unsound *ledger.UnsoundError
		if err := write(t.Context()); !errors.As(err, &unsound) || !errors.Is(err, ledger.ErrDamaged) || unsound.Path != path || len(unsound.Problems) == 0 {
			t.Errorf("%s: %v, want an UnsoundError", name, err)
		}
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file was written to (%v)", err)
	}
}

func TestAVerificationEndsWithItsCallerAndWithTheStore(t *testing.T) {
	path, b := toVerify(t)
	ledger.OnVerifying(t, func(ctx context.Context) { <-ctx.Done() })
	reason := errors.New("interrupted")
	store := reopen(t, path)
	ctx, stop := context.WithCancelCause(t.Context())
	store.VerifyMeanwhile(ctx)
	stop(reason)
	for name, write := range writes(store, b) {
		if err := write(t.Context()); !errors.Is(err, reason) {
			t.Errorf("%s: %v, want the reason why the verification was ended", name, err)
		}
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	store = reopen(t, path)
	store.VerifyMeanwhile(t.Context())
	impatient, leave := context.WithCancelCause(t.Context())
	leave(reason)
	if err := store.Flush(impatient); !errors.Is(err, reason) {
		t.Errorf("who stops waiting gets %v", err)
	}
	if err := store.Close(); err != nil { // and would wait for ever if it did not end the verification
		t.Error(err)
	}
}
