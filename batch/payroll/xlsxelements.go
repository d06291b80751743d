package payroll

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// elementScan reads XML tokens and makes sure that every element is closed, to the last.
type elementScan struct {
	decoder *xml.Decoder
	open    []string
	rooted  bool
}

func newElementScan(r io.Reader) *elementScan {
	return &elementScan{decoder: xml.NewDecoder(r)}
}

// depth is how many elements are open; behind a start tag its element counts, behind an end tag not.
func (e *elementScan) depth() int { return len(e.open) }

// maxDepth bounds the elements within each other; a sheet has about ten.
const maxDepth = 100

var errBrokenXML = errors.New("its tags do not match")

// next returns the next token, io.EOF only when the root element is closed. RawToken is twice as fast as
// Token; what Token would check is checked here.
func (e *elementScan) next() (xml.Token, error) {
	token, err := e.decoder.RawToken()
	if err == io.EOF && (!e.rooted || len(e.open) > 0) {
		return nil, io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	switch element := token.(type) {
	case xml.StartElement:
		if len(e.open) == 0 && e.rooted || len(e.open) == maxDepth {
			return nil, errBrokenXML
		}
		if len(element.Attr) > maxAttributes || repeated(element.Attr) {
			return nil, errRepeated
		}
		e.rooted = true
		e.open = append(e.open, element.Name.Local)
	case xml.EndElement:
		if len(e.open) == 0 || e.open[len(e.open)-1] != element.Name.Local {
			return nil, errBrokenXML
		}
		e.open = e.open[:len(e.open)-1]
	case xml.Directive:
		return nil, fmt.Errorf("it has a document type, which no workbook has")
	}
	return token, nil
}

var errRepeated = errors.New("an element has an attribute twice")

// repeated is true when an attribute stands twice, of which no two programs take the same.
func repeated(attrs []xml.Attr) bool {
	for i := range attrs {
		for j := range i {
			if attrs[i].Name == attrs[j].Name {
				return true
			}
		}
	}
	return false
}

// maxAttributes bounds the attributes of one element; a worksheet's own has about twenty.
const maxAttributes = 200

// skip reads to the end of the element that was just opened.
func (e *elementScan) skip() error {
	for level := e.depth(); e.depth() >= level; {
		if _, err := e.next(); err != nil {
			return err
		}
	}
	return nil
}

// sharedText reads a shared string whose start tag was just read: its text, or the texts of its runs. The
// reading aid for Japanese (rPh) is no part of it.
func (e *elementScan) sharedText() (string, error) {
	level := e.depth()
	var text strings.Builder
	inRun, inText := false, false
	for {
		token, err := e.next()
		if err != nil {
			return "", err
		}
		switch element := token.(type) {
		case xml.StartElement:
			switch e.depth() - level {
			case 1:
				inRun, inText = element.Name.Local == "r", element.Name.Local == "t"
			case 2:
				inText = inRun && element.Name.Local == "t"
			}
		case xml.CharData:
			if inText {
				text.Write(element)
			}
		case xml.EndElement:
			if inText = false; e.depth() < level {
				return text.String(), nil
			}
		}
	}
}
