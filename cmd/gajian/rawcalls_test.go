package main

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// rawCalls is what the benchmarks measure gajian against: a bare, tuned net/http loop that makes
// the three signed calls of a payout (inquiry, transfer, status) and keeps nothing: no file is
// read, no ledger written, no name compared, no limit kept. It is tuned as far as it stays
// net/http: kept connections for every worker, the transport without the client's redirects and
// cookies, headers that are not canonicalised again, one HMAC for each worker, buffers used again,
// GOGC=400. It runs in a process of its own, as gajian does, and reads the same environment.
//
// Usage: rawcalls PAYOUTS CONCURRENCY. It ends with status 1 when an answer is not the one it wants.
func rawCalls() {
	debug.SetGCPercent(400)
	payouts, _ := strconv.ParseInt(os.Args[1], 10, 64)
	concurrency, _ := strconv.Atoi(os.Args[2])
	r := newRawLoop(concurrency)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range concurrency {
		workers.Go(func() {
			w := &rawWorker{rawLoop: r, mac: hmac.New(sha512.New, r.secret)}
			for n := next.Add(1); n <= payouts; n = next.Add(1) {
				w.pay(n)
			}
		})
	}
	workers.Wait()
}

type rawLoop struct {
	base      *url.URL
	secret    []byte
	client    []string // the headers that are the same in every call
	bearer    []string
	token     string
	transport *http.Transport
	started   int64
	calls     atomic.Int64
}

func newRawLoop(concurrency int) *rawLoop {
	secret, err := os.ReadFile(os.Getenv("GAJIAN_CLIENT_SECRET_FILE"))
	helperMust(err)
	base, err := url.Parse(os.Getenv("GAJIAN_BASE_URL"))
	helperMust(err)
	r := &rawLoop{
		base: base, secret: bytes.TrimSpace(secret), client: []string{os.Getenv("GAJIAN_CLIENT_ID")}, started: time.Now().UnixNano(),
		transport: &http.Transport{MaxIdleConns: concurrency, MaxIdleConnsPerHost: concurrency, DisableCompression: true},
	}
	r.token = r.fetchToken()
	r.bearer = []string{"Bearer " + r.token}
	return r
}

