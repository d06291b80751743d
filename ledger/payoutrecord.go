package ledger

import (
	"encoding/binary"
	"fmt"
	"math"
)

// payoutRecord is a Payout as stored; its line number and batch are in its key.
type payoutRecord struct {
	Status        Status
	EmployeeID    string
	Name          string
	BankCode      string
	AccountNumber string
	Amount        Sen
	Phone         string
	Email         string
	Remark        string
	CostCenter    string
	PayType       string
	Session       string
	InquiredAt    int64 // Unix milliseconds, as all times here
	HolderName    string
	NameScore     int // ten-thousandths
	Fee           Sen
	Attempts      int
	ExternalID    string
	TransferredAt int64
	ProviderRef   string
	SettledAt     int64
	Reason        string
	Hold          Hold
	Born          Status // Held when it was held from the beginning
	RetryOf       string
	Extra         []string
	ReturnedAt    int64
	NotFoundSince int64
	NotFoundCount int
	Flags         uint8
	DuplicateOf   string
	SharedWith    string
	DepartureMark string
	Ordinal       int
	LastAnswerAt  int64
	NotFoundFor   int64 // milliseconds, as NotFoundAfter
	NotFoundAfter int64
	Answers       int
	LastAnswer    Answer
	Changes       []string // see Changes.texts
}

// Bits of payoutRecord.Flags.
const (
	flagUnpaidSeen = 1 << iota
	flagAwaitsPerson
	flagAcceptDuplicate
	flagAcceptFee
	flagProviderKnows
)

// payoutBits is how many bytes say which fields of a payout are there: 40 fields at most.
const payoutBits = 5

// fields writes or reads all but the status. Times are written as what they are later than others.
func (r *payoutRecord) fields(p *packing) {
	at := p.begin(payoutBits)
	p.text(&r.EmployeeID)
	p.text(&r.Name)
	p.text(&r.BankCode)
	p.text(&r.AccountNumber)
	whole(p, &r.Amount, 0)
	p.text(&r.Phone)
	p.text(&r.Email)
	p.text(&r.Remark)
	p.text(&r.CostCenter)
	p.text(&r.PayType)
	p.text(&r.RetryOf)
	p.texts(&r.Extra)
	whole(p, &r.Ordinal, 0)
	whole(p, &r.Born, Queued)
	p.detail(&r.Session)
	whole(p, &r.InquiredAt, 0)
	p.detail(&r.HolderName)
	whole(p, &r.NameScore, 0)
	whole(p, &r.Fee, 0)
	whole(p, &r.Attempts, 0)
	p.detail(&r.ExternalID)
	whole(p, &r.TransferredAt, r.InquiredAt)
	p.detail(&r.ProviderRef)
	whole(p, &r.SettledAt, r.TransferredAt)
	p.text(&r.Reason)
	whole(p, &r.Hold, 0)
	whole(p, &r.ReturnedAt, r.SettledAt)
	whole(p, &r.NotFoundSince, r.TransferredAt)
	whole(p, &r.NotFoundCount, 0)
	whole(p, &r.Flags, 0)
	p.text(&r.DuplicateOf)
	p.text(&r.SharedWith)
	p.detail(&r.DepartureMark)
	whole(p, &r.LastAnswerAt, r.TransferredAt)
	whole(p, &r.NotFoundFor, 0)
	whole(p, &r.NotFoundAfter, 0)
	whole(p, &r.Answers, 0)
	whole(p, &r.LastAnswer, 0)
	p.texts(&r.Changes)
	p.end(at, payoutBits)
}

// sealPayout packs a payout for storage: the status, so that one look tells it, the fields, and a
// checksum.
func sealPayout(at place, key []byte, r *payoutRecord) []byte {
	p := packing{data: make([]byte, 1, 256)}
	p.data[0] = byte(r.Status)
	r.fields(&p)
	return binary.BigEndian.AppendUint32(p.data, at.checksum(key, p.data))
}

// unsealPayout checks a stored payout and reads it.
func unsealPayout(at place, key, value []byte, r *payoutRecord) error {
	return readPayoutRecord(at, key, value, r, false)
}

// readPayoutRecord is unsealPayout, without the details when brief.
func readPayoutRecord(at place, key, value []byte, r *payoutRecord, brief bool) error {
	data, err := at.intact(key, value)
	if err != nil {
		return err
	}
	p := packing{data: data[1:], reading: true, brief: brief}
	*r = payoutRecord{Status: Status(data[0])}
	if r.fields(&p); p.broken || len(p.data) > 0 {
		return fmt.Errorf("%w: %s record %x cannot be read", ErrDamaged, at.name, key)
	}
	return nil
}

