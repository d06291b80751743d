package payroll_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
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
		if got := bankOf(t, row[0]); got != row[1] {
			t.Errorf("the choice %q is %s, want %s", row[0], got, row[1])
		}
	}
}

// TestTheTemplateSurvivesLibreOffice opens and saves the filled template as a person would.
func TestTheTemplateSurvivesLibreOffice(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil || testing.Short() {
		t.Skip("needs LibreOffice and some seconds")
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "template.xlsx")
	if err := os.WriteFile(path, filledTemplate(t), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(folder, "out")
	command := exec.CommandContext(t.Context(), office, "-env:UserInstallation=file://"+filepath.Join(folder, "profile"),
		"--headless", "--convert-to", "xlsx", "--outdir", out, path)
	if text, err := command.CombinedOutput(); err != nil {
		t.Skipf("LibreOffice does not run here: %v %s", err, text)
	}
	content, err := os.ReadFile(filepath.Join(out, "template.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	lines, result, err := read(t, content, payroll.Options{})
	if err != nil || len(lines) != 2 || len(result.Warnings) > 0 || lines[1].AccountNumber != "0700012345678" {
		t.Errorf("lines %v, warnings %v, %v", lines, result.Warnings, err)
	}
}
