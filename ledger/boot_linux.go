package ledger

import (
	"os"
	"strings"
)

// bootID names this start of the operating system; empty when it cannot be told. Linux makes a new
// one at each start (proc(5), /proc/sys/kernel/random/boot_id).
func bootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
