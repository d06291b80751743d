package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

// target is what docs/performance.md promises of a figure. The zero value promises nothing.
type target struct {
	sign  string // ≤ or ≥
	bound float64
	every bool // holds for every run, and not for the median alone
}

func atLeast(bound float64) target { return target{sign: "≥", bound: bound} }
func atMost(bound float64) target  { return target{sign: "≤", bound: bound} }

// never is a bound that not one run may exceed.
func never(above float64) target { return target{sign: "≤", bound: above, every: true} }

var noTarget target

// from is the target when something is measured at the size for which it is promised, or a larger one.
func (t target) from(size, promised int) target {
	if size < promised {
		return noTarget
	}
	return t
}

// String is empty when nothing is promised.
func (t target) String() string {
	if t.sign == "" {
		return ""
	}
	text := t.sign + " " + short(t.bound)
	if t.every {
		text += " in every run"
	}
	return text
}

// met tells "yes" or "NO", and nothing when nothing is promised.
func (t target) met(values []float64) string {
	value := median(values)
	if t.every {
		value = slices.Max(values)
	}
	switch {
	case t.sign == "":
		return ""
	case t.sign == "≤" && value <= t.bound, t.sign == "≥" && value >= t.bound:
		return "yes"
	}
	return "NO"
}

// figure is one metric of one benchmark, with every run's value.
type figure struct {
	benchmark, unit string
	target          target
	values          []float64
}

// figures are what benchmarks measured, in the order in which it came.
type figures struct{ all []*figure }

// results are the figures of this process. Benchmarks run one after the other.
var results figures

// add takes one run's value of a metric.
func (r *figures) add(benchmark, unit string, value float64, promised target) {
	at := slices.IndexFunc(r.all, func(f *figure) bool { return f.benchmark == benchmark && f.unit == unit })
	if at < 0 {
		at = len(r.all)
		r.all = append(r.all, &figure{benchmark: benchmark, unit: unit, target: promised})
	}
	r.all[at].values = append(r.all[at].values, value)
}

// report gives a metric of this run to the benchmark's output and to the table of results.
func (p *performance) report(unit string, value float64, promised target) {
	b := p.b
	b.Helper()
	b.ReportMetric(0, "ns/op") // the time of a run as a whole says nothing
	b.ReportMetric(value, unit)
	results.add(b.Name(), unit, value, promised)
	if path := os.Getenv("GAJIAN_BENCH_OUT"); path != "" {
		if err := os.WriteFile(path, results.table(), 0o644); err != nil {
			b.Fatal(err)
		}
	}
}

// table is everything measured so far as Markdown: what has a target, what has none, and
// every run. docs/performance.md takes it as it is.
func (r *figures) table() []byte {
	var out bytes.Buffer
	promised := func(f *figure) bool { return f.target != noTarget }
	fmt.Fprintf(&out, "%s\n\n| figure | target | median | met | lowest | highest | runs |\n|---|---|---|---|---|---|---|\n", machine())
	for _, f := range r.all {
		if promised(f) {
			fmt.Fprintf(&out, "| %s | %s | %s | %s | %s\n", f, f.target, short(median(f.values)), f.target.met(f.values), f.spread())
		}
	}
	fmt.Fprintf(&out, "\n| figure without a target | median | lowest | highest | runs |\n|---|---|---|---|---|\n")
	for _, f := range r.all {
		if !promised(f) {
			fmt.Fprintf(&out, "| %s | %s | %s\n", f, short(median(f.values)), f.spread())
		}
	}
	r.writeComparison(&out)
	fmt.Fprintf(&out, "\nEvery run, in order:\n\n")
	for _, f := range r.all {
		fmt.Fprintf(&out, "    %s:", f)
		for _, value := range f.values {
			fmt.Fprintf(&out, " %s", short(value))
		}
		fmt.Fprintln(&out)
	}
	return out.Bytes()
}

// String names the figure as in the benchmark's output.
func (f *figure) String() string { return strings.TrimPrefix(f.benchmark, "Benchmark") + " " + f.unit }

func (f *figure) spread() string {
	return fmt.Sprintf("%s | %s | %d |", short(slices.Min(f.values)), short(slices.Max(f.values)), len(f.values))
}

// short writes a number with as many digits as say something.
func short(value float64) string {
	if value >= 100 || value <= -100 {
		return fmt.Sprintf("%.0f", value)
	}
	return fmt.Sprintf("%.3g", value)
}

// median is the middle value, the upper one of two.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// machine says on what was measured, as far as the system tells.
func machine() string {
	words := []string{fmt.Sprintf("%d cores", runtime.NumCPU()), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if label, value, _ := strings.Cut(line, ":"); strings.TrimSpace(label) == "model name" {
				words = append([]string{strings.TrimSpace(value)}, words...)
				break
			}
		}
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		words = append(words, "kernel "+strings.TrimSpace(string(text)))
	}
	return strings.Join(words, ", ")
}
