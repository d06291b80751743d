package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Errors of Create.
var (
	// ErrBatchExists: the same lines in the same period are in the ledger already.
	ErrBatchExists = errors.New("this batch is in the ledger already")
	// ErrContentChanged: the lines are not those whose digest the batch was announced with.
	ErrContentChanged = errors.New("the payroll file changed while it was read")
)

// stageLines is how many lines are written in one transaction while a batch is being made:
// about a megabyte.
const stageLines = 4096

// Draft is a line on its way into the ledger, with what already speaks against paying it.
type Draft struct {
	Line
	Hold        Hold   // HoldNone: queued
	Reason      string // of the hold
	DuplicateOf string // "BATCH line N"
	SharedWith  string // employee ID of that line, when Hold is HoldSharedAccount
	Changes     Changes
}

// Create puts a batch with all its lines into the ledger. b carries what the lines will add up
// to: Digest, LinesDigest, Lines, Total, and Period, File, FileSHA256, ExtraColumns, CreatedBy,
// Rehearsal, Base; Create fills in ID, ReferencePrefix, Replaces and CreatedAt. fill calls add for
// each line, in the order of ascending line numbers; memory does not grow with them.
//
// The batch becomes visible at once and whole, in the last transaction, and only if the lines
// are the announced ones (else ErrContentChanged). Batches are made one after the other: fill
// must not call Create.
func (s *Store) Create(ctx context.Context, b Batch, fill func(add func(Draft) error) error) (Batch, error) {
	s.create.Lock()
	defer s.create.Unlock()
	if len(b.ExtraColumns) > recordElementsMax {
		return Batch{}, fmt.Errorf("%d further columns are more than the %d that are kept", len(b.ExtraColumns), recordElementsMax)
	}
	if _, found, err := s.Find(b.Digest); err != nil || found {
		return Batch{}, errors.Join(err, exists(found))
	}
	st := &staging{store: s, ctx: ctx, digest: NewDigester()}
	if err := s.change(ctx, st.begin); err != nil {
		return Batch{}, err
	}
	if err := fill(st.add); err != nil {
		return Batch{}, errors.Join(err, st.abandon())
	}
	if err := st.flush(); err != nil {
		return Batch{}, err
	}
	if st.digest.Digest(b.Period) != b.Digest || st.digest.LinesDigest() != b.LinesDigest || st.digest.Lines != b.Lines || st.digest.Total != b.Total {
		return Batch{}, errors.Join(ErrContentChanged, st.abandon())
	}
	b.CreatedAt = time.Now().In(WIB).Truncate(time.Millisecond)
	b.ReferencePrefix = referencePrefix(b.Period, b.Digest)
	b.ID, b.Replaces = s.freeID(b.Period, b.Digest), st.retry
	if err := s.change(ctx, func(tx *bolt.Tx, g *group) error { return st.publish(tx, g, b) }); err != nil {
		return Batch{}, err
	}
	s.numbersMu.Lock()
	defer s.numbersMu.Unlock()
	s.numbers[b.ID] = st.number
	return b, nil
}

func exists(found bool) error {
	if found {
		return ErrBatchExists
	}
	return nil
}

func (s *Store) freeID(period string, digest [32]byte) string {
	for _, letters := range idLengths {
		if _, taken := s.number(batchID(period, digest, letters)); !taken {
			return batchID(period, digest, letters)
		}
	}
	panic("two batches with the same digest") // Find has just said there is none
}

// staging is a batch being made. Its lines stand under a number that no batch record names yet,
// so nobody sees them.
type staging struct {
	store  *Store
	ctx    context.Context
	number uint32
	drafts []Draft
	last   int // line number of the last draft
	placed int // ordinal of the last line that was written
	tally  tallyRecord
	retry  int // lines that replace a payout
	held   heldDigest
	digest *Digester
}

// begin takes the next number. Lines that a crashed process left under it are removed first;
// no batch record ever named them.
func (st *staging) begin(tx *bolt.Tx, _ *group) error {
	if key, _ := tx.Bucket(batchesBucket).Cursor().Last(); key != nil {
		st.number = binary.BigEndian.Uint32(key)
	}
	st.number++
	payouts := tx.Bucket(payoutsBucket)
	if payouts.Bucket(key32(st.number)) != nil {
		if err := payouts.DeleteBucket(key32(st.number)); err != nil {
			return err
		}
	}
	_, err := payouts.CreateBucket(key32(st.number))
	return err
}

