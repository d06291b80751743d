package payroll

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// accountLength is how long a bank's account numbers are.
type accountLength struct {
	digits int
	// zeros is how many zeros in front such a number may have, so that a number shorter by up to that
	// many has lost them. A shortfall beyond it is only unusual: the inquiry will tell.
	zeros int
}

// accountLengths holds the banks for which a public source gives the length. BCA and Mandiri: the
// parsers Business::ID::BCA and Business::ID::Mandiri (metacpan.org, versions of 2015); the others, and
// the same two again: "Begini Cara Mengetahui Bank dari Nomor Rekening", Pikiran Rakyat
// (https://xcloud.id/begini-cara-mengetahui-bank-dari-nomor-rekening, read November 2026). Numbers of
// BRI and BTN start with a branch code of four and five digits, hence their zeros.
var accountLengths = map[string]accountLength{
	"002": {digits: 15, zeros: 3}, // BRI
	"008": {digits: 13, zeros: 2}, // Mandiri
	"009": {digits: 10, zeros: 3}, // BNI
	"011": {digits: 10},           // Danamon
	"014": {digits: 10, zeros: 3}, // BCA
	"022": {digits: 13},           // CIMB Niaga
	"028": {digits: 12},           // OCBC
	"147": {digits: 10},           // Muamalat
	"200": {digits: 16, zeros: 4}, // BTN
	"441": {digits: 10},           // Bukopin
	"451": {digits: 10, zeros: 2}, // BSI
}

// Bounds of an account number where the bank's length is not known. Worldpay's description of account
// verification in Indonesia gives 5 to 16 digits; virtual accounts may have more, and SNAP allows 34.
const (
	minAccountDigits = 5
	maxBankDigits    = 16
	maxAccountDigits = 34
)

// maxExactDigits is how many digits a spreadsheet keeps of a number: from the 16th on they are zeros.
const maxExactDigits = 15

const asText = "format the column as text, then type the number again from its source"

var (
	noteScientific = note{"scientific notation: the digits behind are lost", asText}
	noteTrailing   = note{"a number with a decimal point, not an identification: Excel made a number of it", asText}
	noteFormula    = note{"the cell is a formula; it has to be typed text", "copy the column and paste it as values, formatted as text"}
	noteTooLong    = note{"a number cell with more than 15 digits: Excel has replaced the last ones by zeros", asText}
	noteDate       = note{"the cell is formatted as a date", asText}
	noteBoolean    = note{"the cell is TRUE or FALSE", asText}
	noteTwoLines   = note{"the account number has a line break in it, as two numbers in one cell have", "write one account number on one line"}
	noteRounded    = note{"behind its first six digits are only zeros, as in a number that was shown as 1.23457E+12 and saved so: the digits behind are probably lost", asText}
	noteTwoNumbers = note{"two numbers stand in the cell", "write the one account number that is to be paid"}
	noteTypedDate  = note{"a date stands in the cell: a spreadsheet makes one of a number that is typed with dashes or slashes", asText}
	noteUnshown    = note{"a number cell that is written with zeros in front, which no spreadsheet shows", asText}
	notePadded     = note{"the cell shows zeros in front that are not in its value", asText}
)

// trailingZeros is true for what is left of a number that was written with decimals: 1234567890.0.
func trailingZeros(text string) bool {
	i := strings.IndexAny(text, ".,")
	return i > 0 && i+1 < len(text) && onlyDigits(text[:i]) && strings.Trim(text[i+1:], "0") == ""
}

// looksDecimal is true for a number with one or two decimals, 1234567890.5: taking the point out would
// make another number of it. Points that group digits for reading stand more than once, or further left.
func looksDecimal(text string) bool {
	whole, decimals, ok := strings.Cut(text, ".")
	return ok && len(decimals) <= 2 && onlyDigits(whole) && onlyDigits(decimals)
}

// identityDamage recognises what Excel does to account numbers and employee ids.
func identityDamage(c cell) note {
	if c.kind == kindText && !c.formula && onlyDigits(c.text) {
		return note{} // nearly all of them
	}
	text := trimBlanks(c.text)
	switch {
	case c.formula:
		return noteFormula
	case c.kind == kindBoolean:
		return noteBoolean
	case c.kind == kindNumber && c.format == formatDate || c.kind == kindDate:
		return noteDate
	case excelScientific(text) || c.kind == kindNumber && looksScientific(text):
		return noteScientific
	case c.kind == kindNumber && len(strings.TrimLeft(text, "-0")) > maxExactDigits:
		return noteTooLong
	case c.kind == kindNumber && len(text) > 1 && text[0] == '0' && onlyDigits(text):
		return noteUnshown
	case trailingZeros(text) && (c.kind == kindNumber || strings.HasSuffix(text, ".0")):
		return noteTrailing
	case c.kind == kindNumber && !onlyDigits(text):
		return noteTrailing
	case c.kind == kindNumber && c.padTo > len(text):
		return notePadded
	case c.kind == kindNumber && (c.format == formatCents || c.format == formatScaled || c.format == formatLiteral || c.format == formatHidden):
		return shownOtherwise(c)
	}
	return note{}
}

var datePattern = regexp.MustCompile(`^(?i:(0?[1-9]|[12][0-9]|3[01])[-/](0?[1-9]|[12][0-9]|3[01])[-/](19|20)[0-9]{2}|(19|20)[0-9]{2}[-/](0?[1-9]|1[0-2])[-/](0?[1-9]|[12][0-9]|3[01])( 00:00:00)?|[0-3]?[0-9][- /][a-z]{3,4}[- /]([0-9]{2}|[0-9]{4}))$`)

