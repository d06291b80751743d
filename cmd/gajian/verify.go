package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"gajian/ledger"
)

type verifyCommand struct {
	Head []string `env:"-" placeholder:"HASH" help:"A hash that you kept, from a workbook's Summary or an earlier verify, its first 16 digits at least: the event must still be there. It proves that nothing up to that event was altered, and nothing cut off."`
}

// run checks the whole ledger, and that it still has the events whose hashes were kept. It exits
// with 1 when anything does not hold.
func (c *verifyCommand) run(ctx context.Context, p *program) (int, error) {
	kept, err := c.kept()
	if err != nil {
		return 0, err
	}
	store, err := p.openLedger("verify", ledger.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	found, err := store.Verify(ctx, kept...)
	if err := errors.Join(err, store.Close()); err != nil {
		return 0, err
	}
	if p.JSON {
		p.printJSON(verifyJSON{Ledger: store.Path(), Batches: found.Batches, Payouts: found.Payouts, Events: found.Events, Head: hex.EncodeToString(found.Head[:]), Problems: append([]string{}, found.Problems...)})
	} else {
		p.say("%s: %s, %s, %s, last hash %x", store.Path(), batches(found.Batches), plural(found.Payouts, "payout"), plural(int(found.Events), "event"), found.Head)
		c.sayKept(p, found)
	}
	if len(found.Problems) == 0 {
		if !p.JSON {
			p.say("everything holds")
		}
		return exitSettled, nil
	}
	for _, problem := range found.Problems {
		p.warn("%s", problem)
	}
	return exitCouldNot, fmt.Errorf("%w: %s", ledger.ErrDamaged, plural(len(found.Problems), "problem"))
}

// kept decodes the hashes that somebody kept.
func (c *verifyCommand) kept() (hashes [][]byte, err error) {
	for _, text := range c.Head {
		hash, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil || len(hash) < ledger.KeptBytesMin || len(hash) > sha256.Size {
			return nil, usageError{fmt.Errorf("--head %s: a hash is 64 digits 0-9 a-f, of which the first %d will do", text, 2*ledger.KeptBytesMin)}
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func (c *verifyCommand) sayKept(p *program, found ledger.Verification) {
	for i, event := range found.Kept {
		if event != 0 {
			p.say("hash %s is that of event %s: nothing up to it was altered since it was kept", c.Head[i], grouped(int(event)))
		}
	}
}

type verifyJSON struct {
	Ledger   string   `json:"ledger"`
	Batches  int      `json:"batches"`
	Payouts  int      `json:"payouts"`
	Events   uint64   `json:"events"`
	Head     string   `json:"head"`
	Problems []string `json:"problems"`
}

func batches(n int) string {
	if n == 1 {
		return "1 batch"
	}
	return grouped(n) + " batches"
}
