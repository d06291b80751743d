package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"gajian/ledger"
	"pgregory.net/rapid"
)

// model is what a ledger should be, kept in maps.
type model struct {
	t       *rapid.T
	path    string
	store   *ledger.Store
	batches []ledger.Batch
	payouts map[string]map[int]*ledger.Payout // by batch and line
	events  map[string][]string
	balance map[string]ledger.Balance
	others  map[string][2]ledger.Sen // what other batches had out at a batch's opening and closing
	names   map[string]bool          // accepted holders
	decided map[string]bool          // batches in which a person ended a doubt
	clock   time.Duration            // of whoever asks; it may go back
	marks   bool                     // this system can tell whether a transfer left
}

// TestTheLedgerIsLikeItsModel does at random what the pipeline and people do.
func TestTheLedgerIsLikeItsModel(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		file, err := os.CreateTemp(folder, "")
		if err != nil {
			t.Fatal(err)
		}
		m := &model{t: t, path: file.Name() + ".db", payouts: map[string]map[int]*ledger.Payout{}, events: map[string][]string{}, balance: map[string]ledger.Balance{}, others: map[string][2]ledger.Sen{}, names: map[string]bool{}, decided: map[string]bool{}, marks: runtime.GOOS == "linux"}
		_ = file.Close()
		m.open()
		defer func() { _ = m.store.Close() }()
		t.Repeat(map[string]func(*rapid.T){
			"create":  m.create,
			"record":  m.record,
			"record2": m.record, // twice as likely: most of a life is this
			"note":    m.note,
			"submit":  m.submit,
			"decide":  m.decide,
			"balance": m.readBalance,
			"reopen":  func(*rapid.T) { m.reopen() },
			"flush":   func(*rapid.T) { m.compare() },
		})
		m.compare()
		m.reopen()
		m.compare()
	})
}

func (m *model) open() {
	store, err := ledger.Open(m.path, ledger.Options{Environment: "sandbox", Create: true, Window: 4})
	if err != nil {
		m.t.Fatal(err)
	}
	m.store = store.NoSync()
}

func (m *model) reopen() {
	if err := m.store.Close(); err != nil {
		m.t.Fatal(err)
	}
	m.open()
}

