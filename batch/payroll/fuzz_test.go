package payroll_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"reflect"
	"strings"
	"testing"

	"gajian/batch/payroll"
	"gajian/ledger"
)

// FuzzReadCSV holds that every refusal can be acted on, and that an accepted file written anew in the
// plainest form is the same payroll.
func FuzzReadCSV(f *testing.F) {
	for _, c := range csvCases {
		text := strings.NewReplacer("§", "", "¤", "").Replace(c.text)
		f.Add([]byte(text))
	}
	f.Add([]byte("\xff\xfee\x00m\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 1<<16 {
			return
		}
		checkReading(t, content)
	})
}

// FuzzReadSheet changes the XML of a sheet inside a workbook that is whole otherwise.
func FuzzReadSheet(f *testing.F) {
	whole := book(f, [][]any{xlsxHead, good(1), good(2)}, nil)
	const sheet = "xl/worksheets/sheet1.xml"
	_, bodies := entries(f, whole)
	f.Add(bodies[sheet])
	f.Add(strings.Replace(bodies[sheet], `<row r="3"`, `<row r="-1"`, 1))
	f.Add(strings.Replace(bodies[sheet], `<c r="E3"`, `<c`, 1))
	f.Add(strings.Replace(bodies[sheet], `<v>0</v>`, `<v>-1</v>`, 1))
	f.Fuzz(func(t *testing.T, xml string) {
		if len(xml) > 1<<16 {
			return
		}
		bodies[sheet] = xml
		checkReading(t, archive(t, bodies))
	})
}

// FuzzReadWorkbook changes bytes of the archive itself.
func FuzzReadWorkbook(f *testing.F) {
	f.Add(book(f, [][]any{xlsxHead, good(1)}, nil))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 1<<16 {
			return
		}
		checkReading(t, append([]byte("PK"), content[min(2, len(content)):]...))
	})
}

func checkReading(t *testing.T, content []byte) {
	lines, result, err := read(t, content, payroll.Options{})
	if err != nil {
		checkRefusal(t, err)
		return
	}
	total := ledger.Sen(0)
	last := 0
	for _, line := range lines {
		checkLine(t, line, last)
		total += line.Amount
		last = line.Number
	}
	if len(lines) == 0 || result.Lines != len(lines) || result.Total != total {
		t.Errorf("%d lines of %s, but the result says %d of %s", len(lines), total, result.Lines, result.Total)
	}
	again, repeated, err := read(t, write(t, lines, result.ExtraColumns), payroll.Options{})
	if err != nil {
		t.Fatalf("what was accepted is refused when it is written anew: %v\n%q", err, write(t, lines, result.ExtraColumns))
	}
	for i := range again {
		again[i].Number = lines[i].Number
	}
	if !reflect.DeepEqual(again, lines) || !reflect.DeepEqual(repeated.ExtraColumns, result.ExtraColumns) {
		t.Errorf("written anew it reads\n%+v, not\n%+v", again, lines)
	}
}

func checkRefusal(t *testing.T, err error) {
	var refused *payroll.RefusedError
	if !errors.As(err, &refused) || len(refused.Problems) == 0 || refused.Count < len(refused.Problems) {
		t.Fatalf("not refused but failed: %v", err)
	}
	for _, p := range refused.Problems {
		if p.Line < 0 || p.Reason == "" || p.Remedy == "" || len([]rune(p.Value)) > 80 || p.Cell != "" && p.Line == 0 {
			t.Errorf("problem %+v", p)
		}
	}
}

func checkLine(t *testing.T, line ledger.Line, last int) {
	if line.Number <= last || line.EmployeeID == "" || line.Name == "" || payroll.BankName(line.BankCode, nil) == "" ||
		strings.Trim(line.AccountNumber, "0123456789") != "" || len(line.AccountNumber) < 5 ||
		line.Amount <= 0 || line.Amount%ledger.Rupiah != 0 || line.Amount > 250_000_000*ledger.Rupiah {
		t.Errorf("line behind %d: %+v", last, line)
	}
}

// write is a payroll file in its plainest form. Extra columns whose header means something to the
// reader keep their place behind the column that had it first, which is why it writes every column.
func write(t *testing.T, lines []ledger.Line, extra []string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	// Under these names and in this order the columns win over every extra one that gave way to them.
	w.Write(append(append([]string{"employee_id", "beneficiary_name", "bank", "account_number", "phone", "email", "remark", "cost_center", "pay_type", "retry_of"}, extra...), "net_pay"))
	for _, l := range lines {
		w.Write(append(append([]string{l.EmployeeID, l.Name, l.BankCode, l.AccountNumber, l.Phone, l.Email, l.Remark, l.CostCenter, l.PayType, l.RetryOf}, l.Extra...), l.Amount.String()))
	}
	w.Flush()
	if w.Error() != nil {
		t.Fatal(w.Error())
	}
	return b.Bytes()
}
