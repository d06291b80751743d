package batch_test

import (
	"fmt"
	"testing"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"
)

// BenchmarkPipeline pays whole payrolls from a ledger on disk: what the pipeline could do if the
// provider took no time and had no limit. The simulator checks signatures and keeps its book, so
// with it two programs share the processor.
func BenchmarkPipeline(b *testing.B) {
	for _, concurrency := range []int{4, 64} {
		b.Run(fmt.Sprintf("fake/concurrency=%d", concurrency), func(b *testing.B) {
			payAll(b, concurrency, func() batch.Provider { return &fakeProvider{} })
		})
		b.Run(fmt.Sprintf("simulator/concurrency=%d", concurrency), func(b *testing.B) {
			payAll(b, concurrency, func() batch.Provider { return simulated(b) })
		})
	}
}

func payAll(b *testing.B, concurrency int, provider func() batch.Provider) {
	const payouts = 2000
	settings := testSettings()
	settings.Concurrency, settings.PollFirst, settings.PollEvery, settings.PollFor = concurrency, time.Millisecond, time.Millisecond, time.Minute
	lines := people(payouts)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		store, to := newStore(b), provider()
		id := enter(b, store, lines, "2026-11").ID
		b.StartTimer()
		if err := batch.Run(b.Context(), store, to, id, batch.Pay, settings); err != nil {
			b.Fatal(err)
		}
		if s, err := store.Summary(id); err != nil || s.ByStatus[ledger.Settled].Count != payouts {
			b.Fatalf("%s %v", standing(s), err)
		}
	}
	b.ReportMetric(float64(b.N*payouts)/b.Elapsed().Seconds(), "payouts/s")
}

// simulated is the real client before a simulator that settles at once.
func simulated(b *testing.B) batch.Provider {
	sim, err := simulator.New(simulator.Config{ClientID: "BRN-0001", PublicKey: &privateKey().PublicKey, ClientSecret: "SK-secret",
		Opening: int64(1_000_000_000_000 * ledger.Rupiah), Fee: int64(testFee)})
	if err != nil {
		b.Fatal(err)
	}
	config := clientConfig()
	config.Gate, config.Transport = batch.NewPace(1_000_000), sim.Transport()
	client, err := kirimdoku.New(config)
	if err != nil {
		b.Fatal(err)
	}
	return client
}
