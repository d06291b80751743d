package batch_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"gajian/batch"
	"gajian/ledger"
)

// settle pays lines as a batch of a period, to the end.
func settle(t testing.TB, store *ledger.Store, lines []ledger.Line, period string) ledger.Batch {
	t.Helper()
	b := enter(t, store, lines, period)
	if err := batch.Run(t.Context(), store, &fakeProvider{}, b.ID, batch.Pay, testSettings()); err != nil {
		t.Fatal(err)
	}
	summary, err := store.Summary(b.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := summary.ByStatus[ledger.Settled].Count; got != len(lines) {
		t.Fatalf("%d of %d lines settled", got, len(lines))
	}
	return b
}

func review(t testing.TB, store *ledger.Store, lines []ledger.Line, period string, r batch.Review) batch.Stock {
	t.Helper()
	stock, err := batch.TakeStock(t.Context(), store, given(lines), period, true, r)
	if err != nil {
		t.Fatal(err)
	}
	return stock
}

func TestWhatHasChangedSinceLastMonthIsTold(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(lines []ledger.Line) []ledger.Line
		want   map[int]string // line to changes
		gone   []string
		held   []int // when changes are reviewed
		says   string
	}{
		{name: "nothing", change: func(l []ledger.Line) []ledger.Line { return l }},
		{
			name:   "another account",
			change: func(l []ledger.Line) []ledger.Line { l[1].AccountNumber = "8099999999"; return l },
			want:   map[int]string{3: "account"}, held: []int{3},
			says: "the account is 008 ******9999, it was 008 ******0008: ask the employee by telephone whether that is right; compared with 2026-10-",
		},
		{
			name:   "another bank with the same number",
			change: func(l []ledger.Line) []ledger.Line { l[1].BankCode = "002"; return l },
			want:   map[int]string{3: "account"}, held: []int{3},
		},
		{
			name:   "half as much again is no jump",
			change: func(l []ledger.Line) []ledger.Line { l[0].Amount += l[0].Amount / 2; return l },
		},
		{
			name:   "a rupiah more than half as much again is one",
			change: func(l []ledger.Line) []ledger.Line { l[0].Amount += l[0].Amount/2 + ledger.Rupiah; return l },
			want:   map[int]string{2: "amount"}, held: []int{2},
			says: "the amount is IDR 2,250,001, it was IDR 1,500,000 (+50 %)",
		},
		{
			name:   "less than half is a jump too",
			change: func(l []ledger.Line) []ledger.Line { l[0].Amount = l[0].Amount/2 - ledger.Rupiah; return l },
			want:   map[int]string{2: "amount"}, held: []int{2},
		},
		{
			name:   "another pay type has another amount",
			change: func(l []ledger.Line) []ledger.Line { l[0].PayType, l[0].Amount = "THR", 9*l[0].Amount; return l },
		},
		{
			name:   "another person's name on the same account",
			change: func(l []ledger.Line) []ledger.Line { l[0].Name = "Wahyu Hidayat"; return l },
			want:   map[int]string{2: "name"},
			says:   "the name is Wahyu Hidayat, on the same account it was Siti Rahmawati",
		},
		{
			name:   "the same person's name in full",
			change: func(l []ledger.Line) []ledger.Line { l[0].Name = "Hj. SITI RAHMAWATI, S.E."; return l },
		},
		{
			name: "somebody new, somebody gone",
			change: func(l []ledger.Line) []ledger.Line {
				l[0].EmployeeID, l[0].AccountNumber = "N1", "8011111111"
				return l
			},
			want: map[int]string{2: "new"}, gone: []string{"E00001"},
		},
		{
			name:   "somebody new on the account of somebody else",
			change: func(l []ledger.Line) []ledger.Line { l[0].EmployeeID = "N1"; return l },
			want:   map[int]string{2: "new, shared account"}, gone: []string{"E00001"},
		},
		{
			name: "two employees on one account, with other amounts",
			change: func(l []ledger.Line) []ledger.Line {
				l[3].BankCode, l[3].AccountNumber = l[0].BankCode, l[0].AccountNumber
				return l
			},
			want: map[int]string{5: "account, shared account"}, held: []int{5},
			says: "employee E00001 is paid to the same account",
		},
		{
			name:   "case and blanks of an employee ID",
			change: func(l []ledger.Line) []ledger.Line { l[0].EmployeeID = " e00001"; return l },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newStore(t)
				october := settle(t, store, people(8), "2026-10")
				lines := c.change(people(8))
				stock := review(t, store, lines, "2026-11", batch.Review{})
				got, reasons := map[int]string{}, ""
				for _, changed := range stock.Changes.Lines {
					got[changed.Line.Number] = changed.Changes.What.String()
					reasons += changed.Reason + "\n"
				}
				if fmt.Sprint(got) != fmt.Sprint(c.want) && len(got)+len(c.want) > 0 {
					t.Errorf("got changes %v, want %v", got, c.want)
				}
				if !strings.Contains(reasons, c.says) {
					t.Errorf("got the words\n%swant %s", reasons, c.says)
				}
				if stock.Changes.Count != len(c.want) || stock.Changes.Base.ID != october.ID {
					t.Errorf("%d changes against %q, want %d against %q", stock.Changes.Count, stock.Changes.Base.ID, len(c.want), october.ID)
				}
				var gone []string
				for _, l := range stock.Changes.Vanished {
					gone = append(gone, l.EmployeeID)
				}
				if !slices.Equal(gone, c.gone) || stock.Changes.VanishedCount != len(c.gone) {
					t.Errorf("vanished %v (%d), want %v", gone, stock.Changes.VanishedCount, c.gone)
				}
				if stock.HeldCount != 0 {
					t.Errorf("%d lines held without being asked to", stock.HeldCount)
				}
				checkReviewed(t, store, lines, c.held, got)
			})
		})
	}
}

