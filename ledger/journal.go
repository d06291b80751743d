package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// The journal is stored in blocks, one a commit, under the number of the block's first event.
// Each event's hash covers the one before; a block stores only its last, since the others
// follow from it and the block before. That is a third of the size of a hash for each event,
// and proves as much.

// tail is the end of the journal: the last event's number and hash.
type tail struct {
	sequence uint64
	hash     [32]byte
}

type blockRecord struct {
	Events []eventRecord `cbor:"0,keyasint"`
	Hash   [32]byte      `cbor:"1,keyasint"` // of the last event
}

// link returns the hash of an event: SHA-256(hash before, number, encoding).
func link(before [32]byte, sequence uint64, record eventRecord) ([32]byte, error) {
	data, err := encoding.Marshal(record)
	if err != nil {
		return [32]byte{}, fmt.Errorf("encode event: %w", err)
	}
	h := sha256.New()
	h.Write(before[:])
	h.Write(key64(sequence))
	h.Write(data)
	return [32]byte(h.Sum(nil)), nil
}

// add puts an event at the end of the group's block.
func (g *group) add(event eventRecord) {
	event.At = milliseconds(g.now)
	g.block = append(g.block, event)
}

// writeBlock chains and writes the group's events and returns the new end of the journal.
func (g *group) writeBlock() (tail, error) {
	if len(g.block) == 0 {
		return g.tail, nil
	}
	after := g.tail
	for _, event := range g.block {
		after.sequence++
		var err error
		if after.hash, err = link(after.hash, after.sequence, event); err != nil {
			return tail{}, err
		}
	}
	bucket := g.tx.Bucket(journalBucket)
	bucket.FillPercent = 0.95 // keys only grow, so pages are filled once and left
	value, err := seal(string(journalBucket), key64(g.tail.sequence+1), blockRecord{Events: g.block, Hash: after.hash})
	if err != nil {
		return tail{}, err
	}
	return after, bucket.Put(key64(g.tail.sequence+1), value)
}

// readTail reads the last block. An empty journal ends before event 1 with a zero hash.
func readTail(tx *bolt.Tx) (tail, error) {
	key, value := tx.Bucket(journalBucket).Cursor().Last()
	if key == nil {
		return tail{}, nil
	}
	var block blockRecord
	if err := unseal(string(journalBucket), key, value, &block); err != nil {
		return tail{}, err
	}
	return tail{sequence: binary.BigEndian.Uint64(key) + uint64(len(block.Events)) - 1, hash: block.Hash}, nil
}

// eachBlock walks the journal from the block that holds event first (1 for the whole journal).
func eachBlock(tx *bolt.Tx, first uint64, visit func(sequence uint64, block blockRecord) error) error {
	cursor := tx.Bucket(journalBucket).Cursor()
	key, value := cursor.Seek(key64(first))
	if key == nil {
		key, value = cursor.Last()
	} else if binary.BigEndian.Uint64(key) > first {
		if key, value = cursor.Prev(); key == nil { // the event is inside the block before
			key, value = cursor.First()
		}
	}
	for ; key != nil; key, value = cursor.Next() {
		var block blockRecord
		if err := unseal(string(journalBucket), key, value, &block); err != nil {
			return err
		}
		if err := visit(binary.BigEndian.Uint64(key), block); err != nil {
			return err
		}
	}
	return nil
}
