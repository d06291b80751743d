package ledger_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gajian/ledger"
)

// open opens a new ledger in a temporary folder and verifies it when the test ends.
func open(t testing.TB) *ledger.Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
}

func openAt(t testing.TB, path string) *ledger.Store {
	t.Helper()
	store := reopen(t, path)
	t.Cleanup(func() { closeVerified(t, store) })
	return store
}

// reopen opens a ledger, made if missing, that the test closes itself.
func reopen(t testing.TB, path string) *ledger.Store {
	t.Helper()
	store, err := ledger.Open(path, ledger.Options{Environment: "sandbox", Command: "test", Create: true})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func closeVerified(t testing.TB, store *ledger.Store) {
	t.Helper()
	verified(t, store)
	if err := store.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func verified(t testing.TB, store *ledger.Store) ledger.Verification {
	t.Helper()
	v, err := store.Verify(context.Background())
	if err != nil || len(v.Problems) > 0 {
		t.Errorf("verify: %v %q", err, v.Problems)
	}
	return v
}

// lastLine is the last number that a line can have; where int has 32 bits, the last of those.
const lastLine = min(math.MaxInt, math.MaxUint32)

func line(n int) ledger.Line {
	return ledger.Line{
		Number: n, EmployeeID: fmt.Sprintf("E%04d", n), Name: fmt.Sprintf("Pegawai %d", n), BankCode: "014",
		AccountNumber: fmt.Sprintf("%010d", n), Amount: ledger.Sen(n) * 1000 * ledger.Rupiah, PayType: "salary",
	}
}

// drafts returns n lines from line 2 on, as a file with a header has them.
func drafts(n int) []ledger.Draft {
	all := make([]ledger.Draft, n)
	for i := range all {
		all[i].Line = line(i + 2)
	}
	return all
}

// announce returns the batch that these lines make.
func announce(period string, lines []ledger.Draft) ledger.Batch {
	digest := ledger.NewDigester()
	for _, d := range lines {
		digest.Add(d.Line)
	}
	return ledger.Batch{
		Digest: digest.Digest(period), LinesDigest: digest.LinesDigest(), Lines: digest.Lines, Total: digest.Total,
		Period: period, File: "payroll.csv", CreatedBy: "test@here",
	}
}

func addAll(lines []ledger.Draft) func(add func(ledger.Draft) error) error {
	return func(add func(ledger.Draft) error) error {
		for _, d := range lines {
			if err := add(d); err != nil {
				return err
			}
		}
		return nil
	}
}

// createOf puts a batch of these lines into the ledger.
func createOf(t testing.TB, store *ledger.Store, period string, lines []ledger.Draft) ledger.Batch {
	t.Helper()
	b, err := store.Create(context.Background(), announce(period, lines), addAll(lines))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// create puts a batch of n lines into the ledger.
func create(t testing.TB, store *ledger.Store, period string, n int) ledger.Batch {
	t.Helper()
	return createOf(t, store, period, drafts(n))
}

func payout(t testing.TB, store *ledger.Store, batch string, line int) ledger.Payout {
	t.Helper()
	p, err := store.Payout(batch, line)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// bring moves a payout along the given statuses, waits for the disk after each, and returns it as
// it then stands.
func bring(t testing.TB, store *ledger.Store, batch string, line int, way ...ledger.Status) ledger.Payout {
	t.Helper()
	p := payout(t, store, batch, line)
	for _, to := range way {
		move(t, store, &p, to)
		if err := store.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	return payout(t, store, batch, line)
}

// move takes one step, the way the pipeline does: an intent is waited for, the rest is recorded.
func move(t testing.TB, store *ledger.Store, p *ledger.Payout, to ledger.Status) {
	t.Helper()
	var err error
	if to == ledger.Submitting {
		p.Attempts++
		p.ExternalID = fmt.Sprintf("%d%04d", p.Number, p.Attempts)
		err = store.Submit(context.Background(), *p, "run", ledger.Evidence{ExternalID: p.ExternalID, BodyDigest: make([]byte, 32)})
	} else {
		move := ledger.Move{Payout: *p, To: to, Actor: "run"}
		if p.Status == ledger.Submitting && to == ledger.Verified {
			move.Evidence.Proof = ledger.ProofNotTaken
		}
		err = store.Record(context.Background(), move)
	}
	if err != nil {
		t.Fatalf("%s to %s: %v", p.Label(), to, err)
	}
	p.Status = to
}

// attempt is the payout as the pipeline has it when it asks for the next intent.
func attempt(p ledger.Payout) ledger.Payout {
	if p.Attempts++; p.ExternalID == "" {
		p.ExternalID = fmt.Sprintf("%d%04d", p.Number, p.Attempts)
	}
	return p
}

// hears records "not found" about a payout in doubt, at the given times after some day.
func hears(t testing.TB, store *ledger.Store, p ledger.Payout, answer ledger.Answer, after ...time.Duration) ledger.Payout {
	t.Helper()
	for _, at := range after {
		heard, err := store.Hear(context.Background(), ledger.Move{Payout: p, To: p.Status, Actor: "poll", HeardAt: day(1, ledger.WIB).Add(at),
			Evidence: ledger.Evidence{Answer: answer, NotFoundAfter: 24 * time.Hour}})
		if err != nil {
			t.Fatalf("%s: %v", p.Label(), err)
		}
		p = heard
	}
	return p
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func events(t testing.TB, store *ledger.Store, batch string) []ledger.Event {
	t.Helper()
	view, err := store.View(batch)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	var all []ledger.Event
	for event, err := range view.Events() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, event)
	}
	return all
}

func TestAPayoutGoesItsWholeWay(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 10_000)
	payouts, last, err := store.After(b.ID, 0, 3, ledger.Queued)
	if err != nil || len(payouts) != 3 || last != 4 {
		t.Fatalf("After: %d payouts, last %d, %v", len(payouts), last, err)
	}
	p := payouts[0]
	p.Session, p.Fee = "I1", 4500*ledger.Rupiah
	for _, to := range []ledger.Status{ledger.Verified, ledger.Submitting, ledger.Pending, ledger.Settled} {
		move(t, store, &p, to)
	}
	if err := store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := payout(t, store, b.ID, p.Number)
	if got.Status != ledger.Settled || got.Session != "I1" || got.Attempts != 1 {
		t.Fatalf("got %+v", got)
	}
	summary, err := store.Summary(b.ID)
	if err != nil || summary.ByStatus[ledger.Settled].Count != 1 || summary.ByStatus[ledger.Queued].Count != 9999 || summary.Fees != p.Fee {
		t.Fatalf("summary %+v, %v", summary, err)
	}
	if got := len(events(t, store, b.ID)); got != 5 {
		t.Errorf("got %d events, want 5", got)
	}
}
