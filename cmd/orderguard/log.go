package main

import (
	"log/slog"
	"os"
)

// newLogger returns the program's log, on stderr.
func newLogger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}
