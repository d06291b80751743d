package kirimdoku

import (
	"bytes"
	"crypto/aes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// NoticeScheme is how notifications are signed. DOKU does not document it for SNAP partners; the
// length of a real signature header tells which it is: 64 characters aes-legacy, 88 snap-hmac.
type NoticeScheme string

// The schemes. There is no default: an unknown or empty scheme verifies nothing.
const (
	// NoticeAESLegacy is the older KIRIMDOKU interface's. It covers the request id and not the body.
	NoticeAESLegacy NoticeScheme = "aes-legacy"
	// NoticeSNAPHMAC is that of transactions, with our own address for the path. It covers the body.
	NoticeSNAPHMAC NoticeScheme = "snap-hmac"
	// NoticeUnsigned takes every notification. It costs at most a question to the provider for each.
	NoticeUnsigned NoticeScheme = "none"
)

// NoticeKeys are what notifications are verified with.
type NoticeKeys struct {
	Scheme        NoticeScheme
	AgentKey      string // aes-legacy: our agent key at DOKU ("A41418")
	EncryptionKey Secret // aes-legacy: 16 characters
	ClientSecret  Secret // snap-hmac
}

// Check tells what keeps the keys from verifying anything.
func (k NoticeKeys) Check() error {
	switch k.Scheme {
	case NoticeAESLegacy:
		if k.AgentKey == "" {
			return errors.New("notifications of the scheme aes-legacy need the agent key")
		}
		_, err := LegacySignature(k.EncryptionKey, k.AgentKey, "1")
		return err
	case NoticeSNAPHMAC:
		if k.ClientSecret.Empty() {
			return errors.New("notifications of the scheme snap-hmac need the client secret")
		}
		return nil
	case NoticeUnsigned:
		return nil
	}
	return fmt.Errorf("notification scheme %q is none of aes-legacy, snap-hmac, none", k.Scheme)
}

// verify compares signatures in constant time. There is no window of time: DOKU sends a notification
// again for hours, whether signed anew is not documented, and one that is replayed by somebody else
// costs a question and changes nothing.
func (k NoticeKeys) verify(n Notification) error {
	if err := k.Check(); err != nil {
		return fmt.Errorf("%w: %v", ErrNoticeSignature, err)
	}
	switch k.Scheme {
	case NoticeUnsigned:
		return nil
	case NoticeAESLegacy:
		return k.verifyLegacy(n)
	}
	return k.verifySNAP(n)
}

// verifyLegacy holds the agent key against ours, because the signature covers it and the request id
// as one text, in which nobody could tell where the one ends.
func (k NoticeKeys) verifyLegacy(n Notification) error {
	agent, request := n.Header.Get("agentKey"), n.Header.Get("requestId")
	if request == "" || len(request) > requestIDMax || !same(agent, k.AgentKey) {
		return ErrNoticeSignature
	}
	want, err := LegacySignature(k.EncryptionKey, agent, request)
	if err != nil || !same(n.Header.Get("signature"), want) {
		return ErrNoticeSignature
	}
	return nil
}

// signedHeaderMax bounds each header that goes into a signed text: a token is the longest.
const signedHeaderMax = tokenLengthMax + len("Bearer ")

// verifySNAP takes the names of the standard for signature and time, and Kirim DOKU's own for the
// signature. The body is digested as it came and, where that is something else, without the blanks
// between its tokens, as the standard has it. A header that is not there counts as empty: what it
// would hold is signed in any case.
func (k NoticeKeys) verifySNAP(n Notification) error {
	got := n.Header.Get("X-SIGNATURE")
	setDefault(&got, n.Header.Get("signature"))
	token, timestamp := n.Header.Get("Authorization"), n.Header.Get("X-TIMESTAMP")
	if len(token) > signedHeaderMax || len(timestamp) > signedHeaderMax {
		return ErrNoticeSignature
	}
	token = strings.TrimPrefix(token, "Bearer ")
	bodies := [][]byte{n.Body}
	var compact bytes.Buffer
	if json.Compact(&compact, n.Body) == nil && compact.Len() != len(n.Body) {
		bodies = append(bodies, compact.Bytes())
	}
	for _, body := range bodies {
		if same(got, newSigner(k.ClientSecret).call(n.Method, n.Path, token, sha256.Sum256(body), timestamp)) {
			return nil
		}
	}
	return ErrNoticeSignature
}

// same compares in a time that depends on the lengths alone, which are no secret.
func same(got, want string) bool { return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1 }

// LegacySignature computes the signature header of a notification the way the older,
// non-SNAP KIRIMDOKU interface documents it: base64(AES-128-ECB(encryptionKey, agentKey +
// requestID)) with PKCS#5 padding. encryptionKey has 16 characters. Compare the result with
// the header in constant time.
//
// That DOKU signs the notifications of SNAP partners like this is presumed, not documented. It
// does not cover the body and it can be replayed: a notification that passes is a hint to ask
// check status, never a fact about money.
//
// Source: DOKU, legacy KIRIMDOKU API, "Shared Key Hash Value", read September 2026.
func LegacySignature(encryptionKey Secret, agentKey, requestID string) (string, error) {
	key := []byte(encryptionKey.Reveal())
	if len(key) != 16 {
		return "", fmt.Errorf("the notification encryption key has %d characters, not 16", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", fmt.Errorf("notification encryption key: %w", err)
	}
	text := padded([]byte(agentKey+requestID), block.BlockSize())
	for at := 0; at < len(text); at += block.BlockSize() { // ECB: each block by itself, as DOKU does it
		block.Encrypt(text[at:], text[at:])
	}
	return base64.StdEncoding.EncodeToString(text), nil
}

// padded appends PKCS#5 padding: n bytes of value n, at least one.
func padded(text []byte, size int) []byte {
	n := size - len(text)%size
	for range n {
		text = append(text, byte(n))
	}
	return text
}
