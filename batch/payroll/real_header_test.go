package payroll_test

import (
	"strings"
	"testing"

	"gajian/batch/payroll"
)

// headedLine writes a CSV of the header and one line. Below a column with the mark i stands the employee's id, below n, b,
// a and m the name, the bank, the account and the amount that are meant, below x something that is not.
func headedLine(header string) string {
	values := map[string]string{"i": "K-1", "n": "Budi", "b": "BCA", "a": "0123456789", "m": "4500000", "x": "7000000"}
	var heads, line []string
	for column := range strings.SplitSeq(header, " | ") {
		mark, head, _ := strings.Cut(column, ":")
		heads, line = append(heads, `"`+head+`"`), append(line, values[mark])
	}
	return strings.Join(heads, ";") + "\n" + strings.Join(line, ";") + "\n"
}

func TestHeadersThatPeopleAndProgramsWrite(t *testing.T) {
	for name, header := range map[string]string{
		"our template":                       "i:employee_id | n:name | b:bank | a:account_number | m:amount",
		"a payroll program in English":       "i:Employee ID | x:Full Name | x:Job Position | b:Bank Name | a:Bank Account | n:Bank Account Holder | x:Basic Salary | x:Total Deduction | m:Take Home Pay",
		"a payroll program in Indonesian":    "x:No. | i:Id Karyawan | n:Nama Lengkap | x:Jabatan | b:Nama Bank | a:No. Rekening | m:Gaji Bersih",
		"Talenta's stars":                    "i:Id Employee* | n:Employee Name* | b:Bank* | a:Bank Account No.* | m:Net Salary (IDR)",
		"SAP":                                "i:Pers.No. | n:Payee Name | x:Bank Key | b:Bank | a:Bank Account Number | m:Net Pay",
		"SAP with PERNR":                     "i:PERNR | n:Payee Name | b:Bank | a:Bank account | m:Payment Amount",
		"a bank's form of transfers":         "a:No. Rekening Tujuan | n:Nama Penerima | b:Bank Tujuan | m:Nominal Transfer | x:Berita | i:NIK",
		"a bank's form in English":           "i:Employee No | a:Beneficiary Account No. | n:Beneficiary Name | b:Beneficiary Bank | m:Transfer Amount | x:Debit Account",
		"credit account":                     "i:Staff ID | a:Credit Account No | n:Account Name | b:Bank Code | m:Amount (IDR)",
		"a form with units":                  "i:N.I.K | n:NAMA KARYAWAN | b:BANK | a:NO. REKENING | m:JUMLAH YANG DITERIMA (Rp.)",
		"two names for one thing":            "i:NIK / NIP | n:Nama | b:Bank | a:No Rek | m:Gaji Bersih / THP",
		"the month behind the name":          "i:NIK | n:Nama | b:Bank | a:No Rek | m:THP November 2026",
		"the month in short":                 "i:NIK | n:Nama | b:Bank | a:No Rek | m:Gaji Bersih Nov 2026",
		"a line break":                       "i:NIK | n:Nama | b:Bank | a:No.\nRekening | m:Total\nDiterima",
		"jumlah transfer, shortened":         "i:NIK | n:Nama | b:Bank | a:No Rek | m:Jumlah TF",
		"what is left of the pay":            "i:NIK | n:Nama | b:Bank | a:No Rek | x:Gaji Kotor | x:Potongan | m:Sisa Gaji",
		"pay in front of what arrives":       "i:NIK | n:Nama | x:Gaji | x:Tunjangan | x:Total Gaji | x:Potongan | m:Total Diterima | b:Bank | a:No Rek",
		"a total in front of the net pay":    "i:NIK | n:Nama | b:Bank | a:No Rek | x:Gaji Pokok | x:Total | x:BPJS | m:Gaji Bersih",
		"jumlah behind the deductions":       "i:NIK | n:Nama | b:Bank | a:No Rek | x:Gaji Pokok | x:Potongan | m:Jumlah",
		"the number of the insurance behind": "i:NIK | n:Nama | b:Bank | a:No Rek | m:Gaji | x:No BPJS",
		"the holder's name beside another":   "i:NIK | x:Nama Karyawan | b:Bank | a:No Rek | n:Atas Nama | m:Gaji Bersih",
		"the holder's name in front":         "n:Nama Pemilik Rekening | i:NIK | x:Nama | b:Bank | a:No Rek | m:Gaji Bersih",
		"an id beside the employee's":        "x:ID | i:NIK | n:Nama | b:Bank | a:No Rek | m:Gaji Bersih",
		"an id alone":                        "i:ID | n:Name | b:Bank | a:Account | m:Net Pay",
		"remarks under two names":            "i:NIK | n:Nama | b:Bank | a:No Rek | m:Gaji Bersih | x:Keterangan | x:Catatan",
	} {
		lines, _, err := read(t, []byte(headedLine(header)), payroll.Options{})
		if err != nil || len(lines) != 1 {
			t.Errorf("%s: %v, %v", name, lines, err)
			continue
		}
		if l := lines[0]; l.EmployeeID != "K-1" || l.Name != "Budi" || l.BankCode != "014" || l.AccountNumber != "0123456789" || l.Amount != 450000000 {
			t.Errorf("%s: read as %+v", name, l)
		}
	}
}

