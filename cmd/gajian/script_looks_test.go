package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

// The commands of the scripts that look at what there is.

// output decodes the JSON on standard output.
func output(ts *testscript.TestScript, into any) {
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	decoder.UseNumber()
	ts.Check(decoder.Decode(into))
	if decoder.More() {
		ts.Fatalf("standard output has more than one JSON object")
	}
}

// json PATH VALUE compares one value of the JSON on standard output; the path is keys and indices
// with dots between, len the number of elements. ! json PATH: there is nothing there.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 && !(neg && len(args) == 1) {
		ts.Fatalf("usage: json PATH VALUE | ! json PATH")
	}
	var root any
	output(ts, &root)
	got, found := walk(root, strings.Split(args[0], "."))
	switch {
	case neg && found:
		ts.Fatalf("%s is %v, and should not be there", args[0], got)
	case !neg && !found:
		ts.Fatalf("%s is not there", args[0])
	case !neg && fmt.Sprint(got) != args[1]:
		ts.Fatalf("%s: got %v, want %s", args[0], got, args[1])
	}
}

func walk(value any, path []string) (any, bool) {
	for _, step := range path {
		switch v := value.(type) {
		case map[string]any:
			next, found := v[step]
			if step == "len" {
				next, found = len(v), true
			}
			if !found {
				return nil, false
			}
			value = next
		case []any:
			i, err := strconv.Atoi(step)
			switch {
			case step == "len":
				value = len(v)
			case err != nil || i < 0 || i >= len(v):
				return nil, false
			default:
				value = v[i]
			}
		default:
			return nil, false
		}
	}
	return value, true
}

// The keys of the JSON forms: other people's scripts rely on them, and on there being no others.
var (
	batchKeys = []string{"batch", "file", "file_sha256", "period", "lines", "total", "currency", "finished", "by_status", "fees", "balance", "report"}
	checkKeys = []string{"good", "batch", "finished", "file", "sheet", "lines", "total", "period", "errors", "warnings", "held", "errors_count", "warnings_count", "held_count",
		"held_total", "fees", "deposit", "banks", "largest", "smallest", "changes"}
	forms = map[string][]string{
		"batch": batchKeys, "batch with lines": append(slices.Clone(batchKeys), "payouts"), "batches": {"batches"},
		"balance": {"opening", "closing", "expected", "difference"}, "count": {"count", "amount"},
		"payout": {"line", "employee_id", "name", "bank", "account_number", "amount", "status", "reason", "partner_reference",
			"provider_reference", "bank_name_on_account", "name_score", "fee"},
		"check": checkKeys, "check with everything": append(slices.Clone(checkKeys), "names", "fixed", "marked"), "check with copies": append(slices.Clone(checkKeys), "fixed", "marked"),
		"bank": {"code", "name", "lines", "total"}, "line and amount": {"line", "employee_id", "name", "amount"},
		"changes": {"base", "base_period", "in_common", "count", "by_kind", "lines", "vanished_count", "vanished"},
		"changed": {"line", "employee_id", "name", "changes", "reason", "before"}, "before": {"batch_line", "name", "bank", "account_number", "amount"},
		"vanished": {"employee_id", "name", "amount"}, "fixed": {"file", "made", "count", "left", "plain"},
		"fix": {"line", "cell", "column", "old", "new", "why"}, "marked": {"file", "lines"},
		"check with names": append(slices.Clone(checkKeys), "names"),
		"problem":          {"line", "cell", "column", "value", "reason", "remedy"}, "healed": {"line", "cell", "column", "value", "reason", "remedy", "suggestion"},
		"held": {"line", "reason"}, "name": {"line", "name", "bank_name_on_account", "name_score", "verdict", "reason"},
	}
)

// keys FORM [PATH] compares the keys of an object on standard output with those of a form, exactly.
func keysCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 || forms[args[0]] == nil {
		ts.Fatalf("usage: keys FORM [PATH]; forms: %v", slices.Sorted(maps.Keys(forms)))
	}
	var value any
	output(ts, &value)
	if len(args) == 2 {
		value, _ = walk(value, strings.Split(args[1], "."))
	}
	object, isObject := value.(map[string]any)
	if !isObject {
		ts.Fatalf("there is no object, but %v", value)
	}
	got, want := slices.Sorted(maps.Keys(object)), slices.Sorted(slices.Values(forms[args[0]]))
	if !slices.Equal(got, want) {
		ts.Fatalf("keys of %s:\n got %v\nwant %v", args[0], got, want)
	}
}

