package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gajian/batch"
	"gajian/ledger"
	"gajian/reports"
)

type runCommand struct {
	File string `arg:"" type:"path" help:"Payroll file, CSV or XLSX."`
}

type resumeCommand struct {
	Batch string `arg:"" optional:"" help:"Batch; a part of its name will do. Default: the newest unfinished one."`
	All   bool   `help:"All unfinished batches, oldest first."`
}

type pollCommand struct {
	Batch string `arg:"" optional:"" help:"Batch; a part of its name will do. Default: all."`
}

// run pays a payroll file.
func (c *runCommand) run(ctx context.Context, p *program) (int, error) {
	if err := findable(c.File); err != nil { // before a ledger is made for it
		return 0, err
	}
	store, err := p.openToPay(ctx, "run", ledger.Options{Create: true})
	if err != nil {
		return 0, err
	}
	return p.payFile(ctx, store, c.File, func(batch.Stock) (closingProvider, error) { return p.newProvider() })
}

// closingProvider is a provider that keeps connections.
type closingProvider interface {
	batch.Provider
	Close()
}

// payFile reads the file first, so that its faults are told before anything else can go wrong;
// then looks whether it is known, so that a finished one needs no credentials; then connects,
// enters and pays it.
func (p *program) payFile(ctx context.Context, store *ledger.Store, path string, connect func(batch.Stock) (closingProvider, error)) (int, error) {
	if err := p.checkTarget(p.Report, path, store.Path()); err != nil {
		return 0, errors.Join(err, store.Close())
	}
	in, err := p.newIntake(ctx, path)
	if err != nil {
		return 0, errors.Join(err, store.Close())
	}
	e, err := examine(in, store)
	if err == nil && e.refused() {
		err = &refusedFile{e.refusal, p.commandLine(e, "check", shortPath(path))}
		if p.JSON { // there is no batch to tell of
			p.printJSON(newCheckJSON(e, p.Fee))
		}
	}
	if err != nil {
		return 0, errors.Join(err, store.Close())
	}
	stock, known := e.stock, e.known
	p.printWarnings(in)
	if e.isKnown && known.Finished() {
		p.warn("batch %s of %s is finished already; nothing was sent", known.ID, known.CreatedAt.Format("2006-01-02 15:04 WIB"))
		return p.close(ctx, store, stock, known, connect)
	}
	p.warnOfTheSameLines(store, stock)
	p.warnOfChanges(stock)
	provider, err := connect(stock)
	if err != nil {
		return 0, errors.Join(err, store.Close())
	}
	defer provider.Close()
	id := known.ID
	if !e.isKnown {
		b, err := batch.Enter(ctx, store, stock, in.origin(p.rehearsal), in.lines)
		if err != nil {
			return 0, errors.Join(err, store.Close())
		}
		id = b.ID
	}
	err = p.pay(ctx, store, provider, id, batch.Pay, "run")
	return p.conclude(store, p.standing(store, id), err)
}

// close concludes a finished batch. When its last run was killed before it read the closing
// balance, the balance is read now; without a provider the proof goes without it, as the report says.
func (p *program) close(ctx context.Context, store *ledger.Store, stock batch.Stock, known ledger.Summary, connect func(batch.Stock) (closingProvider, error)) (int, error) {
	if !known.Balance.AwaitsClosing() {
		return p.conclude(store, []ledger.Summary{known}, nil)
	}
	provider, err := connect(stock)
	if err != nil {
		p.warn("the closing balance is not read: %v", err)
		return p.conclude(store, []ledger.Summary{known}, nil)
	}
	defer provider.Close()
	err = p.pay(ctx, store, provider, known.ID, batch.Pay, "run")
	return p.conclude(store, p.standing(store, known.ID), err)
}

