package reports_test

import (
	"bytes"
	"errors"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"

	"gajian/ledger"
	"gajian/reports"
)

// lastMonth is the batch that the others of these tests were compared with. It has paid employees 2 to
// 6, of whom 6 came back, and 20 to 22, whom no later batch has; 21 with two pay types.
func lastMonth() *fakeSource {
	var payouts []ledger.Payout
	for _, n := range []int{2, 3, 4, 5, 20, 21} {
		payouts = append(payouts, newPayout(n, ledger.Settled))
	}
	allowance := newPayout(22, ledger.Settled)
	allowance.EmployeeID, allowance.PayType = " 000021", "allowance"
	payouts = append(payouts, allowance, newPayout(23, ledger.Returned), newPayout(24, ledger.Failed))
	payouts[0].EmployeeID = "000002 " // blanks do not count
	src := newSource(payouts...)
	src.summary.ID, src.summary.Period = "2026-10-ABC999", "2026-10"
	for i := range payouts {
		payouts[i].Batch = src.summary.ID
	}
	return src
}

// thisMonth is a batch with changes of every kind.
func thisMonth() *fakeSource {
	changed := func(n int, status ledger.Status, c ledger.Changes) ledger.Payout {
		p := newPayout(n, status)
		p.Changes = c
		return p
	}
	src := newSource(
		newPayout(2, ledger.Settled),
		changed(3, ledger.Settled, ledger.Changes{What: ledger.ChangeAccount | ledger.ChangeAmount, Since: "2026-10-ABC999 line 3", BankCode: "008",
			AccountNumber: "0013000003", Name: "Siti Nurhaliza 3", Amount: 2_000_000_00}),
		changed(4, ledger.Held, ledger.Changes{What: ledger.ChangeName | ledger.ChangeShared, Since: "2026-10-ABC999 line 4", BankCode: "014",
			AccountNumber: "0000000004", Name: "Rina Wati", Amount: 4_000_000_00, Other: "000005"}),
		changed(5, ledger.Cancelled, ledger.Changes{What: ledger.ChangeAmount, Since: "2026-09-ABC888 line 7", BankCode: "014",
			AccountNumber: "0000000005", Name: "Siti Nurhaliza 5", Amount: 12_000_000_00}),
		changed(6, ledger.Settled, ledger.Changes{What: ledger.ChangeNew}))
	src.summary.Base = "2026-10-ABC999"
	src.events = each([]ledger.Event{
		{Kind: ledger.Transition, Line: 3, From: ledger.Held, To: ledger.Queued, Actor: "budi@hr", At: made, Evidence: ledger.Evidence{Reason: "asked Siti by telephone"}},
		{Kind: ledger.Transition, Line: 3, From: ledger.Queued, To: ledger.Settled, Actor: "run", At: made},
		{Kind: ledger.Transition, Line: 5, From: ledger.Held, To: ledger.Cancelled, Actor: "budi@hr", At: made, Evidence: ledger.Evidence{Reason: "a typing error"}},
	})
	return src
}

func withChanges(base reports.Source) reports.Options {
	o := options
	o.Changes, o.Base = true, base
	return o
}

