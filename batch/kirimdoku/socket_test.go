package kirimdoku_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"
)

// socketFaults are the faults for which it matters what net/http does by itself. Each is met twice:
// after the call took effect, and when it did nothing.
var socketFaults = []string{"hang", "drip", "drip-head", "endless-body", "endless-head", "gzip-bomb", "early-hints", "switching", "bom", "deep", "two-objects", "refusal-200"}

// tookEffect are further ones that have no other form.
var tookEffect = []string{"lose-response", "cut-answer", "two-answers", "redirect-after", "500-after", "empty", "truncated", "replay-409"}

// didNothing are further ones, of the other form.
var didNothing = []string{"lose-request", "redirect", "redirect-303", "redirect-host", "redirect-login", "503-before"}

// socketTimeout is long enough for an honest answer on a busy machine, and no test waits for more
// than a few of them.
const socketTimeout = 400 * time.Millisecond

// socketWorld is a simulator that is served over TLS on a port, by a server that would speak
// HTTP/2, and a client and a ledger of it.
type socketWorld struct {
	sim    *simulator.Simulator
	client *kirimdoku.Client
	store  *ledger.Store
	batch  ledger.Batch
	newer  atomic.Int64 // requests that did not come as HTTP/1.1
}

func newSocketWorld(t *testing.T, lines int, faults string) *socketWorld {
	t.Helper()
	w := &socketWorld{}
	parsed, err := simulator.ParseFaults(faults)
	if err != nil {
		t.Fatal(err)
	}
	w.sim, err = simulator.New(simulator.Config{
		ClientID: "BRN-0240-1657686175289", PublicKey: &privateKey().PublicKey, ClientSecret: clientSecret, Opening: 1e14, Faults: parsed,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 {
			w.newer.Add(1)
		}
		w.sim.ServeHTTP(rw, r)
	}))
	server.EnableHTTP2, server.Config.ErrorLog = true, quiet
	server.StartTLS()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	config := newConfig(server.URL, batch.NewPace(500))
	config.Timeout, config.Logger = socketTimeout, testLogger(t)
	if w.client, err = kirimdoku.New(config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	w.client.TrustRoots(&tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	if lines > 0 {
		w.enter(t, lines)
	}
	return w
}

// enter brings a payroll into a ledger.
func (w *socketWorld) enter(t *testing.T, lines int) {
	t.Helper()
	var err error
	if w.store, err = ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{Environment: "sandbox", Command: "test", Create: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.store.Close() })
	given := func(yield func(ledger.Line) error) error {
		for i := range lines {
			err := yield(ledger.Line{Number: i + 2, EmployeeID: fmt.Sprintf("E%d", i), Name: "Siti Rahmawati", BankCode: "014",
				AccountNumber: fmt.Sprintf("80%08d", i), Amount: ledger.Sen(1_000_000+i) * ledger.Rupiah})
			if err != nil {
				return err
			}
		}
		return nil
	}
	stock, err := batch.TakeStock(t.Context(), w.store, given, "2026-11", true, batch.Review{})
	if err != nil {
		t.Fatal(err)
	}
	if w.batch, err = batch.Enter(t.Context(), w.store, stock, batch.Origin{File: "payroll.csv", CreatedBy: "test"}, given); err != nil {
		t.Fatal(err)
	}
}

// run runs the payroll until all but inDoubt payouts are settled, with times that suit a test on a
// real clock.
func (w *socketWorld) run(t *testing.T, inDoubt int) (summary ledger.Summary) {
	t.Helper()
	for range 10 { // on a busy machine an honest answer may be late, too
		summary = w.runOnce(t)
		if under := summary.ByStatus; under[ledger.Settled].Count+inDoubt == summary.Lines {
			break
		}
	}
	return summary
}

func (w *socketWorld) runOnce(t *testing.T) ledger.Summary {
	t.Helper()
	err := batch.Run(t.Context(), w.store, w.client, w.batch.ID, batch.Pay, batch.Settings{
		Concurrency: 16, PollFirst: 100 * time.Millisecond, PollEvery: 50 * time.Millisecond, PollFor: time.Second, NotFoundAfter: 24 * time.Hour,
		SessionMaxAge: 10 * time.Minute, NameMatch: batch.NameHold, Fee: 4_500 * ledger.Rupiah, ReturnsFor: time.Hour, Actor: "run",
	})
	if err != nil {
		t.Errorf("run: %v", err)
	}
	summary, err := w.store.Summary(w.batch.ID)
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

// everySecond makes a specification in which every second call of an operation meets the next fault:
// between two of them there are answers, so that no run takes the provider for down.
func everySecond(operation simulator.Operation, kinds []string) string {
	var rules []string
	for i, kind := range kinds {
		rules = append(rules, fmt.Sprintf("%s:%s@%d", operation, kind, 2*i+2))
	}
	return strings.Join(rules, ",")
}

func inForms(took, nothing bool) (kinds []string) {
	if took {
		kinds = append(append(kinds, socketFaults...), tookEffect...)
	}
	if nothing {
		for _, kind := range socketFaults {
			kinds = append(kinds, kind+"-before")
		}
		kinds = append(kinds, didNothing...)
	}
	return kinds
}

// What took effect is found, what did nothing stays in doubt, and no transfer leaves twice: over a
// real connection, where net/http might have sent it again by itself.
func TestFaultsOfTransfersOverTLS(t *testing.T) {
	for _, c := range []struct {
		name          string
		took, nothing bool
	}{{"that took effect", true, false}, {"that did nothing", false, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			kinds := inForms(c.took, c.nothing)
			lines := 2 * len(kinds)
			w := newSocketWorld(t, lines, everySecond(simulator.TransferCall, kinds))
			inDoubt := 0
			if c.nothing {
				inDoubt = len(kinds)
			}
			summary := w.run(t, inDoubt)
			if got := summary.ByStatus; got[ledger.Submitting].Count != inDoubt || got[ledger.Settled].Count != lines-inDoubt {
				t.Errorf("%d in doubt and %d settled, want %d and %d", got[ledger.Submitting].Count, got[ledger.Settled].Count, inDoubt, lines-inDoubt)
			}
			w.judge(t, lines, lines-inDoubt)
		})
	}
}

