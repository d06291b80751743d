package simulator_test

import (
	"strings"
	"testing"
	"time"

	"gajian/batch/kirimdoku/simulator"
)

const afterOne = int64(opening - 200_000*rp - fee)

func TestAReferenceIsDebitedOnce(t *testing.T) {
	tests := []struct {
		name   string
		second func(c *client, used string) reply
		code   string
	}{
		{"the same with the same session", func(c *client, used string) reply {
			return c.transfer(ordinary("REF-1"), used)
		}, "4094301"},
		{"the same with a new session", func(c *client, _ string) reply {
			return c.pay(ordinary("REF-1"))
		}, "4094301"},
		{"another amount", func(c *client, _ string) reply {
			p := ordinary("REF-1")
			p.rupiah++
			return c.pay(p)
		}, "4044318"},
		{"another account", func(c *client, _ string) reply {
			p := ordinary("REF-1")
			p.account = "111"
			return c.pay(p)
		}, "4044318"},
		{"another bank", func(c *client, _ string) reply {
			p := ordinary("REF-1")
			p.bank = "008"
			return c.pay(p)
		}, "4044318"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, config(), func(t *testing.T, c *client) {
				session := c.session(ordinary("REF-1"))
				c.wantCode("first", c.transfer(ordinary("REF-1"), session), "2004300")
				c.wantCode("second", test.second(c, session), test.code)
				c.wantDebits(1, afterOne)
				c.wantViolation("partnerReferenceNo")
				if got := c.sim.Book()[0].Requests; got != 2 {
					t.Errorf("the book saw %d requests, want 2", got)
				}
			})
		})
	}
}

func TestARequestThatIsReplayedToTheByteMovesNothing(t *testing.T) {
	inBubble(t, config(), func(t *testing.T, c *client) {
		r := c.transferRequest(ordinary("REF-1").transferFields(c.session(ordinary("REF-1"))).json())
		c.wantCode("first", r.send(), "2004300")
		c.wantCode("replay", r.send(), "4094300")
		c.wantDebits(1, afterOne)
		c.wantViolation("X-EXTERNAL-ID")
		c.wantViolation("partnerReferenceNo")
	})
}

func TestATransferNeedsTheSessionOfItsOwnInquiry(t *testing.T) {
	tests := []struct {
		name     string
		transfer func(c *client, session string) reply
		code     string
		field    string
	}{
		{"an invented session", func(c *client, _ string) reply {
			return c.transfer(ordinary("REF-1"), "I0000000000000001")
		}, "4044301", "sessionId"},
		{"another amount", func(c *client, session string) reply {
			p := ordinary("REF-1")
			p.rupiah++
			return c.transfer(p, session)
		}, "4044313", "amount.value"},
		{"another account", func(c *client, session string) reply {
			p := ordinary("REF-1")
			p.account = "111"
			return c.transfer(p, session)
		}, "4044311", "sessionId"},
		{"another bank", func(c *client, session string) reply {
			p := ordinary("REF-1")
			p.bank = "008"
			return c.transfer(p, session)
		}, "4044311", "sessionId"},
		{"within the life of the session", func(c *client, session string) reply {
			time.Sleep(15 * time.Minute)
			c.login()
			return c.transfer(ordinary("REF-1"), session)
		}, "2004300", ""},
		{"an old session", func(c *client, session string) reply {
			time.Sleep(15*time.Minute + time.Second)
			c.login()
			c.session(ordinary("REF-2")) // sessions are forgotten at inquiries: not this early
			return c.transfer(ordinary("REF-1"), session)
		}, "4034300", ""},
		{"a session forgotten long ago", func(c *client, session string) reply {
			time.Sleep(61 * time.Minute)
			c.login()
			c.session(ordinary("REF-2"))
			return c.transfer(ordinary("REF-1"), session)
		}, "4044301", "sessionId"},
		{"a session that another transfer used", func(c *client, session string) reply {
			c.wantCode("first", c.transfer(ordinary("REF-0"), session), "2004300")
			return c.transfer(ordinary("REF-1"), session)
		}, "4094302", "sessionId"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, config(), func(t *testing.T, c *client) {
				session := c.session(ordinary("REF-1"))
				c.wantCode(test.name, test.transfer(c, session), test.code)
				c.wantViolation(test.field)
				taken := len(c.sim.Book()) > 0 && c.sim.Book()[len(c.sim.Book())-1].Reference == "REF-1"
				if taken != (test.code == "2004300") {
					t.Errorf("book %+v", c.sim.Book())
				}
			})
		})
	}
}

