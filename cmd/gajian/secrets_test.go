//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSecretsStaySecret gives gajian secrets that are easy to find again, lets everything go wrong
// that can, and looks for them in all that was printed and written, a dump of the running process
// included.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	v.d.writePayrollOf(v.accounts)

	v.failingRuns()
	v.badSettings()
	v.dump()

	v.d.expect(v.d.gajian("run", v.d.payroll()), exitSettled)
	v.d.gajian("status", "2026-11", "--json")
	v.d.gajian("verify")
	v.files()
}

// vault is a desk with canaries. The ledger and the workbook hold accounts and names, since they
// are what is paid; nothing holds a secret.
type vault struct {
	d        *desk
	secrets  []string // must stand nowhere
	accounts []string // must stand in no log
}

const (
	passwordCanary = "canary-password-5d1b"
	personCanary   = "3174000000CANARY"
)

func newVault(t *testing.T) *vault {
	faults := "inquiry:500-before@2,inquiry:429@3,inquiry:html@4,transfer:lose-response@2,transfer:truncated@3,transfer:500-after@4,transfer:401@5,status:truncated@2,status:500-before@3,token:500-before@2,balance:500-before@2"
	d := newDesk(t, buildOnce(t), "--latency", "20ms", "--faults", faults)
	v := &vault{d: d, accounts: []string{"0052987001", "0052987002", "0052987003", "0052987004", "0052987005", "0052987006"}}
	secret, key := d.read(filepath.Join(d.folder, "sim", "client-secret")), d.read(filepath.Join(d.folder, "sim", "private.pem"))
	v.secrets = []string{string(secret), passwordCanary, personCanary, "Bearer "}
	for line := range strings.Lines(string(key)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") {
			v.secrets = append(v.secrets, line)
		}
	}
	d.env = append(d.env, "GAJIAN_SENDER_PERSONAL_ID="+personCanary, "GAJIAN_REPORT_PASSWORD="+passwordCanary, "GAJIAN_FILE_PASSWORD="+passwordCanary, "GAJIAN_LOG_LEVEL=debug")
	return v
}

// writePayrollOf writes a payroll file that pays these accounts.
func (d *desk) writePayrollOf(accounts []string) {
	var b strings.Builder
	b.WriteString("employee_id,name,bank,account_number,amount\n")
	for i, account := range accounts {
		fmt.Fprintf(&b, "E%d,Kanari %s,014,%s,%d\n", i, letters(i), account, 3_000_000+i*1000)
	}
	d.write(d.payroll(), []byte(b.String()))
}

// failingRuns lets the provider fail in many ways, at the most talkative log there is, in both
// forms.
func (v *vault) failingRuns() {
	for _, args := range [][]string{
		{"run", v.d.payroll(), "--log-format", "json", "--poll-for", "0s"},
		{"run", v.d.payroll(), "--log-format", "text", "--poll-for", "0s", "--json"},
		{"poll", "--log-format", "json"},
		{"resume", "--poll-for", "1s"},
		{"release", "2026-11", "--line", "2", "--reason", "r"},
	} {
		v.quiet(v.d.gajian(args...))
	}
}

