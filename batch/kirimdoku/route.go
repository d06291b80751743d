package kirimdoku

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/proxy"
)

// dialTimeout bounds a dial and a TLS handshake: a SYN and two of its repeats take 7 s.
const dialTimeout = 10 * time.Second

// route is how Kirim DOKU is reached. The proxy of the environment (HTTPS_PROXY, NO_PROXY) is
// honoured, except for this machine itself, which ProxyFromEnvironment never proxies.
type route struct {
	dial  dialFunc
	proxy func(*http.Request) (*url.URL, error)
	tls   *tls.Config
}

func newRoute() *route {
	return &route{
		dial:  (&net.Dialer{Timeout: dialTimeout}).DialContext,
		proxy: http.ProxyFromEnvironment,
		// A request fits into one record; crypto/tls would begin with records of one packet each.
		tls: &tls.Config{MinVersion: tls.VersionTLS12, DynamicRecordSizingDisabled: true},
	}
}

// open opens a connection on which a request to base can be written at once.
func (r *route) open(ctx context.Context, base *url.URL) (net.Conn, error) {
	conn, err := r.reach(ctx, base)
	if err != nil {
		return nil, err
	}
	conn = watch(conn)
	if base.Scheme != "https" {
		return conn, nil
	}
	return r.secure(ctx, conn, base.Hostname())
}

// secure shakes hands as TLS demands. It closes conn when that fails.
func (r *route) secure(ctx context.Context, conn net.Conn, host string) (net.Conn, error) {
	config := r.tls.Clone()
	config.ServerName = host
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secured, nil
}

// reach connects to base's host, through the proxy if there is one. Plain http goes to this
// machine only, so it never does.
func (r *route) reach(ctx context.Context, base *url.URL) (net.Conn, error) {
	if base.Scheme != "https" {
		return r.dial(ctx, "tcp", addressOf(base))
	}
	through, err := r.proxy(&http.Request{URL: base})
	if err != nil {
		return nil, fmt.Errorf("the proxy's address: %w", err)
	}
	if through == nil {
		return r.dial(ctx, "tcp", addressOf(base))
	}
	conn, err := r.reachThrough(ctx, through, addressOf(base))
	if err != nil {
		return nil, fmt.Errorf("the proxy %s: %w", through.Host, err)
	}
	return conn, nil
}

func (r *route) reachThrough(ctx context.Context, through *url.URL, target string) (net.Conn, error) {
	if through.Scheme == "http" || through.Scheme == "https" {
		return r.tunnel(ctx, through, target)
	}
	socks, err := proxy.FromURL(through, r.dial) // SOCKS 5; refuses any other scheme
	if err != nil {
		return nil, err
	}
	return socks.(proxy.ContextDialer).DialContext(ctx, "tcp", target)
}

// tunnel has an HTTP proxy make a connection.
func (r *route) tunnel(ctx context.Context, through *url.URL, target string) (net.Conn, error) {
	conn, err := r.dial(ctx, "tcp", addressOf(through))
	if err == nil && through.Scheme == "https" {
		conn, err = r.secure(ctx, conn, through.Hostname())
	}
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(longAgo) })
	err = askForTunnel(conn, through.User, target)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// askForTunnel speaks CONNECT. What the reader may have read too much is nothing: in TLS the
// client speaks first.
func askForTunnel(conn net.Conn, user *url.Userinfo, target string) error {
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: target}, Host: target, Header: http.Header{}}
	if user != nil {
		password, _ := user.Password()
		request.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := request.Write(conn); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, headerBytesMax)), request)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers CONNECT with HTTP %d", response.StatusCode)
	}
	return nil
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

func addressOf(u *url.URL) string {
	port := u.Port()
	setDefault(&port, defaultPorts[u.Scheme])
	return net.JoinHostPort(u.Hostname(), port)
}

// dialFunc is a dialer as package proxy knows it.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// DialContext dials.
func (f dialFunc) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return f(ctx, network, address)
}

// Dial dials, for ever if need be; package proxy asks for it and prefers DialContext.
func (f dialFunc) Dial(network, address string) (net.Conn, error) {
	return f(context.Background(), network, address)
}
