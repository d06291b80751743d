package kirimdoku_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
	"gajian/ledger"
)

const (
	tokenPath    = "/authorization/v1/access-token/b2b"
	balancePath  = "/snap/v1.1/balance-inquiry"
	inquiryPath  = "/snap/v1.1/emoney/bank-account-inquiry"
	transferPath = "/snap/v1.1/emoney/transfer-bank"
	statusPath   = "/snap/v1.1/qr/qr-mpm-status"
)

// canary marks every secret of the tests: it must never be seen.
const canary = "CANARY"

const clientSecret = "SK-" + canary + "-0123456789abcdef"

var privateKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// call is one request as the server saw it.
type call struct {
	path   string
	header http.Header
	body   []byte
}

// doku is a small Kirim DOKU: it gives out tokens and answers from a table of functions.
type doku struct {
	t      *testing.T
	server *httptest.Server

	mu      sync.Mutex
	calls   []call
	tokens  int
	answers map[string]http.HandlerFunc
}

func newDoku(t *testing.T) *doku {
	d := &doku{t: t, answers: answersOfTheSamples()}
	d.on(tokenPath, d.giveToken)
	d.server = httptest.NewServer(d)
	t.Cleanup(d.server.Close)
	return d
}

func answersOfTheSamples() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		balancePath: says(200, sampleBalance), inquiryPath: says(200, sampleInquiry),
		transferPath: says(200, sampleTransfer), statusPath: says(200, sampleStatus),
	}
}

func (d *doku) on(path string, answer http.HandlerFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers[path] = answer
}

func (d *doku) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.t.Errorf("%s: read the request: %v", r.URL.Path, err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	d.mu.Lock()
	d.calls = append(d.calls, call{r.URL.Path, r.Header.Clone(), body})
	answer := d.answers[r.URL.Path]
	d.mu.Unlock()
	if answer == nil {
		http.NotFound(w, r)
		return
	}
	answer(w, r)
}

func (d *doku) giveToken(w http.ResponseWriter, _ *http.Request) {
	d.mu.Lock()
	d.tokens++
	n := d.tokens
	d.mu.Unlock()
	fmt.Fprintf(w, `{"responseCode":"2007300","responseMessage":"Successful","accessToken":%q,"tokenType":"Bearer","expiresIn":900}`, tokenNumber(n))
}

func tokenNumber(n int) string { return fmt.Sprintf("token-%s-%d", canary, n) }

func (d *doku) seen(path string) (calls []call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, call := range d.calls {
		if call.path == path {
			calls = append(calls, call)
		}
	}
	return calls
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// code answers with a response code under its own HTTP status.
func code(code string) http.HandlerFunc {
	var status int
	fmt.Sscan(code[:3], &status)
	return says(status, fmt.Sprintf(`{"responseCode":%q,"responseMessage":"Refused"}`, code))
}

// inTurn answers with each of answers, then with the last for ever.
func inTurn(answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		answer := answers[min(n, len(answers)-1)]
		n++
		mu.Unlock()
		answer(w, r)
	}
}

// gate admits everybody and keeps count.
type gate struct {
	mu                       sync.Mutex
	acquired, used, released int
	over                     int                         // used ones whose call is over
	wait                     func(context.Context) error // of Use; nil: none
	throttled                []time.Duration
	refuse                   error
}

func (g *gate) Acquire(ctx context.Context) (batch.Slot, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refuse != nil {
		return nil, g.refuse
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	g.acquired++
	return &slot{gate: g}, nil
}

func (g *gate) Throttled(retryAfter time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over >= g.used {
		panic("the gate hears of a refusal when the call that was refused does not count any more")
	}
	g.throttled = append(g.throttled, retryAfter)
}

func (g *gate) wants(t *testing.T, acquired, used, released int) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.acquired != acquired || g.used != used || g.released != released {
		t.Errorf("gate: %d slots acquired, %d used, %d released; want %d, %d, %d", g.acquired, g.used, g.released, acquired, used, released)
	}
	if g.over != g.used {
		t.Errorf("gate: %d slots were used, and %d calls are over", g.used, g.over)
	}
}

