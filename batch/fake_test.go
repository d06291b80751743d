package batch_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gajian/batch"
	"gajian/ledger"
)

// fakeProvider answers from functions. Those that are nil do what a provider does on a good day:
// every account is its owner's, every transfer is accepted, and paid when it is asked about.
type fakeProvider struct {
	balance  func(context.Context) (batch.Funds, error)
	inquire  func(context.Context, batch.Inquiry) (batch.Holder, error)
	prepare  func(context.Context, batch.Transfer) error
	transfer func(context.Context, *batch.Order) (batch.Receipt, error)
	status   func(context.Context, batch.Query) (batch.Standing, error)

	mu        sync.Mutex
	sessions  int
	inquiries []string // references, in the order of the calls
	transfers []batch.Order
	questions []question
	under     int // calls under way
	mostUnder int
	slots     int // orders neither sent nor discarded
	amounts   map[string]ledger.Sen
}

// question is a status question and when it was asked.
type question struct {
	batch.Query
	at time.Time
}

var _ batch.Provider = (*fakeProvider)(nil)

func (f *fakeProvider) enter() func() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.under++
	f.mostUnder = max(f.mostUnder, f.under)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.under--
	}
}

func (f *fakeProvider) Balance(ctx context.Context) (batch.Funds, error) {
	defer f.enter()()
	if f.balance != nil {
		return f.balance(ctx)
	}
	return batch.Funds{Available: 1 << 50}, nil
}

func (f *fakeProvider) Inquire(ctx context.Context, i batch.Inquiry) (batch.Holder, error) {
	defer f.enter()()
	f.mu.Lock()
	f.inquiries = append(f.inquiries, i.Reference)
	f.mu.Unlock()
	if f.inquire != nil {
		return f.inquire(ctx, i)
	}
	return f.holder(i), nil
}

// holder is a good answer to an inquiry, with a session of its own.
func (f *fakeProvider) holder(i batch.Inquiry) batch.Holder {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sessions++
	return batch.Holder{Name: strings.ToUpper(i.Name), BankCode: i.BankCode, AccountNumber: i.AccountNumber, Amount: i.Amount, BeneficiaryAmount: i.Amount,
		Fee: testFee, Session: fmt.Sprintf("I%016d", f.sessions), Code: "2004200"}
}

type fakeSlot struct{ f *fakeProvider }

func (s fakeSlot) Use(context.Context) error {
	s.Release()
	return nil
}
func (s fakeSlot) Done()    {}
func (s fakeSlot) Left()    {}
func (s fakeSlot) Release() { s.f.mu.Lock(); s.f.slots--; s.f.mu.Unlock() }

