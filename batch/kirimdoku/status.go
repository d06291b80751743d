package kirimdoku

import (
	"context"
	"errors"
	"strings"
	"time"

	"gajian/batch"
)

// phases translates latestTransactionStatus. What is not here is unknown.
// Source: SNAP standard, "Transaction Status Inquiry", read September 2026; of these DOKU's own
// page shows "00" only.
var phases = map[string]batch.Phase{
	"00": batch.PhasePaid,
	"01": batch.PhaseInProgress, // initiated
	"02": batch.PhaseInProgress, // paying
	"03": batch.PhaseInProgress, // pending
	"04": batch.PhaseRefunded,
	"05": batch.PhaseCancelled,
	"06": batch.PhaseFailed,
	"07": batch.PhaseNotFound,
}

// Status asks how a transfer stands.
func (c *Client) Status(ctx context.Context, query batch.Query) (batch.Standing, error) {
	body, err := statusBody(query)
	if err != nil {
		return batch.Standing{}, needsRepair(statusCall, err)
	}
	a, failure := c.ask(ctx, statusCall, query.Reference, body)
	if failure != nil && failure.Code == notFound {
		c.tokens.succeed(statusCall)
		return c.readNotFound(a, query, failure), nil
	}
	if failure != nil {
		return batch.Standing{}, failure
	}
	standing, err := c.readStanding(a, query)
	if err != nil {
		return batch.Standing{}, unreadable(statusCall, a.code, err)
	}
	standing.Message = c.scrub(standing.Message, c.tokens.forSending())
	return standing, nil
}

// readNotFound reads an answer whose code says that the transfer is not known. It is worth nothing
// when the rest of it is about another transfer, or about one that is known after all.
func (c *Client) readNotFound(a *answer, asked batch.Query, failure *batch.Error) batch.Standing {
	standing := batch.Standing{
		Phase:          batch.PhaseNotFound,
		Reference:      c.reference(a, "originalPartnerReferenceNo", asked.Reference),
		Code:           notFound,
		TransferStatus: c.transferStatus(a),
		Message:        failure.Message,
	}
	if status := standing.TransferStatus; status != "" && phases[status] != batch.PhaseNotFound {
		_, listed := phases[status]
		standing.Exists = listed && (standing.Reference == "" || standing.Reference == asked.Reference)
		standing.Phase, standing.Message = batch.PhaseUnknown, "not found, and yet it has a status"
	}
	return standing
}

// transferStatus reads latestTransactionStatus. One that is not in the list will be shown to people.
func (c *Client) transferStatus(a *answer) string {
	status := a.twoDigits("latestTransactionStatus")
	if _, listed := phases[status]; listed || status == "" {
		return status
	}
	return c.presentable(status)
}

// readStanding reads a status answer. Its response code says only that the question was
// answered; the transfer's own standing is latestTransactionStatus.
func (c *Client) readStanding(a *answer, asked batch.Query) (batch.Standing, error) {
	if service := a.text("serviceCode"); service != "" && service != transferCall.service() {
		return batch.Standing{}, errors.New("it is not about a transfer")
	}
	status := c.transferStatus(a)
	standing := batch.Standing{
		Phase:             phases[status],
		Reference:         c.reference(a, "originalPartnerReferenceNo", asked.Reference),
		ProviderReference: a.text("originalReferenceNo"),
		Code:              a.code,
		TransferStatus:    status,
		Message:           a.text("transactionStatusDesc"),
	}
	if standing.Phase == batch.PhasePaid && !agreesWithPaid(a.text("originalResponseCode")) {
		standing.Phase = batch.PhaseUnknown // it contradicts itself
		standing.Message = "paid, but the transfer's own code is " + a.text("originalResponseCode")
	}
	standing.Exists = standing.Phase != batch.PhaseNotFound && standing.Reference == asked.Reference
	setDefault(&standing.Message, a.text("originalResponseMessage"))
	setDefault(&standing.Message, a.message)
	if standing.ProviderReference == asked.Session && asked.ProviderReference != asked.Session {
		standing.ProviderReference = "" // our own question come back, not an identifier of the transfer
	}
	if standing.Phase == batch.PhasePaid || standing.Phase == batch.PhaseRefunded {
		standing.PaidAt = paidAt(a)
	}
	readAmount := a.amount // a zero may say that nothing was paid
	if standing.Phase == batch.PhasePaid {
		readAmount = a.amountEcho
	}
	var err error
	standing.Amount, err = readAmount("amount")
	return standing, err
}

// agreesWithPaid reports whether the transfer's own response code, as check status repeats it, is
// one of a transfer that went through: a bare case code 00 (0 as a number), or a whole code of the
// 200 family. An answer that has none agrees.
func agreesWithPaid(code string) bool {
	return code == "" || code == "0" || code == "00" || len(code) == 7 && strings.HasPrefix(code, "200")
}

func paidAt(a *answer) time.Time {
	if at := parseTime(a.object.object("additionalInfo").text("cashInTime")); !at.IsZero() {
		return at
	}
	return parseTime(a.text("transactionDate"))
}
