package payroll

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// aliases are the headers that are understood, as headerKey makes them: those of payroll programs (Talenta's
// "Take Home Pay" and "Id Employee", SAP's "Pers.No."), of the banks' forms for many transfers, and what people write.
var aliases = map[field]string{
	fieldEmployeeID: `employeeid employeeno employeenumber employeecode employeenik employee empid empno empcode idemployee staffid staffno
		personnelno personnelid personnelnumber persno pernr payrollid payrollno badgeno badgenumber nik nip nrp npk npp nomorinduk noinduk
		nomorindukkaryawan nomorindukpegawai nomorindukpekerja noindukkaryawan noindukpegawai nomorpokok nomorpokokpegawai nopokok nopeg nopek
		idkaryawan idpegawai idpekerja idstaf idstaff nikkaryawan nikpegawai nokaryawan nopegawai nomorkaryawan nomorpegawai kodekaryawan
		kodepegawai noid id`,
	fieldName: `name nama namakaryawan namapegawai namapekerja namalengkap namastaf employeename staffname fullname karyawan pegawai
		namapenerima namapenerimatransfer namapemilikrekening namapemilik namarekening namapemilikrekeningbank namadirekening namapadarekening
		namasesuairekening namanasabah atasnama atasnamarekening rekeningatasnama an anrekening beneficiaryname beneficiary accountname
		accountholder accountholdername holdername bankaccountname bankaccountholder bankaccountholdername recipientname recipient payee
		payeename penerima`,
	fieldBank:     `bank bankpenerima banktujuan bankkaryawan bankpegawai bankgaji bankpayroll beneficiarybank recipientbank destinationbank payeebank`,
	fieldBankCode: `bankcode kodebank sandibank bankid beneficiarybankcode recipientbankcode kodebankpenerima kodebanktujuan bankkode codebank`,
	fieldBankName: `bankname namabank beneficiarybankname namabankpenerima namabanktujuan namabankkaryawan recipientbankname`,
	fieldAccount: `accountnumber accountno accountnum account acctno acctnumber accno accnumber bankaccount bankaccountnumber bankaccountno
		norekening norek nomorrekening nomorrek rekening rek rekeningbank norekeningbank nomorrekeningbank norekbank beneficiaryaccount
		beneficiaryaccountno beneficiaryaccountnumber recipientaccount recipientaccountnumber recipientaccountno norekeningpenerima
		nomorrekeningpenerima norekpenerima norekeningtujuan nomorrekeningtujuan norektujuan rekeningtujuan rekeningpenerima
		norekeningkaryawan nomorrekeningkaryawan norekeningpegawai nomorrekeningpegawai norekkaryawan rekeningkaryawan rekeninggaji
		rekeningpayroll norekeninggaji norekeningpayroll nomorrekeninggaji payeeaccount destinationaccount creditaccount creditaccountno
		creditaccountnumber`,
	fieldAmount: netAliases + " " + sumAliases + " " + payAliases,
	fieldPhone: `phone phonenumber phoneno mobile mobilephone mobileno mobilenumber handphone hp nohp nomorhp telepon telp notelp notelepon
		nomortelepon nomortelp nomorhandphone nohandphone whatsapp wa nowa nomorwa nowhatsapp nomorwhatsapp hpkaryawan nohpkaryawan`,
	fieldEmail: `email emailaddress alamatemail surel mail emailkaryawan emailpegawai emailpenerima beneficiaryemail recipientemail`,
	fieldRemark: `remark remarks berita keterangan ket description deskripsi note notes catatan memo beritatransfer keterangantransfer
		transferremark paymentdetail paymentdetails message`,
	fieldCostCenter: `costcenter costcentre costcentername costcentercode department departmentname dept departemen namadepartemen divisi
		namadivisi division bagian unit unitkerja pusatbiaya kodedepartemen cc`,
	fieldPayType: `paytype paymenttype jenis jenispembayaran jenisgaji jenispenghasilan tipe tipepembayaran tipegaji payrolltype type`,
	fieldRetryOf: `retryof`,
}

