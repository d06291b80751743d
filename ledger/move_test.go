package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"gajian/ledger"
)

func TestAMoveFromAStatusThatWasLeftIsRefused(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 3)
	stale := bring(t, store, b.ID, 2, ledger.Verified)
	bring(t, store, b.ID, 2, ledger.Submitting)

	stale.ExternalID = "of a second worker"
	if err := store.Submit(t.Context(), attempt(stale), "run", ledger.Evidence{}); !errors.Is(err, ledger.ErrStatusChanged) {
		t.Errorf("a second intent from a stale status: %v, want ErrStatusChanged", err)
	}
	if got := payout(t, store, b.ID, 2); got.ExternalID != "20001" || got.Attempts != 1 {
		t.Errorf("the refused move left its mark: %+v", got.State)
	}
	if got := len(events(t, store, b.ID)); got != 3 {
		t.Errorf("got %d events, want 3: created, verified, in doubt", got)
	}
}

func TestAnIntentIsRefusedFromEveryStatusButVerified(t *testing.T) {
	ways := map[ledger.Status][]ledger.Status{
		ledger.Queued:     {},
		ledger.Submitting: {ledger.Verified, ledger.Submitting},
		ledger.Pending:    {ledger.Verified, ledger.Submitting, ledger.Pending},
		ledger.Settled:    {ledger.Verified, ledger.Submitting, ledger.Settled},
		ledger.Failed:     {ledger.Verified, ledger.Submitting, ledger.Failed},
		ledger.Rejected:   {ledger.Rejected},
		ledger.Held:       {ledger.Held},
		ledger.Cancelled:  {ledger.Verified, ledger.Cancelled},
		ledger.Returned:   {ledger.Verified, ledger.Submitting, ledger.Pending, ledger.Settled, ledger.Returned},
	}
	store := open(t)
	b := create(t, store, "2026-11", 10)
	number := 1
	for status, way := range ways {
		number++
		p := bring(t, store, b.ID, number, way...)
		if err := store.Submit(t.Context(), attempt(p), "run", ledger.Evidence{}); !errors.Is(err, ledger.ErrForbiddenMove) {
			t.Errorf("an intent from %s: %v, want ErrForbiddenMove", status, err)
		}
		p.Status = ledger.Verified // a caller with a stale picture
		if err := store.Submit(t.Context(), attempt(p), "run", ledger.Evidence{}); !errors.Is(err, ledger.ErrStatusChanged) {
			t.Errorf("an intent seen as verified from %s: %v, want ErrStatusChanged", status, err)
		}
		if got := payout(t, store, b.ID, number).Status; got != status {
			t.Errorf("after refused intents %s is %s", status, got)
		}
	}
}

func TestOnlyOneOfManyIntentsForAPayoutIsTaken(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 1)
	p := bring(t, store, b.ID, 2, ledger.Verified)
	errs := make([]error, 32)
	var workers sync.WaitGroup
	for i := range errs {
		workers.Go(func() {
			errs[i] = store.Submit(context.Background(), attempt(p), fmt.Sprint("worker ", i), ledger.Evidence{})
		})
	}
	workers.Wait()
	taken := 0
	for _, err := range errs {
		if err == nil {
			taken++
		} else if !errors.Is(err, ledger.ErrStatusChanged) {
			t.Errorf("a loser got %v, want ErrStatusChanged", err)
		}
	}
	if taken != 1 {
		t.Errorf("%d intents were taken for one payout", taken)
	}
}

func TestAnIntentCannotBeRecordedInPassing(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 1)
	p := bring(t, store, b.ID, 2, ledger.Verified)
	for _, m := range []ledger.Move{
		{Payout: p, To: ledger.Submitting},
		{Payout: p, Via: []ledger.Status{ledger.Submitting}, To: ledger.Pending},
		{Payout: p, Via: []ledger.Status{ledger.Submitting}, To: ledger.Verified},
	} {
		if err := store.Record(t.Context(), m); !errors.Is(err, ledger.ErrForbiddenMove) {
			t.Errorf("Record via %v to %s: %v, want ErrForbiddenMove", m.Via, m.To, err)
		}
	}
	if err := store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := payout(t, store, b.ID, 2).Status; got != ledger.Verified {
		t.Errorf("the payout is %s", got)
	}
}