// checkReviewed enters the file with changes to be reviewed, and looks at what the ledger then holds.
func checkReviewed(t *testing.T, store *ledger.Store, lines []ledger.Line, want []int, changed map[int]string) {
	t.Helper()
	stock := review(t, store, lines, "2026-11", batch.Review{Hold: true})
	b, err := batch.Enter(t.Context(), store, stock, batch.Origin{File: "payroll.csv", CreatedBy: "test"}, given(lines))
	if err != nil {
		t.Fatal(err)
	}
	payouts, _, err := store.After(b.ID, 0, len(lines), ledger.Held, ledger.Queued)
	if err != nil {
		t.Fatal(err)
	}
	var held []int
	for _, p := range payouts {
		if p.Status == ledger.Held {
			held = append(held, p.Number)
			if p.Hold != ledger.HoldChange || p.Reason == "" {
				t.Errorf("line %d is held for %q, %q", p.Number, p.Hold, p.Reason)
			}
		}
		if got := p.Changes.What.String(); got != changed[p.Number] {
			t.Errorf("the ledger says of line %d %q, want %q", p.Number, got, changed[p.Number])
		}
	}
	if !slices.Equal(held, want) || b.Base != stock.Changes.Base.ID {
		t.Errorf("held %v, want %v; base %q", held, want, b.Base)
	}
	verification, err := store.Verify(t.Context())
	if err != nil || len(verification.Problems) > 0 {
		t.Errorf("verify: %v %v", verification.Problems, err)
	}
}

func TestAReviewedChangeIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		settle(t, store, people(4), "2026-10")
		lines := people(4)
		lines[0].AccountNumber = "8099999999"
		stock := review(t, store, lines, "2026-11", batch.Review{Hold: true})
		b, err := batch.Enter(t.Context(), store, stock, batch.Origin{File: "payroll.csv", CreatedBy: "test"}, given(lines))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Release(t.Context(), b.ID, 2, ledger.Decision{Actor: "sari", Reason: "asked by telephone"}); err != nil {
			t.Fatal(err)
		}
		if err := batch.Run(t.Context(), store, &fakeProvider{}, b.ID, batch.Pay, testSettings()); err != nil {
			t.Fatal(err)
		}
		if p, err := store.Payout(b.ID, 2); err != nil || p.Status != ledger.Settled || p.Changes.What != ledger.ChangeAccount {
			t.Fatalf("%s, changes %q, %v", p.Status, p.Changes.What, err)
		}
		if next := review(t, store, lines, "2026-12", batch.Review{Hold: true}); next.HeldCount != 0 || next.Changes.Count != 0 {
			t.Errorf("next month %d held, %d changed", next.HeldCount, next.Changes.Count)
		}
	})
}

