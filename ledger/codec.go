package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// Records are CBOR (RFC 8949) in its core deterministic form, with small integers as field
// keys: compact, the same bytes for the same record (the hash chain needs that), and open for
// further fields. Every stored value ends with a CRC-32C over where it is stored and what it
// says, because bbolt has no checksum of its own over values: a flipped bit or a record in
// another one's place is found when it is read.

// ErrDamaged means that a record's checksum or form is wrong: the file was damaged or altered.
// Nothing may be paid from such a ledger.
var ErrDamaged = errors.New("the ledger is damaged")

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	encoding   = must(cbor.CoreDetEncOptions().EncMode())
	decoding   = must(cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		MaxArrayElements: recordElementsMax,
		MaxNestedLevels:  8, // a journal block of events with evidence is four deep
		// What a bank answers, or a file in another encoding says, need not be UTF-8. It is written
		// as it came, so it has to be readable as it was written.
		UTF8: cbor.UTF8DecodeInvalid,
	}.DecMode())
)

// recordElementsMax bounds what one record may hold: a journal block of groupMax moves with
// their steps, or the extra columns of a line. A damaged length cannot make us allocate more.
// Create and Submit refuse what could not be read back.
const recordElementsMax = 16 * groupMax

func must[T any](value T, err error) T {
	if err != nil {
		panic(err) // constant options; only a programming error gets here
	}
	return value
}

// seal encodes record for storage under bucket and key.
func seal(bucket string, key []byte, record any) ([]byte, error) {
	data, err := encoding.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("encode %s record: %w", bucket, err)
	}
	return binary.BigEndian.AppendUint32(data, checksum(bucket, key, data)), nil
}

// unseal checks a stored value and decodes it into record. What it leaves in record does not
// point into value, so it stays good after the transaction.
func unseal(bucket string, key, value []byte, record any) error {
	data, err := intact(bucket, key, value)
	if err != nil {
		return err
	}
	if err := decoding.Unmarshal(data, record); err != nil {
		return fmt.Errorf("%w: %s record %x cannot be read: %v", ErrDamaged, bucket, key, err)
	}
	return nil
}

// intact returns what a stored value holds before its checksum, when the two agree.
func intact(bucket string, key, value []byte) ([]byte, error) {
	if len(value) < 5 {
		return nil, fmt.Errorf("%w: %s record %x is cut short", ErrDamaged, bucket, key)
	}
	data, sum := value[:len(value)-4], binary.BigEndian.Uint32(value[len(value)-4:])
	if checksum(bucket, key, data) != sum {
		return nil, fmt.Errorf("%w: %s record %x does not match its checksum", ErrDamaged, bucket, key)
	}
	return data, nil
}

func checksum(bucket string, key, data []byte) uint32 {
	sum := crc32.Update(0, castagnoli, []byte(bucket))
	sum = crc32.Update(sum, castagnoli, key)
	return crc32.Update(sum, castagnoli, data)
}

// payoutRecord is a Payout as stored; its line number and batch are in its key.
// Field numbers are part of the format: never give one a new meaning.
type payoutRecord struct {
	Status        Status   `cbor:"0,keyasint"`
	EmployeeID    string   `cbor:"1,keyasint"`
	Name          string   `cbor:"2,keyasint"`
	BankCode      string   `cbor:"3,keyasint"`
	AccountNumber string   `cbor:"4,keyasint"`
	Amount        Sen      `cbor:"5,keyasint"`
	Phone         string   `cbor:"6,keyasint,omitempty"`
	Email         string   `cbor:"7,keyasint,omitempty"`
	Remark        string   `cbor:"8,keyasint,omitempty"`
	CostCenter    string   `cbor:"9,keyasint,omitempty"`
	PayType       string   `cbor:"10,keyasint,omitempty"`
	Session       string   `cbor:"11,keyasint,omitempty"`
	InquiredAt    int64    `cbor:"12,keyasint,omitempty"` // Unix milliseconds, as all times here
	HolderName    string   `cbor:"13,keyasint,omitempty"`
	NameScore     int      `cbor:"14,keyasint,omitempty"` // ten-thousandths
	Fee           Sen      `cbor:"15,keyasint,omitempty"`
	Attempts      int      `cbor:"16,keyasint,omitempty"`
	ExternalID    string   `cbor:"17,keyasint,omitempty"`
	TransferredAt int64    `cbor:"18,keyasint,omitempty"`
	ProviderRef   string   `cbor:"19,keyasint,omitempty"`
	SettledAt     int64    `cbor:"20,keyasint,omitempty"`
	Reason        string   `cbor:"21,keyasint,omitempty"`
	Hold          Hold     `cbor:"22,keyasint,omitempty"`
	Born          Status   `cbor:"23,keyasint,omitempty"` // Held when it was held from the beginning
	RetryOf       string   `cbor:"24,keyasint,omitempty"`
	Extra         []string `cbor:"25,keyasint,omitempty"`
	ReturnedAt    int64    `cbor:"26,keyasint,omitempty"`
	NotFoundSince int64    `cbor:"27,keyasint,omitempty"`
	NotFoundCount int      `cbor:"28,keyasint,omitempty"`
	Flags         uint8    `cbor:"29,keyasint,omitempty"`
	DuplicateOf   string   `cbor:"30,keyasint,omitempty"`
	SharedWith    string   `cbor:"31,keyasint,omitempty"`
	DepartureMark string   `cbor:"32,keyasint,omitempty"`
	Ordinal       int      `cbor:"33,keyasint"`
	LastAnswerAt  int64    `cbor:"34,keyasint,omitempty"`
	NotFoundFor   int64    `cbor:"35,keyasint,omitempty"` // milliseconds, as NotFoundAfter
	NotFoundAfter int64    `cbor:"36,keyasint,omitempty"`
	Answers       int      `cbor:"37,keyasint,omitempty"`
	LastAnswer    Answer   `cbor:"38,keyasint,omitempty"`
}

