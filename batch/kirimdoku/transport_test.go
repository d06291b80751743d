package kirimdoku_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
)

// hangUp reads the request and closes the connection without an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	conn.Close()
}

// reset reads the request and resets the connection.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// halfAnswer sends a piece of an answer and hangs up.
func halfAnswer(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le")
	conn.Close()
}

// silence never answers.
func silence(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// drip sends a good answer, one byte now and then.
func drip(w http.ResponseWriter, r *http.Request) {
	for i := range accepted {
		select {
		case <-r.Context().Done():
			return
		case <-time.After(50 * time.Millisecond):
		}
		io.WriteString(w, accepted[i:i+1])
		w.(http.Flusher).Flush()
	}
}

// hugeHeader sends more header than anybody needs.
func hugeHeader(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Filler", strings.Repeat("x", 1<<20))
	io.WriteString(w, accepted)
}

// switchProtocols answers 101, which nobody has asked for, and keeps the connection open: net/http
// hands it out as the body, which no deadline of the request ends.
func switchProtocols(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")
	conn.Read(make([]byte, 1)) // until the client closes it
}

// earlyHints sends informational answers without end.
func earlyHints(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Link", strings.Repeat("x", 1000))
	for range 10_000 {
		w.WriteHeader(http.StatusEarlyHints)
	}
	io.WriteString(w, accepted)
}

func TestWhatHappensAfterTheRequestLeftIsInDoubtAndNeverReplayed(t *testing.T) {
	cases := map[string]http.HandlerFunc{
		"hung up": hangUp, "reset": reset, "half an answer": halfAnswer, "silence": silence, "a slow drip": drip, "a huge header": hugeHeader,
		"101 for ever": switchProtocols, "a storm of 103": earlyHints,
		"redirect 307": redirect(307), "redirect 308": redirect(308), "redirect 302": redirect(302), "redirect 301": redirect(301),
	}
	for name, answer := range cases {
		t.Run(name, func(t *testing.T) {
			for _, op := range bearerCalls {
				d := newDoku(t)
				d.on(pathOf[op], answer)
				client, gate := newClient(t, d, func(c *kirimdoku.Config) { c.Timeout = 150 * time.Millisecond })
				wantOutcome(t, operate(t.Context(), client, op), batch.InDoubt, nil)
				if n := len(d.seen(pathOf[op])); n != 1 {
					t.Errorf("%s was sent %d times", op.Name(), n)
				}
				if n := len(d.seen("/elsewhere")); n != 0 {
					t.Errorf("%s followed a redirect", op.Name())
				}
				gate.wants(t, 2, 2, 0)
			}
		})
	}
}

func redirect(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", status) }
}

func TestAServerThatClosesAfterEachAnswerHarmsNothing(t *testing.T) {
	d := newDoku(t)
	d.on(transferPath, func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		// No "Connection: close": the client learns of it only when it tries.
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: "+strconv.Itoa(len(accepted))+"\r\n\r\n"+accepted)
		conn.Close()
	})
	client, _ := newClient(t, d)
	for i := range 20 {
		if _, err := send(t, client); err != nil {
			t.Fatalf("transfer %d: %v", i, err)
		}
	}
	if n := len(d.seen(transferPath)); n != 20 {
		t.Errorf("%d transfers arrived, want 20", n)
	}
}

func TestQuestionsOneAfterTheOtherShareAConnection(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		office, client := newOffice(t, newDoku(t), scheme, &gate{})
		for range 3 {
			for _, op := range []kirimdoku.Operation{kirimdoku.BalanceCall, kirimdoku.InquiryCall, kirimdoku.StatusCall} {
				if err := operate(t.Context(), client, op); err != nil {
					t.Fatal(err)
				}
			}
		}
		office.wantAllClosed(t, client, 2) // one of them before
	}
}

