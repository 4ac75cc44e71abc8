package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// deadPath is where lines that are no events go.
func (d *daemon) deadPath() string {
	if d.dead != "" {
		return d.dead
	}
	return filepath.Join(d.data, "dead-letters.ndjson")
}

// deadFile is a daemon's file of dead letters. When it cannot be written, as on
// a full disk, the feeds wait until it can, so that no bad line is lost and no
// good one with it.
type deadFile struct {
	file    *os.File
	work    context.Context        // ends the waiting
	trouble *atomic.Pointer[error] // told why the feeds wait
	log     *slog.Logger
}

// openDeadFile opens a file of dead letters to append to it.
func openDeadFile(work context.Context, path string, log *slog.Logger) (*deadFile, error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	f := &deadFile{file: file, work: work, trouble: new(atomic.Pointer[error]), log: log}
	if err := f.endLine(); err != nil {
		return nil, errors.Join(fmt.Errorf("dead letters: %w", err), file.Close())
	}
	return f, nil
}

// endLine ends the line in the middle of which a crash ended the last run.
func (f *deadFile) endLine() error {
	info, err := f.file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := f.file.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = f.file.WriteString("\n")
	return err
}

// Write writes b whole, however long that takes.
func (f *deadFile) Write(b []byte) (int, error) {
	failed := false
	for done := 0; ; failed = true {
		n, err := f.file.Write(b[done:])
		done += n
		if err == nil {
			if failed {
				f.trouble.Store(nil)
			}
			return done, nil
		}
		f.trouble.Store(&err)
		f.log.Error("dead letters cannot be written, all feeds wait", "error", err)
		select {
		case <-f.work.Done():
			return done, err
		case <-time.After(retryCommit):
		}
	}
}

// Close closes the file.
func (f *deadFile) Close() error { return f.file.Close() }

var _ io.WriteCloser = (*deadFile)(nil)
