// Package payroll reads a payroll file, CSV or XLSX, into lines that can be paid.
//
// [Read] is what most callers need: it reads the whole file and hands every line on as it is read, so
// that memory does not grow with the file. A file with a fault is refused as a whole, with a
// [RefusedError] that lists every fault with line, cell, column, value and a remedy; the lines handed on
// before must then be thrown away. Nothing is guessed: what reads two ways, and what a spreadsheet has
// damaged (scientific notation, lost zeros, digits beyond the fifteenth), is refused. What is certain but
// odd is repaired with a warning. [ParseAmount] reads one amount, [Banks] is the bank table,
// [WriteTemplate] writes an empty workbook that Read accepts when it is filled in. [WriteFixed] writes a copy of
// a refused file with what its cells probably held, [WriteMarked] one that says of each line what is wrong with it.
//
// What kind of file it is, its encoding and its delimiter come from its content, never from its name.
// Duplicates and names are not judged here: that needs the ledger and the bank.
package payroll

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"gajian/ledger"
)

// Limits of a file when the options do not say otherwise.
const (
	// defaultMaxAmount is the most that one BI-FAST transfer carries (Bank Indonesia).
	defaultMaxAmount = 250_000_000 * ledger.Rupiah
	// defaultMaxLines is what a sheet holds below its header.
	defaultMaxLines = 1_048_575
	// maxWorkbookBytes: a million lines of ten columns take about 60 MiB.
	maxWorkbookBytes = 256 << 20
	// maxEncryptedBytes: an encrypted workbook is decrypted in memory, and 300,000 lines take about 15 MiB.
	maxEncryptedBytes = 32 << 20
	// maxTextBytes: a CSV is read as a stream, and a million lines take about 100 MiB.
	maxTextBytes = 512 << 20
)

// Options say how to read a file. The zero value is good.
type Options struct {
	Sheet        string            // sheet of a workbook; empty: the only visible one with a header
	NumberFormat NumberFormat      // how amounts are written as text; empty: what reads one way only
	MaxAmount    ledger.Sen        // most for one line; 0: 250,000,000 rupiah
	ExpectCount  int               // control count; 0: none
	ExpectTotal  ledger.Sen        // control total; 0: none
	ExtraBanks   map[string]string // code to name, beside the bank table
	Password     string            // of an encrypted workbook
	MaxBytes     int64             // most for the file; 0: 256 MiB for a workbook, 32 MiB for an encrypted one, 512 MiB for text
	MaxLines     int               // 0: 1,048,575
	// LastPaid returns the last settled payment of an employee; nil: none is known. It is asked for lines
	// with a finding alone, and what it says is evidence for a Suggestion, nothing else: no line is
	// repaired or accepted because of it.
	LastPaid func(employeeID string) (PaidBefore, bool)
}

// PaidBefore is the last payment of an employee that was settled.
type PaidBefore struct {
	BankCode      string
	AccountNumber string
	Amount        ledger.Sen
	Batch         string // ID of the batch it was part of
}

// Result is what is known of a file after reading it. Of a refused file it holds as much as was found out.
type Result struct {
	File         string      // name without folders
	SHA256       [32]byte    // of the bytes that were read; zero when they were not read to the end
	Lines        int         // control count
	Total        ledger.Sen  // control total; of a refused file the sum of what could be read
	ExtraColumns []string    // headers of the columns kept in Line.Extra, in its order
	Sheet        string      // sheet that was read; empty for text
	Warnings     []Problem   // at most 1,000
	WarningCount int         // those beyond the bound included
	Banks        []BankTotal // by total, the largest first
	Largest      LineAmount  // zero when no amount could be read
	Smallest     LineAmount
}

// Read reads the file at path and calls yield for each line in the order of the file. As soon as one problem
// is found yield is not called any more, but reading goes on to find the others. The error is a
// *RefusedError when the file must not be paid from; yield's error, wrapped; the cause of ctx; or why
// the file cannot be read at all. Lines that yield took are good only if the error is nil.
func Read(ctx context.Context, path string, o Options, yield func(ledger.Line) error) (Result, error) {
	c := &checker{yield: yield}
	return c.readPath(ctx, path, o)
}

// readPath reads the file at path, once for each checker.
func (c *checker) readPath(ctx context.Context, path string, o Options) (Result, error) {
	result := Result{File: filepath.Base(path)}
	if err := o.complete(); err != nil {
		return result, err
	}
	file, size, err := openRegular(path)
	if err != nil {
		return result, err
	}
	defer file.Close()
	c.ctx, c.options, c.result = ctx, o, &result
	c.banks, c.cell = newBankResolver(o.ExtraBanks), func(int, int) string { return "" }
	err = c.readFile(file, size)
	result.Warnings, result.WarningCount = c.warnings.kept, c.warnings.count
	c.tally.sum(c)
	switch {
	case errors.Is(err, errRefused) || err == nil && c.problems.count > 0:
		return result, &RefusedError{File: result.File, Problems: c.problems.kept, Count: c.problems.count}
	case err != nil:
		return result, fmt.Errorf("read payroll file %s: %w", result.File, err)
	}
	return result, nil
}

// errRefused ends the reading of a file whose problem is on record.
var errRefused = errors.New("refused")

// refuse records a fault of the whole file and ends the reading.
func (c *checker) refuse(reason, remedy string) error {
	c.problems.add(Problem{Reason: reason, Remedy: remedy})
	c.ended = true
	return errRefused
}

var bankCode = regexp.MustCompile(`^[A-Z0-9]{3,11}$`)

// complete fills in the defaults and refuses options that make no sense.
func (o *Options) complete() error {
	switch o.NumberFormat {
	case AnyFormat, IndonesianFormat, EnglishFormat:
	default:
		return fmt.Errorf("number format %q is neither id nor en", o.NumberFormat)
	}
	for code := range o.ExtraBanks {
		if !bankCode.MatchString(code) {
			return fmt.Errorf("extra bank code %q: want 3 to 11 capital letters or digits", code)
		}
	}
	if o.MaxAmount == 0 {
		o.MaxAmount = defaultMaxAmount
	}
	if o.MaxLines == 0 {
		o.MaxLines = defaultMaxLines
	}
	return nil
}

// openRegular opens a regular file for reading. The mode is looked at before opening, because opening
// a named pipe waits for its writer, and after, because the path may have changed between.
func openRegular(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is not a regular file", filepath.Base(path))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	if info, err = file.Stat(); err != nil || !info.Mode().IsRegular() {
		file.Close()
		return nil, 0, fmt.Errorf("%s is not a regular file", filepath.Base(path))
	}
	return file, info.Size(), nil
}
