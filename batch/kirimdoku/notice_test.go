package kirimdoku_test

import (
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gajian/batch/kirimdoku"
	"gajian/ledger"
)

// The samples of DOKU's pages "Unpaid Notification" and "Refund Notification".
const (
	unpaidSample = `{
  "sendTrxId": "text",
  "transactionId": "DK0018353",
  "invoiceNumber": "I088787987870912",
  "transactionStatus": "50",
  "activityCode": "200",
  "message": "Transaction is Success",
  "processDate": "2024-01-12'T'07:30:12",
  "createdTime": "1699520040340"
}`
	refundSample = `{
  "transactionId": "DK0018353",
  "activityCode": "200",
  "message": "Transaction is Refunded",
  "processDate": "2024-01-12'T'07:30:12"
}`
)

const (
	noticePath    = "/notify/6f1d"
	noticeRequest = "fd53b1e3-9c35-4dfa-a95c-a8dbc5695485"
	noticeAgent   = "A41418"
)

var (
	unsignedKeys = kirimdoku.NoticeKeys{Scheme: kirimdoku.NoticeUnsigned}
	hmacKeys     = kirimdoku.NoticeKeys{Scheme: kirimdoku.NoticeSNAPHMAC, ClientSecret: kirimdoku.NewSecret("SK-test-0123456789abcdef")}
	legacyKeys   = kirimdoku.NoticeKeys{Scheme: kirimdoku.NoticeAESLegacy, AgentKey: noticeAgent, EncryptionKey: kirimdoku.NewSecret("0123456789abcdef")}
)

// unsigned is a notification with nothing in its headers.
func unsigned(body string) kirimdoku.Notification {
	return kirimdoku.Notification{Method: "POST", Path: noticePath, Header: http.Header{}, Body: []byte(body)}
}

