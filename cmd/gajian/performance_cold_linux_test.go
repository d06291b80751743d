//go:build amd64 || arm64

package main

import (
	"errors"
	"os"
	"syscall"
)

// dropFromCache writes a file to the disk and asks the system to forget its pages.
func dropFromCache(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	err = file.Sync()
	const dontNeed = 4 // POSIX_FADV_DONTNEED, linux/fadvise.h; a length of 0 is the whole file
	if _, _, number := syscall.Syscall6(syscall.SYS_FADVISE64, file.Fd(), 0, 0, dontNeed, 0, 0); number != 0 {
		err = errors.Join(err, number)
	}
	return errors.Join(err, file.Close())
}
