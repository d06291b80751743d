package kirimdoku

import (
	"fmt"
	"log/slog"
)

// hidden is what every way of printing a Secret shows.
const hidden = "[secret]"

// Secret is a text that must not be seen: no verb of fmt, no encoder and no logger shows it.
// Only Reveal gives it. The zero value is empty.
//
// The text lies behind a pointer because fmt reads the unexported fields of a struct without
// asking their String method; of a pointer it shows the address alone.
type Secret struct {
	text *string
}

// NewSecret hides text.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal returns the hidden text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty reports whether there is no text.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// String never shows the text.
func (Secret) String() string { return hidden }

// GoString never shows the text.
func (Secret) GoString() string { return hidden }

// Format never shows the text, whatever the verb.
func (Secret) Format(state fmt.State, _ rune) { fmt.Fprint(state, hidden) }

// MarshalText never shows the text. It serves JSON too.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON never shows the text.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// LogValue never shows the text.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
