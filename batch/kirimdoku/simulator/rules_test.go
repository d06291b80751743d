package simulator_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"gajian/batch/kirimdoku/simulator"
)

// without takes a header out after signing; set changes one.
func without(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Del(name) }
}

func set(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func TestABrokenRuleOfACallIsRefusedAndRecorded(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*request)
		code  string
		field string
	}{
		{"another method", func(r *request) { r.method = "PUT" }, "4054200", "method"},
		{"a path the provider does not have", func(r *request) { r.path = "/snap/v1.1/emoney/transfer" }, "4040000", "path"},
		{"another generation", func(r *request) { r.path = "/snap/v1.2/emoney/bank-account-inquiry" }, "4040000", "path"},
		{"a query", func(r *request) { r.path += "?a=b" }, "2004200", "path"},
		{"no content type", func(r *request) { r.after = without("Content-Type") }, "4004201", "Content-Type"},
		{"a form", func(r *request) { r.after = set("Content-Type", "application/x-www-form-urlencoded") }, "4004201", "Content-Type"},
		{"no token", func(r *request) { r.after = without("Authorization") }, "4004202", "Authorization"},
		{"no bearer", func(r *request) { r.after = set("Authorization", "Basic abc") }, "4014200", "Authorization"},
		{"an invented token", func(r *request) { r.token = strings.Repeat("A", 64) }, "4014201", "Authorization"},
		{"a changed token", func(r *request) { r.token = "B" + r.token[1:] }, "4014201", "Authorization"},
		{"no partner", func(r *request) { r.after = without("X-PARTNER-ID") }, "4004202", "X-PARTNER-ID"},
		{"another partner", func(r *request) { r.after = set("X-PARTNER-ID", "BRN-0002") }, "4014200", "X-PARTNER-ID"},
		{"no channel", func(r *request) { r.after = without("CHANNEL-ID") }, "4004202", "CHANNEL-ID"},
		{"no timestamp", func(r *request) { r.after = without("X-TIMESTAMP") }, "4004202", "X-TIMESTAMP"},
		{"a timestamp in UTC", func(r *request) { r.timestamp = time.Now().UTC().Format("2006-01-02T15:04:05Z") }, "4004201", "X-TIMESTAMP"},
		{"a timestamp with a fraction", func(r *request) { r.timestamp = strings.Replace(r.timestamp, "+", ".123+", 1) }, "4004201", "X-TIMESTAMP"},
		{"a timestamp of another zone", func(r *request) {
			r.timestamp = time.Now().In(time.FixedZone("", 8*60*60)).Format("2006-01-02T15:04:05-07:00")
		}, "4004201", "X-TIMESTAMP"},
		{"an old timestamp", func(r *request) { r.timestamp = jakarta(time.Now().Add(-6 * time.Minute)) }, "4014200", "X-TIMESTAMP"},
		{"a timestamp of the future", func(r *request) { r.timestamp = jakarta(time.Now().Add(6 * time.Minute)) }, "4014200", "X-TIMESTAMP"},
		{"a timestamp within the tolerance", func(r *request) { r.timestamp = jakarta(time.Now().Add(-4 * time.Minute)) }, "2004200", ""},
		{"another timestamp than the signed one", func(r *request) { r.after = set("X-TIMESTAMP", jakarta(time.Now().Add(time.Second))) }, "4014200", "X-SIGNATURE"},
		{"no signature", func(r *request) { r.after = without("X-SIGNATURE") }, "4004202", "X-SIGNATURE"},
		{"a signature that is no base64", func(r *request) { r.after = set("X-SIGNATURE", "§") }, "4014200", "X-SIGNATURE"},
		{"a signature over another path", func(r *request) {
			r.after = set("X-SIGNATURE", hmacSignature("POST", "/v1.0/emoney/bank-account-inquiry", r.token, r.body, r.timestamp))
		}, "4014200", "X-SIGNATURE"},
		{"a signature over another body", func(r *request) {
			r.after = set("X-SIGNATURE", hmacSignature("POST", r.path, r.token, r.body+" ", r.timestamp))
		}, "4014200", "X-SIGNATURE"},
		{"no external id", func(r *request) { r.after = without("X-EXTERNAL-ID") }, "4004202", "X-EXTERNAL-ID"},
		{"an external id with letters", func(r *request) { r.external = "12a" }, "4004201", "X-EXTERNAL-ID"},
		{"an external id of 33 digits", func(r *request) { r.external = strings.Repeat("1", 33) }, "4004201", "X-EXTERNAL-ID"},
		{"an external id of 32 digits", func(r *request) { r.external = strings.Repeat("1", 32) }, "2004200", ""},
		{"a header twice", func(r *request) {
			r.after = func(h *http.Request) { h.Header.Add("X-EXTERNAL-ID", "77") }
		}, "4004201", "X-EXTERNAL-ID"},
		{"a body that is not compact", func(r *request) { r.body = strings.Replace(r.body, ":", ": ", 1) }, "4004200", "body"},
		{"a body that is no JSON", func(r *request) { r.body = "grantType=x" }, "4004200", "body"},
		{"an empty body", func(r *request) { r.body = "" }, "4004200", "body"},
		{"a body beyond 64 KiB", func(r *request) { r.body = `{"a":"` + strings.Repeat("a", 65<<10) + `"}` }, "4004200", "body"},
		{"HTML escapes in the body", func(r *request) { r.body = strings.Replace(r.body, "FHILEA", `\u0026`, 1) }, "4004200", "body"},
		{"letters outside ASCII", func(r *request) { r.body = strings.Replace(r.body, "FHILEA", "É", 1) }, "4004200", "body"},
		{"a number in the body", func(r *request) { r.body = strings.Replace(r.body, `"200000.00"`, `200000.00`, 1) }, "4004200", "body"},
		{"a field that is not documented", func(r *request) { r.body = strings.Replace(r.body, "{", `{"additonalInfo":"",`, 1) }, "2004200", "additonalInfo"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, config(), func(t *testing.T, c *client) {
				r := c.inquiryRequest(ordinary("REF-1").inquiryFields().json())
				test.spoil(r)
				c.wantCode(test.name, r.send(), test.code)
				c.wantViolation(test.field)
			})
		})
	}
}

