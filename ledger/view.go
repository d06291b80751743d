package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Errors of looking for a batch.
var (
	// ErrNoBatch: no batch has that ID, or one that is a part of it.
	ErrNoBatch = errors.New("there is no such batch")
	// ErrSeveralBatches: more than one batch ID has that part.
	ErrSeveralBatches = errors.New("several batches are called so")
)

// Resolve finds the ID that a person means: the whole ID, or a part of it that only
// one has, in upper or lower case.
func (s *Store) Resolve(text string) (string, error) {
	wanted := strings.ToUpper(strings.TrimSpace(text))
	if _, found := s.number(wanted); found {
		return wanted, nil
	}
	var found []string
	s.numbersMu.RLock()
	defer s.numbersMu.RUnlock()
	for id := range s.numbers {
		if wanted != "" && (strings.Contains(id, wanted)) {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%w: %q", ErrNoBatch, text)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%w: %q may be %s", ErrSeveralBatches, text, strings.Join(found, " or "))
}

func (s *Store) number(id string) (uint32, bool) {
	s.numbersMu.RLock()
	defer s.numbersMu.RUnlock()
	number, found := s.numbers[id]
	return number, found
}

// Batches returns where every batch stands, oldest first.
func (s *Store) Batches() (summaries []Summary, err error) {
	defer guard(s.path, &err)()
	err = s.db.View(func(tx *bolt.Tx) error {
		return eachBatch(tx, func(number uint32, record batchRecord) error {
			summary, err := readSummary(tx, number, record)
			summaries = append(summaries, summary)
			return err
		})
	})
	return summaries, err
}

// Find returns the batch with that digest, if there is one.
func (s *Store) Find(digest [32]byte) (Summary, bool, error) {
	batches, err := s.Batches()
	i := slices.IndexFunc(batches, func(b Summary) bool { return b.Digest == digest })
	if err != nil || i < 0 {
		return Summary{}, false, err
	}
	return batches[i], true, nil
}

// Summary returns where one batch stands.
func (s *Store) Summary(id string) (Summary, error) {
	view, err := s.View(id)
	if err != nil {
		return Summary{}, err
	}
	return view.Summary(), view.Close()
}

// Payout returns one payout as it stands on disk.
func (s *Store) Payout(batch string, line int) (p Payout, err error) {
	defer guard(s.path, &err)()
	number, found := s.number(batch)
	if !found {
		return Payout{}, fmt.Errorf("%w: batch %q", ErrUnknownPayout, batch)
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		p, _, err = payoutsOf(tx, number).payout(batch, line)
		return err
	})
	return p, err
}

// After returns up to limit payouts of a batch whose status is wanted, from the first line after
// the given one, and the line up to which it has looked. It is one short read: call it again
// from there until no payouts come back. A payout that moves behind the cursor meanwhile is seen
// by the next walk only; within one walk none comes twice. With an error, last is the line before
// the one that could not be read.
func (s *Store) After(batch string, line, limit int, wanted ...Status) (payouts []Payout, last int, err error) {
	defer guard(s.path, &err)()
	number, found := s.number(batch)
	if !found {
		return nil, line, fmt.Errorf("%w: batch %q", ErrUnknownPayout, batch)
	}
	last = line
	if int64(line) >= math.MaxUint32 {
		return nil, line, nil // there is no later line
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		table, mapped := payoutsOf(tx, number), footprint{tx: tx}
		cursor := table.bucket.Cursor()
		for key, value := cursor.Seek(key32(uint32(max(line, -1) + 1))); key != nil && len(payouts) < limit; key, value = cursor.Next() {
			mapped.grow(len(value))
			if _, err := table.at.intact(key, value); err != nil {
				return err // also of a payout that is not wanted: its damage may have changed its status
			}
			at := int(binary.BigEndian.Uint32(key))
			if status := peekStatus(value); !slices.Contains(wanted, status) {
				last = at
				continue
			}
			var record payoutRecord
			if err := unsealPayout(table.at, key, value, &record); err != nil {
				return err
			}
			payouts, last = append(payouts, record.payout(batch, at)), at
		}
		return nil
	})
	return payouts, last, err
}

