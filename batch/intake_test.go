package batch_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gajian/batch"
	"gajian/ledger"
)

func newStore(t testing.TB) *ledger.Store {
	t.Helper()
	store, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{Environment: "sandbox", Command: "test", Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func stockOf(t testing.TB, store *ledger.Store, lines []ledger.Line, period string) batch.Stock {
	t.Helper()
	stock, err := batch.TakeStock(t.Context(), store, given(lines), period, true, batch.Review{})
	if err != nil {
		t.Fatal(err)
	}
	return stock
}

// end brings every payout of a batch to an end.
func end(t testing.TB, store *ledger.Store, id string) {
	t.Helper()
	if err := batch.Run(t.Context(), store, &fakeProvider{}, id, batch.Pay, batch.Settings{Concurrency: 8, PollFirst: time.Millisecond, PollEvery: time.Millisecond,
		PollFor: time.Second, SessionMaxAge: time.Hour, NotFoundAfter: time.Hour, Actor: "run"}); err != nil {
		t.Fatal(err)
	}
}

func TestRecogniseFindsTheBatchOfAFile(t *testing.T) {
	const finished, unfinished = true, false
	type earlier struct {
		period   string
		finished bool
	}
	for _, c := range []struct {
		name     string
		earlier  []earlier
		period   string
		explicit bool
		want     string // the period of the batch that is found
		err      error
	}{
		{name: "a new file", period: "2026-11"},
		{name: "a new file of a period that a person named", period: "2026-11", explicit: true},
		{name: "the same period, unfinished", earlier: []earlier{{"2026-11", unfinished}}, period: "2026-11", want: "2026-11"},
		{name: "the same period, finished", earlier: []earlier{{"2026-11", finished}}, period: "2026-11", want: "2026-11"},
		{name: "the same named period, finished", earlier: []earlier{{"2026-11", finished}}, period: "2026-11", explicit: true, want: "2026-11"},
		{name: "the month ended before the batch did", earlier: []earlier{{"2026-10", unfinished}}, period: "2026-11", want: "2026-10"},
		{name: "the same salaries a month later, and nobody said so", earlier: []earlier{{"2026-10", finished}}, period: "2026-11", err: batch.ErrOtherPeriod},
		{name: "the same salaries a month later, and a person said so", earlier: []earlier{{"2026-10", finished}}, period: "2026-11", explicit: true},
		{name: "another period is named while the first is unfinished", earlier: []earlier{{"2026-10", unfinished}}, period: "2026-11", explicit: true, err: batch.ErrUnfinishedPeriod},
		{name: "the unfinished one counts, however many are finished", earlier: []earlier{{"2026-08", finished}, {"2026-09", finished}, {"2026-10", unfinished}}, period: "2026-11", want: "2026-10"},
		{name: "an unfinished one among finished ones stops a named period", earlier: []earlier{{"2026-09", finished}, {"2026-10", unfinished}}, period: "2026-11", explicit: true, err: batch.ErrUnfinishedPeriod},
		{name: "the same period goes before an unfinished other one", earlier: []earlier{{"2026-10", unfinished}, {"2026-11", finished}}, period: "2026-11", want: "2026-11"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store, lines := newStore(t), people(2)
			enter(t, store, people(3), "2026-07") // of no concern
			for _, e := range c.earlier {
				b := enter(t, store, lines, e.period)
				if e.finished {
					end(t, store, b.ID)
				}
			}
			known, found, err := batch.Recognise(store, stockOf(t, store, lines, c.period), c.explicit)
			if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) || found != (c.want != "") || found && known.Period != c.want {
				t.Errorf("got %s %v %v, want %q %v", known.Period, found, err, c.want, c.err)
			}
		})
	}
}

