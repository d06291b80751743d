package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// The few records of batches and of the ledger itself are CBOR (RFC 8949) in its core deterministic
// form, with small integers as field keys: the same bytes for the same record, and open for further
// fields. Payouts and events are packed (packing.go). Every stored value ends with a CRC-32C over
// where it is stored and what it says, because bbolt has no checksum of its own over values: a
// flipped bit or a record in another one's place is found when it is read.

// ErrDamaged means that a record's checksum or form is wrong: the file was damaged or altered.
// Nothing may be paid from such a ledger.
var ErrDamaged = errors.New("the ledger is damaged")

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	encoding   = must(cbor.CoreDetEncOptions().EncMode())
	decoding   = must(cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		MaxArrayElements: recordElementsMax,
		MaxNestedLevels:  8, // records are two deep
		// What a bank answers, or a file in another encoding says, need not be UTF-8. It is written
		// as it came, so it has to be readable as it was written.
		UTF8: cbor.UTF8DecodeInvalid,
	}.DecMode())
)

// recordElementsMax bounds the further columns of a batch and of a line. A damaged length cannot
// make us allocate more. Create refuses what could not be read back.
const recordElementsMax = 16 * groupMax

func must[T any](value T, err error) T {
	if err != nil {
		panic(err) // constant options; only a programming error gets here
	}
	return value
}

// place is where records stand; their checksums cover it.
type place struct {
	name string
	seed uint32
}

func placeOf(name string) place {
	return place{name, crc32.Update(0, castagnoli, []byte(name))}
}

func (at place) checksum(key, data []byte) uint32 {
	return crc32.Update(crc32.Update(at.seed, castagnoli, key), castagnoli, data)
}

// intact returns what a stored value holds before its checksum, when the two agree.
func (at place) intact(key, value []byte) ([]byte, error) {
	if len(value) < 5 {
		return nil, fmt.Errorf("%w: %s record %x is cut short", ErrDamaged, at.name, key)
	}
	data, sum := value[:len(value)-4], binary.BigEndian.Uint32(value[len(value)-4:])
	if at.checksum(key, data) != sum {
		return nil, fmt.Errorf("%w: %s record %x does not match its checksum", ErrDamaged, at.name, key)
	}
	return data, nil
}

// seal encodes record for storage under bucket and key.
func seal(bucket string, key []byte, record any) ([]byte, error) {
	data, err := encoding.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("encode %s record: %w", bucket, err)
	}
	return binary.BigEndian.AppendUint32(data, placeOf(bucket).checksum(key, data)), nil
}

// unseal checks a stored value and decodes it into record. What it leaves in record does not
// point into value, so it stays good after the transaction.
func unseal(bucket string, key, value []byte, record any) error {
	data, err := placeOf(bucket).intact(key, value)
	if err != nil {
		return err
	}
	if err := decoding.Unmarshal(data, record); err != nil {
		return fmt.Errorf("%w: %s record %x cannot be read: %v", ErrDamaged, bucket, key, err)
	}
	return nil
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
	Base            string   `cbor:"14,keyasint,omitempty"`
	Replaces        int      `cbor:"15,keyasint,omitempty"`
}

func newBatchRecord(b Batch, firstEvent uint64) batchRecord {
	return batchRecord{
		ID: b.ID, ReferencePrefix: b.ReferencePrefix, Digest: b.Digest, LinesDigest: b.LinesDigest, Period: b.Period,
		File: b.File, FileSHA256: b.FileSHA256, ExtraColumns: b.ExtraColumns, Lines: b.Lines, Total: b.Total,
		CreatedAt: milliseconds(b.CreatedAt), CreatedBy: b.CreatedBy, Rehearsal: b.Rehearsal, FirstEvent: firstEvent, Base: b.Base, Replaces: b.Replaces,
	}
}

func (r batchRecord) batch() Batch {
	return Batch{
		ID: r.ID, ReferencePrefix: r.ReferencePrefix, Digest: r.Digest, LinesDigest: r.LinesDigest, Period: r.Period,
		File: r.File, FileSHA256: r.FileSHA256, ExtraColumns: r.ExtraColumns, Lines: r.Lines, Total: r.Total,
		CreatedAt: instant(r.CreatedAt), CreatedBy: r.CreatedBy, Rehearsal: r.Rehearsal, Base: r.Base, Replaces: r.Replaces,
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
