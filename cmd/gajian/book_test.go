package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"gajian/batch/kirimdoku/simulator"
	"gajian/ledger"
)

// What the simulator tells about itself, read over HTTP as anybody can. It is the judge: what
// stands in its book moved, whatever the command believes.

// simulated is a simulator in another process.
type simulated struct{ address string }

func (s simulated) get(view string, into any) error {
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get(s.address + "/simulator/" + view)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("simulator/%s: %s", view, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

func (s simulated) book() (debits []simulator.Debit, err error) {
	return debits, s.get("book", &debits)
}

func (s simulated) calls() (map[string]int, error) {
	var view struct{ Calls map[string]int }
	return view.Calls, s.get("calls", &view)
}

// check reports every rule that a call broke, and a deposit that does not add up.
func (s simulated) check() error {
	var violations []simulator.Violation
	var balance struct{ Check string }
	errs := []error{s.get("violations", &violations), s.get("balance", &balance)}
	for _, v := range violations {
		errs = append(errs, fmt.Errorf("%s call %d broke a rule: %s: %s", v.Call, v.Number, v.Field, v.Text))
	}
	if balance.Check != "" {
		errs = append(errs, fmt.Errorf("the deposit does not add up: %s", balance.Check))
	}
	return errors.Join(errs...)
}

// mayHave says which states of a debit go with a status; "" is no debit at all. A payment that
// the simulator refunded after the last question is still settled for us.
var mayHave = map[ledger.Status][]simulator.State{
	ledger.Settled:    {simulator.Paid, simulator.Refunded},
	ledger.Returned:   {simulator.Refunded},
	ledger.Failed:     {"", simulator.Failed},
	ledger.Pending:    {simulator.Pending, simulator.Paid, simulator.Failed, simulator.Refunded},
	ledger.Submitting: {"", simulator.Pending, simulator.Paid, simulator.Failed, simulator.Refunded},
	ledger.Queued:     {""},
	ledger.Verified:   {""},
	ledger.Held:       {""},
	ledger.Rejected:   {""},
	ledger.Cancelled:  {""},
}

// agree compares the lines of a batch with the simulator's book: no reference debited twice, no
// debit without a line, every line's status true, and the same amount, fee and account in both.
func agree(lines []payoutJSON, debits []simulator.Debit) error {
	var errs []error
	debited := map[string]simulator.Debit{}
	for _, debit := range debits {
		if _, twice := debited[debit.Reference]; twice {
			errs = append(errs, fmt.Errorf("%s was debited twice", debit.Reference))
		}
		debited[debit.Reference] = debit
	}
	for _, line := range lines {
		debit, found := debited[line.PartnerReference]
		delete(debited, line.PartnerReference)
		if err := agreeLine(line, debit, found); err != nil {
			errs = append(errs, fmt.Errorf("line %d is %s: %w", line.Line, line.Status, err))
		}
	}
	for reference := range debited {
		errs = append(errs, fmt.Errorf("%s was debited and belongs to no line", reference))
	}
	return errors.Join(errs...)
}

func agreeLine(line payoutJSON, debit simulator.Debit, found bool) error {
	allowed := false
	for _, state := range mayHave[line.Status] {
		allowed = allowed || state == debit.State
	}
	switch {
	case !allowed && !found:
		return errors.New("the book has no debit")
	case !allowed:
		return fmt.Errorf("the book's debit is %s", debit.State)
	case !found:
		return nil
	case debit.Amount != int64(line.Amount), debit.Account != line.AccountNumber, debit.Bank != line.Bank:
		return fmt.Errorf("the book paid %d sen to %s at %s", debit.Amount, debit.Account, debit.Bank)
	case line.Status == ledger.Settled && debit.Fee != int64(line.Fee):
		return fmt.Errorf("the book's fee is %d sen, the line's %d", debit.Fee, int64(line.Fee))
	case line.ProviderReference != "" && line.ProviderReference != debit.ProviderReference:
		return fmt.Errorf("the book's provider reference is %s, the line's %s", debit.ProviderReference, line.ProviderReference)
	}
	return nil
}
