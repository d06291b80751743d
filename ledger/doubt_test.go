package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gajian/ledger"
	"pgregory.net/rapid"
)

// decidable is every status with every decision, and under which evidence the ledger allows it.
// The words that refuse are in refusals. The evidence is gathered while the line is in doubt; a
// status that cannot be reached from there has none, but its caller claims that it has.
//
//	nothing   nobody asked
//	short     "not found" five times within an hour
//	two       "not found" twice, a day and a half apart
//	long      "not found" at 0, 12 and 24 hours
//	broken    long, and then an answer from which nothing can be concluded
//	found     an answer that shows the provider has the transfer, and then "not found" for two days
//	never     the process was killed before the transfer left, and nobody asked
//	back      "not found" every hour for 30 hours, by a clock that is set back a day after each
//	forward   "not found" three times within two minutes, the clock set forward a year between them
//	year      "not found", a year forward, and three more within eleven hours
//	nearly    as found, but "not found" for half a day less than seven times the not-found time
//	gone      as found, but for all of seven times the not-found time
const decidable = `
status     decision  nothing  short    two      long     broken   found    never    back     forward  year     nearly   gone
queued     release   not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held
queued     resend    no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt
queued     cancel    never    never    never    never    never    never    never    never    never    never    never    never
verified   release   not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held
verified   resend    no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt
verified   cancel    allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed
in_doubt   release   not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held
in_doubt   resend    early    early    early    allowed  early    known    early    early    early    early    known    allowed
in_doubt   cancel    early    early    early    allowed  early    known    early    early    early    early    known    allowed
pending    release   not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held
pending    resend    no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt
pending    cancel    never    never    never    never    never    never    never    never    never    never    never    never
settled    release   not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held
settled    resend    no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt
settled    cancel    never    never    never    never    never    never    never    never    never    never    never    never
failed     release   not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held
failed     resend    no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt
failed     cancel    never    never    never    never    never    never    never    never    never    never    never    never
rejected   release   not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held
rejected   resend    no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt
rejected   cancel    never    never    never    never    never    never    never    never    never    never    never    never
held       release   allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed
held       resend    no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt
held       cancel    allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed  allowed
cancelled  release   not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held
cancelled  resend    no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt
cancelled  cancel    never    never    never    never    never    never    never    never    never    never    never    never
returned   release   not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held not-held
returned   resend    no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt no-doubt
returned   cancel    never    never    never    never    never    never    never    never    never    never    never    never
`

var refusals = map[string]error{
	"not-held": ledger.ErrNotHeld, "no-doubt": ledger.ErrNotInDoubt, "never": ledger.ErrNotCancellable, "early": ledger.ErrTooEarly, "known": ledger.ErrKnown, "allowed": nil,
}

// gather lets the provider answer as the evidence of that name says.
func gather(t *testing.T, store *ledger.Store, p ledger.Payout, evidence string) {
	t.Helper()
	const year = 365 * 24 * time.Hour
	notFound := func(after ...time.Duration) { hears(t, store, p, ledger.AnswerNotFound, after...) }
	switch evidence {
	case "short":
		notFound(0, time.Minute, 10*time.Minute, 30*time.Minute, time.Hour)
	case "two":
		notFound(0, 36*time.Hour)
	case "long":
		notFound(0, 12*time.Hour, 24*time.Hour)
	case "broken":
		notFound(0, 12*time.Hour, 24*time.Hour)
		hears(t, store, p, ledger.AnswerUnclear, 25*time.Hour)
	case "found":
		hears(t, store, p, ledger.AnswerKnown, 0)
		notFound(time.Hour, 13*time.Hour, 25*time.Hour, 49*time.Hour)
	case "nearly", "gone": // for seven times the not-found time, less half a day, and for all of it
		hears(t, store, p, ledger.AnswerKnown, 0)
		for n := range map[string]int{"nearly": 14, "gone": 15}[evidence] {
			notFound(time.Duration(n+1) * 12 * time.Hour)
		}
	case "back":
		for n := range 30 {
			notFound(time.Duration(-n) * 23 * time.Hour)
		}
	case "forward":
		notFound(0, year+time.Minute, year+2*time.Minute)
	case "year":
		notFound(0, year, year+time.Hour, year+6*time.Hour, year+11*time.Hour)
	}
}

