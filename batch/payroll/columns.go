package payroll

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"gajian/ledger"
)

// Longest texts that are taken, in characters. Names: 140, as ISO 20022 has it; an e-mail address: 254,
// RFC 5321; other columns: what a spreadsheet cell holds. The rest is generous for what the column is.
const (
	maxName    = 140
	maxID      = 64
	maxShort   = 100
	maxRemark  = 255
	maxEmail   = 254
	maxRetryOf = 128
	maxExtra   = 32767
)

// text reads a column of free text.
func (c *checker) text(r *row, f field, longest int) string {
	value := &r.cells[f]
	if value.text == "" && !value.missing {
		return ""
	}
	if n := brokenCell(*value); n.found() {
		c.fault(r, f, n)
		return ""
	}
	clean, fault, warning := cleanText(value.text)
	if fault.found() {
		c.fault(r, f, fault)
		return ""
	}
	if warning.found() {
		c.warn(r, f, warning)
	}
	if len(clean) > longest && utf8.RuneCountInString(clean) > longest {
		c.fault(r, f, note{fmt.Sprintf("the text is longer than %d characters", longest), "shorten it"})
		return ""
	}
	return clean
}

// brokenCell finds what no column may hold: an error value, a formula that was never computed.
func brokenCell(c cell) note {
	switch {
	case c.missing:
		return note{"the formula has no computed value", "open the file in Excel, let it compute, and save it again"}
	case c.kind == kindError, strings.HasPrefix(c.text, "#") && isErrorValue(c.text):
		reason := "the cell is an error value"
		if why := errorValues[strings.TrimSpace(c.text)]; why != "" {
			reason += ": " + why
		}
		return note{reason, "mend the formula or type the value"}
	}
	return note{}
}

// errorValues are Excel's, and what they mean.
var errorValues = map[string]string{
	"#N/A":    "the formula looks something up that is not there",
	"#REF!":   "the formula points to a cell or a sheet that was deleted",
	"#VALUE!": "the formula computes with a text",
	"#DIV/0!": "the formula divides by zero",
	"#NAME?":  "the formula has a word that the program does not know",
	"#NULL!":  "the formula joins ranges that have no cell in common",
	"#NUM!":   "the formula gives no number, or one that is too large",
	"#SPILL!": "the formula has no room for its results",
	"#CALC!":  "the formula cannot be computed",
}

// isErrorValue is true for Excel's error values and for the ##### of a column that is too narrow.
func isErrorValue(text string) bool {
	text = strings.TrimSpace(text)
	return errorValues[text] != "" || len(text) > 2 && strings.Trim(text, "#") == ""
}

func (c *checker) employeeID(r *row) string {
	id := r.cells[fieldEmployeeID]
	if n := brokenCell(id); n.found() {
		c.fault(r, fieldEmployeeID, n)
		return ""
	}
	n := identityDamage(id)
	if !n.found() {
		n = turned(id.text)
	}
	if n.found() {
		c.fault(r, fieldEmployeeID, n)
		return ""
	}
	clean := c.text(r, fieldEmployeeID, maxID)
	if bare := bareID(clean); bare != clean {
		c.warn(r, fieldEmployeeID, note{"an apostrophe was taken off the front of the employee id", "delete it"})
		clean = bare
	}
	if clean == "" && id.blank() {
		c.fault(r, fieldEmployeeID, note{"the employee id is empty", "write the employee's id"})
	}
	return clean
}

// bareID is an employee id without the apostrophe with which Excel is told that a text follows.
func bareID(clean string) string { return strings.TrimSpace(strings.TrimLeft(clean, "'’`")) }

func (c *checker) name(r *row) string {
	value := r.cells[fieldName]
	clean := c.text(r, fieldName, maxName)
	switch {
	case value.blank():
		c.fault(r, fieldName, note{"the name is empty", "write the name of the account's holder"})
	case clean != "" && !strings.ContainsFunc(clean, unicode.IsLetter):
		c.fault(r, fieldName, note{"the name has no letter", "write the name of the account's holder"})
		if id := r.cells[fieldEmployeeID].text; strings.ContainsFunc(id, unicode.IsLetter) && !strings.ContainsFunc(id, unicode.IsDigit) {
			c.warn(r, fieldEmployeeID, note{"the employee id reads like a name, and the name like an id", "put each into its own column"})
		}
	}
	return clean
}

