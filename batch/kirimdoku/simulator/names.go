package simulator

import (
	"slices"
	"strings"
)

// holderLength is how many letters of a holder's name the simulated banks keep: core banking
// systems print names in a fixed column, commonly of about this width.
const holderLength = 30

// Titles that people write and banks leave out, without their dots.
var (
	titlesBefore = []string{"H", "HJ", "DR", "DRS", "DRA", "DRG", "DRH", "IR", "PROF", "KH", "BPK", "IBU", "SDR", "SDRI"}
	titlesAfter  = []string{"SE", "SH", "ST", "SPD", "SPDI", "SKOM", "SAG", "SSOS", "SSI", "SKM", "SKEP", "NERS", "SFARM",
		"APT", "SIKOM", "SPSI", "STP", "SP", "SPT", "SIP", "SKED", "AK", "CA", "CPA", "MM", "MT", "MSI", "MKOM", "MPD",
		"MH", "MSC", "MBA", "MA", "MENG", "MKES", "PHD", "AMD", "AMDKEP"}
)

// BankName writes a person's name as Indonesian banks print the holder of an account: upper case,
// without religious and academic titles, cut to 30 letters.
func BankName(name string) string {
	beforeComma, _, _ := strings.Cut(strings.ToUpper(name), ",")
	words := strings.Fields(beforeComma)
	for len(words) > 1 && isTitle(words[0], titlesBefore) {
		words = words[1:]
	}
	for len(words) > 1 && isTitle(words[len(words)-1], titlesAfter) {
		words = words[:len(words)-1]
	}
	letters := []rune(strings.Join(words, " "))
	return strings.TrimSpace(string(letters[:min(len(letters), holderLength)]))
}

func isTitle(word string, titles []string) bool {
	return slices.Contains(titles, strings.ReplaceAll(word, ".", ""))
}

// bankNames are the names that the simulator gives the banks most payrolls pay to.
var bankNames = map[string]string{
	"002": "Bank Rakyat Indonesia BRI",
	"008": "Bank Mandiri",
	"009": "Bank Negara Indonesia BNI",
	"011": "Bank Danamon",
	"013": "Bank Permata",
	"014": "Bank Central Asia BCA",
	"022": "Bank CIMB Niaga",
	"200": "Bank Tabungan Negara BTN",
	"451": "Bank Syariah Indonesia BSI",
}

func bankName(code string) string {
	if name, found := bankNames[code]; found {
		return name
	}
	return "Bank " + code
}
