package main

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWrappedTextKeepsCommandsInOnePiece(t *testing.T) {
	for _, c := range []struct {
		what, text string
		want       []string
	}{
		{"a flag and its value", "say the month: --period 2026-11 please", []string{"say the month:", "--period 2026-11", "please"}},
		{"a command and its flag", "it is (gajian check --fix makes one)", []string{"it is", "(gajian check --fix", "makes one)"}},
		{"a command in quotation marks", "for the codes see `gajian banks` and", []string{"for the codes see", "`gajian banks` and"}},
		{"a flag at the end of a clause", "with (--fix) or --changes, a copy", []string{"with (--fix) or", "--changes, a copy"}},
		{"a word longer than the page", "see " + strings.Repeat("x", 30) + " there", []string{"see", strings.Repeat("x", 30), "there"}},
		{"nothing", "", []string{""}},
	} {
		if got := width(20).wrap("", "", c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.what, got, c.want)
		}
	}
}

func TestWrappingLosesNoWordAndLeavesThePageForLongOnesOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[a-zé]{1,9}`)).Draw(t, "words")
		w := width(rapid.IntRange(12, 100).Draw(t, "width"))
		lines := w.wrap("- ", "  ", strings.Join(words, " "))
		if got := strings.Fields(strings.Join(lines, " "))[1:]; !slices.Equal(got, words) {
			t.Fatalf("%q became %q", words, got)
		}
		for _, line := range lines {
			if utf8.RuneCountInString(line) > int(w) {
				t.Fatalf("%q is longer than %d", line, w)
			}
		}
	})
}

func TestStepsStandBelowTheirCommandsWhereThereIsNoRoomBeside(t *testing.T) {
	steps := [][]string{{"gajian run gaji.csv", "pays it"}, {"gajian check gaji.csv --inquire", "asks the bank for every holder's name"}}
	beside := []string{"gajian run gaji.csv              pays it", "gajian check gaji.csv --inquire  asks the bank for every holder's name"}
	below := []string{"gajian run gaji.csv", "    pays it", "gajian check gaji.csv --inquire", "    asks the bank for every holder's", "    name"}
	if got := width(100).steps(steps); !slices.Equal(got, beside) {
		t.Errorf("on a wide page: %q", got)
	}
	if got := width(44).steps(steps); !slices.Equal(got, below) {
		t.Errorf("on a narrow page: %q", got)
	}
	if got := width(44).steps([][]string{{"one sentence that says what is to be done now"}}); len(got) != 2 {
		t.Errorf("a sentence: %q", got)
	}
}

func TestAColumnThatIsEmptyInEveryRowTakesNoRoom(t *testing.T) {
	got := width(60).columns([][]string{{"line 2", "", "Budi", ""}, {"line 13", "", "Siti Aminah", "why she is in this table, in more words than one line has"}})
	want := []string{"line 2   Budi", "line 13  Siti Aminah  why she is in this table, in", "                      more words than one line has"}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}
