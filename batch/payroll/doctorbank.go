package payroll

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hbollon/go-edlib"
)

// bankCures lists what a bank's cell may have meant.
func (c *checker) bankCures(r *row, f field) []cure {
	text := trimBlanks(r.cells[f].text)
	var found []cure
	add := func(name, why string) {
		if code, fault, _ := c.banks.resolve(cell{text: name}); !fault.found() {
			found = append(found, cure{c.bankName(code, f), why})
		}
	}
	if text != "" {
		add(latin(text), "")
		if trailingZeros(text) {
			add(allDigits(text, 0), "a spreadsheet has made a number of it")
		}
		add(digitsOfLetters(plainDigits(text)), "letters stand where digits belong")
		_, bank := splitAccount(plainDigits(text))
		add(bank, "the rest is an account number")
		add(withoutBranch(text), "the rest names a branch")
	}
	_, bank := splitAccount(plainDigits(r.cells[fieldAccount].text))
	add(bank, "the account's column holds both, bank and account")
	if len(strings.Map(onlyDigit, text)) >= minAccountDigits {
		for _, other := range r.swapped(f, fieldAccount) {
			add(other.value, other.why)
		}
	}
	found = append(found, c.lastBank(r, f)...)
	add(c.banks.near(text), "no other bank has a name so near")
	return found
}

// bankName is how a bank is written in a column.
func (c *checker) bankName(code string, f field) string {
	if name := c.banks.name(code); f != fieldBankCode && name != "" {
		return name
	}
	return code
}

// lastBank proposes the bank of the last payment where the cell names it among others.
func (c *checker) lastBank(r *row, f field) []cure {
	paid, ok := c.paidBefore(r)
	word := latin(r.cells[f].text)
	if !ok || !slices.Contains(c.banks.book.byName[bankKey(word)], paid.BankCode) {
		return nil
	}
	return []cure{{paid.BankCode, fmt.Sprintf("last time, in batch %s, this employee was paid at %s (%s)", paid.Batch, c.bankWord(paid.BankCode), paid.BankCode)}}
}

// branchWords begin the name of a branch behind that of a bank.
var branchWords = wordSet(`kc kcp kcu kk kantor cab cabang capem unit branch`)

// withoutBranch is what stands in front of a branch: BCA of "BCA KCP Sudirman".
func withoutBranch(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		if i > 0 && branchWords[strings.ToLower(strings.Trim(word, ".,-()"))] {
			return strings.TrimRight(strings.Join(words[:i], " "), " ,-(/")
		}
	}
	return ""
}

// minNearName is how many letters a bank's name must have to be recognised with one of them wrong: BCA, BNI, BRI and
// BSI are one letter apart.
const minNearName = 5

// near is the code of the only bank whose name differs by one letter; empty when there is none or are several.
func (b *bankResolver) near(text string) string {
	if code, ok := b.nearby[text]; ok {
		return code
	}
	code, key := "", bankKey(latin(text))
	if length := utf8.RuneCountInString(key); length >= minNearName && length <= maxShort {
		code = b.book.nearest(key)
	}
	if b.nearby == nil {
		b.nearby = map[string]string{}
	}
	if len(b.nearby) < maxKnownBanks && len(text) < maxShort {
		b.nearby[strings.Clone(text)] = code
	}
	return code
}

func (b *bankBook) nearest(key string) string {
	found := ""
	for name, codes := range b.byName {
		if len(name) < minNearName || edlib.OSADamerauLevenshteinDistance(key, name) > 1 {
			continue
		}
		for _, code := range codes {
			if found != "" && found != code {
				return ""
			}
			found = code
		}
	}
	return found
}
