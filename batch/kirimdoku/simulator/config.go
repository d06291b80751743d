package simulator

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Config is what a simulator is made of. The zero value of a field with a default takes the
// default. Amounts are in sen: 100 sen are one rupiah.
type Config struct {
	ClientID     string         // X-CLIENT-KEY and X-PARTNER-ID; required
	PublicKey    *rsa.PublicKey // checks the signature of token calls; required
	ClientSecret string         // signs every other call; required
	AccountNo    string         // the deposit's account; default A41879, as in the samples

	Opening   int64 // sen in the deposit at the start
	Fee       int64 // sen per transfer; default 450000 (Rp 4,500, as in the samples)
	FreeOfFee bool  // no fee at all, which a zero Fee cannot say
	MaxAmount int64 // largest transfer in sen; default 25000000000 (Rp 250,000,000, the limit of BI-FAST)

	CallsPerSecond  int           // more calls in any one second are answered 429; 0 is no limit
	NoRetryAfter    bool          // those answers do not say when to come again; the faults' answers do
	TokenLifetime   time.Duration // default 15 minutes [the provider's figure]
	ClockTolerance  time.Duration // how far X-TIMESTAMP may be off, either way; default 5 minutes
	SessionLifetime time.Duration // how long an inquiry serves a transfer; default 15 minutes

	SettleAfter time.Duration // how long an ordinary transfer stays pending; default 0: paid at the first question
	UnpaidFor   time.Duration // how long an unpaid transfer stays pending; default 2 seconds (minutes or hours in the sandbox)
	RefundAfter time.Duration // from paid to refunded; default 2 seconds (about 5 minutes in the sandbox)
	Latency     time.Duration // how long every answer takes; the call takes effect before the wait

	Codes CodeForm // how response codes are written

	// Accounts behave in a special way; they come before the triggers of the package guide.
	Accounts []Account
	// HolderName tells the bank's name of an ordinary account's holder; default [BankName] of the
	// name that was asked for. It must not call the simulator.
	HolderName func(bank, account, asked string) string

	Faults Faults // what goes wrong; the zero value is nothing
	Seed   int64  // chooses the calls that faults hit and the identifiers that are given out

	Log *slog.Logger // one line a call, without account numbers and secrets; default: no log
}

// CodeForm is how the simulator writes responseCode and its like.
type CodeForm uint8

// The forms. The provider's samples show numbers, its tables and current pages text.
const (
	CodesAsNumbers CodeForm = iota
	CodesAsText
	CodesMixed // numbers and text in turn, from call to call
)

func (c *Config) setDefaults() {
	setDefault(&c.AccountNo, "A41879")
	setDefault(&c.Fee, 450_000)
	if c.FreeOfFee {
		c.Fee = 0
	}
	setDefault(&c.MaxAmount, 25_000_000_000)
	setDefault(&c.TokenLifetime, 15*time.Minute)
	setDefault(&c.ClockTolerance, 5*time.Minute)
	setDefault(&c.SessionLifetime, 15*time.Minute)
	setDefault(&c.UnpaidFor, 2*time.Second)
	setDefault(&c.RefundAfter, 2*time.Second)
	if c.HolderName == nil {
		c.HolderName = func(_, _, asked string) string { return BankName(asked) }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check reports everything that is wrong with a configuration whose defaults are set.
func (c *Config) check() error {
	var problems []error
	fail := func(wrong bool, format string, args ...any) {
		if wrong {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	fail(c.ClientID == "", "client id is missing")
	fail(c.PublicKey == nil, "public key is missing")
	fail(c.ClientSecret == "", "client secret is missing")
	fail(len(c.AccountNo) > 16, "account %q of the deposit is longer than 16", c.AccountNo)
	fail(c.Opening < 0 || c.Fee < 0 || c.MaxAmount < 0, "an amount is negative")
	fail(c.CallsPerSecond < 0, "calls per second is negative")
	fail(c.Codes > CodesMixed, "form of codes %d is not known", c.Codes)
	fail(c.TokenLifetime < time.Second, "token lifetime %v is shorter than a second", c.TokenLifetime)
	for _, d := range []time.Duration{c.ClockTolerance, c.SessionLifetime, c.SettleAfter, c.UnpaidFor, c.RefundAfter, c.Latency} {
		fail(d < 0, "duration %v is negative", d)
	}
	for _, account := range c.Accounts {
		fail(!account.Behaviour.known(), "behaviour %q of an account is not known", account.Behaviour)
	}
	return errors.Join(problems...)
}
