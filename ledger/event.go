package ledger

import "time"

// Event is one entry of the journal: a transition of a payout, or a fact about it or its
// batch that has to be on record. Events are numbered from 1 without a gap and hash-chained:
// Hash is SHA-256 over the hash of the event before and this event's encoding, so nothing can
// be altered, taken out or put in between without every later hash changing.
type Event struct {
	Sequence uint64
	At       time.Time // wall clock, WIB when shown
	Kind     Kind
	Batch    string
	Line     int    // 0 when the event is about the whole batch
	From     Status // equal to To when the event is not a transition
	To       Status
	Actor    string // "run", "poll", "resume", or user@host for a person's decision
	Evidence Evidence
	Hash     [32]byte
}

// Kind says what an event is.
type Kind uint8

// The kinds of event.
const (
	Transition     Kind = 1 + iota // a payout moved from From to To
	Note                           // something learnt of a payout that did not move
	BatchCreated                   // with the batch's digest: it covers every line
	BalanceRead                    // the deposit's available balance
	PersonAccepted                 // a person accepted a name on an account, or two employees sharing one
)

var kindWords = [...]string{Transition: "transition", Note: "note", BatchCreated: "batch created", BalanceRead: "balance read", PersonAccepted: "accepted"}

// String returns the kind in words.
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindWords) {
		return "unknown"
	}
	return kindWords[k]
}

// Evidence is what an event rests on: the provider's codes and identifiers, or a person's reason.
// Only what is known is filled in. It never holds a secret; account numbers are not repeated here.
type Evidence struct {
	Code              string // the provider's response code, "2004300"
	Message           string // its text, or ours when there was no answer
	TransferStatus    string // check status' latestTransactionStatus, "00"
	ExternalID        string // X-EXTERNAL-ID of the call
	Session           string // the session used
	ProviderReference string
	BodyDigest        []byte // SHA-256 of the transfer's body, 32 bytes
	Reason            string // why; a person's own words for a decision
	Amount            Sen    // of a balance reading
	Others            Sen    // of a balance reading: what the other batches had out of the deposit then
	Digest            []byte // of a created batch, 32 bytes

	Answer        Answer        // what check status said of a transfer under way
	NotFoundAfter time.Duration // how long "not found" had to last then, in milliseconds rounded up
	Waited        time.Duration // since the "not found" before; the ledger fills it in
	Proof         Proof         // why a payout that was in doubt may be sent again
}
