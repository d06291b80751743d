package batch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
	"gajian/ledger"
)

// failedBatch is a batch of ten lines for a period, of which the ones at the places 0 and 1 failed.
func failedBatch(t *testing.T, store *ledger.Store, period string) ledger.Batch {
	t.Helper()
	b := enter(t, store, people(10), period)
	fake := &fakeProvider{}
	fake.transfer = func(_ context.Context, o *batch.Order) (batch.Receipt, error) {
		if o.Reference <= b.Reference(2) {
			return batch.Receipt{}, refusal("transfer", batch.Refused, "4034305", nil)
		}
		return fake.receipt(o), nil
	}
	settings := testSettings()
	if err := batch.Run(t.Context(), store, fake, b.ID, batch.Pay, settings); err != nil {
		t.Fatal(err)
	}
	return b
}

// retry makes lines of the failed ones, as the retry file has them.
func retry(b ledger.Batch) []ledger.Line {
	lines := people(10)[:2]
	for i := range lines {
		lines[i].RetryOf = fmt.Sprintf("%s/%d/1", b.ID, lines[i].Number)
	}
	return lines
}

func TestARetryReplacesAFailedPayoutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		b := failedBatch(t, store, "2026-10")
		lines := retry(b)
		stock, err := batch.TakeStock(t.Context(), store, given(lines), "2026-11", false, batch.Review{})
		if err != nil || stock.Period != "2026-10" || stock.HeldCount != 0 {
			t.Fatalf("period %s, %d held, %v: a retry belongs to its batch's period", stock.Period, stock.HeldCount, err)
		}
		enter(t, store, lines, "2026-10")
		// Corrected once more, and run under another month: the first retry is under way.
		lines[1].AccountNumber = "0059999999"
		for _, period := range []string{"2026-10", "2026-11", "2027-01"} {
			if got := held(t, store, lines, period); len(got) != 2 {
				t.Errorf("for %s held %v, want both lines", period, got)
			}
		}
	})
}

func TestALineThatReplacesWhatCannotBeReplacedIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		b := failedBatch(t, store, "2026-10")
		settled := people(10)[5].Number
		for name, of := range map[string]string{
			"is not in this ledger": "NOPE/99/0", "which is not": b.ID + "/99999/1", "not in this ledger": b.ID, "which is settled": fmt.Sprintf("%s/%d/1", b.ID, settled),
		} {
			line := people(10)[0]
			line.EmployeeID, line.RetryOf = "new", of
			stock := stockOf(t, store, []ledger.Line{line}, "2026-12")
			if len(stock.Held) != 1 || !strings.Contains(stock.Held[0].Reason, name) {
				t.Errorf("retry of %s: held %v", of, stock.Held)
			}
		}
	})
}

// The month ended between a first run and one of the corrected file, and nobody said the month.
func TestPeopleOfARecentBatchOfAnotherPeriodAreNotPaidWithoutAWord(t *testing.T) {
	for _, c := range []struct {
		name     string
		explicit bool
		later    time.Duration
		want     error
	}{
		{"some hours later", false, 5 * time.Hour, batch.ErrRecentPeriod},
		{"nine days later", false, 9 * 24 * time.Hour, batch.ErrRecentPeriod},
		{"a month later", false, 30 * 24 * time.Hour, nil},
		{"some hours later, with the month said", true, 5 * time.Hour, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newStore(t)
				first := enter(t, store, people(10), "2026-10")
				end(t, store, first.ID)
				time.Sleep(c.later)
				lines := people(10)
				lines[3].Amount += 1000 * ledger.Rupiah
				stock, err := batch.TakeStock(t.Context(), store, given(lines), "2026-11", c.explicit, batch.Review{})
				if err != nil {
					t.Fatal(err)
				}
				_, found, err := batch.Recognise(store, stock, c.explicit)
				if found || !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
					t.Errorf("found %v, %v, want %v", found, err, c.want)
				}
			})
		})
	}
}

func TestADuplicateNamesTheOtherLineItsBatchAndItsDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // at 07:00 WIB on 2000-01-01
		store := newStore(t)
		lines := people(4)
		settled := enter(t, store, lines[:1], "2000-01")
		end(t, store, settled.ID)
		time.Sleep(20 * time.Hour)
		queued := enter(t, store, lines[1:2], "2000-01")
		again := []ledger.Line{lines[0], lines[1], lines[2], lines[3]}
		again[1].EmployeeID = "another" // to the same account, the same amount
		again[3].EmployeeID = again[2].EmployeeID
		want := []batch.Objection{
			{Line: 2, Reason: "employee E00001 is paid by " + settled.ID + " line 2 already (settled on 2000-01-01), same period and pay type"},
			{Line: 3, Reason: queued.ID + " line 3 (queued, batch of 2000-01-02) pays the same amount to the same account for employee E00002"},
			{Line: 5, Reason: "employee E00003 is paid by line 4 already (in this file), same period and pay type"},
		}
		var got []batch.Objection
		for _, objection := range stockOf(t, store, again, "2000-01").Held {
			objection.Reason, _, _ = strings.Cut(objection.Reason, "; besides")
			got = append(got, objection)
		}
		if !slices.Equal(got, want) {
			t.Errorf("held %v, want %v", got, want)
		}
	})
}
