package payroll

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzXMLScan holds that what the scan takes encoding/xml takes as well, token by token, and that it makes
// no difference how the bytes arrive.
func FuzzXMLScan(f *testing.F) {
	for _, text := range append(goodXML, badXML...) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 1<<16 {
			return
		}
		got, err := scanned(bytes.NewReader(content))
		again, errAgain := scanned(iotest.OneByteReader(bytes.NewReader(content)))
		if !reflect.DeepEqual(got, again) || fmt.Sprint(err) != fmt.Sprint(errAgain) {
			t.Fatalf("at once it reads %q, %v; byte by byte %q, %v", got, err, again, errAgain)
		}
		if err != nil {
			return
		}
		want, err := decoded(content)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("the scan reads %q, encoding/xml %q, %v", got, want, err)
		}
	})
}

// scanned are the tokens of a document, texts beside each other as one.
func scanned(r io.Reader) (tokens []string, err error) {
	for x := newXMLScan(r); ; {
		token, err := x.next()
		if err == io.EOF {
			return tokens, nil
		}
		if err != nil {
			return tokens, err
		}
		switch token {
		case startTag:
			tag := "<" + string(x.name)
			for _, a := range x.attrs {
				tag += fmt.Sprintf(" %s=%q", a.name, a.text())
				if where := a.place - x.base; string(x.buffer[where:where+int64(len(a.value))]) != string(a.value) {
					return nil, fmt.Errorf("the value %q stands elsewhere", a.value)
				}
			}
			tokens = append(tokens, tag)
		case endTag:
			tokens = append(tokens, "</"+string(x.name))
		case charData:
			tokens = addText(tokens, string(appendText(nil, x.raw, x.cdata)))
		}
	}
}

func decoded(content []byte) (tokens []string, err error) {
	name := func(n xml.Name) string { return strings.TrimPrefix(n.Space+":"+n.Local, ":") }
	for d := xml.NewDecoder(bytes.NewReader(content)); ; {
		token, err := d.RawToken()
		if err == io.EOF {
			return tokens, nil
		}
		if err != nil {
			return tokens, err
		}
		switch element := token.(type) {
		case xml.StartElement:
			tag := "<" + name(element.Name)
			for _, a := range element.Attr {
				tag += fmt.Sprintf(" %s=%q", name(a.Name), a.Value)
			}
			tokens = append(tokens, tag)
		case xml.EndElement:
			tokens = append(tokens, "</"+name(element.Name))
		case xml.CharData:
			tokens = addText(tokens, string(element))
		}
	}
}

func addText(tokens []string, text string) []string {
	if last := len(tokens) - 1; last >= 0 && !strings.HasPrefix(tokens[last], "<") {
		tokens[last] += text
		return tokens
	}
	if text == "" {
		return tokens
	}
	return append(tokens, "="+text)
}

var goodXML = []string{
	`<a/>`, `<a></a>`, `<a b="1" c='2'/>`, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<a>\r\n x\ry </a>\n", `<x:a x:b="&lt;&#65;&#x42;"><x:c/></x:a>`,
	`<a><!-- <b> --> t<![CDATA[<&]]>u</a>`, "<a>é\u2028孙</a>", `<a b = "x>y"  ></a >`, "<a>&#13;\r\n&#10;</a>", "\ufeff<a/>",
	`<a ` + strings.Repeat(" ", 70_000) + `b="` + strings.Repeat("x", 70_000) + `">` + strings.Repeat("y", 200_000) + `</a>`,
}

var badXML = []string{
	``, ` `, `<a>`, `</a>`, `<a></b>`, `<a/><b/>`, `<a b=1/>`, `<a b/>`, `<a b="1" b="1"/>`, `<a b="<"/>`, `<a b="1`, `<a>&b;</a>`, `<a>&lt</a>`, `<a>&#0;</a>`,
	"<a>\x01</a>", "<a>\xff</a>", "<a>\uffff</a>", `<a>]]></a>`, `<!DOCTYPE a><a/>`, `<a><!-- -- --></a>`, `<a><!-- </a>`, `<a><![CDATA[</a>`, `<1/>`, `<é/>`, `<a:/>`, `<:a/>`, `<a:b:c/>`,
	`<?xml version="1.1"?><a/>`, `<?xml encoding='latin-1'?><a/>`, `< a/>`, `<a/ >`, `<a / b="1">`, `<a><b></a></b>`, `<`, `<a><`, `<a x:t="s" x:t="y"/>`, `<? ?><a/>`, `<a>&#xD800;</a>`,
	strings.Repeat("<a>", maxDepth+1) + strings.Repeat("</a>", maxDepth+1),
}

func TestXMLThatIsTakenAndRefused(t *testing.T) {
	for _, text := range goodXML {
		if tokens, err := scanned(strings.NewReader(text)); err != nil {
			t.Errorf("%.80q: %v behind %q", text, err, tokens)
		}
	}
	for _, text := range badXML {
		if tokens, err := scanned(strings.NewReader(text)); err == nil {
			t.Errorf("%.80q is taken as %q", text, tokens)
		}
	}
}

func TestATextWithoutEndDoesNotFillTheMemory(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("<a>"), io.LimitReader(endlessly("x"), 64<<20))
	if _, err := scanned(endless); err != errHeld {
		t.Errorf("err = %v, want %v", err, errHeld)
	}
}

type endlessly string

func (r endlessly) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r[i%len(r)]
	}
	return len(p), nil
}

// TestSharedTextsComeBack adds texts of many sizes, so that blocks fill up.
func TestSharedTextsComeBack(t *testing.T) {
	var texts sharedTexts
	want := make([]sharedText, 3000)
	for i := range want {
		want[i] = sharedText{xml: bytes.Repeat([]byte("x"), i*7%5000)}
		if i%3 == 0 {
			want[i].rich, want[i].text = true, bytes.Repeat([]byte("y"), i*11%3000)
		}
		if err := texts.add(want[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i, w := range want {
		if got := texts.at(i); !bytes.Equal(got.xml, w.xml) || !bytes.Equal(got.text, w.text) || got.rich != w.rich {
			t.Fatalf("text %d comes back as %d and %d bytes, rich %v", i, len(got.xml), len(got.text), got.rich)
		}
	}
	if err := texts.add(sharedText{xml: make([]byte, textBlock)}); err == nil {
		t.Error("a text larger than a block is taken")
	}
	if texts.drop(); texts.count() != 0 {
		t.Error("dropped texts are still there")
	}
}

func TestReadingMakesAndGivesBackRoom(t *testing.T) {
	give := makeRoom(1 << 20)
	give() // without a limit nothing changes
	const limit, more int64 = 1 << 40, 1 << 20
	before := debug.SetMemoryLimit(limit)
	defer debug.SetMemoryLimit(before)
	give = makeRoom(more)
	if got := debug.SetMemoryLimit(-1); got != limit+more {
		t.Errorf("limit %d, want %d", got, limit+more)
	}
	give()
	if got := debug.SetMemoryLimit(-1); got != limit {
		t.Errorf("limit %d afterwards, want %d", got, limit)
	}
}
