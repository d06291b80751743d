package kirimdoku

import (
	"errors"
	"net/http"
	"strconv"
)

// field is one field of a request's header.
type field struct{ name, value string }

// appendRequest appends m as it goes over the wire: HTTP/1.1 with a declared length, in one piece.
func (c *Client) appendRequest(b []byte, m *message) (_ []byte, err error) {
	b = append(b, http.MethodPost+" "...)
	b = append(b, c.pathOf(m.op)...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, c.base.Host...) // checked like the path when the client was made
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(m.body)), 10)
	b = append(b, "\r\n"...)
	for _, fields := range [][]field{c.fields, m.header} {
		if b, err = appendFields(b, fields); err != nil {
			return b, err
		}
	}
	b = append(b, "\r\n"...)
	return append(b, m.body...), nil
}

func appendFields(b []byte, fields []field) ([]byte, error) {
	for _, f := range fields {
		if !isPrintable(f.value) {
			return b, errors.New("the value of the header " + f.name + " is empty or not printable ASCII")
		}
		b = append(b, f.name...)
		b = append(b, ": "...)
		b = append(b, f.value...)
		b = append(b, "\r\n"...)
	}
	return b, nil
}

// isPrintable reports whether text is printable ASCII, blanks included: nothing in it can end a
// line of a header.
func isPrintable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return text != ""
}
