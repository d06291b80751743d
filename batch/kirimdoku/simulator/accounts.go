package simulator

import (
	"slices"
	"strings"
)

// Behaviour is what an account does when it is asked about or paid.
type Behaviour string

// The behaviours. The empty one is Ordinary.
const (
	Ordinary       Behaviour = ""                 // known, and paid after [Config.SettleAfter]
	Unknown        Behaviour = "unknown"          // the bank does not know the account
	Inactive       Behaviour = "inactive"         // the account is inactive
	OtherHolder    Behaviour = "other-holder"     // belongs to SUHUT, as in the provider's sample
	Refused        Behaviour = "refused"          // the transfer is refused at once, 4034305
	Failing        Behaviour = "failing"          // accepted, then failed; amount and fee come back
	PendingForEver Behaviour = "pending-for-ever" // accepted, and never more than that
	UnpaidPaid     Behaviour = "unpaid-paid"      // pending for [Config.UnpaidFor], then paid
	UnpaidFailed   Behaviour = "unpaid-failed"    // pending for [Config.UnpaidFor], then failed; amount and fee come back
	PaidRefunded   Behaviour = "paid-refunded"    // paid, and refunded after [Config.RefundAfter]; only the amount comes back
	AnswerLost     Behaviour = "answer-lost"      // every answer to a transfer is lost; the first request took effect
	RequestLost    Behaviour = "request-lost"     // the first transfer request of a reference is lost; it did nothing
)

var behaviours = []Behaviour{Ordinary, Unknown, Inactive, OtherHolder, Refused, Failing, PendingForEver,
	UnpaidPaid, UnpaidFailed, PaidRefunded, AnswerLost, RequestLost}

func (b Behaviour) known() bool { return slices.Contains(behaviours, b) }

// Account is a beneficiary's account that behaves in a special way.
type Account struct {
	Bank      string // bank code; empty is any bank
	Number    string
	Holder    string // the bank's name of the holder; empty is the usual one
	Behaviour Behaviour
}

// otherHolder is the name that the provider's sample answers to a question about somebody else.
const otherHolder = "SUHUT"

// reserved starts the account numbers whose last two digits choose a behaviour.
const reserved = "99900000"

// Trigger is a kind of account number that behaves in a special way in every simulator.
type Trigger struct {
	Number    string // the number, or the pattern in words
	Bank      string // the bank in words
	Behaviour Behaviour
	Text      string // what happens, for people

	bank   func(string) bool
	number func(string) bool
}

// Triggers returns the accounts that behave in a special way, in the order in which they are
// tried. Source of the first three: the sandbox notes of the provider's page.
func Triggers() []Trigger { return slices.Clone(triggers) }

var triggers = []Trigger{
	{Number: "containing 12345", Bank: "002", Behaviour: UnpaidFailed, bank: isBank("002"), number: contains("12345"),
		Text: "unpaid (status 03), then failed (06): amount and fee come back"},
	{Number: "containing 12345", Bank: "any other", Behaviour: UnpaidPaid, bank: anyBank, number: contains("12345"),
		Text: "unpaid (status 03), then paid (00)"},
	{Number: "7746555134", Bank: "any", Behaviour: PaidRefunded, bank: anyBank, number: is("7746555134"),
		Text: "paid, then refunded (04): the amount comes back, the fee does not"},
	reservedTrigger("01", Unknown, "the bank does not know the account (inquiry: 4044211)"),
	reservedTrigger("02", Inactive, "the account is inactive (inquiry: 4034218)"),
	reservedTrigger("03", OtherHolder, "the account belongs to SUHUT, whatever name is asked for"),
	reservedTrigger("04", Refused, "the transfer is refused at once (4034305)"),
	reservedTrigger("05", Failing, "the transfer is accepted, then fails: amount and fee come back"),
	reservedTrigger("06", PendingForEver, "the transfer stays pending for ever"),
	reservedTrigger("07", AnswerLost, "the answer to a transfer is always lost; the money moved"),
	reservedTrigger("08", RequestLost, "the first transfer request of a reference is lost; nothing moved"),
}

func reservedTrigger(digits string, behaviour Behaviour, text string) Trigger {
	return Trigger{Number: reserved + "…" + digits, Bank: "any", Behaviour: behaviour, Text: text, bank: anyBank,
		number: func(number string) bool {
			rest, found := strings.CutPrefix(number, reserved)
			return found && len(rest) >= len(digits) && strings.HasSuffix(rest, digits)
		}}
}

func anyBank(string) bool { return true }

func isBank(code string) func(string) bool { return is(code) }

func is(want string) func(string) bool { return func(got string) bool { return got == want } }

func contains(part string) func(string) bool {
	return func(number string) bool { return strings.Contains(number, part) }
}

type accountKey struct{ bank, number string }

func indexAccounts(accounts []Account) map[accountKey]Account {
	index := make(map[accountKey]Account, len(accounts))
	for _, account := range accounts {
		index[accountKey{account.Bank, account.Number}] = account
	}
	return index
}

// account finds how an account behaves: the configured ones first, then the triggers.
func (s *Simulator) account(bank, number string) Account {
	if account, found := s.accounts[accountKey{bank, number}]; found {
		return account
	}
	if account, found := s.accounts[accountKey{"", number}]; found {
		return account
	}
	for _, t := range triggers {
		if t.bank(bank) && t.number(number) {
			return Account{Bank: bank, Number: number, Behaviour: t.Behaviour}
		}
	}
	return Account{Bank: bank, Number: number}
}

// holder is the bank's name of the account's holder.
func (s *Simulator) holder(account Account, bank, number, asked string) string {
	switch {
	case account.Holder != "":
		return account.Holder
	case account.Behaviour == OtherHolder:
		return otherHolder
	}
	return s.config.HolderName(bank, number, asked)
}