// bank reads the bank columns; when there are several they must agree.
func (c *checker) bank(r *row) string {
	code, name := "", field(-1)
	for _, f := range []field{fieldBankCode, fieldBank, fieldBankName} {
		if r.cells[f].blank() {
			continue
		}
		found, fault, warning := c.banks.resolve(r.cells[f])
		if fault.found() {
			c.fault(r, f, fault)
			return ""
		}
		if warning.found() {
			c.warn(r, f, warning)
		}
		if code != "" && found != code {
			c.fault(r, f, disagree(code, c.banks.name(code), found, c.banks.name(found)))
			return ""
		}
		code, name = found, f
	}
	if name < 0 {
		c.fault(r, c.bankColumn(), note{"the bank is empty", "write the bank's code, like 014, or its name, like BCA"})
	}
	return code
}

// bankColumn is the bank column that the file has, for messages.
func (c *checker) bankColumn() field {
	for _, f := range []field{fieldBank, fieldBankCode} {
		if c.layout.has(f) {
			return f
		}
	}
	return fieldBankName
}

func (c *checker) account(r *row, bank string) string {
	value := r.cells[fieldAccount]
	if n := brokenCell(value); n.found() {
		c.fault(r, fieldAccount, n)
		return ""
	}
	if n := unreadable(value.text); n.found() {
		c.fault(r, fieldAccount, n)
		return ""
	}
	digits, fault, warnings := readAccount(value, bank, c.banks.isWallet(bank))
	if fault.found() {
		c.fault(r, fieldAccount, fault)
		return ""
	}
	for _, warning := range warnings {
		c.warn(r, fieldAccount, warning)
	}
	return digits
}

func (c *checker) amount(r *row) ledger.Sen {
	amount, fault := c.readAmount(r.cells[fieldAmount])
	if !fault.found() {
		fault = c.amountLimits(amount)
	}
	if amount == 0 && r.cells[fieldAmount].formula && r.cells[fieldAmount].text == "0" {
		// Programs that do not compute their formulas write a zero for every value.
		fault = note{"the formula gives zero, or was never computed", "open the file in Excel, let it compute, and save it again; delete the line if it is zero then"}
	}
	if fault.found() {
		c.fault(r, fieldAmount, fault)
		c.totals.unknown = true
		return 0
	}
	if !c.totals.add(amount) {
		c.fault(r, fieldAmount, note{"the total of the file is too large to be an amount of money", "split the file"})
	}
	return amount
}

// readAmount reads an amount cell without judging the amount.
func (c *checker) readAmount(value cell) (ledger.Sen, note) {
	if n := brokenCell(value); n.found() {
		return 0, n
	}
	var amount ledger.Sen
	var err error
	switch {
	case value.kind == kindBoolean:
		return 0, note{"the cell is TRUE or FALSE", "write the amount in rupiah"}
	case value.kind == kindDate || value.kind == kindNumber && value.format == formatDate:
		return 0, note{"the cell is formatted as a date", "format the column as number and type the amount again"}
	case value.kind == kindNumber && value.format == formatPercent:
		return 0, note{"the cell is formatted as a percentage", "format the column as number and type the amount again"}
	case value.kind == kindNumber && value.format > formatCents:
		return 0, shownOtherwise(value)
	case value.kind == kindNumber:
		amount, err = parseNumber(value.text)
	default:
		amount, err = ParseAmount(value.text, c.options.NumberFormat)
	}
	var bad *amountError
	if errors.As(err, &bad) {
		return 0, bad.note
	}
	return amount, note{}
}

// shownOtherwise is the fault of a number cell that shows another number than it holds. A person has
// checked what is shown.
func shownOtherwise(value cell) note {
	reason := map[cellFormat]string{
		formatScaled:  "the cell's format shows the number divided by thousands; its value is " + value.text,
		formatLiteral: "the cell's format shows digits that are not in its value, which is " + value.text,
		formatHidden:  "the cell's format hides its value, which is " + value.text,
		formatForeign: "the cell's format shows another currency than rupiah; its value is " + value.text,
		formatUnit:    "the cell's format shows a word for thousands or millions behind the number, which is " + value.text,
		formatCents:   "the cell's format shows \",00\", which is not in its value, " + value.text,
	}[value.format]
	return note{reason, "format the column as number without decimals, and check what it shows"}
}

func (c *checker) amountLimits(amount ledger.Sen) note {
	switch {
	case amount == 0:
		return note{"the amount is zero", "delete the line, or write the amount"}
	case amount%ledger.Rupiah != 0:
		return errAmountFraction.(*amountError).note
	case amount > c.options.MaxAmount:
		return note{fmt.Sprintf("the amount is over the limit of %s for one line", c.options.MaxAmount.Grouped()),
			"correct it, split it, or raise --max-amount if the limit is wrong"}
	}
	return note{}
}

