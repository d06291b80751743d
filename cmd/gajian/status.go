package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"gajian/ledger"
)

type statusCommand struct {
	Batch string `arg:"" optional:"" help:"Batch; a part of its name will do. Default: all, one line each."`
	Lines bool   `help:"Every line of the batch."`
}

// run shows where things stand. While another process holds the ledger it asks that one.
func (c *statusCommand) run(ctx context.Context, p *program) (int, error) {
	if c.Lines && c.Batch == "" {
		return 0, usageError{errors.New("--lines needs a batch")}
	}
	store, err := p.openLedger("status", ledger.Options{ReadOnly: true})
	var locked *ledger.LockedError
	switch {
	case errors.As(err, &locked) && locked.Address != "":
		return c.ask(ctx, p, locked)
	case errors.Is(err, ledger.ErrMissing):
		return exitSettled, c.print(p, batchesJSON{Batches: []batchJSON{}})
	case err != nil:
		return 0, err
	}
	defer store.Close()
	if c.Batch == "" {
		all, err := p.allBatches(store)
		if err != nil {
			return 0, err
		}
		return exitSettled, c.print(p, all)
	}
	b, err := p.oneBatch(store, c.Batch, c.Lines)
	if err != nil {
		return 0, err
	}
	return exitSettled, c.printBatch(p, b)
}

// allBatches reads where every batch stands.
func (p *program) allBatches(store *ledger.Store) (batchesJSON, error) {
	summaries, err := store.Batches()
	all := batchesJSON{Batches: []batchJSON{}}
	for _, summary := range summaries {
		all.Batches = append(all.Batches, newBatchJSON(summary, p.existingReport(store, summary.ID)))
	}
	return all, err
}

// standing is where one batch stands, with what only people read: it is not part of the JSON.
type standing struct {
	batchJSON
	Doubts []string `json:"doubts"`
}

// oneBatch reads where one batch stands, and its lines when they are wanted.
func (p *program) oneBatch(store *ledger.Store, name string, lines bool) (b standing, err error) {
	id, err := store.Resolve(name)
	if err != nil {
		return b, err
	}
	view, err := store.View(id)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, view.Close()) }()
	summary := view.Summary()
	b.batchJSON = newBatchJSON(summary, p.existingReport(store, id))
	if b.Doubts, err = p.doubts(store, id, summary.ByStatus[ledger.Submitting].Count); err != nil || !lines {
		return b, err
	}
	for payout, err := range view.Payouts() {
		if err != nil {
			return b, err
		}
		b.Payouts = append(b.Payouts, newPayoutJSON(summary.Batch, payout))
	}
	return b, nil
}

func (c *statusCommand) print(p *program, all batchesJSON) error {
	if p.JSON {
		p.printJSON(all)
		return nil
	}
	if len(all.Batches) == 0 {
		p.say("no batch yet")
		return nil
	}
	p.say("%-22s %-8s %-10s %7s %20s  %s", "BATCH", "PERIOD", "STATE", "LINES", "IDR", "FILE")
	for _, b := range all.Batches {
		p.say("%-22s %-8s %-10s %7d %20s  %s", b.Batch, b.Period, b.state(), b.Lines, b.Total.Grouped(), b.File)
	}
	return nil
}

func (b batchJSON) state() string {
	if b.Finished {
		return "finished"
	}
	return "unfinished"
}

func (c *statusCommand) printBatch(p *program, b standing) error {
	if p.JSON {
		p.printJSON(b.batchJSON)
		return nil
	}
	p.say("Batch %s · %s · period %s · %s", b.Batch, b.File, b.Period, b.state())
	p.printStatuses(b.ByStatus, b.Lines, b.Total)
	if len(b.Payouts) > 0 {
		p.say("")
		p.say("%6s  %-12s %-28s %-5s %-18s %15s  %-10s %s", "LINE", "EMPLOYEE", "NAME", "BANK", "ACCOUNT", "IDR", "STATUS", "REASON")
	}
	for _, payout := range b.Payouts {
		p.say("%6d  %-12s %-28s %-5s %-18s %15s  %-10s %s", payout.Line, payout.EmployeeID, payout.Name, payout.Bank, payout.AccountNumber, payout.Amount.Grouped(), payout.Status, payout.Reason)
	}
	p.printDoubts(b.Doubts)
	return nil
}

// ask puts the question to the process that holds the ledger.
func (c *statusCommand) ask(ctx context.Context, p *program, holder *ledger.LockedError) (int, error) {
	address := url.URL{Scheme: "http", Host: holder.Address, Path: "/status", RawQuery: url.Values{"batch": {c.Batch}, "lines": {fmt.Sprint(c.Lines)}}.Encode()}
	ctx, stop := context.WithTimeout(ctx, answerTimeout)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+holder.Key)
	client := &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}} // this machine only: no proxy
	response, err := client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("%w, and it does not answer: %v", holder, err)
	}
	defer response.Body.Close()
	decoder := json.NewDecoder(http.MaxBytesReader(nil, response.Body, answerBytesMax))
	switch {
	case response.StatusCode == http.StatusNotFound:
		return 0, fmt.Errorf("%w: %q", ledger.ErrNoBatch, c.Batch)
	case response.StatusCode != http.StatusOK:
		return 0, fmt.Errorf("%w, and it answers %s", holder, response.Status)
	case c.Batch == "":
		var all batchesJSON
		if err := decoder.Decode(&all); err != nil {
			return 0, fmt.Errorf("answer of pid %d: %w", holder.PID, err)
		}
		return exitSettled, c.print(p, all)
	}
	var b standing
	if err := decoder.Decode(&b); err != nil {
		return 0, fmt.Errorf("answer of pid %d: %w", holder.PID, err)
	}
	return exitSettled, c.printBatch(p, b)
}

// answerTimeout bounds a question to another process; a million lines take it some seconds.
// answerBytesMax bounds its answer: a million lines are about 400 MB.
const (
	answerTimeout  = 60 * time.Second
	answerBytesMax = 1 << 30
)
