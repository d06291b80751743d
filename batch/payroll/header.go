package payroll

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// field is a column that we know.
type field int

const (
	fieldEmployeeID field = iota
	fieldName
	fieldBank // a code or a name
	fieldBankCode
	fieldBankName
	fieldAccount
	fieldAmount
	fieldPhone
	fieldEmail
	fieldRemark
	fieldCostCenter
	fieldPayType
	fieldRetryOf
	fieldCount
)

// fieldNames are our names of the columns, in messages and JSON. The three bank columns are one to
// people: a line has one bank.
var fieldNames = [fieldCount]string{"employee_id", "name", "bank", "bank", "bank", "account_number", "amount",
	"phone", "email", "remark", "cost_center", "pay_type", "retry_of"}

// aliases are the headers that are understood, as headerKey makes them.
var aliases = map[field]string{
	fieldEmployeeID: `employeeid employeeno employeenumber employeecode employee empid empno empcode staffid staffno personnelno personnelid
		payrollid nik nip nrp npk nomorinduk noinduk nomorindukkaryawan nomorindukpegawai idkaryawan idpegawai idpekerja nokaryawan nopegawai
		nomorkaryawan nomorpegawai kodekaryawan kodepegawai noid`,
	fieldName: `name nama namakaryawan namapegawai namapekerja namalengkap namapenerima namapemilikrekening namapemilik namarekening atasnama an
		beneficiaryname beneficiary employeename staffname fullname accountname accountholder accountholdername holdername recipientname
		recipient payee payeename penerima karyawan pegawai`,
	fieldBank:     `bank bankpenerima banktujuan beneficiarybank recipientbank destinationbank payeebank`,
	fieldBankCode: `bankcode kodebank sandibank bankid beneficiarybankcode kodebankpenerima kodebanktujuan bankkode codebank`,
	fieldBankName: `bankname namabank beneficiarybankname namabankpenerima namabanktujuan recipientbankname`,
	fieldAccount: `accountnumber accountno accountnum account acctno acctnumber accno accnumber bankaccount bankaccountnumber bankaccountno
		norekening norek nomorrekening nomorrek rekening rek rekeningbank norekeningbank nomorrekeningbank norekbank beneficiaryaccount
		beneficiaryaccountno beneficiaryaccountnumber recipientaccount recipientaccountnumber norekeningpenerima nomorrekeningpenerima
		norekeningtujuan nomorrekeningtujuan rekeningtujuan rekeningpenerima norekeningkaryawan nomorrekeningkaryawan payeeaccount`,
	fieldAmount: `amount jumlah nominal gajibersih netpay netsalary nett net netto thp takehomepay gaji jumlahgaji jumlahtransfer nominaltransfer
		nominalgaji jumlahbersih totalgaji totalditerima gajiditerima jumlahditerima jumlahdibayar jumlahdibayarkan salary salaryamount
		transferamount payamount paymentamount netamount payout payoutamount upah upahbersih gajinetto gajinett penerimaanbersih nilai
		nilaitransfer`,
	fieldPhone: `phone phonenumber phoneno mobile mobilephone mobileno mobilenumber handphone hp nohp nomorhp telepon telp notelp notelepon
		nomortelepon nomorhandphone nohandphone whatsapp wa nowa`,
	fieldEmail:      `email emailaddress alamatemail surel mail`,
	fieldRemark:     `remark remarks berita keterangan description note notes catatan memo beritatransfer message`,
	fieldCostCenter: `costcenter costcentre department dept departemen divisi division bagian unit unitkerja pusatbiaya kodedepartemen cc`,
	fieldPayType:    `paytype paymenttype jenis jenispembayaran jenisgaji tipe tipepembayaran payrolltype type`,
	fieldRetryOf:    `retryof`,
}

var fieldOf = func() map[string]field {
	fields := map[string]field{}
	for f, words := range aliases {
		for word := range strings.FieldsSeq(words) {
			if other, double := fields[word]; double {
				panic(fmt.Sprintf("payroll: header %q means both %s and %s", word, fieldNames[other], fieldNames[f]))
			}
			fields[word] = f
		}
	}
	return fields
}()

