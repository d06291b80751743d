package simulator

import "strings"

// Operation is one of the calls that the provider offers.
type Operation string

// The operations. OtherCall is a call of a path that the provider does not have.
const (
	TokenCall    Operation = "token"
	BalanceCall  Operation = "balance"
	InquiryCall  Operation = "inquiry"
	TransferCall Operation = "transfer"
	StatusCall   Operation = "status"
	OtherCall    Operation = "other"
)

// service is the two digits that an operation has in every response code.
func (o Operation) service() string {
	switch o {
	case TokenCall:
		return "73"
	case BalanceCall:
		return "11"
	case InquiryCall:
		return "42"
	case TransferCall:
		return "43"
	case StatusCall:
		return "53"
	}
	return "00"
}

const tokenPath = "/authorization/v1/access-token/b2b"

// paths are the same under both generations. The status of a payout is asked on a path that names
// QR payments: the standard gives it to providers that are no banks.
var paths = map[string]Operation{
	"/balance-inquiry":             BalanceCall,
	"/emoney/bank-account-inquiry": InquiryCall,
	"/emoney/transfer-bank":        TransferCall,
	"/qr/qr-mpm-status":            StatusCall,
}

// route tells the operation of a path, and whether the path is of the current generation, v1.1.
func route(path string) (operation Operation, current bool) {
	if path == tokenPath {
		return TokenCall, false
	}
	rest, current := strings.CutPrefix(path, "/snap/v1.1")
	if !current {
		rest, _ = strings.CutPrefix(path, "/v1.0")
	}
	if operation, found := paths[rest]; found && rest != path {
		return operation, current
	}
	return OtherCall, false
}
