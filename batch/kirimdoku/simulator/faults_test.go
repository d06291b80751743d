package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gajian/batch/kirimdoku/simulator"
)

func mustFaults(t testing.TB, spec string) simulator.Faults {
	t.Helper()
	faults, err := simulator.ParseFaults(spec)
	if err != nil {
		t.Fatal(err)
	}
	return faults
}

// What a client sees of each fault at a transfer. The empty code is an answer without one.
var transferFaults = map[string]struct {
	status int // 0: no answer at all
	code   string
	check  func(reply) bool // nil: nothing more
}{
	"no-connection":    {0, "", func(r reply) bool { return errors.Is(r.err, syscall.ECONNREFUSED) }},
	"lose-request":     {0, "", func(r reply) bool { return errors.Is(r.err, io.ErrUnexpectedEOF) }},
	"lose-response":    {0, "", func(r reply) bool { return errors.Is(r.err, io.ErrUnexpectedEOF) }},
	"late":             {0, "", func(r reply) bool { return errors.Is(r.err, io.ErrUnexpectedEOF) }},
	"500-before":       {500, "5004300", nil},
	"500-after":        {500, "5004300", nil},
	"502-html-before":  {502, "", func(r reply) bool { return strings.Contains(r.raw, "<html>") }},
	"502-html":         {502, "", func(r reply) bool { return strings.Contains(r.raw, "<html>") }},
	"504-before":       {504, "5044300", nil},
	"504-after":        {504, "5044300", nil},
	"html-before":      {200, "", func(r reply) bool { return strings.Contains(r.raw, "<html>") }},
	"html":             {200, "", func(r reply) bool { return strings.Contains(r.raw, "<html>") }},
	"empty-before":     {200, "", func(r reply) bool { return r.raw == "" && r.err == nil }},
	"empty":            {200, "", func(r reply) bool { return r.raw == "" && r.err == nil }},
	"truncated-before": {500, "", func(r reply) bool { return strings.HasPrefix(r.raw, `{"resp`) && r.err == nil && r.body == nil }},
	"truncated":        {200, "", func(r reply) bool { return strings.HasPrefix(r.raw, `{"resp`) && r.err == nil && r.body == nil }},
	"cut-answer":       {200, "", func(r reply) bool { return errors.Is(r.err, io.ErrUnexpectedEOF) && r.raw != "" }},
	"slow":             {200, "2004300", nil},
	"in-progress":      {202, "2024300", nil},
	"401":              {401, "4014301", nil},
	"429":              {429, "4294300", func(r reply) bool { return r.header.Get("Retry-After") == "1" }},
	"conflict-409":     {409, "4094300", nil},
	"duplicate-409":    {409, "4094301", nil},
	"replay-409":       {409, "2004300", func(r reply) bool { return r.text("partnerReferenceNo") == "REF-1" }},
	"not-found":        {404, "4044301", nil},
	"wrong-amount":     {200, "2004300", func(r reply) bool { return r.text("additionalInfo.amount") == "200001.00" }},
	"wrong-reference":  {200, "2004300", func(r reply) bool { return r.text("partnerReferenceNo") == "XREF-1" }},
	"redirect":         {307, "", toOurselves},
	"redirect-301":     {301, "", toOurselves},
	"redirect-302":     {302, "", toOurselves},
	"redirect-303":     {303, "", toOurselves},
	"redirect-308":     {308, "", toOurselves},
	"redirect-after":   {307, "", toOurselves},
	"redirect-host":    {307, "", func(r reply) bool { return strings.HasPrefix(r.header.Get("Location"), "https://elsewhere.invalid/") }},
	"redirect-login":   {308, "", func(r reply) bool { return strings.HasPrefix(r.header.Get("Location"), "https://user:secret@") }},
	"redirect-json":    {302, "2004300", toOurselves},

	"429-date":     {429, "4294300", func(r reply) bool { return asksFor(r, 30*time.Second) }},
	"429-past":     {429, "4294300", func(r reply) bool { return asksFor(r, -time.Hour) }},
	"429-huge":     {429, "4294300", func(r reply) bool { return r.header.Get("Retry-After") == "1000000000" }},
	"429-overflow": {429, "4294300", func(r reply) bool { return len(r.header.Get("Retry-After")) == 30 }},
	"429-negative": {429, "4294300", func(r reply) bool { return r.header.Get("Retry-After") == "-5" }},
	"429-garbage":  {429, "4294300", func(r reply) bool { return r.header.Get("Retry-After") == "1e9 soon" }},
	"429-html":     {429, "", func(r reply) bool { return strings.Contains(r.raw, "<html>") }},
	"429-after":    {429, "4294300", nil},
	"401-after":    {401, "4014301", nil},
	"503-before":   {503, "5034300", nil},
	"503-after":    {503, "5034300", func(r reply) bool { return r.header.Get("Retry-After") == "120" }},

	"hang":         {0, "", func(r reply) bool { return errors.Is(r.err, context.DeadlineExceeded) }},
	"drip":         {0, "", func(r reply) bool { return errors.Is(r.err, context.DeadlineExceeded) }},
	"drip-head":    {0, "", func(r reply) bool { return errors.Is(r.err, context.DeadlineExceeded) }},
	"endless-body": {200, "", func(r reply) bool { return errors.Is(r.err, io.ErrUnexpectedEOF) && len(r.raw) == 2<<20 }},
	"endless-head": {0, "", func(r reply) bool { return strings.Contains(r.err.Error(), "bytes of headers") }},
	"early-hints":  {0, "", func(r reply) bool { return strings.Contains(r.err.Error(), "bytes of headers") }},
	"gzip-bomb":    {200, "", func(r reply) bool { return r.header.Get("Content-Encoding") == "gzip" && len(r.raw) < 64<<10 }},
	"switching":    {101, "", nil},
	"two-answers":  {200, "2004300", nil},

	"bom":                   {200, "", func(r reply) bool { return strings.HasPrefix(r.raw, "\xef\xbb\xbf{") }},
	"invalid-utf8":          {200, "2004300", func(r reply) bool { return strings.Contains(r.raw, "\xff") }},
	"duplicate-key":         {200, "5000000", func(r reply) bool { return strings.Count(r.raw, `"responseCode":`) == 2 }},
	"deep":                  {200, "", func(r reply) bool { return strings.Count(r.raw, "[") == 100_000 }},
	"two-objects":           {200, "", func(r reply) bool { return strings.Count(r.raw, `"responseCode":`) == 2 }},
	"other-service":         {200, "2009900", nil},
	"refusal-200":           {200, "4034305", nil},
	"success-400":           {400, "2004300", nil},
	"previous-answer":       {0, "", nil}, // there is none before the first
	"accepted-lost":         {200, "2004300", func(r reply) bool { return r.text("partnerReferenceNo") == "REF-1" }},
	"other-currency":        {200, "2004300", func(r reply) bool { return r.text("additionalInfo.amount.currency") == "USD" }},
	"other-session":         {200, "2004300", func(r reply) bool { return r.text("additionalInfo.sessionId") == "I9999999999999999" }},
	"other-date":            {200, "2004300", func(r reply) bool { return strings.HasPrefix(r.text("transactionDate"), "1999") }},
	"no-reference":          {200, "2004300", func(r reply) bool { return r.text("partnerReferenceNo") == "" }},
	"no-provider-reference": {200, "2004300", func(r reply) bool { return r.text("referenceNo") == "" }},
	"no-amount":             {200, "2004300", func(r reply) bool { return !strings.Contains(r.raw, "amount") }},
	"zero-amount":           {200, "2004300", func(r reply) bool { return strings.Contains(r.raw, `"amount":"0.00"`) }},
	"negative-amount":       {200, "2004300", func(r reply) bool { return strings.Contains(r.raw, `"amount":"-200000.00"`) }},
	"plain-amount":          {200, "2004300", func(r reply) bool { return strings.Contains(r.raw, `"amount":"200000"`) }},
	"number-amount":         {200, "2004300", func(r reply) bool { return strings.Contains(r.raw, `"amount":200000.0,`) }},
	"grouped-amount":        {200, "2004300", func(r reply) bool { return strings.Contains(r.raw, `"amount":"200,000.00"`) }},
	"float-amount":          {200, "2004300", func(r reply) bool { return strings.Contains(r.raw, `"amount":1.5e6`) }},
}

