package batch_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"gajian/batch"
	"gajian/batch/kirimdoku/simulator"
)

// minLabelled is how many labelled pairs the figures below are to rest on at least.
const minLabelled = 120

type labelledPair struct {
	file, bank, why string
	same            bool
}

func labelledPairs(t testing.TB) []labelledPair {
	t.Helper()
	f, err := os.Open("testdata/names.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var pairs []labelledPair
	for i, row := range rows[1:] {
		if row[2] != "same" && row[2] != "ask" {
			t.Fatalf("row %d: verdict %q is neither same nor ask", i+2, row[2])
		}
		pairs = append(pairs, labelledPair{row[0], row[1], row[3], row[2] == "same"})
	}
	return pairs
}

// TestCompareNamesTellsPeopleApart measures the comparison on pairs whose verdict a person gave.
// Precision counts the pairs that are paid without a question and should be; recall those that
// should be and are.
func TestCompareNamesTellsPeopleApart(t *testing.T) {
	pairs := labelledPairs(t)
	if len(pairs) < minLabelled {
		t.Fatalf("%d labelled pairs, want %d or more", len(pairs), minLabelled)
	}
	var truePositive, falsePositive, falseNegative int
	for _, p := range pairs {
		got := batch.CompareNames(p.file, p.bank)
		switch same := got.Score >= batch.NameThreshold; {
		case same && p.same:
			truePositive++
		case same:
			falsePositive++
			t.Logf("taken for one person: %q, %q (%s): %.2f %s", p.file, p.bank, p.why, got.Score, got.Reason)
		case p.same:
			falseNegative++
			t.Logf("asked about needlessly: %q, %q (%s): %.2f %s", p.file, p.bank, p.why, got.Score, got.Reason)
		}
	}
	precision := float64(truePositive) / float64(truePositive+falsePositive)
	recall := float64(truePositive) / float64(truePositive+falseNegative)
	t.Logf("%d pairs: precision %.3f, recall %.3f", len(pairs), precision, recall)
	if precision < 0.97 {
		t.Errorf("precision %.3f, want 0.97 or more", precision)
	}
	if recall < 0.95 {
		t.Errorf("recall %.3f, want 0.95 or more", recall)
	}
}

// TestNoVerdictHangsOnTheThreshold keeps the gap in which NameThreshold stands: no labelled pair
// scores close to it.
func TestNoVerdictHangsOnTheThreshold(t *testing.T) {
	const gap = 0.01
	for _, p := range labelledPairs(t) {
		got := batch.CompareNames(p.file, p.bank)
		if got.Score > batch.NameThreshold-gap && got.Score < batch.NameThreshold+gap {
			t.Errorf("%q, %q: score %.3f is within %.2f of the threshold", p.file, p.bank, got.Score, gap)
		}
	}
}

// TestSampleNamesMatchWhatBanksPrint holds that nobody in the sample payroll is held for the name
// alone: the simulator prints names as banks do.
func TestSampleNamesMatchWhatBanksPrint(t *testing.T) {
	f, err := os.Open("../samples/payroll.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 200 {
		t.Fatalf("%d rows, want 200 or more", len(rows))
	}
	for _, row := range rows[1:] {
		name, bank := row[1], simulator.BankName(row[1])
		if got := batch.CompareNames(name, bank); got.Score < batch.NameThreshold {
			t.Errorf("%q, %q: %.2f %s", name, bank, got.Score, got.Reason)
		}
	}
}

func TestCompareNamesSaysWhy(t *testing.T) {
	for _, tt := range []struct{ name, file, bank, want string }{
		{"titles are left out without a word", "Drs. H. Budi Santoso, M.M.", "BUDI SANTOSO", "same name"},
		{"an initial is named with its word", "Budi S", "BUDI SANTOSO", "S for SANTOSO"},
		{"both spellings are named", "Yusuf Maulana", "YUSUP MAULANA", "spelt otherwise: YUSUF, YUSUP"},
		{"the order is mentioned", "Santoso Budi", "BUDI SANTOSO", "words in another order"},
		{"a further word is named with its side", "Budi Santoso Wijaya", "BUDI SANTOSO", "only the file has WIJAYA"},
		{"words that contradict are named", "Budi Santoso", "BUDI HARTONO", "SANTOSO in the file is not HARTONO at the bank"},
		{"a cut is named", "Muhammad Rizki Ramadhan Putra", "MUHAMMAD RIZKI RAMAD", "RAMADHAN cut off after RAMAD"},
		{"hidden letters are mentioned", "Budi Santoso", "BUDI S******", "letters hidden by the bank"},
		{"too little to tell is said first", "Suharto", "SUHARTO WIJAYA", "too little in common to tell; only the bank has WIJAYA"},
		{"a missing name of the bank", "Budi", " - ", "the bank gives no name to compare"},
		{"a missing name in the file", "", "BUDI", "the payroll file gives no name to compare"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := batch.CompareNames(tt.file, tt.bank); !strings.Contains(got.Reason, tt.want) {
				t.Errorf("CompareNames(%q, %q) = %.2f %q, want %q in it", tt.file, tt.bank, got.Score, got.Reason, tt.want)
			}
		})
	}
}

// FuzzCompareNames holds what is true of every two names: a score between 0 and 1, the same both
// ways round, a reason, and a full score for a name compared with itself in other dress.
func FuzzCompareNames(f *testing.F) {
	for _, p := range labelledPairs(f) {
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

func BenchmarkCompareNames(b *testing.B) {
	for b.Loop() {
		batch.CompareNames("Drs. H. Muhammad Rizki Ramadhan Putra, M.M.", "MOCH RISKI RAMADAN PUTRA")
	}
}