// A retry that asked the same question again would teach people to release without a look.
func TestAReleasedAccountIsNotAskedForAgainInARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		settle(t, store, people(4), "2026-10")
		lines := people(4)
		lines[0].AccountNumber = "8099999999"
		stock := review(t, store, lines, "2026-11", batch.Review{Hold: true})
		b, err := batch.Enter(t.Context(), store, stock, batch.Origin{File: "payroll.csv", CreatedBy: "test"}, given(lines))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Release(t.Context(), b.ID, 2, ledger.Decision{Actor: "sari", Reason: "asked by telephone"}); err != nil {
			t.Fatal(err)
		}
		fake := &fakeProvider{transfer: func(context.Context, *batch.Order) (batch.Receipt, error) {
			return batch.Receipt{}, refusal("transfer", batch.Refused, "4034305", nil)
		}}
		if err := batch.Run(t.Context(), store, fake, b.ID, batch.Pay, testSettings()); err != nil {
			t.Fatal(err)
		}
		again := lines[:1]
		again[0].RetryOf = b.ID + "/2/1"
		for _, c := range []struct {
			name  string
			alter func(*ledger.Line)
			held  int
		}{
			{"the released account", func(*ledger.Line) {}, 0},
			{"another account than the released one", func(l *ledger.Line) { l.AccountNumber = "8088888888" }, 1},
			{"the released account and twice the amount", func(l *ledger.Line) { l.Amount *= 2 }, 1},
			{"another employee with the released account", func(l *ledger.Line) { l.EmployeeID = "E00003" }, 1},
		} {
			line := again[0]
			c.alter(&line)
			if got := review(t, store, []ledger.Line{line}, "2026-11", batch.Review{Hold: true}); got.HeldCount != c.held || got.Changes.Count != 1 {
				t.Errorf("%s: %d held, %d changed; %+v", c.name, got.HeldCount, got.Changes.Count, got.Held)
			}
		}
	})
}

func TestADuplicateThatChangedSaysBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		settle(t, store, people(4), "2026-10")
		lines := people(4)
		lines[3].EmployeeID, lines[3].AccountNumber = lines[0].EmployeeID, "8099999999"
		stock := review(t, store, lines, "2026-11", batch.Review{Hold: true})
		if stock.HeldCount != 1 || !strings.Contains(stock.Held[0].Reason, "same period and pay type; besides, the account is ") {
			t.Errorf("held: %+v", stock.Held)
		}
	})
}

func TestTheBaseIsTheNewestBatchWithMostOfTheEmployees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		staff := people(10)
		office, drivers := staff[:6], staff[6:]
		settle(t, store, office, "2026-09")
		octoberOffice := settle(t, store, office, "2026-10")
		octoberDrivers := settle(t, store, drivers, "2026-10")
		bonus := slices.Clone(office[:2])
		for i := range bonus {
			bonus[i].PayType, bonus[i].Amount = "bonus", 5*ledger.Rupiah
		}
		settle(t, store, bonus, "2026-10")
		for name, c := range map[string]struct {
			lines    []ledger.Line
			base     string
			vanished int
		}{
			"the office, a bonus of two of it being newer": {office, octoberOffice.ID, 0},
			"the drivers":                           {drivers, octoberDrivers.ID, 0},
			"half of the drivers":                   {drivers[:2], octoberDrivers.ID, 2},
			"everybody, more of them in the office": {staff, octoberOffice.ID, 0},
		} {
			if got := review(t, store, c.lines, "2026-11", batch.Review{}).Changes; got.Base.ID != c.base || got.VanishedCount != c.vanished || got.Count != 0 {
				t.Errorf("%s: against %q, %d vanished, %d changed; want %q, %d", name, got.Base.ID, got.VanishedCount, got.Count, c.base, c.vanished)
			}
		}
		strangers := people(12)[10:]
		if got := review(t, store, strangers, "2026-11", batch.Review{}).Changes; got.Base.ID != "" || got.ByKind[ledger.ChangeNew] != 2 {
			t.Errorf("strangers: against %q, %v", got.Base.ID, got.ByKind)
		}
	})
}

