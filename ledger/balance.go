package ledger

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// The reasons of the events of balance readings; Verify tells them by these words.
const (
	openingBalance = "opening balance"
	closingBalance = "closing balance"
	anotherBalance = "balance at the start of another run"
)

// RecordBalance records what the deposit holds. The last reading before anything of the batch was
// sent is its opening balance: who tops up after a shortfall opens with the new balance. What a
// person let be sent again counts as sent: it may have been paid the first time. A closing
// reading replaces the one before. It returns once it is on disk.
//
// A crash before it loses a reading that the next run takes again; the opening balance is
// therefore recorded before the first transfer.
func (s *Store) RecordBalance(ctx context.Context, batch, actor string, available Sen, closing bool) error {
	return s.change(ctx, func(_ *bolt.Tx, g *group) error {
		number, found := s.number(batch)
		if !found {
			return fmt.Errorf("%w: batch %q", ErrUnknownPayout, batch)
		}
		tally, err := g.tally(number)
		if err != nil {
			return err
		}
		others, err := g.outOfOthers(number)
		if err != nil {
			return err
		}
		now, word := milliseconds(g.now), anotherBalance
		switch {
		case closing:
			word, tally.Closing, tally.ClosedAt, tally.OthersClosing, tally.Moved = closingBalance, available, now, others, false
		case tally.OpenedAt == 0 || tally.summary(Batch{}).Sent() == 0 && !tally.Decided:
			word, tally.Opening, tally.OpenedAt, tally.OthersOpening = openingBalance, available, now, others
		}
		g.add(eventRecord{Kind: BalanceRead, Batch: number, Actor: actor, Evidence: evidenceRecord{Amount: available, Others: others, Reason: word}})
		return nil
	})
}

// outOfOthers is what all batches but one have out of the deposit. With what it was at the opening
// it tells which part of a deposit's change is theirs, however the runs of several batches took turns.
func (g *group) outOfOthers(but uint32) (sum Sen, err error) {
	err = eachBatch(g.tx, func(number uint32, _ batchRecord) error {
		if number == but {
			return nil
		}
		tally, changing := g.tallies[number]
		if !changing { // only read: what g.tally returns is written at the end
			tally = &tallyRecord{}
			if err := readRecord(g.tx, talliesBucket, key32(number), tally); err != nil {
				return err
			}
		}
		sum += tally.out()
		return nil
	})
	return sum, err
}
