package simulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch/kirimdoku/simulator"
)

// onPort lets the client of a simulator call it over a real connection.
func onPort(t *testing.T, settings simulator.Config) *client {
	t.Helper()
	c := newClient(t, settings)
	server := httptest.NewServer(c.sim)
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	c.base = server.URL
	c.http = &http.Client{Transport: server.Client().Transport, CheckRedirect: c.http.CheckRedirect}
	return c
}

func TestAPayoutOverAPort(t *testing.T) {
	c := onPort(t, config())
	payOne(t, c)
}

func TestFaultsOverAPortCutTheConnection(t *testing.T) {
	for fault, debits := range map[string]int{"lose-request": 0, "no-connection": 0, "lose-response": 1, "cut-answer": 1} {
		settings := config()
		settings.Faults = mustFaults(t, "transfer:"+fault+"@1")
		c := onPort(t, settings)
		answer := c.pay(ordinary("REF-1"))
		if answer.err == nil || answer.body != nil {
			t.Errorf("%s: got an answer: %s", fault, answer.raw)
		}
		if got := len(c.sim.Book()); got != debits {
			t.Errorf("%s: %d debits, want %d", fault, got, debits)
		}
		if got := c.sim.TransferRequests("REF-1"); got != 1 {
			t.Errorf("%s: %d requests, want 1", fault, got)
		}
	}
}

func TestAnotherProcessReadsTheBook(t *testing.T) {
	c := onPort(t, config())
	get := func(path string, into any) {
		t.Helper()
		response, err := c.http.Get(c.base + "/simulator/" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	var violations []simulator.Violation
	if get("violations", &violations); violations == nil || len(violations) != 0 {
		t.Errorf("violations %v, want an empty list", violations)
	}
	var none []simulator.Debit
	if get("book", &none); none == nil {
		t.Error("an empty book is null")
	}
	c.pay(ordinary("REF-1"))
	r := c.tokenRequest()
	r.after = without("X-CLIENT-KEY")
	r.send()
	var book []simulator.Debit
	if get("book", &book); len(book) != 1 || book[0].Reference != "REF-1" || book[0].Amount != 200_000*rp || book[0].State != simulator.Paid {
		t.Errorf("book %+v", book)
	}
	if get("violations", &violations); len(violations) == 0 || violations[0].Call != simulator.TokenCall {
		t.Errorf("violations %+v", violations)
	}
	var balance struct {
		simulator.Balance
		Check string
	}
	want := simulator.Balance{Opening: opening, Debited: 200_000 * rp, Fees: fee, Available: afterOne}
	if get("balance", &balance); balance.Balance != want || balance.Check != "" {
		t.Errorf("balance %+v, want %+v", balance, want)
	}
	var calls struct {
		Calls map[simulator.Operation]int
		Peak  int `json:"peak_per_second"`
	}
	if get("calls", &calls); calls.Calls[simulator.TransferCall] != 1 || calls.Peak < 2 {
		t.Errorf("calls %+v", calls)
	}
}

func TestTheAdminPathsOnlyRead(t *testing.T) {
	c := onPort(t, config())
	for path, want := range map[string]int{"book": 405, "balance": 405, "nothing": 404, "": 404} {
		response, err := c.http.Post(c.base+"/simulator/"+path, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("POST %q: %d, want %d", path, response.StatusCode, want)
		}
	}
}

func TestACallEndsWithItsContextAndHasTakenEffect(t *testing.T) {
	settings := config()
	settings.Faults = mustFaults(t, "transfer:slow/10s@1")
	inBubble(t, settings, func(t *testing.T, c *client) {
		session := c.session(ordinary("REF-1"))
		c.http.Timeout = 3 * time.Second
		start := time.Now()
		answer := c.transfer(ordinary("REF-1"), session)
		if !errors.Is(answer.err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("got %v after %v", answer.err, time.Since(start))
		}
		c.wantDebits(1, afterOne)
		c.wantStatus("REF-1", "00")
	})
}

func TestLatencyIsAddedToEveryAnswer(t *testing.T) {
	settings := config()
	settings.Latency = 200 * time.Millisecond
	inBubble(t, settings, func(t *testing.T, c *client) {
		start := time.Now()
		c.pay(ordinary("REF-1"))
		if got := time.Since(start); got != 400*time.Millisecond {
			t.Errorf("two calls took %v", got)
		}
	})
}

func TestTheTransportTellsWhenARequestMayHaveLeft(t *testing.T) {
	for fault, want := range map[string]string{
		"no-connection": "", "lose-request": "conn headers request ", "lose-response": "conn headers request ",
		"500-after": "conn headers request answer ",
	} {
		settings := config()
		settings.Faults = mustFaults(t, "inquiry:"+fault+"@1")
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, settings)
			got := ""
			request := c.inquiryRequest(ordinary("REF-1").inquiryFields().json()).build()
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				GotConn:              func(httptrace.GotConnInfo) { got += "conn " },
				WroteHeaders:         func() { got += "headers " },
				WroteRequest:         func(httptrace.WroteRequestInfo) { got += "request " },
				GotFirstResponseByte: func() { got += "answer " },
			})
			if response, err := c.http.Do(request.WithContext(ctx)); err == nil {
				response.Body.Close()
			}
			if got != want {
				t.Errorf("%s: %q, want %q", fault, got, want)
			}
		})
	}
}

func TestNewNamesEveryProblemOfAConfiguration(t *testing.T) {
	_, err := simulator.New(simulator.Config{Opening: -1, CallsPerSecond: -1, Codes: 9, Latency: -1, TokenLifetime: 1,
		AccountNo: strings.Repeat("A", 17), Accounts: []simulator.Account{{Behaviour: "sulking"}}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"client id", "public key", "client secret", "negative", "calls per second", "codes", "-1ns", "lifetime", "longer than 16", "sulking"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing about %q in: %v", want, err)
		}
	}
	if _, err := simulator.New(config()); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
}

func TestATransferMayBeFreeOfFee(t *testing.T) {
	settings := config()
	settings.FreeOfFee = true
	inBubble(t, settings, func(t *testing.T, c *client) {
		c.pay(ordinary("REF-1"))
		c.wantDebits(1, opening-200_000*rp)
	})
}

func TestAccountNumbersAndSecretsAreNotInViolations(t *testing.T) {
	inBubble(t, config(), func(t *testing.T, c *client) {
		session := c.session(ordinary("REF-1"))
		p := ordinary("REF-1")
		p.account = "5550001234"
		c.transfer(p, session)
		c.transferRequest(p.transferFields(session).but(fields{"beneficiaryAccountNumber": "555-0001234"}).json()).send()
		r := c.inquiryRequest(ordinary("REF-1").inquiryFields().json())
		r.token = "secret-token"
		r.send()
		text, err := json.Marshal(c.sim.Violations())
		if err != nil || len(c.sim.Violations()) < 3 {
			t.Fatal(err, string(text))
		}
		for _, canary := range []string{"0001234", "8377388292", "secret-token", secret} {
			if strings.Contains(string(text), canary) {
				t.Errorf("%q is in %s", canary, text)
			}
		}
	})
}
