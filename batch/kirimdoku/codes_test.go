package kirimdoku_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
)

// meaning is what a code has to come out as, written down a second time, by operation and
// apart from the table it checks.
type meaning struct {
	outcome batch.Outcome
	cause   error
	codes   string // HTTP status and case, "403/14"
}

var meanings = map[kirimdoku.Operation][]meaning{
	kirimdoku.TransferCall: {
		{batch.Refused, nil, "403/02 403/05 403/09 403/18 403/20 403/23 404/02 404/03 404/11 404/13"},
		{batch.NotTaken, nil, "401/00 401/01 401/03 403/00 403/04 429/00"},
		{batch.NeedsRepair, nil, "400/01 400/02"},
		{batch.Stop, batch.ErrInsufficientFunds, "403/14"},
		{batch.Stop, batch.ErrCutOff, "403/06"},
		{batch.Stop, batch.ErrNotAllowed, "403/01 403/15 403/19"},
		{batch.Stop, batch.ErrConfiguration, "401/02 401/04 404/08 404/16 405/00 405/01"},
	},
	kirimdoku.InquiryCall: {
		{batch.Refused, nil, "403/02 403/05 403/09 403/18 403/20 403/23 404/02 404/03 404/11 404/13"},
		{batch.NotTaken, nil, "401/00 401/01 401/03 403/04 429/00"},
		{batch.NeedsRepair, nil, "400/00 400/01 400/02 403/03 403/16"},
		{batch.Stop, batch.ErrInsufficientFunds, "403/14"},
		{batch.Stop, batch.ErrCutOff, "403/06"},
		{batch.Stop, batch.ErrNotAllowed, "403/01 403/15 403/19"},
		{batch.Stop, batch.ErrConfiguration, "401/02 401/04 404/08 404/16 405/00 405/01"},
	},
	kirimdoku.BalanceCall: {
		{batch.NotTaken, nil, "401/00 401/01 401/03 403/04 429/00"},
		{batch.Stop, batch.ErrNotAllowed, "403/01 403/15 403/19"},
		{batch.Stop, batch.ErrConfiguration, "400/00 400/01 400/02 401/02 401/04 404/08 404/11 404/16 405/00 405/01"},
	},
	kirimdoku.StatusCall: {
		{batch.NotTaken, nil, "401/00 401/01 401/03 403/04 429/00"},
		{batch.NeedsRepair, nil, "400/00 400/01 400/02"},
		{batch.Stop, batch.ErrNotAllowed, "403/01 403/15 403/19"},
		{batch.Stop, batch.ErrConfiguration, "401/02 401/04 404/08 404/16 405/00 405/01"},
	},
	kirimdoku.TokenCall: {
		{batch.NotTaken, nil, "403/04 429/00"},
		{batch.Stop, batch.ErrCredentials, "401/00 401/01 401/02 401/03 401/04"},
		{batch.Stop, batch.ErrNotAllowed, "403/01 403/15 403/19"},
		{batch.Stop, batch.ErrConfiguration, "400/00 400/01 400/02 404/08 404/16 405/00 405/01"},
	},
}

// expected looks a code up in meanings; what is not there is in doubt.
func expected(op kirimdoku.Operation, status, number int) meaning {
	for _, m := range meanings[op] {
		if strings.Contains(m.codes, fmt.Sprintf("%d/%02d", status, number)) {
			return m
		}
	}
	return meaning{}
}

// statuses are all that the table could name, with their neighbours.
func statuses() (all []int) {
	for _, from := range []int{100, 200, 300, 400, 420, 500} {
		for status := from; status < from+20; status++ {
			all = append(all, status)
		}
	}
	return all
}

func TestEveryCodeOfEveryOperation(t *testing.T) {
	for _, op := range kirimdoku.Operations {
		for _, status := range statuses() {
			for number := range 100 {
				code := fmt.Sprintf("%d%s%02d", status, op.Service(), number)
				want := expected(op, status, number)
				outcome, cause := kirimdoku.Classify(op, status, code)
				if outcome != want.outcome || cause != want.cause {
					t.Errorf("%s %s: %v (%v), want %v (%v)", op.Name(), code, outcome, cause, want.outcome, want.cause)
				}
			}
		}
	}
}

