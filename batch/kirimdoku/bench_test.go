//go:build unix

package kirimdoku_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
)

// respondAs, in the environment, makes a process of this test the responder of a benchmark.
const respondAs = "KIRIMDOKU_BENCHMARK_RESPONDER"

func TestMain(m *testing.M) {
	if scheme := os.Getenv(respondAs); scheme != "" {
		respond(scheme)
		return
	}
	os.Exit(m.Run())
}

// BenchmarkCalls makes the calls of a payout, 64 at a time, by this package and by a bare, tuned
// loop over net/http. The provider is a process of its own, so that cpu-us/call is the client's:
// user and system time.
func BenchmarkCalls(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	for _, scheme := range []string{"http", "https"} {
		provider := startResponder(b, scheme)
		for _, op := range []kirimdoku.Operation{kirimdoku.InquiryCall, kirimdoku.TransferCall, kirimdoku.StatusCall} {
			b.Run(scheme+"/"+op.Name()+"/gajian", func(b *testing.B) {
				client := provider.client(b)
				measure(b, func() func() error {
					return func() error { return operate(context.Background(), client, op) }
				})
			})
			b.Run(scheme+"/"+op.Name()+"/bare", func(b *testing.B) {
				transport := &http.Transport{MaxIdleConns: 64, MaxIdleConnsPerHost: 64, DisableCompression: true, TLSClientConfig: provider.trust}
				defer transport.CloseIdleConnections()
				measure(b, func() func() error {
					return newBareLoop(transport, provider.url, op).call
				})
			})
		}
	}
}

// measure makes calls in 64 goroutines, each with a call of its own.
func measure(b *testing.B, newCall func() func() error) {
	b.ReportAllocs()
	b.SetParallelism((64 + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	before := cpuTime(b)
	b.RunParallel(func(pb *testing.PB) {
		call := newCall()
		for pb.Next() {
			if err := call(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-us/call")
}

// cpuTime is what this process has used so far, in its own code and in the system's.
func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// openGate admits everybody.
type openGate struct{}

func (openGate) Acquire(context.Context) (batch.Slot, error) { return openGate{}, nil }
func (openGate) Throttled(time.Duration)                     {}
func (openGate) Use(context.Context) error                   { return nil }
func (openGate) Done()                                       {}
func (openGate) Left()                                       {}
func (openGate) Release()                                    {}

// bareLoop makes one call again and again, as a payroll programmer would tune it over net/http:
// the transport alone, a kept connection, one HMAC, buffers used again.
type bareLoop struct {
	transport *http.Transport
	target    string
	path      string
	body      any
	mac       io.Writer
	sum       func([]byte) []byte
	reset     func()
	answer    bytes.Buffer
	calls     int
}

func newBareLoop(transport *http.Transport, url string, op kirimdoku.Operation) *bareLoop {
	mac := hmac.New(sha512.New, []byte(clientSecret))
	bodies := map[kirimdoku.Operation]string{kirimdoku.InquiryCall: goldenInquiry, kirimdoku.TransferCall: goldenTransfer, kirimdoku.StatusCall: goldenStatus}
	var body map[string]any
	if err := json.Unmarshal([]byte(bodies[op]), &body); err != nil {
		panic(err)
	}
	return &bareLoop{transport: transport, target: url, path: pathOf[op], body: body, mac: mac, sum: mac.Sum, reset: mac.Reset}
}

func (l *bareLoop) call() error {
	body, err := json.Marshal(l.body)
	if err != nil {
		return err
	}
	timestamp := time.Now().Format("2006-01-02T15:04:05-07:00")
	digest := sha256.Sum256(body)
	l.reset()
	io.WriteString(l.mac, "POST:"+l.path+":"+tokenNumber(1)+":"+hex.EncodeToString(digest[:])+":"+timestamp)
	request, err := http.NewRequest(http.MethodPost, l.target+l.path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	l.calls++
	request.Header = http.Header{
		"Content-Type": {"application/json"}, "Authorization": {"Bearer " + tokenNumber(1)}, "X-Partner-Id": {"BRN-0240-1657686175289"},
		"Channel-Id": {"H2H"}, "X-External-Id": {strconv.Itoa(l.calls)}, "X-Timestamp": {timestamp},
		"X-Signature": {base64.StdEncoding.EncodeToString(l.sum(nil))},
	}
	response, err := l.transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	l.answer.Reset()
	if _, err := l.answer.ReadFrom(response.Body); err != nil {
		return err
	}
	var answer struct {
		Session string `json:"sessionId"`
	}
	if err := json.Unmarshal(l.answer.Bytes(), &answer); err != nil || answer.Session+l.path == l.path && strings.Contains(l.path, "inquiry") {
		return fmt.Errorf("answer %s: %v", &l.answer, err)
	}
	return nil
}

// responder is a process that answers the calls with canned answers.
type responder struct {
	url   string
	trust *tls.Config
}

// startResponder starts the process, which tells its address and its certificate, and lives until
// its standard input ends.
func startResponder(b *testing.B, scheme string) *responder {
	b.Helper()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), respondAs+"="+scheme)
	process.Stderr = os.Stderr
	input, err := process.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := process.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := process.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		input.Close()
		process.Wait()
	})
	reader := bufio.NewReader(output)
	address, err := reader.ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	certificate, err := io.ReadAll(reader)
	if err != nil {
		b.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	return &responder{url: scheme + "://" + strings.TrimSpace(address), trust: &tls.Config{RootCAs: roots}}
}

func (r *responder) client(b *testing.B) *kirimdoku.Client {
	config := newConfig(r.url, openGate{})
	config.Concurrency = 64
	client, err := kirimdoku.New(config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	client.TrustRoots(r.trust)
	return client
}

// respond is the process of a responder.
func respond(scheme string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	if scheme == "https" {
		lender := httptest.NewTLSServer(nil)
		pem.Encode(os.Stdout, &pem.Block{Type: "CERTIFICATE", Bytes: lender.Certificate().Raw})
		listener = tls.NewListener(listener, &tls.Config{Certificates: lender.TLS.Certificates})
	}
	os.Stdout.Close()
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		conn, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go answerCalls(conn)
	}
}

// answerCalls reads requests as net/http writes them and this package does, and no others.
func answerCalls(conn net.Conn) {
	defer conn.Close()
	answers := map[string][]byte{}
	for path, body := range map[string]string{
		tokenPath:   `{"responseCode":"2007300","accessToken":"` + tokenNumber(1) + `","expiresIn":900}`,
		inquiryPath: sampleInquiry, transferPath: sampleTransfer, statusPath: sampleStatus, balancePath: sampleBalance,
	} {
		answers[path] = fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Wed, 25 Nov 2026 03:00:00 GMT\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	reader := bufio.NewReader(conn)
	for {
		first, err := reader.ReadString('\n')
		if err != nil {
			return
		}
		length := 0
		for line := []byte(first); len(line) > 2; {
			if line, err = reader.ReadSlice('\n'); err != nil {
				return
			}
			if value, found := bytes.CutPrefix(line, []byte("Content-Length: ")); found {
				length, _ = strconv.Atoi(string(bytes.TrimSpace(value)))
			}
		}
		if _, err := reader.Discard(length); err != nil {
			return
		}
		if _, err := conn.Write(answers[strings.Fields(first)[1]]); err != nil {
			return
		}
	}
}
