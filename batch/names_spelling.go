package batch

import (
	"slices"
	"strings"
)

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

// emphatic are the letters of Arabic names after which a and o are one sound: Ghofur and Ghafur.
var emphatic = strings.NewReplacer("gho", "gha", "qo", "qa", "kho", "kha", "sho", "sha", "dho", "dha", "tho", "tha")

// spellings returns the word as spelt today, the likeliest first. Achmad is Ahmad but Chandra is
// Candra, and Khairul is Hairul but Mikhael is Mikael, so a word may have several forms. glottal
// is another writing of the word, or empty; arabic tells that the word is.
func spellings(text, glottal string, arabic bool) []string {
	if full, found := shortForms[text]; found {
		return full
	}
	if strings.ContainsAny(text, "oj") {
		text = oldSpelling.Replace(text)
	}
	if whole, found := wholeAbdul(text); found {
		text, arabic = whole, true
	}
	text = hardC(text)
	forms := readings(nil, text)
	if glottal != "" {
		forms = readings(forms, glottal)
	}
	if strings.Contains(text, "o") {
		// The last vowel stays as it is: see looseSpelling.
		inner, last := text[:len(text)-1], text[len(text)-1:]
		if arabic {
			inner = strings.ReplaceAll(inner, "o", "a")
		}
		if whole := emphatic.Replace(inner) + last; whole != text {
			forms = readings(forms, whole)
		}
	}
	if strings.Contains(text, "z") {
		forms = readings(forms, strings.ReplaceAll(text, "z", "j")) // Rezeki and rejeki
	}
	if strings.Contains(text, "dh") {
		forms = readings(forms, strings.ReplaceAll(text, "dh", "z")) // Azim and Adhim
	}
	if strings.Contains(text, "ci") || strings.Contains(text, "ce") {
		forms = readings(forms, softC.Replace(text)) // Felicia and Felisia
	}
	if len(text) >= minEased && text[1] == 'e' && (text[2] == 'l' || text[2] == 'r') && isVowel(text[3]) {
		forms = readings(forms, text[:1]+text[2:]) // Selamet and Slamet
	}
	return forms
}

// hardC writes the names of Latin and Greek that are spelt with C and K alike with K: Christina, Clara,
// Catharina. No other word is touched, because Cartini and Kartini are two names of Java.
func hardC(text string) string {
	if text[0] != 'c' {
		return text
	}
	for _, begin := range latinC {
		if strings.HasPrefix(text, begin) {
			return "k" + strings.TrimPrefix(text[1:], "h")
		}
	}
	return text
}

var latinC = []string{"chr", "cr", "cl", "cath", "catar", "carol", "carl", "carm", "corn", "conr", "const"}

// softC is the c of Latin names.
var softC = strings.NewReplacer("ci", "si", "ce", "se")

// minEased is how long a word must be before an e after its first letter, which only eases
// speaking, may be left out: Teri is not Tri.
const minEased = 6

// wholeAbdul writes Abdurrahman, Abdurahman and Abdussalam with Abdul, whose l has become the
// first letter of the next word.
func wholeAbdul(text string) (whole string, found bool) {
	rest, found := strings.CutPrefix(text, "abd")
	if !found || len(rest) < 5 || rest[0] != 'u' && rest[0] != 'o' || isVowel(rest[1]) {
		return text, false
	}
	if rest[1] == 'l' {
		return "abdul" + rest[2:], true
	}
	return "abdul" + rest[1:], true // a double letter is made single later
}

// readings adds the readings of text that forms does not have yet.
func readings(forms []string, text string) []string {
	if !strings.Contains(text, "ch") && !strings.Contains(text, "kh") {
		return withForm(forms, modern(text))
	}
	return withForm(withForm(forms, modern(throatCh.Replace(text))), modern(palateCh.Replace(text)))
}

func withForm(forms []string, form string) []string {
	if slices.Contains(forms, form) {
		return forms
	}
	return append(forms, form)
}

// modern makes i and y, and single and double letters, one.
func modern(text string) string {
	if i := strings.Index(text, "sy"); i >= 0 && (i+2 == len(text) || !isVowel(text[i+2])) {
		text = text[:i] + "si" + text[i+2:] // Desy and Sylvia, where sy is not one sound
	}
	text = singleLetters(arabicLetters.Replace(text))
	if !strings.ContainsAny(text, "iy") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
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
		case inner[i] == 'c' && length >= 5:
			inner[i] = 'k'
		case inner[i] == 'e' && length >= 6 && !isVowel(inner[i+1]) && !isVowel(inner[min(i+2, length-1)]):
			inner[i] = 'i' // Ferdaus, Firdaus; before one consonant they are two sounds: Melani, Milani
		}
	}
	return singleLetters(string(inner))
}

// singleLetters writes each run of the same letter once.
func singleLetters(text string) string {
	var before rune
	for at, r := range text {
		if r == before {
			return text[:at] + singleRest(text[at:], r)
		}
		before = r
	}
	return text // as most words are
}

// singleRest goes on where the first letter is doubled.
func singleRest(text string, before rune) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		if r != before {
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }
