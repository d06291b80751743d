package ledger

import (
	"crypto/sha256"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// group collects the changes of one transaction: records are written at once, tallies and
// journal at the end.
type group struct {
	tx      *bolt.Tx
	now     time.Time // of every event of the group
	tail    tail
	events  []eventRecord
	tallies map[uint32]*tallyRecord
	tables  map[uint32]payoutTable
}

func newGroup(tx *bolt.Tx, t tail) *group {
	return &group{tx: tx, now: time.Now(), tail: t, tallies: map[uint32]*tallyRecord{}, tables: map[uint32]payoutTable{}}
}

// table returns where a batch's payouts are.
func (g *group) table(number uint32) payoutTable {
	table, found := g.tables[number]
	if !found {
		table = payoutsOf(g.tx, number)
		g.tables[number] = table
	}
	return table
}

// move applies one move and returns the payout as it is then. Everything is checked before anything
// is written.
func (g *group) move(s *Store, m Move) (Payout, error) {
	number, found := s.number(m.Payout.Batch)
	if !found {
		return Payout{}, fmt.Errorf("%w: batch %s", ErrUnknownPayout, m.Payout.Batch)
	}
	table := g.table(number)
	stored, record, err := table.payout(m.Payout.Batch, m.Payout.Number)
	if err != nil {
		return Payout{}, err
	}
	steps, err := m.stepsFrom(stored)
	if err != nil {
		return Payout{}, err
	}
	if leavesDoubt(steps) {
		if err := s.mayGoBack(stored, m, newEvidenceRecord(m.Evidence)); err != nil {
			return Payout{}, err
		}
	}
	tally, err := g.tally(number)
	if err != nil {
		return Payout{}, err
	}
	next := Payout{Line: stored.Line, Batch: stored.Batch, Ordinal: stored.Ordinal, Status: m.To, Changes: stored.Changes, State: m.Payout.State}
	switch {
	case m.To != Submitting:
		next.DepartureMark = ""
	case stored.Status == Submitting: // a note: the mark is the intent's
		next.DepartureMark = stored.DepartureMark
	}
	var evidence evidenceRecord
	next.Doubt, evidence = m.doubtAfter(stored, g.now)
	written, err := table.put(next, record.Born)
	if err != nil {
		return Payout{}, err
	}
	tally.add(stored, -1)
	tally.add(next, +1)
	tally.Moved = tally.Moved || movesMoney(steps)
	tally.Decided = tally.Decided || evidence.Proof == ProofPerson
	g.addSteps(eventRecord{Batch: number, Line: next.Number, Actor: m.Actor, Evidence: evidence, Record: written.digest}, steps)
	return written.record.payout(next.Batch, next.Number), nil
}

// addSteps adds an event for each step, or a note when there is none. All of one move carry the
// digest of what it left.
func (g *group) addSteps(event eventRecord, steps []Status) {
	if len(steps) == 1 {
		event.Kind, event.From, event.To = Note, steps[0], steps[0]
		g.add(event)
	}
	for i := 1; i < len(steps); i++ {
		event.Kind, event.From, event.To = Transition, steps[i-1], steps[i]
		g.add(event)
	}
}

// written is a payout's record as it was stored.
type written struct {
	record payoutRecord
	digest []byte
}

// put writes a payout's record, packed once: the digest covers what is stored.
func (t payoutTable) put(p Payout, born Status) (written, error) {
	record := newPayoutRecord(p)
	record.Born = born
	key := key32(uint32(p.Number))
	value := sealPayout(t.at, key, &record)
	return written{record, recordDigest(value)}, t.bucket.Put(key, value)
}

// recordDigest is what an event keeps of the record that it left: half of a SHA-256 over the stored
// value, for which nobody finds another record.
func recordDigest(value []byte) []byte {
	sum := sha256.Sum256(value)
	return sum[:16]
}

func (g *group) tally(number uint32) (*tallyRecord, error) {
	if tally, found := g.tallies[number]; found {
		return tally, nil
	}
	tally := &tallyRecord{}
	if err := readRecord(g.tx, talliesBucket, key32(number), tally); err != nil {
		return nil, err
	}
	g.tallies[number] = tally
	return tally, nil
}

// finish writes the tallies and the journal.
func (g *group) finish() (tail, error) {
	after, err := g.writeEvents()
	if err != nil {
		return tail{}, err
	}
	for i, event := range g.events {
		if tally := g.tallies[event.Batch]; tally != nil {
			tally.LastEvent = g.tail.sequence + uint64(i) + 1
		}
	}
	for number, tally := range g.tallies {
		if err := writeRecord(g.tx, talliesBucket, key32(number), tally); err != nil {
			return tail{}, err
		}
	}
	return after, nil
}

func writeRecord(tx *bolt.Tx, bucket, key []byte, record any) error {
	value, err := seal(string(bucket), key, record)
	if err != nil {
		return err
	}
	return tx.Bucket(bucket).Put(key, value)
}

func readRecord(tx *bolt.Tx, bucket, key []byte, record any) error {
	return unseal(string(bucket), key, tx.Bucket(bucket).Get(key), record)
}
