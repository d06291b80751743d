package ledger_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"gajian/ledger"
	"pgregory.net/rapid"
)

func day(n int, zone *time.Location) time.Time {
	return time.Date(2026, 11, n, 1, 2, 3, 4e6, zone)
}

func TestEveryFieldOfAPayoutIsStored(t *testing.T) {
	p := full()
	for _, part := range []reflect.Value{reflect.ValueOf(p.Line), reflect.ValueOf(p.State)} {
		for i := range part.NumField() {
			if part.Field(i).IsZero() {
				t.Errorf("the test's payout has no %s: a field of it may be lost unseen", part.Type().Field(i).Name)
			}
		}
	}
	back, err := ledger.RoundTrip(p)
	if err != nil || fmt.Sprintf("%#v", back) != fmt.Sprintf("%#v", p) {
		t.Errorf("came back as\n%#v, %v; want\n%#v", back, err, p)
	}
}

func TestAnyPayoutComesBackAsItWas(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	rapid.Check(t, func(t *rapid.T) {
		p := ledger.Payout{
			Batch: "B", Ordinal: 7, Status: rapid.SampledFrom(ledger.Statuses()).Draw(t, "status"),
			Line: ledger.Line{
				Number: rapid.IntRange(1, lastLine).Draw(t, "number"), EmployeeID: text.Draw(t, "employee"), Name: text.Draw(t, "name"),
				Amount: ledger.Sen(rapid.Int64().Draw(t, "amount")), Remark: text.Draw(t, "remark"), RetryOf: text.Draw(t, "retry"),
			},
			State: ledger.State{
				Reason: text.Draw(t, "reason"), NameScore: float64(rapid.IntRange(0, 10_000).Draw(t, "score")) / 10_000,
				Fee: ledger.Sen(rapid.Int64().Draw(t, "fee")), Attempts: rapid.Int().Draw(t, "attempts"),
				UnpaidSeen: rapid.Bool().Draw(t, "cancelled"), AcceptDuplicate: rapid.Bool().Draw(t, "accept"),
				Doubt: ledger.Doubt{AwaitsPerson: rapid.Bool().Draw(t, "awaits"), ProviderKnows: rapid.Bool().Draw(t, "knows"), Answers: rapid.Int().Draw(t, "answers"),
					NotFoundFor: time.Duration(rapid.Int32().Draw(t, "for")) * time.Millisecond},
			},
		}
		if extra := rapid.SliceOf(text).Draw(t, "extra"); len(extra) > 0 {
			p.Extra = extra
		}
		if ms := rapid.Int64Range(1, 1<<41).Draw(t, "time"); ms%2 == 0 {
			p.SettledAt = time.UnixMilli(ms).In(ledger.WIB)
		}
		back, err := ledger.RoundTrip(p)
		if err != nil || !reflect.DeepEqual(back, p) {
			t.Fatalf("came back as %+v, %v; want %+v", back, err, p)
		}
	})
}
