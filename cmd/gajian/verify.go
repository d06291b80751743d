package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"gajian/ledger"
)

type verifyCommand struct{}

// run checks the whole ledger. It exits with 1 when anything does not hold.
func (c *verifyCommand) run(ctx context.Context, p *program) (int, error) {
	store, err := p.openLedger("verify", ledger.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	found, err := store.Verify(ctx)
	if err := errors.Join(err, store.Close()); err != nil {
		return 0, err
	}
	if p.JSON {
		p.printJSON(verifyJSON{Ledger: store.Path(), Batches: found.Batches, Payouts: found.Payouts, Events: found.Events, Head: hex.EncodeToString(found.Head[:]), Problems: append([]string{}, found.Problems...)})
	} else {
		p.say("%s: %s, %s, %s, last hash %x", store.Path(), batches(found.Batches), plural(found.Payouts, "payout"), plural(int(found.Events), "event"), found.Head[:8])
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
