package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gajian/ledger"
)

// payer runs the command, built as it is shipped, against a simulator in a process of its own.
type payer struct {
	t      *testing.T
	folder string // working folder, with payroll file and ledger
	binary string
	env    []string
	simulated

	released      int // lines let through again
	stayedInDoubt int // payouts whose intent was on disk and whose transfer never arrived
}

// buildOnce builds the command as it is shipped, for all tests that start it as a process. They
// are left out with -short, and so under the race detector, which sees nothing of such a process.
func buildOnce(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the command as a process of its own")
	}
	path, err := builtCommand()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var builtCommand = sync.OnceValues(func() (string, error) {
	path := filepath.Join(builtFolder, "gajian")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// builtFolder holds the built command while the tests run.
var builtFolder string

// testsWithFolder runs the tests and removes what they built.
type testsWithFolder struct{ *testing.M }

// Run is testing.M's.
func (m testsWithFolder) Run() int {
	var err error
	if builtFolder, err = os.MkdirTemp("", "gajian-built-*"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(builtFolder)
	return m.M.Run()
}

// serve starts the simulator, with settings beyond the usual ones, and points the command to it.
func (p *payer) serve(settings ...string) {
	args := append([]string{"simulator", "--addr", "127.0.0.1:0", "--keys", filepath.Join(p.folder, "sim"), "--log-level", "error"}, settings...)
	doku := exec.Command(p.binary, args...)
	var stderr bytes.Buffer
	doku.Stderr = &stderr
	if err := doku.Start(); err != nil {
		p.t.Fatal(err)
	}
	t := p.t
	t.Cleanup(func() {
		_ = doku.Process.Signal(os.Interrupt)
		if err := doku.Wait(); err != nil {
			t.Errorf("the simulator ended with %v: %s", err, &stderr)
		}
	})
	p.env = append(os.Environ(), "XDG_STATE_HOME="+p.folder, "XDG_CONFIG_HOME="+p.folder)
	for line := range strings.Lines(p.settings()) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		value = strings.Trim(value, "'")
		if p.env = append(p.env, name+"="+value); name == "GAJIAN_BASE_URL" {
			p.address = value
		}
	}
	p.env = append(p.env, "GAJIAN_PERIOD=2026-11", "GAJIAN_LOG_LEVEL=error", "GAJIAN_PROGRESS=off")
}

// settings waits for what the simulator tells its clients.
func (p *payer) settings() string {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(p.folder, "sim", "environment"))
		if err == nil && strings.Contains(string(text), "GAJIAN_RATE") {
			return string(text)
		}
	}
	p.t.Fatal("the simulator has not started")
	return ""
}

func (p *payer) payroll() string { return filepath.Join(p.folder, "payroll.csv") }

// command runs gajian to its end.
func (p *payer) command(args ...string) (stdout []byte, code int) {
	ctx, stop := context.WithTimeout(context.Background(), 60*time.Second)
	defer stop()
	c := exec.CommandContext(ctx, p.binary, args...)
	c.Env, c.Dir = p.env, p.folder
	var stderr bytes.Buffer
	c.Stderr = &stderr
	stdout, err := c.Output()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) || ctx.Err() != nil {
		p.t.Fatalf("gajian %v: %v\n%s", args, err, &stderr)
	}
	if code = c.ProcessState.ExitCode(); code < 0 || code == exitCouldNot {
		p.t.Fatalf("gajian %v ended with %d\n%s", args, code, &stderr)
	}
	return stdout, code
}

func (p *payer) status() batchJSON {
	text, code := p.command("status", "2026", "--json", "--lines")
	if code != 0 {
		p.t.Fatalf("status ended with %d", code)
	}
	var b batchJSON
	if err := json.Unmarshal(text, &b); err != nil {
		p.t.Fatalf("status: %v\n%s", err, text)
	}
	return b
}

// decideInDoubt does what a person does about transfers that the provider does not know: looks
// into the provider's book, and lets them be sent again. Such a line is left by a kill between
// the intent on disk and the first byte of the transfer.
func (p *payer) decideInDoubt(code int) int {
	for range 5 {
		if code != exitUnfinished {
			return code
		}
		for _, line := range p.status().Payouts {
			if line.Status == ledger.Submitting {
				p.letGo(line)
			}
		}
		_, code = p.command("resume")
	}
	p.t.Errorf("still unfinished after 5 resumes")
	return code
}

// letGo releases a line that the provider's book does not have.
func (p *payer) letGo(line payoutJSON) {
	if p.debits(line.PartnerReference) > 0 {
		return // the provider has it: it settles by being asked
	}
	_, code := p.command("release", "2026", "--line", strconv.Itoa(line.Line), "--reason", "not in the provider's book", "--resend")
	if p.stayedInDoubt++; code == 0 {
		p.released++
	}
}

func (p *payer) debits(reference string) (count int) {
	debits, err := p.book()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, debit := range debits {
		if debit.Reference == reference {
			count++
		}
	}
	return count
}

func (p *payer) sen(cell string) int64 {
	rupiah, err := strconv.ParseInt(cell, 10, 64)
	if err != nil {
		p.t.Fatalf("workbook: %v", err)
	}
	return rupiah * 100
}
