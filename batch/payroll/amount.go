package payroll

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"gajian/ledger"
)

// NumberFormat says how a payroll file writes amounts as text. It matters for text alone: a
// number cell of a workbook has one reading.
type NumberFormat string

// The number formats.
const (
	AnyFormat        NumberFormat = ""   // whatever reads one way only; 1.500 is refused
	IndonesianFormat NumberFormat = "id" // 1.500.000,00
	EnglishFormat    NumberFormat = "en" // 1,500,000.00
)

// maxAmountText bounds an amount's text: the largest int64 with every mark and "Rp" has 31 characters.
const maxAmountText = 64

// maxPlainAmount is how many digits of whole rupiah certainly fit: an int64 of sen has 18 and more.
const maxPlainAmount = 15

// amountError is why a text is not an amount.
type amountError struct{ note }

func (e *amountError) Error() string { return e.reason }

func badAmount(reason, remedy string) error { return &amountError{note{reason, remedy}} }

var (
	errAmountEmpty = badAmount("the amount is empty",
		"write the amount in rupiah, or delete the line")
	errAmountForm = badAmount("this is not an amount that can be read",
		"write whole rupiah in digits, like 1500000")
	errAmountSign = badAmount("the amount is negative",
		"a payroll line pays; take the deduction off the amount before")
	errAmountLarge = badAmount("the amount is too large to be an amount of money",
		"write the amount in rupiah, like 1500000")
	errAmountScientific = badAmount("the amount is in scientific notation, so digits may be lost",
		"format the column as number without decimals and write the amount again")
	errAmountFraction = badAmount("the amount has a fraction of a rupiah",
		"round it to whole rupiah")
)

// ParseAmount reads an amount as people write it: 1500000, 1500000.00, 1.500.000,00, 1,500,000.00,
// Rp 1.500.000, Rp 4.500.000,-, IDR 4,500,000, 1 500 000, 1'500'000. Nothing is guessed: what reads two ways (1.500) is an
// error unless f says which way is meant, and with f only that way is accepted. Signs, exponents, digits other than
// 0-9 and more than two decimals are errors. Zero is read as zero.
func ParseAmount(text string, f NumberFormat) (ledger.Sen, error) {
	if len(text) <= maxPlainAmount && onlyDigits(text) && text[0] != '0' {
		rupiah, err := strconv.ParseInt(text, 10, 64)
		return ledger.Sen(rupiah) * ledger.Rupiah, err
	}
	if n := turned(text); n.found() {
		return 0, &amountError{n}
	}
	s := trimBlanks(text)
	if s == "" {
		return 0, errAmountEmpty
	}
	if len(s) > maxAmountText {
		return 0, errAmountForm
	}
	s = trimCurrency(s)
	if f == AnyFormat {
		s = closeGroups(s)
	}
	if err := checkAmountCharacters(s); err != nil {
		return 0, err
	}
	s, dash := trimDash(s)
	if strings.HasPrefix(s, "-") || strings.HasSuffix(s, "-") || strings.HasPrefix(s, "(") {
		return 0, errAmountSign
	}
	group, decimal, err := marks(s, dash, f)
	if err != nil {
		return 0, err
	}
	return readMarked(s, group, decimal, dash)
}

// trimCurrency takes "Rp", "Rp." or "IDR" off the front, or "IDR" off the end.
func trimCurrency(s string) string {
	lower := strings.ToLower(s)
	if len(lower) != len(s) { // some letter changes its length: no amount, and no index to trust
		return s
	}
	switch {
	case strings.HasPrefix(lower, "rp."):
		s = s[3:]
	case strings.HasPrefix(lower, "rp"):
		s = s[2:]
	case strings.HasPrefix(lower, "idr"):
		s = s[3:]
	case strings.HasSuffix(lower, "idr"):
		s = s[:len(s)-3]
	}
	return trimBlanks(s)
}

// checkAmountCharacters refuses everything but digits, marks and signs, and tells the common
// mistakes apart.
func checkAmountCharacters(s string) error {
	if looksScientific(s) {
		return errAmountScientific
	}
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9', strings.ContainsRune(".,-()", r):
		case unicode.IsDigit(r):
			return badAmount("the amount has digits of another script", "write it with the digits 0 to 9")
		case unicode.IsSpace(r), isInvisible(r):
			return badAmount("the amount has a blank inside", "write it without blanks, like 1500000")
		default:
			return errAmountForm
		}
	}
	if s == "" {
		return errAmountForm
	}
	return nil
}

// groupMarks part thousands and nothing else, in countries and programs that write 1 500 000 or 1'500'000:
// the blank, the no-break blanks, the thin blank, and apostrophes.
const groupMarks = " \u00a0\u202f\u2009'’"

// closeGroups takes such marks out of the whole part when one kind of them stands wherever it belongs and nowhere else;
// whatever else is written stays for the checks that follow.
func closeGroups(s string) string {
	end := strings.IndexAny(s, ".,")
	if end < 0 {
		end = len(s)
	}
	for _, mark := range groupMarks {
		if digits, ok := ungroup(s[:end], string(mark)); ok && len(digits) < end {
			return digits + s[end:]
		}
	}
	return s
}

// trimDash takes the ",-" off that stands for "no sen", and returns its mark.
func trimDash(s string) (string, byte) {
	for _, end := range []string{",--", ".--", ",-", ".-"} {
		if whole, ok := strings.CutSuffix(s, end); ok {
			return whole, end[0]
		}
	}
	return s, 0
}

