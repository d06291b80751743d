package kirimdoku

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// watchedConn counts what a request writes to its connection, and can be sealed against more.
// With TLS it lies under the tls.Conn, whose handshake is over when begin is called.
type watchedConn struct {
	net.Conn
	raw       syscall.RawConn // nil when Conn has no socket of its own, or the system no way to look at it
	impatient bool            // a Read looks whether there is something and does not wait for it

	mu      sync.Mutex
	leaving func() error // called before the next byte; its error keeps the byte back
	written int          // bytes since begin
	writing int          // writes under way, whose bytes are not counted yet
	sealed  bool         // nothing more is written
}

func watch(conn net.Conn) *watchedConn {
	return &watchedConn{Conn: conn, raw: rawConn(conn)}
}

// glanceTime is how long a look takes where it cannot be had without waiting.
const glanceTime = time.Millisecond

// Read reads from the connection. When it is impatient and nothing has come, its error is
// os.ErrDeadlineExceeded, after which it may be read on.
func (c *watchedConn) Read(p []byte) (int, error) {
	switch {
	case !c.impatient:
		return c.Conn.Read(p)
	case c.raw != nil:
		return readNow(c.raw, p)
	}
	if err := c.Conn.SetReadDeadline(time.Now().Add(glanceTime)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	if cleared := c.Conn.SetReadDeadline(time.Time{}); err == nil {
		err = cleared
	}
	return n, err
}

// watched finds the watchedConn in a connection that route has opened.
func watched(conn net.Conn) *watchedConn {
	if wrapper, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = wrapper.NetConn()
	}
	found, _ := conn.(*watchedConn)
	return found
}

var errSealed = errors.New("the connection is given up")

// Write writes to the connection unless it is sealed.
func (c *watchedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	if c.sealed {
		c.mu.Unlock()
		return 0, errSealed
	}
	c.writing++
	leaving := c.leaving
	c.leaving = nil
	c.mu.Unlock()

	if leaving != nil {
		if err := leaving(); err != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.writing--
			c.sealed = true
			return 0, err
		}
	}
	n, err := c.Conn.Write(p)

	c.mu.Lock()
	c.writing--
	c.written += n
	c.mu.Unlock()
	return n, err
}

// depart has leaving called immediately before the next byte; nil when nobody wants to know.
func (c *watchedConn) depart(leaving func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaving = leaving
}

// begin starts the count of a request.
func (c *watchedConn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written = 0
}

// seal forbids further writes and reports whether any byte may have left since begin. A write
// under way counts.
func (c *watchedConn) seal() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sealed = true
	return c.written > 0 || c.writing > 0
}
