package payroll

import (
	"fmt"
	"strings"

	"gajian/ledger"
)

// totals adds the amounts up and compares them with the total rows of the file.
type totals struct {
	lines   int
	sum     ledger.Sen // of all lines so far
	group   ledger.Sen // of the lines since the last total row
	unknown bool       // an amount could not be read, so no sum can be compared
	closed  bool       // a grand total was seen: below it stands no line
}

// add counts one amount. It returns false when the sum does not fit, which no payroll reaches.
func (t *totals) add(amount ledger.Sen) bool {
	sum, ok := t.sum.Plus(amount)
	if !ok {
		t.unknown = true
		return false
	}
	t.sum = sum
	t.group += amount // at most sum
	return true
}

// totalKind is what a label says.
type totalKind int

const (
	noTotal    totalKind = iota
	groupTotal           // SUBTOTAL, TOTAL with the name of a group
	grandTotal
)

// grandWords may follow TOTAL or JUMLAH without making a group of it.
var grandWords = wordSet(`gaji bersih netto nett net pembayaran transfer dibayar dibayarkan bayar keseluruhan seluruhnya semua
	all overall payroll salary salaries amount umum akhir rupiah rp idr karyawan pegawai employees payment payments payable pay total jumlah
	besar grand thp diterima pengeluaran and of the`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// totalLabel tells whether a cell is the label of a total row.
func totalLabel(text string) totalKind {
	if len(text) < len("total") || len(text) > 200 || onlyDigits(text) { // a longer text is no label
		return noTotal
	}
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r < 'a' || r > 'z' })
	if len(words) == 0 {
		return noTotal
	}
	switch words[0] {
	case "subtotal", "subjumlah":
		return groupTotal
	case "sub":
		if len(words) > 1 && (words[1] == "total" || words[1] == "jumlah") {
			return groupTotal
		}
		return noTotal
	case "grand":
		if len(words) > 1 && words[1] == "total" {
			return grandTotal
		}
		return noTotal
	case "total", "jumlah", "totals", "grandtotal":
		for _, word := range words[1:] {
			if !grandWords[word] {
				return groupTotal
			}
		}
		return grandTotal
	}
	return noTotal
}

// check compares a total row with the lines above it, and starts a new group.
func (t *totals) check(kind totalKind, stated ledger.Sen) note {
	group, sum := t.group, t.sum
	t.group = 0
	if kind == grandTotal {
		t.closed = true
	}
	if t.unknown || stated == sum || kind == groupTotal && stated == group {
		return note{}
	}
	want := sum
	if kind == groupTotal {
		want = group
	}
	return note{fmt.Sprintf("the total row says %s, but the lines above add up to %s (difference %s)",
		stated.Grouped(), want.Grouped(), (stated - want).Grouped()),
		"find the line that is missing, doubled or wrong, or correct the total"}
}

// checkControl compares with the control totals that the caller was given.
func (t *totals) checkControl(o Options) []Problem {
	var found []Problem
	if o.ExpectCount > 0 && t.lines != o.ExpectCount {
		found = append(found, Problem{Value: fmt.Sprint(t.lines),
			Reason: fmt.Sprintf("the file has %d lines, but %d are expected", t.lines, o.ExpectCount),
			Remedy: "find the lines that are missing or too many, or correct --expect-count"})
	}
	if o.ExpectTotal > 0 && !t.unknown && t.sum != o.ExpectTotal {
		found = append(found, Problem{Column: fieldNames[fieldAmount], Value: t.sum.String(),
			Reason: fmt.Sprintf("the lines add up to %s, but %s is expected (difference %s)", t.sum.Grouped(), o.ExpectTotal.Grouped(), (t.sum - o.ExpectTotal).Grouped()),
			Remedy: "find the amount that is wrong, or correct --expect-total"})
	}
	return found
}
