package main

import (
	"strings"
	"testing"
	"time"
)

// The harness decides whether a limit was kept, so its own arithmetic is under test.

// arrivalsAt are calls at so many milliseconds.
func arrivalsAt(milliseconds ...int64) (all []arrival) {
	for _, at := range milliseconds {
		all = append(all, arrival{At: at * int64(time.Millisecond)})
	}
	return all
}

func TestMostWithinASecond(t *testing.T) {
	tests := []struct {
		name     string
		all      []arrival
		want, at int
	}{
		{"no call", nil, 0, 0},
		{"one call", arrivalsAt(5), 1, 5},
		{"exactly a second apart", arrivalsAt(0, 1000), 1, 0},
		{"a millisecond less than a second apart", arrivalsAt(0, 999), 2, 0},
		{"the busiest second is in the middle", arrivalsAt(0, 900, 1500, 1600, 1899, 1900, 2700), 4, 900},
	}
	for _, test := range tests {
		got, at := mostWithin(test.all, time.Second)
		if got != test.want || at != int64(test.at)*int64(time.Millisecond) {
			t.Errorf("%s: got %d from %d on, want %d from %d ms on", test.name, got, at, test.want, test.at)
		}
	}
}

func TestBackAfterCountsFromTheFirstGoodStretch(t *testing.T) {
	var all []arrival
	for at := int64(0); at < 20_000; at += 100 { // ten calls a second, but half of them from 2 s to 6 s
		if at < 2000 || at >= 6000 || at%200 == 0 {
			all = append(all, arrivalsAt(at)...)
		}
	}
	const second = int64(time.Second)
	for _, test := range []struct {
		name      string
		from      int64
		perSecond float64
		want      float64
	}{
		{"good at once", 6 * second, 9.5, 0},
		{"not yet good", 4 * second, 9.5, 1.6}, // 3 of 50 are missing from 5.5 s on
		{"never good", 4 * second, 11, 16},
	} {
		got := backAfter(all, test.from, 20*second, test.perSecond)
		if got < test.want-0.11 || got > test.want+0.11 {
			t.Errorf("%s: got %.2f s, want %.2f", test.name, got, test.want)
		}
	}
}

func TestCellsAreCountedAcrossReads(t *testing.T) {
	sheet := strings.Repeat(`<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1"><v>1</v></c></row>`, 50_000)
	rows, texts, cells := countCells(strings.NewReader(sheet))
	if rows != 50_000 || texts != 50_000 || cells != 100_000 {
		t.Errorf("got %d rows, %d texts, %d cells", rows, texts, cells)
	}
}

func TestPlainAccountsAreOrdinaryAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	for i := range 200_000 {
		account := plainAccount(i)
		if seen[account] || strings.Contains(account, "12345") || len(account) != 10 {
			t.Fatalf("account %q of line %d", account, i)
		}
		seen[account] = true
	}
}

func TestMedianIsTheUpperOfTwo(t *testing.T) {
	if got := median([]float64{3, 1, 2}); got != 2 {
		t.Errorf("got %v, want 2", got)
	}
	if got := median([]float64{4, 1, 2, 3}); got != 3 {
		t.Errorf("got %v, want 3", got)
	}
}

func TestTheTableOfResultsJudgesMediansByTheirTargets(t *testing.T) {
	var r figures
	for _, value := range []float64{0.5, 0.9, 0.95} {
		r.add("BenchmarkOne/size=3", "of-raw", value, atLeast(0.9))
		r.add("BenchmarkOne/size=3", "worst-MB", 100*value, never(90))
		r.add("BenchmarkOne/size=3", "peak-MB", 100*value, atMost(80))
	}
	r.add("BenchmarkAgainstScript/latency=0s", "payouts/s", 1234, noTarget)
	r.add("BenchmarkAgainstScript/latency=0s", "raw-payouts/s", 1300, noTarget)
	r.add("BenchmarkAgainstScript/latency=0s", "script-payouts/s", 301, noTarget)
	table := string(r.table())
	for _, want := range []string{
		"| One/size=3 of-raw | ≥ 0.9 | 0.9 | yes | 0.5 | 0.95 | 3 |\n",
		"| One/size=3 peak-MB | ≤ 80 | 90 | NO | 50 | 95 | 3 |\n",
		"| One/size=3 worst-MB | ≤ 90 in every run | 90 | NO | 50 | 95 | 3 |\n",
		"| AgainstScript/latency=0s payouts/s | 1234 | 1234 | 1234 | 1 |\n",
		"| payouts/s, provider without latency | 1234 | 1300 | 301 |\n",
		"    One/size=3 of-raw: 0.5 0.9 0.95\n",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
}
