package payroll

import "testing"

// ParseNumber lets tests reach how number cells are read.
var ParseNumber = parseNumber

// BoundStrings sets how many shared strings a workbook may have, for one test.
func BoundStrings(t *testing.T, most int) {
	before := maxStrings
	maxStrings = most
	t.Cleanup(func() { maxStrings = before })
}
