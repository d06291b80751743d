package main

import (
	"errors"
	"syscall"
)

// canRefuse: on this architecture the number of a system call is not among the registers that
// package syscall can set.
const canRefuse = false

func preventCall(int) error              { return errors.ErrUnsupported }
func shortenWrite(int, uint64) error     { return errors.ErrUnsupported }
func setResult(int, syscall.Errno) error { return errors.ErrUnsupported }
