package payroll

import (
	"bytes"
	"encoding/binary"
	"io"
)

// sharedTexts are the texts that the cells of a workbook share. They are kept as they are written in the
// workbook's XML, one after the other, in which form a million lines with four texts of their own each take
// 70 MiB; the Excel library would take 600 MiB. It gets each text with the cell that uses it, see [sheetScan].
type sharedTexts struct {
	blocks [][]byte
	places []uint32 // of each text: block and place in the block
	size   int64
	room   []func() // gives back the room that was made for each block
}

const (
	// A place has 20 bits for where in a block of 1 MiB a text begins, and 12 for the block.
	textBlockBits = 20
	textBlock     = 1 << textBlockBits
	// maxSharedBytes of XML are kept. The shared strings of a million lines have about 115 MiB.
	maxSharedBytes = 512 << 20
)

// maxStrings bounds the shared strings: twenty of its own for each of a million lines. Tests make it small.
var maxStrings = 20_000_000

// sharedText is one of them.
type sharedText struct {
	// xml is what stands in the text's element: characters and entities alone when rich is false.
	xml   []byte
	place int64  // of xml in the source, while it is read
	rich  bool   // formatted runs, several texts, CDATA
	text  []byte // of a rich one: what the runs add up to
}

func (s *sharedTexts) count() int { return len(s.places) }

// at returns a text. What it holds stays as it is.
func (s *sharedTexts) at(index int) sharedText {
	place := s.places[index]
	block := s.blocks[place>>textBlockBits][place&(textBlock-1):]
	sizeXML, n := binary.Uvarint(block)
	block = block[n:]
	t := sharedText{xml: block[:sizeXML>>1], rich: sizeXML&1 == 1}
	if t.rich {
		block = block[len(t.xml):]
		sizeText, n := binary.Uvarint(block)
		t.text = block[n : n+int(sizeText)]
	}
	return t
}

// add keeps a text.
func (s *sharedTexts) add(t sharedText) error {
	needed := len(t.xml) + len(t.text) + 2*binary.MaxVarintLen32
	if needed > textBlock {
		return damage("it holds a text of more than %d KiB", textBlock>>10)
	}
	if s.size += int64(needed); s.count() >= maxStrings || s.size > maxSharedBytes {
		return damage("it holds more than %d texts, or %d MiB of them", maxStrings, maxSharedBytes>>20)
	}
	last := len(s.blocks) - 1
	if last < 0 || len(s.blocks[last])+needed > textBlock {
		s.room = append(s.room, makeRoom(2*textBlock)) // for its places as well
		s.blocks = append(s.blocks, make([]byte, 0, textBlock))
		last++
	}
	block := s.blocks[last]
	s.places = append(s.places, uint32(last)<<textBlockBits|uint32(len(block)))
	size := uint64(len(t.xml)) << 1
	if t.rich {
		size |= 1
	}
	block = append(binary.AppendUvarint(block, size), t.xml...)
	if t.rich {
		block = append(binary.AppendUvarint(block, uint64(len(t.text))), t.text...)
	}
	s.blocks[last] = block
	return nil
}

// drop says that the texts are not needed any more.
func (s *sharedTexts) drop() {
	for _, give := range s.room {
		give()
	}
	*s = sharedTexts{}
}

// means compares a cell's text with what is written. A text with an escape such as _x000D_, which the
// library turns into the character it means, is not compared.
func (t sharedText) means(text string) bool {
	written := t.text
	if !t.rich {
		if written = t.xml; bytes.ContainsAny(written, "&\r") {
			written = appendText(nil, written, false)
		}
	}
	return string(written) == text || bytes.Contains(written, []byte("_x"))
}

// read reads the shared strings to their closing tag. A cell that points beyond them would silently read
// as empty.
func (s *sharedTexts) read(r io.Reader) error {
	for scan := newXMLScan(r); ; {
		token, err := scan.next()
		if err == io.EOF {
			return nil
		}
		if err == nil && token == startTag && scan.depth() == 2 && scan.is("si") {
			var t sharedText
			if t, err = scan.sharedText(); err == nil {
				err = s.add(t)
			}
		}
		if err != nil {
			return asDamage(err, "its shared texts cannot be read (%v)", err)
		}
	}
}

// sharedText reads a text whose start tag was just read: its text, or the texts of its runs. The reading
// aid for Japanese (rPh) is no part of it. The result is good until the next token is read.
func (x *xmlScan) sharedText() (t sharedText, err error) {
	level, before, from := x.depth(), x.hold, x.behind()
	if x.hold < 0 {
		x.hold = from
	}
	defer func() { x.hold = before }()
	t.text = x.scratch[:0]
	inRun, inText, children, pieces := false, false, 0, 0
	var pieceFrom, pieceTo int64
	for {
		token, err := x.next()
		if err != nil {
			return t, err
		}
		switch token {
		case startTag:
			switch x.depth() - level {
			case 1:
				inRun, inText = x.is("r"), x.is("t")
				children++
			case 2:
				inText = inRun && x.is("t")
			}
			t.rich = t.rich || !inText || children > 1
		case charData:
			if inText {
				t.text = appendText(t.text, x.raw, x.cdata)
				pieceFrom, pieceTo = x.place(), x.behind()
				pieces++
				t.rich = t.rich || x.cdata || pieces > 1
			}
		case endTag:
			if inText = false; x.depth() >= level {
				continue
			}
			x.scratch = t.text
			if t.rich = t.rich || bytes.Contains(t.text, []byte("_x")); t.rich {
				t.xml = x.held(from, x.place())
			} else if pieces == 1 {
				t.xml, t.place = x.held(pieceFrom, pieceTo), pieceFrom
			}
			return t, nil
		}
	}
}