// headerKey is a header as it is compared: lower case letters and digits; what stands in brackets is a
// unit and counts for nothing, like "Rp" and "IDR" at the end.
func headerKey(text string) string {
	var b strings.Builder
	depth := 0
	for _, r := range norm.NFKC.String(text) {
		switch {
		case r == '(' || r == '[' || r == '{':
			depth++
		case r == ')' || r == ']' || r == '}':
			depth = max(0, depth-1)
		case depth == 0 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		}
	}
	key := b.String()
	if _, known := fieldOf[key]; known {
		return key
	}
	for _, unit := range []string{"rupiah", "idr", "rp"} {
		if cut, ok := strings.CutSuffix(key, unit); ok && cut != "" {
			return cut
		}
	}
	return key
}

// layout is which column of a file holds what.
type layout struct {
	line    int              // where the header stands
	fields  [fieldCount]int  // index of the field's column, or -1
	headers []string         // as they stand in the file, cleaned, up to width
	cells   int              // cells of the header's row, empty ones at its end included
	gaps    bool             // a column between others has no header
	extras  []int            // indexes of the other columns that have a header
	width   int              // columns up to the last one with a header
	repeats map[int]struct{} // indexes of columns whose field another column has already
	above   []headRow        // the rows above the header: titles
	checked int              // index of the column that WriteMarked has added, or -1

	keys       [fieldCount]string // of the headers, as headerKey makes them
	statuses   []int              // indexes of the extras that tell something about a line
	currencies []int              // indexes of the extras that name its currency
}

// CheckHeader heads the column in which a marked copy says what is wrong with each line. When the copy is read, the
// column counts for nothing, so that the payroll stays the same.
const CheckHeader = "gajian_check"

var checkKey = headerKey(CheckHeader)

// maxHeaderRow is how far down the header may stand, as the contract says.
const maxHeaderRow = 20

// maxColumns bounds a file's columns. Payroll files have tens; each further one costs memory on every line.
const maxColumns = 512

func newLayout(line int, cells []string) *layout {
	l := &layout{line: line, cells: len(cells), repeats: map[int]struct{}{}, checked: -1}
	for f := range l.fields {
		l.fields[f] = -1
	}
	for i, text := range cells {
		header, _, _ := cleanText(text)
		l.headers = append(l.headers, header)
		if header == "" {
			continue
		}
		l.gaps = l.gaps || i > l.width
		l.width = i + 1
		f, known := fieldOf[headerKey(header)]
		switch {
		case headerKey(header) == checkKey:
			l.checked = i
		case !known || f >= fieldPhone && l.has(f) && headerKey(l.headers[l.fields[f]]) != headerKey(header):
			l.extras = append(l.extras, i) // a second remark under another name decides nothing: it is kept as it is
		case l.has(f):
			l.repeats[i] = struct{}{}
		default:
			l.fields[f] = i
		}
	}
	l.headers = l.headers[:l.width]
	l.describe()
	return l
}

// describe works out what every line is asked for.
func (l *layout) describe() {
	for f, i := range l.fields {
		if i >= 0 {
			l.keys[f] = headerKey(l.headers[i])
		}
	}
	for n, i := range l.extras {
		if isStatus(l.headers[i]) {
			l.statuses = append(l.statuses, n)
		}
		if currencyHeaders[headerKey(l.headers[i])] {
			l.currencies = append(l.currencies, n)
		}
	}
}

// isHeader is true for a text that is the header of a field.
func (l *layout) isHeader(f field, text string) bool {
	if len(text) < len(l.headers[l.fields[f]]) {
		return false
	}
	if c := text[0] | 0x20; c >= 'a' && c <= 'z' && isPrintable(text) && c != l.keys[f][0] {
		return false // quickly, for nearly all of them
	}
	return headerKey(text) == l.keys[f]
}