// warnOfTheSameLines says that the very lines were paid for another period not long ago. A person
// said the period, so it is not refused; but a mistyped month should not go unnoticed.
func (p *program) warnOfTheSameLines(store *ledger.Store, stock batch.Stock) {
	batches, err := store.Batches()
	if err != nil {
		return // the run itself will say so
	}
	for _, b := range batches {
		if b.LinesDigest == stock.LinesDigest && b.Digest != stock.Digest && time.Since(b.CreatedAt) < sameLinesLately {
			p.warn("warning: these very lines are batch %s of period %s already, made on %s; they are paid once more for period %s", b.ID, b.Period, b.CreatedAt.Format("2006-01-02 15:04 WIB"), stock.Period)
		}
	}
}

// sameLinesLately is less than the time between two paydays.
const sameLinesLately = 20 * 24 * time.Hour

// pay carries a batch as far as it goes, answering questions about it meanwhile.
func (p *program) pay(ctx context.Context, store *ledger.Store, provider batch.Provider, id string, mode batch.Mode, actor string) error {
	stop := p.answerQuestions(store)
	defer stop()
	done := p.showProgress(store, id)
	defer done()
	return batch.Run(ctx, store, provider, id, mode, p.settings(actor))
}

// run goes on with batches that are in the ledger.
func (c *resumeCommand) run(ctx context.Context, p *program) (int, error) {
	return p.carryOn(ctx, "resume", batch.Pay, func(store *ledger.Store) ([]string, error) {
		switch {
		case c.Batch != "" && c.All:
			return nil, usageError{errors.New("say a batch or --all, not both")}
		case c.Batch != "":
			return one(store.Resolve(c.Batch))
		}
		unfinished, err := chooseBatches(store, func(s ledger.Summary) bool { return !s.Finished() })
		if err == nil && len(unfinished) == 0 {
			return chooseBatches(store, func(s ledger.Summary) bool { return s.Balance.AwaitsClosing() })
		}
		if len(unfinished) > 1 && !c.All {
			unfinished = unfinished[len(unfinished)-1:]
		}
		return unfinished, err
	})
}

// run asks about transfers under way, and about payments that may have come back.
func (c *pollCommand) run(ctx context.Context, p *program) (int, error) {
	return p.carryOn(ctx, "poll", batch.AskOnly, func(store *ledger.Store) ([]string, error) {
		if c.Batch != "" {
			return one(store.Resolve(c.Batch))
		}
		return chooseBatches(store, p.worthPolling)
	})
}

// worthPolling: something is under way, or was paid so lately that it may come back.
func (p *program) worthPolling(s ledger.Summary) bool {
	lately := false
	for _, at := range []time.Time{s.CreatedAt, s.Balance.OpenedAt, s.Balance.ClosedAt} {
		lately = lately || time.Since(at) < p.ReturnsFor
	}
	return s.ByStatus[ledger.Submitting].Count+s.ByStatus[ledger.Pending].Count > 0 || lately && s.ByStatus[ledger.Settled].Count > 0
}

func one(id string, err error) ([]string, error) { return []string{id}, err }

func chooseBatches(store *ledger.Store, wanted func(ledger.Summary) bool) (ids []string, err error) {
	batches, err := store.Batches()
	for _, b := range batches {
		if wanted(b) {
			ids = append(ids, b.ID)
		}
	}
	return ids, err
}

