// Package ledger is what a payout is and where it stands: the types, the one transition table
// (status.go), and the store that keeps them through crashes.
//
// Most readers need payout.go, status.go, and three functions: [Open], [Store.Submit] and
// [Store.Record]. The store promises:
//
//   - A payout moves only along the transition table, and only from the status its caller saw.
//   - An intent ([Store.Submit]) is on disk before Submit returns; nothing is sent without one.
//   - A batch is visible with all its lines or not at all ([Store.Create]).
//   - Every move is an event in a hash-chained journal, written in the same transaction.
//   - A ledger that does not open or check is never re-made, deleted or written to.
//
// One file holds all batches. One process writes at a time; others get [ErrLocked] at once.
// No type of the database library leaves this package. It knows nothing of providers, files
// or reports.
package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Errors of Open. They are compared with errors.Is.
var (
	// ErrLocked: another process holds the ledger. The error is a *LockedError.
	ErrLocked = errors.New("another gajian process holds the ledger")
	// ErrNotLedger: the file exists and is not a ledger, or is cut off or damaged so badly that
	// it does not open. It is left as it is.
	ErrNotLedger = errors.New("not a gajian ledger, or damaged")
	// ErrNewerFormat: a newer gajian wrote the ledger.
	ErrNewerFormat = errors.New("the ledger was written by a newer gajian")
	// ErrOlderFormat: a gajian from before the first release wrote the ledger.
	ErrOlderFormat = errors.New("the ledger was written by a gajian from before the first release")
	// ErrEnvironment: the ledger belongs to the other environment of the provider.
	ErrEnvironment = errors.New("the ledger belongs to another environment")
	// ErrDisk: the ledger or a file beside it cannot be opened or written: the disk is full, broken or
	// read-only, or belongs to somebody else. Submit, Record and the decisions return it too.
	ErrDisk = errors.New("the disk does not take the ledger")
	// ErrLost: there is no ledger, but the notes beside it show that there was one.
	ErrLost = errors.New("the ledger is gone")
	// ErrMissing: there is no ledger and none was to be made.
	ErrMissing = errors.New("there is no ledger here yet")
)

// formatVersion is the format that this code reads and writes. A change that old code would
// misread raises it and brings a migration.
//
//	1  never released: its events carry no digests of the records they left
//	2  the first release
const formatVersion = 2

// lockTimeout is how long Open waits for another process' lock: long enough for a `status`
// that is just reading, short enough for cron to learn it at once.
const lockTimeout = time.Second

// The buckets. Payouts hold one bucket a batch, named by the batch's number.
var (
	metaBucket     = []byte("meta")
	batchesBucket  = []byte("batches")
	talliesBucket  = []byte("tallies")
	payoutsBucket  = []byte("payouts")
	journalBucket  = []byte("journal")
	acceptedBucket = []byte("accepted")

	metaKey = []byte("ledger")
)

type metaRecord struct {
	Format      int    `cbor:"0,keyasint"`
	Environment string `cbor:"1,keyasint"`
	CreatedAt   int64  `cbor:"2,keyasint"`
}

// Options of Open.
type Options struct {
	Environment string // "sandbox", "production"; empty accepts any (for reading)
	Command     string // what holds the ledger, for the message to other processes: "run"
	ReadOnly    bool   // shares the ledger with other readers; nothing may be written
	Create      bool   // make the ledger when there is none
	Window      int    // how many moves may wait for the next commit, and how many share one; 0 means 256
}

// Store is an open ledger. Its methods may be called from many goroutines.
type Store struct {
	db          *bolt.DB
	file        *os.File // the database's own, for checks beside the library
	path        string
	environment string
	readOnly    bool
	holder      holder

	requests  chan request // to the committer, which alone writes
	committed chan struct{}
	closing   sync.Once

	departures *departures // nil when opened for reading

	sending sync.RWMutex // shared while a request is handed over; Close takes it to shut the door
	closed  bool         // guarded by sending
	create  sync.Mutex   // one batch is made at a time: its lines stand under the next free number

	mu      sync.Mutex // guards the fields below
	failure error      // the first failed write; nothing is written after it

	// Owned by the committer's transactions; bbolt runs one at a time.
	tail tail

	numbersMu sync.RWMutex
	numbers   map[string]uint32 // batch ID to number
}

