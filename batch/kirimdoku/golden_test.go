package kirimdoku_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"gajian/batch"
	"gajian/batch/kirimdoku"
)

// The bodies of DOKU's samples, compacted in their own key order.
const (
	goldenInquiry = `{"partnerReferenceNo":"hsjkans284b2he54","customerNumber":"628115678890","amount":{"value":"200000.00","currency":"IDR"},` +
		`"beneficiaryAccountNumber":"8377388292","additionalInfo":{"channelCode":"07","beneficiaryBankCode":"014",` +
		`"beneficiaryAccountName":"FHILEA HERMANUS","senderCountryCode":"ID"}}`
	goldenTransfer = `{"partnerReferenceNo":"hsjkans284b2he54","customerNumber":"628115678890","beneficiaryAccountNumber":"8377388292",` +
		`"beneficiaryBankCode":"014","amount":{"value":"200000.00","currency":"IDR"},"sessionId":"I0438729855304540","feeType":"OUR",` +
		`"additionalInfo":{"channelCode":"07","beneficiaryFirstName":"FHILEA","beneficiaryLastName":"HERMANUS",` +
		`"beneficiaryPhoneNumber":"62811600174","beneficiaryBankName":"Bank BCA","beneficiaryAccountName":"FHILEA HERMANUS",` +
		`"senderCountryCode":"ID","senderFirstName":"JOHN","senderLastName":"DOE","senderPersonalId":"89012345",` +
		`"senderPersonalIdType":"KTP","remark":"Remark test"}}`
	goldenStatus = `{"originalPartnerReferenceNo":"hsjkans284b2he54","originalReferenceNo":"hsjkans284b2he54","originalExternalId":"892834eWg","serviceCode":"43"}`
)

func withSampleChannel(config *kirimdoku.Config) { config.ChannelCode, config.FeeType = "07", "OUR" }

func TestRequestsAreTheSamplesOfTheProvider(t *testing.T) {
	for _, prefix := range []string{"/snap/v1.1", "/v1.0"} {
		d := newDoku(t)
		for path, answer := range d.answers {
			d.answers[strings.Replace(path, "/snap/v1.1", prefix, 1)] = answer
		}
		client, _ := newClient(t, d, withSampleChannel, func(c *kirimdoku.Config) { c.PathPrefix = prefix })
		for _, op := range bearerCalls {
			if err := operate(t.Context(), client, op); err != nil {
				t.Fatalf("%s %s: %v", prefix, op.Name(), err)
			}
		}
		want := []struct{ path, body string }{
			{tokenPath, `{"grantType":"client_credentials"}`},
			{prefix + "/balance-inquiry", ""},
			{prefix + "/emoney/bank-account-inquiry", goldenInquiry},
			{prefix + "/emoney/transfer-bank", goldenTransfer},
			{prefix + "/qr/qr-mpm-status", goldenStatus},
		}
		if len(d.calls) != len(want) {
			t.Fatalf("%d calls, want %d", len(d.calls), len(want))
		}
		for i, want := range want {
			got := d.calls[i]
			if got.path != want.path {
				t.Errorf("call %d to %s, want %s", i, got.path, want.path)
			}
			if want.body != "" && string(got.body) != want.body {
				t.Errorf("%s: body\n%s\nwant\n%s", got.path, got.body, want.body)
			}
			if i > 0 {
				checkCallHeaders(t, got)
			}
		}
		balance := regexp.MustCompile(`^{"partnerReferenceNo":"[0-9]{32}","accountNo":"A41879"}$`)
		if !balance.Match(d.calls[1].body) {
			t.Errorf("balance body %s", d.calls[1].body)
		}
		checkTokenHeaders(t, d.calls[0])
	}
}

