package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"gajian/ledger"
)

// Provider is what the pipeline needs of a payout provider.
//
// Every method makes at most one call that matters to the provider's state: nothing behind this
// interface sends a transfer a second time. A provider may repeat Balance, Inquire and Status once
// after renewing its credentials; every other retry belongs to the pipeline.
//
// Errors are *Error (errors.As). Any other error, a context's included, counts as in doubt.
type Provider interface {
	// Balance asks what the deposit holds. The answer is advisory.
	Balance(ctx context.Context) (Funds, error)

	// Inquire asks the bank who owns an account. It moves no money and may be repeated.
	Inquire(ctx context.Context, inquiry Inquiry) (Holder, error)

	// Prepare readies a transfer so that Transfer has nothing left to wait for: credentials are
	// fresh, the body is built, the connection is open, a slot of the rate is taken. It sends no
	// transfer. The caller records the order's ExternalID and BodyDigest durably and then calls Transfer or Discard,
	// exactly once.
	Prepare(ctx context.Context, transfer Transfer) (*Order, error)

	// Transfer sends the order, once. A nil error means accepted, not paid.
	Transfer(ctx context.Context, order *Order) (Receipt, error)

	// Status asks how a transfer stands. A nil error means that the question was answered; what
	// the answer is worth is for the caller to compare with what was asked.
	Status(ctx context.Context, query Query) (Standing, error)
}

// Funds is what the deposit holds.
type Funds struct {
	Available ledger.Sen // may be spent now
	Held      ledger.Sen // set aside by the provider
}

// Inquiry asks who owns an account.
type Inquiry struct {
	Reference     string // the payout's partner reference
	BankCode      string
	AccountNumber string
	Name          string // the beneficiary's name as the payroll file has it
	Amount        ledger.Sen
}

// Holder is what the bank knows of an account.
type Holder struct {
	Reference         string     // echo of the inquiry; empty when the answer had none
	Name              string     // the holder's name as the bank has it
	BankCode          string     // echo of the inquiry; empty when the answer had none
	AccountNumber     string     // echo; empty when the answer had none
	Amount            ledger.Sen // echo; zero when the answer had none
	BeneficiaryAmount ledger.Sen // what would arrive; zero when the answer had none
	Fee               ledger.Sen
	Session           string // serves one transfer of exactly this amount, account and bank
	Code              string
}

// Transfer is the order to move money.
type Transfer struct {
	Reference     string // the partner reference: the same at every attempt
	Session       string // from the inquiry
	BankCode      string
	BankName      string // may be empty
	AccountNumber string
	Amount        ledger.Sen
	Name          string // the beneficiary's name as the payroll file has it
	HolderName    string // the holder's name as the bank has it
	Phone         string // may be empty
	Remark        string // may be empty
}

// Order is a transfer made ready to be sent.
type Order struct {
	Transfer
	ExternalID string   // X-EXTERNAL-ID, new for every order
	Body       []byte   // exactly the bytes that will be sent and signed
	BodyDigest [32]byte // SHA-256 of Body
	Slot       Slot     // permission to send one call now
	// Leaving is called by Transfer at most once, immediately before the first byte may leave. An
	// error means: do not send; the transfer is then not taken. It may be nil.
	Leaving func() error
	// Connection is reserved for this order, so that only the request is left to be written; nil when
	// the provider keeps none. Discard closes it; Transfer closes it or keeps it for another call.
	Connection io.Closer
}

// Discard gives the order's slot back and closes its connection; for an order that is not sent.
func (o *Order) Discard() {
	if o.Slot != nil {
		o.Slot.Release()
		o.Slot = nil
	}
	if o.Connection != nil {
		_ = o.Connection.Close() // nothing was written to it
		o.Connection = nil
	}
}

// Receipt is the provider's acceptance of a transfer.
type Receipt struct {
	Reference         string     // echo of the partner reference; empty when the answer had none
	ProviderReference string     // the provider's identifier of the transfer
	Session           string     // echo; empty when the answer had none
	Amount            ledger.Sen // echo; zero when the answer had none
	Code              string
	Message           string
}

// Query names the transfer whose status is asked.
type Query struct {
	Reference         string
	ProviderReference string // may be empty
	Session           string // of the transfer; may be empty
	ExternalID        string // of the transfer; may be empty
}

// Standing is how the provider says a transfer stands.
type Standing struct {
	Phase             Phase
	Exists            bool       // whatever the phase, the answer shows that the provider has something under our reference
	Reference         string     // echo of the partner reference; empty when the answer had none
	ProviderReference string     // empty when the answer had none
	Amount            ledger.Sen // zero when the answer had none
	PaidAt            time.Time  // zero when the answer had none that could be read
	Code              string     // response code of the status call
	TransferStatus    string     // latestTransactionStatus as it came
	Message           string     // the provider's words about the transfer
}