func TestFaultsOfQuestionsOverTLS(t *testing.T) {
	for _, operation := range []simulator.Operation{simulator.InquiryCall, simulator.StatusCall} {
		t.Run(string(operation), func(t *testing.T) {
			t.Parallel()
			kinds := append(socketFaults[:8:8], "cut-answer", "two-answers") // the form makes no difference to a question
			if operation == simulator.InquiryCall {
				kinds = append(kinds, "wrong-reference", "wrong-amount", "previous-answer", "other-account")
			}
			lines := 2 * len(kinds)
			w := newSocketWorld(t, lines, everySecond(operation, kinds))
			if got := w.run(t, 0).ByStatus[ledger.Settled].Count; got != lines {
				t.Errorf("%d settled, want %d", got, lines)
			}
			w.judge(t, lines, lines)
		})
	}
}

// judge looks into the simulator's book: every transfer left once, and was debited once at most.
func (w *socketWorld) judge(t *testing.T, sent, debits int) {
	t.Helper()
	if got := w.sim.Calls()[simulator.TransferCall]; got != sent {
		t.Errorf("%d transfers arrived, %d were sent", got, sent)
	}
	book := w.sim.Book()
	for _, d := range book {
		if d.Requests != 1 {
			t.Errorf("%s arrived %d times", d.Reference, d.Requests)
		}
	}
	if len(book) != debits {
		t.Errorf("%d debits, want %d", len(book), debits)
	}
	if err := w.sim.CheckBook(); err != nil {
		t.Error(err)
	}
	if v := w.sim.Violations(); len(v) > 0 {
		t.Errorf("the client broke a rule: %+v", v[0])
	}
	if n := w.newer.Load(); n > 0 {
		t.Errorf("%d requests came as HTTP/2, whose transport sends again by itself", n)
	}
	if v, err := w.store.Verify(t.Context()); err != nil || len(v.Problems) > 0 {
		t.Errorf("verify: %v %v", err, v.Problems)
	}
}

// Each fault of a token or balance call costs that call and no other, and none waits longer than
// the timeout.
func TestFaultsOfTokenAndBalanceOverTLS(t *testing.T) {
	for _, operation := range []simulator.Operation{simulator.TokenCall, simulator.BalanceCall} {
		t.Run(string(operation), func(t *testing.T) {
			t.Parallel()
			for _, kind := range append(inForms(true, false), didNothing...) {
				if operation == simulator.TokenCall && kind == "replay-409" {
					continue // there is none of a token call
				}
				w := newSocketWorld(t, 0, fmt.Sprintf("%s:%s@1", operation, kind))
				started := time.Now()
				_, err := w.client.Balance(t.Context())
				for range 10 { // on a busy machine a handshake may take longer than the timeout
					if w.sim.Calls()[operation] > 0 {
						break
					}
					started = time.Now()
					_, err = w.client.Balance(t.Context())
				}
				if waited := time.Since(started); waited > 10*socketTimeout {
					t.Errorf("%s: answered after %v", kind, waited)
				}
				var failure *batch.Error
				switch {
				case kind == "two-answers" && err == nil:
				case !errors.As(err, &failure) || failure.Operation != string(operation):
					t.Errorf("%s: %v", kind, err)
				case failure.Outcome != map[simulator.Operation]batch.Outcome{simulator.TokenCall: batch.NotTaken, simulator.BalanceCall: batch.InDoubt}[operation]:
					t.Errorf("%s: %v: %v", kind, failure.Outcome, err)
				}
				if _, err := w.client.Balance(t.Context()); err != nil && kind != "two-answers" {
					t.Errorf("after %s: %v", kind, err)
				}
			}
		})
	}
}

// Nothing was sent when there is no connection, and the run that cannot have one says so.
func TestWithoutAConnectionNothingIsTaken(t *testing.T) {
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
		"the name is not known": func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api.doku.test", IsNotFound: true}}
		},
		"the name server does not answer": func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "i/o timeout", IsTimeout: true}}
		},
		"the handshake is cut": func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				theirs.Read(make([]byte, 1))
				theirs.Close()
			}()
			return ours, nil
		},
		"the handshake never ends": func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go theirs.Read(make([]byte, 1<<20))
			return ours, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSocketWorld(t, 0, "")
			if _, err := w.client.Balance(t.Context()); err != nil { // gets the token
				t.Fatal(err)
			}
			w.client.Close()
			w.client.DialWith(dial)
			_, err := w.client.Balance(t.Context())
			wantOutcome(t, err, batch.NotTaken, nil)
			_, err = w.client.Prepare(t.Context(), sample)
			wantOutcome(t, err, batch.NotTaken, nil)
			if calls := w.sim.Calls(); calls[simulator.BalanceCall] != 1 || calls[simulator.TransferCall] != 0 {
				t.Errorf("calls %v", calls)
			}
		})
	}
}