func TestHeadersThatMayMeanTwoThings(t *testing.T) {
	const start = "i:NIK | n:Nama | b:Bank | a:No Rek | "
	for _, tt := range []struct{ name, header, reason, remedy string }{
		{"net pay under two names", start + "m:Gaji Bersih | x:THP", `two columns are headed as amount: "Gaji Bersih" and "THP", and only one can be what is paid out`, `name the one that is paid out "Gaji Bersih"`},
		{"a sum beside the net pay", start + "x:Jumlah | m:THP", `"Jumlah" and "THP"`, "Gaji Kotor"},
		{"pay behind the net pay may be more than it", start + "m:Gaji Bersih | x:THR | x:Total Gaji", `"Gaji Bersih" and "Total Gaji"`, "Gaji Kotor"},
		{"pay under two names", start + "m:Gaji | x:Total Gaji", `"Gaji" and "Total Gaji"`, "Gaji Kotor"},
		{"pay in front of the deductions", start + "m:Total Gaji | x:Potongan | x:Sisa", `"Total Gaji" may be the pay before deductions, because "Potongan" stands behind it`, `"Gaji Bersih"`},
		{"a sum in front of a tax", start + "m:Jumlah | x:PPh 21 | x:Akhir", `"Jumlah" may be the pay before deductions, because "PPh 21" stands behind it`, `"Gaji Bersih"`},
		{"gross pay alone", start + "m:Gaji Pokok", "the column amount is missing; the header in line 1 has: NIK, Nama, Bank, No Rek, Gaji Pokok", `name the one that has it "Gaji Bersih"`},
		{"gross pay by its name", start + "m:Gaji Kotor", "the column amount is missing", `"Gaji Bersih"`},
		{"income before deductions", start + "m:Total Penerimaan", "the column amount is missing", `"Gaji Bersih"`},
		{"two accounts", start + "m:THP | x:Nomor Rekening", `two columns are headed as account_number: "No Rek" and "Nomor Rekening"`, "keep one"},
		{"two ids", start + "m:THP | x:NIP", `two columns are headed as employee_id: "NIK" and "NIP"`, "keep one"},
	} {
		_, _, err := read(t, []byte(headedLine(tt.header)), payroll.Options{})
		problems := problemsOf(t, err)
		if len(problems) != 1 || !strings.Contains(problems[0].Reason, tt.reason) || !strings.Contains(problems[0].Remedy, tt.remedy) {
			t.Errorf("%s: %v", tt.name, problems)
		}
	}
}

func TestHeadersOfTwoRows(t *testing.T) {
	const line = "K-1;Budi;BCA;0123456789;5000000;500000;4500000\n"
	for _, tt := range []struct{ name, text, problem string }{
		{"groups over columns", "NIK;Nama;Rekening;;Gaji;;\n;;Bank;Nomor;Kotor;Potongan;Bersih\n", ""},
		{"names that stand in the upper row", "NIK;Nama;Rekening;;Penghasilan;Potongan;Jumlah Diterima\n;;Bank;No Rek;Gaji Pokok;BPJS;\n", ""},
		{"names of the bank in their group", "NIK;Karyawan;Bank;;Gaji;;\n;;Nama;No Rekening;Pokok;BPJS;Diterima\n", ""},
		{"units below", "NIK;Nama;Bank;No Rekening;Gaji Kotor;Potongan;Gaji Bersih\n;;;;(Rp);Rp;(Rp)\n", ""},
		{"one below the other in two languages", "Employee ID;Name;Bank;Account No;Gross;Deduction;Net Pay\nNIK;Nama;Bank;No Rekening;Kotor;Potongan;Gaji Bersih\n", ""},
		{"the columns are numbered", "NIK;Nama;Bank;No Rek;Kotor;Potongan;Gaji Bersih\n(1);(2);(3);(4);(5);(6);(7) = (5) - (6)\n", ""},
		{"two rows and their numbers", "NIK;Nama;Rekening;;Gaji;;\n;;Bank;Nomor;Kotor;Potongan;Bersih\n1;2;3;4;5;6;7\n", ""},
		{"titles above", "PT Maju\n\nNIK;Nama;Rekening;;Gaji;;\n;;Bank;Nomor;Kotor;Potongan;Bersih\n", ""},
		{"thousands below", "NIK;Nama;Bank;No Rekening;Kotor;Potongan;Gaji Bersih\n;;;;;;(dalam ribuan)\n", "thousands or millions"},
		{"thousands in a group", "NIK;Nama;Rekening;;Gaji (ribuan);;\n;;Bank;Nomor;Kotor;Potongan;Bersih\n", "thousands or millions"},
	} {
		lines, _, err := read(t, []byte(tt.text+line), payroll.Options{})
		if tt.problem != "" {
			if problems := problemsOf(t, err); len(problems) == 0 || !strings.Contains(problems[0].Reason, tt.problem) {
				t.Errorf("%s: %v", tt.name, problems)
			}
			continue
		}
		if err != nil || len(lines) != 1 {
			t.Errorf("%s: %v, %v", tt.name, lines, err)
		} else if l := lines[0]; l.EmployeeID != "K-1" || l.Name != "Budi" || l.BankCode != "014" || l.AccountNumber != "0123456789" || l.Amount != 450000000 {
			t.Errorf("%s: read as %+v", tt.name, l)
		}
	}
}