func checkTokenHeaders(t *testing.T, got call) {
	t.Helper()
	timestamp := got.header.Get("X-TIMESTAMP")
	if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`).MatchString(timestamp) {
		t.Errorf("token timestamp %q", timestamp)
	}
	verifyRSA(t, &privateKey().PublicKey, "BRN-0240-1657686175289|"+timestamp, got.header.Get("X-SIGNATURE"))
	wantHeader(t, got, "X-CLIENT-KEY", "BRN-0240-1657686175289")
	wantHeader(t, got, "Content-Type", "application/json")
}

func checkCallHeaders(t *testing.T, got call) {
	t.Helper()
	timestamp, token := got.header.Get("X-TIMESTAMP"), strings.TrimPrefix(got.header.Get("Authorization"), "Bearer ")
	if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00$`).MatchString(timestamp) {
		t.Errorf("timestamp %q", timestamp)
	}
	if id := got.header.Get("X-EXTERNAL-ID"); !regexp.MustCompile(`^[0-9]{32}$`).MatchString(id) {
		t.Errorf("external id %q, want 32 digits", id)
	}
	signature := kirimdoku.CallSignature(kirimdoku.NewSecret(clientSecret), "POST", got.path, token, kirimdoku.DigestOf(got.body), timestamp)
	wantHeader(t, got, "X-SIGNATURE", signature)
	wantHeader(t, got, "Authorization", "Bearer "+tokenNumber(1))
	wantHeader(t, got, "X-PARTNER-ID", "BRN-0240-1657686175289")
	wantHeader(t, got, "CHANNEL-ID", "H2H")
	wantHeader(t, got, "Content-Type", "application/json")
	for _, name := range []string{"X-IP-ADDRESS", "X-DEVICE-ID", "ORIGIN", "Accept-Encoding", "Cookie"} {
		wantHeader(t, got, name, "")
	}
}

func wantHeader(t *testing.T, got call, name, want string) {
	t.Helper()
	if value := got.header.Get(name); value != want {
		t.Errorf("%s: header %s %q, want %q", got.path, name, value, want)
	}
}

func TestTheRecordedOrderIsWhatIsSent(t *testing.T) {
	d := newDoku(t)
	client, gate := newClient(t, d)
	order, err := client.Prepare(t.Context(), sample)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(d.seen(transferPath)); n != 0 {
		t.Fatalf("preparing sent %d transfers", n)
	}
	gate.wants(t, 2, 1, 0)
	if _, err := client.Transfer(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	gate.wants(t, 2, 2, 0)
	sent := d.seen(transferPath)[0]
	if !bytes.Equal(sent.body, order.Body) || kirimdoku.DigestOf(sent.body) != order.BodyDigest {
		t.Errorf("sent %s, recorded %s", sent.body, order.Body)
	}
	wantHeader(t, sent, "X-EXTERNAL-ID", order.ExternalID)
}

func TestFieldsOfATransfer(t *testing.T) {
	cases := []struct {
		name   string
		change func(*batch.Transfer)
		has    []string
		hasNot []string
	}{
		{name: "nothing optional", change: func(t *batch.Transfer) { t.Phone, t.BankName, t.Remark = "", "", "" },
			has:    []string{`"beneficiaryPhoneNumber":"628115678890"`},
			hasNot: []string{"beneficiaryBankName", "remark", "feeType", "channelCode"}},
		{name: "a phone number without digits is none", change: func(t *batch.Transfer) { t.Phone = "n/a" },
			has: []string{`"beneficiaryPhoneNumber":"628115678890"`}},
		{name: "one word is both names", change: func(t *batch.Transfer) { t.Name = "Suharto" },
			has: []string{`"beneficiaryFirstName":"Suharto","beneficiaryLastName":"Suharto"`}},
		{name: "the last name is all but the first word", change: func(t *batch.Transfer) { t.Name = "Siti  Nur Haliza" },
			has: []string{`"beneficiaryFirstName":"Siti","beneficiaryLastName":"Nur Haliza"`}},
		{name: "the account name is the bank's", change: func(t *batch.Transfer) { t.HolderName = "SUHUT" },
			has: []string{`"beneficiaryFirstName":"FHILEA"`, `"beneficiaryAccountName":"SUHUT"`}},
		{name: "the file's name stands in for the bank's", change: func(t *batch.Transfer) { t.HolderName = "" },
			has: []string{`"beneficiaryAccountName":"FHILEA HERMANUS"`}},
		{name: "HTML characters stay as they are", change: func(t *batch.Transfer) { t.Remark = "Gaji & Bonus <Juni>" },
			has: []string{`"remark":"Gaji & Bonus <Juni>"`}},
		{name: "text becomes ASCII", change: func(t *batch.Transfer) { t.Remark = "Gaji „José”\u00a0– №1 🎉\n\tok" },
			has: []string{`"remark":"Gaji Jose\" - No1 ok"`}},
		{name: "a long remark is cut", change: func(t *batch.Transfer) { t.Remark = strings.Repeat("x", 90) },
			has: []string{`"remark":"` + strings.Repeat("x", 40) + `"`}},
		{name: "a phone number is digits", change: func(t *batch.Transfer) { t.Phone = "+62 811-600-174" },
			has: []string{`"beneficiaryPhoneNumber":"62811600174"`}},
		{name: "zeros in front stay", change: func(t *batch.Transfer) { t.AccountNumber, t.BankCode = "0001234567", "002" },
			has: []string{`"beneficiaryAccountNumber":"0001234567","beneficiaryBankCode":"002"`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			client, _ := newClient(t, newDoku(t))
			transfer := sample
			c.change(&transfer)
			order, err := client.Prepare(t.Context(), transfer)
			if err != nil {
				t.Fatal(err)
			}
			order.Discard()
			for _, text := range c.has {
				if !strings.Contains(string(order.Body), text) {
					t.Errorf("no %s in %s", text, order.Body)
				}
			}
			for _, text := range c.hasNot {
				if strings.Contains(string(order.Body), text) {
					t.Errorf("%s in %s", text, order.Body)
				}
			}
			for _, b := range order.Body {
				if b < ' ' || b > '~' {
					t.Errorf("byte %#x in %q", b, order.Body)
				}
			}
		})
	}
}

func TestWhatCannotBeSentNeedsRepairAndSendsNothing(t *testing.T) {
	cases := map[string]func(*batch.Transfer){
		"no reference":            func(t *batch.Transfer) { t.Reference = "" },
		"a reference too long":    func(t *batch.Transfer) { t.Reference = strings.Repeat("R", 65) },
		"no account":              func(t *batch.Transfer) { t.AccountNumber = "" },
		"an account with a blank": func(t *batch.Transfer) { t.AccountNumber = "8377388292 1" },
		"an account too long":     func(t *batch.Transfer) { t.AccountNumber = strings.Repeat("8", 33) },
		"a bank code of one":      func(t *batch.Transfer) { t.BankCode = "1" },
		"no amount":               func(t *batch.Transfer) { t.Amount = 0 },
		"a negative amount":       func(t *batch.Transfer) { t.Amount = -100 },
		"a fraction of a rupiah":  func(t *batch.Transfer) { t.Amount = 150 },
		"no name":                 func(t *batch.Transfer) { t.Name, t.HolderName = "", "" },
		"a name without letters":  func(t *batch.Transfer) { t.Name, t.HolderName = "李明", "" },
		"no session":              func(t *batch.Transfer) { t.Session = "" },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDoku(t)
			client, gate := newClient(t, d)
			transfer := sample
			change(&transfer)
			_, err := client.Prepare(t.Context(), transfer)
			wantOutcome(t, err, batch.NeedsRepair, nil)
			gate.wants(t, 0, 0, 0)
			if len(d.calls) != 0 {
				t.Errorf("%d calls were made", len(d.calls))
			}
		})
	}
}

