package payroll

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
)

// readFile tells by its content what the file is and reads it.
func (c *checker) readFile(file *os.File, size int64) error {
	if size == 0 {
		return c.refuse("the file is empty", "check that the right file was given, and save it again")
	}
	head := make([]byte, min(size, 4096))
	if _, err := file.ReadAt(head, 0); err != nil && err != io.EOF {
		return err
	}
	workbook := bytes.HasPrefix(head, []byte("PK")) || bytes.HasPrefix(head, oleMagic)
	limit := c.options.MaxBytes
	if limit == 0 && workbook {
		limit = maxWorkbookBytes
	} else if limit == 0 {
		limit = maxTextBytes
	}
	if size > limit {
		return c.refuse(fmt.Sprintf("the file has %d MiB; at most %d MiB are read", size>>20, limit>>20),
			"delete unused sheets, pictures and empty formatted rows, or split the file")
	}
	content := io.NewSectionReader(file, 0, size)
	if workbook {
		return c.readWorkbookFile(content)
	}
	if name := foreignKind(head); name != "" {
		return c.refuse("the file is "+name+", not a payroll file", "open it in a spreadsheet program and save it as an Excel workbook (.xlsx) or as \"CSV UTF-8\"")
	}
	return c.readText(head, content)
}

// readWorkbookFile loads a workbook, which is bounded by maxWorkbookBytes, and reads it.
func (c *checker) readWorkbookFile(content io.Reader) error {
	data, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	c.result.SHA256 = sha256.Sum256(data)
	if bytes.HasPrefix(data, oleMagic) {
		if data, err = c.decrypt(data); err != nil {
			return err
		}
	}
	return c.readWorkbook(data)
}

// magics are the beginnings of files that people take for a payroll file.
var magics = []struct{ magic, name string }{
	{"%PDF", "a PDF document"},
	{"\x1f\x8b", "a gzip archive"},
	{"Rar!", "a RAR archive"},
	{"7z\xbc\xaf", "a 7z archive"},
	{"\x89PNG", "a picture"},
	{"\xff\xd8\xff", "a picture"},
	{"{\\rtf", "a text document (RTF)"},
	{"\xff\xfe\x00\x00", "a text in UTF-32"},
	{"ID;P", "a SYLK spreadsheet"},
}

func foreignKind(head []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.name
		}
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, markUTF8), " \t\r\n")
	text = text[:min(len(text), 64)]
	if lower := bytes.ToLower(text); bytes.HasPrefix(lower, []byte("<!doctype html")) || bytes.HasPrefix(lower, []byte("<html")) ||
		bytes.HasPrefix(lower, []byte("<table")) || bytes.HasPrefix(lower, []byte("<?xml")) {
		return "a web page or XML document, whatever its name says"
	}
	return ""
}
