//go:build unix

package reports_test

import (
	"syscall"
	"time"
)

// startCPU returns a function that tells how much CPU this process has used since, user and system.
func startCPU() (used func() time.Duration) {
	cpu := func() time.Duration {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			return 0
		}
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	started := cpu()
	return func() time.Duration { return cpu() - started }
}
