package kirimdoku_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
	"gajian/ledger"
)

func TestTheSampleAnswersAreRead(t *testing.T) {
	client, _ := newClient(t, newDoku(t))
	funds, err := client.Balance(t.Context())
	if want := (batch.Funds{Available: 82378144213}); err != nil || funds != want {
		t.Errorf("balance %+v (%v), want %+v", funds, err, want)
	}
	holder, err := client.Inquire(t.Context(), sampleInquire)
	wantHolder := batch.Holder{Reference: "hsjkans284b2he54", Name: "SUHUT", BankCode: "014", AccountNumber: "8377388292", Amount: 20000000, BeneficiaryAmount: 20000000,
		Fee: 450000, Session: "I0438729855304540", Code: "2004200"}
	if err != nil || holder != wantHolder {
		t.Errorf("inquiry %+v (%v), want %+v", holder, err, wantHolder)
	}
	receipt, err := send(t, client)
	wantReceipt := batch.Receipt{Reference: "hsjkans284b2he54", ProviderReference: "DK01123220", Session: "I0438729855304540",
		Amount: 20000000, Code: "2004300", Message: "Successful"}
	if err != nil || receipt != wantReceipt {
		t.Errorf("transfer %+v (%v), want %+v", receipt, err, wantReceipt)
	}
	standing, err := client.Status(t.Context(), sampleQuery)
	wantStanding := batch.Standing{Phase: batch.PhasePaid, Exists: true, Reference: "hsjkans284b2he54", ProviderReference: "DK01123220", Amount: 6500000,
		PaidAt: time.Date(2024, 9, 17, 13, 56, 57, 0, ledger.WIB), Code: "2005300", TransferStatus: "00", Message: "Transaction is successfully processed"}
	if err != nil || standing != wantStanding {
		t.Errorf("status %+v (%v), want %+v", standing, err, wantStanding)
	}
}

func TestBalancesInAllTheirForms(t *testing.T) {
	cases := []struct {
		name, infos string
		want        ledger.Sen
		unreadable  bool
	}{
		{name: "the right spelling", infos: `{"availableBalance":{"value":"10.00","currency":"IDR"}}`, want: 1000},
		{name: "an array", infos: `[{"avaliableBalance":{"value":"10.50","currency":"IDR"}}]`, want: 1050},
		{name: "a plain text", infos: `{"availableBalance":"10"}`, want: 1000},
		{name: "a number", infos: `{"availableBalance":10.5}`, want: 1050},
		{name: "both spellings alike", infos: `{"avaliableBalance":"10","availableBalance":"10.00"}`, want: 1000},
		{name: "overdrawn", infos: `{"avaliableBalance":"-10.00"}`, want: -1000},
		{name: "empty", infos: `{"avaliableBalance":"0.00"}`, want: 0},
		{name: "both spellings, different", infos: `{"avaliableBalance":"10","availableBalance":"11"}`, unreadable: true},
		{name: "no balance", infos: `{"holdAmount":"10"}`, unreadable: true},
		{name: "no infos", infos: `null`, unreadable: true},
		{name: "another currency", infos: `{"avaliableBalance":{"value":"10","currency":"USD"}}`, unreadable: true},
		{name: "grouped digits", infos: `{"avaliableBalance":"1,000.00"}`, unreadable: true},
		{name: "an exponent", infos: `{"avaliableBalance":1e9}`, unreadable: true},
		{name: "a held amount that is no amount", infos: `{"avaliableBalance":"10","holdAmount":"much"}`, unreadable: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := newDoku(t)
			d.on(balancePath, says(200, `{"responseCode":"2001100","accountInfos":`+c.infos+`}`))
			client, _ := newClient(t, d)
			funds, err := client.Balance(t.Context())
			if c.unreadable {
				wantOutcome(t, err, batch.InDoubt, kirimdoku.ErrUnreadable)
			} else if err != nil || funds.Available != c.want {
				t.Errorf("%+v (%v), want %v", funds, err, c.want)
			}
		})
	}
}

func TestABalanceOfAnotherAccountIsNotOurs(t *testing.T) {
	d := newDoku(t)
	d.on(balancePath, says(200, strings.Replace(sampleBalance, "A41879", "A41870", 1)))
	client, _ := newClient(t, d)
	_, err := client.Balance(t.Context())
	wantOutcome(t, err, batch.InDoubt, kirimdoku.ErrUnreadable)
}

