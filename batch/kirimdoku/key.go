package kirimdoku

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// keyBitsMin: DOKU's dashboard takes no shorter key (DOKU, "Get Token API, B2B").
const keyBitsMin = 2048

// LoadPrivateKey reads an RSA private key from PEM text, PKCS#1 ("RSA PRIVATE KEY") or
// PKCS#8 ("PRIVATE KEY"), of 2048 bits or more. The errors say what the text is instead and
// never quote it.
func LoadPrivateKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("private key: no PEM block found; the file begins with -----BEGIN PRIVATE KEY-----")
	}
	key, err := parseKey(block)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	if bits := key.N.BitLen(); bits < keyBitsMin {
		return nil, fmt.Errorf("private key: it has %d bits, DOKU wants %d or more", bits, keyBitsMin)
	}
	return key, nil
}

func parseKey(block *pem.Block) (*rsa.PrivateKey, error) {
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
		return nil, errors.New("it is encrypted; decrypt it first: openssl pkey -in KEY -out PLAIN")
	case block.Type == "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case block.Type == "PRIVATE KEY":
		return parsePKCS8(block.Bytes)
	case strings.HasSuffix(block.Type, "PUBLIC KEY"):
		return nil, errors.New("it is the public key; that half belongs into DOKU's dashboard")
	}
	return nil, fmt.Errorf("it is a %q, not an RSA private key", block.Type)
}

func parsePKCS8(der []byte) (*rsa.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	if key, ok := key.(*rsa.PrivateKey); ok {
		return key, nil
	}
	return nil, fmt.Errorf("it is a %T, not an RSA private key", key)
}
