package kirimdoku_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gajian/batch"
	"gajian/batch/kirimdoku"
	"gajian/ledger"
)

// canned answers every call but the token's with the same.
type canned struct {
	status int
	body   []byte
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := c.status, string(c.body)
	if r.URL.Path == tokenPath {
		status, body = 200, fmt.Sprintf(`{"responseCode":"2007300","accessToken":%q,"tokenType":"Bearer","expiresIn":900}`, tokenNumber(1))
	}
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}, nil
}

func cannedClient(t *testing.T, status int, body []byte) *kirimdoku.Client {
	config := newConfig("https://doku.example", &gate{})
	config.Transport = canned{status, body}
	client, err := kirimdoku.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// said is what stands in a body, read by the standard library alone.
type said map[string]any

func saidIn(body []byte) said {
	var fields said
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	if decoder.Decode(&fields) != nil {
		return nil
	}
	return fields
}

func (s said) text(name string) string {
	switch value := s[name].(type) {
	case string:
		return strings.TrimSpace(value)
	case json.Number:
		return value.String()
	}
	return ""
}

// rupiah is the amount of that name in sen, in any of its forms; nil when there is none.
func (s said) rupiah(name string) *big.Rat {
	value := s[name]
	if list, ok := value.([]any); ok && len(list) > 0 {
		value = list[0]
	}
	if inner, ok := value.(map[string]any); ok {
		return said(inner).rupiah("value")
	}
	amount, ok := new(big.Rat).SetString(s.text(name))
	if !ok {
		return nil
	}
	return amount.Mul(amount, big.NewRat(100, 1))
}

// The response codes that say for certain that a transfer was turned away, from the SNAP standard's list,
// kept here apart from the client's own table.
var (
	refusedCodes  = strings.Fields("4034302 4034305 4034309 4034318 4034320 4034323 4044302 4044303 4044311 4044313")
	notTakenCodes = strings.Fields("4014300 4014301 4014303 4034300 4034304 4294300")
	repairCodes   = strings.Fields("4004301 4004302")
	stopCodes     = strings.Fields("4014302 4014304 4034301 4034306 4034314 4034315 4034319 4044308 4044316 4054300 4054301")
)

// FuzzTransferAnswer holds that a transfer counts as accepted only by its own code under HTTP 200, or
// under 409 with our own reference, and as not taken, refused or stopped only by a listed code under its
// own HTTP status. Every other answer is in doubt.
func FuzzTransferAnswer(f *testing.F) {
	for _, code := range slices.Concat(refusedCodes, notTakenCodes, repairCodes, stopCodes, strings.Fields("2004300 2024300 4004300 4034303 4044318 4094300 4094301 4094302 5004300 5044300 4034214 4035314")) {
		var status int
		fmt.Sscan(code[:3], &status)
		f.Add(status, []byte(`{"responseCode":"`+code+`","responseMessage":"no","partnerReferenceNo":"hsjkans284b2he54"}`))
		f.Add(200, []byte(`{"responseCode":`+code+`}`))
	}
	f.Add(409, []byte(accepted))
	f.Add(200, []byte(sampleTransfer))
	f.Add(200, []byte(`{"responseCode":"2004300","additionalInfo":{"amount":"0"},"amount":{"value":"1.005"}}`))
	f.Add(200, []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		receipt, err := send(t, cannedClient(t, status, body))
		fields := saidIn(body)
		code := fields.text("responseCode")
		listed := func(codes []string) bool { return slices.Contains(codes, code) && fmt.Sprint(status) == code[:3] }
		if err == nil {
			again := status == 409 && fields.text("partnerReferenceNo") == sample.Reference
			if code != "2004300" || status != 200 && !again || receipt.Amount < 0 {
				t.Errorf("HTTP %d %s is accepted: %+v", status, body, receipt)
			}
			return
		}
		var failure *batch.Error
		if !errors.As(err, &failure) {
			t.Fatalf("%v is no *batch.Error", err)
		}
		wantClean(t, "the error", fmt.Sprintf("%v %+v", err, err))
		if good := map[batch.Outcome]bool{batch.InDoubt: true, batch.Refused: listed(refusedCodes), batch.NotTaken: listed(notTakenCodes),
			batch.NeedsRepair: listed(repairCodes), batch.Stop: listed(stopCodes)}; !good[failure.Outcome] {
			t.Errorf("HTTP %d %s: %v", status, body, failure.Outcome)
		}
	})
}

