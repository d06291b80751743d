package kirimdoku

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"gajian/batch"
)

// Config is what a Client needs to know. New checks it.
type Config struct {
	BaseURL    string // scheme and host, no path: "https://api-sandbox.doku.com"; plain http to this machine only
	PathPrefix string // "/snap/v1.1" (default) or the older "/v1.0"; the token path has no prefix

	ClientID     string
	PrivateKey   *rsa.PrivateKey `json:"-"` // signs token calls; 2048 bits or more
	ClientSecret Secret          // signs all other calls

	AccountNo string // the deposit: our account or agent key at Kirim DOKU ("A41879"), at most 16 characters
	ChannelID string // header CHANNEL-ID; default "H2H"

	CustomerNumber       string // the sender's phone number: 62… or 0…, digits only
	SenderFirstName      string
	SenderLastName       string
	SenderPersonalID     string
	SenderPersonalIDType string // "KTP" or "PASSPORT"

	ChannelCode string // additionalInfo.channelCode; empty (default): left out, DOKU takes a bank transfer
	FeeType     string // who bears the fee; empty (default): left out, DOKU's accepted values are undocumented
	RemarkMax   int    // a transfer's remark is cut to this many characters; default 40

	// Of one HTTP call, from its first byte to the answer's last; default 30s. A new connection is
	// opened before that and has 10s of its own, or the timeout if that is shorter; the wait until
	// the slot may be used takes as long as a call at most.
	Timeout     time.Duration
	Concurrency int // how many calls are under way at a time; bounds the idle connections; default 4

	Gate      batch.Gate        `json:"-"` // admits every call; required
	Logger    *slog.Logger      `json:"-"` // nothing is logged when nil
	UserAgent string            // default "gajian"
	Transport http.RoundTripper `json:"-"` // nil: our own. Of another one every error but a failure to dial is in doubt
}

// Defaults of Config.
const (
	defaultPathPrefix  = "/snap/v1.1"
	defaultChannelID   = "H2H"
	defaultUserAgent   = "gajian"
	defaultTimeout     = 30 * time.Second
	defaultConcurrency = 4
	// DOKU documents no length for a remark. 40 characters is what a mutation line of an
	// Indonesian bank statement shows without cutting.
	defaultRemarkMax = 40
	hostMax          = 261 // a name of the DNS and a port
	// longestTimeout keeps a mistyped unit ("30h") from hanging a run through the night.
	longestTimeout = 5 * time.Minute
)

func (c Config) withDefaults() Config {
	setDefault(&c.PathPrefix, defaultPathPrefix)
	setDefault(&c.ChannelID, defaultChannelID)
	setDefault(&c.UserAgent, defaultUserAgent)
	setDefault(&c.Timeout, defaultTimeout)
	setDefault(&c.Concurrency, defaultConcurrency)
	setDefault(&c.RemarkMax, defaultRemarkMax)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.SenderFirstName, c.SenderLastName = cut(ascii(c.SenderFirstName), nameMax), cut(ascii(c.SenderLastName), nameMax)
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

var (
	prefixForm   = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)
	phoneForm    = regexp.MustCompile(`^(62|0)[0-9]{6,30}$`)
	headerForm   = regexp.MustCompile(`^[!-~]+$`)
	agentForm    = regexp.MustCompile(`^[ -~]+$`)
	accountForm  = regexp.MustCompile(`^[!-~]{1,16}$`)
	optionForm   = regexp.MustCompile(`^[A-Za-z0-9]{0,25}$`) // feeType has 25 characters in DOKU's table
	personalForm = regexp.MustCompile(`^[A-Za-z0-9./-]{1,64}$`)
)

