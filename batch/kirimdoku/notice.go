package kirimdoku

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gajian/ledger"
)

// Notice is what a notification of Kirim DOKU says: which transfer to ask about. It decides nothing.
// Its sender may be somebody else, it may come late, twice or out of order; only check status tells
// where a transfer stands.
type Notice struct {
	Kind              NoticeKind
	Reference         string    // our partner reference; empty when the notification had none
	ProviderReference string    // the provider's identifier of the transfer; never empty in a refund notice
	Session           string    // of the transfer; empty when the notification had none
	Claim             string    // the transfer's state as it came, "50"; empty in a refund notification
	Message           string    // the provider's words, scrubbed
	RequestID         string    // of the notification as it was sent, scrubbed; no proof that it is new
	At                time.Time // when the provider changed the transfer; zero when that could not be read
}

// NoticeKind says which of the two notifications a Notice came as.
type NoticeKind uint8

// The kinds. The zero kind is none.
const (
	// UnpaidNotice: a transfer that waited has come to an end, paid or failed.
	UnpaidNotice NoticeKind = iota + 1
	// RefundNotice: the money of a transfer came back.
	RefundNotice
)

var noticeWords = [...]string{"no notice", "unpaid notice", "refund notice"}

// String returns the kind in words.
func (k NoticeKind) String() string { return noticeWords[k] }

// Key is the same for a notification that comes again: the transfer and the state it is said to have.
func (n Notice) Key() string {
	return fmt.Sprintf("%d %s %s %s %s", n.Kind, n.Reference, n.ProviderReference, n.Session, n.Claim)
}

// claims are the values of transactionStatus that DOKU documents, for people; nothing is decided on
// them. Source: DOKU, "Unpaid Notification", and the legacy KIRIMDOKU API, read September 2026.
var claims = map[string]string{
	"0": "unknown", "10": "created", "20": "unpaid", "30": "locked", "35": "failed", "40": "refunded",
	"41": "refunded in cash", "50": "success", "64": "timeout at the bank",
}

// ClaimWords returns the claim in words.
func (n Notice) ClaimWords() string {
	switch words := claims[n.Claim]; {
	case words != "":
		return words
	case n.Claim == "":
		return noticeWords[n.Kind]
	}
	return "state " + n.Claim
}

// NoticeBodyMax bounds a notification's body, in bytes. DOKU's samples have under 300.
const NoticeBodyMax = 16 << 10

// Bounds of identifiers. Sources: DOKU's notification page (transactionId 16, sendTrxId 64) and its
// transfer page (sessionId 25). The first has room to spare, because a notice that is turned away for
// its length is lost.
const (
	noticeReferenceMax         = 64
	noticeProviderReferenceMax = 64
	noticeSessionMax           = 64
	noticeClaimMax             = 8
	requestIDMax               = 128
)

// Why a notification is turned away. Nothing of it may be used.
var (
	// ErrNoticeForm: it is no notification of Kirim DOKU's. HTTP 400.
	ErrNoticeForm = errors.New("this is not a notification that can be read")
	// ErrNoticeSize: its body is longer than NoticeBodyMax. HTTP 413.
	ErrNoticeSize = errors.New("the notification is too large")
	// ErrNoticeSignature: it is not signed with our key. HTTP 401.
	ErrNoticeSignature = errors.New("the notification is not signed with our key")
)

// Notification is a notification as it came over HTTP.
type Notification struct {
	Method string
	Path   string // of our address as the sender has it, a query included, because it may be signed
	Header http.Header
	Body   []byte // all of it, or more than NoticeBodyMax
}

