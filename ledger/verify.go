package ledger

import (
	"bytes"
	"context"
	"fmt"

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
// add up to what each batch came in with; that every line is still what the journal recorded.
// An error means that Verify itself could not go on.
func (s *Store) Verify(ctx context.Context) (v Verification, err error) {
	defer guard(s.path, &err)()
	if err := s.CheckPages(); err != nil {
		v.problem("%v", err)
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		check := &verifier{tx: tx, ctx: ctx, found: &v, statuses: map[uint32]map[int]Status{}, created: map[uint32]Evidence{}}
		check.journal()
		if err := eachBatch(tx, check.batch); err != nil {
			v.problem("%v", err)
		}
		check.strays()
		return ctx.Err()
	})
	return v, err
}

// verifier replays the journal and then compares every payout with it. It holds one byte-sized
// status for each line that ever moved.
type verifier struct {
	tx       *bolt.Tx
	ctx      context.Context
	found    *Verification
	statuses map[uint32]map[int]Status // by batch number and line, as the journal leads to
	created  map[uint32]Evidence       // of each BatchCreated event
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
	switch e.Kind {
	case BatchCreated:
		c.created[e.Batch] = Evidence(e.Evidence)
	case Transition:
		c.transition(sequence, e)
	}
}

func (c *verifier) transition(sequence uint64, e eventRecord) {
	lines := c.statuses[e.Batch]
	if lines == nil {
		lines = map[int]Status{}
		c.statuses[e.Batch] = lines
	}
	if was, known := lines[e.Line]; known && was != e.From {
		c.found.problem("journal: event %d moves batch %d line %d from %s, but the event before left it %s", sequence, e.Batch, e.Line, e.From, was)
	} else if !known && e.From != Queued && e.From != Held {
		c.found.problem("journal: event %d moves batch %d line %d from %s, but no event brought it there", sequence, e.Batch, e.Line, e.From)
	}
	if !e.From.MayBecome(e.To) {
		c.found.problem("journal: event %d moves batch %d line %d from %s to %s, which no payout may", sequence, e.Batch, e.Line, e.From, e.To)
	}
	lines[e.Line] = e.To
}

func (c *verifier) batch(number uint32, record batchRecord) error {
	c.found.Batches++
	batch := record.batch()
	created, known := c.created[number]
	if !known {
		c.found.problem("batch %s: no event tells of its creation", batch.ID)
	}
	var tally tallyRecord
	if err := readRecord(c.tx, talliesBucket, key32(number), &tally); err != nil {
		c.found.problem("batch %s: %v", batch.ID, err)
	}
	digest, counted := NewDigester(), tallyRecord{}
	view := &View{tx: c.tx, number: number, summary: Summary{Batch: batch}}
	err := view.eachPayout(func(p Payout, record payoutRecord) bool {
		c.payout(number, p, record)
		digest.Add(p.Line)
		counted.add(p, +1)
		return c.ctx.Err() == nil
	})
	if err != nil {
		c.found.problem("batch %s: %v", batch.ID, err)
		return nil
	}
	c.found.Payouts += digest.Lines
	c.sums(batch, digest, tally, counted, created)
	return c.ctx.Err()
}

// payout compares a payout's status with the one that its events lead to.
func (c *verifier) payout(number uint32, p Payout, record payoutRecord) {
	want, moved := c.statuses[number][p.Number]
	if !moved {
		want = record.Born
	}
	if p.Status != want {
		c.found.problem("%s: it is %s, but its events lead to %s", p.Label(), p.Status, want)
	}
	if record.Born != Queued && record.Born != Held {
		c.found.problem("%s: it began as %s", p.Label(), record.Born)
	}
	delete(c.statuses[number], p.Number)
}

func (c *verifier) sums(batch Batch, digest *Digester, tally, counted tallyRecord, created Evidence) {
	content := digest.ContentDigest()
	switch {
	case digest.Lines != batch.Lines || digest.Total != batch.Total:
		c.found.problem("batch %s: it came in with %d lines and IDR %s, now there are %d and IDR %s", batch.ID, batch.Lines, batch.Total, digest.Lines, digest.Total)
	case digest.Digest(batch.Period) != batch.Digest || digest.LinesDigest() != batch.LinesDigest:
		c.found.problem("batch %s: its lines are not those of its digest: a line was altered", batch.ID)
	case created.Digest != nil && !bytes.Equal(created.Digest, content[:]):
		c.found.problem("batch %s: its lines are not those that the journal recorded: a line was altered", batch.ID)
	}
	if batch.ReferencePrefix != referencePrefix(batch.Period, batch.Digest) {
		c.found.problem("batch %s: its references were altered", batch.ID)
	}
	if tally.Counts != counted.Counts || tally.Amounts != counted.Amounts || tally.Fees != counted.Fees {
		c.found.problem("batch %s: its totals do not add up to its payouts", batch.ID)
	}
}

// strays reports what belongs to nothing: events of lines or batches that are not there, and
// acceptances without their event.
func (c *verifier) strays() {
	for number, lines := range c.statuses {
		if len(lines) > 0 {
			c.found.problem("batch %d: the journal tells of %d lines that are not in the ledger", number, len(lines))
		}
	}
	for number := range c.created {
		if c.tx.Bucket(batchesBucket).Get(key32(number)) == nil {
			c.found.problem("batch %d: the journal tells of its creation, but it is not in the ledger", number)
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
