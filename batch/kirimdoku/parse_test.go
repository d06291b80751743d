package kirimdoku_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"gajian/batch/kirimdoku"
)

// FuzzDecode holds that an object is read as package json reads it, or not at all: not when it is no
// JSON to package json, and not without a reason that can be named.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		sampleBalance, sampleInquiry, sampleTransfer, sampleStatus, `{}`, ` { } `, `{"a":[]}`, `{"a":[[],{},null,true,false,-0.1e+5,""]}`,
		`{"\u0061":1,"a":2}`, `{"a":1,"A":2}`, `{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800"}`, "{\"a\":\"\xff\xfe\"}", "{\"\xff\":1,\"\xfe\":2}", `{"a":"ü, [1:2]"}`,
		`[]`, `null`, `1`, `"a"`, ``, `{`, `{"a"}`, `{"a":1,}`, `{"a":01}`, `{"a":1}{"a":1}`, `{"a":1} x`, "{\"a\":\"\n\"}", `{"a":"\x"}`, `{"a":+1}`, `{"a":.1}`, `{"a":1.}`, `{'a':1}`,
		`{"a":1 "b":2}`, `{"a" 1}`, `{,}`, `{,"a":1}`, `{"a":1,,"b":2}`, `{"a":[1 2]}`, `{"a":[,]}`, `{"a":[1,]}`, `{"a":[1`, `{"a":`, `{"a":}`, `{"a":"1`, `{"a":"1\`, `{"a":tru}`, `{"a":nulll}`,
		`{"a":-}`, `{"a":1e}`, `{"a":1-1}`, `{"a":--1}`, `{"a":"\ud8"}`, `{"a" : [ 1 , 2 ] , "b" : 3 }`, `{1:2}`, "{\"a\":1\x00}", "{\"a\x00\":1}", "{\"a\":\"\\\n\"}", "{\"a\":\v1}", `:{}`, `,{}`, `{}:`,
		strings.Repeat(`{"a":`, 16) + `1` + strings.Repeat(`}`, 16), strings.Repeat(`{"a":`, 17) + `1` + strings.Repeat(`}`, 17), "\ufeff{}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := kirimdoku.Decode(body)
		want, wantErr := decodeSlowly(body)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, want %v", body, err, wantErr)
		}
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as\n%v, want\n%v", body, got, want)
		}
	})
}

// decodeSlowly reads an object with the tokens of package json.
func decodeSlowly(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	value, err := slowValue(decoder, 0)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows: %v", err)
	}
	fields, ok := value.(map[string]any)
	if !ok || !json.Valid(body) {
		return nil, fmt.Errorf("not an object")
	}
	return fields, nil
}

func slowValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil || depth > 16 {
		return nil, fmt.Errorf("at depth %d: %v", depth, err)
	}
	switch token {
	case json.Delim('{'):
		fields := map[string]any{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			if _, twice := fields[name.(string)]; twice || len(fields) >= 256 {
				return nil, fmt.Errorf("too many names, or one of them twice")
			}
			if fields[name.(string)], err = slowValue(decoder, depth+1); err != nil {
				return nil, err
			}
		}
		_, err = decoder.Token()
		return fields, err
	case json.Delim('['):
		var elements []any
		for decoder.More() {
			element, err := slowValue(decoder, depth+1)
			if err != nil {
				return nil, err
			}
			elements = append(elements, element)
		}
		_, err = decoder.Token()
		return elements, err
	}
	return token, nil
}

func TestAnObjectOfTooManyNamesIsNotRead(t *testing.T) {
	for names, works := range map[int]bool{256: true, 257: false, 150_000: false} {
		var body strings.Builder
		for i := range names {
			fmt.Fprintf(&body, `,"%d":1`, i)
		}
		if _, err := kirimdoku.Decode([]byte("{" + body.String()[1:] + "}")); (err == nil) != works {
			t.Errorf("%d names: %v", names, err)
		}
	}
}

func TestAnAnswerOfManyObjectsTakesNoMoreThanSomeDozenTimesItsSize(t *testing.T) {
	body := []byte(`{"responseCode":"2005300","a":[` + strings.TrimSuffix(strings.Repeat("{},", 340_000), ",") + `]}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	kirimdoku.ReadAnswers(body)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 100<<20 {
		t.Errorf("%d bytes of answer took %d MiB", len(body), took>>20)
	}
}
