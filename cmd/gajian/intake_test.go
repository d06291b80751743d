package main

import (
	"testing"
	"time"

	"gajian/ledger"
)

func TestMonthsAway(t *testing.T) {
	newYear := time.Date(2027, 1, 1, 0, 30, 0, 0, ledger.WIB) // still December in UTC
	for period, want := range map[string]int{"2027-01": 0, "2026-12": -1, "2026-11": -2, "2027-03": 2, "2062-01": 420, "2026-01": -12} {
		if got := monthsAway(period, newYear.UTC()); got != want {
			t.Errorf("%s is %d months away, want %d", period, got, want)
		}
	}
}