// check names everything that is missing or wrong, in one error.
func (c Config) check() error {
	var faults faults
	faults.text("--base-url / GAJIAN_BASE_URL", c.BaseURL, func() error { _, err := parseBaseURL(c.BaseURL); return err })
	faults.form("--path-prefix / GAJIAN_PATH_PREFIX", c.PathPrefix, prefixForm, "has the form /snap/v1.1")
	faults.form("--client-id / GAJIAN_CLIENT_ID", c.ClientID, headerForm, "is printable ASCII without blanks")
	faults.key("--private-key-file / GAJIAN_PRIVATE_KEY_FILE", c.PrivateKey)
	if c.ClientSecret.Empty() {
		faults.add("--client-secret-file / GAJIAN_CLIENT_SECRET", "is missing")
	}
	faults.form("--account-no / GAJIAN_ACCOUNT_NO", c.AccountNo, accountForm, "has at most 16 characters")
	faults.form("--channel-id / GAJIAN_CHANNEL_ID", c.ChannelID, headerForm, "is printable ASCII without blanks")
	faults.form("--customer-number / GAJIAN_CUSTOMER_NUMBER", c.CustomerNumber, phoneForm, "is a phone number in digits that starts with 62 or 0")
	faults.text("--sender-first-name / GAJIAN_SENDER_FIRST_NAME", c.SenderFirstName, nil)
	faults.text("--sender-last-name / GAJIAN_SENDER_LAST_NAME", c.SenderLastName, nil)
	faults.form("--sender-personal-id / GAJIAN_SENDER_PERSONAL_ID", c.SenderPersonalID, personalForm, "is letters and digits")
	faults.text("--sender-personal-id-type / GAJIAN_SENDER_PERSONAL_ID_TYPE", c.SenderPersonalIDType, func() error {
		if c.SenderPersonalIDType != "KTP" && c.SenderPersonalIDType != "PASSPORT" {
			return errors.New("is KTP or PASSPORT")
		}
		return nil
	})
	if !optionForm.MatchString(c.ChannelCode) || !optionForm.MatchString(c.FeeType) {
		faults.add("the channel code or the fee type", "is not letters and digits, at most 25")
	}
	if c.Timeout < 0 || c.Timeout > longestTimeout {
		faults.add("--timeout / GAJIAN_TIMEOUT", fmt.Sprintf("is over 0 and at most %v", longestTimeout))
	}
	if c.Concurrency < 0 {
		faults.add("--concurrency / GAJIAN_CONCURRENCY", "is at least 1")
	}
	faults.form("the user agent", c.UserAgent, agentForm, "is printable ASCII")
	if c.RemarkMax < 0 {
		faults.add("the longest remark", "is at least 1")
	}
	if c.Gate == nil {
		faults.add("the gate that admits calls", "is missing")
	}
	return faults.err()
}

// ErrNotConfigured begins the error of New that lists, one a line, what is missing or wrong.
var ErrNotConfigured = errors.New("kirim doku is not configured")

// faults gathers what is wrong with a configuration.
type faults []string

func (f *faults) add(name, fault string) { *f = append(*f, name+" "+fault) }

func (f *faults) text(name, value string, check func() error) {
	if value == "" {
		f.add(name, "is missing")
	} else if check != nil {
		if err := check(); err != nil {
			f.add(name, err.Error())
		}
	}
}

func (f *faults) form(name, value string, form *regexp.Regexp, rule string) {
	f.text(name, value, func() error {
		if !form.MatchString(value) {
			return fmt.Errorf("is not valid: it %s", rule)
		}
		return nil
	})
}

func (f *faults) key(name string, key *rsa.PrivateKey) {
	switch {
	case key == nil:
		f.add(name, "is missing")
	case key.N.BitLen() < keyBitsMin:
		f.add(name, fmt.Sprintf("has %d bits, DOKU wants %d or more", key.N.BitLen(), keyBitsMin))
	}
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return fmt.Errorf("%w:\n  %s", ErrNotConfigured, strings.Join(f, "\n  "))
}

// parseBaseURL accepts https anywhere and plain http to this machine only: over plain http
// anybody on the way reads the token and can answer in DOKU's place.
func parseBaseURL(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("is not a URL")
	case base.Hostname() == "" || !isWord(base.Host, hostMax) || base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return nil, errors.New("is not of the form https://host")
	case base.Path != "" && base.Path != "/":
		return nil, errors.New("has a path: give it as --path-prefix")
	case base.Scheme == "https", base.Scheme == "http" && isLoopback(base.Hostname()):
		return &url.URL{Scheme: base.Scheme, Host: base.Host}, nil
	case base.Scheme == "http":
		return nil, errors.New("is plain http, which is allowed to this machine only: use https")
	}
	return nil, errors.New("is neither https nor http")
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
