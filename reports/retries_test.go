package reports_test

import (
	"slices"
	"strings"
	"testing"

	"gajian/ledger"
)

// retried is a batch with payouts that were not paid, and chains of what was made in their place.
func retried() *fakeSource {
	src := newSource(
		newPayout(2, ledger.Failed), newPayout(3, ledger.Failed), newPayout(4, ledger.Rejected), newPayout(5, ledger.Rejected),
		newPayout(6, ledger.Failed), newPayout(7, ledger.Failed), newPayout(8, ledger.Returned), newPayout(9, ledger.Failed))
	b2, b3 := "2026-11-BBBBBB", "2026-11-CCCCCC"
	src.replacements = map[int][]ledger.Replacement{
		2: {{Batch: b2, Line: 2, Status: ledger.Settled}},
		3: {{Batch: b2, Line: 3, Status: ledger.Submitting}},
		4: {{Batch: b2, Line: 4, Status: ledger.Rejected}},
		5: {{Batch: b2, Line: 5, Status: ledger.Failed}, {Batch: b3, Line: 2, Status: ledger.Held}},
		6: {{Batch: b2, Line: 6, Status: ledger.Cancelled}},
		7: {{Batch: b2, Line: 7, Status: ledger.Returned}},
		8: {{Batch: b2, Line: 8, Status: ledger.Settled}},
	}
	return src
}

func TestExceptionsSayByWhichBatchALineWasPaidAgain(t *testing.T) {
	rows := rowsOf(t, open(t, writeWorkbook(t, retried(), options)), "Exceptions")
	for i, want := range []struct{ happened, toDo, never string }{
		{"refused it. Paid again by batch 2026-11-BBBBBB line 2 (settled).", "Nothing: that batch has paid it.", "retry file"},
		{"Paid again by batch 2026-11-BBBBBB line 3 (under way).", "do not pay it another way: batch 2026-11-BBBBBB is paying it.", "retry file"},
		{"Paid again by batch 2026-11-BBBBBB line 4 (rejected).", "Line 4 of batch 2026-11-BBBBBB, and so the retry file of that batch", "Nothing"},
		{"Paid again by batch 2026-11-BBBBBB line 5 (failed), then by batch 2026-11-CCCCCC line 2 (held for a person).",
			"To pay it: gajian release 2026-11-CCCCCC --line 2 --reason TEXT. Not to pay it: gajian cancel 2026-11-CCCCCC --line 2 --reason TEXT.", "retry file"},
		{"Paid again by batch 2026-11-BBBBBB line 6 (cancelled).", "correct this line in the retry file", "BBBBBB"},
		{"Paid again by batch 2026-11-BBBBBB line 7 (paid, and the money came back).", "owed again: see the Exceptions in the workbook of batch 2026-11-BBBBBB", "retry file"},
		{"the money came back on 2026-11-28. The fee was not given back. Paid again by batch 2026-11-BBBBBB line 8 (settled).", "Nothing: that batch has paid it.", "owed"},
		{"Reason: the provider says the beneficiary bank refused it", "correct this line in the retry file", "Paid again"},
	} {
		row := rows[i+1]
		if !strings.Contains(row[7], want.happened) {
			t.Errorf("line %s: what happened: %q does not say %q", row[0], row[7], want.happened)
		}
		if !strings.Contains(row[8], want.toDo) || strings.Contains(row[8], want.never) {
			t.Errorf("line %s: what to do: %q has to say %q and not %q", row[0], row[8], want.toDo, want.never)
		}
	}
}

func TestSummarySaysWhatRetriesWhat(t *testing.T) {
	rows := rowsOf(t, open(t, writeWorkbook(t, retried(), options)), "Summary")
	for label, want := range map[string][]string{
		"Retried by batch 2026-11-BBBBBB": {"7", "35000000", "", "", "lines of this batch, at the amounts that they have here; there: 2 settled, 1 under way, 1 rejected, 1 failed, 1 paid, and the money came back, 1 cancelled"},
		"Retried by batch 2026-11-CCCCCC": {"1", "5000000", "", "", "lines of this batch, at the amounts that they have here; there: 1 held for a person"},
		"To be tried again":               {"3", "19000000"},
	} {
		wantCells(t, rows, label, want...)
	}
	one, two := newPayout(2, ledger.Settled), newPayout(3, ledger.Held)
	one.RetryOf, two.RetryOf = "2026-10-abc123/17/1", "2026-10-ABC123/18/0"
	rows = rowsOf(t, open(t, writeWorkbook(t, newSource(one, two, newPayout(4, ledger.Settled)), options)), "Summary")
	wantCells(t, rows, "Retry of batch 2026-10-ABC123", "2", "5000000", "", "", "lines that stand in for lines that were not paid there, so no second salary: 1 settled, 1 held for a person")
	if found := labelled(rows, "To be tried again"); found != nil {
		t.Errorf("a batch that nothing retries says %q", found)
	}
	if found := labelled(rowsOf(t, open(t, writeWorkbook(t, everyStatus(), options)), "Summary"), "Retries"); found != nil {
		t.Errorf("a batch without retries says %q", found)
	}
}

// TestNamesOfReplacedBatchesAreBounded: they come from a payroll file, where anything may stand.
func TestNamesOfReplacedBatchesAreBounded(t *testing.T) {
	var payouts []ledger.Payout
	for n := range 40 {
		p := newPayout(n+2, ledger.Settled)
		p.Amount, p.RetryOf = 1_00, "2026-10-"+strings.Repeat("A", n+1)+"/2/0"
		payouts = append(payouts, p)
	}
	rows := rowsOf(t, open(t, writeWorkbook(t, newSource(payouts...), options)), "Summary")
	wantCells(t, rows, "Retry of batch 2026-10-A", "1", "1")
	wantCells(t, rows, "Retry of other batches", "20", "20")
	if n := len(slices.DeleteFunc(rows, func(row []string) bool { return len(row) == 0 || !strings.HasPrefix(row[0], "Retry of") })); n != 21 {
		t.Errorf("got %d rows, want 21", n)
	}
}
