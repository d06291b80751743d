package kirimdoku

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Bounds of an answer's JSON. DOKU's go three deep and have under 20 names in an object, which are
// looked up one after the other.
const (
	depthMax = 16
	namesMax = 256
)

// decodeObject reads exactly one JSON object. A name that stands twice in an object is an
// error: of two different amounts nobody could say which one counts.
func decodeObject(body []byte) (object, error) {
	if !json.Valid(body) {
		return nil, errors.New("not one JSON value")
	}
	p := parser{text: string(body)}
	value, err := p.value(0)
	if err != nil {
		return nil, err
	}
	fields, ok := value.(object)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	return fields, nil
}

// parser reads the values of a text of which json.Valid has said that it is JSON, so that it only
// has to find where they begin and end.
type parser struct {
	text string
	at   int
}

// next returns the first byte that stands at or after p.at and is neither blank nor between values.
func (p *parser) next() byte {
	for {
		switch c := p.text[p.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			p.at++
		default:
			return c
		}
	}
}

func (p *parser) value(depth int) (any, error) {
	if depth > depthMax {
		return nil, fmt.Errorf("nested more than %d deep", depthMax)
	}
	switch c := p.next(); c {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case '"':
		return p.string()
	default:
		return p.word(c), nil
	}
}

func (p *parser) object(depth int) (object, error) {
	fields := object{} // not nil, also of an empty one: it is there
	for p.at++; p.next() != '}'; {
		name, err := p.string()
		switch {
		case err != nil:
			return nil, err
		case len(fields) >= namesMax:
			return nil, fmt.Errorf("more than %d names in one object", namesMax)
		case fields.has(name):
			return nil, errors.New("a name stands twice in one object")
		}
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if len(fields) == 0 {
			fields = make(object, 0, 8)
		}
		fields = append(fields, member{name, value})
	}
	p.at++
	return fields, nil
}

func (p *parser) array(depth int) (elements []any, err error) {
	for p.at++; p.next() != ']'; {
		element, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	p.at++
	return elements, nil
}

// string reads a string. One of plain ASCII is a part of the text; package json reads the others.
func (p *parser) string() (string, error) {
	start, plain := p.at, true
	for p.at++; p.text[p.at] != '"'; p.at++ {
		switch c := p.text[p.at]; {
		case c == '\\':
			p.at++ // whatever is escaped does not end the string
			plain = false
		case c >= 0x80:
			plain = false
		}
	}
	p.at++
	if plain {
		return p.text[start+1 : p.at-1], nil
	}
	return unquote(p.text[start:p.at])
}

func unquote(quoted string) (text string, err error) {
	err = json.Unmarshal([]byte(quoted), &text)
	return text, err
}

// word reads a number, true, false or null, which begins with first.
func (p *parser) word(first byte) any {
	start := p.at
	for p.at < len(p.text) && inWord(p.text[p.at]) {
		p.at++
	}
	switch first {
	case 't', 'f':
		return first == 't'
	case 'n':
		return nil
	}
	return json.Number(p.text[start:p.at])
}

// inWord reports whether c may stand in a number or in true, false and null.
func inWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == 'E' || c == '-' || c == '+' || c == '.'
}