// ReadNotice verifies a notification and reads it. It looks at nothing but its arguments and changes
// nothing. The signature comes first: a body that nobody we know has signed is not read.
// The error wraps ErrNoticeForm, ErrNoticeSize or ErrNoticeSignature and holds nothing of the body.
func ReadNotice(keys NoticeKeys, n Notification) (Notice, error) {
	if len(n.Body) > NoticeBodyMax {
		return Notice{}, ErrNoticeSize
	}
	if err := keys.verify(n); err != nil {
		return Notice{}, err
	}
	notice, err := parseNotice(n.Body)
	if err != nil {
		return Notice{}, fmt.Errorf("%w: %w", ErrNoticeForm, err)
	}
	notice.RequestID = scrub(cut(n.Header.Get("requestId"), requestIDMax))
	return notice, nil
}

// parseNotice reads the body. Numbers pass for texts, as DOKU's samples mix them; fields that are not
// known are passed over; a date that cannot be read is no date.
func parseNotice(body []byte) (Notice, error) {
	fields, err := decodeObject(body)
	if err != nil {
		return Notice{}, err
	}
	notice := Notice{Kind: RefundNotice, Message: scrub(fields.text("message")), At: noticeTime(fields)}
	for _, id := range []struct {
		name    string
		into    *string
		longest int
	}{
		{"sendTrxId", &notice.Reference, noticeReferenceMax},
		{"transactionId", &notice.ProviderReference, noticeProviderReferenceMax},
		{"invoiceNumber", &notice.Session, noticeSessionMax},
		{"transactionStatus", &notice.Claim, noticeClaimMax},
	} {
		if *id.into, err = identifier(fields, id.name, id.longest); err != nil {
			return Notice{}, err
		}
	}
	if notice.Reference == "" && notice.ProviderReference == "" && notice.Session == "" {
		return Notice{}, errors.New("it names no transfer")
	}
	// The refund notification has the provider's reference alone. Which of our two addresses it came
	// to says nothing: a person who set them up may have swapped them.
	if notice.Claim != "" || notice.Session != "" || notice.Reference != "" {
		notice.Kind = UnpaidNotice
	}
	return notice, nil
}

// identifier reads a text that is compared with our records. One that is longer than it can be, or
// holds anything but printable ASCII, equals none of them and is no identifier.
func identifier(fields object, name string, longest int) (string, error) {
	text := fields.text(name)
	switch _, plain := fields.get(name).(string); {
	case text == "":
		return "", nil
	case !plain && !isDigits(text):
		return "", fmt.Errorf("%s is neither a text nor a number", name)
	case len(text) > longest:
		return "", fmt.Errorf("%s is longer than %d characters", name, longest)
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", fmt.Errorf("%s holds more than letters, digits and signs", name)
	}
	return text, nil
}

// noticeTime is when the transfer changed, or when it was made.
func noticeTime(fields object) time.Time {
	for _, name := range []string{"processDate", "createdTime"} {
		text := fields.text(name)
		if at := parseTime(text); !at.IsZero() {
			return at
		}
		if at := parseMilliseconds(text); !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// parseMilliseconds reads a time as milliseconds since 1970, which for this century have 12 or 13 digits.
func parseMilliseconds(text string) time.Time {
	milliseconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || len(text) < 12 || len(text) > 13 || !isDigits(text) {
		return time.Time{}
	}
	return time.UnixMilli(milliseconds).In(ledger.WIB)
}

// NoticeAnswer is the body with which DOKU wants a notification answered, under HTTP 200 and only
// after the notice is stored. repeated says that it came before.
//
// Source: DOKU, "Unpaid Notification", read September 2026; that "01" tells of a repeat is from the
// legacy KIRIMDOKU API.
func NoticeAnswer(n Notice, repeated bool) []byte {
	answer := struct {
		Status        bool   `json:"status"`
		TransactionID string `json:"transactionId"`
		Code          string `json:"responseCode"`
		Message       string `json:"responseMessage"`
	}{true, n.ProviderReference, "00", "Successfully processed"}
	if repeated {
		answer.Code, answer.Message = "01", "Already processed"
	}
	body, err := json.Marshal(answer)
	if err != nil {
		panic("kirimdoku: texts and a truth value cannot be encoded: " + err.Error())
	}
	return body
}
