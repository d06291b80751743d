package kirimdoku

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gajian/batch"
)

// failure says what went wrong with m: err when no answer could be read, a otherwise.
func (c *Client) failure(m *message, a *answer, err error) *batch.Error {
	failure := &batch.Error{Operation: m.op.name()}
	if err != nil {
		var unsent *unsentError
		if errors.As(err, &unsent) {
			failure.Outcome = batch.NotTaken
		}
		failure.Cause = &scrubbedError{c.scrub(err.Error(), m.token), err}
		return failure
	}
	if !a.agrees() {
		failure.Cause = fmt.Errorf("%w: HTTP %d with response code %s, an earlier answer repeated", errUnreadable, a.status, a.code)
		return failure
	}
	failure.Code, failure.Message = a.code, c.scrub(a.message, m.token)
	failure.Outcome, failure.Cause = classify(m.op, a.status, a.code)
	failure.Exists = exists(m.op, a.code)
	return failure
}

// scrub makes a text fit for errors and logs, whatever the provider has put into it.
func (c *Client) scrub(text string, token *token) string {
	secrets := []string{c.config.ClientSecret.Reveal()}
	if token != nil {
		secrets = append(secrets, token.value)
	}
	return scrub(text, secrets...)
}

// reference reads the partner reference that an answer repeats. Another one than was asked about
// will be shown to people, and may hold anything.
func (c *Client) reference(a *answer, name, asked string) string {
	text := a.text(name)
	if text == "" || text == asked {
		return text
	}
	return c.presentable(text)
}

// presentable is scrub for what must neither become empty nor anything that could be meant.
func (c *Client) presentable(text string) string {
	scrubbed := c.scrub(text, c.tokens.forSending())
	if scrubbed != text {
		return "[" + scrubbed + "]"
	}
	return text
}

// unreadable is the error of an answer that says success and lacks what belongs to it.
func unreadable(op operation, code string, err error) *batch.Error {
	if !errors.Is(err, errUnreadable) {
		err = fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return &batch.Error{Operation: op.name(), Outcome: batch.InDoubt, Code: code, Message: "says success", Cause: err}
}

// notTaken is the error of a call that certainly was not sent.
func notTaken(op operation, err error) *batch.Error {
	return &batch.Error{Operation: op.name(), Outcome: batch.NotTaken, Cause: &unsentError{err}}
}

// needsRepair is the error of a call that was not sent because of what it would have carried.
func needsRepair(op operation, err error) *batch.Error {
	return &batch.Error{Operation: op.name(), Outcome: batch.NeedsRepair, Cause: &unsentError{err}}
}

// log records a call: no body, no header, no account.
func (c *Client) log(ctx context.Context, m *message, r reply, a *answer, failure *batch.Error, took time.Duration) {
	level := slog.LevelDebug
	if failure != nil {
		level = slog.LevelInfo
	}
	if !c.config.Logger.Enabled(ctx, level) {
		return
	}
	attributes := []slog.Attr{
		slog.String("operation", m.op.name()),
		slog.String("external_id", m.externalID),
		slog.Int("http_status", r.status),
		slog.Duration("took", took),
	}
	if a != nil {
		attributes = append(attributes, slog.String("code", a.code))
	}
	if failure != nil {
		attributes = append(attributes, slog.String("outcome", failure.Outcome.String()), slog.String("error", failure.Error()))
	}
	c.config.Logger.LogAttrs(ctx, level, "call to kirim doku", attributes...)
}