func TestUnknownPayoutsAreNamedAsSuch(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 1)
	last := lastLine // cut to 32 bits, three more are line 2
	for _, p := range []ledger.Payout{
		{Batch: b.ID, Line: ledger.Line{Number: 99}, Status: ledger.Verified},
		{Batch: b.ID, Line: ledger.Line{Number: -1}, Status: ledger.Verified},
		{Batch: b.ID, Line: ledger.Line{Number: last + 3}, Status: ledger.Queued},
		{Batch: "2026-11-NOSUCH", Line: ledger.Line{Number: 2}, Status: ledger.Verified},
		{},
	} {
		if err := store.Submit(t.Context(), attempt(p), "run", ledger.Evidence{}); !errors.Is(err, ledger.ErrUnknownPayout) {
			t.Errorf("Submit of %s: %v, want ErrUnknownPayout", p.Label(), err)
		}
		if _, err := store.Payout(p.Batch, p.Number); !errors.Is(err, ledger.ErrUnknownPayout) {
			t.Errorf("Payout of %s: %v, want ErrUnknownPayout", p.Label(), err)
		}
	}
	if _, err := store.View("nothing"); !errors.Is(err, ledger.ErrNoBatch) {
		t.Errorf("View of an unknown batch: %v", err)
	}
	if err := store.RecordBalance(t.Context(), "nothing", "run", 1, false); !errors.Is(err, ledger.ErrUnknownPayout) {
		t.Errorf("RecordBalance of an unknown batch: %v", err)
	}
}

// holdCommitter makes the committer stop before its next write until release is called.
func holdCommitter(t *testing.T) (reached <-chan struct{}, release func()) {
	at, gate := make(chan struct{}, 1000), make(chan struct{})
	ledger.OnCrashPoint(t, func(point string) {
		if point == "commit:before" {
			at <- struct{}{}
			<-gate
		}
	})
	return at, sync.OnceFunc(func() { close(gate) })
}

func TestARefusedRequestDoesNotDisturbTheOthersOfItsGroup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	store := reopen(t, path)
	b := create(t, store, "2026-11", 40)
	var seen []ledger.Payout
	for n := 2; n < 42; n++ {
		seen = append(seen, bring(t, store, b.ID, n, ledger.Verified))
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	reached, release := holdCommitter(t)
	store = openAt(t, path)
	go func() {
		_ = store.Flush(context.Background())
		_ = store.RecordBalance(context.Background(), b.ID, "run", 1, false)
	}()
	<-reached // the committer is busy: what comes now shares the next transaction
	errs := make([]error, len(seen))
	var workers sync.WaitGroup
	for i, p := range seen {
		if i%3 == 0 {
			p.Status = ledger.Queued // not what it is
		}
		if i%3 == 1 {
			p.Batch = "2026-11-NOSUCH"
		}
		workers.Go(func() { errs[i] = store.Submit(context.Background(), attempt(p), "run", ledger.Evidence{}) })
	}
	release()
	workers.Wait()
	for i, err := range errs {
		want, status := error(nil), ledger.Submitting
		switch i % 3 {
		case 0:
			want, status = ledger.ErrForbiddenMove, ledger.Verified
		case 1:
			want, status = ledger.ErrUnknownPayout, ledger.Verified
		}
		if i%3 == 0 && errors.Is(err, ledger.ErrStatusChanged) {
			err = want // which of the two it is told first does not matter
		}
		if !errors.Is(err, want) {
			t.Errorf("request %d: %v, want %v", i, err, want)
		}
		if got := payout(t, store, b.ID, seen[i].Number).Status; got != status {
			t.Errorf("payout %d is %s, want %s", i, got, status)
		}
	}
}

func TestAnIntentIsOnDiskWhenSubmitReturns(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "ledger.db")
	store := openAt(t, path)
	b := create(t, store, "2026-11", 5)
	for n := 2; n < 7; n++ {
		bring(t, store, b.ID, n, ledger.Verified, ledger.Submitting)
		copied := filepath.Join(folder, fmt.Sprintf("copy-%d.db", n))
		copyFile(t, path, copied)
		later := reopen(t, copied)
		p := payout(t, later, b.ID, n)
		if p.Status != ledger.Submitting || p.ExternalID == "" || p.Attempts != 1 {
			t.Errorf("line %d: the copy has %s %+v", n, p.Status, p.State)
		}
		closeVerified(t, later)
	}
}

func TestOneAnswerMayTellOfSeveralMoves(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 2)
	p := bring(t, store, b.ID, 2, ledger.Verified, ledger.Submitting)
	err := store.Record(t.Context(), ledger.Move{Payout: p, Via: []ledger.Status{ledger.Pending, ledger.Settled}, To: ledger.Returned, Actor: "poll"})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events(t, store, b.ID)[3:] {
		got = append(got, fmt.Sprintf("%s %s→%s by %s", e.Kind, e.From, e.To, e.Actor))
	}
	want := []string{"transition in_doubt→pending by poll", "transition pending→settled by poll", "transition settled→returned by poll"}
	if !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}

