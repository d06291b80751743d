package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"gajian/batch"
	"gajian/batch/payroll"
	"gajian/ledger"
)

// intake is a payroll file being read.
type intake struct {
	path     string
	options  payroll.Options
	ctx      context.Context
	period   string
	explicit bool // a person named the period
	review   batch.Review
	result   payroll.Result
}

// findable says of a payroll file in plain words that it is not there.
func findable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %s: look at its name, its ending and its folder", shortPath(path))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s cannot be read by this user: permission denied", shortPath(path))
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder: name the payroll file in it", shortPath(path))
	}
	return err
}

func (p *program) newIntake(ctx context.Context, path string) (*intake, error) {
	in := &intake{path: path, ctx: ctx, period: p.Period, explicit: p.Period != "", review: batch.Review{Hold: p.ReviewChanges, AmountJump: int(p.AmountJump)}, options: payroll.Options{
		Sheet: p.Sheet, NumberFormat: payroll.NumberFormat(p.NumberFormat), MaxAmount: ledger.Sen(p.MaxAmount),
		ExpectCount: p.ExpectCount, ExpectTotal: ledger.Sen(p.ExpectTotal), ExtraBanks: p.extraBanks,
		Password: os.Getenv("GAJIAN_FILE_PASSWORD"),
	}}
	if err := findable(path); err != nil {
		return nil, err
	}
	if !in.explicit {
		in.period = batch.PeriodOf(time.Now())
	}
	if _, err := batch.ParsePeriod(in.period); err != nil {
		return nil, usageError{err}
	}
	if away := monthsAway(in.period, time.Now()); away < -farPeriod || away > farPeriod {
		p.warn("warning: period %s is %s from this month; is that meant? Duplicates are looked for in the period that is said", in.period, plural(max(away, -away), "month"))
	}
	return in, nil
}

// farPeriod is how many months a payroll's period may lie before or behind this month without a
// word: a wrong year is told, last month's late payroll is not.
const farPeriod = 2

// monthsAway is how many months a period lies ahead; negative when it is over.
func monthsAway(period string, now time.Time) int {
	then, err := time.Parse("2006-01", period)
	if err != nil {
		return 0
	}
	now = now.In(ledger.WIB)
	return 12*(then.Year()-now.Year()) + int(then.Month()) - int(now.Month())
}

// lines walks the file; what was found out about it is in result after each whole walk.
func (in *intake) lines(yield func(ledger.Line) error) (err error) {
	in.result, err = payroll.Read(in.ctx, in.path, in.options, yield)
	return err
}

// takeStock reads and checks the file. store may be nil.
func (in *intake) takeStock(store *ledger.Store) (batch.Stock, error) {
	if store != nil {
		in.options.LastPaid = lastPaid(in.ctx, store)
	}
	stock, err := batch.TakeStock(in.ctx, store, in.lines, in.period, in.explicit, in.review)
	if err == nil {
		in.period = stock.Period
	}
	return stock, err
}

// origin is what the ledger remembers of where the batch came from.
func (in *intake) origin(rehearsal bool) batch.Origin {
	return batch.Origin{
		File: in.result.File, FileSHA256: in.result.SHA256, ExtraColumns: in.result.ExtraColumns, CreatedBy: person(), Rehearsal: rehearsal,
	}
}

// lastPaid answers for the reader what an employee was paid last. The history is read when it is asked
// for first: most files have nothing to ask. One that cannot be read is no evidence; whoever pays from
// this ledger will say what is wrong with it.
func lastPaid(ctx context.Context, store *ledger.Store) func(string) (payroll.PaidBefore, bool) {
	history := sync.OnceValues(func() (*batch.History, error) { return batch.NewHistory(ctx, store) })
	return func(employee string) (payroll.PaidBefore, bool) {
		h, err := history()
		if err != nil {
			return payroll.PaidBefore{}, false
		}
		last, found, err := h.Last(employee)
		if err != nil || !found {
			return payroll.PaidBefore{}, false
		}
		return payroll.PaidBefore{BankCode: last.BankCode, AccountNumber: last.AccountNumber, Amount: last.Amount, Batch: last.Batch}, true
	}
}
