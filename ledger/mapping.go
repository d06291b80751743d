package ledger

import bolt "go.etcd.io/bbolt"

// mappedBytes is how much of the file a long walk reads before it lets go of what is mapped. With
// each page the system maps its neighbours too, which may be fifteen times as much, so it is little.
const mappedBytes = 1 << 20

// mappedCommits is how many commits are made before the same; each touches about a hundred pages.
const mappedCommits = 16

// footprint keeps the memory of a walk over the file small.
type footprint struct {
	tx   *bolt.Tx
	read int // bytes since the mapped pages were let go
}

// grow notes what the walk has read.
func (f *footprint) grow(bytes int) {
	if f.read += bytes; f.read >= mappedBytes {
		dropMapped(f.tx)
		f.read = 0
	}
}
