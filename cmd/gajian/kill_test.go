package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
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
	t      *testing.T
	random *rand.Rand
	folder string
	binary string
	env    []string
	lines  int
	simulated

	kills, killsMax int
	released        int
	stayedInDoubt   int // payouts whose intent was on disk and whose transfer never arrived
}

func newNight(t *testing.T, seed uint64, kills int) *night {
	n := &night{t: t, random: rand.New(rand.NewPCG(seed, 1)), folder: t.TempDir(), lines: min(80+2*kills, 200), killsMax: kills}
	n.binary = buildOnce(t)
	n.serve(seed)
	n.writePayroll()
	return n
}

// buildOnce builds the command as it is shipped.
func buildOnce(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "gajian")
	build := exec.Command("go", "build", "-o", path, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// faultsOfTheNight lose one answer in ten after the money moved and make others unreadable. None
// of them refuses a transfer before anything happened: so a transfer that is requested twice was
// sent again blindly.
const faultsOfTheNight = "transfer:lose-response=10%,transfer:500-after=4%,transfer:truncated=3%,transfer:cut-answer=3%," +
	"inquiry:500-before=3%,inquiry:429=2%,status:500-before=3%,status:lose-response=2%,status:truncated=2%"

// serve starts the simulator in a process of its own.
func (n *night) serve(seed uint64) {
	latency := time.Duration(5+n.random.IntN(15)) * time.Millisecond
	doku := exec.Command(n.binary, "simulator", "--addr", "127.0.0.1:0", "--keys", filepath.Join(n.folder, "sim"), "--log-level", "error",
		"--latency", latency.String(), "--faults", faultsOfTheNight, "--seed", strconv.FormatUint(seed, 10))
	var stderr bytes.Buffer
	doku.Stderr = &stderr
	if err := doku.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		_ = doku.Process.Signal(os.Interrupt)
		if err := doku.Wait(); err != nil {
			n.t.Errorf("the simulator ended with %v: %s", err, &stderr)
		}
	})
	n.env = append(os.Environ(), "XDG_STATE_HOME="+n.folder, "XDG_CONFIG_HOME="+n.folder)
	settings := n.settings()
	for line := range strings.Lines(settings) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		value = strings.Trim(value, "'")
		if n.env = append(n.env, name+"="+value); name == "GAJIAN_BASE_URL" {
			n.address = value
		}
	}
	n.env = append(n.env, "GAJIAN_RATE=500", "GAJIAN_POLL_FIRST=40ms", "GAJIAN_POLL_EVERY=60ms", "GAJIAN_POLL_FOR=4s",
		"GAJIAN_NOT_FOUND_AFTER=1500ms", "GAJIAN_PERIOD=2026-11", "GAJIAN_LOG_LEVEL=error", "GAJIAN_PROGRESS=off")
}

// settings waits for what the simulator tells its clients.
func (n *night) settings() string {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(n.folder, "sim", "environment"))
		if err == nil && strings.Contains(string(text), "GAJIAN_RATE") {
			return string(text)
		}
	}
	n.t.Fatal("the simulator has not started")
	return ""
}

func (n *night) payroll() string { return filepath.Join(n.folder, "payroll.csv") }

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

// command runs gajian to its end.
func (n *night) command(args ...string) (stdout []byte, code int) {
	ctx, stop := context.WithTimeout(context.Background(), 60*time.Second)
	defer stop()
	c := exec.CommandContext(ctx, n.binary, args...)
	c.Env, c.Dir = n.env, n.folder
	var stderr bytes.Buffer
	c.Stderr = &stderr
	stdout, err := c.Output()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) || ctx.Err() != nil {
		n.t.Fatalf("gajian %v: %v\n%s", args, err, &stderr)
	}
	if code = c.ProcessState.ExitCode(); code < 0 || code == exitCouldNot {
		n.t.Fatalf("gajian %v ended with %d\n%s", args, code, &stderr)
	}
	return stdout, code
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

func (n *night) status() batchJSON {
	text, code := n.command("status", "2026", "--json", "--lines")
	if code != 0 {
		n.t.Fatalf("status ended with %d", code)
	}
	var b batchJSON
	if err := json.Unmarshal(text, &b); err != nil {
		n.t.Fatalf("status: %v\n%s", err, text)
	}
	return b
}

// decideInDoubt does what a person does about transfers that the provider does not know: looks
// into the provider's book, and lets them be sent again. Such a line is left by a kill between
// the intent on disk and the first byte of the transfer.
func (n *night) decideInDoubt(code int) int {
	for range 5 {
		if code != exitUnfinished {
			return code
		}
		for _, line := range n.status().Payouts {
			if line.Status == ledger.Submitting {
				n.letGo(line)
			}
		}
		_, code = n.command("resume")
	}
	n.t.Errorf("still unfinished after 5 resumes")
	return code
}

// letGo releases a line that the provider's book does not have.
func (n *night) letGo(line payoutJSON) {
	if n.debits(line.PartnerReference) > 0 {
		return // the provider has it: it settles by being asked
	}
	_, code := n.command("release", "2026", "--line", strconv.Itoa(line.Line), "--reason", "not in the provider's book", "--resend")
	if n.stayedInDoubt++; code == 0 {
		n.released++
	}
}

func (n *night) debits(reference string) (count int) {
	debits, err := n.book()
	if err != nil {
		n.t.Fatal(err)
	}
	for _, debit := range debits {
		if debit.Reference == reference {
			count++
		}
	}
	return count
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

func (n *night) sen(cell string) int64 {
	rupiah, err := strconv.ParseInt(cell, 10, 64)
	if err != nil {
		n.t.Fatalf("workbook: %v", err)
	}
	return rupiah * 100
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
