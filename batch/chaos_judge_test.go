package batch_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"
)

// The invariants:
//
//	I1 no payout is sent twice under different references, or debited twice
//	I2 every transfer that leaves has its intent on disk
//	I3 the sums of count and amount are exact
//	I4 no payout is downgraded
//	I5 nothing in doubt is called failed
//	I6 the end is that of an undisturbed run
//	I7 no log has a secret or a full account number

// journalHead is where a journal ends.
type journalHead struct {
	sequence uint64
	hash     [32]byte
}

// witness judges a transfer in the moment before it leaves, by the bytes that are on disk then (I2),
// and that it is its payout's own (I1).
func (c *chaos) witness(life int, externalID string, data []byte, body transferBody) {
	problem := func(format string, values ...any) {
		c.problem("life %d: transfer %s left, but %s", life, body.Reference, fmt.Sprintf(format, values...))
	}
	file, err := settled(c.path)
	copied := filepath.Join(c.dir, "witness-"+externalID)
	if err != nil || os.WriteFile(copied, file, 0o600) != nil {
		problem("the ledger cannot be read: %v", err)
		return
	}
	defer os.Remove(copied)
	store, err := ledger.Open(copied, ledger.Options{ReadOnly: true})
	if err != nil {
		problem("the ledger on disk does not open: %v", err)
		return
	}
	defer store.Close()
	line := c.lineOf[body.Reference]
	p, err := store.Payout(c.id, line)
	switch {
	case err != nil:
		problem("the ledger on disk has no payout for it: %v", err)
	case p.Status != ledger.Submitting || p.ExternalID != externalID || p.Session != body.Session:
		problem("the intent on disk is %s with external id %s and session %s, sent with %s and %s", p.Status, p.ExternalID, p.Session, externalID, body.Session)
	case p.AccountNumber != body.Account || p.BankCode != body.Bank || p.Amount.String() != body.Amount.Value:
		problem("it pays %s to another account or bank than line %d", body.Amount.Value, line)
	}
	if digest, found := lastIntent(store, c.id, line); !found || !bytes.Equal(digest, sum(data)) {
		problem("its bytes are not those of the intent")
	}
	if departures, err := os.ReadFile(c.path + ".departures"); err != nil || !bytes.Contains(departures, []byte("\n"+externalID+"\n")) {
		problem("its departure is not noted: %v", err)
	}
	c.mu.Lock()
	again := c.unclear[body.Reference]
	c.sentAt[line], c.unclear[body.Reference] = time.Now(), true
	c.mu.Unlock()
	if again {
		problem("it had left before, nothing was certain of it, and no person had decided (I1)")
	}
}

// refused notes that a transfer certainly did nothing: no connection was made, or the answer is one
// of those that the provider gives before it processes anything.
func (c *chaos) refused(reference string, response *http.Response, err error) {
	before := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests}
	if errors.Is(err, syscall.ECONNREFUSED) || err == nil && slices.Contains(before, response.StatusCode) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.unclear[reference] = false
	}
}

func sum(data []byte) []byte { s := sha256.Sum256(data); return s[:] }

// lastIntent returns the body's digest of a line's last intent.
func lastIntent(store *ledger.Store, id string, line int) (digest []byte, found bool) {
	view, err := store.View(id)
	if err != nil {
		return nil, false
	}
	defer view.Close()
	for e, err := range view.Events() {
		if err == nil && e.Line == line && e.Kind == ledger.Transition && e.To == ledger.Submitting {
			digest, found = e.Evidence.BodyDigest, true
		}
	}
	return digest, found
}

// judge checks the invariants over what the last life left.
func (c *chaos) judge() {
	c.reading(func() {
		if verification, err := c.store.Verify(c.t.Context()); err != nil || len(verification.Problems) > 0 {
			c.problem("verify: %v %v", err, verification.Problems)
		}
		c.findBatch()
		if c.id == "" {
			if len(c.sim.Book()) > 0 {
				c.problem("money moved, and the ledger has no batch")
			}
			return
		}
		c.judgeBook()
		c.judgeSumsExact()
		c.judgeProgress()
		c.judgeClient()
	})
	c.judgeLogs()
}

// findBatch finds the batch of a process that was killed when it had just made it.
func (c *chaos) findBatch() {
	batches, err := c.store.Batches()
	switch {
	case err != nil || len(batches) > 1:
		c.problem("%d batches of one file, %v", len(batches), err)
	case len(batches) == 1:
		c.id = batches[0].ID
	case c.id != "":
		c.problem("the batch is gone")
	}
}

// judgeBook compares every payout with the provider's book (I1, I5).
func (c *chaos) judgeBook() {
	debits, seen := c.debits(), 0
	if len(debits) != len(c.sim.Book()) {
		c.problem("I1: a reference was debited twice")
	}
	summary := c.summary()
	for p := range c.payouts() {
		reference := summary.Reference(p.Ordinal)
		d, debited := debits[reference]
		if debited {
			seen++
		}
		if wrong := disagreement(p, d, debited); wrong != "" && !c.resent[reference] {
			c.problem("I1/I5: line %d is %s (%s), but %s", p.Number, p.Status, p.Reason, wrong)
		}
		if p.AwaitsPerson {
			c.judgePatience(p)
		}
	}
	if seen != len(debits) {
		c.problem("I1: %d debits, %d of them belong to a payout", len(debits), seen)
	}
}

