package simulator

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"
)

// call is one request on its way through the simulator.
type call struct {
	config *Config
	mint   *mint
	macs   *sync.Pool // of the client secret

	operation Operation
	current   bool // the path is of v1.1
	number    int  // 1 for the first call of this operation
	limited   bool // too many calls within a second
	asText    bool // response codes are written as text
	fault     *FaultRule

	fields     map[string]string
	token      token  // the bearer token; zero for a token call
	signed     bool   // the signature is right: the request really comes from the client
	externalID string // valid when signed

	breaches []Violation
	refusal  *answer // the first reason to refuse; nil when the request may be processed
}

// breach notes a broken rule. A refusal of nil means that the provider would not notice.
func (c *call) breach(field, text string, refusal *answer) {
	c.breaches = append(c.breaches, Violation{Call: c.operation, Number: c.number, Field: field, Text: text})
	c.refuse(refusal)
}

func (c *call) refuse(refusal *answer) {
	if c.refusal == nil {
		c.refusal = refusal
	}
}

// examine checks everything that can be checked without the simulator's state. It goes on after a
// breach, so that one call shows all of its mistakes.
func (c *call) examine(r *http.Request) {
	if c.operation == OtherCall {
		c.breach("path", "the provider has no such path", refuse(404, "00", "Not Found"))
		return
	}
	if r.Method != http.MethodPost {
		c.breach("method", r.Method+" instead of POST", refuse(405, "00", "Requested Function Is Not Supported"))
		return
	}
	if r.URL.RawQuery != "" {
		c.breach("path", "a query is not part of any operation", nil)
	}
	body := c.readBody(r)
	c.checkContentType(r.Header)
	if c.operation == TokenCall {
		c.checkTokenCall(r.Header)
	} else {
		c.checkTransactionCall(r, body)
	}
	if c.readFields(body) {
		c.checkFields()
	}
}

func (c *call) readBody(r *http.Request) []byte {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBodyBytes))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		c.breach("body", "larger than 64 KiB", refuse(400, "00", "Bad Request"))
	case err != nil: // the client went away: no mistake, and nobody there for an answer
		c.refuse(cutConnection())
	}
	return body
}

func (c *call) readFields(body []byte) bool {
	fields, err := readFields(body)
	if err != nil {
		c.breach("body", err.Error(), refuse(400, "00", "Bad Request"))
		return false
	}
	c.fields = fields
	return true
}

func (c *call) checkContentType(header http.Header) {
	if values := header["Content-Type"]; len(values) == 1 && values[0] == "application/json" {
		return // as nearly always: nothing to parse
	}
	media, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset, hasCharset := parameters["charset"]
	if err != nil || media != "application/json" || hasCharset && !strings.EqualFold(charset, "utf-8") {
		c.breach("Content-Type", "not application/json", invalidField("Content-Type"))
	}
}

// header reads a header that has to be there once.
func (c *call) header(header http.Header, name string) string {
	values := header.Values(name)
	switch {
	case len(values) == 0 || values[0] == "":
		c.breach(name, "missing or empty", missingField(name))
		return ""
	case len(values) > 1:
		c.breach(name, "there more than once", invalidField(name))
	}
	return values[0]
}

// Forms of X-TIMESTAMP. Their lengths are checked too: time.Parse lets fractions through.
const (
	timestampForm    = "2006-01-02T15:04:05-07:00"
	timestampFormUTC = "2006-01-02T15:04:05Z"
)

// timestamp checks X-TIMESTAMP and returns its text, which the signature covers. Token calls may
// use UTC (the provider's token page demands it and shows the other form).
func (c *call) timestamp(header http.Header) string {
	text := c.header(header, "X-TIMESTAMP")
	if text == "" {
		return ""
	}
	form := timestampForm
	if c.operation == TokenCall && strings.HasSuffix(text, "Z") {
		form = timestampFormUTC
	}
	at, err := time.Parse(form, text)
	if err != nil || len(text) != len(form) || form == timestampForm && !strings.HasSuffix(text, "+07:00") {
		c.breach("X-TIMESTAMP", "not YYYY-MM-DDTHH:mm:ss+07:00 (or, for a token, UTC with Z)", invalidField("X-TIMESTAMP"))
		return text
	}
	if off := time.Since(at).Abs(); off > c.config.ClockTolerance {
		c.breach("X-TIMESTAMP", "off by "+off.Round(time.Second).String(), unauthorized("X-TIMESTAMP"))
	}
	return text
}
