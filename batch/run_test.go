package batch_test

import (
	"testing"
)

func TestACleanRunSettlesEveryLineAndTheProofAddsUp(t *testing.T) {
	inWorld(t, plan{lines: people(50)}, func(t *testing.T, w *world) {
		w.mustRun()
		w.want("settled 50")
		s := w.summary()
		if s.Fees != 50*testFee || !s.Balance.HasOpened || !s.Balance.HasClosed || s.Difference() != 0 {
			t.Errorf("fees %s, balance %+v, difference %s", s.Fees, s.Balance, s.Difference())
		}
		for p := range w.payouts() {
			if p.Attempts != 1 || p.ProviderReference == "" || p.SettledAt.IsZero() || p.Reason != "" {
				t.Errorf("line %d: %+v", p.Number, p.State)
			}
		}
	})
}
