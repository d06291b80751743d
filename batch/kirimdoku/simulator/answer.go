package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is what a call gets, before faults change it and until it is written.
type answer struct {
	status   int
	caseCode string // the last two digits of the response code
	message  string
	told     told
	body     func(head, told) any // nil: the head alone

	header http.Header   // beside Content-Type; nil is none
	page   string        // an HTML page instead of JSON
	empty  bool          // no body at all
	half   bool          // the JSON ends in the middle, as if it were complete
	repeat bool          // HTTP 409 around the answer, whatever it says
	around int           // another HTTP status around the answer; 0 is its own
	wait   time.Duration // before the answer leaves
	cut    cutting
	manner manner
	pause  time.Duration // between two bytes of an answer that drips

	edit   func(map[string]any) // changes the fields of the JSON
	mangle func([]byte) []byte  // changes the bytes of the JSON, after edit
}

// told is the part of a body that faults change.
type told struct {
	amount    int64  // sen
	reference string // the partner's
	asText    bool   // codes are text
}

// cutting is how a connection ends without a whole answer.
type cutting uint8

const (
	notCut       cutting = iota
	cutBefore            // not a byte of the answer leaves
	cutMiddle            // half of the announced body leaves
	noConnection         // in-process the connection is refused; on a port it is cut
)

// head is in every body.
type head struct {
	ResponseCode    wireCode `json:"responseCode"`
	ResponseMessage string   `json:"responseMessage"`
}

// wireCode is a code that is text in the provider's tables and a number in its samples, where it
// loses leading zeros.
type wireCode struct {
	text   string
	asText bool
}

// MarshalJSON writes the code in the form of the call.
func (c wireCode) MarshalJSON() ([]byte, error) {
	if c.asText {
		return json.Marshal(c.text)
	}
	n, err := strconv.Atoi(c.text)
	return strconv.AppendInt(nil, int64(n), 10), err
}

// money is an amount as the provider writes it.
type money struct {
	Value    string `json:"value"`
	Currency string `json:"currency"`
}

func rupiah(sen int64) money { return money{decimal(sen), "IDR"} }

// decimal writes sen, never negative, as rupiah with two decimals.
func decimal(sen int64) string { return fmt.Sprintf("%d.%02d", sen/100, sen%100) }

func success(told told, body func(head, told) any) *answer {
	return &answer{status: 200, caseCode: "00", message: "Successful", told: told, body: body}
}

func refuse(status int, caseCode, message string) *answer {
	return &answer{status: status, caseCode: caseCode, message: message}
}

func missingField(name string) *answer { return refuse(400, "02", "Invalid Mandatory Field "+name) }
func invalidField(name string) *answer { return refuse(400, "01", "Invalid Field Format "+name) }
func unauthorized(why string) *answer  { return refuse(401, "00", "Unauthorized. ["+why+"]") }
func tokenInvalid() *answer            { return refuse(401, "01", "Access Token Invalid") }
func cutConnection() *answer           { return &answer{cut: cutBefore} }

// tooMany asks for a pause of one second, the window of [Config.CallsPerSecond].
func tooMany() *answer {
	a := refuse(429, "00", "Too Many Requests")
	a.header = http.Header{"Retry-After": {"1"}}
	return a
}

// overLimit refuses a call that is one too many.
func (s *Simulator) overLimit() *answer {
	a := tooMany()
	if s.config.NoRetryAfter {
		a.header = nil
	}
	return a
}

// write sends the answer. A cut connection is panic(http.ErrAbortHandler), which net/http's server
// turns into a closed connection under HTTP/1 and HTTP/2 alike and [Simulator.Transport] into an
// error; an http.Hijacker exists only on a real HTTP/1 connection.
func (a *answer) write(ctx context.Context, w http.ResponseWriter, operation Operation) {
	if a.cut == cutBefore || a.cut == noConnection {
		if refuser, ok := w.(interface{ refuseConnection() }); ok && a.cut == noConnection {
			refuser.refuseConnection()
		}
		panic(http.ErrAbortHandler)
	}
	content, kind := a.content(operation)
	if a.manner != whole {
		a.misbehave(ctx, w, content)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.httpStatus())
	if a.cut == cutMiddle {
		content = content[:len(content)/2]
	}
	// An error of Write says that the client has gone, as clients do.
	_, _ = w.Write(content)
	if a.cut == cutMiddle {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

func (a *answer) httpStatus() int {
	switch {
	case a.repeat:
		return http.StatusConflict
	case a.around != 0:
		return a.around
	}
	return a.status
}

func (a *answer) content(operation Operation) (content []byte, kind string) {
	switch {
	case a.empty:
		return nil, "application/json"
	case a.page != "":
		return []byte(a.page), "text/html"
	}
	content = a.json(operation)
	if a.edit != nil {
		content = edited(content, a.edit)
	}
	if a.mangle != nil {
		content = a.mangle(content)
	}
	if a.half {
		content = content[:len(content)/2]
	}
	return content, "application/json"
}

func (a *answer) code(operation Operation) string {
	return strconv.Itoa(a.status) + operation.service() + a.caseCode
}

func (a *answer) json(operation Operation) []byte {
	h := head{wireCode{a.code(operation), a.told.asText || operation == TokenCall}, a.message}
	var body any = h
	if a.body != nil {
		body = a.body(h, a.told)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // the provider's Java does not escape either
	if err := encoder.Encode(body); err != nil {
		panic("simulator: an answer cannot be written: " + err.Error())
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}

// edited changes the fields of an object. Numbers stay as they were written; the order of the
// fields does not, which means nothing in JSON.
func edited(content []byte, edit func(map[string]any)) []byte {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		panic("simulator: an answer of our own cannot be read: " + err.Error())
	}
	edit(fields)
	content, err := json.Marshal(fields)
	if err != nil {
		panic("simulator: an edited answer cannot be written: " + err.Error())
	}
	return content
}

// describe says in a log what was answered.
func (a *answer) describe(operation Operation) string {
	var words []string
	if a.status != 0 {
		words = append(words, a.code(operation), a.message)
	}
	switch a.cut {
	case cutBefore:
		words = append(words, "connection cut")
	case cutMiddle:
		words = append(words, "connection cut in the middle of the answer")
	case noConnection:
		words = append(words, "connection refused")
	}
	return strings.Join(words, " ")
}
