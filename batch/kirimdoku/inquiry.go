package kirimdoku

import (
	"context"
	"errors"
	"strings"

	"gajian/batch"
)

// Inquire asks the bank who owns an account.
func (c *Client) Inquire(ctx context.Context, inquiry batch.Inquiry) (batch.Holder, error) {
	body, err := c.inquiryBody(inquiry)
	if err != nil {
		return batch.Holder{}, needsRepair(inquiryCall, err)
	}
	a, failure := c.ask(ctx, inquiryCall, inquiry.Reference, body)
	if failure != nil {
		return batch.Holder{}, failure
	}
	holder, err := c.readHolder(a, inquiry)
	if err != nil {
		return batch.Holder{}, unreadable(inquiryCall, a.code, err)
	}
	return holder, nil
}

func (c *Client) readHolder(a *answer, asked batch.Inquiry) (holder batch.Holder, err error) {
	info := a.object.object("additionalInfo")
	holder = batch.Holder{
		Reference:     c.reference(a, "partnerReferenceNo", asked.Reference),
		Name:          a.text("beneficiaryAccountName"),
		BankCode:      a.echo("beneficiaryBankCode", asked.BankCode),
		AccountNumber: a.echo("beneficiaryAccountNumber", asked.AccountNumber),
		Session:       a.text("sessionId"),
		Code:          a.code,
	}
	setDefault(&holder.Session, a.text("referenceNo")) // DOKU's samples carry the session under both names
	if holder.Session == "" {
		return batch.Holder{}, errors.New("there is no session in it")
	}
	if currency := info.text("feeCurrency"); currency != "" && !strings.EqualFold(currency, currencyIDR) {
		return batch.Holder{}, errors.New("the fee is not in rupiah")
	}
	if holder.Amount, err = a.amountEcho("amount"); err != nil {
		return batch.Holder{}, err
	}
	if holder.BeneficiaryAmount, err = info.amountEcho("beneficiaryAmount"); err != nil {
		return batch.Holder{}, err
	}
	if holder.Fee, err = info.amount("feeAmount"); err == nil && holder.Fee < 0 {
		err = errors.New("the fee is negative")
	}
	return holder, err
}
