package main

import "testing"

func TestGarbageIsCollectedSeldomWhileLittleIsInUse(t *testing.T) {
	for _, c := range []struct {
		name string
		live uint64
		want int
	}{
		{"nothing measured yet", 0, 400},
		{"a small run keeps four times what it uses", 4 << 20, 400},
		{"five megabytes are the most that may be kept four times", 5 << 20, 400},
		{"ten megabytes leave no more garbage than five did", 10 << 20, 200},
		{"a large workbook is collected as Go does by itself", 600 << 20, 100},
	} {
		if got := garbagePercent(c.live); got != c.want {
			t.Errorf("%s: %d bytes in use let %d %% of garbage pile up, want %d", c.name, c.live, got, c.want)
		}
	}
}

func TestTheCollectorFollowsOnlyWhatMatters(t *testing.T) {
	c := &collector{percent: 400}
	t.Setenv("GOGC", "") // and the test leaves the process as it was
	if c.tune(5<<20 + 100_000); c.percent != 400 {
		t.Errorf("a change of 2 %% was followed: %d", c.percent)
	}
	defer (&collector{percent: 1}).tune(24 << 20) // 100, Go's own
	if c.tune(10 << 20); c.percent != 200 {
		t.Errorf("twice as much in use left it at %d", c.percent)
	}
}
