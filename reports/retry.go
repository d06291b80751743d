package reports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
)

// ErrRetryChanged means that somebody worked on the retry file since it was written: it holds
// corrections, so it is not replaced.
var ErrRetryChanged = errors.New("somebody changed it since it was written, so it is left as it is; run it, or move it away to have it made again")

// The sheets of a retry file. The second one has no column that a payroll file needs, so that it
// is not taken for one.
const (
	retrySheet = "Payroll"
	whySheet   = "What to correct"
)

// retryHeaders are the columns of a payroll file by their own names; extra columns follow.
// retry_of says which payout a line replaces: "BATCH/LINE/ATTEMPT".
var retryHeaders = []string{"employee_id", "name", "bank", "account_number", "amount", "phone", "email", "remark", "cost_center", "pay_type", "retry_of"}

var whyHeaders = []string{"Row", "What happened", "What to do"}

// sealPrefix marks the seal of a retry file in its document properties.
const sealPrefix = "gajian-retry-"

const (
	// retrySizeMax bounds an older retry file, in bytes: no workbook that is larger can be run (256 MiB). A
	// larger one is taken as somebody else's.
	retrySizeMax = 256 << 20
	// retryUnzipMax bounds all parts of it unpacked, in bytes; its sheets shrink to a tenth or so.
	retryUnzipMax = 8 * retrySizeMax
	// retryMemoryMax bounds a sheet that is unpacked to memory, in bytes; a larger one is, by the Excel
	// library, to a temporary file.
	retryMemoryMax = 256 << 20
)

// WriteRetry writes the failed and rejected payouts of src to path as a payroll file, to correct
// and run, and returns how many there are. Those that another batch has paid since, or may still pay,
// are left out.
//
// When there are none it writes nothing and touches nothing at path: failed and rejected are final,
// so a file there is not from this batch, or was run. A file that is there already is replaced when its lines
// are exactly those that gajian wrote. When they are not, somebody is correcting it: it is left as
// it is, and the error is ErrRetryChanged. The other errors are those of Write.
func WriteRetry(ctx context.Context, path string, src Source, o Options) (n int, err error) {
	if n, err = countRetry(src); n == 0 || err != nil {
		return 0, err
	}
	if err := writeRetry(ctx, path, src, n, o.withDefaults()); err != nil {
		return n, fmt.Errorf("retry file %s: %w", path, err)
	}
	return n, nil
}

func writeRetry(ctx context.Context, path string, src Source, lines int, o Options) error {
	if err := checkTarget(path); err != nil {
		return err
	}
	if err := checkUnchanged(path, o.Password); err != nil {
		return err
	}
	return writeWhole(path, o.Password, func(out io.Writer, tempDir string) error {
		w, err := newWorkbook(ctx, src, o, tempDir)
		if err != nil {
			return err
		}
		defer w.close()
		return w.writeRetrySheets(lines, out)
	})
}

// countRetry counts the lines of the retry file. It walks the payouts only when some of them were
// tried again.
func countRetry(src Source) (n int, err error) {
	summary := src.Summary()
	n = summary.ByStatus[ledger.Failed].Count + summary.ByStatus[ledger.Rejected].Count
	found, err := src.Replacements()
	made := replacements(found)
	if n == 0 || len(made) == 0 || err != nil {
		return n, err
	}
	for p, err := range src.Payouts() {
		if err != nil {
			return 0, err
		}
		if goesToRetry(p.Status) && !made.stillOwed(p) {
			n--
		}
	}
	return n, nil
}

func goesToRetry(status ledger.Status) bool {
	return status == ledger.Failed || status == ledger.Rejected
}

func (w *workbook) writeRetrySheets(lines int, out io.Writer) error {
	headers := append(retryHeaders[:len(retryHeaders):len(retryHeaders)], w.summary.ExtraColumns...)
	payroll, err := w.newList(&list{name: retrySheet, headers: headers, guard: w.retryGuard()})
	if err != nil {
		return err
	}
	reasons, err := w.newList(&list{name: whySheet, headers: whyHeaders})
	if err != nil {
		return err
	}
	seal := newSeal()
	seal.add(headers)
	for p, err := range w.source.Payouts() {
		if err != nil {
			return err
		}
		if !w.replacements.stillOwed(p) {
			continue
		}
		row := w.retryRow(p)
		seal.add(sealed(row))
		if err := payroll.add(row); err != nil {
			return err
		}
		if err := reasons.add(w.whyRow(payroll.last().written, p)); err != nil {
			return err
		}
	}
	if payroll.length != lines {
		return fmt.Errorf("%d failed and rejected lines, and %d by the sums of the ledger", payroll.length, lines)
	}
	// A payroll file is one sheet; a batch with more than a million failures is not one to correct by hand.
	if len(payroll.sheets) > 1 {
		return fmt.Errorf("%d failed and rejected lines are more than one sheet holds", lines)
	}
	if err := errors.Join(w.writeList(payroll), w.writeList(reasons)); err != nil {
		return err
	}
	w.identifier = seal.String()
	return w.finish(out)
}

