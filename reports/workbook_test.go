package reports_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
	"gajian/reports"
)

// open opens a workbook for the length of the test.
func open(t testing.TB, path string, o ...excelize.Options) *excelize.File {
	t.Helper()
	file, err := excelize.OpenFile(path, o...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// rowsOf returns the raw values of a sheet.
func rowsOf(t testing.TB, file *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := file.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// labelled returns the cells right of every cell that holds label.
func labelled(rows [][]string, label string) (found [][]string) {
	for _, row := range rows {
		if i := slices.Index(row, label); i >= 0 {
			found = append(found, row[i+1:])
		}
	}
	return found
}

func wantCells(t *testing.T, rows [][]string, label string, want ...string) {
	t.Helper()
	found := labelled(rows, label)
	if len(found) == 0 || len(found[0]) < len(want) || !slices.Equal(found[0][:len(want)], want) {
		t.Errorf("right of %q: got %q, want %q", label, found, want)
	}
}

func TestSheetsStandInTheirOrder(t *testing.T) {
	got := open(t, writeWorkbook(t, everyStatus(), options)).GetSheetList()
	want := []string{"Summary", "Payouts", "Exceptions", "Balance", "Journal", "Audit"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPayoutsCellByCell(t *testing.T) {
	rows := rowsOf(t, open(t, writeWorkbook(t, everyStatus(), options)), "Payouts")
	want := [][]string{
		{"Line", "Employee ID", "Name", "Bank code", "Bank", "Account number", "Amount", "Fee", "Status", "Reason",
			"Name at bank", "Name score", "Partner reference", "Provider reference", "Transferred at (WIB)", "Settled at (WIB)",
			"Attempts", "Cost center", "Pay type", "Remark", "Grade", "Shift"},
		{"2", "000002", "Siti Nurhaliza 2", "014", "BCA", "0000000002", "2000000", "2500.5", "settled", "",
			"SITI NURHALIZA", "0.93", "GJ202611ABC123DEFGHI0000102", "DK00000002", "46354.39172453704", "46354.398668981485",
			"1", "0100", "salary", "Gaji Nov", "07", "Pagi"},
	}
	for i := range want {
		if !slices.Equal(rows[i], want[i]) {
			t.Errorf("row %d:\n got %q\nwant %q", i+1, rows[i], want[i])
		}
	}
	if got, want := len(rows), 14; got != want {
		t.Errorf("got %d rows, want %d", got, want)
	}
}

func TestTimesAreDatesInWIBAndAmountsAreGrouped(t *testing.T) {
	file := open(t, writeWorkbook(t, everyStatus(), options))
	for cell, want := range map[string]string{"G2": "2,000,000", "H2": "2,500.50", "H3": "4,500", "O2": "2026-11-28 09:24:05", "F2": "0000000002"} {
		if got, _ := file.GetCellValue("Payouts", cell); got != want {
			t.Errorf("%s: got %q, want %q", cell, got, want)
		}
	}
	for cell, want := range map[string]excelize.CellType{
		"A2": excelize.CellTypeUnset, "G2": excelize.CellTypeUnset, "O2": excelize.CellTypeUnset, // a number has no type
		"B2": excelize.CellTypeInlineString, "F2": excelize.CellTypeInlineString, "R2": excelize.CellTypeInlineString,
	} {
		if got, _ := file.GetCellType("Payouts", cell); got != want {
			t.Errorf("%s: got type %v, want %v", cell, got, want)
		}
	}
}

func TestSummaryAddsUp(t *testing.T) {
	rows := rowsOf(t, open(t, writeWorkbook(t, everyStatus(), options)), "Summary")
	wantCells(t, rows, "Batch", "2026-11-ABC123")
	wantCells(t, rows, "State", "NOT FINISHED, still under way or not sent: 4 payouts; waiting for a person to decide: 1 payout")
	wantCells(t, rows, "Journal's last event", "4711")
	for status, want := range map[string][]string{
		"settled": {"3", "27000000", "3", "27000000"}, "pending": {"1", "3000000", "1", "3000000"},
		"in_doubt": {"1", "4000000", "1", "4000000"}, "queued": {"1", "5000000", "1", "5000000"},
		"verified": {"1", "6000000", "1", "6000000"}, "held": {"1", "7000000", "1", "7000000"},
		"rejected": {"1", "8000000", "1", "8000000"}, "failed": {"1", "9000000", "1", "9000000"},
		"returned": {"2", "24000000", "2", "24000000"}, "cancelled": {"1", "11000000", "1", "11000000"},
		"Sum of all statuses":     {"13", "104000000", "13", "104000000"},
		"Input: the payroll file": {"13", "104000000", "13", "104000000"},
		"Fees":                    {"5", "20500.5", "", "20500.5"}, "Fees in transit": {"2", "9000", "", "9000"},
		"Exceptions": {"6", "52000000"}, "Not finished": {"4", "18000000"},
	} {
		wantCells(t, rows, status, want...)
	}
	checks := labelled(rows, "Check (must be 0)")
	if len(checks) != 3 {
		t.Errorf("got %d checks, want 3", len(checks))
	}
	for i, check := range checks {
		if check[0] != "0" || i < 2 && check[1] != "0" {
			t.Errorf("check %d: got %q, want 0", i, check)
		}
	}
}

func TestChecksShowWhenTheLedgerDisagrees(t *testing.T) {
	src := everyStatus()
	src.summary.Lines++
	src.summary.Total += 7_00
	src.summary.Fees -= 1_00
	src.summary.ByStatus[ledger.Settled] = ledger.Count{Count: 2, Amount: 27_000_000_00}
	file := open(t, writeWorkbook(t, src, options))
	checks := labelled(rowsOf(t, file, "Summary"), "Check (must be 0)")
	for i, want := range [][]string{{"1", "7"}, {"3", "7"}, {"1"}} {
		if !slices.Equal(checks[i][:len(want)], want) {
			t.Errorf("Summary, check %d: got %q, want %q", i, checks[i], want)
		}
	}
	wantCells(t, rowsOf(t, file, "Balance"), "Check (must be 0)", "3") // the fee, and twice what follows from it
	if got := labelled(rowsOf(t, file, "Journal"), "Check (must be 0)"); got[0][0] != "0" || got[1][0] != "1" {
		t.Errorf("Journal: got %q, want 0 and 1", got)
	}
	if formats, err := file.GetConditionalFormats("Summary"); err != nil || len(formats) != 5 {
		t.Errorf("got %d conditional formats (%v), want 5", len(formats), err)
	}
}

func TestBalanceProvesTheDeposit(t *testing.T) {
	rows := rowsOf(t, open(t, writeWorkbook(t, everyStatus(), options)), "Balance")
	for label, want := range map[string]string{
		"Opening balance": "500000000", "− Transfers": "51000000", "− Fees": "20500.5", "+ Returned": "24000000",
		"− In transit": "7000000", "− Fees in transit": "9000", "= Expected closing balance": "465970499.5",
		"Actual closing balance": "465970499.5", "Difference (must be 0)": "0",
	} {
		wantCells(t, rows, label, want, want)
	}
	wantCells(t, rows, "Check (must be 0)", "0")
}

func TestBalanceThatWasNotReadIsNotMadeUp(t *testing.T) {
	src := everyStatus()
	src.summary.Balance = ledger.Balance{}
	rows := rowsOf(t, open(t, writeWorkbook(t, src, options)), "Balance")
	for _, label := range []string{"Opening balance", "= Expected closing balance", "Actual closing balance", "Difference (must be 0)"} {
		wantCells(t, rows, label, "not read", "not read")
	}
	wantCells(t, rows, "Check (must be 0)", "0")
}

func TestJournalIsBalancedByDayAndCostCenter(t *testing.T) {
	first, second, back := newPayout(5, ledger.Settled), newPayout(9, ledger.Settled), newPayout(13, ledger.Returned) // all of HR
	second.SettledAt = first.SettledAt.Add(24 * time.Hour)
	other := newPayout(6, ledger.Settled)
	other.Fee = 0
	o := options
	o.Accounts.Deposit = reports.Account{Code: "0011", Name: "Kas DOKU"}
	rows := rowsOf(t, open(t, writeWorkbook(t, newSource(first, other, second, back), o)), "Journal")
	want := [][]string{
		{"1", "46354", "0100", "2110", "Salary payable", "2026-11-ABC123: salary paid, 1 payout", "6000000", ""},
		{"1", "46354", "0100", "0011", "Kas DOKU", "2026-11-ABC123: salary and fees left, 1 payout", "", "6000000"},
		{"2", "46354", "HR", "2110", "Salary payable", "2026-11-ABC123: salary paid, 2 payouts", "18000000", ""},
		{"2", "46354", "HR", "6110", "Bank charges", "2026-11-ABC123: transfer fees, 2 payouts", "9000", ""},
		{"2", "46354", "HR", "0011", "Kas DOKU", "2026-11-ABC123: salary and fees left, 2 payouts", "", "18009000"},
		{"3", "46354", "HR", "0011", "Kas DOKU", "2026-11-ABC123: came back, 1 payout", "13000000", ""},
		{"3", "46354", "HR", "2115", "Returned pay", "2026-11-ABC123: owed again, 1 payout", "", "13000000"},
		{"4", "46355", "HR", "2110", "Salary payable", "2026-11-ABC123: salary paid, 1 payout", "9000000", ""},
		{"4", "46355", "HR", "6110", "Bank charges", "2026-11-ABC123: transfer fees, 1 payout", "4500", ""},
		{"4", "46355", "HR", "0011", "Kas DOKU", "2026-11-ABC123: salary and fees left, 1 payout", "", "9004500"},
	}
	for i, want := range want {
		if got := append(rows[i+1], "")[:8]; !slices.Equal(got, want) {
			t.Errorf("row %d:\n got %q\nwant %q", i+2, got, want)
		}
	}
	wantCells(t, rows, "Total", "46013500", "46013500")
	wantCells(t, rows, "By Payouts: paid + fees + returned", "46013500", "46013500")
	wantCells(t, rows, "By gajian: paid + fees + returned", "46013500", "46013500")
	for _, check := range labelled(rows, "Check (must be 0)") {
		if check[0] != "0" {
			t.Errorf("check: got %q", check)
		}
	}
}

func TestAuditHoldsTheEvents(t *testing.T) {
	rows := rowsOf(t, open(t, writeWorkbook(t, everyStatus(), options)), "Audit")
	if got, want := len(rows), 1+15; got != want {
		t.Fatalf("got %d rows, want %d", got, want)
	}
	if got := rows[1]; got[0] != "1" || got[2] != "batch created" || got[3] != "" || got[6] != "ani@payroll" || len(got[15]) != 64 {
		t.Errorf("got %q", got)
	}
	if got := rows[2]; got[2] != "balance read" || got[11] != "500000000" {
		t.Errorf("got %q", got)
	}
	if got := rows[3]; got[3] != "2" || got[4] != "queued" || got[5] != "settled" || got[7] != "2004300" || got[12] != "31122026000000000000000000000001" || len(got[16]) != 64 {
		t.Errorf("got %q", got)
	}
}

func TestListsAreFrozenFilteredDeclaredAndPrintable(t *testing.T) {
	file := open(t, writeWorkbook(t, everyStatus(), options))
	for sheet, dimension := range map[string]string{"Summary": "A1:F58", "Payouts": "A1:V14", "Exceptions": "A1:N7", "Journal": "A1:H18", "Audit": "A1:Q16"} {
		if got, err := file.GetSheetDimension(sheet); got != dimension || err != nil {
			t.Errorf("%s: dimension %q (%v), want %q", sheet, got, err, dimension)
		}
		layout, err := file.GetPageLayout(sheet)
		if err != nil || *layout.Size != 9 || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 {
			t.Errorf("%s: layout %+v (%v)", sheet, layout, err)
		}
		if footer, err := file.GetHeaderFooter(sheet); err != nil || !strings.Contains(footer.OddFooter, "Page &P of &N") {
			t.Errorf("%s: footer %+v (%v)", sheet, footer, err)
		}
		if panes, err := file.GetPanes(sheet); err != nil || panes.Freeze != (sheet != "Summary") {
			t.Errorf("%s: panes %+v (%v)", sheet, panes, err)
		}
	}
	var titles, filters int
	for _, name := range file.GetDefinedName() {
		switch name.Name {
		case "_xlnm.Print_Titles":
			titles++
		case "_xlnm._FilterDatabase":
			filters++
		}
	}
	if titles != 4 || filters != 4 {
		t.Errorf("got %d print titles and %d filters, want 4 of each", titles, filters)
	}
}

func TestRehearsalIsMarkedEverywhere(t *testing.T) {
	src := everyStatus()
	src.summary.Rehearsal = true
	file := open(t, writeWorkbook(t, src, options))
	for _, sheet := range file.GetSheetList() {
		if got := rowsOf(t, file, sheet)[0][0]; !strings.HasPrefix(got, "REHEARSAL") {
			t.Errorf("%s: A1 is %q", sheet, got)
		}
		if header, err := file.GetHeaderFooter(sheet); err != nil || !strings.Contains(header.OddHeader, "REHEARSAL") {
			t.Errorf("%s: print header %+v (%v)", sheet, header, err)
		}
	}
	rows := rowsOf(t, file, "Payouts")
	if rows[1][0] != "Line" || len(rows) != 15 {
		t.Errorf("the header or the rows moved: %q, %d rows", rows[1], len(rows))
	}
	if rows := rowsOf(t, open(t, writeWorkbook(t, everyStatus(), options)), "Payouts"); strings.Contains(rows[0][0], "REHEARSAL") {
		t.Errorf("a real batch is marked as a rehearsal")
	}
}

func TestBatchWithoutPayouts(t *testing.T) {
	file := open(t, writeWorkbook(t, newSource(), options))
	wantCells(t, rowsOf(t, file, "Summary"), "Sum of all statuses", "0", "0", "0", "0")
	wantCells(t, rowsOf(t, file, "Summary"), "State", "finished")
	if got := len(rowsOf(t, file, "Payouts")); got != 1 {
		t.Errorf("got %d rows, want the header", got)
	}
	wantCells(t, rowsOf(t, file, "Journal"), "Total", "0", "0")
}

func TestListContinuesOnFurtherSheets(t *testing.T) {
	t.Cleanup(reports.SetMaxRows(8))
	for name, test := range map[string]struct {
		payouts int
		want    []int // rows of Payouts, Payouts 2, …
	}{
		"one sheet is just full":           {7, []int{8}},
		"one row more than a sheet holds":  {8, []int{8, 2}},
		"two sheets are just full":         {14, []int{8, 8}},
		"one row more than two sheets can": {15, []int{8, 8, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			var payouts []ledger.Payout
			for i := range test.payouts {
				payouts = append(payouts, newPayout(i+2, ledger.Settled))
			}
			file := open(t, writeWorkbook(t, newSource(payouts...), options))
			sheets := []string{"Payouts", "Payouts 2", "Payouts 3"}[:len(test.want)]
			if got := file.GetSheetList()[1 : 1+len(sheets)]; !slices.Equal(got, sheets) || file.GetSheetList()[1+len(sheets)] != "Exceptions" {
				t.Fatalf("got sheets %q", file.GetSheetList())
			}
			line := 2
			for i, sheet := range sheets {
				rows := rowsOf(t, file, sheet)
				if len(rows) != test.want[i] || rows[0][0] != "Line" {
					t.Errorf("%s: got %d rows, want %d", sheet, len(rows), test.want[i])
				}
				for _, row := range rows[1:] {
					if want := newPayout(line, ledger.Settled).EmployeeID; row[1] != want {
						t.Errorf("%s: got employee %s, want %s", sheet, row[1], want)
					}
					line++
				}
			}
			if checks := labelled(rowsOf(t, file, "Summary"), "Check (must be 0)"); checks[0][0] != "0" || checks[1][1] != "0" {
				t.Errorf("checks: %q", checks)
			}
		})
	}
}

func TestSameStateGivesTheSameBytes(t *testing.T) {
	var many []ledger.Payout
	for i := range 4000 { // several chunks, which are made at the same time
		many = append(many, newPayout(i+2, ledger.Settled))
	}
	for name, src := range map[string]*fakeSource{"every status": everyStatus(), "many": newSource(many...)} {
		t.Run(name, func(t *testing.T) {
			var first []byte
			for range 5 { // a map's order differs often enough
				data, err := os.ReadFile(writeWorkbook(t, src, options))
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
		})
	}
}

func TestPasswordEncryptsTheWorkbook(t *testing.T) {
	o := options
	o.Password = "rahasia 123"
	path := writeWorkbook(t, everyStatus(), o)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(data, []byte("PK")) || bytes.Contains(data, []byte("Siti")) {
		t.Error("the file is not encrypted")
	}
	if _, err := excelize.OpenFile(path, excelize.Options{Password: "wrong"}); err == nil {
		t.Error("a wrong password opens the file")
	}
	rows := rowsOf(t, open(t, path, excelize.Options{Password: o.Password}), "Payouts")
	if got, want := rows[1][5], "0000000002"; got != want {
		t.Errorf("got account %q, want %q", got, want)
	}
}