func TestAnswersToAnInquiry(t *testing.T) {
	cases := []struct {
		name, fields string
		want         batch.Holder
		unreadable   bool
	}{
		{name: "the session under its other name", fields: `"referenceNo":"I1"`, want: batch.Holder{Session: "I1"}},
		{name: "digits that lost their zeros as numbers", fields: `"sessionId":"I1","beneficiaryBankCode":14,"beneficiaryAccountNumber":8377388292`,
			want: batch.Holder{Session: "I1", BankCode: "014", AccountNumber: "8377388292"}},
		{name: "another account", fields: `"sessionId":"I1","beneficiaryAccountNumber":"1"`, want: batch.Holder{Session: "I1", AccountNumber: "1"}},
		{name: "a free transfer", fields: `"sessionId":"I1","additionalInfo":{"feeAmount":"0.00"}`, want: batch.Holder{Session: "I1"}},
		{name: "no session", fields: `"beneficiaryAccountName":"SUHUT"`, unreadable: true},
		{name: "a fee in another currency", fields: `"sessionId":"I1","additionalInfo":{"feeAmount":"1.00","feeCurrency":"USD"}`, unreadable: true},
		{name: "a negative fee", fields: `"sessionId":"I1","additionalInfo":{"feeAmount":"-1.00"}`, unreadable: true},
		{name: "nothing for the beneficiary", fields: `"sessionId":"I1","additionalInfo":{"beneficiaryAmount":"0.00"}`, unreadable: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := newDoku(t)
			d.on(inquiryPath, says(200, `{"responseCode":"2004200",`+c.fields+`}`))
			client, _ := newClient(t, d)
			holder, err := client.Inquire(t.Context(), sampleInquire)
			c.want.Code = "2004200"
			if c.unreadable {
				wantOutcome(t, err, batch.InDoubt, kirimdoku.ErrUnreadable)
			} else if err != nil || holder != c.want {
				t.Errorf("%+v (%v), want %+v", holder, err, c.want)
			}
		})
	}
}

func TestPhases(t *testing.T) {
	cases := []struct {
		status string
		want   batch.Phase
		shown  string
	}{
		{`"00"`, batch.PhasePaid, "00"}, {`0`, batch.PhasePaid, "00"}, {`"01"`, batch.PhaseInProgress, "01"}, {`"02"`, batch.PhaseInProgress, "02"},
		{`"03"`, batch.PhaseInProgress, "03"}, {`3`, batch.PhaseInProgress, "03"}, {`"04"`, batch.PhaseRefunded, "04"}, {`"05"`, batch.PhaseCancelled, "05"},
		{`"06"`, batch.PhaseFailed, "06"}, {`"07"`, batch.PhaseNotFound, "07"}, {`"0"`, batch.PhaseUnknown, "0"}, {`"08"`, batch.PhaseUnknown, "08"},
		{`null`, batch.PhaseUnknown, ""}, {`"PAID"`, batch.PhaseUnknown, "PAID"}, {`""`, batch.PhaseUnknown, ""}, {`true`, batch.PhaseUnknown, "[not a text]"},
	}
	for _, c := range cases {
		d := newDoku(t)
		d.on(statusPath, says(200, `{"responseCode":"2005300","latestTransactionStatus":`+c.status+`}`))
		client, _ := newClient(t, d)
		standing, err := client.Status(t.Context(), sampleQuery)
		if err != nil || standing.Phase != c.want || standing.TransferStatus != c.shown {
			t.Errorf("%s: phase %d shown as %q (%v), want %d and %q", c.status, standing.Phase, standing.TransferStatus, err, c.want, c.shown)
		}
	}
}

func TestStatusOfATransferThatIsNotThere(t *testing.T) {
	d := newDoku(t)
	d.on(statusPath, code("4045301"))
	client, _ := newClient(t, d)
	standing, err := client.Status(t.Context(), sampleQuery)
	if err != nil || standing.Phase != batch.PhaseNotFound || standing.Code != "4045301" {
		t.Errorf("%+v (%v), want not found with code 4045301", standing, err)
	}
}

