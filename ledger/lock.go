package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"time"
)

// LockedError tells who holds the ledger. It is ErrLocked.
type LockedError struct {
	Path    string
	PID     int       // 0 when the holder left no word
	Since   time.Time // zero likewise
	Command string
	Address string // where the holder answers questions about its batches; empty when nowhere
	Key     string // to be shown to Address
}

// Error names the holder.
func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s: %v", e.Path, ErrLocked)
	}
	return fmt.Sprintf("%s: %v: held by pid %d (gajian %s), since %s", e.Path, ErrLocked, e.PID, e.Command, e.Since.In(WIB).Format("2006-01-02 15:04:05 WIB"))
}

// Is makes a LockedError an ErrLocked.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// holder is what the process that holds the ledger writes beside it. The lock itself is the
// operating system's, on the ledger's file; this only says whose it is. A crash leaves the file
// behind, which does no harm: it is read only when the lock is taken, replaced by the next holder,
// and removed by the next reader.
type holder struct {
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Command string    `json:"command"`
	Address string    `json:"address,omitempty"`
	Key     string    `json:"key,omitempty"`
}

func holderPath(ledger string) string { return ledger + ".holder" }

func (s *Store) announceHolder(command string) error {
	s.holder = holder{PID: os.Getpid(), Since: time.Now(), Command: command}
	return s.writeHolder()
}

// Announce tells other processes where this one answers questions about its batches, and the
// key that they have to show.
func (s *Store) Announce(address, key string) error {
	s.holder.Address, s.holder.Key = address, key
	return s.writeHolder()
}

func (s *Store) writeHolder() error {
	text, err := json.Marshal(s.holder)
	if err != nil {
		return fmt.Errorf("ledger holder: %w", err)
	}
	return replaceFile(holderPath(s.path), text)
}

func (s *Store) withdrawHolder() { _ = os.Remove(holderPath(s.path)) }

func lockedError(path string) error {
	locked := &LockedError{Path: path}
	file, err := openBeside(holderPath(path), os.O_RDONLY)
	if err != nil {
		return locked
	}
	defer file.Close()
	var h holder
	if json.NewDecoder(io.LimitReader(file, holderBytesMax)).Decode(&h) == nil && h.PID > 0 {
		locked.PID, locked.Since, locked.Command = h.PID, h.Since, h.Command
		if onThisMachine(h.Address) {
			locked.Address, locked.Key = h.Address, h.Key
		}
	}
	return locked
}

// holderBytesMax bounds what is read of the holder's file, which has about 150 bytes.
const holderBytesMax = 4 << 10

// onThisMachine: a holder answers nowhere else. What else stands there was written by somebody who
// wants to be asked.
func onThisMachine(address string) bool {
	at, err := netip.ParseAddrPort(address)
	return err == nil && at.Addr().IsLoopback()
}

// openBeside opens a file beside the ledger, or makes it when flag says so. It neither follows a
// link nor waits for whoever is at the other end of a pipe.
func openBeside(path string, flag int) (*os.File, error) {
	file, err := os.OpenFile(path, flag|dontFollow, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a plain file", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// replaceFile writes a small file whole or not at all, readable by its owner only. Who does so
// holds the ledger's lock, so that the temporary name can always be the same: what a crash leaves
// under it goes with the next one.
func replaceFile(path string, data []byte) error {
	temporary := path + ".new"
	err := writeAnew(temporary, data)
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		_ = os.Remove(temporary) // what is left of it does no harm
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// writeAnew makes a file. One that a killed process left is removed, not written into: it may be a
// link by now.
func writeAnew(path string, data []byte) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := openBeside(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
