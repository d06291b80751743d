package reports_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
	"gajian/reports"
)

// benchLines is how many lines the benchmarks write: GAJIAN_BENCH_LINES, or so few that they take
// seconds. The figures of a million lines are taken in a process of its own, with the limits that
// the command sets:
//
//	GAJIAN_BENCH_LINES=1000000 GOGC=400 GOMEMLIMIT=48MiB /usr/bin/time -v \
//		go test ./reports -run '^$' -bench Workbook/gajian -benchtime 1x -timeout 30m
func benchLines(b *testing.B, standard int) int {
	text := os.Getenv("GAJIAN_BENCH_LINES")
	if text == "" {
		return standard
	}
	lines, err := strconv.Atoi(text)
	if err != nil || lines < 1 {
		b.Fatalf("GAJIAN_BENCH_LINES=%s is not a number of lines", text)
	}
	return lines
}

// BenchmarkWorkbook writes lines of 20 columns, as gajian does with all that stands around them,
// and as a plain excelize stream of the same cells does; and once with the events of the payouts,
// which are most of a workbook. The source holds none of them in memory.
func BenchmarkWorkbook(b *testing.B) {
	lines := benchLines(b, 10_000)
	path := filepath.Join(b.TempDir(), "workbook.xlsx")
	for _, writer := range []struct {
		name  string
		write func(*testing.B) error
	}{
		{"gajian", func(b *testing.B) error { return reports.Write(b.Context(), path, manyPayouts(lines), options) }},
		{"gajian-with-audit", func(b *testing.B) error {
			return reports.Write(b.Context(), path, withEvents(manyPayouts(lines), 4*lines), options)
		}},
		{"bare-excelize-stream", func(*testing.B) error { return bareStream(path, manyPayouts(lines)) }},
	} {
		b.Run(writer.name, func(b *testing.B) {
			peak := watchMemory(b)
			measured := startCPU()
			for b.Loop() {
				if err := writer.write(b); err != nil {
					b.Fatal(err)
				}
			}
			perLine(b, lines, measured)
			b.ReportMetric(peak(), "peak-heap-MB")
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/float64(lines), "file-bytes/line")
		})
	}
}

// manyPayouts is a source of settled payouts without extra columns and without events.
func manyPayouts(lines int) *fakeSource {
	p, src := newPayout(2, ledger.Settled), newSource()
	p.Extra, src.summary.ExtraColumns = nil, nil
	src.summary.Lines, src.summary.Total = lines, p.Amount*ledger.Sen(lines)
	src.events = each[ledger.Event](nil)
	src.payouts = func() iter.Seq2[ledger.Payout, error] {
		return func(yield func(ledger.Payout, error) bool) {
			for p.Number = 2; p.Number < 2+lines; p.Number++ {
				p.Ordinal = p.Number - 1
				if !yield(p, nil) {
					return
				}
			}
		}
	}
	return src
}

// withEvents adds events to src, as a payout has four of when nothing goes wrong.
func withEvents(src *fakeSource, events int) *fakeSource {
	e := newEvents([]ledger.Payout{newPayout(2, ledger.Settled)})[2]
	src.events = func() iter.Seq2[ledger.Event, error] {
		return func(yield func(ledger.Event, error) bool) {
			for e.Sequence = 1; e.Sequence <= uint64(events); e.Sequence++ {
				e.Hash = sha256.Sum256(e.Hash[:])
				if !yield(e, nil) {
					return
				}
			}
		}
	}
	return src
}

// bareStream is what a program would do that only wants these cells in a workbook.
func bareStream(path string, src *fakeSource) error {
	file := excelize.NewFile()
	defer file.Close()
	styles := [5]int{}
	for i, format := range []string{"@", "#,##0", "yyyy-mm-dd hh:mm:ss", "0.00", "@"} {
		var err error
		if styles[i], err = file.NewStyle(&excelize.Style{CustomNumFmt: &format, Alignment: &excelize.Alignment{WrapText: i == 4}}); err != nil {
			return err
		}
	}
	stream, err := file.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	row := 0
	for p := range src.Payouts() {
		row++
		if err := stream.SetRow("A"+strconv.Itoa(row), bareRow(styles, src.summary, p)); err != nil {
			return err
		}
	}
	if err := stream.Flush(); err != nil {
		return err
	}
	return file.SaveAs(path)
}

func bareRow(styles [5]int, batch ledger.Summary, p ledger.Payout) []any {
	text := func(value string) any { return excelize.Cell{StyleID: styles[0], Value: value} }
	number := func(value any) any { return excelize.Cell{StyleID: styles[1], Value: value} }
	at := func(value time.Time) any { return excelize.Cell{StyleID: styles[2], Value: value.In(ledger.WIB)} }
	wrapped := func(value string) any { return excelize.Cell{StyleID: styles[4], Value: value} }
	return []any{
		number(p.Number), text(p.EmployeeID), wrapped(p.Name), text(p.BankCode), wrapped(options.BankName(p.BankCode)),
		text(p.AccountNumber), number(int64(p.Amount / ledger.Rupiah)), number(int64(p.Fee / ledger.Rupiah)), text(p.Status.String()), wrapped(p.Reason),
		wrapped(p.HolderName), excelize.Cell{StyleID: styles[3], Value: p.NameScore}, text(batch.Reference(p.Ordinal)), text(p.ProviderReference), at(p.TransferredAt), at(p.SettledAt),
		number(p.Attempts), wrapped(p.CostCenter), text(p.PayType), wrapped(p.Remark),
	}
}

