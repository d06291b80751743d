package kirimdoku

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"gajian/batch"
)

// Bounds of a token's life.
const (
	// tokenMargin is how much life a token must have left to be used for something new. It
	// covers waiting for a slot, recording the intent and a slow call.
	tokenMargin = time.Minute
	// tokenLife is taken when the answer does not say: 15 minutes (DOKU, "Get Token API, B2B").
	tokenLife    = 15 * time.Minute
	tokenLifeMax = 24 * time.Hour
	// tokenLengthMax characters are twice what DOKU documents.
	tokenLengthMax = 4096
	// refusalsMax different tokens refused without a success between them mean that the
	// credentials are wrong, not the token; so do as many refusals of the token call itself.
	refusalsMax = 2
	// transferRefusalsMax is the same for transfers alone, where other calls succeed between them:
	// more than two processes of one client id can cause by taking each other's tokens away.
	transferRefusalsMax = 5
)

// token is an access token of the provider.
type token struct {
	value   string
	margin  time.Duration // shorter for a token whose whole life is short
	expires time.Time
	refused bool // guarded by tokens.mu
}

func newToken(value string, life time.Duration, asked time.Time) *token {
	return &token{value: value, margin: min(tokenMargin, life/4), expires: asked.Add(life)}
}

// tokens keeps the one token of this process: only the newest one of a client id is valid at
// DOKU, so two workers with a token each would knock each other out.
type tokens struct {
	fetch func(context.Context) (*token, *batch.Error)

	mu       sync.Mutex
	current  *token
	flight   *flight
	refusals int // different tokens refused since the last success
	denials  int // token calls refused since the last one that gave a token
	// Different tokens refused to transfers since the last transfer that was taken: that inquiries
	// pass does not mean that transfers ever will.
	transferRefusals int
}

// flight is a token call under way, shared by all who wait for a token.
type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiters int // guarded by tokens.mu

	// Set before done is closed.
	token *token
	err   *batch.Error
}

// get returns a token with enough life left, asking for a new one when there is none. All who
// need one wait for the same call; it is given up when the last of them has gone.
func (t *tokens) get(ctx context.Context) (*token, *batch.Error) {
	t.mu.Lock()
	if t.current != nil && time.Until(t.current.expires) > t.current.margin {
		defer t.mu.Unlock()
		return t.current, nil
	}
	f := t.join(ctx)
	t.mu.Unlock()

	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		t.leave(f)
		return nil, notTaken(tokenCall, context.Cause(ctx))
	}
}

// join enters the flight under way or starts one. t.mu is held.
func (t *tokens) join(ctx context.Context) *flight {
	if t.flight == nil {
		// One waiter's end must not be the others' end.
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		t.flight = &flight{done: make(chan struct{}), cancel: cancel}
		go t.fly(ctx, t.flight)
	}
	t.flight.waiters++
	return t.flight
}

func (t *tokens) fly(ctx context.Context, f *flight) {
	f.token, f.err = t.fetch(ctx)
	f.cancel()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.flight == f { // otherwise it was given up, and a newer token may be there
		t.flight = nil
		if f.err == nil {
			t.current, t.denials = f.token, 0
		}
	}
	close(f.done)
}

func (t *tokens) leave(f *flight) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.waiters--
	if f.waiters == 0 {
		f.cancel()
		if t.flight == f {
			t.flight = nil // who comes now starts a new one
		}
	}
}

// forSlot returns the current token if it will still live when a call that is admitted now
// leaves, after its intent has been recorded.
func (t *tokens) forSlot() *token { return t.lasting(2) }

// forSending returns the current token if it is good for a call that leaves at once. It asks
// for less life than forSlot, so that what was admitted does leave.
func (t *tokens) forSending() *token { return t.lasting(4) }

func (t *tokens) lasting(part time.Duration) *token {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == nil || time.Until(t.current.expires) <= t.current.margin/part {
		return nil
	}
	return t.current
}

// refuse records that the provider refused a call made with used, and drops it if it is still
// the current one. It reports whether the credentials are to blame. Many calls refused with one
// token count once: they left together.
func (t *tokens) refuse(used *token, op operation) (credentials bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	used.refused = true
	if used == t.current {
		t.current = nil
		t.refusals++
		if op == transferCall {
			t.transferRefusals++
		}
	}
	return t.refusals >= refusalsMax || t.transferRefusals >= transferRefusalsMax
}

// wasRefused reports whether the provider refused a call made with used.
func (t *tokens) wasRefused(used *token) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return used.refused
}

// succeed records that the provider accepted a call: the credentials are good.
func (t *tokens) succeed(op operation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refusals = 0
	if op == transferCall {
		t.transferRefusals = 0
	}
}

// fetchToken asks the provider for a token. The call that needed it was never sent, so what
// would be in doubt here is "not taken" for it.
func (c *Client) fetchToken(ctx context.Context) (*token, *batch.Error) {
	slot, err := c.config.Gate.Acquire(ctx)
	if err != nil {
		return nil, notTaken(tokenCall, err)
	}
	asked := time.Now()
	a, failure := c.converse(ctx, &message{op: tokenCall, body: []byte(tokenBody)}, slot)
	if failure == nil {
		if value := a.text("accessToken"); len(value) <= tokenLengthMax && headerForm.MatchString(value) {
			return newToken(value, lifeOf(a.text("expiresIn")), asked), nil
		}
		failure = unreadable(tokenCall, a.code, errors.New("the access token is missing or malformed"))
	}
	if errors.Is(failure, errUnsigned) {
		failure.Outcome = batch.Stop
	}
	if failure.Outcome == batch.InDoubt || errors.Is(failure.Cause, batch.ErrCredentials) && !c.tokens.deny() {
		failure.Outcome = batch.NotTaken
	}
	return nil, failure
}

// deny records that the token call itself was refused, and reports whether the credentials are to
// blame: once may be a provider who is not well.
func (t *tokens) deny() (credentials bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.denials++
	return t.denials >= refusalsMax
}

func (c *Client) tokenHeader(now time.Time) ([]field, error) {
	timestamp := tokenTimestamp(now)
	signature, err := tokenSignature(c.config.PrivateKey, c.config.ClientID, timestamp)
	if err != nil {
		return nil, err
	}
	return []field{{"X-Client-Key", c.config.ClientID}, {"X-Timestamp", timestamp}, {"X-Signature", signature}}, nil
}

// lifeOf reads expiresIn, whole seconds as a number or a text.
func lifeOf(text string) time.Duration {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds <= 0 {
		return tokenLife
	}
	return time.Duration(min(seconds, int64(tokenLifeMax/time.Second))) * time.Second
}