// marks decides which mark groups thousands and which stands before the decimals; 0 is none.
func marks(s string, dash byte, f NumberFormat) (group, decimal byte, err error) {
	switch f {
	case IndonesianFormat:
		group, decimal = '.', ','
	case EnglishFormat:
		group, decimal = ',', '.'
	default:
		return inferMarks(s, dash)
	}
	if dash == group {
		return 0, 0, badAmount("the amount does not fit --number-format "+string(f), "write it without marks, like 1500000")
	}
	return group, decimal, nil
}

func inferMarks(s string, dash byte) (group, decimal byte, err error) {
	dot, comma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	switch {
	case dot < 0 && comma < 0:
		return 0, 0, nil
	case dot >= 0 && comma > dot:
		return '.', ',', nil
	case comma >= 0 && dot > comma:
		return ',', '.', nil
	}
	mark, last := byte('.'), dot
	if dot < 0 {
		mark, last = ',', comma
	}
	decimals := len(s) - last - 1
	switch {
	case strings.IndexByte(s, mark) != last: // twice or more: only thousands repeat
		return mark, 0, nil
	case dash != 0 && dash != mark: // "1.500,-": the other mark is the decimal one
		return mark, 0, nil
	case decimals == 3 && dash == 0:
		return 0, 0, badAmount(fmt.Sprintf("the amount reads two ways: %s%s rupiah, or %s rupiah and a fraction", s[:last], s[last+1:], s[:last]),
			"write it without marks, or say --number-format id (1.500 is one thousand five hundred) or --number-format en (1,500 is)")
	case dash != 0:
		return 0, 0, errAmountForm
	}
	return 0, mark, nil
}

// readMarked reads digits with the given marks and nothing else.
func readMarked(s string, group, decimal, dash byte) (ledger.Sen, error) {
	whole, cents := s, "00"
	if i := strings.IndexByte(s, decimal); decimal != 0 && i >= 0 {
		whole, cents = s[:i], s[i+1:]
		if !onlyDigits(cents) || len(cents) > 2 || dash != 0 {
			return 0, errAmountForm
		}
		cents += "0"[:2-len(cents)]
	}
	digits, ok := whole, onlyDigits(whole)
	if group != 0 {
		digits, ok = ungroup(whole, string([]byte{group}))
	}
	if !ok || len(digits) > 1 && digits[0] == '0' {
		return 0, errAmountForm
	}
	n, err := strconv.ParseInt(digits+cents, 10, 64)
	if err != nil {
		return 0, errAmountLarge
	}
	return ledger.Sen(n), nil
}

// ungroup takes thousands marks out; they must stand exactly where they belong.
func ungroup(whole, group string) (string, bool) {
	if !strings.Contains(whole, group) {
		return whole, onlyDigits(whole)
	}
	parts := strings.Split(whole, group)
	for i, part := range parts {
		if !onlyDigits(part) || i > 0 && len(part) != 3 || i == 0 && (len(part) > 3 || part[0] == '0') {
			return "", false
		}
	}
	return strings.Join(parts, ""), true
}

// looksScientific is true for 1.23457E+12 and its like.
func looksScientific(s string) bool {
	i := strings.IndexAny(s, "eE")
	if i <= 0 || i == len(s)-1 {
		return false
	}
	mantissa, exponent := strings.Trim(s[:i], "0123456789.,+-"), strings.TrimLeft(s[i+1:], "+-")
	return mantissa == "" && strings.ContainsAny(s[:i], "0123456789") && onlyDigits(exponent)
}

// noise is the part of a rupiah below which a number cell's fraction is floating point noise:
// a spreadsheet computes in float64, whose error on amounts of ten digits is around 10⁻⁶.
var noise = big.NewRat(1, 1_000_000)

// parseNumber reads the raw value of a number cell, "4500000" or "4499999.9999999991" or "1.5E+6",
// in exact decimal arithmetic, and rounds floating point noise away. The result is whole rupiah.
func parseNumber(text string) (ledger.Sen, error) {
	value, err := decimalOf(text)
	if err != nil {
		return 0, err
	}
	if value.Sign() < 0 && new(big.Rat).Neg(value).Cmp(noise) >= 0 {
		return 0, errAmountSign
	}
	half := big.NewRat(1, 2)
	sum := new(big.Rat).Add(value, half)
	rupiah := new(big.Int).Div(sum.Num(), sum.Denom()) // Euclidean: rounds down for a positive divisor
	diff := new(big.Rat).Sub(value, new(big.Rat).SetInt(rupiah))
	if diff.Abs(diff).Cmp(noise) >= 0 {
		return 0, errAmountFraction
	}
	sen := rupiah.Mul(rupiah, big.NewInt(int64(ledger.Rupiah)))
	if !sen.IsInt64() {
		return 0, errAmountLarge
	}
	return ledger.Sen(sen.Int64()), nil
}

// maxExponent bounds the exponent of a number cell, so that 1E999999999 costs nothing. float64 ends at 308.
const maxExponent = 400

func decimalOf(text string) (*big.Rat, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, errAmountEmpty
	}
	mantissa, exponent, has := strings.Cut(strings.ToUpper(text), "E")
	power, err := strconv.Atoi(exponent)
	if has && (err != nil || power > maxExponent || power < -maxExponent) || len(text) > maxAmountText ||
		strings.Trim(mantissa, "0123456789.-") != "" {
		return nil, errAmountForm
	}
	value, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, errAmountForm
	}
	return value, nil
}
