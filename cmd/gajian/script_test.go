package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gajian/batch/kirimdoku/simulator"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"
)

// The script tests run the command as a person or a crontab does, against a simulator in another
// process: one file in testdata for each behaviour, its first word the subcommand.

var update = flag.Bool("update", false, "rewrite the expected output in testdata")

func TestMain(m *testing.M) {
	testscript.Main(testsWithFolder{m}, map[string]func(){"gajian": main,
		"rawcalls": rawCalls, "benchprovider": benchProvider, "timesyncs": timeSyncs, "barerows": bareRows, "barestream": bareStream})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Files: scripts(t), UpdateScripts: *update, RequireExplicitExec: true, RequireUniqueNames: true, Setup: setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit": exitCommand, "start": startCommand, "signal": signalCommand, "finish": finishCommand,
			"simulator": simulatorScript, "calls": callsCommand, "await": awaitCommand, "book": bookCommand,
			"json": jsonCommand, "keys": keysCommand, "xlsx": xlsxCommand, "cells": cellsCommand, "mode": modeCommand,
			"quiet": quietCommand, "clean": cleanCommand, "save": saveCommand, "flip": flipCommand,
		},
	})
}

func scripts(t *testing.T) []string {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in testdata: %v", err)
	}
	return files
}

// setUp gives every script folders of its own, short waits and one fixed period.
func setUp(e *testscript.Env) error {
	s := &stage{folder: e.WorkDir, processes: map[string]*process{}}
	e.Values["stage"] = s
	e.Defer(s.end)
	root, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"GORACE":         "atexit_sleep_ms=0", // else each command sleeps a second under the race detector
		"XDG_STATE_HOME": filepath.Join(e.WorkDir, "state"), "XDG_CONFIG_HOME": filepath.Join(e.WorkDir, "config"),
		"LEDGER": filepath.Join(e.WorkDir, "state", "gajian", "ledger.db"), "SAMPLES": filepath.Join(root, "samples"), "ROOT": root,
		"GAJIAN_PERIOD": "2026-11", "GAJIAN_RATE": "1000", "GAJIAN_POLL_FIRST": "50ms", "GAJIAN_POLL_EVERY": "50ms", "GAJIAN_POLL_FOR": "20s",
		"GOCOVERDIR": os.Getenv("GOCOVERDIR"),
	} {
		e.Setenv(name, value)
	}
	return s.giveCredentials()
}

// stage is what one script has set up.
type stage struct {
	folder    string
	processes map[string]*process
	doku      *process
	simulated
}

// process is one that runs beside the script.
type process struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer // read only once it has ended
	ended          chan struct{}
}

// patience is how long anything may take before a script gives up on it. It is generous because
// the machine may be busy; nothing is decided by it.
const patience = 30 * time.Second

func stageOf(ts *testscript.TestScript) *stage { return ts.Value("stage").(*stage) }

// environment is the script's, as a process beside it gets it.
func environment(ts *testscript.TestScript) []string {
	var variables []string
	for _, name := range append(scriptVariables(), os.Environ()...) {
		name, _, _ = strings.Cut(name, "=")
		if value := ts.Getenv(name); value != "" {
			variables = append(variables, name+"="+value)
		}
	}
	return variables
}

// scriptVariables are the names that a script may have set.
func scriptVariables() []string {
	names := []string{"PATH", "HOME", "TMPDIR", "WORK", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "GAJIAN_CLIENT_SECRET", "GAJIAN_FILE_PASSWORD", "GAJIAN_REPORT_PASSWORD"}
	for _, flag := range settingNames() {
		names = append(names, "GAJIAN_"+strings.ToUpper(strings.ReplaceAll(flag, "-", "_")))
	}
	return names
}

func (s *stage) start(ts *testscript.TestScript, args []string) *process {
	path, err := exec.LookPath("gajian")
	ts.Check(err)
	p := &process{Cmd: exec.Command(path, args...), ended: make(chan struct{})}
	p.Dir, p.Env = ts.MkAbs("."), environment(ts)
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	ts.Check(p.Start())
	go func() {
		defer close(p.ended)
		_ = p.Wait() // the exit code is in ProcessState
	}()
	return p
}

// code waits for the end of the process and returns its exit code, -1 for one killed.
func (p *process) code() (int, error) {
	select {
	case <-p.ended:
		return p.ProcessState.ExitCode(), nil
	case <-time.After(patience):
		return 0, fmt.Errorf("%q has not ended after %s", p.Args, patience)
	}
}

// end leaves nothing running behind a script, however it ended.
func (s *stage) end() {
	for _, p := range append([]*process{s.doku}, values(s.processes)...) {
		if p != nil {
			_ = p.Process.Kill() // it may have ended already
			<-p.ended
		}
	}
}

func values(processes map[string]*process) (all []*process) {
	for _, p := range processes {
		all = append(all, p)
	}
	return all
}

// credentials are made once, since a key takes a while.
var credentials = sync.OnceValues(func() (map[string][]byte, error) {
	folder, err := os.MkdirTemp("", "gajian-keys-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if _, _, err := (&simulatorCommand{Keys: folder}).credentials(); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range []string{"private.pem", "client-secret"} {
		if files[name], err = os.ReadFile(filepath.Join(folder, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
})

func (s *stage) giveCredentials() error {
	files, err := credentials()
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(s.folder, "sim"), 0o700); err != nil {
		return err
	}
	for name, text := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(s.folder, "sim", name), text, 0o600))
	}
	return err
}