func TestAmountAndFeeHaveToBeInTheDeposit(t *testing.T) {
	settings := config()
	settings.Opening = 200_000*rp + fee - 1
	inBubble(t, settings, func(t *testing.T, c *client) {
		c.wantCode("one sen short", c.pay(ordinary("REF-1")), "4034314")
		c.wantDebits(0, 200_000*rp+fee-1)
		c.sim.TopUp(1)
		c.wantCode("after the top-up", c.pay(ordinary("REF-1")), "2004300")
		c.wantDebits(1, 0)
		c.wantViolation("")
	})
}

func TestARefusedTransferMayBeSentAgainWithTheSameContentOnly(t *testing.T) {
	settings := config()
	settings.Opening = 0
	inBubble(t, settings, func(t *testing.T, c *client) {
		c.wantCode("refused", c.pay(ordinary("REF-1")), "4034314")
		c.wantCode("refused again", c.pay(ordinary("REF-1")), "4034314")
		c.wantViolation("")
		changed := ordinary("REF-1")
		changed.account = "999"
		c.pay(changed)
		c.wantViolation("partnerReferenceNo")
		if got := c.sim.TransferRequests("REF-1"); got != 3 {
			t.Errorf("saw %d requests, want 3", got)
		}
		c.wantDebits(0, 0)
	})
}

func TestStatusOfAnotherTransfersProviderReference(t *testing.T) {
	inBubble(t, config(), func(t *testing.T, c *client) {
		c.wantCode("unknown", c.status("REF-1"), "4045301")
		first := c.pay(ordinary("REF-1"))
		second := c.pay(ordinary("REF-2"))
		ask := func(provider string) reply {
			return c.statusRequest(fields{"originalPartnerReferenceNo": "REF-1", "originalReferenceNo": provider, "serviceCode": "43"}.json()).send()
		}
		c.wantCode("its own reference", ask(first.text("referenceNo")), "2005300")
		c.wantCode("its own session", ask(first.text("additionalInfo.sessionId")), "2005300")
		c.wantCode("a session that came to nothing", ask("I0000000000000001"), "2005300")
		c.wantViolation("")
		c.wantCode("the other's reference", ask(second.text("referenceNo")), "4045301")
		c.wantViolation("originalReferenceNo")
	})
}

func TestTriggersDoWhatTheirTableSays(t *testing.T) {
	const back, feeGone = int64(opening), int64(opening - fee)
	tests := []struct {
		bank, account string
		inquiry       string
		transfer      string // empty: the connection is cut
		early, late   string // status at once, and three seconds later; empty: not found
		available     int64
	}{
		{"002", "8812345001", "2004200", "2004300", "03", "06", back},
		{"014", "8812345001", "2004200", "2004300", "03", "00", afterOne},
		{"014", "7746555134", "2004200", "2004300", "00", "04", feeGone},
		{"014", "9990000001", "4044211", "", "", "", back},
		{"008", "99900000777702", "4034218", "", "", "", back},
		{"014", "9990000003", "2004200", "2004300", "00", "00", afterOne},
		{"014", "9990000004", "2004200", "4034305", "", "", back},
		{"014", "9990000005", "2004200", "2004300", "06", "06", back},
		{"014", "9990000006", "2004200", "2004300", "03", "03", afterOne},
		{"014", "9990000007", "2004200", "", "00", "00", afterOne},
		{"014", "9990000008", "2004200", "", "", "", back},
		{"014", "9990000009", "2004200", "2004300", "00", "00", afterOne},
		{"014", "999000001", "2004200", "2004300", "00", "00", afterOne}, // too short to be reserved
	}
	for _, test := range tests {
		t.Run(test.bank+" "+test.account, func(t *testing.T) {
			inBubble(t, config(), func(t *testing.T, c *client) {
				p := ordinary("REF-1")
				p.bank, p.account = test.bank, test.account
				inquiry := c.inquire(p)
				c.wantCode("inquiry", inquiry, test.inquiry)
				if other := inquiry.text("beneficiaryAccountName") == "SUHUT"; other != (test.account == "9990000003") {
					t.Errorf("the holder is %q", inquiry.text("beneficiaryAccountName"))
				}
				if test.inquiry == "2004200" {
					wantAnswerOrCut(t, c, c.transfer(p, inquiry.text("sessionId")), test.transfer)
				}
				c.wantStanding("REF-1", test.early)
				time.Sleep(3 * time.Second)
				c.wantStanding("REF-1", test.late)
				if got := c.sim.Available(); got != test.available {
					t.Errorf("the deposit holds %d sen, want %d", got, test.available)
				}
				c.wantViolation("")
			})
		})
	}
}

