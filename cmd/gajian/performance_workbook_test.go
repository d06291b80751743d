package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/xuri/excelize/v2"
)

// workbookShape counts rows, texts and other cells of each sheet of a workbook, written ROWS:TEXTS:OTHERS.
func workbookShape(p *performance, path string) (shape []string) {
	archive, err := zip.OpenReader(path)
	p.must(err)
	defer archive.Close()
	for _, file := range archive.File {
		if strings.HasPrefix(file.Name, "xl/worksheets/sheet") {
			in, err := file.Open()
			p.must(err)
			rows, texts, cells := countCells(in)
			p.must(in.Close())
			shape = append(shape, fmt.Sprintf("%d:%d:%d", rows, texts, cells-texts))
		}
	}
	return shape
}

// countCells counts tags. Chunks end at a tag's end, so that no tag is in two of them.
func countCells(in io.Reader) (rows, texts, cells int) {
	chunk, rest := make([]byte, 1<<20), []byte(nil)
	for {
		n, err := in.Read(chunk)
		data := append(rest, chunk[:n]...)
		end := bytes.LastIndexByte(data, '>') + 1
		rows += bytes.Count(data[:end], []byte("<row "))
		cells += bytes.Count(data[:end], []byte("<c "))
		for _, kind := range []string{`t="inlineStr"`, `t="s"`, `t="str"`} {
			texts += bytes.Count(data[:end], []byte(kind))
		}
		rest = append([]byte(nil), data[end:]...)
		if err != nil {
			return rows, texts, cells
		}
	}
}

// bareStream writes sheets of so many rows and cells with excelize's stream and does nothing else.
// Usage: barestream FILE ROWS:TEXTS:OTHERS...
func bareStream() {
	debug.SetGCPercent(400)
	file := excelize.NewFile()
	for i, sheet := range os.Args[2:] {
		var rows, texts, others int
		_, err := fmt.Sscanf(sheet, "%d:%d:%d", &rows, &texts, &others)
		helperMust(err)
		name := fmt.Sprint("Bare", i)
		_, err = file.NewSheet(name)
		helperMust(err)
		streamRows(file, name, rows, (texts+rows/2)/max(rows, 1), (others+rows/2)/max(rows, 1))
	}
	helperMust(file.SaveAs(os.Args[1]))
}

func streamRows(file *excelize.File, sheet string, rows, texts, others int) {
	stream, err := file.NewStreamWriter(sheet)
	helperMust(err)
	row := make([]any, texts+others)
	for number := 1; number <= rows; number++ {
		for i := range row {
			if i < texts {
				row[i] = fmt.Sprintf("text %d of %d", i, number)
			} else {
				row[i] = number * 100
			}
		}
		cell, err := excelize.CoordinatesToCellName(1, number)
		helperMust(err)
		helperMust(stream.SetRow(cell, row))
	}
	helperMust(stream.Flush())
}
