package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// The journal is stored in blocks, under the number of the block's first event. The events of a
// commit go to the end of the last block while it has room, and then into a new one. Each event's
// hash covers the one before; a block stores only its last, since the others follow from it and the
// block before. That is a fraction of the size of a hash for each event, and proves as much.

// blockBytes is how large a stored block may be, unless it has one event only: so that two, with
// what the database adds to each, fill a page. It splits a page that is full after its second
// entry, however many there are.
const blockBytes = (pageSize-pageHeaderBytes)/2 - elementBytes - 8

// shareBlocks is turned off by tests that count the events of a commit.
var shareBlocks = true

// tail is the end of the journal: the last event's number and hash, and the last block.
type tail struct {
	sequence uint64
	hash     [32]byte
	block    openBlock
}

// openBlock is a block that events may still be added to.
type openBlock struct {
	first  uint64 // number of its first event
	count  int
	events blockPacking
}

// blockRecord is a block as it was read.
type blockRecord struct {
	Hash   [32]byte // of the last event
	Events []eventRecord
	packed [][]byte // the events as they are stored
}

var journalPlace = placeOf(string(journalBucket))

// link returns the hash of an event: SHA-256(hash before, number, number of its block's first event, the
// event as it is stored). What is stored is a difference to the events before it in the block, so
// without the block's beginning the same bytes would say something else in a block cut elsewhere.
func link(before [32]byte, sequence, first uint64, packed []byte) [32]byte {
	data := make([]byte, 0, 512)
	data = append(data, before[:]...)
	data = binary.BigEndian.AppendUint64(data, sequence)
	data = binary.BigEndian.AppendUint64(data, first)
	return sha256.Sum256(append(data, packed...))
}

// add puts an event at the end of the group's events.
func (g *group) add(event eventRecord) {
	event.At = milliseconds(g.now)
	g.events = append(g.events, event)
}

// writeEvents chains and writes the group's events and returns the new end of the journal.
func (g *group) writeEvents() (tail, error) {
	if len(g.events) == 0 {
		return g.tail, nil
	}
	bucket, after := g.tx.Bucket(journalBucket), g.tail
	bucket.FillPercent = 1 // keys only grow, so pages are filled once and left
	if !shareBlocks {
		after.block = openBlock{}
	}
	for i := range g.events {
		packed := after.block.add(&g.events[i])
		if packed == nil {
			if err := after.store(bucket); err != nil {
				return tail{}, err
			}
			after.block = openBlock{}
			packed = after.block.add(&g.events[i])
		}
		if after.sequence++; after.block.count == 1 {
			after.block.first = after.sequence
		}
		after.hash = link(after.hash, after.sequence, after.block.first, packed)
	}
	return after, after.store(bucket)
}

// add puts an event at the end of the block and returns it as it is stored; nil when there is no
// room for it.
func (b *openBlock) add(e *eventRecord) []byte {
	before := b.events
	b.events.event(e)
	if b.count > 0 && blockHead+len(b.events.data)+checksumBytes > blockBytes {
		b.events = before
		return nil
	}
	b.count++
	return b.events.data[len(before.data):]
}

// blockHead is what stands before a block's events: the hash of the last, and how many there are.
const blockHead = sha256.Size + 4

const checksumBytes = 4

// store writes the last block.
func (t *tail) store(bucket *bolt.Bucket) error {
	key := key64(t.block.first)
	return bucket.Put(key, sealBlock(key, t.hash, t.block.count, t.block.events.data))
}

func sealBlock(key []byte, last [32]byte, count int, events []byte) []byte {
	value := make([]byte, 0, blockHead+len(events)+checksumBytes)
	value = append(value, last[:]...)
	value = binary.BigEndian.AppendUint32(value, uint32(count))
	value = append(value, events...)
	return binary.BigEndian.AppendUint32(value, journalPlace.checksum(key, value))
}

// read reads a stored block. What it held before is written over. With brief the events lack what
// nobody needs who only checks, and must not outlive the transaction.
func (b *blockRecord) read(key, value []byte, brief bool) (blockPacking, error) {
	data, err := journalPlace.intact(key, value)
	if err == nil && len(data) < blockHead {
		err = fmt.Errorf("%w: journal record %x is cut short", ErrDamaged, key)
	}
	if err != nil {
		return blockPacking{}, err
	}
	b.Hash, b.Events, b.packed = [32]byte(data), b.Events[:0], b.packed[:0]
	count := int(binary.BigEndian.Uint32(data[sha256.Size:]))
	p := blockPacking{packing: packing{data: data[blockHead:], reading: true, brief: brief}}
	for range count {
		rest := p.data
		b.Events = append(b.Events, eventRecord{})
		if p.event(&b.Events[len(b.Events)-1]); p.broken {
			break
		}
		b.packed = append(b.packed, rest[:len(rest)-len(p.data)])
	}
	if p.broken || len(p.data) > 0 || count == 0 {
		return p, fmt.Errorf("%w: journal record %x cannot be read", ErrDamaged, key)
	}
	p.data = data[blockHead:]
	return p, nil
}

// readTail reads the last block. An empty journal ends before event 1 with a zero hash.
func readTail(tx *bolt.Tx) (tail, error) {
	key, value := tx.Bucket(journalBucket).Cursor().Last()
	if key == nil {
		return tail{}, nil
	}
	var block blockRecord
	p, err := block.read(key, value, false)
	if err != nil {
		return tail{}, err
	}
	first, count := binary.BigEndian.Uint64(key), len(block.Events)
	p.data, p.reading = bytes.Clone(p.data), false
	return tail{
		sequence: first + uint64(count) - 1, hash: block.Hash,
		block: openBlock{first: first, count: count, events: p},
	}, nil
}

// eachBlock walks the journal from the block that holds event first (1 for the whole journal). The
// block that visit is given is read over by the next.
func eachBlock(tx *bolt.Tx, first uint64, brief bool, visit func(sequence uint64, block *blockRecord) error) error {
	cursor := tx.Bucket(journalBucket).Cursor()
	key, value := cursor.Seek(key64(first))
	if key == nil {
		key, value = cursor.Last()
	} else if binary.BigEndian.Uint64(key) > first {
		if key, value = cursor.Prev(); key == nil { // the event is inside the block before
			key, value = cursor.First()
		}
	}
	var block blockRecord
	mapped := footprint{tx: tx}
	for ; key != nil; key, value = cursor.Next() {
		mapped.grow(len(value))
		if _, err := block.read(key, value, brief); err != nil {
			return err
		}
		if err := visit(binary.BigEndian.Uint64(key), &block); err != nil {
			return err
		}
	}
	return nil
}
