package ledger_test

import (
	"reflect"
	"testing"

	"gajian/ledger"
	"pgregory.net/rapid"
)

func digests(lines ...ledger.Line) (identity, content [32]byte) {
	d := ledger.NewDigester()
	for _, l := range lines {
		d.Add(l)
	}
	return d.LinesDigest(), d.ContentDigest()
}

// TestEveryFieldOfALineIsInTheRightDigest changes each field in turn: all are content, and only
// what is paid to whom is identity.
func TestEveryFieldOfALineIsInTheRightDigest(t *testing.T) {
	identity := map[string]bool{"EmployeeID": true, "Name": true, "BankCode": true, "AccountNumber": true, "Amount": true, "PayType": true, "RetryOf": true}
	base := full().Line
	wasIdentity, wasContent := digests(base, line(40))
	fields := reflect.TypeFor[ledger.Line]()
	for i := range fields.NumField() {
		changed, name := base, fields.Field(i).Name
		switch field := reflect.ValueOf(&changed).Elem().Field(i); field.Kind() {
		case reflect.String:
			field.SetString(field.String() + "x")
		case reflect.Int, reflect.Int64:
			field.SetInt(field.Int() + 1)
		case reflect.Slice:
			changed.Extra = append([]string{"x"}, base.Extra...)
		default:
			t.Fatalf("%s is of a kind that this test does not know", name)
		}
		gotIdentity, gotContent := digests(changed, line(40))
		if (gotIdentity != wasIdentity) != identity[name] {
			t.Errorf("%s changes the identity: %v, want %v", name, gotIdentity != wasIdentity, identity[name])
		}
		if gotContent == wasContent {
			t.Errorf("%s does not change the content digest", name)
		}
	}
}

func TestTheOrderAndNumberOfLinesIsIdentity(t *testing.T) {
	ab, _ := digests(line(2), line(3))
	ba, _ := digests(line(3), line(2))
	a, _ := digests(line(2))
	aa, _ := digests(line(2), line(2))
	if ab == ba || a == aa || a == ab {
		t.Error("different lists of lines have one digest")
	}
}

func TestThePeriodIsInTheBatchDigestOnly(t *testing.T) {
	d := ledger.NewDigester()
	d.Add(line(2))
	first, other := d.Digest("2026-11"), d.Digest("2026-12")
	if again := d.Digest("2026-11"); first == other || first != again {
		t.Error("the period does not tell batches apart")
	}
	if d.Lines != 1 || d.Total != line(2).Amount {
		t.Errorf("%d lines, %s", d.Lines, d.Total)
	}
}

// TestTextsCannotPassForEachOther moves letters from one field into the next, within a line and
// over the border of two lines.
func TestTextsCannotPassForEachOther(t *testing.T) {
	for name, pair := range map[string][2][]ledger.Line{
		"employee and name":      {{{EmployeeID: "ab", Name: "c"}}, {{EmployeeID: "a", Name: "bc"}}},
		"bank and account":       {{{BankCode: "014", AccountNumber: "1"}}, {{BankCode: "01", AccountNumber: "41"}}},
		"empty and not":          {{{PayType: "x"}}, {{RetryOf: "x"}}},
		"a length within a text": {{{EmployeeID: "\x01a", Name: ""}}, {{EmployeeID: "", Name: "\x01a"}}},
		"over two lines":         {{{RetryOf: "x"}, {}}, {{}, {EmployeeID: "x"}}},
	} {
		a, _ := digests(pair[0]...)
		b, _ := digests(pair[1]...)
		if a == b {
			t.Errorf("%s: one digest for both", name)
		}
	}
	_, a := digests(ledger.Line{Extra: []string{"ab", ""}})
	_, b := digests(ledger.Line{Extra: []string{"a", "b"}})
	_, c := digests(ledger.Line{Extra: []string{"ab"}})
	_, d := digests(ledger.Line{CostCenter: "ab"})
	if a == b || a == c || b == c || c == d {
		t.Error("different further columns have one content digest")
	}
}

func TestDigestsAreEqualOnlyForEqualLines(t *testing.T) {
	letter := rapid.StringMatching(`[ab\x00\x01]{0,2}`)
	some := rapid.Custom(func(t *rapid.T) ledger.Line {
		l := ledger.Line{Number: rapid.IntRange(1, 2).Draw(t, "n"), Amount: 100, EmployeeID: letter.Draw(t, "e"), Name: letter.Draw(t, "name"), RetryOf: letter.Draw(t, "r")}
		if rapid.Bool().Draw(t, "extra") {
			l.Extra = []string{letter.Draw(t, "x")}
		}
		return l
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SliceOfN(some, 0, 3).Draw(t, "a"), rapid.SliceOfN(some, 0, 3).Draw(t, "b")
		_, contentA := digests(a...)
		_, contentB := digests(b...)
		if same := len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b)); same != (contentA == contentB) {
			t.Fatalf("%+v and %+v: same lines %v, same digest %v", a, b, same, contentA == contentB)
		}
	})
}
