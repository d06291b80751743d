package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"gajian/ledger"
)

type releaseCommand struct {
	Batch  string `arg:"" help:"Batch; a part of its name will do."`
	Line   int    `required:"" env:"-" help:"Line, as the payroll file and the workbook number it."`
	Reason string `required:"" env:"-" help:"Why, in your words; it is recorded with your name."`
	Resend bool   `env:"-" help:"The line is in doubt and DOKU has not known it for --not-found-after: send it again, with the same reference."`
}

type cancelCommand struct {
	Batch  string `arg:"" help:"Batch; a part of its name will do."`
	Line   int    `required:"" env:"-" help:"Line, as the payroll file and the workbook number it."`
	Reason string `required:"" env:"-" help:"Why, in your words; it is recorded with your name."`
}

func (c *releaseCommand) run(ctx context.Context, p *program) (int, error) {
	decide := (*ledger.Store).Release
	if c.Resend {
		decide = (*ledger.Store).Resend
	}
	return p.decide(ctx, "release", c.Batch, c.Line, c.Reason, decide)
}

// sayOther says how the other payout stands that a released line was held for: it may have been paid
// since the person looked.
func (p *program) sayOther(store *ledger.Store, released ledger.Payout) {
	id, text, found := strings.Cut(released.DuplicateOf, " line ")
	line, err := strconv.Atoi(text)
	if !found || err != nil {
		return
	}
	if other, err := store.Payout(id, line); err == nil {
		p.say("It was held because of %s (%s, IDR %s), which is %s", other.Label(), other.Name, other.Amount.Grouped(), other.Status)
	}
}

func (c *cancelCommand) run(ctx context.Context, p *program) (int, error) {
	return p.decide(ctx, "cancel", c.Batch, c.Line, c.Reason, (*ledger.Store).Cancel)
}

// decision is one of the ledger's three: it says itself what may be decided when.
type decision func(store *ledger.Store, ctx context.Context, batch string, line int, d ledger.Decision) (ledger.Payout, error)

func (p *program) decide(ctx context.Context, command, name string, line int, reason string, decide decision) (int, error) {
	store, err := p.openLedger(command, ledger.Options{})
	if err != nil {
		return 0, err
	}
	id, err := store.Resolve(name)
	if err != nil {
		return 0, errors.Join(err, store.Close())
	}
	payout, err := decide(store, ctx, id, line, ledger.Decision{Actor: person(), Reason: reason})
	if err != nil {
		return 0, errors.Join(err, store.Close())
	}
	if p.JSON {
		summary, err := store.Summary(id)
		if err != nil {
			return 0, errors.Join(err, store.Close())
		}
		p.printJSON(newPayoutJSON(summary.Batch, payout))
		return exitSettled, store.Close()
	}
	p.say("%s (%s, IDR %s) is %s now", payout.Label(), payout.Name, payout.Amount.Grouped(), payout.Status)
	if payout.Status == ledger.Queued {
		p.sayOther(store, payout)
	}
	if payout.Status.Open() {
		p.say("Next: gajian resume %s pays it", id)
	}
	return exitSettled, store.Close()
}
