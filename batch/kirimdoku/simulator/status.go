package simulator

import (
	"fmt"
	"time"
)

type statusBody struct {
	head
	OriginalReferenceNo        string     `json:"originalReferenceNo"`
	OriginalPartnerReferenceNo string     `json:"originalPartnerReferenceNo"`
	ServiceCode                wireCode   `json:"serviceCode"`
	LatestTransactionStatus    string     `json:"latestTransactionStatus"`
	Amount                     money      `json:"amount"`
	TransactionDate            string     `json:"transactionDate"`
	OriginalResponseCode       wireCode   `json:"originalResponseCode"`
	OriginalResponseMessage    string     `json:"originalResponseMessage"`
	TransactionStatusDesc      string     `json:"transactionStatusDesc"`
	SessionID                  string     `json:"sessionId"`
	AdditionalInfo             statusMore `json:"additionalInfo"`
}

type statusMore struct {
	CashInTime        string `json:"cashInTime,omitempty"` // absent until the money arrived
	Remark            string `json:"remark"`
	BeneficiaryAmount string `json:"beneficiaryAmount"`
}

// cashInForm has no zone, as in the sample.
const cashInForm = "2006-01-02 15:04:05"

// statusDate writes a date as the sample has it, with a blank before the milliseconds.
func statusDate(t time.Time) string {
	t = t.In(wib)
	return fmt.Sprintf("%s. %03d%s", t.Format("2006-01-02T15:04:05"), t.Nanosecond()/1e6, t.Format("-07:00"))
}

// notFoundBody is the other way to say "not found": the question was answered, the transfer is
// not known.
func notFoundBody(h head, told told) any {
	return struct {
		head
		ServiceCode             wireCode `json:"serviceCode"`
		LatestTransactionStatus string   `json:"latestTransactionStatus"`
		TransactionStatusDesc   string   `json:"transactionStatusDesc"`
	}{h, wireCode{"43", told.asText}, "07", "Transaction not found"}
}

// standing is how check status speaks of a state.
type standing struct{ status, code, message, text string }

var standings = map[State]standing{
	Pending:  {"03", "00", "Transfer Approve", "Transaction is pending"},
	Paid:     {"00", "00", "Transfer Approve", "Transaction is successfully processed"},
	Failed:   {"06", "05", "Transfer Rejected", "Transaction is failed"},
	Refunded: {"04", "00", "Transfer Approve", "Transaction is refunded"},
}

// status answers how a transfer stands. The partner's reference decides; the provider's, which may
// be the referenceNo or the session of the transfer, must not belong to another one.
func (s *Simulator) status(c *call, _ time.Time) *answer {
	seen, known := s.references[c.fields["originalPartnerReferenceNo"]]
	if !known || seen.debit == nil {
		return refuse(404, "01", "Transaction Not Found")
	}
	debit := seen.debit
	if other := s.byProvider[c.fields["originalReferenceNo"]]; other != nil && other != debit {
		c.breach("originalReferenceNo", "belongs to another transfer than originalPartnerReferenceNo", nil)
		return refuse(404, "01", "Transaction Not Found")
	}
	return s.standing(debit)
}

func (s *Simulator) standing(debit *Debit) *answer {
	stands := standings[debit.State]
	more := statusMore{Remark: debit.remark, BeneficiaryAmount: decimal(debit.Amount)}
	if debit.State == Paid {
		more.CashInTime = debit.Changed.In(wib).Format(cashInForm)
	}
	date := statusDate(debit.Taken)
	return success(told{amount: debit.Amount, reference: debit.Reference}, func(h head, told told) any {
		return statusBody{h, debit.ProviderReference, told.reference, wireCode{"43", told.asText}, stands.status,
			rupiah(told.amount), date, wireCode{stands.code, told.asText}, stands.message, stands.text, debit.Session, more}
	})
}
