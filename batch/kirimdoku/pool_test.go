package kirimdoku_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
)

// office answers requests byte by byte as a test wants it, and knows which came on which connection.
type office struct {
	listener net.Listener
	answer   func(o *office, conn net.Conn, request *http.Request) // of all but token calls

	mu       sync.Mutex
	cameOn   []int // of each request but the token's: the number of its connection
	conns    []net.Conn
	finished sync.WaitGroup
}

// full is an answer with a declared length.
func full(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

var sampleOf = map[string]string{balancePath: sampleBalance, inquiryPath: sampleInquiry, transferPath: sampleTransfer, statusPath: sampleStatus}

// honest answers as it should.
func honest(_ *office, conn net.Conn, request *http.Request) {
	io.WriteString(conn, full(sampleOf[request.URL.Path]))
}

func openOffice(t *testing.T, scheme string, answer func(*office, net.Conn, *http.Request)) *office {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if scheme == "https" {
		listener = tls.NewListener(listener, &tls.Config{Certificates: lender().TLS.Certificates})
	}
	o := &office{listener: listener, answer: answer}
	o.finished.Go(o.serve)
	t.Cleanup(func() {
		listener.Close()
		o.mu.Lock()
		for _, conn := range o.conns {
			conn.Close()
		}
		o.mu.Unlock()
		o.finished.Wait()
	})
	return o
}

// lender lends its certificate.
var lender = sync.OnceValue(func() *httptest.Server { return httptest.NewTLSServer(nil) })

func (o *office) serve() {
	for n := 0; ; n++ {
		conn, err := o.listener.Accept()
		if err != nil {
			return
		}
		o.mu.Lock()
		o.conns = append(o.conns, conn)
		o.mu.Unlock()
		o.finished.Go(func() { o.attend(conn, n) })
	}
}

func (o *office) attend(conn net.Conn, n int) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		io.Copy(io.Discard, request.Body)
		if request.URL.Path == tokenPath {
			io.WriteString(conn, full(`{"responseCode":"2007300","accessToken":"`+tokenNumber(1)+`"}`))
			continue
		}
		o.mu.Lock()
		o.cameOn = append(o.cameOn, n)
		o.mu.Unlock()
		o.answer(o, conn, request)
	}
}

// client makes a client of o and gives what it logs.
func (o *office) client(t *testing.T, scheme string, g batch.Gate, change ...func(*kirimdoku.Config)) (*kirimdoku.Client, *lockedBuffer) {
	t.Helper()
	log := &lockedBuffer{}
	t.Cleanup(func() { wantClean(t, "the log", log.String()) })
	config := newConfig(scheme+"://"+o.listener.Addr().String(), g)
	config.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, change := range change {
		change(&config)
	}
	client, err := kirimdoku.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	client.TrustRoots(lender().Client().Transport.(*http.Transport).TLSClientConfig)
	return client, log
}

// wantConnections compares the connections that requests came on.
func (o *office) wantConnections(t *testing.T, want ...int) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if fmt.Sprint(o.cameOn) != fmt.Sprint(want) {
		t.Errorf("the requests came on the connections %v, want %v", o.cameOn, want)
	}
}

// came is how many requests came, and opened on how many connections.
func (o *office) came() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.cameOn)
}

func (o *office) opened() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.conns)
}

func (o *office) connection(n int) net.Conn {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.conns[n]
}

var schemes = []string{"http", "https"}

func mustOperate(t *testing.T, client *kirimdoku.Client, op kirimdoku.Operation) {
	t.Helper()
	if err := operate(t.Context(), client, op); err != nil {
		t.Fatalf("%s: %v", op.Name(), err)
	}
}

