package ledger

import (
	"encoding/binary"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Replacement is a payout that was made in place of another one, and where it stands.
type Replacement struct {
	Batch  string
	Line   int
	Status Status
}

// Replaces returns the payout that a line replaces, by RetryOf; ok is false when it names none.
func (l Line) Replaces() (batch string, line int, ok bool) {
	batch, rest, found := strings.Cut(strings.ToUpper(strings.TrimSpace(l.RetryOf)), "/")
	number, _, _ := strings.Cut(rest, "/")
	line, err := strconv.Atoi(number)
	return batch, line, found && err == nil
}

// Replacements returns what was made in place of the batch's payouts, by their line: the first
// replacement, the one in place of that, and so on to the newest. Of several in place of one payout
// the newest counts: the ledger takes another one only when those before did not pay.
//
// It reads the batches that have such lines, which are small: those of retry files.
func (v *View) Replacements() (_ map[int][]Replacement, err error) {
	defer guard(v.path, &err)()
	made, names, err := replacementsIn(v.tx)
	if err != nil {
		return nil, err
	}
	chains := map[int][]Replacement{}
	for first := range made {
		if first.batch != v.number {
			continue
		}
		for next, found := made[first]; found; next, found = made[next.payoutKey] {
			chains[first.line] = append(chains[first.line], Replacement{names[next.batch], next.line, next.status})
		}
	}
	return chains, nil
}

// replacing is a payout in another one's place.
type replacing struct {
	payoutKey
	status Status
}

// replacementsIn collects all replacements of a ledger. Each is in a later batch than what it
// replaces, so that following them comes to an end.
func replacementsIn(tx *bolt.Tx) (made map[payoutKey]replacing, names map[uint32]string, err error) {
	made, names = map[payoutKey]replacing{}, map[uint32]string{}
	numbers := map[string]uint32{}
	err = eachBatch(tx, func(number uint32, record batchRecord) error {
		numbers[record.ID], names[number] = number, record.ID
		if record.Replaces == 0 {
			return nil
		}
		table := payoutsOf(tx, number)
		var read payoutRecord
		return table.bucket.ForEach(func(key, value []byte) error {
			if err := readPayoutRecord(table.at, key, value, &read, true); err != nil {
				return err
			}
			batch, line, ok := Line{RetryOf: read.RetryOf}.Replaces()
			if replaced, known := numbers[batch]; ok && known {
				made[payoutKey{replaced, line}] = replacing{payoutKey{number, int(binary.BigEndian.Uint32(key))}, read.Status}
			}
			return nil
		})
	})
	return made, names, err
}
