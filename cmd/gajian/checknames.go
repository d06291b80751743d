package main

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"gajian/batch"
	"gajian/ledger"
)

// The bank's answers to check --inquire.

// namesShown is how many names that differ, and how many accounts without a name, are told one by one: a
// person has to look at each, and a payroll of ten thousand has some hundreds.
const namesShown = 500

// The verdicts on a name, words of the JSON.
const (
	nameFits    = "fits"
	nameDiffers = "differs"
	nameMissing = "none" // the bank gave none: it does not accept the account, or could not be asked
)

// inquireNames asks the bank for every line's holder.
func (p *program) inquireNames(ctx context.Context, store *ledger.Store, e *examined) error {
	provider, err := p.newProvider()
	if err != nil {
		return err
	}
	defer provider.Close()
	var mu sync.Mutex
	given := map[int]string{} // the file's names of the lines that are being asked about
	lines := func(yield func(ledger.Line) error) error {
		return e.in.lines(func(line ledger.Line) error {
			mu.Lock()
			given[line.Number] = line.Name
			mu.Unlock()
			return yield(line)
		})
	}
	e.asked, e.names = true, make([]nameJSON, 0, e.stock.Count)
	err = batch.InquireAll(ctx, store, provider, lines, p.settings("check"), func(answer batch.NameAnswer) {
		mu.Lock()
		defer mu.Unlock()
		e.names = append(e.names, newNameJSON(given[answer.Line], answer))
		delete(given, answer.Line)
	})
	slices.SortFunc(e.names, func(a, b nameJSON) int { return a.Line - b.Line })
	return err
}

func newNameJSON(given string, answer batch.NameAnswer) nameJSON {
	name := nameJSON{Line: answer.Line, Name: given, NameOnAccount: answer.Holder, NameScore: answer.Match.Score, Verdict: nameFits, Reason: answer.Reason}
	switch {
	case answer.Holder == "":
		name.Verdict = nameMissing
	case answer.Reason != "":
		name.Verdict = nameDiffers
	}
	return name
}

func (e *examined) namesThat(verdict string) (chosen []nameJSON) {
	for _, name := range e.names {
		if name.Verdict == verdict {
			chosen = append(chosen, name)
		}
	}
	return chosen
}

// printNames prints the names that differ and the accounts that have none. Those that fit are counted.
func (p *program) printNames(e *examined, wanted bool) {
	if !e.asked {
		if wanted { // of a refused file some lines cannot be asked about
			p.say("")
			p.say("The bank was not asked for any name: mend the file first.")
		}
		return
	}
	differ, missing := e.namesThat(nameDiffers), e.namesThat(nameMissing)
	p.say("")
	p.say("The bank's names of %d of %s fit", len(e.names)-len(differ)-len(missing), plural(len(e.names), "line"))
	if len(differ) > 0 {
		p.say("")
		p.sayText("", "The name differs (%d): %s", len(differ), p.whatBecomesOfNames())
		rows := [][]string{{"", "in the file", "at the bank", "score", "why"}}
		for _, name := range differ[:min(len(differ), namesShown)] {
			rows = append(rows, []string{fmt.Sprintf("line %d", name.Line), cut(name.Name, nameShown), cut(name.NameOnAccount, nameShown), fmt.Sprintf("%.2f", name.NameScore), name.Reason})
		}
		p.sayRows(rows, len(differ))
	}
	if len(missing) > 0 {
		p.say("")
		p.sayText("", "No name from the bank (%d): correct these accounts, or ask again where the bank did not answer", len(missing))
		var rows [][]string
		for _, name := range missing[:min(len(missing), namesShown)] {
			rows = append(rows, []string{fmt.Sprintf("line %d", name.Line), cut(name.Name, nameShown), name.Reason})
		}
		p.sayRows(rows, len(missing))
	}
}

// sayRows prints rows below each other; count is how many things there are to tell of.
func (p *program) sayRows(rows [][]string, count int) {
	for _, row := range widthOf(p.stdout).columns(rows) {
		p.say("  %s", row)
	}
	if more := count - namesShown; more > 0 {
		p.say("  … and %s more; check --json lists all", grouped(more))
	}
}

// whatBecomesOfNames says what a run does with a name that differs.
func (p *program) whatBecomesOfNames() string {
	switch batch.NameMode(p.NameMatch) {
	case batch.NameHold:
		return "a run holds these lines for a person to decide"
	case batch.NameWarn:
		return "a run pays these lines with a warning (--name-match warn)"
	}
	return "a run pays these lines (--name-match off)"
}

// remark is what the marked copy says beside a line.
func (n nameJSON) remark() string {
	if n.Verdict == nameDiffers {
		return fmt.Sprintf("the bank's name is %q: %s", n.NameOnAccount, n.Reason)
	}
	return n.Reason
}
