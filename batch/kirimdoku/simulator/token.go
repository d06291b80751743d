package simulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync/atomic"
	"time"
)

// token is what an access token says. The zero value is no token: serials start at 1.
type token struct {
	serial  uint64
	expires time.Time
}

// mint makes access tokens that prove their own origin, so that an old one can be told from an
// invented one without remembering either.
type mint struct {
	key  [32]byte
	read atomic.Pointer[readToken] // the last good one: nearly every call brings the same
}

type readToken struct {
	text  string
	token token
}

func newMint() *mint {
	var m mint
	rand.Read(m.key[:]) // never fails: crypto/rand ends the program instead
	return &m
}

const tokenPayload = 16 // serial and expiry, eight bytes each

func (m *mint) write(t token) string {
	raw := make([]byte, 0, tokenPayload+sha256.Size)
	raw = binary.BigEndian.AppendUint64(raw, t.serial)
	raw = binary.BigEndian.AppendUint64(raw, uint64(t.expires.UnixNano()))
	return base64.RawURLEncoding.EncodeToString(append(raw, m.seal(raw)...))
}

func (m *mint) open(text string) (t token, ours bool) {
	if last := m.read.Load(); last != nil && last.text == text {
		return last.token, true
	}
	if t, ours = m.unseal(text); ours {
		m.read.Store(&readToken{text, t})
	}
	return t, ours
}

func (m *mint) unseal(text string) (t token, ours bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != tokenPayload+sha256.Size {
		return token{}, false
	}
	if !hmac.Equal(m.seal(raw[:tokenPayload]), raw[tokenPayload:]) {
		return token{}, false
	}
	nanoseconds := int64(binary.BigEndian.Uint64(raw[8:]))
	return token{serial: binary.BigEndian.Uint64(raw), expires: time.Unix(0, nanoseconds)}, true
}

func (m *mint) seal(payload []byte) []byte {
	mac := hmac.New(sha256.New, m.key[:])
	mac.Write(payload)
	return mac.Sum(nil)
}

type tokenBody struct {
	head
	AccessToken string `json:"accessToken"`
	TokenType   string `json:"tokenType"`
	ExpiresIn   int    `json:"expiresIn"` // seconds
}

// issueToken makes the newest token; every older one is dead from here on [the provider's wallet
// page: only the latest token counts].
func (s *Simulator) issueToken(now time.Time) *answer {
	s.newestToken++
	text := s.mint.write(token{serial: s.newestToken, expires: now.Add(s.config.TokenLifetime)})
	seconds := int(s.config.TokenLifetime / time.Second)
	return success(told{}, func(h head, _ told) any { return tokenBody{h, text, "Bearer", seconds} })
}

// tokenAlive tells whether a token that was issued here is the newest one and not too old.
func (s *Simulator) tokenAlive(t token, now time.Time) bool {
	return t.serial == s.newestToken && now.Before(t.expires)
}
