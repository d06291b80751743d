package payroll_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"gajian/batch/payroll"
)

func TestMarkedCSV(t *testing.T) {
	const head = "employee_id,name,bank,account_number,amount"
	extra := map[int][]string{2: {"=SUM(A1) paid in batch X"}}
	for _, tt := range []struct {
		name, text string
		extra      map[int][]string
		want       string // "…" stands for any text
		marked     int
	}{
		{name: "nothing to say", text: head + "\nE1,Budi,BCA,1234567890,1\n", want: head + ",gajian_check\nE1,Budi,BCA,1234567890,1,\n"},
		{name: "no line end at the end", text: head + "\nE1,Budi,BCA,1234567890,1\nE2,Siti,BCA,1234567891,2", extra: extra,
			want: head + ",gajian_check\nE1,Budi,BCA,1234567890,1,note: =SUM(A1) paid in batch X\nE2,Siti,BCA,1234567891,2,…", marked: 2},
		{name: "an error and a remark", text: head + "\r\nE1,Budi,BCA,123456789,1\r\n", extra: extra,
			want: head + ",gajian_check\r\nE1,Budi,BCA,123456789,1,\"error: account_number \"\"123456789\"\"…0123456789… | note: =SUM(A1)…\"\r\n", marked: 1},
		{name: "titles, blank lines and quotes stay", text: "PT Maju\n\n" + head + "\n\n\"E1\",\"Budi, S.Kom\",BCA,1234567890,1\n",
			want: "PT Maju\n\n" + head + ",gajian_check\n\n\"E1\",\"Budi, S.Kom\",BCA,1234567890,1,\n"},
		{name: "a total row", text: head + "\nE1,Budi,BCA,1234567890,1\nTOTAL,,,,2\n", want: head + ",gajian_check\nE1,Budi,BCA,1234567890,1,\nTOTAL,,,,2,\"error: amount…\"\n", marked: 1},
		{name: "a short row stays short", text: head + "\nE1,Budi,1234567890,1\n", want: head + ",gajian_check\nE1,Budi,1234567890,1,\"error: the row has 4 cells…\"\n", marked: 1},
		{name: "blank cells too many", text: head + "\nE1,Budi,BCA,1234567890,1,,\n", want: head + ",gajian_check\nE1,Budi,BCA,1234567890,1,\n"},
		{name: "a quotation mark too many", text: head + "\nE1,Bu\"di,BCA,1234567890,1\n", want: head + ",gajian_check\nE1,Bu\"di,BCA,1234567890,1,\"error: a quotation mark…\"\n", marked: 1},
		{name: "semicolons and sep=", text: "sep=;\nemployee_id;name;bank;account_number;amount\nE1;Budi;BCA;123;1\n",
			want: "sep=;\nemployee_id;name;bank;account_number;amount;gajian_check\nE1;Budi;BCA;123;1;\"error: account_number…\"\n", marked: 1},
		{name: "a byte order mark", text: "\ufeff" + head + "\nE1,Budi,BCA,1234567890,1\n", want: "\ufeff" + head + ",gajian_check\nE1,Budi,BCA,1234567890,1,\n"},
		{name: "Windows-1252", text: head + "\nE1,Andr\xe9,BCA,1234567890,1\n", want: "\ufeff" + head + ",gajian_check\nE1,André,BCA,1234567890,1,\n"},
		{name: "a copy that is marked anew", text: head + ",gajian_check,Shift\nE1,Budi,BCA,1234567890,1,error: old,A\nE2,Siti,BCA,123,1,,\"B,C\"\n",
			want: head + ",gajian_check,Shift\nE1,Budi,BCA,1234567890,1,,A\nE2,Siti,BCA,123,1,\"error: account_number…\",\"B,C\"\n", marked: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path, out := save(t, "payroll.csv", []byte(tt.text), "marked.csv")
			marked, err := payroll.WriteMarked(t.Context(), path, out, payroll.Options{}, tt.extra)
			if err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if !like(string(content), tt.want) || marked != tt.marked {
				t.Errorf("%d marked:\n%s, want %d:\n%s", marked, content, tt.marked, tt.want)
			}
			lines, result, err := read(t, []byte(tt.text), payroll.Options{})
			again, repeated, errAgain := read(t, content, payroll.Options{})
			if !reflect.DeepEqual(lines, again) || places(problemsOf(t, err)) != places(problemsOf(t, errAgain)) || !reflect.DeepEqual(result.ExtraColumns, repeated.ExtraColumns) {
				t.Errorf("the copy reads as\n%v %v, not\n%v %v", again, errAgain, lines, err)
			}
		})
	}
}

// like compares with a text in which … stands for anything.
func like(text, pattern string) bool {
	for i, part := range strings.Split(pattern, "…") {
		at := strings.Index(text, part)
		if at < 0 || i == 0 && at > 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return text == "" || strings.HasSuffix(pattern, "…")
}

func TestMarkedWorkbook(t *testing.T) {
	rows := append([][]any{}, damagedRows...)
	rows[2] = []any{"E1", "Budi", "BCA", 123456789, 1_500_000, "Gaji", nil, "a word without a header"}
	path, out := save(t, "payroll.xlsx", book(t, rows, nil), "marked.xlsx")
	marked, err := payroll.WriteMarked(t.Context(), path, out, payroll.Options{}, map[int][]string{7: {"held: the same as line 3"}, 1: {"above the header"}})
	if err != nil || marked != 7 {
		t.Fatalf("%d lines marked, %v", marked, err)
	}
	f := openCopy(t, out, "")
	if got := valueOf(t, f, "Sheet1", "I2"); got != payroll.CheckHeader {
		t.Errorf("the header is %q", got)
	}
	for cell, want := range map[string]string{"I3": "error: account_number \"123456789\"…probably \"0123456789\"…warning: …a word without a header…", "I7": "warning: …\nnote: held: the same as line 3", "I1": "", "H3": "a word without a header"} {
		if got := valueOf(t, f, "Sheet1", cell); !like(got, want) {
			t.Errorf("%s holds %q", cell, got)
		}
	}
	again := strings.TrimSuffix(out, ".xlsx") + "2.xlsx"
	if marked, err = payroll.WriteMarked(t.Context(), out, again, payroll.Options{}, nil); err != nil || marked != 7 {
		t.Fatalf("marked again: %d, %v", marked, err)
	}
	f = openCopy(t, again, "")
	if got := valueOf(t, f, "Sheet1", "I7"); strings.Contains(got, "held") || !strings.HasPrefix(got, "warning: ") {
		t.Errorf("marked anew I7 holds %q", got)
	}
	_, _, err = read(t, book(t, rows, nil), payroll.Options{})
	_, _, errAgain := readFile(t, again, payroll.Options{})
	if places(problemsOf(t, err)) != places(problemsOf(t, errAgain)) {
		t.Errorf("the copy has problems at %s, not %s", places(problemsOf(t, errAgain)), places(problemsOf(t, err)))
	}
}
