package ledger

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// Payouts and events are what a ledger is full of, so they have a form of their own, a third the
// size of CBOR's and several times as fast: one bit for each field that says whether it is there,
// then the fields that are, one after the other. The order of the fields is part of the format; new
// ones go to the end.

// packing writes a record's fields, or reads them back: one list of fields serves both ways, so
// that they cannot differ.
type packing struct {
	data    []byte // what is written up to now, or what is still to be read
	present uint64 // of the record under way: bit n is set when its nth field is there
	field   uint   // the next
	reading bool
	broken  bool // what was read cannot be a record
	brief   bool // reading, details are passed over, and bytes are not copied: they point into data
	passing bool // this is one of them
}

// begin starts a record whose fields fit size bytes of bits, and returns where these lie.
func (p *packing) begin(size int) (at int) {
	p.present, p.field = 0, 0
	if !p.reading {
		at = len(p.data)
		p.data = append(p.data, make([]byte, size)...)
		return at
	}
	for i, bits := range p.take(size) {
		p.present |= uint64(bits) << (8 * i)
	}
	return 0
}

// end finishes the record that began at at.
func (p *packing) end(at, size int) {
	if p.reading {
		p.broken = p.broken || p.present>>p.field != 0 // fields that nobody knows
		return
	}
	for i := range size {
		p.data[at+i] = byte(p.present >> (8 * i))
	}
}

// has reports whether the next field is there. Writing, it is when it is not zero.
func (p *packing) has(notZero bool) bool {
	bit := uint64(1) << p.field
	p.field++
	if p.reading {
		return p.present&bit != 0 && !p.broken
	}
	if notZero {
		p.present |= bit
	}
	return notZero
}

// take reads size bytes; too few are none.
func (p *packing) take(size int) []byte {
	if size < 0 || size > len(p.data) {
		p.broken, p.data = true, nil
		return nil
	}
	taken := p.data[:size:size]
	p.data = p.data[size:]
	return taken
}

// count writes or reads a number that is not negative.
func (p *packing) count(n uint64) uint64 {
	if !p.reading {
		p.data = binary.AppendUvarint(p.data, n)
		return n
	}
	n, size := binary.Uvarint(p.data)
	p.take(size) // not one byte or more: broken
	p.broken = p.broken || size == 0
	return n
}

// whole is a field of whole numbers, small ones in fewer bytes. It is written as what it is more
// than base, which has to be the same when it is read.
func whole[T ~int | ~int64 | ~uint8 | ~uint32](p *packing, n *T, base T) {
	if p.has(*n != 0) {
		difference(p, n, base)
	}
}

// since is a field of numbers that is there when it is not as before.
func since[T ~int | ~int64 | ~uint8 | ~uint32](p *packing, n *T, before T) {
	if p.has(*n != before) {
		difference(p, n, before)
	} else {
		*n = before
	}
}

// difference writes or reads what a number is more than base, numbers below zero between those above.
func difference[T ~int | ~int64 | ~uint8 | ~uint32](p *packing, n *T, base T) {
	more := int64(*n) - int64(base)
	folded := p.count(uint64(more<<1) ^ uint64(more>>63))
	if p.reading {
		*n = T((int64(folded>>1) ^ -int64(folded&1)) + int64(base))
	}
}

// text is a field of text.
func (p *packing) text(s *string) {
	if p.has(*s != "") {
		*s = p.words(*s)
	}
}

// detail is a field of text that nobody needs who only checks.
func (p *packing) detail(s *string) {
	p.passing = p.brief
	p.text(s)
	p.passing = false
}

// bytes is a field of bytes.
func (p *packing) bytes(b *[]byte) {
	if !p.has(len(*b) > 0) {
		return
	}
	size := int(min(p.count(uint64(len(*b))), uint64(len(p.data))+1))
	if !p.reading {
		p.data = append(p.data, *b...)
		return
	}
	if *b = p.take(size); !p.brief {
		*b = bytes.Clone(*b)
	}
}

// texts is a field of several texts.
func (p *packing) texts(all *[]string) {
	if !p.has(len(*all) > 0) {
		return
	}
	size := p.count(uint64(len(*all)))
	if !p.reading {
		for _, s := range *all {
			p.words(s)
		}
		return
	}
	if size > uint64(len(p.data)) { // each takes a byte at least
		p.take(-1)
		return
	}
	*all = make([]string, size)
	for i := range *all {
		(*all)[i] = p.words("")
	}
}

// leadMax is how many characters may stand before the digits of a text whose digits are packed.
const leadMax = 2

// words writes or reads a text: its length, and how it is written. Accounts, references and sessions
// are digits but for a letter or two at the beginning: two digits share a byte.
func (p *packing) words(s string) string {
	if p.reading {
		return p.readWords()
	}
	lead, digits := split(s)
	if !digits {
		p.data = append(binary.AppendUvarint(p.data, uint64(len(s))<<2), s...)
		return s
	}
	p.data = append(binary.AppendUvarint(p.data, uint64(len(s))<<2|uint64(lead+1)), s[:lead]...)
	for rest := s[lead:]; rest != ""; rest = rest[min(2, len(rest)):] {
		pair := (rest[0] - '0') << 4
		if len(rest) > 1 {
			pair |= rest[1] - '0'
		}
		p.data = append(p.data, pair)
	}
	return s
}

// split tells how many characters stand before the digits of a text, and whether there is nothing
// else in it and packing pays.
func split(s string) (lead int, digits bool) {
	for lead < min(leadMax, len(s)) && (s[lead] < '0' || s[lead] > '9') {
		lead++
	}
	for i := lead; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	return lead, len(s)-lead > 1
}

func (p *packing) readWords() string {
	head := p.count(0)
	size, lead := head>>2, int(head&3)-1
	if size > 2*uint64(len(p.data)) { // also a length that would not fit an int
		p.take(-1)
		return ""
	}
	count := int(size) - lead // of the digits
	stored := int(size)
	if lead >= 0 {
		stored = lead + (count+1)/2
	}
	switch text := p.take(stored); {
	case p.broken || p.passing:
		return ""
	case lead < 0:
		return string(text)
	case count < 0:
		p.take(-1)
		return ""
	default:
		return unpack(text, lead, count)
	}
}

// unpack returns a text of lead characters and count digits.
func unpack(packed []byte, lead, count int) string {
	var s strings.Builder
	s.Grow(lead + count)
	s.Write(packed[:lead])
	for i := range count {
		digit := packed[lead+i/2]
		if i%2 == 0 {
			digit >>= 4
		}
		s.WriteByte('0' + digit&15)
	}
	return s.String()
}
