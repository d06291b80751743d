package batch

import (
	"encoding/binary"
	"slices"
)

// hashBits is how many bits of a line's hash are kept. Equal hashes only pick the lines that are then
// compared as a whole, but for that the file is read once more: among a million lines two different
// ones share 48 bits once in 560 files, 32 bits in every file.
const hashBits = 48

// hashSet keeps the hashes of the lines of a file in five bytes each. The first byte of a hash is the
// number of its bucket and is not kept. Buckets grow by chunks, so that nothing is copied, and no
// memory lies idle, when there are a million of them.
type hashSet struct {
	buckets [256][][]byte // chunks of keptBytes a hash
	count   int
}

const (
	keptBytes = hashBits/8 - 1
	// chunkBytes is small beside the 20 kB that a bucket holds of a million lines, and large beside
	// the 24 bytes that it takes to remember a chunk.
	chunkBytes = 256 * keptBytes
)

// add takes a hash of hashBits.
func (s *hashSet) add(hash uint64) {
	s.count++
	bucket := &s.buckets[hash>>(8*keptBytes)]
	last := len(*bucket) - 1
	if last < 0 || len((*bucket)[last]) == chunkBytes {
		*bucket = append(*bucket, make([]byte, 0, chunkBytes))
		last++
	}
	(*bucket)[last] = appendKept((*bucket)[last], hash)
}

// sort makes contains possible, and calls twice once for every hash that was added more than once.
func (s *hashSet) sort(twice func(hash uint64)) {
	var sorted []uint64
	for number := range s.buckets {
		sorted = sorted[:0]
		for _, chunk := range s.buckets[number] {
			for at := 0; at < len(chunk); at += keptBytes {
				sorted = append(sorted, kept(chunk[at:]))
			}
		}
		slices.Sort(sorted)
		for i := range sorted {
			if i > 0 && sorted[i] == sorted[i-1] && (i == 1 || sorted[i] != sorted[i-2]) {
				twice(uint64(number)<<(8*keptBytes) | sorted[i])
			}
		}
		for i, chunk := range s.buckets[number] {
			first := i * chunkBytes / keptBytes
			chunk = chunk[:0]
			for _, hash := range sorted[first:min(len(sorted), first+chunkBytes/keptBytes)] {
				chunk = appendKept(chunk, hash)
			}
		}
	}
}

// contains finds a hash once they are sorted.
func (s *hashSet) contains(hash uint64) bool {
	bucket := s.buckets[hash>>(8*keptBytes)]
	hash &= 1<<(8*keptBytes) - 1
	at, found := slices.BinarySearchFunc(bucket, hash, func(chunk []byte, hash uint64) int {
		switch {
		case kept(chunk[len(chunk)-keptBytes:]) < hash:
			return -1
		case kept(chunk) <= hash:
			return 0
		}
		return 1
	})
	for i := 0; found && i < len(bucket[at]); i += keptBytes {
		if kept(bucket[at][i:]) == hash {
			return true
		}
	}
	return false
}

func appendKept(chunk []byte, hash uint64) []byte {
	return append(binary.BigEndian.AppendUint32(chunk, uint32(hash>>8)), byte(hash))
}

func kept(chunk []byte) uint64 {
	return uint64(binary.BigEndian.Uint32(chunk))<<8 | uint64(chunk[4])
}
