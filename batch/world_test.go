package batch_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"
)

var privateKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

const (
	testFee  = 4_500 * ledger.Rupiah
	testRate = 200
)

// impatient is a not-found time that is over at the next run of finish: a few runs less in tests
// that are about something else.
const impatient = 6 * time.Hour

// plan says what a world is made of.
type plan struct {
	lines     []ledger.Line
	faults    string // as simulator.ParseFaults reads it
	seed      int64
	rate      int // calls a second; default testRate
	opening   ledger.Sen
	simulator func(*simulator.Config)
	settings  func(*batch.Settings)
	transport func(http.RoundTripper) http.RoundTripper // put between client and simulator
}

// world is a payroll day: a ledger on disk, the real client, and the simulator with its book.
type world struct {
	t        testing.TB
	plan     plan
	sim      *simulator.Simulator
	dir      string
	path     string
	store    *ledger.Store
	client   *kirimdoku.Client
	id       string
	settings batch.Settings
	toppedUp ledger.Sen
}

// inWorld runs a test in a world of its own under a false clock, and judges the world at its end.
func inWorld(t *testing.T, p plan, test func(*testing.T, *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, p)
		defer w.close()
		test(t, w)
		for _, problem := range w.judge() {
			t.Errorf("faults %q, seed %d: %s", p.faults, p.seed, problem)
		}
	})
}

func newWorld(t testing.TB, p plan) *world {
	t.Helper()
	if p.rate == 0 {
		p.rate = testRate
	}
	w := &world{t: t, plan: p, dir: t.TempDir()}
	faults, err := simulator.ParseFaults(p.faults)
	if err != nil {
		t.Fatal(err)
	}
	config := simulator.Config{
		ClientID: "BRN-0001", PublicKey: &privateKey().PublicKey, ClientSecret: "SK-secret", Opening: int64(cmpOr(p.opening, 1_000_000_000*ledger.Rupiah)),
		Fee: int64(testFee), SettleAfter: 10 * time.Second, Faults: faults, Seed: p.seed,
	}
	if p.simulator != nil {
		p.simulator(&config)
	}
	if w.sim, err = simulator.New(config); err != nil {
		t.Fatal(err)
	}
	w.settings = testSettings()
	if p.settings != nil {
		p.settings(&w.settings)
	}
	w.open(filepath.Join(w.dir, "ledger.db"))
	w.connect()
	w.id = enter(t, w.store, p.lines, "2026-11").ID
	return w
}

func cmpOr(amount, otherwise ledger.Sen) ledger.Sen {
	if amount != 0 {
		return amount
	}
	return otherwise
}

// testSettings are the command's defaults.
func testSettings() batch.Settings {
	return batch.Settings{
		Concurrency: 4, PollFirst: time.Minute, PollEvery: 30 * time.Second, PollFor: 15 * time.Minute, NotFoundAfter: 24 * time.Hour,
		SessionMaxAge: 10 * time.Minute, NameMatch: batch.NameHold, Fee: testFee, ReturnsFor: 7 * 24 * time.Hour, Actor: "run",
	}
}

