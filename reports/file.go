package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// ErrTarget means that a report was to be written over something that is not a plain file.
var ErrTarget = errors.New("not a plain file, so it is not replaced; name another path")

// memoryOnly is a temporary folder that cannot exist on any system: excelize then keeps a sheet
// in memory instead of spilling it to a file (its bufferedWriter.Sync, v2.11.1), and so do we.
var memoryOnly = filepath.Join(os.DevNull, "memory-only")

// writeWhole makes the file at path from what write produces, whole or not at all: it is written
// beside path, synced, and renamed.
//
// A crash before the rename leaves the older file and, beside it, a hidden file ".NAME" with digits
// and a hidden folder ".NAME.parts-" with digits (mode 0600 and 0700). Both are removed by the
// next report of that name, once they are old; they may be deleted at any time, and the report can
// be made again. A crash after the rename leaves the new file.
func writeWhole(path, password string, write func(out io.Writer, tempDir string) error) error {
	if err := checkTarget(path); err != nil {
		return err
	}
	removeLeftovers(path)
	if password != "" {
		return writeEncrypted(path, password, write)
	}
	tempDir, err := os.MkdirTemp(filepath.Dir(path), partsPrefix(path))
	if err != nil {
		return err
	}
	defer os.RemoveAll(tempDir)
	return replace(path, func(out io.Writer) error { return write(out, tempDir) })
}

func partsPrefix(path string) string { return "." + filepath.Base(path) + ".parts-" }

// leftoverAge is longer than any report takes: what is younger may be another process' at work.
const leftoverAge = time.Hour

// removeLeftovers removes the files and folders that killed processes left of this report. What
// cannot be removed does no harm but lying there.
func removeLeftovers(path string) {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && isLeftover(path, info) && time.Since(info.ModTime()) > leftoverAge {
			_ = os.RemoveAll(filepath.Join(dir, entry.Name()))
		}
	}
}

func isLeftover(path string, info fs.FileInfo) bool {
	if info.IsDir() {
		return strings.HasPrefix(info.Name(), partsPrefix(path))
	}
	digits, ours := strings.CutPrefix(info.Name(), "."+filepath.Base(path))
	return ours && info.Mode().IsRegular() && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// writeEncrypted is writeWhole for a file with a password: nothing is on disk before it is encrypted.
func writeEncrypted(path, password string, write func(out io.Writer, tempDir string) error) error {
	var plain bytes.Buffer
	if err := write(&plain, memoryOnly); err != nil {
		return err
	}
	encrypted, err := excelize.Encrypt(plain.Bytes(), &excelize.Options{Password: password})
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	return replace(path, func(out io.Writer) error {
		_, err := out.Write(encrypted)
		return err
	})
}

// checkTarget refuses what a rename would silently replace: links, folders, pipes, devices.
func checkTarget(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().IsRegular():
		return nil
	}
	return fmt.Errorf("%s: %w", describe(info.Mode()), ErrTarget)
}

func describe(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	}
	return "a special file"
}
