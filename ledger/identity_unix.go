//go:build !windows

package ledger

import (
	"fmt"
	"os"
	"syscall"
)

// identityOf tells a file from a copy of it: device, inode. Empty when it cannot be told.
func identityOf(file *os.File) string {
	info, err := file.Stat()
	if err != nil {
		return ""
	}
	stat, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return ""
	}
	return fmt.Sprintf("%d-%d", stat.Dev, stat.Ino)
}
