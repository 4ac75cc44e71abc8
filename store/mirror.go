package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/dgraph-io/badger/v4"
)

// mirror is a folder in which Badger opens a store that is only looked at. Badger
// refuses, when it may not write, a store that a crash has left, and cuts the logs of
// one when it may. So it gets another folder: links to the files that it does not
// change, and copies of the logs of memtables up to their last whole transaction, a few
// memtables' sizes at the most.
type mirror struct {
	dir   string
	locks []*os.File
	sv    *survey
}

// OpenToRead opens the store in dir for what reads. Nothing in the folder is changed,
// whatever state it is in, and no room on its disk is needed; calls that write fail. A
// place for temporary files is needed (TMPDIR). It fails with ErrLocked while another
// process has the store open for writing, and with ErrDamaged if nothing in it can be
// believed. Check names all other faults.
func OpenToRead(dir string, o Options) (*Store, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	if err := requireStore(dir); err != nil {
		return nil, err
	}
	if err := refuseHalfRestored(dir); err != nil {
		return nil, err
	}
	m := &mirror{}
	var err error
	if m.locks, err = shareDir(dir); err != nil {
		return nil, err
	}
	s := &Store{dir: dir, opts: o, mirror: m}
	if err := s.openToRead(); err != nil {
		return nil, errors.Join(err, m.close(s.db))
	}
	return s, nil
}

func (s *Store) openToRead() (err error) {
	m := s.mirror
	if m.sv, err = lookFor(s.dir, s.opts); err != nil {
		return err
	}
	if err := m.sv.err(); err != nil {
		return err
	}
	if err := m.fill(); err != nil {
		return err
	}
	o := badgerOptions(m.dir, s.opts).WithReadOnly(true).WithBypassLockGuard(true)
	if s.db, err = openBadger(o); err != nil {
		return err
	}
	was, err := s.readLayout()
	if err != nil {
		return err
	}
	if was > 0 && was < oldestRead {
		return fmt.Errorf("store: %s has layout %d: start orderguard serve with it once, which brings it to layout %d", s.dir, was, layout)
	}
	if err := s.read(); err != nil {
		return err
	}
	return s.openIndex()
}

// requireStore fails with ErrNoStore if there are no files of a store in a folder.
func requireStore(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, badger.ManifestFilename)); err == nil {
		return nil
	}
	for _, ext := range []string{".sst", ".mem", ".vlog"} {
		if found, err := filesWith(dir, ext); err != nil || len(found) > 0 {
			return err
		}
	}
	return fmt.Errorf("store: open %s: %w", dir, ErrNoStore)
}

// shareDir takes a share of the folder's locks: of its file, if it has one, and its own.
func shareDir(dir string) (held []*os.File, err error) {
	for _, path := range []string{filepath.Join(dir, lockName), dir} {
		f, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			held = append(held, f)
			err = flock(f, dir, syscall.LOCK_SH)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("store: lock %s: %w", dir, err), closeAll(held))
		}
	}
	return held, nil
}

func closeAll(list []*os.File) (err error) {
	for _, f := range list {
		err = errors.Join(err, f.Close())
	}
	return err
}

// fill makes the mirror of a folder.
func (m *mirror) fill() error {
	from, err := filepath.Abs(m.sv.dir)
	if err == nil {
		m.dir, err = os.MkdirTemp("", "orderguard-read-")
	}
	if err != nil {
		return fmt.Errorf("store: a folder to read %s in: %w: name a place for temporary files with TMPDIR", m.sv.dir, err)
	}
	names := []string{badger.ManifestFilename}
	if m.sv.keyFile == nil {
		names = append(names, badger.KeyRegistryFileName)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("store: list the data folder: %w", err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return fmt.Errorf("store: list the data folder: %w", err)
		}
		if ext := filepath.Ext(e.Name()); ext == ".sst" || ext == ".vlog" && info.Size() > 0 {
			names = append(names, e.Name())
		}
	}
	for _, name := range names {
		err := os.Symlink(filepath.Join(from, name), filepath.Join(m.dir, name))
		if err != nil {
			return fmt.Errorf("store: mirror %s: %w", m.sv.dir, err)
		}
	}
	for _, l := range m.sv.mems {
		if l.committed == logHeader {
			continue
		}
		if err := copyBeginning(l.path, filepath.Join(m.dir, filepath.Base(l.path)), l.committed); err != nil {
			return fmt.Errorf("store: mirror %s: %w: name another place for temporary files with TMPDIR", m.sv.dir, err)
		}
	}
	return nil
}

// copyBeginning copies the first n bytes of a file to a new one.
func copyBeginning(from, to string, n int64) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() // only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.CopyN(out, in, n)
	return errors.Join(err, out.Close())
}

// close closes Badger, if it was opened, and takes the mirror away.
func (m *mirror) close(db *database) (err error) {
	if db != nil {
		err = db.Close()
	}
	if m.dir != "" {
		err = errors.Join(err, os.RemoveAll(m.dir))
	}
	if err = errors.Join(err, closeAll(m.locks)); err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	return nil
}