func TestAConnectionIsKeptOnlyAfterAnOrderlyAnswer(t *testing.T) {
	body := sampleBalance
	cases := []struct {
		name, answer string
		ends         bool // the server ends the connection after it, as it has said
		kept         bool
	}{
		{name: "a declared length", answer: full(body), kept: true},
		{name: "chunks", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body), kept: true},
		{name: "chunks with a trailer", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\nX-Sum: 1\r\n\r\n", len(body), body), kept: true},
		{name: "a hint before it", answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + full(body), kept: true},
		{name: "five hints before it", answer: strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 5) + full(body), kept: true},
		{name: "no length", answer: "HTTP/1.1 200 OK\r\n\r\n" + body, ends: true},
		{name: "a farewell", answer: strings.Replace(full(body), "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)},
		{name: "HTTP/1.0", answer: strings.Replace(full(body), "HTTP/1.1", "HTTP/1.0", 1), ends: true},
		{name: "HTTP/1.0 that promises to stay", answer: strings.Replace(strings.Replace(full(body), "HTTP/1.1", "HTTP/1.0", 1), "\r\n\r\n", "\r\nConnection: keep-alive\r\n\r\n", 1)},
		{name: "a line more", answer: full(body) + "\r\n"},
		{name: "another answer", answer: full(body) + full(body)},
	}
	for _, c := range cases {
		for _, scheme := range schemes {
			t.Run(c.name+" "+scheme, func(t *testing.T) {
				o := openOffice(t, scheme, func(_ *office, conn net.Conn, _ *http.Request) {
					io.WriteString(conn, c.answer)
					if c.ends {
						conn.Close()
					}
				})
				client, _ := o.client(t, scheme, &gate{})
				mustOperate(t, client, kirimdoku.BalanceCall)
				mustOperate(t, client, kirimdoku.BalanceCall)
				if c.kept {
					o.wantConnections(t, 0, 0)
				} else {
					o.wantConnections(t, 0, 1)
				}
			})
		}
	}
}

// An answer whose end did not come, or that is not one, is no answer, and its connection ends.
func TestADisorderlyAnswerIsInDoubt(t *testing.T) {
	body := sampleStatus
	for name, answer := range map[string]string{
		"half a body":              full(body)[:len(full(body))-10],
		"half a chunk":             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s", len(body), body[:20]),
		"chunks without their end": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n", len(body), body),
		"half a head":              "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n",
		"two lengths":              strings.Replace(full(body), "Content-Length", "Content-Length: 1\r\nContent-Length", 1),
		"a negative length":        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + body,
		"six hints":                strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 6) + full(body),
		"hints with much to say":   strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: "+strings.Repeat("x", 20_000)+"\r\n\r\n", 4) + full(body),
		"another protocol":         "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n" + full(body),
		"a head without end":       "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Filler: "+strings.Repeat("x", 1000)+"\r\n", 1000),
		"not HTTP":                 "220 mail.example ESMTP\r\n",
	} {
		for _, scheme := range schemes {
			t.Run(name+" "+scheme, func(t *testing.T) {
				o := openOffice(t, scheme, func(_ *office, conn net.Conn, _ *http.Request) {
					io.WriteString(conn, answer)
					conn.Close()
				})
				g := &gate{}
				client, _ := o.client(t, scheme, g)
				for _, op := range []kirimdoku.Operation{kirimdoku.StatusCall, kirimdoku.TransferCall} {
					wantOutcome(t, operate(t.Context(), client, op), batch.InDoubt, nil)
				}
				if o.came() != 2 {
					t.Errorf("%d requests, want one for each call", o.came())
				}
				g.wants(t, 3, 3, 0)
			})
		}
	}
}

// What comes on a connection between two calls is not read as an answer to the second, wherever it
// waits: in the socket, or, over TLS, in a record that was read together with the answer.
func TestASecondAnswerBetweenTwoCallsIsNotUsed(t *testing.T) {
	other := strings.Replace(full(sampleStatus), `"latestTransactionStatus":"00"`, `"latestTransactionStatus":"06"`, 1)
	for _, scheme := range schemes {
		for _, delay := range []time.Duration{0, 5 * time.Millisecond} {
			t.Run(fmt.Sprint(scheme, delay), func(t *testing.T) {
				said := make(chan struct{}, 1)
				o := openOffice(t, scheme, func(o *office, conn net.Conn, r *http.Request) {
					honest(o, conn, r)
					if o.came() > 1 {
						return
					}
					time.Sleep(delay)
					io.WriteString(conn, other) // TLS: a record of its own
					said <- struct{}{}
				})
				g := &gate{}
				client, log := o.client(t, scheme, g)
				mustOperate(t, client, kirimdoku.StatusCall)
				<-said
				for range 2 {
					standing, err := client.Status(t.Context(), sampleQuery)
					if err != nil || standing.Phase != batch.PhasePaid {
						t.Errorf("%+v, %v: the answer to another question", standing, err)
					}
				}
				o.wantConnections(t, 0, 1, 2) // and none is kept for a while
				if text := log.String(); !strings.Contains(text, "level=WARN") || strings.Contains(text, "latestTransactionStatus") {
					t.Errorf("the log says: %s", text)
				}
				g.wants(t, 4, 4, 0)
			})
		}
	}
}

