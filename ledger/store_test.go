package ledger_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"gajian/ledger"
)

// open opens a ledger in a temporary folder and verifies it when the test ends.
func open(t *testing.T) *ledger.Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
}

func openAt(t *testing.T, path string) *ledger.Store {
	t.Helper()
	store, err := ledger.Open(path, ledger.Options{Environment: "sandbox", Command: "test", Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if v, err := store.Verify(context.Background()); err != nil || len(v.Problems) > 0 {
			t.Errorf("verify at the end of the test: %v %v", err, v.Problems)
		}
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return store
}

func line(n int) ledger.Line {
	return ledger.Line{
		Number: n, EmployeeID: fmt.Sprintf("E%04d", n), Name: fmt.Sprintf("Pegawai %d", n), BankCode: "014",
		AccountNumber: fmt.Sprintf("%010d", n), Amount: ledger.Sen(n) * 1000 * ledger.Rupiah, PayType: "salary",
	}
}

// create puts a batch of n lines into the ledger.
func create(t *testing.T, store *ledger.Store, period string, n int) ledger.Batch {
	t.Helper()
	digest := ledger.NewDigester()
	for i := range n {
		digest.Add(line(i + 2))
	}
	b, err := store.Create(t.Context(), ledger.Batch{
		Digest: digest.Digest(period), LinesDigest: digest.LinesDigest(), Lines: n, Total: digest.Total,
		Period: period, File: "payroll.csv", CreatedBy: "test",
	}, func(add func(ledger.Draft) error) error {
		for i := range n {
			if err := add(ledger.Draft{Line: line(i + 2)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAPayoutGoesItsWholeWay(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 10_000)
	payouts, last, err := store.After(b.ID, 0, 3, ledger.Queued)
	if err != nil || len(payouts) != 3 || last != 4 {
		t.Fatalf("After: %d payouts, last %d, %v", len(payouts), last, err)
	}
	p := payouts[0]
	move := func(to ledger.Status) {
		t.Helper()
		if err := store.Record(t.Context(), ledger.Move{Payout: p, To: to, Actor: "run"}); err != nil {
			t.Fatal(err)
		}
		p.Status = to
	}
	p.Session, p.Fee = "I1", 4500*ledger.Rupiah
	move(ledger.Verified)
	p.ExternalID = "1"
	if err := store.Submit(t.Context(), p, "run", ledger.Evidence{ExternalID: "1"}); err != nil {
		t.Fatal(err)
	}
	p.Status = ledger.Submitting
	move(ledger.Pending)
	move(ledger.Settled)
	if err := store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := store.Payout(b.ID, p.Number)
	if err != nil || got.Status != ledger.Settled || got.Session != "I1" {
		t.Fatalf("got %+v, %v", got, err)
	}
	summary, err := store.Summary(b.ID)
	if err != nil || summary.ByStatus[ledger.Settled].Count != 1 || summary.ByStatus[ledger.Queued].Count != 9999 || summary.Fees != p.Fee {
		t.Fatalf("summary %+v, %v", summary, err)
	}
	view, err := store.View(b.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	events := 0
	for _, err := range view.Events() {
		if err != nil {
			t.Fatal(err)
		}
		events++
	}
	if events != 5 {
		t.Errorf("got %d events, want 5", events)
	}
}