func TestCheckStatusNamesTheTransferByWhatIsKnown(t *testing.T) {
	cases := []struct {
		name  string
		query batch.Query
		want  string
	}{
		{"the reference alone", batch.Query{Reference: "R1"}, `{"originalPartnerReferenceNo":"R1","serviceCode":"43"}`},
		{"the session when the answer was lost", batch.Query{Reference: "R1", Session: "I1", ExternalID: "123"},
			`{"originalPartnerReferenceNo":"R1","originalReferenceNo":"I1","originalExternalId":"123","serviceCode":"43"}`},
		{"the provider reference rather than the session", batch.Query{Reference: "R1", Session: "I1", ProviderReference: "DK1"},
			`{"originalPartnerReferenceNo":"R1","originalReferenceNo":"DK1","serviceCode":"43"}`},
		{"the session rather than a provider reference that is too long", batch.Query{Reference: "R1", Session: "I1", ProviderReference: strings.Repeat("D", 65)},
			`{"originalPartnerReferenceNo":"R1","originalReferenceNo":"I1","serviceCode":"43"}`},
		{"neither when both are not ASCII", batch.Query{Reference: "R1", Session: "I 1", ProviderReference: "DK\u00e9"},
			`{"originalPartnerReferenceNo":"R1","serviceCode":"43"}`},
		{"no external id that is too long", batch.Query{Reference: "R1", ExternalID: strings.Repeat("1", 33)},
			`{"originalPartnerReferenceNo":"R1","serviceCode":"43"}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := newDoku(t)
			client, _ := newClient(t, d)
			if _, err := client.Status(t.Context(), c.query); err != nil {
				t.Fatal(err)
			}
			if got := string(d.seen(statusPath)[0].body); got != c.want {
				t.Errorf("body %s, want %s", got, c.want)
			}
		})
	}
}
