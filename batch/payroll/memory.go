package payroll

import (
	"math"
	"runtime/debug"
)

// makeRoom raises the soft memory limit of the process, when it has one, by what stays in memory for long;
// give takes it back. Without that the collector would run without end for the room that the limit means for
// what comes and goes.
func makeRoom(bytes int64) (give func()) {
	if debug.SetMemoryLimit(-1) > math.MaxInt64-bytes {
		return func() {}
	}
	debug.SetMemoryLimit(debug.SetMemoryLimit(-1) + bytes)
	return func() { debug.SetMemoryLimit(debug.SetMemoryLimit(-1) - bytes) }
}
