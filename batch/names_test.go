package batch_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"gajian/batch"
	"gajian/batch/kirimdoku/simulator"
)

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
		{"titles that are left out are named", "Drs. H. Budi Santoso, M.M.", "BUDI SANTOSO", "same name apart from titles: DRS, H, MM"},
		{"an initial is named with its word", "Budi S", "BUDI SANTOSO", "the file writes 'S' for SANTOSO"},
		{"both spellings are named", "Yusuf Maulana", "YUSUP MAULANA", "the bank spells YUSUF as YUSUP"},
		{"the order is mentioned", "Santoso Budi", "BUDI SANTOSO", "words in another order"},
		{"a further word is named with its side", "Budi Santoso Wijaya", "BUDI SANTOSO", "only the file has WIJAYA"},
		{"words that contradict are named", "Budi Santoso", "BUDI HARTONO", "the file says SANTOSO, the bank HARTONO"},
		{"a cut is named", "Muhammad Rizki Ramadhan Putra", "MUHAMMAD RIZKI RAMAD", "the bank's name stops after 20 characters, in the middle of RAMADHAN ('RAMAD')"},
		{"names that only look alike are told apart", "Dwi Yanto", "DWI YANTI", "the file says YANTO, the bank YANTI: much alike, but it may be somebody else"},
		{"all spellings in one sentence", "Arif Rahman Yusuf", "ARIEF RACHMAN YUSUP", "the bank spells ARIF as ARIEF, RAHMAN as RACHMAN and YUSUF as YUSUP"},
		{"an abbreviation of the bank", "Muhammad Arif Hakim", "MOH ARIF HAKIM", "the bank writes 'MOH' for MUHAMMAD"},
		{"a cut at a blank", "Siti Nurhamidah Rahmawati Kusuma", "SITI NURHAMIDAH RAHMAWATI", "the bank's name stops after 25 characters, before KUSUMA"},
		{"a cut in the file", "MUHAMMAD RIZKI RAMAD", "Muhammad Rizki Ramadhan Putra", "the file's name stops after 20 characters, in the middle of RAMADHAN ('RAMAD')"},
		{"a wife's account", "Bambang Santoso", "NY BAMBANG SANTOSO", "the bank says NY before a man's name"},
		{"heirs", "Bambang Santoso", "AHLI WARIS BAMBANG SANTOSO", "the bank names the heirs of somebody (AHLI WARIS), the file does not"},
		{"a company", "Bambang Santoso", "CV BAMBANG SANTOSO", "the bank names a company or an office (CV), the file does not"},
		{"initials", "Bambang Santoso", "B***** S*****", "the bank shows only initials"},
		{"hidden letters of two words", "Bambang Santoso", "BAM***** SAN***", "the bank hides letters of BAMBANG and SANTOSO"},
		{"a slip", "Herawati Kusumaningrum", "HERAWATI KUSUMANINGRM", "a small slip of spelling: KUSUMANINGRUM in the file, KUSUMANINGRM at the bank"},
		{"hidden letters that contradict", "Bambang Santoso", "BAMBANG H*****O", "the file says SANTOSO, the bank H***O"},
		{"hidden letters are mentioned", "Budi Santoso", "BUDI S******", "the bank hides letters of SANTOSO"},
		{"too little to tell is said first", "Suharto", "SUHARTO WIJAYA", "too little in common to tell; only the bank has WIJAYA"},
		{"a missing name of the bank", "Budi", " - ", "the bank gives no name to compare"},
		{"a letter for a name", "A", "ANDI", "the payroll file gives a single letter for a name"},
		{"a missing name in the file", "", "BUDI", "the payroll file gives no name to compare"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := batch.CompareNames(tt.file, tt.bank); !strings.Contains(got.Reason, tt.want) {
				t.Errorf("CompareNames(%q, %q) = %.2f %q, want %q in it", tt.file, tt.bank, got.Score, got.Reason, tt.want)
			}
		})
	}
}

// BenchmarkCompareNames times names as they come, and the costliest that the bounds let through.
func BenchmarkCompareNames(b *testing.B) {
	for _, c := range []struct{ name, file, bank string }{
		{"the same", "Budi Santoso", "BUDI SANTOSO"},
		{"spelt otherwise", "Drs. H. Muhammad Rizki Ramadhan Putra, M.M.", "MOCH RISKI RAMADAN PUTRA"},
		{"another one", "Muhammad Rizki Ramadhan Putra", "MUHAMMAD RIZAL RAMADHANI PUTRI"},
		{"16 words each", strings.Repeat("abdurrochim dzulchoirie ", 8), strings.Repeat("choirudzin abdoelkhozim ", 8)},
		{"four holders each", strings.Repeat("abdurrochim dzulchoirie atau ", 10), strings.Repeat("choirudzin abdoelkhozim or ", 10)},
		{"10,000 letters", strings.Repeat("dzulchoirie", 1000), strings.Repeat("choirudzin ", 1000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				batch.CompareNames(c.file, c.bank)
			}
		})
	}
}
