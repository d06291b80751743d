package main

import (
	"fmt"
	"io"
	"strings"
)

// writeComparison writes the README's table of gajian, the raw loop and the script, from the
// medians of BenchmarkAgainstScript and BenchmarkKilled. What was not measured is left out.
func (r *figures) writeComparison(out io.Writer) {
	type row struct{ what, benchmark, own, raw, script string }
	var lines []string
	for _, c := range []row{
		{"payouts/s, provider without latency", "AgainstScript/latency=0s", "payouts/s", "raw-payouts/s", "script-payouts/s"},
		{"payouts/s, answers after 20 ms", "AgainstScript/latency=20ms", "payouts/s", "raw-payouts/s", "script-payouts/s"},
		{"ms of CPU for 1,000 payouts, without latency", "AgainstScript/latency=0s", "cpu-ms/1000", "raw-cpu-ms/1000", "script-cpu-ms/1000"},
		{"ms of CPU for 1,000 payouts, answers after 20 ms", "AgainstScript/latency=20ms", "cpu-ms/1000", "raw-cpu-ms/1000", "script-cpu-ms/1000"},
		{"peak memory, MB", "AgainstScript/latency=0s", "peak-MB", "raw-peak-MB", "script-peak-MB"},
	} {
		own, known := r.medianOf(c.benchmark, c.own)
		raw, _ := r.medianOf(c.benchmark, c.raw)
		script, _ := r.medianOf(c.benchmark, c.script)
		if known {
			lines = append(lines, fmt.Sprintf("| %s | %s | %s | %s |\n", c.what, short(own), short(raw), short(script)))
		}
	}
	for _, c := range []row{
		{what: "killed with `kill -9` half way: rows in doubt", own: "uncertain"},
		{what: "started again: rows paid twice", own: "repeated"},
		{what: "started again: rows not paid, left to a person", own: "left"},
	} {
		own, known := r.medianOf("Killed/gajian", c.own)
		script, both := r.medianOf("Killed/script", c.own)
		if known && both {
			lines = append(lines, fmt.Sprintf("| %s | %s | knows nothing | %s |\n", c.what, short(own), short(script)))
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(out, "\n| | gajian | bare loop | script |\n|---|---|---|---|\n%s", strings.Join(lines, ""))
	}
}

// medianOf finds a figure by the names in the table.
func (r *figures) medianOf(benchmark, unit string) (value float64, known bool) {
	for _, f := range r.all {
		if f.String() == benchmark+" "+unit {
			return median(f.values), true
		}
	}
	return 0, false
}