// leaks returns the secret that stands in a text, if one does.
func leaks(text string) error {
	files, err := credentials()
	if err != nil {
		return err
	}
	secrets := []string{string(files["client-secret"]), "Bearer ", "canary"}
	for line := range strings.Lines(string(files["private.pem"])) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") {
			secrets = append(secrets, line)
		}
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			return fmt.Errorf("a secret was printed: it begins with %.6s", secret)
		}
	}
	return nil
}

// exit CODE gajian ARGS... runs the command and compares its exit code. No secret may be printed,
// whatever happens.
func exitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		got = failed.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	ts.Check(leaks(ts.ReadFile("stdout") + ts.ReadFile("stderr")))
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// start NAME ARGS... starts gajian beside the script.
func startCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME ARGS...")
	}
	s := stageOf(ts)
	s.processes[args[0]] = s.start(ts, args[1:])
}

// signal NAME TERM|INT|KILL
func signalCommand(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": os.Interrupt, "KILL": os.Kill}
	if neg || len(args) != 2 || signals[args[1]] == nil {
		ts.Fatalf("usage: signal NAME TERM|INT|KILL")
	}
	ts.Check(stageOf(ts).processes[args[0]].Process.Signal(signals[args[1]]))
}

// finish NAME CODE waits for the end of a process, compares its exit code (-1: killed), and writes
// what it printed to NAME.stdout and NAME.stderr.
func finishCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: finish NAME CODE")
	}
	p := stageOf(ts).processes[args[0]]
	got, err := p.code()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".stdout"), p.stdout.Bytes(), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".stderr"), p.stderr.Bytes(), 0o600))
	ts.Check(leaks(p.stdout.String() + p.stderr.String()))
	if strconv.Itoa(got) != args[1] {
		ts.Fatalf("%s ended with %d, want %s\n%s", args[0], got, args[1], p.stderr.String())
	}
}

// simulator start ARGS... serves a simulator in another process and points the environment to it;
// simulator stop ends it, after which no rule may have been broken.
func simulatorScript(ts *testscript.TestScript, neg bool, args []string) {
	s := stageOf(ts)
	switch {
	case !neg && len(args) > 0 && args[0] == "start":
		s.serve(ts, args[1:])
	case !neg && len(args) == 1 && args[0] == "stop":
		ts.Check(s.check())
		ts.Check(s.doku.Process.Signal(os.Interrupt))
		code, err := s.doku.code()
		ts.Check(err)
		if s.doku = nil; code != 0 {
			ts.Fatalf("the simulator ended with %d", code)
		}
	default:
		ts.Fatalf("usage: simulator start ARGS... | simulator stop")
	}
}

// serve starts a simulator on a free port and waits until it answers.
func (s *stage) serve(ts *testscript.TestScript, args []string) {
	if s.doku != nil {
		ts.Fatalf("a simulator runs already")
	}
	settings := filepath.Join(s.folder, "sim", "environment")
	_ = os.Remove(settings) // of an earlier start
	s.doku = s.start(ts, append([]string{"simulator", "--addr", "127.0.0.1:0", "--keys", filepath.Join(s.folder, "sim"), "--log-level", "error"}, args...))
	ts.Check(until(func() (bool, error) {
		text, err := os.ReadFile(settings)
		if err != nil || !strings.Contains(string(text), "GAJIAN_RATE") {
			return false, nil
		}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
			if value = strings.Trim(value, "'"); !slices.Contains([]string{"GAJIAN_POLL_FIRST", "GAJIAN_POLL_EVERY", "GAJIAN_RATE", "GAJIAN_LEDGER", "GAJIAN_ENVIRONMENT"}, name) {
				ts.Setenv(name, value)
			}
			if name == "GAJIAN_BASE_URL" {
				s.address = value
			}
		}
		_, err = s.calls()
		return err == nil, nil
	}))
}

// until asks again and again, until the answer is yes.
func until(reached func() (bool, error)) error {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	for {
		if done, err := reached(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not reached within %s", patience)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// calls OPERATION N compares how many calls the simulator got; calls none: not one of any kind.
func callsCommand(ts *testscript.TestScript, neg bool, args []string) {
	calls, err := stageOf(ts).calls()
	ts.Check(err)
	if !neg && len(args) == 1 && args[0] == "none" {
		if len(calls) > 0 {
			ts.Fatalf("the simulator was called: %v", calls)
		}
		return
	}
	if neg || len(args) != 2 {
		ts.Fatalf("usage: calls none | calls OPERATION N")
	}
	if got := strconv.Itoa(calls[args[0]]); got != args[1] {
		ts.Fatalf("%s calls: got %s, want %s; all: %v", args[0], got, args[1], calls)
	}
}

// await OPERATION N waits until the simulator got N calls; await STATE N until N debits of its book
// are paid, failed or refunded.
func awaitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await OPERATION|STATE N")
	}
	s := stageOf(ts)
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(until(func() (bool, error) {
		count, err := s.calls()
		if state := simulator.State(args[0]); slices.Contains([]simulator.State{simulator.Paid, simulator.Failed, simulator.Refunded}, state) {
			count, err = s.states()
		}
		return count[args[0]] >= want, err
	}))
}

// states counts the debits of the book by their state.
func (s simulated) states() (map[string]int, error) {
	debits, err := s.book()
	count := map[string]int{}
	for _, debit := range debits {
		count[string(debit.State)]++
	}
	return count, err
}

// settingNames are the flags of the command, by their names.
func settingNames() (names []string) {
	parser, err := kong.New(&command{}, kong.ExplicitGroups(groups), kong.Vars{"version": version})
	if err != nil {
		panic(err) // the command tree is a constant
	}
	for _, flag := range parser.Model.Flags {
		if flag.Name != "help" && flag.Name != "version" {
			names = append(names, flag.Name)
		}
	}
	return names
}
