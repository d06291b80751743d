//go:build unix

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// desk is where somebody works with gajian: the command as it is shipped, a payroll file, and a
// simulator in a process of its own that settles at once.
type desk struct {
	t      *testing.T
	binary string
	folder string // ledger, payroll file and workbooks; its own for each copy of the desk
	dir    string // where commands are started; empty: folder
	env    []string
	simulated
}

// newDesk serves a simulator for a test. The settings are those of the night, without faults.
func newDesk(t *testing.T, binary string, settings ...string) *desk {
	t.Helper()
	d := &desk{t: t, binary: binary, folder: t.TempDir()}
	keys := filepath.Join(d.folder, "sim")
	doku := exec.Command(binary, append([]string{"simulator", "--addr", "127.0.0.1:0", "--keys", keys, "--log-level", "error"}, settings...)...)
	if err := doku.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = doku.Process.Kill()
		_ = doku.Wait() // killed
	})
	for line := range strings.Lines(d.settings(keys)) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if value = strings.Trim(value, "'"); name == "GAJIAN_BASE_URL" {
			d.address = value
		}
		d.env = append(d.env, name+"="+value)
	}
	d.env = append(d.env, "PATH="+os.Getenv("PATH"), "HOME="+d.folder, "GOCOVERDIR="+os.Getenv("GOCOVERDIR"),
		"GAJIAN_RATE=1000", "GAJIAN_POLL_FIRST=20ms", "GAJIAN_POLL_EVERY=50ms", "GAJIAN_POLL_FOR=5s", "GAJIAN_PERIOD=2026-11", "GAJIAN_PROGRESS=off")
	d.moveTo(d.folder)
	return d
}

// settings waits for what the simulator tells its clients.
func (d *desk) settings(keys string) (settings string) {
	d.t.Helper()
	if err := until(func() (bool, error) {
		text, _ := os.ReadFile(filepath.Join(keys, "environment"))
		settings = string(text)
		return strings.Contains(settings, "GAJIAN_RATE"), nil
	}); err != nil {
		d.t.Fatalf("the simulator: %v", err)
	}
	return settings
}

// moveTo makes folder the place of the ledger.
func (d *desk) moveTo(folder string) {
	d.folder = folder
	d.env = append(d.env, "GAJIAN_LEDGER="+d.ledger(), "XDG_STATE_HOME="+folder, "XDG_CONFIG_HOME="+folder, "TMPDIR="+folder)
}

// elsewhere is the same desk with another folder.
func (d *desk) elsewhere(t *testing.T) *desk {
	other := *d
	other.t, other.env = t, slices.Clone(d.env)
	other.moveTo(t.TempDir())
	return &other
}

func (d *desk) ledger() string  { return filepath.Join(d.folder, "ledger.db") }
func (d *desk) payroll() string { return filepath.Join(d.folder, "payroll.csv") }

// writePayroll writes a payroll file of some lines.
func (d *desk) writePayroll(lines int) {
	var b strings.Builder
	b.WriteString("employee_id,name,bank,account_number,amount\n")
	for i := range lines {
		fmt.Fprintf(&b, "E%04d,Pegawai %s,014,52%08d,%d\n", i, letters(i), i, 3_000_000+i*1000)
	}
	d.write(d.payroll(), []byte(b.String()))
}

func (d *desk) write(path string, data []byte) {
	d.t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) read(path string) []byte {
	d.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	return data
}

// ended is what became of a command.
type ended struct {
	args           []string
	code           int
	stdout, stderr string
}

func (e ended) String() string {
	return fmt.Sprintf("gajian %s: exit code %d\n%s%s", strings.Join(e.args, " "), e.code, e.stdout, e.stderr)
}

// commandPatience is longer than any command of these tests takes on a busy machine; one that
// takes longer hangs.
const commandPatience = 20 * time.Second

