//go:build !linux || !(amd64 || arm64)

package main

import "errors"

// dropFromCache is not written for this system.
func dropFromCache(string) error { return errors.ErrUnsupported }
