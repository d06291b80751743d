package batch

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gajian/ledger"
)

// duplicates finds lines that pay what another line pays already: the same employee in the same
// period with the same pay type; or the same account in the same period the same amount; or in
// place of the same failed payout. Equal honest payments pass: one employee's salary and allowance,
// when both have a pay type and these differ. Case and blanks of employee and pay type do not count.
//
// While the file is read it keeps only a hash of each key, in five bytes, and drops them all once
// the file was compared. Keys that occur twice, in the file or in earlier batches, are few; only for
// them whole lines are remembered and compared.
type duplicates struct {
	store  *ledger.Store
	seed   maphash.Seed
	buffer []byte // of the key that is being hashed

	hashes  [rules]*hashSet   // by rule: of every line that has such a key, until the file was compared
	retries bool              // some line replaces another
	recent  string            // a batch of another period, of these days, that pays one of the lines
	twice   map[uint64]bool   // hashes that occur more than once in the file
	earlier map[uint64][]twin // payouts of earlier batches whose hash is in the file
	first   map[uint64][]twin // lines of this file already judged whose hash is in twice
}

// The rules, by what lines are compared.
const (
	byEmployee = iota
	byAccount
	byRetry
	byHolder // of an account, whatever the amount: no duplicate, but worth knowing
	rules
)

// recentDays is how near two payrolls of different periods must be for the second to need a
// person's word: months are further apart, a crash and a corrected file are not.
const recentDays = 10 * 24 * time.Hour

// twin is the other line of a possible duplicate.
type twin struct {
	label string
	where string // how far it has come and when, for people
	line  ledger.Line
}

// standing says how far a payout has come, and of a settled one when the money arrived.
func standing(p ledger.Payout) string {
	if p.Status == ledger.Settled && !p.SettledAt.IsZero() {
		return "settled on " + day(p.SettledAt)
	}
	return p.Status.String()
}

// standingOf says it of a payout whose batch was made at a time.
func standingOf(p ledger.Payout, made time.Time) string {
	if p.Status == ledger.Settled {
		return standing(p)
	}
	return standing(p) + ", batch of " + day(made)
}

func day(t time.Time) string { return t.In(ledger.WIB).Format(time.DateOnly) }

func newDuplicates() *duplicates {
	return &duplicates{seed: maphash.MakeSeed(), hashes: [rules]*hashSet{{}, {}, {}, {}},
		twice: map[uint64]bool{}, earlier: map[uint64][]twin{}, first: map[uint64][]twin{}}
}

// keys returns the hashes of what a line is compared by. A line that replaces none has no key for
// that rule: 0.
func (d *duplicates) keys(l ledger.Line) (keys [rules]uint64) {
	employee := append(appendFold(append(d.buffer[:0], "employee\x00"...), l.EmployeeID), 0)
	d.buffer = appendFold(employee, l.PayType)
	keys[byEmployee] = d.hash(d.buffer)
	account := append(append(append(append(d.buffer[:0], "account\x00"...), l.BankCode...), 0), l.AccountNumber...)
	keys[byHolder] = d.hash(account)
	d.buffer = strconv.AppendInt(append(account, 0), int64(l.Amount), 10)
	keys[byAccount] = d.hash(d.buffer)
	if l.RetryOf != "" {
		keys[byRetry] = d.hash([]byte("retry\x00" + replaced(l)))
	}
	return keys
}

// hash is never 0.
func (d *duplicates) hash(key []byte) uint64 {
	return max(maphash.Bytes(d.seed, key)>>(64-hashBits), 1)
}

// fold makes "gaji  Pokok" and "GAJI POKOK" one.
func fold(text string) string { return strings.ToUpper(strings.Join(strings.Fields(text), " ")) }

// appendFold appends what fold makes of a text. Nearly all of them are ASCII without double blanks.
func appendFold(to []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c <= ' ' && (c != ' ' || i == 0 || i == len(text)-1 || text[i-1] == ' ') || c >= utf8.RuneSelf {
			return append(to, fold(text)...)
		}
	}
	start := len(to)
	to = append(to, text...)
	for i, c := range to[start:] {
		if c >= 'a' && c <= 'z' {
			to[start+i] = c - 'a' + 'A'
		}
	}
	return to
}

