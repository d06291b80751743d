//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWhatGajianMakesIsItsOwnersOnly makes every file that there is, with umasks that would open
// or close too much.
func TestWhatGajianMakesIsItsOwnersOnly(t *testing.T) {
	binary := buildOnce(t)
	for _, umask := range []string{"000", "077"} {
		t.Run("umask "+umask, func(t *testing.T) {
			folder := t.TempDir()
			// The shell sets the umask: it is the process', and other tests run beside this one.
			shell := filepath.Join(t.TempDir(), "gajian")
			if err := os.WriteFile(shell, []byte("#!/bin/sh\numask "+umask+"\nexec "+binary+" \"$@\"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			t.Parallel() // only now: a script that is being written while others start cannot be started
			d := newDesk(t, shell)
			keys := filepath.Join(d.folder, "sim")
			d.moveTo(folder)
			d.env = append(d.env, "GAJIAN_LEDGER="+filepath.Join(folder, "new", "deeper", "ledger.db"))
			d.write(d.payroll(), []byte("employee_id,name,bank,account_number,amount\n1,Budi,014,0052000001,5000000\n2,Siti,014,0052004041,5000000\n"))
			d.gajian("run", d.payroll())
			d.gajian("run", d.payroll(), "--period", "2026-12", "--report", filepath.Join(folder, "own.xlsx"))
			d.gajian("report", "2026-11", "--out", filepath.Join(folder, "again.xlsx"))
			d.gajian("rehearse", d.payroll())
			d.expect(d.gajian("template", filepath.Join(folder, "template.xlsx")), exitSettled)
			d.expect(d.gajian("init", filepath.Join(folder, "gajian.toml")), exitSettled)
			run := d.start("run", d.payroll(), "--period", "2027-01", "--latency", "0s")
			<-run.ended
			made := ownersOnly(t, folder) + ownersOnly(t, keys)
			if made < 12 {
				t.Errorf("only %d files and folders were made", made)
			}
		})
	}
}

// ownersOnly looks at every file and folder under one, and returns how many there are.
func ownersOnly(t *testing.T, under string) (count int) {
	err := filepath.WalkDir(under, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == under {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %04o, want %04o", path, got, want)
		}
		count++
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return count
}

// TestPathsThatAreNoPlainFiles gives pipes, links, folders and devices where files belong. None of
// them may be waited for, followed or replaced, and nothing is sent.
func TestPathsThatAreNoPlainFiles(t *testing.T) {
	t.Parallel()
	d := newDesk(t, buildOnce(t))
	d.writePayroll(3)
	d.moveTo(d.folder)
	at := func(name string) string { return filepath.Join(d.folder, name) }
	key, secret := at("sim/private.pem"), at("sim/client-secret")
	d.write(at("precious"), []byte("precious"))
	d.write(at("huge"), make([]byte, 70_000))
	d.write(at("open"), d.read(secret))
	if err := errors.Join(syscall.Mkfifo(at("pipe"), 0o600), syscall.Mkfifo(at("pipe.xlsx"), 0o600), os.Mkdir(at("folder"), 0o700), os.Chmod(at("open"), 0o640),
		os.Symlink("precious", at("link.xlsx")), os.Symlink("nowhere.xlsx", at("dangling.xlsx")), os.Symlink("open", at("link-to-open"))); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"a workbook that is a pipe", []string{"--report", at("pipe.xlsx")}, exitUsage, "not a plain file, so it is not replaced"},
		{"a workbook that is a link", []string{"--report", at("link.xlsx")}, exitUsage, "not a plain file, so it is not replaced"},
		{"a workbook that is a dangling link", []string{"--report", at("dangling.xlsx")}, exitUsage, "not a plain file, so it is not replaced"},
		{"a workbook that is a device", []string{"--report", "/dev/null"}, exitUsage, "must end in .xlsx"},
		{"a key that is a pipe", []string{"--private-key-file", at("pipe")}, exitCouldNot, "not a plain file"},
		{"a key that is a folder", []string{"--private-key-file", at("folder")}, exitCouldNot, "not a plain file"},
		{"a key that is a device", []string{"--private-key-file", "/dev/zero"}, exitCouldNot, "not a plain file"},
		{"a huge key", []string{"--private-key-file", at("huge")}, exitCouldNot, "too large"},
		{"a key that is no key", []string{"--private-key-file", at("precious")}, exitCouldNot, "precious"},
		{"a missing key", []string{"--private-key-file", at("missing.pem")}, exitCouldNot, "private key: .*no such file"},
		{"a secret that is a pipe", []string{"--client-secret-file", at("pipe")}, exitCouldNot, "not a plain file"},
		{"a secret that others can read", []string{"--client-secret-file", at("open")}, exitCouldNot, "can be read by others: run chmod 600"},
		{"a link to a secret that others can read", []string{"--client-secret-file", at("link-to-open")}, exitCouldNot, "can be read by others: run chmod 600"},
		{"a password that is a pipe", []string{"--report-password-file", at("pipe")}, exitCouldNot, "not a plain file"},
		{"a configuration that is a pipe", []string{"--config", at("pipe")}, exitCouldNot, "not a plain file"},
		{"a configuration that is a device", []string{"--config", "/dev/zero"}, exitCouldNot, "not a plain file"},
		{"a configuration that is a folder", []string{"--config", at("folder")}, exitCouldNot, "not a plain file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := *d
			d.t = t
			d.expect(d.gajian(append([]string{"run", d.payroll()}, test.args...)...), test.code, test.says)
			if d.transfers() > 0 {
				t.Error("a transfer was sent")
			}
		})
	}
	for payroll, says := range map[string]string{at("pipe"): "not a regular file", at("folder"): "is a folder: name the payroll file in it", "/dev/zero": "not a regular file"} {
		d.expect(d.gajian("run", payroll), exitCouldNot, says, "nothing was sent")
		d.expect(d.gajian("check", payroll), exitCouldNot, says)
	}
	for _, command := range []string{"template", "init"} {
		for _, target := range []string{"pipe", "link.xlsx", "dangling.xlsx", "folder", "precious"} {
			d.expect(d.gajian(command, at(target)), exitCouldNot, "exists already and was left as it is")
		}
	}
	if _, err := os.Lstat(at("nowhere.xlsx")); err == nil || string(d.read(at("precious"))) != "precious" {
		t.Errorf("a link was followed (%v)", err)
	}
	if err := os.Symlink(key, at("link-to-key")); err != nil {
		t.Fatal(err)
	}
	// A link to a closed key is how Kubernetes and others hand out secrets.
	d.expect(d.gajian("run", d.payroll(), "--private-key-file", at("link-to-key"), "--config", "/dev/null"), exitSettled)
	for _, out := range []string{"pipe.xlsx", "link.xlsx", "dangling.xlsx"} {
		d.expect(d.gajian("report", "2026-11", "--out", at(out)), exitUsage, "not a plain file, so it is not replaced")
	}
}