func (w *world) open(path string) {
	w.t.Helper()
	store, err := ledger.Open(path, ledger.Options{Environment: "sandbox", Command: "test", Create: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.path, w.store = path, store
}

// connect makes a client as a new process would: without a token, with a pace of its own.
func (w *world) connect() {
	w.t.Helper()
	transport := w.sim.Transport()
	if w.plan.transport != nil {
		transport = w.plan.transport(transport)
	}
	config := clientConfig()
	config.Gate, config.Transport = batch.NewPace(w.plan.rate), transport
	client, err := kirimdoku.New(config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.client = client
}

// clientConfig is what a client has to know beside its gate and transport.
func clientConfig() kirimdoku.Config {
	return kirimdoku.Config{
		BaseURL: "https://simulator.test", ClientID: "BRN-0001", PrivateKey: privateKey(), ClientSecret: kirimdoku.NewSecret("SK-secret"),
		AccountNo: "A41879", CustomerNumber: "628115678890", SenderFirstName: "PAYROLL", SenderLastName: "OFFICE",
		SenderPersonalID: "3174000000000001", SenderPersonalIDType: "KTP", Timeout: 20 * time.Second,
	}
}

func (w *world) close() {
	w.client.Close()
	if err := w.store.Close(); err != nil {
		w.t.Errorf("close the ledger: %v", err)
	}
}

// run is one run of the command.
func (w *world) run(ctx context.Context, mode batch.Mode) error {
	return batch.Run(ctx, w.store, w.client, w.id, mode, w.settings)
}

// mustRun wants a run without an error.
func (w *world) mustRun() {
	w.t.Helper()
	if err := w.run(w.t.Context(), batch.Pay); err != nil {
		w.t.Fatalf("run: %v", err)
	}
}

// finish runs as cron does, every eight hours, until the batch is finished, and lets a payout be
// sent again when the ledger allows a person to. It returns the errors of the runs.
func (w *world) finish() (errs []error) {
	w.t.Helper()
	for range 12 {
		if err := w.run(w.t.Context(), batch.Pay); err != nil {
			errs = append(errs, err)
		}
		if w.summary().Finished() {
			return errs
		}
		w.resendWhatMayBe()
		time.Sleep(8 * time.Hour)
	}
	w.t.Errorf("not finished after 12 runs: %v, errors %v", w.standing(), errs)
	return errs
}

// resendWhatMayBe decides as a person does who has asked the provider.
func (w *world) resendWhatMayBe() {
	w.t.Helper()
	for p := range w.payouts(ledger.Submitting) {
		if p.AwaitsPerson {
			if _, err := w.store.Resend(w.t.Context(), w.id, p.Number, ledger.Decision{Actor: "test", Reason: "not found for a day"}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

func (w *world) summary() ledger.Summary {
	w.t.Helper()
	s, err := w.store.Summary(w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// payouts walks the payouts of the given statuses; of all without one.
func (w *world) payouts(statuses ...ledger.Status) func(func(ledger.Payout) bool) {
	if len(statuses) == 0 {
		statuses = ledger.Statuses()
	}
	found, _, err := w.store.After(w.id, 0, 1_000_000, statuses...)
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.Values(found)
}

func (w *world) payout(line int) ledger.Payout {
	w.t.Helper()
	p, err := w.store.Payout(w.id, line)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// reference is the partner reference of a line.
func (w *world) reference(line int) string { return w.summary().Reference(w.payout(line).Ordinal) }

// standing is the batch in words: "settled 10, held 1".
func (w *world) standing() string { return standing(w.summary()) }

func standing(s ledger.Summary) string {
	var words []string
	for _, status := range ledger.Statuses() {
		if count := s.ByStatus[status].Count; count > 0 {
			words = append(words, fmt.Sprintf("%v %d", status, count))
		}
	}
	return strings.Join(words, ", ")
}

func (w *world) want(standing string) {
	w.t.Helper()
	if got := w.standing(); got != standing {
		w.t.Errorf("the batch is %s, want %s", got, standing)
		for p := range w.payouts() {
			w.t.Logf("line %d %s attempts %d: %s", p.Number, p.Status, p.Attempts, p.Reason)
		}
	}
}

// judge compares the simulator's own book with the ledger, and says what does not agree.
func (w *world) judge() (problems []string) {
	problem := func(format string, values ...any) { problems = append(problems, fmt.Sprintf(format, values...)) }
	summary, debits := w.summary(), map[string]simulator.Debit{}
	for _, d := range w.sim.Book() {
		if _, twice := debits[d.Reference]; twice {
			problem("%s was debited twice", d.Reference)
		}
		debits[d.Reference] = d
	}
	count, total := 0, ledger.Sen(0)
	for p := range w.payouts() {
		reference := summary.Reference(p.Ordinal)
		d, debited := debits[reference]
		delete(debits, reference)
		if wrong := disagreement(p, d, debited); wrong != "" {
			problem("line %d is %s (%s), but %s", p.Number, p.Status, p.Reason, wrong)
		}
		count, total = count+1, total+p.Amount
	}
	for reference := range debits {
		problem("debit %s belongs to no payout", reference)
	}
	if count != len(w.plan.lines) || total != totalOf(w.plan.lines) {
		problem("%d payouts of %s came in, the ledger has %d of %s", len(w.plan.lines), totalOf(w.plan.lines), count, total)
	}
	return append(problems, w.judgeSums(summary)...)
}

// disagreement says how a payout and what the book knows of it contradict each other.
func disagreement(p ledger.Payout, d simulator.Debit, debited bool) string {
	standing := debited && d.State != simulator.Failed
	switch {
	case debited && (d.Amount != int64(p.Amount) || d.Account != p.AccountNumber || d.Bank != p.BankCode):
		return fmt.Sprintf("IDR %s went to %s/%s", ledger.Sen(d.Amount), d.Bank, d.Account)
	case p.Status == ledger.Settled && (!standing || d.State == simulator.Pending):
		return "it is not paid"
	case p.Status == ledger.Returned && (!debited || d.State != simulator.Refunded):
		return "nothing came back"
	case p.Status == ledger.Pending && !debited:
		return "nothing was debited"
	case p.Status == ledger.Failed && standing:
		return "the debit stands"
	case debited && slices.Contains([]ledger.Status{ledger.Queued, ledger.Verified, ledger.Held, ledger.Rejected, ledger.Cancelled}, p.Status):
		return "it was debited"
	}
	return ""
}

func (w *world) judgeSums(summary ledger.Summary) (problems []string) {
	problem := func(format string, values ...any) { problems = append(problems, fmt.Sprintf(format, values...)) }
	count, total := 0, ledger.Sen(0)
	for _, c := range summary.ByStatus {
		count, total = count+c.Count, total+c.Amount
	}
	if count != len(w.plan.lines) || total != totalOf(w.plan.lines) {
		problem("the statuses add up to %d and %s", count, total)
	}
	if err := w.sim.CheckBook(); err != nil {
		problem("the simulator's book: %v", err)
	}
	if v := w.sim.Violations(); len(v) > 0 {
		problem("the client broke a rule: %+v", v[0])
	}
	if peak := w.sim.PeakCallsPerSecond(); peak > w.plan.rate {
		problem("%d calls in a second, %d are allowed", peak, w.plan.rate)
	}
	verification, err := w.store.Verify(w.t.Context())
	if err != nil || len(verification.Problems) > 0 {
		problem("verify: %v %v", err, verification.Problems)
	}
	transit := summary.ByStatus[ledger.Submitting].Count + summary.ByStatus[ledger.Pending].Count
	if expected := summary.Expected() + w.toppedUp; transit == 0 && summary.Balance.HasOpened && int64(expected) != w.sim.Available() {
		problem("the deposit should hold %s, it holds %s", expected, ledger.Sen(w.sim.Available()))
	}
	return problems
}

func totalOf(lines []ledger.Line) (total ledger.Sen) {
	for _, l := range lines {
		total += l.Amount
	}
	return total
}

// snapshot copies the ledger's file as a killed process would leave it. Two reads that agree are
// a state in which the file really stood.
func snapshot(path, to string) error {
	before, err := os.ReadFile(path)
	for err == nil {
		var after []byte
		if after, err = os.ReadFile(path); bytes.Equal(before, after) {
			break
		}
		before = after
	}
	return errors.Join(err, os.WriteFile(to, before, 0o600))
}

// people makes n lines of ordinary employees.
func people(n int) (lines []ledger.Line) {
	first := []string{"Siti", "Budi", "Dewi", "Agus", "Rina", "Joko", "Wulan", "Hendra"}
	last := []string{"Rahmawati", "Santoso", "Lestari", "Wijaya", "Kusuma", "Pratama", "Nugroho"}
	for i := range n {
		lines = append(lines, ledger.Line{
			Number: i + 2, EmployeeID: fmt.Sprintf("E%05d", i+1), Name: first[i%len(first)] + " " + last[i%len(last)],
			BankCode: []string{"014", "008", "002"}[i%3], AccountNumber: fmt.Sprintf("80%08d", i+7), Amount: ledger.Sen(1_500_000+i*1_000) * ledger.Rupiah,
			Phone: "62811600174", Remark: "Gaji November",
		})
	}
	return lines
}

// paidTo puts an account with a behaviour of the simulator behind a line.
func paidTo(line ledger.Line, account string) ledger.Line {
	line.AccountNumber = account
	return line
}

// given walks lines that are in memory.
func given(lines []ledger.Line) batch.Lines {
	return func(yield func(ledger.Line) error) error {
		for _, l := range lines {
			if err := yield(l); err != nil {
				return err
			}
		}
		return nil
	}
}

// enter puts lines into the ledger as the command does.
func enter(t testing.TB, store *ledger.Store, lines []ledger.Line, period string) ledger.Batch {
	t.Helper()
	stock, err := batch.TakeStock(t.Context(), store, given(lines), period, true, batch.Review{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := batch.Enter(t.Context(), store, stock, batch.Origin{File: "payroll.csv", CreatedBy: "test"}, given(lines))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
