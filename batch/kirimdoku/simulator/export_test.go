package simulator

// What the tests reach inside the package.
var (
	TokenSigned       = tokenSigned
	TransactionSigned = transactionSigned
	ReadFields        = readFields
)

// Spoil takes money out of the deposit behind the book's back.
func (s *Simulator) Spoil(sen int64) { s.book.available -= sen }
