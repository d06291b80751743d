package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gajian/ledger"
)

func TestABatchIsInvisibleUntilItIsWhole(t *testing.T) {
	store := open(t).NoSync()
	lines := drafts(2*ledger.StageLines + 1)
	announced := announce("2026-11", lines)
	b, err := store.Create(t.Context(), announced, func(add func(ledger.Draft) error) error {
		for i, d := range lines {
			if err := add(d); err != nil {
				return err
			}
			if i%ledger.StageLines != 0 {
				continue
			}
			if batches, err := store.Batches(); err != nil || len(batches) != 0 {
				t.Errorf("after %d lines there are %d batches, %v", i+1, len(batches), err)
			}
			if _, found, err := store.Find(announced.Digest); found || err != nil {
				t.Errorf("after %d lines the batch is found, %v", i+1, err)
			}
			verified(t, store)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	summary, found, err := store.Find(announced.Digest)
	if err != nil || !found || summary.ID != b.ID || summary.ByStatus[ledger.Queued] != (ledger.Count{Count: len(lines), Amount: announced.Total}) {
		t.Errorf("found %v %+v, %v", found, summary, err)
	}
	if _, err := store.Create(t.Context(), announced, addAll(lines)); !errors.Is(err, ledger.ErrBatchExists) {
		t.Errorf("the same batch again: %v, want ErrBatchExists", err)
	}
}

func TestCreateKeepsEverythingOfABatchAndItsLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	store := reopen(t, path)
	full := ledger.Line{
		Number: 7, EmployeeID: "007", Name: "Siti Nurhaliza", BankCode: "014", AccountNumber: "0012345678", Amount: 123_400,
		Phone: "0812", Email: "a@b", Remark: "gaji", CostCenter: "HQ", PayType: "thr", RetryOf: "2026-10-ABCDEF/7/1", Extra: []string{"", "x\x00y", "é"},
	}
	lines := []ledger.Draft{{Line: full}, {Line: line(9), Hold: ledger.HoldSharedAccount, Reason: "two on one", DuplicateOf: "2026-11-X line 7", SharedWith: "007"}}
	b := announce("2026-11", lines)
	b.FileSHA256, b.ExtraColumns, b.Rehearsal = [32]byte{1, 2, 3}, []string{"a", "b", "c"}, true
	created, err := store.Create(t.Context(), b, addAll(lines))
	if err != nil {
		t.Fatal(err)
	}
	closeVerified(t, store)
	store = reopen(t, path)
	defer closeVerified(t, store)
	summary, err := store.Summary(created.ID)
	if err != nil || fmt.Sprint(summary.Batch) != fmt.Sprint(created) || !summary.CreatedAt.Equal(created.CreatedAt) {
		t.Errorf("the batch came back as %+v, want %+v, %v", summary.Batch, created, err)
	}
	if got := payout(t, store, created.ID, 7); fmt.Sprintf("%#v", got.Line) != fmt.Sprintf("%#v", full) || got.Status != ledger.Queued {
		t.Errorf("the line came back as %#v, want %#v", got.Line, full)
	}
	held := payout(t, store, created.ID, 9)
	want := ledger.State{Hold: ledger.HoldSharedAccount, Reason: "two on one", DuplicateOf: "2026-11-X line 7", SharedWith: "007"}
	if held.Status != ledger.Held || held.State != want {
		t.Errorf("the held line came back as %s %+v, want %+v", held.Status, held.State, want)
	}
	if created.Reference(7) != created.ReferencePrefix+"0000007" || len(created.Reference(7)) != 27 {
		t.Errorf("reference %q", created.Reference(7))
	}
}

func TestCreateRefusesWhatIsNotAsAnnounced(t *testing.T) {
	three := drafts(3)
	changed := drafts(3)
	changed[1].AccountNumber = "999"
	huge := drafts(3)
	for i := range huge {
		huge[i].Amount = math.MaxInt64 / 100 / 2 * 100
	}
	remedy := func(change func(*ledger.Batch)) ledger.Batch { b := announce("2026-11", three); change(&b); return b }
	broken := errors.New("the reader broke")
	last := lastLine // no constant: behind it is no int everywhere
	for name, test := range map[string]struct {
		batch ledger.Batch
		fill  func(func(ledger.Draft) error) error
		want  string
	}{
		"a line fewer":                {announce("2026-11", three), addAll(three[:2]), ledger.ErrContentChanged.Error()},
		"a line more":                 {announce("2026-11", three), addAll(drafts(4)), ledger.ErrContentChanged.Error()},
		"another account":             {announce("2026-11", three), addAll(changed), ledger.ErrContentChanged.Error()},
		"another count":               {remedy(func(b *ledger.Batch) { b.Lines = 4 }), addAll(three), ledger.ErrContentChanged.Error()},
		"another total":               {remedy(func(b *ledger.Batch) { b.Total++ }), addAll(three), ledger.ErrContentChanged.Error()},
		"another period":              {remedy(func(b *ledger.Batch) { b.Period = "2026-12" }), addAll(three), ledger.ErrContentChanged.Error()},
		"another digest of its lines": {remedy(func(b *ledger.Batch) { b.LinesDigest[0]++ }), addAll(three), ledger.ErrContentChanged.Error()},
		"descending line numbers":     {announce("2026-11", three), addAll([]ledger.Draft{three[1], three[0]}), "must ascend"},
		"a line number twice":         {announce("2026-11", three), addAll([]ledger.Draft{three[0], three[0]}), "must ascend"},
		"line zero":                   {announce("2026-11", three), addAll([]ledger.Draft{{Line: line(0)}}), "must ascend"},
		"a line number beyond any":    {announce("2026-11", three), addAll([]ledger.Draft{{Line: line(last + 1)}}), "line"},
		"no amount":                   {announce("2026-11", three), addAll([]ledger.Draft{{Line: ledger.Line{Number: 1}}}), "not a positive number"},
		"a negative amount":           {announce("2026-11", three), addAll([]ledger.Draft{{Line: ledger.Line{Number: 1, Amount: -100}}}), "not a positive number"},
		"half a rupiah":               {announce("2026-11", three), addAll([]ledger.Draft{{Line: ledger.Line{Number: 1, Amount: 150}}}), "whole rupiah"},
		"a total beyond any":          {announce("2026-11", huge), addAll(huge), "total is too large"},
		"more columns than are kept":  {announce("2026-11", three), addAll([]ledger.Draft{{Line: ledger.Line{Number: 1, Amount: 100, Extra: make([]string, ledger.RecordElementsMax+1)}}}), "further columns"},
		"more headers than are kept":  {remedy(func(b *ledger.Batch) { b.ExtraColumns = make([]string, ledger.RecordElementsMax+1) }), addAll(three), "further columns"},
		"a reader that breaks":        {announce("2026-11", three), func(func(ledger.Draft) error) error { return broken }, broken.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			store := reopen(t, path)
			if _, err := store.Create(t.Context(), test.batch, test.fill); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if batches, err := store.Batches(); err != nil || len(batches) != 0 {
				t.Errorf("%d batches are visible, %v", len(batches), err)
			}
			closeVerified(t, store)
			wantStaged(t, path, 0)
			store = reopen(t, path)
			create(t, store, "2026-11", 3) // nothing of it is in the way
			closeVerified(t, store)
		})
	}
}

func wantStaged(t *testing.T, path string, want int) {
	t.Helper()
	if err := ledger.Tamper(path, func(x *ledger.Tampering) error {
		if got := x.StagedBatches(); got != want {
			t.Errorf("%d batches have lines, want %d", got, want)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestWhatACrashedCreateLeftIsRemovedByTheNext(t *testing.T) {
	folder := t.TempDir()
	path, copied := filepath.Join(folder, "ledger.db"), filepath.Join(folder, "copy.db")
	store := openAt(t, path)
	create(t, store, "2026-10", 2)
	lines := drafts(ledger.StageLines + 10)
	_, err := store.Create(t.Context(), announce("2026-11", lines), func(add func(ledger.Draft) error) error {
		err := addAll(lines)(add)
		copyFile(t, path, copied) // as a crash here would leave it
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantStaged(t, copied, 2)
	again := reopen(t, copied)
	if batches, err := again.Batches(); err != nil || len(batches) != 1 {
		t.Errorf("after the crash there are %d batches, %v", len(batches), err)
	}
	verified(t, again)
	b := create(t, again, "2026-12", 5) // fewer lines than what lies there
	if summary, err := again.Summary(b.ID); err != nil || summary.ByStatus[ledger.Queued].Count != 5 {
		t.Errorf("%+v, %v", summary.ByStatus, err)
	}
	closeVerified(t, again)
	wantStaged(t, copied, 2)
}

func TestACancelledCreateLeavesNoBatch(t *testing.T) {
	store := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	lines := drafts(ledger.StageLines + 10)
	_, err := store.Create(ctx, announce("2026-11", lines), func(add func(ledger.Draft) error) error {
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if batches, err := store.Batches(); err != nil || len(batches) != 0 {
		t.Errorf("%d batches, %v", len(batches), err)
	}
}

func TestBatchesMadeAtOnceDoNotMix(t *testing.T) {
	store := open(t).NoSync()
	var workers sync.WaitGroup
	for i := range 6 {
		workers.Go(func() {
			period := fmt.Sprintf("2026-%02d", i/2+1) // two workers for each, with the same lines
			lines := drafts(100 + i/2)
			_, err := store.Create(context.Background(), announce(period, lines), addAll(lines))
			if err != nil && !errors.Is(err, ledger.ErrBatchExists) {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	batches, err := store.Batches()
	if err != nil || len(batches) != 3 {
		t.Fatalf("%d batches, %v, want 3", len(batches), err)
	}
	for _, b := range batches {
		if b.ByStatus[ledger.Queued] != (ledger.Count{Count: b.Lines, Amount: b.Total}) {
			t.Errorf("%s: %+v", b.ID, b.ByStatus)
		}
	}
}

func TestABatchOfOneLine(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 1)
	p := bring(t, store, b.ID, 2, ledger.Verified, ledger.Submitting, ledger.Pending, ledger.Settled)
	if summary, err := store.Summary(b.ID); err != nil || !summary.Finished() || summary.Total != p.Amount {
		t.Errorf("%+v, %v", summary, err)
	}
}

func TestLinesWithGapsUpToTheLastNumberKeepTheirNumbers(t *testing.T) {
	store := open(t)
	lines := []ledger.Draft{{Line: line(1)}, {Line: line(70_000)}, {Line: line(lastLine)}}
	lines[2].Amount = 100
	b := createOf(t, store, "2026-11", lines)
	var got []int
	for last := 0; ; {
		payouts, next, err := store.After(b.ID, last, 1, ledger.Queued)
		if err != nil {
			t.Fatal(err)
		}
		if len(payouts) == 0 {
			break
		}
		if got = append(got, payouts[0].Number); len(got) > 3 {
			t.Fatal("the walk began anew")
		}
		last = next
	}
	if fmt.Sprint(got) != fmt.Sprint([]int{1, 70_000, lastLine}) {
		t.Errorf("got lines %v", got)
	}
}

func TestTheShortestFreeIDIsTaken(t *testing.T) {
	ledger.ShortenIDs(t, 1, 2, 52)
	store := open(t).NoSync()
	lengths := map[int]int{}
	for i := range 80 { // with one letter of 32 some must collide, with two some more
		lines := drafts(1)
		lines[0].EmployeeID = fmt.Sprint(i)
		b := createOf(t, store, "2026-11", lines)
		lengths[len(b.ID)-len("2026-11-")]++
		if got, err := store.Resolve(strings.ToLower(b.ID)); err != nil || got != b.ID {
			t.Errorf("Resolve(%q) = %q, %v", strings.ToLower(b.ID), got, err)
		}
		if summary, found, err := store.Find(b.Digest); err != nil || !found || summary.ID != b.ID {
			t.Errorf("%s is found as %s, %v", b.ID, summary.ID, err)
		}
	}
	if lengths[1] == 0 || lengths[2] == 0 || lengths[1]+lengths[2]+lengths[52] != 80 {
		t.Errorf("ID lengths %v", lengths)
	}
}

func TestResolveUnderstandsPartsOfAnID(t *testing.T) {
	store := open(t)
	a, b := create(t, store, "2026-11", 2), create(t, store, "2026-12", 2)
	for text, want := range map[string]string{
		a.ID: a.ID, " " + strings.ToLower(b.ID) + "\n": b.ID, "2026-11": a.ID, a.ID[len(a.ID)-4:]: a.ID, b.ID[:len(b.ID)-1]: b.ID,
	} {
		if got, err := store.Resolve(text); err != nil || got != want {
			t.Errorf("Resolve(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
	if _, err := store.Resolve("2026"); !errors.Is(err, ledger.ErrSeveralBatches) || !strings.Contains(err.Error(), a.ID+" or "+b.ID) {
		t.Errorf("Resolve of two: %v", err)
	}
	for _, text := range []string{"", " ", "2027"} {
		if got, err := store.Resolve(text); !errors.Is(err, ledger.ErrNoBatch) {
			t.Errorf("Resolve(%q) = %q, %v, want ErrNoBatch", text, got, err)
		}
	}
}

func TestANewLedgerIsForItsOwnerOnlyAndLeavesNothingBeside(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b")
	path := filepath.Join(folder, "ledger.db")
	if _, err := ledger.Open(path, ledger.Options{}); !errors.Is(err, ledger.ErrMissing) {
		t.Errorf("without Create: %v, want ErrMissing", err)
	}
	if _, err := ledger.Open(path, ledger.Options{Create: true, ReadOnly: true}); !errors.Is(err, ledger.ErrMissing) {
		t.Errorf("for reading: %v, want ErrMissing", err)
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("a refused Open made the folder")
	}
	store := reopen(t, path)
	if store.Path() != path || store.Environment() != "sandbox" {
		t.Errorf("path %q environment %q", store.Path(), store.Environment())
	}
	closeVerified(t, store)
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 2 { // the ledger and its departures
		t.Fatalf("the folder holds %v, %v", entries, err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: mode %v, %v", entry.Name(), info.Mode(), err)
		}
	}
}

func TestTwoProcessesThatMakeTheLedgerMakeOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	var opened, locked int
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			store, err := ledger.Open(path, ledger.Options{Environment: "sandbox", Create: true})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				opened++
				t.Cleanup(func() { closeVerified(t, store) })
			case errors.Is(err, ledger.ErrLocked):
				locked++
			default:
				t.Error(err)
			}
		})
	}
	workers.Wait()
	if opened != 1 || locked != 3 {
		t.Errorf("%d opened it, %d were locked out", opened, locked)
	}
}