// wantAnswerOrCut wants a code, or a cut connection when it is empty.
func wantAnswerOrCut(t *testing.T, c *client, got reply, code string) {
	t.Helper()
	if code != "" {
		c.wantCode("transfer", got, code)
	} else if got.err == nil || !strings.Contains(got.err.Error(), "cut the connection") {
		t.Errorf("transfer: got %v %s, want a cut connection", got.err, got.raw)
	}
}

// wantStanding wants a status, or that the transfer is not found when it is empty.
func (c *client) wantStanding(reference, want string) {
	c.t.Helper()
	if want == "" {
		c.wantCode("status of "+reference, c.status(reference), "4045301")
		return
	}
	c.wantStatus(reference, want)
}

func TestARequestIsLostOnlyOnceAndAnAnswerAlways(t *testing.T) {
	inBubble(t, config(), func(t *testing.T, c *client) {
		lost := ordinary("LOST-REQUEST")
		lost.account = "9990000008"
		wantAnswerOrCut(t, c, c.pay(lost), "")
		c.wantDebits(0, opening)
		c.wantCode("sent again", c.pay(lost), "2004300")
		c.wantDebits(1, afterOne)
		c.wantViolation("")
		silent := ordinary("LOST-ANSWER")
		silent.account = "9990000007"
		wantAnswerOrCut(t, c, c.pay(silent), "")
		wantAnswerOrCut(t, c, c.pay(silent), "")
		c.wantDebits(2, afterOne-200_000*rp-fee)
	})
}

func TestEveryTriggerIsDocumentedAndKnown(t *testing.T) {
	triggers := simulator.Triggers()
	if len(triggers) != 11 {
		t.Errorf("there are %d triggers, want 11", len(triggers))
	}
	for _, trigger := range triggers {
		if trigger.Number == "" || trigger.Bank == "" || trigger.Text == "" || trigger.Behaviour == simulator.Ordinary {
			t.Errorf("trigger %+v lacks something", trigger)
		}
	}
}

func TestConfiguredAccountsComeBeforeTriggers(t *testing.T) {
	settings := config()
	settings.Accounts = []simulator.Account{
		{Bank: "014", Number: "123456", Holder: "BUDI SANTOSO"},
		{Number: "500", Behaviour: simulator.Refused},
	}
	inBubble(t, settings, func(t *testing.T, c *client) {
		p := ordinary("REF-1")
		p.account = "123456"
		if got := c.inquire(p).text("beneficiaryAccountName"); got != "BUDI SANTOSO" {
			t.Errorf("the holder is %q", got)
		}
		c.pay(p)
		c.wantStatus("REF-1", "00")
		p = ordinary("REF-2")
		p.account = "500"
		c.wantCode("refused", c.pay(p), "4034305")
	})
}

func TestBankName(t *testing.T) {
	tests := []struct{ name, want string }{
		{"Budi Santoso", "BUDI SANTOSO"},
		{"  budi   santoso ", "BUDI SANTOSO"},
		{"H. Budi Santoso, S.Kom., M.M.", "BUDI SANTOSO"},
		{"Prof. Dr. Ir. Siti Aminah", "SITI AMINAH"},
		{"Siti Aminah SE", "SITI AMINAH"},
		{"M. Rizki", "M. RIZKI"},
		{"Drs.", "DRS."},
		{"Muhammad Abdurrahman Wahid Hasyim Asy'ari", "MUHAMMAD ABDURRAHMAN WAHID HAS"},
		{"Muhammad Abdurrahman Wahidiyyx Asy'ari", "MUHAMMAD ABDURRAHMAN WAHIDIYYX"},
		{"", ""},
	}
	for _, test := range tests {
		if got := simulator.BankName(test.name); got != test.want {
			t.Errorf("BankName(%q) is %q, want %q", test.name, got, test.want)
		}
	}
}
