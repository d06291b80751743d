package ledger

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash"
	"strings"
)

// Digester computes what a batch is known by, line after line in the file's order.
//
// The identity covers what is paid to whom: employee, name, bank, account, amount, pay type
// and, for a retry, what it replaces. It leaves out line numbers, remarks and other columns, so
// that a file that was opened and saved by another program, or got a blank row, stays the same batch.
type Digester struct {
	identity hash.Hash // over what makes the batch the same batch
	content  hash.Hash // over everything in the lines: what the journal vouches for
	buffer   []byte
	Lines    int
	Total    Sen
}

// NewDigester returns a Digester that has seen no line.
func NewDigester() *Digester {
	d := &Digester{identity: sha256.New(), content: sha256.New()}
	d.identity.Write([]byte("gajian lines 1\n"))
	d.content.Write([]byte("gajian content 1\n"))
	return d
}

// Add takes the next line.
func (d *Digester) Add(line Line) {
	d.Lines++
	d.Total += line.Amount
	d.write(d.identity, uint64(line.Amount), line.EmployeeID, line.Name, line.BankCode, line.AccountNumber, line.PayType, line.RetryOf)
	d.write(d.content, uint64(line.Number), line.EmployeeID, line.Name, line.BankCode, line.AccountNumber, line.PayType, line.RetryOf)
	d.write(d.content, uint64(line.Amount), line.Phone, line.Email, line.Remark, line.CostCenter)
	d.write(d.content, uint64(len(line.Extra)), line.Extra...)
}

// write hashes every text with its length before it, so that no two lines look alike.
func (d *Digester) write(h hash.Hash, number uint64, texts ...string) {
	d.buffer = binary.BigEndian.AppendUint64(d.buffer[:0], number)
	for _, text := range texts {
		d.buffer = binary.AppendUvarint(d.buffer, uint64(len(text)))
		d.buffer = append(d.buffer, text...)
	}
	h.Write(d.buffer)
}

// LinesDigest returns the identity of the lines without a period.
func (d *Digester) LinesDigest() [32]byte { return [32]byte(d.identity.Sum(nil)) }

// Digest returns the identity of a batch of these lines in a period.
func (d *Digester) Digest(period string) [32]byte {
	lines := d.LinesDigest()
	return sha256.Sum256([]byte("gajian batch 1\n" + period + "\n" + string(lines[:])))
}

// ContentDigest covers every field of every line, its number included.
func (d *Digester) ContentDigest() [32]byte { return [32]byte(d.content.Sum(nil)) }

// crockford has no letters that are mistaken for digits; people read batch IDs to each other.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// idLengths are the lengths of the digest's part of a batch ID: the first that is free is taken.
var idLengths = []int{6, 10, 20, 52}

// referenceLetters is how much of the digest is in a reference: 60 bits, so that two batches of
// one client in one month share a reference with odds below one in 10^12 in a lifetime.
const referenceLetters = 12

func batchID(period string, digest [32]byte, letters int) string {
	return period + "-" + crockford.EncodeToString(digest[:])[:letters]
}

func referencePrefix(period string, digest [32]byte) string {
	return "GJ" + strings.ReplaceAll(period, "-", "") + crockford.EncodeToString(digest[:])[:referenceLetters]
}
