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
//   - A ledger that does not open or check ([Store.Verify], [Store.VerifyMeanwhile]) is never re-made,
//     deleted or written to.
//
// One file holds all batches. One process writes at a time; others get [ErrLocked] at once.
// No type of the database library leaves this package. It knows nothing of providers, files
// or reports.
package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
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
//	2  never released: payouts and events in CBOR
//	3  the first release
const formatVersion = 3

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
	pending   pending
	closing   sync.Once

	departures *departures // nil when opened for reading
	meanwhile  *meanwhile  // nil when nobody asked for it

	sending sync.RWMutex // shared while a request is handed over; Close takes it to shut the door
	closed  bool         // guarded by sending
	create  sync.Mutex   // one batch is made at a time: its lines stand under the next free number

	mu      sync.Mutex // guards the fields below
	failure error      // the first failed write; nothing is written after it

	// Owned by the committer's transactions; bbolt runs one at a time.
	tail    tail
	commits int

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

// Close writes what waits, ends a verification under way, and releases the ledger. It returns the first write that failed.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		s.meanwhile.end()
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
