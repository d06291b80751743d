package payroll

import "fmt"

// templateColumn is a column of the template and what is said about it.
type templateColumn struct {
	field    field
	header   string
	width    float64
	required bool
	example  string
	english  string
	// indonesian says the same as english.
	indonesian string
	// prompt is shown beside the cell that somebody types into; a spreadsheet shows 255 characters of it.
	prompt string
}

var templateColumns = []templateColumn{
	{field: fieldEmployeeID, header: "Employee ID", width: 16, required: true, example: "000123",
		english:    "The employee's number in your company, always the same from month to month. Zeros in front stay.",
		indonesian: "Nomor karyawan (NIK) di perusahaan, tetap sama setiap bulan. Angka nol di depan tidak hilang.",
		prompt:     "The employee's number, the same every month.\nNomor karyawan (NIK), sama setiap bulan."},
	{field: fieldName, header: "Name", width: 32, required: true, example: "Budi Santoso",
		english:    "The account holder's name as it stands in the bank book. It is compared with the name that the bank has.",
		indonesian: "Nama pemilik rekening seperti di buku tabungan. Nama ini dicocokkan dengan nama di bank.",
		prompt:     "The account holder's name as in the bank book.\nNama pemilik rekening seperti di buku tabungan."},
	{field: fieldBank, header: "Bank", width: 32, required: true, example: "014 BCA",
		english:    "Choose from the list in the cell (all banks: sheet Banks), or write the bank's code (014) or name (BCA).",
		indonesian: "Pilih dari daftar di sel (semua bank: sheet Banks), atau tulis kode (014) atau nama bank (BCA).",
		prompt:     "Choose from the list, or write the code (014) or name (BCA).\nPilih dari daftar, atau tulis kode (014) atau nama (BCA)."},
	{field: fieldAccount, header: "Account number", width: 22, required: true, example: "0123456789",
		english:    "Digits only, without dashes or blanks. Zeros in front belong to the number. The cells are formatted as text; keep them so.",
		indonesian: "Angka saja, tanpa tanda hubung atau spasi. Angka nol di depan adalah bagian dari nomor. Format sel adalah teks; jangan diubah.",
		prompt:     "Digits only, zeros in front included.\nAngka saja, termasuk angka nol di depan."},
	{field: fieldAmount, header: "Amount", width: 18, required: true, example: "4500000",
		english:    "What the employee receives, in whole rupiah. Type digits only; the spreadsheet adds the separators.",
		indonesian: "Jumlah yang diterima karyawan, dalam rupiah bulat. Ketik angka saja; pemisah ribuan muncul sendiri.",
		prompt:     "Whole rupiah, digits only: 4500000\nRupiah bulat, angka saja: 4500000"},
	{field: fieldPhone, header: "Phone", width: 18, example: "081234567890",
		english: "The employee's mobile number.", indonesian: "Nomor HP karyawan.",
		prompt: "Optional: mobile number, 081234567890.\nBoleh kosong: nomor HP."},
	{field: fieldEmail, header: "Email", width: 28, example: "budi@example.com",
		english: "The employee's e-mail address.", indonesian: "Alamat email karyawan.",
		prompt: "Optional.\nBoleh kosong."},
	{field: fieldRemark, header: "Remark", width: 28, example: "Gaji November",
		english: "A note for this line.", indonesian: "Keterangan untuk baris ini.",
		prompt: "Optional: a note for this line.\nBoleh kosong: keterangan untuk baris ini."},
	{field: fieldCostCenter, header: "Cost center", width: 16, example: "HRD",
		english: "The department, for the sums in the report.", indonesian: "Bagian atau departemen, untuk jumlah di laporan.",
		prompt: "Optional: the department.\nBoleh kosong: departemen."},
	{field: fieldPayType, header: "Pay type", width: 14, example: "THR",
		english:    "What kind of payment it is. An employee with two lines in a month (salary and THR) needs different words here.",
		indonesian: "Jenis pembayaran. Karyawan dengan dua baris dalam sebulan (gaji dan THR) perlu jenis yang berbeda.",
		prompt:     "Optional: tells two payments of a month apart (salary, THR).\nBoleh kosong: membedakan dua pembayaran (gaji, THR)."},
}

// templateRule is a row of the instructions below the columns.
type templateRule struct{ title, english, indonesian string }

var templateRules = []templateRule{
	{"Lines / Baris",
		"One row for each payment, in the sheet Payroll, directly below the header. Leave no row empty between them.",
		"Satu baris untuk satu pembayaran, di sheet Payroll, langsung di bawah judul kolom. Jangan ada baris kosong di antaranya."},
	{"Pasting / Menempel",
		"Paste with \"Paste special, values only\" (Excel) or \"Unformatted text\" (LibreOffice). A plain paste brings its own format: zeros in front may be lost, and the checks of the cells are gone.",
		"Tempel dengan \"Paste special, values\" (Excel) atau \"Unformatted text\" (LibreOffice). Tempel biasa membawa formatnya sendiri: angka nol di depan bisa hilang, dan pemeriksaan sel ikut hilang."},
	{"Do not / Jangan",
		"Do not rename the headers of the required columns, merge cells, hide rows, write Rp or decimals, or write two accounts in one cell.",
		"Jangan mengubah judul kolom wajib, menggabung sel, menyembunyikan baris, menulis Rp atau desimal, atau menulis dua rekening dalam satu sel."},
	{"More / Tambahan",
		"Further columns may be added to the right; they come back in the report. A row TOTAL with the sum of the amounts may stand below the last line; it is compared.",
		"Kolom lain boleh ditambahkan di sebelah kanan; isinya muncul kembali di laporan. Baris TOTAL dengan jumlah seluruhnya boleh ada di bawah baris terakhir; jumlahnya dicocokkan."},
	{"Next / Selanjutnya",
		"Save as .xlsx and run: gajian check FILE.xlsx. It pays nobody; it tells each cell that has to be mended. Then: gajian rehearse FILE.xlsx",
		"Simpan sebagai .xlsx lalu jalankan: gajian check FILE.xlsx. Perintah ini tidak membayar siapa pun; setiap sel yang harus diperbaiki disebutkan. Lalu: gajian rehearse FILE.xlsx"},
}

// Messages that a spreadsheet shows when a cell is filled in wrongly; it shows 255 characters of one.
const bankMessage = "This is not in the list. Choose from it, or keep a code or name that is on the sheet Banks.\n" +
	"Tidak ada di daftar. Pilih dari daftar, atau pakai kode atau nama di sheet Banks."

func accountMessage() string {
	return fmt.Sprintf("The account number is %d to %d digits, as text: no blanks, dashes or letters.\n"+
		"Nomor rekening terdiri dari %[1]d sampai %[2]d angka, sebagai teks: tanpa spasi, tanda hubung atau huruf.", minAccountDigits, maxAccountDigits)
}

func amountMessage() string {
	return fmt.Sprintf("The amount is in whole rupiah, from 1 to %s (the most of one transfer). Digits only.\n"+
		"Jumlah dalam rupiah bulat, dari 1 sampai %[1]s (batas satu transfer). Angka saja.", defaultMaxAmount.Grouped())
}