// View is one batch at one moment: everything read from it belongs together, whatever is
// written meanwhile. It keeps old pages of the file alive, and a ledger that outgrows its mapping
// (1 GiB; on Windows any growth) cannot be written to until all views are closed: close it soon,
// never wait for a write while it is open, and close it before the Store, whose Close waits for it.
type View struct {
	tx      *bolt.Tx
	path    string
	number  uint32
	summary Summary
	first   uint64
	last    uint64
	tail    tail
	mapped  footprint
	read    blockRecord // the block read last
}

// View opens a view of a batch.
func (s *Store) View(id string) (view *View, err error) {
	defer guard(s.path, &err)()
	number, found := s.number(id)
	if !found {
		return nil, fmt.Errorf("%w: %q", ErrNoBatch, id)
	}
	tx, err := s.db.Begin(false)
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	view = &View{tx: tx, path: s.path, number: number, mapped: footprint{tx: tx}}
	if err := view.load(); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return view, nil
}

func (v *View) load() error {
	var batch batchRecord
	var tally tallyRecord
	key := key32(v.number)
	if err := errors.Join(readRecord(v.tx, batchesBucket, key, &batch), readRecord(v.tx, talliesBucket, key, &tally)); err != nil {
		return err
	}
	v.summary, v.first, v.last = tally.summary(batch.batch()), batch.FirstEvent, tally.LastEvent
	var err error
	v.tail, err = readTail(v.tx)
	return err
}

// Close ends the view.
func (v *View) Close() error { return v.tx.Rollback() }

// Summary returns the batch's sums.
func (v *View) Summary() Summary { return v.summary }

// Head returns number and hash of the journal's last event: who keeps them can prove later that
// nothing before was altered.
func (v *View) Head() (uint64, [32]byte) { return v.tail.sequence, v.tail.hash }

// Payouts walks the batch's payouts by line number. After an error the walk ends.
func (v *View) Payouts() iter.Seq2[Payout, error] {
	return func(yield func(Payout, error) bool) {
		if err := v.eachPayout(func(p Payout, _ payoutRecord) bool { return yield(p, nil) }); err != nil {
			yield(Payout{}, err)
		}
	}
}

// walkChunk is how many payouts are read before the caller sees them.
const walkChunk = 64

func (v *View) eachPayout(visit func(Payout, payoutRecord) bool) error {
	chunk := make([]storedPayout, 0, walkChunk)
	for next := key32(0); next != nil; {
		var after []byte
		var err error
		chunk, after, err = v.chunk(next, chunk[:0])
		for _, stored := range chunk {
			if !visit(stored.record.payout(v.summary.ID, stored.line), stored.record) {
				return nil
			}
		}
		if err != nil {
			return err
		}
		next = after
	}
	return nil
}

type storedPayout struct {
	line   int
	record payoutRecord
}

// chunk reads payouts from a key on, and appends them. Reading is guarded, visiting is not: a panic of the caller's
// is no damage.
func (v *View) chunk(from []byte, into []storedPayout) (chunk []storedPayout, next []byte, err error) {
	chunk = into
	defer guard(v.path, &err)()
	table := payoutsOf(v.tx, v.number)
	cursor := table.bucket.Cursor()
	for key, value := cursor.Seek(from); key != nil; key, value = cursor.Next() {
		if len(chunk) == walkChunk {
			return chunk, bytes.Clone(key), nil
		}
		v.mapped.grow(len(value))
		stored := storedPayout{line: int(binary.BigEndian.Uint32(key))}
		if err := unsealPayout(table.at, key, value, &stored.record); err != nil {
			return chunk, nil, err
		}
		chunk = append(chunk, stored)
	}
	return chunk, nil, nil
}

// Events walks the batch's events in journal order. After an error the walk ends.
func (v *View) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if err := v.eachEvent(func(e Event) bool { return yield(e, nil) }); err != nil {
			yield(Event{}, err)
		}
	}
}

// errEnough ends a walk that its caller has had enough of.
var errEnough = errors.New("enough")

func (v *View) eachEvent(visit func(Event) bool) error {
	at, err := v.before(v.first)
	var events []Event
	for err == nil && at.sequence < v.last {
		if events, at, err = v.block(at, events[:0]); err != nil {
			return err
		}
		for _, e := range events {
			if !visit(e) {
				return nil
			}
		}
	}
	return err
}

