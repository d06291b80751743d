package payroll_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"gajian/batch/payroll"
	"gajian/ledger"
)

func TestParseAmount(t *testing.T) {
	const refused = ledger.Sen(-1)
	for _, tt := range []struct {
		name, text           string
		any, indonesian, eng ledger.Sen
	}{
		{"plain digits", "1500000", 150000000, 150000000, 150000000},
		{"a point and two decimals", "1500000.00", 150000000, refused, 150000000},
		{"a comma and two decimals", "1500000,00", 150000000, 150000000, refused},
		{"one decimal", "1500000.5", 150000050, refused, 150000050},
		{"Indonesian with decimals", "1.500.000,00", 150000000, 150000000, refused},
		{"English with decimals", "1,500,000.00", 150000000, refused, 150000000},
		{"Indonesian millions", "1.500.000", 150000000, 150000000, refused},
		{"English millions", "1,500,000", 150000000, refused, 150000000},
		{"Rp and blank", "Rp 1.500.000", 150000000, 150000000, refused},
		{"Rp with a point", "Rp.1.500.000", 150000000, 150000000, refused},
		{"Rp and comma dash", "Rp 4.500.000,-", 450000000, 450000000, refused},
		{"comma dash without marks", "4500000,-", 450000000, 450000000, refused},
		{"comma dash settles a thousand", "1.500,-", 150000, 150000, refused},
		{"point dash settles a thousand", "1,500.-", 150000, refused, 150000},
		{"IDR in front", "IDR 4,500,000", 450000000, refused, 450000000},
		{"IDR behind", "4,500,000 IDR", 450000000, refused, 450000000},
		{"lower case and no-break space", "rp\u00a01.500.000\u00a0", 150000000, 150000000, refused},
		{"thousands with decimals", "1.500,00", 150000, 150000, refused},
		{"zero is a number", "0", 0, 0, 0},
		{"the largest int64", "92233720368547758.07", math.MaxInt64, refused, math.MaxInt64},

		{"one point and three digits read two ways", "1.500", refused, 150000, refused},
		{"one comma and three digits read two ways", "1,500", refused, refused, 150000},
		{"Rp does not settle it", "Rp 1.500", refused, 150000, refused},
		{"three decimals", "1500.000", refused, refused, refused},
		{"comma twice as the same mark", "1,500,-", refused, refused, refused},
		{"wrong groups", "1.50.000", refused, refused, refused},
		{"Indian groups", "15,00,000", refused, refused, refused},
		{"mixed marks", "1.500,000.00", refused, refused, refused},
		{"a zero in front", "01500000", refused, refused, refused},
		{"a zero group in front", "0.500", refused, refused, refused},
		{"empty", "", refused, refused, refused},
		{"blanks", " \u00a0 ", refused, refused, refused},
		{"Rp alone", "Rp", refused, refused, refused},
		{"negative", "-1500000", refused, refused, refused},
		{"negative behind", "1500000-", refused, refused, refused},
		{"negative in brackets", "(1500000)", refused, refused, refused},
		{"plus sign", "+1500000", refused, refused, refused},
		{"scientific", "1.5E+6", refused, refused, refused},
		{"scientific with e", "1e3", refused, refused, refused},
		{"hexadecimal", "0x10", refused, refused, refused},
		{"underscores", "1_000", refused, refused, refused},
		{"Arabic digits", "١٥٠٠٠٠٠", refused, refused, refused},
		{"full-width digits", "１５０００００", refused, refused, refused},
		{"blanks between thousands", "1 500 000", 150000000, refused, refused},
		{"no-break blanks between thousands", "Rp\u00a01\u00a0500\u00a0000,00", 150000000, refused, refused},
		{"narrow no-break blanks and a dash", "1\u202f500\u202f000,-", 150000000, refused, refused},
		{"apostrophes between thousands", "1'500'000.00", 150000000, refused, refused},
		{"curly apostrophes between thousands", "1’500’000", 150000000, refused, refused},
		{"a blank at the wrong place", "15 00 000", refused, refused, refused},
		{"a blank in front of a group of two", "1 500 00", refused, refused, refused},
		{"two blanks between thousands", "1  500  000", refused, refused, refused},
		{"blanks of two kinds", "1 500\u00a0000", refused, refused, refused},
		{"a blank and a point", "1 500.000", refused, refused, refused},
		{"a blank and points", "1 500.000.000", refused, refused, refused},
		{"a blank behind the comma", "1500,000 000", refused, refused, refused},
		{"two amounts", "1500000 2500000", refused, refused, refused},
		{"a zero in front of blanks", "0 500 000", refused, refused, refused},
		{"a tab between thousands", "1\t500\t000", refused, refused, refused},
		{"an apostrophe in front", "'1500000", refused, refused, refused},
		{"zero width blank inside", "1500\u200b000", refused, refused, refused},
		{"words", "dua juta", refused, refused, refused},
		{"over int64", "92233720368547758.08", refused, refused, refused},
		{"very long", strings.Repeat("9", 1000), refused, refused, refused},
		{"point alone", ".", refused, refused, refused},
		{"decimals alone", ".50", refused, refused, refused},
		{"point at the end", "1500.", refused, refused, refused},
		{"another currency", "USD 1500", refused, refused, refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for format, want := range map[payroll.NumberFormat]ledger.Sen{
				payroll.AnyFormat: tt.any, payroll.IndonesianFormat: tt.indonesian, payroll.EnglishFormat: tt.eng} {
				got, err := payroll.ParseAmount(tt.text, format)
				if err != nil {
					got = refused
				}
				if got != want {
					t.Errorf("ParseAmount(%q, %q) = %d, %v; want %d", tt.text, format, got, err, want)
				}
			}
		})
	}
}

