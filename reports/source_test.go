package reports_test

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"testing"
	"time"

	"gajian/ledger"
	"gajian/reports"
)

var (
	_ reports.Source = (*fakeSource)(nil)
	_ reports.Source = (*ledger.View)(nil)
)

// made is when the reports of the tests are made.
var made = time.Date(2026, 11, 28, 3, 4, 5, 0, time.UTC)

// fakeSource is a batch in memory.
type fakeSource struct {
	summary ledger.Summary
	payouts func() iter.Seq2[ledger.Payout, error]
	events  func() iter.Seq2[ledger.Event, error]

	replacements map[int][]ledger.Replacement
}

func (f *fakeSource) Summary() ledger.Summary                  { return f.summary }
func (f *fakeSource) Payouts() iter.Seq2[ledger.Payout, error] { return f.payouts() }
func (f *fakeSource) Events() iter.Seq2[ledger.Event, error]   { return f.events() }
func (f *fakeSource) Replacements() (map[int][]ledger.Replacement, error) {
	return f.replacements, nil
}
func (f *fakeSource) Head() (sequence uint64, hash [32]byte) {
	return 4711, sha256.Sum256([]byte("head"))
}
func each[T any](items []T) func() iter.Seq2[T, error] {
	return func() iter.Seq2[T, error] {
		return func(yield func(T, error) bool) {
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// newSource is a source of these payouts, with totals as the ledger makes them.
func newSource(payouts ...ledger.Payout) *fakeSource {
	b := ledger.Batch{
		ID: "2026-11-ABC123", ReferencePrefix: "GJ202611ABC123DEFGHI", Period: "2026-11", File: "gaji november.xlsx",
		Digest: sha256.Sum256([]byte("content")), FileSHA256: sha256.Sum256([]byte("file")), ExtraColumns: []string{"Grade", "Shift"},
		CreatedAt: made.Add(-2 * time.Hour), CreatedBy: "ani@payroll", Lines: len(payouts),
	}
	s := ledger.Summary{Batch: b, ByStatus: map[ledger.Status]ledger.Count{}}
	for i, p := range payouts {
		payouts[i].Batch = b.ID
		s.Total += p.Amount
		count := s.ByStatus[p.Status]
		s.ByStatus[p.Status] = ledger.Count{Count: count.Count + 1, Amount: count.Amount + p.Amount}
		switch p.Status {
		case ledger.Settled, ledger.Returned:
			s.Fees += p.Fee
		case ledger.Pending, ledger.Submitting:
			s.TransitFees += p.Fee
		}
	}
	s.Balance = ledger.Balance{Opening: 500_000_000_00, OpenedAt: made.Add(-time.Hour), ClosedAt: made, HasOpened: true, HasClosed: true}
	s.Balance.Closing = s.Expected()
	return &fakeSource{summary: s, payouts: each(payouts), events: each(newEvents(payouts))}
}

func newEvents(payouts []ledger.Payout) []ledger.Event {
	digest := sha256.Sum256([]byte("content"))
	events := []ledger.Event{{Sequence: 1, Kind: ledger.BatchCreated, Actor: "ani@payroll", Evidence: ledger.Evidence{Digest: digest[:]}},
		{Sequence: 2, Kind: ledger.BalanceRead, Actor: "run", Evidence: ledger.Evidence{Amount: 500_000_000_00}}}
	for _, p := range payouts {
		events = append(events, ledger.Event{Kind: ledger.Transition, Line: p.Number, From: ledger.Queued, To: p.Status, Actor: "run",
			Evidence: ledger.Evidence{Code: "2004300", Message: "Successful", ExternalID: "31122026000000000000000000000001"}})
	}
	for i := range events {
		events[i].Sequence, events[i].At, events[i].Batch = uint64(i+1), made.Add(time.Duration(i)*time.Second), "2026-11-ABC123"
		events[i].Hash = sha256.Sum256([]byte{byte(i)})
	}
	return events
}

// newPayout is the payout of line n, in a plain state for its status.
func newPayout(n int, status ledger.Status) ledger.Payout {
	p := ledger.Payout{Status: status, Ordinal: n + 100, Line: ledger.Line{
		Number: n, EmployeeID: fmt.Sprintf("00%04d", n), Name: fmt.Sprintf("Siti Nurhaliza %d", n), BankCode: "014",
		AccountNumber: fmt.Sprintf("00%08d", n), Amount: ledger.Sen(n) * 1_000_000_00, CostCenter: []string{"", "HR", "0100", "100"}[n%4],
		PayType: "salary", Remark: "Gaji Nov", Phone: "0812000000", Email: "siti@example.com", Extra: []string{"07", "Pagi"},
	}}
	switch status {
	case ledger.Queued:
		return p
	case ledger.Rejected:
		p.Reason = "the account is closed"
		return p
	}
	p.HolderName, p.NameScore, p.Fee, p.InquiredAt = "SITI NURHALIZA", 0.93, 4_500_00, made.Add(-50*time.Minute)
	switch status {
	case ledger.Held:
		p.Hold, p.Reason = ledger.HoldName, "score 0.42 is below 0.80"
	case ledger.Submitting, ledger.Pending, ledger.Settled, ledger.Failed, ledger.Returned:
		p.Attempts, p.TransferredAt, p.ProviderReference = 1, made.Add(-40*time.Minute), fmt.Sprintf("DK%08d", n)
	}
	switch status {
	case ledger.Settled:
		p.SettledAt = made.Add(-30 * time.Minute)
	case ledger.Returned:
		p.SettledAt, p.ReturnedAt = made.Add(-30*time.Minute), made.Add(-10*time.Minute)
	case ledger.Failed:
		p.Reason = "the provider says the beneficiary bank refused it"
	}
	return p
}

// everyStatus is a batch with each of the ten statuses, and some settled ones more.
func everyStatus() *fakeSource {
	var payouts []ledger.Payout
	for i, status := range append(ledger.Statuses(), ledger.Settled, ledger.Settled, ledger.Returned) {
		payouts = append(payouts, newPayout(i+2, status))
	}
	payouts[0].Fee = 2_500_50 // with sen
	return newSource(payouts...)
}

var options = reports.Options{
	BankName:    func(code string) string { return map[string]string{"014": "BCA"}[code] },
	GeneratedAt: made, GeneratedBy: "budi@accounting", Version: "1.2.3",
}

// writeWorkbook writes the workbook of src and returns its path.
func writeWorkbook(t testing.TB, src reports.Source, o reports.Options) string {
	t.Helper()
	path := t.TempDir() + "/2026-11-ABC123.xlsx"
	if err := reports.Write(t.Context(), path, src, o); err != nil {
		t.Fatal(err)
	}
	return path
}