// A transfer that was refused, and is refused again a moment later, must not have the next one
// refused: its connection carries nothing any more.
func TestTheConnectionOfATransferThatWasNotAcceptedIsNotKept(t *testing.T) {
	for _, scheme := range schemes {
		o := openOffice(t, scheme, func(_ *office, conn net.Conn, r *http.Request) {
			body := `{"responseCode":"4034314","responseMessage":"Insufficient Funds"}`
			io.WriteString(conn, fmt.Sprintf("HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
		})
		client, _ := o.client(t, scheme, &gate{})
		open := client.CountOpen()
		_, err := send(t, client)
		wantOutcome(t, err, batch.Stop, batch.ErrInsufficientFunds)
		o.wantConnections(t, 1) // the token's had not rested
		if n := open.Load(); n != 1 {
			t.Errorf("%s: %d connections are open, want the token's alone", scheme, n)
		}
	}
}

// kept gives an order that has a connection that has carried a call.
func kept(t *testing.T, client *kirimdoku.Client, o *office) *batch.Order {
	t.Helper()
	mustOperate(t, client, kirimdoku.BalanceCall)
	time.Sleep(20 * time.Millisecond) // a real connection has to rest
	order := prepare(t, client)
	if n := o.opened(); n != 1 {
		t.Fatalf("%d connections came, want one for all", n)
	}
	return order
}

func TestAnOrderOnAKeptConnectionThatEndedIsNotTaken(t *testing.T) {
	for name, end := range map[string]func(net.Conn){
		"closed":    func(conn net.Conn) { conn.Close() },
		"spoken to": func(conn net.Conn) { io.WriteString(conn, full(sampleTransfer)) },
		"told the time is up": func(conn net.Conn) {
			io.WriteString(conn, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			conn.Close()
		},
	} {
		for _, scheme := range schemes {
			t.Run(name+" "+scheme, func(t *testing.T) {
				o, g := openOffice(t, scheme, honest), &gate{}
				client, _ := o.client(t, scheme, g)
				order := kept(t, client, o)
				end(o.connection(0))
				kirimdoku.AwaitFault(order)
				_, err := client.Transfer(t.Context(), order)
				wantOutcome(t, err, batch.NotTaken, nil)
				g.wants(t, 3, 2, 1)
				if o.came() != 1 {
					t.Errorf("%d requests: a transfer arrived", o.came())
				}
			})
		}
	}
}

// A call that waited for its slot for longer than connections are good for takes one that another call
// has just left behind.
func TestACallThatWaitedLongTakesAYoungerConnection(t *testing.T) {
	for _, op := range bearerCalls {
		for _, ended := range []bool{true, false} {
			g := &gate{}
			inBubble(t, g, func(t *testing.T, line *pipes, client *kirimdoku.Client) {
				g.wait = func(context.Context) error {
					g.wait = nil // the next call does not wait
					first := line.last
					time.Sleep(3 * time.Second)
					mustOperate(t, client, kirimdoku.BalanceCall)
					time.Sleep(20 * time.Millisecond)
					if ended {
						first.Close()
						synctest.Wait()
					}
					return nil
				}
				mustOperate(t, client, op)
				g.wants(t, 4, 4, 0)
				if line.dials != 2 {
					t.Errorf("%s: %d connections, want 2", op.Name(), line.dials)
				}
			})
		}
	}
}

// The server hangs up after the last look at the connection, while the departure is noted. Nothing is
// sent again, and what may have arrived is in doubt.
func TestAKeptConnectionThatEndsAfterTheLastLook(t *testing.T) {
	for _, scheme := range schemes {
		o, g := openOffice(t, scheme, honest), &gate{}
		client, _ := o.client(t, scheme, g)
		order := kept(t, client, o)
		order.Leaving = func() error {
			o.connection(0).Close()
			return nil
		}
		_, err := client.Transfer(t.Context(), order)
		if outcome := batch.OutcomeOf(err); err == nil || outcome != batch.InDoubt && outcome != batch.NotTaken {
			t.Errorf("%s: %v, %v", scheme, outcome, err)
		}
		g.wants(t, 3, 3, 0)
		if o.came() != 1 || o.opened() != 1 {
			t.Errorf("%s: %d requests on %d connections: the transfer was sent again", scheme, o.came(), o.opened())
		}
	}
}

// A question on a kept connection whose end meets it on the way is not asked again inside.
func TestAQuestionIsNotRepeatedWhenItsKeptConnectionEnds(t *testing.T) {
	for _, scheme := range schemes {
		o, g := openOffice(t, scheme, func(o *office, conn net.Conn, r *http.Request) {
			if o.came() == 2 {
				conn.Close()
				return
			}
			honest(o, conn, r)
		}), &gate{}
		client, _ := o.client(t, scheme, g)
		mustOperate(t, client, kirimdoku.StatusCall)
		wantOutcome(t, operate(t.Context(), client, kirimdoku.StatusCall), batch.InDoubt, nil)
		mustOperate(t, client, kirimdoku.StatusCall)
		mustOperate(t, client, kirimdoku.StatusCall)
		o.wantConnections(t, 0, 0, 1, 2) // the provider is not trusted with kept ones for a while
		g.wants(t, 5, 5, 0)
	}
}

func TestAsManyConnectionsAreKeptAsAreOfUse(t *testing.T) {
	var together sync.WaitGroup // all calls are under way at a time
	together.Add(20)
	o := openOffice(t, "http", func(o *office, conn net.Conn, r *http.Request) {
		together.Done()
		together.Wait()
		honest(o, conn, r)
	})
	client, _ := o.client(t, "http", &gate{}, func(c *kirimdoku.Config) { c.Concurrency = 2 })
	open := client.CountOpen()
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() { mustOperate(t, client, kirimdoku.StatusCall) })
	}
	calls.Wait()
	if n := open.Load(); n != 8 {
		t.Errorf("%d connections are kept, want 8: four for each of two calls at a time", n)
	}
	client.Close()
	if n := open.Load(); n != 0 {
		t.Errorf("%d connections are open after Close", n)
	}
	together.Add(1)
	mustOperate(t, client, kirimdoku.StatusCall)
	if n := open.Load(); n != 0 {
		t.Errorf("%d connections are kept after Close", n)
	}
}

// inBubble runs test with a client whose connections are pipes, in a bubble: time is its own, and its
// end proves that no goroutine is left.
func inBubble(t *testing.T, g batch.Gate, test func(*testing.T, *pipes, *kirimdoku.Client)) {
	privateKey()
	synctest.Test(t, func(t *testing.T) {
		line := &pipes{conns: make(chan net.Conn)}
		client := line.newClient(t, g)
		line.dials = 0
		test(t, line, client)
	})
}

func TestATransferRidesOnAConnectionThatHasRested(t *testing.T) {
	for rest, want := range map[time.Duration]int{0: 2, 9 * time.Millisecond: 2, 10 * time.Millisecond: 1, 1900 * time.Millisecond: 1, 2*time.Second + 1: 2} {
		inBubble(t, &gate{}, func(t *testing.T, line *pipes, client *kirimdoku.Client) {
			mustOperate(t, client, kirimdoku.BalanceCall)
			time.Sleep(rest)
			mustOperate(t, client, kirimdoku.TransferCall)
			if line.dials != want {
				t.Errorf("after a rest of %v: %d connections, want %d", rest, line.dials, want)
			}
		})
	}
}

func TestAQuestionRidesOnAConnectionThatIsYoung(t *testing.T) {
	for rest, want := range map[time.Duration]int{0: 1, 1900 * time.Millisecond: 1, 2*time.Second + 1: 2} {
		inBubble(t, &gate{}, func(t *testing.T, line *pipes, client *kirimdoku.Client) {
			mustOperate(t, client, kirimdoku.BalanceCall)
			time.Sleep(rest)
			mustOperate(t, client, kirimdoku.BalanceCall)
			if line.dials != want {
				t.Errorf("after a rest of %v: %d connections, want %d", rest, line.dials, want)
			}
		})
	}
}

// The time that one call may take says nothing about the next call on its connection.
func TestAKeptConnectionOutlivesTheTimeoutOfItsLastCall(t *testing.T) {
	const timeout = 200 * time.Millisecond
	for _, scheme := range schemes {
		o, g := openOffice(t, scheme, honest), &gate{}
		client, _ := o.client(t, scheme, g, func(c *kirimdoku.Config) { c.Timeout = timeout })
		order := kept(t, client, o)
		time.Sleep(timeout) // a deadline of a socket knows no other time
		if _, err := client.Transfer(t.Context(), order); err != nil {
			t.Errorf("%s: %v", scheme, err)
		}
		o.wantConnections(t, 0, 0)
	}
}

func TestAnIdleConnectionIsClosedAfterAWhile(t *testing.T) {
	inBubble(t, &gate{}, func(t *testing.T, _ *pipes, client *kirimdoku.Client) {
		open := client.CountOpen()
		mustOperate(t, client, kirimdoku.BalanceCall)
		time.Sleep(time.Second)
		if n := open.Load(); n != 1 {
			t.Errorf("after a second %d are open, want 1", n)
		}
		time.Sleep(4 * time.Second)
		if n := open.Load(); n != 0 {
			t.Errorf("after five seconds %d are open", n)
		}
	})
}

func TestAProviderThatHangsUpIsTrustedAgainAfterAMinute(t *testing.T) {
	inBubble(t, &gate{}, func(t *testing.T, line *pipes, client *kirimdoku.Client) {
		mustOperate(t, client, kirimdoku.BalanceCall)
		line.last.Close()
		synctest.Wait()
		for range 3 {
			mustOperate(t, client, kirimdoku.BalanceCall)
		}
		if line.dials != 4 {
			t.Errorf("%d connections, want 4: one for each call", line.dials)
		}
		time.Sleep(time.Minute)
		for range 3 {
			mustOperate(t, client, kirimdoku.BalanceCall)
		}
		if line.dials != 5 {
			t.Errorf("%d connections, want one more for all three", line.dials)
		}
	})
}

// The wait until a slot may be used is as long as a call may take, and what waited for longer does
// not leave.
func TestACallWhoseSlotCannotBeUsedIsNotTaken(t *testing.T) {
	patience := 5 * time.Second // newConfig's timeout
	cases := []struct {
		name  string
		wait  func(context.Context, context.CancelFunc) error
		cause error
		took  time.Duration
	}{
		{"no room comes", func(ctx context.Context, _ context.CancelFunc) error { <-ctx.Done(); return ctx.Err() }, context.DeadlineExceeded, patience},
		{"the run ends", func(ctx context.Context, cancel context.CancelFunc) error { cancel(); <-ctx.Done(); return ctx.Err() }, context.Canceled, 0},
		{"the gate closes", func(context.Context, context.CancelFunc) error { return errShut }, errShut, 0},
	}
	for _, c := range cases {
		for _, op := range bearerCalls {
			t.Run(c.name+" "+op.Name(), func(t *testing.T) {
				g := &gate{}
				inBubble(t, g, func(t *testing.T, line *pipes, client *kirimdoku.Client) {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					g.wait = func(ctx context.Context) error { return c.wait(ctx, cancel) }
					started, told := time.Now(), false
					err := operateTold(ctx, client, op, func() error { told = true; return nil })
					wantOutcome(t, err, batch.NotTaken, c.cause)
					if took := time.Since(started).Round(10 * time.Millisecond); took != c.took {
						t.Errorf("it took %v, want %v", took, c.took)
					}
					g.wants(t, 3, 2, 1)
					if told {
						t.Error("a departure was noted of what did not leave")
					}
				})
			})
		}
	}
}

var errShut = errors.New("shut")

// operateTold is operate with a note of the departure.
func operateTold(ctx context.Context, client *kirimdoku.Client, op kirimdoku.Operation, leaving func() error) error {
	if op != kirimdoku.TransferCall {
		return operate(ctx, client, op)
	}
	order, err := client.Prepare(ctx, sample)
	if err != nil {
		return err
	}
	order.Leaving = leaving
	_, err = client.Transfer(ctx, order)
	return err
}

// A long wait within the bound costs nothing: what waited is signed after it, and its connection may
// have grown old if only it is quiet.
func TestACallLeavesAfterALongWaitForItsSlot(t *testing.T) {
	for _, op := range bearerCalls {
		g := &gate{}
		inBubble(t, g, func(t *testing.T, line *pipes, client *kirimdoku.Client) {
			g.wait = func(context.Context) error { time.Sleep(4 * time.Second); return nil }
			mustOperate(t, client, op)
			g.wants(t, 3, 3, 0)
			if line.dials != 1 {
				t.Errorf("%s: %d connections, want 1", op.Name(), line.dials)
			}
		})
	}
}

// The connection ends while its call waits for the slot's use, and nothing is dialled after that: the
// slot's second would be another one's.
func TestAConnectionThatEndsDuringTheWaitForTheSlotIsNotTaken(t *testing.T) {
	for _, op := range bearerCalls {
		g := &gate{}
		inBubble(t, g, func(t *testing.T, line *pipes, client *kirimdoku.Client) {
			g.wait = func(context.Context) error {
				line.last.Close()
				synctest.Wait()
				time.Sleep(time.Millisecond)
				return nil
			}
			told := false
			err := operateTold(t.Context(), client, op, func() error { told = true; return nil })
			wantOutcome(t, err, batch.NotTaken, nil)
			g.wants(t, 3, 3, 0)
			if line.dials != 1 || told {
				t.Errorf("%s: %d connections, departure noted: %t", op.Name(), line.dials, told)
			}
		})
	}
}

// What goes over the wire, byte by byte.
func TestTheRequestIsWrittenInOnePiece(t *testing.T) {
	pieces := make(chan []byte, 10)
	o := openOffice(t, "http", honest)
	client, _ := o.client(t, "http", &gate{}, func(c *kirimdoku.Config) { c.UserAgent = "gajian/9 (test)" })
	client.DialWith(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return &recorded{conn, pieces}, err
	})
	order := prepare(t, client)
	if _, err := client.Transfer(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	<-pieces // the token's
	head, body, _ := bytes.Cut(<-pieces, []byte("\r\n\r\n"))
	if !bytes.Equal(body, order.Body) || len(pieces) != 0 {
		t.Errorf("%d pieces more; the body is\n%s\nwant\n%s", len(pieces), body, order.Body)
	}
	lines := strings.Split(string(head), "\r\n")
	for i, want := range []string{
		"POST " + transferPath + " HTTP/1.1", "Host: " + o.listener.Addr().String(), fmt.Sprintf("Content-Length: %d", len(order.Body)),
		"User-Agent: gajian/9 (test)", "Content-Type: application/json", "Accept: application/json", "Authorization: Bearer " + tokenNumber(1),
		"X-Partner-Id: BRN-0240-1657686175289", "X-External-Id: " + order.ExternalID, "X-Timestamp: ", "X-Signature: ", "Channel-Id: H2H",
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) || lines[i] != want && !strings.HasSuffix(want, ": ") {
			t.Errorf("line %d of\n%s\nis not %q", i, head, want)
		}
	}
	if len(lines) != 12 {
		t.Errorf("%d lines: %s", len(lines), head)
	}
}

// recorded tells what is written.
type recorded struct {
	net.Conn
	pieces chan<- []byte
}

func (r *recorded) Write(p []byte) (int, error) {
	r.pieces <- bytes.Clone(p)
	return r.Conn.Write(p)
}

func TestAHeaderCannotBeBrokenIntoTwo(t *testing.T) {
	for _, id := range []string{"1\r\nX-Evil: 1", "1\n", "1\x00", "", "1\u00e9"} {
		o, g := openOffice(t, "http", honest), &gate{}
		client, _ := o.client(t, "http", g)
		order := prepare(t, client)
		order.ExternalID = id
		_, err := client.Transfer(t.Context(), order)
		wantOutcome(t, err, batch.NotTaken, nil)
		g.wants(t, 2, 2, 0)
		if o.came() != 0 {
			t.Errorf("%q was sent", id)
		}
	}
}
