package batch_test

import (
	"regexp"
	"strings"
	"testing"

	"gajian/batch"
)

func sameName(file, bank string) bool {
	return batch.CompareNames(file, bank).Score >= batch.NameThreshold
}

// TestDressChangesNoVerdict holds that case, blanks, punctuation and titles decide nothing.
func TestDressChangesNoVerdict(t *testing.T) {
	for _, dress := range []struct {
		name string
		wear func(string) string
	}{
		{"upper case", strings.ToUpper},
		{"lower case", strings.ToLower},
		{"blanks around", func(s string) string { return " \t" + s + "  " }},
		{"two blanks for one", func(s string) string { return strings.ReplaceAll(s, " ", "  ") }},
		{"hard blanks", func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }},
		{"quotes", func(s string) string { return `"` + s + `"` }},
		{"a title before", titled},
	} {
		t.Run(dress.name, func(t *testing.T) {
			for _, p := range allPairs(t) {
				if p.file == "" || strings.HasPrefix(p.file, "-") {
					continue
				}
				if got, want := sameName(dress.wear(p.file), p.bank), sameName(p.file, p.bank); got != want {
					t.Errorf("%q, %q: same %v, undressed %v: %s", dress.wear(p.file), p.bank, got, want, batch.CompareNames(dress.wear(p.file), p.bank).Reason)
				}
			}
		})
	}
}

// titled puts a title before a name. A company has none, and a name that its title makes as long
// as a bank's limit may have been cut there.
func titled(name string) string {
	const title, limit = "Ir. ", 19
	if company.MatchString(name) || len(name) < limit && len(title+name) >= limit {
		return name
	}
	return title + name
}

var (
	company = regexp.MustCompile(`(?i)^(pt|cv|ud)\b|\bpt$`)
	joint   = regexp.MustCompile(`(?i)\b(atau|or|alias)\b|/|\(`)
)

// TestAContradictingWordIsAlwaysAsked holds that no pair is the same once each side has a word
// that the other one contradicts, wherever it stands.
func TestAContradictingWordIsAlwaysAsked(t *testing.T) {
	for _, p := range allPairs(t) {
		if joint.MatchString(p.file + p.bank) {
			continue // the word would be the other holder's
		}
		for _, c := range [][2]string{
			{p.file + " Qomplangan", p.bank + " UXORINDAH"},
			{"Qomplangan " + p.file, "UXORINDAH " + p.bank},
		} {
			if got := batch.CompareNames(c[0], c[1]); got.Score >= batch.NameThreshold {
				t.Errorf("%q, %q: %.2f %s", c[0], c[1], got.Score, got.Reason)
			}
		}
	}
}

// TestAnotherEndingIsAlwaysAsked holds that the last vowel of a word is never forgiven: it tells
// women from men and sisters from each other.
func TestAnotherEndingIsAlwaysAsked(t *testing.T) {
	for _, name := range []string{"Wahyud", "Sugiant", "Harton", "Supriyant", "Andikaputr", "Kristin", "Yulian", "Suwart", "Ngatmin", "Prasety"} {
		for _, endings := range []string{"oi", "ao", "ai", "ia", "ea"} {
			file, bank := name+endings[:1], strings.ToUpper(name+endings[1:])
			for _, c := range [][2]string{{file, bank}, {file + " Kusumo", bank + " KUSUMO"}, {"Bagus " + file, "BAGUS " + bank}, {"Muhammad Bagus " + file, "M BAGUS " + bank}} {
				if sameName(c[0], c[1]) {
					t.Errorf("%q, %q: %s", c[0], c[1], batch.CompareNames(c[0], c[1]).Reason)
				}
			}
		}
	}
}

// TestALongNameIsReadToItsBound holds that what a hostile name costs has an end: from the 200th
// character on nothing is looked at.
func TestALongNameIsReadToItsBound(t *testing.T) {
	for _, name := range []string{
		strings.Repeat("A b", 1_000_000), strings.Repeat("*", 1_000_000), strings.Repeat("'", 1_000_000), strings.Repeat("\ufdfa", 1_000_000),
		strings.Repeat("ab atau ", 1_000_000), strings.Repeat("a/", 1_000_000), strings.Repeat("\xff", 1_000_000), strings.Repeat("(ab, S.E. ", 1_000_000),
	} {
		head := string([]rune(name[:4000])[:200])
		for _, other := range []string{"BUDI SANTOSO", name, strings.Repeat("ba ", 70)} {
			whole, cut := batch.CompareNames(name, other), batch.CompareNames(head, other)
			if whole != cut {
				t.Errorf("%.20q, %.20q: %+v, its first 200 characters %+v", name, other, whole, cut)
			}
		}
	}
}

// FuzzCompareNames holds what is true of every two names: a score between 0 and 1, the same both
// ways round, a reason, and a full score for a name compared with itself in other dress.
func FuzzCompareNames(f *testing.F) {
	for _, p := range allPairs(f) {
		f.Add(p.file, p.bank)
	}
	f.Add("\xff\xfe", "*x*xx xxx")
	f.Add(strings.Repeat("A b", 500), strings.Repeat("*", 500))
	f.Add("A'B a/n C/D qq (E F) & G, S.E. (K) 2", "ahli waris PT a*b*c jr ii")
	f.Fuzz(func(t *testing.T, file, bank string) {
		got, back := batch.CompareNames(file, bank), batch.CompareNames(bank, file)
		if got.Score < 0 || got.Score > 1 || got.Score != got.Score {
			t.Errorf("score %v is not between 0 and 1", got.Score)
		}
		if got.Score != back.Score {
			t.Errorf("%q, %q: %v one way, %v the other", file, bank, got.Score, back.Score)
		}
		if got.Reason == "" {
			t.Error("no reason")
		}
		if itself := batch.CompareNames(file, " "+file+" "); itself.Score != 1 && itself.Score >= batch.NameThreshold {
			t.Errorf("%q with itself: %v %s", file, itself.Score, itself.Reason)
		}
	})
}