// Bits of payoutRecord.Flags.
const (
	flagUnpaidSeen = 1 << iota
	flagAwaitsPerson
	flagAcceptDuplicate
	flagAcceptFee
	flagProviderKnows
)

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
		NotFoundAfter: p.NotFoundAfter.Milliseconds(),
		Flags:         flag(p.UnpaidSeen, flagUnpaidSeen) | flag(p.AwaitsPerson, flagAwaitsPerson) | flag(p.AcceptDuplicate, flagAcceptDuplicate) | flag(p.AcceptFee, flagAcceptFee) | flag(p.ProviderKnows, flagProviderKnows),
	}
}

func (r payoutRecord) payout(batch string, line int) Payout {
	return Payout{
		Batch: batch, Ordinal: r.Ordinal, Status: r.Status,
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

// milliseconds and instant keep "not known" as zero; times come back in WIB.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).In(WIB)
}

// batchRecord is a Batch as stored; its number is its key.
type batchRecord struct {
	ID              string   `cbor:"0,keyasint"`
	ReferencePrefix string   `cbor:"1,keyasint"`
	Digest          [32]byte `cbor:"2,keyasint"`
	LinesDigest     [32]byte `cbor:"3,keyasint"`
	Period          string   `cbor:"4,keyasint"`
	File            string   `cbor:"5,keyasint"`
	FileSHA256      [32]byte `cbor:"6,keyasint"`
	ExtraColumns    []string `cbor:"7,keyasint,omitempty"`
	Lines           int      `cbor:"8,keyasint"`
	Total           Sen      `cbor:"9,keyasint"`
	CreatedAt       int64    `cbor:"10,keyasint"`
	CreatedBy       string   `cbor:"11,keyasint"`
	Rehearsal       bool     `cbor:"12,keyasint,omitempty"`
	FirstEvent      uint64   `cbor:"13,keyasint"`
}

func newBatchRecord(b Batch, firstEvent uint64) batchRecord {
	return batchRecord{
		ID: b.ID, ReferencePrefix: b.ReferencePrefix, Digest: b.Digest, LinesDigest: b.LinesDigest, Period: b.Period,
		File: b.File, FileSHA256: b.FileSHA256, ExtraColumns: b.ExtraColumns, Lines: b.Lines, Total: b.Total,
		CreatedAt: milliseconds(b.CreatedAt), CreatedBy: b.CreatedBy, Rehearsal: b.Rehearsal, FirstEvent: firstEvent,
	}
}

func (r batchRecord) batch() Batch {
	return Batch{
		ID: r.ID, ReferencePrefix: r.ReferencePrefix, Digest: r.Digest, LinesDigest: r.LinesDigest, Period: r.Period,
		File: r.File, FileSHA256: r.FileSHA256, ExtraColumns: r.ExtraColumns, Lines: r.Lines, Total: r.Total,
		CreatedAt: instant(r.CreatedAt), CreatedBy: r.CreatedBy, Rehearsal: r.Rehearsal,
	}
}

// tallyRecord is what is summed over a batch's payouts, kept with every commit so that nobody
// has to walk a million payouts to show where a batch stands. Verify recomputes it.
type tallyRecord struct {
	Counts    [Returned + 1]int `cbor:"0,keyasint"`
	Amounts   [Returned + 1]Sen `cbor:"1,keyasint"`
	Fees      [Returned + 1]Sen `cbor:"2,keyasint"`
	Opening   Sen               `cbor:"3,keyasint,omitempty"`
	OpenedAt  int64             `cbor:"4,keyasint,omitempty"`
	Closing   Sen               `cbor:"5,keyasint,omitempty"`
	ClosedAt  int64             `cbor:"6,keyasint,omitempty"`
	LastEvent uint64            `cbor:"7,keyasint"`
	Moved     bool              `cbor:"8,keyasint,omitempty"` // money, since the closing balance was read
	Decided   bool              `cbor:"9,keyasint,omitempty"` // a person ended a doubt: that transfer may have been paid after all
	// What the other batches of the ledger had out of the deposit when the balances were read.
	OthersOpening Sen `cbor:"10,keyasint,omitempty"`
	OthersClosing Sen `cbor:"11,keyasint,omitempty"`
}

func (t *tallyRecord) add(p Payout, sign int) {
	t.Counts[p.Status] += sign
	t.Amounts[p.Status] += Sen(sign) * p.Amount
	t.Fees[p.Status] += Sen(sign) * p.Fee
}

func (t tallyRecord) summary(b Batch) Summary {
	s := Summary{
		Batch: b, ByStatus: map[Status]Count{}, Fees: t.Fees[Settled] + t.Fees[Returned], TransitFees: t.Fees[Pending] + t.Fees[Submitting],
		Balance: Balance{
			Opening: t.Opening, OpenedAt: instant(t.OpenedAt), HasOpened: t.OpenedAt != 0,
			Closing: t.Closing, ClosedAt: instant(t.ClosedAt), HasClosed: t.ClosedAt != 0, Moved: t.Moved,
			Others: t.others(),
		},
	}
	for _, status := range Statuses() {
		if t.Counts[status] != 0 {
			s.ByStatus[status] = Count{Count: t.Counts[status], Amount: t.Amounts[status]}
		}
	}
	return s
}

// others is what the other batches took out of the deposit between the two readings.
func (t tallyRecord) others() Sen {
	if t.OpenedAt == 0 || t.ClosedAt == 0 {
		return 0
	}
	return t.OthersClosing - t.OthersOpening
}

// out is what a batch has out of the deposit: what was paid or may have been, with the fees, less
// what came back.
func (t tallyRecord) out() Sen {
	sum := t.Fees[Returned]
	for _, status := range []Status{Submitting, Pending, Settled} {
		sum += t.Amounts[status] + t.Fees[status]
	}
	return sum
}

// eventRecord is an Event as stored in a block; its number follows from the block's key.
type eventRecord struct {
	At       int64          `cbor:"0,keyasint"`
	Kind     Kind           `cbor:"1,keyasint"`
	Batch    uint32         `cbor:"2,keyasint,omitempty"`
	Line     int            `cbor:"3,keyasint,omitempty"`
	From     Status         `cbor:"4,keyasint,omitempty"`
	To       Status         `cbor:"5,keyasint,omitempty"`
	Actor    string         `cbor:"6,keyasint,omitempty"`
	Evidence evidenceRecord `cbor:"7,keyasint,omitempty"` // left out when all of it is: the same bytes after reading back
	Record   []byte         `cbor:"8,keyasint,omitempty"` // digest of the payout's record, or the batch's, as the event left it
}

type evidenceRecord struct {
	Code              string `cbor:"0,keyasint,omitempty"`
	Message           string `cbor:"1,keyasint,omitempty"`
	TransferStatus    string `cbor:"2,keyasint,omitempty"`
	ExternalID        string `cbor:"3,keyasint,omitempty"`
	Session           string `cbor:"4,keyasint,omitempty"`
	ProviderReference string `cbor:"5,keyasint,omitempty"`
	BodyDigest        []byte `cbor:"6,keyasint,omitempty"`
	Reason            string `cbor:"7,keyasint,omitempty"`
	Amount            Sen    `cbor:"8,keyasint,omitempty"`
	Digest            []byte `cbor:"9,keyasint,omitempty"`
	Answer            Answer `cbor:"10,keyasint,omitempty"`
	NotFoundAfter     int64  `cbor:"11,keyasint,omitempty"` // milliseconds, as Waited
	Waited            int64  `cbor:"12,keyasint,omitempty"`
	Proof             Proof  `cbor:"13,keyasint,omitempty"`
	Others            Sen    `cbor:"14,keyasint,omitempty"`
}

func newEvidenceRecord(e Evidence) evidenceRecord {
	return evidenceRecord{
		Code: e.Code, Message: e.Message, TransferStatus: e.TransferStatus, ExternalID: e.ExternalID, Session: e.Session,
		ProviderReference: e.ProviderReference, BodyDigest: e.BodyDigest, Reason: e.Reason, Amount: e.Amount, Digest: e.Digest,
		Answer: e.Answer, NotFoundAfter: (e.NotFoundAfter + time.Millisecond - 1).Milliseconds(), Waited: e.Waited.Milliseconds(), Proof: e.Proof,
		Others: e.Others,
	}
}

func (r evidenceRecord) evidence() Evidence {
	return Evidence{
		Code: r.Code, Message: r.Message, TransferStatus: r.TransferStatus, ExternalID: r.ExternalID, Session: r.Session,
		ProviderReference: r.ProviderReference, BodyDigest: r.BodyDigest, Reason: r.Reason, Amount: r.Amount, Digest: r.Digest,
		Answer: r.Answer, NotFoundAfter: duration(r.NotFoundAfter), Waited: duration(r.Waited), Proof: r.Proof,
		Others: r.Others,
	}
}
