package reports

import (
	"encoding/hex"
	"strconv"

	"github.com/xuri/excelize/v2"

	"gajian/ledger"
)

var auditHeaders = []string{
	"Event", "At (WIB)", "Kind", "Line", "From", "To", "Actor", "Code", "Message", "Transfer status", "Reason", "Balance read",
	"External ID", "Session", "Provider reference", "Digest", "Hash",
}

// auditRow shows an event. Numbers of events are text beyond what a cell holds exactly as a number.
func (w *workbook) auditRow(e ledger.Event) []cell {
	s, v := w.styles, e.Evidence
	row := []cell{
		s.sequence(e.Sequence), s.at(e.At), text(s.text, e.Kind.String()), nil, nil, nil, text(s.wrap, e.Actor),
		text(s.text, v.Code), text(s.wrap, v.Message), text(s.text, v.TransferStatus), text(s.wrap, v.Reason), nil,
		text(s.text, v.ExternalID), text(s.text, v.Session), text(s.text, v.ProviderReference), nil, text(s.wrap, hex.EncodeToString(e.Hash[:])),
	}
	if e.Line != 0 {
		row[3] = s.count(e.Line)
	}
	if e.From != 0 {
		row[4] = text(s.text, e.From.String())
	}
	if e.To != 0 {
		row[5] = text(s.text, e.To.String())
	}
	if e.Kind == ledger.BalanceRead {
		row[11] = s.money(v.Amount)
	}
	if digest := append(v.BodyDigest[:len(v.BodyDigest):len(v.BodyDigest)], v.Digest...); len(digest) > 0 {
		row[15] = text(s.wrap, hex.EncodeToString(digest))
	}
	return row
}

// exactIntegers is the first integer above which not every integer has a float64 of its own,
// which is what a number in a cell is.
const exactIntegers = 1 << 53

func (s styles) sequence(n uint64) cell {
	if n > exactIntegers {
		return text(s.text, strconv.FormatUint(n, 10))
	}
	return excelize.Cell{StyleID: s.whole, Value: int(n)}
}