// phone reads an optional phone number. One that cannot be right is left out with a warning: no money
// depends on it.
func (c *checker) phone(r *row) string {
	clean := c.text(r, fieldPhone, maxShort)
	if clean == "" || onlyDigits(clean) {
		return clean
	}
	var b strings.Builder
	for i, char := range clean {
		switch {
		case char >= '0' && char <= '9', char == '+' && i == 0:
			b.WriteRune(char)
		case strings.ContainsRune(" -.()/'", char):
		default:
			c.warn(r, fieldPhone, note{"this is not a phone number; it is left out", "write digits, like 081234567890, in a column formatted as text"})
			return ""
		}
	}
	return b.String()
}

func (c *checker) email(r *row) string {
	clean := c.text(r, fieldEmail, maxEmail)
	if at := strings.IndexByte(clean, '@'); clean != "" && (at <= 0 || at == len(clean)-1 || strings.ContainsRune(clean, ' ')) {
		c.warn(r, fieldEmail, note{"this is not an e-mail address; it is left out", "write it like name@example.com"})
		return ""
	}
	return clean
}

// extra reads the columns that are kept as they are.
func (c *checker) extra(r *row) []string {
	if len(c.layout.extras) == 0 {
		return nil
	}
	values := make([]string, len(c.layout.extras))
	for i, text := range r.extra {
		clean, fault, _ := cleanText(text)
		if !fault.found() && utf8.RuneCountInString(clean) > maxExtra {
			fault = note{fmt.Sprintf("the text is longer than %d characters", maxExtra), "shorten it"}
		}
		if fault.found() {
			p := c.place(r, -1, fault)
			p.at = c.layout.extras[i] + 1
			p.Column, p.Value, p.Cell = c.layout.headers[c.layout.extras[i]], text, c.cell(r.line, c.layout.extras[i])
			c.problems.add(p)
		}
		values[i] = clean
	}
	return values
}

// bankResolver remembers the words it has resolved: a file has few banks and many lines.
type bankResolver struct {
	book    *bankBook
	wallets map[string]bool
	known   map[string]resolved
	nearby  map[string]string // what near has answered
}

type resolved struct {
	code           string
	fault, warning note
}

// maxKnownBanks bounds the memory; a file with more ways to write a bank is slower, nothing else.
const maxKnownBanks = 4096

func newBankResolver(extra map[string]string) *bankResolver {
	r := &bankResolver{book: tableBooks(), wallets: map[string]bool{}, known: map[string]resolved{}}
	if len(extra) > 0 {
		r.book = newBankBook(extra)
	}
	for _, bank := range wallets {
		r.wallets[bank.Code] = true
	}
	return r
}

func (b *bankResolver) name(code string) string   { return b.book.shortNames[code] }
func (b *bankResolver) isWallet(code string) bool { return b.wallets[code] }

func (b *bankResolver) resolve(c cell) (code string, fault, warning note) {
	if n := brokenCell(c); n.found() {
		return "", n, note{}
	}
	if found, ok := b.known[c.text]; ok {
		return found.code, found.fault, found.warning
	}
	if n := unreadable(c.text); n.found() {
		return "", n, note{}
	}
	if n := turned(c.text); n.found() {
		return "", n, note{}
	}
	var found resolved
	found.code, found.fault, found.warning = b.book.resolve(c.text)
	if len(b.known) < maxKnownBanks && len(c.text) < maxShort {
		b.known[c.text] = found
	}
	return found.code, found.fault, found.warning
}

// idZeros notices employee ids that have lost zeros in front: when those that start with a zero all
// have one length, a shorter one of digits alone is odd. It is no proof, hence a warning.
type idZeros struct {
	width, shortLine, shortest int
	shortID                    string // the one in shortLine
	mixed                      bool
}

func (z *idZeros) see(id string, line int) {
	switch {
	case !onlyDigits(id):
	case id[0] == '0' && z.width == 0:
		z.width = len(id)
	case id[0] == '0':
		z.mixed = z.mixed || z.width != len(id)
	case z.shortest == 0 || len(id) < z.shortest:
		z.shortest, z.shortLine, z.shortID = len(id), line, strings.Clone(id)
	}
}

func (z *idZeros) warning() (int, note) {
	if z.width == 0 || z.mixed || z.shortest == 0 || z.shortest >= z.width {
		return 0, note{}
	}
	return z.shortLine, note{fmt.Sprintf("employee ids that start with 0 have %d digits, this one has %d: zeros in front may be lost", z.width, z.shortest),
		"check the column, and format it as text"}
}
