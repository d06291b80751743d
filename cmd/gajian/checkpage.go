package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"gajian/batch/payroll"
	"gajian/ledger"
)

// The page that gajian check prints: the verdict, what the file holds, what is wrong with it, what
// waits for a person, and what to do next. It is the command's result, so all of it goes to standard
// output.

// banksShown is how many banks have a row of their own; the others share one.
const banksShown = 10

// objectionsShown is how many held lines and corrected cells are told one by one: a screen of them.
const objectionsShown = 20

func (p *program) printCheck(e *examined, asked *checkCommand) {
	p.say("%s", e.verdict())
	p.printTotals(e)
	if e.refusedByLedger() {
		p.printSteps([][]string{{hintFor(e.refusal)}})
		return
	}
	p.printProblems("What has to be mended, all of it, before anybody is paid from this file", "probably", e.problems, e.problemCount)
	p.printProblems("Worth a look; the file is accepted with it", "better", e.in.result.Warnings, e.in.result.WarningCount)
	p.printHeld(e)
	p.printChanges(e)
	p.printNames(e, asked.Inquire)
	p.printCopies(e, asked.Fix)
	p.printSteps(p.stepsAfterCheck(e))
}

// verdict is the first line: whether run would accept the file. A check never sends anything.
func (e *examined) verdict() string {
	r := e.in.result
	switch {
	case e.refusedByLedger():
		return fmt.Sprintf("%s is refused: %s. Nothing was sent.", r.File, e.refusal)
	case e.refused():
		return fmt.Sprintf("%s is refused: %s. Nothing was sent.", r.File, plural(e.problemCount, "problem"))
	}
	waiting := ""
	if e.stock.HeldCount > 0 {
		waiting = fmt.Sprintf("; %s held for a person to decide", grouped(e.stock.HeldCount))
	}
	return fmt.Sprintf("%s is good: %s, IDR %s, period %s%s. Nothing was sent.", r.File, plural(e.stock.Count, "line"), e.stock.Total.Grouped(), e.in.period, waiting)
}

// printTotals prints what the file holds. Of a refused file it is what could be read.
func (p *program) printTotals(e *examined) {
	r := e.in.result
	if e.refused() && r.Lines > 0 {
		p.say("  %s, IDR %s, period %s, as far as it can be read", plural(r.Lines, "line"), r.Total.Grouped(), e.in.period)
	}
	if r.Sheet != "" {
		p.say("  sheet %s", r.Sheet)
	}
	if r.Largest.Line > 0 {
		for _, row := range widthOf(p.stdout).columns([][]string{lineAmount("largest", r.Largest), lineAmount("smallest", r.Smallest)}) {
			p.say("  %s", row)
		}
	}
	if !e.refused() {
		p.printDeposit(e)
	}
	p.printBanks(r)
}

func lineAmount(what string, l payroll.LineAmount) []string {
	return []string{what, "IDR " + l.Amount.Grouped(), fmt.Sprintf("line %d", l.Line), cut(l.Name, valueShown), l.EmployeeID}
}

// printDeposit prints what a run needs: money and time.
func (p *program) printDeposit(e *examined) {
	fees, deposit := e.deposit(p.Fee)
	held := ""
	if e.stock.HeldCount > 0 {
		held = fmt.Sprintf(" (without the %s)", plural(e.stock.HeldCount, "held line"))
	}
	p.sayText("  ", "with fees of about IDR %s the deposit must hold IDR %s%s", fees.Grouped(), deposit.Grouped(), held)
	p.sayText("  ", "at %s a second a run takes about %s, and then waits for transfers to end", plural(p.Rate, "call"), estimate(e.stock.Count, p.Rate))
}

// deposit is what the lines that are not held cost, fees included, and these fees alone.
func (e *examined) deposit(fee rupiah) (fees, deposit ledger.Sen) {
	fees = ledger.Sen(e.stock.Count-e.stock.HeldCount) * ledger.Sen(fee)
	return fees, e.stock.Total - e.stock.HeldTotal + fees
}

// printBanks prints what goes to which bank, the largest sums first.
func (p *program) printBanks(r payroll.Result) {
	if len(r.Banks) == 0 {
		return
	}
	p.say("")
	p.say("  %-34s %9s %22s", "bank", "lines", "IDR")
	shown := r.Banks
	if len(shown) > banksShown+1 { // a row for one other bank would be no shorter
		shown = shown[:banksShown]
	}
	for _, bank := range shown {
		p.say("  %-34s %9s %22s", bankLabel(bank), grouped(bank.Lines), bank.Total.Grouped())
	}
	var others payroll.BankTotal
	for _, bank := range r.Banks[len(shown):] {
		others.Lines, others.Total = others.Lines+bank.Lines, others.Total+bank.Total
	}
	if others.Lines > 0 {
		p.say("  %-34s %9s %22s", plural(len(r.Banks)-len(shown), "other bank"), grouped(others.Lines), others.Total.Grouped())
	}
	p.say("  %-34s %9s %22s", "total", grouped(r.Lines), r.Total.Grouped())
}

func bankLabel(b payroll.BankTotal) string {
	if b.Code == "" {
		return "(the bank cannot be read)"
	}
	return strings.TrimSpace(b.Code + " " + cut(b.Name, 28))
}