func TestAForeignOrContradictingCodeIsInDoubt(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
	}{{403, "4034214"}, {200, "4034314"}, {404, "4034314"}, {409, "4034314"}, {403, "403431"}, {403, "40343140"}, {403, ""}, {403, "403431x"}, {403, "٤٠٣٤٣١٤"}} {
		if outcome, cause := kirimdoku.Classify(kirimdoku.TransferCall, c.status, c.code); outcome != batch.InDoubt || cause != nil {
			t.Errorf("HTTP %d with %q: %v (%v), want in doubt", c.status, c.code, outcome, cause)
		}
	}
}

func TestTheTableNamesEachCodeOnceWithItsSource(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range kirimdoku.Rows() {
		if !strings.Contains("S D F I", row.Source) || row.Source == "" || row.Why == "" {
			t.Errorf("%d/%s has no source or reason", row.Status, row.Cases)
		}
		if row.Outcome == batch.Refused && row.Source != "S" {
			t.Errorf("%d/%s is refused on other grounds than the standard's wording", row.Status, row.Cases)
		}
		for _, op := range kirimdoku.Operations {
			for _, number := range strings.Fields(row.Cases) {
				key := fmt.Sprintf("%s %d/%s", op.Name(), row.Status, number)
				if row.Calls&op != 0 && seen[key] {
					t.Errorf("%s stands twice", key)
				}
				seen[key] = seen[key] || row.Calls&op != 0
			}
		}
	}
}

// TestEveryRowOverHTTP sends each listed code as an answer, so that nothing between the wire
// and the table changes its meaning.
func TestEveryRowOverHTTP(t *testing.T) {
	for _, row := range kirimdoku.Rows() {
		for _, op := range bearerCalls {
			for _, number := range strings.Fields(row.Cases) {
				if row.Calls&op == 0 || row.Status == 401 { // 401 has tests of its own: it changes the token
					continue
				}
				answer := fmt.Sprintf("%d%s%s", row.Status, op.Service(), number)
				t.Run(op.Name()+" "+answer, func(t *testing.T) { checkRow(t, op, answer, row) })
			}
		}
	}
}

func checkRow(t *testing.T, op kirimdoku.Operation, answer string, row kirimdoku.Row) {
	d := newDoku(t)
	d.on(pathOf[op], code(answer))
	client, gate := newClient(t, d)
	failure := wantOutcome(t, operate(t.Context(), client, op), row.Outcome, nil)
	if failure.Code != answer || failure.Operation != op.Name() {
		t.Errorf("error of %s with code %s, want %s and %s", failure.Operation, failure.Code, op.Name(), answer)
	}
	if n := len(d.seen(pathOf[op])); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
	throttle := row.Status == 429 || row.Status == 403 && answer[5:] == "04"
	if failure.Throttled != throttle || (len(gate.throttled) == 1) != throttle {
		t.Errorf("throttled %v, gate told %v; want %v", failure.Throttled, gate.throttled, throttle)
	}
}

func TestAThrottleTellsTheGateHowLong(t *testing.T) {
	for _, op := range bearerCalls {
		d := newDoku(t)
		answer := code("429" + op.Service() + "00")
		d.on(pathOf[op], withRetryAfter("7", answer))
		client, gate := newClient(t, d)
		failure := wantOutcome(t, operate(t.Context(), client, op), batch.NotTaken, nil)
		if failure.RetryAfter != 7*time.Second || len(gate.throttled) != 1 || gate.throttled[0] != 7*time.Second {
			t.Errorf("%s: retry after %v, gate told %v; want 7s", op.Name(), failure.RetryAfter, gate.throttled)
		}
	}
}

func TestAnUnreadable429StillSlowsUsDown(t *testing.T) {
	d := newDoku(t)
	d.on(transferPath, withRetryAfter("1000000000", says(429, "<html>slow down</html>")))
	client, gate := newClient(t, d)
	_, err := send(t, client)
	failure := wantOutcome(t, err, batch.InDoubt, nil)
	if !failure.Throttled || len(gate.throttled) != 1 || gate.throttled[0] != kirimdoku.RetryAfterMax {
		t.Errorf("throttled %v, gate told %v", failure.Throttled, gate.throttled)
	}
}
