package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"unicode"

	"gajian/batch"
	"gajian/batch/kirimdoku"
	"gajian/batch/payroll"
	"gajian/ledger"
)

// What a person sees. Results go to standard output; errors, warnings, progress and the log go
// to standard error. Every line of ours on standard error that is not the log begins with
// "gajian:". An error is followed by a line that says what to do, and whether money moved where
// that can be asked.

// say prints a line of result.
func (p *program) say(format string, values ...any) {
	fmt.Fprintln(p.stdout, printable(fmt.Sprintf(format, values...)))
}

// warn prints a line that is no result.
func (p *program) warn(format string, values ...any) {
	fmt.Fprintln(p.stderr, printable("gajian: "+fmt.Sprintf(format, values...)))
}

// printable is a line as a terminal may get it. File names, headers and the provider's words come from
// others: no control character of theirs clears the screen or begins a line that looks like ours, and
// none turns the direction of writing.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return '\ufffd'
		}
		return r
	}, line)
}

// printError prints an error and what to do about it.
func (p *program) printError(err error) {
	var refused *payroll.RefusedError
	if errors.As(err, &refused) {
		p.printRefusal(refused)
		check := "gajian check FILE"
		if file := (*refusedFile)(nil); errors.As(err, &file) {
			check = file.check
		}
		p.warn("correct the file and run it again; this reads it without paying, and proposes what it can:")
		p.warn("  %s", check)
		return
	}
	said := map[string]bool{}
	for text := range strings.SplitSeq(err.Error(), "\n") { // of joined errors each has its line
		if !said[text] { // closing a ledger tells once more why it failed
			p.warn("%s", text)
		}
		said[text] = true
	}
	if hint := hintFor(err); hint != "" {
		p.warn("%s", hint)
	}
}

// refusedFile is a payroll file that is not paid, with the command that tells more of it.
type refusedFile struct {
	error
	check string
}

func (r *refusedFile) Unwrap() error { return r.error }

// printRefusal prints the problems of a payroll file that could not be accepted.
func (p *program) printRefusal(refused *payroll.RefusedError) {
	p.warn("payroll file %s is refused: %s. Nothing was sent.", refused.File, plural(refused.Count, "problem"))
	fmt.Fprintln(p.stderr)
	for _, line := range widthOf(p.stderr).listProblems(refused.Problems, refused.Count, "probably") {
		fmt.Fprintln(p.stderr, printable(line))
	}
}

// hints say what to do about an error. The first that fits is shown.
var hints = []struct {
	err  error
	hint string
}{
	{errInterrupted, "run the same command again to go on; nobody is paid twice"},
	{batch.ErrInsufficientFunds, "top up the deposit and run the same command again; nobody is paid twice"},
	{batch.ErrCredentials, "check --client-id, the key file and the client secret against DOKU's dashboard, and this machine's clock; then run again"},
	{batch.ErrNotAllowed, "ask DOKU why this client may not do this; then run again"},
	{batch.ErrCutOff, "run the same command again later; nobody is paid twice"},
	{batch.ErrConfiguration, "check --account-no, --path-prefix and --environment; then run again"},
	{batch.ErrForm, "nothing more was sent. Check what is in every call (--customer-number, --sender-…, --account-no, --path-prefix) against the message; then run again"},
	{batch.ErrOutage, "run the same command again when DOKU answers; nobody is paid twice"},
	{batch.ErrOtherPeriod, "nothing was sent. To pay these people again for another month, say which: --period YYYY-MM"},
	{kirimdoku.ErrNotConfigured, "nothing was sent. gajian init writes a configuration file to fill in; the README says where these come from"},
	{batch.ErrRecentPeriod, "nothing was sent. Say which month this file is for: --period YYYY-MM. With the other batch's month, whoever is paid there is held"},
	{batch.ErrUnfinishedPeriod, "nothing was sent. Finish that batch first (gajian resume), or leave --period away to go on with it"},
	{ledger.ErrLocked, "wait until it has ended, or look at it with gajian status"},
	{ledger.ErrNotLedger, "nothing was sent and the file was left as it is. Restore a backup, or name another file with --ledger"},
	{ledger.ErrDamaged, "nothing more is sent from this ledger. Keep the file, restore a backup, and ask for help before paying again"},
	{ledger.ErrNewerFormat, "nothing was sent"},
	{ledger.ErrOlderFormat, "nothing was sent"},
	{ledger.ErrEnvironment, "nothing was sent"},
	{ledger.ErrContentChanged, "nothing was sent. Close the file in other programs and run again"},
	{ledger.ErrTooEarly, "ask again with gajian poll. Only when DOKU has not known it for the whole --not-found-after may it be sent again or cancelled"},
	{ledger.ErrNotHeld, "only a held line is released. One in doubt may be sent again with --resend, when DOKU has not known it for long enough"},
	{ledger.ErrUnknownPayout, "gajian status BATCH --lines lists the lines"},
	{fs.ErrNotExist, "nothing was sent"},
	{fs.ErrPermission, "nothing was sent. The ledger, its folder and the secrets must belong to the user who runs gajian; nothing is done without them"},
	{syscall.EROFS, "nothing was sent. The ledger has to lie where it can be written"},
	{ledger.ErrNoBatch, "gajian status lists the batches"},
	{ledger.ErrLost, "nothing was sent. Bring the ledger back: from a backup, or from where it was moved to. If it is lost for good, find out from DOKU and from your colleagues which lines were paid, cancelled or let through; only then remove the file of departures, and this file begins anew"},
	{ledger.ErrMissing, "nothing has been paid with this --ledger yet"},
	{batch.ErrLedger, "make room on the disk or mend what the message says, then run the same command again; nobody is paid twice"},
	{ledger.ErrDisk, "nothing was sent. Make room on the disk or mend what the message says, then run the same command again"},
}