func TestWhatAPersonMayDecideByStatusAndEvidence(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(decidable), "\n")
	evidences := strings.Fields(rows[0])[2:]
	path := filepath.Join(t.TempDir(), "ledger.db")
	store := reopen(t, path).NoSync()
	b := create(t, store, "2026-11", (len(rows)-1)*len(evidences))
	line := 1
	for _, row := range rows[1:] {
		status, err := ledger.ParseStatus(strings.Fields(row)[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, evidence := range evidences {
			line++
			bringWith(t, store, b.ID, line, status, evidence)
		}
	}
	if err := store.Close(); err != nil { // whatever the process that sent has known is gone
		t.Fatal(err)
	}
	store = openAt(t, path).NoSync()
	line = 1
	for _, row := range rows[1:] {
		cells := strings.Fields(row)
		for i, evidence := range evidences {
			line++
			want, listed := refusals[cells[2+i]]
			if !listed {
				t.Fatalf("%q is no outcome", cells[2+i])
			}
			before := payout(t, store, b.ID, line)
			if before.Status.String() != cells[0] || evidence == "never" && before.Status == ledger.Submitting && runtime.GOOS == "linux" && !store.NeverLeft(before) {
				t.Fatalf("line %d is %s with the evidence %s, want %s", line, before.Status, evidence, cells[0])
			}
			if err := decideAs(store, cells[1], b.ID, line); !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("%s of %s with the evidence %s: %v, want %s", cells[1], cells[0], evidence, err, cells[2+i])
			}
			if got := payout(t, store, b.ID, line); want != nil && (got.Status != before.Status || got.State != before.State) {
				t.Errorf("a refused %s of %s changed it to %s %+v", cells[1], cells[0], got.Status, got.State)
			}
		}
	}
}

func decideAs(store *ledger.Store, decision, batch string, line int) (err error) {
	switch decision {
	case "release":
		_, err = store.Release(context.Background(), batch, line, because)
	case "resend":
		_, err = store.Resend(context.Background(), batch, line, because)
	case "cancel":
		_, err = store.Cancel(context.Background(), batch, line, because)
	}
	return err
}

// bringWith brings a line into a status by way of doubt where there is one, and claims everything
// that a caller can claim.
func bringWith(t *testing.T, store *ledger.Store, batch string, line int, status ledger.Status, evidence string) {
	t.Helper()
	sent := slices.Contains([]ledger.Status{ledger.Submitting, ledger.Pending, ledger.Settled, ledger.Failed, ledger.Returned}, status)
	var p ledger.Payout
	if sent {
		p = bring(t, store, batch, line, ledger.Verified, ledger.Submitting)
		if evidence != "never" {
			if err := store.Depart(p.ExternalID); err != nil {
				t.Fatal(err)
			}
		}
		gather(t, store, p, evidence)
		p = bring(t, store, batch, line, map[ledger.Status][]ledger.Status{
			ledger.Submitting: {}, ledger.Returned: {ledger.Settled, ledger.Returned},
		}[status]...)
	}
	if p = payout(t, store, batch, line); p.Status != status {
		p = bring(t, store, batch, line, map[ledger.Status][]ledger.Status{ledger.Cancelled: {ledger.Held, ledger.Cancelled}, ledger.Queued: {}}[status]...)
	}
	if p.Status != status {
		p = bring(t, store, batch, line, status)
	}
	p.Doubt = ledger.Doubt{AwaitsPerson: true, NotFoundCount: 99, NotFoundFor: 1000 * time.Hour, NotFoundAfter: 1, NotFoundSince: day(1, ledger.WIB)}
	if err := store.Record(t.Context(), ledger.Move{Payout: p, To: status, Actor: "run"}); err != nil {
		t.Fatal(err)
	}
	if err := store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// An answer that comes late, after its attempt was given up and another one made, decides nothing
// about the newer one: not its status, and not what is known of it.
func TestAnAnswerToAnOlderAttemptDecidesNothing(t *testing.T) {
	store := open(t)
	b := create(t, store, "2026-11", 2)
	older := bring(t, store, b.ID, 2, ledger.Verified, ledger.Submitting)
	newer := bring(t, store, b.ID, 2, ledger.Verified, ledger.Submitting)
	swapped := newer
	swapped.ExternalID = older.ExternalID
	for name, seen := range map[string]ledger.Payout{"the older attempt": older, "its external ID": swapped} {
		for _, to := range []ledger.Status{ledger.Submitting, ledger.Pending, ledger.Settled, ledger.Failed, ledger.Verified} {
			_, err := store.Hear(t.Context(), ledger.Move{Payout: seen, To: to, Actor: "run", Evidence: ledger.Evidence{Proof: ledger.ProofNotTaken, Answer: ledger.AnswerNotFound}})
			if !errors.Is(err, ledger.ErrStatusChanged) {
				t.Errorf("to %s by %s: %v, want ErrStatusChanged", to, name, err)
			}
		}
	}
	if got := payout(t, store, b.ID, 2); got.State != newer.State || got.Status != ledger.Submitting {
		t.Errorf("%s %+v, want %+v", got.Status, got.State, newer.State)
	}
	p := bring(t, store, b.ID, 3, ledger.Verified)
	for name, intent := range map[string]func(*ledger.Payout){
		"no attempt":           func(p *ledger.Payout) { p.ExternalID = "1" },
		"two attempts at once": func(p *ledger.Payout) { p.ExternalID = "1"; p.Attempts += 2 },
		"no external ID":       func(p *ledger.Payout) { p.Attempts++ },
	} {
		forged := p
		intent(&forged)
		if err := store.Submit(t.Context(), forged, "run", ledger.Evidence{}); !errors.Is(err, ledger.ErrStatusChanged) {
			t.Errorf("an intent that counts %s: %v", name, err)
		}
	}
}

// TestNothingUnprovedIsSentAgain calls everything that moves a payout, with true and forged
// arguments. A second intent is only taken when what was answered to the first in between proves
// that it did not happen: kept here beside the ledger, by other means.
func TestNothingUnprovedIsSentAgain(t *testing.T) {
	folder := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		u := &unproved{path: filepath.Join(folder, fmt.Sprintf("%d.db", n))}
		u.open(t)
		defer func() { _ = u.store.Close() }()
		b, err := u.store.Create(context.Background(), announce("2026-11", drafts(1)), addAll(drafts(1)))
		if err != nil {
			t.Fatal(err)
		}
		u.batch = b.ID
		t.Repeat(map[string]func(*rapid.T){"step": u.step, "step2": u.step, "hear": u.hear, "hear2": u.hear, "wait": u.wait, "decide": u.decide, "submit": u.submit, "reopen": u.reopen})
	})
}