func toOurselves(r reply) bool {
	return strings.Contains(r.header.Get("Location"), "/simulator/redirected")
}

func asksFor(r reply, wait time.Duration) bool {
	at, err := http.ParseTime(r.header.Get("Retry-After"))
	return err == nil && at.Equal(time.Now().Truncate(time.Second).Add(wait))
}

// patience is how long the client waits for an answer, and waits how long it waited; else not at all.
const patience = 10 * time.Second

var waits = map[string]time.Duration{"slow": 5 * time.Second, "hang": patience, "drip": patience, "drip-head": patience}

func TestEveryFaultOfATransferMovesWhatItSays(t *testing.T) {
	for _, kind := range simulator.FaultKinds() {
		if !slices.Contains(kind.Operations, simulator.TransferCall) {
			continue
		}
		t.Run(kind.Name, func(t *testing.T) {
			want, listed := transferFaults[kind.Name]
			if plain, before := strings.CutSuffix(kind.Name, "-before"); before && !listed {
				want, listed = transferFaults[plain], true
				want.status, want.code, want.check = -1, "", nil // some answer, spoilt as the other form's
			}
			if !listed {
				t.Fatal("the test knows no such fault")
			}
			settings := config()
			settings.Faults = mustFaults(t, "transfer:"+kind.Name+"@1")
			inBubble(t, settings, func(t *testing.T, c *client) {
				c.http.Timeout = patience
				start, session := time.Now(), c.session(ordinary("REF-1"))
				got := c.transfer(ordinary("REF-1"), session)
				if want.status >= 0 && (got.status != want.status || got.code() != want.code || want.check != nil && !want.check(got)) {
					t.Errorf("got %d %q, %v: %s", got.status, got.code(), got.err, got.raw)
				}
				if want := waits[strings.TrimSuffix(kind.Name, "-before")]; time.Since(start) != want {
					t.Errorf("answered after %v, want %v", time.Since(start), want)
				}
				wantEffect(t, c, kind, session)
			})
		})
	}
}

