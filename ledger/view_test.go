package ledger_test

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gajian/ledger"
)

func TestAfterWalksTheWantedOnes(t *testing.T) {
	store := open(t).NoSync()
	b := create(t, store, "2026-11", 50)
	for n := 2; n <= 51; n += 2 {
		bring(t, store, b.ID, n, ledger.Held)
	}
	for _, test := range []struct {
		name        string
		line, limit int
		wanted      []ledger.Status
		got         []int
		last        int
	}{
		{"from the beginning", 0, 3, []ledger.Status{ledger.Queued}, []int{3, 5, 7}, 7},
		{"from before the beginning", -5, 1, []ledger.Status{ledger.Queued}, []int{3}, 3},
		{"after a line that is not wanted", 4, 2, []ledger.Status{ledger.Queued}, []int{5, 7}, 7},
		{"two statuses", 2, 3, []ledger.Status{ledger.Held, ledger.Queued}, []int{3, 4, 5}, 5},
		{"it has looked up to the end", 47, 9, []ledger.Status{ledger.Held}, []int{48, 50}, 51},
		{"none is so", 0, 9, []ledger.Status{ledger.Settled}, nil, 51},
		{"none is wanted", 0, 9, nil, nil, 51},
		{"after the last", 51, 9, []ledger.Status{ledger.Queued}, nil, 51},
		{"after every possible line", lastLine, 9, []ledger.Status{ledger.Queued}, nil, lastLine},
		{"further than that", math.MaxInt, 9, []ledger.Status{ledger.Queued}, nil, math.MaxInt},
		{"no limit", 0, 0, []ledger.Status{ledger.Queued}, nil, 0},
	} {
		payouts, last, err := store.After(b.ID, test.line, test.limit, test.wanted...)
		var got []int
		for _, p := range payouts {
			got = append(got, p.Number)
		}
		if err != nil || !slices.Equal(got, test.got) || last != test.last {
			t.Errorf("%s: got %v up to %d, %v; want %v up to %d", test.name, got, last, err, test.got, test.last)
		}
	}
	if _, _, err := store.After("nothing", 0, 1, ledger.Queued); !errors.Is(err, ledger.ErrUnknownPayout) {
		t.Errorf("After in an unknown batch: %v", err)
	}
}

func TestAWalkSeesEachPayoutOnceWhileTheyMove(t *testing.T) {
	store := open(t).NoSync()
	b := create(t, store, "2026-11", 100)
	seen := map[int]int{}
	for last := 0; ; {
		payouts, next, err := store.After(b.ID, last, 7, ledger.Queued, ledger.Verified)
		if err != nil {
			t.Fatal(err)
		}
		if len(payouts) == 0 {
			break
		}
		for _, p := range payouts {
			seen[p.Number]++
			bring(t, store, b.ID, p.Number, ledger.Verified)
		}
		last = next
	}
	for n := 2; n < 102; n++ {
		if seen[n] != 1 {
			t.Errorf("line %d was seen %d times", n, seen[n])
		}
	}
}

func TestPeekStatusReadsEveryStatusOfEveryRecord(t *testing.T) {
	small := ledger.Payout{Line: ledger.Line{Number: 1, Amount: 100}}
	big := full()
	for _, s := range ledger.Statuses() {
		for _, p := range []ledger.Payout{small, big} {
			p.Status = s
			if got := ledger.PeekStatus(p); got != s {
				t.Errorf("peekStatus of %d extra fields is %s, want %s", len(p.Extra), got, s)
			}
		}
	}
}