func TestTheSumOfAGroupIsNotWhatIsPaid(t *testing.T) {
	const text = "NIK;Nama;Rekening;;Potongan;;Sisa\n;;Bank;Nomor;BPJS;Jumlah;\nK-1;Budi;BCA;0123456789;500000;500000;4500000\n"
	_, _, err := read(t, []byte(text), payroll.Options{})
	if problems := problemsOf(t, err); len(problems) != 1 || !strings.Contains(problems[0].Reason, "the column amount is missing") {
		t.Error(problems)
	}
}

// A line is never taken for the lower row of a header.
func TestNobodyIsLostInAHeader(t *testing.T) {
	for name, text := range map[string]string{
		"a line with nothing but words":      "NIK;Nama;Bank;No Rek;Catatan;Gaji Bersih\nK;Budi;BCA;;Gaji;\nK-1;Budi;BCA;0123456789;Gaji;4500000\n",
		"a department's name":                "NIK;Nama;Bank;No Rek;Catatan;Gaji Bersih\nKaryawan;;;;;\nK-1;Budi;BCA;0123456789;Gaji;4500000\n",
		"numbers that do not count upwards":  "NIK;Nama;Bank;No Rek;Gaji Bersih\n1;2;3;4;6\nK-1;Budi;BCA;0123456789;4500000\n",
		"a header that lacks a column":       "NIK;Nama;Bank;No Rek;Sisa\nGaji;Budi;BCA;Bank;Gaji\nK-1;Budi;BCA;0123456789;4500000\n",
		"a name under a header with a gap":   "NIK;;Nama;Bank;No Rek;Gaji Bersih\nK;Budi;Karyawan;Bank;;\nK-1;;Budi;BCA;0123456789;4500000\n",
		"a month below the amount's heading": "NIK;Nama;Bank;No Rek;Gaji Bersih\n;;;;November\nK-1;Budi;BCA;0123456789;4500000\n",
	} {
		if _, _, err := read(t, []byte(text), payroll.Options{}); err == nil {
			t.Errorf("%s: the file is accepted", name)
		}
	}
}

func TestHeadingsOfDepartments(t *testing.T) {
	const head, end = "NIK;Nama;Bank;No Rek;Gaji Bersih\n", "K-1;Budi;BCA;0123456789;4500000\n"
	for _, heading := range []string{"Divisi: Produksi;;;;", ";DEPARTEMEN KEUANGAN;;;", "Cabang Bandung", "Kantor Pusat;;;;", ";;;;Unit Gudang 2"} {
		lines, result, err := read(t, []byte(head+heading+"\n"+end), payroll.Options{})
		if err != nil || len(lines) != 1 || result.WarningCount != 1 || result.Warnings[0].Line != 2 || !strings.Contains(result.Warnings[0].Reason, "heading of a group") {
			t.Errorf("%s: %v, %v, %v", heading, lines, result.Warnings, err)
		}
	}
	for _, heading := range []string{"Budi;;;;", "Produksi;;;;", "Divisi;;;;", "Bagian yang ditahan;;;;", "Divisi Produksi (dalam ribuan);;;;", "Divisi: Produksi;;BCA;;", "Divisi: Produksi;;;;100000"} {
		if _, _, err := read(t, []byte(head+heading+"\n"+end), payroll.Options{}); err == nil {
			t.Errorf("%s: skipped", heading)
		}
	}
}
