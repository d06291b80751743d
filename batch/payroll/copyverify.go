package payroll

import (
	"fmt"
	"hash/maphash"
	"io"
	"path/filepath"
)

// copySeed is that of all sums of a run.
var copySeed = maphash.MakeSeed()

// sum is a number for what the row says in the columns that are read, other kinds and formats of it aside.
func (r *row) sum() uint64 {
	var h maphash.Hash
	h.SetSeed(copySeed)
	for f := range r.cells {
		h.WriteString(r.cells[f].text)
		h.WriteByte(0)
	}
	return h.Sum64()
}

// writeBookCopy writes a changed copy to out, as a workbook. change makes the changes, in a copyBook that it is given,
// and says which lines they are in. What is written is read again, and must hold every other line as it was.
//
// First the workbook itself is changed, so that it stays as its owner knows it. Of one that the Excel library cannot
// change, or that it changes in other places too, the payroll's sheet is put into a new workbook, which then is
// changed. A CSV becomes a new workbook in any case.
func (s *survey) writeBookCopy(out string, change func(*copyBook) (changed map[int]bool, err error), check func(temp string) error) (plain bool, err error) {
	ways := []func() (*copyBook, error){s.openBook, s.plainBook}
	if !s.isWorkbook() {
		ways = []func() (*copyBook, error){s.newBook}
	}
	for _, open := range ways {
		err = rescue(func() error {
			var changed map[int]bool
			return writeNew(out, func(w io.Writer) error {
				b, err := open()
				if err != nil {
					return err
				}
				defer b.file.Close()
				if b.plain {
					b.file.Path = filepath.Base(out) // by which the library tells what kind of workbook to write
				}
				defer makeRoom(int64(s.totals.lines) * bookLine)()
				if changed, err = change(b); err != nil {
					return err
				}
				plain = b.plain
				return b.write(w)
			}, func(temp string) error {
				if err := s.compare(temp, changed); err != nil {
					return err
				}
				return check(temp)
			})
		})
		if err == nil || s.ctx.Err() != nil {
			return plain, err
		}
	}
	return plain, err
}

// compare reads a copy and finds lines that are not as they were, but for those that were changed.
func (s *survey) compare(temp string, changed map[int]bool) error {
	if !s.isWorkbook() {
		return nil // a record that cannot be read is a row in the copy
	}
	o := s.options
	o.Sheet = s.result.Sheet
	again, err := newSurvey(s.ctx, temp, o, s.most)
	if err != nil {
		return err
	}
	if have, want := len(again.rows), len(s.rows); have != want {
		return fmt.Errorf("the copy would have %d lines, and the file has %d", have, want)
	}
	for line, sum := range s.rows {
		if now, ok := again.rows[line]; !ok || now != sum && !changed[line] {
			return fmt.Errorf("line %d of the copy would not be as it is in the file", line)
		}
	}
	return nil
}
