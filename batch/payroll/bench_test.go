package payroll_test

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gajian/batch/payroll"
	"gajian/ledger"
)

// benchLines is how many lines the files of the benchmarks have: GAJIAN_BENCH_LINES, or enough for a
// measurement of seconds.
func benchLines(b *testing.B) int {
	b.Helper()
	text := os.Getenv("GAJIAN_BENCH_LINES")
	if text == "" {
		return 10_000
	}
	lines, err := strconv.Atoi(text)
	if err != nil || lines < 1 || lines > 1_048_575 {
		b.Fatalf("GAJIAN_BENCH_LINES=%s: want 1 to 1048575", text)
	}
	return lines
}

// BenchmarkRead reads a payroll file from its first byte to its last line.
func BenchmarkRead(b *testing.B) {
	for _, kind := range benchKinds {
		b.Run(kind.name, func(b *testing.B) {
			path, lines := kind.file(b), benchLines(b)
			peak := watchMemory(b)
			b.ReportAllocs()
			for b.Loop() {
				readAll(b, path, lines)
			}
			b.ReportMetric(float64(lines*b.N)/b.Elapsed().Seconds(), "lines/s")
			b.ReportMetric(peak(), "peak-MB")
		})
	}
}

// BenchmarkRows compares the reading of a workbook with what the Excel library needs for the rows alone,
// with the options under which it is fastest. Run it with -count and compare the medians.
func BenchmarkRows(b *testing.B) {
	for _, kind := range benchKinds[1:] {
		for _, reader := range []struct {
			name string
			read func(b *testing.B, path string, lines int)
		}{{"gajian", readAll}, {"bare-excelize", bareRows}} {
			b.Run(reader.name+"/"+kind.name, func(b *testing.B) {
				path, lines := kind.file(b), benchLines(b)
				peak := watchMemory(b)
				for b.Loop() {
					reader.read(b, path, lines)
				}
				b.ReportMetric(float64(lines*b.N)/b.Elapsed().Seconds(), "lines/s")
				b.ReportMetric(peak(), "peak-MB")
			})
		}
	}
}

func readAll(b *testing.B, path string, lines int) {
	result, err := payroll.Read(context.Background(), path, payroll.Options{}, func(ledger.Line) error { return nil })
	if err != nil || result.Lines != lines || result.WarningCount > 0 {
		b.Fatalf("%d lines, warnings %v, %v", result.Lines, result.Warnings, err)
	}
}

// bareRows is what a program does that takes every row as it comes.
func bareRows(b *testing.B, path string, lines int) {
	file, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true, UnzipSizeLimit: 2 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	rows, err := file.Rows("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	found := 0
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			b.Fatal(err)
		}
		found++
	}
	if found != lines+1 {
		b.Fatalf("%d rows, want %d", found, lines+1)
	}
}

// watchMemory samples what the Go runtime holds of the machine's memory, and returns the most it saw in MB.
func watchMemory(b *testing.B) (peak func() float64) {
	debug.FreeOSMemory()
	held := func() uint64 {
		sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64() - sample[1].Value.Uint64()
	}
	var most uint64
	stop, stopped := make(chan struct{}), sync.WaitGroup{}
	stopped.Go(func() {
		for tick := time.Tick(5 * time.Millisecond); ; {
			most = max(most, held())
			select {
			case <-tick:
			case <-stop:
				return
			}
		}
	})
	end := sync.OnceFunc(func() { close(stop); stopped.Wait() })
	b.Cleanup(end)
	return func() float64 { end(); return float64(most) / 1e6 }
}

// benchKind is a file of the benchmarks: ten columns, of which a workbook has one in numbers.
type benchKind struct {
	name  string
	write func(w io.Writer, lines int) error
}

var benchKinds = []benchKind{{"csv", writeCSV}, {"xlsx=shared", writeShared}, {"xlsx=inline", writeInline}}