func TestARefusedConnectionIsNotTakenAndGivesTheSlotBack(t *testing.T) {
	d := newDoku(t)
	for _, op := range bearerCalls {
		client, gate := newClient(t, d)
		if err := operate(t.Context(), client, kirimdoku.BalanceCall); err != nil { // gets the token
			t.Fatal(err)
		}
		order, err := client.Prepare(t.Context(), sample)
		if err != nil {
			t.Fatal(err)
		}
		client.Close()
		d.server.Close()
		if op == kirimdoku.TransferCall {
			kirimdoku.AwaitFault(order)
			_, err = client.Transfer(t.Context(), order)
		} else {
			order.Discard()
			err = operate(t.Context(), client, op)
		}
		wantOutcome(t, err, batch.NotTaken, nil)
		if gate.used != 2 || gate.acquired != gate.used+gate.released {
			t.Errorf("%s: %d slots acquired, %d used, %d released", op.Name(), gate.acquired, gate.used, gate.released)
		}
		d = newDoku(t)
	}
}

func TestATLSFailureIsNotTaken(t *testing.T) {
	cases := map[string]func(*testing.T) string{
		"an unknown certificate": func(t *testing.T) string {
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.Config.ErrorLog = quiet
			server.StartTLS()
			t.Cleanup(server.Close)
			return server.URL
		},
		"no TLS at all": func(t *testing.T) string {
			server := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(server.Close)
			return strings.Replace(server.URL, "http:", "https:", 1)
		},
		"TLS 1.1": func(t *testing.T) string {
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
			server.Config.ErrorLog = quiet
			server.StartTLS()
			t.Cleanup(server.Close)
			return server.URL
		},
	}
	for name, url := range cases {
		t.Run(name, func(t *testing.T) {
			client, gate := newClient(t, newDoku(t), func(c *kirimdoku.Config) { c.BaseURL = url(t) })
			_, err := client.Balance(t.Context())
			wantOutcome(t, err, batch.NotTaken, nil)
			gate.wants(t, 1, 0, 1)
		})
	}
}

func TestOverTLS(t *testing.T) {
	d := newDoku(t)
	server := httptest.NewTLSServer(d)
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client, _ := newClient(t, d, func(c *kirimdoku.Config) { c.BaseURL = server.URL })
	client.TrustRoots(&tls.Config{RootCAs: roots})
	if _, err := send(t, client); err != nil {
		t.Fatal(err)
	}
	d.on(transferPath, hangUp)
	_, err := send(t, client)
	wantOutcome(t, err, batch.InDoubt, nil)
}

// TestAConnectionThatIsSealedBeforeTheFirstByte cuts the connection between the moment it is
// there and the first write, where only the count of bytes can tell.
func TestAConnectionThatIsSealedBeforeTheFirstByte(t *testing.T) {
	left, right := net.Pipe()
	defer right.Close()
	conn := kirimdoku.Watch(left)
	conn.Begin()
	if conn.Seal() {
		t.Error("an untouched connection is said to have carried a byte")
	}
	if n, err := conn.Write([]byte("POST")); n != 0 || err == nil {
		t.Errorf("a sealed connection wrote %d bytes (%v)", n, err)
	}

	left, right = net.Pipe()
	conn = kirimdoku.Watch(left)
	started := make(chan struct{})
	go func() {
		close(started)
		conn.Write([]byte("POST")) // nobody reads the other end: it stays under way, or was not begun
	}()
	<-started
	first := make([]byte, 1)
	if _, err := io.ReadFull(right, first); err != nil {
		t.Fatal(err)
	}
	if !conn.Seal() {
		t.Error("a write under way is said not to have left")
	}
	right.Close()

	left, right = net.Pipe()
	conn = kirimdoku.Watch(left)
	go io.Copy(io.Discard, bufio.NewReader(right))
	conn.Write([]byte("handshake"))
	conn.Begin()
	if conn.Seal() {
		t.Error("bytes before the request count as the request's")
	}
	right.Close()
}

func TestACallCancelledBeforeItLeavesIsNotTaken(t *testing.T) {
	d := newDoku(t)
	client, gate := newClient(t, d)
	order, err := client.Prepare(t.Context(), sample)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = client.Transfer(ctx, order)
	wantOutcome(t, err, batch.NotTaken, context.Canceled)
	gate.wants(t, 2, 1, 1)
	for _, op := range bearerCalls {
		wantOutcome(t, operate(ctx, client, op), batch.NotTaken, context.Canceled)
	}
	if n := len(d.calls); n != 1 {
		t.Errorf("%d calls, want the token's alone", n)
	}
}

