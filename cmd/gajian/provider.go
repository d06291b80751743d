package main

import (
	"errors"
	"net"
	"net/url"

	"gajian/batch"
	"gajian/batch/kirimdoku"
	"gajian/batch/payroll"
	"gajian/ledger"
)

// hosts are DOKU's, from https://developers.doku.com/payout/kirim-doku (read 2026-11).
var hosts = map[string]string{
	"sandbox":    "https://api-sandbox.doku.com",
	"production": "https://api.doku.com",
}

// newProvider joins Kirim DOKU's client with the one rate controller.
func (p *program) newProvider() (*kirimdoku.Client, error) {
	key, err := p.privateKey()
	if err != nil {
		return nil, err
	}
	secret, err := p.clientSecret()
	if err != nil {
		return nil, err
	}
	base := p.BaseURL
	if base == "" {
		base = hosts[p.Environment]
	}
	if p.Environment == "production" && loopback(base) {
		return nil, usageError{errors.New("--environment production with a --base-url on this machine: pretended payments must not enter the ledger of real ones")}
	}
	config := p.providerConfig(base)
	config.PrivateKey, config.ClientSecret = key, secret
	return kirimdoku.New(config)
}

func (p *program) providerConfig(base string) kirimdoku.Config {
	return kirimdoku.Config{
		BaseURL: base, PathPrefix: p.PathPrefix, ClientID: p.ClientID, AccountNo: p.AccountNo, ChannelID: p.ChannelID,
		CustomerNumber: p.CustomerNumber, SenderFirstName: p.SenderFirstName, SenderLastName: p.SenderLastName,
		SenderPersonalID: p.SenderPersonalID, SenderPersonalIDType: p.SenderPersonalIDType,
		ChannelCode: p.ChannelCode, FeeType: p.FeeType,
		Timeout: p.Timeout, Concurrency: p.inHand(), Gate: batch.NewPace(p.Rate).AtOnce(p.Concurrency), Logger: p.logger,
		UserAgent: "gajian/" + version,
	}
}

// loopback reports whether an address is on this machine, where no real provider is.
func loopback(base string) bool {
	address, err := url.Parse(base)
	if err != nil {
		return false
	}
	ip := net.ParseIP(address.Hostname())
	return address.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// settings are those of a run by actor.
func (p *program) settings(actor string) batch.Settings {
	return batch.Settings{
		Concurrency: p.inHand(), PollFirst: p.PollFirst, PollEvery: p.PollEvery, PollFor: p.PollFor,
		NotFoundAfter: p.NotFoundAfter, SessionMaxAge: p.SessionMaxAge, ReturnsFor: p.ReturnsFor,
		NameMatch: batch.NameMode(p.NameMatch), Fee: ledger.Sen(p.Fee), BankName: p.bankName, Actor: actor, Logger: p.logger,
	}
}

// inHand is how many payouts are worked on at once: twice as many as calls may be under way, so that
// there are enough to call for while others wait for the disk to take their intents. With one call
// at a time one payout is worked on after the other.
func (p *program) inHand() int {
	if p.Concurrency == 1 {
		return 1
	}
	return 2 * p.Concurrency
}

func (p *program) bankName(code string) string { return payroll.BankName(code, p.extraBanks) }
