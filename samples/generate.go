//go:build ignore

// Generate writes payroll.csv and payroll.xlsx: one payroll of invented people in two dresses. The
// CSV is what a program exports, the workbook what an office keeps: titles above the header, a
// total and a sign-off below.
//
// Run it with "make samples" from the repository's root. It writes the same bytes every time.
package main

import (
	"encoding/csv"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// employees is how many people the payroll has; enough for a rehearsal to be worth watching.
const employees = 200

func main() {
	log.SetFlags(0)
	lines := payroll()
	if err := writeCSV(filepath.Join("samples", "payroll.csv"), lines); err != nil {
		log.Fatal(err)
	}
	if err := writeWorkbook(filepath.Join("samples", "payroll.xlsx"), lines); err != nil {
		log.Fatal(err)
	}
}

// line is one employee.
type line struct {
	id, name, job, department string
	bank                      bank
	account                   string
	rupiah                    int64
	phone                     string
}

const (
	remark  = "Gaji November 2026"
	payType = "Gaji"
)

// bank is one that people of the sample are paid to. Lengths are those of the banks' accounts.
type bank struct {
	code, name string
	digits     int
	prefix     string // what the bank's numbers of the sample start with
	share      int    // of 100
}

var banks = []bank{
	{"014", "BCA", 10, "", 26},
	{"008", "Mandiri", 13, "1", 18},
	{"002", "BRI", 15, "00", 17},
	{"009", "BNI", 10, "0", 12},
	{"451", "BSI", 10, "7", 8},
	{"022", "CIMB Niaga", 13, "70", 5},
	{"013", "Permata", 10, "", 4},
	{"011", "Danamon", 10, "00", 3},
	{"200", "BTN", 16, "000", 3},
	{"542", "Jago", 12, "1", 2},
	{"535", "SeaBank", 12, "901", 2},
}

func bankOf(code string) bank {
	for _, b := range banks {
		if b.code == code {
			return b
		}
	}
	panic("no bank " + code)
}

// special are lines on which something happens: the simulator and the provider's sandbox know
// these accounts.
var special = map[int]struct{ bank, account string }{
	17:  {"002", "001201234567501"}, // unpaid, then failed
	38:  {"014", "8012345670"},      // unpaid, then paid
	59:  {"009", "7746555134"},      // paid, then refunded
	80:  {"014", "9990000001"},      // the bank does not know the account
	101: {"009", "9990000002"},      // the account is inactive
	122: {"014", "9990000003"},      // the account belongs to somebody else
	143: {"009", "9990000004"},      // the transfer is refused
	164: {"014", "9990000007"},      // the answer is lost, the money moved
}

// twice is the index of a line that stands in the file twice, the second time at its end.
const twice = 11

// job is a position with its department and range of pay in thousands of rupiah.
type job struct {
	name, department string
	from, to         int
}

var jobs = []job{
	{"Operator Produksi", "Produksi", 3000, 5500}, {"Operator Produksi", "Produksi", 3000, 5500},
	{"Operator Produksi", "Produksi", 3000, 5500}, {"Kepala Regu", "Produksi", 6000, 9000},
	{"Staf Gudang", "Gudang", 3200, 5200}, {"Pengemudi", "Gudang", 3500, 5000},
	{"Staf Penjualan", "Penjualan", 4000, 8500}, {"Supervisor Penjualan", "Penjualan", 8000, 14000},
	{"Staf Keuangan", "Keuangan", 5000, 9500}, {"Akuntan", "Keuangan", 8000, 15000},
	{"Staf SDM", "SDM", 4800, 9000}, {"Teknisi", "Pemeliharaan", 4200, 8000},
	{"Programmer", "Teknologi Informasi", 8000, 22000}, {"Petugas Keamanan", "Umum", 3000, 4600},
	{"Manajer", "Direksi dan Manajemen", 20000, 45000},
}

// payroll makes the lines, the same at every run.
func payroll() []line {
	random := rand.New(rand.NewPCG(2026, 11))
	names, accounts := map[string]bool{}, map[string]bool{}
	var lines []line
	for i := range employees {
		j := jobs[random.IntN(len(jobs))]
		l := line{
			id: fmt.Sprintf("%06d", 10001+7*i), job: j.name, department: j.department,
			name:  unique(names, func() string { return personName(random) }),
			bank:  anyBank(random),
			phone: fmt.Sprintf("0899%08d", 1000+i), // made up
		}
		// Pay is rarely a round number: tax and social insurance have been taken off.
		l.rupiah = int64(j.from+random.IntN(j.to-j.from+1))*1000 + int64(random.IntN(1000))*int64(random.IntN(2))
		l.account = unique(accounts, func() string { return l.bank.anyAccount(random) })
		if s, found := special[i]; found {
			l.bank, l.account = bankOf(s.bank), s.account
		}
		lines = append(lines, l)
	}
	return append(lines, lines[twice])
}

// unique draws until something new comes; the pools are far larger than the payroll.
func unique(seen map[string]bool, draw func() string) string {
	for {
		if text := draw(); !seen[text] {
			seen[text] = true
			return text
		}
	}
}

func anyBank(random *rand.Rand) bank {
	n := random.IntN(100)
	for _, b := range banks {
		if n -= b.share; n < 0 {
			return b
		}
	}
	return banks[0]
}

// anyAccount makes an account number on which nothing special happens.
func (b bank) anyAccount(random *rand.Rand) string {
	for {
		number := b.prefix
		for len(number) < b.digits {
			number += strconv.Itoa(random.IntN(10))
		}
		if !strings.Contains(number, "12345") && !strings.HasPrefix(number, "99900000") {
			return number
		}
	}
}

var (
	men = strings.Fields(`Adi Aditya Agus Ahmad Andi Anton Arif Bambang Bayu Budi Cahyo Dani Darma Dedi Dimas Doni Edi Eko Fajar
		Faisal Galih Gilang Hadi Hendra Heru Imam Indra Irfan Joko Krisna Lukman Nanda Pandu Rahmat Rizky Rudi Satria Slamet Surya
		Taufik Teguh Tono Wahyu Wawan Yoga Yusuf`)
	women = strings.Fields(`Aisyah Anisa Ayu Citra Dewi Dian Diah Endang Fitri Hana Ika Indah Intan Kartika Laras Lestari Lina
		Maya Mega Melati Nina Novi Nur Puspita Putri Rahayu Ratih Ratna Rini Sari Sekar Sinta Siti Sri Tari Tika Utami Wulan Yanti Yuni`)
	last = strings.Fields(`Anggraini Budiman Cahyadi Darmawan Effendi Firmansyah Gunadi Hakim Handoko Hartanto Hidayat Irawan
		Kurniawan Kusuma Laksana Lesmana Mahendra Maulana Nasution Nugraha Nugroho Pamungkas Permana Pradana Prakoso Pranata
		Prasetyo Pratama Purnama Purnomo Rahardjo Ramadhan Santoso Saputra Sasongko Setiawan Siregar Sitorus Soebroto Subagyo
		Suherman Sulistyo Sutanto Syahputra Tanjung Utomo Wardhana Wibowo Widjaja Wijaya Wiratama Yudhanto`)
	degrees = []string{"S.E.", "S.Kom", "S.T.", "S.Pd.", "S.H.", "A.Md.", "S.Si., M.Si.", "S.E., M.M."}
)

// personName makes a name as people write it into payroll files: titles, initials, one word.
func personName(random *rand.Rand) string {
	pick := func(words []string) string { return words[random.IntN(len(words))] }
	given := men
	if random.IntN(5) < 2 {
		given = women
	}
	first, second := pick(given), pick(last)
	name := first + " " + second
	switch n := random.IntN(100); {
	case n < 38:
		return name
	case n < 54:
		return first + " " + pick(last) + " " + second
	case n < 64:
		return pick([]string{"M. ", "Muhammad ", "Moch. ", "Muh. "}) + pick(men) + " " + second
	case n < 70:
		return "Siti " + pick(women) + " " + second
	case n < 84:
		return name + ", " + pick(degrees)
	case n < 88:
		return pick([]string{"H. ", "Ir. ", "Drs. "}) + pick(men) + " " + second
	case n < 91:
		return "Hj. " + pick(women) + " " + second
	case n < 94:
		return first + " " + second[:1] + "."
	case n < 97:
		return pick([]string{"I Made ", "I Wayan ", "Ni Luh ", "Ni Kadek "}) + second
	default:
		return pick(last)
	}
}

func writeCSV(path string, lines []line) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, f.Close()) }()
	w := csv.NewWriter(f)
	err = w.Write([]string{"employee_id", "name", "bank", "account_number", "amount", "phone", "remark", "cost_center", "pay_type", "Jabatan"})
	for _, l := range lines {
		err = firstError(err, w.Write([]string{l.id, l.name, l.bank.code, l.account, strconv.FormatInt(l.rupiah, 10),
			l.phone, remark, l.department, payType, l.job}))
	}
	w.Flush()
	return firstError(err, w.Error())
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// columns of the workbook, with their widths in characters.
var columns = []struct {
	header string
	width  float64
	value  func(line) any
}{
	{"NIK", 10, func(l line) any { return l.id }},
	{"Nama Karyawan", 34, func(l line) any { return l.name }},
	{"Jabatan", 22, func(l line) any { return l.job }},
	{"Departemen", 23, func(l line) any { return l.department }},
	{"Kode Bank", 8, func(l line) any { return l.bank.code }},
	{"Nama Bank", 13, func(l line) any { return l.bank.name }},
	{"No. Rekening", 20, func(l line) any { return l.account }},
	{"Gaji Bersih (Rp)", 16, func(l line) any { return l.rupiah }},
	{"No. HP", 15, func(l line) any { return l.phone }},
	{"Jenis", 8, func(line) any { return payType }},
	{"Keterangan", 21, func(line) any { return remark }},
}

