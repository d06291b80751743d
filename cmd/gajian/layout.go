package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// How text and tables are laid out on a page.

// width is how many characters a line of a page may have. Longer ones are broken at blanks.
type width int

// A page is as wide as its terminal, but not too wide to be read, nor so narrow that tables fall apart.
// What goes to a file or another program is widest.
const (
	narrowest width = 72
	widest    width = 100
	// lastMin is how wide the last column of a table is at least, however wide the others are.
	lastMin = 24
	// rowIndent is about how far tables stand in.
	rowIndent = 6
)

// widthOf is how wide a page on an output may be.
func widthOf(output io.Writer) width {
	file, isFile := output.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return widest
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return widest
	}
	return min(max(width(columns), narrowest), widest)
}

// sayText prints a text of result, broken at blanks, with an indent before each of its lines.
func (p *program) sayText(indent, format string, values ...any) {
	for _, line := range widthOf(p.stdout).wrap(indent, indent, fmt.Sprintf(format, values...)) {
		p.say("%s", line)
	}
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// columns sets rows of cells below each other, two blanks between the columns. A column that is empty
// in every row takes no room. A last cell that would leave the page goes on below itself.
func (w width) columns(rows [][]string) (lines []string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row[:len(row)-1] {
			if widths[i] > 0 {
				fmt.Fprintf(&line, "%-*s  ", widths[i], cell)
			}
		}
		first, last := line.String(), row[len(row)-1]
		if last == "" {
			lines = append(lines, strings.TrimRight(first, " "))
			continue
		}
		start := utf8.RuneCountInString(first)
		lines = append(lines, max(w-rowIndent, width(start+lastMin)).wrap(first, strings.Repeat(" ", start), last)...)
	}
	return lines
}

// steps sets what a person does now below each other: commands in full, and beside or, where there is no
// room, below each what it does. A command is never broken, so that it can be copied.
func (w width) steps(steps [][]string) (rows []string) {
	if rows = w.columns(steps); len(rows) == len(steps) || len(steps[0]) < 2 {
		return rows
	}
	rows = nil
	for _, step := range steps {
		rows = append(rows, step[0])
		rows = append(rows, (w-rowIndent).wrap("    ", "    ", step[1])...)
	}
	return rows
}

// wrap breaks a text at blanks, so that no line is longer than the page is wide. The first line begins
// with first, the others with indent.
func (w width) wrap(first, indent, text string) (lines []string) {
	line, empty := first, true
	for _, word := range unbroken(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > int(w) {
			lines, line, empty = append(lines, line), indent, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	return append(lines, line)
}

// unbroken are the words of a text. A command and a flag with what it is set to are one word each, so that
// they can be copied.
func unbroken(text string) (words []string) {
	for _, word := range strings.Fields(text) {
		if last := len(words) - 1; last >= 0 && belongTogether(words[last], word) {
			words[last] += " " + word
			continue
		}
		words = append(words, word)
	}
	return words
}

// belongTogether reports whether a word may not be parted from what stands before it.
func belongTogether(before, word string) bool {
	command, follows := strings.CutPrefix(strings.TrimLeft(before, "(`"), "gajian")
	switch {
	case follows && command == "": // gajian check
		return true
	case follows && strings.HasPrefix(command, " ") && strings.HasPrefix(word, "--"): // gajian check --fix
		return true
	}
	return strings.HasPrefix(before, "--") && !strings.ContainsAny(before, " ,;.)")
}