func TestTheSameFileSavedAnewIsTheSameBatch(t *testing.T) {
	store, lines := newStore(t), people(5)
	enter(t, store, lines, "2026-11")
	changed := people(5)
	for i := range changed {
		changed[i].Number += 3 // rows above
		changed[i].Remark, changed[i].Email = "other", "a@b.c"
	}
	if _, found, err := batch.Recognise(store, stockOf(t, store, changed, "2026-11"), false); err != nil || !found {
		t.Errorf("found %v, %v", found, err)
	}
	changed[2].Amount += ledger.Rupiah
	if _, found, err := batch.Recognise(store, stockOf(t, store, changed, "2026-11"), false); err != nil || found {
		t.Errorf("another amount: found %v, %v", found, err)
	}
}

func TestAFileThatChangesBetweenTheWalksIsRefused(t *testing.T) {
	for name, change := range map[string]func([]ledger.Line) []ledger.Line{
		"an amount":        func(l []ledger.Line) []ledger.Line { l[3].Amount += ledger.Rupiah; return l },
		"an account":       func(l []ledger.Line) []ledger.Line { l[3].AccountNumber = "8099999999"; return l },
		"a line less":      func(l []ledger.Line) []ledger.Line { return l[:4] },
		"a line more":      func(l []ledger.Line) []ledger.Line { return append(l, people(6)[5]) },
		"two lines swap":   func(l []ledger.Line) []ledger.Line { l[1].Name, l[2].Name = l[2].Name, l[1].Name; return l },
		"everything":       func([]ledger.Line) []ledger.Line { return people(60)[50:55] },
		"nothing is there": func([]ledger.Line) []ledger.Line { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			store := newStore(t)
			stock := stockOf(t, store, people(5), "2026-11")
			if _, err := batch.Enter(t.Context(), store, stock, batch.Origin{File: "payroll.csv"}, given(change(people(5)))); !errors.Is(err, ledger.ErrContentChanged) {
				t.Errorf("%v, want %v", err, ledger.ErrContentChanged)
			}
			if batches, err := store.Batches(); err != nil || len(batches) != 0 {
				t.Errorf("%d batches, %v", len(batches), err)
			}
			if _, err := batch.Enter(t.Context(), store, stock, batch.Origin{File: "payroll.csv"}, given(people(5))); err != nil {
				t.Errorf("the right lines afterwards: %v", err)
			}
		})
	}
}

// held tells which lines of a stock are held, and compares it with what the ledger then has.
func held(t *testing.T, store *ledger.Store, lines []ledger.Line, period string) map[int]ledger.Hold {
	t.Helper()
	stock := stockOf(t, store, lines, period)
	b, err := batch.Enter(t.Context(), store, stock, batch.Origin{File: "payroll.csv", CreatedBy: "test"}, given(lines))
	if err != nil {
		t.Fatal(err)
	}
	payouts, _, err := store.After(b.ID, 0, 1000, ledger.Held)
	if err != nil {
		t.Fatal(err)
	}
	holds, total := map[int]ledger.Hold{}, ledger.Sen(0)
	for _, p := range payouts {
		holds[p.Number] = p.Hold
		total += p.Amount
		if p.DuplicateOf == "" || p.Reason == "" {
			t.Errorf("line %d: %+v", p.Number, p.State)
		}
	}
	if stock.HeldCount != len(holds) || stock.HeldTotal != total || len(stock.Held) != len(holds) {
		t.Errorf("the stock holds %d of %s, the ledger %d of %s", stock.HeldCount, stock.HeldTotal, len(holds), total)
	}
	return holds
}