type slot struct {
	gate       *gate
	done, over bool
}

func (s *slot) end(counter *int) {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	if s.done {
		panic("a slot was used or released twice")
	}
	s.done = true
	*counter++
}

func (s *slot) Use(ctx context.Context) error {
	if s.gate.wait != nil {
		if err := s.gate.wait(ctx); err != nil {
			s.Release()
			return err
		}
	}
	s.end(&s.gate.used)
	return nil
}

func (s *slot) Done() {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	if !s.done || s.over {
		panic("a call is over that did not begin, or is over twice")
	}
	s.over = true
	s.gate.over++
}

func (s *slot) Left() {}

func (s *slot) Release() { s.end(&s.gate.released) }

func newConfig(url string, gate batch.Gate) kirimdoku.Config {
	return kirimdoku.Config{
		BaseURL: url, ClientID: "BRN-0240-1657686175289", PrivateKey: privateKey(), ClientSecret: kirimdoku.NewSecret(clientSecret),
		AccountNo: "A41879", CustomerNumber: "628115678890",
		SenderFirstName: "JOHN", SenderLastName: "DOE", SenderPersonalID: "89012345", SenderPersonalIDType: "KTP",
		Timeout: 5 * time.Second, Gate: gate,
	}
}

// newClient makes a client of d. What it logs is searched for secrets at the end of the test.
func newClient(t *testing.T, d *doku, change ...func(*kirimdoku.Config)) (*kirimdoku.Client, *gate) {
	t.Helper()
	g := &gate{}
	config := newConfig(d.server.URL, g)
	config.Logger = testLogger(t)
	for _, change := range change {
		change(&config)
	}
	client, err := kirimdoku.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, g
}

func testLogger(t *testing.T) *slog.Logger {
	log := &lockedBuffer{}
	t.Cleanup(func() { wantClean(t, "the log", log.String()) })
	return slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// wantClean refuses text that shows a secret or a full account number.
func wantClean(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{canary, sample.AccountNumber} {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows %q: %s", what, secret, text)
		}
	}
}

// The seed samples' transfer.
var sample = batch.Transfer{
	Reference: "hsjkans284b2he54", Session: "I0438729855304540", BankCode: "014", BankName: "Bank BCA", AccountNumber: "8377388292",
	Amount: 200_000 * ledger.Rupiah, Name: "FHILEA HERMANUS", HolderName: "FHILEA HERMANUS", Phone: "62811600174", Remark: "Remark test",
}

var (
	sampleInquire = batch.Inquiry{Reference: sample.Reference, BankCode: sample.BankCode, AccountNumber: sample.AccountNumber, Name: sample.Name, Amount: sample.Amount}
	sampleQuery   = batch.Query{Reference: "hsjkans284b2he54", ProviderReference: "hsjkans284b2he54", ExternalID: "892834eWg"}
)

