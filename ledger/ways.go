package ledger

import (
	"encoding/binary"

	bolt "go.etcd.io/bbolt"
)

// path is where a payout's events begin and lead to, and the record that the last of them left. It
// is zero as long as there was no event.
type path struct {
	born, now Status
	record    [16]byte
}

// waysPart is how many lines share a part of ways.
const waysPart = 1024

// ways are the paths of a batch's lines. Line numbers are nearly dense, so that they are kept in
// parts of an array, 18 bytes a line, one for each thousand lines of which any is in the ledger.
// Lines that an event names and that are far from any in the ledger are kept apart, so that a forged
// event cannot make us allocate more than what it names.
type ways struct {
	near []*[waysPart]path
	far  map[int]*path
}

func newWays(tx *bolt.Tx, payouts *bolt.Bucket) *ways {
	w := &ways{far: map[int]*path{}}
	if payouts == nil {
		return w
	}
	cursor, mapped := payouts.Cursor(), footprint{tx: tx}
	for key, _ := cursor.First(); key != nil; {
		part := int(binary.BigEndian.Uint32(key)) / waysPart
		for len(w.near) <= part {
			w.near = append(w.near, nil)
		}
		if w.near[part] = new([waysPart]path); part == (1<<32-1)/waysPart {
			break
		}
		mapped.grow(mappedBytes / 16) // each part is on other pages
		key, _ = cursor.Seek(key32(uint32((part + 1) * waysPart)))
	}
	return w
}

// of returns the path of a line.
func (w *ways) of(line int) *path {
	if part := line / waysPart; line >= 0 && part < len(w.near) && w.near[part] != nil {
		return &w.near[part][line%waysPart]
	}
	way, found := w.far[line]
	if !found {
		way = &path{}
		w.far[line] = way
	}
	return way
}

// left tells how many lines have events and were not looked at, and the first of them.
func (w *ways) left() (count, first int) {
	see := func(line int, way *path) {
		if *way == (path{}) {
			return
		}
		if count++; count == 1 || line < first {
			first = line
		}
	}
	for i, part := range w.near {
		for j := 0; part != nil && j < waysPart; j++ {
			see(i*waysPart+j, &part[j])
		}
	}
	for line, way := range w.far {
		see(line, way)
	}
	return count, first
}
