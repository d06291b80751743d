package simulator_test

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch/kirimdoku/simulator"
	"pgregory.net/rapid"
)

// money is what a model of the deposit expects: what each reference cost, once taken.
type money struct {
	opening int64
	taken   map[string]payout
}

// TestTheBookAddsUpUnderRandomCalls lets random payouts, repeats and faults run beside a model
// that knows only which references were ever asked for.
func TestTheBookAddsUpUnderRandomCalls(t *testing.T) {
	privateKey()
	rapid.Check(t, func(rt *rapid.T) {
		settings := config()
		settings.Opening = rapid.Int64Range(0, 5_000_000*rp).Draw(rt, "opening")
		settings.Seed = rapid.Int64().Draw(rt, "seed")
		settings.SettleAfter = time.Duration(rapid.IntRange(0, 3).Draw(rt, "settle")) * time.Second
		settings.Faults = mustFaults(t, rapid.SampledFrom([]string{
			"", "transfer:lose-response=30%", "transfer:late/2s=30%", "transfer:lose-request=30%", "*:500-after=20%,*:500-before=20%",
		}).Draw(rt, "faults"))
		synctest.Test(t, func(t *testing.T) {
			runRandomly(t, rt, newClient(t, settings), &money{opening: settings.Opening, taken: map[string]payout{}})
		})
	})
}

var randomAccounts = []string{"8377388292", "1234500", "7746555134", "9990000005", "9990000006", "9990000007", "9990000008"}

func runRandomly(t *testing.T, rt *rapid.T, c *client, model *money) {
	for range rapid.IntRange(1, 12).Draw(rt, "steps") {
		p := payout{
			reference: fmt.Sprint("REF-", rapid.IntRange(1, 5).Draw(rt, "reference")),
			bank:      rapid.SampledFrom([]string{"002", "014"}).Draw(rt, "bank"),
			account:   rapid.SampledFrom(randomAccounts).Draw(rt, "account"),
			name:      "BUDI", rupiah: rapid.IntRange(1, 2_000_000).Draw(rt, "rupiah"),
		}
		session := c.inquire(p).text("sessionId")
		if session != "" {
			c.transfer(p, session)
		}
		time.Sleep(time.Duration(rapid.IntRange(0, 4).Draw(rt, "wait")) * time.Second)
		model.compare(t, rt, c.sim)
	}
	time.Sleep(time.Hour)
	model.compare(t, rt, c.sim)
}

// compare adds the book up on its own.
func (m *money) compare(t *testing.T, rt *rapid.T, sim *simulator.Simulator) {
	if err := sim.CheckBook(); err != nil {
		rt.Fatalf("the book does not add up: %v", err)
	}
	left, seen := m.opening, map[string]bool{}
	for _, debit := range sim.Book() {
		if seen[debit.Reference] {
			rt.Fatalf("%s was debited twice", debit.Reference)
		}
		seen[debit.Reference] = true
		if first, known := m.taken[debit.Reference]; known && int64(first.rupiah)*rp != debit.Amount {
			rt.Fatalf("%s changed its amount", debit.Reference)
		}
		m.taken[debit.Reference] = payout{rupiah: int(debit.Amount / rp)}
		switch debit.State {
		case simulator.Pending, simulator.Paid:
			left -= debit.Amount + fee
		case simulator.Refunded:
			left -= fee
		}
	}
	if len(seen) != len(m.taken) {
		rt.Fatalf("a debit has gone: %d of %d are left", len(seen), len(m.taken))
	}
	if left != sim.Available() || left < 0 {
		rt.Fatalf("the deposit holds %d sen, want %d", sim.Available(), left)
	}
}

func TestCheckBookSeesMoneyThatIsMissing(t *testing.T) {
	c := newClient(t, config())
	c.pay(ordinary("REF-1"))
	if err := c.sim.CheckBook(); err != nil {
		t.Fatal(err)
	}
	c.sim.Spoil(1)
	if err := c.sim.CheckBook(); err == nil {
		t.Error("a missing sen was not seen")
	}
}

func TestManyClientsAtOnceAreDebitedOncePerReference(t *testing.T) {
	settings := config()
	settings.Opening = 1_000_000_000 * rp
	settings.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	const workers, references = 8, 50
	c := newClient(t, settings)
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			mine := &client{t: t, sim: c.sim, http: c.http, base: c.base, prefix: c.prefix, token: c.token, last: (worker + 1) * 1_000_000}
			for i := range references {
				mine.transfer(ordinary(fmt.Sprint("REF-", i)), mine.inquire(ordinary("X")).text("sessionId"))
				mine.status(fmt.Sprint("REF-", i))
			}
		})
	}
	group.Wait()
	c.wantDebits(references, 1_000_000_000*rp-references*(200_000*rp+fee))
	if err := c.sim.CheckBook(); err != nil {
		t.Error(err)
	}
	for _, debit := range c.sim.Book() {
		if debit.Requests != workers {
			t.Errorf("%s: %d requests, want %d", debit.Reference, debit.Requests, workers)
		}
	}
	if got := c.sim.Calls()[simulator.TransferCall]; got != workers*references {
		t.Errorf("%d transfers, want %d", got, workers*references)
	}
}

func BenchmarkPayout(b *testing.B) {
	settings := config()
	settings.Opening = 1 << 60
	c := newClient(b, settings)
	for b.Loop() {
		p := ordinary(fmt.Sprint("REF-", c.last))
		c.transfer(p, c.session(p))
		c.status(p.reference)
	}
}