// book compares status --json --lines on standard output with the simulator's book.
// book N compares the number of its debits only.
func bookCommand(ts *testscript.TestScript, neg bool, args []string) {
	debits, err := stageOf(ts).book()
	ts.Check(err)
	switch {
	case neg || len(args) > 1:
		ts.Fatalf("usage: book [N]")
	case len(args) == 1:
		if got := strconv.Itoa(len(debits)); got != args[0] {
			ts.Fatalf("the book has %s debits, want %s", got, args[0])
		}
		return
	}
	var b batchJSON
	output(ts, &b)
	if len(b.Payouts) != b.Lines || b.Lines == 0 {
		ts.Fatalf("%d payouts of %d lines: book wants status BATCH --json --lines", len(b.Payouts), b.Lines)
	}
	ts.Check(agree(b.Payouts, debits))
	ts.Check(stageOf(ts).check())
}

// quiet: the last command printed nothing on standard error.
func quietCommand(ts *testscript.TestScript, neg bool, _ []string) {
	if text := ts.ReadFile("stderr"); neg || text != "" {
		ts.Fatalf("standard error:\n%s", text)
	}
}

// clean TEXT...: none of the texts stands on standard output or standard error.
func cleanCommand(ts *testscript.TestScript, neg bool, args []string) {
	printed := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	for _, text := range args {
		if neg || strings.Contains(printed, text) {
			ts.Fatalf("%q was printed", text)
		}
	}
}

// save NAME PATH keeps a value of the JSON on standard output in a variable.
func saveCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: save NAME PATH")
	}
	var root any
	output(ts, &root)
	value, found := walk(root, strings.Split(args[1], "."))
	if !found {
		ts.Fatalf("%s is not there", args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}

// mode OCTAL FILE... compares permissions.
func modeCommand(ts *testscript.TestScript, neg bool, args []string) {
	for _, file := range args[1:] {
		info, err := os.Stat(ts.MkAbs(file))
		ts.Check(err)
		if got := fmt.Sprintf("%04o", info.Mode().Perm()); neg || got != args[0] {
			ts.Fatalf("%s has mode %s, want %s", file, got, args[0])
		}
	}
}

// flip FILE TEXT changes one bit of the last place where TEXT stands in a file.
func flipCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip FILE TEXT")
	}
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	at := strings.LastIndex(string(data), args[1])
	if at < 0 {
		ts.Fatalf("%s does not contain %q", args[0], args[1])
	}
	data[at] ^= 1
	ts.Check(os.WriteFile(path, data, 0o600))
}

// xlsx CSV WORKBOOK [SHEET] saves a CSV as another program would: amounts as numbers, all else text.
func xlsxCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: xlsx CSV WORKBOOK [SHEET]")
	}
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	workbook := excelize.NewFile()
	defer workbook.Close()
	sheet := "Sheet1"
	if len(args) == 3 {
		ts.Check(workbook.SetSheetName(sheet, args[2]))
		sheet = args[2]
	}
	for i, row := range rows {
		for j, text := range row {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			ts.Check(err)
			if amount, err := strconv.ParseFloat(text, 64); err == nil && rows[0][j] == "amount" {
				ts.Check(workbook.SetCellFloat(sheet, cell, amount, -1, 64))
			} else {
				ts.Check(workbook.SetCellStr(sheet, cell, text))
			}
		}
	}
	ts.Check(workbook.SaveAs(ts.MkAbs(args[1])))
}

// cells WORKBOOK SHEET TEXT... looks for each text in the cells of a sheet; with ! none may stand
// there. The variable PASSWORD opens an encrypted workbook.
func cellsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: cells WORKBOOK SHEET TEXT...")
	}
	workbook, err := excelize.OpenFile(ts.MkAbs(args[0]), excelize.Options{Password: ts.Getenv("PASSWORD")})
	ts.Check(err)
	defer workbook.Close()
	rows, err := workbook.GetRows(args[1])
	ts.Check(err)
	for _, text := range args[2:] {
		found := slices.ContainsFunc(rows, func(row []string) bool {
			return slices.ContainsFunc(row, func(cell string) bool { return strings.Contains(cell, text) })
		})
		if found == neg {
			ts.Fatalf("%q in sheet %s: %v", text, args[1], found)
		}
	}
}
