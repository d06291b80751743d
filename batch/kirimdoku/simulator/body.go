package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
)

// maxBodyBytes bounds a request's body: a transfer is well under 2 KiB.
const maxBodyBytes = 64 << 10

// fieldsDepth is how deep objects may lie in one another: additionalInfo and amount are one
// object inside the body, and no request has more.
const fieldsDepth = 2

// readFields reads a request's body into texts by their path, such as
// additionalInfo.beneficiaryBankCode. It accepts only what survives being parsed and printed again
// by another program unchanged, because the signature covers the bytes: compact JSON in printable
// ASCII, objects of texts without repeated names, no escapes but \" and \\.
func readFields(body []byte) (map[string]string, error) {
	if fields, plain := plainFields(string(body)); plain {
		return fields, nil
	}
	return slowFields(body)
}

// slowFields reads every body that readFields accepts, and says what is wrong with the others.
func slowFields(body []byte) (map[string]string, error) {
	if err := checkForm(body); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	first, err := decoder.Token()
	if err != nil {
		return nil, fmt.Errorf("body is not JSON: %v", err)
	}
	if first != json.Delim('{') {
		return nil, errors.New("body is not a JSON object")
	}
	fields := make(map[string]string)
	if err := readObject(decoder, "", fieldsDepth, fields); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("body goes on after its JSON object")
	}
	return fields, nil
}

func checkForm(body []byte) error {
	for i := 0; i < len(body); i++ {
		if body[i] < ' ' || body[i] > '~' {
			return fmt.Errorf("byte %d of the body is not printable ASCII", i)
		}
		if body[i] == '\\' {
			i++
			if i < len(body) && body[i] != '"' && body[i] != '\\' {
				return fmt.Errorf("byte %d of the body is an escape that a re-serialisation would not keep", i)
			}
		}
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, body); err != nil {
		return fmt.Errorf("body is not JSON: %v", err)
	}
	if !bytes.Equal(compact.Bytes(), body) {
		return errors.New("body is not compact")
	}
	return nil
}

// readObject reads the rest of an object whose brace has been read. An object inside it leaves its
// own path in fields too, so that an empty one is seen.
func readObject(decoder *json.Decoder, prefix string, depth int, fields map[string]string) error {
	own := make(map[string]string)
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("body is not JSON: %v", err)
		}
		path := prefix + name.(string) // a decoder gives nothing else in this place
		if strings.Contains(path[len(prefix):], ".") {
			return fmt.Errorf("field %s has a point in its name", path)
		}
		if _, repeated := own[path]; repeated {
			return fmt.Errorf("field %s is there twice", path)
		}
		value, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("body is not JSON: %v", err)
		}
		switch value := value.(type) {
		case string:
			own[path] = value
		case json.Delim:
			if value != '{' || depth == 1 {
				return fmt.Errorf("field %s holds neither text nor an object of texts", path)
			}
			own[path] = ""
			if err := readObject(decoder, path+".", depth-1, fields); err != nil {
				return err
			}
		default:
			return fmt.Errorf("field %s is not a text", path)
		}
	}
	maps.Copy(fields, own)
	if _, err := decoder.Token(); err != nil { // the closing brace
		return fmt.Errorf("body is not JSON: %v", err)
	}
	return nil
}