func TestABrokenRuleOfATokenCallIsRefusedAndRecorded(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*request)
		code  string
		field string
	}{
		{"nothing broken", func(*request) {}, "2007300", ""},
		{"a timestamp of Jakarta", func(r *request) { r.timestamp = jakarta(time.Now()) }, "2007300", ""},
		{"a timestamp with a fraction", func(r *request) { r.timestamp = strings.Replace(r.timestamp, "Z", ".123Z", 1) }, "4007301", "X-TIMESTAMP"},
		{"an old timestamp", func(r *request) { r.timestamp = jakarta(time.Now().Add(-time.Hour)) }, "4017300", "X-TIMESTAMP"},
		{"another client", func(r *request) { r.after = set("X-CLIENT-KEY", "BRN-0002") }, "4017300", "X-CLIENT-KEY"},
		{"no client", func(r *request) { r.after = without("X-CLIENT-KEY") }, "4007302", "X-CLIENT-KEY"},
		{"no signature", func(r *request) { r.after = without("X-SIGNATURE") }, "4007302", "X-SIGNATURE"},
		{"another signature", func(r *request) { r.after = set("X-SIGNATURE", "YWJj") }, "4017300", "X-SIGNATURE"},
		{"another grant", func(r *request) { r.body = `{"grantType":"password"}` }, "4007301", "grantType"},
		{"no grant", func(r *request) { r.body = `{}` }, "4007302", "grantType"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, config(), func(t *testing.T, c *client) {
				r := c.tokenRequest()
				test.spoil(r)
				c.wantCode(test.name, r.send(), test.code)
				c.wantViolation(test.field)
			})
		})
	}
}

