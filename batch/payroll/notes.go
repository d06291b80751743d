package payroll

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// notes are the rows that may be a sign-off or a remark below the last line: "Jakarta, 25 November 2026",
// "Disetujui oleh", "Direktur". That no line follows is known at the end only. A row that a line follows is a
// line itself, one that lacks nearly everything.
type notes struct{ rows []*row }

// maxNotes bounds the rows that are kept until the end; a sign-off has about ten. Further ones are lines.
const maxNotes = 100

// note keeps a row that may be a note, and returns false for one that is a line.
func (c *checker) note(r *row) bool {
	if len(c.notes.rows) == maxNotes || c.totals.lines == 0 || !r.mayBeNote(c.banks) {
		return false
	}
	// A word alone right below a line, without a gap, may be what a cut has left of a line, and a name there
	// a person of whom the rest is missing.
	gap := len(c.notes.rows) > 0 || r.line > c.lastLine+1
	if !gap && (!r.cells[fieldName].blank() || len(strings.Fields(r.said())) < 2) {
		return false
	}
	c.notes.rows = append(c.notes.rows, r)
	return true
}

// endNotes takes the rows as lines after all, because a line follows.
func (c *checker) endNotes() error {
	rows := c.notes.rows
	c.notes.rows = nil
	for _, r := range rows {
		if err := c.line(r); err != nil {
			return err
		}
	}
	return nil
}

// finishNotes skips the rows with a warning. A note that says that somebody is not to be paid, or that the
// amounts are no rupiah, is not skipped.
func (c *checker) finishNotes() {
	for _, r := range c.notes.rows {
		said := r.said()
		switch word, other := stopWord(said), titleUnit(said).note("the note"); {
		case other.found():
			c.noted(&c.problems, r, other)
		case word != "":
			c.noted(&c.problems, r, note{fmt.Sprintf("a note below the lines says %s", word), "delete the lines that must not be paid, and the note"})
		default:
			c.noted(&c.warnings, r, note{"the row below the last line is no line; it is skipped", "nothing, if nobody is to be paid by it"})
		}
	}
}

func (c *checker) noted(list *problemList, r *row, n note) {
	list.add(Problem{Line: r.line, Value: r.said(), Reason: n.reason, Remedy: n.remedy})
}

// said is all the text of a row.
func (r *row) said() string {
	var words []string
	for _, c := range r.cells {
		words = append(words, c.text)
	}
	return strings.Join(strings.Fields(strings.Join(append(append(words, r.extra...), r.other), " ")), " ")
}

// mayBeNote is true for a row of one or two cells, all of them words, that cannot be a person: a name
// stands alone, an id is more than an id, and neither bank nor account nor amount is given in any form.
func (r *row) mayBeNote(banks *bankResolver) bool {
	filled := 0
	for f := range r.cells {
		c := r.cells[f]
		if c.blank() {
			continue
		}
		if filled++; c.formula || c.missing || c.kind != kindText || !r.words(field(f), banks) {
			return false
		}
	}
	for _, text := range append(slices.Clone(r.extra), r.other) {
		if trimBlanks(text) == "" {
			continue
		}
		if filled++; !strings.ContainsFunc(text, unicode.IsLetter) {
			return false
		}
	}
	return filled > 0 && filled <= 2 && (filled == 1 || r.cells[fieldName].blank())
}

// words is true for a cell whose text is none of what its column is for.
func (r *row) words(f field, banks *bankResolver) bool {
	text := r.cells[f].text
	digits := strings.ContainsFunc(text, unicode.IsDigit)
	if !strings.ContainsFunc(text, unicode.IsLetter) || strings.HasPrefix(trimBlanks(text), "#") {
		return false
	}
	switch f {
	case fieldEmployeeID:
		return !digits || len(strings.Fields(text)) >= 3
	case fieldName:
		return !digits
	case fieldAccount, fieldAmount:
		return (!digits || namesMonth(text)) && (r.cells[fieldAccount].blank() || r.cells[fieldAmount].blank())
	case fieldBank, fieldBankCode, fieldBankName:
		_, unknown, _ := banks.resolve(r.cells[f])
		return (!digits || namesMonth(text)) && unknown.found()
	case fieldPhone, fieldEmail, fieldRetryOf:
		return false
	}
	return true
}