// block appends the batch's events of the block that follows at, and returns the end of that block.
// Reading is guarded, visiting is not: a panic of the caller's is no damage.
func (v *View) block(at tail, into []Event) (events []Event, end tail, err error) {
	events = into
	defer guard(v.path, &err)()
	key := key64(at.sequence + 1)
	value := v.tx.Bucket(journalBucket).Get(key)
	if value == nil {
		return nil, at, fmt.Errorf("%s: %w: no event %d", v.path, ErrDamaged, at.sequence+1)
	}
	v.mapped.grow(len(value))
	if _, err := v.read.read(key, value, false); err != nil {
		return nil, at, err
	}
	first := at.sequence + 1
	for i := range v.read.Events {
		record := &v.read.Events[i]
		at.sequence++
		at.hash = link(at.hash, at.sequence, first, v.read.packed[i])
		if record.Batch == v.number {
			events = append(events, record.event(v.summary.ID, at.sequence, at.hash))
		}
	}
	return events, at, nil
}

// before returns the end of the block before the one that holds an event. A block stores only its
// last event's hash; the others follow from there.
func (v *View) before(event uint64) (at tail, err error) {
	defer guard(v.path, &err)()
	start := uint64(0)
	err = eachBlock(v.tx, event, true, func(sequence uint64, _ *blockRecord) error {
		start = sequence
		return errEnough
	})
	if start == 0 || err != nil && !errors.Is(err, errEnough) {
		return tail{}, errors.Join(err, fmt.Errorf("%s: %w: no event %d", v.path, ErrDamaged, event))
	}
	hash, err := hashBefore(v.tx, start)
	return tail{sequence: start - 1, hash: hash}, err
}

// hashBefore returns the hash of the event before the block that starts at sequence.
func hashBefore(tx *bolt.Tx, sequence uint64) ([32]byte, error) {
	cursor := tx.Bucket(journalBucket).Cursor()
	cursor.Seek(key64(sequence))
	key, value := cursor.Prev()
	if key == nil {
		return [32]byte{}, nil
	}
	var block blockRecord
	_, err := block.read(key, value, true)
	return block.Hash, err
}

func (r eventRecord) event(batch string, sequence uint64, hash [32]byte) Event {
	return Event{
		Sequence: sequence, At: instant(r.At), Kind: r.Kind, Batch: batch, Line: r.Line, From: r.From, To: r.To,
		Actor: r.Actor, Evidence: r.Evidence.evidence(), Hash: hash,
	}
}

func eachBatch(tx *bolt.Tx, visit func(number uint32, record batchRecord) error) error {
	return tx.Bucket(batchesBucket).ForEach(func(key, value []byte) error {
		var record batchRecord
		if err := unseal(string(batchesBucket), key, value, &record); err != nil {
			return err
		}
		return visit(binary.BigEndian.Uint32(key), record)
	})
}

func readSummary(tx *bolt.Tx, number uint32, record batchRecord) (Summary, error) {
	var tally tallyRecord
	err := readRecord(tx, talliesBucket, key32(number), &tally)
	return tally.summary(record.batch()), err
}

// payoutTable is where a batch's payouts are, in one transaction.
type payoutTable struct {
	bucket *bolt.Bucket // nil when there is none
	at     place        // their checksums cover the batch beside key and content
}

func payoutsOf(tx *bolt.Tx, number uint32) payoutTable {
	return payoutTable{tx.Bucket(payoutsBucket).Bucket(key32(number)), payoutPlace(number)}
}

func payoutPlace(number uint32) place { return placeOf(fmt.Sprintf("payouts/%d", number)) }

// payout reads one payout.
func (t payoutTable) payout(batch string, line int) (Payout, payoutRecord, error) {
	var record payoutRecord
	key, value := key32(uint32(line)), []byte(nil)
	if t.bucket != nil && line >= 0 && int64(line) <= math.MaxUint32 {
		value = t.bucket.Get(key)
	}
	if value == nil {
		return Payout{}, record, fmt.Errorf("%w: %s line %d", ErrUnknownPayout, batch, line)
	}
	err := unsealPayout(t.at, key, value, &record)
	return record.payout(batch, line), record, err
}
