package kirimdoku_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
)

// exchangeOffice is a listener that knows its connections: how many came, how many are open, how
// many bytes each brought. Over TLS it shakes hands before it counts.
type exchangeOffice struct {
	net.Listener
	tls *tls.Config

	mu      sync.Mutex
	changed *sync.Cond
	visits  []*visit
}

type visit struct {
	net.Conn
	office *exchangeOffice
	bytes  int // guarded by office.mu, as is closed
	closed bool
}

func (o *exchangeOffice) Accept() (net.Conn, error) {
	conn, err := o.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if o.tls != nil {
		secured := tls.Server(conn, o.tls)
		if secured.Handshake() == nil {
			conn = secured
		}
	}
	v := &visit{Conn: conn, office: o}
	o.change(func() { o.visits = append(o.visits, v) })
	return v, nil
}

func (o *exchangeOffice) change(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f()
	o.changed.Broadcast()
}

// wait waits until met, which is called with the lock held, and fails the test after 5 s.
func (o *exchangeOffice) wait(t *testing.T, what string, met func() bool) {
	t.Helper()
	late := false
	defer time.AfterFunc(5*time.Second, func() { o.change(func() { late = true }) }).Stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for !met() {
		if late {
			t.Fatalf("%s: %d connections came, %d are open", what, len(o.visits), o.open())
		}
		o.changed.Wait()
	}
}

func (o *exchangeOffice) open() (n int) {
	for _, v := range o.visits {
		if !v.closed {
			n++
		}
	}
	return n
}

// wantAllClosed waits until all connections are closed, those for reads by the client's Close;
// came of them there were. Those for reads close by themselves, too, after a while: no test may
// count on them.
func (o *exchangeOffice) wantAllClosed(t *testing.T, client *kirimdoku.Client, came int) {
	t.Helper()
	client.Close()
	o.wait(t, "all closed", func() bool { return len(o.visits) == came && o.open() == 0 })
}

// last is the newest of n connections, once it is there.
func (o *exchangeOffice) last(t *testing.T, n int) *visit {
	t.Helper()
	o.wait(t, "a connection", func() bool { return len(o.visits) == n })
	return o.visits[n-1]
}

func (v *visit) Read(p []byte) (int, error) {
	n, err := v.Conn.Read(p)
	v.office.change(func() { v.bytes += n })
	return n, err
}

func (v *visit) Close() error {
	v.office.change(func() { v.closed = true })
	return v.Conn.Close()
}

func (v *visit) brought() int {
	v.office.mu.Lock()
	defer v.office.mu.Unlock()
	return v.bytes
}

// newOffice has d served by a listener of its own, and makes a client of it that has its token:
// one connection came, and is closed, so that the next call opens one.
func newOffice(t *testing.T, d *doku, scheme string, g batch.Gate) (*exchangeOffice, *kirimdoku.Client) {
	t.Helper()
	lender := httptest.NewTLSServer(nil) // of its certificate
	t.Cleanup(lender.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	office := &exchangeOffice{Listener: listener}
	office.changed = sync.NewCond(&office.mu)
	if scheme == "https" {
		office.tls = &tls.Config{Certificates: lender.TLS.Certificates}
	}
	server := &http.Server{Handler: d, ErrorLog: quiet}
	go server.Serve(office)
	t.Cleanup(func() { server.Close() })

	config := newConfig(scheme+"://"+listener.Addr().String(), g)
	config.Logger = testLogger(t)
	client, err := kirimdoku.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	client.TrustRoots(&tls.Config{RootCAs: lender.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	if err := operate(t.Context(), client, kirimdoku.BalanceCall); err != nil {
		t.Fatal(err)
	}
	client.DropIdle()
	office.wait(t, "token and balance", func() bool { return len(office.visits) == 1 && office.open() == 0 })
	return office, client
}

func prepare(t *testing.T, client *kirimdoku.Client) *batch.Order {
	t.Helper()
	order, err := client.Prepare(t.Context(), sample)
	if err != nil {
		t.Fatal(err)
	}
	return order
}

func TestAfterPrepareOnlyTheRequestIsLeftToBeWritten(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			d, g := newDoku(t), &gate{}
			office, client := newOffice(t, d, scheme, g)
			order := prepare(t, client)
			conn := office.last(t, 2) // over TLS only after the handshake
			if n := conn.brought(); n != 0 {
				t.Errorf("preparing wrote %d bytes", n)
			}
			if _, err := client.Transfer(t.Context(), order); err != nil {
				t.Fatal(err)
			}
			if conn.brought() == 0 || len(d.seen(transferPath)) != 1 {
				t.Errorf("the transfer did not ride on the connection that was made for it")
			}
			office.wantAllClosed(t, client, 2)
			order.Discard()
			g.wants(t, 3, 3, 0)
		})
	}
}

