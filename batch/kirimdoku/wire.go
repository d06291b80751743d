package kirimdoku

import (
	"bytes"
	"encoding/json"
	"fmt"

	"gajian/batch"
	"gajian/ledger"
)

// The request bodies. Keys stand in the order of DOKU's samples and every value is a text: no
// number can change its form between our signature and DOKU's check of it.
type (
	amount struct {
		Value    string `json:"value"`
		Currency string `json:"currency"`
	}

	balanceRequest struct {
		PartnerReferenceNo string `json:"partnerReferenceNo"`
		AccountNo          string `json:"accountNo"`
	}

	inquiryRequest struct {
		PartnerReferenceNo       string      `json:"partnerReferenceNo"`
		CustomerNumber           string      `json:"customerNumber"`
		Amount                   amount      `json:"amount"`
		BeneficiaryAccountNumber string      `json:"beneficiaryAccountNumber"`
		AdditionalInfo           inquiryInfo `json:"additionalInfo"`
	}
	inquiryInfo struct {
		ChannelCode            string `json:"channelCode,omitempty"`
		BeneficiaryBankCode    string `json:"beneficiaryBankCode"`
		BeneficiaryAccountName string `json:"beneficiaryAccountName"`
		SenderCountryCode      string `json:"senderCountryCode"`
	}

	transferRequest struct {
		PartnerReferenceNo       string       `json:"partnerReferenceNo"`
		CustomerNumber           string       `json:"customerNumber"`
		BeneficiaryAccountNumber string       `json:"beneficiaryAccountNumber"`
		BeneficiaryBankCode      string       `json:"beneficiaryBankCode"`
		Amount                   amount       `json:"amount"`
		SessionID                string       `json:"sessionId"`
		FeeType                  string       `json:"feeType,omitempty"`
		AdditionalInfo           transferInfo `json:"additionalInfo"`
	}
	transferInfo struct {
		ChannelCode            string `json:"channelCode,omitempty"`
		BeneficiaryFirstName   string `json:"beneficiaryFirstName"`
		BeneficiaryLastName    string `json:"beneficiaryLastName"`
		BeneficiaryPhoneNumber string `json:"beneficiaryPhoneNumber"`
		BeneficiaryBankName    string `json:"beneficiaryBankName,omitempty"`
		BeneficiaryAccountName string `json:"beneficiaryAccountName"`
		SenderCountryCode      string `json:"senderCountryCode"`
		SenderFirstName        string `json:"senderFirstName"`
		SenderLastName         string `json:"senderLastName"`
		SenderPersonalID       string `json:"senderPersonalId"`
		SenderPersonalIDType   string `json:"senderPersonalIdType"`
		Remark                 string `json:"remark,omitempty"`
	}

	statusRequest struct {
		OriginalPartnerReferenceNo string `json:"originalPartnerReferenceNo"`
		OriginalReferenceNo        string `json:"originalReferenceNo,omitempty"`
		OriginalExternalID         string `json:"originalExternalId,omitempty"`
		ServiceCode                string `json:"serviceCode"`
	}
)

const (
	currencyIDR   = "IDR"
	countryID     = "ID"
	tokenBody     = `{"grantType":"client_credentials"}`
	nameMax       = 100 // of beneficiaryAccountName in the SNAP standard; DOKU gives no length
	phoneMax      = 32  // of customerNumber, DOKU's only phone number with a length
	externalIDMax = 32  // of originalExternalId, DOKU "Check Status"
)

