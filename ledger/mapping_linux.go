package ledger

import (
	"syscall"

	bolt "go.etcd.io/bbolt"
)

// dropMapped lets go of the pages of the file that this process has mapped. The library maps the
// file, and what was read once would count as the process's memory until the system runs short of
// it. Nothing is lost: the mapping is shared and only read, and a page that is needed again is found
// in the system's cache. The mapping stays where it is as long as tx is open.
func dropMapped(tx *bolt.Tx) {
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, tx.DB().Info().Data, uintptr(tx.Size()), syscall.MADV_DONTNEED) // else it is only memory
}