var months = wordSet(`januari februari maret april mei juni juli agustus september oktober november desember
	january february march may june july august october december jan feb mar apr jun jul agu agt aug sep sept okt oct nov des dec`)

// namesMonth is true for the text of a date, whose digits are no account and no amount.
func namesMonth(text string) bool {
	words := unitWords(text)
	return slices.ContainsFunc(words, func(word string) bool { return months[word] }) &&
		!slices.ContainsFunc(words, func(word string) bool { return onlyDigits(word) && len(word) > len("2026") })
}

// stopWords say that somebody is not to be paid.
var stopWords = wordSet(`batal dibatalkan batalkan pembatalan cancel canceled cancelled hold ditahan tahan onhold ditunda tunda stop stopped
	dihentikan resign resigned mengundurkan phk terminated nonaktif inactive void jangan hapus delete skip tidakdibayar unpaid`)

// stopWord returns the word with which a text says so, or nothing.
func stopWord(text string) string {
	words := unitWords(text)
	for i, word := range words {
		if stopWords[word] || (word == "tidak" || word == "not" || word == "don" || word == "non") && i+1 < len(words) && notWords[words[i+1]] {
			return strings.ToUpper(word)
		}
	}
	return ""
}

// notWords are what follows a no: "tidak dibayar", "do not pay", "non aktif".
var notWords = wordSet(`dibayar bayar aktif active pay paid t`)

// warnStopped warns of a line whose status or remark says that it is not to be paid. It is a person's to decide.
func (c *checker) warnStopped(r *row) {
	warn := func(header, text string, column int) {
		if word := c.stopWord(text); word != "" {
			c.warnings.add(Problem{Line: r.line, Cell: c.cell(r.line, column), at: column + 1, Column: header, Value: text,
				Reason: fmt.Sprintf("the line says %s, and is paid like the others", word), Remedy: "delete the line if it must not be paid"})
		}
	}
	if text := r.cells[fieldRemark].text; text != "" {
		warn(fieldNames[fieldRemark], text, c.layout.fields[fieldRemark])
	}
	for _, n := range c.layout.statuses {
		if n < len(r.extra) && r.extra[n] != "" {
			i := c.layout.extras[n]
			warn(c.layout.headers[i], r.extra[n], i)
		}
	}
	if strings.HasPrefix(trimBlanks(r.cells[fieldEmployeeID].text), "#") {
		c.warn(r, fieldEmployeeID, note{"the employee id begins with #, as a line that is commented out does; the line is paid like the others",
			"delete the line if it must not be paid, or the #"})
	}
}

// maxKnownStops bounds the texts whose stop word is remembered: a file says "Gaji November" in many lines.
const maxKnownStops = 4096

func (c *checker) stopWord(text string) string {
	if word, ok := c.stops[text]; ok {
		return word
	}
	word := stopWord(text)
	if c.stops == nil {
		c.stops = map[string]string{}
	}
	if len(c.stops) < maxKnownStops && len(text) <= maxShort {
		c.stops[strings.Clone(text)] = word
	}
	return word
}

var statusWords = wordSet(`status state ket keterangan catatan note notes remark remarks info aktif active hold aksi action bayar pay`)

// isStatus is true for the header of a column that tells something about the line.
func isStatus(header string) bool {
	return slices.ContainsFunc(unitWords(header), func(word string) bool { return statusWords[word] })
}

// currencyHeaders are the columns that name the amount's currency, as headerKey makes them.
var currencyHeaders = wordSet(`currency currencycode ccy curr cur matauang kodematauang valuta valas`)

// currency refuses a line whose amount is in another currency.
func (c *checker) currency(r *row) {
	for _, n := range c.layout.currencies {
		if i := c.layout.extras[n]; n < len(r.extra) && unitOf(r.extra[n]) != unitRupiah {
			c.problems.add(Problem{Line: r.line, Cell: c.cell(r.line, i), at: i + 1, Column: c.layout.headers[i], Value: r.extra[n],
				Reason: "the amount is in another currency than rupiah", Remedy: "write the amount in rupiah"})
		}
	}
}
