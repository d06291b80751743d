package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// problemsMax bounds how many problems Verify tells of; a damaged file can have millions.
const problemsMax = 100

// Verification is what Verify found.
type Verification struct {
	Batches  int
	Payouts  int
	Events   uint64
	Head     [32]byte // hash of the last event
	Kept     []uint64 // for each kept hash the number of the event whose hash it is; 0 when there is none
	Problems []string // empty when everything holds; at most problemsMax
}

func (v *Verification) problem(format string, values ...any) {
	if len(v.Problems) < problemsMax {
		v.Problems = append(v.Problems, fmt.Sprintf(format, values...))
	}
}

// Verify checks the whole ledger, on two paths wherever there are two: the file's structure,
// every record's checksum, the journal's hash chain and that every transition in it is one of
// the table; that nothing left doubt to be sent again without a proof; that each payout's status is the
// one its events lead to, and its record the one that the last of them left; that counts and amounts
// add up to what each batch came in with; that balances and acceptances are those that events
// tell of; that every line is still what the journal recorded.
//
// It does not vouch for the reason with which a line came in held, as long as nobody decided on it;
// nor for the departures file. And it cannot tell a ledger that was written anew from the first altered
// event to its end, or an older copy of it: everything in those fits together. Hashes that were
// kept elsewhere (kept, from the workbook or an earlier Head; at least the first KeptBytesMin
// bytes) can: the hash of an event covers everything before it, so each has to be there still.
//
// An error means that Verify itself could not go on.
func (s *Store) Verify(ctx context.Context, kept ...[]byte) (v Verification, err error) {
	defer guard(s.path, &err)()
	if err := s.CheckPages(); err != nil {
		v.problem("%v", err)
	}
	err = s.verify(ctx, &v, kept)
	return v, err
}

// verify checks everything but the file's structure.
func (s *Store) verify(ctx context.Context, v *Verification, kept [][]byte) (err error) {
	defer guard(s.path, &err)()
	return s.db.View(func(tx *bolt.Tx) error {
		check := &verifier{tx: tx, ctx: ctx, found: v, kept: kept, names: map[uint32]string{}, told: map[uint32]*told{}, doubts: map[payoutKey]Doubt{}}
		v.Kept = make([]uint64, len(kept))
		if err := eachBatch(tx, check.name); err != nil {
			v.problem("%v", err)
		}
		check.journal()
		check.compareKept()
		if err := eachBatch(tx, check.batch); err != nil {
			v.problem("%v", err)
		}
		check.strays()
		return ctx.Err()
	})
}

// verifier replays the journal and then compares every payout with it. It holds 18 bytes for each
// line.
type verifier struct {
	tx    *bolt.Tx
	ctx   context.Context
	found *Verification
	kept  [][]byte
	names map[uint32]string // of the batches
	told  map[uint32]*told  // by batch number

	lately *told               // the batch asked for last, which the next event is likely to be about
	doubts map[payoutKey]Doubt // of payouts under way, as the events tell
}

// payoutKey names a payout in memory.
type payoutKey struct {
	batch uint32
	line  int
}

// KeptBytesMin is how much of a kept hash is enough to know an event by.
const KeptBytesMin = 8

// keep notes which event a kept hash belongs to.
func (c *verifier) keep(sequence uint64, hash [32]byte) {
	for i, kept := range c.kept {
		if len(kept) >= KeptBytesMin && bytes.HasPrefix(hash[:], kept) {
			c.found.Kept[i] = sequence
		}
	}
}

func (c *verifier) compareKept() {
	for i, kept := range c.kept {
		if c.found.Kept[i] == 0 {
			c.found.problem("journal: no event has the hash %x that was kept: the journal was altered at or before that event, or cut off before it, or this is another ledger or an older copy of it", kept)
		}
	}
}

// name notes what people call a batch.
func (c *verifier) name(number uint32, record batchRecord) error {
	c.names[number] = record.ID
	return nil
}

// label is how people are told which payout an event is about.
func (c *verifier) label(e *eventRecord) string {
	name, known := c.names[e.Batch]
	switch {
	case !known:
		name = fmt.Sprintf("batch %d", e.Batch)
	case e.Line == 0:
		return "batch " + name
	}
	if e.Line == 0 {
		return name
	}
	return fmt.Sprintf("%s line %d", name, e.Line)
}

