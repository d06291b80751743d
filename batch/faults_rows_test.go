package batch_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"
)

// shortStep: with -short, and so under the race detector, every fourth row is enough. What a row adds
// to the others is an answer, and not another way of goroutines.
const shortStep = 4

// Every fault, in both forms, at every call: the payout comes to the end that stands in faultTable,
// and nobody is paid twice.
func TestEveryFaultOfEveryCallEndsAsTheTableSays(t *testing.T) {
	rows := faultRows(t)
	for i, row := range rows {
		if testing.Short() && i%shortStep != 0 {
			continue
		}
		t.Run(row.name(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, row.plan())
				defer w.close()
				if got := row.happens(w); got.String() != row.String() {
					t.Errorf("it ended otherwise than the table says:\n got %v\nwant %v", got, row)
					t.Logf("line %d: %s", row.watched(), w.payout(row.watched()).Reason)
				}
				row.wantBook(t, w.judge())
			})
		})
	}
}

// The table leaves nothing out: each fault has a row for each call that it can hit.
func TestTheTableOfFaultsIsComplete(t *testing.T) {
	known := map[string]int{}
	for _, row := range faultRows(t) {
		known[row.name()]++
	}
	for _, kind := range simulator.FaultKinds() {
		for _, call := range kind.Operations {
			if row := (faultRow{kind: kind, call: call, hits: "once"}); known[row.name()] != 1 {
				t.Errorf("%d rows of %s, want one", known[row.name()], row.name())
			}
		}
	}
}

// faultRow is a row of faultTable, for one of its calls.
type faultRow struct {
	kind        simulator.FaultKind
	call        simulator.Operation
	hits        string
	first, stop string
	exit        int
	later       string
	sent, paid  int
	but         string
}

func (r faultRow) name() string { return fmt.Sprintf("%s of %s %s", r.kind.Name, r.call, r.hits) }

func (r faultRow) String() string {
	return fmt.Sprintf("%s | stopped by %s | exit %d | later %s | sent %d | paid %d", r.first, r.stop, r.exit, r.later, r.sent, r.paid)
}

// faultRows reads faultTable.
func faultRows(t *testing.T) (rows []faultRow) {
	t.Helper()
	kinds, effects := map[string]simulator.FaultKind{}, map[simulator.Effect]string{simulator.DidNothing: "nothing", simulator.TookEffect: "took", simulator.TakesLater: "later"}
	for _, kind := range simulator.FaultKinds() {
		kinds[kind.Name] = kind
	}
	for line := range strings.Lines(strings.TrimSpace(faultTable)) {
		cells := strings.Split(line, "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if cells[0] == "fault" {
			continue
		}
		kind, known := kinds[cells[0]]
		if !known || len(cells) < 10 || effects[kind.Effect] != cells[1] {
			t.Fatalf("the row does not fit the fault: %s", line)
		}
		for call := range strings.FieldsSeq(cells[2]) {
			row := faultRow{kind: kind, call: simulator.Operation(call), hits: cells[3], first: cells[4], stop: cells[5], exit: countIn(t, cells[6]),
				later: cells[7], sent: countIn(t, strings.Replace(cells[8], "any", "-1", 1)), paid: countIn(t, cells[9])}
			if len(cells) > 10 {
				row.but = cells[10]
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func countIn(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// plan is a payroll of two people, paid one after the other, so that the first such call of the
// run is one of the watched payout.
func (r faultRow) plan() plan {
	when := map[string]string{"once": "@1", "always": "=100%"}[r.hits]
	if r.hits == "once" && r.needsAPrevious() {
		when = "@2"
	}
	return plan{
		lines: people(2), faults: fmt.Sprintf("%s:%s%s", r.call, r.kind.Name, when),
		settings: func(s *batch.Settings) { s.Concurrency, s.NotFoundAfter = 1, impatient },
	}
}

func (r faultRow) needsAPrevious() bool { return strings.HasPrefix(r.kind.Name, "previous-answer") }

// watched is the line whose payout meets the fault.
func (r faultRow) watched() int {
	if r.hits == "once" && r.needsAPrevious() {
		return 3
	}
	return 2
}

// happens runs the payroll with the fault, then without it as cron does, and returns the row as it
// came out.
func (r faultRow) happens(w *world) faultRow {
	w.t.Helper()
	err := w.run(w.t.Context(), batch.Pay)
	got := r
	got.first, got.stop, got.exit = w.status(r.watched()), stopOf(err), exitOf(err, w.summary())
	w.sim.SetFaults(simulator.Faults{})
	for range 6 { // a day and a half: over after the first in which the ledger lets a person decide
		if w.summary().Finished() {
			break
		}
		w.resendWhatMayBe()
		time.Sleep(8 * time.Hour)
		if err := w.run(w.t.Context(), batch.Pay); err != nil {
			w.t.Errorf("a later run: %v", err)
		}
	}
	reference := w.reference(r.watched())
	got.later, got.sent, got.paid = w.status(r.watched()), w.sim.TransferRequests(reference), 0
	if r.sent < 0 {
		got.sent = r.sent
	}
	for _, d := range w.sim.Book() {
		if d.Reference == reference {
			got.paid++
		}
	}
	return got
}

// status is where a line stands, in the words of faultTable.
func (w *world) status(line int) string {
	return strings.ReplaceAll(w.payout(line).Status.String(), "_", " ")
}

// wantBook compares what the simulator's book has against the ledger with what the row foresees.
func (r faultRow) wantBook(t *testing.T, problems []string) {
	t.Helper()
	foreseen := func(problem string) bool {
		return r.but != "" && (strings.Contains(problem, r.but) || strings.Contains(problem, "the deposit should hold"))
	}
	if r.but != "" && !slices.ContainsFunc(problems, foreseen) {
		t.Errorf("the book agrees with the ledger: the row foresees %q", r.but)
	}
	for _, problem := range problems {
		if !foreseen(problem) {
			t.Error(problem)
		}
	}
}

// stops are the reasons for which a run stops, in the words of faultTable.
var stops = []struct {
	word string
	err  error
}{
	{"outage", batch.ErrOutage}, {"credentials", batch.ErrCredentials}, {"not allowed", batch.ErrNotAllowed}, {"configuration", batch.ErrConfiguration},
	{"cut-off", batch.ErrCutOff}, {"funds", batch.ErrInsufficientFunds}, {"form", batch.ErrForm}, {"ledger", batch.ErrLedger},
}

func stopOf(err error) string {
	if err == nil {
		return "-"
	}
	for _, s := range stops {
		if errors.Is(err, s.err) {
			return s.word
		}
	}
	return "no answer"
}

// exitOf is the command's exit code, as far as faults lead to one. The command has a test of its own.
func exitOf(err error, s ledger.Summary) int {
	switch {
	case errors.Is(err, batch.ErrInsufficientFunds):
		return 4
	case errors.Is(err, batch.ErrOutage) && s.Sent() > 0:
		return 6
	case err != nil:
		return 1
	case !s.Finished():
		return 6
	case s.ByStatus[ledger.Settled].Count < s.Lines:
		return 5
	}
	return 0
}
