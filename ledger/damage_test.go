package ledger_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gajian/ledger"
)

// used makes a ledger of many pages, of every kind, and returns its bytes and what its pages are.
func used(t *testing.T) (data []byte, kinds []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	lived(t, path)
	store := reopen(t, path).NoSync()
	b := create(t, store, "2026-09", 150)
	for n := 2; n < 80; n++ {
		bring(t, store, b.ID, n, ledger.Verified, ledger.Submitting, ledger.Pending)
	}
	closeVerified(t, store)
	kinds, err := ledger.Pages(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"meta", "freelist", "branch", "leaf", "free"} {
		if !slices.Contains(kinds, kind) {
			t.Fatalf("the test's ledger has no %s page: %v", kind, kinds)
		}
	}
	if data, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return data, kinds
}

// everything reads all that a ledger says.
func everything(store *ledger.Store) (said string, err error) {
	var b strings.Builder
	v, err := store.Verify(context.Background())
	if err != nil {
		return "", err
	}
	if len(v.Problems) > 0 {
		return "", fmt.Errorf("verify: %s", v.Problems[0])
	}
	fmt.Fprintln(&b, v)
	batches, err := store.Batches()
	if err != nil {
		return "", err
	}
	for _, summary := range batches {
		fmt.Fprintln(&b, summary)
		payouts, _, err := store.After(summary.ID, 0, 1000, ledger.Statuses()...)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&b, payouts)
		view, err := store.View(summary.ID)
		if err != nil {
			return "", err
		}
		for e, err := range view.Events() {
			if err != nil {
				return "", errors.Join(err, view.Close())
			}
			fmt.Fprintln(&b, e)
		}
		if err := view.Close(); err != nil {
			return "", err
		}
	}
	accepted, err := store.Accepted(ledger.AcceptName("014", line(5).AccountNumber, line(5).Name, "SOMEBODY ELSE"))
	fmt.Fprintln(&b, accepted)
	return b.String(), err
}

// damage is a damaged ledger's file, tried out.
type damage struct {
	path string
	want string // what the ledger said before it was damaged
}

