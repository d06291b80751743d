package main

import (
	"fmt"
	"strings"

	"gajian/reports"

	"github.com/alecthomas/kong"
)

// configurationTemplate writes a configuration file from the command's own settings, so that it
// cannot say what the command does not know.
func configurationTemplate() string {
	var c command
	parser, err := kong.New(&c, kong.DefaultEnvars("GAJIAN"), kong.ExplicitGroups(groups), kong.Vars{"version": version})
	if err != nil {
		panic(err) // the command tree is a constant
	}
	var b strings.Builder
	b.WriteString(configurationHead)
	for _, group := range []kong.Group{groups[3], groups[1], groups[2], groups[0]} { // what has to be filled in first
		fmt.Fprintf(&b, "\n# ---- %s\n", strings.TrimSuffix(group.Title, ":"))
		for _, flag := range parser.Model.Flags {
			if flag.Group != nil && flag.Group.Key == group.Key && flag.Name != "config" && flag.Name != "version" {
				writeSetting(&b, flag)
			}
		}
	}
	b.WriteString(configurationTables())
	return b.String()
}

const configurationHead = `# gajian's configuration. Each setting is a flag of the command, and an environment variable:
# base-url is --base-url and GAJIAN_BASE_URL. A flag beats the environment, the environment beats
# this file. It is looked for as --config FILE, ./gajian.toml, and gajian/gajian.toml in the user's
# configuration folder ($XDG_CONFIG_HOME).
# Secrets never stand here: name the files that hold them (chmod 600), or use GAJIAN_CLIENT_SECRET.
# Take the # away from what you set.
`

func writeSetting(b *strings.Builder, flag *kong.Flag) {
	help := flag.Help
	if i := strings.Index(help, " Default: "+flag.Default+"."); i >= 0 && flag.Default != "" {
		help = help[:i]
	}
	fmt.Fprintf(b, "\n# %s\n# %s = %s\n", help, flag.Name, settingValue(flag))
}

// settingValue is the default in TOML, or the placeholder of a setting that has none.
func settingValue(flag *kong.Flag) string {
	switch {
	case flag.IsBool():
		return "false"
	case flag.Default == "" && flag.PlaceHolder == "":
		return `""`
	case flag.Default == "":
		return fmt.Sprintf("%q", flag.PlaceHolder)
	case strings.Trim(flag.Default, "0123456789") == "":
		return flag.Default
	}
	return fmt.Sprintf("%q", flag.Default)
}

func configurationTables() string {
	accounts := reports.DefaultAccounts
	var b strings.Builder
	b.WriteString("\n# ---- Account codes of the workbook's journal: code, blank, name\n\n# [accounts]\n")
	for _, account := range []struct {
		key string
		reports.Account
	}{
		{"salary-payable", accounts.SalaryPayable}, {"bank-charges", accounts.BankCharges}, {"deposit", accounts.Deposit}, {"returned-pay", accounts.ReturnedPay},
	} {
		fmt.Fprintf(&b, "# %s = %q\n", account.key, account.Code+" "+account.Name)
	}
	b.WriteString("\n# ---- Banks that DOKU serves and gajian banks does not list: code = name\n\n# [extra_banks]\n# \"999\" = \"Bank Contoh\"\n")
	return b.String()
}
