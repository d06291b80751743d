package payroll_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"gajian/batch/payroll"
	"gajian/ledger"
)

// FuzzCSVForms writes the same lines in two forms: with another encoding, delimiter, line end, order of
// columns, quoting, rows above and between. Both read the same, with line numbers that are counted by
// the writer, or both are refused.
func FuzzCSVForms(f *testing.F) {
	f.Add("Budi", "Gaji November", "Pagi", uint16(1_500_0), uint32(0))
	f.Add("André, \"Si\" Ong", "a;b|c", "=1+1", uint16(1), uint32(0x5a5a5a5a))
	f.Add("Ñandú", "TOTAL", "'", uint16(65535), uint32(0xffffffff))
	f.Add("孙", "#REF!", "\u200b", uint16(7), uint32(0x01010101))
	f.Add("sep=;", "\ufeff", " ", uint16(9), uint32(0x00ff00ff))
	f.Fuzz(func(t *testing.T, name, remark, extra string, amount uint16, shape uint32) {
		table := [][]string{{"employee_id", "name", "bank", "account_number", "amount", "remark", "Shift"}}
		for i, n := range []string{name, "Siti", name} {
			table = append(table, []string{fmt.Sprintf("E%d", i), oneLine(n), "014", fmt.Sprintf("123456789%d", i), fmt.Sprint(int(amount)*1000 + 1000 + i), oneLine(remark), oneLine(extra)})
		}
		plain, _, plainErr := read(t, form{}.write(table), payroll.Options{})
		shaped := newForm(shape)
		content := shaped.write(table)
		if shaped.encoding == windows1252 && (content == nil || utf8.Valid(content)) {
			return // cannot be written, or nobody could tell
		}
		lines, _, err := read(t, content, payroll.Options{})
		if (err == nil) != (plainErr == nil) {
			t.Fatalf("%+v reads %v, plain %v\n%q", shaped, err, plainErr, content)
		}
		for i := range lines {
			if want := shaped.above + 2 + i*(1+shaped.between); lines[i].Number != want {
				t.Errorf("line %d is said to stand on %d, but stands on %d of\n%s", i, lines[i].Number, want, content)
			}
			if i < len(plain) {
				lines[i].Number = plain[i].Number
			}
		}
		if !reflect.DeepEqual(lines, plain) {
			t.Errorf("%+v reads\n%+v, plain\n%+v", shaped, lines, plain)
		}
	})
}

// oneLine keeps the cells of the forms to what every form can hold: no control characters, one line.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return '-'
		}
		return r
	}, strings.ToValidUTF8(text, "-"))
	return string([]rune(text)[:min(utf8.RuneCountInString(text), 60)])
}

// form is a way to write a table.
type form struct {
	comma          rune
	end            string
	encoding       int
	mark, quoteAll bool
	turned         int // columns are moved by so many
	above, between int // blank rows above the header and behind each line
}

const (
	utf8Text = iota
	utf16LE
	utf16BE
	windows1252
)

func newForm(bits uint32) form {
	take := func(n uint32) int {
		value := bits % n
		bits /= n
		return int(value)
	}
	return form{comma: []rune{',', ';', '\t', '|'}[take(4)], end: []string{"\n", "\r\n", "\r"}[take(3)], encoding: take(4),
		mark: take(2) == 1, quoteAll: take(2) == 1, turned: take(7), above: take(4), between: take(3)}
}

