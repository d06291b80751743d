package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"gajian/ledger"
)

// newLogger writes the log to standard error: JSON lines with the standard library's keys for
// programs that read it, and for people a sentence a line.
func (p *program) newLogger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(p.LogLevel)) // one of the enum's words
	if p.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.stderr, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(&sentences{out: p.stderr, level: level, mu: &sync.Mutex{}})
}

// sentences is a slog.Handler for people: time in Jakarta, the line of the payroll file, what
// happened, the error, and the rest in brackets.
type sentences struct {
	out   io.Writer
	level slog.Level
	mu    *sync.Mutex // guards out
	attrs []slog.Attr
	group string
}

var levelWords = map[slog.Level]string{slog.LevelDebug: "debug", slog.LevelInfo: "info", slog.LevelWarn: "warning", slog.LevelError: "error"}

// Enabled reports whether the level is shown.
func (h *sentences) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

// WithAttrs returns a handler that adds the attributes to every line.
func (h *sentences) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.attrs = append(append([]slog.Attr(nil), h.attrs...), h.grouped(attrs)...)
	return &with
}

// WithGroup returns a handler that names the attributes to come after the group.
func (h *sentences) WithGroup(name string) slog.Handler {
	with := *h
	with.group = h.group + name + "."
	return &with
}

func (h *sentences) grouped(attrs []slog.Attr) []slog.Attr {
	named := make([]slog.Attr, len(attrs))
	for i, attr := range attrs {
		named[i] = slog.Attr{Key: h.group + attr.Key, Value: attr.Value.Resolve()}
	}
	return named
}

// Handle writes one line.
func (h *sentences) Handle(_ context.Context, r slog.Record) error {
	attrs := append([]slog.Attr(nil), h.attrs...)
	r.Attrs(func(attr slog.Attr) bool {
		attrs = append(attrs, h.grouped([]slog.Attr{attr})...)
		return true
	})
	var place, cause, rest bytes.Buffer
	for _, attr := range attrs {
		switch attr.Key {
		case "line":
			fmt.Fprintf(&place, "line %v: ", attr.Value)
		case "error":
			fmt.Fprintf(&cause, ": %v", attr.Value)
		default:
			fmt.Fprintf(&rest, ", %s %v", attr.Key, attr.Value)
		}
	}
	if rest.Len() > 0 {
		rest.Next(len(", "))
		fmt.Fprintf(&cause, " (%s)", rest.String())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	sentence := fmt.Sprintf("gajian: %s %s: %s%s%s", r.Time.In(ledger.WIB).Format("2006-01-02 15:04:05"), levelWords[r.Level], place.String(), r.Message, cause.String())
	_, err := fmt.Fprintln(h.out, printable(sentence))
	return err
}
