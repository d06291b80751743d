package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// What the tests need from the inside: the crash points, ways to make writes fail, and a way to
// alter records as somebody would who knows the format and recomputes every checksum.

// Values that tests must know.
const (
	FormatVersion     = formatVersion
	PageSize          = pageSize
	StageLines        = stageLines
	GroupMax          = groupMax
	RecordElementsMax = recordElementsMax
)

// OnCrashPoint calls hook at every durable write until the test ends. Set it while no ledger is open.
func OnCrashPoint(t testing.TB, hook func(point string)) {
	before := crashPoint
	crashPoint = hook
	t.Cleanup(func() { crashPoint = before })
}

// ShortenIDs makes batches take the first free of these lengths, until the test ends.
func ShortenIDs(t testing.TB, lengths ...int) {
	before := idLengths
	idLengths = lengths
	t.Cleanup(func() { idLengths = before })
}

// NoSync stops waiting for the disk: for tests that write much and lose no power.
func (s *Store) NoSync() *Store {
	s.db.NoSync = true
	return s
}

// LimitSize makes every write fail that would make the file larger than bytes.
func (s *Store) LimitSize(bytes int) { s.db.MaxSize = bytes }

// CloseFile closes the file under the database: every later write fails.
func (s *Store) CloseFile() error { return s.file.Close() }

// PeekStatus is peekStatus over a payout as it would be stored.
func PeekStatus(t testing.TB, p Payout) Status {
	value, err := seal("payouts/1", key32(uint32(p.Number)), newPayoutRecord(p))
	if err != nil {
		t.Fatal(err)
	}
	return peekStatus(value)
}

// RoundTrip stores p's record and reads it back.
func RoundTrip(p Payout) (Payout, error) {
	key := key32(uint32(p.Number))
	value, err := seal("payouts/1", key, newPayoutRecord(p))
	if err != nil {
		return Payout{}, err
	}
	var record payoutRecord
	err = unseal("payouts/1", key, value, &record)
	return record.payout(p.Batch, p.Number), err
}

// Tampering alters a closed ledger behind its back, with checksums that fit.
type Tampering struct{ tx *bolt.Tx }

// Block is a journal block.
type Block struct {
	First  uint64
	Events []eventRecord
	Hash   [32]byte
}

// Tamper runs change over the ledger at path.
func Tamper(path string, change func(*Tampering) error) error {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout})
	if err != nil {
		return err
	}
	return errors.Join(db.Update(func(tx *bolt.Tx) error { return change(&Tampering{tx}) }), db.Close())
}

// Payout alters a payout's record.
func (x *Tampering) Payout(batch uint32, line int, change func(*payoutRecord)) error {
	key, bucket := key32(uint32(line)), payoutBucket(x.tx, batch)
	var record payoutRecord
	if err := unseal(payoutScope(batch), key, bucket.Get(key), &record); err != nil {
		return err
	}
	change(&record)
	value, err := seal(payoutScope(batch), key, record)
	if err != nil {
		return err
	}
	return bucket.Put(key, value)
}

// Garble flips a bit of a payout's record and leaves the checksum as it was.
func (x *Tampering) Garble(batch uint32, line, at int) error {
	key, bucket := key32(uint32(line)), payoutBucket(x.tx, batch)
	value := append([]byte(nil), bucket.Get(key)...)
	value[at] ^= 4
	return bucket.Put(key, value)
}

// CopyPayout puts a payout's record in under another line, as if it had come in too.
func (x *Tampering) CopyPayout(batch uint32, from, to int) error {
	var record payoutRecord
	bucket := payoutBucket(x.tx, batch)
	if err := unseal(payoutScope(batch), key32(uint32(from)), bucket.Get(key32(uint32(from))), &record); err != nil {
		return err
	}
	record.Ordinal++
	value, err := seal(payoutScope(batch), key32(uint32(to)), record)
	if err != nil {
		return err
	}
	return bucket.Put(key32(uint32(to)), value)
}