const (
	headerRow    = 4
	amountColumn = 8
	sheet        = "Gaji November 2026"
	font         = "Calibri"
)

func writeWorkbook(path string, lines []line) (err error) {
	book := excelize.NewFile()
	defer func() { err = firstError(err, book.Close()) }()
	page := &workbook{File: book}
	page.do(book.SetSheetName("Sheet1", sheet))
	styles := page.styles()
	page.heading(styles)
	var total int64
	for i, l := range lines {
		for c, column := range columns {
			page.set(c+1, headerRow+1+i, column.value(l))
		}
		total += l.rupiah
	}
	end := headerRow + len(lines)
	page.style(1, headerRow+1, len(columns), end, styles.text)
	page.style(amountColumn, headerRow+1, amountColumn, end+1, styles.amount)
	page.totals(end+1, total, styles)
	page.printing(end + 1)
	page.do(book.SetDocProps(&excelize.DocProperties{Title: "Daftar Gaji November 2026", Creator: "gajian",
		Created: created, Modified: created}))
	page.do(book.SaveAs(path))
	return page.err
}

// created is fixed, so that the same payroll is the same file.
var created = time.Date(2026, time.November, 24, 2, 0, 0, 0, time.UTC).Format(time.RFC3339)

// workbook remembers the first error, so that the layout reads as one.
type workbook struct {
	*excelize.File
	err error
}