func TestDuplicatesInOneFile(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(first, second *ledger.Line)
		want   ledger.Hold
	}{
		{"two people", func(_, _ *ledger.Line) {}, ledger.HoldNone},
		{"the same line twice", func(a, b *ledger.Line) { number := b.Number; *b = *a; b.Number = number }, ledger.HoldDuplicate},
		{"one employee twice, with other accounts and amounts", func(a, b *ledger.Line) { b.EmployeeID = a.EmployeeID }, ledger.HoldDuplicate},
		{"one employee with two pay types", func(a, b *ledger.Line) { b.EmployeeID, b.PayType = a.EmployeeID, "bonus" }, ledger.HoldNone},
		{"one employee with two pay types, the same account and amount", func(a, b *ledger.Line) {
			number := b.Number
			a.PayType = "salary"
			*b = *a
			b.Number, b.PayType = number, "bonus"
		}, ledger.HoldNone},
		{"one employee with one pay type and one without, the same account and amount", func(a, b *ledger.Line) {
			number := b.Number
			*b = *a
			b.Number, b.PayType = number, "bonus"
		}, ledger.HoldDuplicate},
		{"one employee and pay type, written otherwise", func(a, b *ledger.Line) {
			a.EmployeeID, a.PayType, b.EmployeeID, b.PayType = "ab 1", "Gaji Pokok", "AB  1", "gaji pokok "
		}, ledger.HoldDuplicate},
		{"two employees with one account and amount", func(a, b *ledger.Line) { b.BankCode, b.AccountNumber, b.Amount = a.BankCode, a.AccountNumber, a.Amount }, ledger.HoldSharedAccount},
		{"two employees with one account and amount, and other pay types", func(a, b *ledger.Line) {
			b.BankCode, b.AccountNumber, b.Amount, b.PayType = a.BankCode, a.AccountNumber, a.Amount, "bonus"
		}, ledger.HoldSharedAccount},
		{"two employees with one account and other amounts", func(a, b *ledger.Line) { b.BankCode, b.AccountNumber = a.BankCode, a.AccountNumber }, ledger.HoldNone},
		{"the same account number at another bank", func(a, b *ledger.Line) { b.AccountNumber, b.Amount = a.AccountNumber, a.Amount }, ledger.HoldNone},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := people(10)
			c.change(&lines[2], &lines[7])
			got := held(t, newStore(t), lines, "2026-11")
			if c.want == ledger.HoldNone && len(got) > 0 || c.want != ledger.HoldNone && (len(got) != 1 || got[lines[7].Number] != c.want) {
				t.Errorf("held %v, want %v on line %d", got, c.want, lines[7].Number)
			}
		})
	}
}

func TestDuplicatesOfEarlierBatches(t *testing.T) {
	for _, c := range []struct {
		name    string
		earlier ledger.Status // of the other line
		period  string        // of the earlier batch
		blocks  bool
	}{
		{"queued", ledger.Queued, "2026-11", true}, {"verified", ledger.Verified, "2026-11", true}, {"in doubt", ledger.Submitting, "2026-11", true},
		{"pending", ledger.Pending, "2026-11", true}, {"settled", ledger.Settled, "2026-11", true}, {"held", ledger.Held, "2026-11", true},
		{"failed", ledger.Failed, "2026-11", false}, {"rejected", ledger.Rejected, "2026-11", false}, {"cancelled", ledger.Cancelled, "2026-11", false},
		{"returned", ledger.Returned, "2026-11", false}, {"settled in another period", ledger.Settled, "2026-10", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := newStore(t)
			b := enter(t, store, people(1), c.period)
			bring(t, store, b.ID, 2, c.earlier)
			got := held(t, store, people(3), "2026-11")
			if blocked := got[2] == ledger.HoldDuplicate; blocked != c.blocks || len(got) > 1 {
				t.Errorf("held %v", got)
			}
			if c.blocks {
				stock := stockOf(t, store, people(4), "2026-11")
				if !strings.Contains(stock.Held[0].Reason, b.ID+" line 2") {
					t.Errorf("%q does not name the other line", stock.Held[0].Reason)
				}
			}
		})
	}
}