func TestANoteChangesTheStateAndNotTheStatus(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 2)
	p := bring(t, store, b.ID, 2, ledger.Verified, ledger.Submitting)
	p.ProviderReference, p.UnpaidSeen, p.InquiredAt = "DK1", true, time.Date(2026, 11, 23, 1, 2, 3, 4e6, ledger.WIB)
	p.Amount, p.AccountNumber = 1, "another" // a line never changes, whatever the caller has there
	if err := store.Record(t.Context(), ledger.Move{Payout: p, To: ledger.Submitting, Actor: "poll", Evidence: ledger.Evidence{Code: "4043601"}}); err != nil {
		t.Fatal(err)
	}
	if err := store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := payout(t, store, b.ID, 2)
	if got.Status != ledger.Submitting || got.ProviderReference != "DK1" || !got.InquiredAt.Equal(p.InquiredAt) || !got.UnpaidSeen {
		t.Errorf("got %s %+v", got.Status, got.State)
	}
	if got.Amount != line(2).Amount || got.AccountNumber != line(2).AccountNumber {
		t.Errorf("the note changed the line: %+v", got.Line)
	}
	last := events(t, store, b.ID)[3]
	if last.Kind != ledger.Note || last.From != ledger.Submitting || last.To != ledger.Submitting || last.Evidence.Code != "4043601" {
		t.Errorf("event %+v", last)
	}
}

// TestTheWindowBoundsWhatACrashCanLose counts how many moves Record takes while not a single
// one reaches the disk.
func TestTheWindowBoundsWhatACrashCanLose(t *testing.T) {
	const window = 8
	path := filepath.Join(t.TempDir(), "ledger.db")
	store := reopen(t, path)
	b := create(t, store, "2026-11", 200)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	reached, release := holdCommitter(t)
	store, err := ledger.Open(path, ledger.Options{Environment: "sandbox", Window: window})
	if err != nil {
		t.Fatal(err)
	}
	defer closeVerified(t, store)
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	taken := 0
	for n := 2; n < 202; n++ {
		if n == 3 {
			<-reached
		}
		if taken == 1+window { // the next one has to wait
			time.AfterFunc(20*time.Millisecond, cancel)
		}
		err := store.Record(ctx, ledger.Move{Payout: ledger.Payout{Batch: b.ID, Line: ledger.Line{Number: n}, Status: ledger.Queued}, To: ledger.Verified})
		if errors.Is(err, context.Canceled) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		taken++
	}
	if taken != 1+window {
		t.Errorf("%d moves were taken before the first was on disk, want %d in the commit under way and %d waiting", taken, 1, window)
	}
}

func TestAGroupTakesNoMoreThanTheWindow(t *testing.T) {
	const window = 4
	ledger.BlockACommit(t)
	path := filepath.Join(t.TempDir(), "ledger.db")
	store := reopen(t, path)
	b := create(t, store, "2026-11", 300)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	store, err := ledger.Open(path, ledger.Options{Environment: "sandbox", Window: window})
	if err != nil {
		t.Fatal(err)
	}
	var workers sync.WaitGroup
	for n := 2; n < 302; n++ {
		workers.Go(func() {
			_ = store.Record(context.Background(), ledger.Move{Payout: ledger.Payout{Batch: b.ID, Line: ledger.Line{Number: n}, Status: ledger.Queued}, To: ledger.Verified})
		})
	}
	workers.Wait()
	closeVerified(t, store)
	blocks := 0
	if err := ledger.Tamper(path, func(x *ledger.Tampering) error {
		return x.Journal(func(all []ledger.Block) []ledger.Block {
			for _, block := range all {
				if blocks++; len(block.Events) > window {
					t.Errorf("a commit held %d moves that nobody waited for, want at most %d", len(block.Events), window)
				}
			}
			return all
		})
	}); err != nil {
		t.Fatal(err)
	}
	if blocks < 300/window {
		t.Errorf("only %d blocks", blocks)
	}
}

func TestManyWorkersMoveManyPayouts(t *testing.T) {
	store := open(t).NoSync()
	b := create(t, store, "2026-11", 400)
	var workers sync.WaitGroup
	for w := range 16 {
		workers.Go(func() {
			for n := 2 + w; n < 402; n += 16 {
				p := payout(t, store, b.ID, n)
				for _, to := range []ledger.Status{ledger.Verified, ledger.Submitting, ledger.Pending, ledger.Settled} {
					move(t, store, &p, to)
				}
			}
		})
	}
	for range 20 { // readers beside them see whole states only
		summary, err := store.Summary(b.ID)
		if err != nil {
			t.Fatal(err)
		}
		count, amount := 0, ledger.Sen(0)
		for _, c := range summary.ByStatus {
			count, amount = count+c.Count, amount+c.Amount
		}
		if count != b.Lines || amount != b.Total {
			t.Fatalf("in between there were %d payouts of IDR %s, want %d of %s", count, amount, b.Lines, b.Total)
		}
		if v, err := store.Verify(t.Context()); err != nil || len(v.Problems) > 0 {
			t.Fatalf("verify beside writes: %v %q", err, v.Problems)
		}
	}
	workers.Wait()
	if err := store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	summary, err := store.Summary(b.ID)
	if err != nil || summary.ByStatus[ledger.Settled].Count != 400 || !summary.Finished() || summary.Sent() != 400 {
		t.Errorf("summary %+v, %v", summary.ByStatus, err)
	}
}
