package ledger

import (
	"fmt"
	"time"
)

// WIB is Western Indonesia Time (UTC+7, no daylight saving), the time of the bank day and of
// every time that people see.
var WIB = time.FixedZone("WIB", 7*60*60)

// Line is one line of a payroll file, normalised: who is to be paid what. It never changes
// once its batch is in the ledger.
type Line struct {
	Number        int    // the row a spreadsheet shows, or the physical line of a CSV; unique in its file
	EmployeeID    string // as text: leading zeros count
	Name          string // the beneficiary's name as given, blanks collapsed
	BankCode      string // "014"; three digits or a wallet's word
	AccountNumber string // as text: leading zeros count
	Amount        Sen
	Phone         string
	Email         string
	Remark        string
	CostCenter    string
	PayType       string
	RetryOf       string   // "BATCH/LINE/ATTEMPT" of the payout that this one replaces; empty otherwise
	Extra         []string // values of the file's other columns, in the order of Batch.ExtraColumns
}

// Payout is the intention to pay one beneficiary one amount, and where it stands.
type Payout struct {
	Line
	Batch   string // the batch's ID
	Ordinal int    // the line's place among the file's lines, from 1; blank rows do not count
	Status  Status
	Changes Changes
	State
}

// State is what the ledger knows of a payout beside its line and status. Zero values mean
// "not known" throughout.
type State struct {
	Reason string // why the payout stands where it stands, for people; empty on the plain way
	Hold   Hold   // why a person has to decide; HoldNone when nobody has to

	// From the inquiry.
	HolderName string    // the account holder's name as the bank has it
	NameScore  float64   // 0 to 1: how well HolderName matches Name
	Fee        Sen       // what the provider takes for the transfer
	Session    string    // the provider's session; serves one transfer
	InquiredAt time.Time // when the session was given

	// From the transfer. An attempt is a transfer that was made ready and whose intent was recorded.
	Attempts          int
	ExternalID        string    // X-EXTERNAL-ID of the last attempt
	DepartureMark     string    // of the file that tells whether the last attempt left; kept while in doubt
	TransferredAt     time.Time // when the intent of the last attempt was recorded
	ProviderReference string    // the provider's identifier of the transfer

	// From check status.
	SettledAt       time.Time // when the provider says the money arrived, else when we learnt it
	ReturnedAt      time.Time // when check status said that the money came back; of a settled payout with UnpaidSeen the first look
	UnpaidSeen      bool      // check status said once that nothing was paid (cancelled, failed or given back); a second look decides
	DuplicateOf     string    // "BATCH line N" of the other payout, when Hold is HoldDuplicate or HoldSharedAccount
	AcceptDuplicate bool      // a person released it although it is a duplicate
	AcceptFee       bool      // a person released it although less than the amount arrives
	SharedWith      string    // employee ID of the other payout, when Hold is HoldSharedAccount

	Doubt // what was answered while the transfer was under way
}

// Hold says why a payout waits for a person.
type Hold uint8

// The reasons to hold.
const (
	HoldNone          Hold = iota
	HoldName               // the bank's holder name differs from the file's
	HoldDuplicate          // the same payment is in this or another batch
	HoldSharedAccount      // another employee of the file is paid to the same account the same amount
	HoldFee                // the beneficiary would receive less than the amount, or the fee is not as agreed
	HoldLimit              // over a limit of the provider
	HoldProvider           // the provider suspects fraud or suspends: ask them
	HoldChange             // the account or the amount is not as it was last time, and such changes are to be reviewed
)

var holdWords = [...]string{"", "name differs", "duplicate", "shared account", "fee", "over a limit", "provider", "changed"}

// String returns the hold in words; empty for HoldNone.
func (h Hold) String() string {
	if int(h) >= len(holdWords) {
		return fmt.Sprintf("hold(%d)", uint8(h))
	}
	return holdWords[h]
}

// Reference returns the partner reference of the payout with that ordinal: made from what the
// batch is known by and the line's place in it, so that it is the same on every attempt, after
// every crash, and even when the ledger is lost and the same lines are read again, with or without
// a blank row between them. 27 letters and digits.
func (b Batch) Reference(ordinal int) string {
	return fmt.Sprintf("%s%07d", b.ReferencePrefix, ordinal)
}

// Label returns how people are told which payout is meant: "2026-11-ABC123 line 17".
func (p Payout) Label() string { return fmt.Sprintf("%s line %d", p.Batch, p.Number) }