func TestADiscardedOrderClosesItsConnectionUnused(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		d, g := newDoku(t), &gate{}
		office, client := newOffice(t, d, scheme, g)
		order := prepare(t, client)
		conn := office.last(t, 2)
		order.Discard()
		order.Discard()
		office.wantAllClosed(t, client, 2)
		if n := conn.brought(); n != 0 {
			t.Errorf("%s: a discarded order brought %d bytes", scheme, n)
		}
		g.wants(t, 3, 2, 1)
		_, err := client.Transfer(t.Context(), order)
		wantOutcome(t, err, batch.InDoubt, nil)
		if n := len(d.seen(transferPath)); n != 0 {
			t.Errorf("%s: a discarded order was sent", scheme)
		}
	}
}

func TestAConnectionThatEndsBeforeTheTransferIsNotTaken(t *testing.T) {
	cases := map[string]func(*visit){
		"closed": func(v *visit) { v.Close() },
		"reset": func(v *visit) {
			conn := v.Conn
			if secured, ok := conn.(*tls.Conn); ok {
				conn = secured.NetConn()
			}
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		},
		"told the time is up": func(v *visit) {
			io.WriteString(v.Conn, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			v.Close()
		},
		"spoken to": func(v *visit) { io.WriteString(v.Conn, "H") },
	}
	for name, end := range cases {
		for _, scheme := range []string{"http", "https"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				d, g := newDoku(t), &gate{}
				office, client := newOffice(t, d, scheme, g)
				order := prepare(t, client)
				conn := office.last(t, 2)
				end(conn)
				kirimdoku.AwaitFault(order)
				_, err := client.Transfer(t.Context(), order)
				wantOutcome(t, err, batch.NotTaken, nil)
				g.wants(t, 3, 2, 1)
				if n := conn.brought(); n != 0 || len(d.seen(transferPath)) != 0 {
					t.Errorf("%d bytes arrived", n)
				}
				office.wantAllClosed(t, client, 2)
			})
		}
	}
}

// The server hangs up while the request is being written: whoever is first, nothing is sent
// again, and "not taken" is said of nothing that arrived.
func TestAConnectionThatEndsDuringTheTransferIsNeverReplayed(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		outcomes := map[batch.Outcome]int{}
		for range 30 {
			d := newDoku(t)
			d.on(transferPath, hangUp)
			office, client := newOffice(t, d, scheme, &gate{})
			order := prepare(t, client)
			conn := office.last(t, 2)
			go conn.Close()
			_, err := client.Transfer(t.Context(), order)
			outcome := batch.OutcomeOf(err)
			outcomes[outcome]++
			if outcome != batch.InDoubt && outcome != batch.NotTaken {
				t.Fatalf("%s: %v", scheme, err)
			}
			if n := len(d.seen(transferPath)); outcome == batch.NotTaken && (n > 0 || conn.brought() > 0) {
				t.Errorf("%s: not taken, and %d requests (%d bytes) arrived", scheme, n, conn.brought())
			}
			office.last(t, 2)
		}
		t.Log(scheme, outcomes)
	}
}

func TestTheConnectionOfATransferIsHandedOutOnce(t *testing.T) {
	d := newDoku(t)
	office, client := newOffice(t, d, "http", &gate{})
	order := prepare(t, client)
	for i, works := range []bool{true, false} {
		if err := kirimdoku.Take(order); (err == nil) != works {
			t.Errorf("taken for the time number %d: %v", i+1, err)
		}
	}
	_, err := client.Transfer(t.Context(), order)
	wantOutcome(t, err, batch.NotTaken, nil)
	if n := len(d.seen(transferPath)); n != 0 {
		t.Errorf("%d requests arrived without a connection", n)
	}
	office.wantAllClosed(t, client, 2)
}

