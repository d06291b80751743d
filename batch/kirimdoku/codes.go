package kirimdoku

import (
	"fmt"
	"slices"
	"strings"

	"gajian/batch"
)

// operation is one of the calls, as a bit, so that a row of the table can name several.
type operation uint8

const (
	tokenCall operation = 1 << iota
	balanceCall
	inquiryCall
	transferCall
	statusCall
)

// calls groups the operations for the table.
const (
	bearerCalls = balanceCall | inquiryCall | transferCall | statusCall // made with a token
	payeeCalls  = inquiryCall | transferCall                            // about one beneficiary
	anyCall     = tokenCall | bearerCalls
)

// operations gives each operation's name in errors, its service code, and its path: after the
// host for the token, after the prefix for the others. Source: DOKU's Kirim DOKU and token pages.
var operations = map[operation]struct{ name, service, path string }{
	tokenCall:    {"token", "73", "/authorization/v1/access-token/b2b"},
	balanceCall:  {"balance", "11", "/balance-inquiry"},
	inquiryCall:  {"inquiry", "42", "/emoney/bank-account-inquiry"},
	transferCall: {"transfer", "43", "/emoney/transfer-bank"},
	// A path under "qr" looks wrong and is right: the SNAP standard gives it to the status of
	// transfers of providers that are no bank.
	statusCall: {"status", "53", "/qr/qr-mpm-status"},
}

func (op operation) name() string    { return operations[op].name }
func (op operation) service() string { return operations[op].service }
func (op operation) path() string    { return operations[op].path }

// success is the one code that says the call worked.
func (op operation) success() string { return "200" + op.service() + "00" }

// notFound is check status' "transaction not found". It is an answer, not an error.
const notFound = "4045301"

// verdict is what a response code means for what was asked.
type verdict struct {
	calls   operation
	status  int    // HTTP status and first three digits of the code
	cases   string // last two digits of the code, separated by blanks
	outcome batch.Outcome
	cause   error
	source  string // S: SNAP standard, D: DOKU, F: seen in the field, I: inferred
	why     string
}

// verdicts is the one table of response codes. What is not in it is in doubt; so are some rows,
// for the record of why. Refused, NotTaken, NeedsRepair and Stop all say that no money moved:
// a row with one of them needs wording in its source that says the call was turned away.
//
// Sources: the SNAP standard's response codes, which DOKU reprints ("HTTP Status and Case
// Code"), read September 2026.
var verdicts = []verdict{
	{transferCall, 202, "00", batch.InDoubt, nil, "S", "in progress: the provider has it"},

	{inquiryCall | statusCall, 400, "00 01 02", batch.NeedsRepair, nil, "S", "bad request or field"},
	{transferCall, 400, "01 02", batch.NeedsRepair, nil, "S", "a field is missing or malformed"},
	{transferCall, 400, "00", batch.InDoubt, nil, "I", "says nothing about what is bad; ask"},
	{tokenCall | balanceCall, 400, "00 01 02", batch.Stop, batch.ErrConfiguration, "S", "carries nothing but configuration"},

	{tokenCall, 401, "00 01 02 03 04", batch.Stop, batch.ErrCredentials, "D", "client id, key or clock are refused"},
	{bearerCalls, 401, "00 01 03", batch.NotTaken, nil, "S", "signature or token refused; twice stops the run"},
	{bearerCalls, 401, "02 04", batch.Stop, batch.ErrConfiguration, "S", "a customer's token is asked for, which payouts have not"},

	{transferCall, 403, "00", batch.NotTaken, nil, "S", "session expired: inquire anew"},
	{anyCall, 403, "01 15 19", batch.Stop, batch.ErrNotAllowed, "S", "feature not allowed, not permitted, merchant blacklisted"},
	{payeeCalls, 403, "02 20 23", batch.Refused, nil, "S", "over a limit of amount, merchant or account"},
	{payeeCalls, 403, "05 09 18", batch.Refused, nil, "S", "do not honour, dormant, inactive account"},
	{transferCall, 403, "03 16", batch.InDoubt, nil, "I", "suspected fraud, suspended: may be held rather than refused"},
	{inquiryCall, 403, "03 16", batch.NeedsRepair, nil, "I", "suspected fraud, suspended: nothing was sent, a person asks"},
	{anyCall, 403, "04", batch.NotTaken, nil, "S", "activity count limit: slower"},
	{payeeCalls, 403, "06", batch.Stop, batch.ErrCutOff, "S", "not allowed at this time"},
	{payeeCalls, 403, "14", batch.Stop, batch.ErrInsufficientFunds, "S", "insufficient funds"},

	{transferCall, 404, "00 01", batch.InDoubt, nil, "I", "invalid status, not found: of what, it does not say"},
	{payeeCalls, 404, "02 03", batch.Refused, nil, "S", "invalid routing, bank not supported"},
	{anyCall, 404, "08 16", batch.Stop, batch.ErrConfiguration, "S", "invalid merchant, partner not found"},
	{payeeCalls, 404, "11", batch.Refused, nil, "S", "invalid account"},
	{balanceCall, 404, "11", batch.Stop, batch.ErrConfiguration, "S", "our own account is invalid"},
	{payeeCalls, 404, "13", batch.Refused, nil, "S", "invalid amount"},
	{transferCall, 404, "18", batch.InDoubt, nil, "S", "same reference, other content: the first may be alive"},
	{anyCall, 405, "00 01", batch.Stop, batch.ErrConfiguration, "S", "function not supported or allowed"},

	{transferCall, 409, "00", batch.InDoubt, nil, "S", "same external id on the same day"},
	{transferCall, 409, "01", batch.InDoubt, nil, "S", "same reference: the provider probably has it"},
	{transferCall, 409, "02", batch.InDoubt, nil, "F", "session used before: the provider probably has it"},

	{anyCall, 429, "00", batch.NotTaken, nil, "S", "too many requests: slower"},

	{anyCall, 500, "00 01 02", batch.InDoubt, nil, "D", "general error: money may be deducted"},
	{anyCall, 504, "00", batch.InDoubt, nil, "D", "timeout at the bank: money may be deducted"},
}

// classify says what an answer that is no success means. It is the only place that does. The
// default is in doubt: a code that is not in the table, not of this call, or at odds with the
// HTTP status.
func classify(op operation, httpStatus int, code string) (batch.Outcome, error) {
	if len(code) != 7 || code[:3] != fmt.Sprint(httpStatus) || code[3:5] != op.service() {
		return batch.InDoubt, nil
	}
	for _, v := range verdicts {
		if v.calls&op != 0 && v.status == httpStatus && slices.Contains(strings.Fields(v.cases), code[5:]) {
			return v.outcome, v.cause
		}
	}
	return batch.InDoubt, nil
}

// exists reports whether a transfer's answer says that the provider has one under its reference: it is
// in progress, or in the standard's words "has previously been processed". Should that be wrong, only
// check status can end the doubt, and no person; but a reference that the provider takes for used
// would be refused at every further attempt, and another reference is how a salary is paid twice.
func exists(op operation, code string) bool {
	return op == transferCall && (code == "2024300" || code == "4094301")
}

// throttles reports whether an answer says that we call too often: HTTP 429, with or without a
// readable code, or the standard's "activity count limit exceeded".
func throttles(httpStatus int, code string) bool {
	return httpStatus == 429 || strings.HasPrefix(code, "429") || strings.HasPrefix(code, "403") && strings.HasSuffix(code, "04")
}
