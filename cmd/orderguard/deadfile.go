package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// deadPath is where lines that are no events go.
func (d *daemon) deadPath() string {
	if d.dead != "" {
		return d.dead
	}
	return filepath.Join(d.data, "dead-letters.ndjson")
}

// deadFile is a daemon's file of dead letters.
type deadFile struct {
	file    *os.File
	text    bytes.Buffer // of the letters that are being written
	letters *ingest.DeadLetters
}

func newDeadFile(file *os.File) *deadFile {
	f := &deadFile{file: file}
	f.letters = ingest.NewDeadLetters(&f.text)
	return f
}

// openDeadFile opens a file of dead letters to append to it.
func openDeadFile(path string) (*deadFile, error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("dead letters: %w: name a file that can be written with --dead-letters", err)
	}
	f := newDeadFile(file)
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

// keep writes the lines of parcels that are no events, and makes them durable.
// On an error nothing of it is kept, and it can be tried again.
func (f *deadFile) keep(group []*parcel) error {
	f.text.Reset()
	for _, p := range group {
		if p.Kind == store.Lines {
			_ = f.letters.Write(p.batch) // to memory
		}
	}
	if err := f.letters.Flush(); err != nil || f.text.Len() == 0 {
		return err
	}
	info, err := f.file.Stat()
	if err == nil {
		_, err = f.file.Write(f.text.Bytes())
	}
	if err == nil && info.Mode().IsRegular() {
		err = f.file.Sync()
	}
	if err != nil {
		if info != nil && info.Mode().IsRegular() {
			err = errors.Join(err, f.file.Truncate(info.Size()))
		}
		return fmt.Errorf("write dead letters: %w: make room, or let %s be written", err, f.file.Name())
	}
	return nil
}

// Close closes the file.
func (f *deadFile) Close() error { return f.file.Close() }
