package ledger

// mapBytes is 0 on Windows, where the file would be made as large as its mapping.
const mapBytes = 0

// syncFolder does nothing on Windows, where a folder cannot be synced and NTFS journals names.
func syncFolder(string) error { return nil }

// dontFollow: links need a privilege here, and pipes have names of their own.
const dontFollow = 0
