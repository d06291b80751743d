package simulator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
)

// Transport returns a client's transport that calls the simulator in-process, without a network,
// so that it also works under testing/synctest. A connection that is cut before the answer is an
// error that wraps io.ErrUnexpectedEOF, one that is cut within the answer is such an error while
// reading the body, and a refused connection (fault no-connection) wraps syscall.ECONNREFUSED.
// Headers over 1 MiB are an error, as are those over a limit in net/http; of a body 2 MiB arrive.
//
// Like net/http's transport it ends with the request's context, and calls the hooks of
// net/http/httptrace by which a client knows that its request may have left: GotConn, WroteHeaders,
// WroteRequest and GotFirstResponseByte. None of them is called when the connection is refused.
func (s *Simulator) Transport() http.RoundTripper { return transport{s} }

type transport struct{ handler http.Handler }

// RoundTrip calls the simulator.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &recorder{header: make(http.Header)}
	cut := w.serve(t.handler, serverSide(r)) || w.full
	if w.refused {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	trace := traceOf(r)
	trace.sent()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if w.headerBytes > headerBytesMax {
		return nil, fmt.Errorf("the simulator sent %d bytes of headers", w.headerBytes)
	}
	if cut && w.status == 0 {
		return nil, fmt.Errorf("the simulator cut the connection: %w", io.ErrUnexpectedEOF)
	}
	trace.answered()
	return w.response(r, cut), nil
}

// serverSide is the request as a server would see it.
func serverSide(r *http.Request) *http.Request {
	seen := r.Clone(r.Context())
	seen.RequestURI = r.URL.RequestURI()
	seen.RemoteAddr = "127.0.0.1:0"
	if seen.Host == "" {
		seen.Host = r.URL.Host
	}
	if seen.Body == nil {
		seen.Body = http.NoBody
	}
	return seen
}

// trace calls a client's hooks; a nil one calls none.
type trace struct{ hooks *httptrace.ClientTrace }

func traceOf(r *http.Request) trace { return trace{httptrace.ContextClientTrace(r.Context())} }

func (t trace) sent() {
	if t.hooks == nil {
		return
	}
	if t.hooks.GotConn != nil {
		t.hooks.GotConn(httptrace.GotConnInfo{})
	}
	if t.hooks.WroteHeaders != nil {
		t.hooks.WroteHeaders()
	}
	if t.hooks.WroteRequest != nil {
		t.hooks.WroteRequest(httptrace.WroteRequestInfo{})
	}
}

func (t trace) answered() {
	if t.hooks != nil && t.hooks.GotFirstResponseByte != nil {
		t.hooks.GotFirstResponseByte()
	}
}

// Bounds of an answer in memory. A client's own are lower.
const (
	headerBytesMax = 1 << 20
	bodyBytesMax   = 2 << 20
)

// recorder takes an answer in memory. net/http/httptest has one, but adds a flag to every program
// that imports it.
type recorder struct {
	header      http.Header
	headerBytes int // of all headers, those of informational answers included
	status      int
	body        bytes.Buffer
	full        bool // there was more body than is kept
	refused     bool
}

// serve runs the handler and tells whether it cut the connection.
func (w *recorder) serve(handler http.Handler, r *http.Request) (cut bool) {
	defer func() {
		if reason := recover(); reason == http.ErrAbortHandler {
			cut = true
		} else if reason != nil {
			panic(reason)
		}
	}()
	handler.ServeHTTP(w, r)
	return false
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	for name, values := range w.header {
		w.headerBytes += len(name) + len(strings.Join(values, ""))
	}
	if status >= 200 || status == http.StatusSwitchingProtocols {
		w.status = status
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.body.Len()+len(p) > bodyBytesMax {
		w.full = true
		return 0, errFull
	}
	return w.body.Write(p)
}

var errFull = errors.New("the client takes no more")

func (w *recorder) Flush() {}

// refuseConnection is what an answer calls that cannot even be asked for.
func (w *recorder) refuseConnection() { w.refused = true }

func (w *recorder) response(r *http.Request, cut bool) *http.Response {
	var body io.Reader = &w.body
	length := int64(w.body.Len())
	if cut {
		body, length = io.MultiReader(body, cutReader{}), -1
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

// cutReader is where a connection ends.
type cutReader struct{}

func (cutReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