// DOKU's sample answers, with their oddities.
const (
	sampleBalance = `{"responseCode":2001100,"responseMessage":"Successful","accountNo":"A41879","name":"Simulator Indo Agent",
		"accountInfos":{"holdAmount":{"value":"0.00","currency":"IDR"},"avaliableBalance":{"value":"823781442.13","currency":"IDR"}},
		"additionalInfo":{"creditAlertLimit":{"value":"65000.00","currency":"IDR"}}}`
	sampleInquiry = `{"responseCode":2004200,"responseMessage":"Successful","referenceNo":"I0438729855304540","partnerReferenceNo":"hsjkans284b2he54",
		"beneficiaryAccountNumber":"8377388292","beneficiaryAccountName":"SUHUT","beneficiaryBankCode":"014",
		"beneficiaryBankShortName":"Bank Central Asia BCA","beneficiaryBankName":"Bank Central Asia BCA",
		"amount":{"value":"200000.00","currency":"IDR"},"sessionId":"I0438729855304540",
		"additionalInfo":{"senderCountryCode":"ID","forexRate":"1.00","forexOriginCurrency":"IDR","feeAmount":"4500.00","feeCurrency":"IDR",
		"beneficiaryAmount":"200000.00","referenceNumber":"c5fe5465-0843-4ac7-9c93-57cb2c5ef6b2"}}`
	sampleTransfer = `{"responseCode":2004300,"responseMessage":"Successful","referenceNo":"DK01123220","partnerReferenceNo":"hsjkans284b2he54",
		"transactionDate":"2022-11-11T10:51:48+07:00","referenceNumber":"39448581-c741-44f9-b3af-98616e2229b1",
		"additionalInfo":{"sessionId":"I0438729855304540","amount":"200000.00"}}`
	sampleStatus = `{"responseCode":2005300,"responseMessage":"Successful","originalReferenceNo":"DK01123220",
		"originalPartnerReferenceNo":"hsjkans284b2he54","serviceCode":43,"latestTransactionStatus":"00",
		"amount":{"value":"65000.00","currency":"IDR"},"transactionDate":"2024-09-17T14:41:52. 022+07:00","originalResponseCode":0,
		"originalResponseMessage":"Transfer Approve","transactionStatusDesc":"Transaction is successfully processed",
		"sessionId":"I0438729855304540","additionalInfo":{"cashInTime":"2024-09-17 13:56:57","remark":"Remark test","beneficiaryAmount":"200000.00"}}`
)

// wantOutcome checks what an error says and that it shows nothing secret.
func wantOutcome(t *testing.T, err error, want batch.Outcome, cause error) *batch.Error {
	t.Helper()
	var failure *batch.Error
	if !errors.As(err, &failure) {
		t.Fatalf("error %v (%T), want a *batch.Error", err, err)
	}
	wantClean(t, "the error", fmt.Sprintf("%v %+v", err, err))
	if failure.Outcome != want {
		t.Errorf("%v: outcome %q, want %q", err, failure.Outcome, want)
	}
	if cause != nil && !errors.Is(err, cause) {
		t.Errorf("%v: cause %v, want %v", err, failure.Cause, cause)
	}
	return failure
}

// send prepares and sends the sample transfer.
func send(t *testing.T, client *kirimdoku.Client) (batch.Receipt, error) {
	t.Helper()
	order, err := client.Prepare(t.Context(), sample)
	if err != nil {
		t.Fatalf("prepare: %v", err)
	}
	return client.Transfer(t.Context(), order)
}

// operate makes the call of an operation with the sample's values.
func operate(ctx context.Context, client *kirimdoku.Client, op kirimdoku.Operation) error {
	switch op {
	case kirimdoku.BalanceCall:
		_, err := client.Balance(ctx)
		return err
	case kirimdoku.InquiryCall:
		_, err := client.Inquire(ctx, sampleInquire)
		return err
	case kirimdoku.TransferCall:
		order, err := client.Prepare(ctx, sample)
		if err != nil {
			return err
		}
		_, err = client.Transfer(ctx, order)
		return err
	}
	_, err := client.Status(ctx, sampleQuery)
	return err
}

var pathOf = map[kirimdoku.Operation]string{
	kirimdoku.TokenCall: tokenPath, kirimdoku.BalanceCall: balancePath, kirimdoku.InquiryCall: inquiryPath,
	kirimdoku.TransferCall: transferPath, kirimdoku.StatusCall: statusPath,
}

var bearerCalls = []kirimdoku.Operation{kirimdoku.BalanceCall, kirimdoku.InquiryCall, kirimdoku.TransferCall, kirimdoku.StatusCall}

// quiet is the error log of servers whose connections are meant to fail.
var quiet = log.New(io.Discard, "", 0)

func withRetryAfter(text string, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", text)
		answer(w, r)
	}
}
