package ledger

import (
	"context"
	"fmt"
	"sync"
)

// pending are the payouts with moves that were handed over and are not on disk yet: no more than
// twice the window.
type pending struct {
	mu    sync.Mutex
	moves map[pendingKey]int
}

type pendingKey struct {
	batch string
	line  int
}

// add notes a move that is handed over, or with -1 one that is not pending any more.
func (p *pending) add(m *Move, count int) {
	if m == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.moves == nil {
		p.moves = map[pendingKey]int{}
	}
	key := pendingKey{m.Payout.Batch, m.Payout.Number}
	if p.moves[key] += count; p.moves[key] == 0 {
		delete(p.moves, key)
	}
}

func (p *pending) has(batch string, line int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.moves[pendingKey{batch, line}] > 0
}

// Current returns one payout as it stands on disk once every move of it that was recorded before is
// there. Unlike Flush it waits only when there is one that is not.
func (s *Store) Current(ctx context.Context, batch string, line int) (Payout, error) {
	if s.pending.has(batch, line) {
		if err := s.Flush(ctx); err != nil {
			return Payout{}, err
		}
	}
	if err := s.Failure(); err != nil { // a move of it may have been refused
		return Payout{}, fmt.Errorf("%w: %w", ErrStopped, err)
	}
	return s.Payout(batch, line)
}
