package ledger

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// The database library trusts its file: a flipped bit in a page number can make it walk in
// circles until memory is gone, read beyond the file (which ends the process, since its own check
// runs in a goroutine that cannot be guarded), or take a used page for a free one and write over
// it. So the file's structure is checked here first, with plain reads, page by page: every page
// is used exactly once or free, every key and value lies inside its page, and keys ascend.
//
// The layout is that of go.etcd.io/bbolt v1.5, internal/common (page.go, inode.go, meta.go,
// bucket.go; freelist/shared.go), read 2026-11-23; numbers are in the machine's own byte order.
const (
	pageHeaderBytes  = 16 // number 8, kind 2, count 2, overflow 4
	elementBytes     = 16 // of a page's table: leaf flags, pos, key and value size, 4 each; branch pos 4, key size 4, child 8
	bucketBytes      = 16 // root page 8, sequence 8; root 0 means that the bucket's one page follows here
	metaBytes        = 64 // the last 8 are FNV-1a over those before
	metaMagic        = 0xED0CDAED
	metaVersion      = 2
	leafBucketFlag   = 1
	freelistCountMax = 0xFFFF // the count field's way of saying that the first number is the count

	// treeDepthMax bounds how deep trees and buckets may nest: branches have two children at
	// least, so 64 levels are more than a file can hold.
	treeDepthMax = 64
)

// pageKind is what a page holds.
type pageKind uint16

const (
	branchPage   pageKind = 0x01
	leafPage     pageKind = 0x02
	metaPage     pageKind = 0x04
	freelistPage pageKind = 0x10
)

// page is a page with those that continue it, or a bucket's page inside a value.
type page struct {
	number uint64
	kind   pageKind
	count  int
	data   []byte
}

// pageCheck is one walk over the file.
type pageCheck struct {
	file   io.ReaderAt
	used   []bool   // by page number: seen, as part of a tree or free
	levels []*level // by depth
}

// level is what is read at one depth of the walk, used again for the next page there.
type level struct {
	data         []byte
	keys, values [][]byte
}

// at returns the level of a depth, which treeDepthMax bounds.
func (c *pageCheck) at(depth int) *level {
	for len(c.levels) <= depth {
		c.levels = append(c.levels, &level{data: make([]byte, pageSize)})
	}
	return c.levels[depth]
}

// checkPages walks the whole file. Nobody may write to it meanwhile.
func checkPages(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	c := &pageCheck{file: file}
	meta, err := c.newestMeta(info.Size())
	if err != nil {
		return err
	}
	readThrough(file, int64(meta.pages)*pageSize)
	if err := c.tree(meta.root, nil, nil, 0); err != nil {
		return err
	}
	if err := c.freelist(meta.freelist); err != nil {
		return err
	}
	for number, used := range c.used {
		if !used {
			return fmt.Errorf("%w: page %d is neither used nor free", ErrDamaged, number)
		}
	}
	return nil
}

// readThrough reads the file from its beginning to its end, so that the pages, which the walk takes
// in the order of their keys, need not be fetched from the disk one by one. An error here will be
// met again by the walk.
func readThrough(file io.ReaderAt, size int64) {
	buffer := make([]byte, 1<<20)
	for at := int64(0); at < size; at += int64(len(buffer)) {
		if _, err := file.ReadAt(buffer, at); err != nil {
			return
		}
	}
}

type metaPageRecord struct{ root, freelist, pages, transaction uint64 }

// newestMeta checks both meta pages and returns the newer. They are written in turns, and a disk
// writes a sector whole or not at all, so a crash leaves both valid. One that is not was damaged
// later: if it is the newer one, the library would go on from the transaction before, as if the
// last intents had never been recorded.
func (c *pageCheck) newestMeta(fileSize int64) (newest metaPageRecord, err error) {
	for number := range uint64(2) {
		data := make([]byte, pageHeaderBytes+metaBytes)
		if _, err := c.file.ReadAt(data, int64(number)*pageSize); err != nil {
			return newest, fmt.Errorf("%w: page %d: %v", ErrDamaged, number, err)
		}
		meta, err := readMetaPage(number, data)
		if err != nil {
			return newest, err
		}
		if meta.transaction >= newest.transaction {
			newest = meta
		}
	}
	if newest.pages < 2 || newest.pages > uint64(fileSize)/pageSize {
		return newest, fmt.Errorf("%w: it should have %d pages of %d bytes, the file has %d bytes", ErrDamaged, newest.pages, pageSize, fileSize)
	}
	c.used = make([]bool, newest.pages)
	c.used[0], c.used[1] = true, true
	return newest, nil
}

