package simulator

import (
	"strconv"
	"time"
)

// wib is the time zone of the provider: Jakarta, UTC+7, no summer time.
var wib = time.FixedZone("WIB", 7*60*60)

// externalIDs are the X-EXTERNAL-IDs of one Jakarta day; yesterday's may be used again. It grows
// only by calls with a right signature.
type externalIDs struct {
	day  string
	seen map[externalID]struct{}
}

// externalID is up to 32 digits in 16 bytes: two numbers below 10^16, and the count of digits in
// the upper bits of the first (leading zeros count).
type externalID struct{ high, low uint64 }

// use notes the id and tells whether it is new today. The text holds 1 to 32 digits.
func (e *externalIDs) use(text string, now time.Time) bool {
	if today := now.In(wib).Format(time.DateOnly); today != e.day {
		e.day, e.seen = today, make(map[externalID]struct{})
	}
	id := packExternalID(text)
	_, seen := e.seen[id]
	e.seen[id] = struct{}{}
	return !seen
}

func packExternalID(text string) externalID {
	const half = 16
	split := max(len(text)-half, 0)
	return externalID{high: digits(text[:split]) | uint64(len(text))<<58, low: digits(text[split:])}
}

func digits(text string) uint64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic("simulator: an external id passed its check and is no number: " + err.Error())
	}
	return n
}
