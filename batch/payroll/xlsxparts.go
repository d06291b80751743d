package payroll

import (
	"encoding/xml"
	"io"
	"path"
	"strings"
)

// readParts finds the sheets in the order of their tabs, and counts the shared strings.
func (p *workbookParts) readParts() error {
	var book struct {
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := p.decode("xl/workbook.xml", &book); err != nil {
		return err
	}
	targets, err := p.targets()
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, s := range book.Sheets {
		if len(s.Name) > maxSheetName {
			return damage("the name of a sheet has %d characters", len(s.Name))
		}
		folded := strings.ToLower(s.Name)
		if names[folded] {
			return damage("it has two sheets called %s", shorten(s.Name))
		}
		names[folded] = true
		part := sheetPart{name: s.Name, hidden: s.State != "" && s.State != "visible"}
		for _, attr := range s.Attrs {
			if attr.Name.Local == "id" {
				part.file = p.entries[targets[attr.Value]]
			}
		}
		if part.file == nil {
			return damage("its sheet %s is missing", shorten(s.Name))
		}
		p.sheets = append(p.sheets, part)
	}
	return p.readTexts()
}

// relation says where a part stands that another one uses.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
	Mode   string `xml:"TargetMode,attr"`
}

// fixedParts are where the Excel library looks for what it needs beside the sheets. Excel goes by the
// relations, so that a relation to another place would show a person other texts than we read.
var fixedParts = map[string]string{
	"officeDocument": "xl/workbook.xml",
	"sharedStrings":  "xl/sharedStrings.xml",
	"styles":         "xl/styles.xml",
}

// targets maps the workbook's relations to entries.
func (p *workbookParts) targets() (map[string]string, error) {
	const root = "_rels/.rels"
	if p.entries[root] != nil {
		if _, err := p.relations(root, ""); err != nil {
			return nil, err
		}
	}
	return p.relations("xl/_rels/workbook.xml.rels", "xl/")
}

// relations reads the relations of a part in folder; those that lead out of the workbook are left out.
func (p *workbookParts) relations(name, folder string) (map[string]string, error) {
	var list struct {
		Relations []relation `xml:"Relationship"`
	}
	if err := p.decode(name, &list); err != nil {
		return nil, err
	}
	targets, seen := map[string]string{}, map[string]bool{}
	for _, r := range list.Relations {
		if seen[r.ID] {
			return nil, damage("its entry %s has two relations called %s", name, shorten(r.ID))
		}
		seen[r.ID] = true
		if r.Mode == "External" {
			continue
		}
		target := strings.ReplaceAll(r.Target, `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = folder + target
		}
		target = strings.TrimPrefix(path.Clean("/"+target), "/")
		if fixed := fixedParts[path.Base(r.Type)]; fixed != "" && !strings.EqualFold(target, fixed) {
			return nil, damage("its entry %s looks for %s where it is not read from", name, fixed)
		}
		targets[r.ID] = target
	}
	return targets, nil
}

func (p *workbookParts) decode(name string, into any) error {
	content, err := p.load(name)
	if err == nil && content == nil {
		err = damage("its entry %s is missing", name)
	}
	if err != nil {
		return err
	}
	if err := xml.Unmarshal(content, into); err != nil {
		return damage("its entry %s cannot be read (%v)", name, err)
	}
	return nil
}

// load returns a small part, nil when the workbook has none such.
func (p *workbookParts) load(name string) ([]byte, error) {
	entry := p.entries[name]
	if entry == nil {
		return nil, nil
	}
	r, err := p.open(entry)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	return content, err
}

// readTexts reads the shared strings, if there are any.
func (p *workbookParts) readTexts() error {
	for name, entry := range p.entries {
		if !strings.EqualFold(name, "xl/sharedStrings.xml") {
			continue
		}
		r, err := p.open(entry)
		if err != nil {
			return err
		}
		defer r.Close()
		if err = p.texts.read(r); err != nil {
			return err
		}
	}
	return nil
}