// looksDate is true for what spreadsheets write for a date: 1/2/2024, 2024-02-01, 01-Feb-24.
func looksDate(text string) bool {
	return len(text) <= len("2024-02-01 00:00:00") && !onlyDigits(text) && datePattern.MatchString(text)
}

// Excel shows a number of twelve digits or more by its first six, and what it shows is what it saves as CSV. Zeros at
// the end of the six are left out, one of them often.
const (
	minShownShort = 12
	mostShown     = 6
	leastShown    = mostShown - 1
)

// seemsRounded is true for a number that has nothing but zeros where scientific notation leaves the digits out.
func seemsRounded(digits string) bool {
	if len(digits) < minShownShort || digits[len(digits)-1] != '0' {
		return false
	}
	shown := len(strings.TrimRight(digits, "0"))
	return shown >= leastShown && shown <= mostShown
}

// minMeeting is how many digits each of two account numbers has that stand side by side. Groups that are parted for
// reading are shorter.
const minMeeting = 8

// meet is true for a text of several whole numbers, which joined are longer than the bank's accounts or any.
func meet(text, digits, bank string) bool {
	known, ok := accountLengths[bank]
	if ok && len(digits) == known.digits || !ok && len(digits) <= maxBankDigits {
		return false
	}
	parts := strings.FieldsFunc(text, unicode.IsSpace)
	return len(parts) > 1 && !slices.ContainsFunc(parts, func(part string) bool { return len(strings.Map(onlyDigit, part)) < minMeeting })
}

// excelScientific is true for the form in which Excel shows large numbers, 1.23457E+12. An employee id
// such as 12E5 is none.
func excelScientific(text string) bool {
	i := strings.Index(strings.ToUpper(text), "E+")
	return i > 0 && looksScientific(text)
}

// readAccount reads an account number: digits, with anything that people put between them for reading
// taken out and warned of. The digits are never changed or completed.
func readAccount(c cell, bank string, wallet bool) (digits string, fault note, warnings []note) {
	if fault = identityDamage(c); fault.found() {
		return "", fault, nil
	}
	text := trimBlanks(c.text)
	if text == "" {
		return "", note{"the account number is empty", "write the account number, or delete the line"}, nil
	}
	if looksScientific(text) {
		return "", noteScientific, nil
	}
	if trailingZeros(text) || looksDecimal(text) {
		return "", noteTrailing, nil
	}
	if fault = turned(c.text); fault.found() {
		return "", fault, nil
	}
	if strings.ContainsAny(text, "\n\r\v\f\u0085\u2028\u2029") {
		return "", noteTwoLines, nil
	}
	if looksDate(text) {
		return "", noteTypedDate, nil
	}
	digits, fault = accountDigits(text)
	if !fault.found() && digits != text && meet(text, digits, bank) {
		fault = noteTwoNumbers
	}
	if fault.found() {
		return "", fault, nil
	}
	if digits != c.text {
		warnings = append(warnings, note{"blanks or marks were taken out of the account number", "write digits only"})
	}
	if seemsRounded(digits) {
		if c.kind == kindNumber {
			return "", noteRounded, nil
		}
		warnings = append(warnings, noteRounded)
	}
	if c.kind == kindNumber {
		warnings = append(warnings, note{"the account number is a number cell, where zeros in front are lost", "format the column as text"})
	}
	fault, unusual := accountPlausible(digits, bank, wallet)
	if unusual.found() {
		warnings = append(warnings, unusual)
	}
	return digits, fault, warnings
}

// accountDigits takes out what certainly is not part of the number.
func accountDigits(text string) (string, note) {
	if onlyDigits(text) {
		return text, note{}
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.IsDigit(r):
			return "", note{"the account number has digits of another script", "type it with the digits 0 to 9"}
		case unicode.IsSpace(r), isInvisible(r), unicode.Is(unicode.Pd, r), strings.ContainsRune("'’‘`´\".\u2212", r):
		case r == '+':
			return "", note{"the account number has a plus sign", "write digits only; a wallet's number starts with 08"}
		case strings.ContainsRune("/;,&|", r) && len(longNumbers(text)) > 1:
			return "", noteTwoNumbers
		case !strings.ContainsFunc(text, unicode.IsDigit):
			return "", note{fmt.Sprintf("the account number has %q in it, and no digit at all", r), "write the account number"}
		default:
			return "", note{fmt.Sprintf("the account number has %q in it", r), "write digits only"}
		}
	}
	return b.String(), note{}
}

// accountPlausible compares the number's length with what the bank uses.
func accountPlausible(digits, bank string, wallet bool) (fault, unusual note) {
	n := len(digits)
	switch {
	case strings.Trim(digits, "0") == "":
		return note{"the account number has no digit but zeros", "write the account number"}, note{}
	case n < minAccountDigits || n > maxAccountDigits:
		return note{fmt.Sprintf("an account number with %d digits does not exist", n), "check the account number with the employee"}, note{}
	case wallet && digits[0] != '0':
		return note{}, note{"a wallet's account is a mobile number, and this one does not start with 0", "write it like 081234567890"}
	}
	known, ok := accountLengths[bank]
	if !ok || n == known.digits {
		return note{}, note{}
	}
	if short := known.digits - n; short > 0 && short <= known.zeros {
		return note{fmt.Sprintf("%d digits, but accounts of %s have %d: the zeros in front were lost", n, BankName(bank, nil), known.digits), asText}, note{}
	}
	return note{}, note{fmt.Sprintf("%d digits, but accounts of %s usually have %d", n, BankName(bank, nil), known.digits),
		"check the account number with the employee"}
}
