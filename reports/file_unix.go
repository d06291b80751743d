//go:build !windows

package reports

import (
	"io"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// replace puts what write produces at path, whole or not at all.
func replace(path string, write func(io.Writer) error) error {
	pending, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return err
	}
	defer pending.Cleanup() // does nothing once the file is in place
	if err := write(pending); err != nil {
		return err
	}
	return pending.CloseAtomicallyReplace()
}
