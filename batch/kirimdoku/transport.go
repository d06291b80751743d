package kirimdoku

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"gajian/batch"
)

// headerBytesMax bounds the headers of an answer; DOKU's are under 1 KiB.
const headerBytesMax = 64 << 10

// unsentError says that it is certain that no byte of the request left.
type unsentError struct{ err error }

func (e *unsentError) Error() string { return "nothing was sent: " + e.err.Error() }
func (e *unsentError) Unwrap() error { return e.err }

// admit gets a connection for m and uses slot, in this order: a slow handshake would otherwise let
// calls reach the provider in a bunch although they were admitted evenly. Its error is an unsentError,
// and slot is released then. The connection is nil when the configuration brings its own transport.
func (c *Client) admit(ctx context.Context, m *message, slot batch.Slot) (*connection, error) {
	conn, err := c.connectionFor(ctx, m)
	if err != nil {
		slot.Release()
		return nil, &unsentError{err}
	}
	if err := c.use(ctx, slot); err != nil {
		c.pool.put(conn)
		return nil, &unsentError{err}
	}
	return conn, nil
}

// send sends m, whose way began at begun, once, and reads the reply. Its error is an
// unsentError when it is certain that nothing left; after any other the request may have been
// processed. The wait for the slot may have been long, so the connection is looked at again after it,
// and the request is signed then.
func (c *Client) send(ctx context.Context, m *message, conn *connection, slot batch.Slot, begun time.Time) (r reply, err error) {
	if err := c.sign(m); err != nil {
		c.pool.put(conn)
		return reply{}, &unsentError{err}
	}
	leaving := func() error { return nil }
	if m.op == transferCall {
		leaving = whileFresh(begun, c.config.Timeout, m.leaving)
	}
	if c.config.Transport != nil {
		return c.sendBy(ctx, c.config.Transport, m, leaving)
	}
	if conn, err = c.pool.still(conn, m.op); err != nil {
		return reply{}, &unsentError{err}
	}
	if conn.request, err = c.appendRequest(conn.request[:0], m); err != nil {
		c.pool.put(conn)
		return reply{}, &unsentError{err}
	}
	conn.line.depart(leaving)
	kept := conn.calls > 0
	r, err = conn.exchange(ctx, c.config.Timeout, slot.Left)
	if r.surplus || kept && r.status == 0 && hungUp(err) {
		c.pool.distrust(r.surplus)
	}
	return r, err
}

// hungUp reports whether err is that the other side ended the connection.
func hungUp(err error) bool {
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

// connectionFor gives m a connection that may be used: the one that was reserved for it, or an idle
// or a new one. It is nil when the configuration brings its own transport.
func (c *Client) connectionFor(ctx context.Context, m *message) (*connection, error) {
	switch {
	case c.config.Transport != nil:
		return nil, nil
	case m.connection != nil:
		return m.connection, nil
	}
	if conn := c.pool.take(m.op); conn != nil {
		return conn, nil
	}
	return c.connect(ctx)
}

// use uses slot, for which it waits as long as for an answer and no longer: until then some call
// must have ended and made room, unless more are waiting than the provider can ever answer in
// time. A transfer that has waited longer is made ready anew; its session and token have aged.
func (c *Client) use(ctx context.Context, slot batch.Slot) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.config.Timeout, c.late)
	defer cancel()
	err := slot.Use(ctx)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// sendBy sends m by somebody else's transport, which tells nothing of its connections.
//
// A RoundTripper follows no redirect. It would repeat a request by itself only if it were
// idempotent or its body could be had again; ours are POSTs without GetBody.
func (c *Client) sendBy(ctx context.Context, transport http.RoundTripper, m *message, leaving func() error) (reply, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.config.Timeout,
		fmt.Errorf("no full answer within %v: %w", c.config.Timeout, context.DeadlineExceeded))
	defer cancel()
	if err := leaving(); err != nil {
		return reply{}, &unsentError{err}
	}
	response, err := transport.RoundTrip(c.request(ctx, m))
	if err != nil && failedToDial(err) {
		return reply{}, &unsentError{err}
	}
	if err != nil {
		return reply{}, fmt.Errorf("no answer came: %w", err)
	}
	defer response.Body.Close()
	return readReply(response)
}

// failedToDial reports whether package net says that there was no connection at all. Of
// somebody else's transport it is the only proof that nothing left.
func failedToDial(err error) bool {
	var failure *net.OpError
	return errors.As(err, &failure) && failure.Op == "dial"
}

// request is m for somebody else's transport.
func (c *Client) request(ctx context.Context, m *message) *http.Request {
	url := *c.base
	url.Path = c.pathOf(m.op)
	header := http.Header{}
	for _, field := range append(m.header, c.fields...) {
		header.Set(field.name, field.value)
	}
	request := &http.Request{
		Method: http.MethodPost, URL: &url, Host: url.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(m.body)), ContentLength: int64(len(m.body)),
	}
	return request.WithContext(ctx)
}

// pathOf is the path that is sent and signed.
func (c *Client) pathOf(op operation) string {
	if op == tokenCall {
		return op.path()
	}
	return c.config.PathPrefix + op.path()
}