func (r *rawLoop) fetchToken() string {
	text, err := os.ReadFile(os.Getenv("GAJIAN_PRIVATE_KEY_FILE"))
	helperMust(err)
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	helperMust(err)
	timestamp := time.Now().UTC().Format("2006-01-02T15:04:05Z")
	digest := sha256.Sum256([]byte(r.client[0] + "|" + timestamp))
	signature, err := rsa.SignPKCS1v15(nil, key.(*rsa.PrivateKey), crypto.SHA256, digest[:])
	helperMust(err)
	request, err := http.NewRequest(http.MethodPost, r.base.String()+"/authorization/v1/access-token/b2b", strings.NewReader(`{"grantType":"client_credentials"}`))
	helperMust(err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-CLIENT-KEY", r.client[0])
	request.Header.Set("X-TIMESTAMP", timestamp)
	request.Header.Set("X-SIGNATURE", base64.StdEncoding.EncodeToString(signature))
	w := &rawWorker{rawLoop: r}
	return w.send(request).AccessToken
}

// rawWorker makes one call after the other.
type rawWorker struct {
	*rawLoop
	mac    hash.Hash
	answer bytes.Buffer
}

// Bodies of the three calls, with the fields that gajian sends.
type (
	rawAmount struct {
		Value    string `json:"value"`
		Currency string `json:"currency"`
	}
	rawInquiry struct {
		Reference string    `json:"partnerReferenceNo"`
		Customer  string    `json:"customerNumber"`
		Amount    rawAmount `json:"amount"`
		Account   string    `json:"beneficiaryAccountNumber"`
		More      struct {
			Bank    string `json:"beneficiaryBankCode"`
			Name    string `json:"beneficiaryAccountName"`
			Country string `json:"senderCountryCode"`
		} `json:"additionalInfo"`
	}
	rawTransfer struct {
		Reference string    `json:"partnerReferenceNo"`
		Customer  string    `json:"customerNumber"`
		Account   string    `json:"beneficiaryAccountNumber"`
		Bank      string    `json:"beneficiaryBankCode"`
		Amount    rawAmount `json:"amount"`
		Session   string    `json:"sessionId"`
		More      struct {
			FirstName    string `json:"beneficiaryFirstName"`
			LastName     string `json:"beneficiaryLastName"`
			Phone        string `json:"beneficiaryPhoneNumber"`
			Name         string `json:"beneficiaryAccountName"`
			Country      string `json:"senderCountryCode"`
			SenderFirst  string `json:"senderFirstName"`
			SenderLast   string `json:"senderLastName"`
			SenderID     string `json:"senderPersonalId"`
			SenderIDType string `json:"senderPersonalIdType"`
		} `json:"additionalInfo"`
	}
	rawStatus struct {
		Reference string `json:"originalPartnerReferenceNo"`
		Service   string `json:"serviceCode"`
	}
	rawAnswer struct {
		AccessToken string `json:"accessToken"`
		Session     string `json:"sessionId"`
		Status      string `json:"latestTransactionStatus"`
	}
)

// pay makes the calls of one payout.
func (w *rawWorker) pay(n int64) {
	const phone = "628115678890"
	account, amount := plainAccount(int(n)), rawAmount{"1500000.00", "IDR"}
	number := strconv.FormatInt(w.started, 10) + "N" + strconv.FormatInt(n, 10)
	inquiry := rawInquiry{Reference: "I" + number, Customer: phone, Amount: amount, Account: account}
	inquiry.More.Bank, inquiry.More.Name, inquiry.More.Country = "014", "Siti Rahmawati", "ID"
	inquired := w.call("/snap/v1.1/emoney/bank-account-inquiry", inquiry)
	transfer := rawTransfer{Reference: "T" + number, Customer: phone, Account: account, Bank: "014", Amount: amount, Session: inquired.Session}
	more := &transfer.More
	more.FirstName, more.LastName, more.Phone, more.Name, more.Country = "Siti", "Rahmawati", phone, "Siti Rahmawati", "ID"
	more.SenderFirst, more.SenderLast, more.SenderID, more.SenderIDType = "PT", "CONTOH", "89012345", "KTP"
	w.call("/snap/v1.1/emoney/transfer-bank", transfer)
	if status := w.call("/snap/v1.1/qr/qr-mpm-status", rawStatus{transfer.Reference, "43"}); status.Status != "00" {
		helperMust(fmt.Errorf("status of payout %d: %q", n, status.Status))
	}
}

var rawJakarta = time.FixedZone("WIB", 7*60*60)

// call signs one call and makes it.
func (w *rawWorker) call(path string, body any) rawAnswer {
	data, err := json.Marshal(body)
	helperMust(err)
	timestamp := time.Now().In(rawJakarta).Format("2006-01-02T15:04:05-07:00")
	digest := sha256.Sum256(data)
	w.mac.Reset()
	io.WriteString(w.mac, "POST:"+path+":"+w.token+":"+hex.EncodeToString(digest[:])+":"+timestamp) // a hash takes everything
	target := *w.base
	target.Path = path
	return w.send(&http.Request{
		Method: http.MethodPost, URL: &target, Host: target.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(data)), ContentLength: int64(len(data)),
		Header: http.Header{
			"Content-Type": {"application/json"}, "Authorization": w.bearer, "X-Partner-Id": w.client, "Channel-Id": {"H2H"},
			"X-External-Id": {strconv.FormatInt(w.started+w.calls.Add(1), 10)}, "X-Timestamp": {timestamp},
			"X-Signature": {base64.StdEncoding.EncodeToString(w.mac.Sum(nil))},
		},
	})
}

func (w *rawWorker) send(request *http.Request) (answer rawAnswer) {
	response, err := w.transport.RoundTrip(request)
	helperMust(err)
	defer response.Body.Close()
	w.answer.Reset()
	_, err = w.answer.ReadFrom(response.Body)
	helperMust(err)
	if response.StatusCode != http.StatusOK {
		helperMust(fmt.Errorf("%s: %s %s", request.URL.Path, response.Status, &w.answer))
	}
	helperMust(json.Unmarshal(w.answer.Bytes(), &answer))
	return answer
}
