package ledger

import (
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// closingBalance is the reason of the event of a closing balance; Verify tells it by that.
const closingBalance = "closing balance"

// RecordBalance records what the deposit holds. The first reading of a batch is its opening
// balance and stays it; every later one replaces the closing balance. It returns once it is on disk.
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
		now := milliseconds(time.Now())
		word := "opening balance"
		switch {
		case closing:
			word, tally.Closing, tally.ClosedAt = closingBalance, available, now
		case tally.OpenedAt == 0:
			tally.Opening, tally.OpenedAt = available, now
		default:
			word = "balance at the start of another run"
		}
		g.add(eventRecord{Kind: BalanceRead, Batch: number, Actor: actor, Evidence: evidenceRecord{Amount: available, Reason: word}})
		return nil
	})
}