func (k benchKind) file(b *testing.B) string {
	b.Helper()
	file, err := os.Create(filepath.Join(b.TempDir(), "payroll"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	buffered := bufio.NewWriterSize(file, 1<<20)
	if err := errors.Join(k.write(buffered, benchLines(b)), buffered.Flush()); err != nil {
		b.Fatal(err)
	}
	return file.Name()
}

var benchHead = []string{"Employee ID", "Name", "Bank", "Account Number", "Amount", "Phone", "Email", "Remark", "Cost Center", "Pay Type"}

const amountColumn = 4

// benchRow has four texts of its own, as a payroll has.
func benchRow(i int) []string {
	banks := []struct{ name, account string }{{"BCA", "80%08d"}, {"Mandiri", "13700%08d"}, {"050", "30%08d"}, {"BNI", "04%08d"}}
	first, last := []string{"Siti", "Budi", "Dewi", "Agus", "Rina", "Joko", "Wulan"}, []string{"Rahmawati", "Santoso", "Lestari", "Wijaya", "Kusuma"}
	bank := banks[i%len(banks)]
	return []string{fmt.Sprintf("E%07d", i+1), first[i%len(first)] + " " + last[i%len(last)], bank.name, fmt.Sprintf(bank.account, i),
		strconv.Itoa(1_500_000 + i%9000*1000), fmt.Sprintf("08121%07d", i), fmt.Sprintf("e%07d@example.com", i+1), "Gaji November 2026", fmt.Sprintf("CC%03d", i%300), "Gaji"}
}

func writeCSV(w io.Writer, lines int) error {
	out := csv.NewWriter(w)
	out.Write(benchHead)
	for i := range lines {
		out.Write(benchRow(i))
	}
	out.Flush()
	return out.Error()
}

// writeInline writes what the Excel library's stream writer makes: every text stands in its cell.
func writeInline(w io.Writer, lines int) error {
	file := excelize.NewFile()
	defer file.Close()
	sheet, err := file.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	for i := -1; i < lines; i++ {
		var cells []any
		for column, text := range benchTexts(i) {
			if cells = append(cells, text); i >= 0 && column == amountColumn {
				cells[column], _ = strconv.Atoi(text)
			}
		}
		if err := sheet.SetRow(fmt.Sprintf("A%d", i+2), cells); err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	return file.Write(w)
}

func benchTexts(i int) []string {
	if i < 0 {
		return benchHead
	}
	return benchRow(i)
}

// writeShared writes what Excel writes, every text once, without taking the memory that the library takes
// for it.
func writeShared(w io.Writer, lines int) error {
	archive := zip.NewWriter(w)
	for name, part := range plainParts() {
		if name == sheetPart || name == stringsPart {
			continue
		}
		if name == bookPart {
			part = strings.Replace(part, `"Gaji"`, `"Sheet1"`, 1)
		}
		entry, err := archive.Create(name)
		if err == nil {
			_, err = io.WriteString(entry, part)
		}
		if err != nil {
			return err
		}
	}
	texts, err := writeSharedSheet(archive, lines)
	if err != nil {
		return err
	}
	entry, err := archive.Create(stringsPart)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(entry)
	fmt.Fprintf(out, `<sst xmlns="%s" uniqueCount="%d">`, mainSpace, len(texts))
	for _, text := range texts {
		out.WriteString("<si><t>" + text + "</t></si>")
	}
	out.WriteString("</sst>")
	return errors.Join(out.Flush(), archive.Close())
}

func writeSharedSheet(archive *zip.Writer, lines int) (texts []string, err error) {
	entry, err := archive.Create(sheetPart)
	if err != nil {
		return nil, err
	}
	out, places := bufio.NewWriter(entry), map[string]int{}
	fmt.Fprintf(out, `<worksheet xmlns="%s"><sheetData>`, mainSpace)
	for i := -1; i < lines; i++ {
		fmt.Fprintf(out, `<row r="%d">`, i+2)
		for column, text := range benchTexts(i) {
			if i >= 0 && column == amountColumn {
				fmt.Fprintf(out, `<c r="%c%d"><v>%s</v></c>`, 'A'+column, i+2, text)
				continue
			}
			place, known := places[text]
			if !known {
				place = len(texts)
				places[text], texts = place, append(texts, text)
			}
			fmt.Fprintf(out, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+column, i+2, place)
		}
		out.WriteString("</row>")
	}
	out.WriteString("</sheetData></worksheet>")
	return texts, out.Flush()
}