// BenchmarkReport writes the workbook and the retry file of settled payouts with their events, as
// they stand in a ledger at the end of a run.
func BenchmarkReport(b *testing.B) {
	lines := benchLines(b, 2_000)
	store, id := settledLedger(b, lines)
	path := filepath.Join(b.TempDir(), "workbook.xlsx")
	peak := watchMemory(b)
	measured := startCPU()
	for b.Loop() {
		if err := report(b.Context(), store, id, path); err != nil {
			b.Fatal(err)
		}
	}
	perLine(b, lines, measured)
	b.ReportMetric(peak(), "peak-heap-MB")
}

func report(ctx context.Context, store *ledger.Store, id, path string) error {
	view, err := store.View(id)
	if err != nil {
		return err
	}
	defer view.Close()
	if err := reports.Write(ctx, path, view, options); err != nil {
		return err
	}
	_, err = reports.WriteRetry(ctx, path, view, options)
	return err
}

// settledLedger makes a ledger whose payouts are all paid, each with the four events that it takes
// when nothing goes wrong. GAJIAN_BENCH_LEDGER names a file to keep it in, and to find it again.
func settledLedger(b *testing.B, lines int) (*ledger.Store, string) {
	path := os.Getenv("GAJIAN_BENCH_LEDGER")
	if path == "" {
		path = filepath.Join(b.TempDir(), "ledger.db")
	}
	store, err := ledger.Open(path, ledger.Options{Environment: "sandbox", Command: "bench", Create: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	if batches, err := store.Batches(); err == nil && len(batches) == 1 && batches[0].Lines == lines {
		return store, batches[0].ID
	}
	fill := func(add func(ledger.Draft) error) error {
		for n := range lines {
			line := newPayout(n+2, ledger.Queued).Line
			line.Amount, line.Extra = 5_000_000_00, nil
			if err := add(ledger.Draft{Line: line}); err != nil {
				return err
			}
		}
		return nil
	}
	digest := ledger.NewDigester()
	if err := fill(func(d ledger.Draft) error { digest.Add(d.Line); return nil }); err != nil {
		b.Fatal(err)
	}
	batch, err := store.Create(b.Context(), ledger.Batch{Digest: digest.Digest("2026-11"), LinesDigest: digest.LinesDigest(),
		Lines: digest.Lines, Total: digest.Total, Period: "2026-11", File: "payroll.csv", CreatedBy: "ani@payroll"}, fill)
	if err != nil {
		b.Fatal(err)
	}
	const workers = 256 // share the ledger's syncs
	var pool sync.WaitGroup
	for w := range workers {
		pool.Go(func() {
			for n := 2 + w; n < 2+lines; n += workers {
				if err := settle(b.Context(), store, batch.ID, n); err != nil {
					b.Error(err)
				}
			}
		})
	}
	pool.Wait()
	if err := store.Flush(b.Context()); err != nil || b.Failed() {
		b.Fatal("the ledger could not be made: ", err)
	}
	return store, batch.ID
}

// settle takes a payout from queued to settled.
func settle(ctx context.Context, store *ledger.Store, batch string, line int) error {
	p, err := store.Payout(batch, line)
	if err != nil {
		return err
	}
	now := time.Now()
	p.Session, p.InquiredAt, p.HolderName, p.NameScore, p.Fee = "I0438729855304540", now, "SITI NURHALIZA", 0.97, 4_500_00
	move := func(to ledger.Status, evidence ledger.Evidence) error {
		from := p
		p.Status = to
		return store.Record(ctx, ledger.Move{Payout: from, To: to, Actor: "run", Evidence: evidence})
	}
	if err := move(ledger.Verified, ledger.Evidence{Code: "2004200", Message: "Successful", Session: p.Session}); err != nil {
		return err
	}
	p.Attempts, p.ExternalID, p.TransferredAt = 1, fmt.Sprintf("20261123%024d", line), now
	if err := store.Submit(ctx, p, "run", ledger.Evidence{ExternalID: p.ExternalID, Session: p.Session, BodyDigest: make([]byte, 32)}); err != nil {
		return err
	}
	p.Status, p.ProviderReference = ledger.Submitting, fmt.Sprintf("DK%08d", line)
	if err := move(ledger.Pending, ledger.Evidence{Code: "2004300", Message: "Successful", ProviderReference: p.ProviderReference}); err != nil {
		return err
	}
	p.SettledAt = now
	return move(ledger.Settled, ledger.Evidence{Code: "2003600", TransferStatus: "00", ProviderReference: p.ProviderReference})
}

// perLine reports time and CPU of one line.
func perLine(b *testing.B, lines int, cpu func() time.Duration) {
	all := float64(b.N) * float64(lines)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/all, "ns/line")
	b.ReportMetric(float64(cpu().Nanoseconds())/all, "cpu-ns/line")
}

// watchMemory returns a function that ends the watching and tells the most memory, in MB, that
// the Go runtime held meanwhile. What the ledger maps of its file is not part of it.
func watchMemory(b *testing.B) (peak func() float64) {
	done, most := make(chan struct{}), make(chan uint64, 1)
	go func() {
		var highest uint64
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			highest = max(highest, heldMemory())
			select {
			case <-tick.C:
			case <-done:
				tick.Stop()
				most <- highest
				return
			}
		}
	}()
	return sync.OnceValue(func() float64 { close(done); return float64(<-most) / 1e6 })
}

func heldMemory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
