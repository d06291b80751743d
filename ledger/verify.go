package ledger

import (
	"bytes"
	"context"
	"fmt"
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
	Problems []string // empty when everything holds; at most problemsMax
}

func (v *Verification) problem(format string, values ...any) {
	if len(v.Problems) < problemsMax {
		v.Problems = append(v.Problems, fmt.Sprintf(format, values...))
	}
}

// Verify checks the whole ledger, on two paths wherever there are two: the file's structure,
// every record's checksum, the journal's hash chain and that every transition in it is one of
// the table; that each payout's status is the one its events lead to; that counts and amounts
// add up to what each batch came in with; that balances and acceptances are those that events
// tell of; that every line is still what the journal recorded.
//
// It does not vouch for what no event carries: fees, names at the bank, sessions, and whether a
// payout that never moved was held or queued at first. Nor can it tell a journal that was
// written anew from its first altered event to its end, with payouts to match, unless somebody
// has kept an earlier Head. An error means that Verify itself could not go on.
func (s *Store) Verify(ctx context.Context) (v Verification, err error) {
	defer guard(s.path, &err)()
	if err := s.CheckPages(); err != nil {
		v.problem("%v", err)
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		check := &verifier{tx: tx, ctx: ctx, found: &v, paths: map[uint32]map[int]path{}, told: map[uint32]*told{}}
		check.journal()
		if err := eachBatch(tx, check.batch); err != nil {
			v.problem("%v", err)
		}
		check.strays()
		return ctx.Err()
	})
	return v, err
}

// verifier replays the journal and then compares every payout with it. It holds two statuses
// for each line that ever moved.
type verifier struct {
	tx    *bolt.Tx
	ctx   context.Context
	found *Verification
	paths map[uint32]map[int]path // by batch number and line
	told  map[uint32]*told        // by batch number
}

// path is where a payout's events begin and lead to.
type path struct{ born, now Status }

// told is what the journal tells of a batch.
type told struct {
	created uint64 // the event of its creation; 0 when there is none
	content []byte // the digest of its lines
	last    uint64 // the end of the last block that has an event of it
	opening Sen
	closing Sen
	moved   bool // money, since the closing balance was read
}

func (c *verifier) of(batch uint32) *told {
	if c.told[batch] == nil {
		c.told[batch] = &told{}
	}
	return c.told[batch]
}

func (c *verifier) journal() {
	var at tail
	err := eachBlock(c.tx, 1, func(sequence uint64, block blockRecord) error {
		if sequence != at.sequence+1 {
			c.found.problem("journal: event %d is followed by event %d: events are missing", at.sequence, sequence)
			at.sequence = sequence - 1
		}
		for _, record := range block.Events {
			at.sequence++
			var err error
			if at.hash, err = link(at.hash, at.sequence, record); err != nil {
				return err
			}
			c.event(at.sequence, record)
			c.of(record.Batch).last = sequence + uint64(len(block.Events)) - 1
		}
		if at.hash != block.Hash {
			c.found.problem("journal: the hash chain breaks in events %d to %d: an event was altered, removed or put in", sequence, at.sequence)
			at.hash = block.Hash
		}
		return c.ctx.Err()
	})
	if err != nil {
		c.found.problem("journal: %v", err)
	}
	c.found.Events, c.found.Head = at.sequence, at.hash
}

func (c *verifier) event(sequence uint64, e eventRecord) {
	batch := c.of(e.Batch)
	switch e.Kind {
	case BatchCreated:
		batch.created, batch.content = sequence, e.Evidence.Digest
	case BalanceRead:
		switch e.Evidence.Reason {
		case closingBalance:
			batch.closing, batch.moved = e.Evidence.Amount, false
		case openingBalance:
			batch.opening = e.Evidence.Amount
		}
	case Transition:
		batch.moved = batch.moved || movesMoney([]Status{e.From, e.To})
		c.transition(sequence, e)
	}
}

func (c *verifier) transition(sequence uint64, e eventRecord) {
	lines := c.paths[e.Batch]
	if lines == nil {
		lines = map[int]path{}
		c.paths[e.Batch] = lines
	}
	way, known := lines[e.Line]
	switch {
	case !known && e.From != Queued && e.From != Held:
		c.found.problem("journal: event %d moves batch %d line %d from %s, but no event brought it there", sequence, e.Batch, e.Line, e.From)
	case known && way.now != e.From:
		c.found.problem("journal: event %d moves batch %d line %d from %s, but the event before left it %s", sequence, e.Batch, e.Line, e.From, way.now)
	}
	if !e.From.MayBecome(e.To) {
		c.found.problem("journal: event %d moves batch %d line %d from %s to %s, which no payout may", sequence, e.Batch, e.Line, e.From, e.To)
	}
	if !known {
		way.born = e.From
	}
	lines[e.Line] = path{born: way.born, now: e.To}
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
	if tally.Opening != journal.opening || tally.Closing != journal.closing || tally.Moved != journal.moved {
		c.found.problem("batch %s: its balances are not those that its events tell of", batch.ID)
	}
	digest, counted := NewDigester(), tallyRecord{}
	view := &View{tx: c.tx, number: number, summary: Summary{Batch: batch}}
	err := view.eachPayout(func(p Payout, record payoutRecord) bool {
		c.payout(number, p, record)
		digest.Add(p.Line)
		if p.Ordinal != digest.Lines {
			c.found.problem("%s: it is in place %d of the file, not %d: its reference was altered", p.Label(), digest.Lines, p.Ordinal)
		}
		counted.add(p, +1)
		return c.ctx.Err() == nil
	})
	if err != nil {
		c.found.problem("batch %s: %v", batch.ID, err)
		return nil
	}
	c.found.Payouts += digest.Lines
	c.sums(batch, digest, tally, counted, journal.content)
	return c.ctx.Err()
}

// payout compares a payout's status with the one that its events lead to.
func (c *verifier) payout(number uint32, p Payout, record payoutRecord) {
	way, moved := c.paths[number][p.Number]
	if !moved {
		way = path{record.Born, record.Born}
	}
	if p.Status != way.now {
		c.found.problem("%s: it is %s, but its events lead to %s", p.Label(), p.Status, way.now)
	}
	if record.Born != Queued && record.Born != Held || record.Born != way.born {
		c.found.problem("%s: it began as %s, its events begin with %s", p.Label(), record.Born, way.born)
	}
	delete(c.paths[number], p.Number)
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
	for number, lines := range c.paths {
		if len(lines) > 0 {
			c.found.problem("batch %d: the journal tells of %d lines that are not in the ledger", number, len(lines))
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
	_ = eachBlock(c.tx, event, func(sequence uint64, block blockRecord) error {
		if i := event - sequence; event >= sequence && i < uint64(len(block.Events)) {
			held = block.Events[i].Kind == PersonAccepted && bytes.Equal(block.Events[i].Evidence.Digest, key)
		}
		return errEnough
	})
	return held
}