// wantEffect compares the book with the effect, and sends a transfer that did nothing again.
func wantEffect(t *testing.T, c *client, kind simulator.FaultKind, session string) {
	t.Helper()
	if kind.Effect == simulator.TookEffect {
		c.wantDebits(1, afterOne)
		c.wantStatus("REF-1", "00")
	} else {
		c.wantDebits(0, opening)
		c.wantCode("status", c.status("REF-1"), "4045301")
	}
	c.wantViolation("")
	if kind.Effect == simulator.TakesLater {
		time.Sleep(30 * time.Second)
		c.wantDebits(1, afterOne)
		c.wantStatus("REF-1", "00")
		return
	}
	again := c.transfer(ordinary("REF-1"), session)
	if kind.Effect == simulator.DidNothing {
		c.wantCode("sent again", again, "2004300")
	} else {
		c.wantCode("sent again", again, "4094301")
	}
	c.wantDebits(1, afterOne)
}

func TestFaultsOfOtherCalls(t *testing.T) {
	tests := []struct {
		spec string
		ask  func(*client) reply
		code string
	}{
		{"balance:500-before@1", (*client).balance, "5001100"},
		{"balance:duplicate-409@1", (*client).balance, "4091100"},
		{"token:401@2", (*client).login, "4017300"},
		{"token:429@2", (*client).login, "4297300"},
		{"token:500-after@2", (*client).login, "5007300"},
		{"inquiry:504-before@1", func(c *client) reply { return c.inquire(ordinary("REF-1")) }, "5044200"},
		{"*:504-before@2", func(c *client) reply { return c.inquire(ordinary("REF-1")) }, "5044200"},
		{"*:429=100%", func(c *client) reply { return c.inquire(ordinary("REF-1")) }, "4294200"},
		{"status:not-found@1", func(c *client) reply {
			c.pay(ordinary("REF-1"))
			return c.status("REF-1")
		}, "4045301"},
		{"status:429@1,*:500-before@1", func(c *client) reply { return c.status("REF-1") }, "4295300"},
	}
	for _, test := range tests {
		t.Run(test.spec, func(t *testing.T) {
			settings := config()
			settings.Faults = mustFaults(t, test.spec)
			inBubble(t, settings, func(t *testing.T, c *client) {
				c.wantCode(test.spec, test.ask(c), test.code)
			})
		})
	}
}

func TestFaultsOfTheStatusAnswer(t *testing.T) {
	tests := map[string]func(reply) bool{
		"wrong-amount":    func(r reply) bool { return r.text("amount.value") == "200001.00" },
		"wrong-reference": func(r reply) bool { return r.text("originalPartnerReferenceNo") == "XREF-1" },
		"not-found-07":    func(r reply) bool { return r.code() == "2005300" && r.text("latestTransactionStatus") == "07" },
	}
	for name, check := range tests {
		settings := config()
		settings.Faults = mustFaults(t, "status:"+name+"@1")
		inBubble(t, settings, func(t *testing.T, c *client) {
			c.pay(ordinary("REF-1"))
			if got := c.status("REF-1"); !check(got) {
				t.Errorf("%s: got %s", name, got.raw)
			}
			c.wantStatus("REF-1", "00")
		})
	}
}

