package ledger

import "os"

// identityOf is not told here, as bootID is not.
func identityOf(*os.File) string { return "" }
