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
		order.Connection = reserve(conn)
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
	if conn, failure = c.reach(ctx); failure != nil {
		return nil, nil, failure
	}
	if _, slot, failure = c.ready(ctx, transferCall); failure != nil {
		conn.Close()
		return nil, nil, failure
	}
	if conn == nil {
		return nil, slot, nil
	}
	if conn.young() && c.pool.quiet(conn) == nil {
		return conn, slot, nil
	}
	conn.Close()
	if conn, failure = c.reach(ctx); failure != nil {
		slot.Release()
		return nil, nil, failure
	}
	return conn, slot, nil
}

// reach gets an idle or a new connection for a transfer.
func (c *Client) reach(ctx context.Context) (*connection, *batch.Error) {
	conn, err := c.connectionFor(ctx, &message{op: transferCall})
	if err != nil {
		return nil, notTaken(transferCall, &scrubbedError{c.scrub(err.Error(), nil), err})
	}
	return conn, nil
}

var (
	errOrderSpent   = errors.New("the order was sent or discarded before")
	errOrderChanged = errors.New("the order's body is not the one that was recorded")
	errNoConnection = errors.New("the order has no connection of this client's")
	errStale        = errors.New("the transfer was to leave too long ago: this machine slept or its clock jumped")
)

// Transfer sends the order, once, whatever happens. The timestamp and the signature are made
// when the slot was used. A refused token is not renewed here: the order comes back as not taken, and the caller
// prepares a new one with its own external id.
func (c *Client) Transfer(ctx context.Context, order *batch.Order) (batch.Receipt, error) {
	slot := order.Slot
	if slot == nil {
		// Of the first sending nothing is known here, so nothing may be concluded.
		return batch.Receipt{}, &batch.Error{Operation: transferCall.name(), Cause: errOrderSpent}
	}
	reserved, _ := order.Connection.(*reservation)
	order.Slot, order.Connection = nil, nil
	conn, err := c.board(ctx, order, reserved)
	if err != nil {
		slot.Release()
		return batch.Receipt{}, notTaken(transferCall, err)
	}
	m := &message{
		op: transferCall, externalID: order.ExternalID, body: order.Body,
		about: order.Reference, reference: order.Reference, connection: conn, leaving: order.Leaving,
	}
	a, failure := c.converse(ctx, m, slot)
	if failure != nil {
		return batch.Receipt{}, failure
	}
	receipt, err := c.readReceipt(a, order.Transfer)
	if err != nil {
		return batch.Receipt{}, unreadable(transferCall, a.code, err)
	}
	receipt.Message = c.scrub(a.message, m.token)
	return receipt, nil
}

// whileFresh holds back a transfer that was to be sent at begun and has not left for longer than
// limit, because the process was stopped, the machine slept or the slot could not be used for as
// long: its signature may be old, and what was true when it was made ready need not be true any
// more. Both clocks are asked, since the one that cannot jump stands still while a machine sleeps.
// leaving may be nil.
func whileFresh(begun time.Time, limit time.Duration, leaving func() error) func() error {
	return func() error {
		now := time.Now()
		if age := now.Sub(begun); age > limit {
			return errStale
		}
		if age := now.Round(0).Sub(begun.Round(0)); age > limit || age < -limit {
			return errStale
		}
		if leaving == nil {
			return nil
		}
		return leaving()
	}
}

// board returns the connection by which an order may leave, nil when the configuration brings its
// own transport, or what keeps the order from leaving.
func (c *Client) board(ctx context.Context, order *batch.Order, reserved *reservation) (*connection, error) {
	if err := c.obstacle(ctx, order); err != nil {
		if reserved != nil {
			reserved.Close()
		}
		return nil, err
	}
	if c.config.Transport != nil {
		return nil, nil
	}
	if reserved == nil {
		return nil, errNoConnection
	}
	conn, err := reserved.take()
	if err != nil {
		return nil, err
	}
	return c.pool.still(conn, transferCall)
}

// obstacle is what keeps an order from leaving whatever its connection, or nil.
func (c *Client) obstacle(ctx context.Context, order *batch.Order) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case sha256.Sum256(order.Body) != order.BodyDigest:
		return errOrderChanged
	case c.tokens.forSending() == nil:
		return errNoToken
	}
	return nil
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
