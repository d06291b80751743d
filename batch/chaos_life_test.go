package batch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
	_ "unsafe" // for go:linkname

	"gajian/batch"
	"gajian/ledger"
)

// atDurableWrite is the ledger's own hook around each durable write. Its tests reach it inside the
// package; this one, which needs the client and the simulator beside the ledger, by its name.
//
//go:linkname atDurableWrite gajian/ledger.crashPoint
var atDurableWrite func(point string)

// process is one life: the transport that its client calls through, and its end.
type process struct {
	c    *chaos
	life life
	name int
	next http.RoundTripper
	stop context.CancelCauseFunc

	mu     sync.Mutex
	calls  int
	writes int
	dead   bool
	left   remains
	others sync.WaitGroup // second processes
}

// remains are the files that a killed process leaves behind, by what follows the ledger's name.
type remains map[string][]byte

// live is one life of the process: it opens the ledger, takes the file, runs, and ends.
func (c *chaos) live(name int, l life) {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	p := &process{c: c, life: l, name: name, next: c.sim.Transport(), stop: stop}
	atDurableWrite = p.atWrite
	defer func() { atDurableWrite = func(string) {} }()
	p.happens(0)
	store, err := ledger.Open(c.path, ledger.Options{Environment: "sandbox", Command: "run", Create: true})
	if err != nil {
		c.problem("life %d: the ledger does not open: %v", name, err)
		return
	}
	c.store = store
	c.connectThrough(p)
	if err = p.takeFile(ctx); err == nil {
		err = batch.Run(ctx, store, c.client, c.id, l.mode, c.settings)
	}
	p.others.Wait()
	c.client.Close()
	p.judgeEnd(err, store.Close())
	if p.dead {
		c.inherit(p.left, l.power)
	}
	time.Sleep(2 * time.Second) // as long as a restart takes, so that the rate is kept over it
}

// judgeEnd looks at how a life ended.
func (p *process) judgeEnd(run, closed error) {
	p.c.tell("life %d ended, dead %v", p.name, p.dead)
	fmt.Fprintf(&p.c.logs, "the run ended with: %v\n", run)
	if errors.Is(run, batch.ErrLedger) || closed != nil {
		p.c.problem("life %d: the ledger failed: %v, %v", p.name, run, closed)
	}
	var short *batch.FundingError
	if errors.As(run, &short) { // people top up, not always enough
		p.c.topUp(int64(totalOf(p.c.plan.lines)/3) + 1)
	}
}

// takeFile brings the payroll file into the ledger unless it is there.
func (p *process) takeFile(ctx context.Context) error {
	c := p.c
	stock, err := batch.TakeStock(ctx, c.store, given(c.plan.lines), "2026-11", true, batch.Review{})
	if err != nil {
		return err
	}
	known, found, err := batch.Recognise(c.store, stock, true)
	if err != nil {
		return err
	}
	id := known.ID
	if !found {
		entered, err := batch.Enter(ctx, c.store, stock, batch.Origin{File: "payroll.csv", CreatedBy: "chaos"}, given(c.plan.lines))
		if err != nil {
			return err
		}
		id = entered.ID
	}
	if p.isDead() { // nobody knows whether the batch is on disk
		return errEnded
	}
	if c.id != "" && c.id != id {
		c.problem("the batch was %s, it is %s", c.id, id)
	}
	c.id = id
	for _, payout := range c.all() {
		c.lineOf[c.summary().Reference(payout.Ordinal)] = payout.Number
	}
	return nil
}

func (c *chaos) all() (payouts []ledger.Payout) {
	for p := range c.payouts() {
		payouts = append(payouts, p)
	}
	return payouts
}

// topUp brings money to the deposit, in a moment in which no balance is read: the judge tells by the
// ledger's times whether a reading had it.
func (c *chaos) topUp(sen int64) {
	time.Sleep(time.Millisecond)
	c.mu.Lock()
	c.topUps[time.Now()] += sen
	c.mu.Unlock()
	c.sim.TopUp(sen)
	time.Sleep(time.Millisecond)
}

// inherit lets the next process find what a killed one left: in the very same files, or after a
// loss of power in a copy of them, as a file system puts back what it has.
func (c *chaos) inherit(left remains, power bool) {
	if power {
		folder, err := os.MkdirTemp(c.dir, "copy")
		if err != nil {
			c.t.Fatal(err)
		}
		c.path = filepath.Join(folder, "ledger.db")
	}
	for suffix, data := range left {
		if err := os.WriteFile(c.path+suffix, data, 0o600); err != nil { // keeps a file that is there the file it is
			c.t.Fatal(err)
		}
	}
}

