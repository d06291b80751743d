//go:build amd64 || arm64

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// A tracer runs the command as a child under ptrace and stops it before and after each durable
// call: each system call, of any of its threads, that changes what a disk holds. The list of the
// points at which a crash can leave something behind is so made by the code itself, and the
// shipped command needs no hooks for it.

// durableCall is such a system call.
type durableCall struct {
	n       int // the n-th of the child, from 1
	name    string
	path    string // of its file; empty when it has none
	size    uint64 // of a write, in bytes
	entry   bool   // the child is about to make it; else it has just made it
	result  int64  // not at entry
	thread  int
	refused syscall.Errno // what the tracer made of it instead
}

func (c durableCall) String() string {
	when := "after"
	if c.entry {
		when = "before"
	}
	return fmt.Sprintf("%s durable call %d, %s %s", when, c.n, c.name, c.path)
}

// sync reports whether the call brings a file's content to the disk.
func (c durableCall) sync() bool {
	return c.name == "fsync" || c.name == "fdatasync" || c.name == "msync"
}

// write reports whether the call writes to a file.
func (c durableCall) write() bool { return strings.Contains(c.name, "write") }

// departure reports whether the call notes that a transfer leaves: a line break, an external ID
// of at most 32 digits, a line break. The head of that file is longer.
func (c durableCall) departure() bool {
	return c.name == "write" && strings.HasSuffix(c.path, ".departures") && c.size <= 34
}

// order is what the tracer does with a call.
type order struct {
	kill  bool          // the child, with SIGKILL; at entry the call does not happen any more
	errno syscall.Errno // at entry: the call does not happen and returns this
	done  bool          // with errno: the call happens all the same
	short bool          // at entry: a write writes half of what it should
}

// traced is how a traced child ended.
type traced struct {
	code           int // exit code, -1 when a signal ended it
	signal         syscall.Signal
	stdout, stderr string
	calls          int // durable calls that it came to
}

// durable are the system calls that change what a disk holds, by number; where the argument is a
// descriptor, whether only those on files of the traced folder count.
var durable = map[uint64]struct {
	name       string
	descriptor bool // the first argument is one
	anyFile    bool // also outside the folder
}{
	syscall.SYS_FSYNC: {"fsync", true, true}, syscall.SYS_FDATASYNC: {"fdatasync", true, true}, syscall.SYS_MSYNC: {"msync", false, true},
	syscall.SYS_RENAMEAT: {"renameat", false, true}, renameat2: {"renameat2", false, true}, syscall.SYS_LINKAT: {"linkat", false, true},
	syscall.SYS_SYMLINKAT: {"symlinkat", false, true}, syscall.SYS_UNLINKAT: {"unlinkat", false, true}, syscall.SYS_MKDIRAT: {"mkdirat", false, true},
	syscall.SYS_OPENAT: {"openat", false, true}, syscall.SYS_FTRUNCATE: {"ftruncate", true, false}, syscall.SYS_FALLOCATE: {"fallocate", true, false},
	syscall.SYS_WRITE: {"write", true, false}, syscall.SYS_PWRITE64: {"pwrite64", true, false}, syscall.SYS_WRITEV: {"writev", true, false},
	syscall.SYS_PWRITEV: {"pwritev", true, false}, syscall.SYS_SENDFILE: {"sendfile", true, false}, copyFileRange: {"copy_file_range", false, true},
}

// Numbers that package syscall does not have for every architecture.
var (
	renameat2     = map[string]uint64{"amd64": 316, "arm64": 276}[runtime.GOARCH]
	copyFileRange = map[string]uint64{"amd64": 326, "arm64": 285}[runtime.GOARCH]
)

// The parts of ptrace that package syscall does not name (linux/ptrace.h, Linux 6.1).
const (
	ptraceGetSyscallInfo = 0x420e
	ptraceExitKill       = 0x100000
	noThread             = 0x20000000 // __WNOTHREAD: only what this thread traces
	traceOptions         = syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE | syscall.PTRACE_O_TRACEFORK | syscall.PTRACE_O_TRACEVFORK | ptraceExitKill
	syscallStop          = syscall.SIGTRAP | 0x80
	openCreates          = syscall.O_CREAT | syscall.O_TRUNC
)

// syscallInfo is struct ptrace_syscall_info, 88 bytes.
type syscallInfo struct {
	operation uint8 // 1 at entry, 2 at exit
	_         [3]uint8
	_         uint32
	_, _      uint64
	number    uint64 // at exit the result
	arguments [6]uint64
	_         uint64
}

// tracerDeadline is many times what any traced command takes.
const tracerDeadline = 60 * time.Second

// trace runs the command to its end and asks at each durable call below folder what to do. Only
// one thread may talk to a traced child, so it is the goroutine's own.
func trace(t testing.TB, c *exec.Cmd, folder string, ask func(durableCall) order) (traced, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	out, errs := outputFile(t), outputFile(t)
	defer out.Close()
	defer errs.Close()
	process, err := os.StartProcess(c.Path, c.Args, &os.ProcAttr{
		Dir: c.Dir, Env: c.Environ(), Files: []*os.File{nil, out, errs}, Sys: &syscall.SysProcAttr{Ptrace: true, Setpgid: true},
	})
	if err != nil {
		return traced{code: -1}, fmt.Errorf("start under ptrace: %w", err)
	}
	tr := &tracer{pid: process.Pid, folder: folder, ask: ask, entered: map[int]durableCall{}, known: map[int]bool{}}
	late := time.AfterFunc(tracerDeadline, func() { _ = syscall.Kill(-tr.pid, syscall.SIGKILL) })
	status, err := tr.follow()
	if !late.Stop() {
		err = fmt.Errorf("%v did not end in %v", c.Args, tracerDeadline)
	}
	if err != nil {
		_ = process.Kill()
	}
	_ = process.Release() // the tracer has waited for it
	return traced{code: status.ExitStatus(), signal: status.Signal(), stdout: contentOf(t, out), stderr: contentOf(t, errs), calls: tr.calls}, err
}

