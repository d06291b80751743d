package simulator

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// tokenSigned checks the signature of a token call: RSA PKCS#1 v1.5 with SHA-256 over the client
// id, a bar and the timestamp.
func tokenSigned(key *rsa.PublicKey, clientID, timestamp, signature string) bool {
	raw, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil {
		return false
	}
	digest := sha256.Sum256([]byte(clientID + "|" + timestamp))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], raw) == nil
}

// transactionSigned checks the signature of every other call: HMAC-SHA512 with the client secret
// as text over method, path, token, the digest of the body and the timestamp.
func transactionSigned(mac hash.Hash, method, path, token string, body []byte, timestamp, signature string) bool {
	raw, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil {
		return false
	}
	digest := sha256.Sum256(body)
	text := make([]byte, 0, 512)
	text = append(append(append(text, method...), ':'), path...)
	text = append(append(append(text, ':'), token...), ':')
	text = append(hex.AppendEncode(text, digest[:]), ':')
	mac.Reset()
	mac.Write(append(text, timestamp...))
	return hmac.Equal(mac.Sum(text[:0]), raw)
}

// macs are HMAC-SHA512s with the client secret: to make one costs more than to use it.
func macs(secret string) *sync.Pool {
	return &sync.Pool{New: func() any { return hmac.New(sha512.New, []byte(secret)) }}
}

func (c *call) checkTokenCall(header http.Header) {
	client := c.header(header, "X-CLIENT-KEY")
	timestamp := c.timestamp(header)
	signature := c.header(header, "X-SIGNATURE")
	if client != "" && client != c.config.ClientID {
		c.breach("X-CLIENT-KEY", "not the client id", unauthorized("X-CLIENT-KEY"))
	}
	if signature == "" {
		return
	}
	c.signed = tokenSigned(c.config.PublicKey, client, timestamp, signature)
	if !c.signed {
		c.breach("X-SIGNATURE", "does not fit client id and timestamp", unauthorized("Signature"))
	}
}

// externalIDForm: the standard allows 36 characters, but check status can name only 32 of them.
var externalIDForm = regexp.MustCompile(`^[0-9]{1,32}$`)

func (c *call) checkTransactionCall(r *http.Request, body []byte) {
	bearer := c.bearer(r.Header)
	if partner := c.header(r.Header, "X-PARTNER-ID"); partner != "" && partner != c.config.ClientID {
		c.breach("X-PARTNER-ID", "not the client id", unauthorized("X-PARTNER-ID"))
	}
	if c.current {
		c.header(r.Header, "CHANNEL-ID")
	}
	timestamp := c.timestamp(r.Header)
	signature := c.header(r.Header, "X-SIGNATURE")
	c.externalID = c.header(r.Header, "X-EXTERNAL-ID")
	formed := externalIDForm.MatchString(c.externalID)
	if c.externalID != "" && !formed {
		c.breach("X-EXTERNAL-ID", "not 1 to 32 digits", invalidField("X-EXTERNAL-ID"))
	}
	if bearer == "" || signature == "" {
		return
	}
	mac := c.macs.Get().(hash.Hash)
	defer c.macs.Put(mac)
	right := transactionSigned(mac, r.Method, r.URL.RequestURI(), bearer, body, timestamp, signature)
	if !right {
		c.breach("X-SIGNATURE", "does not fit method, path, token, body and timestamp", unauthorized("Signature"))
	}
	c.signed = right && formed
}

// bearer reads the access token and checks that it was made by this simulator.
func (c *call) bearer(header http.Header) string {
	value := c.header(header, "Authorization")
	if value == "" {
		return ""
	}
	text, isBearer := strings.CutPrefix(value, "Bearer ")
	if !isBearer {
		c.breach("Authorization", "not a bearer token", unauthorized("Authorization"))
		return ""
	}
	token, ours := c.mint.open(text)
	if !ours {
		c.breach("Authorization", "a token that was never issued here", tokenInvalid())
		return ""
	}
	c.token = token
	return text
}
