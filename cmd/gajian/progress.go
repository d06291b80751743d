package main

import (
	"fmt"
	"os"
	"time"

	"gajian/ledger"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// Progress is read from the ledger's sums, which the pipeline keeps anyway: the workers know
// nothing of who watches them.

const (
	barEvery   = 200 * time.Millisecond
	plainEvery = 30 * time.Second
)

// showProgress shows how a batch gets on, until the function that it returns is called.
func (p *program) showProgress(store *ledger.Store, id string) (stop func()) {
	show, every := p.plainProgress(store, id), plainEvery
	switch kind := p.progressKind(); kind {
	case "off":
		return func() {}
	case "bar":
		var end func()
		show, end = p.barProgress(store, id)
		return p.repeat(show, barEvery, end)
	}
	return p.repeat(show, every, func() {})
}

// progressKind: bars only where somebody sees them.
func (p *program) progressKind() string {
	if p.Progress != "auto" {
		return p.Progress
	}
	if file, isFile := p.stderr.(*os.File); isFile && term.IsTerminal(int(file.Fd())) {
		return "bar"
	}
	return "plain"
}

func (p *program) repeat(show func(), every time.Duration, end func()) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				show()
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
		end()
	}
}

// plainProgress prints one line.
func (p *program) plainProgress(store *ledger.Store, id string) func() {
	return func() {
		s, err := store.Summary(id)
		if err != nil {
			return // the run itself will say so
		}
		p.warn("%s: %s", s.ID, progressLine(s))
	}
}

// progressLine tells the counts of every status that has any.
func progressLine(s ledger.Summary) string {
	line := fmt.Sprintf("%s of %s at their end", grouped(atEnd(s)), plural(s.Lines, "line"))
	for _, status := range ledger.Statuses() {
		if count := s.ByStatus[status].Count; count > 0 {
			line += fmt.Sprintf(", %s %s", grouped(count), status)
		}
	}
	return line
}

// atEnd counts the payouts that a run has nothing more to do with.
func atEnd(s ledger.Summary) int {
	n := 0
	for status, count := range s.ByStatus {
		if !status.Open() {
			n += count.Count
		}
	}
	return n
}

// barProgress shows two bars: transfers made, and payouts at their end.
func (p *program) barProgress(store *ledger.Store, id string) (show, end func()) {
	s, err := store.Summary(id)
	if err != nil {
		return func() {}, func() {}
	}
	bars := mpb.New(mpb.WithOutput(p.stderr), mpb.WithWidth(48))
	sent, ended := newBar(bars, "sent", s.Lines), newBar(bars, "at their end", s.Lines)
	show = func() {
		if s, err := store.Summary(id); err == nil {
			sent.SetCurrent(int64(s.Lines - s.ByStatus[ledger.Queued].Count - s.ByStatus[ledger.Verified].Count))
			ended.SetCurrent(int64(atEnd(s)))
		}
	}
	end = func() {
		show()
		sent.Abort(false) // a bar that is not full would keep Wait waiting
		ended.Abort(false)
		bars.Wait()
	}
	return show, end
}

func newBar(bars *mpb.Progress, name string, total int) *mpb.Bar {
	return bars.AddBar(int64(total),
		mpb.PrependDecorators(decor.Name(name, decor.WC{W: 14, C: decor.DindentRight}), decor.CountersNoUnit("%d / %d", decor.WCSyncSpace)),
		mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5}), decor.Name("  "), decor.AverageETA(decor.ET_STYLE_GO)),
	)
}
