package payroll

import (
	"fmt"
	"strings"

	"gajian/ledger"
)

// idCures lists what an employee id may have been.
func idCures(r *row) []cure {
	value := r.cells[fieldEmployeeID]
	text := trimBlanks(value.text)
	switch {
	case value.kind == kindNumber && value.format == formatDate && len(text) <= maxSerialDigits || value.kind == kindDate || turned(value.text).found():
		return nil
	case value.formula && value.kind == kindText:
		return []cure{{text, "that is what the formula gave when the file was last computed"}}
	case value.kind == kindNumber && onlyDigits(text) && value.padTo > len(text):
		return numberBases(value)
	case value.kind == kindNumber:
		return []cure{{allDigits(text, maxLostZeros), "the cell's value still has all digits"}}
	}
	var found []cure
	if looksScientific(text) || trailingZeros(text) {
		found = append(found, cure{allDigits(text, 0), "all digits of the number are there"})
	}
	clean, fault, _ := cleanText(text)
	if !fault.found() {
		found = append(found, cure{value: bareID(clean)})
	}
	if isNumbered(r.cells[fieldName].text) {
		found = append(found, r.swapped(fieldEmployeeID, fieldName)...)
	}
	return found
}

// amountCures lists what an amount may have been. Its value is always in plain digits.
func (c *checker) amountCures(r *row) []cure {
	value := r.cells[fieldAmount]
	if value.kind != kindText || value.formula || turned(value.text).found() {
		return nil
	}
	var found []cure
	try := func(text, why string) {
		amount, err := ParseAmount(text, c.options.NumberFormat)
		if text != "" && err == nil && amount > 0 && amount%ledger.Rupiah == 0 {
			found = append(found, cure{fmt.Sprint(int64(amount / ledger.Rupiah)), why})
		}
	}
	text := plainDigits(trimBlanks(value.text))
	try(text, "")
	bare := withoutWords(text)
	try(bare, "the rest is no part of the amount")
	zeros := lettersForZeros.Replace(bare)
	if zeros != bare && isNumbered(zeros) {
		try(zeros, "letters stand where digits belong")
	}
	if looksScientific(text) {
		try(allDigits(text, 0), "all digits of the number are there")
	}
	found = append(found, c.lastAmount(r, text)...)
	return append(found, thousands(zeros)...)
}

// lettersForZeros reads the letters that are typed for the digits of an amount. Others may mean something there: 25B.
var lettersForZeros = strings.NewReplacer("O", "0", "o", "0", "О", "0", "о", "0", "l", "1", "I", "1", "|", "1")

// amountWords stand around amounts without a meaning.
const amountWords = " \u00a0\t:;=*/"

// withoutWords takes the currency and what people write around it off, as often as it stands there.
func withoutWords(text string) string {
	for {
		before := text
		text = trimCurrency(strings.Trim(text, amountWords))
		lower := strings.ToLower(text)
		for _, end := range []string{"rupiah", "rp", "rp.", "/bulan", "per bulan"} {
			if len(lower) == len(text) && strings.HasSuffix(lower, end) {
				text = text[:len(text)-len(end)]
				break
			}
		}
		if text == before {
			return text
		}
	}
}

// lastAmount proposes the last amount where the cell has its first digits.
func (c *checker) lastAmount(r *row, text string) []cure {
	paid, ok := c.paidBefore(r)
	whole := fmt.Sprint(int64(paid.Amount / ledger.Rupiah))
	if !ok || !looksScientific(text) || !roundsTo(whole, text) {
		return nil
	}
	return []cure{{whole, fmt.Sprintf("last time, in batch %s, this employee was paid %s, which is the same as far as its digits are to be seen", paid.Batch, paid.Amount.Grouped())}}
}

// minLikely is the least amount, in rupiah, for which a mark before three digits is taken for one of thousands: the
// other reading is then some rupiah, which nobody is paid.
const minLikely = 10_000

// thousands proposes the larger reading of 450.000.
func thousands(text string) []cure {
	for _, mark := range []string{".", ","} {
		digits, ok := ungroup(text, mark)
		whole, _, marked := strings.Cut(text, mark)
		if ok && marked && len(digits) <= maxPlainAmount && len(digits) >= len(fmt.Sprint(minLikely)) {
			return []cure{{digits, fmt.Sprintf("the other reading, %s rupiah and a fraction, would be no wage", whole)}}
		}
	}
	return nil
}
