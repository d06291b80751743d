package payroll

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gajian/ledger"
)

// Bounds of a file of which a copy is written.
const (
	maxCopyBytes    = 32 << 20
	maxCopyUnzipped = 256 << 20
	// maxBookLines is for a copy that is a workbook. The Excel library holds it in memory to change it, 30,000 lines
	// of ten columns in about 600 MiB.
	maxBookLines = 30_000
	bookLine     = 20 << 10 // bytes that it takes for a line
	// maxTextLines is for a marked CSV, whose findings are in memory, a kilobyte or less for a line.
	maxTextLines = 300_000
	// maxLineFindings is how many findings of one line a copy tells; one cell has at most three.
	maxLineFindings = 32
)

// errCopyLarge is why no copy is written of a large file.
func errCopyLarge(lines int) error {
	return fmt.Errorf("the file is too large for such a copy: at most %d lines and %d MiB; split it, or go by the list of gajian check --json", lines, maxCopyBytes>>20)
}

// finding is a problem or a warning of a line.
type finding struct {
	Problem
	severe bool // a problem: the file is refused for it
}

// survey is a payroll file with everything that is found in it.
type survey struct {
	*checker
	path     string
	most     int               // lines, when the copy of a CSV is made
	findings map[int][]finding // by line
	whole    []finding         // of the file as a whole
	amounts  map[int]textAmount
	ragged   map[int]bool
	rows     map[int]uint64 // what each line says, to compare a copy with
}

// textAmount is an amount that is written as text.
type textAmount struct {
	rupiah int64
	text   string
}

// newSurvey reads the file at path. The error is a *RefusedError when it cannot be read to its end, so that there
// is nothing to copy. A CSV may have at most so many lines.
func newSurvey(ctx context.Context, path string, o Options, most int) (*survey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxCopyBytes {
		return nil, errCopyLarge(most)
	}
	s := &survey{path: path, most: most, findings: map[int][]finding{}, amounts: map[int]textAmount{}, ragged: map[int]bool{}, rows: map[int]uint64{}}
	s.checker = &checker{yield: func(ledger.Line) error { return nil }, seen: s.see,
		problems: problemList{watch: func(p Problem) { s.find(p, true) }},
		warnings: problemList{watch: func(p Problem) { s.find(p, false) }}}
	_, err = s.readPath(ctx, path, o)
	var refused *RefusedError
	if errors.As(err, &refused) && s.layout != nil && !s.ended {
		err = nil
	}
	for _, p := range s.problems.kept {
		s.reword(p)
	}
	return s, err
}

// reword takes over what the end of the file has told of a problem.
func (s *survey) reword(p Problem) {
	for i, f := range s.findings[p.Line] {
		if f.severe && f.at == p.at && f.Value == p.Value && f.Column == p.Column && strings.HasPrefix(p.Reason, f.Reason) {
			s.findings[p.Line][i].Problem = p
		}
	}
}

func (s *survey) find(p Problem, severe bool) {
	p.Value = shorten(p.Value)
	if p.Line == 0 || p.Line == s.headerLine() {
		s.whole = append(s.whole, finding{p, severe})
	} else if list := s.findings[p.Line]; len(list) < maxLineFindings {
		s.findings[p.Line] = append(list, finding{p, severe})
	}
}

func (s *survey) headerLine() int {
	if s.layout == nil {
		return 0
	}
	return s.layout.line
}

// see notes what only the row itself tells.
func (s *survey) see(r *row) error {
	if most := s.most; s.totals.lines > most || s.isWorkbook() && s.totals.lines > maxBookLines {
		return errCopyLarge(min(most, maxBookLines))
	}
	s.rows[r.line] = r.sum()
	if r.ragged.found() {
		s.ragged[r.line] = true
	}
	if value := r.cells[fieldAmount]; value.isText() && !r.ragged.found() {
		if amount, fault := s.readAmount(value); !fault.found() && !s.amountLimits(amount).found() {
			s.amounts[r.line] = textAmount{int64(amount / ledger.Rupiah), value.text}
		}
	}
	return nil
}

// column is where a finding stands, from 1: at its cell, or at the line's first column.
func (s *survey) column(f finding) int {
	if f.at > 0 {
		return f.at
	}
	for i, header := range s.layout.headers {
		if header != "" {
			return i + 1
		}
	}
	return 1
}

// bytes loads the file once more, and refuses it when it is not what was read.
func (s *survey) bytes() ([]byte, error) {
	data, err := os.ReadFile(s.path)
	if err == nil && sha256.Sum256(data) != s.result.SHA256 {
		err = errors.New("the file changed while it was read; close it in other programs and run the command again")
	}
	return data, err
}

// isWorkbook is true for a file that was read from a sheet.
func (s *survey) isWorkbook() bool { return s.result.Sheet != "" }

// checkOut refuses a name for a copy under which something stands already.
func checkOut(path, out string) error {
	there, err := os.Lstat(out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if original, err := os.Stat(path); err == nil && os.SameFile(original, there) {
		return fmt.Errorf("%s is the payroll file itself, which is never changed; give the copy another name", filepath.Base(out))
	}
	return fmt.Errorf("%s exists already; give the copy another name, or delete that file", filepath.Base(out))
}

// checkExtension refuses a name by which programs would take the copy for something else.
func checkExtension(path, out string, workbook bool) error {
	have, want := strings.ToLower(filepath.Ext(out)), ".xlsx"
	if from := strings.ToLower(filepath.Ext(path)); workbook && (from == ".xlsm" || from == ".xltx" || from == ".xltm") {
		want = from
	}
	if have != want {
		return fmt.Errorf("the copy is an Excel workbook: its name must end in %s, and %s does not", want, filepath.Base(out))
	}
	return nil
}

// writeNew puts what write produces at out, whole or not at all, readable by its owner alone, and never in
// the place of another file, not even one that appears meanwhile. check sees the copy before it is there.
func writeNew(out string, write func(io.Writer) error, check func(temp string) error) error {
	temp, err := os.CreateTemp(filepath.Dir(out), ".gajian-copy-*"+filepath.Ext(out))
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	if err := errors.Join(write(temp), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := check(temp.Name()); err != nil {
		return err
	}
	err = os.Link(temp.Name(), out)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, gone := os.Lstat(out); !errors.Is(gone, fs.ErrNotExist) {
		return err
	}
	return os.Rename(temp.Name(), out) // a file system without links
}