// needTracer skips a test where no child may be traced.
func needTracer(t *testing.T, binary string) {
	seen := false
	ended, err := trace(t, exec.Command(binary, "--version"), "/", func(durableCall) order { seen = true; return order{} })
	switch {
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.EIO):
		t.Skipf("this system does not permit or does not know this use of ptrace (PTRACE_GET_SYSCALL_INFO needs Linux 5.3): %v", err)
	case err != nil || ended.code != 0 || !seen:
		t.Fatalf("a traced gajian --version: %+v, %v; its writes were seen: %v", ended, err, seen)
	}
}

func outputFile(t testing.TB) *os.File {
	file, err := os.CreateTemp(t.TempDir(), "output-")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func contentOf(t testing.TB, file *os.File) string {
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

type tracer struct {
	pid     int
	folder  string
	ask     func(durableCall) order
	calls   int
	entered map[int]durableCall // by thread: the durable call it is in; n is 0 when in another one
	known   map[int]bool        // threads that have reported
}

// follow waits for stops of the child's threads until the child has ended.
func (tr *tracer) follow() (syscall.WaitStatus, error) {
	for {
		var status syscall.WaitStatus
		// The child has a process group of its own, so nobody else's child is waited for.
		thread, err := syscall.Wait4(-tr.pid, &status, syscall.WALL|noThread, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return status, fmt.Errorf("wait: %w", err)
		case status.Exited() || status.Signaled():
			if thread == tr.pid {
				return status, nil
			}
			continue
		}
		signal, err := tr.stopped(thread, status)
		if err == nil {
			err = syscall.PtraceSyscall(thread, signal)
		}
		if err != nil && !errors.Is(err, syscall.ESRCH) { // it has been killed meanwhile
			return status, fmt.Errorf("ptrace: %w", err)
		}
	}
}

// stopped handles a stop of a thread and returns the signal to deliver to it.
func (tr *tracer) stopped(thread int, status syscall.WaitStatus) (signal int, err error) {
	first := !tr.known[thread]
	tr.known[thread] = true
	switch stop := status.StopSignal(); {
	case stop == syscallStop:
		return 0, tr.systemCall(thread)
	case first && thread == tr.pid: // it has become the command
		return 0, syscall.PtraceSetOptions(thread, traceOptions)
	case first && stop == syscall.SIGSTOP: // a new thread
		return 0, nil
	case stop == syscall.SIGTRAP: // it has made a thread
		return 0, nil
	default:
		return int(stop), nil
	}
}

// systemCall looks at the call that a thread begins or has made.
func (tr *tracer) systemCall(thread int) error {
	var info syscallInfo
	_, _, errno := syscall.Syscall6(syscall.SYS_PTRACE, ptraceGetSyscallInfo, uintptr(thread), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 {
		return errno
	}
	if info.operation == 1 {
		return tr.begins(thread, info)
	}
	call, found := tr.entered[thread]
	delete(tr.entered, thread)
	if !found {
		return nil
	}
	if call.entry, call.result = false, int64(info.number); call.refused != 0 {
		call.result = -int64(call.refused)
		if err := setResult(thread, call.refused); err != nil {
			return err
		}
	}
	if tr.ask(call).kill {
		return syscall.Kill(tr.pid, syscall.SIGKILL)
	}
	return nil
}

func (tr *tracer) begins(thread int, info syscallInfo) error {
	call, counts := tr.durable(thread, info)
	if !counts {
		return nil
	}
	tr.calls++
	call.n, call.entry, call.thread = tr.calls, true, thread
	o := tr.ask(call)
	if err := o.change(thread, &call); err != nil {
		return err
	}
	tr.entered[thread] = call
	if o.kill {
		return syscall.Kill(tr.pid, syscall.SIGKILL)
	}
	return nil
}

// change makes of a call what was ordered.
func (o order) change(thread int, call *durableCall) error {
	switch call.refused = o.errno; {
	case o.errno != 0 && !o.done:
		return preventCall(thread)
	case o.short:
		return shortenWrite(thread, call.size/2)
	}
	return nil
}

// durable says what a call is, and whether it counts.
func (tr *tracer) durable(thread int, info syscallInfo) (durableCall, bool) {
	kind, found := durable[info.number]
	if !found {
		return durableCall{}, false
	}
	call := durableCall{name: kind.name}
	switch {
	case kind.descriptor:
		call.size = info.arguments[2]
		call.path, _ = os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tr.pid, int32(info.arguments[0])))
	case info.number == syscall.SYS_OPENAT:
		if info.arguments[2]&openCreates == 0 {
			return call, false
		}
		call.path = tr.text(info.arguments[1])
	case info.number == syscall.SYS_RENAMEAT || info.number == renameat2 || info.number == syscall.SYS_LINKAT:
		call.path = tr.text(info.arguments[3])
	case info.number == syscall.SYS_UNLINKAT || info.number == syscall.SYS_MKDIRAT:
		call.path = tr.text(info.arguments[1])
	}
	return call, kind.anyFile || strings.HasPrefix(call.path, tr.folder)
}

// text reads a file name from the child's memory.
func (tr *tracer) text(address uint64) string {
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", tr.pid))
	if err != nil {
		return ""
	}
	defer memory.Close()
	bytes := make([]byte, 512)
	n, _ := memory.ReadAt(bytes, int64(address)) // the page after a short name may not be there
	name, _, _ := strings.Cut(string(bytes[:n]), "\x00")
	return name
}