func TestTheFieldsOfARequestFollowTheProvidersTables(t *testing.T) {
	long := strings.Repeat("1", 300)
	tests := []struct {
		call    simulator.Operation
		changes fields
		code    string
	}{
		{"inquiry", fields{"partnerReferenceNo": "-"}, "2004200"},
		{"inquiry", fields{"partnerReferenceNo": long[:65]}, "4004201"},
		{"inquiry", fields{"customerNumber": "-"}, "4004202"},
		{"inquiry", fields{"customerNumber": "+628115678890"}, "4004201"},
		{"inquiry", fields{"customerNumber": "08115678890"}, "2004200"},
		{"inquiry", fields{"amount.value": "-"}, "4004202"},
		{"inquiry", fields{"amount.value": "200000"}, "4004201"},
		{"inquiry", fields{"amount.value": "200000.0"}, "4004201"},
		{"inquiry", fields{"amount.value": "200000.50"}, "4004201"},
		{"inquiry", fields{"amount.value": "0.00"}, "4004201"},
		{"inquiry", fields{"amount.value": "-1.00"}, "4004201"},
		{"inquiry", fields{"amount.value": "0200000.00"}, "4004201"},
		{"inquiry", fields{"amount.value": "250000000.00"}, "2004200"},
		{"inquiry", fields{"amount.value": "250000001.00"}, "4034202"},
		{"inquiry", fields{"amount.currency": "USD"}, "4004201"},
		{"inquiry", fields{"amount.value": "-", "amount.currency": "-"}, "4004202"},
		{"inquiry", fields{"amount.value": "-", "amount.currency": "-", "amount": "200000.00"}, "4004202"},
		{"inquiry", fields{"beneficiaryAccountNumber": "-"}, "4004202"},
		{"inquiry", fields{"beneficiaryAccountNumber": long[:33]}, "4004201"},
		{"inquiry", fields{"beneficiaryAccountNumber": "8377-388292"}, "4004201"},
		{"inquiry", fields{"additionalInfo.beneficiaryBankCode": "-"}, "4004202"},
		{"inquiry", fields{"additionalInfo.beneficiaryBankCode": "14"}, "4004201"},
		{"inquiry", fields{"additionalInfo.beneficiaryBankCode": "GOPAY"}, "2004200"},
		{"inquiry", fields{"additionalInfo.beneficiaryAccountName": ""}, "4004202"},
		{"inquiry", fields{"additionalInfo.senderCountryCode": ""}, "4004202"},
		{"inquiry", fields{"additionalInfo.channelCode": "07"}, "2004200"},
		{"inquiry", fields{"additionalInfo.channelCode": "99"}, "4004201"},

		{"transfer", fields{"partnerReferenceNo": "-"}, "4004302"},
		{"transfer", fields{"partnerReferenceNo": long[:65]}, "4004301"},
		{"transfer", fields{"beneficiaryBankCode": "-"}, "4004302"},
		{"transfer", fields{"sessionId": "-"}, "4004302"},
		{"transfer", fields{"sessionId": ""}, "4004302"},
		{"transfer", fields{"sessionId": long[:26]}, "4004301"},
		{"transfer", fields{"feeType": ""}, "2004300"},
		{"transfer", fields{"feeType": "OUR"}, "2004300"},
		{"transfer", fields{"feeType": "MINE"}, "4004301"},
		{"transfer", fields{"additionalInfo.beneficiaryFirstName": ""}, "4004302"},
		{"transfer", fields{"additionalInfo.beneficiaryLastName": ""}, "4004302"},
		{"transfer", fields{"additionalInfo.senderPersonalIdType": "SIM"}, "4004301"},
		{"transfer", fields{"additionalInfo.remark": "-"}, "2004300"},
		{"transfer", fields{"additionalInfo.remark": long}, "4004301"},

		{"status", fields{"originalPartnerReferenceNo": "-"}, "4005302"},
		{"status", fields{"originalExternalId": long[:33]}, "4005301"},
		{"status", fields{"serviceCode": "-"}, "4005302"},
		{"status", fields{"serviceCode": "42"}, "4005301"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.call, " ", test.changes), func(t *testing.T) {
			inBubble(t, config(), func(t *testing.T, c *client) {
				var answer reply
				switch p := ordinary("REF-1"); test.call {
				case "inquiry":
					answer = c.inquiryRequest(p.inquiryFields().but(test.changes).json()).send()
				case "transfer":
					answer = c.transferRequest(p.transferFields(c.session(p)).but(test.changes).json()).send()
				case "status":
					answer = c.statusRequest(fields{"originalPartnerReferenceNo": "X", "serviceCode": "43"}.but(test.changes).json()).send()
				}
				c.wantCode("answer", answer, test.code)
				if refused := strings.HasPrefix(test.code, "400"); refused != (len(c.sim.Violations()) > 0) {
					t.Errorf("violations %+v", c.sim.Violations())
				}
			})
		})
	}
}

