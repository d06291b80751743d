package simulator

import (
	"fmt"
	"strings"
	"time"
)

// order is the content of a transfer: what must not differ between two requests of one reference.
type order struct {
	bank, account string
	amount        int64
}

// clone is a copy that does not hold the request's body in memory.
func (o order) clone() order {
	o.bank, o.account = strings.Clone(o.bank), strings.Clone(o.account)
	return o
}

// reference is everything that was seen of one partnerReferenceNo in transfers.
type reference struct {
	name     string
	order    order
	requests int
	lost     bool   // a request was lost by the behaviour of its account
	denied   bool   // a fault said that nothing was processed although it was: a repeat is no mistake
	debit    *Debit // nil until one took effect
}

// seeTransfer keeps count of a signed transfer request, whatever becomes of it, and notes when it
// contradicts or repeats an earlier one.
func (s *Simulator) seeTransfer(c *call) {
	name := c.fields["partnerReferenceNo"]
	wanted := c.order()
	seen, known := s.references[name]
	if !known {
		name = strings.Clone(name)
		seen = &reference{name: name, order: wanted.clone()}
		s.references[name] = seen
	}
	seen.requests++
	if seen.order != wanted {
		c.breach("partnerReferenceNo", fmt.Sprintf("transfer %s was asked for with another bank, account or amount before", name), nil)
	}
	if seen.debit != nil && !seen.denied {
		c.breach("partnerReferenceNo", fmt.Sprintf("transfer %s was sent again after it had taken effect", name), nil)
	}
}

func (c *call) order() order {
	return order{c.fields["beneficiaryBankCode"], c.fields["beneficiaryAccountNumber"], c.amount()}
}

type transferBody struct {
	head
	ReferenceNo        string       `json:"referenceNo"`
	PartnerReferenceNo string       `json:"partnerReferenceNo"`
	TransactionDate    string       `json:"transactionDate"`
	ReferenceNumber    string       `json:"referenceNumber"`
	AdditionalInfo     transferMore `json:"additionalInfo"`
}

// transferMore has the amount as plain text, unlike every other body.
type transferMore struct {
	SessionID string `json:"sessionId"`
	Amount    string `json:"amount"`
}

// transfer takes a transfer or refuses it, and lets the account's behaviour lose what it loses.
func (s *Simulator) transfer(c *call, now time.Time) *answer {
	seen := s.references[c.fields["partnerReferenceNo"]]
	account := s.account(seen.order.bank, seen.order.account)
	if account.Behaviour == RequestLost && !seen.lost {
		seen.lost = true
		return cutConnection()
	}
	result := s.takeTransfer(c, seen, account, now)
	if account.Behaviour == AnswerLost {
		result.cut = cutBefore
	}
	return result
}

func (s *Simulator) takeTransfer(c *call, seen *reference, account Account, now time.Time) *answer {
	if refusal := repeated(c, seen); refusal != nil {
		return refusal
	}
	session, refusal := s.useSession(c, now)
	if refusal != nil {
		return refusal
	}
	if refusal := s.refuseTransfer(c, account); refusal != nil {
		return refusal
	}
	debit := s.debit(c, seen, session, now)
	s.letHappen(debit, account.Behaviour, now)
	return accepted(debit, s.uuid())
}

// repeated refuses a reference that has its debit already.
func repeated(c *call, seen *reference) *answer {
	switch {
	case seen.debit == nil:
		return nil
	case seen.order != c.order():
		return refuse(404, "18", "Inconsistent Request")
	}
	return refuse(409, "01", "Duplicate partnerReferenceNo")
}