func TestAnOrderWithoutAConnectionIsNotSent(t *testing.T) {
	d, g := newDoku(t), &gate{}
	office, client := newOffice(t, d, "http", g)
	order := prepare(t, client)
	order.Connection.Close()
	order.Connection = nil
	_, err := client.Transfer(t.Context(), order)
	wantOutcome(t, err, batch.NotTaken, nil)
	g.wants(t, 3, 2, 1)
	office.wantAllClosed(t, client, 2)
}

// slowGate makes the transfer's slot wait.
type slowGate struct {
	gate
	wait func(context.Context) error
}

func (g *slowGate) Acquire(ctx context.Context) (batch.Slot, error) {
	if g.wait != nil && g.acquiredSoFar() == 2 { // after the token's and the balance's
		if err := g.wait(ctx); err != nil {
			return nil, err
		}
	}
	return g.gate.Acquire(ctx)
}

func (g *slowGate) acquiredSoFar() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.acquired
}

// Time is the bubble's own; its end proves, too, that no goroutine outlives an order.
func TestTheConnectionIsReplacedWhenItDoesNotOutlastTheWaitForTheSlot(t *testing.T) {
	cases := []struct {
		name        string
		wait        time.Duration
		hangUp      bool // the server closes the connection meanwhile
		connections int  // one of them for the token and the balance
	}{
		{name: "no wait", connections: 2},
		{name: "a short wait", wait: 2 * time.Second, connections: 2},
		{name: "a long wait", wait: 2*time.Second + 1, connections: 3},
		{name: "a very long wait", wait: 5 * time.Minute, connections: 3},
		{name: "a short wait at whose end the server hangs up", wait: time.Second, hangUp: true, connections: 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				line := &pipes{conns: make(chan net.Conn)}
				g := &slowGate{wait: func(context.Context) error {
					time.Sleep(c.wait)
					if c.hangUp {
						line.last.Close()
						synctest.Wait()
					}
					return nil
				}}
				client := line.newClient(t, g)
				order := prepare(t, client)
				time.Sleep(3 * time.Second) // however long the intent takes: no new connection after it
				if _, err := client.Transfer(t.Context(), order); err != nil {
					t.Fatal(err)
				}
				if line.dials != c.connections {
					t.Errorf("%d connections were opened, want %d", line.dials, c.connections)
				}
				g.wants(t, 3, 3, 0)
			})
		})
	}
}

func TestAContextThatEndsWhileTheConnectionIsReplacedGivesTheSlotBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := &pipes{conns: make(chan net.Conn)}
		ctx, cancel := context.WithCancel(t.Context())
		var client *kirimdoku.Client
		g := &slowGate{wait: func(context.Context) error {
			time.Sleep(time.Minute)
			client.DialWith(blockedUntil(cancel))
			return nil
		}}
		client = line.newClient(t, g)
		_, err := client.Prepare(ctx, sample)
		wantOutcome(t, err, batch.NotTaken, context.Canceled)
		g.wants(t, 3, 2, 1)
	})
}

func TestAConnectionThatDoesNotComeIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line, g := &pipes{conns: make(chan net.Conn)}, &gate{}
		client := line.newClient(t, g)
		client.DialWith(blockedUntil(func() {}))
		started := time.Now()
		_, err := client.Prepare(t.Context(), sample)
		wantOutcome(t, err, batch.NotTaken, context.DeadlineExceeded)
		if took := time.Since(started); took != 5*time.Second { // the timeout of newConfig
			t.Errorf("it took %v", took)
		}
		g.wants(t, 2, 2, 0)
	})
}

// blockedUntil dials for ever, once it has called f.
func blockedUntil(f func()) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		f()
		<-ctx.Done()
		return nil, ctx.Err()
	}
}

// pipes is a listener without a network.
type pipes struct {
	conns chan net.Conn
	close sync.Once
	dials int
	last  net.Conn // the server's end
}