// happens does what the plan says of a call; 0 is before the first.
func (p *process) happens(call int) {
	l := p.life
	if l.jump != 0 && l.jumpAt == call {
		p.c.wall.jump(l.jump)
		if l.jump > 0 {
			p.c.mu.Lock()
			p.c.forward = append(p.c.forward, time.Now())
			p.c.mu.Unlock()
		}
	}
	if l.topUp && l.topUpAt == call {
		p.c.topUp(int64(totalOf(p.c.plan.lines)/2) + 1)
	}
	if l.second != 0 && l.second == call {
		p.others.Go(p.second)
	}
}

// second is another process that wants the ledger while this one has it.
func (p *process) second() {
	for _, o := range []ledger.Options{{Environment: "sandbox", Command: "second", Create: true}, {ReadOnly: true}} {
		store, err := ledger.Open(p.c.path, o)
		if err == nil {
			_ = store.Close()
		}
		if !errors.Is(err, ledger.ErrLocked) {
			p.c.problem("life %d: a second process opened the ledger: %v", p.name, err)
		}
	}
}

// RoundTrip lets a call through while the process lives.
func (p *process) RoundTrip(r *http.Request) (*http.Response, error) {
	call := p.count()
	if call == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	p.happens(call)
	l := p.life
	switch {
	case l.at != call:
	case l.end == signalled:
		p.stop(errEnded)
	case l.end == beforeCall:
		p.die()
		return nil, io.ErrUnexpectedEOF
	}
	about := p.look(r)
	response, err := p.next.RoundTrip(r)
	if path.Base(r.URL.Path) == "transfer-bank" {
		p.c.refused(about, response, err)
	}
	p.c.tell("%d %s %s: %s", p.name, path.Base(r.URL.Path), about, answered(response, err))
	if l.end == afterCall && l.at == call {
		p.die()
	}
	if p.isDead() {
		return nil, io.ErrUnexpectedEOF
	}
	return response, err
}

func answered(response *http.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	return response.Status
}

// count returns the number of a call, 0 for one of a dead process.
func (p *process) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return 0
	}
	p.calls++
	return p.calls
}

func (p *process) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// atWrite is called before and after each durable write.
func (p *process) atWrite(point string) {
	before := strings.HasSuffix(point, ":before")
	p.mu.Lock()
	if before {
		p.writes++
	}
	now := p.writes == p.life.at
	p.mu.Unlock()
	if now && (before && p.life.end == beforeWrite || !before && p.life.end == afterWrite) {
		p.die()
	}
}

// die ends the process at once. From here on no call reaches the provider, and what the run still
// writes is forgotten. The order matters: a transfer that had left before is in the note of
// departures that is read now, one that would leave after does not leave.
func (p *process) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return
	}
	p.dead, p.left = true, remains{}
	for _, suffix := range []string{"", ".departures", ".holder"} {
		data, err := settled(p.c.path + suffix)
		if err != nil {
			p.c.problem("life %d: %v", p.name, err)
		}
		p.left[suffix] = data
	}
	p.stop(errEnded)
}

// settled reads a file that somebody may be writing. Two reads that agree are a state in which it
// really stood.
func settled(path string) (data []byte, err error) {
	data, err = os.ReadFile(path)
	for err == nil {
		var again []byte
		if again, err = os.ReadFile(path); bytes.Equal(data, again) {
			break
		}
		data = again
	}
	return data, err
}

// transferBody is what the judge reads of a transfer.
type transferBody struct {
	Reference string `json:"partnerReferenceNo"`
	Account   string `json:"beneficiaryAccountNumber"`
	Bank      string `json:"beneficiaryBankCode"`
	Session   string `json:"sessionId"`
	Original  string `json:"originalPartnerReferenceNo"`
	Amount    struct {
		Value string `json:"value"`
	} `json:"amount"`
}

// look reads a call on its way, and says what it is about.
func (p *process) look(r *http.Request) string {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	data, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(data))
	var body transferBody
	if err != nil || json.Unmarshal(data, &body) != nil {
		p.c.problem("life %d: a call without a body that can be read", p.name)
	}
	p.c.mu.Lock()
	if token != "" {
		p.c.tokens[token] = true
	}
	p.c.mu.Unlock()
	switch path.Base(r.URL.Path) {
	case "transfer-bank":
		p.c.witness(p.name, r.Header.Get("X-EXTERNAL-ID"), data, body)
		return body.Reference
	case "balance-inquiry":
		return "" // its reference is new every time
	}
	return body.Reference + body.Original
}
