package kirimdoku_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
)

// answers is a transport without a network, for tests in a synctest bubble.
type answers func(*http.Request) (status int, body string)

func (f answers) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := f(r)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// provider answers every call well; tokens live for life seconds and take a second to get.
type provider struct {
	life          string
	tokens, calls atomic.Int64
	last          atomic.Value // Authorization of the last call
}

func (p *provider) answer(r *http.Request) (int, string) {
	if r.URL.Path == tokenPath {
		time.Sleep(time.Second)
		return 200, fmt.Sprintf(`{"responseCode":"2007300","accessToken":%q,"expiresIn":%s}`, tokenNumber(int(p.tokens.Add(1))), p.life)
	}
	p.calls.Add(1)
	p.last.Store(r.Header.Get("Authorization"))
	switch r.URL.Path {
	case balancePath:
		return 200, sampleBalance
	case transferPath:
		return 200, accepted
	}
	return 200, sampleStatus
}

// bubble runs test in a synctest bubble with a client of p.
func bubble(t *testing.T, p *provider, test func(*testing.T, *kirimdoku.Client, *gate)) {
	privateKey() // made outside the bubble
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		config := newConfig("http://localhost", g)
		config.Transport, config.Timeout = answers(p.answer), time.Minute
		client, err := kirimdoku.New(config)
		if err != nil {
			t.Fatal(err)
		}
		test(t, client, g)
	})
}

