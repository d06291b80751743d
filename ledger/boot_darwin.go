package ledger

import "syscall"

// bootID names this start of the operating system; empty when it cannot be told. macOS makes a new
// one at each start (sysctl kern.bootsessionuuid).
func bootID() string {
	id, err := syscall.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return id
}