// replaced returns the payout that a line replaces, "BATCH/LINE", whichever attempt it names.
func replaced(l ledger.Line) string {
	parts := strings.Split(fold(l.RetryOf), "/")
	return strings.Join(parts[:min(len(parts), 2)], "/")
}

// see takes a line while the file is read for the first time.
func (d *duplicates) see(l ledger.Line) {
	d.retries = d.retries || l.RetryOf != ""
	for rule, key := range d.keys(l) {
		if key != 0 {
			d.hashes[rule].add(key)
		}
	}
}

// compare finds the keys that occur twice in the file, and those in earlier batches: of the period
// by every rule, of other periods by what they replace. explicit says that a person named the
// period; when nobody did, a batch of these days under another period is noted as well.
func (d *duplicates) compare(ctx context.Context, store *ledger.Store, s Stock, explicit bool) error {
	d.store = store
	defer func() { d.hashes = [rules]*hashSet{} }() // a megabyte for every hundred thousand lines
	for _, hashes := range d.hashes {
		hashes.sort(func(hash uint64) { d.twice[hash] = true })
	}
	if store == nil {
		return nil
	}
	batches, err := store.Batches()
	if err != nil {
		return err
	}
	for _, b := range batches {
		var compared []int
		near := !explicit && (!b.Finished() || time.Since(b.CreatedAt) < recentDays)
		switch {
		case b.Digest == s.Digest:
		case b.Period == s.Period:
			compared = []int{byEmployee, byAccount, byRetry}
		case near:
			compared = []int{byEmployee, byAccount, byRetry}
		case d.retries:
			compared = []int{byRetry}
		}
		if err := d.compareWith(ctx, b.Batch, b.Period == s.Period, compared); err != nil {
			return err
		}
	}
	return nil
}

// blocking are the statuses of a payout that is paid, under way, or may still be released.
var blocking = []ledger.Status{ledger.Queued, ledger.Verified, ledger.Submitting, ledger.Pending, ledger.Settled, ledger.Held}

// comparePage is how many payouts of an earlier batch are read at once.
const comparePage = 1024

