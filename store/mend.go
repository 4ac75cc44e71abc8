package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
)

// commitTxn makes a transaction durable. After a failure nothing is written to the
// same files: what a failed sync has left out may be lost while later parts of
// the file are not, and Badger reads its logs only up to the first gap.
func (s *Store) commitTxn(txn *badger.Txn) error {
	commit := commitAt
	if s.opts.commit != nil {
		commit = s.opts.commit
	}
	err := s.db.commit(txn, commit)
	s.pages.look()
	if err == nil && (s.signs.unsynced.Load() || s.signs.unwritten.Load()) {
		err = errors.New("what was written before it, or its values, could not be synced")
	}
	if err == nil || errors.Is(err, badger.ErrTxnTooBig) || errors.Is(err, badger.ErrDBClosed) {
		return err
	}
	s.sick.Store(true)
	return fmt.Errorf("%w: %w", ErrDisk, err)
}

// mend opens the store anew after a failed write, once the disk takes writes
// again: all that memory holds is then written to new files. Whoever writes
// calls it before it takes life.
func (s *Store) mend() error {
	if err := s.Harmed(); err != nil {
		return err
	}
	if !s.sick.Load() {
		return nil
	}
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed || !s.sick.Load() {
		return nil
	}
	if err := s.probe(); err != nil {
		return fmt.Errorf("store: try to write to %s: %w: %w", s.dir, ErrDisk, err)
	}
	if err := s.letGo(); err != nil {
		return fmt.Errorf("store: close %s after a failed write: %w: %w", s.dir, ErrDisk, err)
	}
	if err := s.attachAgain(); err != nil {
		return fmt.Errorf("store: open %s after a failed write: %w", s.dir, err) // the next write tries again
	}
	if err := s.readBeginning(); err != nil {
		s.opts.Logger.Warn("looking where the journal begins after a failed write", "error", err)
	}
	s.away = false
	s.signs.unsynced.Store(false)
	s.signs.unwritten.Store(false)
	s.sick.Store(false)
	s.opts.Logger.Info("the disk takes writes again")
	return nil
}

// letGo closes Badger to open it again. While it does not close, the next write finds out whether
// it has, and reads fail.
func (s *Store) letGo() error {
	switch {
	case !s.away:
		if err := rewriteValues(s.opts.files, s.dir); err != nil {
			return err
		}
		s.away = true
		if err := s.detach(); err != nil && s.closing == nil {
			s.opts.Logger.Warn("closing the store after a failed write", "error", err)
		}
	case s.closing != nil:
		select {
		case err := <-s.closing:
			s.closing = nil
			s.opts.Logger.Info("the store is closed after a failed write", "error", err)
		default:
		}
	}
	if s.closing != nil {
		return errUnflushed
	}
	return nil
}

// attachAgain opens Badger in the folder of an open store. Nothing of that may be lost.
func (s *Store) attachAgain() error {
	if err := rewriteManifest(s.opts.files, s.dir); err != nil {
		return err
	}
	o := s.opts
	o.AcceptLoss, o.Usable = false, nil // it is no start
	sv, err := lookFor(s.dir, o)
	if err != nil {
		return err
	}
	if err := sv.refuse(o); err != nil {
		return err
	}
	s.recent.forget()
	return s.attach(sv)
}

// probe writes to the data folder, as durably as a commit does.
func (s *Store) probe() error {
	path := filepath.Join(s.dir, "probe")
	f, err := s.opts.files.create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 64<<10))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(path))
}
