package batch

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// accountName is the name of an account: mostly one person, sometimes two, with a word between
// that says how the account is theirs.
type accountName struct {
	holders []personName
	link    holderLink // between two holders; the strictest when there are more
}

// holderLink is how two holders of one account stand to each other, from the loosest to the strictest.
type holderLink uint8

const (
	linkNone   holderLink = iota
	linkAlias             // two names of one person
	linkEither            // each alone may draw
	linkBoth              // only together
	linkFor               // one holds it for the other: qualitate qua
)

var linkWords = map[string]holderLink{
	"alias": linkAlias, "als": linkAlias, "aka": linkAlias, "d/h": linkAlias,
	"atau": linkEither, "or": linkEither,
	"dan": linkBoth, "and": linkBoth, "&": linkBoth,
	"qq": linkFor, "q/q": linkFor,
}

// maxHolders bounds the comparison of two accounts, which tries every holder with every other.
const maxHolders = 4

// parseAccount takes the name of an account apart.
func parseAccount(raw, side string) accountName {
	runes := []rune(strings.TrimSpace(raw[:min(len(raw), maxNameRunes*utf8.UTFMax)]))
	runes = runes[:min(len(runes), maxNameRunes)]
	text := string(runes)
	pieces := inNameOf(splitName(text))
	var account accountName
	begin := 0
	for i := 1; i < len(pieces) && len(account.holders) < maxHolders-1; i++ {
		link, next := linkAt(pieces, i)
		if link == linkNone || !namesSomebody(pieces[begin:i]) || !namesSomebody(pieces[next:]) {
			continue
		}
		account.link = max(account.link, link)
		account.holders = append(account.holders, parsePerson(pieces[begin:i], side))
		begin, i = next, next
	}
	last := parsePerson(pieces[begin:], side)
	// Only the end of the whole can have been cut off.
	last.length = len(runes)
	if last.generation == "" && last.company == "" {
		last.generation = numberAtEnd(text)
	}
	account.holders = append(account.holders, last)
	return account
}

// inNameOf drops "in the name of", which some banks print before the holder.
func inNameOf(pieces []namePiece) []namePiece {
	switch {
	case len(pieces) > 1 && pieces[0].text == "a/n":
		return pieces[1:]
	case len(pieces) > 2 && pieces[0].text == "atas" && pieces[1].text == "nama":
		return pieces[2:]
	}
	return pieces
}

// linkAt reports whether piece i links two holders, and where the next one begins.
func linkAt(pieces []namePiece, i int) (link holderLink, next int) {
	p := pieces[i]
	switch {
	case linkWords[p.text] != linkNone:
		return linkWords[p.text], i + 1
	case p.text == "q" && i+1 < len(pieces) && pieces[i+1].text == "q":
		return linkFor, i + 2
	case p.afterSlash:
		return linkEither, i
	case p.inBrackets && i+1 < len(pieces):
		return linkAlias, i // Tan Kim Lan (Linda Tanuwijaya); a single word in brackets is a word more
	}
	return linkNone, i
}

// namesSomebody reports whether the pieces are more than titles and initials.
func namesSomebody(pieces []namePiece) bool {
	return slices.ContainsFunc(pieces, func(p namePiece) bool {
		return len(p.text) > 1 && !titlesBefore[p.text] && !titlesAfter[p.text] && linkWords[p.text] == linkNone
	})
}

// numberAtEnd returns the single digit, 2 to 9, that ends a name and tells two people of one name
// apart. The digit 1 and longer numbers are somebody's bookkeeping.
func numberAtEnd(name string) string {
	name = strings.TrimRight(name, " .)")
	n := len(name)
	if n < 2 || name[n-1] < '2' || name[n-1] > '9' || name[n-2] != ' ' && name[n-2] != '(' {
		return ""
	}
	return name[n-1:]
}

// generations are the words behind a name that tell a father from his son.
var generations = map[string]string{"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "2", "iii": "3", "iv": "4"}

// takeGeneration takes such a word off the end; a name is always left.
func takeGeneration(pieces []namePiece) (rest []namePiece, generation string) {
	last := len(pieces) - 1
	if last < 1 || generations[pieces[last].text] == "" || !namesSomebody(pieces[:last]) {
		return pieces, ""
	}
	return pieces[:last], generations[pieces[last].text]
}

// bankWords are what banks print behind a holder's name: the kind of the account and its currency.
var bankWords = wordSet(`tab tabungan tahapan giro payroll idr rp rek rekening sav saving savings`)

// takeBankWords takes such words off the end; a name is always left.
func takeBankWords(pieces []namePiece) []namePiece {
	for len(pieces) > 1 && bankWords[pieces[len(pieces)-1].text] && namesSomebody(pieces[:len(pieces)-1]) {
		pieces = pieces[:len(pieces)-1]
	}
	return pieces
}

// companyForms are legal forms, before or behind a company's name; offices are words that only
// begin the name of what is no person.
var (
	companyForms = wordSet(`pt cv ud tbk ltd`)
	offices      = wordSet(`toko warung koperasi kop yayasan firma persero perum perumda bumdes bendahara panitia masjid
		gereja sekolah klinik apotek dinas kantor bank kas paguyuban perkumpulan`)
)

// heirs own what a dead person left, until it is shared out.
const heirs = "ahli waris"

// takeCompany takes the form off a company's name, and says which it is. Heirs ("ahli waris") are
// no person either.
func takeCompany(pieces []namePiece) (rest []namePiece, form string) {
	if len(pieces) > 2 && pieces[0].text == "ahli" && pieces[1].text == "waris" {
		return pieces[2:], heirs
	}
	if len(pieces) > 1 && (companyForms[pieces[0].text] || offices[pieces[0].text]) {
		form, pieces = pieces[0].text, pieces[1:]
	}
	for len(pieces) > 1 {
		last := pieces[len(pieces)-1]
		switch {
		case form == "" && companyForms[last.text] && (len(pieces) > 2 || last.afterComma):
			form = last.text
		case form == "" || last.text != "tbk" && last.text != "persero":
			return pieces, form
		}
		if form == "tbk" {
			form = "pt" // only a PT is listed
		}
		pieces = pieces[:len(pieces)-1]
	}
	return pieces, form
}
