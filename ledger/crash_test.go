package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gajian/ledger"
)

// scenario is a whole life of a batch, written so that it can be begun anew at any point: each
// step looks at what is there and does what is left, as a run does.
type scenario struct{ lines []ledger.Draft }

func newScenario(n int) scenario {
	s := scenario{lines: drafts(n)}
	s.lines[5].Hold, s.lines[5].Reason, s.lines[5].DuplicateOf = ledger.HoldDuplicate, "twice", "2026-10-X line 7"
	return s
}

// run goes from whatever is there to the end.
func (s scenario) run(t *testing.T, store *ledger.Store) string {
	t.Helper()
	announced := announce("2026-11", s.lines)
	b, err := store.Create(t.Context(), announced, addAll(s.lines))
	if errors.Is(err, ledger.ErrBatchExists) {
		summary, found, findErr := store.Find(announced.Digest)
		if !found {
			t.Fatalf("a batch that exists is not found: %v", findErr)
		}
		b, err = summary.Batch, findErr
	}
	if err != nil {
		t.Fatal(err)
	}
	if summary, err := store.Summary(b.ID); err != nil {
		t.Fatal(err)
	} else if !summary.Balance.HasOpened {
		s.must(t, store.RecordBalance(t.Context(), b.ID, "run", 1e15, false))
	}
	for line := 2; line < 6; line++ {
		s.pay(t, store, payout(t, store, b.ID, line))
	}
	if p := payout(t, store, b.ID, 7); p.Status == ledger.Held {
		_, err := store.Release(t.Context(), b.ID, 7, because)
		s.must(t, err)
	}
	if p := payout(t, store, b.ID, 8); p.Status == ledger.Queued {
		bring(t, store, b.ID, 8, ledger.Held)
	}
	if p := payout(t, store, b.ID, 8); p.Status == ledger.Held {
		_, err := store.Cancel(t.Context(), b.ID, 8, because)
		s.must(t, err)
	}
	if summary, err := store.Summary(b.ID); err != nil {
		t.Fatal(err)
	} else if !summary.Balance.HasClosed {
		s.must(t, store.RecordBalance(t.Context(), b.ID, "run", 1e15-1e6, true))
	}
	return s.end(t, store, b.ID)
}

func (s scenario) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pay takes a payout to its end. One that is found in doubt is asked for, never sent again.
func (s scenario) pay(t *testing.T, store *ledger.Store, p ledger.Payout) {
	t.Helper()
	for way := []ledger.Status{ledger.Queued, ledger.Verified, ledger.Submitting, ledger.Pending, ledger.Settled}; !p.Status.Final(); {
		for i, status := range way {
			if p.Status == status {
				move(t, store, &p, way[i+1])
				break
			}
		}
	}
	s.must(t, store.Flush(t.Context()))
}

// end is where everything stands, without the times at which it came about.
func (s scenario) end(t *testing.T, store *ledger.Store, batch string) string {
	t.Helper()
	summary, err := store.Summary(batch)
	s.must(t, err)
	var b strings.Builder
	fmt.Fprintln(&b, summary.ID, summary.ReferencePrefix, summary.Lines, summary.Total, summary.ByStatus, summary.Balance.Opening, summary.Balance.Closing)
	for line := 2; line < 10; line++ {
		p := payout(t, store, batch, line)
		fmt.Fprintln(&b, p.Line, p.Status, p.Attempts, p.Reason, p.AcceptDuplicate)
	}
	for _, e := range events(t, store, batch) {
		fmt.Fprintln(&b, e.Sequence, e.Kind, e.Line, e.From, e.To, e.Actor)
	}
	return b.String()
}

// TestACrashAtAnyDurableWriteLosesNothing copies the ledger just before and just after each
// durable write of a whole life, as a crash there would leave it, and goes on from each copy. The
// code itself says where these points are. What is just after one write is just before the next:
// of these one copy is tried. bbolt's own order of writes within one is not tried.
func TestACrashAtAnyDurableWriteLosesNothing(t *testing.T) {
	lines := 10_000
	if underRace {
		lines = ledger.StageLines + 100
	}
	s := newScenario(lines)
	folder := t.TempDir()
	path := filepath.Join(folder, "ledger.db")
	var copies, points []string
	recording := true
	ledger.OnCrashPoint(t, func(point string) {
		if recording {
			copied := filepath.Join(folder, fmt.Sprintf("crash-%03d.db", len(copies)))
			copyFile(t, path, copied)
			copies, points = append(copies, copied), append(points, point)
		}
	})
	store := reopen(t, path)
	want := s.run(t, store)
	closeVerified(t, store)
	recording = false
	if len(copies)%2 != 0 || points[0] != "commit:before" || points[len(points)-1] != "commit:after" {
		t.Fatalf("the crash points are not before and after each write: %q", points)
	}
	for i := 2; i < len(copies); i += 2 {
		sameFile(t, copies[i], copies[i-1])
	}
	invisible := 0
	for i, copied := range copies {
		if i > 0 && i%2 == 0 {
			continue
		}
		store := reopen(t, copied).NoSync()
		batches, err := store.Batches()
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range batches { // half a batch is never visible
			if n, sum := sums(b); n != lines || sum != b.Total {
				t.Errorf("crash %d (%s): %d payouts of IDR %s are visible, want %d of %s", i, points[i], n, sum, lines, b.Total)
			}
		}
		if len(batches) == 0 {
			invisible++
		}
		if v, err := store.Verify(t.Context()); err != nil || len(v.Problems) > 0 {
			t.Errorf("crash %d (%s): %v %q", i, points[i], err, v.Problems)
		}
		if got := s.run(t, store); got != want {
			t.Errorf("crash %d (%s): the end is\n%s\nwant\n%s", i, points[i], got, want)
		}
		closeVerified(t, store)
	}
	if stages := 1 + (lines+ledger.StageLines-1)/ledger.StageLines; invisible != stages+1 {
		t.Errorf("the batch is invisible at %d points, want %d: before the last of %d writes is done", invisible, stages+1, stages+1)
	}
}

func sameFile(t *testing.T, a, b string) {
	t.Helper()
	first, errA := os.ReadFile(a)
	second, errB := os.ReadFile(b)
	if errA != nil || errB != nil || !bytes.Equal(first, second) {
		t.Errorf("%s and %s differ: something was written outside of a crash point (%v %v)", filepath.Base(a), filepath.Base(b), errA, errB)
	}
}

func sums(s ledger.Summary) (count int, amount ledger.Sen) {
	for _, c := range s.ByStatus {
		count, amount = count+c.Count, amount+c.Amount
	}
	return count, amount
}