func (f form) write(table [][]string) []byte {
	if f.comma == 0 {
		f.comma, f.end = ',', "\n"
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(f.end, f.above))
	for i, row := range table {
		for j := range row {
			cell := row[(j+f.turned)%len(row)]
			if j > 0 {
				b.WriteRune(f.comma)
			}
			if f.quoteAll || cell == "" || strings.ContainsAny(cell, ",;\t|\" '") || strings.TrimSpace(cell) != cell {
				cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			b.WriteString(cell)
		}
		b.WriteString(f.end)
		if i > 0 {
			b.WriteString(strings.Repeat(f.end, f.between))
		}
	}
	return f.encode(b.String())
}

func (f form) encode(text string) []byte {
	switch f.encoding {
	case windows1252:
		content, err := charmap.Windows1252.NewEncoder().String(text)
		if err != nil {
			return nil
		}
		return []byte(content)
	case utf16LE, utf16BE:
		var content []byte
		if f.mark {
			text = "\ufeff" + text
		}
		for _, u := range utf16.Encode([]rune(text)) {
			if f.encoding == utf16LE {
				content = append(content, byte(u), byte(u>>8))
			} else {
				content = append(content, byte(u>>8), byte(u))
			}
		}
		return content
	}
	if f.mark {
		text = "\ufeff" + text
	}
	return []byte(text)
}

// FuzzNoLineIsLost reads what stands below a fixed header beside encoding/csv. Of an accepted file every
// record with an account and an amount is a line, on its line, with its digits, and nothing else is.
func FuzzNoLineIsLost(f *testing.F) {
	f.Add("E1,Budi,014,1234567890,1500000\nE2,Siti,014,1234567891,2500000\n")
	f.Add("E1,\"Bu\ndi\",014,1234567890,1500000\n\n,,,,\nTOTAL,,,,1500000\n")
	f.Add("E1,\"Budi,014,1234567890,1500000\nE2,Siti\",014,1234567891,2500000\n")
	f.Add("E1,Budi,014,1234567890,1\nE2,Total Siregar,014,,1\nE3,Ani,014,1234567892,2\n")
	f.Add("E1,Budi,014,1234567890,\"1.500.000,00\"\r\nemployee_id,name,bank,account_number,amount\r\nE2,Siti,BCA,'1234567891,Rp 2\r\n")
	f.Add("E1,Budi,014,\u200b,1\nSUBTOTAL,,,,\nE2,Siti,014,1234567891,1,,,")
	f.Fuzz(func(t *testing.T, body string) {
		if len(body) > 1<<15 || strings.ContainsAny(body, "\r\x00") && strings.Contains(strings.ReplaceAll(body, "\r\n", ""), "\r") || !utf8.ValidString(body) {
			return
		}
		lines, _, err := read(t, []byte(five+body), payroll.Options{})
		if err != nil {
			checkRefusal(t, err)
			return
		}
		byNumber := map[int]ledger.Line{}
		for _, line := range lines {
			byNumber[line.Number] = line
		}
		r := csv.NewReader(strings.NewReader(five + body))
		r.FieldsPerRecord = -1
		records, header, want := 0, []string(nil), 0
		for {
			cells, err := r.Read()
			if err != nil {
				break // at the end: whatever encoding/csv refuses is refused
			}
			number, _ := r.FieldPos(0)
			if records++; records == 1 {
				header = cells
				continue
			}
			if len(cells) < 5 || bare(cells[3]) == "" || bare(cells[4]) == "" || isHeader(cells, header) || isTotal(cells[3]) {
				continue
			}
			want++
			line, ok := byNumber[number]
			if !ok || line.AccountNumber != digitsOnly(cells[3]) || !sameDigits(line.Amount, cells[4]) {
				t.Errorf("record %q on line %d is read as %+v", cells, number, line)
			}
		}
		if want != len(lines) {
			t.Errorf("%d lines of %d records with account and amount in\n%s", len(lines), want, body)
		}
	})
}

func bare(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("\u115f\u1160\u3164\uffa0", r)
	})
}

func digitsOnly(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// isTotal is true for the label of a total, which no account is.
func isTotal(text string) bool {
	lower := strings.ToLower(text)
	return digitsOnly(text) == "" && (strings.Contains(lower, "total") || strings.Contains(lower, "jumlah"))
}

// isHeader is true for a record that repeats the header, in whatever way it may be written.
func isHeader(cells, header []string) bool {
	letters := func(text string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, text)
	}
	for i, text := range header {
		if !strings.HasPrefix(letters(cells[i]), letters(text)[:4]) {
			return false
		}
	}
	return true
}

