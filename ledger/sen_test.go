package ledger_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"gajian/ledger"
	"pgregory.net/rapid"
)

func TestSenIsWrittenWithTwoDecimals(t *testing.T) {
	for _, test := range []struct {
		sen           ledger.Sen
		text, grouped string
	}{
		{0, "0.00", "0"},
		{1, "0.01", "0.01"},
		{-50, "-0.50", "-0.50"},
		{99, "0.99", "0.99"},
		{ledger.Rupiah, "1.00", "1"},
		{99_900, "999.00", "999"},
		{100_000, "1000.00", "1,000"},
		{100_005, "1000.05", "1,000.05"},
		{150_000_000, "1500000.00", "1,500,000"},
		{-150_000_050, "-1500000.50", "-1,500,000.50"},
		{-99_999, "-999.99", "-999.99"},
		{math.MaxInt64, "92233720368547758.07", "92,233,720,368,547,758.07"},
		{math.MinInt64, "-92233720368547758.08", "-92,233,720,368,547,758.08"},
	} {
		if got := test.sen.String(); got != test.text {
			t.Errorf("Sen(%d).String() = %q, want %q", int64(test.sen), got, test.text)
		}
		if got := test.sen.Grouped(); got != test.grouped {
			t.Errorf("Sen(%d).Grouped() = %q, want %q", int64(test.sen), got, test.grouped)
		}
	}
}

func TestParseSenReadsOnlyWhatProvidersWrite(t *testing.T) {
	for text, want := range map[string]ledger.Sen{
		"0": 0, "0.00": 0, "-0.00": 0, "1": 100, "1.5": 150, "1.05": 105, "-0.50": -50, "007.10": 710,
		"1500000.00": 150_000_000, "92233720368547758.07": math.MaxInt64, "-92233720368547758.08": math.MinInt64,
	} {
		if got, err := ledger.ParseSen(text); err != nil || got != want {
			t.Errorf("ParseSen(%q) = %d, %v, want %d", text, int64(got), err, int64(want))
		}
	}
	for _, text := range []string{
		"", "-", ".", "1.", ".5", "-.5", "--1", "+1", " 1", "1 ", "1.000", "1,000", "1,000.00", "1.500.000", "1e3", "0x10", "1_000",
		"٣", "1.٣", "NaN", "Inf", "1.0.0", "-1.-5", "1.5-", "92233720368547758.08", "-92233720368547758.09", "99999999999999999999", "1\x00", "1\n",
	} {
		if got, err := ledger.ParseSen(text); !errors.Is(err, ledger.ErrAmount) {
			t.Errorf("ParseSen(%q) = %d, %v, want ErrAmount", text, int64(got), err)
		}
	}
}

func TestSenInJSONIsText(t *testing.T) {
	data, err := json.Marshal(map[string]ledger.Sen{"total": 150_000_050})
	if err != nil || string(data) != `{"total":"1500000.50"}` {
		t.Fatalf("got %s, %v", data, err)
	}
	var back map[string]ledger.Sen
	if err := json.Unmarshal(data, &back); err != nil || back["total"] != 150_000_050 {
		t.Fatalf("got %v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"total":"1e3"}`), &back); !errors.Is(err, ledger.ErrAmount) {
		t.Errorf("an exponent was read: %v", err)
	}
}

func TestPlusTellsWhenTheSumDoesNotFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		_, fits := ledger.Sen(a).Plus(ledger.Sen(b))
		want := !(b > 0 && a > math.MaxInt64-b || b < 0 && a < math.MinInt64-b)
		if fits != want {
			t.Fatalf("%d + %d fits: %v, want %v", a, b, fits, want)
		}
	})
}

func FuzzSenFormatThenParseIsIdentity(f *testing.F) {
	for _, n := range []int64{0, 1, -1, 99, 100, -100, math.MaxInt64, math.MinInt64, math.MinInt64 + 1} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		sen := ledger.Sen(n)
		if back, err := ledger.ParseSen(sen.String()); err != nil || back != sen {
			t.Errorf("ParseSen(%q) = %d, %v, want %d", sen, int64(back), err, n)
		}
		plain := strings.ReplaceAll(sen.Grouped(), ",", "")
		if back, err := ledger.ParseSen(plain); err != nil || back != sen {
			t.Errorf("%q without commas is %d, %v, want %d", sen.Grouped(), int64(back), err, n)
		}
	})
}

func FuzzParseSenThenFormatIsTheSameAmount(f *testing.F) {
	for _, text := range []string{"1", "1.5", "-0.05", "000.10", "1e3", "92233720368547758.07", "-92233720368547758.08"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sen, err := ledger.ParseSen(text)
		if err != nil {
			if !errors.Is(err, ledger.ErrAmount) {
				t.Errorf("ParseSen(%q): %v is not ErrAmount", text, err)
			}
			return
		}
		if strings.Trim(text, "-.0123456789") != "" {
			t.Errorf("ParseSen(%q) read a foreign character", text)
		}
		if again, err := ledger.ParseSen(sen.String()); err != nil || again != sen {
			t.Errorf("%q reads as %d, but %q as %d, %v", text, int64(sen), sen, int64(again), err)
		}
	})
}
