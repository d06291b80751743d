package kirimdoku

import (
	"context"
	"errors"
	"net"
	"sync"

	"gajian/batch"
)

// departure watches one request leave, so that it can be proved that it did not.
type departure struct {
	slot batch.Slot
	used bool         // the slot was used: a byte may leave from now on
	conn *watchedConn // nil when the connection is not one of ours
}

// leave is called when a connection is ready and the request is about to be written to it. The
// slot is used here and not before dialling: a slow handshake would otherwise let calls reach
// the provider in a bunch although they were admitted evenly.
func (d *departure) leave(conn net.Conn) {
	d.conn = watched(conn)
	if d.conn != nil {
		d.conn.begin()
	}
	if !d.used {
		d.used = true
		d.slot.Use(context.Background())
	}
}

// left reports whether a byte of the request may have left. After it, none can any more.
func (d *departure) left() bool {
	return d.used && (d.conn == nil || d.conn.seal())
}

// watchedConn counts what a request writes to its connection, and can be sealed against more.
// With TLS it lies under the tls.Conn, whose handshake is over when begin is called.
type watchedConn struct {
	net.Conn

	mu      sync.Mutex
	leaving func() error // called before the next byte; its error keeps the byte back
	written int          // bytes since begin
	writing int          // writes under way, whose bytes are not counted yet
	sealed  bool         // nothing more is written
}

// watched finds the watchedConn in a connection that the transport hands out.
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

// armLeaving arranges that whoever wants to know is told immediately before the first byte: by
// the connection itself, or, when it is not one of ours, now.
func (m message) armLeaving() error {
	if m.leaving == nil {
		return nil
	}
	if m.connection != nil {
		if conn := watched(m.connection.conn); conn != nil {
			conn.mu.Lock()
			defer conn.mu.Unlock()
			conn.leaving = m.leaving
			return nil
		}
	}
	return m.leaving()
}

// begin starts the count of a request.
func (c *watchedConn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written = 0
}

// seal forbids further writes and reports whether any byte may have left since begin. A write
// under way counts: the transport gives up a request without waiting for its writer.
func (c *watchedConn) seal() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sealed = true
	return c.written > 0 || c.writing > 0
}