// newClient serves the sample answers and makes a client of them that has its token and no connection.
func (p *pipes) newClient(t *testing.T, g batch.Gate) *kirimdoku.Client {
	d := &doku{t: t, answers: answersOfTheSamples()}
	d.answers[tokenPath] = d.giveToken
	server := &http.Server{Handler: d}
	go server.Serve(p)
	t.Cleanup(func() { server.Close() })
	client, err := kirimdoku.New(newConfig("http://127.0.0.1:1", g))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	client.DialWith(p.dial)
	if err := operate(t.Context(), client, kirimdoku.BalanceCall); err != nil {
		t.Fatal(err)
	}
	client.DropIdle()
	return client
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	p.dials++
	client, server := net.Pipe()
	p.last = server
	select {
	case p.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	conn, ok := <-p.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p *pipes) Close() error {
	p.close.Do(func() { close(p.conns) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// Every phase in which a context can end.
func TestAContextThatEndsLeaksNoConnection(t *testing.T) {
	silent := silentListener(t)
	cases := []struct {
		name     string
		disturb  func(*kirimdoku.Client, *slowGate, context.CancelFunc) // before Prepare
		prepared bool                                                   // Prepare works, and the context ends after it
		came     int                                                    // connections to the provider, the one for reads included
		released int
	}{
		{name: "while dialling", came: 1, disturb: func(client *kirimdoku.Client, _ *slowGate, cancel context.CancelFunc) {
			client.DialWith(blockedUntil(cancel))
		}},
		{name: "while shaking hands", came: 1, disturb: func(client *kirimdoku.Client, _ *slowGate, cancel context.CancelFunc) {
			client.DialWith(func(ctx context.Context, network, _ string) (net.Conn, error) {
				time.AfterFunc(10*time.Millisecond, cancel)
				return (&net.Dialer{}).DialContext(ctx, network, silent.Addr().String())
			})
		}},
		{name: "while the proxy is silent", came: 1, disturb: func(client *kirimdoku.Client, _ *slowGate, cancel context.CancelFunc) {
			client.ProxyBy(through("http://" + silent.Addr().String()))
			client.DialWith(func(ctx context.Context, network, address string) (net.Conn, error) {
				time.AfterFunc(10*time.Millisecond, cancel)
				return (&net.Dialer{}).DialContext(ctx, network, address)
			})
		}},
		{name: "at the gate", came: 2, disturb: func(_ *kirimdoku.Client, g *slowGate, cancel context.CancelFunc) {
			g.wait = func(ctx context.Context) error { cancel(); <-ctx.Done(); return ctx.Err() }
		}},
		{name: "before the transfer", came: 2, prepared: true, released: 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d, g := newDoku(t), &slowGate{}
			office, client := newOffice(t, d, "https", g)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.disturb != nil {
				c.disturb(client, g, cancel)
			}
			order, err := client.Prepare(ctx, sample)
			if c.prepared {
				if err != nil {
					t.Fatal(err)
				}
				cancel()
				_, err = client.Transfer(ctx, order)
			}
			wantOutcome(t, err, batch.NotTaken, context.Canceled)
			g.wants(t, 2+c.released, 2, c.released)
			office.wantAllClosed(t, client, c.came)
			if n := len(d.seen(transferPath)); n != 0 {
				t.Errorf("%d transfers were sent", n)
			}
		})
	}
}

// silentListener takes connections and never says a word. Each has to be closed by the other side.
func silentListener(t *testing.T) net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(5 * time.Second))
				if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error("a connection was never closed")
				}
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		open.Wait()
	})
	return listener
}

// The caller's note of the departure comes after everything else and before the first byte.
func TestTheDepartureIsToldImmediatelyBeforeTheFirstByte(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			d, g := newDoku(t), &gate{}
			office, client := newOffice(t, d, scheme, g)
			order := prepare(t, client)
			conn := office.last(t, 2)
			told := 0
			order.Leaving = func() error {
				told++
				if n := conn.brought(); n != 0 {
					t.Errorf("%d bytes had left already", n)
				}
				return nil
			}
			if _, err := client.Transfer(t.Context(), order); err != nil {
				t.Fatal(err)
			}
			if told != 1 || conn.brought() == 0 {
				t.Errorf("told %d times, %d bytes", told, conn.brought())
			}
		})
	}
}

func TestADepartureThatCannotBeNotedDoesNotHappen(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			d, g := newDoku(t), &gate{}
			office, client := newOffice(t, d, scheme, g)
			order := prepare(t, client)
			conn := office.last(t, 2)
			full := errors.New("no room on the disk")
			order.Leaving = func() error { return full }
			_, err := client.Transfer(t.Context(), order)
			if batch.OutcomeOf(err) != batch.NotTaken || !errors.Is(err, full) {
				t.Errorf("got %v, %v", batch.OutcomeOf(err), err)
			}
			if n := len(d.seen(transferPath)); n != 0 {
				t.Errorf("%d transfers arrived", n)
			}
			if scheme == "http" && conn.brought() != 0 { // over TLS the farewell may be written
				t.Errorf("%d bytes left", conn.brought())
			}
		})
	}
}
