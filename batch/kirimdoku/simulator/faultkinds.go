package simulator

import (
	"slices"
	"time"
)

// FaultKind is one thing that can go wrong with a call.
type FaultKind struct {
	Name       string
	Effect     Effect
	Operations []Operation   // where it can happen
	Delay      time.Duration // default of the faults that take a delay; 0 takes none
	Text       string        // what happens, for people

	spoil func(*answer) *answer // makes the answer; gets nil when nothing was processed
}

// Effect says whether a call that is hit by a fault took effect.
type Effect string

// The effects.
const (
	DidNothing Effect = "did nothing"
	TookEffect Effect = "took effect" // as far as the call was a good one: a refusal stays a refusal
	TakesLater Effect = "takes effect later"
)

// FaultKinds returns every fault, in the order of the help text.
func FaultKinds() []FaultKind {
	kinds := slices.Clone(faultKinds)
	for i := range kinds {
		kinds[i].Operations = slices.Clone(kinds[i].Operations)
	}
	return kinds
}

var (
	everywhere   = []Operation{TokenCall, BalanceCall, InquiryCall, TransferCall, StatusCall}
	transactions = []Operation{BalanceCall, InquiryCall, TransferCall, StatusCall}
	withAmount   = []Operation{InquiryCall, TransferCall, StatusCall}
)

const (
	htmlPage   = "<html><head><title>Please wait</title></head><body>Please wait while we check your browser.</body></html>\n"
	badGateway = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n</body>\n</html>\n"
)

var faultKinds = slices.Concat(plainFaults, throttleFaults, redirectFaults, deliveryFaults, contentFaults)

// lying are the faults whose answer says, in a listed refusal, that nothing was processed although
// it was. No contract allows that; whoever sends again then, with the same reference, makes no mistake.
var lying = []string{"401-after", "429-after"}

func (k *FaultKind) lies() bool { return slices.Contains(lying, k.Name) }

