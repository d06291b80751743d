package main

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// employee is one line of a payroll that is measured. All are different people with different names.
func employee(i int) (id, name, bank, account, amount string) {
	first := []string{"Siti", "Budi", "Dewi", "Agus", "Rina", "Joko", "Putri", "Eko", "Sri", "Andi", "Wati", "Hadi", "Nur", "Dian", "Tono", "Yuni"}
	syllables := []string{"wan", "sari", "dita", "hayu", "mana", "tika", "rudi", "laksa", "purna", "jaya", "kusu", "nata", "sura", "wira", "yoga", "bima"}
	last := syllables[i>>4&15] + syllables[i>>8&15] + syllables[i>>12&15] + syllables[i>>16&15]
	return fmt.Sprintf("E%07d", i), first[i&15] + " " + strings.ToUpper(last[:1]) + last[1:],
		"014", plainAccount(i), "1500000"
}

// plainAccount is an account number that no trigger of the simulator makes special: octal without
// the digit 3 never holds 12345.
func plainAccount(i int) string {
	return strings.ReplaceAll(fmt.Sprintf("80%08o", i), "3", "9")
}

const payrollHeader = "employee_id,name,bank,account_number,amount"

// writePayroll writes a payroll of so many lines as CSV.
func (p *performance) writePayroll(lines int) string {
	return p.write(fmt.Sprintf("payroll-%d.csv", lines), func(w io.Writer) {
		fmt.Fprintln(w, payrollHeader)
		for i := range lines {
			id, name, bank, account, amount := employee(i)
			fmt.Fprintf(w, "%s,%s,%s,%s,%s\n", id, name, bank, account, amount)
		}
	})
}

func (p *performance) write(name string, fill func(io.Writer)) string {
	path := filepath.Join(p.folder, name)
	file, err := os.Create(path)
	p.must(err)
	defer file.Close()
	w := bufio.NewWriterSize(file, 1<<20)
	fill(w)
	p.must(w.Flush())
	return path
}

// writeWorkbook writes the same as XLSX: with the texts in a table that all cells share, as Excel
// does, or in the cells, as many programs do that export.
func (p *performance) writeWorkbook(lines int, shared bool) string {
	return p.write(fmt.Sprintf("payroll-%d-%v.xlsx", lines, shared), func(out io.Writer) {
		archive := zip.NewWriter(out)
		for _, part := range workbookParts {
			w, err := archive.Create(part[0])
			p.must(err)
			io.WriteString(w, xmlHeader+part[1]) // an error shows when the archive is closed
		}
		w, err := archive.Create("xl/worksheets/sheet1.xml")
		p.must(err)
		writeSheet(w, lines, shared)
		w, err = archive.Create("xl/sharedStrings.xml")
		p.must(err)
		writeSharedStrings(w, lines, shared)
		p.must(archive.Close())
	})
}

const (
	xmlHeader   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpace   = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	officeSpace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	typePrefix  = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

var workbookParts = [][2]string{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + typePrefix + `sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + typePrefix + `worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="` + typePrefix + `sharedStrings+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + officeSpace + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook ` + mainSpace + ` xmlns:r="` + officeSpace + `"><sheets><sheet name="Payroll" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + officeSpace + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="` + officeSpace + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`},
}

// sharedHeader is how many shared strings the header has. The bank's comes next, then three of each
// line: every text but the bank's is there once, much as Excel's own numbering by first use has it.
const sharedHeader = 5

func writeSheet(w io.Writer, lines int, shared bool) {
	fmt.Fprintf(w, `%s<worksheet %s><dimension ref="A1:E%d"/><sheetData>`, xmlHeader, mainSpace, lines+1)
	fmt.Fprint(w, `<row r="1">`)
	for column, title := range strings.Split(payrollHeader, ",") {
		textCell(w, column, 1, title, column, shared)
	}
	fmt.Fprint(w, `</row>`)
	for i := range lines {
		id, name, bank, account, amount := employee(i)
		row, first := i+2, sharedHeader+1+3*i
		fmt.Fprintf(w, `<row r="%d">`, row)
		textCell(w, 0, row, id, first, shared)
		textCell(w, 1, row, name, first+1, shared)
		textCell(w, 2, row, bank, sharedHeader, shared)
		textCell(w, 3, row, account, first+2, shared)
		fmt.Fprintf(w, `<c r="E%d"><v>%s</v></c></row>`, row, amount)
	}
	fmt.Fprint(w, `</sheetData></worksheet>`)
}

func textCell(w io.Writer, column, row int, text string, number int, shared bool) {
	if shared {
		fmt.Fprintf(w, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+column, row, number)
	} else {
		fmt.Fprintf(w, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+column, row, text)
	}
}

func writeSharedStrings(w io.Writer, lines int, shared bool) {
	if !shared {
		lines = 0
	}
	fmt.Fprintf(w, `%s<sst %s count="%d" uniqueCount="%d">`, xmlHeader, mainSpace, 5+4*lines, sharedHeader+1+3*lines)
	for title := range strings.SplitSeq(payrollHeader+",014", ",") {
		fmt.Fprintf(w, `<si><t>%s</t></si>`, title)
	}
	for i := range lines {
		id, name, _, account, _ := employee(i)
		fmt.Fprintf(w, `<si><t>%s</t></si><si><t>%s</t></si><si><t>%s</t></si>`, id, name, account)
	}
	fmt.Fprint(w, `</sst>`)
}
