package simulator

import (
	"slices"
	"time"
)

// deliveryFaults are answers that arrive as no answer should.
var deliveryFaults = slices.Concat(
	inBothForms("hang", everywhere, maxFaultDelay, "no answer comes, and the connection stays open", func(a *answer) *answer { return a }),
	inBothForms("drip", everywhere, 2*time.Second, "the body comes one byte at a time", in(drips)),
	inBothForms("drip-head", everywhere, 2*time.Second, "the headers come one byte at a time", in(dripsHead)),
	inBothForms("endless-body", everywhere, 0, "64 MiB of body", in(endlessBody)),
	inBothForms("endless-head", everywhere, 0, "4 MiB of headers", in(endlessHead)),
	inBothForms("gzip-bomb", everywhere, 0, "16 MiB of JSON, compressed to 16 KiB without having been asked for", in(gzipBomb)),
	inBothForms("early-hints", everywhere, 0, "4,000 answers of status 103 before the real one", in(earlyHints)),
	inBothForms("switching", everywhere, 0, "101 Switching Protocols, and the connection stays open", in(switching)),
	[]FaultKind{{"two-answers", TookEffect, everywhere, 0, "the answer twice on one connection (in-process once)", in(twice)}},
)

func in(m manner) func(*answer) *answer {
	return func(a *answer) *answer { return with(a, func(a *answer) { a.manner = m }) }
}
