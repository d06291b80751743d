package payroll_test

import (
	"reflect"
	"testing"

	"gajian/batch/payroll"
)

func TestTheColumnOfAMarkedCopyCountsForNothing(t *testing.T) {
	plain := "employee_id,name,bank,account_number,amount,Shift\nE1,Budi,BCA,1234567890,1,A\n"
	marked := "employee_id,name,bank,account_number,amount,Shift,Gajian Check\nE1,Budi,BCA,1234567890,1,A,error: BATAL in USD TOTAL\n\n,,,,,,a word\n"
	want, wantResult, err := read(t, []byte(plain), payroll.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, result, err := read(t, []byte(marked), payroll.Options{})
	if err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(result.ExtraColumns, wantResult.ExtraColumns) || result.WarningCount != 0 {
		t.Errorf("%+v, %v, %v %v", got, err, result.ExtraColumns, result.Warnings)
	}
}