func (st *staging) add(d Draft) error {
	switch {
	case d.Number <= st.last || int64(d.Number) > math.MaxUint32:
		return fmt.Errorf("line %d comes after line %d: line numbers must ascend", d.Number, st.last)
	case len(d.Extra) > recordElementsMax:
		return fmt.Errorf("line %d: %d further columns are more than the %d that are kept", d.Number, len(d.Extra), recordElementsMax)
	case d.Amount <= 0 || d.Amount%Rupiah != 0:
		return fmt.Errorf("line %d: amount %s is not a positive number of whole rupiah", d.Number, d.Amount)
	}
	if _, fits := st.digest.Total.Plus(d.Amount); !fits {
		return fmt.Errorf("line %d: the total is too large", d.Number)
	}
	st.last = d.Number
	st.digest.Add(d.Line)
	if d.RetryOf != "" {
		st.retry++
	}
	if st.drafts = append(st.drafts, d); len(st.drafts) >= stageLines {
		return st.flush()
	}
	return nil
}

// flush writes the collected lines. A crash before or after it leaves lines that no batch names;
// the next Create removes them.
func (st *staging) flush() error {
	drafts := st.drafts
	st.drafts = st.drafts[:0]
	return st.store.change(st.ctx, func(_ *bolt.Tx, g *group) error {
		table := g.table(st.number)
		table.bucket.FillPercent = st.fill(drafts)
		for _, d := range drafts {
			st.placed++
			p := Payout{Line: d.Line, Ordinal: st.placed, Status: Queued, Changes: d.Changes, State: State{Hold: d.Hold, Reason: d.Reason, DuplicateOf: d.DuplicateOf, SharedWith: d.SharedWith}}
			if d.Hold != HoldNone {
				p.Status = Held
			}
			if _, err := table.put(p, p.Status); err != nil {
				return err
			}
			st.tally.add(p, +1)
			if p.Status == Held {
				st.held.add(p.Number)
			}
		}
		return nil
	})
}

// A record grows while its payout is paid: by the name at bank, about as long as the one in the file,
// and by times, references and the session, which grownBytes is for. So much room is left for each in
// its page. A page that overflows is split into two, and both stay half empty.
const grownBytes = 96

// fill is which part of a page the new records may take up so that the grown ones fill it.
func (st *staging) fill(drafts []Draft) float64 {
	now, grown := 1, 0
	for _, d := range drafts {
		record := newPayoutRecord(Payout{Line: d.Line, Ordinal: st.placed, Status: Queued, Changes: d.Changes, State: State{Reason: d.Reason}})
		size := elementBytes + 4 + len(sealPayout(place{}, nil, &record))
		now, grown = now+size, grown+size+grownBytes+len(d.Name)
	}
	return float64(now) / float64(max(grown, 1))
}

// publish makes the batch visible. A crash before it leaves no batch, a crash after it a whole one.
func (st *staging) publish(tx *bolt.Tx, g *group, b Batch) error {
	number := key32(st.number)
	first := g.tail.sequence + uint64(len(g.events)) + 1
	value, err := seal(string(batchesBucket), number, newBatchRecord(b, first))
	if err != nil {
		return err
	}
	if err := tx.Bucket(batchesBucket).Put(number, value); err != nil {
		return err
	}
	content := st.digest.ContentDigest()
	g.add(eventRecord{Kind: BatchCreated, Batch: st.number, Actor: b.CreatedBy, Evidence: evidenceRecord{
		Reason: fmt.Sprintf("%d lines, IDR %s, %d held, file %s, period %s", b.Lines, b.Total, st.tally.Counts[Held], b.File, b.Period),
		Amount: b.Total, Digest: content[:],
	}, Record: st.held.with(value)})
	g.tallies[st.number] = &st.tally
	return nil
}

// heldDigest covers which lines were held from the beginning, and with the batch's own record what
// the event of its creation vouches for beside the lines.
type heldDigest struct{ lines []byte }

func (h *heldDigest) add(line int) {
	sum := sha256.Sum256(append(h.lines, key32(uint32(line))...))
	h.lines = sum[:]
}

func (h *heldDigest) with(batch []byte) []byte {
	sum := sha256.Sum256(append(bytes.Clone(h.lines), batch...))
	return sum[:16]
}

// abandon removes what was staged. Should a crash prevent it, the next Create does the same.
func (st *staging) abandon() error {
	return st.store.change(context.WithoutCancel(st.ctx), func(tx *bolt.Tx, _ *group) error {
		return tx.Bucket(payoutsBucket).DeleteBucket(key32(st.number))
	})
}
