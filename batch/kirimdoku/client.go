// Package kirimdoku talks to Kirim DOKU, DOKU's payout service, over HTTP. Client is the
// batch.Provider that the pipeline uses; New makes one from a Config.
//
// What it promises:
//
//   - A transfer leaves at most once per call of Client.Transfer. No redirect is followed, nothing
//     is sent again inside, neither by us nor by net/http.
//   - Everything it does not know for certain is batch.InDoubt. "Refused" needs a row in the table
//     of response codes (codes.go) and an answer that can be believed (answer.go); "not taken"
//     needs such a row or the proof that no byte left (transport.go).
//   - Client.Prepare does all that can be waited for but the other calls' ends, opening the
//     connection included. What is left to Client.Transfer, after the intent was recorded, is to
//     wait until the slot may be used, and to write the request.
//   - A connection carries one call at a time, and another one only when everything about the last
//     was in order (connection.go, pool.go): no answer is given to another question.
//   - The bytes that were signed are the bytes that are sent (wire.go, signature.go).
//   - Every call, the token's included, passes the gate.
//   - No secret and no full account number is in an error or a log record.
//
// What it leaves to others: when to ask again, whether an answer's amount and reference are the
// ones that were asked for, and everything that has to be remembered.
//
// DOKU publishes two generations of the interface; Config.PathPrefix chooses. What is sent
// satisfies both.
package kirimdoku

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"gajian/batch"
)

var _ batch.Provider = (*Client)(nil)

// Client is Kirim DOKU as the pipeline sees it. It may be used by many goroutines at a time.
// There should be one per process and client id: DOKU honours only the newest token.
type Client struct {
	config Config
	base   *url.URL
	route  *route
	pool   *pool
	signer *signer
	fields []field // of every request's header
	late   error   // of a call that had to wait too long for its slot's use
	tokens tokens
}

