package batch_test

import (
	"strings"
	"testing"

	"gajian/batch"
)

// FuzzCompareNames holds what is true of every two names: a score between 0 and 1, the same both
// ways round, a reason, and a full score for a name compared with itself in other dress.
func FuzzCompareNames(f *testing.F) {
	for _, p := range allPairs(f) {
		f.Add(p.file, p.bank)
	}
	f.Add("\xff\xfe", "*x*xx xxx")
	f.Add(strings.Repeat("A b", 500), strings.Repeat("*", 500))
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
