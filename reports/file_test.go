package reports_test

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gajian/ledger"
	"gajian/reports"
)

func TestReportIsPrivateAndLeavesNothingBeside(t *testing.T) {
	path := writeWorkbook(t, everyStatus(), options)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode(); got != 0o600 {
		t.Errorf("got mode %v, want 0600", got)
	}
	wantFiles(t, filepath.Dir(path), filepath.Base(path))
}

func TestOlderReportIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.xlsx")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := reports.Write(t.Context(), path, everyStatus(), options); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode() != 0o600 || info.Size() < 1000 {
		t.Errorf("got mode %v and %d bytes", info.Mode(), info.Size())
	}
}

func TestFailingReportLeavesTheOldOne(t *testing.T) {
	broken := errors.New("checksum of line 3 is wrong")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx    context.Context
		change func(*fakeSource)
		want   error
	}{
		"a payout that cannot be read":       {t.Context(), func(f *fakeSource) { f.payouts = failing(f.payouts, broken) }, broken},
		"an event that cannot be read":       {t.Context(), func(f *fakeSource) { f.events = failing(f.events, broken) }, broken},
		"interrupted":                        {cancelled, func(*fakeSource) {}, context.Canceled},
		"a sum that is too large":            {t.Context(), func(f *fakeSource) { f.payouts = each([]ledger.Payout{huge(2), huge(3)}) }, nil},
		"more columns than a sheet can have": {t.Context(), func(f *fakeSource) { f.summary.ExtraColumns = make([]string, 20000) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "r.xlsx")
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			src := everyStatus()
			test.change(src)
			err := reports.Write(test.ctx, path, src, options)
			if err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got error %v, want %v", err, test.want)
			}
			if data, _ := os.ReadFile(path); string(data) != "old" {
				t.Error("the old report was touched")
			}
			wantFiles(t, filepath.Dir(path), "r.xlsx")
		})
	}
}

func TestOnlyPlainFilesAreReplaced(t *testing.T) {
	dir := t.TempDir()
	victim, link, folder := filepath.Join(dir, "victim"), filepath.Join(dir, "link.xlsx"), filepath.Join(dir, "folder.xlsx")
	if err := errors.Join(os.WriteFile(victim, []byte("precious"), 0o600), os.Symlink(victim, link), os.Mkdir(folder, 0o700)); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(dir, "dangling.xlsx")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), dangling); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, dangling, folder, os.DevNull} {
		if err := reports.Write(t.Context(), path, everyStatus(), options); !errors.Is(err, reports.ErrTarget) {
			t.Errorf("Write to %s: got %v, want ErrTarget", filepath.Base(path), err)
		}
		if _, err := reports.WriteRetry(t.Context(), path, everyStatus(), options); !errors.Is(err, reports.ErrTarget) {
			t.Errorf("WriteRetry to %s: got %v, want ErrTarget", filepath.Base(path), err)
		}
	}
	if data, _ := os.ReadFile(victim); string(data) != "precious" {
		t.Error("the link's target was touched")
	}
	wantFiles(t, dir, "dangling.xlsx", "folder.xlsx", "link.xlsx", "victim")
}

func TestFolderThatCannotBeWrittenTo(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{"missing": filepath.Join(dir, "no", "r.xlsx")}
	if os.Geteuid() != 0 { // a superuser may write everywhere
		paths["read-only"] = filepath.Join(dir, "r.xlsx")
	}
	for name, path := range paths {
		for _, password := range []string{"", "x"} {
			o := options
			o.Password = password
			err := reports.Write(t.Context(), path, everyStatus(), o)
			if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%s: got %v", name, err)
			}
			if err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v does not name the file", name, err)
			}
		}
	}
}

// wantFiles compares what is in dir, hidden files included, with names in alphabetical order.
func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("in the folder: got %q, want %q", got, want)
	}
}

// failing walks a few items and then fails.
func failing[T any](walk func() iter.Seq2[T, error], err error) func() iter.Seq2[T, error] {
	return func() iter.Seq2[T, error] {
		return func(yield func(T, error) bool) {
			n := 0
			for item := range walk() {
				if n++; n > 3 {
					yield(item, err)
					return
				}
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

func huge(line int) ledger.Payout {
	p := newPayout(line, ledger.Settled)
	p.Amount = 1 << 62
	return p
}

func TestWhatAKilledProcessLeftIsRemovedOnceItIsOld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "B.xlsx")
	old, young, other := filepath.Join(filepath.Dir(path), ".B.xlsx.parts-1"), filepath.Join(filepath.Dir(path), ".B.xlsx.parts-2"), filepath.Join(filepath.Dir(path), ".C.xlsx.parts-3")
	yesterday := time.Now().Add(-24 * time.Hour)
	for _, folder := range []string{old, young, other} {
		if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(filepath.Join(folder, "spool"), []byte("pay"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	oldFile, youngFile, otherFile := filepath.Join(filepath.Dir(path), ".B.xlsx123"), filepath.Join(filepath.Dir(path), ".B.xlsx456"), filepath.Join(filepath.Dir(path), ".B.xlsx.mine")
	for _, file := range []string{oldFile, youngFile, otherFile} {
		if err := os.WriteFile(file, []byte("pay"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{old, other, oldFile, otherFile} {
		if err := os.Chtimes(name, yesterday, yesterday); err != nil {
			t.Fatal(err)
		}
	}
	if err := reports.Write(t.Context(), path, newSource(newPayout(2, ledger.Settled)), options); err != nil {
		t.Fatal(err)
	}
	for folder, stays := range map[string]bool{old: false, young: true, other: true, oldFile: false, youngFile: true, otherFile: true} {
		if _, err := os.Stat(folder); (err == nil) != stays {
			t.Errorf("%s is there: %v, want %v", filepath.Base(folder), err == nil, stays)
		}
	}
}