func (w *workbook) do(err error) { w.err = firstError(w.err, err) }

func cell(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		panic(err)
	}
	return name
}

func (w *workbook) set(column, row int, value any) {
	w.do(w.SetCellValue(sheet, cell(column, row), value))
}

func (w *workbook) style(fromColumn, fromRow, toColumn, toRow, style int) {
	w.do(w.SetCellStyle(sheet, cell(fromColumn, fromRow), cell(toColumn, toRow), style))
}

// styleSet holds the styles of the sheet.
type styleSet struct{ title, note, header, text, amount, total, totalAmount int }

func (w *workbook) styles() (s styleSet) {
	thin := []excelize.Border{{Type: "bottom", Color: "D9D9D9", Style: 1}}
	double := []excelize.Border{{Type: "top", Color: "1F3864", Style: 1}, {Type: "bottom", Color: "1F3864", Style: 6}}
	bold, asText, grouped := &excelize.Font{Bold: true, Family: font, Size: 11}, 49, 3 // Excel's own formats @ and #,##0
	add := func(style excelize.Style) int {
		id, err := w.NewStyle(&style)
		w.do(err)
		return id
	}
	s.title = add(excelize.Style{Font: &excelize.Font{Bold: true, Family: font, Size: 16, Color: "1F3864"}})
	s.note = add(excelize.Style{Font: &excelize.Font{Italic: true, Family: font, Size: 11, Color: "595959"}})
	s.header = add(excelize.Style{Font: &excelize.Font{Bold: true, Family: font, Size: 11, Color: "FFFFFF"},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F3864"}},
		Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}})
	s.text = add(excelize.Style{NumFmt: asText, Border: thin, Alignment: &excelize.Alignment{Horizontal: "left", Indent: 1}})
	s.amount = add(excelize.Style{NumFmt: grouped, Border: thin})
	s.total = add(excelize.Style{Font: bold, Border: double})
	s.totalAmount = add(excelize.Style{Font: bold, NumFmt: grouped, Border: double})
	return s
}

