package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"

	"github.com/xuri/excelize/v2"
)

// TestKilledAgainAndAgain kills a run with SIGKILL at random moments and starts it again with the
// same command until it ends by itself, while the provider loses answers. At the end every line
// is debited exactly once, and the ledger, the provider's book and the workbook say the same.
//
// GAJIAN_KILLS is how many times it is killed (default 8); GAJIAN_SEED replays the moments and
// the faults, as far as a machine's timing can be replayed.
func TestKilledAgainAndAgain(t *testing.T) {
	kills := intFrom(t, "GAJIAN_KILLS", 8)
	seed := intFrom(t, "GAJIAN_SEED", int(time.Now().UnixNano()%1_000_000))
	t.Logf("GAJIAN_SEED=%d GAJIAN_KILLS=%d", seed, kills)
	n := newNight(t, uint64(seed), kills)
	code := n.runKilled()
	code = n.decideInDoubt(code)
	n.compare(code)
}

// night is a payroll, the simulator that is to pay it, and the command that is killed.
type night struct {
	payer
	random *rand.Rand
	lines  int

	kills, killsMax int
}

func newNight(t *testing.T, seed uint64, kills int) *night {
	n := &night{payer: payer{t: t, folder: t.TempDir(), binary: buildOnce(t)}, random: rand.New(rand.NewPCG(seed, 1)), lines: min(80+2*kills, 200), killsMax: kills}
	n.serve(seed)
	n.writePayroll()
	return n
}

// faultsOfTheNight lose one answer in ten after the money moved and make others unreadable. None
// of them refuses a transfer before anything happened: so a transfer that is requested twice was
// sent again blindly.
const faultsOfTheNight = "transfer:lose-response=10%,transfer:500-after=4%,transfer:truncated=3%,transfer:cut-answer=3%," +
	"inquiry:500-before=3%,inquiry:429=2%,status:500-before=3%,status:lose-response=2%,status:truncated=2%"

// serve starts the simulator in a process of its own.
func (n *night) serve(seed uint64) {
	latency := time.Duration(5+n.random.IntN(15)) * time.Millisecond
	n.payer.serve("--latency", latency.String(), "--faults", faultsOfTheNight, "--seed", strconv.FormatUint(seed, 10))
	n.env = append(n.env, "GAJIAN_RATE=500", "GAJIAN_POLL_FIRST=40ms", "GAJIAN_POLL_EVERY=60ms", "GAJIAN_POLL_FOR=4s", "GAJIAN_NOT_FOUND_AFTER=1500ms")
}

func (n *night) writePayroll() {
	var b strings.Builder
	b.WriteString("employee_id,name,bank,account_number,amount\n")
	for i := range n.lines {
		fmt.Fprintf(&b, "E%04d,Pegawai %s,014,52%08d,%d\n", i, letters(i), i, 3_000_000+n.random.IntN(9_000_000))
	}
	if err := os.WriteFile(n.payroll(), []byte(b.String()), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// letters spells a number in letters, since names have no digits.
func letters(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + 'A' }, fmt.Sprintf("%04d", n))
}

// runKilled starts the run again and again, kills it as often as it should be, and lets the last
// one end by itself.
func (n *night) runKilled() (code int) {
	for n.kills < n.killsMax {
		ended, code := n.runOnceKilled()
		if ended {
			n.t.Logf("it ended by itself with %d after %d kills", code, n.kills)
			return code
		}
		n.kills++
	}
	_, code = n.command("run", n.payroll())
	return code
}

// runOnceKilled starts the run and kills it at a random moment, most often while it pays.
func (n *night) runOnceKilled() (ended bool, code int) {
	c := exec.Command(n.binary, "run", n.payroll())
	c.Env, c.Dir = n.env, n.folder
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		n.t.Fatal(err)
	}
	killer := time.AfterFunc(n.lifetime(), func() { _ = c.Process.Kill() })
	err := c.Wait()
	killer.Stop()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		n.t.Fatal(err)
	}
	code = c.ProcessState.ExitCode()
	if code == exitCouldNot {
		n.t.Fatalf("the run after %d kills ended with %d\n%s", n.kills, code, &stderr)
	}
	return code >= 0, code
}

// lifetime is long enough to get somewhere, mostly, and shorter the more kills there are to be.
func (n *night) lifetime() time.Duration {
	return time.Duration(10+n.random.IntN(120+1800/n.killsMax)) * time.Millisecond
}

