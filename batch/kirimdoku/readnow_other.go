//go:build !unix

package kirimdoku

import (
	"net"
	"os"
	"syscall"
)

// rawConn: elsewhere a socket cannot be read without waiting.
func rawConn(net.Conn) syscall.RawConn { return nil }

func readNow(syscall.RawConn, []byte) (int, error) { return 0, os.ErrInvalid }
