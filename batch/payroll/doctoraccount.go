package payroll

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/hbollon/go-edlib"
)

// maxBases bounds how many readings of one cell are followed up.
const maxBases = 8

// accountCures lists what an account's cell may have held: the employee's last account where it agrees with
// what is left, the number with its zeros, the number as it stands there, a number from another column.
func (c *checker) accountCures(r *row) []cure {
	bank := r.bank
	if bank == "" {
		bank = c.curedBank(r)
	}
	bases := accountBases(r.cells[fieldAccount], bank)
	var found []cure
	if paid, ok := c.paidBefore(r); ok && (bank == "" || bank == paid.BankCode) {
		found = append(found, vouched(r.cells[fieldAccount].text, bases, bank, paid)...)
	}
	for _, base := range bases {
		found = append(found, completed(base, bank, c.banks.isWallet(bank))...)
	}
	found = append(found, bases...)
	if len(bases) == 0 {
		for _, elsewhere := range c.accountElsewhere(r) {
			found = append(found, completed(elsewhere, bank, c.banks.isWallet(bank))...)
			found = append(found, elsewhere)
		}
	}
	return found
}

// curedBank is the code of the bank that a bank cell with a finding probably names.
func (c *checker) curedBank(r *row) string {
	for _, f := range []field{fieldBankCode, fieldBank, fieldBankName} {
		if !c.layout.has(f) {
			continue
		}
		for _, cure := range c.bankCures(r, f) {
			if code, fault, _ := c.banks.resolve(cell{text: cure.value}); !fault.found() {
				return code
			}
		}
	}
	return ""
}

// accountBases reads the digits that a cell certainly holds, in every way that makes a number.
func accountBases(value cell, bank string) []cure {
	var found []cure
	add := func(digits, why string) {
		if len(digits) >= minAccountDigits && onlyDigits(digits) && len(found) < maxBases &&
			!slices.ContainsFunc(found, func(c cure) bool { return c.value == digits }) {
			found = append(found, cure{digits, why})
		}
	}
	text := trimBlanks(value.text)
	if value.kind != kindText {
		return numberBases(value)
	}
	if value.formula {
		add(digitsOf(text), "that is what the formula gave when the file was last computed")
		return found
	}
	if turned(value.text).found() {
		return nil
	}
	if looksScientific(text) || trailingZeros(text) {
		add(allDigits(text, 0), "all digits of the number are there")
		return found
	}
	if looksDecimal(text) || looksDate(text) {
		return nil
	}
	plain := plainDigits(text)
	add(digitsOf(plain), "")
	number := onlyNumber(plain, bank)
	add(number.value, number.why)
	add(digitsOf(digitsOfLetters(plain)), "letters stand where digits belong")
	digits, _ := splitAccount(plain)
	add(digits, "the rest is no part of the number")
	return found
}

// numberBases are the readings of a number cell.
func numberBases(value cell) []cure {
	text := trimBlanks(value.text)
	switch {
	case value.kind == kindNumber && value.format == formatDate && len(text) <= maxSerialDigits:
		return nil // what was typed before it became a date is gone
	case value.kind == kindNumber && onlyDigits(text) && value.padTo > len(text):
		shown := strings.Repeat("0", value.padTo-len(text)) + text
		return []cure{{shown, "the cell shows it so"}}
	case value.kind == kindNumber:
		if digits := allDigits(text, maxLostZeros); digits != "" && (len(digits) <= maxExactDigits) {
			why := ""
			if digits != text {
				why = "the cell's value still has all digits"
			}
			return []cure{{digits, why}}
		}
	}
	return nil
}

const (
	// maxSerialDigits: Excel's last day, 31 December 9999, is number 2958465.
	maxSerialDigits = 7
	// maxLostZeros is how many zeros at its end a number cell's value may leave out in scientific notation.
	// More of them are what rounding leaves.
	maxLostZeros = 2
)

// digitsOf takes marks and blanks out; empty when something else is left.
func digitsOf(text string) string {
	digits, fault := accountDigits(strings.TrimPrefix(trimBlanks(text), "+"))
	if fault.found() {
		return ""
	}
	return digits
}

// digitsAmong takes marks and blanks out of a number that stands among other things. What a spreadsheet wrote
// behind its point, 1234567890.0, is none of its digits; of other decimals it is not known.
func digitsAmong(number string) string {
	number = trimBlanks(number)
	whole, decimals, found := strings.Cut(number, ".")
	switch {
	case looksDate(number):
		return ""
	case !found || len(decimals) > 2 || !onlyDigits(decimals): // points that group digits for reading
		return digitsOf(number)
	case strings.Trim(decimals, "0") != "":
		return ""
	}
	return digitsOf(whole)
}

// longNumbers are the numbers in a text that are long enough for an account.
func longNumbers(text string) []string {
	var found []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsDigit(r) && !strings.ContainsRune(".-", r) }) {
		if digits := digitsAmong(part); len(digits) >= minAccountDigits && len(found) < maxBases {
			found = append(found, digits)
		}
	}
	return found
}

// onlyNumber is the one number of a text without letters; of several the one that has the bank's length.
func onlyNumber(text, bank string) cure {
	numbers := longNumbers(text)
	if len(numbers) == 1 && len(numbers[0]) == len(strings.Map(onlyDigit, text)) && !strings.ContainsFunc(text, unicode.IsLetter) {
		return cure{numbers[0], "the rest is no part of the number"}
	}
	known, ok := accountLengths[bank]
	var fits []string
	for _, number := range numbers {
		if ok && len(number) == known.digits {
			fits = append(fits, number)
		}
	}
	if len(numbers) > 1 && len(fits) == 1 {
		return cure{fits[0], fmt.Sprintf("of the numbers in the cell it alone has the %d digits of %s", known.digits, BankName(bank, nil))}
	}
	return cure{}
}

