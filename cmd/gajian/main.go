// Command gajian pays a payroll file through Kirim DOKU.
//
// This package holds flags, wiring, exit codes and everything printed. What happens to a payout
// is in gajian/batch, where it stands in gajian/ledger.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"gajian/ledger"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "dev"

func main() { os.Exit(runMain()) }

// runMain is one start of the command on the real process: its arguments, signals and streams.
func runMain() int {
	ctx, end := context.WithCancelCause(context.Background())
	defer end(nil)
	go watchSignals(end)
	tuneCollector()
	p := &program{stdout: os.Stdout, stderr: os.Stderr}
	return p.run(ctx, os.Args[1:])
}

// watchSignals ends the run in good order at the first signal, and at once at the second, which
// is as safe as a crash.
func watchSignals(end context.CancelCauseFunc) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // under nohup a closed terminal must not stop the run
		signal.Notify(signals, syscall.SIGHUP)
	}
	signal.Ignore(syscall.SIGPIPE) // nor must a closed pipe of who reads along
	<-signals
	fmt.Fprintln(os.Stderr, "gajian: stopping: what is under way is finished and recorded; a second signal leaves at once")
	end(errInterrupted)
	<-signals
	os.Exit(exitInterrupted)
}

// program is one call of the command.
type program struct {
	flags
	configuration
	stdout, stderr io.Writer
	logger         *slog.Logger
	rehearsal      bool
	realRate       int // --rate, also while a rehearsal goes faster
}

// runner is what every subcommand is.
type runner interface {
	run(ctx context.Context, p *program) (int, error)
}

// run parses, does what was asked for, and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	chosen, err := p.parse(args)
	switch {
	case errors.Is(err, errDone):
		return exitSettled
	case err != nil:
		p.printError(err)
		return exitOf(err)
	}
	code, err := chosen.run(ctx, p)
	if err != nil { // whatever was sent has been concluded without an error
		p.printError(err)
		if code = max(code, exitOf(err)); code == exitCouldNot && hintFor(err) == "" {
			p.warn("nothing was sent")
		}
	}
	return code
}

// forgetEmptyVariables: GAJIAN_PERIOD= in a crontab means "not set"; it must not beat the
// configuration file.
func forgetEmptyVariables() {
	for _, pair := range os.Environ() {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "GAJIAN_") && value == "" {
			_ = os.Unsetenv(name)
		}
	}
}

// errDone: the help or the version was printed.
var errDone = errors.New("done")

// parse reads configuration, environment and flags, and returns the subcommand.
func (p *program) parse(args []string) (chosen runner, err error) {
	forgetEmptyVariables()
	if p.configuration, err = loadConfiguration(args); err != nil {
		return nil, err
	}
	var c command
	done := false
	parser, err := kong.New(&c,
		kong.Name("gajian"),
		kong.Description("Pays a payroll file through Kirim DOKU: every line at most once, whatever crashes, and every rupiah accounted for.\n\n"+exitHelp),
		kong.DefaultEnvars("GAJIAN"), kong.Resolvers(p.configuration), kong.Vars{"version": version},
		kong.ExplicitGroups(groups), kong.Writers(p.stdout, p.stderr), kong.Exit(func(int) { done = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}), kong.Help(keepLines),
	)
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	switch {
	case done:
		return nil, errDone
	case errors.As(err, &configurationError{}):
		return nil, err
	case err != nil && holdsSecret(err.Error()): // it would repeat the value
		return nil, usageError{errHoldsSecret}
	case err != nil && namesCopy(args):
		return nil, usageError{errFixName}
	case err != nil:
		return nil, usageError{err}
	}
	p.flags = c.flags
	if err := p.flags.check(); err != nil {
		return nil, usageError{err}
	}
	p.logger, p.realRate = p.newLogger(), p.Rate
	return parsed.Selected().Target.Addr().Interface().(runner), nil
}

// keepLines prints the help with the table of exit codes as it stands, one code a line.
func keepLines(options kong.HelpOptions, ctx *kong.Context) error {
	if ctx.Selected() != nil {
		return kong.DefaultHelpPrinter(options, ctx)
	}
	detail := ctx.Model.Help
	ctx.Model.Help = detail[:len(detail)-len(exitHelp)]
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	_, err := fmt.Fprintf(ctx.Stdout, "\n%s\n", exitHelp)
	return err
}