// useSession finds the inquiry that the transfer names (or, under v1.0, the newest that fits it)
// and uses it up: also when the transfer is refused afterwards, one session is one attempt.
func (s *Simulator) useSession(c *call, now time.Time) (*session, *answer) {
	wanted := sessionKey(c.order())
	id := c.fields["sessionId"]
	found := s.sessions.byID[id]
	if id == "" {
		found = s.sessions.newest[wanted]
	}
	switch {
	case found == nil:
		c.breach("sessionId", "no inquiry opened such a session", nil)
		return nil, refuse(404, "01", "Transaction Not Found")
	case found.used:
		c.breach("sessionId", "a transfer has used this session", nil)
		return nil, refuse(409, "02", "Transaction Has Been Processed")
	case found.key.bank != wanted.bank || found.key.account != wanted.account:
		c.breach("sessionId", "the inquiry was about another bank or account", nil)
		return nil, refuse(404, "11", "Invalid Card/Account/Customer")
	case found.key.amount != wanted.amount:
		c.breach("amount.value", "the inquiry was about another amount", nil)
		return nil, refuse(404, "13", "Invalid Amount")
	case now.Sub(found.made) > s.config.SessionLifetime:
		return nil, refuse(403, "00", "Transaction Expired")
	}
	found.used = true
	return found, nil
}

func (s *Simulator) refuseTransfer(c *call, account Account) *answer {
	switch amount := c.amount(); {
	case account.Behaviour == Refused:
		return refuse(403, "05", "Do Not Honor")
	case amount+s.config.Fee > s.book.available:
		return refuse(403, "14", "Insufficient Funds")
	}
	return nil
}

func (s *Simulator) debit(c *call, seen *reference, session *session, now time.Time) *Debit {
	s.lastDebit++
	debit := &Debit{
		Reference:         seen.name,
		ProviderReference: fmt.Sprintf("DK%08d", s.lastDebit),
		Session:           session.id, ExternalID: c.externalID,
		Bank: seen.order.bank, Account: seen.order.account,
		Amount: c.amount(), Fee: s.config.Fee,
		State: Pending, Taken: now, Changed: now,
		remark: strings.Clone(c.fields["additionalInfo.remark"]),
	}
	s.book.take(debit)
	s.byProvider[debit.ProviderReference] = debit
	s.byProvider[debit.Session] = debit
	seen.debit = debit
	return debit
}

// letHappen schedules what becomes of a debit.
func (s *Simulator) letHappen(debit *Debit, behaviour Behaviour, now time.Time) {
	become := func(state State) func(time.Time) {
		return func(at time.Time) { s.book.move(debit, state, at) }
	}
	switch behaviour {
	case PendingForEver:
	case Failing:
		s.later(now, s.config.SettleAfter, become(Failed))
	case UnpaidFailed:
		s.later(now, s.config.UnpaidFor, become(Failed))
	case UnpaidPaid:
		s.later(now, s.config.UnpaidFor, become(Paid))
	case PaidRefunded:
		s.later(now, s.config.SettleAfter, func(at time.Time) {
			become(Paid)(at)
			s.later(at, s.config.RefundAfter, become(Refunded))
		})
	default:
		s.later(now, s.config.SettleAfter, become(Paid))
	}
}

// accepted is the receipt of a debit; number is its referenceNumber, a UUID that means nothing else.
func accepted(debit *Debit, number string) *answer {
	return success(told{amount: debit.Amount, reference: debit.Reference}, func(h head, told told) any {
		return transferBody{h, debit.ProviderReference, told.reference, debit.Taken.In(wib).Format(timestampForm),
			number, transferMore{debit.Session, decimal(told.amount)}}
	})
}

// pretendAccepted is the receipt of a transfer that never was.
func pretendAccepted(c *call) *answer {
	if c.refusal != nil {
		return c.refusal
	}
	return success(told{amount: c.amount(), reference: c.fields["partnerReferenceNo"]}, func(h head, told told) any {
		return transferBody{h, "DK00000000", told.reference, "", "", transferMore{c.fields["sessionId"], decimal(told.amount)}}
	})
}

// TransferRequests tells how many signed transfer requests were seen with a reference, the lost
// and refused ones included; also of references that were never debited.
func (s *Simulator) TransferRequests(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seen, known := s.references[name]; known {
		return seen.requests
	}
	return 0
}