// Phase is where a transfer stands in the provider's books. The zero value is unknown: nothing
// may be concluded from it.
type Phase uint8

// The phases.
const (
	PhaseUnknown    Phase = iota
	PhaseInProgress       // accepted, not at its end
	PhasePaid
	PhaseRefunded  // was paid or debited, and the money came back
	PhaseCancelled // not paid; to be believed at the second look
	PhaseFailed    // not paid
	PhaseNotFound  // not known there; no proof that it will not appear
)

// Outcome says what an error means for the thing that was asked. The zero value is in doubt,
// so that forgetting to classify costs a question and not money.
type Outcome uint8

// The outcomes.
const (
	// InDoubt: it may have happened. After a transfer, only check status may be asked.
	InDoubt Outcome = iota
	// Refused: a listed answer says no, for this payout, for good. No money moved.
	Refused
	// NotTaken: it is certain that nothing was processed; the same may be asked again with a new
	// session. No money moved.
	NotTaken
	// NeedsRepair: refused before processing because of what we sent; the same will be refused
	// again until a person mends data or configuration. No money moved.
	NeedsRepair
	// Stop: refused, and it concerns every payout; the run stops. No money moved. Cause says why.
	Stop
)

var outcomeWords = [...]string{"in doubt", "refused", "not taken", "needs repair", "stop"}

// String returns the outcome in words.
func (o Outcome) String() string { return outcomeWords[o] }

// Causes of Stop, and of a provider that cannot be used at all. Compare with errors.Is.
var (
	// ErrInsufficientFunds: the deposit does not hold enough for a transfer.
	ErrInsufficientFunds = errors.New("the deposit does not hold enough")
	// ErrCredentials: the provider refused our credentials or signature twice.
	ErrCredentials = errors.New("the provider refuses our credentials")
	// ErrNotAllowed: the provider does not allow us the service, or has blocked us.
	ErrNotAllowed = errors.New("the provider does not allow us this service")
	// ErrCutOff: the provider takes no transfers at this hour.
	ErrCutOff = errors.New("the provider takes no transfers at this hour")
	// ErrConfiguration: the provider does not know what our configuration names.
	ErrConfiguration = errors.New("the provider does not know what the configuration names")
)

// Error is how a call to the provider failed.
type Error struct {
	Operation  string        // "token", "balance", "inquiry", "transfer", "status"
	Outcome    Outcome       // what it means
	Code       string        // the provider's response code; empty when there was none
	Message    string        // the provider's text; never a secret or a full account number
	RetryAfter time.Duration // how long the provider asked us to wait; zero when it did not, capped by the client
	Throttled  bool          // the provider said that we call too often
	Exists     bool          // of a transfer: the answer says that the provider has one under our reference
	Cause      error         // one of the causes above, or the transport's error
}

// Error tells the operation and what came back.
func (e *Error) Error() string {
	text := e.Operation + ": "
	switch {
	case e.Code != "":
		text += e.Code + " " + e.Message
		if e.Cause != nil {
			text += fmt.Sprintf(" (%v)", e.Cause)
		}
	case e.Cause != nil:
		text += e.Cause.Error()
	default:
		text += e.Message
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// OutcomeOf classifies err for the pipeline; anything it does not know is in doubt.
func OutcomeOf(err error) Outcome {
	var e *Error
	if errors.As(err, &e) {
		return e.Outcome
	}
	return InDoubt
}

// Gate admits calls to the provider one by one, so that the provider's rate is never exceeded.
// All calls of a process pass one gate, token calls included.
type Gate interface {
	// Acquire waits until one call may leave. It returns ctx's error when ctx ends first.
	Acquire(ctx context.Context) (Slot, error)
	// Throttled tells that the provider answered "too many requests", and for how long it asked
	// us to wait (zero when it did not say). It is called before Done of the refused call's slot,
	// so that refusals of calls that had left together can be told from a new one.
	Throttled(retryAfter time.Duration)
}

// Slot is the permission to send one call. Either Release is called, once; or Use, and when it
// succeeds Left and Done after it, each once.
type Slot interface {
	// Use is called when nothing is left to do but to write the call's first byte. It may wait: a
	// few milliseconds for the rate, as long as an answer takes when as many calls are under way as
	// may be, and as long as the provider told us to pause. Who was admitted first leaves first. Its
	// error, ctx's, means that the call must not leave; the slot is released then.
	Use(ctx context.Context) error
	// Left is called when the call's first byte has left, as soon after Use as may be: the second in
	// which the call counts for the rate begins then. Without it that is at Done.
	Left()
	// Done is called when the call is over: its answer is there, or not waited for any more.
	Done()
	// Release gives the permission back unused.
	Release()
}
