package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gajian/batch/payroll"
	"gajian/ledger"

	"github.com/alecthomas/kong"
)

// flags are all settings of the command. Each has a name on the command line, an environment
// variable GAJIAN_NAME and a key in the configuration file, in this order of strength.
type flags struct {
	Config string `group:"general" placeholder:"FILE" help:"Configuration file. Without it ./gajian.toml, then gajian/gajian.toml in the user's configuration folder, if there is one."`
	Ledger string `group:"general" placeholder:"FILE" help:"The ledger: the one file that remembers every payment. Default: gajian/ledger.db in the user's state folder."`
	Report string `group:"general" placeholder:"FILE" help:"Where the reconciliation workbook is written. Default: BATCH.xlsx beside the ledger."`

	Changes bool `group:"general" help:"Give the workbook a sheet of what has changed since last time. It always has one with --review-changes."`

	ReportPasswordFile string `group:"general" placeholder:"FILE" help:"File with a password that encrypts the workbook; or GAJIAN_REPORT_PASSWORD."`

	JSON      bool   `name:"json" group:"general" help:"Print one JSON object instead of text."`
	LogFormat string `group:"general" enum:"text,json" default:"text" help:"Form of the log on standard error: ${enum}."`
	LogLevel  string `group:"general" enum:"debug,info,warn,error" default:"warn" help:"What is logged: ${enum}. Default: ${default}."`
	Progress  string `group:"general" enum:"auto,bar,plain,off" default:"auto" help:"Progress on standard error: ${enum}; auto shows a bar on a terminal and a plain line every 30 seconds elsewhere."`

	Environment          string `group:"provider" enum:"sandbox,production" default:"sandbox" help:"DOKU's environment: ${enum}. Default: ${default}."`
	BaseURL              string `name:"base-url" group:"provider" placeholder:"URL" help:"Another address than the environment's, such as a simulator's. Plain http only to this machine."`
	PathPrefix           string `group:"provider" default:"/snap/v1.1" help:"Generation of DOKU's paths: /snap/v1.1 or /v1.0. Default: ${default}."`
	ClientID             string `name:"client-id" group:"provider" placeholder:"ID" help:"Client ID from DOKU's dashboard."`
	PrivateKeyFile       string `group:"provider" placeholder:"FILE" help:"RSA private key (PEM) whose public half is in DOKU's dashboard. Only its owner may be able to read it."`
	ClientSecretFile     string `group:"provider" placeholder:"FILE" help:"File with the client secret; or GAJIAN_CLIENT_SECRET. Never on the command line."`
	AccountNo            string `group:"provider" placeholder:"NO" help:"Your Kirim DOKU deposit account, such as A41879."`
	ChannelID            string `name:"channel-id" group:"provider" default:"H2H" help:"Channel that DOKU gave you. Default: ${default}."`
	CustomerNumber       string `group:"provider" placeholder:"PHONE" help:"Your company's phone number, beginning with 62 or 0."`
	SenderFirstName      string `group:"provider" placeholder:"NAME" help:"First name of the sender as DOKU knows it."`
	SenderLastName       string `group:"provider" placeholder:"NAME" help:"Last name of the sender."`
	SenderPersonalID     string `name:"sender-personal-id" group:"provider" placeholder:"NO" help:"Number of the sender's identity document."`
	SenderPersonalIDType string `name:"sender-personal-id-type" group:"provider" enum:"KTP,PASSPORT" default:"KTP" help:"Kind of that document: ${enum}. Default: ${default}."`

	ChannelCode string `group:"provider" placeholder:"CODE" help:"Channel code of transfers, when DOKU told you one. Default: left out."`
	FeeType     string `group:"provider" placeholder:"TYPE" help:"Who bears the fee (OUR, BEN, SHA), when DOKU told you so. Default: left out."`

	Rate          int           `group:"pace" default:"5" help:"Most calls to DOKU in any one second, 1 to 100000. Default: ${default}."`
	Concurrency   int           `group:"pace" default:"8" help:"Most calls to DOKU under way at the same time, 1 to 512. Default: ${default}."`
	Timeout       time.Duration `group:"pace" default:"30s" help:"Longest time one call may take. Default: ${default}."`
	PollFirst     time.Duration `group:"pace" default:"1m" help:"From a transfer to the first question how it ended. Default: ${default}."`
	PollEvery     time.Duration `group:"pace" default:"1m" help:"Between further questions. Default: ${default}."`
	PollFor       time.Duration `group:"pace" default:"30m" help:"How long after the last transfer a run waits for transfers to end. Default: ${default}."`
	NotFoundAfter time.Duration `group:"pace" default:"24h" help:"How long DOKU must not know a transfer in doubt before a person may let it be sent again. Default: ${default}."`
	SessionMaxAge time.Duration `group:"pace" default:"10m" help:"An older account inquiry is asked again before the transfer. Default: ${default}."`
	ReturnsFor    time.Duration `group:"pace" default:"168h" help:"How long after a payment poll looks for its return. Default: ${default}."`

	NameMatch    string `group:"file" enum:"hold,warn,off" default:"hold" help:"When the bank's holder name differs: ${enum}. Default: ${default}."`
	Fee          rupiah `group:"file" default:"4500" help:"DOKU's fee for one transfer in rupiah, for the check of the balance. Default: ${default}."`
	MaxAmount    rupiah `group:"file" default:"250000000" help:"Most that one line may pay, in rupiah. Default: ${default}."`
	Period       string `group:"file" placeholder:"YYYY-MM" help:"Month that is paid. Default: this month in Jakarta. In a crontab always say it."`
	Sheet        string `group:"file" placeholder:"NAME" help:"Sheet of the workbook. Default: the only visible one with a payroll header."`
	NumberFormat string `group:"file" enum:"id,en," default:"" help:"How amounts are written where it could be either: id (1.500 is a thousand five hundred) or en (1,500 is)."`
	ExpectCount  int    `group:"file" placeholder:"N" help:"Refuse the file unless it has so many lines."`
	ExpectTotal  rupiah `group:"file" placeholder:"RUPIAH" help:"Refuse the file unless its lines add up to this."`

	ReviewChanges bool    `group:"file" help:"Hold lines whose account or amount is not as it was last time, until a person releases them."`
	AmountJump    percent `group:"file" default:"50%" help:"By how much an amount may differ from last time before it counts as changed, 1% to 1000%. Default: ${default}."`
}

