package batch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// health notices when the provider does not answer, so that a run neither burns through the file
// nor hammers a provider that is down. A run has one for all calls, and one for its transfers
// alone: a provider that knows every account may all the same have lost its way to the banks.
type health struct {
	many  int           // failures in a row that mean more than bad luck
	probe chan struct{} // taken by the one payout that may try while nothing is answered

	mu       sync.Mutex
	failures int       // in a row
	since    time.Time // of the first of them
}

const (
	// outageMax is how long the provider may be silent before a run gives up: longer than a
	// restart, short enough that cron's next attempt is worth more than waiting.
	outageMax = 2 * time.Minute
	// pauseStep and pauseLongest are the waits of all workers while the provider is silent.
	pauseStep    = 250 * time.Millisecond // doubled by every further failure
	pauseLongest = 10 * time.Second
)

func newHealth(concurrency int) *health {
	return &health{many: max(2*concurrency, 6), probe: make(chan struct{}, 1)}
}

// answered notes an answer of any kind.
func (h *health) answered() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures = 0
}

// heardFrom reports whether an error is something that the provider answered. What we refuse to
// build ourselves says nothing about whether the provider is there.
func heardFrom(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code != ""
}

// failed notes a call without an answer and returns ErrOutage when there have been too many for
// too long.
func (h *health) failed(err error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failures == 0 {
		h.since = time.Now()
	}
	h.failures++
	if silent := time.Since(h.since); h.failures > h.many && silent > outageMax {
		return fmt.Errorf("%w for %s: %w", ErrOutage, silent.Round(time.Second), err)
	}
	return nil
}

// silence returns how long to wait before the next call: nothing while the provider answers.
func (h *health) silence() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	over := h.failures - h.many/2
	if over <= 0 {
		return 0
	}
	return min(pauseStep<<min(over, 10), pauseLongest)
}

// pause waits a little, longer and longer, while the provider is silent.
func (h *health) pause(ctx context.Context) error { return sleep(ctx, h.silence()) }

// admit is pause for what may leave a payout in doubt: while the provider is silent one tries at
// a time. Whoever is admitted calls leave when he has tried.
func (h *health) admit(ctx context.Context) (leave func(), err error) {
	if h.silence() == 0 {
		return func() {}, ctx.Err()
	}
	select {
	case h.probe <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave = func() { <-h.probe }
	if err := h.pause(ctx); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}
