package main

import (
	"fmt"
	"time"

	"gajian/batch"
	"gajian/ledger"
)

// doubtsMax is how many lines in doubt are told of one by one: half a screen of them. The others look the
// same, and status --lines has them all.
const doubtsMax = 4

// doubts tells of the lines of a batch that are in doubt: since when, what DOKU answered, when it is
// asked next, and from when on a person may decide, with the command.
func (p *program) doubts(store *ledger.Store, id string, count int) (told []string, err error) {
	if count == 0 {
		return nil, nil
	}
	payouts, _, err := store.After(id, 0, doubtsMax, ledger.Submitting)
	for _, payout := range payouts {
		told = append(told, p.doubt(payout, time.Now())...)
	}
	if more := count - len(payouts); err == nil && more > 0 {
		told = append(told, fmt.Sprintf("… and %s more in doubt: gajian status %s --lines", plural(more, "line"), id))
	}
	return told, err
}

// doubt tells of one line.
func (p *program) doubt(payout ledger.Payout, now time.Time) []string {
	first := fmt.Sprintf("line %d (%s, IDR %s) is in doubt since %s: %s", payout.Number, payout.Name, payout.Amount.Grouped(), clock(payout.TransferredAt), answered(payout.Doubt))
	resend := fmt.Sprintf("gajian release %s --line %d --resend --reason TEXT", payout.Batch, payout.Number)
	cancel := fmt.Sprintf("gajian cancel %s --line %d --reason TEXT", payout.Batch, payout.Number)
	poll := fmt.Sprintf("gajian poll %s", payout.Batch)
	switch from := payout.DecidableAt(); {
	case payout.AwaitsPerson:
		return []string{first, "  look for it at DOKU; only when they confirm that it was not paid: " + resend, "  or, not to pay it: " + cancel}
	case payout.ProviderKnows && from.IsZero():
		return []string{first, "  DOKU had it, so nobody may decide: ask DOKU how it ended, and " + poll}
	case payout.ProviderKnows:
		return []string{first, "  DOKU had it once: ask DOKU how it ended, and " + poll,
			fmt.Sprintf("  if DOKU still does not know it when it is asked after %s, a person may decide: %s", clock(from), resend), "  or, not to pay it: " + cancel}
	case from.IsZero():
		return []string{first, fmt.Sprintf("  asked next: %s. Nobody may decide before DOKU has not known it for %s", p.nextQuestion(payout, now, poll), p.NotFoundAfter)}
	default:
		return []string{first, fmt.Sprintf("  asked next: %s", p.nextQuestion(payout, now, poll)),
			fmt.Sprintf("  if DOKU still does not know it when it is asked after %s, a person may decide: %s", clock(from), resend), "  or, not to pay it: " + cancel}
	}
}

// answered says what DOKU has answered up to now.
func answered(d ledger.Doubt) string {
	switch d.LastAnswer {
	case ledger.AnswerNone:
		return "DOKU has not answered a question about it yet"
	case ledger.AnswerNotFound:
		return fmt.Sprintf("DOKU does not know it, %s in a row from %s to %s", plural(d.NotFoundCount, "answer"), clock(d.NotFoundSince), clock(d.LastAnswerAt))
	case ledger.AnswerKnown:
		return fmt.Sprintf("DOKU has it, but its answer at %s does not say how it ended", clock(d.LastAnswerAt))
	}
	return fmt.Sprintf("DOKU's answer at %s says nothing clear", clock(d.LastAnswerAt))
}

// nextQuestion says when DOKU is asked next.
func (p *program) nextQuestion(payout ledger.Payout, now time.Time, poll string) string {
	return fmt.Sprintf("%s by a run under way, else by %s", clock(batch.NextQuestion(payout, p.PollFirst, now)), poll)
}

// clock writes a moment as people in Jakarta read it.
func clock(t time.Time) string { return t.In(ledger.WIB).Format("2006-01-02 15:04 WIB") }

// printDoubts prints what the lines in doubt wait for.
func (p *program) printDoubts(told []string) {
	if len(told) > 0 {
		p.say("")
	}
	for _, line := range told {
		p.say("%s", line)
	}
}

// printDoubtsOf prints it at the end of a run.
func (p *program) printDoubtsOf(store *ledger.Store, s ledger.Summary) {
	told, err := p.doubts(store, s.ID, s.ByStatus[ledger.Submitting].Count)
	if err != nil {
		p.warn("%v", err)
	}
	p.printDoubts(told)
}