// TestAfterReportsADamagedPayoutWhateverItLooksLike flips bits of one record: in the byte of the
// status it may look like a payout that is not wanted.
func TestAfterReportsADamagedPayoutWhateverItLooksLike(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "ledger.db")
	store := reopen(t, path)
	b := create(t, store, "2026-11", 5)
	closeVerified(t, store)
	for at := range 12 {
		copied := filepath.Join(folder, fmt.Sprintf("%d.db", at))
		copyFile(t, path, copied)
		if err := ledger.Tamper(copied, func(x *ledger.Tampering) error { return x.Garble(1, 4, at) }); err != nil {
			t.Fatal(err)
		}
		store := reopen(t, copied)
		payouts, last, err := store.After(b.ID, 0, 10, ledger.Queued)
		if !errors.Is(err, ledger.ErrDamaged) || len(payouts) != 2 || last != 3 {
			t.Errorf("byte %d: %d payouts up to %d, %v; want 2 up to 3 and ErrDamaged", at, len(payouts), last, err)
		}
		if _, err := store.Payout(b.ID, 4); !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("byte %d: Payout: %v, want ErrDamaged", at, err)
		}
		if err := store.Submit(t.Context(), ledger.Payout{Batch: b.ID, Line: ledger.Line{Number: 4}, Status: ledger.Verified}, "run", ledger.Evidence{}); !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("byte %d: Submit: %v, want ErrDamaged", at, err)
		}
		if v, err := store.Verify(t.Context()); err != nil || len(v.Problems) == 0 {
			t.Errorf("byte %d: Verify: %v, %v", at, v.Problems, err)
		}
		view, err := store.View(b.ID)
		if err != nil {
			t.Fatal(err)
		}
		count, failure := 0, error(nil)
		for _, err := range view.Payouts() {
			if count++; err != nil {
				failure = err
			}
		}
		if !errors.Is(failure, ledger.ErrDamaged) || count != 3 {
			t.Errorf("byte %d: the walk gave %d and %v, want two payouts and ErrDamaged", at, count, failure)
		}
		if err := errors.Join(view.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestAViewStaysAsItWas(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 20)
	bring(t, store, b.ID, 2, ledger.Verified)
	view, err := store.View(b.ID)
	if err != nil {
		t.Fatal(err)
	}
	sequence, head := view.Head()
	for n := 3; n < 10; n++ {
		bring(t, store, b.ID, n, ledger.Held)
	}
	held := 0
	for p, err := range view.Payouts() {
		if err != nil {
			t.Fatal(err)
		}
		if p.Status == ledger.Held {
			held++
		}
	}
	count, last := 0, ledger.Event{}
	for e, err := range view.Events() {
		if err != nil {
			t.Fatal(err)
		}
		count, last = count+1, e
	}
	if held != 0 || count != 2 || last.Sequence != sequence || last.Hash != head || view.Summary().ByStatus[ledger.Queued].Count != 19 {
		t.Errorf("%d held, %d events up to %d (head %d), %+v", held, count, last.Sequence, sequence, view.Summary().ByStatus)
	}
	if err := view.Close(); err != nil {
		t.Fatal(err)
	}
	if v := verified(t, store); v.Events != 9 || v.Payouts != 20 || v.Batches != 1 {
		t.Errorf("%+v", v)
	}
}

func TestEventsOfABatchCarryTheHashesOfTheWholeChain(t *testing.T) {
	store := open(t).NoSync()
	var batches []ledger.Batch
	for _, period := range []string{"2026-10", "2026-11", "2026-12"} {
		batches = append(batches, create(t, store, period, 5))
	}
	for n := 2; n < 7; n++ {
		for _, b := range batches {
			bring(t, store, b.ID, n, ledger.Verified, ledger.Held, ledger.Queued)
		}
	}
	seen := map[uint64]ledger.Event{}
	for _, b := range batches {
		for _, e := range events(t, store, b.ID) {
			if e.Batch != b.ID {
				t.Errorf("event %d of %s is told of %s", e.Sequence, e.Batch, b.ID)
			}
			seen[e.Sequence] = e
		}
	}
	v := verified(t, store)
	if uint64(len(seen)) != v.Events || seen[v.Events].Hash != v.Head {
		t.Errorf("%d events of batches, the journal has %d", len(seen), v.Events)
	}
}