// "Not found" counts towards the time after which a person may let a transfer be sent again, so it
// has to be about ours, and the only thing that the answer says.
func TestNotFoundThatIsAboutAnotherTransferOrContradictsItself(t *testing.T) {
	for _, c := range []struct {
		fields    string
		phase     batch.Phase
		reference string
		exists    bool
	}{
		{`"originalPartnerReferenceNo":"hsjkans284b2he54"`, batch.PhaseNotFound, "hsjkans284b2he54", false},
		{`"latestTransactionStatus":"07"`, batch.PhaseNotFound, "", false},
		{`"latestTransactionStatus":7`, batch.PhaseNotFound, "", false},
		{`"originalPartnerReferenceNo":"R-2"`, batch.PhaseNotFound, "R-2", false},
		{`"latestTransactionStatus":"00"`, batch.PhaseUnknown, "", true},
		{`"latestTransactionStatus":"03"`, batch.PhaseUnknown, "", true},
		{`"latestTransactionStatus":"00","originalPartnerReferenceNo":"R-2"`, batch.PhaseUnknown, "R-2", false},
		{`"latestTransactionStatus":"no"`, batch.PhaseUnknown, "", false},
	} {
		d := newDoku(t)
		d.on(statusPath, says(404, `{"responseCode":"4045301","responseMessage":"Transaction Not Found",`+c.fields+`}`))
		client, _ := newClient(t, d)
		standing, err := client.Status(t.Context(), sampleQuery)
		if err != nil || standing.Phase != c.phase || standing.Reference != c.reference || standing.Exists != c.exists {
			t.Errorf("%s: %+v (%v), want phase %d of reference %q, exists %v", c.fields, standing, err, c.phase, c.reference, c.exists)
		}
	}
}

// What an answer names instead of our reference is shown to people, so it must not carry a secret,
// an account, or a page of text.
func TestAnotherReferenceIsShownWithoutSecretsAndAtABearableLength(t *testing.T) {
	for _, text := range []string{clientSecret, tokenNumber(1), sample.AccountNumber, strings.Repeat("x ", 2000), `\u001b[2J`, `\u0000`} {
		d := newDoku(t)
		d.on(transferPath, says(200, `{"responseCode":"2004300","partnerReferenceNo":"`+text+`"}`))
		d.on(inquiryPath, says(200, `{"responseCode":"2004200","sessionId":"I1","partnerReferenceNo":"`+text+`"}`))
		d.on(statusPath, says(200, `{"responseCode":"2005300","latestTransactionStatus":"`+text+`","originalPartnerReferenceNo":"`+text+`"}`))
		client, _ := newClient(t, d)
		receipt, err := send(t, client)
		if err != nil {
			t.Fatal(err)
		}
		holder, err := client.Inquire(t.Context(), sampleInquire)
		if err != nil {
			t.Fatal(err)
		}
		standing, err := client.Status(t.Context(), sampleQuery)
		if err != nil {
			t.Fatal(err)
		}
		for _, shown := range []string{receipt.Reference, holder.Reference, standing.Reference, standing.TransferStatus + "."} {
			wantClean(t, "an answer", shown)
			if shown == "" || shown == sample.Reference || len(shown) > 300 || strings.ContainsAny(shown, "\x1b\x00") {
				t.Errorf("%.20q is shown as %q", text, shown)
			}
		}
	}
}

func TestStatusAnswersThatContradict(t *testing.T) {
	for name, fields := range map[string]string{
		"paid nothing":               `"latestTransactionStatus":"00","amount":{"value":"0.00","currency":"IDR"}`,
		"an amount that is none":     `"latestTransactionStatus":"06","amount":{"value":"ten","currency":"IDR"}`,
		"another currency":           `"latestTransactionStatus":"00","amount":{"value":"1.00","currency":"USD"}`,
		"the status of an inquiry":   `"latestTransactionStatus":"00","serviceCode":"42"`,
		"the same field given twice": `"latestTransactionStatus":"06","latestTransactionStatus":"00"`,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoku(t)
			d.on(statusPath, says(200, `{"responseCode":"2005300",`+fields+`}`))
			client, _ := newClient(t, d)
			_, err := client.Status(t.Context(), sampleQuery)
			wantOutcome(t, err, batch.InDoubt, kirimdoku.ErrUnreadable)
		})
	}
}

func TestOurOwnSessionIsNoProviderReference(t *testing.T) {
	d := newDoku(t)
	d.on(statusPath, says(200, `{"responseCode":"2005300","latestTransactionStatus":"03","originalReferenceNo":"I1"}`))
	client, _ := newClient(t, d)
	standing, err := client.Status(t.Context(), batch.Query{Reference: "R1", Session: "I1"})
	if err != nil || standing.ProviderReference != "" {
		t.Errorf("%+v (%v), want no provider reference", standing, err)
	}
}

// accepted is a good answer to the sample transfer.
const accepted = `{"responseCode":"2004300","referenceNo":"DK1","partnerReferenceNo":"hsjkans284b2he54","additionalInfo":{"amount":"200000.00"}}`

