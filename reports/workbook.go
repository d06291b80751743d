// Package reports writes what accounting receives of a batch: the reconciliation workbook and
// the retry file. Write and WriteRetry are all that most readers need.
//
// It promises that
//   - a report is a read-only look at the ledger: nothing here changes a payout or a batch;
//   - a file is written whole or not at all, with mode 0600, and a failing report leaves an
//     older file as it was;
//   - totals are live formulas over the Payouts sheet, stored together with the values that they
//     have, and stand beside the ledger's own totals and a cell "Check (must be 0)";
//   - nothing from a payroll file, a bank or a person is ever written as a formula;
//   - the same ledger, options and GeneratedAt give the same bytes (a password brings random
//     salt, so then they differ);
//   - memory does not grow with the number of payouts or events; lists pass, compressed, through a
//     folder of mode 0700 beside the report. With a password there is no such folder, because
//     nothing may lie on the disk unencrypted: then the whole workbook is put together in memory.
//
// The sheets and their columns are a contract; scripts and people rely on them.
package reports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
)

// Source is what a report reads: one batch at one moment. Every call sees the same moment. A
// report walks Events at most once, and Payouts once or, to compare or to count beforehand, twice.
type Source interface {
	// Summary returns the ledger's own totals of the batch.
	Summary() ledger.Summary
	// Payouts walks the batch's payouts by line number. An error ends the walk.
	Payouts() iter.Seq2[ledger.Payout, error]
	// Events walks the batch's events in the order of the journal. An error ends the walk.
	Events() iter.Seq2[ledger.Event, error]
	// Replacements returns what was made in place of the batch's payouts, by their line, the newest last.
	Replacements() (map[int][]ledger.Replacement, error)
	// Head returns the number and the hash of the journal's last event.
	Head() (sequence uint64, hash [32]byte)
}

// Options says how a report is written. The zero value works.
type Options struct {
	Environment string                   // of the provider: "sandbox", "production"; shown on the Summary
	BankName    func(code string) string // the name of a bank; nil leaves the column Bank empty
	Accounts    Accounts                 // for the Journal; missing ones are replaced by DefaultAccounts
	Password    string                   // encrypts the file when not empty, at most 255 characters; see Write
	Changes     bool                     // adds the sheet Changes
	Base        Source                   // for Changes: the batch that Source's Summary().Base names; nil when that is empty
	GeneratedAt time.Time                // when the report is made; zero means now
	GeneratedBy string                   // user@host
	Version     string                   // of the program
}

// Account is an account of the books.
type Account struct {
	Code string // as text: leading zeros count
	Name string
}

// Accounts are the accounts that the Journal books to.
type Accounts struct {
	SalaryPayable Account // owed to employees; debited when a payout is settled
	BankCharges   Account // the provider's fees; debited
	Deposit       Account // the money at the provider; credited
	ReturnedPay   Account // paid, came back, and is owed again; credited
}

// DefaultAccounts are example codes of a common chart of accounts; every company sets its own.
var DefaultAccounts = Accounts{
	SalaryPayable: Account{"2110", "Salary payable"},
	BankCharges:   Account{"6110", "Bank charges"},
	Deposit:       Account{"1130", "Deposit at provider"},
	ReturnedPay:   Account{"2115", "Returned pay"},
}

func (a Accounts) withDefaults() Accounts {
	for _, pair := range []struct{ account, standard *Account }{
		{&a.SalaryPayable, &DefaultAccounts.SalaryPayable},
		{&a.BankCharges, &DefaultAccounts.BankCharges},
		{&a.Deposit, &DefaultAccounts.Deposit},
		{&a.ReturnedPay, &DefaultAccounts.ReturnedPay},
	} {
		if pair.account.Code == "" {
			*pair.account = *pair.standard
		}
	}
	return a
}

// Write writes the reconciliation workbook of src to path: the sheets Summary, Payouts,
// Exceptions, Balance, Journal and Audit, in this order, and Changes when it is asked for. A list longer than a sheet goes on in
// "Payouts 2" and so on.
//
// It returns ErrTarget when path is something else than a plain file or nothing. On any error
// what was at path before is untouched.
//
// A password encrypts with AES-128 by the scheme that Excel 2007 began with (ECMA-376 standard
// encryption, the only one that our Excel library writes). Its strength is that of the password.
func Write(ctx context.Context, path string, src Source, o Options) error {
	if err := write(ctx, path, src, o.withDefaults()); err != nil {
		return fmt.Errorf("workbook %s: %w", path, err)
	}
	return nil
}

func write(ctx context.Context, path string, src Source, o Options) error {
	return writeWhole(path, o.Password, func(out io.Writer, tempDir string) error {
		w, err := newWorkbook(ctx, src, o, tempDir)
		if err != nil {
			return err
		}
		defer w.close()
		audit, err := w.listEvents() // first: the payouts are shown with what persons decided on them
		if err != nil {
			return err
		}
		payouts, exceptions, changes, err := w.listPayouts()
		if err != nil {
			return err
		}
		for _, sheet := range []func() error{
			w.writeSummary,
			func() error { return w.writeList(payouts) },
			func() error { return w.writeList(exceptions) },
			w.writeBalance,
			w.writeJournal,
			func() error { return w.writeList(audit) },
			func() error { return w.writeChanges(changes) },
		} {
			if err := sheet(); err != nil {
				return err
			}
		}
		return w.finish(out)
	})
}

