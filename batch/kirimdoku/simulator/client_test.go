package simulator_test

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch/kirimdoku/simulator"
)

const (
	clientID = "BRN-0001"
	secret   = "SK-secret"
	rp       = 100 // sen
	opening  = 10_000_000 * rp
	fee      = 4_500 * rp
)

var privateKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func config() simulator.Config {
	return simulator.Config{ClientID: clientID, PublicKey: &privateKey().PublicKey, ClientSecret: secret, Opening: opening}
}

// client is a small client of its own, written from the provider's page.
type client struct {
	t      testing.TB
	sim    *simulator.Simulator
	http   *http.Client
	base   string
	prefix string // /snap/v1.1 or /v1.0
	token  string
	last   int
}

// inBubble runs a test against a simulator under a false clock, and checks the book at its end.
func inBubble(t *testing.T, config simulator.Config, test func(*testing.T, *client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, config)
		test(t, c)
		if err := c.sim.CheckBook(); err != nil {
			t.Errorf("the book does not add up: %v", err)
		}
	})
}

// newClient makes a simulator and a client that has a token.
func newClient(t testing.TB, config simulator.Config) *client {
	t.Helper()
	sim, err := simulator.New(config)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, sim: sim, base: "https://simulator.test", prefix: "/snap/v1.1", http: &http.Client{
		Transport:     sim.Transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	c.login()
	return c
}

func (c *client) login() reply {
	r := c.tokenRequest().send()
	if token := r.text("accessToken"); token != "" {
		c.token = token
	}
	return r
}

// request is a call that a test can spoil before it is signed, and after.
type request struct {
	c         *client
	method    string
	path      string
	body      string
	token     string
	timestamp string
	external  string
	after     func(*http.Request) // may be nil
}

func (c *client) request(path, body string) *request {
	c.last++
	return &request{c: c, method: "POST", path: path, body: body, token: c.token, timestamp: jakarta(time.Now()),
		external: fmt.Sprintf("20%018d", c.last)}
}

func (c *client) tokenRequest() *request {
	r := c.request("/authorization/v1/access-token/b2b", `{"grantType":"client_credentials"}`)
	r.timestamp = time.Now().UTC().Format("2006-01-02T15:04:05Z")
	return r
}

func jakarta(t time.Time) string {
	return t.In(time.FixedZone("", 7*60*60)).Format("2006-01-02T15:04:05-07:00")
}

func (r *request) build() *http.Request {
	request, err := http.NewRequest(r.method, r.c.base+r.path, strings.NewReader(r.body))
	if err != nil {
		r.c.t.Fatal(err)
	}
	header := request.Header
	header.Set("Content-Type", "application/json")
	header.Set("X-TIMESTAMP", r.timestamp)
	if strings.Contains(r.path, "access-token") {
		header.Set("X-CLIENT-KEY", clientID)
		digest := sha256.Sum256([]byte(clientID + "|" + r.timestamp))
		signature, err := rsa.SignPKCS1v15(rand.Reader, privateKey(), crypto.SHA256, digest[:])
		if err != nil {
			r.c.t.Fatal(err)
		}
		header.Set("X-SIGNATURE", base64.StdEncoding.EncodeToString(signature))
	} else {
		header.Set("Authorization", "Bearer "+r.token)
		header.Set("X-PARTNER-ID", clientID)
		header.Set("X-EXTERNAL-ID", r.external)
		header.Set("CHANNEL-ID", "H2H")
		header.Set("X-SIGNATURE", hmacSignature(r.method, r.path, r.token, r.body, r.timestamp))
	}
	if r.after != nil {
		r.after(request)
	}
	return request
}

func hmacSignature(method, path, token, body, timestamp string) string {
	mac := hmac.New(sha512.New, []byte(secret))
	fmt.Fprintf(mac, "%s:%s:%s:%x:%s", method, path, token, sha256.Sum256([]byte(body)), timestamp)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// reply is what came back: an error of the connection, or a status and a body.
type reply struct {
	err    error
	status int
	header http.Header
	raw    string
	body   map[string]any // nil when the body is no JSON object
}

func (r *request) send() reply {
	response, err := r.c.http.Do(r.build())
	if err != nil {
		return reply{err: err}
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	answer := reply{err: err, status: response.StatusCode, header: response.Header, raw: string(raw)}
	if json.Unmarshal(raw, &answer.body) != nil {
		answer.body = nil
	}
	return answer
}

// code is the response code, whether it came as a number or as text.
func (r reply) code() string { return r.text("responseCode") }

// text is the value at a path such as additionalInfo.amount; empty when there is none.
func (r reply) text(path string) string {
	var value any = r.body
	for name := range strings.SplitSeq(path, ".") {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	switch value := value.(type) {
	case string:
		return value
	case float64:
		return fmt.Sprintf("%.0f", value)
	}
	return ""
}

// fields is the body of a call by the paths of its fields.
type fields map[string]string

// but is a copy with some fields changed; a value of "-" leaves the field out.
func (f fields) but(changes fields) fields {
	changed := maps.Clone(f)
	maps.Copy(changed, changes)
	maps.DeleteFunc(changed, func(_, value string) bool { return value == "-" })
	return changed
}

func (f fields) json() string {
	objects := map[string]any{}
	for _, path := range slices.Sorted(maps.Keys(f)) {
		parent, name, nested := strings.Cut(path, ".")
		if !nested {
			objects[path] = f[path]
			continue
		}
		if objects[parent] == nil {
			objects[parent] = map[string]any{}
		}
		objects[parent].(map[string]any)[name] = f[path]
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(objects); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// payout is what a test wants to pay.
type payout struct {
	reference, bank, account, name string
	rupiah                         int
}

func ordinary(reference string) payout {
	return payout{reference: reference, bank: "014", account: "8377388292", name: "FHILEA HERMANUS", rupiah: 200_000}
}

func (p payout) value() string { return fmt.Sprintf("%d.00", p.rupiah) }

func (p payout) inquiryFields() fields {
	return fields{
		"partnerReferenceNo": p.reference, "customerNumber": "628115678890", "amount.value": p.value(), "amount.currency": "IDR",
		"beneficiaryAccountNumber": p.account, "additionalInfo.beneficiaryBankCode": p.bank,
		"additionalInfo.beneficiaryAccountName": p.name, "additionalInfo.senderCountryCode": "ID",
	}
}

func (p payout) transferFields(session string) fields {
	return fields{
		"partnerReferenceNo": p.reference, "customerNumber": "628115678890", "amount.value": p.value(), "amount.currency": "IDR",
		"beneficiaryAccountNumber": p.account, "beneficiaryBankCode": p.bank, "sessionId": session,
		"additionalInfo.beneficiaryFirstName": "FHILEA", "additionalInfo.beneficiaryLastName": "HERMANUS",
		"additionalInfo.beneficiaryPhoneNumber": "62811600174", "additionalInfo.beneficiaryAccountName": p.name,
		"additionalInfo.senderCountryCode": "ID", "additionalInfo.senderFirstName": "JOHN", "additionalInfo.senderLastName": "DOE",
		"additionalInfo.senderPersonalId": "89012345", "additionalInfo.senderPersonalIdType": "KTP",
		"additionalInfo.remark": "Gaji & Bonus <Juni>",
	}
}

func (c *client) inquiryRequest(body string) *request {
	return c.request(c.prefix+"/emoney/bank-account-inquiry", body)
}

func (c *client) transferRequest(body string) *request {
	return c.request(c.prefix+"/emoney/transfer-bank", body)
}

func (c *client) statusRequest(body string) *request {
	return c.request(c.prefix+"/qr/qr-mpm-status", body)
}

func (c *client) balance() reply {
	return c.request(c.prefix+"/balance-inquiry", `{"partnerReferenceNo":"BAL-1","accountNo":"A41879"}`).send()
}

func (c *client) inquire(p payout) reply { return c.inquiryRequest(p.inquiryFields().json()).send() }

// session inquires until it has a session: faults may hit inquiries too.
func (c *client) session(p payout) string {
	c.t.Helper()
	answer := c.inquire(p)
	if answer.code() != "2004200" {
		c.t.Fatalf("inquiry of %s: %v %d %s", p.reference, answer.err, answer.status, answer.raw)
	}
	return answer.text("sessionId")
}

func (c *client) transfer(p payout, session string) reply {
	return c.transferRequest(p.transferFields(session).json()).send()
}

// pay inquires and transfers.
func (c *client) pay(p payout) reply {
	c.t.Helper()
	return c.transfer(p, c.session(p))
}

func (c *client) status(reference string) reply {
	return c.statusRequest(fields{"originalPartnerReferenceNo": reference, "serviceCode": "43"}.json()).send()
}

func (c *client) wantCode(what string, got reply, want string) {
	c.t.Helper()
	if got.err != nil || got.code() != want {
		c.t.Errorf("%s: got %q (%v, %s), want %s", what, got.code(), got.err, got.raw, want)
	}
}

// wantStatus asks how a transfer stands.
func (c *client) wantStatus(reference, want string) {
	c.t.Helper()
	answer := c.status(reference)
	c.wantCode("status of "+reference, answer, "2005300")
	if got := answer.text("latestTransactionStatus"); got != want {
		c.t.Errorf("status of %s: got %q, want %q", reference, got, want)
	}
}

// wantDebits compares the number of debits, and what is left of the deposit.
func (c *client) wantDebits(debits int, available int64) {
	c.t.Helper()
	if book := c.sim.Book(); len(book) != debits {
		c.t.Errorf("got %d debits, want %d: %+v", len(book), debits, book)
	}
	if got := c.sim.Available(); got != available {
		c.t.Errorf("the deposit holds %d sen, want %d", got, available)
	}
}

// wantViolation wants a violation of the field, or none at all when field is empty.
func (c *client) wantViolation(field string) {
	c.t.Helper()
	violations := c.sim.Violations()
	if field == "" {
		if len(violations) > 0 {
			c.t.Errorf("got violations %+v, want none", violations)
		}
		return
	}
	if !slices.ContainsFunc(violations, func(v simulator.Violation) bool { return v.Field == field }) {
		c.t.Errorf("got violations %+v, want one of %s", violations, field)
	}
}
