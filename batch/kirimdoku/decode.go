package kirimdoku

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"gajian/ledger"
)

// object is a decoded JSON object. Its readers forgive what DOKU's own samples get wrong: a
// text that comes as a number, an object that comes as an array. They never guess an amount.
type object map[string]any

// depthMax bounds the nesting of an answer. DOKU's go three deep.
const depthMax = 16

// decodeObject reads exactly one JSON object. A name that stands twice in an object is an
// error: of two different amounts nobody could say which one counts.
func decodeObject(body []byte) (object, error) {
	if !json.Valid(body) {
		return nil, errors.New("not one JSON value")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	value, err := decodeValue(decoder, 0)
	if err != nil {
		return nil, err
	}
	fields, ok := value.(object)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	return fields, nil
}

func decodeValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	if depth > depthMax {
		return nil, fmt.Errorf("nested more than %d deep", depthMax)
	}
	switch token {
	case json.Delim('{'):
		return decodeFields(decoder, depth)
	case json.Delim('['):
		return decodeElements(decoder, depth)
	}
	return token, nil
}

func decodeFields(decoder *json.Decoder, depth int) (object, error) {
	fields := object{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		key := name.(string) // json.Valid has seen to it
		if _, twice := fields[key]; twice {
			return nil, errors.New("a name stands twice in one object")
		}
		if fields[key], err = decodeValue(decoder, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := decoder.Token() // the closing brace
	return fields, err
}

func decodeElements(decoder *json.Decoder, depth int) ([]any, error) {
	var elements []any
	for decoder.More() {
		element, err := decodeValue(decoder, depth+1)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	_, err := decoder.Token() // the closing bracket
	return elements, err
}

// textMax bounds a text of an answer: the longest that anybody looks at is a token. A longer
// one is cut, so that it equals nothing that was asked.
const textMax = tokenLengthMax + 1

// text returns a text, or a number as it was written; nothing when there is none. What is there
// and is neither must not pass for absent: it comes back as words that equal nothing.
func (o object) text(name string) string {
	switch value := o[name].(type) {
	case nil:
		return ""
	case string:
		return cut(strings.TrimSpace(value), textMax)
	case json.Number:
		return cut(value.String(), textMax)
	}
	return "[not a text]"
}

// object returns the object of that name, or the first object of an array. It may be nil, of
// which everything can be read as absent.
func (o object) object(name string) object {
	switch value := o[name].(type) {
	case object:
		return value
	case []any:
		for _, element := range value {
			if first, ok := element.(object); ok {
				return first
			}
		}
	}
	return nil
}

// echo returns the text of that name for comparison with what was asked. Digits that came as a
// JSON number have lost their leading zeros; when nothing else differs, they are taken as asked.
func (o object) echo(name, asked string) string {
	if number, ok := o[name].(json.Number); ok && isDigits(asked) && strings.TrimLeft(asked, "0") == number.String() {
		return asked
	}
	return o.text(name)
}

// twoDigits returns a code of two digits, which as a JSON number may have lost its first zero.
func (o object) twoDigits(name string) string {
	text := o.text(name)
	if _, ok := o[name].(json.Number); ok && len(text) == 1 {
		return "0" + text
	}
	return text
}

// amount reads an amount that comes as {"value","currency"}, as a text or as a number. It is
// zero when there is none; one that is there and cannot be read, or is not in rupiah, is an error.
func (o object) amount(name string) (ledger.Sen, error) {
	holder, key := o, name
	if inner := o.object(name); inner != nil {
		if currency := inner.text("currency"); currency != "" && !strings.EqualFold(currency, currencyIDR) {
			return 0, fmt.Errorf("%w: %s is not in rupiah", errUnreadable, name)
		}
		holder, key = inner, "value"
	}
	text := holder.text(key)
	if text == "" {
		return 0, nil
	}
	sen, err := ledger.ParseSen(text)
	if err != nil {
		return 0, fmt.Errorf("%w: %s is not an amount", errUnreadable, name)
	}
	return sen, nil
}

// amountEcho reads an amount that, if it is there, has to be positive: a zero in the answer
// must not pass for "no amount in the answer".
func (o object) amountEcho(name string) (ledger.Sen, error) {
	sen, err := o.amount(name)
	if err == nil && sen <= 0 && o.hasAmount(name) {
		err = fmt.Errorf("%w: %s is not positive", errUnreadable, name)
	}
	return sen, err
}

func (o object) hasAmount(name string) bool {
	if inner := o.object(name); inner != nil {
		return inner.text("value") != ""
	}
	return o.text(name) != ""
}

// The forms of time seen in DOKU's samples: with and without a zone, with quotes around the T,
// with a stray blank in the fraction.
var (
	timeNoise   = strings.NewReplacer("'", "", " ", "T")
	strayBlanks = regexp.MustCompile(`([.,]) +`)
	timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999"}
)

// parseTime reads a time of DOKU's. A time without a zone is WIB. What cannot be read is the
// zero time: nothing is decided on a date, so nothing may fail on one.
func parseTime(text string) time.Time {
	text = timeNoise.Replace(strayBlanks.ReplaceAllString(strings.TrimSpace(text), "$1"))
	for _, layout := range timeLayouts {
		if at, err := time.ParseInLocation(layout, text, ledger.WIB); err == nil {
			return at.In(ledger.WIB)
		}
	}
	return time.Time{}
}