// told is what the journal tells of a batch.
type told struct {
	number  uint32
	ways    *ways
	created uint64 // the event of its creation; 0 when there is none
	record  []byte // the digest of its record and of which lines were held
	content []byte // the digest of its lines
	last    uint64 // the last event of it
	opening Sen
	closing Sen

	openedAt int64
	closedAt int64

	othersOpening Sen
	othersClosing Sen

	moved   bool // money, since the closing balance was read
	decided bool // a person ended a doubt
}

func (c *verifier) of(batch uint32) *told {
	if c.lately != nil && c.lately.number == batch {
		return c.lately
	}
	if c.told[batch] == nil {
		c.told[batch] = &told{number: batch, ways: newWays(c.tx, payoutsOf(c.tx, batch).bucket)}
	}
	c.lately = c.told[batch]
	return c.lately
}

func (c *verifier) journal() {
	var at tail
	err := eachBlock(c.tx, 1, true, func(sequence uint64, block *blockRecord) error {
		if sequence != at.sequence+1 {
			c.found.problem("journal: event %d is followed by event %d: events are missing", at.sequence, sequence)
			at.sequence = sequence - 1
		}
		for i := range block.Events {
			record := &block.Events[i]
			at.sequence++
			at.hash = link(at.hash, at.sequence, sequence, block.packed[i])
			c.keep(at.sequence, at.hash)
			c.event(at.sequence, record)
			c.of(record.Batch).last = at.sequence
		}
		if at.hash != block.Hash {
			c.found.problem("journal: the hash chain breaks in events %d to %d (%s): an event was altered, removed or put in", sequence, at.sequence, c.about(block.Events))
			at.hash = block.Hash
		}
		return c.ctx.Err()
	})
	if err != nil {
		c.found.problem("journal: %v", err)
	}
	c.found.Events, c.found.Head = at.sequence, at.hash
}