func TestALateTransferThatWasSentAgainIsDebitedOnce(t *testing.T) {
	settings := config()
	settings.Faults = mustFaults(t, "transfer:late/10s@1")
	inBubble(t, settings, func(t *testing.T, c *client) {
		c.pay(ordinary("REF-1"))
		c.wantCode("not there yet", c.status("REF-1"), "4045301")
		c.wantCode("sent again", c.pay(ordinary("REF-1")), "2004300")
		time.Sleep(time.Minute)
		c.wantDebits(1, afterOne)
	})
}

func TestAFollowedRedirectIsAViolation(t *testing.T) {
	settings := config()
	settings.Faults = mustFaults(t, "balance:redirect@1")
	inBubble(t, settings, func(t *testing.T, c *client) {
		c.http.CheckRedirect = nil
		c.balance()
		c.wantViolation("path")
	})
}

func TestTheSameSeedAndOrderMeetTheSameFaults(t *testing.T) {
	run := func(seed int64) (outcome string, lost int) {
		settings := config()
		settings.Seed = seed
		settings.Opening = 1_000_000_000 * rp
		settings.Faults = mustFaults(t, "transfer:lose-response=20%,transfer:500-before=10%")
		inBubble(t, settings, func(t *testing.T, c *client) {
			for i := range 200 {
				answer := c.pay(ordinary(fmt.Sprint("REF-", i)))
				outcome += fmt.Sprint(answer.code(), " ", answer.text("referenceNo"), answer.text("referenceNumber"), "\n")
				if answer.err != nil {
					lost++
				}
			}
		})
		return outcome, lost
	}
	first, lost := run(1)
	if again, _ := run(1); again != first {
		t.Error("seed 1 gave two different runs")
	}
	if other, _ := run(2); other == first {
		t.Error("seeds 1 and 2 gave the same run")
	}
	if lost < 20 || lost > 60 {
		t.Errorf("%d of 200 answers were lost, want about 40", lost)
	}
}

func TestParseFaultsRefusesWithAReason(t *testing.T) {
	tests := []struct{ spec, want string }{
		{"transfer", "not of the form"},
		{"transfer:lose-response", "neither how often"},
		{"remit:lose-response=1%", "there are token, balance"},
		{"other:lose-response=1%", "there are token, balance"},
		{"transfer:loose-response=1%", "there are no-connection, lose-request"},
		{"token:wrong-amount=1%", "does not happen to token calls"},
		{"transfer:lose-response=1", "not a probability"},
		{"transfer:lose-response=0%", "not a probability"},
		{"transfer:lose-response=101%", "not a probability"},
		{"transfer:lose-response=NaN%", "not a probability"},
		{"transfer:lose-response@0", "the first is 1"},
		{"transfer:lose-response@-1", "the first is 1"},
		{"transfer:lose-response@+1", "the first is 1"},
		{"transfer:lose-response@1%", "the first is 1"},
		{"transfer:lose-response/3s=1%", "takes no delay"},
		{"transfer:slow/3=1%", "not a duration"},
		{"transfer:slow/2h=1%", "not a duration"},
		{"transfer:slow/-3s=1%", "not a duration"},
		{"transfer:slow=1%,", "not of the form"},
		{strings.Repeat("transfer:slow=1%,", 100) + "transfer:slow=1%", "at most 100"},
	}
	for _, test := range tests {
		if _, err := simulator.ParseFaults(test.spec); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.50s: got %v, want %q", test.spec, err, test.want)
		}
	}
}

func TestParseFaultsReadsWhatStringWrites(t *testing.T) {
	tests := []struct{ spec, want string }{
		{"", ""},
		{" transfer:lose-response=10% , token:401@3 ", "transfer:lose-response=10%,token:401@3"},
		{"inquiry:slow=0.5%", "inquiry:slow/5s=0.5%"},
		{"*:late/1m30s@2", "*:late/1m30s@2"},
		{"transfer:lose-response=10%,transfer:500-after=5%,status:html=2%,inquiry:slow=1%,token:401@3",
			"transfer:lose-response=10%,transfer:500-after=5%,status:html=2%,inquiry:slow/5s=1%,token:401@3"},
	}
	for _, test := range tests {
		if got := mustFaults(t, test.spec).String(); got != test.want {
			t.Errorf("%q: got %q, want %q", test.spec, got, test.want)
		}
	}
}

func FuzzParseFaults(f *testing.F) {
	for _, seed := range []string{"", "transfer:lose-response=10%", "*:slow/3s=0.5%,token:401@3", "a:b@c", "status:late/1h=1e-9%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		faults, err := simulator.ParseFaults(spec)
		if err != nil {
			return
		}
		again, err := simulator.ParseFaults(faults.String())
		if err != nil || again.String() != faults.String() {
			t.Errorf("%q was written as %q and read back as %q, %v", spec, faults, again, err)
		}
	})
}
