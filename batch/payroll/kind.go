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
	encrypted, workbook := bytes.HasPrefix(head, oleMagic), bytes.HasPrefix(head, []byte("PK"))
	limit := c.options.MaxBytes
	switch {
	case limit != 0:
	case encrypted:
		limit = maxEncryptedBytes
	case workbook:
		limit = maxWorkbookBytes
	default:
		limit = maxTextBytes
	}
	if size > limit {
		return c.refuse(fmt.Sprintf("the file has %d MiB; at most %d MiB are read", size>>20, limit>>20),
			"delete unused sheets, pictures and empty formatted rows, or split the file")
	}
	content := io.NewSectionReader(file, 0, size)
	switch {
	case encrypted:
		return c.readEncrypted(content)
	case workbook:
		return c.readArchive(content)
	}
	if name := foreignKind(head); name != "" {
		return c.refuse("the file is "+name+", not a payroll file", "open it in a spreadsheet program and save it as an Excel workbook (.xlsx) or as \"CSV UTF-8\"")
	}
	return c.readText(head, content)
}

// readArchive reads a workbook from the file itself, parts of it more than once. The bytes are hashed before
// and after: of a file that was saved meanwhile the lines may be of other bytes than the hash.
func (c *checker) readArchive(content *io.SectionReader) (err error) {
	if c.result.SHA256, err = sumOf(content); err != nil {
		return err
	}
	if err := c.readWorkbook(content, content.Size()); err != nil {
		return err
	}
	switch after, err := sumOf(content); {
	case err != nil:
		return err
	case after != c.result.SHA256:
		return c.refuse("the file changed while it was read", "close it in other programs and run the command again")
	}
	return nil
}

func sumOf(content *io.SectionReader) (sum [sha256.Size]byte, err error) {
	hash := sha256.New()
	_, err = io.Copy(hash, io.NewSectionReader(content, 0, content.Size()))
	return [sha256.Size]byte(hash.Sum(nil)), err
}

// readEncrypted loads an encrypted workbook, which is bounded by maxEncryptedBytes, and reads it.
func (c *checker) readEncrypted(content io.Reader) error {
	data, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	c.result.SHA256 = sha256.Sum256(data)
	if data, err = c.decrypt(data); err != nil {
		return err
	}
	return c.readWorkbook(bytes.NewReader(data), int64(len(data)))
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
