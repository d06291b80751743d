package payroll_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"gajian/batch/payroll"
)

// The parts of a workbook, written without the Excel library: what a test changes in one of them is
// what the reader gets.
const (
	mainSpace     = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relationSpace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageSpace  = "http://schemas.openxmlformats.org/package/2006/relationships"
	sheetPart     = "xl/worksheets/sheet1.xml"
	stringsPart   = "xl/sharedStrings.xml"
	bookPart      = "xl/workbook.xml"
	relationsPart = "xl/_rels/workbook.xml.rels"
	stylesPart    = "xl/styles.xml"
)

func relations(list ...string) string {
	var b strings.Builder
	b.WriteString(`<Relationships xmlns="` + packageSpace + `">`)
	for i := 0; i < len(list); i += 2 {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s/%s" Target="%s"/>`, i/2+1, relationSpace, list[i], list[i+1])
	}
	return b.String() + `</Relationships>`
}

// plainParts hold two lines: E1 gets 1,500,000 on 1234567890, E2 gets 2,500,000 on 1234567891.
func plainParts() map[string]string {
	texts := []string{"employee_id", "name", "bank", "account_number", "amount", "remark", "E1", "Budi", "BCA", "1234567890", "Gaji", "E2", "Siti", "1234567891"}
	var shared strings.Builder
	for _, text := range texts {
		shared.WriteString("<si><t>" + text + "</t></si>")
	}
	return map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>`,
		"_rels/.rels":         relations("officeDocument", "xl/workbook.xml"),
		bookPart:              `<workbook xmlns="` + mainSpace + `" xmlns:r="` + relationSpace + `"><sheets><sheet name="Gaji" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		relationsPart:         relations("worksheet", "worksheets/sheet1.xml", "sharedStrings", "sharedStrings.xml", "styles", "styles.xml"),
		stylesPart:            `<styleSheet xmlns="` + mainSpace + `"><numFmts count="1"><numFmt numFmtId="164" formatCode="General"/></numFmts><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>`,
		stringsPart:           `<sst xmlns="` + mainSpace + `">` + shared.String() + `</sst>`,
		sheetPart: `<worksheet xmlns="` + mainSpace + `"><sheetData>` +
			`<row r="1">` + sharedRow(1, 0, 1, 2, 3, 4, 5) + `</row>` +
			`<row r="2">` + sharedRow(2, 6, 7, 8, 9) + `<c r="E2" s="1"><v>1500000</v></c><c r="F2" t="s"><v>10</v></c></row>` +
			`<row r="3">` + sharedRow(3, 11, 12, 8, 13) + `<c r="E3"><v>2500000</v></c><c r="F3" t="s"><v>10</v></c></row>` +
			`</sheetData></worksheet>`,
	}
}

func sharedRow(row int, indexes ...int) string {
	var b strings.Builder
	for i, index := range indexes {
		fmt.Fprintf(&b, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+i, row, index)
	}
	return b.String()
}

const plainLines = "E1 Budi 014 1234567890 1500000.00,E2 Siti 014 1234567891 2500000.00"

// hostile is a workbook with one thing changed, and what becomes of it: a refusal at the given cell, or
// the lines that everybody reads.
type hostile struct {
	name, part, old, new string
	edit                 func(map[string]string) // instead of old and new
	cell, reason         string                  // of the one problem; a fault of the whole file has no cell
	lines                string                  // when it is accepted; "same" is plainLines
	warning              string
}

