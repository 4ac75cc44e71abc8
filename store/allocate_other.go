//go:build !linux

package store

import "errors"

// allocate gives a file blocks for all of its size, where the system can.
func allocate(string) error { return errors.ErrUnsupported }
