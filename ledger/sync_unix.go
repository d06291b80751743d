//go:build !windows

package ledger

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// dontFollow opens what a name names, at once: not where a link points, and without waiting for
// the other end of a pipe.
const dontFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// mapBytes is how much address space the file is mapped into from the beginning: 1 GiB, some two
// and a half million payouts, and 16 MiB where addresses have 32 bits only.
const mapBytes = 1 << (24 + 6*(^uint(0)>>63))

// syncFolder makes a new name in a folder survive a power loss.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("sync folder %s: %w", path, err)
	}
	return nil
}
