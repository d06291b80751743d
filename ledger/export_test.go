package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
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
	OutcomesWait      = outcomesWait
	IntentsWait       = intentsWait
)

// OnCrashPoint calls hook at every durable write until the test ends. Set it while no ledger is open.
func OnCrashPoint(t testing.TB, hook func(point string)) {
	before := crashPoint
	crashPoint = hook
	t.Cleanup(func() { crashPoint = before })
}

// OnVerifying runs hook at the beginning of every verification in the background, until the test ends.
func OnVerifying(t testing.TB, hook func(context.Context)) {
	before := verifying
	verifying = hook
	t.Cleanup(func() { verifying = before })
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
func PeekStatus(p Payout) Status {
	record := newPayoutRecord(p)
	return peekStatus(sealPayout(payoutPlace(1), key32(uint32(p.Number)), &record))
}

// RoundTrip stores p's record and reads it back.
func RoundTrip(p Payout) (Payout, error) {
	key, record := key32(uint32(p.Number)), newPayoutRecord(p)
	value := sealPayout(payoutPlace(1), key, &record)
	err := unsealPayout(payoutPlace(1), key, value, &record)
	return record.payout(p.Batch, p.Number), err
}

// RoundTripBlock stores events as one block and reads them back; stored is what a block has between
// its head and its checksum.
func RoundTripBlock(events []eventRecord) (back []eventRecord, stored []byte, err error) {
	var all blockPacking
	for i := range events {
		all.event(&events[i])
	}
	var block blockRecord
	_, err = block.read(key64(1), sealBlock(key64(1), [32]byte{}, len(events), all.data), false)
	return block.Events, all.data, err
}

// ReadForged reads bytes as a block of count events, and as a payout, each with a checksum that fits.
func ReadForged(count int, data []byte) error {
	var block blockRecord
	sealed := sealBlock(key64(1), [32]byte{}, count, data)
	_, err := block.read(key64(1), sealed, false)
	if _, brief := block.read(key64(1), sealed, true); (brief == nil) != (err == nil) {
		panic("to read briefly makes a difference")
	}
	key, at := key32(1), payoutPlace(1)
	value := append([]byte{1}, data...)
	_ = unsealPayout(at, key, binary.BigEndian.AppendUint32(value, at.checksum(key, value)), &payoutRecord{})
	return err
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
	key, table := key32(uint32(line)), payoutsOf(x.tx, batch)
	var record payoutRecord
	if err := unsealPayout(table.at, key, table.bucket.Get(key), &record); err != nil {
		return err
	}
	change(&record)
	return table.bucket.Put(key, sealPayout(table.at, key, &record))
}

// Garble flips a bit of a payout's record and leaves the checksum as it was.
func (x *Tampering) Garble(batch uint32, line, at int) error {
	key, bucket := key32(uint32(line)), payoutsOf(x.tx, batch).bucket
	value := append([]byte(nil), bucket.Get(key)...)
	value[at] ^= 4
	return bucket.Put(key, value)
}

// CopyPayout puts a payout's record in under another line, as if it had come in too.
func (x *Tampering) CopyPayout(batch uint32, from, to int) error {
	var record payoutRecord
	table := payoutsOf(x.tx, batch)
	if err := unsealPayout(table.at, key32(uint32(from)), table.bucket.Get(key32(uint32(from))), &record); err != nil {
		return err
	}
	record.Ordinal++
	key := key32(uint32(to))
	return table.bucket.Put(key, sealPayout(table.at, key, &record))
}

// DropPayout removes a payout's record.
func (x *Tampering) DropPayout(batch uint32, line int) error {
	return payoutsOf(x.tx, batch).bucket.Delete(key32(uint32(line)))
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
	if err := eachBlock(x.tx, 1, false, func(sequence uint64, block *blockRecord) error {
		blocks = append(blocks, Block{sequence, slices.Clone(block.Events), block.Hash})
		return nil
	}); err != nil {
		return err
	}
	blocks = change(blocks)
	if err := x.tx.DeleteBucket(journalBucket); err != nil {
		return err
	}
	bucket, err := x.tx.CreateBucket(journalBucket)
	for _, b := range blocks {
		var all blockPacking
		for i := range b.Events {
			all.event(&b.Events[i])
		}
		err = errors.Join(err, bucket.Put(key64(b.First), sealBlock(key64(b.First), b.Hash, len(b.Events), all.data)))
	}
	return err
}

// Rechain numbers and hashes the blocks anew, from the first that differs to the last, as a
// forger would who has read this package.
func Rechain(blocks []Block) []Block {
	var at tail
	for i := range blocks {
		blocks[i].First = at.sequence + 1
		var all blockPacking
		for j := range blocks[i].Events {
			from := len(all.data)
			all.event(&blocks[i].Events[j])
			at.sequence++
			at.hash = link(at.hash, at.sequence, blocks[i].First, all.data[from:])
		}
		blocks[i].Hash = at.hash
	}
	return blocks
}

// Split makes the last event of the first block a block of its own, as a forger would who keeps every
// event's bytes: those of the last say something else without the events before it.
func Split(blocks []Block) []Block {
	head := blocks[0]
	last := len(head.Events) - 1
	var all blockPacking
	from := 0
	for i := range head.Events {
		from = len(all.data)
		all.event(&head.Events[i])
	}
	alone, cut := blockPacking{packing: packing{data: all.data[from:], reading: true}}, eventRecord{}
	if alone.event(&cut); alone.broken {
		panic("the last event needs a word of those before it")
	}
	head.Events = head.Events[:last]
	end := Block{head.First + uint64(last), []eventRecord{cut}, head.Hash}
	return append(Rechain([]Block{head}), append([]Block{end}, blocks[1:]...)...)
}

// BlockACommit gives each commit a block of its own until the test ends, for tests that tell commits
// apart by it.
func BlockACommit(t testing.TB) {
	shareBlocks = false
	t.Cleanup(func() { shareBlocks = true })
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
	for id := 0; id < int(tx.Size()/pageSize); id = len(kinds) {
		info, err := tx.Page(id)
		if err != nil {
			return nil, errors.Join(err, tx.Rollback(), db.Close())
		}
		if kinds = append(kinds, info.Type); info.Type == "free" { // whatever stands there means nothing
			continue
		}
		for range info.OverflowCount {
			kinds = append(kinds, info.Type+" (continued)")
		}
		if len(kinds) > int(tx.Size()/pageSize) {
			return nil, fmt.Errorf("page %d overflows the file", id)
		}
	}
	return kinds, errors.Join(tx.Rollback(), db.Close())
}

// Usage returns how many pages of the file at rest hold something, and how many are free.
func Usage(path string) (used, free int, err error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout})
	if err != nil {
		return 0, 0, err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		used = int(tx.Size() / pageSize)
		for id := range used {
			if info, err := tx.Page(id); err != nil {
				return err
			} else if info.Type == "free" {
				free++
			}
		}
		return nil
	})
	return used - free, free, errors.Join(err, db.Close())
}

// NativeUint64 reads a number as the database writes it.
func NativeUint64(b []byte) uint64 { return binary.NativeEndian.Uint64(b) }

// Records that tests alter.
type (
	PayoutRecord = payoutRecord
	BatchRecord  = batchRecord
	TallyRecord  = tallyRecord
	MetaRecord   = metaRecord
	EventRecord  = eventRecord
)
