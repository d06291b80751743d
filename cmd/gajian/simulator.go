package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gajian/batch/kirimdoku"
	"gajian/batch/kirimdoku/simulator"
)

type simulatorCommand struct {
	Addr      string        `default:"127.0.0.1:8088" placeholder:"HOST:PORT" help:"Where to listen; this machine only. Default: ${default}."`
	Keys      string        `default:"gajian-simulator" placeholder:"FOLDER" help:"Where key, secret and settings for the client are written, and read again the next time. Default: ${default}."`
	Balance   rupiah        `default:"10000000000" help:"What the deposit holds, in rupiah. Default: ${default}."`
	CallLimit int           `placeholder:"N" help:"Answer 429 to more calls than this in one second. Default: no limit."`
	Latency   time.Duration `help:"How long every answer takes."`
	Settle    time.Duration `help:"How long a transfer stays pending before it is paid."`
	Unpaid    time.Duration `default:"2s" help:"How long an unpaid transfer stays so. Default: ${default}."`
	Refund    time.Duration `default:"2s" help:"From a payment to its return, for the accounts that return it. Default: ${default}."`
	Faults    string        `placeholder:"SPEC" help:"What goes wrong: OPERATION:FAULT=10% of the calls, or OPERATION:FAULT@3 the third; several with commas."`
	Seed      int64         `default:"1" help:"Chooses which calls the faults hit. Default: ${default}."`
}

// Help lists the faults and the accounts that behave in a special way.
func (c *simulatorCommand) Help() string {
	var b strings.Builder
	b.WriteString("The first line on standard output says which environment variables point gajian to it. What it did is at /simulator/book, /simulator/balance, /simulator/calls and /simulator/violations.\n\nFaults (operations: token, balance, inquiry, transfer, status, or * for any):\n")
	for _, kind := range simulator.FaultKinds() {
		fmt.Fprintf(&b, "\n\n* %s (%s): %s", kind.Name, kind.Effect, kind.Text)
	}
	b.WriteString("\n\nAccounts that behave in a special way:\n")
	for _, trigger := range simulator.Triggers() {
		fmt.Fprintf(&b, "\n\n* account %s, bank %s: %s", trigger.Number, trigger.Bank, trigger.Text)
	}
	return b.String()
}

// run serves the simulator until a signal.
func (c *simulatorCommand) run(ctx context.Context, p *program) (int, error) {
	if err := loopbackOnly(c.Addr); err != nil {
		return 0, usageError{err}
	}
	faults, err := simulator.ParseFaults(c.Faults)
	if err != nil {
		return 0, usageError{err}
	}
	key, secret, err := c.credentials()
	if err != nil {
		return 0, err
	}
	doku, err := simulator.New(simulator.Config{
		ClientID: simulatorClient, PublicKey: &key.PublicKey, ClientSecret: secret, Opening: int64(c.Balance), Fee: int64(p.Fee), FreeOfFee: p.Fee == 0,
		MaxAmount: int64(p.MaxAmount), CallsPerSecond: c.CallLimit, SettleAfter: c.Settle, UnpaidFor: c.Unpaid, RefundAfter: c.Refund,
		Latency: c.Latency, Faults: faults, Seed: c.Seed, Log: p.logger,
	})
	if err != nil {
		return 0, err
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return 0, err
	}
	if err := c.announce(p, listener.Addr().String()); err != nil {
		return 0, errors.Join(err, listener.Close())
	}
	return exitSettled, serve(ctx, listener, doku)
}

// serve answers until ctx ends. That end is how a simulator is meant to stop.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	ended := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer ended()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// loopbackOnly: a simulator takes orders from anybody who holds its key, so nobody else may reach it.
func loopbackOnly(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--addr %s: the simulator serves this machine only, such as 127.0.0.1:8088", addr)
	}
	return nil
}

const simulatorClient = "SIM-0001-0000000000000"

func (c *simulatorCommand) keyPath() string    { return filepath.Join(c.Keys, "private.pem") }
func (c *simulatorCommand) secretPath() string { return filepath.Join(c.Keys, "client-secret") }

// credentials reads the key and secret of an earlier start, or makes them.
func (c *simulatorCommand) credentials() (*rsa.PrivateKey, string, error) {
	if err := os.MkdirAll(c.Keys, 0o700); err != nil {
		return nil, "", err
	}
	text, err := readSecret(c.keyPath())
	if errors.Is(err, os.ErrNotExist) {
		return c.makeCredentials()
	}
	if err != nil {
		return nil, "", err
	}
	key, err := kirimdoku.LoadPrivateKey(text)
	if err != nil {
		return nil, "", err
	}
	secret, err := readSecret(c.secretPath())
	return key, string(secret), err
}

func (c *simulatorCommand) makeCredentials() (*rsa.PrivateKey, string, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, "", err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, "", err
	}
	secret := rand.Text()
	return key, secret, errors.Join( // the secret first: the key tells that both are there
		replaceOwn(c.secretPath(), []byte(secret)),
		replaceOwn(c.keyPath(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})),
	)
}

// announce writes and prints the settings that point gajian to the simulator.
func (c *simulatorCommand) announce(p *program, addr string) error {
	settings := [][2]string{
		{"GAJIAN_BASE_URL", "http://" + addr}, {"GAJIAN_CLIENT_ID", simulatorClient}, {"GAJIAN_PRIVATE_KEY_FILE", absolute(c.keyPath())},
		{"GAJIAN_CLIENT_SECRET_FILE", absolute(c.secretPath())}, {"GAJIAN_ACCOUNT_NO", "A41879"}, {"GAJIAN_CUSTOMER_NUMBER", "628115678890"},
		{"GAJIAN_SENDER_FIRST_NAME", "PT"}, {"GAJIAN_SENDER_LAST_NAME", "CONTOH"}, {"GAJIAN_SENDER_PERSONAL_ID", "89012345"},
		{"GAJIAN_ENVIRONMENT", "sandbox"}, {"GAJIAN_LEDGER", absolute(filepath.Join(c.Keys, "ledger.db"))}, // pretended pay stays out of the real ledger
		{"GAJIAN_POLL_FIRST", "1s"}, {"GAJIAN_POLL_EVERY", "2s"}, {"GAJIAN_RATE", "50"},
	}
	var b strings.Builder
	for _, setting := range settings {
		fmt.Fprintf(&b, "export %s='%s'\n", setting[0], setting[1])
	}
	path := filepath.Join(c.Keys, "environment")
	if err := replaceOwn(path, []byte(b.String())); err != nil {
		return err
	}
	p.say("simulated Kirim DOKU at http://%s; in another terminal: . %s", addr, path)
	return nil
}

func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}
