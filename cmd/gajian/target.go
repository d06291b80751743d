package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// checkTarget refuses a path for the workbook that would destroy something else: the ledger, the
// payroll file, a key; and a password that cannot be read. It is asked before anything is sent, so
// that nobody pays first and learns then that his workbook cannot be where he said. The retry file
// beside it takes care of itself: it replaces nothing that gajian did not write. A folder that is
// missing keeps nobody from his pay: the workbook can be written anew.
func (p *program) checkTarget(path string, others ...string) error {
	if _, err := p.reportPassword(); err != nil {
		return err
	}
	if path == "" || isFolder(path) {
		return nil
	}
	if !strings.EqualFold(filepath.Ext(path), ".xlsx") {
		return usageError{fmt.Errorf("the workbook's name must end in .xlsx: %s", path)}
	}
	protected := append([]string{p.configuration.path, p.PrivateKeyFile, p.ClientSecretFile, p.ReportPasswordFile}, others...)
	for _, other := range protected {
		if other != "" && sameFile(path, other) {
			return usageError{fmt.Errorf("the workbook would overwrite %s: name another file with --report or --out", other)}
		}
	}
	return notAWorkbook(path)
}

func sameFile(a, b string) bool {
	if left, err := os.Stat(a); err == nil {
		right, err := os.Stat(b)
		return err == nil && os.SameFile(left, right)
	}
	left, errLeft := filepath.Abs(a)
	right, errRight := filepath.Abs(b)
	return errLeft == nil && errRight == nil && left == right
}

// workbookStarts are the first bytes of a workbook: a ZIP archive, or an encrypted one.
var workbookStarts = [][]byte{[]byte("PK\x03\x04"), {0xd0, 0xcf, 0x11, 0xe0}}

// notAWorkbook refuses to replace what is there and is no workbook: another file, a link, a pipe.
func notAWorkbook(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return nil // nothing there, or the writer will say what is wrong
	}
	if !info.Mode().IsRegular() {
		return usageError{fmt.Errorf("%s is not a plain file, so it is not replaced: name another file with --report or --out", path)}
	}
	file, _, err := openPlain(path)
	if err != nil {
		return fmt.Errorf("the workbook's place: %w", err)
	}
	defer file.Close()
	start := make([]byte, 4)
	if _, err := io.ReadFull(file, start); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the workbook's place: %w", err)
	}
	for _, known := range workbookStarts {
		if bytes.Equal(start, known) {
			return nil
		}
	}
	return usageError{fmt.Errorf("%s exists and is no workbook: name another file with --report or --out", path)}
}
