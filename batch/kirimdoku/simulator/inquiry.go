package simulator

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// session is an answered inquiry. It serves one transfer of the same amount, bank and account.
type session struct {
	id   string
	key  sessionKey
	made time.Time
	used bool
}

type sessionKey struct {
	bank, account string
	amount        int64
}

// sessions are the inquiries that a transfer may name: the unused ones until they are twice as old
// as they may be, so that a late one is told from an invented one, and the used ones for good.
type sessions struct {
	byID   map[string]*session
	newest map[sessionKey]*session // for transfers of v1.0, which may leave the session out
	byAge  []*session
}

func newSessions() sessions {
	return sessions{byID: make(map[string]*session), newest: make(map[sessionKey]*session)}
}

// sessionsKept is how long an ended session is at least known as one that has ended, and not as one
// that never was: a client told to wait comes back within minutes.
const sessionsKept = time.Hour

func (s *sessions) add(added *session, lifetime time.Duration) {
	s.forget(added.made.Add(-max(2*lifetime, sessionsKept)))
	s.byID[added.id] = added
	s.newest[added.key] = added
	s.byAge = append(s.byAge, added)
}

func (s *sessions) forget(before time.Time) {
	for len(s.byAge) > 0 && s.byAge[0].made.Before(before) {
		old := s.byAge[0]
		s.byAge = s.byAge[1:]
		if !old.used {
			delete(s.byID, old.id)
		}
		if s.newest[old.key] == old {
			delete(s.newest, old.key)
		}
	}
}

type inquiryBody struct {
	head
	ReferenceNo              string      `json:"referenceNo"`
	PartnerReferenceNo       string      `json:"partnerReferenceNo"`
	BeneficiaryAccountNumber string      `json:"beneficiaryAccountNumber"`
	BeneficiaryAccountName   string      `json:"beneficiaryAccountName"`
	BeneficiaryBankCode      string      `json:"beneficiaryBankCode"`
	BeneficiaryBankShortName string      `json:"beneficiaryBankShortName"`
	BeneficiaryBankName      string      `json:"beneficiaryBankName"`
	Amount                   money       `json:"amount"`
	SessionID                string      `json:"sessionId"`
	AdditionalInfo           inquiryMore `json:"additionalInfo"`
}

type inquiryMore struct {
	SenderCountryCode   string `json:"senderCountryCode"`
	ForexRate           string `json:"forexRate"`
	ForexOriginCurrency string `json:"forexOriginCurrency"`
	FeeAmount           string `json:"feeAmount"`
	FeeCurrency         string `json:"feeCurrency"`
	BeneficiaryAmount   string `json:"beneficiaryAmount"`
	ReferenceNumber     string `json:"referenceNumber"`
}

// inquire answers who owns an account and opens a session.
func (s *Simulator) inquire(c *call, now time.Time) *answer {
	bank, number := c.fields["additionalInfo.beneficiaryBankCode"], c.fields["beneficiaryAccountNumber"]
	account, amount := s.account(bank, number), c.amount()
	switch {
	case account.Behaviour == Unknown:
		return refuse(404, "11", "Invalid Card/Account/Customer")
	case account.Behaviour == Inactive:
		return refuse(403, "18", "Inactive Card/Account/Customer")
	case amount > s.config.MaxAmount:
		return refuse(403, "02", "Exceeds Transaction Amount Limit")
	}
	opened := &session{id: s.sessionID(), key: sessionKey(order{bank, number, amount}.clone()), made: now}
	s.sessions.add(opened, s.config.SessionLifetime)
	holder := s.holder(account, bank, number, c.fields["additionalInfo.beneficiaryAccountName"])
	more := inquiryMore{
		SenderCountryCode: c.fields["additionalInfo.senderCountryCode"],
		ForexRate:         "1.00", ForexOriginCurrency: "IDR",
		FeeAmount: decimal(s.config.Fee), FeeCurrency: "IDR",
		BeneficiaryAmount: decimal(amount), ReferenceNumber: s.uuid(),
	}
	return success(told{amount: amount, reference: c.fields["partnerReferenceNo"]}, func(h head, told told) any {
		return inquiryBody{h, opened.id, told.reference, number, holder, bank, bankName(bank), bankName(bank),
			rupiah(told.amount), opened.id, more}
	})
}

// sessionID looks like the provider's: I and 16 digits. The step has no factor in common with
// 10^16, so that none repeats within the life of a simulator.
func (s *Simulator) sessionID() string {
	const step, modulus = 9_876_543_211, 10_000_000_000_000_000
	s.lastSession = (s.lastSession + step) % modulus
	return fmt.Sprintf("I%016d", s.lastSession)
}

// uuid gives out a random UUID of version 4; the seed decides which.
func (s *Simulator) uuid() string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], s.random.Uint64())
	binary.BigEndian.PutUint64(raw[8:], s.random.Uint64())
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	text := make([]byte, 0, 36)
	for i, end := range []int{4, 6, 8, 10, 16} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, raw[[]int{0, 4, 6, 8, 10}[i]:end])
	}
	return string(text)
}
