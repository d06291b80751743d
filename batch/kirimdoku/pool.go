package kirimdoku

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

const (
	// restMin is how long a connection has to lie idle before it may carry a transfer. A provider, or
	// something in front of it, that hangs up after an answer or answers twice without saying so does
	// it within milliseconds, and a transfer that is lost because of it may stay in doubt for a day. At
	// full speed this takes some dozens of connections more, and no time.
	restMin = 10 * time.Millisecond
	// distrustFor is how long every call gets a connection of its own after one that was kept had
	// ended, or spoken, before its time. A provider who always does it makes us lose a question a
	// minute; one that was restarted costs us a minute of handshakes.
	distrustFor = time.Minute
)

// pool keeps the connections between two calls, the last used at the end. What it hands out is young
// and was quiet a moment ago. It has no goroutine; a timer closes what nobody wants.
type pool struct {
	max    int
	logger *slog.Logger

	mu         sync.Mutex
	idle       []*connection
	distrusted time.Time // nothing is kept until then
	closed     bool
	sweep      *time.Timer // set while there are idle ones
}

func newPool(max int, logger *slog.Logger) *pool {
	return &pool{max: max, logger: logger}
}

// take returns an idle connection that may be used by a call of op, or nil. A question takes the one
// used last, so that few connections serve many; a transfer the one that has rested longest.
func (p *pool) take(op operation) *connection {
	for conn := p.pop(op); conn != nil; conn = p.pop(op) { // each is closed or handed out: it ends
		if conn.young() && p.quiet(conn) == nil {
			return conn
		}
		conn.Close()
	}
	return nil
}

func (p *pool) pop(op operation) *connection {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	at := len(p.idle) - 1
	if op == transferCall {
		at = 0
		if time.Since(p.idle[at].since) < restMin {
			return nil
		}
	}
	conn := p.idle[at]
	p.idle = slices.Delete(p.idle, at, at+1)
	return conn
}

// put keeps conn for another call, or closes it when there are enough; there may be none.
func (p *pool) put(conn *connection) {
	if conn != nil && !p.keep(conn) {
		conn.Close()
	}
}

func (p *pool) keep(conn *connection) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle) >= p.max || !p.distrusted.IsZero() && time.Now().Before(p.distrusted) {
		return false
	}
	p.idle = append(p.idle, conn)
	if p.sweep == nil {
		p.sweep = time.AfterFunc(waitingMax, p.closeOld)
	}
	return true
}

// still returns conn if a call of op may use it right now, and otherwise an idle connection in its
// place. One that has waited long and is quiet is better than none. It waits for nobody; what it does
// not return of the two is closed.
func (p *pool) still(conn *connection, op operation) (*connection, error) {
	err := p.quiet(conn)
	if err == nil && conn.young() {
		return conn, nil
	}
	if other := p.take(op); other != nil {
		conn.Close()
		return other, nil
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// quiet is conn's.
func (p *pool) quiet(conn *connection) error {
	err := conn.quiet()
	if err != nil && conn.calls > 0 && conn.young() {
		p.distrust(errors.Is(err, errSpokeFirst))
	}
	return err
}

// distrust ends the keeping of connections for a while, because one that was kept failed. That a
// provider answers what nobody has asked, somebody should know; what it says is not for the log.
func (p *pool) distrust(spoke bool) {
	p.mu.Lock()
	p.distrusted = time.Now().Add(distrustFor)
	p.mu.Unlock()
	p.empty()
	level, what := slog.LevelInfo, "kirim doku closed a connection that was kept for another call"
	if spoke {
		level, what = slog.LevelWarn, "kirim doku sent something that nobody had asked for; it was not read"
	}
	p.logger.Log(context.Background(), level, what, "no_connection_kept_for", distrustFor)
}

// closeOld closes the connections that lie idle for too long.
func (p *pool) closeOld() {
	p.mu.Lock()
	var old []*connection
	p.idle = slices.DeleteFunc(p.idle, func(conn *connection) bool {
		if conn.young() {
			return false
		}
		old = append(old, conn)
		return true
	})
	p.sweep = nil
	if len(p.idle) > 0 {
		p.sweep = time.AfterFunc(waitingMax, p.closeOld)
	}
	p.mu.Unlock()
	closeAll(old) // over TLS each takes a farewell, for which nobody has to wait
}

// Close closes the idle connections and keeps none from now on.
func (p *pool) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.empty()
}

// empty closes the idle connections.
func (p *pool) empty() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	if p.sweep != nil {
		p.sweep.Stop()
		p.sweep = nil
	}
	p.mu.Unlock()
	closeAll(idle)
}

func closeAll(conns []*connection) {
	for _, conn := range conns {
		conn.Close()
	}
}
