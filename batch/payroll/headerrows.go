package payroll

import (
	"strings"
	"unicode"
)

// maxHeading bounds, in characters, what is taken for a heading in the lower row of a header.
const maxHeading = 60

// adjoins is true when the second row stands right below the first.
func adjoins(first, second headRow) bool {
	lines := 1
	for _, text := range first.cells {
		lines += strings.Count(text, "\n") // in a CSV such a cell takes as many lines
	}
	return second.line > first.line && second.line-first.line <= lines
}

// joinHeader puts the two rows of a header together: "Rekening" over "Bank" and "Nomor", or "Gaji Bersih" over "(Rp)". It
// returns nil when the second is none of a header. Nobody may be lost in it, so a row with anything that a line of a
// payroll has is not taken for one: digits, or a word below the header of an id, a name, an account or an amount.
func joinHeader(upper, lower headRow, alone *layout) *layout {
	if alone.required() == 0 || !adjoins(upper, lower) {
		return nil
	}
	j := headerJoin{alone: alone, units: true}
	for i, text := range lower.cells {
		if clean, _, _ := cleanText(text); !j.add(i, clean) {
			return nil
		}
	}
	for i := len(lower.cells); i < len(alone.headers); i++ {
		j.cells = append(j.cells, alone.headers[i])
	}
	if j.known == 0 && (!j.units || j.filled == 0) {
		return nil
	}
	l := newLayout(lower.line, j.cells)
	l.cells = max(len(upper.cells), len(lower.cells))
	below := newLayout(lower.line, lower.cells)
	if l.required() <= below.required() && alone.required() < requiredColumns {
		return nil // the lower row is the header, and the upper one a title
	}
	l.parts = [][]string{headerKeys(upper.cells), headerKeys(lower.cells)}
	return l
}

func headerKeys(cells []string) []string {
	keys := make([]string, len(cells))
	for i, text := range cells {
		keys[i] = headerKey(text)
	}
	return keys
}

// isPart is true for a row that is one of the header's two rows once more.
func (l *layout) isPart(r *row) bool {
	for _, keys := range l.parts {
		same, words := true, 0
		for f, i := range l.fields {
			if i < 0 || !same {
				continue
			}
			want := ""
			if i < len(keys) {
				want = keys[i]
			}
			if same = headerKey(r.cells[f].text) == want; want != "" {
				words++
			}
		}
		if same && words > 0 {
			return true
		}
	}
	return false
}

// headerJoin is a header of two rows while its columns are put together, from left to right.
type headerJoin struct {
	alone  *layout // of the upper row
	cells  []string
	group  string // heading over this column and others
	filled int
	known  int  // columns of a field that the lower row names
	units  bool // all that the lower row has are units
}

// add takes in the column i with what the lower row has in it.
func (j *headerJoin) add(i int, low string) bool {
	high, next := j.upper(i), ""
	if high != "" {
		j.group = ""
	}
	if low == "" {
		j.group = ""
		j.cells = append(j.cells, high)
		return true
	}
	if j.filled++; !isHeading(low) {
		return false
	}
	if next = j.upper(i + 1); high != "" && next == "" && i+1 < len(j.alone.headers) || high != "" && i+1 == len(j.alone.headers) {
		j.group = high
	}
	text, ok := j.join(high, low)
	j.cells = append(j.cells, text)
	return ok
}

func (j *headerJoin) upper(i int) string {
	if i >= len(j.alone.headers) {
		return ""
	}
	return j.alone.headers[i]
}

// join finds the words that say what a column is for.
func (j *headerJoin) join(high, low string) (text string, ok bool) {
	over := high
	if over == "" {
		over = j.group
	}
	if over == "" || headerKey(low) == checkKey {
		j.note(low)
		return low, true
	}
	upper, known := fieldOf[headerKey(over)]
	if withoutMonth(letters(low)) == "" && !isUnit(low) {
		return "", false
	}
	if isUnit(low) {
		both, same := fieldOf[headerKey(over+" "+low)]
		return over + " " + low, high == "" || !known || same && both == upper
	}
	for _, text := range []string{low + " " + over, low, over + " " + low} {
		f, ok := fieldOf[headerKey(text)]
		key := headerKey(text)
		if !ok || f == fieldAmount && (sumKeys[key] || payKeys[key]) && j.group != "" {
			continue // the sum of a group is one of its columns
		}
		if known && f != upper && j.group == "" {
			return "", false
		}
		j.note(text)
		return text, true
	}
	j.units = false
	return over + " " + low, !known || j.group != "" || upper >= fieldPhone
}

// note counts what the lower row says.
func (j *headerJoin) note(text string) {
	j.units = false
	if f, known := fieldOf[headerKey(text)]; known && f <= fieldAmount {
		j.known++
	}
}

// isHeading is true for a short text of words.
func isHeading(text string) bool {
	digits := 0
	for _, r := range text {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return len([]rune(text)) <= maxHeading && digits < 3 && strings.ContainsFunc(text, unicode.IsLetter)
}

// isUnit is true for a text that says in what unit a column is and nothing else.
func isUnit(text string) bool {
	words := unitWords(text)
	for _, word := range words {
		if !rupiahWords[word] && !inWords[word] && unitOfWord(word) == unitRupiah {
			return false
		}
	}
	return len(words) > 0
}

// numbersColumns is true for a row of the numbers 1, 2, 3 in or without brackets, as forms have it below their header. The
// number of a computed column may say how: "6 = 4 + 5".
func numbersColumns(cells []string) bool {
	count := 0
	for _, text := range cells {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		text, _, _ = strings.Cut(text, "=")
		n, ok := number([]byte(strings.Trim(text, " ()[].")))
		if count++; !ok || n != count {
			return false
		}
	}
	return count >= minNumbered
}

// minNumbered is how many numbers such a row must have: a payroll has five columns.
const minNumbered = 4
