package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gajian/batch/kirimdoku/simulator"
)

// benchProvider serves the simulator in a process of its own, as "gajian simulator" does, and keeps
// its own record of when calls arrive: it knows nothing of the simulator's count nor of the
// client's pace. Its first line on standard output is its address.
//
// -dip SEQUENCE lowers and raises the limit: "10s=25,15s=100" makes it 25 calls a second from ten
// seconds after the first call of a payout on, and 100 from fifteen seconds on.
func benchProvider() {
	set := flag.NewFlagSet("benchprovider", flag.ExitOnError)
	keys := set.String("keys", "", "folder of key and secret")
	latency := set.Duration("latency", 0, "how long every answer takes")
	limit := set.Int("limit", 0, "calls in one second, more are answered 429")
	dips := set.String("dip", "", "later limits")
	silent := set.Bool("silent", false, "429 without Retry-After")
	record := set.Bool("record", false, "keep the time of every call, not of the first and the last alone")
	_ = set.Parse(os.Args[1:]) // it exits at an error
	doku, err := newBenchSimulator(*keys, simulator.Config{Latency: *latency, CallsPerSecond: *limit, NoRetryAfter: *silent})
	helperMust(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	helperMust(err)
	front := newCountingFront(doku)
	front.record = *record
	if front.record {
		go front.watchItself()
	}
	go front.changeLimit(doku, *dips)
	fmt.Println("http://" + listener.Addr().String())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	helperMust(front.serve(ctx, listener))
}

// newBenchSimulator makes a simulator whose key and secret lie in a folder.
func newBenchSimulator(keys string, config simulator.Config) (*simulator.Simulator, error) {
	key, secret, err := (&simulatorCommand{Keys: keys}).credentials()
	if err != nil {
		return nil, err
	}
	config.ClientID, config.PublicKey, config.ClientSecret = simulatorClient, &key.PublicKey, secret
	config.Opening = 90_000_000_000_000_000 // for millions of payouts; sen fit into 63 bits
	return simulator.New(config)
}

// helperMust ends a helper program at an error.
func helperMust(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
}

// countingFront stands before the simulator and writes down each call's first byte.
type countingFront struct {
	handler http.Handler
	started time.Time
	record  bool
	first   chan struct{} // closed at the first call of a payout
	begin   sync.Once

	mu   sync.Mutex
	seen arrivals
}

func newCountingFront(handler http.Handler) *countingFront {
	return &countingFront{handler: handler, started: time.Now(), first: make(chan struct{})}
}

// arrivals is what came since the harness asked the last time. Times are nanoseconds since the
// front started, by the monotonic clock, of a call's first byte; 0 is never.
type arrivals struct {
	First, FirstOfPayout, Last int64 // any call; inquiry, transfer or status; any call
	Calls                      int
	Late                       int64     // nanoseconds by which this process was late at worst, so far; only when calls are recorded
	All                        []arrival // in their order; only when they are recorded
}

// arrival is one call at the provider.
type arrival struct {
	At       int64 // nanoseconds
	OfPayout bool  // inquiry, transfer or status
	Status   int   // of the answer
}

func (a *arrivals) add(one arrival, keep bool) {
	if a.First == 0 || one.At < a.First {
		a.First = one.At
	}
	if one.OfPayout && (a.FirstOfPayout == 0 || one.At < a.FirstOfPayout) {
		a.FirstOfPayout = one.At
	}
	a.Last = max(a.Last, one.At)
	a.Calls++
	if keep {
		a.All = append(a.All, one)
	}
}

const arrivalsPath = "/arrivals"

func (f *countingFront) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:     f,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, stampKey{}, c) },
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(stampingListener{listener, f}); ctx.Err() == nil {
		return err
	}
	return nil
}

// ServeHTTP hands a call on and writes down when it came and how it was answered. A GET of
// /arrivals tells everything since the last one, and forgets it.
func (f *countingFront) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == arrivalsPath:
		f.tell(w)
	case strings.HasPrefix(r.URL.Path, "/simulator/"):
		f.handler.ServeHTTP(w, r)
	default:
		f.count(w, r)
	}
}

func (f *countingFront) tell(w http.ResponseWriter) {
	f.mu.Lock()
	seen := f.seen
	f.seen = arrivals{}
	f.mu.Unlock()
	slices.SortFunc(seen.All, func(a, b arrival) int { return cmp.Compare(a.At, b.At) })
	_ = json.NewEncoder(w).Encode(seen) // an error says that the client has gone
}

func (f *countingFront) count(w http.ResponseWriter, r *http.Request) {
	came := r.Context().Value(stampKey{}).(*stampedConn).stamp.Load()
	one := arrival{At: came, OfPayout: strings.Contains(r.URL.Path, "/emoney/") || strings.Contains(r.URL.Path, "/qr/")}
	if one.OfPayout {
		f.begin.Do(func() { close(f.first) })
	}
	noted := &noteStatus{ResponseWriter: w}
	defer func() { // also of a call that the simulator cuts off
		one.Status = noted.status
		f.mu.Lock()
		f.seen.add(one, f.record)
		f.mu.Unlock()
	}()
	f.handler.ServeHTTP(noted, r)
}

// watchItself notes by how much this process is late when it wants to wake up every millisecond: on a
// busy machine calls that came evenly are stamped late, and in a heap, by as much.
func (f *countingFront) watchItself() {
	const every = time.Millisecond
	for {
		before := time.Now()
		time.Sleep(every)
		late := int64(time.Since(before) - every)
		f.mu.Lock()
		f.seen.Late = max(f.seen.Late, late)
		f.mu.Unlock()
	}
}

// changeLimit follows a sequence such as 10s=25,15s=100 from the first call of a payout on.
func (f *countingFront) changeLimit(doku *simulator.Simulator, sequence string) {
	if sequence == "" {
		return
	}
	<-f.first
	began := time.Now()
	for step := range strings.SplitSeq(sequence, ",") {
		var limit int
		when, number, _ := strings.Cut(step, "=")
		after, err := time.ParseDuration(when)
		helperMust(err)
		_, err = fmt.Sscan(number, &limit)
		helperMust(err)
		time.Sleep(time.Until(began.Add(after)))
		doku.SetCallsPerSecond(limit)
	}
}

// noteStatus remembers the status of an answer; 0 is none.
type noteStatus struct {
	http.ResponseWriter
	status int
}

// WriteHeader is net/http's.
func (n *noteStatus) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.NewResponseController find the writer below.
func (n *noteStatus) Unwrap() http.ResponseWriter { return n.ResponseWriter }

type stampKey struct{}

// stampingListener makes connections that write down when the first byte of each request came.
type stampingListener struct {
	net.Listener
	front *countingFront
}

// Accept is net.Listener's.
func (l stampingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &stampedConn{Conn: c, started: l.front.started}, nil
}

// stampedConn notes the first read after a write: without pipelining that is the first byte of
// the next request. net/http reads ahead of the handler's end only when the request's body has
// been read, and then sees nothing before the client has the answer.
type stampedConn struct {
	net.Conn
	started time.Time
	stamp   atomic.Int64 // nanoseconds since started
	reading atomic.Bool  // the stamp is of the request that is being read
}

// Read is net.Conn's.
func (c *stampedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && c.reading.CompareAndSwap(false, true) {
		c.stamp.Store(int64(time.Since(c.started)))
	}
	return n, err
}

// Write is net.Conn's.
func (c *stampedConn) Write(p []byte) (int, error) {
	c.reading.Store(false)
	return c.Conn.Write(p)
}
