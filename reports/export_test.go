package reports

// SetMaxRows makes sheets end after n rows until restore is called.
func SetMaxRows(n int) (restore func()) {
	before := maxRows
	maxRows = n
	return func() { maxRows = before }
}
