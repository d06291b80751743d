package payroll

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"
	"sync"
	"unicode"
)

// Bank is one row of the bank table.
type Bank struct {
	Code      string // "014"; a word for a wallet
	Name      string
	ShortName string
	BIC       string // empty for a wallet
	Primary   bool   // the first row of its code; sharia units share the code of their bank
	Wallet    bool   // a pseudo bank of the provider: the account is a phone number
}

// bankTable is Bank Indonesia's "Tabel Sandi Bank" of 1 November 2024, as parsed by
// github.com/mhdfrhan/list-bank-indonesia (public/api/banks.json, commit 99d2697).
//
//go:embed bank-codes.csv
var bankTable string

// wallets are the pseudo banks that Kirim DOKU adds to the table, from DOKU's legacy Kirim DOKU
// page (https://www.doku.com/API/kirimdoku/index.html, list of beneficiary banks).
var wallets = []Bank{
	{Code: "899", Name: "DOKU", ShortName: "DOKU", Primary: true, Wallet: true},
	{Code: "911", Name: "LINKAJA", ShortName: "LINKAJA", Primary: true, Wallet: true},
	{Code: "DANA", Name: "DANA", ShortName: "DANA", Primary: true, Wallet: true},
	{Code: "GOPAY", Name: "GOPAY", ShortName: "GOPAY", Primary: true, Wallet: true},
	{Code: "OVO", Name: "OVO", ShortName: "OVO", Primary: true, Wallet: true},
	{Code: "SHOPEEPAY", Name: "SHOPEEPAY", ShortName: "SHOPEEPAY", Primary: true, Wallet: true},
}

// centralBank is the code of Bank Indonesia itself, where nobody has a salary account.
const centralBank = "001"

var allBanks = sync.OnceValue(func() []Bank {
	rows, err := csv.NewReader(strings.NewReader(bankTable)).ReadAll()
	if err != nil {
		panic("payroll: the embedded bank table: " + err.Error())
	}
	var banks []Bank
	for _, row := range rows[1:] {
		banks = append(banks, Bank{Code: row[0], Name: row[1], ShortName: row[2], BIC: row[3], Primary: row[4] == "1"})
	}
	return append(banks, wallets...)
})

// Banks returns the bank table in the order of its codes, wallets last.
func Banks() []Bank { return append([]Bank(nil), allBanks()...) }

// BankName returns the short name that people use for a bank code ("BCA"), from extra
// (code to name, from the configuration) or the table; empty for a code in neither.
func BankName(code string, extra map[string]string) string {
	if name, ok := extra[code]; ok {
		return name
	}
	return tableBooks().shortNames[code]
}

// bankBook finds codes by code and by name.
type bankBook struct {
	shortNames map[string]string
	byName     map[string][]string // normalised name to codes, each once
}

var tableBooks = sync.OnceValue(func() *bankBook { return newBankBook(nil) })

func newBankBook(extra map[string]string) *bankBook {
	b := &bankBook{shortNames: map[string]string{}, byName: map[string][]string{}}
	for _, bank := range allBanks() {
		b.add(bank.Code, bank.Name)
		b.add(bank.Code, bank.ShortName)
		b.add(bank.Code, bank.BIC)
		if bank.Primary {
			b.shortNames[bank.Code] = bank.ShortName
		}
	}
	for code, names := range bankAliases {
		for _, name := range names {
			b.add(code, name)
		}
	}
	for code, name := range extra {
		b.shortNames[code] = name
		b.add(code, name)
	}
	return b
}

func (b *bankBook) add(code, name string) {
	key := bankKey(name)
	if key == "" {
		return
	}
	for _, known := range b.byName[key] {
		if known == code {
			return
		}
	}
	b.byName[key] = append(b.byName[key], code)
}

