package kirimdoku

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"gajian/batch"
)

const (
	// connectTimeout bounds the opening of a transfer's connection, everything included. It has
	// to end well within the life that forSlot asks of a token, because a connection may be
	// opened anew while the slot is held.
	connectTimeout = dialTimeout
	// waitingMax is how long an open connection may wait for its slot; an older one is replaced. A
	// server closes idle connections when it likes, and a request written at that moment is lost
	// without a trace. Two seconds are well under every usual keep-alive (Node 5 s, load balancers
	// 60 s) and long enough for a run that calls every few hundred milliseconds.
	waitingMax = 2 * time.Second
)

// connection is a connection opened for one transfer before its intent is recorded, so that
// between the intent and the request's first byte nothing is left to wait for. It carries at
// most one request.
//
// Until then it is watched: whatever comes from a server that has not been asked anything, its
// hanging up above all, makes the connection useless, and is worth knowing while it is certain
// that nothing was sent.
type connection struct {
	conn   net.Conn // TLS over a watchedConn, or the watchedConn itself
	opened time.Time
	spent  atomic.Bool // handed out or closed; who sets it has conn to himself

	watched chan struct{} // closed when the watch is over
	seen    error         // what ended it, nil when the server spoke; set before watched is closed
}

// connect opens a connection for a transfer. It is nil when the configuration brings its own
// transport. A failure uses no slot and sends nothing.
func (c *Client) connect(ctx context.Context) (*connection, *batch.Error) {
	if c.config.Transport != nil {
		return nil, nil
	}
	timeout := min(connectTimeout, c.config.Timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no connection within %v: %w", timeout, context.DeadlineExceeded))
	defer cancel()
	conn, err := c.route.open(ctx, c.base)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, notTaken(transferCall, &scrubbedError{c.scrub(err.Error(), nil), err})
	}
	return watch(conn), nil
}

func watch(conn net.Conn) *connection {
	c := &connection{conn: conn, opened: time.Now(), watched: make(chan struct{})}
	go func() { // ends when the connection is closed or settled
		defer close(c.watched)
		_, c.seen = conn.Read(make([]byte, 1))
	}()
	return c
}

// fresh reports whether c may still be used: it is young and the server has left it alone.
func (c *connection) fresh() bool {
	select {
	case <-c.watched:
		return false
	default:
		return time.Since(c.opened) <= waitingMax
	}
}

// settle ends the watch, so that the request's transport can read. Its error says why no
// request must be written any more. It waits for nobody but the watching goroutine.
func (c *connection) settle() error {
	_ = c.conn.SetReadDeadline(longAgo) // fails when closed, and then the watch has ended
	<-c.watched
	if errors.Is(c.seen, os.ErrDeadlineExceeded) {
		return c.conn.SetReadDeadline(time.Time{})
	}
	if c.seen == nil {
		return errSpokeFirst
	}
	return fmt.Errorf("the connection was closed before it was used: %w", c.seen)
}

var (
	errSpokeFirst      = errors.New("the server spoke before it was asked")
	errConnectionSpent = errors.New("the connection made for this transfer was used or closed before")

	longAgo = time.Unix(1, 0) // a deadline that interrupts what is under way
)

// take hands the connection out, the first time. Who takes it closes it.
func (c *connection) take(context.Context, string, string) (net.Conn, error) {
	if c.spent.Swap(true) {
		return nil, errConnectionSpent
	}
	return c.conn, nil
}

// Close closes the connection, unless it was handed out or closed before.
func (c *connection) Close() error {
	if c == nil || c.spent.Swap(true) {
		return nil
	}
	return c.conn.Close()
}

// transport makes a transport that has this connection and no other: should it ever try to send
// the request again, there is nothing to send it on.
func (c *connection) transport() *http.Transport {
	transport := newTransport()
	transport.DisableKeepAlives = true
	transport.DialContext, transport.DialTLSContext = c.take, c.take
	return transport
}