func readMetaPage(number uint64, data []byte) (metaPageRecord, error) {
	native, meta := binary.NativeEndian, data[pageHeaderBytes:]
	sum := fnv.New64a()
	sum.Write(meta[:metaBytes-8])
	switch {
	case native.Uint64(data) != number || pageKind(native.Uint16(data[8:])) != metaPage,
		native.Uint32(meta) != metaMagic, native.Uint32(meta[4:]) != metaVersion, native.Uint32(meta[8:]) != pageSize,
		native.Uint64(meta[metaBytes-8:]) != sum.Sum64():
		return metaPageRecord{}, fmt.Errorf("%w: meta page %d is not valid", ErrDamaged, number)
	}
	return metaPageRecord{
		root: native.Uint64(meta[16:]), freelist: native.Uint64(meta[32:]), pages: native.Uint64(meta[40:]), transaction: native.Uint64(meta[48:]),
	}, nil
}

// read reads a page with those that continue it, and marks them as used. It is good until the next
// page at that depth is read.
func (c *pageCheck) read(number uint64, depth int) (page, error) {
	if number < 2 || number >= uint64(len(c.used)) {
		return page{}, fmt.Errorf("%w: page %d is referred to, there are %d", ErrDamaged, number, len(c.used))
	}
	level := c.at(depth)
	data := level.data[:pageSize]
	if _, err := c.file.ReadAt(data, int64(number)*pageSize); err != nil {
		return page{}, fmt.Errorf("%w: page %d: %v", ErrDamaged, number, err)
	}
	p := newPage(data)
	overflow := uint64(binary.NativeEndian.Uint32(data[12:]))
	if p.number != number || number+overflow >= uint64(len(c.used)) {
		return page{}, fmt.Errorf("%w: page %d calls itself %d with %d more", ErrDamaged, number, p.number, overflow)
	}
	for n := number; n <= number+overflow; n++ {
		if err := c.use(n); err != nil {
			return page{}, err
		}
	}
	if overflow == 0 {
		return p, nil
	}
	if missing := int(overflow+1)*pageSize - len(level.data); missing > 0 {
		level.data = append(level.data, make([]byte, missing)...)
	}
	p.data = level.data[:(overflow+1)*pageSize]
	if _, err := c.file.ReadAt(p.data[pageSize:], int64(number+1)*pageSize); err != nil {
		return page{}, fmt.Errorf("%w: page %d: %v", ErrDamaged, number, err)
	}
	return p, nil
}

func newPage(data []byte) page {
	native := binary.NativeEndian
	return page{number: native.Uint64(data), kind: pageKind(native.Uint16(data[8:])), count: int(native.Uint16(data[10:])), data: data}
}

func (c *pageCheck) use(number uint64) error {
	if number >= uint64(len(c.used)) || c.used[number] {
		return fmt.Errorf("%w: page %d is used twice, or free and used, or not there", ErrDamaged, number)
	}
	c.used[number] = true
	return nil
}

// tree checks the tree under a page; its keys begin with low, by which the library finds the page's
// entry above it again, and end before high. nil is no bound.
func (c *pageCheck) tree(number uint64, low, high []byte, depth int) error {
	if depth > treeDepthMax {
		return fmt.Errorf("%w: page %d lies too deep", ErrDamaged, number)
	}
	p, err := c.read(number, depth)
	if err != nil {
		return err
	}
	return c.elements(p, low, high, depth)
}

