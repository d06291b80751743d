package batch

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// health notices when the provider as a whole does not answer, so that a run neither burns
// through the file nor hammers a provider that is down.
type health struct {
	many int // failures in a row that mean more than bad luck

	mu       sync.Mutex
	failures int       // in a row
	since    time.Time // of the first of them
	last     error
}

const (
	// outageMax is how long the provider may be silent before a run gives up: longer than a
	// restart, short enough that cron's next attempt is worth more than waiting.
	outageMax = 2 * time.Minute
	// pauseStep and pauseLongest are the waits of all workers while the provider is silent.
	pauseStep    = 250 * time.Millisecond
	pauseLongest = 10 * time.Second
)

func newHealth(concurrency int) *health { return &health{many: max(2*concurrency, 6)} }

// answered notes an answer of any kind.
func (h *health) answered() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures = 0
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
	h.last = err
	if silent := time.Since(h.since); h.failures > h.many && silent > outageMax {
		return fmt.Errorf("%w for %s: %w", ErrOutage, silent.Round(time.Second), err)
	}
	return nil
}

// pause waits a little, longer and longer, while the provider is silent.
func (h *health) pause(ctx context.Context) error {
	h.mu.Lock()
	over := h.failures - h.many/2
	h.mu.Unlock()
	if over <= 0 {
		return ctx.Err()
	}
	return sleep(ctx, min(time.Duration(over)*pauseStep, pauseLongest))
}
