package simulator

import "strings"

// plainFields reads what almost every body is: compact JSON without any escape. It gives up on
// everything else, right or wrong, which slowFields then judges. It takes a tenth of the time, and
// the simulator shares the machine with the client that is measured against it.
func plainFields(body string) (fields map[string]string, plain bool) {
	r := plainReader{rest: body, fields: make(map[string]string, 24)} // more than any request has
	if !r.object("", fieldsDepth) || r.rest != "" {
		return nil, false
	}
	return r.fields, true
}

// plainReader is on its way through a body. Its texts are parts of it: who keeps one keeps the
// whole body, and should clone it.
type plainReader struct {
	rest   string
	fields map[string]string
}

// object reads an object whose fields' paths begin with prefix.
func (r *plainReader) object(prefix string, depth int) bool {
	if !r.take('{') {
		return false
	}
	if r.take('}') {
		return true
	}
	for r.field(prefix, depth) {
		if r.take('}') {
			return true
		}
		if !r.take(',') {
			return false
		}
	}
	return false
}

// field reads one name with its value. An object leaves its own path, as in slowFields.
func (r *plainReader) field(prefix string, depth int) bool {
	name, ok := r.text()
	path := prefix + name
	if _, twice := r.fields[path]; twice || !ok || strings.Contains(name, ".") || !r.take(':') {
		return false
	}
	if depth > 1 && strings.HasPrefix(r.rest, "{") {
		r.fields[path] = ""
		return r.object(path+".", depth-1)
	}
	r.fields[path], ok = r.text()
	return ok
}

// text reads a text of printable ASCII without escapes.
func (r *plainReader) text() (string, bool) {
	if !r.take('"') {
		return "", false
	}
	for i := 0; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case c == '"':
			text := r.rest[:i]
			r.rest = r.rest[i+1:]
			return text, true
		case c < ' ', c > '~', c == '\\':
			return "", false
		}
	}
	return "", false
}

func (r *plainReader) take(c byte) bool {
	if len(r.rest) == 0 || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}