// command is the command tree: the settings, and what can be done.
type command struct {
	flags
	Version kong.VersionFlag `env:"-" group:"general" help:"Print the version."`

	Check     checkCommand     `cmd:"" help:"Read and check a payroll file. No money moves."`
	Run       runCommand       `cmd:"" help:"Pay a payroll file. The same command again goes on where it stopped."`
	Resume    resumeCommand    `cmd:"" help:"Go on with a batch without its file."`
	Poll      pollCommand      `cmd:"" help:"Ask how transfers ended, and whether payments came back. Never moves money."`
	Status    statusCommand    `cmd:"" help:"Show where every batch or every line stands, also during a run."`
	Release   releaseCommand   `cmd:"" help:"Decide that a held line is to be paid, or one in doubt sent again."`
	Cancel    cancelCommand    `cmd:"" help:"Decide that a line is not to be paid."`
	Report    reportCommand    `cmd:"" help:"Write a batch's workbook anew."`
	Verify    verifyCommand    `cmd:"" help:"Check the ledger: nothing altered, everything adds up."`
	Rehearse  rehearseCommand  `cmd:"" help:"Do everything with your file against a simulated DOKU. No credentials, no money."`
	Simulator simulatorCommand `cmd:"" help:"Serve a simulated Kirim DOKU on this machine."`
	Template  templateCommand  `cmd:"" help:"Write an empty payroll workbook with instructions."`
	Banks     banksCommand     `cmd:"" help:"Print the bank table."`
	Init      initCommand      `cmd:"" help:"Write a commented configuration file."`
}

// groups are the headings under which the help shows the settings.
var groups = []kong.Group{
	{Key: "general", Title: "General:"},
	{Key: "file", Title: "The payroll file:"},
	{Key: "pace", Title: "Pace and patience:"},
	{Key: "provider", Title: "DOKU:"},
}

// rupiah is an amount on the command line or in the configuration: whole rupiah, in any form
// that reads one way only.
type rupiah ledger.Sen

// UnmarshalText reads "4500", "4500.00" or "250,000,000".
func (r *rupiah) UnmarshalText(text []byte) error {
	amount, err := payroll.ParseAmount(string(text), "")
	*r = rupiah(amount)
	return err
}

// MarshalText writes whole rupiah.
func (r rupiah) MarshalText() ([]byte, error) {
	return []byte(ledger.Sen(r).String()), nil
}

// defaultAmountJump is what --amount-jump is when nobody says it.
const defaultAmountJump percent = 50

// percent is a share on the command line or in the configuration: whole percent, 50% or 50.
type percent int

// UnmarshalText reads "50%", "50 %" or "50".
func (r *percent) UnmarshalText(text []byte) error {
	digits := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(string(text)), "%"))
	n, err := strconv.Atoi(digits)
	if err != nil {
		return fmt.Errorf("%q is no share in whole percent, such as 50%%", text)
	}
	*r = percent(n)
	return nil
}

// String writes "50%".
func (r percent) String() string { return fmt.Sprintf("%d%%", int(r)) }
