package main

import (
	"context"
	"os"
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
	result   payroll.Result
}

func (p *program) newIntake(ctx context.Context, path string) (*intake, error) {
	in := &intake{path: path, ctx: ctx, period: p.Period, explicit: p.Period != "", options: payroll.Options{
		Sheet: p.Sheet, NumberFormat: payroll.NumberFormat(p.NumberFormat), MaxAmount: ledger.Sen(p.MaxAmount),
		ExpectCount: p.ExpectCount, ExpectTotal: ledger.Sen(p.ExpectTotal), ExtraBanks: p.extraBanks,
		Password: os.Getenv("GAJIAN_FILE_PASSWORD"),
	}}
	if !in.explicit {
		in.period = batch.PeriodOf(time.Now())
	}
	if _, err := batch.ParsePeriod(in.period); err != nil {
		return nil, usageError{err}
	}
	return in, nil
}

// lines walks the file; what was found out about it is in result after each whole walk.
func (in *intake) lines(yield func(ledger.Line) error) (err error) {
	in.result, err = payroll.Read(in.ctx, in.path, in.options, yield)
	return err
}

// takeStock reads and checks the file. store may be nil.
func (in *intake) takeStock(store *ledger.Store) (batch.Stock, error) {
	stock, err := batch.TakeStock(in.ctx, store, in.lines, in.period, in.explicit)
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
