package kirimdoku

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// pool keeps the connections between two calls, the last used on top. What it hands out is young and
// was quiet a moment ago. It has no goroutine; a timer closes what nobody wants.
type pool struct {
	max    int
	logger *slog.Logger

	mu     sync.Mutex
	idle   []*connection
	closed bool
	sweep  *time.Timer // runs while there are idle ones
}

func newPool(max int, logger *slog.Logger) *pool {
	return &pool{max: max, logger: logger}
}

// take returns an idle connection that may be used, or nil.
func (p *pool) take() *connection {
	for conn := p.pop(); conn != nil; conn = p.pop() { // each is closed or handed out: it ends
		if conn.young() && p.quiet(conn) == nil {
			return conn
		}
		conn.Close()
	}
	return nil
}

func (p *pool) pop() *connection {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return nil
	}
	conn := p.idle[last]
	p.idle[last] = nil
	p.idle = p.idle[:last]
	return conn
}

// put keeps conn for another call, or closes it when there are enough.
func (p *pool) put(conn *connection) {
	if !p.keep(conn) {
		conn.Close()
	}
}

func (p *pool) keep(conn *connection) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle) >= p.max {
		return false
	}
	p.idle = append(p.idle, conn)
	if p.sweep == nil {
		p.sweep = time.AfterFunc(waitingMax, p.closeOld)
	}
	return true
}

// still returns conn if it may be used right now, and otherwise an idle connection in its place. One
// that has waited long and is quiet is better than none. It waits for nobody; what it does not
// return of the two is closed.
func (p *pool) still(conn *connection) (*connection, error) {
	err := p.quiet(conn)
	if err == nil && conn.young() {
		return conn, nil
	}
	if other := p.take(); other != nil {
		conn.Close()
		return other, nil
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// quiet is conn's. That a provider answers what nobody has asked, somebody should know; what it
// says is not for the log.
func (p *pool) quiet(conn *connection) error {
	err := conn.quiet()
	if errors.Is(err, errSpokeFirst) {
		p.spoke()
	}
	return err
}

func (p *pool) spoke() {
	p.logger.Warn("kirim doku sent something that nobody had asked for; the connection was closed, and it was not read")
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