// peekStatus reads a stored payout's status without the rest.
func peekStatus(value []byte) Status { return Status(value[0]) }

func newPayoutRecord(p Payout) payoutRecord {
	return payoutRecord{
		Status: p.Status, EmployeeID: p.EmployeeID, Name: p.Name, BankCode: p.BankCode, AccountNumber: p.AccountNumber,
		Amount: p.Amount, Phone: p.Phone, Email: p.Email, Remark: p.Remark, CostCenter: p.CostCenter, PayType: p.PayType,
		Session: p.Session, InquiredAt: milliseconds(p.InquiredAt), HolderName: p.HolderName,
		NameScore: int(math.Round(p.NameScore * 10_000)), Fee: p.Fee, Attempts: p.Attempts, ExternalID: p.ExternalID,
		TransferredAt: milliseconds(p.TransferredAt), ProviderRef: p.ProviderReference, SettledAt: milliseconds(p.SettledAt),
		Reason: p.Reason, Hold: p.Hold, RetryOf: p.RetryOf, Extra: p.Extra, ReturnedAt: milliseconds(p.ReturnedAt),
		NotFoundSince: milliseconds(p.NotFoundSince), NotFoundCount: p.NotFoundCount, DuplicateOf: p.DuplicateOf, SharedWith: p.SharedWith, DepartureMark: p.DepartureMark, Ordinal: p.Ordinal,
		Answers: p.Answers, LastAnswer: p.LastAnswer, LastAnswerAt: milliseconds(p.LastAnswerAt), NotFoundFor: p.NotFoundFor.Milliseconds(),
		NotFoundAfter: p.NotFoundAfter.Milliseconds(), Changes: p.Changes.texts(),
		Flags: flag(p.UnpaidSeen, flagUnpaidSeen) | flag(p.AwaitsPerson, flagAwaitsPerson) | flag(p.AcceptDuplicate, flagAcceptDuplicate) | flag(p.AcceptFee, flagAcceptFee) | flag(p.ProviderKnows, flagProviderKnows),
	}
}

func (r payoutRecord) payout(batch string, line int) Payout {
	return Payout{
		Batch: batch, Ordinal: r.Ordinal, Status: r.Status, Changes: readChanges(r.Changes),
		Line: Line{
			Number: line, EmployeeID: r.EmployeeID, Name: r.Name, BankCode: r.BankCode, AccountNumber: r.AccountNumber,
			Amount: r.Amount, Phone: r.Phone, Email: r.Email, Remark: r.Remark, CostCenter: r.CostCenter, PayType: r.PayType,
			RetryOf: r.RetryOf, Extra: r.Extra,
		},
		State: State{
			Reason: r.Reason, Hold: r.Hold, HolderName: r.HolderName, NameScore: float64(r.NameScore) / 10_000, Fee: r.Fee,
			Session: r.Session, InquiredAt: instant(r.InquiredAt), Attempts: r.Attempts, ExternalID: r.ExternalID,
			TransferredAt: instant(r.TransferredAt), ProviderReference: r.ProviderRef, SettledAt: instant(r.SettledAt),
			ReturnedAt: instant(r.ReturnedAt), UnpaidSeen: r.Flags&flagUnpaidSeen != 0,
			AcceptDuplicate: r.Flags&flagAcceptDuplicate != 0, AcceptFee: r.Flags&flagAcceptFee != 0, DuplicateOf: r.DuplicateOf, SharedWith: r.SharedWith, DepartureMark: r.DepartureMark,
			Doubt: Doubt{
				Answers: r.Answers, LastAnswer: r.LastAnswer, LastAnswerAt: instant(r.LastAnswerAt), NotFoundSince: instant(r.NotFoundSince), NotFoundCount: r.NotFoundCount,
				NotFoundFor: duration(r.NotFoundFor), NotFoundAfter: duration(r.NotFoundAfter), AwaitsPerson: r.Flags&flagAwaitsPerson != 0,
				ProviderKnows: r.Flags&flagProviderKnows != 0,
			},
		},
	}
}

func flag(set bool, bit uint8) uint8 {
	if set {
		return bit
	}
	return 0
}