// try opens damaged bytes for writing and reads all. It returns the error that was noticed, and
// fails the test when something else is said than before, or the file is changed or made anew.
func (d damage) try(t *testing.T, name string, damaged []byte) error {
	t.Helper()
	if err := os.WriteFile(d.path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := ledger.Open(d.path, ledger.Options{Environment: "sandbox", Create: true})
	if err == nil {
		said := ""
		said, err = everything(store)
		if err == nil && said != d.want {
			t.Errorf("%s: nobody noticed, and the ledger says something else", name)
		}
		if closing := store.Close(); closing != nil {
			t.Errorf("%s: close: %v", name, closing)
		}
	} else if !errors.Is(err, ledger.ErrDamaged) && !errors.Is(err, ledger.ErrNotLedger) {
		t.Errorf("%s: %v is neither ErrDamaged nor ErrNotLedger", name, err)
	}
	if after, readErr := os.ReadFile(d.path); readErr != nil || string(after) != string(damaged) {
		t.Errorf("%s: the file was changed (%v)", name, readErr)
	}
	return err
}

func newDamage(t *testing.T, data []byte) damage {
	t.Helper()
	d := damage{path: filepath.Join(t.TempDir(), "ledger.db")}
	if err := os.WriteFile(d.path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	store := reopen(t, d.path)
	var err error
	if d.want, err = everything(store); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAFlippedBitIsNoticedOrChangesNothing(t *testing.T) {
	data, kinds := used(t)
	d := newDamage(t, data)
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 1))
		for number := range kinds {
			// Half of the flips go where the structure is: the page's header and table.
			at := number*ledger.PageSize + random.IntN(ledger.PageSize)
			if seed%2 == 0 {
				at = number*ledger.PageSize + random.IntN(256)
			}
			damaged := slices.Clone(data)
			damaged[at] ^= 1 << random.IntN(8)
			name := fmt.Sprintf("seed %d, page %d (%s), byte %d", seed, number, kinds[number], at%ledger.PageSize)
			if err := d.try(t, name, damaged); err != nil && kinds[number] == "free" {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestAWrongPageNumberIsNoticed sends the library in circles, beyond the file and into other trees.
func TestAWrongPageNumberIsNoticed(t *testing.T) {
	data, kinds := used(t)
	d := newDamage(t, data)
	branch := slices.Index(kinds, "branch")
	child := branch*ledger.PageSize + 16 + 8 // of the first entry: after the page's header, position and key size
	if own := ledger.NativeUint64(data[child:]); own >= uint64(len(kinds)) || kinds[own] != "leaf" {
		t.Fatalf("the test does not understand the branch page: its first child is %d", own)
	}
	freePage := uint64(slices.Index(kinds, "free"))
	freelist := slices.Index(kinds, "freelist")*ledger.PageSize + 16
	if !slices.Contains(kinds, "free") || kinds[ledger.NativeUint64(data[freelist:])] != "free" {
		t.Fatal("the test does not understand the list of free pages")
	}
	for _, test := range []struct {
		name  string
		at    int
		value uint64
	}{
		{"a branch that is its own child", child, uint64(branch)},
		{"a child beyond the file", child, 1 << 40},
		{"a child just beyond the file", child, uint64(len(data) / ledger.PageSize)},
		{"a child that is a meta page", child, 0},
		{"a child that is free", child, freePage},
		{"a child that is another's", child, ledger.NativeUint64(data[child+16:])},
		{"a used page on the list of free ones", freelist, ledger.NativeUint64(data[child:])},
		{"a free page beyond the file", freelist, 1 << 40},
		{"a meta page on the list of free ones", freelist, 1},
		{"a free page twice", freelist, ledger.NativeUint64(data[freelist+8:])},
	} {
		damaged := slices.Clone(data)
		binary.NativeEndian.PutUint64(damaged[test.at:], test.value)
		if err := d.try(t, test.name, damaged); err == nil {
			t.Errorf("%s went unnoticed", test.name)
		}
	}
}

// TestEveryBitOfABranchPageIsChecked: where a key lies may change unnoticed as long as all is
// found where it was; what a page is, and which pages are below it, may not.
func TestEveryBitOfABranchPageIsChecked(t *testing.T) {
	data, kinds := used(t)
	d := newDamage(t, data)
	page := slices.Index(kinds, "branch") * ledger.PageSize
	for at := range 16 + 16*3 {
		for _, bit := range []byte{1, 0x10, 0x80} {
			damaged := slices.Clone(data)
			damaged[page+at] ^= bit
			ofKey := at >= 16 && at%16 < 8
			if err := d.try(t, fmt.Sprintf("byte %d bit %#x", at, bit), damaged); err == nil && !ofKey {
				t.Errorf("byte %d bit %#x went unnoticed", at, bit)
			}
		}
	}
}

// TestALostMetaPageIsNoticed: without the newer one, the library takes the ledger of one
// transaction before for the whole, in which the last intent was never recorded.
func TestALostMetaPageIsNoticed(t *testing.T) {
	data, _ := used(t)
	d := newDamage(t, data)
	for number := range 2 {
		for at := range 80 {
			damaged := slices.Clone(data)
			damaged[number*ledger.PageSize+at] ^= 8
			overflow := at >= 10 && at < 16 // of the page's header: a meta page uses neither count nor overflow
			if err := d.try(t, fmt.Sprintf("meta %d byte %d", number, at), damaged); (err == nil) != overflow {
				t.Errorf("meta %d, byte %d: %v", number, at, err)
			}
		}
	}
}

func TestACutOffLedgerIsNoticed(t *testing.T) {
	data, kinds := used(t)
	d := newDamage(t, data)
	for number := range kinds {
		for _, size := range []int{number * ledger.PageSize, number*ledger.PageSize + ledger.PageSize/2, number*ledger.PageSize + 1} {
			if err := d.try(t, fmt.Sprintf("%d of %d bytes", size, len(data)), slices.Clone(data[:size])); err == nil {
				t.Errorf("cut off at byte %d of page %d: unnoticed", size%ledger.PageSize, number)
			}
		}
	}
}

func TestAZeroedPageIsNoticed(t *testing.T) {
	data, kinds := used(t)
	d := newDamage(t, data)
	for number, kind := range kinds {
		for name, length := range map[string]int{"a page": ledger.PageSize, "a sector": 512} {
			damaged := slices.Clone(data)
			clear(damaged[number*ledger.PageSize : number*ledger.PageSize+length])
			if err := d.try(t, fmt.Sprintf("%s zeroed at page %d (%s)", name, number, kind), damaged); (err == nil) != (kind == "free") {
				t.Errorf("%s zeroed at page %d (%s): %v", name, number, kind, err)
			}
		}
	}
	if err := d.try(t, "all zero", make([]byte, len(data))); err == nil {
		t.Error("a zeroed ledger went unnoticed")
	}
}

func TestPagesInEachOthersPlaceAreNoticed(t *testing.T) {
	data, kinds := used(t)
	d := newDamage(t, data)
	random := rand.New(rand.NewPCG(7, 7))
	for range 40 {
		a, b := random.IntN(len(kinds)), random.IntN(len(kinds))
		if a == b || kinds[a] == "free" && kinds[b] == "free" {
			continue
		}
		damaged := slices.Clone(data)
		copy(damaged[a*ledger.PageSize:], data[b*ledger.PageSize:(b+1)*ledger.PageSize])
		if err := d.try(t, fmt.Sprintf("page %d (%s) over page %d (%s)", b, kinds[b], a, kinds[a]), damaged); err == nil && kinds[a] != "free" {
			t.Errorf("page %d (%s) in the place of page %d (%s): unnoticed", b, kinds[b], a, kinds[a])
		}
	}
}

func TestWhatIsNoLedgerIsLeftAlone(t *testing.T) {
	data, _ := used(t)
	d := newDamage(t, data)
	for name, content := range map[string][]byte{
		"empty":           {},
		"one byte":        {0},
		"a text":          []byte("employee_id,name,bank\n1,Budi,014\n"),
		"a long text":     []byte(strings.Repeat("employee_id,name,bank\n", 10_000)),
		"a database file": append([]byte("SQLite format 3\x00"), make([]byte, 20_000)...),
	} {
		if err := d.try(t, name, content); !errors.Is(err, ledger.ErrNotLedger) {
			t.Errorf("%s: %v, want ErrNotLedger", name, err)
		}
	}

	folder := t.TempDir()
	link := filepath.Join(folder, "link.db")
	if err := os.WriteFile(d.path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(d.path, link); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(folder, "dangling.db")
	if err := os.Symlink(filepath.Join(folder, "nowhere"), dangling); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{folder, link, dangling} {
		for _, o := range []ledger.Options{{Create: true}, {ReadOnly: true}} {
			if _, err := ledger.Open(path, o); !errors.Is(err, ledger.ErrNotLedger) {
				t.Errorf("%s %+v: %v, want ErrNotLedger", filepath.Base(path), o, err)
			}
		}
	}
	if _, err := os.Lstat(filepath.Join(folder, "nowhere")); err == nil {
		t.Error("a ledger was made where a link points")
	}
}

func TestADatabaseOfSomebodyElseIsNoLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := ledger.Tamper(path, func(*ledger.Tampering) error { return nil }); err != nil { // makes an empty database
		t.Fatal(err)
	}
	if _, err := ledger.Open(path, ledger.Options{Create: true}); !errors.Is(err, ledger.ErrNotLedger) {
		t.Errorf("got %v, want ErrNotLedger", err)
	}
}

// TestADamagedLedgerIsNotLeftLocked: who repaired it, or put a copy in its place, can go on.
func TestADamagedLedgerIsNotLeftLocked(t *testing.T) {
	data, kinds := used(t)
	d := newDamage(t, data)
	for _, at := range []int{slices.Index(kinds, "freelist") * ledger.PageSize, slices.Index(kinds, "branch") * ledger.PageSize} {
		damaged := slices.Clone(data)
		clear(damaged[at : at+16])
		if err := d.try(t, "zeroed", damaged); err == nil {
			t.Error("unnoticed")
		}
		if err := d.try(t, "repaired", slices.Clone(data)); err != nil {
			t.Errorf("after a damaged one, the repaired one: %v", err)
		}
	}
}