func (m *model) create(t *rapid.T) {
	if len(m.batches) == 3 {
		t.Skip("enough batches")
	}
	lines := drafts(rapid.IntRange(1, 12).Draw(t, "lines"))
	for i := range lines {
		if rapid.IntRange(0, 5).Draw(t, "held") == 0 {
			lines[i].Hold, lines[i].Reason = ledger.HoldDuplicate, "twice"
		}
	}
	period := fmt.Sprintf("2026-%02d", rapid.IntRange(1, 3).Draw(t, "period"))
	announced := announce(period, lines)
	exists := slices.ContainsFunc(m.batches, func(b ledger.Batch) bool { return b.Digest == announced.Digest })
	b, err := m.store.Create(context.Background(), announced, addAll(lines))
	if exists {
		if !errors.Is(err, ledger.ErrBatchExists) {
			t.Fatalf("a second batch of the same lines: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.batches, m.payouts[b.ID] = append(m.batches, b), map[int]*ledger.Payout{}
	for i, d := range lines {
		p := &ledger.Payout{Line: d.Line, Batch: b.ID, Ordinal: i + 1, Status: ledger.Queued, State: ledger.State{Hold: d.Hold, Reason: d.Reason}}
		if d.Hold != ledger.HoldNone {
			p.Status = ledger.Held
		}
		m.payouts[b.ID][d.Number] = p
	}
	m.tell(b.ID, "batch created 0 %s %s %s", ledger.Status(0), ledger.Status(0), b.CreatedBy)
}

func (m *model) tell(batch, format string, values ...any) {
	m.events[batch] = append(m.events[batch], fmt.Sprintf(format, values...))
}

func (m *model) transition(p *ledger.Payout, to ledger.Status, actor string) {
	m.tell(p.Batch, "transition %d %s %s %s", p.Number, p.Status, to, actor)
	if outOfTheDeposit(p.Status) != outOfTheDeposit(to) {
		balance := m.balance[p.Batch]
		balance.Moved = true
		m.balance[p.Batch] = balance
	}
	p.Status = to
}

func outOfTheDeposit(s ledger.Status) bool {
	return s == ledger.Submitting || s == ledger.Pending || s == ledger.Settled
}

// pick draws a payout, and a copy of it with a changed state.
func (m *model) pick(t *rapid.T) (known *ledger.Payout, changed ledger.Payout) {
	if len(m.batches) == 0 {
		t.Skip("no batch")
	}
	lines := m.payouts[rapid.SampledFrom(m.batches).Draw(t, "batch").ID]
	known = lines[rapid.SampledFrom(slices.Sorted(maps.Keys(lines))).Draw(t, "line")]
	changed = *known
	changed.Fee = ledger.Sen(rapid.IntRange(0, 3).Draw(t, "fee")) * 100
	changed.Reason = rapid.SampledFrom([]string{"", "x", "\xff"}).Draw(t, "reason")
	changed.HolderName = rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "holder")
	changed.Hold = ledger.Hold(rapid.IntRange(0, 6).Draw(t, "hold"))
	changed.Doubt = ledger.Doubt{AwaitsPerson: true, NotFoundCount: 9, NotFoundFor: 99 * time.Hour, NotFoundAfter: 1} // forged: the ledger keeps its own
	return known, changed
}

func (m *model) record(t *rapid.T) {
	known, changed := m.pick(t)
	var next []ledger.Status
	for _, s := range ledger.Statuses() {
		if known.Status.MayBecome(s) && s != ledger.Submitting {
			next = append(next, s)
		}
	}
	if len(next) == 0 {
		t.Skip("it is at its end")
	}
	to := rapid.SampledFrom(next).Draw(t, "to")
	move := ledger.Move{Payout: changed, To: to, Actor: "run"}
	if known.Status == ledger.Submitting && to == ledger.Verified {
		if err := m.store.Record(context.Background(), move); !errors.Is(err, ledger.ErrUnproved) {
			t.Fatalf("back to verified without a proof: %v", err)
		}
		if known.Answers > 0 {
			t.Skip("the answer to the transfer itself cannot come any more")
		}
		move.Evidence.Proof = ledger.ProofNotTaken
	}
	if err := m.store.Record(context.Background(), move); err != nil {
		t.Fatal(err)
	}
	known.State, known.Doubt = changed.State, ledger.Doubt{}
	m.transition(known, to, "run")
}

func (m *model) note(t *rapid.T) {
	known, changed := m.pick(t)
	move := ledger.Move{Payout: changed, To: known.Status, Actor: "poll"}
	doubt := known.Doubt
	if known.Status.InTransit() {
		m.clock += time.Duration(rapid.IntRange(-3, 20).Draw(t, "hours")) * time.Hour
		move.HeardAt = day(1, ledger.WIB).Add(m.clock)
		move.Evidence.NotFoundAfter = 24 * time.Hour
		move.Evidence.Answer = rapid.SampledFrom([]ledger.Answer{ledger.AnswerNotFound, ledger.AnswerNotFound, ledger.AnswerNotFound, ledger.AnswerNone, ledger.AnswerUnclear, ledger.AnswerKnown}).Draw(t, "answer")
		doubt = hear(doubt, move.Evidence.Answer, move.HeardAt)
	}
	if err := m.store.Record(context.Background(), move); err != nil {
		t.Fatal(err)
	}
	known.State, known.Doubt = changed.State, doubt
	m.tell(known.Batch, "note %d %s %s poll", known.Number, known.Status, known.Status)
}

// hear is what should be known after one more answer, with a not-found time of a day.
func hear(d ledger.Doubt, answer ledger.Answer, at time.Time) ledger.Doubt {
	before := d
	switch answer {
	case ledger.AnswerNone:
		return d
	case ledger.AnswerNotFound:
		if d.NotFoundCount++; d.NotFoundCount == 1 {
			d.NotFoundSince = at
		} else if gap := at.Sub(before.LastAnswerAt); gap > 0 {
			d.NotFoundFor += min(gap, 12*time.Hour)
		}
		d.NotFoundAfter = 24 * time.Hour
		d.AwaitsPerson = d.NotFoundCount > 2 && d.NotFoundFor >= 24*time.Hour && !d.ProviderKnows
	default:
		d = ledger.Doubt{ProviderKnows: d.ProviderKnows || answer == ledger.AnswerKnown}
	}
	d.Answers, d.LastAnswer, d.LastAnswerAt = before.Answers+1, answer, at
	return d
}

func (m *model) submit(t *rapid.T) {
	known, changed := m.pick(t)
	want := error(nil)
	if known.Status != ledger.Verified {
		want = ledger.ErrForbiddenMove
	}
	if stale := rapid.IntRange(1, 40).Draw(t, "stale"); stale <= 10 && ledger.Status(stale) != known.Status {
		changed.Status, want = ledger.Status(stale), ledger.ErrStatusChanged
		if changed.Status == ledger.Submitting {
			want = ledger.ErrForbiddenMove
		}
	}
	changed.Attempts++
	changed.ExternalID = fmt.Sprint(changed.Attempts)
	if want == nil && rapid.IntRange(0, 9).Draw(t, "of another attempt") == 0 {
		changed.Attempts, want = changed.Attempts+1, ledger.ErrStatusChanged
	}
	err := m.store.Submit(context.Background(), changed, "run", ledger.Evidence{ExternalID: "1"})
	if !errors.Is(err, want) {
		t.Fatalf("an intent from %s, seen as %s: %v, want %v", known.Status, changed.Status, err, want)
	}
	if want == nil {
		known.State, known.Doubt = changed.State, ledger.Doubt{}
		m.transition(known, ledger.Submitting, "run")
	}
}

func (m *model) decide(t *rapid.T) {
	known, _ := m.pick(t)
	ctx, awaits := context.Background(), known.AwaitsPerson
	var err, want error
	switch rapid.SampledFrom([]string{"release", "resend", "cancel"}).Draw(t, "decision") {
	case "release":
		_, err = m.store.Release(ctx, known.Batch, known.Number, because)
		if want = ledger.ErrNotHeld; known.Status == ledger.Held {
			want = nil
			m.release(known)
		}
	case "resend":
		_, err = m.store.Resend(ctx, known.Batch, known.Number, because)
		switch {
		case known.Status != ledger.Submitting:
			want = ledger.ErrNotInDoubt
		case !awaits:
			want = ledger.ErrTooEarly
		default:
			known.Session, known.Reason, known.UnpaidSeen, known.Doubt = "", "", false, ledger.Doubt{}
			m.decided[known.Batch] = true
			m.transition(known, ledger.Verified, because.Actor)
		}
	case "cancel":
		_, err = m.store.Cancel(ctx, known.Batch, known.Number, because)
		word := "cancelled: "
		switch {
		case known.Status == ledger.Submitting && !awaits:
			want = ledger.ErrTooEarly
		case known.Status == ledger.Submitting:
			known.Session, known.Doubt = "", ledger.Doubt{}
			m.decided[known.Batch] = true
			m.transition(known, ledger.Verified, because.Actor)
			word = "cancelled in doubt, the provider did not know it: "
			fallthrough
		case known.Status == ledger.Held, known.Status == ledger.Verified:
			known.Hold, known.Reason = ledger.HoldNone, word+because.Reason
			m.transition(known, ledger.Cancelled, because.Actor)
		default:
			want = ledger.ErrNotCancellable
		}
	}
	if !errors.Is(err, want) {
		t.Fatalf("a decision on %s (awaiting %v): %v, want %v", known.Status, awaits, err, want)
	}
}

func (m *model) release(p *ledger.Payout) {
	accepted := p.Hold == ledger.HoldName && p.HolderName != ""
	p.AcceptFee = p.AcceptFee || p.Hold == ledger.HoldFee
	p.AcceptDuplicate = p.AcceptDuplicate || p.Hold == ledger.HoldDuplicate || p.Hold == ledger.HoldSharedAccount
	m.transition(p, ledger.Queued, because.Actor)
	if accepted {
		m.names[fmt.Sprint(p.Number, p.HolderName)] = true
		m.tell(p.Batch, "accepted %d %s %s %s", p.Number, ledger.Status(0), ledger.Status(0), because.Actor)
	}
	p.Hold, p.Reason = ledger.HoldNone, ""
}

func (m *model) readBalance(t *rapid.T) {
	if len(m.batches) == 0 {
		t.Skip("no batch")
	}
	b := rapid.SampledFrom(m.batches).Draw(t, "batch")
	available, closing := ledger.Sen(rapid.IntRange(0, 1e9).Draw(t, "available")), rapid.Bool().Draw(t, "closing")
	if err := m.store.RecordBalance(context.Background(), b.ID, "run", available, closing); err != nil {
		t.Fatal(err)
	}
	balance, others := m.balance[b.ID], m.others[b.ID]
	switch {
	case closing:
		balance.Closing, balance.HasClosed, balance.Moved = available, true, false
		others[1] = m.outOfOthers(b.ID)
	case !balance.HasOpened || !m.sent(b.ID) && !m.decided[b.ID]:
		balance.Opening, balance.HasOpened = available, true
		others[0] = m.outOfOthers(b.ID)
	}
	if balance.HasOpened && balance.HasClosed {
		balance.Others = others[1] - others[0]
	}
	m.balance[b.ID], m.others[b.ID] = balance, others
	m.tell(b.ID, "balance read 0 %s %s run", ledger.Status(0), ledger.Status(0))
}

// outOfOthers is what all batches but one have out of the deposit, fees included.
func (m *model) outOfOthers(batch string) (sum ledger.Sen) {
	for id, lines := range m.payouts {
		for _, p := range lines {
			switch {
			case id == batch:
			case outOfTheDeposit(p.Status):
				sum += p.Amount + p.Fee
			case p.Status == ledger.Returned:
				sum += p.Fee
			}
		}
	}
	return sum
}

// sent reports whether anything of a batch has left or may have.
func (m *model) sent(batch string) bool {
	for _, p := range m.payouts[batch] {
		switch p.Status {
		case ledger.Submitting, ledger.Pending, ledger.Settled, ledger.Failed, ledger.Returned:
			return true
		}
	}
	return false
}

// compare holds everything the ledger says against the model.
func (m *model) compare() {
	ctx := context.Background()
	if err := m.store.Flush(ctx); err != nil {
		m.t.Fatal(err)
	}
	batches, err := m.store.Batches()
	if err != nil || len(batches) != len(m.batches) {
		m.t.Fatalf("%d batches, %v, want %d", len(batches), err, len(m.batches))
	}
	total := uint64(0)
	for i, summary := range batches {
		m.compareSummary(summary, m.batches[i])
		m.comparePayouts(summary.ID)
		m.compareEvents(summary.ID)
		total += uint64(len(m.events[summary.ID]))
	}
	for line := 2; line < 14; line++ {
		for _, holder := range []string{"A", "B"} {
			what := ledger.AcceptName("014", fmt.Sprintf("%010d", line), fmt.Sprintf("Pegawai %d", line), holder)
			if got, err := m.store.Accepted(what); err != nil || got != m.names[fmt.Sprint(line, holder)] {
				m.t.Fatalf("holder %s of line %d is accepted: %v, %v", holder, line, got, err)
			}
		}
	}
	if v, err := m.store.Verify(ctx); err != nil || len(v.Problems) > 0 || v.Events != total || v.Batches != len(m.batches) {
		m.t.Fatalf("verify: %+v, %v; want %d events", v, err, total)
	}
}

func (m *model) compareSummary(got ledger.Summary, want ledger.Batch) {
	byStatus := map[ledger.Status]ledger.Count{}
	var fees, transit ledger.Sen
	for _, p := range m.payouts[want.ID] {
		c := byStatus[p.Status]
		byStatus[p.Status] = ledger.Count{Count: c.Count + 1, Amount: c.Amount + p.Amount}
		switch p.Status {
		case ledger.Settled, ledger.Returned:
			fees += p.Fee
		case ledger.Pending, ledger.Submitting:
			transit += p.Fee
		}
	}
	balance := got.Balance
	if balance.HasOpened == balance.OpenedAt.IsZero() || balance.HasClosed == balance.ClosedAt.IsZero() {
		m.t.Fatalf("balance %+v", balance)
	}
	balance.OpenedAt, balance.ClosedAt = m.balance[want.ID].OpenedAt, m.balance[want.ID].ClosedAt
	if got.ID != want.ID || !maps.Equal(got.ByStatus, byStatus) || got.Fees != fees || got.TransitFees != transit || balance != m.balance[want.ID] {
		m.t.Fatalf("summary %+v, want %v fees %s transit %s %+v", got, byStatus, fees, transit, m.balance[want.ID])
	}
}

func (m *model) comparePayouts(batch string) {
	view, err := m.store.View(batch)
	if err != nil {
		m.t.Fatal(err)
	}
	defer view.Close()
	seen := 0
	for p, err := range view.Payouts() {
		if err != nil {
			m.t.Fatal(err)
		}
		if (p.DepartureMark != "") != (p.Status == ledger.Submitting) && m.marks {
			m.t.Fatalf("%s is %s and has the mark %q", p.Label(), p.Status, p.DepartureMark)
		}
		p.DepartureMark = "" // as random as its file
		if seen++; fmt.Sprintf("%#v", p) != fmt.Sprintf("%#v", *m.payouts[batch][p.Number]) {
			m.t.Fatalf("payout\n%#v, want\n%#v", p, *m.payouts[batch][p.Number])
		}
	}
	if seen != len(m.payouts[batch]) {
		m.t.Fatalf("%d payouts, want %d", seen, len(m.payouts[batch]))
	}
	for _, status := range ledger.Statuses() {
		payouts, _, err := m.store.After(batch, 0, 100, status)
		if err != nil || len(payouts) != view.Summary().ByStatus[status].Count {
			m.t.Fatalf("After finds %d %s, %v, want %d", len(payouts), status, err, view.Summary().ByStatus[status].Count)
		}
	}
}

func (m *model) compareEvents(batch string) {
	view, err := m.store.View(batch)
	if err != nil {
		m.t.Fatal(err)
	}
	defer view.Close()
	var got []string
	for e, err := range view.Events() {
		if err != nil {
			m.t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %d %s %s %s", e.Kind, e.Line, e.From, e.To, e.Actor))
	}
	if !slices.Equal(got, m.events[batch]) {
		m.t.Fatalf("events\n%q, want\n%q", got, m.events[batch])
	}
}
