//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestADamagedLedgerIsNeverPaidFrom damages the ledger of a run that was killed half-way, in every
// way a disk, a copy or a person can, and tries every command on it. Not one transfer may be
// sent, the damaged file stays as it is byte for byte, and each command says what happened,
// whether money moved, and what to do.
//
// GAJIAN_FLIPS is how many bits are flipped in each page (default 1), drawn from GAJIAN_SEED; "all"
// flips every bit of both meta pages' records too. When it is set every command is tried on each.
func TestADamagedLedgerIsNeverPaidFrom(t *testing.T) {
	t.Parallel()
	w := newWreck(t)
	t.Run("damage", func(t *testing.T) { // ends when all parallel ones have
		w.cutOff(t)
		w.zeroed(t)
		w.flipped(t)
		w.swapped(t)
		w.notALedger(t)
		w.foreign(t)
		w.special(t)
	})
	if got := w.desk.transfers(); got != w.sent {
		t.Errorf("%d transfers were sent from damaged ledgers", got-w.sent)
	}
}

// wreck is a ledger to be damaged: a finished batch, and one whose run was killed.
type wreck struct {
	desk  *desk
	data  []byte
	pages int // in use; the file is longer
	said  string
	sent  int // transfers so far
	tried int // kinds of damage
}

const pageBytes = 4096 // of the ledger's file

func newWreck(t *testing.T) *wreck {
	d := newDesk(t, buildOnce(t), "--latency", "15ms", "--settle", "1h")
	w := &wreck{desk: d}
	d.writePayroll(20)
	d.expect(d.gajian("run", d.payroll(), "--period", "2026-10", "--poll-for", "0s"), exitUnfinished)
	d.writePayroll(60)
	run := d.start("run", d.payroll())
	d.awaitTransfers(20 + 25)
	if err := run.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-run.ended
	d.expect(d.gajian("verify"), exitSettled)
	w.said = d.gajian("status", "2026-11", "--lines", "--json").stdout
	w.data, w.sent = d.read(d.ledger()), d.transfers()
	for meta := range 2 {
		w.pages = max(w.pages, int(binary.NativeEndian.Uint64(w.data[meta*pageBytes+16+40:])))
	}
	t.Logf("the ledger has %d pages in use, %d in all; %d transfers were sent from it", w.pages, len(w.data)/pageBytes, w.sent)
	return w
}

// try puts a damaged ledger on a desk of its own and looks what the commands make of it.
func (w *wreck) try(t *testing.T, name string, damaged []byte) {
	w.tried++
	every := w.tried%4 == 0 || os.Getenv("GAJIAN_FLIPS") != "" // else the most dangerous commands only
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		d := w.desk.elsewhere(t)
		d.write(d.payroll(), w.desk.read(w.desk.payroll()))
		d.write(d.ledger(), damaged)
		verified := d.gajian("verify")
		if verified.code == exitSettled {
			if said := d.gajian("status", "2026-11", "--lines", "--json").stdout; said != w.said {
				t.Errorf("verify finds nothing, and status says something else than before:\n%s", said)
			}
			if strings.Contains(name, "must be noticed") {
				t.Errorf("nobody noticed")
			}
			return
		}
		if every {
			refusesAll(d, verified)
		} else {
			refuses(d, verified, d.gajian("run", d.payroll()))
		}
		w.untouched(d, damaged)
	})
}

var (
	sayWhat  = regexp.MustCompile(`damaged|not a gajian ledger`)
	sayMoney = regexp.MustCompile(`[Nn]othing (more )?(was|is) sent`)
	sayNext  = regexp.MustCompile(`[Rr]estore a backup`)
)

// refusesAll: no command works with the ledger, and each says enough.
func refusesAll(d *desk, more ...ended) {
	d.t.Helper()
	for _, args := range [][]string{
		{"run", d.payroll()}, {"resume"}, {"poll"}, {"release", "2026-11", "--line", "3", "--reason", "r"}, {"cancel", "2026-11", "--line", "60", "--reason", "r"},
	} {
		more = append(more, d.gajian(args...))
	}
	refuses(d, more...)
	for _, args := range [][]string{{"status"}, {"status", "2026-11", "--lines"}, {"report", "2026-11", "--out", filepath.Join(d.folder, "report.xlsx")}} {
		if e := d.gajian(args...); e.code != exitCouldNot && e.code != exitSettled {
			d.t.Errorf("want exit code %d, or %d when what it reads is sound: %v", exitCouldNot, exitSettled, e)
		} else if e.code == exitCouldNot && (!sayWhat.MatchString(e.stderr) || !sayNext.MatchString(e.stderr)) {
			d.t.Errorf("it does not say what happened, or what to do: %v", e)
		}
	}
}