// check refuses settings that no run can work with.
func (f flags) check() error {
	switch {
	case f.Rate < 1 || f.Rate > 100_000:
		return errors.New("--rate must be from 1 to 100000 calls a second")
	case f.Concurrency < 1 || f.Concurrency > 512:
		return errors.New("--concurrency must be from 1 to 512")
	case f.Timeout <= 0 || f.PollFirst <= 0 || f.PollEvery <= 0 || f.PollFor < 0 || f.NotFoundAfter <= 0 || f.SessionMaxAge <= 0 || f.ReturnsFor < 0:
		return errors.New("durations must be positive, such as 30s, 10m or 24h")
	case f.PathPrefix != "/snap/v1.1" && f.PathPrefix != "/v1.0":
		return errors.New("--path-prefix is /snap/v1.1 or /v1.0")
	case f.ExpectCount < 0 || f.ExpectTotal < 0 || f.Fee < 0 || f.MaxAmount <= 0:
		return errors.New("--expect-count, --expect-total, --fee and --max-amount cannot be negative")
	case f.AmountJump < 1 || f.AmountJump > 1000:
		return errors.New("--amount-jump must be from 1% to 1000%")
	}
	return nil
}

// person returns who started the command, for the journal: the system's word, and who is behind a
// sudo as far as sudo says so.
func person() string {
	name, host := "unknown", "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	if behind := os.Getenv("SUDO_USER"); behind != "" && behind != name {
		name += fmt.Sprintf(" (sudo: %.64q)", behind)
	}
	return name + "@" + host
}

// openLedger opens the ledger that the settings name, and checks the whole of it before anything
// is written or paid.
func (p *program) openLedger(command string, o ledger.Options) (*ledger.Store, error) {
	store, err := p.openUnverified(command, o)
	if err == nil && !o.ReadOnly {
		if err = checkWhole(store); err != nil {
			return nil, errors.Join(err, store.Close())
		}
	}
	return store, err
}

// openToPay opens the ledger and checks the whole of it while the command goes on to read its file,
// to connect and to ask for the balance. Nothing is written before it has ended, so nothing is sent.
func (p *program) openToPay(ctx context.Context, command string, o ledger.Options) (*ledger.Store, error) {
	store, err := p.openUnverified(command, o)
	if err == nil {
		store.VerifyMeanwhile(ctx)
	}
	return store, err
}

// openUnverified opens the ledger that the settings name. The environment of a rehearsal is its own,
// so that its throw-away ledger can never be paid from.
func (p *program) openUnverified(command string, o ledger.Options) (*ledger.Store, error) {
	path := p.Ledger
	if path == "" {
		var err error
		if path, err = defaultLedgerPath(); err != nil {
			return nil, err
		}
	}
	o.Command, o.Environment, o.Window = command, p.Environment, 4*p.Concurrency
	if p.rehearsal {
		o.Environment = "rehearsal"
	}
	store, err := ledger.Open(path, o)
	if err == nil {
		p.warnOfOthers(store.Path())
	}
	return store, err
}

// warnOfOthers says when others on this machine can read or change the ledger, or put another one
// in its place. gajian makes it for its owner only; a copy or a restored backup may be open. It is
// no reason to keep people from their pay, so it is not refused.
func (p *program) warnOfOthers(path string) {
	if runtime.GOOS == "windows" { // it has no such bits
		return
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		p.warn("warning: others can read or change the ledger: run chmod 600 %s", path)
	}
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err == nil && info.Mode().Perm()&0o002 != 0 && info.Mode()&os.ModeSticky == 0 {
		p.warn("warning: others can replace the ledger: run chmod 700 %s", folder)
	}
}

// checkWhole refuses a ledger of which anything does not check: not only where a batch would run
// into the damage, which can be after a hundred of its transfers. It takes about three seconds for a
// million payouts; a second signal ends the wait.
func checkWhole(store *ledger.Store) error {
	found, err := store.Verify(context.Background())
	if err != nil || len(found.Problems) == 0 {
		return err
	}
	return unsound(&ledger.UnsoundError{Path: store.Path(), Problems: found.Problems})
}

// unsound says where a ledger's other problems are told.
func unsound(err error) error {
	var e *ledger.UnsoundError
	if !errors.As(err, &e) {
		return err
	}
	return fmt.Errorf("%w; gajian verify lists %s", e, plural(len(e.Problems), "problem"))
}
