package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gajian/batch/payroll"
)

// The copies that a check writes: a corrected one for a person to read (--fix), and one with what is
// wrong beside each line, to be sent back to whoever made the file (--out).

// errFixName: --fix was given a file name.
var errFixName = errors.New("--fix takes no name: gajian check FILE --fix writes FILE-fixed.xlsx beside the file; --out COPY writes a copy with a column of what is wrong")

// namesCopy tells a call that could not be understood because of a name behind --fix.
func namesCopy(args []string) bool {
	return len(args) > 0 && args[0] == "check" && slices.ContainsFunc(args, func(arg string) bool {
		return arg == "--fix" || strings.HasPrefix(arg, "--fix=")
	})
}

// copies are what a check has written.
type copies struct {
	Fixed  *fixedCopy  `json:"fixed,omitempty"`
	Marked *markedCopy `json:"marked,omitempty"`
}

type fixedCopy struct {
	File string `json:"file"`
	payroll.Fixes
}

type markedCopy struct {
	File  string `json:"file"`
	Lines int    `json:"lines"` // with a remark
}

// writeCopies writes the copies that were asked for. What was found out stands, whether they can be
// written or not.
func (c *checkCommand) writeCopies(ctx context.Context, e *examined) error {
	var fix, mark error
	if c.Fix {
		fix = e.writeFixed(ctx)
	}
	if c.Out != "" {
		mark = e.writeMarked(ctx, c.Out)
	}
	return errors.Join(fix, mark)
}

func (e *examined) writeFixed(ctx context.Context) error {
	if e.nothingToFix() {
		return nil
	}
	path := fixedPath(e.in.path)
	if _, err := os.Lstat(path); err == nil { // its name is no person's choice
		return fmt.Errorf("no corrected copy was written: %s is there already, perhaps from an earlier check; delete it or give it another name, then check again", shortPath(path))
	}
	fixes, err := payroll.WriteFixed(ctx, e.in.path, path, e.in.options)
	if err != nil {
		return copyError("corrected", path, err)
	}
	e.copies.Fixed = &fixedCopy{path, fixes}
	return nil
}

func (e *examined) writeMarked(ctx context.Context, path string) error {
	lines, err := payroll.WriteMarked(ctx, e.in.path, path, e.in.options, e.remarks())
	if err != nil {
		return copyError("marked", path, err)
	}
	e.copies.Marked = &markedCopy{path, lines}
	return nil
}

// copyError says why there is no copy at path. Of a file that cannot be read to its end the problem is on
// the page already.
func copyError(kind, path string, err error) error {
	var refused *payroll.RefusedError
	var failed *fs.PathError
	folder := shortPath(filepath.Dir(path))
	switch {
	case errors.As(err, &refused):
		return fmt.Errorf("no %s copy was written: the file cannot be read to its end; mend that first", kind)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no %s copy was written: there is no folder %s; make it first", kind, folder)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("no %s copy was written: you may not write in the folder %s; write to another one with --out, or copy the payroll file to a folder of your own", kind, folder)
	case errors.As(err, &failed): // of a name that nobody has chosen
		err = failed.Err
	}
	return fmt.Errorf("no %s copy was written: %w", kind, err)
}

// nothingToFix is true for a good file in which nothing is proposed.
func (e *examined) nothingToFix() bool { return !e.refused() && !e.proposes() }

// proposes is true when it is known of some cell what it probably should hold.
func (e *examined) proposes() bool {
	healed := func(p payroll.Problem) bool { return p.Suggestion != "" }
	return slices.ContainsFunc(e.problems, healed) || slices.ContainsFunc(e.in.result.Warnings, healed)
}

// fixedPath is where the corrected copy goes: beside the file. A workbook with macros keeps its own
// ending, without which no program opens it.
func fixedPath(path string) string {
	ending := ".xlsx"
	if own := filepath.Ext(path); slices.Contains([]string{".xlsm", ".xltx", ".xltm"}, strings.ToLower(own)) {
		ending = own
	}
	return strings.TrimSuffix(path, filepath.Ext(path)) + "-fixed" + ending
}

// remarks are what a check knows of lines beside what stands in the file, for the marked copy.
func (e *examined) remarks() map[int][]string {
	remarks := map[int][]string{}
	add := func(line int, text string) {
		if text != "" {
			remarks[line] = append(remarks[line], text)
		}
	}
	held := map[int]bool{}
	for _, objection := range e.stock.Held {
		held[objection.Line] = true
		add(objection.Line, "will be held for a person to decide: "+objection.Reason)
	}
	for _, changed := range e.stock.Changes.Lines {
		if !held[changed.Line.Number] { // else the reason says it
			add(changed.Line.Number, changeRemark(changed))
		}
	}
	for _, name := range e.names {
		add(name.Line, name.remark())
	}
	return remarks
}

// printCopies prints where the copies are, and every cell that was changed in one.
func (p *program) printCopies(e *examined, wanted bool) {
	if wanted && e.copies.Fixed == nil && e.nothingToFix() {
		p.say("")
		p.say("Nothing to correct, so no corrected copy was written.")
	}
	if fixed := e.copies.Fixed; fixed != nil {
		p.say("")
		p.say("Corrected copy: %s", shortPath(fixed.File))
		p.sayText("  ", "%s changed, %s left. gajian proposes, a person decides: compare every changed cell with its source before you run it. They are coloured, say why, and are listed on the sheet \"Changed cells\":", plural(fixed.Count, "cell"), plural(fixed.Left, "problem"))
		p.printFixes(fixed.Fixes)
		if fixed.Plain {
			p.sayText("  ", "The workbook itself could not be changed: the copy has the values of its payroll sheet and nothing else.")
		}
	}
	if marked := e.copies.Marked; marked != nil {
		p.say("")
		p.say("Marked copy: %s", shortPath(marked.File))
		p.sayText("  ", "%s", marked.content())
	}
}

func (m *markedCopy) content() string {
	if m.Lines == 0 {
		return fmt.Sprintf("nothing is remarked of any line: its last column, %s, is empty", payroll.CheckHeader)
	}
	return fmt.Sprintf("%s with a remark in the last column, %s; correct it and run it, the column does not count", plural(m.Lines, "line"), payroll.CheckHeader)
}

func (p *program) printFixes(fixes payroll.Fixes) {
	var rows [][]string
	for _, fix := range fixes.Made[:min(len(fixes.Made), objectionsShown)] {
		rows = append(rows, []string{fix.Cell, fix.Column, fmt.Sprintf("%q", cut(fix.Old, valueShown)), fmt.Sprintf("-> %q", fix.New), ""})
	}
	for _, row := range widthOf(p.stdout).columns(rows) {
		p.say("    %s", row)
	}
	if more := fixes.Count - objectionsShown; more > 0 {
		p.say("    … and %s more", grouped(more))
	}
}
