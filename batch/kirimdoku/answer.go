package kirimdoku

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bounds of an answer. DOKU's are under 2 KiB.
const (
	bodyMax = 1 << 20
	// bodyRoom is how much room an answer gets because it says so; the rest comes as it comes.
	bodyRoom = 8 << 10
	// A longer wait than this is no throttle but an outage, and the pipeline has its own way
	// with those; an absurd Retry-After must not put a payroll run to sleep.
	retryAfterMax = 5 * time.Minute
)

// errUnreadable means that an answer came which tells nothing that may be believed.
var errUnreadable = errors.New("the answer could not be read")

// reply is what came back over HTTP, before anybody has judged it.
type reply struct {
	status     int
	mediaType  string // as it came: to be scrubbed before anybody sees it
	body       []byte
	retryAfter time.Duration
	conn       *connection // on which it came, when it may carry another call
	surplus    bool        // something came after it
}

// answer is a reply that can be believed to be Kirim DOKU's: one JSON object with a response
// code of the right service that agrees with the HTTP status.
type answer struct {
	object
	status  int
	code    string
	message string
}

// readAnswer reads the reply to a call of op. Its error wraps errUnreadable.
//
// The code must begin with the HTTP status, with one exception: to a request it has seen before
// DOKU repeats the first answer's body under HTTP 409 (DOKU, "Idempotency Request"). What such a
// body is worth is for accepts to say.
func readAnswer(op operation, r reply) (*answer, error) {
	if r.status >= 300 && r.status < 400 {
		return nil, fmt.Errorf("%w: HTTP %d, a redirect, which is never followed", errUnreadable, r.status)
	}
	fields, err := decodeObject(r.body)
	if err != nil {
		return nil, fmt.Errorf("%w: HTTP %d, %d bytes of %s: %v", errUnreadable, r.status, len(r.body), orNone(r.mediaType), err)
	}
	a := &answer{object: fields, status: r.status, code: fields.text("responseCode"), message: fields.text("responseMessage")}
	switch {
	case len(a.code) != 7 || !isDigits(a.code) || a.code[0] < '1' || a.code[0] > '5':
		return nil, fmt.Errorf("%w: HTTP %d without a response code of seven digits", errUnreadable, r.status)
	case a.code[3:5] != op.service():
		return nil, fmt.Errorf("%w: response code %s is not one of service %s", errUnreadable, a.code, op.service())
	case !a.agrees() && r.status != http.StatusConflict:
		return nil, fmt.Errorf("%w: HTTP %d with response code %s", errUnreadable, r.status, a.code)
	}
	return a, nil
}

// agrees reports whether the response code begins with the HTTP status.
func (a *answer) agrees() bool { return a.code[:3] == strconv.Itoa(a.status) }

// isAbout reports whether a is for certain one to a call about reference, which is empty when a call is
// about none. A transfer's has to name it; of the others it is enough that they name no other.
func (a *answer) isAbout(reference string, op operation) bool {
	named := a.text("partnerReferenceNo")
	setDefault(&named, a.text("originalPartnerReferenceNo"))
	return named == reference || reference == "" || named == "" && op != transferCall
}

// accepts reports whether a says that the call worked. reference is the transfer's own: an
// answer repeated under HTTP 409 counts for the very same transfer only. Other calls have none.
func (a *answer) accepts(op operation, reference string) bool {
	repeated := a.status == http.StatusConflict && reference != "" && a.text("partnerReferenceNo") == reference
	return a.code == op.success() && (a.status == http.StatusOK || repeated)
}

// readReply reads a response to its end, within bodyMax.
func readReply(response *http.Response) (reply, error) {
	r := reply{
		status:     response.StatusCode,
		mediaType:  response.Header.Get("Content-Type"),
		retryAfter: parseRetryAfter(response.Header.Get("Retry-After"), time.Now()),
	}
	if r.status < http.StatusOK {
		// Of the informational answers 101 alone comes here; a transport hands out the connection
		// itself as its body, which no deadline ends any more.
		return r, fmt.Errorf("%w: HTTP %d, which nobody has asked for", errUnreadable, r.status)
	}
	var body bytes.Buffer
	body.Grow(int(min(max(response.ContentLength, 0), bodyRoom)) + bytes.MinRead)
	if _, err := body.ReadFrom(io.LimitReader(response.Body, bodyMax+1)); err != nil {
		return r, fmt.Errorf("%w: HTTP %d, cut off after %d bytes: %w", errUnreadable, r.status, body.Len(), err)
	}
	if body.Len() > bodyMax {
		return r, fmt.Errorf("%w: HTTP %d with more than %d bytes", errUnreadable, r.status, bodyMax)
	}
	r.body = body.Bytes()
	return r, nil
}

// parseRetryAfter reads seconds or an HTTP date. What it cannot read is no wait; a wait is
// never negative and at most retryAfterMax.
func parseRetryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	if isDigits(text) {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds > int64(retryAfterMax/time.Second) {
			return retryAfterMax
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), retryAfterMax)
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

func orNone(text string) string {
	if text == "" {
		return "no stated type"
	}
	return text
}