// unproved is one payout, and what was truly answered since its last intent.
type unproved struct {
	store    *ledger.Store
	path     string
	batch    string
	now      time.Duration
	answers  []ledger.Answer
	at       []time.Duration
	sent     bool // an intent was taken and nothing has proved since that it did not happen
	departed bool
	reopened bool // since the intent
}

func (u *unproved) open(t *rapid.T) {
	store, err := ledger.Open(u.path, ledger.Options{Environment: "sandbox", Create: true})
	if err != nil {
		t.Fatal(err)
	}
	u.store = store.NoSync()
}

func (u *unproved) reopen(t *rapid.T) {
	if err := u.store.Close(); err != nil && !errors.Is(err, ledger.ErrForbiddenMove) && !errors.Is(err, ledger.ErrStatusChanged) {
		t.Fatal(err)
	}
	u.open(t)
	u.reopened = true
}

func (u *unproved) payout(t *rapid.T) ledger.Payout {
	p, err := u.store.Payout(u.batch, 2)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// step asks for any move with any proof. Only a refusal that is the first thing heard, or the
// departures after a kill, prove something.
func (u *unproved) step(t *rapid.T) {
	p := u.payout(t)
	m := ledger.Move{Payout: p, Actor: "run", To: rapid.SampledFrom(ledger.Statuses()).Draw(t, "to")}
	m.Payout.Doubt = ledger.Doubt{AwaitsPerson: true, NotFoundCount: 9, NotFoundFor: 99 * time.Hour, NotFoundAfter: 1}
	m.Payout.DepartureMark = rapid.SampledFrom([]string{p.DepartureMark, "", "1.2"}).Draw(t, "mark")
	m.Evidence.Proof = ledger.Proof(rapid.IntRange(0, 5).Draw(t, "proof"))
	m.Evidence.Answer = ledger.Answer(rapid.IntRange(0, 1).Draw(t, "answer"))
	m.Evidence.Waited, m.Evidence.NotFoundAfter = 99*time.Hour, 24*time.Hour
	if rapid.Bool().Draw(t, "via") {
		m.Via = []ledger.Status{ledger.Verified}
	}
	if m.To == p.Status && p.Status.InTransit() {
		m.Evidence.Answer = ledger.AnswerNone // those are heard elsewhere
	}
	if _, err := u.store.Hear(context.Background(), m); err != nil || p.Status != ledger.Submitting || m.To != ledger.Verified && !slices.Contains(m.Via, ledger.Verified) {
		return
	}
	switch {
	case m.Evidence.Proof == ledger.ProofNotTaken && len(u.answers) == 0:
	case m.Evidence.Proof == ledger.ProofNeverLeft && m.Evidence.Answer == ledger.AnswerNotFound && u.reopened && !u.departed && !slices.Contains(u.answers, ledger.AnswerKnown):
	default:
		t.Fatalf("left doubt by %+v after the answers %v", m, u.answers)
	}
	u.sent = false
}

func (u *unproved) hear(t *rapid.T) {
	p := u.payout(t)
	answer := rapid.SampledFrom([]ledger.Answer{ledger.AnswerNotFound, ledger.AnswerNotFound, ledger.AnswerNotFound, ledger.AnswerNotFound, ledger.AnswerUnclear, ledger.AnswerKnown}).Draw(t, "answer")
	m := ledger.Move{Payout: p, To: p.Status, HeardAt: day(1, ledger.WIB).Add(u.now), Evidence: ledger.Evidence{Answer: answer, NotFoundAfter: 24 * time.Hour}}
	if _, err := u.store.Hear(context.Background(), m); err == nil && p.Status == ledger.Submitting {
		u.answers, u.at = append(u.answers, answer), append(u.at, u.now)
	}
}

func (u *unproved) wait(t *rapid.T) {
	u.now += time.Duration(rapid.SampledFrom([]int{1, 6, 13, 30, 10_000, -7, -10_000}).Draw(t, "hours")) * time.Hour
}

func (u *unproved) decide(t *rapid.T) {
	p := u.payout(t)
	err := decideAs(u.store, rapid.SampledFrom([]string{"release", "resend", "cancel"}).Draw(t, "decision"), u.batch, 2)
	if err != nil || p.Status != ledger.Submitting {
		return
	}
	if !u.longEnough() {
		t.Fatalf("a person decided after the answers %v at %v", u.answers, u.at)
	}
	u.sent = false
}

// longEnough judges the last unbroken series: three answers at least, a day at least, of which no
// pair makes more than half.
func (u *unproved) longEnough() bool {
	count, lasted := 0, time.Duration(0)
	for i, answer := range u.answers {
		switch {
		case answer == ledger.AnswerKnown:
			return false
		case answer != ledger.AnswerNotFound:
			count, lasted = 0, 0
			continue
		case count > 0:
			lasted += min(max(u.at[i]-u.at[i-1], 0), 12*time.Hour)
		}
		count++
	}
	return count >= 3 && lasted >= 24*time.Hour
}

func (u *unproved) submit(t *rapid.T) {
	p := u.payout(t)
	if p.Status == ledger.Queued { // the plain way there, so that there is much to break
		if _, err := u.store.Hear(context.Background(), ledger.Move{Payout: p, To: ledger.Verified}); err != nil {
			t.Fatal(err)
		}
		p = u.payout(t)
	}
	seen := p
	if rapid.IntRange(0, 3).Draw(t, "stale") == 0 {
		seen.Status = ledger.Verified
	}
	seen.Attempts += rapid.SampledFrom([]int{1, 1, 1, 0, 2}).Draw(t, "attempts")
	seen.ExternalID = fmt.Sprint(seen.Attempts, "-", rapid.IntRange(0, 1).Draw(t, "id"))
	if err := u.store.Submit(context.Background(), seen, "run", ledger.Evidence{}); err != nil {
		return
	}
	if u.sent {
		t.Fatalf("sent again after the answers %v at %v", u.answers, u.at)
	}
	u.sent, u.departed, u.reopened, u.answers, u.at = true, rapid.Bool().Draw(t, "departs"), false, nil, nil
	if u.departed {
		if err := u.store.Depart(seen.ExternalID); err != nil {
			t.Fatal(err)
		}
	}
}

// The shortest not-found time that can be set ends too: its parts are kept in milliseconds.
func TestTheShortestNotFoundTimeEnds(t *testing.T) {
	for _, after := range []time.Duration{1, time.Millisecond, 3 * time.Millisecond, time.Second + 1} {
		store := open(t).NoSync()
		b := create(t, store, "2026-11", 1)
		p := bring(t, store, b.ID, 2, ledger.Verified, ledger.Submitting)
		for n := range 3 {
			heard, err := store.Hear(t.Context(), ledger.Move{Payout: p, To: p.Status, HeardAt: day(1, ledger.WIB).Add(time.Duration(n) * time.Minute),
				Evidence: ledger.Evidence{Answer: ledger.AnswerNotFound, NotFoundAfter: after}})
			if err != nil || heard.AwaitsPerson != (n == 2) {
				t.Errorf("after %s, answer %d: a person may decide: %v, %v", after, n+1, heard.AwaitsPerson, err)
			}
			p = heard
		}
	}
}
