package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gajian/ledger"
	"gajian/reports"
)

type reportCommand struct {
	Batch string `arg:"" help:"Batch; a part of its name will do."`
	Out   string `placeholder:"FILE" help:"Where to write it. Default: as --report."`
}

func (c *reportCommand) run(_ context.Context, p *program) (int, error) {
	store, err := p.openLedger("report", ledger.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	id, err := store.Resolve(c.Batch)
	if err != nil {
		return 0, errors.Join(err, store.Close())
	}
	path := c.Out
	if path == "" {
		path = p.reportPath(store, id)
	}
	if err := p.checkTarget(path, store.Path()); err != nil {
		return 0, errors.Join(err, store.Close())
	}
	if err := p.writeReport(store, id, path); errors.Is(err, reports.ErrRetryChanged) {
		p.warn("%v", err)
	} else if err != nil {
		return 0, errors.Join(err, store.Close())
	}
	p.say("%s", path)
	return exitSettled, store.Close()
}

// errRetryFile: the workbook is written, the retry file beside it is not.
var errRetryFile = errors.New("the workbook is written, but not the retry file beside it")

// writeReport writes a batch's workbook and, where there is something to try again, the retry
// file beside it.
func (p *program) writeReport(store *ledger.Store, id, path string) (err error) {
	password, err := p.reportPassword()
	if err != nil {
		return err
	}
	view, err := store.View(id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, view.Close()) }()
	options := reports.Options{
		BankName: p.bankName, Accounts: p.accounts, Environment: store.Environment(), Password: password,
		GeneratedAt: time.Now(), GeneratedBy: person(), Version: version, Changes: p.Changes || p.ReviewChanges,
	}
	closeBase, err := openBase(store, view.Summary().Base, &options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeBase()) }()
	ctx := context.Background() // a report is finished even when the run was interrupted
	if err := reports.Write(ctx, path, view, options); err != nil {
		return err
	}
	options.Password = "" // it is a payroll file, to be corrected and run
	lines, err := reports.WriteRetry(ctx, retryPath(path), view, options)
	if err != nil {
		return fmt.Errorf("%w: %w", errRetryFile, err)
	}
	by := view.Summary().ByStatus
	if unpaid := by[ledger.Failed].Count + by[ledger.Rejected].Count; lines == 0 && unpaid > 0 {
		p.warn("no retry file for batch %s: every failed or rejected line is paid again, or under way, in another batch; the workbook says in which", id)
	}
	return nil
}

// openBase gives the options the batch that the sheet Changes compares with, when that is wanted and
// there is one; closing ends the reading of it.
func openBase(store *ledger.Store, base string, options *reports.Options) (closing func() error, err error) {
	if !options.Changes || base == "" {
		return func() error { return nil }, nil
	}
	view, err := store.View(base)
	if err != nil {
		return nil, err
	}
	options.Base = view
	return view.Close, nil
}
