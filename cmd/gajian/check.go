package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gajian/batch"
	"gajian/batch/payroll"
	"gajian/ledger"
)

type checkCommand struct {
	File    string `arg:"" type:"path" help:"Payroll file, CSV or XLSX."`
	Inquire bool   `help:"Also ask the bank for every holder's name. No money moves."`
}

// callsPerPayout is what a payout that goes well costs in calls: inquiry, transfer, status.
const callsPerPayout = 3

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
	stock, err := in.takeStock(store)
	if err != nil {
		p.printRefusedJSON(in, err)
		return 0, err
	}
	if store != nil {
		known, found, err := batch.Recognise(store, stock, in.explicit)
		switch {
		case err != nil:
			p.printRefusedJSON(in, err)
			return 0, err
		case found && known.Finished():
			p.warn("this file is batch %s, which is finished: gajian run would send nothing", known.ID)
		case found:
			p.warn("this file is batch %s already: gajian run would go on with it (gajian status %s shows it)", known.ID, known.ID)
		}
	}
	var names []nameJSON
	if c.Inquire {
		if names, err = p.inquireNames(ctx, in); err != nil {
			return 0, err
		}
	}
	if p.JSON {
		p.printJSON(newCheckJSON(in, stock, names))
		return exitSettled, nil
	}
	p.printCheck(in, stock)
	p.printNames(names, c.Inquire, stock.Count)
	return exitSettled, nil
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

func newCheckJSON(in *intake, stock batch.Stock, names []nameJSON) checkJSON {
	check := checkJSON{
		File: in.result.File, Lines: in.result.Lines, Total: in.result.Total, Period: in.period,
		Errors: []payroll.Problem{}, Warnings: in.result.Warnings, Held: []heldJSON{}, Names: names,
	}
	if check.Warnings == nil {
		check.Warnings = []payroll.Problem{}
	}
	for _, objection := range stock.Held {
		check.Held = append(check.Held, heldJSON(objection))
	}
	return check
}

// printRefusedJSON prints a refused file in the form of check --json, for run as well: there is
// no batch to tell of.
func (p *program) printRefusedJSON(in *intake, err error) {
	check := newCheckJSON(in, batch.Stock{}, nil)
	var refused *payroll.RefusedError
	switch {
	case !p.JSON:
		return
	case errors.As(err, &refused):
		check.File, check.Errors = refused.File, refused.Problems
	case exitOf(err) == exitRefused: // because of what is in the ledger
		check.Errors = append(check.Errors, payroll.Problem{Reason: err.Error(), Remedy: hintFor(err)})
	default:
		return
	}
	p.printJSON(check)
}

func (p *program) printCheck(in *intake, stock batch.Stock) {
	p.say("%s is good: %s, IDR %s, period %s", in.result.File, plural(stock.Count, "line"), stock.Total.Grouped(), in.period)
	if in.result.Sheet != "" {
		p.say("  sheet %s", in.result.Sheet)
	}
	fees := ledger.Sen(stock.Count-stock.HeldCount) * ledger.Sen(p.Fee)
	held := ""
	if stock.HeldCount > 0 {
		held = fmt.Sprintf(" (without the %s)", plural(stock.HeldCount, "held line"))
	}
	p.say("  with fees of about IDR %s the deposit must hold IDR %s%s", fees.Grouped(), (stock.Total - stock.HeldTotal + fees).Grouped(), held)
	p.say("  at %s a second a run takes about %s, and then waits for transfers to end", plural(p.Rate, "call"), estimate(stock.Count, p.Rate))
	p.printWarnings(in)
	if stock.HeldCount > 0 {
		p.say("%s will be held for a person to decide:", plural(stock.HeldCount, "line"))
		for _, objection := range stock.Held {
			p.say("  line %d: %s", objection.Line, objection.Reason)
		}
		if more := stock.HeldCount - len(stock.Held); more > 0 {
			p.say("  … and %d more", more)
		}
	}
}

// estimate is how long the calls of a run take at the rate.
func estimate(lines, perSecond int) string {
	d := time.Duration(lines*callsPerPayout) * time.Second / time.Duration(perSecond)
	if d >= time.Minute {
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return max(d.Round(time.Second), time.Second).String()
}

// printWarnings prints what was read with a doubt, on standard error.
func (p *program) printWarnings(in *intake) {
	const shown = 20
	warnings := in.result.Warnings
	for _, warning := range warnings[:min(len(warnings), shown)] {
		p.warn("warning: %s", warning)
	}
	if more := in.result.WarningCount - shown; more > 0 {
		p.warn("warning: … and %s more; check --json lists them", grouped(more))
	}
}

// inquireNames asks the bank for every line's holder.
func (p *program) inquireNames(ctx context.Context, in *intake) ([]nameJSON, error) {
	provider, err := p.newProvider()
	if err != nil {
		return nil, err
	}
	defer provider.Close()
	names := make([]nameJSON, 0, in.result.Lines)
	err = batch.InquireAll(ctx, provider, in.lines, p.settings("check"), func(answer batch.NameAnswer) {
		names = append(names, nameJSON{Line: answer.Line, NameOnAccount: answer.Holder, NameScore: answer.Match.Score, Reason: answer.Reason})
	})
	slices.SortFunc(names, func(a, b nameJSON) int { return a.Line - b.Line })
	return names, err
}

func (p *program) printNames(names []nameJSON, asked bool, lines int) {
	if !asked {
		return
	}
	good := 0
	for _, name := range names {
		if name.Reason == "" {
			good++
		}
	}
	p.say("the bank's names of %d of %s fit", good, plural(lines, "line"))
	for _, name := range names {
		if name.Reason != "" {
			p.say("  line %d: %s", name.Line, name.describe())
		}
	}
}

func (n nameJSON) describe() string {
	if n.NameOnAccount == "" {
		return n.Reason
	}
	return fmt.Sprintf("name at bank is %q: %s", n.NameOnAccount, n.Reason)
}
