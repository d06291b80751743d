package simulator

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rule is what the provider says of one field of a request.
type rule struct {
	path     string
	required presence
	max      int            // longest value; 0 is an object
	form     *regexp.Regexp // nil is any text
}

type presence uint8

const (
	optional  presence = iota
	always             // in both generations
	inOld              // v1.0
	inCurrent          // v1.1
)

func (p presence) applies(current bool) bool {
	return p == always || p == inOld && !current || p == inCurrent && current
}

var (
	phoneForm    = regexp.MustCompile(`^(62|0)[0-9]{6,}$`)
	digitsForm   = regexp.MustCompile(`^[0-9]+$`)
	bankForm     = regexp.MustCompile(`^[A-Z0-9]{3,11}$`)
	amountForm   = regexp.MustCompile(`^[1-9][0-9]{0,14}\.00$`)
	currencyForm = regexp.MustCompile(`^IDR$`)
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	channelForm  = regexp.MustCompile(`^(04|07|09|11)$`)
	personForm   = regexp.MustCompile(`^(KTP|PASSPORT)$`)
	serviceForm  = regexp.MustCompile(`^43$`)
	feeForm      = regexp.MustCompile(`^(|OUR|BEN|SHA)$`)
)

// freeText bounds the fields for which the provider tells no length; 255 is a common column's.
const freeText = 255

// rules are the fields of each operation's request. Sources: the tables and samples of the
// provider's page; the lengths of the national standard where the page has none; and, for the
// fields of additionalInfo that the page does not mark, what public clients report as refused
// when missing.
var rules = map[Operation][]rule{
	TokenCall: {
		{"grantType", always, 32, regexp.MustCompile(`^client_credentials$`)},
	},
	BalanceCall: {
		{"partnerReferenceNo", optional, 64, nil},
		{"accountNo", always, 16, nil},
	},
	InquiryCall: {
		{"partnerReferenceNo", inOld, 64, nil},
		{"customerNumber", always, 32, phoneForm},
		{"amount", always, 0, nil},
		{"amount.value", always, 18, amountForm},
		{"amount.currency", always, 3, currencyForm},
		{"beneficiaryAccountNumber", always, 32, digitsForm},
		{"additionalInfo", always, 0, nil},
		{"additionalInfo.channelCode", optional, 2, channelForm},
		{"additionalInfo.beneficiaryBankCode", always, 11, bankForm},
		{"additionalInfo.beneficiaryAccountName", always, freeText, nil},
		{"additionalInfo.senderCountryCode", always, 2, countryForm},
	},
	TransferCall: {
		{"partnerReferenceNo", always, 64, nil},
		{"customerNumber", always, 32, phoneForm},
		{"beneficiaryAccountNumber", always, 32, digitsForm},
		{"beneficiaryBankCode", always, 11, bankForm},
		{"amount", always, 0, nil},
		{"amount.value", always, 18, amountForm},
		{"amount.currency", always, 3, currencyForm},
		{"sessionId", inCurrent, 25, nil},
		{"feeType", optional, 25, feeForm},
		{"additionalInfo", always, 0, nil},
		{"additionalInfo.channelCode", optional, 2, channelForm},
		{"additionalInfo.beneficiaryFirstName", always, freeText, nil},
		{"additionalInfo.beneficiaryLastName", always, freeText, nil},
		{"additionalInfo.beneficiaryPhoneNumber", always, 32, digitsForm},
		{"additionalInfo.beneficiaryBankName", optional, freeText, nil},
		{"additionalInfo.beneficiaryAccountName", always, freeText, nil},
		{"additionalInfo.senderCountryCode", always, 2, countryForm},
		{"additionalInfo.senderFirstName", always, freeText, nil},
		{"additionalInfo.senderLastName", always, freeText, nil},
		{"additionalInfo.senderPersonalId", always, 64, nil},
		{"additionalInfo.senderPersonalIdType", always, 16, personForm},
		{"additionalInfo.remark", optional, freeText, nil},
	},
	StatusCall: {
		{"originalPartnerReferenceNo", always, 64, nil},
		{"originalReferenceNo", optional, 64, nil},
		{"originalExternalId", optional, 32, nil},
		{"serviceCode", always, 2, serviceForm},
	},
}

// checkFields compares a request's fields with the rules of its operation.
func (c *call) checkFields() {
	for _, rule := range rules[c.operation] {
		c.checkField(rule)
	}
	for path := range c.fields {
		if !slices.ContainsFunc(rules[c.operation], func(r rule) bool { return r.path == path }) {
			c.breach(path, "the provider documents no such field", nil)
		}
	}
}

func (c *call) checkField(rule rule) {
	value, there := c.fields[rule.path]
	switch {
	case rule.max == 0 && there:
	case value == "" && rule.required.applies(c.current):
		c.breach(rule.path, "missing or empty", missingField(rule.path))
	case !there:
	case len(value) > rule.max && rule.max > 0:
		c.breach(rule.path, fmt.Sprintf("%d characters, at most %d are allowed", len(value), rule.max), invalidField(rule.path))
	case rule.form != nil && !rule.form.MatchString(value):
		c.breach(rule.path, "not of the form "+rule.form.String(), invalidField(rule.path))
	}
}

// amount is the request's amount in sen. The field rules hold: digits, a point, two zeros.
func (c *call) amount() int64 {
	rupiah, _, _ := strings.Cut(c.fields["amount.value"], ".")
	n, err := strconv.ParseInt(rupiah, 10, 64)
	if err != nil {
		panic("simulator: amount passed the field rules and cannot be read: " + err.Error())
	}
	return n * 100
}