func TestAWalkMayEndEarly(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 5)
	view, err := store.View(b.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	for range view.Payouts() {
		break
	}
	for range view.Events() {
		break
	}
}

// TestAPanicInAWalkIsNotTakenForDamage: what the caller does wrong is the caller's.
func TestAPanicInAWalkIsNotTakenForDamage(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 5)
	view, err := store.View(b.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	for name, walk := range map[string]func(){
		"payouts": func() {
			for range view.Payouts() {
				panic("the caller's own")
			}
		},
		"events": func() {
			for range view.Events() {
				panic("the caller's own")
			}
		},
	} {
		func() {
			defer func() {
				if cause := recover(); cause != "the caller's own" {
					t.Errorf("%s: the panic came back as %v", name, cause)
				}
			}()
			walk()
		}()
	}
}

func TestTextThatIsNotUTF8IsKeptAsItCame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	store := reopen(t, path)
	lines := drafts(2)
	lines[0].Name, lines[0].Extra = "Jos\xe9", []string{"\xff\xfe"}
	b := createOf(t, store, "2026-11", lines)
	p := bring(t, store, b.ID, 2, ledger.Verified)
	p.HolderName, p.Reason = "JOS\xc9", "cut in the middle: \xe2\x82"
	if err := store.Submit(t.Context(), attempt(p), "run", ledger.Evidence{Message: "<html>\xe9\x00"}); err != nil {
		t.Fatal(err)
	}
	closeVerified(t, store)
	store = openAt(t, path)
	got := payout(t, store, b.ID, 2)
	if got.Name != "Jos\xe9" || got.HolderName != "JOS\xc9" || got.Reason != p.Reason || got.Extra[0] != "\xff\xfe" {
		t.Errorf("got %q %q %q %q", got.Name, got.HolderName, got.Reason, got.Extra)
	}
	if e := events(t, store, b.ID); e[2].Evidence.Message != "<html>\xe9\x00" {
		t.Errorf("got %q", e[2].Evidence.Message)
	}
}

func TestEvidenceThatSaysNothingKeepsTheChain(t *testing.T) {
	store := open(t) // verified when the test ends
	b := create(t, store, "2026-11", 2)
	p := bring(t, store, b.ID, 2, ledger.Verified)
	if err := store.Submit(t.Context(), attempt(p), "", ledger.Evidence{BodyDigest: []byte{}, Digest: []byte{}}); err != nil {
		t.Fatal(err)
	}
}

// full returns a payout with something in every field.
func full() ledger.Payout {
	at := ledger.WIB
	return ledger.Payout{
		Batch: "2026-11-ABCDEF", Status: ledger.Returned,
		Line: ledger.Line{
			Number: 17, EmployeeID: "0017", Name: "Budi", BankCode: "014", AccountNumber: "0099", Amount: 100, Phone: "1", Email: "2",
			Remark: "3", CostCenter: "4", PayType: "5", RetryOf: "6", Extra: []string{"7", strings.Repeat("8", 300)},
		},
		State: ledger.State{
			Reason: "a", Hold: ledger.HoldProvider, HolderName: "b", NameScore: 0.9876, Fee: 450_000, Session: "c", InquiredAt: day(1, at),
			Attempts: 300, ExternalID: "d", TransferredAt: day(2, at), ProviderReference: "e", SettledAt: day(3, at), ReturnedAt: day(4, at),
			UnpaidSeen: true, DuplicateOf: "f", AcceptDuplicate: true, AcceptFee: true, DepartureMark: "h", SharedWith: "g",
			Doubt: ledger.Doubt{
				Answers: 70_001, LastAnswer: ledger.AnswerNotFound, LastAnswerAt: day(6, at), NotFoundSince: day(5, at), NotFoundCount: 70_000, NotFoundFor: time.Hour,
				NotFoundAfter: 24 * time.Hour, AwaitsPerson: true, ProviderKnows: true,
			},
		},
	}
}