func TestTheOlderGenerationIsLessStrict(t *testing.T) {
	inBubble(t, config(), func(t *testing.T, c *client) {
		c.prefix = "/v1.0"
		p := ordinary("REF-1")
		r := c.inquiryRequest(p.inquiryFields().json())
		r.after = without("CHANNEL-ID")
		c.wantCode("without a channel", r.send(), "2004200")
		c.wantCode("without a session", c.transferRequest(p.transferFields("").but(fields{"sessionId": "-"}).json()).send(), "2004300")
		c.wantDebits(1, opening-200_000*rp-fee)
		c.wantViolation("")
		c.wantCode("inquiry without a reference",
			c.inquiryRequest(p.inquiryFields().but(fields{"partnerReferenceNo": "-"}).json()).send(), "4004202")
		p.reference = "REF-2"
		c.wantCode("without an inquiry of its own", c.transferRequest(p.transferFields("").but(fields{"sessionId": "-"}).json()).send(), "4094302")
		c.wantDebits(1, opening-200_000*rp-fee)
	})
}

func TestOnlyTheNewestTokenCountsAndForFifteenMinutes(t *testing.T) {
	inBubble(t, config(), func(t *testing.T, c *client) {
		first := c.token
		if got := c.login().text("expiresIn"); got != "900" {
			t.Errorf("expiresIn is %q", got)
		}
		second := c.token
		c.token = first
		c.wantCode("with the older token", c.balance(), "4011101")
		c.token = second
		c.wantCode("with the newest token", c.balance(), "2001100")
		time.Sleep(15*time.Minute - time.Second)
		c.wantCode("a second before the end", c.balance(), "2001100")
		time.Sleep(time.Second)
		c.wantCode("at the end", c.balance(), "4011101")
		c.wantViolation("") // growing old is no mistake of the client's
	})
}

func TestAnExternalIDIsUniqueWithinAJakartaDay(t *testing.T) {
	inBubble(t, config(), func(t *testing.T, c *client) {
		// The false clock starts at 07:00 in Jakarta.
		ask := func(id string) reply {
			r := c.inquiryRequest(ordinary("REF-1").inquiryFields().json())
			r.external = id
			return r.send()
		}
		c.wantCode("first", ask("1"), "2004200")
		c.wantCode("a leading zero makes another id", ask("01"), "2004200")
		c.wantCode("17 digits", ask("10000000000000001"), "2004200")
		c.wantViolation("")
		c.wantCode("again", ask("1"), "4094200")
		c.wantViolation("X-EXTERNAL-ID")
		time.Sleep(17*time.Hour - time.Second)
		c.login()
		c.wantCode("a second before midnight", ask("1"), "4094200")
		time.Sleep(time.Second)
		c.wantCode("at midnight", ask("1"), "2004200")
	})
}

func TestTheBalanceOfAnotherAccountIsRefused(t *testing.T) {
	inBubble(t, config(), func(t *testing.T, c *client) {
		c.wantCode("balance", c.request(c.prefix+"/balance-inquiry", `{"accountNo":"A1"}`).send(), "4041108")
	})
}

func TestTooManyCallsWithinASecondAreNotProcessed(t *testing.T) {
	settings := config()
	settings.CallsPerSecond = 3
	inBubble(t, settings, func(t *testing.T, c *client) {
		start := time.Now() // the login was the first call of this second
		session := c.session(ordinary("REF-1"))
		c.balance()
		answer := c.transfer(ordinary("REF-1"), session)
		c.wantCode("the fourth call", answer, "4294300")
		if answer.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After is %q", answer.header.Get("Retry-After"))
		}
		c.wantDebits(0, opening)
		time.Sleep(time.Until(start.Add(999 * time.Millisecond)))
		c.wantCode("within the second", c.transfer(ordinary("REF-1"), session), "4294300")
		time.Sleep(time.Millisecond)
		c.wantCode("a second later", c.transfer(ordinary("REF-1"), session), "2004300")
		c.wantDebits(1, opening-200_000*rp-fee)
		if got := c.sim.PeakCallsPerSecond(); got != 5 {
			t.Errorf("peak of %d calls, want 5", got)
		}
		c.wantViolation("")
	})
}