// refuses: the commands ended without doing anything, and said enough.
func refuses(d *desk, commands ...ended) {
	d.t.Helper()
	for _, e := range commands {
		if e.code != exitCouldNot {
			d.t.Errorf("want exit code %d: %v", exitCouldNot, e)
		}
		if !sayWhat.MatchString(e.stderr) || !sayMoney.MatchString(e.stderr) || !sayNext.MatchString(e.stderr) {
			d.t.Errorf("it does not say what happened, whether money moved, or what to do: %v", e)
		}
	}
}

// untouched: the damaged file is the same, and no other ledger lies in the folder.
func (w *wreck) untouched(d *desk, damaged []byte) {
	d.t.Helper()
	if after, err := os.ReadFile(d.ledger()); err != nil || !bytes.Equal(after, damaged) {
		d.t.Errorf("the damaged file was changed or removed (%v)", err)
	}
	err := filepath.WalkDir(d.folder, func(path string, entry fs.DirEntry, err error) error {
		if name := entry.Name(); path != d.ledger() && (strings.HasSuffix(name, ".db") || strings.HasPrefix(name, ".new-ledger")) {
			d.t.Errorf("%s was made", path)
		}
		return err
	})
	if err != nil {
		d.t.Error(err)
	}
}

func (w *wreck) cutOff(t *testing.T) {
	for page := 1; page < w.pages; page++ { // a file of 0 bytes is no ledger at all: see notALedger
		w.try(t, fmt.Sprintf("cut off before page %d: must be noticed", page), slices.Clone(w.data[:page*pageBytes]))
		if page%3 == 0 || os.Getenv("GAJIAN_FLIPS") != "" {
			w.try(t, fmt.Sprintf("cut off in page %d: must be noticed", page), slices.Clone(w.data[:page*pageBytes+1777]))
		}
	}
	w.try(t, "cut off in page 0: must be noticed", slices.Clone(w.data[:100]))
}

func (w *wreck) zeroed(t *testing.T) {
	w.try(t, "all zero: must be noticed", make([]byte, len(w.data)))
	for _, page := range []int{0, 1, w.pages / 2, w.pages - 1} {
		damaged := slices.Clone(w.data)
		clear(damaged[page*pageBytes : (page+1)*pageBytes])
		w.try(t, fmt.Sprintf("page %d zeroed", page), damaged)
	}
	damaged := slices.Clone(w.data)
	clear(damaged[:2*pageBytes])
	w.try(t, "both meta pages zeroed: must be noticed", damaged)
}

func (w *wreck) flipped(t *testing.T) {
	flips := 1
	if os.Getenv("GAJIAN_FLIPS") != "all" {
		flips = intFrom(t, "GAJIAN_FLIPS", flips)
	}
	seed := intFrom(t, "GAJIAN_SEED", 1)
	random := rand.New(rand.NewPCG(uint64(seed), 3))
	flip := func(page, at, bit int) {
		damaged := slices.Clone(w.data)
		damaged[page*pageBytes+at] ^= 1 << bit
		w.try(t, fmt.Sprintf("seed %d: page %d byte %d bit %d", seed, page, at, bit), damaged)
	}
	for page := range w.pages {
		for range flips {
			flip(page, random.IntN(pageBytes), random.IntN(8))
		}
	}
	const metaBits = (16 + 64) * 8 // header and record
	for page := range 2 {
		for bit := range metaBits {
			if os.Getenv("GAJIAN_FLIPS") == "all" || random.IntN(metaBits) < 6 {
				flip(page, bit/8, bit%8)
			}
		}
	}
}

// swapped: pages that are sound in themselves, from another moment or in another's place.
func (w *wreck) swapped(t *testing.T) {
	for _, pair := range [][2]int{{0, 1}, {1, 0}, {w.pages / 2, w.pages/2 - 1}} {
		damaged := slices.Clone(w.data)
		copy(damaged[pair[0]*pageBytes:(pair[0]+1)*pageBytes], w.data[pair[1]*pageBytes:])
		w.try(t, fmt.Sprintf("page %d over page %d", pair[1], pair[0]), damaged)
	}
}

