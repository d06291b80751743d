package batch

import (
	"strings"
	"unicode/utf8"
)

// shortForms are the ways in which the commonest names are written and abbreviated.
var shortForms = map[string]string{
	"muhammad": "muhammad", "mohammad": "muhammad", "muhamad": "muhammad", "mohamad": "muhammad", "muhammed": "muhammad",
	"mohammed": "muhammad", "mohamed": "muhammad", "muhamed": "muhammad", "mochammad": "muhammad", "mochamad": "muhammad",
	"muchammad": "muhammad", "muchamad": "muhammad", "mukhammad": "muhammad", "mukhamad": "muhammad", "mokhamad": "muhammad",
	"mokhammad": "muhammad", "moch": "muhammad", "much": "muhammad", "muh": "muhammad", "moh": "muhammad", "mhd": "muhammad",
	"muhd": "muhammad", "mohd": "muhammad", "mochd": "muhammad", "moehammad": "muhammad", "moehamad": "muhammad",
	"siti": "siti", "sitti": "siti", "st": "siti", "sti": "siti",
	"ahmad": "ahmad", "achmad": "ahmad", "akhmad": "ahmad", "ahmed": "ahmad", "ahmat": "ahmad", "ach": "ahmad", "akh": "ahmad", "achm": "ahmad",
	"abdul": "abdul", "abd": "abdul", "abdoel": "abdul", "abdu": "abdul",
	"nur": "nur", "noor": "nur", "noer": "nur", "nor": "nur", "nuur": "nur",
	"saleh": "saleh", "soleh": "saleh", "sholeh": "saleh", "shaleh": "saleh", "salih": "saleh",
	"wyn": "wayan", "wayan": "wayan", "nym": "nyoman", "nyoman": "nyoman", "kt": "ketut", "ketut": "ketut", "gst": "gusti", "gusti": "gusti",
}

// commonWords are shared by so many people that they tell little, in today's spelling.
var commonWords = func() map[string]bool {
	set := make(map[string]bool)
	for w := range wordSet(`muhammad siti ahmad abdul nur sri dwi tri eka dewi putra putri maria raden
		made wayan nyoman ketut gede putu kadek komang luh gusti ayu ni ida agus`) {
		set[spellings(w)[0]] = true
	}
	return set
}()

// oldSpelling is the Dutch-time spelling (before 1947 and 1972), which lives on in names.
var oldSpelling = strings.NewReplacer("oe", "u", "tj", "c", "dj", "j", "sj", "sy")

// arabicLetters are spelt with or without an h, a z or a q; the readings of ch and kh follow.
var arabicLetters = strings.NewReplacer("dz", "s", "dh", "d", "th", "t", "gh", "g", "bh", "b", "ph", "f", "sh", "s", "sy", "s",
	"ck", "k", "q", "k", "x", "ks", "z", "s", "j", "y", "ae", "ai", "ee", "i", "ou", "u", "oo", "u")

// The two readings of ch and kh.
var (
	throatCh = strings.NewReplacer("ch", "h", "kh", "h")
	palateCh = strings.NewReplacer("ch", "c", "kh", "k")
)

// mixedUp are letters that sound the same to many.
var mixedUp = strings.NewReplacer("p", "f", "v", "f", "oi", "ai", "ei", "ai", "oh", "ah", "ao", "au")

// spellings returns the word as spelt today. Achmad is Ahmad but Chandra is Candra, and Khairul
// is Hairul but Mikhael is Mikael, so such a word has two forms.
func spellings(text string) []string {
	if full, found := shortForms[text]; found {
		return []string{full}
	}
	text = oldSpelling.Replace(text)
	// Abdurrahman and Abdussalam are Abdul with the next word; the l has become its first letter.
	if rest, found := strings.CutPrefix(text, "abd"); found && len(rest) > 4 && (rest[0] == 'u' || rest[0] == 'o') && rest[1] == rest[2] {
		text = "abdul" + rest[2:]
	}
	if rest, found := strings.CutPrefix(text, "chr"); found {
		text = "kr" + rest
	}
	first, second := modern(throatCh.Replace(text)), modern(palateCh.Replace(text))
	if first == second {
		return []string{first}
	}
	return []string{first, second}
}

// modern makes i and y, and single and double letters, one.
func modern(text string) string {
	if rest, found := strings.CutSuffix(text, "sy"); found {
		text = rest + "si" // Desy, where sy is not one sound
	}
	text = singleLetters(arabicLetters.Replace(text))
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		vowelNext := i+1 < len(text) && isVowel(text[i+1])
		switch {
		case text[i] == 'i' && i+2 < len(text) && text[i+1] == 'y' && isVowel(text[i+2]):
			// Supriyadi: the y alone stays.
		case text[i] == 'i' && i+1 < len(text) && text[i+1] == 'e' && (i+2 == len(text) || !isVowel(text[i+2])):
			b.WriteByte('i') // Arief as Arif, Srie as Sri
			i++
		case text[i] == 'i' && vowelNext:
			b.WriteByte('y') // Setiawan as Setyawan
		case text[i] == 'y' && !vowelNext:
			b.WriteByte('i') // Rizky as Rizki
		default:
			b.WriteByte(text[i])
		}
	}
	return singleLetters(b.String())
}

// looseSpelling goes further: letters that are mixed up in writing and hearing are made one.
// The last vowel stays as it is, because it tells women from men (Putra, Putri), and so do the
// vowels of short words (Deni, Dini).
func looseSpelling(text string) string {
	text = mixedUp.Replace(text)
	if n := len(text); n > 3 {
		switch text[n-1] {
		case 'h':
			text = text[:n-1] // Fatimah, Fatima
		case 'd':
			text = text[:n-1] + "t" // Rahmad, Rahmat
		case 'b':
			text = text[:n-1] + "f" // Yakub, Yakup
		}
	}
	length := len(text)
	inner := []byte(text)
	for i := 1; i < length-1; i++ {
		switch {
		case inner[i] == 'o' && length >= 5:
			inner[i] = 'u'
		case inner[i] == 'c' && length >= 5:
			inner[i] = 'k'
		case inner[i] == 'e' && length >= 6:
			inner[i] = 'i'
		}
	}
	return singleLetters(string(inner))
}

// singleLetters writes each run of the same letter once.
func singleLetters(text string) string {
	var b strings.Builder
	var before rune
	for _, r := range text {
		if r != before {
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

// minSlipLetters is how long both words must be before one letter may be missing: in shorter
// ones a letter makes another name (Andi, Andri; Hendra, Endra).
const minSlipLetters = 6

// oneSlip reports whether two words differ by one letter left out or two swapped, neither at the
// beginning nor at the end. A letter in place of another is no slip: Suharto and Sumarto are two men.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < minSlipLetters || len(b)-len(a) > 1 || a[0] != b[0] || a[len(a)-1] != b[len(b)-1] {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return i+1 < len(a)-1 && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// similarity is 1 − edit distance / length of the longer word: 1 for equal words, 0 for words
// with nothing in common.
func similarity(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	x, y = x[:min(len(x), maxWordRunes)], y[:min(len(y), maxWordRunes)]
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	longer := max(utf8.RuneCountInString(string(x)), len(y))
	return 1 - float64(row[len(y)])/float64(longer)
}
