package kirimdoku_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"gajian/batch/kirimdoku"
)

// A process that is stopped between signing a transfer and its first byte must not send it when it
// goes on an hour later: it is made ready anew.
func TestATransferThatWasSignedLongAgoDoesNotLeave(t *testing.T) {
	const limit = 30 * time.Second
	for name, tt := range map[string]struct {
		slept, clock time.Duration // between signing and leaving; by how much the clock jumped
		want         error
	}{
		"at once":                          {0, 0, nil},
		"just within the limit":            {limit, 0, nil},
		"after the process was stopped":    {limit + time.Second, 0, kirimdoku.ErrStale},
		"after the machine slept":          {0, time.Hour, kirimdoku.ErrStale},
		"after the clock was set back":     {0, -time.Hour, kirimdoku.ErrStale},
		"after the clock was set a second": {0, time.Second, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				signed := time.Now()
				if tt.clock != 0 {
					signed = signed.Add(-tt.clock).Round(0) // a time without the clock that cannot jump
				}
				noted := 0
				leave := kirimdoku.WhileFresh(signed, limit, func() error { noted++; return nil })
				time.Sleep(tt.slept)
				err := leave()
				if !errors.Is(err, tt.want) || (noted == 1) != (err == nil) {
					t.Errorf("it leaves with %v, noted %d times; want %v", err, noted, tt.want)
				}
			})
		})
	}
	if err := kirimdoku.WhileFresh(time.Now(), limit, nil)(); err != nil {
		t.Errorf("nobody wants to know when it leaves: %v", err)
	}
}

// The wall clock is set back by as long as the process was stopped: it says that no time has passed,
// and only the clock that cannot jump knows better.
func TestATransferThatWasSignedLongAgoDoesNotLeaveWhenTheClockHidesIt(t *testing.T) {
	const stopped = time.Hour
	signed := withWallClockAhead(time.Now().Add(-stopped), stopped)
	if wall, steady := time.Now().Round(0).Sub(signed.Round(0)), time.Since(signed); wall > time.Minute || steady < stopped {
		t.Fatalf("the test's time is wrong: %s ago by the wall clock, %s by the other", wall, steady)
	}
	left := false
	err := kirimdoku.WhileFresh(signed, 30*time.Second, func() error { left = true; return nil })()
	if !errors.Is(err, kirimdoku.ErrStale) || left {
		t.Errorf("it leaves: %v, with %v", left, err)
	}
}

// withWallClockAhead returns t with its wall clock moved alone, which package time does not offer:
// the first word of a time with a monotonic reading has the seconds above 30 bits of nanoseconds.
func withWallClockAhead(t time.Time, by time.Duration) time.Time {
	*(*uint64)(unsafe.Pointer(&t)) += uint64(by/time.Second) << 30
	return t
}
