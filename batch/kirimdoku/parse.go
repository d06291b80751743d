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
	p := parser{text: string(body)}
	value, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.next(); p.at < len(p.text) {
		return nil, errNotJSON
	}
	fields, ok := value.(object)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	return fields, nil
}

var errNotJSON = errors.New("not one JSON value")

// parser reads the values of a text, and takes what package json takes and nothing else. What is
// seldom in an answer it leaves to that package: texts that are not plain ASCII, numbers and words.
type parser struct {
	text string
	at   int
}

// next returns the first byte that stands at or after p.at and is not blank, 0 at the end.
func (p *parser) next() byte {
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// pass goes past c and reports whether it came next.
func (p *parser) pass(c byte) bool {
	if p.next() != c {
		return false
	}
	p.at++
	return true
}

func (p *parser) value(depth int) (any, error) {
	if depth > depthMax {
		return nil, fmt.Errorf("nested more than %d deep", depthMax)
	}
	switch p.next() {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case '"':
		return p.string()
	default:
		return p.word()
	}
}

func (p *parser) object(depth int) (object, error) {
	fields := object{} // not nil, also of an empty one: it is there
	for p.at++; !p.pass('}'); {
		name, err := p.name(fields)
		if err != nil {
			return nil, err
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
	return fields, nil
}

// name reads the name of the member that follows fields, and what stands before and after it.
func (p *parser) name(fields object) (string, error) {
	if len(fields) > 0 && !p.pass(',') || p.next() != '"' {
		return "", errNotJSON
	}
	name, err := p.string()
	switch {
	case err != nil:
		return "", err
	case len(fields) >= namesMax:
		return "", fmt.Errorf("more than %d names in one object", namesMax)
	case fields.has(name):
		return "", errors.New("a name stands twice in one object")
	case !p.pass(':'):
		return "", errNotJSON
	}
	return name, nil
}

func (p *parser) array(depth int) (elements []any, err error) {
	for p.at++; !p.pass(']'); {
		if len(elements) > 0 && !p.pass(',') {
			return nil, errNotJSON
		}
		element, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	return elements, nil
}

// string reads the string that begins at p.at. One of plain ASCII is a part of the text; package
// json reads the others.
func (p *parser) string() (string, error) {
	start, plain := p.at, true
	for at := start + 1; at < len(p.text); at++ {
		switch c := p.text[at]; {
		case c == '"':
			p.at = at + 1
			if plain {
				return p.text[start+1 : at], nil
			}
			return unquote(p.text[start:p.at])
		case c < ' ':
			return "", errNotJSON
		case c == '\\':
			at++ // whatever is escaped does not end the string
			plain = false
		case c >= 0x80:
			plain = false
		}
	}
	return "", errNotJSON
}

func unquote(quoted string) (text string, err error) {
	err = json.Unmarshal([]byte(quoted), &text)
	return text, err
}

// word reads a number, true, false or null.
func (p *parser) word() (any, error) {
	start := p.at
	for p.at < len(p.text) && inWord(p.text[p.at]) {
		p.at++
	}
	word := p.text[start:p.at]
	switch {
	case !json.Valid([]byte(word)):
		return nil, errNotJSON
	case word == "null":
		return nil, nil
	case word == "true" || word == "false":
		return word == "true", nil
	}
	return json.Number(word), nil
}

// inWord reports whether c may stand in a number or in true, false and null.
func inWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == 'E' || c == '-' || c == '+' || c == '.'
}
