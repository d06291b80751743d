package payroll_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gajian/batch/payroll"
)

// filledTemplate is the template with two lines typed into it.
func filledTemplate(t *testing.T) []byte {
	t.Helper()
	var empty, filled bytes.Buffer
	if err := payroll.WriteTemplate(&empty); err != nil {
		t.Fatal(err)
	}
	file, err := excelize.OpenReader(&empty)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	file.SetSheetRow("Payroll", "A2", &[]any{"007", "Budi Santoso", "BCA", "0123456789", 1_500_000, "081234567890", "budi@example.com", "Gaji", "HRD", "salary"})
	file.SetSheetRow("Payroll", "A3", &[]any{"008", "Siti Aminah", "BANK MANDIRI", "0700012345678", 2_500_000})
	if err := file.Write(&filled); err != nil {
		t.Fatal(err)
	}
	return filled.Bytes()
}

func TestTheTemplateFilledInIsReadWithoutAWarning(t *testing.T) {
	lines, result, err := read(t, filledTemplate(t), payroll.Options{})
	if err != nil || len(lines) != 2 || len(result.Warnings) > 0 || result.Sheet != "Payroll" || result.Total != 400000000 {
		t.Errorf("lines %v, warnings %v, sheet %q, %v", lines, result.Warnings, result.Sheet, err)
	}
}

func TestTheEmptyTemplateIsAHeaderWithoutLines(t *testing.T) {
	var b bytes.Buffer
	if err := payroll.WriteTemplate(&b); err != nil {
		t.Fatal(err)
	}
	_, _, err := read(t, b.Bytes(), payroll.Options{})
	compareOne(t, "problem", problemsOf(t, err), " : no lines")
}

func TestEveryBankOfTheTemplateIsUnderstood(t *testing.T) {
	var b bytes.Buffer
	if err := payroll.WriteTemplate(&b); err != nil {
		t.Fatal(err)
	}
	file, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := file.GetRows("Banks")
	if err != nil || len(rows) < 100 {
		t.Fatalf("%d banks, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		code, _, _ := strings.Cut(row[0], " ")
		text := "employee_id\tname\tbank\taccount_number\tamount\nE1\tBudi\t" + row[0] + "\t0812345678901234\t1\n"
		lines, result, err := read(t, []byte(text), payroll.Options{})
		if err != nil || lines[0].BankCode != code {
			t.Errorf("the choice %q is not understood: %v %v", row[0], lines, err)
		}
		for _, warning := range result.Warnings {
			if warning.Column != "account_number" { // a bank with a known length says that these are not so many digits
				t.Errorf("the choice %q: %v", row[0], warning)
			}
		}
	}
}
