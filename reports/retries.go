package reports

import (
	"fmt"
	"strings"

	"gajian/ledger"
)

// replacements are what was made in place of a batch's payouts, by line.
type replacements map[int][]ledger.Replacement

// newest returns the last payout that was made in place of a line, in whichever batch.
func (r replacements) newest(line int) (newest ledger.Replacement, found bool) {
	chain := r[line]
	if len(chain) == 0 {
		return ledger.Replacement{}, false
	}
	return chain[len(chain)-1], true
}

// stillOwed reports whether a person has to try p again: it failed or was rejected, and nothing in its
// place has paid or may still pay.
func (r replacements) stillOwed(p ledger.Payout) bool {
	newest, found := r.newest(p.Number)
	return goesToRetry(p.Status) && !(found && mayPay(newest.Status))
}

// mayPay reports whether a payout is paid, under way or waiting for a person. A returned one was paid
// and is told of in its own batch.
func mayPay(status ledger.Status) bool {
	return status.Open() || status == ledger.Held || status == ledger.Settled || status == ledger.Returned
}

// withPaidAgain adds to what happened by which payouts the line was paid again, the first one first.
func (r replacements) withPaidAgain(happened string, line int) string {
	var said []string
	for _, r := range r[line] {
		said = append(said, fmt.Sprintf("by batch %s line %d (%s)", r.Batch, r.Line, standing(r.Status)))
	}
	if said == nil {
		return happened
	}
	return strings.TrimSuffix(happened, ".") + ". Paid again " + strings.Join(said, ", then ") + "."
}

// standing is a status of another batch in words that need no table.
func standing(status ledger.Status) string {
	switch {
	case status.Open():
		return "under way"
	case status == ledger.Returned:
		return "paid, and the money came back"
	case status == ledger.Held:
		return "held for a person"
	}
	return status.String()
}

// toDoReplaced says what a person must do of a line that was paid again; nothing when that has ended
// without payment, because then the line itself is to be tried once more.
func toDoReplaced(newest ledger.Replacement) string {
	switch {
	case newest.Status == ledger.Settled:
		return "Nothing: that batch has paid it."
	case newest.Status == ledger.Returned:
		return fmt.Sprintf("It is owed again: see the Exceptions in the workbook of batch %s.", newest.Batch)
	case newest.Status == ledger.Held:
		return fmt.Sprintf("Decide there. To pay it: %s. Not to pay it: %s.",
			decision("release", newest.Batch, newest.Line), decision("cancel", newest.Batch, newest.Line))
	case newest.Status.Open():
		return fmt.Sprintf("Nothing here, and do not pay it another way: batch %s is paying it.", newest.Batch)
	}
	return ""
}

// retries sums up what a batch has to do with others: whose lines it pays again, and by which its own
// are paid again.
type retries struct {
	of, by groups
	owed   tally // lines for the retry file
}

func (r *retries) add(p ledger.Payout, chain []ledger.Replacement, owed bool) (err error) {
	if batch, _, ok := p.Replaces(); ok {
		err = r.of.add("batch "+batch, p, p.Status)
	}
	for _, made := range chain {
		if err == nil {
			err = r.by.add("batch "+made.Batch, p, made.Status)
		}
	}
	if owed && err == nil {
		r.owed, err = r.owed.plus(p)
	}
	return err
}

// groups sum payouts up by another batch, in the order in which the lines name the batches.
type groups struct{ of []*group }

type group struct {
	batch string // "batch 2026-11-ABC123"; groupOthers for all that have no group of their own
	sum   tally
	by    map[ledger.Status]int // where the payouts of the newer batch stand
}

// groupsMax bounds the groups, because what a line replaces comes from a payroll file: a retry file has
// lines of one batch, and a year of them, put together by hand, of a dozen.
const groupsMax = 20

const groupOthers = "other batches"

func (g *groups) add(batch string, p ledger.Payout, status ledger.Status) (err error) {
	found := g.group(batch)
	found.by[status]++
	found.sum, err = found.sum.plus(p)
	return err
}

func (g *groups) group(batch string) *group {
	for i, one := range g.of {
		if one.batch == batch || i == groupsMax {
			return one
		}
	}
	if len(g.of) == groupsMax {
		batch = groupOthers
	}
	g.of = append(g.of, &group{batch: batch, by: map[ledger.Status]int{}})
	return g.of[len(g.of)-1]
}

// standings says where the payouts of a group stand: "2 settled, 1 failed".
func (g *group) standings() string {
	counts := map[string]int{}
	var words []string
	for _, status := range ledger.Statuses() {
		if g.by[status] == 0 {
			continue
		}
		word := standing(status)
		if counts[word] == 0 {
			words = append(words, word)
		}
		counts[word] += g.by[status]
	}
	for i, word := range words {
		words[i] = fmt.Sprintf("%d %s", counts[word], word)
	}
	return strings.Join(words, ", ")
}

// addRetries adds a table of the batches that this one has lines in common with, when there are any.
func (w *workbook) addRetries(p *page) {
	s, r := w.styles, w.survey.retries
	if len(r.of.of)+len(r.by.of) == 0 {
		return
	}
	p.add()
	p.heights[p.add(s.headers("Retries", "Lines", "Amount (IDR)", "", "", "Meaning")...)] = 22
	row := func(label string, sum tally, meaning string) {
		p.heights[p.add(text(s.wrap, label), s.count(sum.count), s.money(sum.amount), nil, nil, text(s.wrap, meaning))] = 2 * rowHeight
	}
	for _, g := range r.of.of {
		row("Retry of "+g.batch, g.sum, "lines that stand in for lines that were not paid there, so no second salary: "+g.standings())
	}
	for _, g := range r.by.of {
		row("Retried by "+g.batch, g.sum, "lines of this batch, at the amounts that they have here; there: "+g.standings())
	}
	if len(r.by.of) > 0 {
		row("To be tried again", r.owed, "failed or rejected, and nothing has paid or is paying them in their place")
	}
}