// accountNoise are words beside an account number that are neither bank nor person.
var accountNoise = wordSet(`no nomor norek rek rekening acc account acct ac number a c tabungan bank`)

var accountRun = regexp.MustCompile(`[0-9][0-9 .\-]*[0-9]`)

// splitAccount takes "BCA 123-456-7890" and "No. Rek 1234567890 (Bank Mandiri) a.n. Budi" apart. Both are empty
// unless exactly one number stands there.
func splitAccount(text string) (digits, bank string) {
	runs := accountRun.FindAllStringIndex(text, -1)
	long := runs[:0:0]
	for _, run := range runs {
		if len(strings.Map(onlyDigit, text[run[0]:run[1]])) >= minAccountDigits {
			long = append(long, run)
		}
	}
	if len(long) != 1 || strings.IndexFunc(text, unicode.IsLetter) < 0 {
		return "", ""
	}
	before, after := text[:long[0][0]], text[long[0][1]:]
	if strings.HasSuffix(before, "+") || hugs(before, after) {
		return "", ""
	}
	for _, holder := range []string{"a.n", "A.N", "a/n", "A/N", " an ", " AN ", "atas nama"} {
		after, _, _ = strings.Cut(after, holder)
	}
	var words []string
	for word := range strings.FieldsFuncSeq(before+" "+after, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if !accountNoise[strings.ToLower(word)] {
			words = append(words, word)
		}
	}
	return digitsAmong(text[long[0][0]:long[0][1]]), strings.Join(words, " ")
}

// hugs is true when a letter stands right at the number, where it may be one of its digits.
func hugs(before, after string) bool {
	last, first := []rune(before), []rune(after)
	return len(last) > 0 && unicode.IsLetter(last[len(last)-1]) || len(first) > 0 && unicode.IsLetter(first[0])
}

// completed proposes a number with the zeros or the prefix that it has lost.
func completed(base cure, bank string, wallet bool) []cure {
	digits := base.value
	because := func(why string) string {
		if base.why != "" {
			why = base.why + ", and " + why
		}
		return why
	}
	if wallet {
		switch {
		case strings.HasPrefix(digits, "62") && len(digits) >= 10:
			return []cure{{"0" + digits[2:], because("62 is the country's prefix, which stands for the 0")}}
		case digits[0] == '8' && len(digits) >= 9 && len(digits) <= 12:
			return []cure{{"0" + digits, because("mobile numbers begin with 08: the 0 in front was probably lost")}}
		}
		return nil
	}
	known, ok := accountLengths[bank]
	short := known.digits - len(digits)
	if !ok || short <= 0 || short > known.zeros {
		return nil
	}
	why := fmt.Sprintf("accounts of %s have %d digits, so %s probably lost", BankName(bank, nil), known.digits, zerosWord(short))
	if base.why == "" {
		why = "" // the finding says so itself
	} else {
		why = because(why)
	}
	return []cure{{strings.Repeat("0", short) + digits, why}}
}

func zerosWord(n int) string {
	if n == 1 {
		return "a zero in front was"
	}
	return fmt.Sprintf("%d zeros in front were", n)
}

// vouched proposes the account of the last payment when what is left in the cell agrees with it.
func vouched(text string, bases []cure, bank string, paid PaidBefore) []cure {
	account := paid.AccountNumber
	tell := func(what string) []cure {
		return []cure{{account, fmt.Sprintf("last time, in batch %s, this employee was paid to %s%s", paid.Batch, account, what)}}
	}
	held := longNumbers(plainDigits(text))
	for _, base := range bases {
		held = append(held, base.value)
	}
	for _, digits := range held {
		switch {
		case digits == account:
			return tell("")
		case strings.TrimLeft(digits, "0") == strings.TrimLeft(account, "0"):
			return tell(", which is the same but for the zeros in front")
		case len(digits) == len(account) && len(digits) > maxExactDigits && digits[:maxExactDigits] == account[:maxExactDigits] && strings.Trim(digits[maxExactDigits:], "0") == "":
			return tell(fmt.Sprintf(", which has the same first %d digits, and a spreadsheet replaces those behind by zeros", maxExactDigits))
		case oddLength(digits, bank) && edlib.OSADamerauLevenshteinDistance(digits, account) == 1:
			return tell(", from which it differs by one digit")
		}
	}
	if roundsTo(account, text) {
		return tell(", which is the same as far as its digits are to be seen")
	}
	return nil
}

func oddLength(digits, bank string) bool {
	known, ok := accountLengths[bank]
	return ok && len(digits) != known.digits
}

// accountElsewhere looks for the number in the columns beside, when the account's cell holds none.
func (c *checker) accountElsewhere(r *row) []cure {
	var found []cure
	for _, f := range []field{fieldBank, fieldBankCode, fieldBankName} {
		if digits, bank := splitAccount(plainDigits(r.cells[f].text)); digits != "" && bank != "" {
			found = append(found, cure{digits, "the bank's column holds both, bank and account"})
		}
	}
	if !r.cells[fieldAccount].blank() {
		found = append(found, r.swapped(fieldAccount, fieldBank, fieldBankCode, fieldBankName, fieldName)...)
	}
	return found
}