func (f *fakeProvider) Prepare(ctx context.Context, t batch.Transfer) (*batch.Order, error) {
	defer f.enter()()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if f.prepare != nil {
		if err := f.prepare(ctx, t); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slots++
	body := []byte(t.Reference + t.Session)
	return &batch.Order{Transfer: t, ExternalID: fmt.Sprintf("%020d", f.sessions*1000+len(f.transfers)), Body: body, BodyDigest: sha256.Sum256(body), Slot: fakeSlot{f}}, nil
}

func (f *fakeProvider) Transfer(ctx context.Context, o *batch.Order) (batch.Receipt, error) {
	defer f.enter()()
	if err := o.Leaving(); err != nil {
		o.Discard()
		return batch.Receipt{}, &batch.Error{Operation: "transfer", Outcome: batch.NotTaken, Cause: err}
	}
	_ = o.Slot.Use(ctx)
	o.Slot = nil
	f.mu.Lock()
	f.transfers = append(f.transfers, *o)
	if f.amounts == nil {
		f.amounts = map[string]ledger.Sen{}
	}
	f.amounts[o.Reference] = o.Amount
	f.mu.Unlock()
	if f.transfer != nil {
		return f.transfer(ctx, o)
	}
	return f.receipt(o), nil
}

func (f *fakeProvider) receipt(o *batch.Order) batch.Receipt {
	return batch.Receipt{Reference: o.Reference, ProviderReference: "DK" + o.ExternalID, Session: o.Session, Amount: o.Amount, Code: "2004300"}
}

func (f *fakeProvider) Status(ctx context.Context, q batch.Query) (batch.Standing, error) {
	defer f.enter()()
	f.mu.Lock()
	f.questions = append(f.questions, question{q, time.Now()})
	f.mu.Unlock()
	if f.status != nil {
		return f.status(ctx, q)
	}
	return f.standing(q, batch.PhasePaid), nil
}

// standing is an answer that names our reference and amount.
func (f *fakeProvider) standing(q batch.Query, phase batch.Phase) batch.Standing {
	f.mu.Lock()
	defer f.mu.Unlock()
	words := map[batch.Phase]string{batch.PhasePaid: "00", batch.PhaseInProgress: "03", batch.PhaseRefunded: "04", batch.PhaseCancelled: "05", batch.PhaseFailed: "06", batch.PhaseNotFound: "07"}
	return batch.Standing{Phase: phase, Reference: q.Reference, Amount: f.amounts[q.Reference], ProviderReference: q.ProviderReference, Code: "2005300", TransferStatus: words[phase]}
}

// says answers every status question with the phases in turn, then with the last for ever.
func (f *fakeProvider) says(phases ...batch.Phase) {
	asked := map[string]int{}
	f.status = func(_ context.Context, q batch.Query) (batch.Standing, error) {
		f.mu.Lock()
		n := asked[q.Reference]
		asked[q.Reference]++
		f.mu.Unlock()
		return f.standing(q, phases[min(n, len(phases)-1)]), nil
	}
}

// count is a snapshot of how many inquiries, transfers and questions there were.
func (f *fakeProvider) count() (inquiries, transfers, questions int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.inquiries), len(f.transfers), len(f.questions)
}

// fakeWorld is a ledger with one batch, and a fake provider.
type fakeWorld struct {
	*world
	fake *fakeProvider
}

// withFake runs a test over the fake under a false clock. At its end no session has served two
// transfers, no slot was kept, and the ledger is sound.
func withFake(t *testing.T, lines []ledger.Line, test func(*testing.T, *fakeWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &fakeWorld{&world{t: t, plan: plan{lines: lines}, dir: t.TempDir(), settings: testSettings()}, &fakeProvider{}}
		w.open(filepath.Join(w.dir, "ledger.db"))
		defer func() {
			if err := w.store.Close(); err != nil {
				t.Error(err)
			}
		}()
		w.id = enter(t, w.store, lines, "2026-11").ID
		test(t, w)
		sessions := map[string]bool{}
		for _, o := range w.fake.transfers {
			if o.Session == "" || sessions[o.Session] {
				t.Errorf("session %q served two transfers, or there was none", o.Session)
			}
			sessions[o.Session] = true
		}
		if w.fake.slots != 0 {
			t.Errorf("%d slots were kept", w.fake.slots)
		}
		if v, err := w.store.Verify(t.Context()); err != nil || len(v.Problems) > 0 {
			t.Errorf("verify: %v %v", err, v.Problems)
		}
	})
}

func (w *fakeWorld) run(ctx context.Context, mode batch.Mode) error {
	return batch.Run(ctx, w.store, w.fake, w.id, mode, w.settings)
}

func (w *fakeWorld) mustRun() {
	w.t.Helper()
	if err := w.run(w.t.Context(), batch.Pay); err != nil {
		w.t.Fatalf("run: %v", err)
	}
}

// events are a line's events as "from>to".
func (w *world) events(line int) (moves []string) {
	w.t.Helper()
	view, err := w.store.View(w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	defer view.Close()
	for e, err := range view.Events() {
		if err != nil {
			w.t.Fatal(err)
		}
		if e.Line == line && e.Kind == ledger.Transition {
			moves = append(moves, e.From.String()+">"+e.To.String())
		}
	}
	return moves
}

// refusal is an error of the provider's.
func refusal(operation string, outcome batch.Outcome, code string, cause error) *batch.Error {
	return &batch.Error{Operation: operation, Outcome: outcome, Code: code, Message: "No", Cause: cause}
}

var errLost = &batch.Error{Operation: "any", Cause: errors.New("no answer came")}