// listPayouts walks the payouts, once for everything that is made of them.
func (w *workbook) listPayouts() (payouts, exceptions, changes *list, err error) {
	if payouts, err = w.newList(&list{name: "Payouts", headers: w.payoutHeaders()}); err != nil {
		return nil, nil, nil, err
	}
	w.payouts = payouts
	if exceptions, err = w.newList(&list{name: "Exceptions", headers: exceptionHeaders}); err != nil {
		return nil, nil, nil, err
	}
	if changes, err = w.newChanges(); err != nil {
		return nil, nil, nil, err
	}
	for p, err := range w.source.Payouts() {
		if err == nil {
			err = errors.Join(w.survey.add(p), w.survey.retries.add(p, w.replacements[p.Number], w.replacements.stillOwed(p)))
		}
		if err == nil {
			err = errors.Join(payouts.add(w.payoutRow(p)), w.addChange(changes, p))
		}
		if err == nil && isException(p.Status) {
			err = exceptions.add(w.exceptionRow(p))
		}
		if err != nil {
			return nil, nil, nil, err
		}
	}
	return payouts, exceptions, changes, errors.Join(payouts.last().finish(), exceptions.last().finish(), w.endChanges(changes))
}

// listEvents walks the events.
func (w *workbook) listEvents() (*list, error) {
	audit, err := w.newList(&list{name: "Audit", headers: auditHeaders})
	if err != nil {
		return nil, err
	}
	for e, err := range w.source.Events() {
		if err != nil {
			return nil, err
		}
		if err := audit.add(w.auditRow(e)); err != nil {
			return nil, err
		}
		if w.options.Changes {
			w.decisions.see(e)
		}
	}
	return audit, audit.last().finish()
}

func (o Options) withDefaults() Options {
	if o.GeneratedAt.IsZero() {
		o.GeneratedAt = time.Now()
	}
	if o.BankName == nil {
		o.BankName = func(string) string { return "" }
	}
	o.Accounts = o.Accounts.withDefaults()
	return o
}

// workbook is a workbook being written.
type workbook struct {
	ctx          context.Context
	file         *excelize.File
	source       Source
	options      Options
	summary      ledger.Summary
	styles       styles
	survey       *survey
	comparison   comparison // for the sheet Changes
	decisions    decisions  // the same
	replacements replacements
	encoders     *encoders        // of all lists
	payouts      *list            // the sheet Payouts, which formulas refer to
	lists        []*list          // all that were begun
	sheets       int              // put into file so far
	rows         map[string]*rows // of the sheets that file has without their rows, by part of the package

	identifier string // of the document's properties; empty for the workbook
}

func newWorkbook(ctx context.Context, src Source, o Options, tempDir string) (*workbook, error) {
	w := &workbook{
		ctx: ctx, file: excelize.NewFile(excelize.Options{TmpDir: tempDir}), source: src, options: o, summary: src.Summary(),
		survey: newSurvey(), encoders: newEncoders(tempDir), rows: map[string]*rows{}, decisions: decisions{},
	}
	var err, failed error
	w.styles, err = newStyles(w.file)
	if w.replacements, failed = src.Replacements(); err != nil || failed != nil {
		w.file.Close()
		return nil, errors.Join(err, failed)
	}
	return w, nil
}

// close gives up what the workbook holds. What is on the disk of it is in a folder that is removed.
func (w *workbook) close() {
	w.file.Close()
	for _, l := range w.lists {
		for _, r := range l.sheets {
			r.close()
		}
	}
	w.encoders.close()
}

// finish sets what the file says of itself and writes it to out.
func (w *workbook) finish(out io.Writer) error {
	made := w.options.GeneratedAt.UTC().Format("2006-01-02T15:04:05Z")
	err := w.file.SetDocProps(&excelize.DocProperties{
		Title:          clean(w.mark() + "Payroll reconciliation " + w.summary.ID),
		Creator:        clean("gajian " + w.options.Version),
		LastModifiedBy: clean(w.options.GeneratedBy),
		Identifier:     w.identifier,
		Created:        made,
		Modified:       made,
	})
	if err != nil {
		return err
	}
	// The stored values are right, but a program that calculates shall show its own.
	always := true
	if err := w.file.SetCalcProps(&excelize.CalcPropsOptions{FullCalcOnLoad: &always}); err != nil {
		return err
	}
	return writePackage(w.file, w.rows, out, w.options.GeneratedAt)
}

// mark is put before titles of a rehearsal.
func (w *workbook) mark() string {
	if w.summary.Rehearsal {
		return rehearsalWord + ": "
	}
	return ""
}
