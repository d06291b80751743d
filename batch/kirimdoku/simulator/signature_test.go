package simulator_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"testing"

	"gajian/batch/kirimdoku/simulator"
)

type vector struct {
	Name   string
	Inputs struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		Method       string
		Path         string
		AccessToken  string `json:"access_token"`
		Timestamp    string
		Body         string `json:"body_minified"`
		PublicKey    string `json:"public_key_pem"`
	}
	Expected string
}

func TestSignatureVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/signature-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) != 7 {
		t.Fatalf("%d vectors, want 7", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		if !fits(t, v) {
			t.Errorf("%s: the signature is refused", v.Name)
		}
		v.Inputs.Timestamp = "2024-09-17T14:41:53+07:00"
		if fits(t, v) {
			t.Errorf("%s: the signature is accepted with another timestamp", v.Name)
		}
	}
}

func fits(t *testing.T, v vector) bool {
	in := v.Inputs
	if in.PublicKey == "" {
		return simulator.TransactionSigned(in.ClientSecret, in.Method, in.Path, in.AccessToken, []byte(in.Body), in.Timestamp, v.Expected)
	}
	block, _ := pem.Decode([]byte(in.PublicKey))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return simulator.TokenSigned(key.(*rsa.PublicKey), in.ClientID, in.Timestamp, v.Expected)
}
