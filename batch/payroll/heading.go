package payroll

import (
	"fmt"
	"strings"
	"unicode"
)

// headingWords begin the row that stands above the employees of a department or a place: "Divisi: Produksi".
var headingWords = wordSet(`divisi division departemen department dept dep bagian unit cabang branch lokasi location area seksi section sie tim team
	grup group golongan kelompok regu proyek project site toko store outlet wilayah region kantor pabrik plant gudang shift kategori category`)

// heading passes over a row that has nothing but the name of a department, with a warning; nobody can be paid by it.
func (c *checker) heading(r *row) bool {
	said, ok := r.only()
	if !ok || !headingWords[firstWord(said)] || len(strings.Fields(said)) < 2 {
		return false
	}
	if n := titleUnit(said).note("the heading"); n.found() {
		c.noted(&c.problems, r, n)
		return true
	}
	if word := stopWord(said); word != "" {
		c.noted(&c.problems, r, note{fmt.Sprintf("a heading between the lines says %s", word), "delete the lines that must not be paid, and the heading"})
		return true
	}
	c.noted(&c.warnings, r, note{"the row is the heading of a group; it is skipped", "nothing, if nobody is to be paid by it"})
	return true
}

// only returns the text of the row's one cell that has something in it, if that is words.
func (r *row) only() (text string, ok bool) {
	filled := 0
	see := func(said string) {
		if trimBlanks(said) != "" {
			filled, text = filled+1, trimBlanks(said)
		}
	}
	for f := range r.cells {
		if r.cells[f].missing || r.cells[f].kind != kindText {
			return "", false
		}
		see(r.cells[f].text)
	}
	for _, said := range r.extra {
		see(said)
	}
	see(r.other)
	return text, filled == 1 && strings.ContainsFunc(text, unicode.IsLetter)
}

func firstWord(text string) string {
	if words := unitWords(text); len(words) > 0 {
		return words[0]
	}
	return ""
}