// sameDigits compares whole rupiah, or an amount with zeros behind its mark.
func sameDigits(amount ledger.Sen, text string) bool {
	digits := strings.TrimLeft(digitsOnly(text), "0")
	whole := fmt.Sprint(int64(amount / ledger.Rupiah))
	return digits == whole || digits == whole+"0" || digits == whole+"00"
}

// TestACutFileIsNeverReadAsAWholeOne cuts files at every byte: each is refused, or its lines are the
// first ones of the whole file, or the cell in which the cut lies is named in a warning.
func TestACutFileIsNeverReadAsAWholeOne(t *testing.T) {
	table := [][]string{{"employee_id", "name", "bank", "account_number", "amount", "remark", "pay_type"},
		{"E1", "Budi Santoso", "BCA", "1234567890", "1500000", "Gaji November", "THR"},
		{"E2", "Siti, Dr.", "050", "123456789", "2500000", "", "gaji"}}
	for _, turned := range []int{0, 1, 2, 4, 5} { // the last column is the pay type, the id, the name, the account, the amount
		for _, encoding := range []int{utf8Text, utf16LE}[:1+turned%2] {
			whole := form{comma: ',', end: "\r\n", turned: turned, encoding: encoding}.write(table)
			all, _, err := read(t, whole, payroll.Options{})
			if err != nil || len(all) != 2 {
				t.Fatalf("turned by %d: %v, %v", turned, all, err)
			}
			for cut := range whole {
				lines, result, err := read(t, whole[:cut], payroll.Options{})
				if err != nil {
					continue
				}
				for i, line := range lines {
					line.Remark = all[i].Remark // no money depends on it
					warned := len(result.Warnings) > 0 && result.Warnings[len(result.Warnings)-1].Line == line.Number &&
						strings.Contains(result.Warnings[len(result.Warnings)-1].Reason, "cut short")
					if !reflect.DeepEqual(line, all[i]) && (i != len(lines)-1 || !warned) {
						t.Errorf("turned by %d, encoding %d, cut at %d: %+v, not %+v; warnings %v", turned, encoding, cut, line, all[i], result.Warnings)
					}
				}
			}
		}
	}
}

// plainSheet is what an independent reader makes of a sheet.
type plainSheet struct {
	Rows []struct {
		Number string `xml:"r,attr"`
		Cells  []struct {
			Name   string   `xml:"r,attr"`
			Kind   string   `xml:"t,attr"`
			Value  string   `xml:"v"`
			Inline string   `xml:"is>t"`
			Runs   []string `xml:"is>r>t"`
		} `xml:"c"`
	} `xml:"sheetData>row"`
}

// FuzzSheetAgainstAPlainReader changes the XML of a sheet. What is accepted has the lines that a reader of
// thirty lines finds in it, one that knows neither the Excel library nor our guard.
func FuzzSheetAgainstAPlainReader(f *testing.F) {
	parts := plainParts()
	texts := sharedTexts(f, parts[stringsPart])
	f.Add(parts[sheetPart])
	for _, tt := range hostileSheets {
		if tt.part == sheetPart && tt.old != "" {
			f.Add(strings.Replace(parts[sheetPart], tt.old, tt.new, 1))
		}
	}
	f.Fuzz(func(t *testing.T, sheet string) {
		if len(sheet) > 1<<15 {
			return
		}
		changed := plainParts()
		changed[sheetPart] = sheet
		lines, _, err := read(t, archive(t, changed), payroll.Options{})
		if err != nil {
			checkRefusal(t, err)
			return
		}
		var plain plainSheet
		if err := xml.Unmarshal([]byte(sheet), &plain); err != nil {
			t.Fatalf("accepted, but it is no XML: %v", err)
		}
		comparePlain(t, lines, plain, texts)
	})
}