// badSettings: refused credentials, a wrong key, secrets in the wrong place.
func (v *vault) badSettings() {
	d, at := v.d, func(name string) string { return filepath.Join(v.d.folder, name) }
	d.write(at("wrong-secret"), []byte(passwordCanary))
	d.write(at("not-a-key.pem"), []byte("-----BEGIN PRIVATE KEY-----\n"+passwordCanary+"\n-----END PRIVATE KEY-----\n"))
	d.write(at("secret.toml"), []byte("client-secret = \""+passwordCanary+"\"\n"))
	d.write(at("broken.toml"), []byte("client-id = \"x\"\nreport-password = "+passwordCanary+"\n"))
	key := string(d.read(at("sim/private.pem")))
	fresh := []string{"--ledger", at("other.db"), "--log-level", "debug"}
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"--client-secret-file", at("wrong-secret")}, "refuses our credentials"},
		{[]string{"--private-key-file", at("not-a-key.pem")}, "not-a-key.pem"},
		{[]string{"--private-key-file", key}, "holds the secret itself"},
		{[]string{"--client-secret-file", "SK-" + passwordCanary}, "holds the secret itself"},
		{[]string{"--config", at("secret.toml")}, "client-secret-file"},
		{[]string{"--config", at("broken.toml")}, "broken.toml"},
		{[]string{"--base-url", "https://user:" + passwordCanary + "@api-sandbox.doku.com"}, "not of the form https://host"},
		{[]string{"--base-url", "http://user:" + passwordCanary + "@127.0.0.1:1", "--environment", "production", "--ledger", at("production.db")}, "base-url|pretended"},
		{[]string{"--base-url", "https://user:" + passwordCanary + "@127.0.0.1:%zz"}, "not a URL"},
	} {
		e := d.gajian(append(append([]string{"run", d.payroll()}, fresh...), test.args...)...)
		if e.code != exitCouldNot && e.code != exitUsage {
			d.t.Errorf("want exit code %d or %d: %v", exitCouldNot, exitUsage, e)
		}
		d.expect(e, e.code, test.says)
		v.quiet(e)
	}
	proxied := *d
	proxied.env = append(proxied.env, "HTTPS_PROXY=http://user:"+passwordCanary+"@127.0.0.1:1", "GAJIAN_BASE_URL=https://api-sandbox.doku.invalid")
	v.quiet(proxied.gajian(append([]string{"check", d.payroll(), "--inquire", "--timeout", "1s"}, fresh...)...))
}

// dump has the process tell of all its goroutines, as a person does who wonders why it hangs, while
// transfers are under way, and looks at its command line.
func (v *vault) dump() {
	d := v.d
	d.env = append(d.env, "GOTRACEBACK=all")
	before := d.transfers()
	run := d.start("run", d.payroll(), "--period", "2026-12", "--poll-for", "20s", "--poll-every", "10s", "--poll-first", "10s")
	d.awaitTransfers(before + 1)
	if err := until(func() (bool, error) {
		text, err := os.ReadFile(d.ledger() + ".holder")
		return err == nil && bytes.Contains(text, []byte("address")), nil
	}); err != nil {
		d.t.Fatal(err)
	}
	if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", run.Process.Pid)); err == nil {
		v.look("the process list", string(line), v.accounts)
	}
	holder := string(d.read(d.ledger() + ".holder"))
	v.look("the holder's file", holder, v.accounts)
	if err := run.Process.Signal(syscall.SIGQUIT); err != nil {
		d.t.Fatal(err)
	}
	<-run.ended
	trace := run.stderr.String()
	if !strings.Contains(trace, "goroutine ") || !strings.Contains(trace, "main.main") {
		d.t.Errorf("the process did not tell of its goroutines:\n%s", trace)
	}
	v.look("the dump", trace, v.accounts)
}

// quiet looks at what a command printed.
func (v *vault) quiet(e ended) {
	v.d.t.Helper()
	v.look("standard output of "+e.args[0], e.stdout, v.accounts)
	v.look("standard error of "+e.args[0], e.stderr, v.accounts)
}

// look looks for secrets in a text, and for more that must not stand there.
func (v *vault) look(where, text string, more []string) {
	v.d.t.Helper()
	for _, canary := range append(append([]string(nil), v.secrets...), more...) {
		if at := strings.Index(text, canary); at >= 0 {
			v.d.t.Errorf("%s holds %.12s…: %s", where, canary, text[max(0, at-80):min(len(text), at+20)])
		}
	}
}

// files looks for secrets in every file that was written: the ledger, what lies beside it,
// workbooks, and what crashes left in the temporary folder.
func (v *vault) files() {
	d, count := v.d, 0
	theirs := []string{"sim", "wrong-secret", "not-a-key.pem", "secret.toml", "broken.toml"} // written by the test
	err := filepath.WalkDir(d.folder, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(d.folder, path)
		for _, skipped := range theirs {
			if name == skipped && entry.IsDir() {
				return filepath.SkipDir
			} else if name == skipped {
				return nil
			}
		}
		if err != nil || entry.IsDir() {
			return err
		}
		count++
		v.look(name, string(d.read(path)), nil)
		return nil
	})
	if err != nil || count < 4 {
		d.t.Errorf("%d files were looked at (%v)", count, err)
	}
	// The ledger writes digits two to a byte, letters as they are, and every secret has letters in it.
	if !bytes.Contains(d.read(d.ledger()), []byte("Kanari")) {
		d.t.Error("the ledger does not hold the names of the people, so this test looks at the wrong file")
	}
}
