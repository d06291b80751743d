package payroll

import (
	"strings"
	"unicode/utf8"

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
	_, err := b.styles.GetStyle(style) // reads the styles
	switch sheet := b.styles.Styles; {
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
	if code == "" {
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

// formatSection is one section of a format code.
type formatSection struct {
	bare      string // the part that is about the number
	literal   string // the text that is put around it
	text      string // all that is shown beside digits, with a blank for each of them
	condition bool
	foreign   bool // a currency sign that is not of rupiah
}

func (s formatSection) shown() shownAs {
	lower := strings.ToLower(s.bare)
	general := generalName(lower) != "" || strings.Contains(s.bare, "@")
	switch says := unitOf(s.text); {
	case s.centsOfZero():
		return shownAs{format: formatCents}
	case strings.ContainsAny(s.literal, "0123456789") || strings.ContainsAny(s.bare, "123456789") && !strings.Contains(s.bare, "/"):
		return shownAs{format: formatLiteral}
	case !general && (strings.ContainsAny(lower, "ydhs") || strings.Contains(lower, "m") && !strings.ContainsAny(s.bare, placeholders)):
		return shownAs{format: formatDate}
	case s.foreign || says == unitForeign:
		return shownAs{format: formatForeign}
	case says == unitScaled && !scales(s.bare):
		return shownAs{format: formatUnit}
	case general:
		return shownAs{}
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

// generalNames are what the general format is called: in every file of Excel's, in some of LibreOffice's, in WPS Office.
var generalNames = []string{"general", "standard", "g/"}

// generalName is the name with which a code in lower case begins, or nothing.
func generalName(lower string) string {
	for _, name := range generalNames {
		if strings.HasPrefix(lower, name) {
			return name
		}
	}
	return ""
}

// centsOfZero is true for whole rupiah with ",00" written behind them. An amount that has sen is
// refused in any format, so that they are never hidden by it.
func (s formatSection) centsOfZero() bool {
	i := strings.LastIndexByte(s.text, placeholder)
	tail := s.text[i+1:]
	return i >= 0 && !strings.ContainsAny(s.bare, ".%/@eE123456789") && (strings.HasPrefix(tail, ",00") || strings.HasPrefix(tail, ".00")) &&
		strings.Count(s.literal, "0") == 2 && !strings.ContainsAny(s.literal, "123456789") && !s.foreign && unitOf(s.text[:i]+s.text[i+4:]) == unitRupiah
}

// placeholder stands in a section's text for each place of a digit.
const placeholder = '\x00'

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
	var s formatSection
	for rest := code; rest != ""; {
		mark := rest[0]
		name := generalName(strings.ToLower(rest[:min(len(rest), len("standard"))]))
		rest = rest[1:]
		text := ""
		switch {
		case mark == '"':
			text, rest, _ = strings.Cut(rest, `"`)
			s.literal, s.text = s.literal+text, s.text+text
		case mark == '[':
			text, rest, _ = strings.Cut(rest, "]")
			s.bracket(text)
		case mark == '\\' || mark == '*' || mark == '_':
			if rest == "" {
				continue
			}
			_, size := utf8.DecodeRuneInString(rest)
			if text, rest = rest[:size], rest[size:]; mark == '_' { // of which only the width counts
				text = " "
			} else {
				s.literal += text
			}
			s.text += text
		case mark == ';':
			sections = append(sections, s)
			s = formatSection{}
		case name != "":
			s.bare, s.text = s.bare+string([]byte{mark})+rest[:len(name)-1], s.text+string(placeholder)
			rest = rest[len(name)-1:]
		case strings.IndexByte(placeholders, mark) >= 0:
			s.bare, s.text = s.bare+string([]byte{mark}), s.text+string(placeholder)
		default:
			s.bare, s.text = s.bare+string([]byte{mark}), s.text+string([]byte{mark})
		}
	}
	return append(sections, s)
}

// bracket reads what stands in brackets.
func (s *formatSection) bracket(text string) {
	s.condition = s.condition || strings.ContainsAny(text, "<>=")
	sign, ok := strings.CutPrefix(text, "$")
	if !ok {
		return
	}
	sign, _, _ = strings.Cut(sign, "-")
	s.literal, s.text = s.literal+sign, s.text+sign
	name := strings.ToLower(strings.Trim(sign, " .\u00a0"))
	s.foreign = s.foreign || name != "" && !rupiahWords[name]
}
