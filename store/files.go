package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// files is the little of a file system that snapshots need; tests make it fail.
type files interface {
	// create makes a file, or empties one that is there.
	create(path string) (file, error)
	// rename replaces what has the new name.
	rename(from, to string) error
	// syncDir makes what was created and renamed in a folder durable.
	syncDir(dir string) error
}

// file is one that is being written.
type file interface {
	io.WriteCloser
	Sync() error
}

// osFiles are those of the system.
type osFiles struct{}

func (osFiles) create(path string) (file, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
}

func (osFiles) rename(from, to string) error { return os.Rename(from, to) }

func (osFiles) syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// filesWith returns the paths of the files in a folder whose names end so, in order of
// their names; none if there is no such folder.
func filesWith(dir, ext string) (paths []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("store: list a folder: %w", err)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ext {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}

// partExt ends the name of a file that is not whole yet.
const partExt = ".tmp"

// steady syncs a file that is being written again and again, and not only at its end: who syncs anything on the same file
// system may have to wait until the disk has taken what is written by then.
type steady struct {
	file
	since int // bytes that were written and not synced
}

// syncEvery is after how many bytes a steady file is synced.
const syncEvery = 8 << 20

func (s *steady) Write(b []byte) (int, error) {
	n, err := s.file.Write(b)
	if s.since += n; err == nil && s.since >= syncEvery {
		s.since, err = 0, s.Sync()
	}
	return n, err
}

// writeWhole makes a file that is there whole or not at all.
func writeWhole(fs files, path string, write func(io.Writer) error) (err error) {
	f, err := fs.create(path + partExt)
	if err != nil {
		return err
	}
	err = write(&steady{file: f})
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = fs.rename(path+partExt, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(path+partExt))
	}
	return fs.syncDir(filepath.Dir(path))
}