// judgePatience: a person may decide on a transfer in doubt after the not-found time, of which one
// jump of the clock can pretend at most half.
func (c *chaos) judgePatience(p ledger.Payout) {
	sent, known := c.sentAt[p.Number]
	jumps := 0
	for _, at := range c.forward {
		if !at.Before(sent) {
			jumps++
		}
	}
	least := max(c.plan.notFoundAfter-time.Duration(jumps)*c.plan.notFoundAfter/2, 0)
	if waited := time.Since(sent); known && waited < least {
		c.problem("line %d: a person may send it again after %s with %d jumps of the clock, the not-found time is %s", p.Number, waited, jumps, c.plan.notFoundAfter)
	}
}

// judgeSumsExact adds up count and amount on both ways (I3).
func (c *chaos) judgeSumsExact() {
	want, total := len(c.plan.lines), totalOf(c.plan.lines)
	count, amount := 0, ledger.Sen(0)
	for p := range c.payouts() {
		count, amount = count+1, amount+p.Amount
	}
	if count != want || amount != total {
		c.problem("I3: %d lines of %s came in, the ledger has %d of %s", want, total, count, amount)
	}
	count, amount = 0, 0
	for _, s := range c.summary().ByStatus {
		count, amount = count+s.Count, amount+s.Amount
	}
	if count != want || amount != total {
		c.problem("I3: the statuses add up to %d and %s", count, amount)
	}
}

// judgeProgress compares with the life before: the journal goes on where it ended, and nothing that
// was at its end, or known to be with the provider, is less now (I4).
func (c *chaos) judgeProgress() {
	view, err := c.store.View(c.id)
	if err != nil {
		c.problem("view: %v", err)
		return
	}
	defer view.Close()
	kept := c.head.sequence == 0
	for e, err := range view.Events() {
		if err != nil {
			c.problem("events: %v", err)
			break
		}
		kept = kept || e.Sequence == c.head.sequence && e.Hash == c.head.hash
	}
	if !kept {
		c.problem("I4: the journal does not go on where it ended")
	}
	stood := map[int]ledger.Payout{}
	for _, p := range c.all() {
		if before, known := c.stood[p.Number]; known && downgraded(before.Status, p.Status) {
			c.problem("I4: line %d was %s, it is %s", p.Number, before.Status, p.Status)
		}
		stood[p.Number] = p
	}
	c.stood = stood
	c.head.sequence, c.head.hash = view.Head()
}

// downgraded reports whether a status takes something back that was certain.
func downgraded(before, after ledger.Status) bool {
	switch before {
	case ledger.Settled:
		return after != ledger.Settled && after != ledger.Returned
	case ledger.Pending:
		return !slices.Contains([]ledger.Status{ledger.Pending, ledger.Settled, ledger.Returned, ledger.Failed}, after)
	}
	return before.Final() && after != before
}

// judgeClient looks at what the provider noticed of the client: rules that it broke, and its pace.
func (c *chaos) judgeClient() {
	for _, v := range c.sim.Violations() {
		if !c.carelessly(v) {
			c.problem("the client broke a rule: %+v", v)
			break
		}
	}
	if peak := c.sim.PeakCallsPerSecond(); peak > c.plan.rate {
		c.problem("%d calls in a second, %d are allowed", peak, c.plan.rate)
	}
}

// carelessly reports whether a person caused a violation: who lets a transfer be sent again that the
// provider has, because check status said for a day that it has not.
func (c *chaos) carelessly(v simulator.Violation) bool {
	reference, found := strings.CutSuffix(strings.TrimPrefix(v.Text, "transfer "), " was sent again after it had taken effect")
	return found && c.resent[reference]
}

// judgeLogs looks for what must not be in a log (I7).
func (c *chaos) judgeLogs() {
	logs := c.logs.String()
	for _, l := range c.plan.lines {
		if strings.Contains(logs, l.AccountNumber) {
			c.problem("I7: the account of line %d is in a log", l.Number)
		}
	}
	c.mu.Lock()
	tokens := c.tokens
	c.mu.Unlock()
	for token := range tokens {
		if strings.Contains(logs, token) {
			c.problem("I7: an access token is in a log")
		}
	}
	if strings.Contains(logs, chaosSecret) || strings.Contains(logs, "PRIVATE KEY") {
		c.problem("I7: a secret is in a log")
	}
}

// judgeEnd compares the end with that of an undisturbed run (I6), and the deposit with what the
// ledger says it should hold (I3).
func (c *chaos) judgeEnd() {
	if !c.over() {
		c.problem("I6: not at the end after %d runs", len(c.plan.lives)+roundsMax)
	}
	for _, line := range sortedKeys(c.stood) {
		p := c.stood[line]
		want := c.twin[line]
		if c.cancelled[line] {
			want = ledger.Cancelled
		}
		if c.twin != nil && p.Status != want {
			c.problem("I6: line %d is %s (%s), undisturbed it is %s", line, p.Status, p.Reason, want)
		}
		c.tell("line %d %s", line, p.Status)
	}
	c.reading(c.judgeDeposit)
}

// judgeDeposit holds when the book and the ledger know the same ends.
func (c *chaos) judgeDeposit() {
	s := c.summary()
	expected := int64(s.Expected())
	for at, sen := range c.topUps {
		if at.Truncate(time.Millisecond).After(s.Balance.OpenedAt) { // as exact as the ledger keeps it
			expected += sen
		}
	}
	if s.Balance.HasOpened && expected != c.sim.Available() {
		c.problem("I3: the deposit should hold %d sen, it holds %d; %+v, top-ups %v", expected, c.sim.Available(), s.Balance, c.topUps)
	}
}
