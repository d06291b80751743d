package ledger

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// departures is a file beside the ledger in which each transfer is noted in the moment before its
// first byte leaves. It answers one question after a process was killed: of an intent that is on
// disk, is it certain that the transfer never left? Without it every transfer that was about to
// leave would be in doubt until a person decides.
//
// The file is not synced, and need not be: what a process has written is there for the next one as
// long as the operating system lives and the disk is a local one. It proves something only
//
//   - about intents that name the file's own mark, so made while this very file was in use, by a
//     process before this one: of its own transfers a process knows better;
//   - while the operating system has not started again since (boot ID): a power loss may take the
//     last notes with it;
//   - while it is the file that was made, not a copy of it or one from a backup (file identity).
//
// Anything else, and a system that cannot tell these things, proves nothing: the transfer stays in
// doubt. So does a file that has grown too large to be read. The pipeline asks for "not found" from
// the provider beside this proof.
type departures struct {
	mu     sync.Mutex
	file   *os.File
	mark   string // of this file; empty when nothing can be proved
	tenure string // of this process; with the mark it is kept with each intent
	failed error  // the first note that could not be written; none is written after it
}

// ErrDeparture: the note of a departure could not be written; the transfer must not leave.
var ErrDeparture = errors.New("the departure of a transfer could not be noted")

// departuresHead is the file's first line; boot ID, identity and mark follow, then the external IDs.
const departuresHead = "gajian departures 1"

// departuresBytesMax bounds what is read of the file: ten million departures.
const departuresBytesMax = 10_000_000 * 34

func departuresPath(ledger string) string { return ledger + ".departures" }

// openDepartures goes on with the file of the process before, or makes a new one: when it is not
// to be trusted, or when keep is false, since no payout is in doubt that it could tell of.
func openDepartures(ledger string, keep bool) (*departures, error) {
	path := departuresPath(ledger)
	if mark, sound := readDeparturesHead(path); sound && keep {
		file, err := openBeside(path, os.O_WRONLY|os.O_APPEND)
		if err != nil {
			return nil, fmt.Errorf("departures: %w", err)
		}
		return &departures{file: file, mark: mark, tenure: randomText()}, nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("departures: %w", err)
	}
	file, err := openBeside(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, fmt.Errorf("departures: %w", err)
	}
	d := &departures{file: file, tenure: randomText()}
	boot, identity := bootID(), identityOf(file)
	if boot == "" || identity == "" {
		return d, nil
	}
	d.mark = randomText()
	if _, err := fmt.Fprintf(file, "%s\n%s\n%s\n%s\n", departuresHead, boot, identity, d.mark); err != nil {
		return nil, errors.Join(fmt.Errorf("departures: %w", err), file.Close())
	}
	return d, nil
}

func randomText() string {
	random := make([]byte, 4)
	_, _ = rand.Read(random) // never fails
	return hex.EncodeToString(random)
}

// readDeparturesHead returns the file's mark; sound is false when it proves nothing here and now.
func readDeparturesHead(path string) (mark string, sound bool) {
	file, err := openBeside(path, os.O_RDONLY)
	if err != nil {
		return "", false
	}
	defer file.Close()
	head, _, err := scanDepartures(file, "")
	if err != nil || bootID() == "" || head.boot != bootID() || head.identity != identityOf(file) {
		return "", false
	}
	return head.mark, head.mark != ""
}

type departuresHeading struct{ boot, identity, mark string }

// scanDepartures reads the heading, and looks for an external ID when one is given.
func scanDepartures(file io.Reader, externalID string) (head departuresHeading, found bool, err error) {
	limited := &io.LimitedReader{R: file, N: departuresBytesMax}
	lines := bufio.NewScanner(limited)
	next := func() string {
		lines.Scan()
		return lines.Text()
	}
	if next() != departuresHead {
		return head, false, errors.New("not a file of departures")
	}
	head = departuresHeading{boot: next(), identity: next(), mark: next()}
	if externalID == "" {
		return head, false, lines.Err()
	}
	for lines.Scan() {
		if lines.Text() == externalID {
			return head, true, nil
		}
	}
	if limited.N == 0 {
		return head, false, errors.New("too many departures")
	}
	return head, false, lines.Err()
}

// note writes that a transfer leaves now. The line break before it keeps it whole behind a note
// that a full disk cut short; after such a one nothing leaves any more from this process.
func (d *departures) note(externalID string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed == nil {
		if _, err := d.file.WriteString("\n" + externalID + "\n"); err != nil {
			d.failed = fmt.Errorf("%w: %w", ErrDeparture, err)
		}
	}
	return d.failed
}

// markOf returns what is kept with an intent of this process.
func (d *departures) markOf() string {
	if d == nil || d.mark == "" {
		return ""
	}
	return d.mark + "." + d.tenure
}

func (d *departures) close() error {
	if d == nil {
		return nil
	}
	return d.file.Close()
}

// Depart notes that the transfer of that external ID leaves now. It is called after Submit and
// immediately before the first byte; it costs one write without a sync. An error (ErrDeparture)
// means: do not send.
func (s *Store) Depart(externalID string) error { return s.departures.note(externalID) }

// NeverLeft reports whether it is certain that the last transfer of a payout in doubt never left
// this machine: its process ended between the intent and the first byte. False means nothing.
func (s *Store) NeverLeft(p Payout) bool {
	mark, tenure, _ := strings.Cut(p.DepartureMark, ".")
	if p.Status != Submitting || p.ExternalID == "" || mark == "" || s.departures == nil || mark != s.departures.mark || tenure == s.departures.tenure {
		return false
	}
	file, err := openBeside(departuresPath(s.path), os.O_RDONLY)
	if err != nil {
		return false
	}
	defer file.Close()
	head, left, err := scanDepartures(file, p.ExternalID)
	return err == nil && !left && head.mark == mark && head.boot == bootID() && head.identity == identityOf(file)
}

// inDoubt reports whether any payout of the ledger is in doubt.
func (s *Store) inDoubt() (bool, error) {
	batches, err := s.Batches()
	for _, b := range batches {
		if b.ByStatus[Submitting].Count > 0 {
			return true, err
		}
	}
	return false, err
}
