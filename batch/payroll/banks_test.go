package payroll_test

import (
	"regexp"
	"strings"
	"testing"

	"gajian/batch/payroll"
)

func TestTheBankTable(t *testing.T) {
	banks := payroll.Banks()
	if len(banks) != 125+6 {
		t.Errorf("%d rows, want the 125 of the table and 6 wallets", len(banks))
	}
	code, primary := regexp.MustCompile(`^[A-Z0-9]{3,11}$`), map[string]int{}
	for _, bank := range banks {
		if !code.MatchString(bank.Code) || bank.Name == "" || bank.ShortName == "" || (bank.BIC == "") != bank.Wallet {
			t.Errorf("bank %+v", bank)
		}
		if bank.Primary {
			primary[bank.Code]++
		}
	}
	for _, bank := range banks {
		if primary[bank.Code] != 1 {
			t.Errorf("code %s has %d first rows", bank.Code, primary[bank.Code])
		}
	}
	banks[0].Code = "x"
	if payroll.Banks()[0].Code == "x" {
		t.Error("the caller can change the table")
	}
	if got := payroll.BankName("014", nil); got != "BCA" {
		t.Errorf("014 is %q", got)
	}
	if got := payroll.BankName("999", map[string]string{"999": "Koperasi"}); got != "Koperasi" {
		t.Errorf("999 is %q", got)
	}
	if got := payroll.BankName("998", nil); got != "" {
		t.Errorf("998 is %q", got)
	}
}

// bankOf reads a file of one line and returns the bank's code, or the reason of the refusal.
func bankOf(t *testing.T, name string) string {
	t.Helper()
	text := "employee_id\tname\tbank\taccount_number\tamount\nE1\tBudi\t" + name + "\t0812345678901234\t1\n"
	lines, _, err := read(t, []byte(text), payroll.Options{})
	if problems := problemsOf(t, err); len(problems) > 0 {
		return problems[0].Reason
	}
	return lines[0].BankCode
}

func TestEveryBankIsFoundByCodeNameShortNameAndBIC(t *testing.T) {
	for _, bank := range payroll.Banks() {
		if bank.Code == "001" {
			continue
		}
		for _, word := range []string{bank.Code, bank.Name, bank.ShortName, strings.ToLower(bank.ShortName), bank.BIC} {
			if word == "" {
				continue
			}
			if got := bankOf(t, word); got != bank.Code {
				t.Errorf("%q is %s, want %s", word, got, bank.Code)
			}
		}
	}
}

func TestNamesThatPeopleWrite(t *testing.T) {
	for word, want := range map[string]string{
		"Bank BCA": "014", "PT Bank Central Asia Tbk": "014", "bca": "014", "B C A": "014", "014 - BCA": "014", "BCA (014)": "014", "'014": "014", "014": "014",
		"BRI": "002", "bank rakyat indonesia": "002", "Mandiri": "008", "BANK MANDIRI (Persero)": "008", "BNI": "009", "BSI": "451", "Bank Syariah Indonesia": "451",
		"CIMB": "022", "CIMB Niaga": "022", "Permata": "013", "PermataBank": "013", "Danamon": "011", "BTN": "200", "Jago": "542", "SeaBank": "535", "Jenius": "213",
		"BTPN": "213", "BTPN Syariah": "547", "OCBC": "028", "OCBC NISP": "028", "BJB": "110", "Bank DKI": "111", "Bank Jakarta": "111", "Maybank": "016", "Panin": "019",
		"Muamalat": "147", "Mega": "426", "BCA Syariah": "536", "blu": "501", "Neo Commerce": "490", "Gopay": "GOPAY", "dana": "DANA", "ShopeePay": "SHOPEEPAY", "LinkAja": "911", "8": "008", "14": "014",
	} {
		if got := bankOf(t, word); got != want {
			t.Errorf("%q is %s, want %s", word, got, want)
		}
	}
	for word, reason := range map[string]string{
		"BPD": "not in the bank table", "Syariah": "not in the bank table", "Bank": "not in the bank table", "BRI Syariah": "became BSI", "Bank Syariah Mandiri": "became BSI", "014 Mandiri": "disagree",
		"0140397": "not in the bank table", "1.4E+1": "scientific", "999": "not in the bank table", "001": "central bank", "0": "not in the bank table",
	} {
		if got := bankOf(t, word); !strings.Contains(got, reason) {
			t.Errorf("%q gives %q, want a refusal with %q", word, got, reason)
		}
	}
}
