//go:build amd64 || arm64

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestLedgerFolderFillsUp pays from a folder that is a small file system of its own, for each
// size until everything fits. Then it is made larger, and the rest is paid.
func TestLedgerFolderFillsUp(t *testing.T) {
	c := newCampaign(t)
	mountable(t)
	c.each("sizes", func(p *payday, n int) (untouched bool) {
		size := n * pagesStep * os.Getpagesize()
		p.mount(fmt.Sprintf("size=%d", size))
		ended := p.start(exec.Command(p.binary, "run", p.payroll()))
		p.judge(ended)
		if untouched = ended.code == exitExceptions && ended.stderr == ""; !untouched {
			p.t.Logf("%d bytes: exit code %d\n%s", size, ended.code, ended.stderr)
		}
		p.remount("size=64m")
		p.endWell()
		return untouched
	})
}

// pagesStep is by how many pages a file system is larger than the one before it.
const pagesStep = 2

// TestLedgerFolderIsReadOnly finds a folder that cannot be written: before there is a ledger, and
// with a batch under way.
func TestLedgerFolderIsReadOnly(t *testing.T) {
	c := newCampaign(t)
	mountable(t)
	desk := &payer{t: t, folder: t.TempDir(), binary: c.binary}
	desk.serve()
	p := c.newPayday(t, desk, 0)
	p.mount("size=64m")
	p.refusedReadOnly()
	p.killAtProvider(before, 2, transferPath)
	p.refusedReadOnly()
	p.endWell()
}

func (p *payday) refusedReadOnly() {
	debits := len(p.debited(0))
	p.remount("ro")
	ended := p.start(exec.Command(p.binary, "run", p.payroll()))
	if ended.code != exitCouldNot || !strings.Contains(ended.stderr, "nothing was sent") || !whatToDo.MatchString(ended.stderr) || strings.Contains(ended.stderr, "damaged") {
		p.t.Errorf("exit code %d\n%s", ended.code, ended.stderr)
	}
	if _, err := os.Stat(p.home() + "/ledger.db"); err == nil && len(p.status().Payouts) != p.lines {
		p.t.Error("the ledger cannot be looked at")
	}
	if more := len(p.debited(debits)); more > 0 {
		p.t.Errorf("%d transfers", more)
	}
	p.remount("size=64m")
}

// TestFileSizeIsLimited runs under a limit of the size of files (ulimit -f), which the system
// announces with a signal that ends most programs.
func TestFileSizeIsLimited(t *testing.T) {
	c := newCampaign(t)
	desk := &payer{t: t, folder: t.TempDir(), binary: c.binary}
	desk.serve("--balance", "1000000000000")
	debits := 0
	for _, limit := range []struct {
		blocks string // of 512 bytes
		what   string
		code   int
	}{
		{"0", "nothing can be written", exitCouldNot},
		{"20", "no ledger can be made", exitCouldNot},
		{"64", "the ledger cannot grow", exitCouldNot},
		{"4096", "everything fits", exitExceptions},
	} {
		t.Run(limit.what, func(t *testing.T) {
			p := c.newPayday(t, desk, debits)
			ended := p.start(exec.Command("sh", "-c", `ulimit -f "$0" && exec "$@"`, limit.blocks, p.binary, "run", p.payroll()))
			if p.judge(ended); ended.code != limit.code {
				t.Errorf("exit code %d; want %d\n%s", ended.code, limit.code, ended.stderr)
			}
			p.endWell()
			debits = len(p.debited(0))
		})
	}
}

// mountable skips a test where no file system can be mounted.
func mountable(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("gajian", folder, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no file system can be mounted here (that takes root): %v", err)
	}
	if err := syscall.Unmount(folder, 0); err != nil {
		t.Fatal(err)
	}
}

// mount makes the ledger's folder a file system of its own.
func (p *payday) mount(options string) {
	if err := os.MkdirAll(p.home(), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := syscall.Mount("gajian", p.home(), "tmpfs", 0, options); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if err := syscall.Unmount(p.home(), syscall.MNT_DETACH); err != nil {
			p.t.Error(err)
		}
	})
}

// remount changes its size, or with "ro" makes it read-only.
func (p *payday) remount(options string) {
	flags := uintptr(syscall.MS_REMOUNT)
	if options == "ro" {
		flags, options = flags|syscall.MS_RDONLY, ""
	}
	if err := syscall.Mount("gajian", p.home(), "tmpfs", flags, options); err != nil {
		p.t.Fatal(err)
	}
}

// start runs a command of the payday to its end.
func (p *payday) start(c *exec.Cmd) traced {
	var stdout, stderr bytes.Buffer
	c.Env, c.Dir, c.Stdout, c.Stderr = p.env, p.folder, &stdout, &stderr
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return traced{code: c.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}
