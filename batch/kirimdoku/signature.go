package kirimdoku

import (
	"crypto"
	"crypto/hmac"
	cryptorand "crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math/rand/v2"
	"sync"
	"time"

	"gajian/ledger"
)

// signer signs transaction calls the symmetric way:
//
//	base64(HMAC-SHA512(clientSecret, METHOD:path:token:hex(SHA-256(body)):timestamp))
//
// The secret is used as text even when it looks like base64. path is the path that is really
// sent, body the bytes that are really sent: compact JSON, so that DOKU's "minify" leaves them
// as they are. An absent body is digested as the empty text.
//
// Source: DOKU, "Symmetric Signature" (SNAP), read September 2026; kept against published
// vectors in testdata/signature-vectors.json.
type signer struct {
	secret Secret
	states sync.Pool // of *signing: to begin an HMAC costs more than to go on with one
}

// signing is what one signature needs.
type signing struct {
	mac  hash.Hash
	text []byte
	sum  [sha512.Size]byte
}

func newSigner(secret Secret) *signer { return &signer{secret: secret} }

func (s *signer) call(method, path, token string, digest [sha256.Size]byte, timestamp string) string {
	state, _ := s.states.Get().(*signing)
	if state == nil {
		state = &signing{mac: hmac.New(sha512.New, []byte(s.secret.Reveal()))}
	}
	defer s.states.Put(state)
	state.text = appendStringToSign(state.text[:0], method, path, token, digest, timestamp)
	return state.sign()
}

func (s *signing) sign() string {
	s.mac.Reset()
	s.mac.Write(s.text)
	return base64.StdEncoding.EncodeToString(s.mac.Sum(s.sum[:0]))
}

func appendStringToSign(b []byte, method, path, token string, digest [sha256.Size]byte, timestamp string) []byte {
	b = append(append(b, method...), ':')
	b = append(append(b, path...), ':')
	b = append(append(b, token...), ':')
	b = append(hex.AppendEncode(b, digest[:]), ':')
	return append(b, timestamp...)
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

// newExternalID makes an X-EXTERNAL-ID: the Jakarta date, because uniqueness is asked for per
// Jakarta day, and 24 random digits, so that neither a restart nor a second process can repeat
// one. 32 digits in all: what originalExternalId of check status can hold.
func newExternalID(now time.Time) string {
	id := now.In(ledger.WIB).AppendFormat(make([]byte, 0, externalIDMax), "20060102")
	return string(appendTwelveDigits(appendTwelveDigits(id)))
}

// appendTwelveDigits appends twelve digits, of which all are equally likely.
func appendTwelveDigits(b []byte) []byte {
	n := rand.New(systemRandom{}).Uint64N(1e12)
	for unit := uint64(1e11); unit > 0; unit /= 10 {
		b = append(b, '0'+byte(n/unit%10))
	}
	return b
}

// systemRandom is the system's randomness as a source for package math/rand, which draws numbers
// below a bound from it without favouring any.
type systemRandom struct{}

func (systemRandom) Uint64() uint64 {
	var b [8]byte
	cryptorand.Read(b[:]) // never fails: without randomness it ends the process
	return binary.LittleEndian.Uint64(b[:])
}
