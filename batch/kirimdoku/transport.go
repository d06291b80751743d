package kirimdoku

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"gajian/batch"
)

// Bounds of the transport.
const (
	dialTimeout    = 10 * time.Second // as long as a SYN and two of its repeats take
	headerBytesMax = 64 << 10         // DOKU's are under 1 KiB
	// A server closes idle connections when it likes, and a request written at that moment is
	// lost without a trace. Two seconds are well under every usual keep-alive (Node 5 s, load
	// balancers 60 s) and long enough for a run that calls every few hundred milliseconds.
	idleTimeout = 2 * time.Second
)

// newTransport makes the transport of calls that move no money: HTTP/1.1, connections kept for a
// short while. The proxy of the environment (HTTPS_PROXY, NO_PROXY) is honoured, except for
// this machine itself, which ProxyFromEnvironment never proxies.
//
// A RoundTripper alone follows no redirect. It would repeat a request by itself only if it were
// idempotent or its body could be had again; ours are POSTs without GetBody.
func newTransport(concurrency int) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &watchedConn{Conn: conn}, nil
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		MaxIdleConnsPerHost:    concurrency,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: headerBytesMax,
		DisableCompression:     true,
		Protocols:              &protocols,
	}
}

// newTransferTransport makes the transport of transfers: each rides on a connection of its own.
// So none is lost to a server that closes an idle connection at the wrong moment, and none can
// be given the late answer to somebody else's question. It costs a handshake per transfer.
func newTransferTransport() *http.Transport {
	transport := newTransport(0)
	transport.DisableKeepAlives = true
	return transport
}

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
		d.slot.Use()
	}
}

// left reports whether a byte of the request may have left. After it, none can any more.
func (d *departure) left() bool {
	return d.used && (d.conn == nil || d.conn.seal())
}

// unsentError says that it is certain that no byte of the request left.
type unsentError struct{ err error }

func (e *unsentError) Error() string { return "nothing was sent: " + e.err.Error() }
func (e *unsentError) Unwrap() error { return e.err }

// exchange sends one request and reads the reply, all within the timeout. It uses or releases
// slot. Its error is an unsentError when it is certain that nothing left; after any other the
// request may have been processed.
func (c *Client) exchange(ctx context.Context, op operation, header http.Header, body []byte, slot batch.Slot) (reply, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.config.Timeout,
		fmt.Errorf("no full answer within %v: %w", c.config.Timeout, context.DeadlineExceeded))
	defer cancel()
	departure := &departure{slot: slot}
	request := c.request(ctx, op, header, body, departure)
	transport := c.transport(op)
	if c.config.Transport != nil {
		departure.leave(nil) // somebody else's transport tells nothing of its connections
	}
	response, err := transport.RoundTrip(request)
	if !departure.used && err != nil {
		slot.Release()
		return reply{}, &unsentError{err}
	}
	if err != nil {
		if !departure.left() {
			return reply{}, &unsentError{err}
		}
		return reply{}, err
	}
	defer response.Body.Close()
	return readReply(response)
}

func (c *Client) request(ctx context.Context, op operation, header http.Header, body []byte, d *departure) *http.Request {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { d.leave(info.Conn) },
	})
	url := *c.base
	url.Path = c.pathOf(op)
	header.Set("Content-Type", "application/json")
	header.Set("Accept", "application/json")
	header.Set("User-Agent", c.config.UserAgent)
	request := &http.Request{
		Method: http.MethodPost, URL: &url, Host: url.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	return request.WithContext(ctx)
}

func (c *Client) transport(op operation) http.RoundTripper {
	switch {
	case c.config.Transport != nil:
		return c.config.Transport
	case op == transferCall:
		return c.transfers
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

// watchedConn counts what a request writes to its connection, and can be sealed against more.
// With TLS it lies under the tls.Conn, whose handshake is over when begin is called.
type watchedConn struct {
	net.Conn

	mu      sync.Mutex
	written int  // bytes since begin
	writing int  // writes under way, whose bytes are not counted yet
	sealed  bool // nothing more is written
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
	c.mu.Unlock()

	n, err := c.Conn.Write(p)

	c.mu.Lock()
	c.writing--
	c.written += n
	c.mu.Unlock()
	return n, err
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
