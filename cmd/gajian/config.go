package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gajian/reports"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
)

// configuration is what the configuration file holds: flags by their names, and two tables that
// are no flags.
type configuration struct {
	path       string            // empty when there is none
	values     map[string]string // by flag name
	extraBanks map[string]string // code to name
	accounts   reports.Accounts
}

// configBytesMax bounds the configuration file; a real one has a few kilobytes.
const configBytesMax = 1 << 20

// configurationError is a mistake in the configuration file, not in the call.
type configurationError struct{ error }

// loadConfiguration reads the file that --config or GAJIAN_CONFIG names, else the first of the
// usual places that exists.
func loadConfiguration(args []string) (configuration, error) {
	path, named := configPath(args)
	if path == "" {
		return configuration{}, nil
	}
	text, err := readBounded(path, configBytesMax)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return configuration{}, nil
	}
	if err != nil {
		return configuration{}, fmt.Errorf("configuration: %w", err)
	}
	c, err := parseConfiguration(text)
	if err != nil {
		return configuration{}, fmt.Errorf("configuration %s: %w", path, err)
	}
	c.path = path
	return c, nil
}

// configPath looks for --config by itself, since the file has to be read before the flags are.
func configPath(args []string) (path string, named bool) {
	for i, arg := range args {
		switch {
		case arg == "--":
			args = nil
		case strings.HasPrefix(arg, "--config="):
			return strings.TrimPrefix(arg, "--config="), true
		case arg == "--config" && i+1 < len(args):
			return args[i+1], true
		}
		if args == nil {
			break
		}
	}
	if path := os.Getenv("GAJIAN_CONFIG"); path != "" {
		return path, true
	}
	for _, path := range []string{"gajian.toml", userConfigPath()} {
		if _, err := os.Stat(path); path != "" && err == nil {
			return path, false
		}
	}
	return "", false
}

func userConfigPath() string {
	folder := os.Getenv("XDG_CONFIG_HOME")
	if folder == "" {
		var err error
		if folder, err = os.UserConfigDir(); err != nil {
			return ""
		}
	}
	return filepath.Join(folder, "gajian", "gajian.toml")
}

// defaultLedgerPath is gajian/ledger.db in the state folder: $XDG_STATE_HOME, else the
// system's usual place.
func defaultLedgerPath() (string, error) {
	if folder := os.Getenv("XDG_STATE_HOME"); folder != "" {
		return filepath.Join(folder, "gajian", "ledger.db"), nil
	}
	if folder := os.Getenv("LOCALAPPDATA"); folder != "" {
		return filepath.Join(folder, "gajian", "ledger.db"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no place for the ledger: %w; say --ledger FILE", err)
	}
	return filepath.Join(home, ".local", "state", "gajian", "ledger.db"), nil
}

// parseConfiguration reads TOML: keys are flag names, with - or _ between their words.
func parseConfiguration(text []byte) (configuration, error) {
	var raw map[string]any
	if err := toml.Unmarshal(text, &raw); err != nil {
		var position *toml.DecodeError
		if errors.As(err, &position) {
			line, column := position.Position()
			return configuration{}, fmt.Errorf("line %d, column %d: %w", line, column, err)
		}
		return configuration{}, err
	}
	c := configuration{values: map[string]string{}, accounts: reports.DefaultAccounts}
	for key, value := range raw {
		var err error
		switch name := strings.ReplaceAll(key, "_", "-"); name {
		case "extra-banks":
			c.extraBanks, err = textTable(key, value)
		case "accounts":
			err = c.parseAccounts(value)
		default:
			err = c.parseValue(name, value)
		}
		if err != nil {
			return configuration{}, err
		}
	}
	return c, nil
}

func (c *configuration) parseValue(name string, value any) error {
	switch value.(type) {
	case string, int64, bool:
		c.values[name] = fmt.Sprint(value)
		return nil
	}
	return fmt.Errorf("%s: write a text, a whole number, true or false", name)
}

func textTable(key string, value any) (map[string]string, error) {
	table, isTable := value.(map[string]any)
	if !isTable {
		return nil, fmt.Errorf("%s: write it as a table, [%s]", key, key)
	}
	texts := map[string]string{}
	for name, value := range table {
		text, isText := value.(string)
		if !isText {
			return nil, fmt.Errorf("%s.%s: write the value in quotes", key, name)
		}
		texts[name] = text
	}
	return texts, nil
}

// parseAccounts reads [accounts]: salary-payable = "2110 Salary payable".
func (c *configuration) parseAccounts(value any) error {
	texts, err := textTable("accounts", value)
	if err != nil {
		return err
	}
	places := map[string]*reports.Account{
		"salary-payable": &c.accounts.SalaryPayable, "bank-charges": &c.accounts.BankCharges,
		"deposit": &c.accounts.Deposit, "returned-pay": &c.accounts.ReturnedPay,
	}
	for name, text := range texts {
		place, known := places[strings.ReplaceAll(name, "_", "-")]
		if !known {
			return fmt.Errorf("accounts.%s: there is no such account; known are salary-payable, bank-charges, deposit, returned-pay", name)
		}
		code, label, _ := strings.Cut(strings.TrimSpace(text), " ")
		if code == "" {
			return fmt.Errorf("accounts.%s: write the code and the name, such as \"2110 Salary payable\"", name)
		}
		*place = reports.Account{Code: code, Name: strings.TrimSpace(label)}
	}
	return nil
}

// secretNames are what somebody might write here, and a backup or a colleague would then have.
var secretNames = []string{"client-secret", "private-key", "report-password"}

// Validate refuses keys that are no flag: a mistyped key must not be passed over.
func (c configuration) Validate(app *kong.Application) error {
	var known []string
	for _, group := range app.AllFlags(false) {
		for _, flag := range group {
			known = append(known, flag.Name)
		}
	}
	for name := range c.values {
		if slices.Contains(secretNames, name) {
			return configurationError{fmt.Errorf("configuration %s: %s does not belong here: secrets stand in files that only their owner can read; name the file with %s-file", c.path, name, name)}
		}
		if !slices.Contains(known, name) || slices.Contains([]string{"help", "version", "config"}, name) {
			return configurationError{fmt.Errorf("configuration %s: there is no setting %q", c.path, name)}
		}
	}
	return nil
}

// Resolve gives kong the file's value, unless the environment has one: flag beats environment
// beats file.
func (c configuration) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	if value, found := c.values[flag.Name]; found {
		return value, nil
	}
	return nil, nil
}
