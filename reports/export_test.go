package reports

// Clean lets tests reach how a text is made fit for a cell.
var Clean = clean

// JoinedCRC lets tests compare the checksum of two pieces with that of the whole.
var JoinedCRC = joinedCRC

// SetMaxRows makes sheets end after n rows until restore is called.
func SetMaxRows(n int) (restore func()) {
	before := maxRows
	maxRows = n
	return func() { maxRows = before }
}