func TestAProviderMayLowerItsLimitAndSayNothingOfWhen(t *testing.T) {
	settings := config()
	settings.CallsPerSecond, settings.NoRetryAfter = 3, true
	inBubble(t, settings, func(t *testing.T, c *client) {
		c.sim.SetCallsPerSecond(1) // the login took it
		answer := c.balance()
		c.wantCode("over the lower limit", answer, "4291100")
		if got, there := answer.header["Retry-After"]; there {
			t.Errorf("Retry-After is %q, want none", got)
		}
		c.sim.SetCallsPerSecond(2)
		c.wantCode("within the limit when it is raised", c.balance(), "2001100")
		c.wantCode("over it again", c.balance(), "4291100")
		c.sim.SetCallsPerSecond(0)
		c.wantCode("without a limit", c.balance(), "2001100")
		c.wantViolation("")
	})
}

func TestReadFields(t *testing.T) {
	tests := []struct {
		body string
		want string // part of the error; empty when the body is good
	}{
		{`{}`, ""},
		{`{"a":"b","c":{"d":"e"}}`, ""},
		{`{"a":"say \"hello\" \\ twice"}`, ""},
		{``, "not JSON"},
		{`[]`, "not a JSON object"},
		{`"a"`, "not a JSON object"},
		{`{"a":"b"}{}`, "not JSON"},
		{`{"a":"b"`, "not JSON"},
		{`{"a":"b"}` + "\n", "printable ASCII"},
		{`{"a": "b"}`, "compact"},
		{`{"a":"\u0041"}`, "escape"},
		{`{"a":"\/"}`, "escape"},
		{`{"a":1}`, "not a text"},
		{`{"a":null}`, "not a text"},
		{`{"a":true}`, "not a text"},
		{`{"a":["b"]}`, "neither text nor an object"},
		{`{"a":{"b":{"c":"d"}}}`, "neither text nor an object"},
		{`{"a":"b","a":"b"}`, "twice"},
		{`{"a":{"b":"c","b":"c"}}`, "twice"},
		{`{"a":{"b":"c"},"a":{"d":"e"}}`, "twice"},
		{`{"a":{"b":"c"},"a.b":"d"}`, "point"},
	}
	for _, test := range tests {
		_, err := simulator.ReadFields([]byte(test.body))
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v, want %q", test.body, err, test.want)
		}
		wantSameFields(t, test.body)
	}
}

// FuzzPlainFields: what the quick reader accepts, the thorough one accepts too, with the same fields.
func FuzzPlainFields(f *testing.F) {
	f.Add(ordinary("REF-1").inquiryFields().json())
	f.Add(ordinary("REF-1").transferFields("I1").json())
	f.Add(`{"a":{"b":"c"},"a.b":"d"}`)
	f.Fuzz(func(t *testing.T, body string) { wantSameFields(t, body) })
}

func wantSameFields(t *testing.T, body string) {
	t.Helper()
	plain, quick := simulator.PlainFields(body)
	if !quick {
		return
	}
	if thorough, err := simulator.SlowFields([]byte(body)); err != nil || !maps.Equal(plain, thorough) {
		t.Errorf("%s: read quickly %v, thoroughly %v (%v)", body, plain, thorough, err)
	}
}

func TestTheBodiesOfTheCallsAreReadQuickly(t *testing.T) {
	for _, body := range []string{`{"grantType":"client_credentials"}`, ordinary("REF-1").inquiryFields().json(), ordinary("REF-1").transferFields("I1").json()} {
		if fields, quick := simulator.PlainFields(body); !quick || len(fields) == 0 {
			t.Errorf("%s was not read quickly", body)
		}
	}
}