func TestAllWorkersShareOneTokenCall(t *testing.T) {
	p := &provider{life: "900"}
	bubble(t, p, func(t *testing.T, client *kirimdoku.Client, gate *gate) {
		var workers sync.WaitGroup
		for range 20 {
			workers.Go(func() {
				if _, err := client.Balance(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		workers.Wait()
		if n := p.tokens.Load(); n != 1 {
			t.Errorf("%d tokens were asked for, want 1", n)
		}
		gate.wants(t, 21, 21, 0)
	})
}

func TestATokenIsRenewedBeforeItExpires(t *testing.T) {
	cases := []struct {
		life  string
		good  time.Duration // still the same token after this
		stale time.Duration // a new one after this
	}{
		{"900", 830 * time.Second, 845 * time.Second},
		{`"900"`, 830 * time.Second, 845 * time.Second},
		{`null`, 830 * time.Second, 845 * time.Second},
		{`-1`, 830 * time.Second, 845 * time.Second},
		{`20`, 12 * time.Second, 16 * time.Second},
		{`99999999999`, 23 * time.Hour, 24 * time.Hour},
	}
	for _, c := range cases {
		t.Run(c.life, func(t *testing.T) {
			p := &provider{life: c.life}
			bubble(t, p, func(t *testing.T, client *kirimdoku.Client, _ *gate) {
				for _, step := range []struct {
					wait time.Duration
					want int64
				}{{0, 1}, {c.good - time.Second, 1}, {c.stale - c.good, 2}} {
					time.Sleep(step.wait)
					if _, err := client.Balance(t.Context()); err != nil {
						t.Fatal(err)
					}
					if n := p.tokens.Load(); n != step.want {
						t.Errorf("%d tokens asked for, want %d", n, step.want)
					}
				}
			})
		})
	}
}

func TestAWaiterLeavesAloneAndTheOthersGetTheirToken(t *testing.T) {
	p := &provider{life: "900"}
	bubble(t, p, func(t *testing.T, client *kirimdoku.Client, _ *gate) {
		impatient, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var workers sync.WaitGroup
		workers.Go(func() {
			_, err := client.Balance(impatient) // starts the token call
			wantOutcome(t, err, batch.NotTaken, context.DeadlineExceeded)
		})
		synctest.Wait()
		workers.Go(func() {
			if _, err := client.Balance(t.Context()); err != nil {
				t.Error(err)
			}
		})
		workers.Wait()
		if n := p.tokens.Load(); n != 1 {
			t.Errorf("%d tokens asked for, want 1", n)
		}
	})
}

func TestATokenCallIsGivenUpWithItsLastWaiter(t *testing.T) {
	p := &provider{life: "900"}
	bubble(t, p, func(t *testing.T, client *kirimdoku.Client, _ *gate) {
		impatient, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := client.Balance(impatient)
		wantOutcome(t, err, batch.NotTaken, context.DeadlineExceeded)
		if _, err := client.Balance(t.Context()); err != nil {
			t.Errorf("after a token call that was given up: %v", err)
		}
	})
}

func TestAnOrderThatOutlivedItsTokenIsNotSent(t *testing.T) {
	p := &provider{life: "900"}
	bubble(t, p, func(t *testing.T, client *kirimdoku.Client, gate *gate) {
		order, err := client.Prepare(t.Context(), sample)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		_, err = client.Transfer(t.Context(), order)
		wantOutcome(t, err, batch.NotTaken, nil)
		gate.wants(t, 2, 1, 1)
		if n := p.calls.Load(); n != 0 {
			t.Errorf("%d calls were made with an expired token", n)
		}
	})
}

func TestARefusedTokenIsRenewedOnceAndReadsAreRepeated(t *testing.T) {
	for _, op := range []kirimdoku.Operation{kirimdoku.BalanceCall, kirimdoku.InquiryCall, kirimdoku.StatusCall} {
		for _, number := range []string{"00", "01", "03"} {
			d := newDoku(t)
			good := d.answers[pathOf[op]]
			d.on(pathOf[op], inTurn(code("401"+op.Service()+number), good))
			client, gate := newClient(t, d)
			if err := operate(t.Context(), client, op); err != nil {
				t.Fatalf("%s after one 401/%s: %v", op.Name(), number, err)
			}
			calls := d.seen(pathOf[op])
			if len(calls) != 2 || d.tokens != 2 {
				t.Fatalf("%s: %d calls with %d tokens, want 2 and 2", op.Name(), len(calls), d.tokens)
			}
			wantHeader(t, calls[1], "Authorization", "Bearer "+tokenNumber(2))
			if calls[0].header.Get("X-EXTERNAL-ID") == calls[1].header.Get("X-EXTERNAL-ID") {
				t.Errorf("%s: the repeat has the external id of the first call", op.Name())
			}
			gate.wants(t, 4, 4, 0)
		}
	}
}

func TestATransferWithARefusedTokenIsNotRepeatedInside(t *testing.T) {
	d := newDoku(t)
	d.on(transferPath, inTurn(code("4014301"), says(200, accepted)))
	client, _ := newClient(t, d)
	_, err := send(t, client)
	wantOutcome(t, err, batch.NotTaken, nil)
	if n := len(d.seen(transferPath)); n != 1 {
		t.Fatalf("the transfer was sent %d times", n)
	}
	if _, err := send(t, client); err != nil {
		t.Errorf("prepared anew: %v", err)
	}
	calls := d.seen(transferPath)
	wantHeader(t, calls[1], "Authorization", "Bearer "+tokenNumber(2))
	if string(calls[0].body) != string(calls[1].body) {
		t.Errorf("the second body differs: %s and %s", calls[0].body, calls[1].body)
	}
}

func TestCredentialsRefusedTwiceStopTheRun(t *testing.T) {
	for _, number := range []string{"00", "01", "03"} {
		d := newDoku(t)
		for _, op := range bearerCalls {
			d.on(pathOf[op], code("401"+op.Service()+number))
		}
		client, _ := newClient(t, d)
		wantOutcome(t, operate(t.Context(), client, kirimdoku.TransferCall), batch.NotTaken, nil)
		wantOutcome(t, operate(t.Context(), client, kirimdoku.TransferCall), batch.Stop, batch.ErrCredentials)

		client, _ = newClient(t, d)
		wantOutcome(t, operate(t.Context(), client, kirimdoku.BalanceCall), batch.Stop, batch.ErrCredentials)
	}
}

func TestATokenRefusedOnceIsAskedForAgainAndTwiceStopsTheRun(t *testing.T) {
	refused := code("4017300")
	d := newDoku(t)
	d.on(tokenPath, inTurn(refused, d.giveToken, refused, refused))
	client, _ := newClient(t, d)
	wantOutcome(t, operate(t.Context(), client, kirimdoku.BalanceCall), batch.NotTaken, batch.ErrCredentials)
	if err := operate(t.Context(), client, kirimdoku.BalanceCall); err != nil {
		t.Errorf("after one refusal: %v", err)
	}
	d.on(balancePath, code("5001100"))
	client, _ = newClient(t, d) // without a token, as a new process
	wantOutcome(t, operate(t.Context(), client, kirimdoku.BalanceCall), batch.NotTaken, batch.ErrCredentials)
	wantOutcome(t, operate(t.Context(), client, kirimdoku.BalanceCall), batch.Stop, batch.ErrCredentials)
	if n := len(d.seen(tokenPath)); n != 4 {
		t.Errorf("%d token calls, want 4", n)
	}
}

func TestASuccessBetweenForgivesARefusal(t *testing.T) {
	d := newDoku(t)
	d.on(transferPath, inTurn(code("4014301"), says(200, accepted), code("4014301"), says(200, accepted)))
	client, _ := newClient(t, d)
	for i := range 4 {
		_, err := send(t, client)
		if i%2 == 0 {
			wantOutcome(t, err, batch.NotTaken, nil)
		} else if err != nil {
			t.Errorf("transfer %d: %v", i, err)
		}
	}
}

func TestManyCallsRefusedWithOneTokenCountOnce(t *testing.T) {
	d := newDoku(t)
	var late sync.WaitGroup
	late.Add(4)
	d.on(transferPath, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer "+tokenNumber(1) {
			late.Done()
			late.Wait() // all of them are under way before the first is refused
			code("4014301")(w, r)
			return
		}
		says(200, accepted)(w, r)
	})
	client, _ := newClient(t, d)
	var workers sync.WaitGroup
	for range 4 {
		order, err := client.Prepare(t.Context(), sample)
		if err != nil {
			t.Fatal(err)
		}
		workers.Go(func() {
			_, err := client.Transfer(t.Context(), order)
			wantOutcome(t, err, batch.NotTaken, nil)
		})
	}
	workers.Wait()
	if _, err := send(t, client); err != nil || d.tokens != 2 {
		t.Errorf("with the new token: %v, %d tokens; want success and 2", err, d.tokens)
	}
}

func TestAFailingTokenCallMeansThatTheCallWasNotTaken(t *testing.T) {
	cases := map[string]struct {
		answer  http.HandlerFunc
		outcome batch.Outcome
		cause   error
	}{
		"general error":         {code("5007300"), batch.NotTaken, nil},
		"timeout":               {code("5047300"), batch.NotTaken, nil},
		"HTML":                  {says(200, "<html>"), batch.NotTaken, nil},
		"empty":                 {says(200, ""), batch.NotTaken, nil},
		"throttled":             {withRetryAfter("3", code("4297300")), batch.NotTaken, nil},
		"unlisted":              {code("4037399"), batch.NotTaken, nil},
		"no token in it":        {says(200, `{"responseCode":"2007300"}`), batch.NotTaken, nil},
		"a token with a break":  {says(200, `{"responseCode":"2007300","accessToken":"a\r\nX-Evil: 1"}`), batch.NotTaken, nil},
		"a token without end":   {says(200, `{"responseCode":"2007300","accessToken":"`+strings.Repeat("x", kirimdoku.TokenLengthLimit+1)+`"}`), batch.NotTaken, nil},
		"a cut connection":      {hangUp, batch.NotTaken, nil},
		"signature refused":     {code("4017300"), batch.NotTaken, batch.ErrCredentials}, // once
		"malformed":             {code("4007301"), batch.Stop, batch.ErrConfiguration},
		"not allowed":           {code("4037301"), batch.Stop, batch.ErrNotAllowed},
		"refusal under HTTP200": {says(200, `{"responseCode":"4017300"}`), batch.NotTaken, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, op := range bearerCalls {
				d := newDoku(t)
				d.on(tokenPath, c.answer)
				client, gate := newClient(t, d)
				failure := wantOutcome(t, operate(t.Context(), client, op), c.outcome, c.cause)
				if failure.Operation != "token" {
					t.Errorf("error of %q, want token", failure.Operation)
				}
				if len(d.seen(pathOf[op])) != 0 || len(d.seen(tokenPath)) != 1 {
					t.Errorf("%d calls, %d token calls; want 0 and 1", len(d.seen(pathOf[op])), len(d.seen(tokenPath)))
				}
				gate.wants(t, 1, 1, 0)
			}
		})
	}
}

func TestAClosedGateMeansThatNothingWasTaken(t *testing.T) {
	d := newDoku(t)
	shut := errors.New("shut")
	client, gate := newClient(t, d)
	gate.refuse = shut
	for _, op := range bearerCalls {
		wantOutcome(t, operate(t.Context(), client, op), batch.NotTaken, shut)
	}
	if len(d.calls) != 0 {
		t.Errorf("%d calls passed a closed gate", len(d.calls))
	}
}

func TestLifeOfAToken(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"900": 15 * time.Minute, "": 15 * time.Minute, "0": 15 * time.Minute, "-3": 15 * time.Minute, "soon": 15 * time.Minute,
		"60": time.Minute, "9223372036854775807": 24 * time.Hour,
	} {
		if got := kirimdoku.TokenLifeOf(text); got != want {
			t.Errorf("expiresIn %q: %v, want %v", text, got, want)
		}
	}
}

func TestCredentialsThatServeOnlyInquiriesStopTheRun(t *testing.T) {
	d := newDoku(t)
	d.on(transferPath, says(401, `{"responseCode":"4014301","responseMessage":"Invalid Token"}`))
	client, _ := newClient(t, d)
	for try := 1; try <= 10; try++ {
		if _, err := client.Inquire(t.Context(), sampleInquire); err != nil {
			t.Fatal(err)
		}
		_, err := send(t, client)
		if errors.Is(err, batch.ErrCredentials) {
			if try < 3 {
				t.Errorf("stopped at the transfer number %d", try)
			}
			return
		}
		if batch.OutcomeOf(err) != batch.NotTaken {
			t.Fatalf("transfer %d: %v", try, err)
		}
	}
	t.Error("ten transfers were refused and the run was not stopped")
}
