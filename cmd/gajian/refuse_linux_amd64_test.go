package main

import "syscall"

// canRefuse: the tracer can make a system call fail here.
const canRefuse = true

// preventCall makes the system call that a thread begins one that does not exist.
func preventCall(thread int) error {
	return changeRegisters(thread, func(r *syscall.PtraceRegs) { r.Orig_rax = ^uint64(0) })
}

// shortenWrite changes how many bytes the write that a thread begins is to write.
func shortenWrite(thread int, size uint64) error {
	return changeRegisters(thread, func(r *syscall.PtraceRegs) { r.Rdx = size })
}

// setResult sets what the system call returns to the thread.
func setResult(thread int, errno syscall.Errno) error {
	return changeRegisters(thread, func(r *syscall.PtraceRegs) { r.Rax = -uint64(errno) })
}

func changeRegisters(thread int, change func(*syscall.PtraceRegs)) error {
	var registers syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(thread, &registers); err != nil {
		return err
	}
	change(&registers)
	return syscall.PtraceSetRegs(thread, &registers)
}
