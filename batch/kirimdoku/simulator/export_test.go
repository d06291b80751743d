package simulator

import (
	"crypto/hmac"
	"crypto/sha512"
)

// What the tests reach inside the package.
var (
	TokenSigned = tokenSigned
	ReadFields  = readFields
	PlainFields = plainFields
	SlowFields  = slowFields
)

// Spoil takes money out of the deposit behind the book's back.
func (s *Simulator) Spoil(sen int64) { s.book.available -= sen }

// TransactionSigned checks a signature with a secret.
func TransactionSigned(secret, method, path, token string, body []byte, timestamp, signature string) bool {
	return transactionSigned(hmac.New(sha512.New, []byte(secret)), method, path, token, body, timestamp, signature)
}