func TestNumberCellsAreReadExactly(t *testing.T) {
	for text, want := range map[string]ledger.Sen{
		"4500000":                450000000,
		"4500000.0":              450000000,
		"4499999.9999999991":     450000000,
		"4500000.0000000009":     450000000,
		"1.5E+6":                 150000000,
		"1.23457E+12":            123457000000000,
		"12345678901234567":      1234567890123456700,
		"0":                      0,
		"-1E-9":                  0,
		"4500000.5":              -1,
		"4500000.000001":         -1,
		"-4500000":               -1,
		"1E999999999":            -1,
		"1E400":                  -1,
		"1/3":                    -1,
		"0x1p4":                  -1,
		"1e":                     -1,
		"Inf":                    -1,
		"":                       -1,
		strings.Repeat("1", 100): -1,
	} {
		got, err := payroll.ParseNumber(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("a number cell %q reads %d, %v; want %d", text, got, err, want)
		}
	}
}

// FuzzParseAmount holds what an amount may never do: read back as another one than was written, mean
// different things in two formats, lose or gain a digit, have a sign, or change its value when a blank, an
// invisible character or a digit that only looks like one gets into it.
func FuzzParseAmount(f *testing.F) {
	for i, seed := range []string{"1.500", "1,500,000.00", "Rp 4.500.000,-", "1.5E+6", "0.00", "1.500,-", "12.345.678", "IDR1", "1,500,000 IDR",
		"92233720368547758.07", "99999999999999999999", "\u202e2000001", "(5)", "-0", "1500000.-", "Rp.1.500.000,--", "٣", "1_000", "0x10"} {
		f.Add(seed, int64(150000050), uint8(i), uint8(i))
	}
	f.Fuzz(func(t *testing.T, text string, amount int64, at, what uint8) {
		if amount >= 0 {
			for _, written := range []string{ledger.Sen(amount).String(), "IDR " + ledger.Sen(amount).String(), indonesian(ledger.Sen(amount))} {
				if got, err := payroll.ParseAmount(written, payroll.AnyFormat); err != nil || int64(got) != amount {
					t.Errorf("%q reads back as %d, %v; want %d", written, got, err, amount)
				}
			}
		}
		var readings []ledger.Sen
		for _, format := range []payroll.NumberFormat{payroll.AnyFormat, payroll.IndonesianFormat, payroll.EnglishFormat} {
			got, err := payroll.ParseAmount(text, format)
			if err != nil {
				if got != 0 {
					t.Errorf("%q is refused and reads %d", text, got)
				}
				continue
			}
			readings = append(readings, got)
			checkDigits(t, text, got)
			checkInserted(t, text, got, format, at, what)
		}
		for _, got := range readings {
			if got != readings[0] {
				t.Errorf("%q has the readings %d", text, readings)
			}
		}
	})
}

// checkDigits compares with the digits alone: whole rupiah, or with one or two decimals.
func checkDigits(t *testing.T, text string, got ledger.Sen) {
	if got < 0 || strings.ContainsAny(text, "+(eE\u202e\u200f\u2212") || strings.Contains(strings.TrimRight(text, "- idrIDR\u00a0"), "-") {
		t.Errorf("%q is accepted as %d", text, got)
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	value, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		t.Fatalf("%q without digits is accepted as %d", text, got)
	}
	for _, scale := range []int64{100, 10, 1} {
		if new(big.Int).Mul(value, big.NewInt(scale)).Cmp(big.NewInt(int64(got))) == 0 {
			return
		}
	}
	t.Errorf("%q reads %d, which has other digits", text, got)
}

// insertions are what gets into a number unseen, and digits of other scripts.
var insertions = []string{" ", "\u00a0", "\u2007", "\u202f", "\t", "\n", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202d", "\u202e", "\u061c", "\u3164",
	"０", "９", "٠", "۹", "०", "²", "①", "𝟎", "O", "l", "'", "_", "\x00", "\ufffd"}

func checkInserted(t *testing.T, text string, want ledger.Sen, f payroll.NumberFormat, at, what uint8) {
	runes := []rune(text)
	i := int(at) % (len(runes) + 1)
	changed := string(runes[:i]) + insertions[int(what)%len(insertions)] + string(runes[i:])
	if got, err := payroll.ParseAmount(changed, f); err == nil && got != want {
		t.Errorf("%q reads %d, but %q reads %d", text, want, changed, got)
	}
}

// indonesian writes 1.500.000,50.
func indonesian(amount ledger.Sen) string {
	text := amount.Grouped()
	if !strings.Contains(text, ".") {
		text += ".00"
	}
	return strings.NewReplacer(",", ".", ".", ",").Replace(text)
}