func (c *pageCheck) elements(p page, low, high []byte, depth int) error {
	if p.kind != branchPage && p.kind != leafPage || p.kind == branchPage && p.count == 0 {
		return fmt.Errorf("%w: page %d is of kind %#x with %d entries", ErrDamaged, p.number, p.kind, p.count)
	}
	level := c.at(depth)
	if err := p.entries(level); err != nil {
		return err
	}
	keys, values := level.keys, level.values
	for i, key := range keys {
		switch {
		case i > 0 && bytes.Compare(keys[i-1], key) >= 0, i == 0 && low != nil && !bytes.Equal(key, low), high != nil && bytes.Compare(key, high) >= 0:
			return fmt.Errorf("%w: page %d: key %x is out of order", ErrDamaged, p.number, key)
		}
		next := high
		if i+1 < len(keys) {
			next = keys[i+1]
		}
		if err := c.below(p, i, key, next, values[i], depth); err != nil {
			return err
		}
	}
	return nil
}

// below checks what hangs on an entry: a branch's child, or a leaf's bucket.
func (c *pageCheck) below(p page, i int, key, next, value []byte, depth int) error {
	native, element := binary.NativeEndian, p.data[pageHeaderBytes+i*elementBytes:]
	if p.kind == branchPage {
		return c.tree(native.Uint64(element[8:]), key, next, depth+1)
	}
	switch flags := native.Uint32(element); {
	case flags == 0:
		return nil
	case flags != leafBucketFlag || len(value) < bucketBytes:
		return fmt.Errorf("%w: page %d: entry %x is of kind %#x with %d bytes", ErrDamaged, p.number, key, flags, len(value))
	}
	if root := native.Uint64(value); root != 0 {
		return c.tree(root, nil, nil, depth+1)
	}
	if len(value) < bucketBytes+pageHeaderBytes {
		return fmt.Errorf("%w: page %d: bucket %x is cut short", ErrDamaged, p.number, key)
	}
	inline := newPage(value[bucketBytes:])
	if inline.kind != leafPage || depth > treeDepthMax {
		return fmt.Errorf("%w: page %d: bucket %x holds a page of kind %#x", ErrDamaged, p.number, key, inline.kind)
	}
	return c.elements(inline, nil, nil, depth+1)
}

// entries puts a page's keys and, of a leaf, values into the level.
func (p page) entries(into *level) error {
	keys, values := into.keys[:0], into.values[:0]
	table := uint64(pageHeaderBytes + p.count*elementBytes)
	if table > uint64(len(p.data)) {
		return fmt.Errorf("%w: page %d cannot hold %d entries", ErrDamaged, p.number, p.count)
	}
	native := binary.NativeEndian
	for i := range p.count {
		at := uint64(pageHeaderBytes + i*elementBytes)
		sizes, valueSize := p.data[at:], uint64(0)
		if p.kind == leafPage {
			sizes, valueSize = p.data[at+4:], uint64(native.Uint32(p.data[at+12:]))
		}
		start := at + uint64(native.Uint32(sizes))
		middle := start + uint64(native.Uint32(sizes[4:]))
		end := middle + valueSize
		if start < table || end > uint64(len(p.data)) {
			return fmt.Errorf("%w: page %d: entry %d lies outside of it", ErrDamaged, p.number, i)
		}
		keys, values = append(keys, p.data[start:middle]), append(values, p.data[middle:end])
	}
	into.keys, into.values = keys, values
	return nil
}

// freelist checks the list of free pages: what is on it will be written over.
func (c *pageCheck) freelist(number uint64) error {
	p, err := c.read(number, 0)
	if err != nil {
		return err
	}
	native, numbers, count := binary.NativeEndian, p.data[pageHeaderBytes:], uint64(p.count)
	if count == freelistCountMax {
		numbers, count = numbers[8:], native.Uint64(numbers)
	}
	if p.kind != freelistPage || count > uint64(len(numbers))/8 {
		return fmt.Errorf("%w: page %d is no list of %d free pages", ErrDamaged, number, count)
	}
	for i := range count {
		if err := c.use(native.Uint64(numbers[8*i:])); err != nil {
			return fmt.Errorf("free pages: %w", err)
		}
	}
	return nil
}
