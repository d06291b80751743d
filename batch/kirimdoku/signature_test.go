package kirimdoku_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"gajian/batch/kirimdoku"
)

type vector struct {
	Name   string
	Inputs struct {
		Method           string
		Path             string
		Timestamp        string
		ClientID         string `json:"client_id"`
		ClientSecret     string `json:"client_secret"`
		AccessToken      string `json:"access_token"`
		BodyBeforeMinify string `json:"body_before_minify"`
		BodyMinified     string `json:"body_minified"`
		BodyDigest       string `json:"body_digest"`
		StringToSign     string `json:"string_to_sign"`
		PublicKeyPEM     string `json:"public_key_pem"`
		EncryptionKey    string `json:"encryption_key"`
		AgentKey         string `json:"agent_key"`
		RequestID        string `json:"request_id"`
	}
	Expected string
}

func TestSignaturesMatchTheVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/signature-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) != 11 {
		t.Fatalf("%d vectors, want 11", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		t.Run(v.Name, func(t *testing.T) { checkVector(t, v) })
	}
}

func checkVector(t *testing.T, v vector) {
	in := v.Inputs
	digest := kirimdoku.DigestOf([]byte(in.BodyMinified))
	if in.BodyBeforeMinify != "" {
		var minified bytes.Buffer
		if err := json.Compact(&minified, []byte(in.BodyBeforeMinify)); err != nil || minified.String() != in.BodyMinified {
			t.Errorf("minified to %s (%v), want %s", &minified, err, in.BodyMinified)
		}
	}
	if got := hex.EncodeToString(digest[:]); in.BodyDigest != "" && got != in.BodyDigest {
		t.Errorf("body digest %s, want %s", got, in.BodyDigest)
	}
	switch {
	case in.EncryptionKey != "":
		got, err := kirimdoku.LegacySignature(kirimdoku.NewSecret(in.EncryptionKey), in.AgentKey, in.RequestID)
		if err != nil || got != v.Expected {
			t.Errorf("legacy signature %q (%v), want %q", got, err, v.Expected)
		}
	case in.PublicKeyPEM != "":
		checkRSA(t, v, digest)
	case in.AccessToken != "":
		secret := kirimdoku.NewSecret(in.ClientSecret)
		if got := kirimdoku.StringToSign(in.Method, in.Path, in.AccessToken, digest, in.Timestamp); got != in.StringToSign {
			t.Errorf("string to sign %s, want %s", got, in.StringToSign)
		}
		if got := kirimdoku.CallSignature(secret, in.Method, in.Path, in.AccessToken, digest, in.Timestamp); got != v.Expected {
			t.Errorf("signature %s, want %s", got, v.Expected)
		}
	case in.StringToSign != "":
		if got := kirimdoku.HMAC(kirimdoku.NewSecret(in.ClientSecret), in.StringToSign); got != v.Expected {
			t.Errorf("HMAC %s, want %s", got, v.Expected)
		}
	default:
		if got := hex.EncodeToString(digest[:]); got != v.Expected {
			t.Errorf("digest %s, want %s", got, v.Expected)
		}
	}
}

// checkRSA verifies a published RSA signature over the string that our side would have signed.
func checkRSA(t *testing.T, v vector, digest [32]byte) {
	in := v.Inputs
	signed := in.ClientID + "|" + in.Timestamp
	if in.ClientID == "" {
		signed = strings.Join([]string{in.Method, in.Path, hex.EncodeToString(digest[:]), in.Timestamp}, ":")
	}
	if signed != in.StringToSign {
		t.Errorf("string to sign %s, want %s", signed, in.StringToSign)
	}
	block, _ := pem.Decode([]byte(in.PublicKeyPEM))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	verifyRSA(t, key.(*rsa.PublicKey), signed, v.Expected)
}

func verifyRSA(t *testing.T, key *rsa.PublicKey, signed, signature string) {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(signed))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw); err != nil {
		t.Errorf("signature over %q: %v", signed, err)
	}
}

func TestTokenSignatureVerifies(t *testing.T) {
	signature, err := kirimdoku.TokenSignature(privateKey(), "BRN-1", "2026-11-25T18:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	verifyRSA(t, &privateKey().PublicKey, "BRN-1|2026-11-25T18:00:00Z", signature)
}

func TestLegacySignatureWantsAKeyOf16Characters(t *testing.T) {
	for _, key := range []string{"", "0123456789abcde", "0123456789abcdef0"} {
		if _, err := kirimdoku.LegacySignature(kirimdoku.NewSecret(key), "A41418", "1"); err == nil {
			t.Errorf("a key of %d characters was taken", len(key))
		}
	}
}

func TestTimestamps(t *testing.T) {
	at := time.Date(2026, 11, 25, 18, 30, 15, 123456789, time.UTC)
	if got, want := kirimdoku.TokenTimestamp(at), "2026-11-25T18:30:15Z"; got != want {
		t.Errorf("token timestamp %s, want %s", got, want)
	}
	if got, want := kirimdoku.CallTimestamp(at), "2026-11-26T01:30:15+07:00"; got != want {
		t.Errorf("call timestamp %s, want %s", got, want)
	}
}

func TestExternalIDsAreTheJakartaDateAnd24Digits(t *testing.T) {
	at := time.Date(2026, 11, 25, 18, 30, 15, 0, time.UTC) // the 26th in Jakarta
	form := regexp.MustCompile(`^20261126[0-9]{24}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := kirimdoku.NewExternalID(at)
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("external id %q: want 32 new digits that begin with 20261126", id)
		}
		seen[id] = true
	}
}
