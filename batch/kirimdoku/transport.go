package kirimdoku

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"

	"gajian/batch"
)

// headerBytesMax bounds the headers of an answer; DOKU's are under 1 KiB.
const headerBytesMax = 64 << 10

// newTransport makes a transport without connections: HTTP/1.1, small headers.
//
// A RoundTripper alone follows no redirect. It would repeat a request by itself only if it were
// idempotent or its body could be had again; ours are POSTs without GetBody.
func newTransport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{MaxResponseHeaderBytes: headerBytesMax, DisableCompression: true, Protocols: &protocols}
}

// newReadTransport makes the transport of calls that move no money. Like a transfer, which has a
// transport of its own besides (connection.go), each of them has a connection of its own, for the
// price of a handshake: none is lost to a server that closes an idle connection at the wrong
// moment, and none can be given the second answer to somebody else's question. Such an answer on
// an idle connection is more than useless: net/http writes what it says, access tokens, account
// numbers and all, to the standard log.
func newReadTransport(route *route) *http.Transport {
	transport := newTransport()
	transport.Proxy = route.proxy
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := route.dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &watchedConn{Conn: conn}, nil
	}
	transport.TLSClientConfig = route.tls
	transport.TLSHandshakeTimeout = dialTimeout
	transport.DisableKeepAlives = true
	return transport
}

// unsentError says that it is certain that no byte of the request left.
type unsentError struct{ err error }

func (e *unsentError) Error() string { return "nothing was sent: " + e.err.Error() }
func (e *unsentError) Unwrap() error { return e.err }

// exchange sends m, once, and reads the reply, all within the timeout. It uses or releases
// slot. Its error is an unsentError when it is certain that nothing left; after any other the
// request may have been processed.
func (c *Client) exchange(ctx context.Context, m message, slot batch.Slot) (reply, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.config.Timeout,
		fmt.Errorf("no full answer within %v: %w", c.config.Timeout, context.DeadlineExceeded))
	defer cancel()
	if err := m.armLeaving(); err != nil {
		slot.Release()
		return reply{}, &unsentError{err}
	}
	departure := &departure{slot: slot}
	request := c.request(ctx, m, departure)
	transport := c.transport(m)
	if c.config.Transport != nil {
		departure.leave(nil) // somebody else's transport tells nothing of its connections
	}
	response, err := transport.RoundTrip(request)
	if !departure.used && err != nil {
		slot.Release()
		return reply{}, &unsentError{err}
	}
	if err != nil {
		if !departure.left() || c.config.Transport != nil && failedToDial(err) {
			return reply{}, &unsentError{err}
		}
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

func (c *Client) request(ctx context.Context, m message, d *departure) *http.Request {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { d.leave(info.Conn) },
	})
	url := *c.base
	url.Path = c.pathOf(m.op)
	m.header.Set("Content-Type", "application/json")
	m.header.Set("Accept", "application/json")
	m.header.Set("User-Agent", c.config.UserAgent)
	request := &http.Request{
		Method: http.MethodPost, URL: &url, Host: url.Host, Header: m.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(m.body)), ContentLength: int64(len(m.body)),
	}
	return request.WithContext(ctx)
}

func (c *Client) transport(m message) http.RoundTripper {
	switch {
	case c.config.Transport != nil:
		return c.config.Transport
	case m.connection != nil:
		return m.connection.transport()
	}
	return c.reads
}

// pathOf is the path that is sent and signed.
func (c *Client) pathOf(op operation) string {
	if op == tokenCall {
		return op.path()
	}
	return c.config.PathPrefix + op.path()
}
