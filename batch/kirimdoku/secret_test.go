package kirimdoku_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"gajian/batch/kirimdoku"
)

func TestASecretCannotBePrinted(t *testing.T) {
	secret := kirimdoku.NewSecret(canary)
	inside := struct {
		Exported   kirimdoku.Secret
		unexported kirimdoku.Secret
		Pointer    *kirimdoku.Secret
	}{secret, secret, &secret}
	for _, value := range []any{secret, &secret, inside, &inside, []kirimdoku.Secret{secret}, map[string]kirimdoku.Secret{"k": secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t", "%10s", "% x"} {
			wantClean(t, verb, fmt.Sprintf(verb, value))
			if text := fmt.Sprintf(verb, value); strings.Contains(text, fmt.Sprintf("%x", canary)) || strings.Contains(text, fmt.Sprintf("%X", canary)) {
				t.Errorf("%s shows the secret in hex: %s", verb, text)
			}
		}
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		wantClean(t, "JSON", string(text))
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", value)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", value)
		wantClean(t, "slog", log.String())
	}
	if secret.Reveal() != canary || secret.Empty() || !(kirimdoku.Secret{}).Empty() {
		t.Error("the secret itself is lost")
	}
}

func TestAClientAndItsConfigurationShowNoSecret(t *testing.T) {
	d := newDoku(t)
	var log bytes.Buffer
	config := newConfig(d.server.URL, &gate{})
	client, err := kirimdoku.New(config)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Balance(t.Context()); err != nil { // there is a token now
		t.Fatal(err)
	}
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", config)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", config)
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", config, config, config), fmt.Sprintf("%v %+v", client, client), log.String(), string(text)} {
		wantClean(t, "the client or its configuration", text)
		if strings.Contains(text, privateKey().D.String()) {
			t.Errorf("the private key is shown: %s", text)
		}
	}
}

// TestAProviderThatEchoesSecretsBringsNoneIntoErrorsOrLogs has the provider put our token, our
// signature and the account number into everything it can; wantOutcome and the logger's end
// look for them.
func TestAProviderThatEchoesSecretsBringsNoneIntoErrorsOrLogs(t *testing.T) {
	echo := func(r *http.Request) string {
		body, _ := io.ReadAll(r.Body)
		return r.Header.Get("Authorization") + " " + r.Header.Get("X-SIGNATURE") + " " + clientSecret + " account 8377388292 " + string(body)
	}
	cases := map[string]http.HandlerFunc{
		"in the message": func(w http.ResponseWriter, r *http.Request) {
			op := map[string]string{balancePath: "11", inquiryPath: "42", transferPath: "43", statusPath: "53"}[r.URL.Path]
			message, _ := json.Marshal(echo(r))
			says(500, `{"responseCode":"500`+op+`00","responseMessage":`+string(message)+`}`)(w, r)
		},
		"in the content type": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", echo(r))
			io.WriteString(w, "not JSON")
		},
		"in the code": func(w http.ResponseWriter, r *http.Request) {
			text, _ := json.Marshal(echo(r))
			io.WriteString(w, `{"responseCode":`+string(text)+`}`)
		},
		"in a malformed header": func(w http.ResponseWriter, r *http.Request) {
			text := echo(r)
			conn, _, _ := w.(http.Hijacker).Hijack()
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n"+text+"\r\n\r\n")
			conn.Close()
		},
		"in a malformed status line": func(w http.ResponseWriter, r *http.Request) {
			text := echo(r)
			conn, _, _ := w.(http.Hijacker).Hijack()
			io.WriteString(conn, text+"\r\n\r\n")
			conn.Close()
		},
	}
	for name, answer := range cases {
		t.Run(name, func(t *testing.T) {
			for _, op := range bearerCalls {
				d := newDoku(t)
				d.on(pathOf[op], answer)
				client, _ := newClient(t, d)
				wantOutcome(t, operate(t.Context(), client, op), 0, nil)
			}
		})
	}
}

func TestScrub(t *testing.T) {
	for text, want := range map[string]string{
		"account 8377388292 unknown":       "account ******8292 unknown",
		"error 12345 at\r\n\tline 2\x00":   "error 12345 at line 2",
		"token " + strings.Repeat("x", 41): "token [...]",
		"Bearer s3cret.":                   "Bearer [secret].",
		strings.Repeat("word ", 100):       strings.Repeat("word ", 40) + "...",
		"":                                 "",
	} {
		if got := kirimdoku.Scrub(text, "s3cret", ""); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestASCII(t *testing.T) {
	for text, want := range map[string]string{
		"José Müller":           "Jose Muller",
		"  D’Angelo \u00a0 Ok ": "D'Angelo Ok",
		"Ørsted Łukasz ß":       "Orsted Lukasz ss",
		"ＦＵＬＬ ｗｉｄｔｈ １２":         "FULL width 12",
		"a\x00b\tc\nd\x7fe":     "a b c d e",
		"李明":                    "",
		"\u202eevil":            "evil",
		"bad\xff":               "bad",
	} {
		if got := kirimdoku.ASCII(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
