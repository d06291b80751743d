package simulator

import (
	"slices"
	"time"
)

// Violation is a rule that a call broke. It never holds a secret or an account number.
type Violation struct {
	Time   time.Time `json:"time"`
	Call   Operation `json:"call"`
	Number int       `json:"number"` // of the call within its operation, from 1
	Field  string    `json:"field"`  // header or field; "path", "method" and "body" for those
	Text   string    `json:"text"`
}

// maxViolations bounds what is remembered: the first thousand tell what is wrong.
const maxViolations = 1000

// Violations returns the rules that were broken so far, the first thousand of them.
func (s *Simulator) Violations() []Violation {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(time.Now())
	return slices.Clone(s.violations)
}

// record keeps a call's breaches.
func (s *Simulator) record(c *call, now time.Time) {
	for _, violation := range c.breaches {
		violation.Time = now
		s.config.Log.Warn("violation", "call", violation.Call, "number", violation.Number, "field", violation.Field, "text", violation.Text)
		if len(s.violations) < maxViolations {
			s.violations = append(s.violations, violation)
		}
	}
	c.breaches = nil
}
