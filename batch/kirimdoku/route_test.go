package kirimdoku_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gajian/batch"
	"gajian/batch/kirimdoku"
)

// through chooses one proxy for all.
func through(address string) func(*http.Request) (*url.URL, error) {
	return func(*http.Request) (*url.URL, error) { return url.Parse(address) }
}

// tunnels is a proxy that speaks CONNECT.
type tunnels struct {
	status int // other than 200: refuses with it
	user   string
	made   atomic.Int64
}

func (p *tunnels) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect || r.Header.Get("Authorization") != "" {
		http.Error(w, "only tunnels, and no credentials of others", http.StatusBadRequest)
		return
	}
	if p.user != "" && r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(p.user)) {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if p.status != 0 {
		w.WriteHeader(p.status)
		return
	}
	target, err := net.Dial("tcp", r.Host)
	if err != nil {
		http.Error(w, "no way", http.StatusBadGateway)
		return
	}
	p.made.Add(1)
	conn, _, err := w.(http.Hijacker).Hijack() // before the answer: no byte of the tunnel can be lost here
	if err != nil {
		panic(err)
	}
	io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
	join(conn, target)
}

// join carries bytes both ways until either side ends.
func join(a, b net.Conn) {
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		both.Go(func() {
			io.Copy(way[0], way[1])
			a.Close()
			b.Close()
		})
	}
	both.Wait()
}

func TestATransferGoesThroughTheProxyWhenItIsPrepared(t *testing.T) {
	start := map[string]func(*tunnels) *httptest.Server{
		"http":  func(p *tunnels) *httptest.Server { return httptest.NewServer(p) },
		"https": func(p *tunnels) *httptest.Server { return httptest.NewTLSServer(p) }, // the same certificate as the office's
	}
	for scheme, start := range start {
		t.Run(scheme, func(t *testing.T) {
			p := &tunnels{user: "payroll:" + canary}
			server := start(p)
			defer server.Close()
			d := newDoku(t)
			office, client := newOffice(t, d, "https", &gate{})
			client.ProxyBy(through(strings.Replace(server.URL, "://", "://payroll:"+canary+"@", 1)))
			order := prepare(t, client)
			conn := office.last(t, 2)
			if made, n := p.made.Load(), conn.brought(); made != 1 || n != 0 {
				t.Errorf("prepared with %d tunnels and %d bytes, want 1 and 0", made, n)
			}
			if _, err := client.Transfer(t.Context(), order); err != nil {
				t.Fatal(err)
			}
			if made := p.made.Load(); made != 1 || len(d.seen(transferPath)) != 1 {
				t.Errorf("%d tunnels, %d transfers", made, len(d.seen(transferPath)))
			}
			client.DropIdle()
			prepare(t, client).Discard()
			office.wantAllClosed(t, client, 3)
		})
	}
}

func TestATransferGoesThroughASOCKSProxy(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	d := newDoku(t)
	office, client := newOffice(t, d, "https", &gate{})
	go serveSOCKS(listener, office.Addr().String())
	client.ProxyBy(through("socks5://" + listener.Addr().String()))
	if _, err := client.Transfer(t.Context(), prepare(t, client)); err != nil {
		t.Fatal(err)
	}
	office.wantAllClosed(t, client, 2)
}

// serveSOCKS speaks just enough of SOCKS 5 (RFC 1928) and connects everybody with target.
func serveSOCKS(listener net.Listener, target string) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		io.ReadFull(conn, make([]byte, 3)) // version, one method: none
		conn.Write([]byte{5, 0})
		io.ReadFull(conn, make([]byte, 10)) // connect, IPv4, port
		conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		other, err := net.Dial("tcp", target)
		if err != nil {
			conn.Close()
			continue
		}
		go join(conn, other)
	}
}

// A connection that cannot be opened costs neither a slot nor a doubt.
func TestAPrepareWithoutAConnectionIsNotTakenAndUsesNoSlot(t *testing.T) {
	cases := map[string]func(*testing.T, *kirimdoku.Client){
		"refused": func(_ *testing.T, client *kirimdoku.Client) {
			client.DialWith(func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") })
		},
		"another server's certificate": func(t *testing.T, client *kirimdoku.Client) {
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.Config.ErrorLog = quiet
			server.StartTLS()
			t.Cleanup(server.Close)
			client.TrustNobody()
			client.DialWith(func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
			})
		},
		"no TLS": func(t *testing.T, client *kirimdoku.Client) {
			server := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(server.Close)
			client.DialWith(func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
			})
		},
		"the proxy refuses":      withProxy(&tunnels{status: http.StatusForbidden}),
		"the proxy wants a name": withProxy(&tunnels{user: "somebody:else"}),
		"the proxy finds no way": withProxy(&tunnels{status: http.StatusBadGateway}),
		"an unknown kind of proxy": func(_ *testing.T, client *kirimdoku.Client) {
			client.ProxyBy(through("gopher://payroll:" + canary + "@127.0.0.1:70"))
		},
		"a malformed proxy": func(_ *testing.T, client *kirimdoku.Client) {
			client.ProxyBy(func(*http.Request) (*url.URL, error) { return nil, errors.New("malformed") })
		},
	}
	for name, disturb := range cases {
		t.Run(name, func(t *testing.T) {
			d, g := newDoku(t), &gate{}
			office, client := newOffice(t, d, "https", g)
			disturb(t, client)
			open := client.CountOpen()
			_, err := client.Prepare(t.Context(), sample)
			wantOutcome(t, err, batch.NotTaken, nil)
			if n := open.Load(); n != 0 {
				t.Errorf("%d connections are left open", n)
			}
			g.wants(t, 2, 2, 0)
			office.wantAllClosed(t, client, 1)
		})
	}
}

func withProxy(p *tunnels) func(*testing.T, *kirimdoku.Client) {
	return func(t *testing.T, client *kirimdoku.Client) {
		server := httptest.NewServer(p)
		t.Cleanup(server.Close)
		client.ProxyBy(through(strings.Replace(server.URL, "://", "://payroll:"+canary+"@", 1)))
	}
}
