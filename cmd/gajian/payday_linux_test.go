//go:build amd64 || arm64

package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"

	"github.com/xuri/excelize/v2"
)

// debited are the debits of the simulator's book after the first ones.
func (p *payday) debited(from int) []simulator.Debit {
	debits, err := p.book()
	if err != nil {
		p.t.Fatal(err)
	}
	return debits[from:]
}

// compare holds the exit code, the ledger, the simulator's book, the workbook and the retry file
// together.
func (p *payday) compare(code int, want map[ledger.Status]int) {
	b, debits := p.status(), p.debited(p.before)
	if err := errors.Join(agree(b.Payouts, debits), p.check()); err != nil {
		p.t.Errorf("ledger and book differ: %v", err)
	}
	got := map[ledger.Status]int{}
	for status, count := range b.ByStatus {
		got[status] = count.Count
	}
	if !maps.Equal(got, want) || !b.Finished || code != exitExceptions {
		p.t.Errorf("exit code %d, by status %v, finished %v; want %v", code, got, b.Finished, want)
	}
	if b.Balance.Difference == nil || *b.Balance.Difference != 0 {
		p.t.Errorf("balance %+v; want a difference of 0", b.Balance)
	}
	for _, debit := range debits {
		if debit.Requests != 1 {
			p.t.Errorf("%s was requested %d times", debit.Reference, debit.Requests)
		}
	}
	if _, code := p.command("verify"); code != 0 {
		p.t.Errorf("verify ended with %d", code)
	}
	p.compareReports(b)
	p.compareFolder(b.Batch)
}

// compareFolder looks for files that a crash left and that nobody would ever remove. Hidden ones
// of a report are removed by a later one; of the making of a ledger there is one in its life.
func (p *payday) compareFolder(batch string) {
	entries, err := os.ReadDir(p.home())
	if err != nil {
		p.t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		known := slices.Contains([]string{"ledger.db", "ledger.db.departures", batch + ".xlsx", batch + "-retry.xlsx"}, name)
		if !known && !strings.HasPrefix(name, "."+batch) && !strings.HasPrefix(name, ".new-ledger-") {
			p.t.Errorf("%s was left", name)
		}
	}
}

// compareReports compares each line of the workbook with the ledger, and looks for checks that
// are not 0; and each line of the retry file.
func (p *payday) compareReports(b batchJSON) {
	if b.Report != filepath.Join(p.home(), b.Batch+".xlsx") {
		p.t.Errorf("the workbook is %q", b.Report)
		return
	}
	rows := p.sheet(b.Report, "Payouts")
	for _, line := range b.Payouts {
		want := fmt.Sprint(line.Status, " ", int64(line.Amount)/100, " ", line.PartnerReference, " ", line.AccountNumber)
		if got := rows[strconv.Itoa(line.Line)]; got("Status")+" "+got("Amount")+" "+got("Partner reference")+" "+got("Account number") != want {
			p.t.Errorf("workbook: line %d is %s %s %s; the ledger has %s", line.Line, got("Status"), got("Amount"), got("Partner reference"), want)
		}
	}
	if len(rows) != len(b.Payouts) {
		p.t.Errorf("workbook: %d lines; the ledger has %d", len(rows), len(b.Payouts))
	}
	p.compareChecks(b.Report)
	retry := p.sheet(retryPath(b.Report), "Payroll")
	if _, found := retry[fmt.Sprintf("E%d-%d", p.number, failingLine)]; !found || len(retry) != 1 {
		p.t.Errorf("retry file: lines %v", slices.Sorted(maps.Keys(retry)))
	}
}

// sheet reads a list: by the first cell of its rows, their cells by header.
func (p *payday) sheet(path, name string) map[string]func(header string) string {
	rows := p.rows(path, name)
	list, header := map[string]func(string) string{}, -1
	for i, row := range rows {
		switch {
		case header < 0 && len(row) > 0 && (row[0] == "Line" || row[0] == "employee_id"):
			header = i
		case header >= 0 && len(row) > 10 && row[0] != "" && strings.ContainsAny(row[0], "0123456789"):
			list[row[0]] = func(column string) string { return row[slices.Index(rows[header], column)] }
		}
	}
	return list
}

func (p *payday) rows(path, sheet string) [][]string {
	workbook, err := excelize.OpenFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer workbook.Close()
	rows, err := workbook.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		p.t.Fatal(err)
	}
	return rows
}

func (p *payday) compareChecks(report string) {
	checks := 0
	for _, row := range p.rows(report, "Summary") {
		for i, cell := range row {
			if strings.Contains(cell, "must be 0") {
				checks++
				if row[i+1] != "0" || row[i+2] != "0" && row[i+2] != "" {
					p.t.Errorf("Summary: %q is %q", cell, row[i+1:i+3])
				}
			}
		}
	}
	if checks == 0 {
		p.t.Error("Summary has no checks")
	}
}