// carryOn opens the ledger, runs the chosen batches one after the other, and concludes.
func (p *program) carryOn(ctx context.Context, command string, mode batch.Mode, choose func(*ledger.Store) ([]string, error)) (int, error) {
	store, err := p.openToPay(ctx, command, ledger.Options{})
	if err != nil {
		return 0, err
	}
	if err := p.checkTarget(p.Report, store.Path()); err != nil {
		return 0, errors.Join(err, store.Close())
	}
	ids, err := choose(store)
	if err != nil {
		return 0, errors.Join(err, store.Close())
	}
	if len(ids) == 0 {
		p.warn("nothing to do: %s", map[batch.Mode]string{
			batch.Pay: "every batch is finished", batch.AskOnly: "nothing is under way, and no payment is young enough to come back",
		}[mode])
		return p.conclude(store, nil, nil)
	}
	provider, err := p.newProvider()
	if err != nil {
		return 0, errors.Join(err, store.Close())
	}
	defer provider.Close()
	if len(ids) > 1 && p.Report != "" && !isFolder(p.Report) {
		p.warn("--report names one file for %d batches: their workbooks are written beside the ledger", len(ids))
		p.Report = ""
	}
	for _, id := range ids {
		if err = p.pay(ctx, store, provider, id, mode, command); err != nil {
			break
		}
	}
	return p.conclude(store, p.standing(store, ids...), err)
}

// standing reads where batches stand now.
func (p *program) standing(store *ledger.Store, ids ...string) (summaries []ledger.Summary) {
	for _, id := range ids {
		summary, err := store.Summary(id)
		if err != nil {
			p.warn("batch %s cannot be read: %v", id, err)
			continue
		}
		summaries = append(summaries, summary)
	}
	return summaries
}

// conclude writes the reports, says what went wrong and whether anything was sent, prints the
// summaries, closes the ledger, and returns the exit code. Of a ledger that does not check nothing was
// sent, and nothing is reported.
func (p *program) conclude(store *ledger.Store, summaries []ledger.Summary, failure error) (int, error) {
	if err := store.Verified(context.Background()); err != nil {
		return 0, errors.Join(unsound(err), store.Close())
	}
	var concluded []batchJSON
	if failure != nil {
		p.printError(failure)
	}
	for _, summary := range summaries {
		report := p.writeReports(store, summary)
		concluded = append(concluded, newBatchJSON(summary, report))
		if failure != nil && !p.rehearsal {
			p.warn("batch %s: %s sent so far, %s known as paid", summary.ID, plural(summary.Sent(), "transfer"), grouped(summary.ByStatus[ledger.Settled].Count))
		}
		if !p.JSON {
			p.printSummary(summary, report)
			p.printDoubtsOf(store, summary)
		}
	}
	switch {
	case p.JSON && len(concluded) == 1:
		p.printJSON(concluded[0])
	case p.JSON: // one object, also of several batches
		p.printJSON(batchesJSON{Batches: append([]batchJSON{}, concluded...)})
	}
	code := exitOf(failure, summaries...)
	if err := store.Close(); err != nil && failure == nil {
		return exitCouldNot, fmt.Errorf("%w: %w", batch.ErrLedger, err)
	}
	return code, nil
}

// writeReports writes the workbook and the retry file. The payments are done and in the ledger:
// a report that fails is said and harms nothing.
func (p *program) writeReports(store *ledger.Store, summary ledger.Summary) string {
	path := p.reportPath(store, summary.ID)
	err := p.writeReport(store, summary.ID, path)
	switch {
	case errors.Is(err, reports.ErrRetryChanged):
		p.warn("%v", err)
		return path
	case errors.Is(err, errRetryFile):
		p.warn("%v; write it again with gajian report %s", err, summary.ID)
		return path
	case err != nil:
		p.warn("the workbook could not be written: %v", err)
		p.warn("the payments are safe in the ledger; write it again with gajian report %s --out FILE", summary.ID)
		return ""
	}
	return path
}

// reportPath is --report, a file or a folder, else BATCH.xlsx beside the ledger.
func (p *program) reportPath(store *ledger.Store, id string) string {
	switch {
	case isFolder(p.Report):
		return filepath.Join(p.Report, id+".xlsx")
	case p.Report != "":
		return p.Report
	}
	return filepath.Join(filepath.Dir(store.Path()), id+".xlsx")
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return path != "" && err == nil && info.IsDir()
}

// retryPath is the retry file beside a workbook.
func retryPath(report string) string {
	return strings.TrimSuffix(report, filepath.Ext(report)) + "-retry.xlsx"
}