// plainFaults are those of a day like any other.
var plainFaults = []FaultKind{
	{"no-connection", DidNothing, everywhere, 0, "the connection is refused (on a port, where it is made already, it is cut)",
		func(*answer) *answer { return &answer{cut: noConnection} }},
	{"lose-request", DidNothing, everywhere, 0, "the connection is cut before anything is processed",
		func(*answer) *answer { return cutConnection() }},
	{"lose-response", TookEffect, everywhere, 0, "the connection is cut before the answer",
		func(a *answer) *answer { return with(a, func(a *answer) { a.cut = cutBefore }) }},
	{"late", TakesLater, transactions, 30 * time.Second, "the connection is cut, and the request arrives after a delay",
		func(*answer) *answer { return cutConnection() }},
	{"500-before", DidNothing, everywhere, 0, "500xx00 General Error",
		func(*answer) *answer { return refuse(500, "00", "General Error") }},
	{"500-after", TookEffect, everywhere, 0, "500xx00 General Error",
		func(*answer) *answer { return refuse(500, "00", "General Error") }},
	{"502-html-before", DidNothing, everywhere, 0, "502 with an HTML page",
		func(*answer) *answer { return &answer{status: 502, page: badGateway} }},
	{"502-html", TookEffect, everywhere, 0, "502 with an HTML page",
		func(*answer) *answer { return &answer{status: 502, page: badGateway} }},
	{"504-before", DidNothing, everywhere, 0, "504xx00 Timeout",
		func(*answer) *answer { return refuse(504, "00", "Timeout") }},
	{"504-after", TookEffect, everywhere, 0, "504xx00 Timeout",
		func(*answer) *answer { return refuse(504, "00", "Timeout") }},
	{"html-before", DidNothing, everywhere, 0, "200 with an HTML page",
		func(*answer) *answer { return &answer{status: 200, page: htmlPage} }},
	{"html", TookEffect, everywhere, 0, "200 with an HTML page",
		func(*answer) *answer { return &answer{status: 200, page: htmlPage} }},
	{"empty-before", DidNothing, everywhere, 0, "200 without a body",
		func(*answer) *answer { return &answer{status: 200, empty: true} }},
	{"empty", TookEffect, everywhere, 0, "200 without a body",
		func(*answer) *answer { return &answer{status: 200, empty: true} }},
	{"truncated-before", DidNothing, everywhere, 0, "half of a 500's JSON, as if it were whole",
		func(*answer) *answer {
			return with(refuse(500, "00", "General Error"), func(a *answer) { a.half = true })
		}},
	{"truncated", TookEffect, everywhere, 0, "half of the JSON, as if it were whole",
		func(a *answer) *answer { return with(a, func(a *answer) { a.half = true }) }},
	{"cut-answer", TookEffect, everywhere, 0, "the connection is cut in the middle of the answer",
		func(a *answer) *answer { return with(a, func(a *answer) { a.cut = cutMiddle }) }},
	{"slow", TookEffect, everywhere, 5 * time.Second, "the answer comes after a delay",
		func(a *answer) *answer { return a }},
	{"in-progress", TookEffect, transactions, 0, "202xx00 Request In Progress",
		func(*answer) *answer { return refuse(202, "00", "Request In Progress") }},
	{"401", DidNothing, everywhere, 0, "401xx01, the token is said to be invalid (401xx00 on a token call)",
		func(*answer) *answer { return tokenInvalid() }},
	{"429", DidNothing, everywhere, 0, "429xx00 with Retry-After",
		func(*answer) *answer { return tooMany() }},
	{"conflict-409", DidNothing, transactions, 0, "409xx00 Conflict",
		func(*answer) *answer { return refuse(409, "00", "Conflict") }},
	{"duplicate-409", TookEffect, transactions, 0, "409xx01 (transfer) or 409xx00, as to the second of two deliveries",
		func(*answer) *answer { return refuse(409, "00", "Conflict") }},
	{"replay-409", TookEffect, transactions, 0, "HTTP 409 with the body of the first answer, as the provider describes repeats",
		func(a *answer) *answer { return with(a, func(a *answer) { a.repeat = true }) }},
	{"not-found", DidNothing, []Operation{TransferCall, StatusCall}, 0, "404xx01 Transaction Not Found",
		func(*answer) *answer { return refuse(404, "01", "Transaction Not Found") }},
	{"not-found-07", DidNothing, []Operation{StatusCall}, 0, "2005300 with latestTransactionStatus 07, not found",
		func(*answer) *answer { return success(told{}, notFoundBody) }},
	{"wrong-amount", TookEffect, withAmount, 0, "the answer carries one rupiah more",
		func(a *answer) *answer { return with(a, func(a *answer) { a.told.amount += 100 }) }},
	{"wrong-reference", TookEffect, withAmount, 0, "the answer carries another partnerReferenceNo",
		func(a *answer) *answer { return with(a, func(a *answer) { a.told.reference = "X" + a.told.reference }) }},
}

// inBothForms makes two faults of one: name, whose call took effect, and name-before, whose call
// did nothing and is answered 500xx00, spoilt in the same way.
func inBothForms(name string, operations []Operation, delay time.Duration, text string, spoil func(*answer) *answer) []FaultKind {
	return []FaultKind{
		{name, TookEffect, operations, delay, text, spoil},
		{name + "-before", DidNothing, operations, delay, text,
			func(*answer) *answer { return spoil(refuse(500, "00", "General Error")) }},
	}
}

func with(a *answer, change func(*answer)) *answer {
	change(a)
	return a
}

func findFault(name string) (*FaultKind, bool) {
	for i := range faultKinds {
		if faultKinds[i].Name == name {
			return &faultKinds[i], true
		}
	}
	return nil, false
}

func faultNames() []string {
	names := make([]string, len(faultKinds))
	for i, kind := range faultKinds {
		names[i] = kind.Name
	}
	return names
}
