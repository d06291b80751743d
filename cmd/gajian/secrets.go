package main

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"

	"gajian/batch/kirimdoku"
)

// secretBytesMax bounds key and secret files; an RSA key of 8192 bits has about 6 KiB in PEM.
const secretBytesMax = 64 << 10

// privateKey reads the RSA key that signs token calls.
func (f flags) privateKey() (*rsa.PrivateKey, error) {
	if f.PrivateKeyFile == "" {
		return nil, nil // the client's own check names everything that is missing
	}
	text, err := readSecret(f.PrivateKeyFile)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	key, err := kirimdoku.LoadPrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.PrivateKeyFile, err)
	}
	return key, nil
}

// clientSecret comes from its file or from GAJIAN_CLIENT_SECRET, never from a flag's value:
// command lines are seen by everybody on the machine.
func (f flags) clientSecret() (kirimdoku.Secret, error) {
	text, err := fileOrEnvironment(f.ClientSecretFile, "GAJIAN_CLIENT_SECRET")
	if err != nil {
		return kirimdoku.Secret{}, fmt.Errorf("client secret: %w", err)
	}
	return kirimdoku.NewSecret(text), nil
}

func (f flags) reportPassword() (string, error) {
	text, err := fileOrEnvironment(f.ReportPasswordFile, "GAJIAN_REPORT_PASSWORD")
	if err != nil {
		return "", fmt.Errorf("report password: %w", err)
	}
	return text, nil
}

func fileOrEnvironment(path, variable string) (string, error) {
	if path == "" {
		return os.Getenv(variable), nil
	}
	text, err := readSecret(path)
	return strings.TrimRight(string(text), "\r\n"), err
}

// readSecret reads a file that only its owner may read. The mode is that of the opened file, so
// it cannot be changed between the look and the reading.
func readSecret(path string) ([]byte, error) {
	if holdsSecret(path) {
		return nil, errHoldsSecret
	}
	file, info, err := openPlain(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// Windows has no such bits; its folders of a user are closed to others by default.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others: run chmod 600 %s", path, path)
	}
	return readAtMost(file, path, secretBytesMax)
}

var errHoldsSecret = errors.New("the setting holds the secret itself, but has to name a file that holds it: write it there and run chmod 600 on it")

// holdsSecret reports whether somebody seems to have written a secret where a file's name belongs:
// a key in PEM, or a client secret, which DOKU begins with SK-. An error that names the file would
// put it into a log.
func holdsSecret(path string) bool {
	return strings.Contains(path, "-----BEGIN ") || strings.HasPrefix(path, "SK-")
}

// readBounded reads a whole small file.
func readBounded(path string, most int64) ([]byte, error) {
	if path == os.DevNull {
		return nil, nil // the usual way of saying "none"
	}
	file, _, err := openPlain(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAtMost(file, path, most)
}

// openPlain opens a plain file for reading. Of a named pipe that nobody writes to, the opening
// itself would wait for ever, unless it is told not to.
func openPlain(path string) (*os.File, os.FileInfo, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a plain file", path)
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, info, nil
}

func readAtMost(file io.Reader, path string, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(text)) > most {
		err = errors.New(path + " is too large")
	}
	return text, err
}
