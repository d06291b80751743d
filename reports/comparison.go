package reports

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gajian/ledger"
)

// comparison is how the batch and its base differ in whom they pay. The base is the earlier batch that
// the payroll file was compared with when it came in.
//
// It holds eight bytes an employee of the batch, and as many for each who has vanished: eight
// megabytes for a million, which is what a list without an order can be compared by in one pass. All
// else passes through.
type comparison struct {
	employees []employeeKey // of the batch, sorted
	changed   int           // lines of the batch that are not as they were, new employees among them
	inBoth    int           // employees whom both pay
	vanished  int           // employees whom only the base has paid
}

// employeeKey is the beginning of the SHA-256 of an employee ID. Of a million employees two have the
// same with a probability of one in thirty million, and then one who has vanished might not be told.
type employeeKey uint64

// keyOf is the key of an employee ID, in which case and blanks do not count, as in a check.
func keyOf(employee string) employeeKey {
	sum := sha256.Sum256([]byte(strings.ToUpper(strings.Join(strings.Fields(employee), " "))))
	return employeeKey(binary.BigEndian.Uint64(sum[:]))
}

var errNoBase = errors.New("the batch that this one was compared with was not given")

// compare walks the payouts of the batch and of its base.
func (w *workbook) compare() (c comparison, err error) {
	c.employees = make([]employeeKey, 0, w.summary.Lines)
	for p, err := range w.source.Payouts() {
		if err := errors.Join(err, w.ctx.Err()); err != nil {
			return c, err
		}
		c.employees = append(c.employees, keyOf(p.EmployeeID))
		if p.Changes.What != 0 {
			c.changed++
		}
	}
	slices.Sort(c.employees)
	c.employees = slices.Compact(c.employees)
	if w.summary.Base == "" {
		return c, nil
	}
	met, gone := make([]bool, len(c.employees)), []employeeKey(nil)
	err = w.eachPaidByBase(func(p ledger.Payout) error {
		key := keyOf(p.EmployeeID)
		if i, found := slices.BinarySearch(c.employees, key); found {
			met[i] = true
		} else {
			gone = append(gone, key)
		}
		return nil
	})
	for _, found := range met {
		if found {
			c.inBoth++
		}
	}
	slices.Sort(gone)
	c.vanished = len(slices.Compact(gone))
	return c, err
}

// eachPaidByBase walks what the base has paid.
func (w *workbook) eachPaidByBase(visit func(ledger.Payout) error) error {
	if w.options.Base == nil {
		return errNoBase
	}
	for p, err := range w.options.Base.Payouts() {
		if err := errors.Join(err, w.ctx.Err()); err != nil {
			return err
		}
		if p.Status != ledger.Settled {
			continue
		}
		if err := visit(p); err != nil {
			return err
		}
	}
	return nil
}

// has reports whether the batch has an employee.
func (c comparison) has(employee string) bool {
	_, found := slices.BinarySearch(c.employees, keyOf(employee))
	return found
}

// heading says what was compared with what, and what came of it.
func (w *workbook) heading(c comparison) string {
	lines := counted(c.changed, "line is", "lines are")
	switch {
	case w.summary.Base != "":
		return fmt.Sprintf("Compared with batch %s of period %s: %s in both; %s new or not as last time; %s of that batch not in this file.",
			w.summary.Base, w.options.Base.Summary().Period, counted(c.inBoth, "employee", "employees"), lines, counted(c.vanished, "employee", "employees"))
	case w.summary.Replaces > 0 && w.summary.Replaces == w.summary.Lines:
		return fmt.Sprintf("A retry, so it is compared with no batch, only each line with the employee's last payment: %s new or not as last time.", lines)
	}
	return fmt.Sprintf("No earlier batch has paid these employees with these pay types. Each line is compared with the employee's last payment: %s new or not as last time.", lines)
}

// counted is a number with its noun: "1 line", "1,500 lines".
func counted(n int, one, several string) string {
	noun := several
	if n == 1 {
		noun = one
	}
	return (ledger.Sen(n) * ledger.Rupiah).Grouped() + " " + noun
}
