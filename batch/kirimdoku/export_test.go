package kirimdoku

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"gajian/batch"
)

// What tests reach inside the package.

var (
	TokenSignature   = tokenSignature
	TokenTimestamp   = tokenTimestamp
	CallTimestamp    = callTimestamp
	NewExternalID    = newExternalID
	ParseTime        = parseTime
	ParseRetryAfter  = parseRetryAfter
	ASCII            = ascii
	Scrub            = scrub
	ErrUnreadable    = errUnreadable
	RetryAfterMax    = retryAfterMax
	TokenLengthLimit = tokenLengthMax
)

// StringToSign is what a call's signature is made over.
func StringToSign(method, path, token string, digest [sha256.Size]byte, timestamp string) string {
	return string(appendStringToSign(nil, method, path, token, digest, timestamp))
}

// CallSignature signs with a signer that has signed something else before.
func CallSignature(secret Secret, method, path, token string, digest [sha256.Size]byte, timestamp string) string {
	s := newSigner(secret)
	s.call("GET", "/a/much/longer/path/than/any/that/is/really/used", token, [sha256.Size]byte{}, "")
	return s.call(method, path, token, digest, timestamp)
}

// HMAC signs a whole text.
func HMAC(secret Secret, text string) string {
	state := &signing{mac: hmac.New(sha512.New, []byte(secret.Reveal())), text: []byte(text)}
	return state.sign()
}

type Operation = operation

const (
	TokenCall    = tokenCall
	BalanceCall  = balanceCall
	InquiryCall  = inquiryCall
	TransferCall = transferCall
	StatusCall   = statusCall
)

var Operations = []Operation{TokenCall, BalanceCall, InquiryCall, TransferCall, StatusCall}

func (op operation) Name() string    { return op.name() }
func (op operation) Service() string { return op.service() }

func Classify(op Operation, status int, code string) (batch.Outcome, error) {
	return classify(op, status, code)
}

// Accepted reads one reply as the client does and reports whether it passes for success.
func Accepted(op Operation, status int, body []byte, reference string) (code string, ok bool) {
	a, err := readAnswer(op, reply{status: status, body: body})
	if err != nil {
		return "", false
	}
	return a.code, a.accepts(op, reference)
}

// Row is one row of the table of response codes.
type Row struct {
	Status  int
	Cases   string
	Calls   Operation
	Outcome batch.Outcome
	Source  string
	Why     string
}

func Rows() (rows []Row) {
	for _, v := range verdicts {
		rows = append(rows, Row{v.status, v.cases, v.calls, v.outcome, v.source, v.why})
	}
	return rows
}

// DigestOf digests a body as the signature does.
func DigestOf(body []byte) [sha256.Size]byte { return sha256.Sum256(body) }

// TrustRoots makes c trust a test server's certificate.
func (c *Client) TrustRoots(config *tls.Config) {
	c.route.tls.RootCAs = config.RootCAs
}

// DialWith makes c dial with dial.
func (c *Client) DialWith(dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	c.route.dial = dial
}

// CountOpen keeps count of the connections that c opens from now on and has not closed.
func (c *Client) CountOpen() *atomic.Int64 {
	open, dial := new(atomic.Int64), c.route.dial
	c.route.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err == nil {
			open.Add(1)
			conn = &counted{Conn: conn, closed: sync.OnceFunc(func() { open.Add(-1) })}
		}
		return conn, err
	}
	return open
}

type counted struct {
	net.Conn
	closed func()
}

func (c *counted) Close() error {
	c.closed()
	return c.Conn.Close()
}

// ProxyBy makes c go through the proxies that proxy chooses.
func (c *Client) ProxyBy(proxy func(*http.Request) (*url.URL, error)) {
	c.route.proxy = proxy
}

// Decode reads an object as the client does, into the types of package json.
func Decode(body []byte) (map[string]any, error) {
	fields, err := decodeObject(body)
	if err != nil {
		return nil, err
	}
	return plain(fields).(map[string]any), nil
}

func plain(value any) any {
	switch value := value.(type) {
	case object:
		fields := map[string]any{}
		for _, m := range value {
			fields[m.name] = plain(m.value)
		}
		return fields
	case []any:
		for i := range value {
			value[i] = plain(value[i])
		}
	}
	return value
}

// ReadAnswers decodes body as each call's answer would be.
func ReadAnswers(body []byte) {
	fields, err := decodeObject(body)
	if err != nil {
		return
	}
	a := &answer{object: fields}
	c := &Client{}
	_, _ = c.readFunds(a)
	_, _ = c.readHolder(a, batch.Inquiry{})
	_, _ = c.readReceipt(a, batch.Transfer{})
	_, _ = c.readStanding(a, batch.Query{})
}

func TokenLifeOf(text string) time.Duration { return lifeOf(text) }

// Watched is a connection under watch.
type Watched struct{ *watchedConn }

func Watch(conn net.Conn) Watched { return Watched{watch(conn)} }
func (w Watched) Begin()          { w.begin() }
func (w Watched) Seal() bool      { return w.seal() }

// AwaitFault waits until the client could see that an order's connection is of no use any more.
func AwaitFault(order *batch.Order) {
	conn := order.Connection.(*reservation).conn.Load()
	for conn.quiet() == nil {
		time.Sleep(time.Millisecond)
	}
}

// Take takes the connection that was reserved for an order, and closes it.
func Take(order *batch.Order) error {
	conn, err := order.Connection.(*reservation).take()
	conn.Close()
	return err
}

// DropIdle closes c's idle connections, so that the next call opens one.
func (c *Client) DropIdle() { c.pool.empty() }

// TrustNobody makes c trust no certificate.
func (c *Client) TrustNobody() { c.route.tls.RootCAs = x509.NewCertPool() }

// WhileFresh is whileFresh.
var (
	WhileFresh = whileFresh
	ErrStale   = errStale
)