func (w *workbook) retryRow(p ledger.Payout) []cell {
	s := w.styles
	row := []cell{
		text(s.text, p.EmployeeID), text(s.wrap, p.Name), text(s.text, p.BankCode), text(s.text, p.AccountNumber), s.money(p.Amount),
		text(s.text, p.Phone), text(s.text, p.Email), text(s.wrap, p.Remark), text(s.wrap, p.CostCenter), text(s.text, p.PayType),
		text(s.text, w.retryOf(p)),
	}
	for i := range w.summary.ExtraColumns {
		if i < len(p.Extra) {
			row = append(row, text(s.wrap, p.Extra[i]))
		}
	}
	return row
}

// retryOf says which payout a line of the retry file replaces: the newest in the place of p, so that
// the ledger can follow one after the other, or p itself with its attempts.
func (w *workbook) retryOf(p ledger.Payout) string {
	if newest, found := w.replacements.newest(p.Number); found {
		return fmt.Sprintf("%s/%d", newest.Batch, newest.Line)
	}
	return fmt.Sprintf("%s/%d/%d", w.summary.ID, p.Number, p.Attempts)
}

const retryNote = "This column says which payment a line pays again: batch/line/attempt. By it gajian knows that the line is no second salary. " +
	"Leave it as it is.\n\nThe sheet is protected so that this column is not changed by accident; all other cells can be changed. " +
	"To delete or sort lines, take the protection off first: Review > Unprotect Sheet (LibreOffice: Tools > Protect Sheet). There is no password."

// retryGuard locks the column that says what a line replaces. Account numbers and the like stay text also
// where there is nothing yet.
func (w *workbook) retryGuard() *guard {
	g := &guard{note: retryNote}
	for i, header := range retryHeaders {
		style := w.styles.freeText
		switch header {
		case "amount":
			style = w.styles.freeWhole
		case "retry_of":
			g.column, style = i+1, w.styles.locked
		}
		g.columns = append(g.columns, style)
	}
	return g
}

func (w *workbook) whyRow(row int, p ledger.Payout) []cell {
	s := w.styles
	return []cell{s.count(row), text(s.wrap, w.happened(p)), text(s.wrap, w.toDo(p))}
}

// seal is a digest over the lines of a retry file, as a reader sees them.
type seal struct{ sum hash.Hash }

func newSeal() seal { return seal{sha256.New()} }

// add takes the next row. Empty cells at the end do not count: readers drop them.
func (s seal) add(row []string) {
	for len(row) > 0 && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	fmt.Fprintf(s.sum, "%q\n", row)
}

func (s seal) String() string { return sealPrefix + hex.EncodeToString(s.sum.Sum(nil)) }

// sealed is a row as text.
func sealed(row []cell) []string {
	texts := make([]string, len(row))
	for i, c := range row {
		if c != nil {
			texts[i] = fmt.Sprint(c.(excelize.Cell).Value)
		}
	}
	return texts
}

// checkUnchanged returns ErrRetryChanged unless path is free or a retry file whose lines are as gajian wrote them.
func checkUnchanged(path, password string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Size() > retrySizeMax {
		return ErrRetryChanged
	}
	file, err := excelize.OpenFile(path, excelize.Options{Password: password, RawCellValue: true, UnzipSizeLimit: retryUnzipMax, UnzipXMLSizeLimit: retryMemoryMax})
	if err != nil {
		return fmt.Errorf("%w (it cannot be read: %v)", ErrRetryChanged, err)
	}
	defer file.Close()
	properties, err := file.GetDocProps()
	if err != nil || !strings.HasPrefix(properties.Identifier, sealPrefix) {
		return ErrRetryChanged
	}
	if found, err := readSeal(file); err != nil || found != properties.Identifier {
		return ErrRetryChanged
	}
	return nil
}

// readSeal works the seal out of what the file holds now. The banner of a rehearsal is not part of it.
func readSeal(file *excelize.File) (string, error) {
	rows, err := file.Rows(retrySheet)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	found := newSeal()
	for rows.Next() {
		row, err := rows.Columns()
		if err != nil {
			return "", err
		}
		if len(row) == 1 && row[0] == rehearsalText {
			continue
		}
		found.add(row)
	}
	return found.String(), rows.Error()
}
