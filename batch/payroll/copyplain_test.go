package payroll_test

import (
	"strings"
	"testing"

	"gajian/batch/payroll"
)

// unstyled has no styles, which every cell that is coloured needs: the Excel library cannot change it. E2's account
// has lost its zero, row 3 is hidden, and the sheet Other stands beside.
func unstyled(t *testing.T) []byte {
	parts := plainParts()
	delete(parts, stylesPart)
	parts[relationsPart] = relations("worksheet", "worksheets/sheet1.xml", "sharedStrings", "sharedStrings.xml")
	for old, new := range map[string]string{
		`<c r="E2" s="1">`: `<c r="E2">`, `<row r="3">`: `<row r="3" hidden="1">`,
		`<c r="D2" t="s"><v>9</v></c>`: `<c r="D2"><v>123456789</v></c>`,
	} {
		if !strings.Contains(parts[sheetPart], old) {
			t.Fatalf("the sheet has no %s", old)
		}
		parts[sheetPart] = strings.Replace(parts[sheetPart], old, new, 1)
	}
	return archive(t, parts)
}

func TestAWorkbookThatCannotBeChangedIsCopiedByItsValues(t *testing.T) {
	path, out := save(t, "payroll.xlsx", unstyled(t), "fixed.xlsx")
	fixes, err := payroll.WriteFixed(t.Context(), path, out, payroll.Options{})
	if err != nil || !fixes.Plain || fixes.Count != 1 || fixes.Left != 0 {
		t.Fatalf("%+v, %v", fixes, err)
	}
	f := openCopy(t, out, "")
	for cell, want := range map[string]string{"D1": "account_number", "D2": "0123456789", "E2": "1500000", "D3": "1234567891", "F3": "Gaji"} {
		if got := valueOf(t, f, "Gaji", cell); got != want {
			t.Errorf("%s is %q, want %q", cell, got, want)
		}
	}
	if visible, err := f.GetRowVisible("Gaji", 3); visible || err != nil {
		t.Errorf("row 3 is visible: %v, %v", visible, err)
	}
	if help := valueOf(t, f, "Changed cells", "A1"); !strings.Contains(help, "could not be changed, so this is a new one") {
		t.Errorf("the list does not say that the copy is plain: %s", help)
	}
}

func TestAMarkedCopyByValuesSaysSo(t *testing.T) {
	path, out := save(t, "payroll.xlsx", unstyled(t), "marked.xlsx")
	lines, err := payroll.WriteMarked(t.Context(), path, out, payroll.Options{}, nil)
	if err != nil || lines != 2 { // the hidden row is one
		t.Fatal(lines, err)
	}
	f := openCopy(t, out, "")
	if said := valueOf(t, f, "Gaji", "G2"); !strings.HasPrefix(said, "error: account_number") {
		t.Errorf("G2 says %q", said)
	}
	notes, err := f.GetComments("Gaji")
	if err != nil || len(notes) != 1 || notes[0].Cell != "G1" || !strings.Contains(notes[0].Paragraph[0].Text, "could not be changed, so this is a new one") {
		t.Errorf("notes: %+v, %v", notes, err)
	}
}

func TestACopyOfAMacroWorkbookByItsValuesOpensUnderItsName(t *testing.T) {
	path, out := save(t, "payroll.xlsm", unstyled(t), "fixed.xlsm")
	if fixes, err := payroll.WriteFixed(t.Context(), path, out, payroll.Options{}); err != nil || !fixes.Plain {
		t.Fatal(fixes, err)
	}
	types, _ := openCopy(t, out, "").Pkg.Load("[Content_Types].xml")
	if text, _ := types.([]byte); !strings.Contains(string(text), "application/vnd.ms-excel.sheet.macroEnabled.main+xml") {
		t.Errorf("Excel goes by the type of its contents, which is %s", text)
	}
}