func TestATransferCancelledUnderWayIsInDoubt(t *testing.T) {
	d := newDoku(t)
	arrived := make(chan struct{})
	d.on(transferPath, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	client, _ := newClient(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	order, err := client.Prepare(t.Context(), sample)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Transfer(ctx, order)
	wantOutcome(t, err, batch.InDoubt, context.Canceled)
}

func TestAnOrderIsSentOnce(t *testing.T) {
	d := newDoku(t)
	client, _ := newClient(t, d)
	order, err := client.Prepare(t.Context(), sample)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Transfer(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	_, err = client.Transfer(t.Context(), order)
	wantOutcome(t, err, batch.InDoubt, nil)
	order.Discard()
	if n := len(d.seen(transferPath)); n != 1 {
		t.Errorf("one order was sent %d times", n)
	}
}

func TestAnOrderWithAnotherBodyThanRecordedIsNotSent(t *testing.T) {
	d := newDoku(t)
	client, gate := newClient(t, d)
	order, err := client.Prepare(t.Context(), sample)
	if err != nil {
		t.Fatal(err)
	}
	order.Body = append([]byte(nil), order.Body...)
	order.Body[len(order.Body)-3] = 'X'
	_, err = client.Transfer(t.Context(), order)
	wantOutcome(t, err, batch.NotTaken, nil)
	gate.wants(t, 2, 1, 1)
	if n := len(d.seen(transferPath)); n != 0 {
		t.Errorf("a changed order was sent")
	}
}

func TestOfSomebodyElsesTransportOnlyAFailureToDialIsNotTaken(t *testing.T) {
	for err, want := range map[error]batch.Outcome{
		io.ErrUnexpectedEOF: batch.InDoubt,
		&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}:   batch.InDoubt,
		&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}: batch.NotTaken,
	} {
		client, gate := newClient(t, newDoku(t), func(c *kirimdoku.Config) { c.Transport = failing{transferPath, err} })
		_, got := send(t, client)
		wantOutcome(t, got, want, err)
		gate.wants(t, 2, 2, 0)
	}
}

type failing struct {
	path string
	err  error
}

func (f failing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == f.path {
		return nil, f.err
	}
	return http.DefaultTransport.RoundTrip(r)
}

// A second answer to one question must neither be taken for the answer to the next one nor appear
// in a log: net/http writes what comes on an idle connection to the standard one.
func TestAnAnswerThatNobodyAskedForIsNeitherUsedNorLogged(t *testing.T) {
	d := newDoku(t)
	gone := make(chan struct{}, 10)
	twice := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			answer := "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
			io.WriteString(conn, answer+answer)
			io.Copy(io.Discard, conn) // until the client closes it
			conn.Close()
			gone <- struct{}{}
		}
	}
	d.on(tokenPath, twice(`{"responseCode":"2007300","accessToken":"`+tokenNumber(1)+`"}`))
	for _, path := range []string{balancePath, inquiryPath, statusPath} {
		d.on(path, twice(map[string]string{balancePath: sampleBalance, inquiryPath: sampleInquiry, statusPath: sampleStatus}[path]))
	}
	written := &lockedBuffer{}
	log.SetOutput(written)
	defer log.SetOutput(os.Stderr)
	client, _ := newClient(t, d)
	for _, op := range []kirimdoku.Operation{kirimdoku.BalanceCall, kirimdoku.InquiryCall, kirimdoku.StatusCall, kirimdoku.InquiryCall, kirimdoku.BalanceCall} {
		if err := operate(t.Context(), client, op); err != nil {
			t.Errorf("%s: %v", op.Name(), err)
		}
		<-gone
	}
	<-gone // the token's
	if text := written.String(); text != "" {
		t.Errorf("this was logged: %s", text)
	}
}
