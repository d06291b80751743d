package kirimdoku

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"gajian/batch"
)

// Prepare readies a transfer: the body is built, the token is fresh, the connection is open, and
// the slot is taken, last. It sends nothing but, if need be, a token call.
func (c *Client) Prepare(ctx context.Context, transfer batch.Transfer) (*batch.Order, error) {
	body, err := c.transferBody(transfer)
	if err != nil {
		return nil, needsRepair(transferCall, err)
	}
	conn, slot, failure := c.readyToTransfer(ctx)
	if failure != nil {
		return nil, failure
	}
	order := &batch.Order{
		Transfer:   transfer,
		ExternalID: newExternalID(time.Now()),
		Body:       body,
		BodyDigest: sha256.Sum256(body),
		Slot:       slot,
	}
	if conn != nil {
		order.Connection = conn
	}
	return order, nil
}

// readyToTransfer waits for a token, opens a connection and waits for a slot. A connection that
// did not outlast the wait for the slot is replaced while the slot is held: the slot was hard to
// get, and opening takes a bounded time. conn is nil when the configuration has its own transport.
func (c *Client) readyToTransfer(ctx context.Context) (conn *connection, slot batch.Slot, failure *batch.Error) {
	if _, failure = c.tokens.get(ctx); failure != nil { // first: it may take a call, and a connection ages
		return nil, nil, failure
	}
	if conn, failure = c.connect(ctx); failure != nil {
		return nil, nil, failure
	}
	if _, slot, failure = c.ready(ctx, transferCall); failure != nil {
		conn.Close()
		return nil, nil, failure
	}
	if conn == nil || conn.fresh() {
		return conn, slot, nil
	}
	conn.Close()
	if conn, failure = c.connect(ctx); failure != nil {
		slot.Release()
		return nil, nil, failure
	}
	return conn, slot, nil
}

var (
	errOrderSpent   = errors.New("the order was sent or discarded before")
	errOrderChanged = errors.New("the order's body is not the one that was recorded")
	errNoConnection = errors.New("the order has no connection of this client's")
	errStale        = errors.New("the transfer was signed too long ago: this machine slept or its clock jumped")
)

// Transfer sends the order, once, whatever happens. The timestamp and the signature are made
// now. A refused token is not renewed here: the order comes back as not taken, and the caller
// prepares a new one with its own external id.
func (c *Client) Transfer(ctx context.Context, order *batch.Order) (batch.Receipt, error) {
	slot := order.Slot
	if slot == nil {
		// Of the first sending nothing is known here, so nothing may be concluded.
		return batch.Receipt{}, &batch.Error{Operation: transferCall.name(), Cause: errOrderSpent}
	}
	conn, _ := order.Connection.(*connection)
	defer conn.Close() // unless it was handed to the transport, which closes it
	order.Slot, order.Connection = nil, nil
	token := c.tokens.forSending()
	if err := c.obstacle(ctx, order, token, conn); err != nil {
		slot.Release()
		return batch.Receipt{}, notTaken(transferCall, err)
	}
	m := c.signed(transferCall, order.ExternalID, order.Body, token)
	m.reference, m.connection, m.leaving = order.Reference, conn, whileFresh(time.Now(), c.config.Timeout, order.Leaving)
	a, failure := c.converse(ctx, m, slot)
	if failure != nil {
		return batch.Receipt{}, failure
	}
	receipt, err := c.readReceipt(a, order.Transfer)
	if err != nil {
		return batch.Receipt{}, unreadable(transferCall, a.code, err)
	}
	receipt.Message = c.scrub(a.message, token)
	return receipt, nil
}

// whileFresh holds back a transfer that was signed at signed and has not left for longer than limit,
// because the process was stopped or the machine slept in between: its timestamp is old, and what
// was true when it was made ready need not be true any more. Both clocks are asked, since the one
// that cannot jump stands still while a machine sleeps. leaving may be nil.
func whileFresh(signed time.Time, limit time.Duration, leaving func() error) func() error {
	return func() error {
		now := time.Now()
		if age := now.Sub(signed); age > limit {
			return errStale
		}
		if age := now.Round(0).Sub(signed.Round(0)); age > limit || age < -limit {
			return errStale
		}
		if leaving == nil {
			return nil
		}
		return leaving()
	}
}

// obstacle is what keeps an order from leaving, or nil.
func (c *Client) obstacle(ctx context.Context, order *batch.Order, token *token, conn *connection) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case sha256.Sum256(order.Body) != order.BodyDigest:
		return errOrderChanged
	case token == nil:
		return errNoToken
	case c.config.Transport != nil:
		return nil
	case conn == nil:
		return errNoConnection
	}
	return conn.settle()
}

func (c *Client) readReceipt(a *answer, asked batch.Transfer) (receipt batch.Receipt, err error) {
	info := a.object.object("additionalInfo")
	receipt = batch.Receipt{
		Reference:         c.reference(a, "partnerReferenceNo", asked.Reference),
		ProviderReference: a.text("referenceNo"),
		Session:           info.text("sessionId"),
		Code:              a.code,
	}
	setDefault(&receipt.Session, a.text("sessionId"))
	// DOKU's sample has the amount under additionalInfo, as a plain text; the standard has it
	// on top, as an object.
	if receipt.Amount, err = info.amountEcho("amount"); err == nil && receipt.Amount == 0 {
		receipt.Amount, err = a.amountEcho("amount")
	}
	return receipt, err
}