// printProblems prints problems or warnings under a heading. count is how many there are, those
// beyond the bound of the list included.
func (p *program) printProblems(heading, suggested string, problems []payroll.Problem, count int) {
	if count == 0 {
		return
	}
	p.say("")
	p.sayText("", "%s (%s):", heading, grouped(count))
	p.say("")
	page := widthOf(p.stdout).listProblems(problems, count, suggested)
	for _, line := range page[:len(page)-1] { // what follows begins with a blank line of its own
		p.say("%s", line)
	}
}

func (p *program) printHeld(e *examined) {
	if e.stock.HeldCount == 0 {
		return
	}
	p.say("")
	p.say("%s will be held for a person to decide:", plural(e.stock.HeldCount, "line"))
	for _, objection := range e.stock.Held[:min(len(e.stock.Held), objectionsShown)] {
		first := fmt.Sprintf("  line %d: ", objection.Line)
		for _, line := range widthOf(p.stdout).wrap(first, strings.Repeat(" ", len(first)), objection.Reason) {
			p.say("%s", line)
		}
	}
	if more := e.stock.HeldCount - objectionsShown; more > 0 {
		p.say("  … and %s more; check --json lists the first %s", grouped(more), grouped(len(e.stock.Held)))
	}
}

// printSteps prints what a person does now: commands in full, and what each does.
func (p *program) printSteps(steps [][]string) {
	if len(steps) == 0 {
		return
	}
	p.say("")
	for i, row := range widthOf(p.stdout).steps(steps) {
		p.say("%-5s %s", [...]string{"Next:", ""}[min(i, 1)], row)
	}
}

// stepsAfterCheck are commands in full, each with what it does.
func (p *program) stepsAfterCheck(e *examined) (steps [][]string) {
	file := shortPath(e.in.path)
	switch {
	case e.refused():
		return p.stepsToMend(e, file)
	case e.isKnown && e.known.Finished():
		return [][]string{{"nothing", fmt.Sprintf("it is batch %s, which is finished: gajian run would send nothing", e.known.ID)}}
	case e.isKnown:
		steps = [][]string{{p.commandLine(e, "run", file), fmt.Sprintf("goes on with batch %s, which this file is already", e.known.ID)}}
	case e.stock.HeldCount > 0:
		steps = [][]string{{p.commandLine(e, "run", file), "pays it, but for the " + plural(e.stock.HeldCount, "held line")}}
	default:
		steps = [][]string{{p.commandLine(e, "run", file), "pays it"}}
	}
	if fixed := e.copies.Fixed; fixed != nil { // of cells that were only worth a look
		steps = append(steps, []string{p.commandLine(e, "check", shortPath(fixed.File)), "once you have compared the corrected copy with the source"})
	}
	if !e.asked {
		steps = append(steps, []string{p.commandLine(e, "check", file, "--inquire"), "asks the bank for every holder's name; no money moves"})
	}
	return steps
}

// stepsToMend say how a refused file gets better.
func (p *program) stepsToMend(e *examined, file string) (steps [][]string) {
	lines := slices.ContainsFunc(e.problems, func(problem payroll.Problem) bool { return problem.Line > 0 })
	if fixed := e.copies.Fixed; fixed != nil {
		steps = append(steps, []string{p.commandLine(e, "check", shortPath(fixed.File)), "once you have compared the corrected copy with the source"})
	} else if e.proposes() {
		steps = append(steps, []string{p.commandLine(e, "check", file, "--fix"), "writes a corrected copy, every change marked, for you to read"})
	}
	if e.copies.Marked == nil && lines {
		steps = append(steps, []string{p.commandLine(e, "check", file, "--out", markedName(file)), "writes a copy with a column of what is wrong, to send back"})
	}
	return append(steps, []string{p.commandLine(e, "check", file), "once the file is corrected and saved"})
}

// markedName proposes a name for the marked copy: a workbook stays one, and so does a CSV.
func markedName(file string) string {
	return strings.TrimSuffix(file, filepath.Ext(file)) + "-check" + filepath.Ext(file)
}

// commandLine is a command of ours as a person types it, with the settings that decide what is read.
func (p *program) commandLine(e *examined, command string, args ...string) string {
	words := append([]string{"gajian", command}, args...)
	if e.in.explicit {
		words = append(words, "--period", e.in.period)
	}
	if p.Sheet != "" {
		words = append(words, "--sheet", p.Sheet)
	}
	if p.NumberFormat != "" {
		words = append(words, "--number-format", p.NumberFormat)
	}
	if p.ReviewChanges {
		words = append(words, "--review-changes")
	}
	if p.AmountJump != defaultAmountJump {
		words = append(words, "--amount-jump", p.AmountJump.String())
	}
	for i, word := range words {
		words[i] = shellWord(word)
	}
	return strings.Join(words, " ")
}

// shellWord quotes a word that a shell would take apart.
func shellWord(word string) string {
	windows := filepath.Separator == '\\'
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./:,=+@%", r) || windows && r == '\\'
	}
	switch {
	case word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }):
		return word
	case windows || !strings.ContainsAny(word, "\"$`\\!"):
		return `"` + word + `"`
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// shortPath is a path as seen from the current folder, when that is shorter.
func shortPath(path string) string {
	here, err := filepath.Abs(".")
	if err != nil {
		return path
	}
	if near, err := filepath.Rel(here, path); err == nil && len(near) < len(path) {
		return near
	}
	return path
}