// heading writes what stands above the lines: two title rows, a blank one, the header.
func (w *workbook) heading(styles styleSet) {
	w.set(1, 1, "PT Contoh Sejahtera")
	w.set(1, 2, "Daftar Gaji November 2026 (contoh: semua nama dan nomor rekaan)")
	w.style(1, 1, 1, 1, styles.title)
	w.style(1, 2, 1, 2, styles.note)
	for c, column := range columns {
		w.set(c+1, headerRow, column.header)
		name, err := excelize.ColumnNumberToName(c + 1)
		w.do(err)
		w.do(w.SetColWidth(sheet, name, name, column.width))
	}
	w.style(1, headerRow, len(columns), headerRow, styles.header)
	w.do(w.SetRowHeight(sheet, headerRow, 32))
	w.do(w.SetPanes(sheet, &excelize.Panes{Freeze: true, XSplit: 2, YSplit: headerRow,
		TopLeftCell: cell(3, headerRow+1), ActivePane: "bottomRight"}))
}

// totals writes the sum below the lines, and who signs for it.
func (w *workbook) totals(row int, total int64, styles styleSet) {
	w.set(2, row, "TOTAL")
	w.set(amountColumn, row, total)
	w.style(1, row, len(columns), row, styles.total)
	w.style(amountColumn, row, amountColumn, row, styles.totalAmount)
	w.set(2, row+2, "Jakarta, 24 November 2026")
	w.set(2, row+3, "Dibuat oleh: Bagian SDM")
	w.set(4, row+3, "Disetujui oleh: Direktur Keuangan")
}

func (w *workbook) printing(lastRow int) {
	w.do(w.AutoFilter(sheet, cell(1, headerRow)+":"+cell(len(columns), lastRow-1), nil))
	landscape, a4, wide, high, fit := "landscape", 9, 1, 0, true
	w.do(w.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4, FitToWidth: &wide, FitToHeight: &high}))
	w.do(w.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
	w.do(w.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: sheet,
		RefersTo: fmt.Sprintf("'%s'!$%d:$%d", sheet, headerRow, headerRow)}))
}