func sharedTexts(f *testing.F, part string) (texts []string) {
	var table struct {
		Texts []string `xml:"si>t"`
	}
	if err := xml.Unmarshal([]byte(part), &table); err != nil {
		f.Fatal(err)
	}
	return table.Texts
}

func comparePlain(t *testing.T, lines []ledger.Line, plain plainSheet, texts []string) {
	columns, number, next := map[string]string(nil), 0, 0
	for _, row := range plain.Rows {
		number++
		if row.Number != "" {
			fmt.Sscan(row.Number, &number)
		}
		cells, at := map[string]string{}, byte('A'-1)
		for _, c := range row.Cells {
			at++
			if name := strings.Trim(c.Name, "0123456789"); len(name) == 1 {
				at = strings.ToUpper(name)[0]
			} else if c.Name != "" {
				return // beyond Z: this reader ends here
			}
			value := c.Value + c.Inline + strings.Join(c.Runs, "")
			if c.Kind == "s" && value != "" {
				var index int
				fmt.Sscan(value, &index)
				value = texts[index]
			}
			cells[string(at)] = value
		}
		if columns == nil {
			if cells["D"] == "account_number" && cells["E"] == "amount" && cells["A"] == "employee_id" {
				columns = cells
				continue
			}
			return // the header has moved
		}
		if bare(cells["D"]) == "" || bare(cells["E"]) == "" || cells["D"] == columns["D"] && cells["E"] == columns["E"] || isTotal(cells["D"]) {
			continue
		}
		if next >= len(lines) {
			t.Errorf("row %d with %v is not among the lines %+v", number, cells, lines)
			return
		}
		line := lines[next]
		next++
		amount, ok := new(big.Rat).SetString(strings.TrimSpace(cells["E"]))
		if line.Number != number || line.AccountNumber != digitsOnly(cells["D"]) || ok && !nearly(amount, line.Amount) {
			t.Errorf("row %d with %v is read as %+v", number, cells, line)
		}
	}
	if next != len(lines) {
		t.Errorf("%d lines, but %d rows have account and amount", len(lines), next)
	}
}

func nearly(value *big.Rat, amount ledger.Sen) bool {
	difference := new(big.Rat).Sub(value, big.NewRat(int64(amount), int64(ledger.Rupiah)))
	return difference.Abs(difference).Cmp(big.NewRat(1, 1_000_000)) < 0
}

// FuzzChangedWorkbook changes a few bytes of a good workbook, or cuts it. It is refused, or read as before:
// never as a shorter or another list.
func FuzzChangedWorkbook(f *testing.F) {
	whole := archive(f, plainParts())
	want, _, err := read(f, whole, payroll.Options{})
	if err != nil || len(want) != 2 {
		f.Fatal(want, err)
	}
	f.Add(uint16(0), []byte{1}, uint16(0))
	f.Add(uint16(30), []byte("xl"), uint16(0))
	f.Add(uint16(0), []byte{}, uint16(22))
	for at := 0; ; at++ { // sizes, checksums, places and names in the directory
		i := bytes.Index(whole[at:], []byte("PK\x01\x02"))
		if i < 0 {
			break
		}
		at += i
		for _, field := range []int{8, 10, 16, 20, 24, 28, 42, 46} {
			f.Add(uint16(at+field), []byte{0xff}, uint16(0))
		}
	}
	f.Fuzz(func(t *testing.T, at uint16, with []byte, cut uint16) {
		changed := bytes.Clone(whole[:max(0, len(whole)-int(cut))])
		for i, b := range with[:min(len(with), 64)] {
			if place := int(at) + i; place < len(changed) {
				changed[place] ^= b
			}
		}
		if !bytes.HasPrefix(changed, []byte("PK")) {
			return // another kind of file
		}
		lines, _, err := read(t, changed, payroll.Options{})
		if err != nil {
			checkRefusal(t, err)
			return
		}
		if !reflect.DeepEqual(lines, want) {
			t.Errorf("changed at %d by %x, cut by %d, it reads %+v", at, with, cut, lines)
		}
	})
}