func hintFor(err error) string {
	var usage usageError
	if errors.As(err, &usage) {
		return "gajian --help lists commands and settings"
	}
	for _, h := range hints {
		if errors.Is(err, h.err) {
			return h.hint
		}
	}
	return ""
}

// plural writes "1 line", "2 lines".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%s %ss", grouped(n), noun)
}

// grouped writes 12,345.
func grouped(n int) string { return (ledger.Sen(n) * ledger.Rupiah).Grouped() }

// statusHelp says in words what a status means for the person who reads a summary.
var statusHelp = map[ledger.Status]string{
	ledger.Settled:    "paid",
	ledger.Pending:    "accepted by DOKU, not at its end",
	ledger.Submitting: "outcome unknown; DOKU is asked, it is never sent twice",
	ledger.Queued:     "not sent yet",
	ledger.Verified:   "account checked, to be sent",
	ledger.Held:       "not sent; a person has to decide",
	ledger.Rejected:   "not sent; the bank does not accept the account",
	ledger.Failed:     "not paid; the transfer failed",
	ledger.Returned:   "paid, and the money came back",
	ledger.Cancelled:  "a person decided not to pay it",
}

// printSummary prints where a batch stands, on one screen, and what to do next.
func (p *program) printSummary(s ledger.Summary, report string) {
	title := "Batch " + s.ID
	if s.Rehearsal {
		title = "REHEARSAL, no money moved: batch " + s.ID
	}
	p.say("%s · %s · period %s", title, s.File, s.Period)
	p.say("")
	p.say("  %-10s %9s %22s", "", "lines", "IDR")
	p.printStatuses(s.ByStatus, s.Lines, s.Total)
	p.say("  %-10s %9s %22s", "fees", "", s.Fees.Grouped())
	p.printBalance(s)
	if report != "" {
		p.say("")
		p.say("Workbook: %s", report)
	}
	for i, step := range p.nextSteps(s, report) {
		p.say("%-5s %s", [...]string{"Next:", ""}[min(i, 1)], step)
	}
}

// printStatuses prints a row for each status that has lines, and their sum.
func (p *program) printStatuses(byStatus map[ledger.Status]ledger.Count, lines int, total ledger.Sen) {
	for _, status := range ledger.Statuses() {
		if count, some := byStatus[status]; some {
			p.say("  %-10s %9s %22s  %s", status, grouped(count.Count), count.Amount.Grouped(), statusHelp[status])
		}
	}
	p.say("  %-10s %9s %22s", "total", grouped(lines), total.Grouped())
}

func (p *program) printBalance(s ledger.Summary) {
	if !s.Balance.HasOpened {
		return
	}
	p.say("")
	p.say("  deposit before %s", s.Balance.Opening.Grouped())
	switch {
	case s.Balance.Proves():
		p.say("  deposit after  %s, expected %s, difference %s", s.Balance.Closing.Grouped(), s.Expected().Grouped(), s.Difference().Grouped())
	case s.Balance.HasClosed:
		p.say("  deposit after  not read since the last change; %s on %s", s.Balance.Closing.Grouped(), s.Balance.ClosedAt.In(ledger.WIB).Format("2006-01-02 15:04 WIB"))
	}
}

// nextSteps say what a person does now, the next command in full.
func (p *program) nextSteps(s ledger.Summary, report string) (steps []string) {
	if s.Rehearsal {
		return []string{fmt.Sprintf("look at the workbook; gajian run pays for real, at %s a second in about %s", plural(p.realRate, "call"), estimate(s.Lines, p.realRate))}
	}
	held, exceptions := s.ByStatus[ledger.Held].Count, s.ByStatus[ledger.Failed].Count+s.ByStatus[ledger.Rejected].Count
	if !s.Finished() {
		steps = append(steps, fmt.Sprintf("gajian resume %s goes on", s.ID))
	}
	if held > 0 {
		steps = append(steps, fmt.Sprintf("decide on the %s: gajian release %s --line N --reason TEXT, or gajian cancel", plural(held, "held line"), s.ID))
	}
	if s.Balance.Proves() && s.Difference() != 0 {
		steps = append(steps, fmt.Sprintf("the deposit is IDR %s off: payments that came back (gajian poll finds them), money still in doubt, or others who used the deposit", s.Difference().Grouped()))
	}
	if exceptions > 0 && report != "" {
		steps = append(steps, fmt.Sprintf("correct the %s in %s and run it", plural(exceptions, "failed or rejected line"), retryPath(report)))
	}
	if returned := s.ByStatus[ledger.Returned].Count; returned > 0 {
		steps = append(steps, plural(returned, "returned line")+": ask the employees for another account")
	}
	return steps
}