// Headers of the amount. A net one says that it is what arrives at the employee; a sum may be one of anything, and pay
// may be what an employee earns before deductions.
const (
	netAliases = `amount gajibersih gajinetto gajinett gajinet gajibersihditerima gajibersihyangditerima totalgajibersih jumlahgajibersih upahbersih upahditerima
		penerimaanbersih totalpenerimaanbersih pendapatanbersih penghasilanbersih jumlahbersih totalbersih netpay nettpay netsalary nettsalary
		netwage netwages netpayment netpayable netpaid netamount nett net netto thp gajithp totalthp jumlahthp thpditerima takehomepay takehome
		takehomesalary nettakehomepay totaltakehomepay diterima totalditerima gajiditerima jumlahditerima gajiyangditerima jumlahyangditerima totalyangditerima
		dibayarkan jumlahdibayar jumlahdibayarkan jumlahyangdibayarkan totaldibayar totaldibayarkan gajidibayar gajidibayarkan jumlahbayar
		totalbayar jumlahpembayaran totalpembayaran nominalpembayaran ditransfer jumlahtransfer nominaltransfer totaltransfer nilaitransfer
		jumlahditransfer totalditransfer nominalditransfer gajiditransfer jumlahtf nominaltf totaltf jumlahtrf nominaltrf totaltrf sisagaji
		sisagajiditerima transferamount amounttransfer transactionamount nominaltransaksi nilaitransaksi payamount paymentamount payout
		payoutamount amountpaid amounttobepaid amountpayable payableamount creditamount disbursement disbursementamount`
	sumAliases = `jumlah nominal nilai`
	payAliases = `total gaji upah salary salaryamount totalsalary jumlahgaji totalgaji nominalgaji`
)

var (
	sumKeys = wordSet(sumAliases)
	payKeys = wordSet(payAliases)
	// weakKeys are those that give way to another header of their field. The name that counts is that of the account's
	// holder; an id without more may be anything's.
	weakKeys = wordSet(payAliases + ` id employee name nama namakaryawan namapegawai namapekerja namalengkap namastaf employeename staffname fullname
		karyawan pegawai`)
)

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

// headerKey is a header as it is compared: lower case letters and digits; what stands in brackets is a unit and counts
// for nothing, like "Rp", "IDR" and a month at the end. Of names for one thing, "NIK / NIP", the first counts.
func headerKey(text string) string {
	key := letters(text)
	if _, known := fieldOf[key]; known || key == "" {
		return key
	}
	if first, same := sameField(text); same {
		return first
	}
	for _, unit := range []string{"rupiah", "idr", "rp"} {
		if cut, ok := strings.CutSuffix(key, unit); ok && cut != "" {
			key = cut
			break
		}
	}
	if bare := withoutMonth(key); bare != key {
		if _, known := fieldOf[bare]; known {
			return bare
		}
	}
	return key
}

// letters are the lower case letters and the digits of a text outside of brackets.
func letters(text string) string {
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
	return b.String()
}

// sameField returns the first key of a header that has several between slashes, all of one field.
func sameField(text string) (first string, same bool) {
	for part := range strings.SplitSeq(text, "/") {
		key := letters(part)
		f, known := fieldOf[key]
		if !known || first != "" && f != fieldOf[first] {
			return "", false
		}
		if first == "" {
			first = key
		}
	}
	return first, true
}

// withoutMonth takes "november2026" off the end of a key.
func withoutMonth(key string) string {
	if n := len(key) - len("2026"); n > 0 && key[n:n+2] == "20" && onlyDigits(key[n:]) {
		key = key[:n]
	}
	longest := ""
	for month := range months {
		if len(month) > len(longest) && strings.HasSuffix(key, month) {
			longest = month
		}
	}
	return strings.TrimSuffix(key, longest)
}

// deductionWords name what is taken off an employee's pay.
var deductionWords = wordSet(`potongan deduction deductions pph bpjs kasbon pinjaman iuran cicilan angsuran`)

// isDeduction is true for the header of a column of deductions; a number of the insurance is none.
func isDeduction(header string) bool {
	words := unitWords(header)
	return slices.ContainsFunc(words, func(word string) bool { return deductionWords[word] }) &&
		!slices.ContainsFunc(words, func(word string) bool { return word == "no" || word == "nomor" || word == "number" })
}
