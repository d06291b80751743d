package simulator

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// manner is how an answer is delivered.
type manner uint8

const (
	whole manner = iota
	drips
	dripsHead
	endlessBody
	endlessHead
	gzipBomb
	earlyHints
	switching
	twice
)

// Bounds of what never seems to end. Each is many times what a client may take, and small enough
// for a test that takes it all.
const (
	endlessBodyBytes = 64 << 20
	endlessHeadLines = 64
	endlessHeadLine  = 64 << 10
	earlyHintsCount  = 4000 // of 256 bytes each
	bombBytes        = 16 << 20
	holdLongest      = 10 * time.Minute // for how long a connection is held open for a client that does not go
)

// misbehave delivers the answer in its manner. ctx is the request's: it ends when the client goes.
func (a *answer) misbehave(ctx context.Context, w http.ResponseWriter, content []byte) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	switch a.manner {
	case drips:
		a.dripBody(ctx, w, content)
	case dripsHead:
		a.dripHead(ctx, w)
	case endlessBody:
		writeEndless(w, a.httpStatus())
	case endlessHead:
		for i := range endlessHeadLines {
			header.Set(fmt.Sprint("X-Filler-", i), strings.Repeat("x", endlessHeadLine))
		}
		a.writeWhole(w, content)
	case gzipBomb:
		header.Set("Content-Encoding", "gzip")
		a.writeWhole(w, bomb())
	case earlyHints:
		writeEarlyHints(w)
		a.writeWhole(w, content)
	case switching:
		switchProtocols(w)
	case twice:
		a.writeTwice(w, content)
	}
}

func (a *answer) writeWhole(w http.ResponseWriter, content []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(a.httpStatus())
	_, _ = w.Write(content) // an error says that the client has gone
}

// dripBody writes a byte, waits, and so on.
func (a *answer) dripBody(ctx context.Context, w http.ResponseWriter, content []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(a.httpStatus())
	for i := range content {
		if _, err := w.Write(content[i : i+1]); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		if !wait(ctx, a.pause) {
			panic(http.ErrAbortHandler)
		}
	}
}

// dripHead writes a header that never ends, slowly. In-process nothing of it is seen.
func (a *answer) dripHead(ctx context.Context, w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		wait(ctx, holdLongest)
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	text := "HTTP/1.1 200 OK\r\nX-Filler: "
	for started := time.Now(); time.Since(started) < holdLongest; text = "x" {
		if _, err := conn.Write([]byte(text)); err != nil {
			return
		}
		time.Sleep(a.pause)
	}
}

func writeEndless(w http.ResponseWriter, status int) {
	w.WriteHeader(status)
	blanks := bytes.Repeat([]byte(" "), 64<<10)
	for written := 0; written < endlessBodyBytes; written += len(blanks) {
		if _, err := w.Write(blanks); err != nil {
			return
		}
	}
}

// bomb is JSON with very long blanks in it, compressed.
var bomb = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write([]byte("{")) // a buffer takes everything
	_, _ = zip.Write(bytes.Repeat([]byte(" "), bombBytes))
	_, _ = zip.Write([]byte("}"))
	_ = zip.Close()
	return packed.Bytes()
})

func writeEarlyHints(w http.ResponseWriter) {
	w.Header().Set("Link", strings.Repeat("<", 256))
	for range earlyHintsCount {
		w.WriteHeader(http.StatusEarlyHints)
	}
	w.Header().Del("Link")
}

// switchProtocols answers 101, which nobody has asked for, and says no more. In-process the
// connection ends there.
func switchProtocols(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.WriteHeader(http.StatusSwitchingProtocols)
		return
	}
	_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n"))
	hold(conn)
}

// writeTwice writes the answer two times, the second without having been asked, and whatever
// else is asked on the connection has no answer any more.
func (a *answer) writeTwice(w http.ResponseWriter, content []byte) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		a.writeWhole(w, content)
		return
	}
	once := fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", a.httpStatus(), http.StatusText(a.httpStatus()), len(content), content)
	_, _ = conn.Write([]byte(once + once))
	hold(conn)
}

// hold keeps a connection open until the client closes it, reading and answering nothing.
func hold(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(holdLongest))
	_, _ = bufio.NewReader(conn).Discard(1 << 20) // ends with the connection
}
