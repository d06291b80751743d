package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"gajian/batch/payroll"
)

type templateCommand struct {
	File string `arg:"" optional:"" default:"payroll-template.xlsx" help:"Where to write it. Default: ${default}."`
}

// run writes an empty payroll workbook.
func (c *templateCommand) run(_ context.Context, p *program) (int, error) {
	var workbook bytes.Buffer
	if err := payroll.WriteTemplate(&workbook); err != nil {
		return 0, err
	}
	if err := writeNew(c.File, workbook.Bytes()); err != nil {
		return 0, err
	}
	p.say("%s", c.File)
	return exitSettled, nil
}

type banksCommand struct{}

// run prints the bank table, the configuration's extra banks with it.
func (c *banksCommand) run(_ context.Context, p *program) (int, error) {
	if p.JSON {
		p.printJSON(newBanksJSON(p.extraBanks))
		return exitSettled, nil
	}
	p.say("%-9s  %-24s %s", "CODE", "SHORT NAME", "NAME")
	for _, bank := range payroll.Banks() {
		p.say("%-9s  %-24s %s", bank.Code, bank.ShortName, bank.Name)
	}
	for _, code := range slices.Sorted(maps.Keys(p.extraBanks)) {
		p.say("%-9s  %-24s %s", code, "", p.extraBanks[code]+" (from the configuration)")
	}
	return exitSettled, nil
}

type banksJSON struct {
	Banks []bankJSON `json:"banks"`
}

type bankJSON struct {
	Code      string `json:"code"`
	ShortName string `json:"short_name"`
	Name      string `json:"name"`
	BIC       string `json:"bic"`
	Extra     bool   `json:"extra"` // from the configuration
}

func newBanksJSON(extra map[string]string) banksJSON {
	var table banksJSON
	for _, bank := range payroll.Banks() {
		table.Banks = append(table.Banks, bankJSON{Code: bank.Code, ShortName: bank.ShortName, Name: bank.Name, BIC: bank.BIC})
	}
	for _, code := range slices.Sorted(maps.Keys(extra)) {
		table.Banks = append(table.Banks, bankJSON{Code: code, Name: extra[code], Extra: true})
	}
	return table
}

type initCommand struct {
	File string `arg:"" optional:"" default:"gajian.toml" help:"Where to write it. Default: ${default}."`
}

// run writes a commented configuration file.
func (c *initCommand) run(_ context.Context, p *program) (int, error) {
	if err := writeNew(c.File, []byte(configurationTemplate())); err != nil {
		return 0, err
	}
	p.say("%s: fill in what DOKU gave you, then gajian check FILE --inquire tries it without moving money", c.File)
	return exitSettled, nil
}

// writeNew writes a file that must not be there yet, readable by its owner only.
func writeNew(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already and was left as it is; name another file", path)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path)) // half a file would stand in the way of the next try
	}
	return nil
}

// replaceOwn writes a file anew, readable by its owner only, whatever stood there: what was
// readable by others before is not written into, nor is what a link points to.
func replaceOwn(path string, data []byte) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return writeNew(path, data)
}
