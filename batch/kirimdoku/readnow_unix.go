//go:build unix

package kirimdoku

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// rawConn is the socket of conn, or nil when it has none of its own.
func rawConn(conn net.Conn) syscall.RawConn {
	holder, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := holder.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// readNow reads what has come, and fails with os.ErrDeadlineExceeded when nothing has. Package net
// puts every socket into non-blocking mode.
func readNow(raw syscall.RawConn, p []byte) (n int, err error) {
	failed := raw.Read(func(fd uintptr) bool {
		n, err = syscall.Read(int(fd), p)
		return true
	})
	switch {
	case failed != nil:
		return 0, fmt.Errorf("look at the socket: %v", failed) // a deadline among them: then nothing was looked at
	case err == syscall.EAGAIN:
		return 0, os.ErrDeadlineExceeded
	case err != nil:
		return 0, os.NewSyscallError("read", err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}
