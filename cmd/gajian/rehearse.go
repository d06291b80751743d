package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"os"
	"path/filepath"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"
)

type rehearseCommand struct {
	File   string `arg:"" type:"path" help:"Payroll file, CSV or XLSX."`
	Faults string `placeholder:"SPEC" help:"What the simulated DOKU does wrong, such as transfer:lose-response=10%,status:500-before=5%. gajian simulator --help lists the faults."`
	Seed   int64  `default:"1" help:"Chooses which calls the faults hit. The same seed, the same faults. Default: ${default}."`
}

// A rehearsal waits for nothing that a real night has to wait for. The figures are those of a
// simulator in the same process; a fault on its way to an answer is seen well within them.
const (
	rehearsalRate      = 1000
	rehearsalPollFirst = 50 * time.Millisecond
	rehearsalPollEvery = 200 * time.Millisecond
	rehearsalPollFor   = 8 * time.Second
	rehearsalTimeout   = 2 * time.Second
)

// run pays the file to a simulated DOKU in this process, from a ledger that is thrown away.
func (c *rehearseCommand) run(ctx context.Context, p *program) (int, error) {
	folder, err := os.MkdirTemp("", "gajian-rehearsal-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	p.rehearse(folder, c.File)
	store, err := p.openLedger("rehearse", ledger.Options{Create: true})
	if err != nil {
		return 0, err
	}
	return p.payFile(ctx, store, c.File, func(stock batch.Stock) (closingProvider, error) {
		return p.rehearsalProvider(c, stock)
	})
}

// rehearse sets what is different in a rehearsal; everything else is as in a run.
func (p *program) rehearse(folder, file string) {
	p.rehearsal = true
	p.Ledger = filepath.Join(folder, "ledger.db")
	if p.Report == "" {
		base := filepath.Base(file)
		p.Report = base[:len(base)-len(filepath.Ext(base))] + "-rehearsal.xlsx"
	}
	p.Rate, p.Timeout = rehearsalRate, rehearsalTimeout
	p.PollFirst, p.PollEvery, p.PollFor = rehearsalPollFirst, rehearsalPollEvery, rehearsalPollFor
	p.ClientID, p.AccountNo, p.CustomerNumber = "REHEARSAL", "A41879", "628115678890"
	p.SenderFirstName, p.SenderLastName, p.SenderPersonalID = "PAYROLL", "REHEARSAL", "0000000000000000"
	p.SenderPersonalIDType = "KTP"
}

// rehearsalProvider joins the real client with a simulator, without a network between them.
func (p *program) rehearsalProvider(c *rehearseCommand, stock batch.Stock) (closingProvider, error) {
	faults, err := simulator.ParseFaults(c.Faults)
	if err != nil {
		return nil, usageError{err}
	}
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	secret := rand.Text()
	deposit := stock.Total + ledger.Sen(stock.Count)*ledger.Sen(p.Fee) // enough for the whole file
	doku, err := simulator.New(simulator.Config{
		ClientID: p.ClientID, PublicKey: &key.PublicKey, ClientSecret: secret, AccountNo: p.AccountNo,
		Opening: int64(deposit), Fee: int64(p.Fee), FreeOfFee: p.Fee == 0, MaxAmount: int64(p.MaxAmount),
		UnpaidFor: time.Second, RefundAfter: time.Millisecond, Faults: faults, Seed: c.Seed,
	})
	if err != nil {
		return nil, err
	}
	config := p.providerConfig("http://127.0.0.1")
	config.PrivateKey, config.ClientSecret, config.Transport = key, kirimdoku.NewSecret(secret), doku.Transport()
	client, err := kirimdoku.New(config)
	if err != nil {
		return nil, err
	}
	return rehearsal{client, doku, p}, nil
}

// keyBits is the size of the throw-away keys; DOKU asks for 2048 at least.
const keyBits = 2048

// rehearsal is the client of a simulator. At the end it compares the client's doings with the
// simulator's own book: a rehearsal that broke a rule of DOKU's must not look like a good one.
type rehearsal struct {
	*kirimdoku.Client
	doku *simulator.Simulator
	p    *program
}

// Close says what the simulator found wrong with the calls.
func (r rehearsal) Close() {
	r.Client.Close()
	if err := r.doku.CheckBook(); err != nil {
		r.p.warn("the simulated deposit does not add up: %v", err)
	}
	for _, violation := range r.doku.Violations() {
		r.p.warn("the simulated DOKU objects to %s call %d: %s: %s", violation.Call, violation.Number, violation.Field, violation.Text)
	}
}

var _ batch.Provider = rehearsal{}
