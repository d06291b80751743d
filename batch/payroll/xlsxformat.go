package payroll

import (
	"strings"

	"github.com/xuri/excelize/v2"
)

// shownAs is what a style makes of a number, as far as it matters.
type shownAs struct {
	format cellFormat
	padTo  int
}

// shown looks a style up, once. A workbook without any style has the plain one only.
func (b *workbook) shown(style int) (shownAs, error) {
	if known, ok := b.formats[style]; ok {
		return known, nil
	}
	var out shownAs
	_, err := b.file.GetStyle(style) // reads the styles
	switch sheet := b.file.Styles; {
	case err == nil && sheet != nil:
		xf := sheet.CellXfs.Xf[style]
		if xf.NumFmtID == nil {
			break
		}
		out = shownByNumber(*xf.NumFmtID)
		if sheet.NumFmts == nil {
			break
		}
		for _, own := range sheet.NumFmts.NumFmt {
			if own.NumFmtID == *xf.NumFmtID {
				out = shownByCode(own.FormatCode)
			}
		}
	case style != 0:
		return out, err
	}
	if len(b.formats) < excelize.MaxCellStyles {
		b.formats[style] = out
	}
	return out, nil
}

// shownByNumber tells of the built-in formats. Their numbers are those of ECMA-376 part 1, 18.8.30: 9 and
// 10 are percentages, 14 to 22, 27 to 36, 45 to 47 and 50 to 58 dates and times.
func shownByNumber(n int) shownAs {
	switch {
	case n == 9 || n == 10:
		return shownAs{format: formatPercent}
	case n >= 14 && n <= 22, n >= 27 && n <= 36, n >= 45 && n <= 47, n >= 50 && n <= 58:
		return shownAs{format: formatDate}
	}
	return shownAs{}
}

// shownByCode reads a format code. Of its sections the first is for positive numbers, unless a section
// has a condition of its own; then any of them may be.
func shownByCode(code string) shownAs {
	sections := formatSections(code)
	if len(sections) == 1 && sections[0] == (formatSection{}) {
		return shownAs{}
	}
	last := 1
	for _, s := range sections {
		if s.condition {
			last = len(sections)
		}
	}
	var out shownAs
	for _, s := range sections[:last] {
		shown := s.shown()
		out.format, out.padTo = max(out.format, shown.format), max(out.padTo, shown.padTo)
	}
	return out
}

// formatSection is one section of a format code: the part that is about the number, and the text that
// is put around it.
type formatSection struct {
	bare, literal string
	condition     bool
}

func (s formatSection) shown() shownAs {
	lower := strings.ToLower(s.bare)
	switch {
	case strings.ContainsAny(s.literal, "0123456789") || strings.ContainsAny(s.bare, "123456789") && !strings.Contains(s.bare, "/"):
		return shownAs{format: formatLiteral}
	case strings.Contains(lower, "general") || strings.HasPrefix(lower, "g/") || strings.Contains(s.bare, "@"): // the second is WPS Office's
		return shownAs{}
	case strings.ContainsAny(lower, "ydhs") || strings.Contains(lower, "m") && !strings.ContainsAny(s.bare, placeholders):
		return shownAs{format: formatDate}
	case strings.Contains(s.bare, "%"):
		return shownAs{format: formatPercent}
	case !strings.ContainsAny(s.bare, placeholders):
		return shownAs{format: formatHidden}
	case scales(s.bare):
		return shownAs{format: formatScaled}
	}
	whole := s.bare
	if i := strings.IndexAny(whole, ".eE/"); i >= 0 {
		whole = whole[:i]
	}
	return shownAs{padTo: strings.Count(whole, "0")}
}

// placeholders stand for the digits of the value.
const placeholders = "0#?"

// scales is true when a comma stands behind the digits of the whole part, which divides by a thousand;
// between digits it groups them.
func scales(bare string) bool {
	whole, decimals, _ := strings.Cut(bare, ".")
	for _, part := range []string{whole, decimals} {
		last := strings.LastIndexAny(part, placeholders)
		if strings.Contains(part[last+1:], ",") {
			return true
		}
	}
	return false
}

// formatSections takes a format code apart. In front of the dash of a bracket with a dollar stands a
// currency sign, which is text; other brackets hold colours and conditions.
func formatSections(code string) []formatSection {
	var sections []formatSection
	var bare, literal strings.Builder
	condition := false
	end := func() {
		sections = append(sections, formatSection{bare.String(), literal.String(), condition})
		bare.Reset()
		literal.Reset()
		condition = false
	}
	for rest := code; rest != ""; {
		mark := rest[0]
		rest = rest[1:]
		text := ""
		switch mark {
		case '"':
			text, rest, _ = strings.Cut(rest, `"`)
			literal.WriteString(text)
		case '[':
			text, rest, _ = strings.Cut(rest, "]")
			condition = condition || strings.ContainsAny(text, "<>=")
			if sign, ok := strings.CutPrefix(text, "$"); ok {
				sign, _, _ = strings.Cut(sign, "-")
				literal.WriteString(sign)
			}
		case '\\', '*', '_':
			if rest == "" {
				continue
			}
			if mark != '_' { // of which only the width counts
				literal.WriteByte(rest[0])
			}
			rest = rest[1:]
		case ';':
			end()
		default:
			bare.WriteByte(mark)
		}
	}
	end()
	return sections
}
