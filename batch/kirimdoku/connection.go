package kirimdoku

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

const (
	// connectTimeout bounds the opening of a connection, everything included. It has to end well
	// within the life that forSlot asks of a token, because a connection may be opened anew while
	// the slot is held.
	connectTimeout = dialTimeout
	// waitingMax is how long an open connection may lie idle; an older one is replaced. A server
	// closes idle connections when it likes, and a request written at that moment is lost without
	// a trace. Two seconds are under nearly every usual keep-alive (Node 5 s, load balancers 60 s)
	// and long enough for a run that calls every few hundred milliseconds.
	waitingMax = 2 * time.Second
	// lookAgain is for how long a look at a connection is good: less than any way from a server to
	// us takes, so that a later look would hardly see more.
	lookAgain = 100 * time.Microsecond
	// informationalMax bounds the informational answers (1xx) before the answer; net/http's bound.
	informationalMax = 5
)

// connection is an open connection to the provider. It carries one call at a time, and is kept for
// another one only when everything about the last exchange was in order.
//
// Between two calls a server that has not been asked anything has nothing to say. Whatever comes
// then, its hanging up above all, makes the connection useless, and quiet tells so while it is
// certain that nothing was sent. A connection belongs to one goroutine at a time.
type connection struct {
	conn  net.Conn     // TLS over line, or line itself
	line  *watchedConn // the bytes as they go
	since time.Time    // idle since then: it was opened, or its last answer was read
	calls int          // answered so far
	seen  time.Time    // when it was last seen to be quiet
	noise [1]byte      // what came unasked; nobody looks at it
	fault error        // why it cannot be used any more

	incoming bounded
	reader   *bufio.Reader // of incoming
	request  []byte        // kept for its room
}

func newConnection(conn net.Conn) *connection {
	c := &connection{conn: conn, line: watched(conn), since: time.Now()}
	c.incoming.from = conn
	c.reader = bufio.NewReader(&c.incoming)
	return c
}

// connect opens a connection. A failure sends nothing.
func (c *Client) connect(ctx context.Context) (*connection, error) {
	timeout := min(connectTimeout, c.config.Timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no connection within %v: %w", timeout, context.DeadlineExceeded))
	defer cancel()
	conn, err := c.route.open(ctx, c.base)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	return newConnection(conn), nil
}

// young reports whether the server may be expected to keep the connection open.
// Both clocks are asked: the one that cannot jump stands still while a machine sleeps.
func (c *connection) young() bool {
	now := time.Now()
	slept := now.Round(0).Sub(c.since.Round(0))
	return now.Sub(c.since) <= waitingMax && slept <= waitingMax && slept >= -waitingMax
}

var (
	errSpokeFirst      = errors.New("the server spoke before it was asked")
	errConnectionSpent = errors.New("the connection made for this transfer was used or closed before")

	longAgo = time.Unix(1, 0) // a deadline that interrupts what is under way
)

// quiet returns nil when the server has left the connection alone, and else why no request must be
// written any more. It waits for nobody. Over TLS it reads through the TLS layer, which knows what
// it has buffered itself, and whether what came was said to us or to it.
func (c *connection) quiet() error {
	if c.fault != nil || time.Since(c.seen) < lookAgain {
		return c.fault
	}
	c.line.impatient = true
	_, err := c.conn.Read(c.noise[:])
	c.line.impatient = false
	switch {
	case err == nil:
		c.fault = errSpokeFirst
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.seen = time.Now()
	default:
		c.fault = fmt.Errorf("the connection was closed before it was used: %w", err)
	}
	return c.fault
}

// Close closes the connection; there may be none.
func (c *connection) Close() error {
	if c == nil {
		return nil
	}
	return c.conn.Close()
}

// exchange writes c.request and reads the reply to it. Both have to be done within timeout and
// before ctx ends. c is closed unless it comes back in the reply, to be kept. The error is an
// unsentError when it is certain that nothing left.
func (c *connection) exchange(ctx context.Context, timeout time.Duration, written func()) (reply, error) {
	_ = c.conn.SetDeadline(time.Now().Add(timeout)) // fails when it is closed, and then so does the write
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(longAgo) })
	c.line.begin()
	r, orderly, err := c.writeAndRead(written)
	if interrupted := !stop(); interrupted || c.conn.SetDeadline(time.Time{}) != nil {
		orderly = false // a late deadline would cut off the next call
	}
	c.line.depart(nil)
	if err == nil && orderly {
		c.since, c.seen, r.conn = time.Now(), time.Time{}, c
		c.calls++
		return r, nil
	}
	left := c.line.seal()
	c.Close()
	if err == nil {
		return r, nil
	}
	err = interruption(ctx, timeout, err)
	if !left {
		return reply{}, &unsentError{err}
	}
	return r, err
}

// interruption says what is behind err: the end of ctx, that of the timeout, or err itself.
func interruption(ctx context.Context, timeout time.Duration, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("no full answer came: %w", context.Cause(ctx))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("no full answer came within %v: %w", timeout, context.DeadlineExceeded)
	case errors.Is(err, errUnreadable):
		return err
	}
	return fmt.Errorf("no answer came: %w", err)
}

// writeAndRead is orderly when the reply was read to its declared end and nothing came after it.
func (c *connection) writeAndRead(written func()) (r reply, orderly bool, err error) {
	if _, err := c.conn.Write(c.request); err != nil {
		return reply{}, false, err
	}
	written()
	response, err := c.readHead()
	if err != nil {
		return reply{}, false, err
	}
	c.incoming.left = incomingMax
	if r, err = readReply(response); err != nil {
		return r, false, err
	}
	r.surplus = c.reader.Buffered() > 0
	return r, !response.Close && response.ProtoAtLeast(1, 1) && !r.surplus, nil
}

// readHead reads the head of the answer, past a few informational ones. All of them together have
// headerBytesMax.
func (c *connection) readHead() (response *http.Response, err error) {
	c.incoming.left = headerBytesMax
	for range 1 + informationalMax {
		response, err = http.ReadResponse(c.reader, nil)
		if err != nil || response.StatusCode >= http.StatusOK || response.StatusCode == http.StatusSwitchingProtocols {
			return response, err
		}
	}
	return nil, fmt.Errorf("more than %d informational answers", informationalMax)
}

// bounded reads from a connection as many bytes as are left.
type bounded struct {
	from io.Reader
	left int
}

// incomingMax is what may come after the head: a body and what frames its chunks.
const incomingMax = 2*bodyMax + headerBytesMax

var errTooLong = errors.New("the answer is too long")

// Read reads, unless nothing is left.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.from.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// reservation is a connection that waits for one order, so that between the intent and the
// request's first byte nothing is left to wait for.
type reservation struct {
	conn atomic.Pointer[connection]
}

func reserve(conn *connection) *reservation {
	r := &reservation{}
	r.conn.Store(conn)
	return r
}

// take hands the connection out, the first time. Whoever takes it closes or keeps it.
func (r *reservation) take() (*connection, error) {
	if conn := r.conn.Swap(nil); conn != nil {
		return conn, nil
	}
	return nil, errConnectionSpent
}

// Close closes the connection, unless it was taken.
func (r *reservation) Close() error { return r.conn.Swap(nil).Close() }