// New returns a client, or one error that names everything that is missing in config or wrong.
// It calls nobody.
func New(config Config) (*Client, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	base, err := parseBaseURL(config.BaseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{
		config: config, base: base, route: newRoute(), signer: newSigner(config.ClientSecret),
		late:   fmt.Errorf("it could not leave within %v: %w", config.Timeout, context.DeadlineExceeded),
		pool:   newPool(idlePerCall*config.Concurrency, config.Logger),
		fields: []field{{"User-Agent", config.UserAgent}, {"Content-Type", "application/json"}, {"Accept", "application/json"}},
	}
	c.tokens.fetch = c.fetchToken
	return c, nil
}

// idlePerCall is how many idle connections are kept for each call that may be under way: the
// pipeline makes four times as many transfers ready as may be sent at a time, and each of them has
// a connection.
const idlePerCall = 4

// Close closes the idle connections and keeps none from now on: that of a call ends with it, and
// those of orders belong to them.
func (c *Client) Close() { c.pool.Close() }

// readyTriesMax bounds how often ready begins anew: each time a whole token life went by while
// it waited for a slot, or the token was refused to somebody else. Neither happens three times
// in a row to a run that can go on at all.
const readyTriesMax = 3

// ready waits for a token first and for a slot last, so that nothing is left to wait for once
// the slot is taken.
func (c *Client) ready(ctx context.Context, op operation) (*token, batch.Slot, *batch.Error) {
	for range readyTriesMax {
		if _, failure := c.tokens.get(ctx); failure != nil {
			return nil, nil, failure
		}
		slot, err := c.config.Gate.Acquire(ctx)
		if err != nil {
			return nil, nil, notTaken(op, err)
		}
		if token := c.tokens.forSlot(); token != nil {
			return token, slot, nil
		}
		slot.Release()
	}
	return nil, nil, notTaken(op, errNoToken)
}

var errNoToken = errors.New("no access token lasted until the call could leave")

// ask makes a call about a reference that moves no money, and makes it once more when its token was refused.
func (c *Client) ask(ctx context.Context, op operation, about string, body []byte) (*answer, *batch.Error) {
	a, failure, again := c.askOnce(ctx, op, about, body)
	if again {
		a, failure, _ = c.askOnce(ctx, op, about, body)
	}
	return a, failure
}

func (c *Client) askOnce(ctx context.Context, op operation, about string, body []byte) (_ *answer, _ *batch.Error, again bool) {
	token, slot, failure := c.ready(ctx, op)
	if failure != nil {
		return nil, failure, false
	}
	a, failure := c.converse(ctx, &message{op: op, externalID: newExternalID(time.Now()), body: body, token: token, about: about}, slot)
	again = failure != nil && failure.Outcome != batch.Stop && c.tokens.wasRefused(token)
	return a, failure, again
}

// message is one request as it is about to leave.
type message struct {
	op         operation
	body       []byte
	token      *token // nil for the token call
	externalID string
	about      string       // the reference that an answer has to name, if it names one; empty: none
	reference  string       // of a transfer: whose repeated answer would count
	leaving    func() error // of a transfer: called immediately before the first byte; nil when nobody wants to know
	connection *connection  // reserved for this message; nil: any
	header     []field      // what sign adds
}

// sign completes m's header. The timestamp is now's.
func (c *Client) sign(m *message) (err error) {
	now := time.Now()
	if m.op == tokenCall {
		m.header, err = c.tokenHeader(now)
		return err
	}
	if m.op == transferCall { // it may have waited for long since it was prepared
		if m.token = c.tokens.forSending(); m.token == nil {
			return errNoToken
		}
	}
	timestamp := callTimestamp(now)
	signature := c.signer.call(http.MethodPost, c.pathOf(m.op), m.token.value, sha256.Sum256(m.body), timestamp)
	m.header = []field{
		{"Authorization", "Bearer " + m.token.value},
		{"X-Partner-Id", c.config.ClientID},
		{"X-External-Id", m.externalID},
		{"X-Timestamp", timestamp},
		{"X-Signature", signature},
		{"Channel-Id", c.config.ChannelID},
	}
	return nil
}

// converse sends m, once, and judges what comes back.
//
// The connection is kept for another call when the answer was one to m. Another one, or what cannot
// be read, may be a second answer to an earlier call; then the one to m is still to come, and whoever
// called next would take it for his own. Nor is it kept after a transfer that was not accepted: such
// an answer may decide that no money moved, and the provider might say it twice.
func (c *Client) converse(ctx context.Context, m *message, slot batch.Slot) (*answer, *batch.Error) {
	started, r := time.Now(), reply{}
	conn, err := c.admit(ctx, m, slot)
	if err == nil {
		defer slot.Done() // after judge: the gate hears of a refusal while the refused call still counts
		r, err = c.send(ctx, m, conn, slot, started)
	}
	a, failure := c.judge(m, r, err)
	if a == nil || !a.isAbout(m.about, m.op) || m.op == transferCall && failure != nil {
		r.conn.Close()
	} else {
		c.pool.put(r.conn)
	}
	c.log(ctx, m, r, a, failure, time.Since(started))
	return a, failure
}

// judge turns a reply, or the lack of one, into an answer that means success or into an error
// that says what may be concluded, beside the answer if one could be read.
func (c *Client) judge(m *message, r reply, err error) (*answer, *batch.Error) {
	var a *answer
	if err == nil {
		a, err = readAnswer(m.op, r)
	}
	if err == nil && a.accepts(m.op, m.reference) {
		if m.token != nil { // getting a token proves nothing about using it
			c.tokens.succeed(m.op)
		}
		return a, nil
	}
	failure := c.failure(m, a, err)
	failure.RetryAfter = r.retryAfter
	if throttles(r.status, failure.Code) {
		failure.Throttled = true
		c.config.Gate.Throttled(r.retryAfter)
	}
	if r.status == http.StatusUnauthorized && m.token != nil && failure.Outcome != batch.Stop {
		c.refused(m, failure)
	}
	return a, failure
}

// refused gives up the token of a refused call, and sharpens failure when this was not the
// first in a row. An unreadable 401 to a transfer stays in doubt all the same.
func (c *Client) refused(m *message, failure *batch.Error) {
	credentials := c.tokens.refuse(m.token, m.op)
	if credentials && (failure.Outcome == batch.NotTaken || m.op != transferCall) {
		failure.Outcome, failure.Cause = batch.Stop, batch.ErrCredentials
	}
}