var hostileSheets = []hostile{
	{name: "nothing changed", lines: "same"},
	// Rows.
	{name: "a negative row number", part: sheetPart, old: `<row r="3"`, new: `<row r="-1"`, reason: "number -1"},
	{name: "a row number beyond the sheet", part: sheetPart, old: `<row r="3"`, new: `<row r="1048577"`, reason: "number 1048577"},
	{name: "a row number beyond 32 bits", part: sheetPart, old: `<row r="3"`, new: `<row r="4294967299"`, reason: "number 4294967299"},
	{name: "a row number that is a fraction", part: sheetPart, old: `<row r="3"`, new: `<row r="3.0"`, reason: "number 3.0"},
	{name: "the same row twice", part: sheetPart, old: `<row r="3"`, new: `<row r="2"`, reason: "row 2 stands behind row 2"},
	{name: "a row with two numbers", part: sheetPart, old: `<row r="3"`, new: `<row r="3" r="9"`, reason: "attribute twice"},
	{name: "rows without numbers", part: sheetPart, edit: func(p map[string]string) {
		for _, n := range []string{"1", "2", "3"} {
			p[sheetPart] = strings.Replace(p[sheetPart], `<row r="`+n+`"`, `<row`, 1)
		}
	}, lines: "same"},
	{name: "a row within a row", part: sheetPart, old: `<row r="3">`, new: `<row r="3"><row r="4"></row>`, reason: "row"},
	{name: "rows outside the table", part: sheetPart, old: `</sheetData>`, new: `</sheetData><row r="4"><c r="A4"><v>1</v></c></row>`, reason: "outside"},
	{name: "a button on the sheet, which says in what row it is", part: sheetPart, old: `</sheetData>`, new: `</sheetData><controls><control shapeId="1025" name="Button 1"><controlPr><anchor><from><xdr:col xmlns:xdr="d">7</xdr:col><xdr:row xmlns:xdr="d">1</xdr:row></from></anchor></controlPr></control></controls>`, lines: "same"},
	{name: "a row behind the sheet's end", part: sheetPart, old: `</worksheet>`, new: `</worksheet><row r="4"></row>`, reason: "do not match"},
	{name: "a second sheet behind the first in one part", part: sheetPart, edit: func(p map[string]string) { p[sheetPart] += p[sheetPart] }, reason: "do not match"},
	{name: "a huge dimension", part: sheetPart, old: `<sheetData>`, new: `<dimension ref="A1:XFD1048576"/><sheetData>`, lines: "same"},
	{name: "a dimension that is too small", part: sheetPart, old: `<sheetData>`, new: `<dimension ref="A1:A1"/><sheetData>`, lines: "same"},
	{name: "columns without an end", part: sheetPart, old: `<sheetData>`, new: `<cols><col min="1" max="2147483647" width="9"/></cols><sheetData>`, lines: "same"},
	{name: "a hidden column with the account", part: sheetPart, old: `<sheetData>`, new: `<cols><col min="4" max="4" width="9" hidden="1"/></cols><sheetData>`, lines: "same", warning: "column is hidden"},
	{name: "a hidden column with the remark", part: sheetPart, old: `<sheetData>`, new: `<cols><col min="6" max="9" width="9" hidden="1"/></cols><sheetData>`, lines: "same"},
	{name: "a row far below", part: sheetPart, old: `</sheetData>`, new: `<row r="1048576"><c r="A1048576" t="str"><v>E9</v></c></row></sheetData>`, cell: "Gaji!B1048576", reason: "name is empty"},
	// Cells.
	{name: "a cell that calls itself another column", part: sheetPart, old: `r="D2"`, new: `r="C2"`, reason: "calls itself C2"},
	{name: "cells out of order", part: sheetPart, old: `r="A2"`, new: `r="Z2"`, reason: "calls itself B2"},
	{name: "a cell of another row", part: sheetPart, old: `r="E3"`, new: `r="E2"`, reason: "calls itself E2"},
	{name: "a cell name that is none", part: sheetPart, old: `r="E3"`, new: `r="3E"`, reason: "calls itself 3E"},
	{name: "a column beyond the sheet", part: sheetPart, old: `r="F3"`, new: `r="XFE3"`, reason: "calls itself XFE3"},
	{name: "an amount that moved one column to the right", part: sheetPart, old: `<c r="E3"><v>2500000</v></c><c r="F3" t="s"><v>10</v></c>`, new: `<c r="F3"><v>2500000</v></c>`, cell: "Gaji!E3", reason: "empty"},
	{name: "a cell with two values", part: sheetPart, old: `<v>2500000</v>`, new: `<v>2500000</v><v>9</v>`, reason: "two values"},
	{name: "a cell with a value and a text", part: sheetPart, old: `<v>2500000</v>`, new: `<v>2500000</v><is><t>9</t></is>`, reason: "two values"},
	{name: "a text in a cell that is a number", part: sheetPart, old: `<v>2500000</v>`, new: `<is><t>9</t></is>`, reason: "does not show"},
	{name: "an element within a value", part: sheetPart, old: `<v>2500000</v>`, new: `<v>25<b/>00000</v>`, reason: "two ways"},
	{name: "an element within the number of a text", part: sheetPart, old: `<v>13</v>`, new: `<v>9<b/>3</v>`, reason: "two ways"},
	{name: "a cell behind a row", part: sheetPart, old: `</row></sheetData>`, new: `</row><c r="E3"><v>9000000</v></c></sheetData>`, reason: "something else than a row stands behind row 3"},
	{name: "a cell in something else behind a row", part: sheetPart, old: `</row></sheetData>`, new: `</row><x><c r="E3"><v>9000000</v></c></x></sheetData>`, reason: "something else than a row stands behind row 3"},
	{name: "a cell within something else of a row", part: sheetPart, old: `<c r="E3"><v>2500000</v></c>`, new: `<c r="E3"><v>2500000</v></c><x><c r="E3"><v></v></c></x>`, reason: "row 3 has a cell within something else"},
	{name: "a cell within a cell", part: sheetPart, old: `<c r="E3"><v>2500000</v></c>`, new: `<c r="E3"><v>2500000</v><c/></c>`, reason: "row 3 has a cell within another"},
	{name: "a cell behind the table", part: sheetPart, old: `</sheetData>`, new: `</sheetData><c r="E3"><v>9000000</v></c>`, reason: "something else than a row stands behind row 3"},
	{name: "one text of 300 KB in twenty cells of a row", edit: func(p map[string]string) {
		p[stringsPart] = strings.Replace(p[stringsPart], `</sst>`, `<si><t>`+strings.Repeat("&#x0041;", 40_000)+`</t></si></sst>`, 1)
		p[sheetPart] = strings.Replace(p[sheetPart], `</row></sheetData>`, strings.Repeat(`<c t="s"><v>14</v></c>`, 20)+`</row></sheetData>`, 1)
	}, reason: "row 3 has more than 4 MiB of text"},
	{name: "a comment within a value", part: sheetPart, old: `<v>2500000</v>`, new: `<v>25<!-- x -->00000</v>`, lines: "same"},
	{name: "a value in character data", part: sheetPart, old: `<v>2500000</v>`, new: `<v><![CDATA[2500000]]></v>`, lines: "same"},
	{name: "a value in character references", part: sheetPart, old: `<v>2500000</v>`, new: `<v>&#50;500000</v>`, lines: "same"},
	{name: "a cell of an unknown type", part: sheetPart, old: `<c r="E3">`, new: `<c r="E3" t="money">`, reason: "type money"},
	{name: "a type of another vocabulary", part: sheetPart, old: `<c r="E3">`, new: `<c r="E3" x:t="s" xmlns:x="y">`, reason: "two ways"},
	{name: "an error value in the amount", part: sheetPart, old: `<c r="E3"><v>2500000</v>`, new: `<c r="E3" t="e"><v>#REF!</v>`, cell: "Gaji!E3", reason: "error value"},
	{name: "an error value in the account", part: sheetPart, old: `<c r="D3" t="s"><v>13</v>`, new: `<c r="D3" t="e"><v>#N/A</v>`, cell: "Gaji!D3", reason: "error value"},
	{name: "a truth value in the account", part: sheetPart, old: `<c r="D3" t="s"><v>13</v>`, new: `<c r="D3" t="b"><v>1</v>`, cell: "Gaji!D3", reason: "TRUE or FALSE"},
	{name: "a date in the amount", part: sheetPart, old: `<c r="E3"><v>2500000</v>`, new: `<c r="E3" t="d"><v>2026-11-25</v>`, cell: "Gaji!E3", reason: "date"},
	{name: "an amount with a sign", part: sheetPart, old: `<v>2500000</v>`, new: `<v>-2500000</v>`, cell: "Gaji!E3", reason: "negative"},
	{name: "an amount with a plus sign", part: sheetPart, old: `<v>2500000</v>`, new: `<v>+2500000</v>`, cell: "Gaji!E3", reason: "can be read"},
	{name: "an account that is a number with a zero in front", part: sheetPart, old: `<c r="D3" t="s"><v>13</v>`, new: `<c r="D3"><v>0234567891</v>`, cell: "Gaji!D3", reason: "no spreadsheet shows"},
	{name: "an amount in hexadecimal", part: sheetPart, old: `<v>2500000</v>`, new: `<v>0x2625A0</v>`, cell: "Gaji!E3", reason: "can be read"},
	{name: "an amount that is a quotient", part: sheetPart, old: `<v>2500000</v>`, new: `<v>5000000/2</v>`, cell: "Gaji!E3", reason: "can be read"},
	{name: "an amount with an exponent without end", part: sheetPart, old: `<v>2500000</v>`, new: `<v>1E999999999</v>`, cell: "Gaji!E3", reason: "can be read"},
	{name: "an amount with Arabic digits", part: sheetPart, old: `<v>2500000</v>`, new: `<v>٢٥٠٠٠٠٠</v>`, cell: "Gaji!E3", reason: "can be read"},
	{name: "an amount that is infinite", part: sheetPart, old: `<v>2500000</v>`, new: `<v>Inf</v>`, cell: "Gaji!E3", reason: "can be read"},
	{name: "a formula without a value", part: sheetPart, old: `<v>2500000</v>`, new: `<f>1+1</f>`, cell: "Gaji!E3", reason: "no computed value"},
	{name: "a formula in the account", part: sheetPart, old: `<c r="D3" t="s"><v>13</v>`, new: `<c r="D3" t="str"><f>A1</f><v>1234567891</v>`, cell: "Gaji!D3", reason: "formula"},
	{name: "an array formula above fills the account", part: sheetPart, old: `<c r="D2" t="s"><v>9</v>`, new: `<c r="D2" t="str"><f t="array" ref="D3:D2">A1</f><v>1234567890</v>`, cell: "Gaji!D2,Gaji!D3", reason: "formula"},
	{name: "a data table fills the account", part: sheetPart, old: `<c r="A2" t="s"><v>6</v></c>`, new: `<c r="A2" t="s"><f t="dataTable" ref="D2:D3"/><v>6</v></c>`, cell: "Gaji!A2,Gaji!D2,Gaji!D3", reason: "formula"},
	{name: "merged accounts", part: sheetPart, old: `<c r="D3" t="s"><v>13</v></c>`, new: ``, cell: "Gaji!D3", reason: "empty"},
	{name: "an amount under a merged one", part: sheetPart, old: `</sheetData>`, new: `</sheetData><mergeCells><mergeCell ref="E2:E3"/></mergeCells>`, cell: "Gaji!E3", reason: "merged area E2:E3"},
	{name: "an account and an amount under other cells of their line", part: sheetPart, old: `</sheetData>`, new: `</sheetData><mergeCells><mergeCell ref="C3:D3"/><mergeCell ref="F2:F3"/></mergeCells>`, cell: "Gaji!D3", reason: "merged area C3:D3"},
	{name: "two lines under the first", part: sheetPart, old: `</sheetData>`, new: `</sheetData><mergeCells><mergeCell ref="A2:F3"/></mergeCells>`, cell: "Gaji!A3,Gaji!B2,Gaji!D3,Gaji!E2,Gaji!E3", reason: "merged area A2:F3"},
	{name: "an amount under its header", part: sheetPart, old: `</sheetData>`, new: `</sheetData><mergeCells><mergeCell ref="E3:E1"/></mergeCells>`, cell: "Gaji!E2,Gaji!E3", reason: "merged area E3:E1"},
	{name: "a header under another", part: sheetPart, old: `</sheetData>`, new: `</sheetData><mergeCells><mergeCell ref="D1:E1"/></mergeCells>`, cell: "Gaji!E1", reason: "merged area D1:E1"},
	{name: "merged areas over each other", part: sheetPart, old: `</sheetData>`, new: `</sheetData><mergeCells><mergeCell ref="A1:F2"/><mergeCell ref="A1:F3"/><mergeCell ref="A1:F4"/><mergeCell ref="A1:F5"/><mergeCell ref="A1:F6"/><mergeCell ref="A1:F7"/><mergeCell ref="A1:F8"/><mergeCell ref="A1:F9"/><mergeCell ref="A1:F10"/><mergeCell ref="A1:F11"/><mergeCell ref="A1:F12"/><mergeCell ref="A1:F13"/><mergeCell ref="A1:F14"/><mergeCell ref="A1:F15"/><mergeCell ref="A1:F16"/></mergeCells>`, reason: "lie over each other"},
	{name: "a merged area that is none", part: sheetPart, old: `</sheetData>`, new: `</sheetData><mergeCells><mergeCell ref="E2:XYZW9"/></mergeCells>`, reason: "calls itself E2:XYZW9"},
	{name: "merged cells beside and below the table", part: sheetPart, old: `</sheetData>`, new: `</sheetData><mergeCells><mergeCell ref="G2:H3"/><mergeCell ref="A4:F9"/><mergeCell ref="E3"/><mergeCell ref="F1048576:F4"/></mergeCells>`, lines: "same"},
	{name: "merged cells that are empty", edit: func(p map[string]string) {
		p[sheetPart] = strings.Replace(p[sheetPart], `</sheetData>`, `</sheetData><mergeCells><mergeCell ref="F2:F3"/></mergeCells>`, 1)
		p[sheetPart] = strings.Replace(p[sheetPart], `<c r="F3" t="s"><v>10</v></c>`, `<c r="F3" s="1"/>`, 1)
	}, lines: "same"},
	// Texts.
	{name: "a negative text number", part: sheetPart, old: `<v>13</v>`, new: `<v>-1</v>`, reason: "text number -1"},
	{name: "a text number that is not there", part: sheetPart, old: `<v>13</v>`, new: `<v>14</v>`, reason: "text number 14"},
	{name: "a text number beyond 64 bits", part: sheetPart, old: `<v>13</v>`, new: `<v>99999999999999999999</v>`, reason: "text number 99999999999999999999"},
	{name: "a text number that is a fraction", part: sheetPart, old: `<v>13</v>`, new: `<v>13.0</v>`, reason: "text number 13.0"},
	{name: "a text number that is a word", part: sheetPart, old: `<v>13</v>`, new: `<v>x</v>`, reason: "text number x"},
	{name: "one text less than before", part: stringsPart, old: `<si><t>employee_id</t></si>`, new: ``, reason: "text number 13"},
	{name: "a text with two texts", part: stringsPart, old: `<t>1234567891</t>`, new: `<t>1234567891</t><t>9999999999</t>`, reason: "two ways"},
	{name: "a text of runs and its reading aid", part: stringsPart, old: `<t>1234567891</t>`, new: `<r><t>12345</t></r><r><rPr><b/></rPr><t>67891</t></r><rPh sb="0" eb="1"><t>99</t></rPh>`, lines: "same"},
	{name: "a text of runs with a text in front", part: stringsPart, old: `<t>1234567891</t>`, new: `<r><t>67891</t></r><t>12345</t>`, reason: "two ways"},
	{name: "an account in an inline text", part: sheetPart, old: `<c r="D3" t="s"><v>13</v>`, new: `<c r="D3" t="inlineStr"><is><t>1234567891</t></is>`, lines: "same"},
	{name: "an account in an inline text of runs and its reading aid", part: sheetPart, old: `<c r="D3" t="s"><v>13</v>`, new: `<c r="D3" t="inlineStr"><is><r><t>12345</t></r><r><t>67891</t></r><rPh sb="0" eb="1"><t>99</t></rPh></is>`, lines: "same"},
	{name: "an inline text with two texts", part: sheetPart, old: `<c r="D3" t="s"><v>13</v>`, new: `<c r="D3" t="inlineStr"><is><t>1234567891</t><t>9999999999</t></is>`, reason: "two ways"},
	{name: "two inline texts", part: sheetPart, old: `<c r="D3" t="s"><v>13</v>`, new: `<c r="D3" t="inlineStr"><is><t>1234567891</t></is><is><t>9</t></is>`, reason: "two values"},
	{name: "an account in escapes", part: stringsPart, old: `<t>1234567891</t>`, new: `<t>_x0031_234567891</t>`, lines: "same"},
	{name: "a zero byte in an escape", part: stringsPart, old: `<t>1234567891</t>`, new: `<t>12345_x0000_67891</t>`, cell: "Gaji!D3", reason: "control character"},
	{name: "a line break between two accounts", part: stringsPart, old: `<t>1234567891</t>`, new: "<t>1234567891\n9876543210</t>", cell: "Gaji!D3", reason: "line break"},
	{name: "an account that shows in another order", part: stringsPart, old: `<t>1234567891</t>`, new: "<t>\u202e1987654321</t>", cell: "Gaji!D3", reason: "another order"},
	{name: "a name with invisible characters", part: stringsPart, old: `<t>Siti</t>`, new: "<t>Si\u200b\u2060ti</t>", lines: "same", warning: "invisible"},
	{name: "an account with an invisible blank", part: stringsPart, old: `<t>1234567891</t>`, new: "<t xml:space=\"preserve\"> 12345\u200b67891 </t>", lines: "same", warning: "taken out"},
	{name: "a name longer than a cell", part: stringsPart, old: `<t>Siti</t>`, new: `<t>` + strings.Repeat("x", 40000) + `</t>`, cell: "Gaji!B3", reason: "longer than 140"},
	{name: "a wide digit in the account", part: stringsPart, old: `<t>1234567891</t>`, new: `<t>123456789１</t>`, cell: "Gaji!D3", reason: "another script"},
	// Styles.
	{name: "a style that does not exist", part: sheetPart, old: `s="1"`, new: `s="2"`, reason: "style that does not exist"},
	{name: "a negative style", part: sheetPart, old: `s="1"`, new: `s="-1"`, reason: "style that does not exist"},
	{name: "a style that is a word", part: sheetPart, old: `s="1"`, new: `s="x"`, reason: "style x"},
	{name: "no styles at all", edit: func(p map[string]string) {
		delete(p, stylesPart)
		p[relationsPart] = relations("worksheet", "worksheets/sheet1.xml", "sharedStrings", "sharedStrings.xml")
		p[sheetPart] = strings.Replace(p[sheetPart], ` s="1"`, ``, 1)
	}, lines: "same"},
	{name: "the first style is a percentage", part: stylesPart, old: `<xf numFmtId="0"/>`, new: `<xf numFmtId="9"/>`, cell: "Gaji!E3", reason: "percentage"},
	{name: "a built-in number with a code of its own", part: stylesPart, old: `<numFmts count="1"><numFmt numFmtId="164" formatCode="General"/></numFmts><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/>`,
		new: `<numFmts count="1"><numFmt numFmtId="3" formatCode="0,"/></numFmts><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="3"/>`, cell: "Gaji!E2", reason: "divided by thousands"},
	// XML.
	{name: "a document type with entities", part: sheetPart, old: `<worksheet`, new: `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet`, reason: "document type"},
	{name: "a document type in the shared texts", part: stringsPart, old: `<sst`, new: `<!DOCTYPE x [<!ENTITY a "b">]><sst`, reason: "document type"},
	{name: "an entity that nobody declared", part: sheetPart, old: `<v>2500000</v>`, new: `<v>&a;</v>`, reason: "entity"},
	{name: "an external entity", part: sheetPart, old: `<worksheet`, new: `<!DOCTYPE x SYSTEM "file:///etc/passwd"><worksheet`, reason: "document type"},
	{name: "tags without an end", part: sheetPart, old: `<sheetData>`, new: strings.Repeat("<a>", 10000) + `<sheetData>`, reason: "do not match"},
	{name: "a declared Windows-1252", part: sheetPart, old: `<worksheet`, new: `<?xml version="1.0" encoding="windows-1252"?><worksheet`, reason: "windows-1252"},
	{name: "UTF-16", edit: func(p map[string]string) {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune("\ufeff" + `<?xml version="1.0" encoding="UTF-16"?>` + p[sheetPart])) {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
		p[sheetPart] = b.String()
	}, reason: "damaged"},
	{name: "cut within a row and closed again", edit: func(p map[string]string) {
		p[sheetPart] = p[sheetPart][:strings.Index(p[sheetPart], `<row r="3"`)] + "</worksheet>"
	}, reason: "do not match"},
	{name: "cut between rows and closed properly", edit: func(p map[string]string) {
		p[sheetPart] = p[sheetPart][:strings.Index(p[sheetPart], `<row r="3"`)] + "</sheetData></worksheet>"
	}, lines: "E1 Budi 014 1234567890 1500000.00"}, // whoever writes a whole sheet again has written another file
	{name: "the standard's strict vocabulary", edit: func(p map[string]string) {
		for name, body := range p {
			body = strings.ReplaceAll(body, mainSpace, "http://purl.oclc.org/ooxml/spreadsheetml/main")
			p[name] = strings.ReplaceAll(body, relationSpace, "http://purl.oclc.org/ooxml/officeDocument/relationships")
		}
	}, lines: "same"},
	{name: "elements with a prefix", edit: func(p map[string]string) {
		sheet := strings.NewReplacer("<worksheet xmlns=", "<x:worksheet xmlns:x=", "</", "</x:", "<row", "<x:row", "<c ", "<x:c ", "<v>", "<x:v>", "<sheetData", "<x:sheetData").Replace(p[sheetPart])
		p[sheetPart] = sheet
	}, lines: "same"},
	{name: "elements with a prefix and a text of runs", edit: func(p map[string]string) {
		p[sheetPart] = strings.NewReplacer("<worksheet xmlns=", "<x:worksheet xmlns:x=", "</", "</x:", "<row", "<x:row", "<c ", "<x:c ", "<v>", "<x:v>", "<sheetData", "<x:sheetData").Replace(p[sheetPart])
		p[stringsPart] = strings.Replace(p[stringsPart], `<t>1234567891</t>`, `<r><t>12345</t></r><r><t>67&#56;91</t></r>`, 1)
	}, lines: "same"},
	{name: "a text in character references and CDATA", part: stringsPart, old: `<t>1234567891</t>`, new: `<t>12345&#54;<![CDATA[7891]]></t>`, lines: "same"},
	{name: "an account in references to a text number", part: sheetPart, old: `<v>13</v>`, new: `<v><!-- x -->&#49;3</v>`, lines: "same"},
	{name: "a text number that hides a reference", part: sheetPart, old: `<v>13</v>`, new: `<v>&amp;#49;3</v>`, reason: "text number &#49;3"},
	{name: "a style beyond 32 bits", part: sheetPart, old: `s="1"`, new: `s="4294967296"`, reason: "style 4294967296"},
	{name: "a header below long titles", edit: func(p map[string]string) {
		title := `<row><c t="inlineStr"><is><t>` + strings.Repeat("Gaji ", 6000) + `</t></is></c></row>`
		p[sheetPart] = strings.NewReplacer(` r="1"`, ``, ` r="2"`, ``, ` r="3"`, ``, `<sheetData>`, `<sheetData>`+strings.Repeat(title, 17)).Replace(p[sheetPart])
		p[sheetPart] = regexp.MustCompile(` r="[A-F][123]"`).ReplaceAllString(p[sheetPart], "")
	}, lines: "same"},
	// The workbook.
	{name: "two sheets of one name", edit: addSheet(`<sheet name="GAJI" sheetId="2" r:id="rId4"/>`), reason: "two sheets called GAJI"},
	{name: "a sheet whose name is a book", part: bookPart, old: `name="Gaji"`, new: `name="` + strings.Repeat("x", 1000) + `"`, reason: "1000 characters"},
	{name: "two sheets with a payroll", edit: addSheet(`<sheet name="Gaji 2" sheetId="2" r:id="rId4"/>`), reason: "two sheets look like a payroll"},
	{name: "the same on a hidden sheet", edit: addSheet(`<sheet name="Gaji 2" sheetId="2" state="hidden" r:id="rId4"/>`), lines: "same"},
	{name: "the same on a very hidden sheet", edit: addSheet(`<sheet name="Gaji 2" sheetId="2" state="veryHidden" r:id="rId4"/>`), lines: "same"},
	{name: "the only sheet is hidden", part: bookPart, old: `sheetId="1"`, new: `sheetId="1" state="hidden"`, reason: "no header"},
	{name: "a sheet whose part is missing", edit: addSheet(`<sheet name="Gaji 2" sheetId="2" r:id="rId9"/>`), reason: "Gaji 2 is missing"},
	{name: "a sheet on the network", part: relationsPart, old: `Target="worksheets/sheet1.xml"`, new: `Target="http://example.com/sheet1.xml" TargetMode="External"`, reason: "Gaji is missing"},
	{name: "a sheet outside of the workbook", part: relationsPart, old: `worksheets/sheet1.xml`, new: `../../../etc/passwd`, reason: "Gaji is missing"},
	{name: "a sheet by its whole path", part: relationsPart, old: `worksheets/sheet1.xml`, new: `/xl/worksheets/sheet1.xml`, lines: "same"},
	{name: "a sheet by a way round", part: relationsPart, old: `worksheets/sheet1.xml`, new: `../xl/worksheets/./sheet1.xml`, lines: "same"},
	{name: "a relation twice", part: relationsPart, old: `</Relationships>`, new: `<Relationship Id="rId1" Type="x" Target="worksheets/sheet2.xml"/></Relationships>`, reason: "two relations called rId1"},
	{name: "shared texts that Excel looks for elsewhere", edit: func(p map[string]string) {
		p["xl/other.xml"] = strings.Replace(p[stringsPart], "1234567891", "9999999999", 1)
		p[relationsPart] = strings.Replace(p[relationsPart], `"sharedStrings.xml"`, `"other.xml"`, 1)
	}, reason: "looks for xl/sharedStrings.xml"},
	{name: "styles that Excel looks for elsewhere", part: relationsPart, old: `"styles.xml"`, new: `"other.xml"`, reason: "looks for xl/styles.xml"},
	{name: "a workbook that Excel looks for elsewhere", edit: func(p map[string]string) {
		p["xl/workbook2.xml"] = p[bookPart]
		p["_rels/.rels"] = relations("officeDocument", "xl/workbook2.xml")
	}, reason: "looks for xl/workbook.xml"},
	{name: "an external link", edit: func(p map[string]string) {
		p["xl/externalLinks/externalLink1.xml"] = `<externalLink xmlns="` + mainSpace + `"/>`
		p[sheetPart] = strings.Replace(p[sheetPart], `<v>2500000</v>`, `<f>[1]Gaji!A1</f><v>2500000</v>`, 1)
	}, lines: "same", warning: "formulas in 1 line"},
	{name: "macros", edit: func(p map[string]string) { p["xl/vbaProject.bin"] = "\xd0\xcf\x11\xe0 macro" }, lines: "same"},
	{name: "an embedded object", edit: func(p map[string]string) { p["xl/embeddings/oleObject1.bin"] = "\xd0\xcf\x11\xe0 object" }, lines: "same"},
	{name: "dates counted from 1904", part: bookPart, old: `<sheets>`, new: `<workbookPr date1904="1"/><sheets>`, lines: "same"},
	// The archive.
	{name: "a name that leads out of the archive", edit: func(p map[string]string) { p["../../etc/cron.d/x"] = "x" }, reason: "lies outside"},
	{name: "a name from the root", edit: func(p map[string]string) { p["/xl/worksheets/sheet1.xml"] = p[sheetPart] }, reason: "lies outside"},
	{name: "a name with a detour", edit: func(p map[string]string) { p["xl/./worksheets/sheet1.xml"] = p[sheetPart] }, reason: "lies outside"},
	{name: "the sheet again in capitals", edit: func(p map[string]string) { p["XL/Worksheets/Sheet1.xml"] = p[sheetPart] }, reason: "twice"},
	{name: "the sheet again with backslashes", edit: func(p map[string]string) { p[`xl\worksheets\sheet1.xml`] = p[sheetPart] }, reason: "twice"},
	{name: "all names with backslashes", edit: func(p map[string]string) {
		for _, name := range []string{sheetPart, stringsPart, bookPart, relationsPart, stylesPart} {
			p[strings.ReplaceAll(name, "/", `\`)] = p[name]
			delete(p, name)
		}
	}, lines: "same"},
	{name: "a workbook within the workbook", edit: func(p map[string]string) { p["xl/embeddings/book.xlsx"] = "PK\x03\x04 nested" }, lines: "same"},
}

// addSheet adds a sheet to the list; rId4 has the same rows as the first.
func addSheet(entry string) func(map[string]string) {
	return func(p map[string]string) {
		p["xl/worksheets/sheet2.xml"] = p[sheetPart]
		p[bookPart] = strings.Replace(p[bookPart], `</sheets>`, entry+`</sheets>`, 1)
		p[relationsPart] = relations("worksheet", "worksheets/sheet1.xml", "sharedStrings", "sharedStrings.xml", "styles", "styles.xml", "worksheet", "worksheets/sheet2.xml")
	}
}

func TestHostileWorkbooks(t *testing.T) {
	for _, tt := range hostileSheets {
		t.Run(tt.name, func(t *testing.T) {
			parts := plainParts()
			switch {
			case tt.edit != nil:
				tt.edit(parts)
			case !strings.Contains(parts[tt.part], tt.old):
				t.Fatalf("%s has no %q: %s", tt.part, tt.old, parts[tt.part])
			case tt.old != "":
				parts[tt.part] = strings.Replace(parts[tt.part], tt.old, tt.new, 1)
			}
			lines, result, err := read(t, archive(t, parts), payroll.Options{})
			problems := problemsOf(t, err)
			if tt.reason != "" {
				wantRefusal(t, problems, tt.cell, tt.reason)
				return
			}
			var got []string
			for _, line := range lines {
				got = append(got, fmt.Sprintf("%s %s %s %s %s", line.EmployeeID, line.Name, line.BankCode, line.AccountNumber, line.Amount))
			}
			want := strings.Replace(tt.lines, "same", plainLines, 1)
			if err != nil || strings.Join(got, ",") != want {
				t.Errorf("lines %q (%v), want %q", strings.Join(got, ","), err, want)
			}
			if warnings := fmt.Sprint(result.Warnings); !strings.Contains(warnings, tt.warning) || tt.warning == "" && len(result.Warnings) > 0 {
				t.Errorf("warnings %v, want %q", result.Warnings, tt.warning)
			}
		})
	}
}

// wantRefusal expects a problem with the reason at each of the cells, in any words beside it.
func wantRefusal(t *testing.T, problems []payroll.Problem, cells, reason string) {
	t.Helper()
	found := map[string]bool{}
	for _, p := range problems {
		if strings.Contains(p.Reason, reason) && p.Remedy != "" {
			found[p.Cell] = true
		}
	}
	for cell := range strings.SplitSeq(cells, ",") {
		if !found[cell] {
			t.Errorf("problems %v; want %q at %q", problems, reason, cell)
		}
	}
}

func TestNumberFormatsThatShowAnotherNumber(t *testing.T) {
	for _, tt := range []struct{ code, amount, account string }{ // parts of the faults, empty for none
		{"General", "", ""},
		{"0", "", ""},
		{"#,##0", "", ""},
		{"#,##0.00", "", ""},
		{"@", "", ""},
		{`_-"Rp"* #,##0_-;-"Rp"* #,##0_-;_-"Rp"* "-"_-;_-@_-`, "", ""},
		{`_(* #,##0_);_(* \(#,##0\);_(* "-"??_);_(@_)`, "", ""},
		{`[$Rp-421]\ #,##0;[Red]\-[$Rp-421]\ #,##0`, "", ""},
		{`#,##0\ "rupiah"`, "", ""},
		{`#,##0;-#,##0;"0"`, "", ""},
		{"# ?/8", "", ""},
		{"0,", "divided", "divided"},
		{`#,##0,`, "divided", "divided"},
		{`#,##0.0,,\ "jt"`, "divided", "divided"},
		{`0.00,`, "divided", "divided"},
		{`[>=1000000]#,##0,,"jt";#,##0`, "divided", "divided"},
		{`[<1000]0;#,##0,"rb"`, "divided", "divided"},
		{`#,##0"000"`, "not in its value", "not in its value"},
		{`"0"#`, "not in its value", "not in its value"},
		{`\0#`, "not in its value", "not in its value"},
		{`#*0`, "not in its value", "not in its value"},
		{`[$1-421]#`, "not in its value", "not in its value"},
		{`5`, "not in its value", "not in its value"},
		{`General"00"`, "not in its value", "not in its value"},
		{";;;", "hides", "hides"},
		{`"paid"`, "hides", "hides"},
		{"0%", "percentage", ""},
		{"yyyy-mm-dd", "date", "date"},
		{"[h]:mm", "date", "date"},
		{"000000000000", "", "zeros in front"},
		{`[$$-409]#,##0.00`, "another currency", ""},
		{`"USD" #,##0`, "another currency", ""},
		{`\U\S\D\ #,##0`, "another currency", ""},
		{`[$€-2] #,##0`, "another currency", ""},
		{`[$SGD] #,##0`, "another currency", ""},
		{`"RM" #,##0`, "another currency", ""},
		{`$#,##0`, "another currency", ""},
		{`\€#,##0`, "another currency", ""},
		{`"USD "General`, "another currency", ""},
		{`General"USD"`, "another currency", ""},
		{`_-"$"* #,##0_-;_-"Rp"* #,##0_-`, "another currency", ""},
		{`[<1]"Rp"0;"S$"#,##0`, "another currency", ""},
		{`[$US]#,##0`, "another currency", ""},
		{`#,##0.00 "juta"`, "thousands or millions", ""},
		{`#,##0 "ribu"`, "thousands or millions", ""},
		{`#,##0\ \j\t`, "thousands or millions", ""},
		{`#,##0"rb"`, "thousands or millions", ""},
		{`"Rp "#,##0" M"`, "thousands or millions", ""},
		{`#,##0\K`, "thousands or millions", ""},
		{`[$Rp-421]#,##0"jt"`, "thousands or millions", ""},
		{`"Rp "#,##0",00"`, "", ",00"},
		{`#,##0\.\0\0`, "", ",00"},
		{`[$Rp-421]\ #,##0",00";[Red]-#,##0",00"`, "", ",00"},
		{`"Rp "#,##0",00 juta"`, "not in its value", "not in its value"},
		{`#,##0",000"`, "not in its value", "not in its value"},
		{`#,##0.0",00"`, "not in its value", "not in its value"},
		{`#,##0,",00"`, "not in its value", "not in its value"},
		{`"0"#,##0",00"`, "not in its value", "not in its value"},
		{`Standard`, "", ""},
		{`STANDARD`, "", ""},
		{`[$Rp -421]#,##0`, "", ""},
		{`[$Rp-id-ID]#,##0`, "", ""},
		{`[$Rp.-421]#,##0`, "", ""},
		{`[$-409]#,##0`, "", ""},
		{`[$IDR]\ #,##0.00`, "", ""},
		{`"IDR" #,##0`, "", ""},
		{`Rp#,##0`, "", ""},
		{`\R\p\ #,##0`, "", ""},
		{`"Rp" #,##0",-";[Red]-"Rp" #,##0",-"`, "", ""},
		{`#,##0 "/bln"`, "", ""},
		{"0000-0000-0000", "", "zeros in front"},
		{`0000\ 0000\ 0000`, "", "zeros in front"},
		{"000000000000.0", "", "zeros in front"},
		{`[>1]000000000000;0`, "", "zeros in front"},
	} {
		t.Run(tt.code, func(t *testing.T) {
			for column, want := range map[string]string{"E": tt.amount, "D": tt.account} {
				content := book(t, [][]any{xlsxHead, {"E1", "Budi", "HSBC", 1234567890, 1_500_000}}, func(f *excelize.File) {
					style(t, f, column+"2", &excelize.Style{CustomNumFmt: &tt.code})
				})
				lines, _, err := read(t, content, payroll.Options{})
				problems := problemsOf(t, err)
				if want == "" && (len(problems) > 0 || len(lines) != 1 || lines[0].AccountNumber != "1234567890" || lines[0].Amount != 150000000) {
					t.Errorf("%s: %v, %v", column, lines, problems)
				}
				if want != "" && (len(problems) != 1 || problems[0].Cell != "Sheet1!"+column+"2" || !strings.Contains(problems[0].Reason, want)) {
					t.Errorf("%s: problems %v, want %q", column, problems, want)
				}
			}
		})
	}
}

func TestAChartSheetIsNoPayroll(t *testing.T) {
	content := book(t, [][]any{xlsxHead, good(1)}, func(f *excelize.File) {
		if err := f.AddChartSheet("Grafik", &excelize.Chart{Type: excelize.Col, Series: []excelize.ChartSeries{{Values: "Sheet1!$E$2:$E$2"}}}); err != nil {
			t.Fatal(err)
		}
	})
	if lines, _, err := read(t, content, payroll.Options{}); err != nil || len(lines) != 1 {
		t.Errorf("lines %v, %v", lines, err)
	}
}

// TestTheArchiveCannotLie changes the archive's own records.
func TestTheArchiveCannotLie(t *testing.T) {
	whole := archive(t, plainParts())
	directory := bytes.Index(whole, []byte("PK\x01\x02"))
	at := func(name string) int { // the record of an entry in the directory
		for i := directory; i >= 0 && i < len(whole); {
			length := int(binary.LittleEndian.Uint16(whole[i+28:]))
			if string(whole[i+46:i+46+length]) == name {
				return i
			}
			i += 46 + length + int(binary.LittleEndian.Uint16(whole[i+30:])) + int(binary.LittleEndian.Uint16(whole[i+32:]))
		}
		t.Fatalf("no entry %s", name)
		return 0
	}
	patch := func(offset int, value ...byte) []byte {
		changed := bytes.Clone(whole)
		copy(changed[offset:], value)
		return changed
	}
	sheet := at(sheetPart)
	for name, content := range map[string][]byte{
		"another checksum":              patch(sheet+16, 1, 2, 3, 4),
		"a checksum of zero":            patch(sheet+16, 0, 0, 0, 0),
		"a smaller packed size":         patch(sheet+20, 9, 0, 0, 0),
		"a smaller unpacked size":       patch(sheet+24, 9, 0, 0, 0),
		"a larger unpacked size":        patch(sheet+24, 0xff, 0xff, 0, 0),
		"four gigabytes":                patch(sheet+24, 0xfe, 0xff, 0xff, 0xff),
		"a size that zip64 would state": patch(sheet+24, 0xff, 0xff, 0xff, 0xff),
		"the place of another entry":    patch(sheet+42, whole[at(stringsPart)+42:at(stringsPart)+46]...),
		"a place beyond the file":       patch(sheet+42, 0xff, 0xff, 0xff, 0x7f),
		"another method":                patch(sheet+10, 9, 0),
		"a flag of encryption":          patch(sheet+8, 1, 0),
		"the end cut off":               whole[:len(whole)-1],
		"the directory cut off":         whole[:directory],
		"the first half":                whole[:len(whole)/2],
	} {
		_, _, err := read(t, content, payroll.Options{})
		if problems := problemsOf(t, err); len(problems) != 1 || !strings.Contains(problems[0].Reason, "the workbook is damaged") {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// TestManyTextsTakeBoundedMemory measures what a workbook with far more texts than lines costs. A
// million of them, in a file of 5 MiB, take 50 MiB beside the temporary file.
func TestManyTextsTakeBoundedMemory(t *testing.T) {
	const texts = 50_000
	parts := plainParts()
	var b strings.Builder
	random := rand.New(rand.NewPCG(1, 2))
	for range texts {
		fmt.Fprintf(&b, "<si><t>%x</t></si>", random.Uint32())
	}
	parts[stringsPart] = strings.Replace(parts[stringsPart], "</sst>", b.String()+"</sst>", 1)
	content := archive(t, parts)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	lines, _, err := read(t, content, payroll.Options{})
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || len(lines) != 2 {
		t.Errorf("%d texts: %d lines, %v", texts, len(lines), err)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	payroll.BoundStrings(t, texts)
	if _, _, err = read(t, content, payroll.Options{}); !strings.Contains(fmt.Sprint(problemsOf(t, err)), "more than 50000 texts") {
		t.Errorf("beyond the bound: %v", err)
	}
}

// TestPartsAreComplete makes sure that the archive helper writes what the parts say, so that the
// refusals above are not the helper's own.
func TestPartsAreComplete(t *testing.T) {
	parts := plainParts()
	r, err := zip.NewReader(bytes.NewReader(archive(t, parts)), int64(len(archive(t, parts))))
	if err != nil || len(r.File) != len(parts) {
		t.Fatalf("%d entries, %v; want %d", len(r.File), err, len(parts))
	}
	_, bodies := entries(t, archive(t, parts))
	if !maps.Equal(bodies, parts) {
		t.Error("the entries are not the parts")
	}
}