// start starts the command without waiting for it.
func (d *desk) start(args ...string) *process {
	d.t.Helper()
	p := &process{Cmd: exec.Command(d.binary, args...), ended: make(chan struct{})}
	p.Dir, p.Env = cmp.Or(d.dir, d.folder), d.env
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	if err := p.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		_ = p.Process.Kill() // it may have ended already
		<-p.ended
	})
	go func() {
		defer close(p.ended)
		_ = p.Wait() // the exit code is in ProcessState
	}()
	return p
}

// finish waits for the end of a started command.
func (d *desk) finish(p *process) ended {
	d.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(commandPatience):
		d.t.Fatalf("%q hangs", p.Args)
	}
	e := ended{args: p.Args[1:], code: p.ProcessState.ExitCode(), stdout: p.stdout.String(), stderr: p.stderr.String()}
	d.calm(e)
	return e
}

// gajian runs the command to its end.
func (d *desk) gajian(args ...string) ended {
	d.t.Helper()
	return d.as(nil, args...)
}

// as runs the command to its end, after prepare has had a look at it.
func (d *desk) as(prepare func(*exec.Cmd), args ...string) ended {
	d.t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), commandPatience)
	defer stop()
	c := exec.CommandContext(ctx, d.binary, args...)
	c.Dir, c.Env = cmp.Or(d.dir, d.folder), d.env
	if prepare != nil {
		prepare(c)
	}
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		d.t.Fatalf("gajian %v: %v", args, err)
	}
	if ctx.Err() != nil {
		d.t.Fatalf("gajian %v hangs\n%s", args, &stderr)
	}
	e := ended{args: args, code: c.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	d.calm(e)
	return e
}

// calm: whatever happens, nobody sees a panic, and no signal ends the command.
func (d *desk) calm(e ended) {
	d.t.Helper()
	for _, trace := range []string{"panic", "goroutine ", "SIGBUS", "SIGSEGV", "fatal error", "runtime error", "unexpected fault"} {
		if strings.Contains(e.stderr, trace) {
			d.t.Errorf("%v\nshows %q", e, trace)
		}
	}
	if e.code < 0 {
		d.t.Errorf("%v\nwas ended by a signal", e)
	}
}

// transfers is how many transfers the simulator was asked for, whatever it answered.
func (d *desk) transfers() int {
	d.t.Helper()
	calls, err := d.calls()
	if err != nil {
		d.t.Fatal(err)
	}
	return calls["transfer"]
}

// awaitTransfers waits until the simulator was asked for so many.
func (d *desk) awaitTransfers(n int) {
	d.t.Helper()
	if err := until(func() (bool, error) {
		calls, err := d.calls()
		return calls["transfer"] >= n, err
	}); err != nil {
		d.t.Fatal(err)
	}
}

// judge compares every line of a batch with the simulator's book.
func (d *desk) judge(lines int) {
	d.t.Helper()
	b := d.lines()
	debits, err := d.book()
	if err = errors.Join(err, agree(b.Payouts, debits), d.check()); err != nil {
		d.t.Errorf("ledger and book differ: %v", err)
	}
	if len(debits) != lines {
		d.t.Errorf("the book has %d debits, want %d", len(debits), lines)
	}
}

// lines is what status says of the newest batch and its lines.
func (d *desk) lines() (b batchJSON) {
	d.t.Helper()
	e := d.gajian("status", "2026-11", "--lines", "--json")
	if err := json.Unmarshal([]byte(e.stdout), &b); e.code != 0 || err != nil {
		d.t.Fatalf("%v: %v", err, e)
	}
	return b
}

// expect compares how a command ended: its exit code, and that each text stands in what it said.
func (d *desk) expect(e ended, code int, texts ...string) {
	d.t.Helper()
	if e.code != code {
		d.t.Errorf("want exit code %d: %v", code, e)
	}
	for _, text := range texts {
		if found, err := regexp.MatchString(text, e.stderr); err != nil || !found {
			d.t.Errorf("%q is not said (%v): %v", text, err, e)
		}
	}
}
