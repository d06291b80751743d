package payroll_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gajian/batch/payroll"
)

// typed is what somebody types into the template, cell after cell. Each account has zeros in front or more digits
// than a number keeps.
var typed = [][]string{
	{"000123", "Budi Santoso", "014 BCA", "0123456789", "4500000", "081234567890", "budi@example.com", "Gaji November", "HRD", "salary"},
	{"000124", "Siti Aminah", "008 BANK MANDIRI", "0070001234567", "7250000", "+62 812-3456-7891", "", "", "0012", ""},
	{"1-2", "Made Wirawan", "002 BRI", "001201234567501", "3000001"},
	{"2E5", "Ni Luh Sari", "200 BTN", "0000123456789012", "250000000"},
	{"000123", "Budi Santoso", "014", "0123456789", "1500000", "", "", "THR November", "HRD", "THR"},
}

// compareTyped tells where what was read is not what was typed.
func compareTyped(t *testing.T, content []byte) {
	t.Helper()
	lines, result, err := read(t, content, payroll.Options{})
	if err != nil {
		t.Fatalf("%v: %v", err, problemsOf(t, err))
	}
	for _, warning := range result.Warnings {
		t.Errorf("warning: %v", warning)
	}
	if len(lines) != len(typed) {
		t.Fatalf("%d lines, want %d", len(lines), len(typed))
	}
	for i, line := range lines {
		bank, _, _ := strings.Cut(typed[i][2], " ")
		got := []string{line.EmployeeID, line.Name, line.BankCode, line.AccountNumber, strings.TrimSuffix(line.Amount.String(), ".00")}
		want := []string{typed[i][0], typed[i][1], bank, typed[i][3], typed[i][4]}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("line %d was read as %v, want %v", i+1, got, want)
		}
	}
}

// typingMacro is a LibreOffice Basic program that opens a workbook, enters texts into cells as the keyboard does
// (the dispatch .uno:EnterString parses what it is given as the input line would), and saves it in other formats.
func typingMacro(input, folder string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Typing" script:language="StarBasic">
Dim doc, frame, dispatcher
Sub Enter(cell, text)
	Dim target(0) As New com.sun.star.beans.PropertyValue
	target(0).Name = "ToPoint" : target(0).Value = cell
	dispatcher.executeDispatch(frame, ".uno:GoToCell", "", 0, target())
	Dim entry(0) As New com.sun.star.beans.PropertyValue
	entry(0).Name = "StringName" : entry(0).Value = text
	dispatcher.executeDispatch(frame, ".uno:EnterString", "", 0, entry())
End Sub
Sub Save(path, filter, options)
	Dim how(1) As New com.sun.star.beans.PropertyValue
	how(0).Name = "FilterName" : how(0).Value = filter
	how(1).Name = "FilterOptions" : how(1).Value = options
	doc.storeToURL(ConvertToURL(path), how())
End Sub
Sub Main
	Dim none()
`)
	fmt.Fprintf(&b, "	doc = StarDesktop.loadComponentFromURL(ConvertToURL(\"%s\"), \"_blank\", 0, none())\n", input)
	b.WriteString("	frame = doc.CurrentController.Frame\n	dispatcher = createUnoService(\"com.sun.star.frame.DispatchHelper\")\n")
	for i, row := range typed {
		for j, text := range row {
			if text != "" {
				fmt.Fprintf(&b, "	Enter(\"$%c$%d\", \"%s\")\n", 'A'+j, i+2, text)
			}
		}
	}
	fmt.Fprintf(&b, "	Save(\"%s\", \"Calc MS Excel 2007 XML\", \"\")\n", filepath.Join(folder, "typed.xlsx"))
	fmt.Fprintf(&b, "	Save(\"%s\", \"calc8\", \"\")\n", filepath.Join(folder, "typed.ods"))
	for name, shown := range map[string]string{"typed.csv": "false", "shown.csv": "true"} { // with amounts as they are, and as shown: 4,500,000
		fmt.Fprintf(&b, "	Save(\"%s\", \"Text - txt - csv (StarCalc)\", \"44,34,76,1,,0,false,%s\")\n", filepath.Join(folder, name), "true,"+shown)
	}
	b.WriteString("	doc.close(True)\n	StarDesktop.terminate()\nEnd Sub\n</script:module>\n")
	return b.String()
}

// basicLibrary lists the module Typing for LibreOffice.
const basicLibrary = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false" library:passwordprotected="false">
 <library:element library:name="Typing"/>
</library:library>
`

// office runs LibreOffice with a profile of its own. Where it does not run, the test is skipped.
func office(t *testing.T, profile string, arguments ...string) {
	t.Helper()
	program, err := exec.LookPath("soffice")
	if err != nil || testing.Short() {
		t.Skip("needs LibreOffice and some seconds")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // a dialog that nobody sees would wait forever
	defer cancel()
	command := exec.CommandContext(ctx, program, append([]string{"-env:UserInstallation=file://" + profile, "--headless", "--norestore"}, arguments...)...)
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("LibreOffice: %v %s", err, text)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTheTemplateTypedIntoInLibreOfficeIsReadWithoutAWarning(t *testing.T) {
	folder := t.TempDir()
	profile, empty := filepath.Join(folder, "profile"), filepath.Join(folder, "template.xlsx")
	var workbook bytes.Buffer
	if err := payroll.WriteTemplate(&workbook); err != nil {
		t.Fatal(err)
	}
	writeFile(t, empty, workbook.String())
	office(t, profile, "--terminate_after_init") // makes the profile
	basic := filepath.Join(profile, "user", "basic", "Standard")
	writeFile(t, filepath.Join(basic, "Typing.xba"), typingMacro(empty, folder))
	writeFile(t, filepath.Join(basic, "script.xlb"), basicLibrary)
	office(t, profile, "macro:///Standard.Typing.Main")
	office(t, profile, "--convert-to", "xlsx", "--outdir", filepath.Join(folder, "fromods"), filepath.Join(folder, "typed.ods"))
	for _, name := range []string{"typed.xlsx", "typed.csv", "shown.csv", "fromods/typed.xlsx"} {
		t.Run(name, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			if keep := os.Getenv("KEEP_TYPED"); keep != "" {
				writeFile(t, filepath.Join(keep, strings.ReplaceAll(name, "/", "-")), string(content))
			}
			compareTyped(t, content)
		})
	}
}