func TestChangesCellByCell(t *testing.T) {
	file := open(t, writeWorkbook(t, thisMonth(), withChanges(lastMonth())))
	if got := file.GetSheetList(); got[len(got)-1] != "Changes" || len(got) != 7 {
		t.Errorf("got sheets %q", got)
	}
	want := [][]string{
		{"Compared with batch 2026-10-ABC999 of period 2026-10: 4 employees in both; 4 lines are new or not as last time; 2 employees of that batch not in this file."},
		{"Line", "Employee ID", "What changed", "Name before", "Name now", "Bank code before", "Account number before", "Bank code now", "Account number now",
			"Amount before", "Amount now", "Difference", "Difference in percent", "Account shared with", "Compared with", "Status", "Decision"},
		{"3", "000003", "account, amount", "Siti Nurhaliza 3", "Siti Nurhaliza 3", "008", "0013000003", "014", "0000000003",
			"2000000", "3000000", "1000000", "50", "", "2026-10-ABC999 line 3", "settled", "released by budi@hr on 2026-11-28. Reason: asked Siti by telephone"},
		{"4", "000004", "name, shared account", "Rina Wati", "Siti Nurhaliza 4", "014", "0000000004", "014", "0000000004",
			"4000000", "4000000", "0", "0", "000005", "2026-10-ABC999 line 4", "held", "held: a person has to decide, see Exceptions"},
		{"5", "000005", "amount", "Siti Nurhaliza 5", "Siti Nurhaliza 5", "014", "0000000005", "014", "0000000005",
			"12000000", "5000000", "-7000000", "-58", "", "2026-09-ABC888 line 7", "cancelled", "cancelled by budi@hr on 2026-11-28. Reason: a typing error"},
		{"6", "000006", "new", "", "Siti Nurhaliza 6", "", "", "014", "0000000006", "", "6000000", "", "", "", "", "settled"},
		{"", "000020", "not in this file", "Siti Nurhaliza 20", "", "014", "0000000020", "", "", "20000000", "", "", "", "", "2026-10-ABC999 line 20"},
		{"", "000021", "not in this file", "Siti Nurhaliza 21", "", "014", "0000000021", "", "", "21000000", "", "", "", "", "2026-10-ABC999 line 21"},
		{"", " 000021", "not in this file", "Siti Nurhaliza 22", "", "014", "0000000022", "", "", "22000000", "", "", "", "", "2026-10-ABC999 line 22"},
	}
	got := rowsOf(t, file, "Changes")
	if len(got) != len(want) {
		t.Fatalf("got %d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("row %d:\n got %q\nwant %q", i+1, got[i], want[i])
		}
	}
	for cell, want := range map[string]string{"J3": "2,000,000", "L3": "+1,000,000", "M3": "+50 %", "L5": "-7,000,000", "M5": "-58 %", "G3": "0013000003"} {
		if got, _ := file.GetCellValue("Changes", cell); got != want {
			t.Errorf("%s: got %q, want %q", cell, got, want)
		}
	}
	// What has changed is set apart, what has not is not.
	for cell, want := range map[string]bool{"F3": true, "G3": true, "I3": true, "J3": true, "M3": true, "D3": false, "N3": false,
		"D4": true, "E4": true, "G4": false, "K4": false, "N4": true, "J5": true, "I5": false, "K6": false, "J7": false} {
		id, err := file.GetCellStyle("Changes", cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := file.GetStyle(id)
		if err != nil || (style.Font != nil && style.Font.Bold) != want || (len(style.Fill.Color) > 0) != want {
			t.Errorf("%s: set apart must be %v, got %+v %v", cell, want, style, err)
		}
	}
}

func TestChangesAreFrozenFilteredAndMarkedInARehearsal(t *testing.T) {
	for _, rehearsal := range []bool{false, true} {
		src, header := thisMonth(), 2
		if src.summary.Rehearsal = rehearsal; rehearsal {
			header = 3
		}
		file := open(t, writeWorkbook(t, src, withChanges(lastMonth())))
		if panes, err := file.GetPanes("Changes"); err != nil || !panes.Freeze || panes.YSplit != header {
			t.Errorf("rehearsal %v: panes %+v, %v", rehearsal, panes, err)
		}
		rows := rowsOf(t, file, "Changes")
		if rows[header-1][0] != "Line" || rehearsal != strings.HasPrefix(rows[0][0], "REHEARSAL") || !strings.HasPrefix(rows[header-2][0], "Compared with") {
			t.Errorf("rehearsal %v: got %q", rehearsal, rows[:header])
		}
		found := false
		for _, name := range file.GetDefinedName() {
			found = found || name.Scope == "Changes" && strings.HasPrefix(name.RefersTo, map[bool]string{false: "'Changes'!$A$2:$Q$9", true: "'Changes'!$A$3:$Q$10"}[rehearsal])
		}
		if !found {
			t.Errorf("rehearsal %v: no filter in %+v", rehearsal, file.GetDefinedName())
		}
	}
}

func TestChangesGoOnOnFurtherSheets(t *testing.T) {
	t.Cleanup(reports.SetMaxRows(8))
	file := open(t, writeWorkbook(t, thisMonth(), withChanges(lastMonth())))
	var employees []string
	for _, sheet := range []string{"Changes", "Changes 2"} {
		rows := rowsOf(t, file, sheet)
		if !strings.HasPrefix(rows[0][0], "Compared with") || rows[1][0] != "Line" || len(rows) > 8 {
			t.Errorf("%s: got %q", sheet, rows)
		}
		for _, row := range rows[2:] {
			employees = append(employees, row[1])
		}
	}
	if want := []string{"000003", "000004", "000005", "000006", "000020", "000021", " 000021"}; !slices.Equal(employees, want) {
		t.Errorf("got %q, want %q", employees, want)
	}
}

func TestChangesWithoutABaseSayWhatWasCompared(t *testing.T) {
	nobody := newSource(newPayout(2, ledger.Settled))
	nobody.summary.Lines = 1
	retry := newSource(newPayout(2, ledger.Settled))
	retry.summary.Replaces = 1
	unchanged := newSource(newPayout(2, ledger.Settled))
	unchanged.summary.Base = "2026-10-ABC999"
	for name, test := range map[string]struct {
		src  *fakeSource
		want string
	}{
		"nobody was paid before": {nobody, "No earlier batch has paid these employees with these pay types. Each line is compared with the employee's last payment: 0 lines are new or not as last time."},
		"a retry":                {retry, "A retry, so it is compared with no batch, only each line with the employee's last payment: 0 lines are new or not as last time."},
		"nothing has changed":    {unchanged, "Compared with batch 2026-10-ABC999 of period 2026-10: 1 employee in both; 0 lines are new or not as last time; 0 employees of that batch not in this file."},
	} {
		base := newSource(newPayout(9, ledger.Failed), newPayout(2, ledger.Settled))
		base.summary.Period = "2026-10"
		rows := rowsOf(t, open(t, writeWorkbook(t, test.src, withChanges(base))), "Changes")
		if len(rows) != 2 || rows[0][0] != test.want {
			t.Errorf("%s: got %q", name, rows)
		}
	}
}

// TestChangesComeThroughLibreOffice: what the sheet shows is the same when another program has read and
// saved it, account numbers above all.
func TestChangesComeThroughLibreOffice(t *testing.T) {
	path := writeWorkbook(t, thisMonth(), withChanges(lastMonth()))
	want, got := rowsOf(t, open(t, path), "Changes"), rowsOf(t, open(t, savedByLibreOffice(t, path)[0]), "Changes")
	for i := range want {
		if i >= len(got) || !slices.Equal(got[i], want[i]) {
			t.Errorf("row %d: want %q of %q", i+1, want[i], got)
		}
	}
}

func TestAMissingOrDamagedBaseIsAnErrorAndNoWorkbook(t *testing.T) {
	damaged := lastMonth()
	errDamaged := errors.New("damaged")
	damaged.payouts = func() iter.Seq2[ledger.Payout, error] {
		return func(yield func(ledger.Payout, error) bool) { yield(ledger.Payout{}, errDamaged) }
	}
	dir := t.TempDir()
	if err := reports.Write(t.Context(), dir+"/workbook.xlsx", thisMonth(), withChanges(damaged)); !errors.Is(err, errDamaged) {
		t.Errorf("damaged: %v", err)
	}
	if err := reports.Write(t.Context(), dir+"/workbook.xlsx", thisMonth(), withChanges(nil)); err == nil {
		t.Error("without a base: no error")
	}
	wantFiles(t, dir)
}

func TestChangesOfTheSameStateAreTheSame(t *testing.T) {
	var first []byte
	for range 3 {
		data, err := os.ReadFile(writeWorkbook(t, thisMonth(), withChanges(lastMonth())))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		}
		if !bytes.Equal(first, data) {
			t.Fatal("two workbooks of the same state differ")
		}
	}
}
