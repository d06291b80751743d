package reports

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// replace puts what write produces at path, whole or not at all. The package renameio is empty on
// Windows because a rename is not promised to be atomic there; os.Rename replaces the file in one
// call all the same, and fails without harm while Excel has the old one open.
func replace(path string, write func(io.Writer) error) error {
	pending, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"*")
	if err != nil {
		return err
	}
	defer os.Remove(pending.Name()) // fails once the file is in place, as it should
	if err := errors.Join(write(pending), pending.Sync(), pending.Close()); err != nil {
		return err
	}
	return os.Rename(pending.Name(), path)
}