// resolve finds the code that a cell of a bank column means. The warning tells of a repair that is
// certain.
func (b *bankBook) resolve(text string) (code string, fault, warning note) {
	word := strings.ToUpper(strings.TrimLeft(trimBlanks(text), "'’`"))
	if word == "" {
		return "", note{"the bank is empty", "write the bank's code, like 014, or its name, like BCA"}, note{}
	}
	if codes := b.byName[bankKey(word)]; len(codes) > 0 && b.shortNames[word] == "" {
		return b.choose(codes)
	}
	if digits, rest := splitCode(word); digits != "" && strings.ContainsFunc(rest, unicode.IsLetter) && !looksScientific(word) {
		return b.resolveBoth(digits, rest)
	}
	return b.resolveCode(word)
}

// choose takes the only code of a name and refuses to choose among several.
func (b *bankBook) choose(codes []string) (string, note, note) {
	if len(codes) > 1 {
		return "", note{"the name fits several banks: " + b.list(codes), "write the bank's code"}, note{}
	}
	return b.allowed(codes[0])
}

// resolveCode reads a bare code.
func (b *bankBook) resolveCode(word string) (string, note, note) {
	if b.shortNames[word] != "" {
		return b.allowed(word)
	}
	if padded := "000"[:max(0, 3-len(word))] + word; onlyDigits(word) && len(word) < 3 && b.shortNames[padded] != "" {
		code, fault, _ := b.allowed(padded)
		return code, fault, note{fmt.Sprintf("the bank code lost its zero in front; %s (%s) is taken", padded, b.shortNames[padded]),
			"format the column as text and write " + padded}
	}
	if why, gone := formerBanks[bankKey(word)]; gone {
		return "", note{why, "ask the employee for the new account number, and write the bank's code"}, note{}
	}
	if looksScientific(word) {
		return "", note{"the bank code is in scientific notation", "format the column as text and write the code again"}, note{}
	}
	return "", note{"this bank is not in the bank table", "see `gajian banks` for codes and names, or add the code to extra_banks in the configuration"}, note{}
}

// resolveBoth reads "014 BCA", "BCA (014)" and the like: code and name must agree.
func (b *bankBook) resolveBoth(digits, rest string) (string, note, note) {
	code, fault, warning := b.resolveCode(digits)
	if fault.found() {
		return "", fault, note{}
	}
	named, fault, _ := b.resolve(rest)
	if fault.found() {
		return "", fault, note{}
	}
	if named != code {
		return "", disagree(code, b.shortNames[code], named, b.shortNames[named]), note{}
	}
	return code, note{}, warning
}

func disagree(code, name, otherCode, otherName string) note {
	return note{fmt.Sprintf("bank code and bank name disagree: %s is %s, but the name says %s (%s)", code, name, otherName, otherCode),
		"correct the one that is wrong"}
}

func (b *bankBook) allowed(code string) (string, note, note) {
	if code == centralBank {
		return "", note{"001 is Bank Indonesia, the central bank, where nobody has a salary account",
			"write the code of the employee's bank"}, note{}
	}
	return code, note{}, note{}
}

func (b *bankBook) list(codes []string) string {
	var names []string
	for _, code := range codes {
		names = append(names, code+" "+b.shortNames[code])
	}
	return strings.Join(names, ", ")
}

// splitCode takes digits off the front or the end of a word that also holds a name.
func splitCode(word string) (digits, rest string) {
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
	const between = " -–—()[]:/.,"
	rest = strings.TrimLeftFunc(word, isDigit)
	if digits = word[:len(word)-len(rest)]; digits != "" {
		return digits, strings.Trim(rest, between)
	}
	word = strings.TrimRight(word, ")] ")
	rest = strings.TrimRightFunc(word, isDigit)
	digits = word[len(rest):]
	return digits, strings.Trim(rest, between)
}

// bankNoise are words that say nothing about which bank it is.
var bankNoise = map[string]bool{"PT": true, "BANK": true, "TBK": true, "PERSERO": true, "THE": true}

// bankKey is a bank's name as it is compared: upper case letters and digits without the words that
// every bank has. Letters of all scripts count, so that BCA with a word in another script behind it is
// not taken for BCA.
func bankKey(name string) string {
	words := strings.FieldsFunc(strings.ToUpper(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	var b strings.Builder
	for _, word := range words {
		if !bankNoise[word] {
			b.WriteString(word)
		}
	}
	return b.String()
}
