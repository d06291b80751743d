package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// prepareFile makes a missing ledger when it may, and refuses what cannot be one.
func prepareFile(path string, o Options) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && wasThere(path):
		return fmt.Errorf("%s: %w: %s is still there", path, ErrLost, filepath.Base(departuresPath(path)))
	case errors.Is(err, fs.ErrNotExist) && o.Create && !o.ReadOnly:
		if err := createFile(path, o.Environment); err != nil {
			return diskError{err}
		}
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", path, ErrMissing)
	case err != nil:
		return fmt.Errorf("ledger: %w", err)
	case info.Mode()&fs.ModeSymlink != 0: // its own files lie beside it, and there would be two such places
		return fmt.Errorf("%s is a symbolic link; name the file it points to: %w", path, ErrNotLedger)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a plain file: %w", path, ErrNotLedger)
	case info.Size() == 0:
		return fmt.Errorf("%s is empty: %w", path, ErrNotLedger)
	}
	return nil
}

// wasThere reports whether a missing ledger has been there: the notes of departures are made after
// it and stay beside it. A ledger that is lost must not begin anew by itself. The provider refuses
// what it has paid already, since the references are the same, but what people decided (a line
// cancelled, and paid in cash) would be gone.
func wasThere(path string) bool {
	_, err := os.Lstat(departuresPath(path))
	return err == nil
}

// createFile makes an empty ledger beside path, complete and synced, and only then gives it its
// name: a crash before that leaves no ledger (and a folder .new-ledger-* that nobody looks at), a
// crash after it a good one. A half-made ledger never stands under the real name.
func createFile(path, environment string) error {
	dir := filepath.Dir(path)
	if err := makeFolder(dir); err != nil {
		return fmt.Errorf("ledger folder: %w", err)
	}
	half, err := os.MkdirTemp(dir, ".new-ledger-*")
	if err != nil {
		return fmt.Errorf("ledger folder: %w", err)
	}
	defer os.RemoveAll(half)
	fresh := filepath.Join(half, "ledger.db")
	db, err := bolt.Open(fresh, 0o600, &bolt.Options{PageSize: pageSize})
	if err != nil {
		return fmt.Errorf("new ledger: %w", err)
	}
	if err := errors.Join(db.Update(func(tx *bolt.Tx) error { return initialise(tx, environment) }), db.Close()); err != nil {
		return fmt.Errorf("new ledger: %w", err)
	}
	// Link refuses to replace what another process may have put there meanwhile; rename would not.
	if err := os.Link(fresh, path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil // the other one is as good
		}
		if err := os.Rename(fresh, path); err != nil { // a file system without hard links
			return fmt.Errorf("new ledger: %w", err)
		}
	}
	return syncFolder(dir)
}

// makeFolder makes a folder and what is missing above it, each new name synced: a ledger must not
// vanish in a power loss together with a folder that was never written down.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent == dir {
		return fmt.Errorf("%s: %w", dir, fs.ErrNotExist)
	}
	if err := makeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent)
}

// pageSize is fixed so that a ledger can be moved between machines with different page sizes.
const pageSize = 4096

func initialise(tx *bolt.Tx, environment string) error {
	for _, name := range [][]byte{metaBucket, batchesBucket, talliesBucket, payoutsBucket, journalBucket, acceptedBucket} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	value, err := seal(string(metaBucket), metaKey, metaRecord{Format: formatVersion, Environment: environment, CreatedAt: milliseconds(time.Now())})
	if err != nil {
		return err
	}
	return tx.Bucket(metaBucket).Put(metaKey, value)
}

// openChecked opens the database after its pages were checked under a reader's lock. Opened for
// writing a damaged file can make the library panic, with a mapping left behind that holds the
// lock as long as the process lives. Who writes between the two leaves the pages in order.
func openChecked(path string, readOnly bool) (*bolt.DB, *os.File, error) {
	db, file, err := openFile(path, true)
	if err != nil {
		return nil, nil, err
	}
	if err := checkPages(file); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	if readOnly {
		return db, file, nil
	}
	if err := db.Close(); err != nil {
		return nil, nil, fmt.Errorf("ledger: %w", err)
	}
	return openFile(path, false)
}

// openFile opens the database. Should the library panic, or fault on a mapped page that is not
// there, that becomes an error.
func openFile(path string, readOnly bool) (db *bolt.DB, file *os.File, err error) {
	defer guard(path, &err)()
	var refused error
	db, err = bolt.Open(path, 0o600, &bolt.Options{
		OpenFile: func(path string, flag int, _ os.FileMode) (*os.File, error) {
			file, refused = openBeside(path, flag&^os.O_CREATE) // only createFile makes ledgers
			return file, refused
		},
		Timeout:      lockTimeout, // without one the library waits for ever on a locked file
		ReadOnly:     readOnly,
		FreelistType: bolt.FreelistMapType,
		// Enlarging the mapping waits until nobody reads, and a reader who waits for a write
		// would wait for ever. Address space costs nothing; the file does not grow with it.
		InitialMmapSize: mapBytes,
		NoStatistics:    true,
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, nil, lockedError(path)
	case refused != nil: // which says nothing about what the file is
		return nil, nil, diskError{fmt.Errorf("ledger: %w", refused)}
	case err != nil:
		return nil, nil, fmt.Errorf("%s: %w: %v", path, ErrNotLedger, err)
	}
	db.AllocSize = growBytes
	return db, file, nil
}

// diskError is an ErrDisk that says what went wrong.
type diskError struct{ error }

// Is makes it an ErrDisk.
func (diskError) Is(target error) bool { return target == ErrDisk }

// Unwrap returns what went wrong.
func (e diskError) Unwrap() error { return e.error }

// growBytes is by how much the file grows when it is full. The library's 16 MB would make the
// ledger of ten employees as large.
const growBytes = 1 << 20

// guard turns panics and memory faults under it into ErrDamaged. Use: defer guard(path, &err)()
func guard(path string, err *error) func() {
	old := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(old)
		if cause := recover(); cause != nil {
			*err = fmt.Errorf("%s: %w: %v", path, ErrDamaged, cause)
		}
	}
}
