package main

import (
	"encoding/hex"
	"encoding/json"

	"gajian/batch/payroll"
	"gajian/ledger"
)

// The JSON forms are a contract with other people's scripts: names and meanings stay.
// Amounts are text with two decimals, since a JSON number would be read as a float.

type batchJSON struct {
	Batch    string                         `json:"batch"`
	File     string                         `json:"file"`
	SHA256   string                         `json:"file_sha256"`
	Period   string                         `json:"period"`
	Lines    int                            `json:"lines"`
	Total    ledger.Sen                     `json:"total"`
	Currency string                         `json:"currency"`
	Finished bool                           `json:"finished"`
	ByStatus map[ledger.Status]ledger.Count `json:"by_status"`
	Fees     ledger.Sen                     `json:"fees"`
	Balance  balanceJSON                    `json:"balance"`
	Report   string                         `json:"report"`
	Payouts  []payoutJSON                   `json:"payouts,omitempty"`
}

// balanceJSON leaves out what was not read: null is no amount.
type balanceJSON struct {
	Opening    *ledger.Sen `json:"opening"`
	Closing    *ledger.Sen `json:"closing"`
	Expected   *ledger.Sen `json:"expected"`
	Difference *ledger.Sen `json:"difference"`
}

type payoutJSON struct {
	Line              int           `json:"line"`
	EmployeeID        string        `json:"employee_id"`
	Name              string        `json:"name"`
	Bank              string        `json:"bank"`
	AccountNumber     string        `json:"account_number"`
	Amount            ledger.Sen    `json:"amount"`
	Status            ledger.Status `json:"status"`
	Reason            string        `json:"reason"`
	PartnerReference  string        `json:"partner_reference"`
	ProviderReference string        `json:"provider_reference"`
	NameOnAccount     string        `json:"bank_name_on_account"`
	NameScore         float64       `json:"name_score"`
	Fee               ledger.Sen    `json:"fee"`
}

type batchesJSON struct {
	Batches []batchJSON `json:"batches"`
}

// checkJSON is what a check found out. The lists are bounded; the counts are not.
type checkJSON struct {
	Good     bool              `json:"good"`     // gajian run would accept the file
	Batch    string            `json:"batch"`    // the batch that the file is already; empty for a new one
	Finished bool              `json:"finished"` // that batch
	File     string            `json:"file"`
	Sheet    string            `json:"sheet"`
	Lines    int               `json:"lines"`
	Total    ledger.Sen        `json:"total"`
	Period   string            `json:"period"`
	Errors   []payroll.Problem `json:"errors"`
	Warnings []payroll.Problem `json:"warnings"`
	Held     []heldJSON        `json:"held"`

	ErrorsCount   int                 `json:"errors_count"`
	WarningsCount int                 `json:"warnings_count"`
	HeldCount     int                 `json:"held_count"`
	HeldTotal     ledger.Sen          `json:"held_total"`
	Fees          ledger.Sen          `json:"fees"`    // about; of the lines that are not held
	Deposit       ledger.Sen          `json:"deposit"` // what it must hold, fees included, for the lines that are not held; 0 for a refused file
	Banks         []payroll.BankTotal `json:"banks"`
	Largest       *payroll.LineAmount `json:"largest"` // null: no amount could be read
	Smallest      *payroll.LineAmount `json:"smallest"`
	Changes       *changesJSON        `json:"changes"` // null: nothing was compared
	Names         []nameJSON          `json:"names,omitempty"`
	copies
}

type heldJSON struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// nameJSON is what the bank said of a line's account, with check --inquire.
type nameJSON struct {
	Line          int     `json:"line"`
	Name          string  `json:"name"`
	NameOnAccount string  `json:"bank_name_on_account"`
	NameScore     float64 `json:"name_score"`
	Verdict       string  `json:"verdict"` // fits, differs, none
	Reason        string  `json:"reason"`
}

func newCheckJSON(e *examined, fee rupiah) checkJSON {
	r := e.in.result
	fees, deposit := e.deposit(fee)
	check := checkJSON{
		Good: !e.refused(), HeldTotal: e.stock.HeldTotal, Fees: fees, Deposit: deposit,
		File: r.File, Sheet: r.Sheet, Lines: r.Lines, Total: r.Total, Period: e.in.period,
		Errors: append([]payroll.Problem{}, e.problems...), Warnings: append([]payroll.Problem{}, r.Warnings...), Held: []heldJSON{},
		ErrorsCount: e.problemCount, WarningsCount: r.WarningCount, HeldCount: e.stock.HeldCount,
		Banks: append([]payroll.BankTotal{}, r.Banks...), Changes: newChangesJSON(e.stock.Changes), Names: e.names, copies: e.copies,
	}
	if r.Largest.Line > 0 {
		check.Largest, check.Smallest = &r.Largest, &r.Smallest
	}
	if e.isKnown {
		check.Batch, check.Finished = e.known.ID, e.known.Finished()
	}
	for _, objection := range e.stock.Held {
		check.Held = append(check.Held, heldJSON(objection))
	}
	return check
}

func newBatchJSON(s ledger.Summary, report string) batchJSON {
	b := batchJSON{
		Batch: s.ID, File: s.File, SHA256: hex.EncodeToString(s.FileSHA256[:]), Period: s.Period, Lines: s.Lines, Total: s.Total,
		Currency: "IDR", Finished: s.Finished(), ByStatus: s.ByStatus, Fees: s.Fees, Report: report,
	}
	if s.Balance.HasOpened {
		b.Balance.Opening = &s.Balance.Opening
	}
	if s.Balance.Proves() {
		expected, difference := s.Expected(), s.Difference()
		b.Balance.Closing, b.Balance.Expected, b.Balance.Difference = &s.Balance.Closing, &expected, &difference
	}
	return b
}

func newPayoutJSON(b ledger.Batch, p ledger.Payout) payoutJSON {
	return payoutJSON{
		Line: p.Number, EmployeeID: p.EmployeeID, Name: p.Name, Bank: p.BankCode, AccountNumber: p.AccountNumber, Amount: p.Amount,
		Status: p.Status, Reason: p.Reason, PartnerReference: b.Reference(p.Ordinal), ProviderReference: p.ProviderReference,
		NameOnAccount: p.HolderName, NameScore: p.NameScore, Fee: p.Fee,
	}
}

// printJSON prints one object on standard output.
func (p *program) printJSON(value any) {
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		p.warn("%v", err)
	}
}
