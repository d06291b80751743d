package simulator

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Faults says which calls go wrong and how. The zero value is nothing.
type Faults struct{ rules []FaultRule }

// FaultRule is one entry of a specification. Exactly one of Chance and Call is set.
type FaultRule struct {
	Operation Operation     // OtherCall stands for any operation, written *
	Kind      string        // name of a [FaultKind]
	Delay     time.Duration // of the kinds that take one
	Chance    float64       // 0 < Chance <= 1: of each call
	Call      int           // the n-th call of the operation (of all calls for *), from 1

	kind *FaultKind
}

// Bounds of a specification: no test needs more rules, and a longer delay than an hour is a
// mistake in its unit.
const (
	maxFaultRules = 100
	maxFaultDelay = time.Hour
)

// ParseFaults reads a specification: rules with commas between them, each of the form
//
//	operation:fault=P%      every call of the operation, with a probability of P percent
//	operation:fault@N       exactly the N-th call of the operation
//	operation:fault/3s=P%   with a delay, for the faults that take one
//
// The operation is token, balance, inquiry, transfer, status or * for any of them. An empty
// specification is no faults. When several rules hit a call, the first one counts.
func ParseFaults(spec string) (Faults, error) {
	var faults Faults
	if strings.TrimSpace(spec) == "" {
		return faults, nil
	}
	entries := strings.Split(spec, ",")
	if len(entries) > maxFaultRules {
		return Faults{}, fmt.Errorf("faults: %d rules, at most %d are read", len(entries), maxFaultRules)
	}
	for _, entry := range entries {
		rule, err := parseFault(strings.TrimSpace(entry))
		if err != nil {
			return Faults{}, fmt.Errorf("faults: %q: %w", entry, err)
		}
		faults.rules = append(faults.rules, rule)
	}
	return faults, nil
}

func parseFault(entry string) (rule FaultRule, err error) {
	operation, rest, found := strings.Cut(entry, ":")
	if !found {
		return rule, fmt.Errorf("not of the form operation:fault=10%% or operation:fault@3")
	}
	if rule.Operation, err = parseOperation(operation); err != nil {
		return rule, err
	}
	end := strings.IndexAny(rest, "=@")
	if end < 0 {
		return rule, fmt.Errorf("says neither how often (=10%%) nor at which call (@3)")
	}
	if err = rule.parseKind(rest[:end]); err != nil {
		return rule, err
	}
	if rest[end] == '@' {
		rule.Call, err = parseCall(rest[end+1:])
	} else {
		rule.Chance, err = parseChance(rest[end+1:])
	}
	return rule, err
}

func parseOperation(text string) (Operation, error) {
	if text == "*" {
		return OtherCall, nil
	}
	if !slices.Contains(everywhere, Operation(text)) {
		return "", fmt.Errorf("operation %q is not known; there are token, balance, inquiry, transfer, status and * for any", text)
	}
	return Operation(text), nil
}

func (r *FaultRule) parseKind(text string) error {
	name, delay, delayed := strings.Cut(text, "/")
	kind, found := findFault(name)
	if !found {
		return fmt.Errorf("fault %q is not known; there are %s", name, strings.Join(faultNames(), ", "))
	}
	if r.Operation != OtherCall && !slices.Contains(kind.Operations, r.Operation) {
		return fmt.Errorf("fault %s does not happen to %s calls", name, r.Operation)
	}
	r.Kind, r.Delay, r.kind = name, kind.Delay, kind
	if !delayed {
		return nil
	}
	if kind.Delay == 0 {
		return fmt.Errorf("fault %s takes no delay", name)
	}
	wait, err := time.ParseDuration(delay)
	if err != nil || wait <= 0 || wait > maxFaultDelay {
		return fmt.Errorf("delay %q is not a duration up to %v such as 3s", delay, maxFaultDelay)
	}
	r.Delay = wait
	return nil
}

func parseCall(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || strconv.Itoa(n) != text {
		return 0, fmt.Errorf("%q is not the number of a call; the first is 1", text)
	}
	return n, nil
}

func parseChance(text string) (float64, error) {
	number, isPercent := strings.CutSuffix(text, "%")
	percent, err := strconv.ParseFloat(number, 64)
	if err != nil || !isPercent || !(percent > 0 && percent <= 100) {
		return 0, fmt.Errorf("%q is not a probability such as 10%% or 0.5%%", text)
	}
	return percent / 100, nil
}

// String writes the specification; ParseFaults reads it back.
func (f Faults) String() string {
	entries := make([]string, len(f.rules))
	for i, rule := range f.rules {
		entries[i] = rule.String()
	}
	return strings.Join(entries, ",")
}

// String writes the rule as it stands in a specification.
func (r FaultRule) String() string {
	text := string(r.Operation)
	if r.Operation == OtherCall {
		text = "*"
	}
	text += ":" + r.Kind
	if r.kind.Delay != 0 {
		text += "/" + r.Delay.String()
	}
	if r.Call > 0 {
		return text + "@" + strconv.Itoa(r.Call)
	}
	return text + "=" + strconv.FormatFloat(r.Chance*100, 'g', -1, 64) + "%"
}

// pick finds the fault that hits a call: the number-th of its operation, the serial-th of all. It
// depends on nothing else, so that the same order of calls meets the same faults.
func (f Faults) pick(seed int64, operation Operation, number, serial int) *FaultRule {
	for i := range f.rules {
		rule := &f.rules[i]
		if rule.meets(operation) && rule.hits(seed, i, operation, number, serial) {
			return rule
		}
	}
	return nil
}

func (r *FaultRule) meets(operation Operation) bool {
	return slices.Contains(r.kind.Operations, operation) && (r.Operation == OtherCall || r.Operation == operation)
}

func (r *FaultRule) hits(seed int64, index int, operation Operation, number, serial int) bool {
	if r.Call > 0 {
		if r.Operation == OtherCall {
			return r.Call == serial
		}
		return r.Call == number
	}
	return draw(seed, index, operation, number) < r.Chance
}

// draw is a number of [0, 1) that looks random and depends only on its arguments.
func draw(seed int64, index int, operation Operation, number int) float64 {
	digest := sha256.Sum256(fmt.Appendf(nil, "%d %d %s %d", seed, index, operation, number))
	return float64(binary.BigEndian.Uint64(digest[:])>>11) / (1 << 53)
}
