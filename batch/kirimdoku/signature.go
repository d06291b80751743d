package kirimdoku

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"time"

	"gajian/ledger"
)

// callSignature signs a transaction call the symmetric way:
//
//	base64(HMAC-SHA512(clientSecret, METHOD:path:token:hex(SHA-256(body)):timestamp))
//
// The secret is used as text even when it looks like base64. path is the path that is really
// sent, body the bytes that are really sent: compact JSON, so that DOKU's "minify" leaves them
// as they are. An absent body is digested as the empty text.
//
// Source: DOKU, "Symmetric Signature" (SNAP), read September 2026; kept against published
// vectors in testdata/signature-vectors.json.
func callSignature(secret Secret, method, path, token string, digest [sha256.Size]byte, timestamp string) string {
	return keyedHash(secret, stringToSign(method, path, token, digest, timestamp))
}

func keyedHash(secret Secret, text string) string {
	mac := hmac.New(sha512.New, []byte(secret.Reveal()))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func stringToSign(method, path, token string, digest [sha256.Size]byte, timestamp string) string {
	return method + ":" + path + ":" + token + ":" + hex.EncodeToString(digest[:]) + ":" + timestamp
}

// tokenSignature signs a token call the asymmetric way: base64(RSA PKCS#1 v1.5, SHA-256, over
// clientID|timestamp).
//
// Source: DOKU, "Get Token API, B2B", read September 2026.
func tokenSignature(key *rsa.PrivateKey, clientID, timestamp string) (string, error) {
	digest := sha256.Sum256([]byte(clientID + "|" + timestamp))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		return "", fmt.Errorf("%w: %w", errUnsigned, err)
	}
	return base64.StdEncoding.EncodeToString(signature), nil
}

var errUnsigned = errors.New("the token call could not be signed")

// tokenTimestamp writes t as the token page demands it: UTC with Z, no fraction.
func tokenTimestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// callTimestamp writes t as the transaction pages show it: WIB with +07:00, no fraction.
func callTimestamp(t time.Time) string { return t.In(ledger.WIB).Format("2006-01-02T15:04:05-07:00") }

// externalIDRandom bounds the random part of an external id: 24 digits.
var externalIDRandom = new(big.Int).Exp(big.NewInt(10), big.NewInt(24), nil)

// newExternalID makes an X-EXTERNAL-ID: the Jakarta date, because uniqueness is asked for per
// Jakarta day, and 24 random digits, so that neither a restart nor a second process can repeat
// one. 32 digits in all: what originalExternalId of check status can hold.
func newExternalID(now time.Time) string {
	random, err := rand.Int(rand.Reader, externalIDRandom)
	if err != nil {
		panic("kirimdoku: the system gives no randomness: " + err.Error()) // crypto/rand.Reader never fails on supported systems
	}
	return now.In(ledger.WIB).Format("20060102") + fmt.Sprintf("%024d", random)
}