// TestOthersAtTheLedger: a ledger that others can read or replace is used, and each command says so.
func TestOthersAtTheLedger(t *testing.T) {
	t.Parallel()
	d := newDesk(t, buildOnce(t))
	d.writePayroll(2)
	d.moveTo(filepath.Join(d.folder, "open"))
	if err := errors.Join(os.Mkdir(d.folder, 0o700), os.Chmod(d.folder, 0o777)); err != nil {
		t.Fatal(err)
	}
	d.writePayroll(2)
	d.expect(d.gajian("run", d.payroll()), exitSettled, "others can replace the ledger: run chmod 700 "+d.folder)
	if err := errors.Join(os.Chmod(d.folder, 0o700), os.Chmod(d.ledger(), 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"run", d.payroll()}, {"status"}, {"verify"}, {"report", "2026-11"}} {
		d.expect(d.gajian(args...), exitSettled, "others can read or change the ledger: run chmod 600 "+d.ledger())
	}
	if err := os.Chmod(d.ledger(), 0o600); err != nil {
		t.Fatal(err)
	}
	if e := d.gajian("status"); e.stderr != "" {
		t.Errorf("there is nothing to warn of: %v", e)
	}
}

// TestALedgerThatCannotBeWritten: the file or its folder is somebody else's, or read-only.
func TestALedgerThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can become somebody else; root itself is not bound by permissions")
	}
	binary := buildOnce(t)
	d := newDesk(t, binary, "--settle", "1h")
	d.writePayroll(3)
	d.expect(d.gajian("run", d.payroll(), "--poll-for", "0s"), exitUnfinished)
	const somebody = 65534 // nobody: no root, and not the owner of anything here
	asSomebody := func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: somebody, Gid: somebody}}
	}
	letIn(t, filepath.Dir(binary))
	for _, test := range []struct {
		name         string
		folder, file fs.FileMode
		owner        int
		readers      int // exit code of who only reads
	}{
		{name: "a read-only file", folder: 0o700, file: 0o400, owner: somebody, readers: exitSettled},
		{name: "a read-only folder", folder: 0o500, file: 0o600, owner: somebody, readers: exitSettled},
		{name: "a file that is somebody else's", folder: 0o755, file: 0o600, owner: 0, readers: exitCouldNot},
		{name: "a folder that is somebody else's", folder: 0o700, file: 0o600, owner: 0, readers: exitCouldNot},
	} {
		t.Run(test.name, func(t *testing.T) {
			other := d.elsewhere(t)
			letIn(t, other.folder)
			other.moveTo(filepath.Join(other.folder, "state"))
			payroll := filepath.Join(filepath.Dir(other.folder), "payroll.csv")
			other.write(payroll, []byte("employee_id,name,bank,account_number,amount\n9,Joko,014,0052000009,5000000\n"))
			data := d.read(d.ledger())
			if err := os.Mkdir(other.folder, 0o700); err != nil {
				t.Fatal(err)
			}
			other.write(other.ledger(), data)
			if err := errors.Join(os.Chmod(payroll, 0o644), os.Chown(other.ledger(), test.owner, test.owner), os.Chown(other.folder, test.owner, test.owner),
				os.Chmod(other.ledger(), test.file), os.Chmod(other.folder, test.folder)); err != nil {
				t.Fatal(err)
			}
			before := other.transfers()
			other.dir = filepath.Dir(other.folder)
			for _, args := range [][]string{{"run", payroll}, {"resume"}, {"poll"}, {"release", "2026-11", "--line", "2", "--reason", "r"}} {
				other.expect(other.as(asSomebody, args...), exitCouldNot, "permission denied", "nothing was sent", "must belong to the user")
			}
			for _, args := range [][]string{{"status"}, {"verify"}} {
				other.expect(other.as(asSomebody, args...), test.readers)
			}
			if after := other.transfers(); after != before || string(other.read(other.ledger())) != string(data) {
				t.Errorf("%d transfers were sent; the ledger changed: %v", after-before, string(other.read(other.ledger())) != string(data))
			}
		})
	}
}

// letIn lets everybody into a folder of a test's.
func letIn(t *testing.T, folder string) {
	t.Helper()
	for ; folder != os.TempDir() && strings.HasPrefix(folder, os.TempDir()); folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
