package main

import (
	"context"
	"errors"

	"gajian/batch"
	"gajian/batch/payroll"
	"gajian/ledger"
)

// Exit codes are a contract: crontabs and scripts decide on them.
const (
	exitSettled     = 0   // every payout of the batch is settled
	exitCouldNot    = 1   // configuration, credentials, provider or disk
	exitUsage       = 2   // wrong usage
	exitRefused     = 3   // payroll file refused; nothing sent
	exitBalance     = 4   // balance too low
	exitExceptions  = 5   // finished, but a person has to look
	exitUnfinished  = 6   // pending or in doubt; run again
	exitLocked      = 7   // another process holds the ledger
	exitInterrupted = 130 // by a signal
)

// exitHelp is shown by --help and stands in the README, where a test compares it.
const exitHelp = `Exit codes:
  0    every payout of the batch is settled
  1    could not run: configuration, credentials, provider or disk; the message says whether anything was sent
  2    wrong usage
  3    payroll file refused; nothing sent
  4    balance too low; the message says the shortfall and how many were sent; top up and run again
  5    finished, but some lines are failed, rejected, held, cancelled or returned: a person has to look
  6    not finished: some lines are pending or in doubt; run again to go on
  7    another gajian process holds the ledger
  130  interrupted by a signal; run again to go on`

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = errors.New("interrupted by a signal")

// usageError is a mistake in how the command was called.
type usageError struct{ error }

// exitOf is the one place that decides on the exit code: from what stopped the command, else
// from where the batches stand that it worked on.
func exitOf(err error, batches ...ledger.Summary) int {
	var refused *payroll.RefusedError
	var usage usageError
	switch {
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage), errors.Is(err, ledger.ErrNoReason), errors.Is(err, ledger.ErrSeveralBatches):
		return exitUsage
	case errors.As(err, &refused), errors.Is(err, batch.ErrOtherPeriod), errors.Is(err, batch.ErrUnfinishedPeriod), errors.Is(err, batch.ErrRecentPeriod), errors.Is(err, ledger.ErrContentChanged):
		return exitRefused
	case errors.Is(err, batch.ErrInsufficientFunds):
		return exitBalance
	case errors.Is(err, ledger.ErrLocked):
		return exitLocked
	case errors.Is(err, batch.ErrOutage) && anySent(batches):
		return exitUnfinished
	case err != nil:
		return exitCouldNot
	}
	return exitOfBatches(batches)
}

// exitOfBatches: what is not finished comes before what a person has to look at.
func exitOfBatches(batches []ledger.Summary) int {
	code := exitSettled
	for _, b := range batches {
		switch {
		case !b.Finished():
			return exitUnfinished
		case b.ByStatus[ledger.Settled].Count < b.Lines:
			code = exitExceptions
		}
	}
	return code
}

func anySent(batches []ledger.Summary) bool {
	for _, b := range batches {
		if b.Sent() > 0 {
			return true
		}
	}
	return false
}