func TestUnbelievableAnswersLeaveATransferInDoubt(t *testing.T) {
	cases := map[string]http.HandlerFunc{
		"an empty 200":                    says(200, ""),
		"HTML":                            says(200, "<html>OK</html>"),
		"HTML under 502":                  says(502, "<html>Bad Gateway</html>"),
		"JSON cut short":                  says(200, accepted[:len(accepted)-20]),
		"garbage after it":                says(200, accepted+"x"),
		"two objects":                     says(200, accepted+accepted),
		"an array":                        says(200, "["+accepted+"]"),
		"a text":                          says(200, `"2004300"`),
		"no code":                         says(200, `{"responseMessage":"Successful"}`),
		"a null code":                     says(200, `{"responseCode":null}`),
		"a code of six digits":            says(200, `{"responseCode":"200430"}`),
		"a code with an exponent":         says(200, `{"responseCode":2.0043e6}`),
		"a code given twice":              says(200, `{"responseCode":"4034314","responseCode":"2004300"}`),
		"a code in another case":          says(200, `{"ResponseCode":"2004300"}`),
		"another service's success":       says(200, `{"responseCode":"2004200"}`),
		"another service's refusal":       says(403, `{"responseCode":"4034214"}`),
		"a refusal under 200":             says(200, `{"responseCode":"4034314"}`),
		"success under 500":               says(500, accepted),
		"success under 201":               says(201, accepted),
		"in progress":                     code("2024300"),
		"an unlisted refusal":             code("4034399"),
		"a redirect":                      says(302, accepted),
		"409 with another's success":      says(409, strings.Replace(accepted, "hsjkans", "another", 1)),
		"409 with success, no reference":  says(409, `{"responseCode":"2004300"}`),
		"409 with an old refusal":         says(409, `{"responseCode":"4034314","partnerReferenceNo":"hsjkans284b2he54"}`),
		"429 from somebody else":          says(429, "slow down"),
		"401 from somebody else":          says(401, "who are you"),
		"an amount that is none":          says(200, strings.Replace(accepted, `"200000.00"`, `"lots"`, 1)),
		"an amount of zero":               says(200, strings.Replace(accepted, `"200000.00"`, `"0.00"`, 1)),
		"an amount of another currency":   says(200, strings.Replace(accepted, `"200000.00"`, `{"value":"200000.00","currency":"USD"}`, 1)),
		"nesting without an end":          says(200, `{"responseCode":"2004300","a":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}`),
		"a body without an end":           endless,
		"fewer bytes than were announced": short,
	}
	for name, answer := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDoku(t)
			d.on(transferPath, answer)
			client, gate := newClient(t, d)
			_, err := send(t, client)
			wantOutcome(t, err, batch.InDoubt, nil)
			if n := len(d.seen(transferPath)); n != 1 {
				t.Errorf("the transfer was sent %d times", n)
			}
			gate.wants(t, 2, 2, 0)
		})
	}
}

func endless(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, `{"responseCode":"2004300","filler":"`)
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, strings.Repeat("x", 64<<10)); err != nil {
			return
		}
	}
}

func short(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "5000")
	io.WriteString(w, accepted)
}

func TestAnAcceptanceRepeatedUnder409CountsForTheSameReference(t *testing.T) {
	d := newDoku(t)
	d.on(transferPath, says(409, accepted))
	client, _ := newClient(t, d)
	receipt, err := send(t, client)
	if err != nil || receipt.Code != "2004300" || receipt.ProviderReference != "DK1" {
		t.Errorf("%+v (%v), want an acceptance", receipt, err)
	}
}