func (w *wreck) notALedger(t *testing.T) {
	w.try(t, "an empty file: must be noticed", nil)
	w.try(t, "one byte: must be noticed", []byte{0})
	w.try(t, "a picture: must be noticed", append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), make([]byte, 9000)...))
	w.try(t, "a text: must be noticed", bytes.Repeat([]byte("employee_id,name,bank,account_number,amount\n"), 400))
	w.try(t, "an SQLite file: must be noticed", append([]byte("SQLite format 3\x00\x10\x00\x01\x01\x00\x40\x20\x20"), make([]byte, 12_000)...))
	w.try(t, "a workbook: must be noticed", append([]byte("PK\x03\x04"), make([]byte, 6_000)...))
	w.try(t, "a ledger behind a text: must be noticed", append([]byte("From: backup\n\n"), w.data...))
}

// foreign: the file is a sound database, but not one that this gajian may write to.
func (w *wreck) foreign(t *testing.T) {
	w.try(t, "a database of somebody else: must be noticed", bytes.ReplaceAll(w.data, []byte("batches"), []byte("batchez")))
	for format, says := range map[int][]string{
		1: {"written by a gajian from before the first release", "finish its batches with the gajian that made it"},
		2: {"written by a gajian from before the first release", "finish its batches with the gajian that made it"},
		4: {"written by a newer gajian", "install the newer gajian"},
	} {
		t.Run(fmt.Sprintf("format %d", format), func(t *testing.T) {
			t.Parallel()
			d := w.desk.elsewhere(t)
			d.write(d.payroll(), w.desk.read(w.desk.payroll()))
			other := w.ofFormat(t, byte(format))
			d.write(d.ledger(), other)
			for _, args := range [][]string{{"run", d.payroll()}, {"resume"}, {"poll"}, {"status"}, {"verify"}, {"report", "2026-11"}} {
				d.expect(d.gajian(args...), exitCouldNot, append(says, "nothing was sent")...)
			}
			w.untouched(d, other)
		})
	}
}

// ofFormat rewrites the record that says which format the ledger has: CBOR of format, environment
// and time, and a checksum behind it.
func (w *wreck) ofFormat(t *testing.T, format byte) []byte {
	start := []byte("\xa3\x00\x03\x01\x67sandbox\x02\x1b")
	data, length, found := slices.Clone(w.data), len(start)+8, 0
	for at := bytes.Index(data, start); at >= 0; found++ {
		data[at+2] = format
		sum := crc32.Checksum(append([]byte("metaledger"), data[at:at+length]...), crc32.MakeTable(crc32.Castagnoli))
		binary.BigEndian.PutUint32(data[at+length:], sum)
		next := bytes.Index(data[at+1:], start)
		if at += 1 + next; next < 0 {
			break
		}
	}
	if found == 0 {
		t.Fatal("the test does not know how the format is written")
	}
	return data
}

// special: the ledger's name is that of something that is no file at all.
func (w *wreck) special(t *testing.T) {
	for name, make := range map[string]func(d *desk) error{
		"a folder": func(d *desk) error { return os.Mkdir(d.ledger(), 0o700) },
		"a pipe":   func(d *desk) error { return syscall.Mkfifo(d.ledger(), 0o600) },
		"a symbolic link to a good ledger": func(d *desk) error {
			return errors.Join(os.WriteFile(filepath.Join(d.folder, "real"), w.data, 0o600), os.Symlink("real", d.ledger()))
		},
		"a symbolic link to nothing": func(d *desk) error { return os.Symlink("nowhere", d.ledger()) },
		"a device":                   func(d *desk) error { d.env = append(d.env, "GAJIAN_LEDGER="+os.DevNull); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := w.desk.elsewhere(t)
			d.write(d.payroll(), w.desk.read(w.desk.payroll()))
			if err := make(d); err != nil {
				t.Fatal(err)
			}
			before, _ := os.Lstat(d.ledger())
			refusesAll(d, d.gajian("verify"))
			if after, _ := os.Lstat(d.ledger()); (before == nil) != (after == nil) || before != nil && before.Mode() != after.Mode() {
				t.Errorf("it was %v and is %v", before, after)
			}
			if _, err := os.Lstat(filepath.Join(d.folder, "nowhere")); err == nil {
				t.Error("a ledger was made where the link points")
			}
		})
	}
}
