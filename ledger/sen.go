package ledger

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Sen is an amount in sen; 100 sen are one rupiah (IDR). Money is never a float here.
// A payout's amount is always positive and a whole number of rupiah; a difference may be negative.
type Sen int64

// Rupiah is one rupiah.
const Rupiah Sen = 100

// ErrAmount means that a text is not an amount as String writes it.
var ErrAmount = errors.New("not an amount with two decimals")

// String writes s as the provider and our JSON want it: rupiah, a point, two decimals
// ("1500000.00", "-0.50").
func (s Sen) String() string {
	sign, digits := "", uint64(s)
	if s < 0 {
		sign, digits = "-", uint64(-(s+1))+1 // does not overflow for the smallest int64
	}
	return fmt.Sprintf("%s%d.%02d", sign, digits/100, digits%100)
}

// Grouped writes s for people to read: "1,500,000" and, when there are sen, "1,500,000.50".
func (s Sen) Grouped() string {
	whole, cents, _ := strings.Cut(s.String(), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if cents != "00" {
		b.WriteString("." + cents)
	}
	return b.String()
}

// MarshalText makes JSON show an amount as text ("1500000.00"): a JSON number would be read
// as a float by most readers.
func (s Sen) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Sen) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSen(string(text))
	return err
}

// ParseSen reads an amount as String writes it; one decimal or none are read too
// ("1500000", "1500000.5"), because providers are not of one mind. Nothing else is accepted:
// no grouping, no sign but a leading minus, no exponent, no more than two decimals.
// What people type is read by batch/payroll.
func ParseSen(text string) (Sen, error) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	sign := ""
	if negative {
		sign = "-" // parsed with the digits: the smallest amount has no positive counterpart
	}
	if !onlyDigits(whole) || point && (!onlyDigits(fraction) || len(fraction) > 2) {
		return 0, fmt.Errorf("%w: %q", ErrAmount, text)
	}
	fraction += "00"[:2-len(fraction)]
	n, err := strconv.ParseInt(sign+whole+fraction, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is too large", ErrAmount, text)
	}
	return Sen(n), nil
}

func onlyDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// Plus returns s + other and false when the sum does not fit.
func (s Sen) Plus(other Sen) (Sen, bool) {
	sum := s + other
	return sum, (sum > s) == (other > 0)
}