// about names what events are about, the first three of it.
func (c *verifier) about(events []eventRecord) string {
	var labels []string
	for i := range events {
		if label := c.label(&events[i]); !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	if len(labels) > 3 {
		labels = append(labels[:3], "and others")
	}
	return strings.Join(labels, ", ")
}

// explains reports whether a tally's balances are those that the journal tells of.
func (t *told) explains(tally tallyRecord) bool {
	return tally.Opening == t.opening && tally.Closing == t.closing && tally.OpenedAt == t.openedAt && tally.ClosedAt == t.closedAt &&
		tally.OthersOpening == t.othersOpening && tally.OthersClosing == t.othersClosing && tally.Moved == t.moved && tally.Decided == t.decided
}

func (c *verifier) event(sequence uint64, e *eventRecord) {
	batch := c.of(e.Batch)
	switch e.Kind {
	case BatchCreated:
		if batch.created != 0 {
			c.found.problem("journal: event %d makes %s, which event %d has made already", sequence, c.label(e), batch.created)
		}
		batch.created, batch.content, batch.record = sequence, bytes.Clone(e.Evidence.Digest), bytes.Clone(e.Record)
	case BalanceRead:
		switch e.Evidence.Reason {
		case closingBalance:
			batch.closing, batch.closedAt, batch.othersClosing, batch.moved = e.Evidence.Amount, e.At, e.Evidence.Others, false
		case openingBalance:
			batch.opening, batch.openedAt, batch.othersOpening = e.Evidence.Amount, e.At, e.Evidence.Others
		}
	case Transition:
		batch.moved = batch.moved || movesMoney([]Status{e.From, e.To})
		batch.decided = batch.decided || e.Evidence.Proof == ProofPerson
		c.transition(sequence, e)
	case Note:
		c.note(sequence, e)
	case PersonAccepted:
	default:
		c.found.problem("journal: event %d about %s is of no kind that there is", sequence, c.label(e))
	}
}

// note follows what was heard of a payout that did not move. Events carry milliseconds, as records do.
func (c *verifier) note(sequence uint64, e *eventRecord) {
	way := c.way(sequence, e)
	if e.From != e.To || !e.To.InTransit() && e.Evidence.Answer != AnswerNone {
		c.found.problem("journal: event %d notes an answer about %s, which is %s", sequence, c.label(e), e.To)
	}
	if key := (payoutKey{e.Batch, e.Line}); e.To.InTransit() {
		c.doubts[key] = c.doubts[key].hear(e.Evidence, instant(e.At))
	}
	way.leaves(e)
}

// leaves notes the record that an event left.
func (w *path) leaves(e *eventRecord) {
	w.record = [16]byte{}
	copy(w.record[:], e.Record)
}

// way returns where the events before have left a payout, and tells when this one does not go on there.
func (c *verifier) way(sequence uint64, e *eventRecord) *path {
	way := c.of(e.Batch).ways.of(e.Line)
	switch known := way.born != 0; {
	case !known && e.From != Queued && e.From != Held:
		c.found.problem("journal: event %d finds %s %s, but no event brought it there", sequence, c.label(e), e.From)
	case known && way.now != e.From:
		c.found.problem("journal: event %d finds %s %s, but the event before left it %s", sequence, c.label(e), e.From, way.now)
	}
	if way.born == 0 {
		way.born, way.now = e.From, e.From
	}
	return way
}

func (c *verifier) transition(sequence uint64, e *eventRecord) {
	way, key := c.way(sequence, e), payoutKey{e.Batch, e.Line}
	switch {
	case !e.From.MayBecome(e.To):
		c.found.problem("journal: event %d moves %s from %s to %s, which no payout may", sequence, c.label(e), e.From, e.To)
	case e.From == Submitting && e.To == Verified && c.doubts[key].proved(e.Evidence) != nil:
		c.found.problem("journal: event %d lets %s be sent again, but nothing proves that its transfer did not happen", sequence, c.label(e))
	}
	delete(c.doubts, key)
	way.now = e.To
	way.leaves(e)
}

func (c *verifier) batch(number uint32, record batchRecord) error {
	c.found.Batches++
	batch, journal := record.batch(), c.of(number)
	var tally tallyRecord
	if err := readRecord(c.tx, talliesBucket, key32(number), &tally); err != nil {
		c.found.problem("batch %s: %v", batch.ID, err)
	}
	switch {
	case journal.created == 0:
		c.found.problem("batch %s: no event tells of its creation", batch.ID)
	case record.FirstEvent != journal.created || tally.LastEvent != journal.last:
		c.found.problem("batch %s: its events should be %d to %d, the journal has %d to %d", batch.ID, record.FirstEvent, tally.LastEvent, journal.created, journal.last)
	}
	if !journal.explains(tally) {
		c.found.problem("batch %s: its balances are not those that its events tell of", batch.ID)
	}
	digest, counted, held := NewDigester(), tallyRecord{}, heldDigest{}
	err := c.payouts(number, batch.ID, func(p Payout, born Status) {
		digest.Add(p.Line)
		if born == Held {
			held.add(p.Number)
		}
		if p.Ordinal != digest.Lines {
			c.found.problem("%s: it is in place %d of the file, not %d: its reference was altered", p.Label(), digest.Lines, p.Ordinal)
		}
		counted.add(p, +1)
	})
	if err != nil {
		c.found.problem("batch %s: %v", batch.ID, err)
		return nil
	}
	c.found.Payouts += digest.Lines
	if value := c.tx.Bucket(batchesBucket).Get(key32(number)); journal.created != 0 && !bytes.Equal(held.with(value), journal.record) {
		c.found.problem("batch %s: its name, file, time, maker, or which lines were held at first are not what the journal recorded", batch.ID)
	}
	c.sums(batch, digest, tally, counted, journal.content)
	return c.ctx.Err()
}

// payouts walks a batch's payouts and compares each with what its events left. What visit is given
// lacks what is not in a line.
func (c *verifier) payouts(number uint32, id string, visit func(p Payout, born Status)) error {
	table, mapped := payoutsOf(c.tx, number), footprint{tx: c.tx}
	if table.bucket == nil {
		return fmt.Errorf("%w: its payouts are not there", ErrDamaged)
	}
	cursor, record := table.bucket.Cursor(), payoutRecord{}
	for key, value := cursor.First(); key != nil && c.ctx.Err() == nil; key, value = cursor.Next() {
		mapped.grow(len(value))
		if err := readPayoutRecord(table.at, key, value, &record, true); err != nil {
			return err
		}
		p := record.payout(id, int(binary.BigEndian.Uint32(key)))
		c.payout(number, p, record.Born, value, table.at)
		visit(p, record.Born)
	}
	return nil
}

// payout compares a payout, and its record as it is stored, with what its events lead to.
func (c *verifier) payout(number uint32, p Payout, born Status, stored []byte, at place) {
	way := c.of(number).ways.of(p.Number)
	now, began, same := way.now, way.born, true
	if *way == (path{}) {
		now, began, same = born, born, bytes.Equal(stored, untouched(p, born, at))
	} else {
		digest := sha256.Sum256(stored)
		same = bytes.HasPrefix(digest[:], way.record[:])
	}
	switch heard := c.doubts[payoutKey{number, p.Number}]; {
	case p.Status != now:
		c.found.problem("%s: it is %s, but its events lead to %s", p.Label(), p.Status, now)
	case p.NotFoundCount != heard.NotFoundCount || p.NotFoundFor != heard.NotFoundFor || p.AwaitsPerson != heard.AwaitsPerson || p.ProviderKnows != heard.ProviderKnows:
		c.found.problem("%s: what the provider answered about it is not what its events tell: an answer was altered, added or removed", p.Label())
	case !same:
		c.found.problem("%s: its account, amount, fee, name at bank, times, reason or references are not what its last event left", p.Label())
	}
	if born != Queued && born != Held || born != began {
		c.found.problem("%s: it began as %s, its events begin with %s", p.Label(), born, began)
	}
	*way = path{} // it has been looked at
}

// untouched is the record of a payout that no event has touched: as it came in. What its line says
// is covered by the digest of all lines; why it was held, and what had changed, by nothing.
func untouched(p Payout, born Status, at place) []byte {
	came := Payout{Line: p.Line, Ordinal: p.Ordinal, Status: born, Changes: p.Changes}
	if born == Held {
		came.State = State{Hold: p.Hold, Reason: p.Reason, DuplicateOf: p.DuplicateOf, SharedWith: p.SharedWith}
	}
	first := newPayoutRecord(came)
	first.Born = born
	return sealPayout(at, key32(uint32(p.Number)), &first)
}

func (c *verifier) sums(batch Batch, digest *Digester, tally, counted tallyRecord, recorded []byte) {
	content := digest.ContentDigest()
	switch {
	case digest.Lines != batch.Lines || digest.Total != batch.Total:
		c.found.problem("batch %s: it came in with %d lines and IDR %s, now there are %d and IDR %s", batch.ID, batch.Lines, batch.Total, digest.Lines, digest.Total)
	case digest.Digest(batch.Period) != batch.Digest || digest.LinesDigest() != batch.LinesDigest:
		c.found.problem("batch %s: its lines are not those of its digest: a line was altered", batch.ID)
	case !bytes.Equal(recorded, content[:]):
		c.found.problem("batch %s: its lines are not those that the journal recorded: a line was altered", batch.ID)
	}
	if batch.ReferencePrefix != referencePrefix(batch.Period, batch.Digest) {
		c.found.problem("batch %s: its references were altered", batch.ID)
	}
	if longest := batchID(batch.Period, batch.Digest, idLengths[len(idLengths)-1]); !strings.HasPrefix(longest, batch.ID) || len(batch.ID) <= len(batch.Period) {
		c.found.problem("batch %s: its ID was altered", batch.ID)
	}
	if tally.Counts != counted.Counts || tally.Amounts != counted.Amounts || tally.Fees != counted.Fees {
		c.found.problem("batch %s: its totals do not add up to its payouts", batch.ID)
	}
}

// strays reports what belongs to nothing: events of lines or batches that are not there, and
// acceptances without their event.
func (c *verifier) strays() {
	for number, batch := range c.told {
		if count, first := batch.ways.left(); count > 0 {
			c.found.problem("%s: the journal tells of %d lines that are not in the ledger, the first is line %d", c.label(&eventRecord{Batch: number}), count, first)
		}
	}
	for number := range c.told {
		if c.tx.Bucket(batchesBucket).Get(key32(number)) == nil {
			c.found.problem("batch %d: the journal tells of it, but it is not in the ledger", number)
		}
	}
	_ = c.tx.Bucket(acceptedBucket).ForEach(func(key, value []byte) error {
		var record acceptedRecord
		if err := unseal(string(acceptedBucket), key, value, &record); err != nil {
			c.found.problem("accepted: %v", err)
		} else if !c.acceptedIn(record.Event, key) {
			c.found.problem("accepted: record %x has no event %d that accepts it", key, record.Event)
		}
		return nil
	})
}

func (c *verifier) acceptedIn(event uint64, key []byte) bool {
	held := false
	_ = eachBlock(c.tx, event, true, func(sequence uint64, block *blockRecord) error {
		if i := event - sequence; event >= sequence && i < uint64(len(block.Events)) {
			held = block.Events[i].Kind == PersonAccepted && bytes.Equal(block.Events[i].Evidence.Digest, key)
		}
		return errEnough
	})
	return held
}
