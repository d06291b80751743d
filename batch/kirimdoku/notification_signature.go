package kirimdoku

import (
	"crypto/aes"
	"encoding/base64"
	"fmt"
)

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
