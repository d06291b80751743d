package kirimdoku

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"gajian/ledger"
)

// object is a decoded JSON object. Its readers forgive what DOKU's own samples get wrong: a
// text that comes as a number, an object that comes as an array. They never guess an amount.
type object []member

// member is a name and its value: nil, a bool, a json.Number, a string, an object or a []any. The
// strings are parts of the whole answer.
type member struct {
	name  string
	value any
}

// get returns the value of that name, nil when there is none.
func (o object) get(name string) any {
	for i := range o {
		if o[i].name == name {
			return o[i].value
		}
	}
	return nil
}

func (o object) has(name string) bool {
	for i := range o {
		if o[i].name == name {
			return true
		}
	}
	return false
}

// textMax bounds a text of an answer: the longest that anybody looks at is a token. A longer
// one is cut, so that it equals nothing that was asked.
const textMax = tokenLengthMax + 1

// text returns a text, or a number as it was written; nothing when there is none. It is a copy, so
// that it may be kept for long without the rest of the answer. What is there
// and is neither must not pass for absent: it comes back as words that equal nothing.
func (o object) text(name string) string {
	switch value := o.get(name).(type) {
	case nil:
		return ""
	case string:
		return strings.Clone(cut(strings.TrimSpace(value), textMax))
	case json.Number:
		return strings.Clone(cut(value.String(), textMax))
	}
	return "[not a text]"
}

// object returns the object of that name, or the first object of an array. It may be nil, of
// which everything can be read as absent.
func (o object) object(name string) object {
	switch value := o.get(name).(type) {
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
	if number, ok := o.get(name).(json.Number); ok && isDigits(asked) && strings.TrimLeft(asked, "0") == number.String() {
		return asked
	}
	return o.text(name)
}

// twoDigits returns a code of two digits, which as a JSON number may have lost its first zero.
func (o object) twoDigits(name string) string {
	text := o.text(name)
	if _, ok := o.get(name).(json.Number); ok && len(text) == 1 {
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
	timeLayouts = []string{"2006-01-02T15:04:05.999999999", time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} // cashInTime's first
)

// parseTime reads a time of DOKU's. A time without a zone is WIB. What cannot be read is the
// zero time: nothing is decided on a date, so nothing may fail on one.
func parseTime(text string) time.Time {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}
	}
	if strings.Contains(text, ". ") || strings.Contains(text, ", ") {
		text = strayBlanks.ReplaceAllString(text, "$1")
	}
	text = timeNoise.Replace(text)
	for _, layout := range timeLayouts {
		if at, err := time.ParseInLocation(layout, text, ledger.WIB); err == nil {
			return at.In(ledger.WIB)
		}
	}
	return time.Time{}
}