func (l *layout) has(f field) bool { return l.fields[f] >= 0 }

// required counts the required columns that were found; five is all.
func (l *layout) required() int {
	n := 0
	for _, found := range []bool{l.has(fieldEmployeeID), l.has(fieldName), l.hasBank(), l.has(fieldAccount), l.has(fieldAmount)} {
		if found {
			n++
		}
	}
	return n
}

const requiredColumns = 5

func (l *layout) hasBank() bool {
	return l.has(fieldBank) || l.has(fieldBankCode) || l.has(fieldBankName)
}

// extraColumns returns the headers of the columns that are kept as they are.
func (l *layout) extraColumns() []string {
	var names []string
	for _, i := range l.extras {
		names = append(names, l.headers[i])
	}
	return names
}

// findHeader returns the layout of the first row that names every required column, else of the row
// that names most; nil when no row names two of them.
func findHeader(rows []headRow) *layout {
	var best *layout
	for i, row := range rows {
		l := newLayout(row.line, row.cells)
		l.above = rows[:i]
		if best == nil || l.required() > best.required() {
			best = l
		}
		if l.required() == requiredColumns {
			break
		}
	}
	if best == nil || best.required() < 2 {
		return nil
	}
	return best
}

// headRow is one of the first rows of a file, in which the header is looked for.
type headRow struct {
	line  int
	cells []string
}

// problems returns what is wrong with the header; each of it concerns the whole file.
func (l *layout) problems() []Problem {
	var found []Problem
	fault := func(column, value, reason, remedy string) {
		found = append(found, Problem{Column: column, Value: value, Reason: reason, Remedy: remedy})
	}
	for i := range l.headers {
		if _, double := l.repeats[i]; double {
			f := fieldOf[headerKey(l.headers[i])]
			fault(fieldNames[f], l.headers[i], fmt.Sprintf("two columns are headed as %s: %q and %q", fieldNames[f], l.headers[l.fields[f]], l.headers[i]),
				"keep one, and rename or delete the other")
		}
	}
	for _, f := range []field{fieldEmployeeID, fieldName, fieldBank, fieldAccount, fieldAmount} {
		if !l.has(f) && (f != fieldBank || !l.hasBank()) {
			fault(fieldNames[f], "", fmt.Sprintf("the column %s is missing; the header in line %d has: %s", fieldNames[f], l.line, strings.Join(l.headers, ", ")),
				"add the column, or name it as in `gajian template`")
		}
	}
	if n := l.says(); n.found() {
		fault(fieldNames[fieldAmount], l.headers[l.fields[fieldAmount]], n.reason, n.remedy)
	}
	found = append(found, l.titleProblems()...)
	if l.width > maxColumns {
		fault("", "", fmt.Sprintf("the header has %d columns; at most %d are read", l.width, maxColumns), "delete the columns that are not needed")
	}
	return found
}

// says is the fault of a header of the amounts that names another unit than rupiah.
func (l *layout) says() note {
	if !l.has(fieldAmount) {
		return note{}
	}
	return headerUnit(l.headers[l.fields[fieldAmount]]).note("the header")
}

// titleProblems finds titles that name another unit than rupiah for all amounts below.
func (l *layout) titleProblems() []Problem {
	var found []Problem
	for _, row := range l.above {
		for _, text := range row.cells {
			if n := titleUnit(text[:min(len(text), maxTitle)]).note("the title"); n.found() {
				found = append(found, Problem{Line: row.line, Value: text, Reason: n.reason, Remedy: n.remedy})
			}
		}
	}
	return found
}

// maxTitle bounds how much of a title, in bytes, is searched for a unit.
const maxTitle = 1000

// noHeader is the problem of a file in which no row is a header.
func noHeader(where string) Problem {
	return Problem{Reason: fmt.Sprintf("no header with employee_id, name, bank, account_number and amount in the first %d rows%s", maxHeaderRow, where),
		Remedy: "name the columns in one row, as in `gajian template`"}
}