func TestWhatNobodyClassifiedIsInDoubt(t *testing.T) {
	var outcome batch.Outcome
	if outcome != batch.InDoubt || new(batch.Error).Outcome != batch.InDoubt || new(batch.Standing).Phase != batch.PhaseUnknown {
		t.Error("a zero value concludes something")
	}
}

// FuzzStatusAnswer holds that a transfer's phase comes from its own status word and nothing else, and that
// the reference and the amount in a standing are those of the body: what the body does not say is absent,
// so that the pipeline, which wants our reference and our amount before it settles, cannot be deceived.
func FuzzStatusAnswer(f *testing.F) {
	for _, word := range []string{`"00"`, `0`, `"01"`, `"02"`, `"03"`, `"04"`, `"05"`, `"06"`, `6`, `"07"`, `"08"`, `""`, `null`, `"0"`, `0.0`, `00`, `" 00 "`, `["00"]`, `"000"`} {
		f.Add(200, []byte(`{"responseCode":"2005300","originalPartnerReferenceNo":"hsjkans284b2he54","latestTransactionStatus":`+word+`,"amount":{"value":"65000.00","currency":"IDR"}}`))
	}
	f.Add(404, []byte(`{"responseCode":"4045301"}`))
	f.Add(500, []byte(sampleStatus))
	f.Add(200, []byte(sampleStatus))
	f.Add(200, []byte(`{"responseCode":2005300,"latestTransactionStatus":"00","latestTransactionStatus":"06"}`))
	f.Add(200, []byte(`{"responseCode":2005300,"latestTransactionStatus":"00","amount":"1e5","originalResponseCode":"06"}`))
	f.Add(200, []byte(`{"responseCode":2005300,"latestTransactionStatus":"00","amount":[{"value":65000,"currency":"USD"}]}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		standing, err := cannedClient(t, status, body).Status(t.Context(), sampleQuery)
		fields := saidIn(body)
		if err != nil {
			checkNoStanding(t, err, standing)
			return
		}
		if status == 404 && fields.text("responseCode") == "4045301" && standing.Phase == batch.PhaseNotFound {
			return
		}
		if status != 200 || fields.text("responseCode") != "2005300" {
			t.Errorf("HTTP %d %s is believed: %+v", status, body, standing)
		}
		checkPhase(t, fields, standing)
		if ours := fields.text("originalPartnerReferenceNo") == sampleQuery.Reference; ours != (standing.Reference == sampleQuery.Reference) {
			t.Errorf("%s gives the reference %q", body, standing.Reference)
		}
		amount := fields.rupiah("amount")
		if standing.Amount != 0 && (amount == nil || amount.Cmp(new(big.Rat).SetInt64(int64(standing.Amount))) != 0) {
			t.Errorf("%s gives the amount %s", body, standing.Amount)
		}
	})
}

func checkNoStanding(t *testing.T, err error, standing batch.Standing) {
	t.Helper()
	var failure *batch.Error
	if !errors.As(err, &failure) || standing != (batch.Standing{}) {
		t.Fatalf("%v, %+v", err, standing)
	}
	if failure.Outcome == batch.Refused {
		t.Errorf("a status question that failed refuses the payout: %v", err)
	}
}

// checkPhase compares with the standard's own words.
func checkPhase(t *testing.T, fields said, standing batch.Standing) {
	t.Helper()
	word := fields.text("latestTransactionStatus")
	if _, number := fields["latestTransactionStatus"].(json.Number); number && len(word) == 1 {
		word = "0" + word
	}
	want, known := map[string]batch.Phase{"00": batch.PhasePaid, "01": batch.PhaseInProgress, "02": batch.PhaseInProgress, "03": batch.PhaseInProgress,
		"04": batch.PhaseRefunded, "05": batch.PhaseCancelled, "06": batch.PhaseFailed, "07": batch.PhaseNotFound}[word]
	if standing.Phase != batch.PhaseUnknown && (!known || standing.Phase != want) {
		t.Errorf("status %q gives the phase %d", word, standing.Phase)
	}
	if standing.Phase == batch.PhasePaid && (standing.Amount < 0 || standing.Amount == 0 && fields.rupiah("amount") != nil) {
		t.Errorf("paid, and the amount is %s", standing.Amount)
	}
	if standing.Amount < 0 || standing.Amount > ledger.Sen(1<<62) {
		t.Errorf("amount %s", standing.Amount)
	}
}