// encode writes a request body: compact, "&", "<" and ">" as they are (an escaped one would not
// survive being decoded and encoded again), no newline at the end.
func encode(request any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(request); err != nil {
		panic("kirimdoku: a request of texts cannot be encoded: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func rupiah(sen ledger.Sen) amount { return amount{Value: sen.String(), Currency: currencyIDR} }

// The lengths DOKU and the SNAP standard give.
const (
	referenceMax = 64
	numberMax    = 32
	sessionMax   = 64 // documented are 25; what DOKU itself gave is sent back even when longer
)

// isWord reports whether text is printable ASCII without blanks and has 1 to max characters.
func isWord(text string, max int) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return text != "" && len(text) <= max
}

// isBankCode reports whether text may be a bank's code: digits or a wallet's word.
func isBankCode(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(text) >= 3 && len(text) <= 11
}

func (c *Client) inquiryBody(q batch.Inquiry) ([]byte, error) {
	name := cut(ascii(q.Name), nameMax)
	if err := checkPayee(q.Reference, q.BankCode, q.AccountNumber, q.Amount, name); err != nil {
		return nil, err
	}
	return encode(inquiryRequest{
		PartnerReferenceNo:       q.Reference,
		CustomerNumber:           c.config.CustomerNumber,
		Amount:                   rupiah(q.Amount),
		BeneficiaryAccountNumber: q.AccountNumber,
		AdditionalInfo: inquiryInfo{
			ChannelCode:            c.config.ChannelCode,
			BeneficiaryBankCode:    q.BankCode,
			BeneficiaryAccountName: name,
			SenderCountryCode:      countryID,
		},
	}), nil
}

func (c *Client) transferBody(t batch.Transfer) ([]byte, error) {
	name, holder := cut(ascii(t.Name), nameMax), cut(ascii(t.HolderName), nameMax)
	setDefault(&holder, name)
	setDefault(&name, holder)
	if err := checkPayee(t.Reference, t.BankCode, t.AccountNumber, t.Amount, name); err != nil {
		return nil, err
	}
	if !isWord(t.Session, sessionMax) {
		return nil, fmt.Errorf("the session of the inquiry is missing or not valid")
	}
	first, last := splitName(name)
	return encode(transferRequest{
		PartnerReferenceNo:       t.Reference,
		CustomerNumber:           c.config.CustomerNumber,
		BeneficiaryAccountNumber: t.AccountNumber,
		BeneficiaryBankCode:      t.BankCode,
		Amount:                   rupiah(t.Amount),
		SessionID:                t.Session,
		FeeType:                  c.config.FeeType,
		AdditionalInfo: transferInfo{
			ChannelCode:            c.config.ChannelCode,
			BeneficiaryFirstName:   first,
			BeneficiaryLastName:    last,
			BeneficiaryPhoneNumber: c.phoneOf(t),
			BeneficiaryBankName:    cut(ascii(t.BankName), nameMax),
			BeneficiaryAccountName: holder,
			SenderCountryCode:      countryID,
			SenderFirstName:        c.config.SenderFirstName,
			SenderLastName:         c.config.SenderLastName,
			SenderPersonalID:       c.config.SenderPersonalID,
			SenderPersonalIDType:   c.config.SenderPersonalIDType,
			Remark:                 cut(ascii(t.Remark), c.config.RemarkMax),
		},
	}), nil
}

// phoneOf gives the beneficiary's phone number, or the sender's when the payroll file has none:
// public clients treat the field as required (seen in the field; DOKU's page does not say), and a
// number nobody asked the employee for must not be what refuses a salary. No money follows it.
func (c *Client) phoneOf(t batch.Transfer) string {
	phone := cut(digitsOf(t.Phone), phoneMax)
	setDefault(&phone, c.config.CustomerNumber)
	return phone
}

func statusBody(q batch.Query) ([]byte, error) {
	if !isWord(q.Reference, referenceMax) {
		return nil, fmt.Errorf("the reference is missing or not valid")
	}
	request := statusRequest{OriginalPartnerReferenceNo: q.Reference, ServiceCode: transferCall.service()}
	// The reference alone is enough. What else is known is left out where it would have the
	// question refused: it came from an answer, and nobody has bounded it.
	for _, known := range []string{q.ProviderReference, q.Session} {
		if request.OriginalReferenceNo == "" && isWord(known, referenceMax) {
			request.OriginalReferenceNo = known
		}
	}
	if len(q.ExternalID) <= externalIDMax {
		request.OriginalExternalID = q.ExternalID
	}
	return encode(request), nil
}

// checkPayee refuses what DOKU would refuse, before anything is sent. It never shows the account.
func checkPayee(reference, bank, account string, amount ledger.Sen, name string) error {
	switch {
	case !isWord(reference, referenceMax):
		return fmt.Errorf("the reference is missing or not valid")
	case !isBankCode(bank):
		return fmt.Errorf("the bank code %q is not valid", bank)
	case !isWord(account, numberMax):
		return fmt.Errorf("the account number is missing or not valid")
	case amount <= 0 || amount%ledger.Rupiah != 0:
		return fmt.Errorf("the amount %v is not a whole, positive number of rupiah", amount)
	case name == "":
		return fmt.Errorf("the beneficiary's name is missing or has no letter that DOKU can take")
	}
	return nil
}
