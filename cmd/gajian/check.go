package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"gajian/batch"
	"gajian/batch/payroll"
	"gajian/ledger"
)

type checkCommand struct {
	File    string `arg:"" type:"path" help:"Payroll file, CSV or XLSX."`
	Inquire bool   `help:"Also ask the bank for every holder's name. No money moves."`
	Fix     bool   `help:"Write FILE-fixed.xlsx beside the file: a copy with what damaged cells probably held, every change marked, for a person to read."`
	Out     string `type:"path" placeholder:"COPY" help:"Write a copy of the file with a column that says what is wrong with each line."`
}

// callsPerPayout is what a payout that goes well costs in calls: inquiry, transfer, status.
const callsPerPayout = 3

// examined is what a check found out about a payroll file.
type examined struct {
	in           *intake
	stock        batch.Stock // nothing, when the file is refused
	problems     []payroll.Problem
	problemCount int
	refusal      error          // why run would refuse the file; nil when it is good
	known        ledger.Summary // the batch that the file is already, if isKnown
	isKnown      bool
	asked        bool // the bank was asked for the names
	names        []nameJSON
	copies       copies
}

func (e *examined) refused() bool { return e.refusal != nil }

// refusedByLedger is true for a file that is good as such, and refused because of what is in the ledger.
func (e *examined) refusedByLedger() bool {
	var refused *payroll.RefusedError
	return e.refused() && !errors.As(e.refusal, &refused)
}

// run reads and checks the file as run does, and prints what run would do.
func (c *checkCommand) run(ctx context.Context, p *program) (int, error) {
	in, err := p.newIntake(ctx, c.File)
	if err != nil {
		return 0, err
	}
	store, err := p.openForCheck()
	if err != nil {
		return 0, err
	}
	if store != nil {
		defer store.Close()
	}
	e, err := examine(in, store)
	if err != nil {
		return 0, err
	}
	if c.Inquire && !e.refused() {
		if err := p.inquireNames(ctx, store, e); err != nil {
			return 0, err
		}
	}
	err = c.writeCopies(ctx, e)
	if p.JSON {
		p.printJSON(newCheckJSON(e, p.Fee))
	} else {
		p.printCheck(e, c)
	}
	return p.concludeCheck(e), err
}

// concludeCheck says on standard error that the file is refused, for whoever keeps the page in a file or
// reads only the end of it.
func (p *program) concludeCheck(e *examined) int {
	switch {
	case !e.refused():
		return exitSettled
	case e.refusedByLedger():
		p.printError(e.refusal)
	default:
		p.warn("payroll file %s", e.verdict())
	}
	return exitRefused
}

// examine reads the file and compares it with the ledger. store may be nil. The error is for what
// could not be examined; a file that is refused is no error.
func examine(in *intake, store *ledger.Store) (*examined, error) {
	e := &examined{in: in}
	stock, err := in.takeStock(store)
	if err == nil {
		e.stock = stock
		if store != nil {
			e.known, e.isKnown, err = batch.Recognise(store, stock, in.explicit)
		}
	}
	return e, e.refuse(err)
}

// refuse takes an error that means that the file is refused as what was found out, and returns any other.
func (e *examined) refuse(err error) error {
	var refused *payroll.RefusedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		e.problems, e.problemCount = refused.Problems, refused.Count
	case exitOf(err) == exitRefused: // because of what is in the ledger
		e.problems, e.problemCount = []payroll.Problem{{Reason: err.Error(), Remedy: hintFor(err)}}, 1
	default:
		return err
	}
	e.refusal = err
	return nil
}

// openForCheck opens the ledger for reading, where there is one to be had: a check must work
// before the first run and during another.
func (p *program) openForCheck() (*ledger.Store, error) {
	store, err := p.openLedger("check", ledger.Options{ReadOnly: true})
	switch {
	case errors.Is(err, ledger.ErrMissing):
		return nil, nil
	case errors.Is(err, ledger.ErrLocked):
		p.warn("%v", err)
		p.warn("duplicates of earlier batches were not looked for; run looks for them")
		return nil, nil
	}
	return store, err
}

// estimate is how long the calls of a run take at the rate.
func estimate(lines, perSecond int) string {
	d := time.Duration(lines*callsPerPayout) * time.Second / time.Duration(perSecond)
	if d >= time.Minute {
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return max(d.Round(time.Second), time.Second).String()
}