// signedHMAC signs as the standard says, by code of its own.
func signedHMAC(body, digested string) kirimdoku.Notification {
	digest := sha256.Sum256([]byte(digested))
	mac := hmac.New(sha512.New, []byte("SK-test-0123456789abcdef"))
	fmt.Fprintf(mac, "POST:%s:%s:%s:%s", noticePath, "token-1", hex.EncodeToString(digest[:]), "2026-11-25T18:00:00+07:00")
	n := unsigned(body)
	n.Header.Set("X-SIGNATURE", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	n.Header.Set("Authorization", "Bearer token-1")
	n.Header.Set("X-TIMESTAMP", "2026-11-25T18:00:00+07:00")
	return n
}

// signedLegacy carries the published names and the signature of the vector of that name.
func signedLegacy(body string) kirimdoku.Notification {
	n := unsigned(body)
	n.Header.Set("requestId", noticeRequest)
	n.Header.Set("agentKey", noticeAgent)
	n.Header.Set("signature", "y455yxXA+JSOkaOU/95jlRzNugMler8BC2SeWRxONNRO8gmfCW1fteOLNj/2XV/a")
	return n
}

func TestTheSamplesOfBothNotificationsAreRead(t *testing.T) {
	at := time.Date(2024, 1, 12, 7, 30, 12, 0, ledger.WIB)
	for name, tt := range map[string]struct {
		body  string
		want  kirimdoku.Notice
		words string
	}{
		"unpaid": {unpaidSample, kirimdoku.Notice{Kind: kirimdoku.UnpaidNotice, Reference: "text", ProviderReference: "DK0018353",
			Session: "I088787987870912", Claim: "50", Message: "Transaction is Success", RequestID: "-", At: at}, "success"},
		"refund": {refundSample, kirimdoku.Notice{Kind: kirimdoku.RefundNotice, ProviderReference: "DK0018353",
			Message: "Transaction is Refunded", RequestID: "-", At: at}, "refund notice"},
		"numbers for texts": {`{"transactionId":"DK1","sendTrxId":20261125001,"invoiceNumber":"I1","transactionStatus":35,"activityCode":200,"createdTime":1699520040340}`,
			kirimdoku.Notice{Kind: kirimdoku.UnpaidNotice, Reference: "20261125001", ProviderReference: "DK1", Session: "I1", Claim: "35", RequestID: "-",
				At: time.UnixMilli(1699520040340).In(ledger.WIB)}, "failed"},
		"milliseconds for a date, unknown fields, an unknown state": {`{"transactionId":"DK1","transactionStatus":"99","processDate":"1699520040340","new":{"a":[1,{}]}}`,
			kirimdoku.Notice{Kind: kirimdoku.UnpaidNotice, ProviderReference: "DK1", Claim: "99", RequestID: "-", At: time.UnixMilli(1699520040340).In(ledger.WIB)}, "state 99"},
		"a date that is none": {`{"transactionId":"DK1","processDate":"soon","createdTime":{}}`,
			kirimdoku.Notice{Kind: kirimdoku.RefundNotice, ProviderReference: "DK1", RequestID: "-"}, "refund notice"},
		"a message that is dressed up": {`{"transactionId":"DK1","message":"paid \u001b[2J1234567890\nE2"}`,
			kirimdoku.Notice{Kind: kirimdoku.RefundNotice, ProviderReference: "DK1", Message: "paid [2J******7890 E2", RequestID: "-"}, "refund notice"},
	} {
		t.Run(name, func(t *testing.T) {
			n := unsigned(tt.body)
			n.Header.Set("requestId", "-")
			got, err := kirimdoku.ReadNotice(unsignedKeys, n)
			if err != nil || got != tt.want || got.ClaimWords() != tt.words {
				t.Errorf("read %+v, %q (%v)\nwant %+v, %q", got, got.ClaimWords(), err, tt.want, tt.words)
			}
		})
	}
}

func TestWhatIsNoNotificationIsTurnedAway(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		want error
	}{
		"nothing":                          {``, kirimdoku.ErrNoticeForm},
		"no JSON":                          {`transactionId=DK1`, kirimdoku.ErrNoticeForm},
		"an array":                         {`[` + refundSample + `]`, kirimdoku.ErrNoticeForm},
		"two objects":                      {refundSample + refundSample, kirimdoku.ErrNoticeForm},
		"cut short":                        {refundSample[:60], kirimdoku.ErrNoticeForm},
		"no transfer named":                {`{"transactionStatus":"50"}`, kirimdoku.ErrNoticeForm},
		"a transfer that is null":          {`{"transactionId":null,"sendTrxId":""}`, kirimdoku.ErrNoticeForm},
		"a transfer that is an object":     {`{"transactionId":{"a":1}}`, kirimdoku.ErrNoticeForm},
		"a transfer that is true":          {`{"transactionId":true}`, kirimdoku.ErrNoticeForm},
		"a transfer with an exponent":      {`{"sendTrxId":1e3}`, kirimdoku.ErrNoticeForm},
		"a transfer below zero":            {`{"sendTrxId":-5}`, kirimdoku.ErrNoticeForm},
		"a transfer named twice":           {`{"transactionId":"DK1","transactionId":"DK2"}`, kirimdoku.ErrNoticeForm},
		"a control character":              {`{"transactionId":"DK\u0000"}`, kirimdoku.ErrNoticeForm},
		"a letter that looks like another": {`{"transactionId":"DК1"}`, kirimdoku.ErrNoticeForm},
		"an identifier that is a book":     {`{"transactionId":"` + strings.Repeat("D", 65) + `"}`, kirimdoku.ErrNoticeForm},
		"nesting without an end":           {`{"transactionId":"DK1","a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, kirimdoku.ErrNoticeForm},
		"exactly what is read":             {`{"transactionId":"DK1"}` + strings.Repeat(" ", kirimdoku.NoticeBodyMax-23), nil},
		"one byte more":                    {`{"transactionId":"DK1"}` + strings.Repeat(" ", kirimdoku.NoticeBodyMax-22), kirimdoku.ErrNoticeSize},
	} {
		if got, err := kirimdoku.ReadNotice(unsignedKeys, unsigned(tt.body)); !errors.Is(err, tt.want) || err != nil && got != (kirimdoku.Notice{}) {
			t.Errorf("%s: %+v, %v; want %v", name, got, err, tt.want)
		}
	}
}

func TestNotificationsAreVerified(t *testing.T) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(unpaidSample)); err != nil {
		t.Fatal(err)
	}
	change := func(n kirimdoku.Notification, header, value string) kirimdoku.Notification {
		n.Header.Set(header, value)
		return n
	}
	elsewhere := signedHMAC(unpaidSample, unpaidSample)
	elsewhere.Path = "/notify/other"
	by := signedHMAC(unpaidSample, unpaidSample)
	by.Method = "PUT"
	kirim := signedHMAC(unpaidSample, unpaidSample)
	kirim.Header.Set("signature", kirim.Header.Get("X-SIGNATURE"))
	kirim.Header.Del("X-SIGNATURE")
	for name, tt := range map[string]struct {
		keys         kirimdoku.NoticeKeys
		notification kirimdoku.Notification
		good         bool
	}{
		"hmac over the body as it came":         {hmacKeys, signedHMAC(unpaidSample, unpaidSample), true},
		"hmac over the body without blanks":     {hmacKeys, signedHMAC(unpaidSample, compact.String()), true},
		"hmac in the header of Kirim DOKU":      {hmacKeys, kirim, true},
		"hmac over another body":                {hmacKeys, signedHMAC(unpaidSample, refundSample), false},
		"hmac for another address":              {hmacKeys, elsewhere, false},
		"hmac for another method":               {hmacKeys, by, false},
		"hmac with another time":                {hmacKeys, change(signedHMAC(unpaidSample, unpaidSample), "X-TIMESTAMP", "2026-11-25T18:00:01+07:00"), false},
		"hmac with another token":               {hmacKeys, change(signedHMAC(unpaidSample, unpaidSample), "Authorization", "Bearer token-2"), false},
		"no signature at all":                   {hmacKeys, unsigned(unpaidSample), false},
		"the other scheme's signature":          {hmacKeys, signedLegacy(unpaidSample), false},
		"legacy":                                {legacyKeys, signedLegacy(unpaidSample), true},
		"legacy of another request":             {legacyKeys, change(signedLegacy(unpaidSample), "requestId", "fd53b1e3-9c35-4dfa-a95c-a8dbc5695486"), false},
		"legacy of another agent":               {legacyKeys, change(signedLegacy(unpaidSample), "agentKey", "A41419"), false},
		"legacy without a request":              {legacyKeys, change(signedLegacy(unpaidSample), "requestId", ""), false},
		"legacy, hmac expected":                 {legacyKeys, signedHMAC(unpaidSample, unpaidSample), false},
		"legacy with a request that is a book":  {legacyKeys, change(signedLegacy(unpaidSample), "requestId", strings.Repeat("x", 5000)), false},
		"none":                                  {unsignedKeys, unsigned(unpaidSample), true},
		"no scheme":                             {kirimdoku.NoticeKeys{}, signedHMAC(unpaidSample, unpaidSample), false},
		"an unknown scheme":                     {kirimdoku.NoticeKeys{Scheme: "sha1", ClientSecret: hmacKeys.ClientSecret}, signedHMAC(unpaidSample, unpaidSample), false},
		"hmac without a secret":                 {kirimdoku.NoticeKeys{Scheme: kirimdoku.NoticeSNAPHMAC}, signedHMAC(unpaidSample, unpaidSample), false},
		"legacy without an agent":               {kirimdoku.NoticeKeys{Scheme: kirimdoku.NoticeAESLegacy, EncryptionKey: legacyKeys.EncryptionKey}, signedLegacy(unpaidSample), false},
		"legacy with the key of another length": {kirimdoku.NoticeKeys{Scheme: kirimdoku.NoticeAESLegacy, AgentKey: noticeAgent, EncryptionKey: kirimdoku.NewSecret("x")}, signedLegacy(unpaidSample), false},
		"legacy where agent and request meet":   {legacyKeys, change(change(signedLegacy(unpaidSample), "agentKey", "A41418f"), "requestId", noticeRequest[1:]), false},
	} {
		got, err := kirimdoku.ReadNotice(tt.keys, tt.notification)
		if tt.good && (err != nil || got.ProviderReference != "DK0018353") {
			t.Errorf("%s: %v", name, err)
		}
		if !tt.good && (!errors.Is(err, kirimdoku.ErrNoticeSignature) || got != (kirimdoku.Notice{})) {
			t.Errorf("%s: %+v, %v; want a refused signature", name, got, err)
		}
	}
}

func TestTheAnswerToANotificationIsTheDocumentedOne(t *testing.T) {
	notice := kirimdoku.Notice{Kind: kirimdoku.RefundNotice, ProviderReference: "DK0018353"}
	const want = `{"status":true,"transactionId":"DK0018353","responseCode":"00","responseMessage":"Successfully processed"}`
	if got := string(kirimdoku.NoticeAnswer(notice, false)); got != want {
		t.Errorf("answer %s, want %s", got, want)
	}
	if got := string(kirimdoku.NoticeAnswer(notice, true)); !strings.Contains(got, `"responseCode":"01"`) {
		t.Errorf("answer to a repeat: %s", got)
	}
}

func TestTheKeyOfANoticeTellsRepeatsFromNews(t *testing.T) {
	notice := kirimdoku.Notice{Kind: kirimdoku.UnpaidNotice, ProviderReference: "DK1", Claim: "20"}
	again := notice
	again.RequestID, again.Message, again.At = "another", "again", time.Now()
	news := notice
	news.Claim = "50"
	if notice.Key() != again.Key() || notice.Key() == news.Key() {
		t.Errorf("keys %q, %q of a repeat, %q of news", notice.Key(), again.Key(), news.Key())
	}
}

// FuzzNotice holds that what verifies was signed with the key, that a change of any byte that is signed
// is refused, that reading ends in a notice or in one of three errors, and that a notice names a
// transfer in bounded plain text, whatever unknown fields stand around it.
func FuzzNotice(f *testing.F) {
	for _, body := range []string{unpaidSample, refundSample, `{"transactionId":1}`, `{"transactionId":"DK1","message":"\u001b[2J"}`, `{}`, `[]`,
		`{"sendTrxId":"=cmd|'/C calc'!A0","createdTime":1e999}`, `{"transactionId":"DK1","transactionId":"DK2"}`} {
		f.Add([]byte(body), uint16(7), uint8(1))
		f.Add([]byte(body), uint16(40), uint8(0x20))
	}
	f.Fuzz(func(t *testing.T, body []byte, at uint16, flip uint8) {
		plain, plainErr := kirimdoku.ReadNotice(unsignedKeys, unsigned(string(body)))
		checkNotice(t, plain, plainErr)
		signed, err := kirimdoku.ReadNotice(hmacKeys, signedHMAC(string(body), string(body)))
		if (err == nil) != (plainErr == nil) || signed != plain || errors.Is(err, kirimdoku.ErrNoticeSignature) {
			t.Errorf("signed it reads %+v (%v), unsigned %+v (%v)", signed, err, plain, plainErr)
		}
		checkOneFlip(t, body, at, flip)
		checkMoreFields(t, body, plain, plainErr)
	})
}

// checkOneFlip changes a byte of the body, and one of each signature.
func checkOneFlip(t *testing.T, body []byte, at uint16, flip uint8) {
	if flip == 0 || len(body) == 0 || len(body) > kirimdoku.NoticeBodyMax {
		return
	}
	changed := bytes.Clone(body)
	changed[int(at)%len(changed)] ^= flip
	if !sameTokens(changed, body) {
		wantForged(t, hmacKeys, signedHMAC(string(changed), string(body)), "a changed body")
	}
	for _, tt := range []struct {
		keys         kirimdoku.NoticeKeys
		notification kirimdoku.Notification
		header       string
	}{
		{hmacKeys, signedHMAC(string(body), string(body)), "X-Signature"},
		{hmacKeys, signedHMAC(string(body), string(body)), "X-Timestamp"},
		{legacyKeys, signedLegacy(string(body)), "Signature"},
		{legacyKeys, signedLegacy(string(body)), "Requestid"},
		{legacyKeys, signedLegacy(string(body)), "Agentkey"},
	} {
		value := []byte(tt.notification.Header.Get(tt.header))
		value[int(at)%len(value)] ^= flip
		tt.notification.Header[tt.header] = []string{string(value)}
		wantForged(t, tt.keys, tt.notification, "a changed "+tt.header)
	}
	if got := openLegacy(t, signedLegacy("").Header.Get("signature")); got != noticeAgent+noticeRequest {
		t.Errorf("the legacy signature holds %q", got)
	}
}

func wantForged(t *testing.T, keys kirimdoku.NoticeKeys, n kirimdoku.Notification, what string) {
	t.Helper()
	if got, err := kirimdoku.ReadNotice(keys, n); !errors.Is(err, kirimdoku.ErrNoticeSignature) || got != (kirimdoku.Notice{}) {
		t.Errorf("%s: %+v, %v", what, got, err)
	}
}

// sameTokens is true for bodies that differ in the blanks between their tokens alone.
func sameTokens(a, b []byte) bool {
	var left, right bytes.Buffer
	return json.Compact(&left, a) == nil && json.Compact(&right, b) == nil && bytes.Equal(left.Bytes(), right.Bytes())
}

// openLegacy decrypts a legacy signature.
func openLegacy(t *testing.T, signature string) string {
	text, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(text); at += block.BlockSize() {
		block.Decrypt(text[at:], text[at:])
	}
	return string(text[:len(text)-int(text[len(text)-1])])
}

// checkMoreFields puts a field that nobody knows in front.
func checkMoreFields(t *testing.T, body []byte, plain kirimdoku.Notice, plainErr error) {
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
	if plainErr != nil || !ok || bytes.Contains(rest, []byte("nobody")) || len(rest)+40 > kirimdoku.NoticeBodyMax {
		return
	}
	if more, err := kirimdoku.ReadNotice(unsignedKeys, unsigned(`{"nobody":[{"transactionId":"X"}],`+string(rest))); err != nil || more != plain {
		t.Errorf("with an unknown field it reads %+v (%v), not %+v", more, err, plain)
	}
}

func checkNotice(t *testing.T, n kirimdoku.Notice, err error) {
	if err != nil {
		if !errors.Is(err, kirimdoku.ErrNoticeForm) && !errors.Is(err, kirimdoku.ErrNoticeSize) || n != (kirimdoku.Notice{}) || len(err.Error()) > 200 {
			t.Errorf("%+v, %v", n, err)
		}
		return
	}
	if n.Reference+n.ProviderReference+n.Session == "" || n.Kind != kirimdoku.UnpaidNotice && n.Kind != kirimdoku.RefundNotice {
		t.Errorf("it names no transfer: %+v", n)
	}
	for _, text := range []string{n.Reference, n.ProviderReference, n.Session, n.Claim} {
		if len(text) > 64 || strings.Trim(text, "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~") != "" {
			t.Errorf("an identifier of %d bytes: %q", len(text), text)
		}
	}
	if strings.ContainsFunc(n.Message, func(r rune) bool { return r < ' ' || r == 0x7f }) || len(n.Message) > 1000 {
		t.Errorf("message %q", n.Message)
	}
	var answer map[string]any
	if json.Unmarshal(kirimdoku.NoticeAnswer(n, false), &answer) != nil || answer["transactionId"] != n.ProviderReference {
		t.Errorf("the answer is %v", answer)
	}
}
