package reports_test

import (
	"archive/zip"
	"encoding/xml"
	"io"
	"path"
	"strings"
	"testing"
	"unicode/utf16"

	"gajian/ledger"
)

func TestHostileTextsAreTextsAndNothingElse(t *testing.T) {
	for name, test := range map[string]struct{ given, want string }{
		"a formula":                     {"=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"},
		"a plus":                        {"+1+1", "+1+1"},
		"a minus":                       {"-2+3", "-2+3"},
		"an at sign":                    {"@SUM(A1)", "@SUM(A1)"},
		"a tab first":                   {"\t=1+1", "\t=1+1"},
		"a carriage return first":       {"\r=1+1", "\r=1+1"},
		"a line break":                  {"one\ntwo", "one\ntwo"},
		"emoji":                         {"Budi 👩‍👩‍👧 😀", "Budi 👩‍👩‍👧 😀"},
		"markup":                        {"<v>1</v>&amp;]]>", "<v>1</v>&amp;]]>"},
		"what Excel uses as an escape":  {"_x0041_ _x005F_x0041_", "_x0041_ _x005F_x0041_"},
		"a control character":           {"a\x00b\x1bc\x7f", "a\ufffdb\ufffdc\ufffd"},
		"a noncharacter":                {"a\uffffb", "a\ufffdb"},
		"invalid UTF-8":                 {"a\xffb", "a\ufffdb"},
		"text that turns round":         {"\u202e9876", "\ufffd9876"},
		"blanks at the ends":            {"  x  ", "  x  "},
		"a number with a zero in front": {"0123", "0123"},
		"exactly what a cell holds":     {strings.Repeat("x", 32767), strings.Repeat("x", 32767)},
		"one more than a cell holds":    {strings.Repeat("x", 32768), strings.Repeat("x", 32766) + "…"},
		"more, of two units each":       {strings.Repeat("😀", 20000), strings.Repeat("😀", 16383) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPayout(2, ledger.Failed)
			p.Name, p.Reason, p.HolderName, p.CostCenter, p.Remark, p.EmployeeID = test.given, test.given, test.given, test.given, test.given, test.given
			p.Extra = []string{test.given}
			src := newSource(p, newPayout(3, ledger.Settled))
			src.summary.ExtraColumns = []string{test.given}
			written := writeWorkbook(t, src, options)
			file := open(t, written)
			for _, cell := range []string{"B2", "C2", "J2", "K2", "R2", "T2", "U1", "U2"} {
				if got, _ := file.GetCellValue("Payouts", cell); got != test.want {
					t.Errorf("%s: got %.60q (%d units), want %.60q", cell, got, len(utf16.Encode([]rune(got))), test.want)
				}
			}
			checkCells(t, written)
		})
	}
}

// checkCells reads the sheets without the Excel library: they are well-formed, every text is an
// inline string (t="inlineStr"), and formulas stand only where we calculate.
func checkCells(t *testing.T, name string) {
	t.Helper()
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, part := range archive.File {
		if path.Dir(part.Name) != "xl/worksheets" {
			continue
		}
		content, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		decoder := xml.NewDecoder(content)
		for {
			token, err := decoder.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", part.Name, err)
			}
			if start, ok := token.(xml.StartElement); ok && start.Name.Local == "c" {
				checkCell(t, part.Name, decoder, start)
			}
		}
	}
}

func checkCell(t *testing.T, part string, decoder *xml.Decoder, start xml.StartElement) {
	var c struct {
		Ref     string  `xml:"r,attr"`
		Type    string  `xml:"t,attr"`
		Formula *string `xml:"f"`
		Value   string  `xml:"v"`
		Inline  *string `xml:"is>t"`
	}
	if err := decoder.DecodeElement(&c, &start); err != nil {
		t.Fatalf("%s: %v", part, err)
	}
	if (c.Type == "inlineStr") != (c.Inline != nil) || c.Type != "inlineStr" && c.Type != "" {
		t.Errorf("%s %s: type %q", part, c.Ref, c.Type)
	}
	if strings.Trim(c.Value, "-.0123456789") != "" {
		t.Errorf("%s %s: %q is no number", part, c.Ref, c.Value)
	}
	if list := strings.HasSuffix(part, "sheet2.xml") || strings.HasSuffix(part, "sheet3.xml") || strings.HasSuffix(part, "sheet6.xml"); list && c.Formula != nil {
		t.Errorf("%s %s: formula %q", part, c.Ref, *c.Formula)
	}
}