// Open opens the ledger at path. With Options.Create it makes one where none is.
func Open(path string, o Options) (*Store, error) {
	if err := prepareFile(path, o); err != nil {
		return nil, err
	}
	db, file, err := openChecked(path, o.ReadOnly)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, file: file, path: path, readOnly: o.ReadOnly, numbers: map[string]uint32{}}
	if err := s.load(o); err != nil {
		_ = db.Close()
		return nil, err
	}
	if o.ReadOnly {
		s.withdrawHolder() // nobody writes while we read: what stands there was left by a crash
		return s, nil
	}
	if err := s.announceHolder(o.Command); err != nil {
		_ = db.Close()
		return nil, diskError{err}
	}
	if err := s.followDepartures(); err != nil {
		s.withdrawHolder()
		_ = db.Close()
		return nil, diskError{err}
	}
	s.startCommitter(o.Window)
	return s, nil
}

// followDepartures opens the file of departures: that of the process before while a payout is in
// doubt, else a new one.
func (s *Store) followDepartures() error {
	keep, err := s.inDoubt()
	if err != nil {
		return err
	}
	s.departures, err = openDepartures(s.path, keep)
	return err
}

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

// load reads what must be known before anything else: format, environment, batches, and the
// journal's last event.
func (s *Store) load(o Options) (err error) {
	defer guard(s.path, &err)()
	return s.db.View(func(tx *bolt.Tx) error {
		meta, err := readMeta(tx, s.path)
		if err != nil {
			return err
		}
		if o.Environment != "" && meta.Environment != o.Environment {
			return fmt.Errorf("%s: %w: it was made for %q, this is %q; use another --ledger", s.path, ErrEnvironment, meta.Environment, o.Environment)
		}
		s.environment = meta.Environment
		if err := eachBatch(tx, func(number uint32, record batchRecord) error {
			s.numbers[record.ID] = number
			return nil
		}); err != nil {
			return err
		}
		s.tail, err = readTail(tx)
		return err
	})
}

func readMeta(tx *bolt.Tx, path string) (metaRecord, error) {
	var meta metaRecord
	for _, name := range [][]byte{metaBucket, batchesBucket, talliesBucket, payoutsBucket, journalBucket, acceptedBucket} {
		if tx.Bucket(name) == nil {
			return meta, fmt.Errorf("%s: %w: it has no %s", path, ErrNotLedger, name)
		}
	}
	value := tx.Bucket(metaBucket).Get(metaKey)
	if err := unseal(string(metaBucket), metaKey, value, &meta); err != nil {
		return meta, err
	}
	if meta.Format < 1 {
		return meta, fmt.Errorf("%s: %w: format %d", path, ErrDamaged, meta.Format)
	}
	if meta.Format < formatVersion {
		return meta, fmt.Errorf("%s: %w (format %d, this gajian knows %d): finish its batches with the gajian that made it, and let this one begin with another --ledger",
			path, ErrOlderFormat, meta.Format, formatVersion)
	}
	if meta.Format > formatVersion {
		return meta, fmt.Errorf("%s: %w (format %d, this gajian knows %d): install the newer gajian", path, ErrNewerFormat, meta.Format, formatVersion)
	}
	return meta, nil
}

// Environment returns the provider's environment that the ledger was made for.
func (s *Store) Environment() string { return s.environment }

// Path returns the ledger's file.
func (s *Store) Path() string { return s.path }

// Close writes what waits, and releases the ledger. It returns the first write that failed.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		if !s.readOnly {
			s.sending.Lock() // whoever has got in is written; the committer makes room for them
			s.closed = true
			s.sending.Unlock()
			close(s.requests)
			<-s.committed
			s.withdrawHolder()
		}
		err = errors.Join(s.Failure(), s.departures.close(), s.db.Close())
	})
	return err
}

// Failure returns the first failed write, nil when there was none. After a failed write nothing
// more is written: what the disk holds is known only after the ledger is opened again.
func (s *Store) Failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

func (s *Store) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure == nil {
		s.failure = err
	}
}

// CheckPages walks the whole file and reports what is inconsistent in its structure, as Open does.
// It reads every page, so it takes about a second for a gigabyte, and writes wait for it.
func (s *Store) CheckPages() (err error) {
	defer guard(s.path, &err)()
	tx, err := s.db.Begin(!s.readOnly) // a writing transaction keeps the committer out meanwhile
	if err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	if err := checkPages(s.file); err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	return nil
}

func key32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
func key64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