// compareWith looks for the file's keys among an earlier batch's payouts.
func (d *duplicates) compareWith(ctx context.Context, b ledger.Batch, samePeriod bool, compared []int) error {
	for line := 0; len(compared) > 0; {
		payouts, last, err := d.store.After(b.ID, line, comparePage, blocking...)
		if err != nil || len(payouts) == 0 {
			return err
		}
		for _, p := range payouts {
			d.compareWithPayout(p, b.CreatedAt, samePeriod, compared)
		}
		if line = last; ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

func (d *duplicates) compareWithPayout(p ledger.Payout, made time.Time, samePeriod bool, compared []int) {
	keys := d.keys(p.Line)
	for _, rule := range compared {
		key := keys[rule]
		switch {
		case key == 0 || !d.hashes[rule].contains(key):
		case samePeriod || rule == byRetry:
			d.earlier[key] = append(d.earlier[key], twin{label: p.Label(), where: standingOf(p, made), line: p.Line})
		default:
			d.recent = p.Batch
		}
	}
}

// none reports whether no line can be a duplicate.
func (d *duplicates) none() bool {
	return len(d.twice) == 0 && len(d.earlier) == 0 && !d.retries
}

// restart forgets the lines that were judged, for another walk through the file.
func (d *duplicates) restart() { clear(d.first) }

// judge returns the line as it goes into the ledger: queued, or held and why. It is called for
// every line, in the file's order.
func (d *duplicates) judge(l ledger.Line) ledger.Draft {
	draft := ledger.Draft{Line: l}
	d.checkReplaced(&draft)
	for rule, key := range d.keys(l) {
		switch {
		case key == 0:
			continue
		case rule == byHolder:
			d.compareHolders(&draft, d.first[key])
		default:
			d.compareWithAll(&draft, d.earlier[key])
			d.compareWithAll(&draft, d.first[key])
		}
		if d.twice[key] {
			d.first[key] = append(d.first[key], twin{label: fmt.Sprintf("line %d", l.Number), where: "in this file", line: l})
		}
	}
	return draft
}

// compareWithAll compares until the draft is held: in a file with one account in every line that
// is at the first other line, however many there are.
func (d *duplicates) compareWithAll(draft *ledger.Draft, others []twin) {
	for i := 0; i < len(others) && draft.Hold == ledger.HoldNone; i++ {
		d.compareTwin(draft, others[i])
	}
}

// compareHolders notes that another employee is paid to the same account, unless a person has
// accepted that. It ends at the first.
func (d *duplicates) compareHolders(draft *ledger.Draft, others []twin) {
	for _, other := range others {
		if fold(draft.EmployeeID) != fold(other.line.EmployeeID) && draft.BankCode == other.line.BankCode &&
			draft.AccountNumber == other.line.AccountNumber && !d.acceptedShare(draft.Line, other.line) {
			draft.Changes.What, draft.Changes.Other = draft.Changes.What|ledger.ChangeShared, other.line.EmployeeID
			return
		}
	}
}

// compareTwin holds the draft when the other line pays the same.
func (d *duplicates) compareTwin(draft *ledger.Draft, other twin) {
	l, o := draft.Line, other.line
	sameEmployee := fold(l.EmployeeID) == fold(o.EmployeeID)
	sameAccount := l.BankCode == o.BankCode && l.AccountNumber == o.AccountNumber && l.Amount == o.Amount
	ownTypes := l.PayType != "" && o.PayType != "" && fold(l.PayType) != fold(o.PayType)
	switch {
	case l.RetryOf != "" && o.RetryOf != "" && replaced(l) == replaced(o):
		d.hold(draft, other, ledger.HoldDuplicate, "%s (%s) replaces the same payout, %s", other.label, other.where, replaced(l))
	case sameEmployee && fold(l.PayType) == fold(o.PayType):
		d.hold(draft, other, ledger.HoldDuplicate, "employee %s is paid by %s already (%s), same period and pay type", l.EmployeeID, other.label, other.where)
	case sameAccount && sameEmployee && !ownTypes:
		d.hold(draft, other, ledger.HoldDuplicate, "%s (%s) pays employee %s the same amount to the same account, and no pay types tell the two apart", other.label, other.where, l.EmployeeID)
	case sameAccount && !sameEmployee && !d.acceptedShare(l, o):
		draft.SharedWith = o.EmployeeID
		d.hold(draft, other, ledger.HoldSharedAccount, "%s (%s) pays the same amount to the same account for employee %s", other.label, other.where, o.EmployeeID)
	}
}

func (d *duplicates) hold(draft *ledger.Draft, other twin, hold ledger.Hold, reason string, values ...any) {
	draft.Hold, draft.Reason, draft.DuplicateOf = hold, fmt.Sprintf(reason, values...), other.label
}

// checkReplaced holds a line that says it replaces a payout which cannot be replaced.
func (d *duplicates) checkReplaced(draft *ledger.Draft) {
	if draft.RetryOf == "" || d.store == nil {
		return
	}
	batch, line, wellFormed := draft.Replaces()
	p, err := ledger.Payout{}, ledger.ErrUnknownPayout
	if wellFormed {
		p, err = d.store.Payout(batch, line)
	}
	switch {
	case err != nil:
		d.hold(draft, twin{}, ledger.HoldDuplicate, "it says that it replaces %s, which is not in this ledger", draft.RetryOf)
	case slices.Contains(blocking, p.Status):
		d.hold(draft, twin{label: p.Label()}, ledger.HoldDuplicate, "it says that it replaces %s, which is %s", p.Label(), standing(p))
	}
}

// acceptedShare reports whether a person accepted before that the two employees share the account.
func (d *duplicates) acceptedShare(l, other ledger.Line) bool {
	if d.store == nil {
		return false
	}
	accepted, err := d.store.Accepted(ledger.AcceptShared(l.BankCode, l.AccountNumber, l.EmployeeID, other.EmployeeID))
	return err == nil && accepted // a record that cannot be read accepts nothing
}
