package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
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
	text, err := os.ReadFile(holderPath(path))
	if err != nil {
		return locked
	}
	var h holder
	if json.Unmarshal(text, &h) == nil {
		locked.PID, locked.Since, locked.Command, locked.Address, locked.Key = h.PID, h.Since, h.Command, h.Address, h.Key
	}
	return locked
}

// replaceFile writes a small file whole or not at all, readable by its owner only.
func replaceFile(path string, data []byte) error {
	temporary := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.WriteFile(temporary, data, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(temporary))
	}
	return nil
}