func TestAFirstPayrollHasNothingToCompareWith(t *testing.T) {
	lines := people(5)
	lines[4].BankCode, lines[4].AccountNumber = lines[0].BankCode, lines[0].AccountNumber
	got := review(t, newStore(t), lines, "2026-11", batch.Review{Hold: true})
	if got.HeldCount != 0 || got.Changes.Count != 1 || got.Changes.ByKind[ledger.ChangeShared] != 1 || got.Changes.Base.ID != "" {
		t.Errorf("got %d held, %+v", got.HeldCount, got.Changes)
	}
}

func TestARetryFileMissesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		b := failedBatch(t, store, "2026-10")
		if got := review(t, store, retry(b), "2026-10", batch.Review{}).Changes; got.VanishedCount != 0 || got.Base.ID != "" {
			t.Errorf("against %q, %d vanished", got.Base.ID, got.VanishedCount)
		}
	})
}

// A line's changes follow from the newest settled payout of the same employee and pay type alone: a
// plain search through all of them finds the same.
func TestChangesAreWhatAPlainSearchFinds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			store := newStore(t)
			var settled []ledger.Line
			for month := 1; month <= rapid.IntRange(1, 4).Draw(rt, "months"); month++ {
				lines := drawStaff(rt)
				settle(t, store, lines, fmt.Sprintf("2026-%02d", month))
				settled = append(settled, lines...)
			}
			lines := drawStaff(rt)
			stock := review(t, store, lines, "2026-12", batch.Review{AmountJump: 30})
			got := map[int]ledger.Change{}
			for _, c := range stock.Changes.Lines {
				got[c.Line.Number] = c.Changes.What &^ (ledger.ChangeShared | ledger.ChangeName)
			}
			for _, l := range lines {
				if want := plainSearch(settled, l); got[l.Number] != want {
					rt.Fatalf("line %+v: got %q, want %q", l, got[l.Number], want)
				}
			}
		})
	})
}

func plainSearch(settled []ledger.Line, l ledger.Line) ledger.Change {
	var any, same *ledger.Line
	for i := range settled {
		if o := &settled[i]; o.EmployeeID == l.EmployeeID {
			any = o
			if o.PayType == l.PayType {
				same = o
			}
		}
	}
	switch {
	case any == nil:
		return ledger.ChangeNew
	case same == nil:
		same = any
	}
	change := ledger.Change(0)
	if same.AccountNumber != l.AccountNumber {
		change |= ledger.ChangeAccount
	}
	if difference := math.Abs(float64(l.Amount - same.Amount)); same.PayType == l.PayType && difference*100 > float64(same.Amount)*30 {
		change |= ledger.ChangeAmount
	}
	return change
}

// drawStaff makes lines of some of six employees, each once.
func drawStaff(t *rapid.T) (lines []ledger.Line) {
	for i, l := range people(6) {
		if i > 0 && rapid.Bool().Draw(t, "absent") {
			continue
		}
		l.AccountNumber = fmt.Sprintf("80%d0000000%d", rapid.IntRange(0, 2).Draw(t, "account"), i)
		l.Amount = ledger.Sen(rapid.IntRange(1, 5).Draw(t, "amount")) * 1_000_000 * ledger.Rupiah
		lines = append(lines, l)
	}
	return lines
}
