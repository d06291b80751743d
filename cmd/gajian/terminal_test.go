package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// TestWhatComesFromOthersCannotCommandATerminal holds files whose name, headers and cells would clear a
// screen, write a line of their own or turn the direction of writing.
func TestWhatComesFromOthersCannotCommandATerminal(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file's name cannot hold control characters there")
	}
	const trick = "\x1b[2J\u009b2J\x07\u202e"
	const header = "employee_id,name,bank,account_number,amount"
	for name, tt := range map[string]struct {
		command, text string
		exit          int
		says          string
	}{
		"a good file":              {"check", header + ",Shift" + trick + "\nE1,Budi,014,1234567890,1500000,a\n", exitSettled, "is good"},
		"a good file, rehearsed":   {"rehearse", header + ",Shift\nE1,Budi,014,1234567890,1500000,a\n", exitSettled, "REHEARSAL"},
		"cells that are refused":   {"check", header + "\nE1" + trick + ",Bu" + trick + "di,0" + trick + "14,12" + trick + "34,1" + trick + "\n", exitRefused, "is refused"},
		"headers that are refused": {"check", "employee_id,name,bank,account_number,Gaji" + trick + "\nE1,Budi,014,1234567890,1\n", exitRefused, "missing"},
		"a header twice":           {"check", header + ",\"Amount\u202e\n(gajian: paid)\"\nE1,Budi,014,1234567890,1,1\n", exitRefused, "two columns"},
		"a name with invisibles":   {"check", header + "\nE1,Bu\u202edi,014,1234567890,1500000\n", exitSettled, "invisible"},
		"an empty file":            {"check", "", exitRefused, "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			t.Setenv("XDG_STATE_HOME", folder)
			t.Setenv("XDG_CONFIG_HOME", folder)
			t.Setenv("GAJIAN_PERIOD", "2026-11")
			file := filepath.Join(folder, "gaji"+trick+"\ngajian: everybody is paid\r.csv")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			p := &program{stdout: &stdout, stderr: &stderr}
			if code := p.run(t.Context(), []string{tt.command, file, "--rate", "1000", "--poll-first", "10ms", "--poll-every", "10ms", "--log-level", "error", "--report", filepath.Join(folder, "report.xlsx")}); code != tt.exit {
				t.Errorf("exit %d, want %d: %s%s", code, tt.exit, &stdout, &stderr)
			}
			shown := stdout.String() + stderr.String()
			if !strings.Contains(shown, tt.says) {
				t.Errorf("it says %q, want %q in it", shown, tt.says)
			}
			for line := range strings.Lines(shown) {
				if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
					t.Errorf("a control character reaches the terminal: %q", line)
				}
				if strings.HasPrefix(line, "gajian: everybody") || strings.HasPrefix(line, "gajian: paid") {
					t.Errorf("a line that is not ours: %q", line)
				}
			}
		})
	}
}

// TestALogLineIsOneLine logs what a file system or a provider may say.
func TestALogLineIsOneLine(t *testing.T) {
	var out bytes.Buffer
	slog.New(&sentences{out: &out, level: slog.LevelInfo, mu: &sync.Mutex{}}).Warn("the report could not be written", "error", "gaji\x1b[2J\ngajian: everybody is paid\r.xlsx")
	if said := out.String(); strings.Count(said, "\n") != 1 || strings.ContainsAny(said, "\x1b\r") {
		t.Errorf("%q; want one line without control characters", said)
	}
}
