package kirimdoku_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"gajian/batch/kirimdoku"
)

func TestOneErrorNamesEverythingThatIsMissing(t *testing.T) {
	_, err := kirimdoku.New(kirimdoku.Config{})
	if err == nil {
		t.Fatal("an empty configuration was taken")
	}
	for _, name := range []string{
		"--base-url / GAJIAN_BASE_URL", "--client-id / GAJIAN_CLIENT_ID", "--private-key-file / GAJIAN_PRIVATE_KEY_FILE",
		"--client-secret-file / GAJIAN_CLIENT_SECRET", "--account-no / GAJIAN_ACCOUNT_NO", "--customer-number / GAJIAN_CUSTOMER_NUMBER",
		"--sender-first-name / GAJIAN_SENDER_FIRST_NAME", "--sender-last-name / GAJIAN_SENDER_LAST_NAME",
		"--sender-personal-id / GAJIAN_SENDER_PERSONAL_ID", "--sender-personal-id-type / GAJIAN_SENDER_PERSONAL_ID_TYPE", "gate",
	} {
		if !strings.Contains(err.Error(), name+" is missing") && name != "gate" || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: does not name %s", err, name)
		}
	}
	if strings.Contains(err.Error(), "--path-prefix") || strings.Contains(err.Error(), "--channel-id") {
		t.Errorf("%v: names what has a default", err)
	}
}

func TestWhatAConfigurationMayHold(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		change func(*kirimdoku.Config)
		fault  string // empty: taken
	}{
		{"as it is", func(*kirimdoku.Config) {}, ""},
		{"https", func(c *kirimdoku.Config) { c.BaseURL = "https://api-sandbox.doku.com" }, ""},
		{"https with a slash", func(c *kirimdoku.Config) { c.BaseURL = "https://api.doku.com/" }, ""},
		{"http to this machine", func(c *kirimdoku.Config) { c.BaseURL = "http://localhost:8080" }, ""},
		{"http to this machine, IPv6", func(c *kirimdoku.Config) { c.BaseURL = "http://[::1]:8080" }, ""},
		{"the older path", func(c *kirimdoku.Config) { c.PathPrefix = "/v1.0" }, ""},
		{"passport", func(c *kirimdoku.Config) { c.SenderPersonalIDType = "PASSPORT" }, ""},
		{"http elsewhere", func(c *kirimdoku.Config) { c.BaseURL = "http://api.doku.com" }, "plain http"},
		{"http to an address that looks local", func(c *kirimdoku.Config) { c.BaseURL = "http://127.0.0.1.example.com" }, "plain http"},
		{"ftp", func(c *kirimdoku.Config) { c.BaseURL = "ftp://api.doku.com" }, "neither https nor http"},
		{"a name that is not ASCII", func(c *kirimdoku.Config) { c.BaseURL = "https://d\u00f6ku.com" }, "not of the form"},
		{"no scheme", func(c *kirimdoku.Config) { c.BaseURL = "api.doku.com" }, "not of the form"},
		{"a path in the URL", func(c *kirimdoku.Config) { c.BaseURL = "https://api.doku.com/snap/v1.1" }, "--path-prefix"},
		{"a password in the URL", func(c *kirimdoku.Config) { c.BaseURL = "https://me:" + canary + "@api.doku.com" }, "not of the form"},
		{"a prefix without slash", func(c *kirimdoku.Config) { c.PathPrefix = "snap/v1.1" }, "--path-prefix"},
		{"a prefix with a slash at the end", func(c *kirimdoku.Config) { c.PathPrefix = "/snap/" }, "--path-prefix"},
		{"a prefix with a query", func(c *kirimdoku.Config) { c.PathPrefix = "/snap?x" }, "--path-prefix"},
		{"a client id with a line break", func(c *kirimdoku.Config) { c.ClientID = "BRN\r\nX: y" }, "--client-id"},
		{"a short key", func(c *kirimdoku.Config) { c.PrivateKey = small }, "1024 bits"},
		{"an account too long", func(c *kirimdoku.Config) { c.AccountNo = strings.Repeat("A", 17) }, "--account-no"},
		{"a number with a plus", func(c *kirimdoku.Config) { c.CustomerNumber = "+628115678890" }, "--customer-number"},
		{"a driving licence", func(c *kirimdoku.Config) { c.SenderPersonalIDType = "SIM" }, "KTP or PASSPORT"},
		{"a name without letters", func(c *kirimdoku.Config) { c.SenderFirstName = "李" }, "--sender-first-name"},
		{"a fee type with a line break", func(c *kirimdoku.Config) { c.FeeType = "OUR\n" }, "fee type"},
		{"a channel code too long", func(c *kirimdoku.Config) { c.ChannelCode = strings.Repeat("0", 26) }, "channel code"},
		{"a timeout of hours", func(c *kirimdoku.Config) { c.Timeout = 30 * time.Hour }, "--timeout"},
		{"a negative timeout", func(c *kirimdoku.Config) { c.Timeout = -1 }, "--timeout"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config := newConfig("http://127.0.0.1:1", &gate{})
			c.change(&config)
			_, err := kirimdoku.New(config)
			if (err != nil) != (c.fault != "") || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Errorf("error %v, want one with %q", err, c.fault)
			}
			if err != nil {
				wantClean(t, "the error", err.Error())
			}
		})
	}
}

func TestPrivateKeysAreReadInBothForms(t *testing.T) {
	key := privateKey()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for kind, der := range map[string][]byte{"RSA PRIVATE KEY": x509.MarshalPKCS1PrivateKey(key), "PRIVATE KEY": pkcs8} {
		got, err := kirimdoku.LoadPrivateKey(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
		if err != nil || !got.Equal(key) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestWhatIsNoPrivateKeyIsNamed(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curveDER, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte, headers map[string]string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der, Headers: headers}))
	}
	cases := map[string]struct{ text, fault string }{
		"empty":                {"", "no PEM block"},
		"a secret in its file": {canary, "no PEM block"},
		"the public half":      {block("PUBLIC KEY", []byte{1}, nil), "public key"},
		"encrypted":            {block("ENCRYPTED PRIVATE KEY", []byte{1}, nil), "openssl pkey"},
		"encrypted, old form":  {block("RSA PRIVATE KEY", []byte{1}, map[string]string{"DEK-Info": "AES-128-CBC,00"}), "openssl pkey"},
		"a certificate":        {block("CERTIFICATE", []byte{1}, nil), `"CERTIFICATE"`},
		"an elliptic curve":    {block("PRIVATE KEY", curveDER, nil), "not an RSA private key"},
		"garbage":              {block("PRIVATE KEY", []byte(canary), nil), "private key"},
		"short":                {block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small), nil), "1024 bits"},
	}
	for name, c := range cases {
		_, err := kirimdoku.LoadPrivateKey([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.fault)
			continue
		}
		wantClean(t, name, err.Error())
	}
}