// bring takes a payout along the transition table.
func bring(t testing.TB, store *ledger.Store, id string, line int, to ledger.Status) {
	t.Helper()
	way := map[ledger.Status][]ledger.Status{
		ledger.Queued: {}, ledger.Verified: {ledger.Verified}, ledger.Submitting: {ledger.Verified, ledger.Submitting},
		ledger.Pending: {ledger.Verified, ledger.Submitting, ledger.Pending}, ledger.Settled: {ledger.Verified, ledger.Submitting, ledger.Settled},
		ledger.Failed: {ledger.Verified, ledger.Submitting, ledger.Failed}, ledger.Rejected: {ledger.Rejected}, ledger.Held: {ledger.Held},
		ledger.Cancelled: {ledger.Held, ledger.Cancelled}, ledger.Returned: {ledger.Verified, ledger.Submitting, ledger.Settled, ledger.Returned},
	}
	for _, status := range way[to] {
		p, err := store.Payout(id, line)
		if err == nil && status == ledger.Submitting {
			p.ExternalID, p.Attempts = "1", p.Attempts+1
			err = store.Submit(t.Context(), p, "test", ledger.Evidence{})
		} else if err == nil {
			err = errors.Join(store.Record(t.Context(), ledger.Move{Payout: p, To: status, Actor: "test"}), store.Flush(t.Context()))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestASharedAccountIsAskedAboutOnce(t *testing.T) {
	store, lines := newStore(t), people(4)
	for _, i := range []int{2, 3} { // three employees, one account
		lines[i].BankCode, lines[i].AccountNumber, lines[i].Amount = lines[1].BankCode, lines[1].AccountNumber, lines[1].Amount
	}
	if got := held(t, store, lines, "2026-10"); len(got) != 2 || got[4] != ledger.HoldSharedAccount || got[5] != ledger.HoldSharedAccount {
		t.Fatalf("held %v", got)
	}
	october, err := store.Batches()
	if err != nil {
		t.Fatal(err)
	}
	release := func(line int) {
		if _, err := store.Release(t.Context(), october[0].ID, line, ledger.Decision{Actor: "me", Reason: "sisters"}); err != nil {
			t.Fatal(err)
		}
	}
	release(4) // E00002 and E00003
	if got := held(t, store, lines, "2026-11"); len(got) != 1 || got[5] != ledger.HoldSharedAccount {
		t.Errorf("after one release held %v", got)
	}
	release(5) // E00002 and E00004; of E00003 and E00004 nobody has said anything
	stock := stockOf(t, store, lines, "2026-12")
	if stock.HeldCount != 1 || !strings.Contains(stock.Held[0].Reason, "E00003") {
		t.Errorf("after two releases held %+v", stock.Held)
	}
}

// A comparison of line with line would take minutes for the last two.
func TestManyLinesAreTakenInQuickly(t *testing.T) {
	for _, c := range []struct {
		name   string
		lines  int
		held   int
		change func(*ledger.Line)
	}{
		{"all different", 100_000, 0, func(*ledger.Line) {}},
		{"one employee id in all lines", 30_000, 29_999, func(l *ledger.Line) { l.EmployeeID = "ACME" }},
		{"one account and amount in all lines", 30_000, 29_999, func(l *ledger.Line) { l.BankCode, l.AccountNumber, l.Amount = "014", "1", 100 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := people(c.lines)
			for i := range lines {
				c.change(&lines[i])
			}
			start := time.Now()
			stock := stockOf(t, nil, lines, "2026-11")
			if took := time.Since(start); took > 10*time.Second || stock.Count != c.lines {
				t.Errorf("%d lines in %v", stock.Count, took)
			}
			if stock.HeldCount != c.held || len(stock.Held) != min(c.held, 1000) {
				t.Errorf("%d held, %d told of, want %d", stock.HeldCount, len(stock.Held), c.held)
			}
		})
	}
}

func TestTakingStockStopsWhenItIsTold(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := batch.TakeStock(ctx, nil, given(people(3)), "2026-11", true, batch.Review{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	broken := errors.New("line 7 cannot be read")
	if _, err := batch.TakeStock(t.Context(), nil, func(func(ledger.Line) error) error { return broken }, "2026-11", true, batch.Review{}); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestPeriods(t *testing.T) {
	for text, good := range map[string]bool{"2026-11": true, "2026-01": true, "2026-13": false, "2026-00": false, "2026-1": false, "26-11": false, "2026-11-01": false, "": false, "1999-12": false, "3000-01": false} {
		if got, err := batch.ParsePeriod(text); (err == nil) != good || good && got != text {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
	for at, want := range map[string]string{"2026-11-30T16:59:59Z": "2026-11", "2026-11-30T17:00:00Z": "2026-12"} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := batch.PeriodOf(when); got != want {
			t.Errorf("%s is of %s, want %s", at, got, want)
		}
	}
}