// compare holds the ledger, the provider's book, the exit code and the workbook together.
func (n *night) compare(code int) {
	b, err := n.status(), error(nil)
	debits, err := n.book()
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Logf("%d kills, %d debits, %d lines left in doubt by a kill before their first byte, %d let through again", n.kills, len(debits), n.stayedInDoubt, n.released)
	if err := errors.Join(agree(b.Payouts, debits), n.check()); err != nil {
		n.t.Errorf("ledger and book differ: %v", err)
	}
	if len(debits) != n.lines || code != exitSettled || b.ByStatus[ledger.Settled].Count != n.lines || !b.Finished {
		n.t.Errorf("exit code %d, %d debits, by status %v; want every one of %d lines settled", code, len(debits), b.ByStatus, n.lines)
	}
	if b.Balance.Difference == nil || *b.Balance.Difference != 0 {
		n.t.Errorf("balance %+v; want a difference of 0", b.Balance)
	}
	for _, debit := range debits {
		if debit.Requests != 1 {
			n.t.Errorf("%s was requested %d times", debit.Reference, debit.Requests)
		}
	}
	if _, code := n.command("verify"); code != 0 {
		n.t.Errorf("verify ended with %d", code)
	}
	n.compareWorkbook(b, debits)
	n.runAgain(len(debits))
}

// runAgain runs the finished file once more: nothing may be sent.
func (n *night) runAgain(debits int) {
	before, err := n.calls()
	if err != nil {
		n.t.Fatal(err)
	}
	_, code := n.command("run", n.payroll())
	after, err := n.calls()
	if err != nil || code != exitSettled || after["transfer"] != before["transfer"] || after["inquiry"] != before["inquiry"] {
		n.t.Errorf("the finished file again: exit code %d, calls %v, then %v (%v)", code, before, after, err)
	}
}

// compareWorkbook adds the workbook's cells up and compares them with the provider's book.
func (n *night) compareWorkbook(b batchJSON, debits []simulator.Debit) {
	workbook, err := excelize.OpenFile(b.Report)
	if err != nil {
		n.t.Fatalf("workbook: %v", err)
	}
	defer workbook.Close()
	var paid, fees int64
	for _, debit := range debits {
		paid += debit.Amount - debit.Returned
		fees += debit.Fee
	}
	rows, err := workbook.GetRows("Payouts", excelize.Options{RawCellValue: true})
	if err != nil {
		n.t.Fatal(err)
	}
	header := slices.IndexFunc(rows, func(row []string) bool { return slices.Contains(row, "Partner reference") })
	if header < 0 {
		n.t.Fatalf("the sheet Payouts has no header: %v", rows[:min(3, len(rows))])
	}
	column := func(name string) int { return slices.Index(rows[header], name) }
	lines, amounts, charged := 0, int64(0), int64(0)
	for _, row := range rows[header+1:] {
		if len(row) <= column("Partner reference") || row[column("Partner reference")] == "" {
			continue
		}
		lines++
		amounts += n.sen(row[column("Amount")])
		charged += n.sen(row[column("Fee")])
	}
	if lines != len(debits) || amounts != paid || charged != fees {
		n.t.Errorf("workbook: %d lines, %d sen, fees %d; the book has %d, %d, %d", lines, amounts, charged, len(debits), paid, fees)
	}
	n.compareSummary(workbook, paid)
}

// compareSummary looks for the total and for checks that are not zero.
func (n *night) compareSummary(workbook *excelize.File, paid int64) {
	rows, err := workbook.GetRows("Summary", excelize.Options{RawCellValue: true})
	if err != nil {
		n.t.Fatal(err)
	}
	total, checks := false, 0
	for _, row := range rows {
		for i, cell := range row {
			total = total || cell == strconv.FormatInt(paid/100, 10)
			if strings.Contains(cell, "must be 0") {
				checks++
				if row[i+1] != "0" || row[i+2] != "0" && row[i+2] != "" {
					n.t.Errorf("Summary: %q is %q", cell, row[i+1:i+3])
				}
			}
		}
	}
	if !total || checks == 0 {
		n.t.Errorf("Summary: the total IDR %d is there: %v; %d checks", paid/100, total, checks)
	}
}

func intFrom(t *testing.T, variable string, usual int) int {
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}
