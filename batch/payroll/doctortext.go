package payroll

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// lookAlikes are the letters that are typed or scanned for a digit, those of other scripts that look the same included.
var lookAlikes = map[rune]rune{
	'O': '0', 'o': '0', 'Q': '0', 'D': '0', 'О': '0', 'о': '0', 'Ο': '0', 'ο': '0',
	'l': '1', 'I': '1', 'i': '1', '|': '1', 'І': '1', 'і': '1', 'Ι': '1', 'ι': '1', 'ӏ': '1', 'Ӏ': '1',
	'Z': '2', 'З': '3', 'S': '5', 'Ѕ': '5', 'B': '8', 'В': '8', 'Β': '8',
}

// latinAlikes are letters of other scripts that look like a Latin capital.
var latinAlikes = map[rune]rune{
	'А': 'A', 'В': 'B', 'С': 'C', 'Е': 'E', 'Н': 'H', 'І': 'I', 'Ј': 'J', 'К': 'K', 'М': 'M', 'О': 'O', 'Р': 'P', 'Ѕ': 'S', 'Т': 'T', 'Х': 'X',
	'Α': 'A', 'Β': 'B', 'Ε': 'E', 'Η': 'H', 'Ι': 'I', 'Κ': 'K', 'Μ': 'M', 'Ν': 'N', 'Ο': 'O', 'Ρ': 'P', 'Τ': 'T', 'Χ': 'X', 'Ζ': 'Z',
}

// plainDigits writes the digits of every script as 0 to 9; everything else stays.
func plainDigits(text string) string {
	if isPrintable(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII && unicode.IsDigit(r) {
			return '0' + digitValue(r)
		}
		return r
	}, text)
}

// digitValue is the value of a decimal digit of any script: they stand in tens, from 0 to 9 (Unicode
// Standard, section 4.6).
func digitValue(r rune) rune {
	for _, span := range unicode.Nd.R16 {
		if r >= rune(span.Lo) && r <= rune(span.Hi) {
			return (r - rune(span.Lo)) % 10
		}
	}
	for _, span := range unicode.Nd.R32 {
		if r >= rune(span.Lo) && r <= rune(span.Hi) {
			return (r - rune(span.Lo)) % 10
		}
	}
	return 0
}

// minLookAlikeDigits is how many digits must stand beside each letter that is taken for one: BOSI is a
// word.
const minLookAlikeDigits = 2

// digitsOfLetters takes letters for the digits that they look like, when all the rest are digits and marks
// and there are enough of them; else it is empty.
func digitsOfLetters(text string) string {
	letters, digits := 0, 0
	out := strings.Map(func(r rune) rune {
		if digit, ok := lookAlikes[r]; ok {
			letters++
			return digit
		}
		if r >= '0' && r <= '9' {
			digits++
		} else if unicode.IsLetter(r) {
			letters += len(text) // this is no digit
		}
		return r
	}, text)
	if letters == 0 || letters*minLookAlikeDigits > digits {
		return ""
	}
	return out
}

// latin is a bank's name in Latin capitals, full-width letters and those that only look Latin included.
func latin(text string) string {
	return strings.Map(func(r rune) rune {
		if letter, ok := latinAlikes[r]; ok {
			return letter
		}
		return r
	}, strings.ToUpper(norm.NFKC.String(text)))
}

// allDigits returns the number that a text in scientific notation, or with zeros behind a point, stands for, when
// all its digits are to be seen: 1.23456789012E+11, 1234567890.0. slack is how many zeros at its end need not be.
func allDigits(text string, slack int) string {
	text = strings.ToUpper(trimBlanks(text))
	if onlyDigits(text) {
		return text
	}
	mantissa, _, _ := strings.Cut(text, "E")
	if strings.IndexByte(mantissa, '.') < 0 {
		mantissa = strings.Replace(mantissa, ",", ".", 1) // 1,23457E+11, as Excel writes it in Indonesia
		text = mantissa + text[len(mantissa):]
	}
	value, err := decimalOf(text)
	if err != nil || !value.IsInt() || value.Sign() <= 0 {
		return ""
	}
	digits := value.Num().String()
	seen := len(strings.TrimLeft(strings.ReplaceAll(mantissa, ".", ""), "-0"))
	if len(digits) > maxExactDigits || len(digits)-seen > slack {
		return ""
	}
	return digits
}

// roundsTo is true when a spreadsheet that keeps or shows only the first digits of whole would write it
// as the scientific text or number: 123456789012 as 1.23457E+11.
func roundsTo(whole, text string) bool {
	mantissa, exponent, scientific := strings.Cut(strings.ToUpper(trimBlanks(text)), "E")
	seen := strings.TrimRight(strings.Map(onlyDigit, mantissa), "0")
	whole = strings.TrimLeft(whole, "0")
	power := strings.TrimLeft(exponent, "+0")
	switch {
	case len(seen) < minRoundedDigits || len(seen) > len(whole):
		return false
	case scientific && power != strconv.Itoa(len(whole)-1), !scientific && len(mantissa) != len(whole):
		return false
	}
	return strings.HasPrefix(whole, seen) || rounded(whole, len(seen)) == seen
}

// minRoundedDigits is how many digits must be left of a number to recognise it: Excel shows six of 1.23457E+11,
// fewer when zeros are among them.
const minRoundedDigits = 4

func onlyDigit(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// rounded is a number rounded to its first n digits; it is empty when that gives one digit more.
func rounded(whole string, n int) string {
	if n >= len(whole) || whole[n] < '5' {
		return whole[:min(n, len(whole))]
	}
	out := []byte(whole[:n])
	for i := n - 1; i >= 0; i-- {
		if out[i] != '9' {
			out[i]++
			return string(out)
		}
		out[i] = '0'
	}
	return ""
}