// DropPayout removes a payout's record.
func (x *Tampering) DropPayout(batch uint32, line int) error {
	return payoutBucket(x.tx, batch).Delete(key32(uint32(line)))
}

// Batch alters a batch's record.
func (x *Tampering) Batch(number uint32, change func(*batchRecord)) error {
	return alter(x.tx, batchesBucket, key32(number), change)
}

// DropBatch removes a batch's record.
func (x *Tampering) DropBatch(number uint32) error {
	return x.tx.Bucket(batchesBucket).Delete(key32(number))
}

// Tally alters a batch's sums.
func (x *Tampering) Tally(number uint32, change func(*tallyRecord)) error {
	return alter(x.tx, talliesBucket, key32(number), change)
}

// Meta alters the ledger's own record.
func (x *Tampering) Meta(change func(*metaRecord)) error {
	return alter(x.tx, metaBucket, metaKey, change)
}

// Accept puts in an acceptance that points to event.
func (x *Tampering) Accept(a Acceptance, event uint64) error {
	return writeRecord(x.tx, acceptedBucket, a.key(), acceptedRecord{Event: event})
}

// StagedBatches returns how many batches have lines in the ledger, published or not.
func (x *Tampering) StagedBatches() int {
	n := 0
	_ = x.tx.Bucket(payoutsBucket).ForEachBucket(func([]byte) error { n++; return nil })
	return n
}

func alter[R any](tx *bolt.Tx, bucket, key []byte, change func(*R)) error {
	var record R
	if err := readRecord(tx, bucket, key, &record); err != nil {
		return err
	}
	change(&record)
	return writeRecord(tx, bucket, key, record)
}

// Journal replaces the journal's blocks with what change makes of them. Hashes stay as change
// leaves them.
func (x *Tampering) Journal(change func([]Block) []Block) error {
	var blocks []Block
	if err := eachBlock(x.tx, 1, func(sequence uint64, block blockRecord) error {
		blocks = append(blocks, Block{sequence, block.Events, block.Hash})
		return nil
	}); err != nil {
		return err
	}
	blocks = change(blocks)
	if err := x.tx.DeleteBucket(journalBucket); err != nil {
		return err
	}
	if _, err := x.tx.CreateBucket(journalBucket); err != nil {
		return err
	}
	for _, b := range blocks {
		if err := writeRecord(x.tx, journalBucket, key64(b.First), blockRecord{b.Events, b.Hash}); err != nil {
			return err
		}
	}
	return nil
}

// Rechain numbers and hashes the blocks anew, from the first that differs to the last, as a
// forger would who has read this package.
func Rechain(blocks []Block) []Block {
	var at tail
	for i := range blocks {
		blocks[i].First = at.sequence + 1
		for _, event := range blocks[i].Events {
			at.sequence++
			hash, err := link(at.hash, at.sequence, event)
			if err != nil {
				panic(err)
			}
			at.hash = hash
		}
		blocks[i].Hash = at.hash
	}
	return blocks
}

// Pages tells for each page of the file at rest what it is: "meta", "freelist", "branch", "leaf", "free".
func Pages(path string) (kinds []string, err error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout})
	if err != nil {
		return nil, err
	}
	tx, err := db.Begin(true) // only a writable transaction knows the free pages
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for id := range int(tx.Size() / pageSize) {
		info, err := tx.Page(id)
		if err != nil {
			return nil, errors.Join(err, tx.Rollback(), db.Close())
		}
		kinds = append(kinds, info.Type)
		for range info.OverflowCount {
			kinds = append(kinds, info.Type+" (continued)")
		}
		if len(kinds) > int(tx.Size()/pageSize) {
			return nil, fmt.Errorf("page %d overflows the file", id)
		}
	}
	return kinds, errors.Join(tx.Rollback(), db.Close())
}

// NativeUint64 reads a number as the database writes it.
func NativeUint64(b []byte) uint64 { return binary.NativeEndian.Uint64(b) }

// Records that tests alter.
type (
	PayoutRecord = payoutRecord
	BatchRecord  = batchRecord
	TallyRecord  = tallyRecord
	MetaRecord   = metaRecord
)