func TestTimesInAllTheirForms(t *testing.T) {
	wib := func(hour, minute, second, nanosecond int) time.Time {
		return time.Date(2024, 9, 17, hour, minute, second, nanosecond, ledger.WIB)
	}
	for text, want := range map[string]time.Time{
		"2024-09-17T14:41:52. 022+07:00": wib(14, 41, 52, 22e6),
		"2024-09-17 13:56:57":            wib(13, 56, 57, 0),
		"2024-09-17'T'07:30:12":          wib(7, 30, 12, 0),
		"2024-09-17T07:41:52Z":           wib(14, 41, 52, 0),
		"2024-09-17T14:41:52+0700":       wib(14, 41, 52, 0),
		"2024-09-17T14:41:52.5":          wib(14, 41, 52, 5e8),
		"yesterday":                      {},
		"":                               {},
		"1699520040340":                  {},
	} {
		if got := kirimdoku.ParseTime(text); !got.Equal(want) {
			t.Errorf("%q read as %v, want %v", text, got, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 25, 18, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "0": 0, "-5": 0, "soon": 0, "1.5": 0,
		"1000000000": kirimdoku.RetryAfterMax, "99999999999999999999999": kirimdoku.RetryAfterMax,
		"Wed, 25 Nov 2026 18:00:30 GMT": 30 * time.Second,
		"Wed, 25 Nov 2026 17:00:00 GMT": 0,
		"Wed, 25 Nov 2099 17:00:00 GMT": kirimdoku.RetryAfterMax,
	} {
		if got := kirimdoku.ParseRetryAfter(text, now); got != want {
			t.Errorf("Retry-After %q read as %v, want %v", text, got, want)
		}
	}
}

// FuzzAnswer holds that nothing but the right code under the right HTTP status passes for
// success, and that reading an answer never panics.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{sampleBalance, sampleInquiry, sampleTransfer, sampleStatus, accepted, `{}`, `[]`, `{"responseCode":"4034314"}`,
		`{"responseCode":2004300,"accountInfos":[[{}],{"avaliableBalance":[1]}]}`} {
		for _, status := range []int{200, 403, 409, 500} {
			f.Add(uint8(3), status, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, choice uint8, status int, body []byte) {
		op := kirimdoku.Operations[int(choice)%len(kirimdoku.Operations)]
		code, ok := kirimdoku.Accepted(op, status, body, sample.Reference)
		if ok && code != "200"+op.Service()+"00" {
			t.Errorf("%s: code %q passes for success", op.Name(), code)
		}
		if ok && status != 200 && status != 409 {
			t.Errorf("%s: HTTP %d passes for success", op.Name(), status)
		}
		if code != "" && status != 409 && code[:3] != fmt.Sprint(status) {
			t.Errorf("%s: HTTP %d with code %q was believed", op.Name(), status, code)
		}
		kirimdoku.ReadAnswers(body)
	})
}

func TestAPaidTransferWhoseOwnCodeDisagreesDecidesNothing(t *testing.T) {
	for code, want := range map[string]batch.Phase{
		`0`: batch.PhasePaid, `"00"`: batch.PhasePaid, `"2004300"`: batch.PhasePaid, `2005300`: batch.PhasePaid, `""`: batch.PhasePaid,
		`"5044300"`: batch.PhaseUnknown, `"06"`: batch.PhaseUnknown, `4034314`: batch.PhaseUnknown, `"99"`: batch.PhaseUnknown,
	} {
		d := newDoku(t)
		d.on(statusPath, says(200, `{"responseCode":"2005300","latestTransactionStatus":"00","amount":{"value":"1.00","currency":"IDR"},"originalResponseCode":`+code+`}`))
		client, _ := newClient(t, d)
		if standing, err := client.Status(t.Context(), batch.Query{Reference: "R"}); err != nil || standing.Phase != want {
			t.Errorf("own code %s: phase %v (%v), want %v", code, standing.Phase, err, want)
		}
	}
}

// An answer from which nothing can be concluded may still show that there is a transfer.
func TestAnAnswerThatNamesOurReferenceShowsThatItExists(t *testing.T) {
	const ours = `,"originalPartnerReferenceNo":"R"`
	for fields, want := range map[string]bool{
		`"latestTransactionStatus":"00","originalResponseCode":"5004300","amount":{"value":"1.00","currency":"IDR"}` + ours: true,
		`"latestTransactionStatus":"08"` + ours:                             true,
		`"latestTransactionStatus":"03"` + ours:                             true,
		`"latestTransactionStatus":"07"` + ours:                             false,
		`"latestTransactionStatus":"08"`:                                    false,
		`"latestTransactionStatus":"08","originalPartnerReferenceNo":"R-2"`: false,
	} {
		d := newDoku(t)
		d.on(statusPath, says(200, `{"responseCode":"2005300",`+fields+`}`))
		client, _ := newClient(t, d)
		if standing, err := client.Status(t.Context(), batch.Query{Reference: "R"}); err != nil || standing.Exists != want {
			t.Errorf("%s: %+v (%v), want exists %v", fields, standing, err, want)
		}
	}
}

func TestATransfersAnswerMayShowThatItExistsAlthoughItIsInDoubt(t *testing.T) {
	for text, want := range map[string]bool{
		"4094301": true, "2024300": true, "4094300": false, "4094302": false, "4044318": false, "5004300": false, "4094201": false,
	} {
		d := newDoku(t)
		d.on(transferPath, code(text))
		client, _ := newClient(t, d)
		_, err := send(t, client)
		if failure := wantOutcome(t, err, batch.InDoubt, nil); failure.Exists != want {
			t.Errorf("%s: exists %v, want %v", text, failure.Exists, want)
		}
	}
}
