package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// inUseName is the file that is there from when Badger is open until it begins to close:
// meanwhile there is the log of a memtable with what was committed last. Where a crash
// has left the one without the other, that log is lost, but where the file says that nothing is in the
// logs: Badger removes such ones, as it opens, before it makes another.
const inUseName = "inuse"

// What the file says.
const (
	isOpen  = "The store is open, or its process was killed.\n"
	isBegun = "The store is being opened, and nothing is in its logs.\n"
)

func markInUse(dir, how string) error {
	return writeWhole(osFiles{}, filepath.Join(dir, inUseName), func(w io.Writer) error {
		_, err := io.WriteString(w, how)
		return err
	})
}

// inUse says whether the process that had a store open was killed before it closed it, and whether
// there has to be a log then.
func inUse(dir string) (killed, logged bool, err error) {
	text, err := os.ReadFile(filepath.Join(dir, inUseName))
	if errors.Is(err, os.ErrNotExist) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("store: look whether the store was closed: %w", err)
	}
	return true, string(text) != isBegun, nil
}

// errUnflushed: Badger does not close as long as what it has in memory cannot be written out.
var errUnflushed = errors.New("what is in memory cannot be written out, and is in its logs")

// detach closes Badger. The mark goes first, and durably: closing removes the logs of memtables. The
// error is errUnflushed, and closing is set, when it does not close because of the disk.
func (s *Store) detach() error {
	err := os.Remove(filepath.Join(s.dir, inUseName))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err = errors.Join(err, osFiles{}.syncDir(s.dir)); err != nil {
		return fmt.Errorf("the mark of an open store: %w", err)
	}
	closed := make(chan error, 1)
	go func() { closed <- s.db.Close() }()
	for {
		select {
		case err := <-closed:
			return err
		case <-time.After(patience):
			if !s.signs.flushes() {
				s.closing = closed
				return errUnflushed
			}
		}
	}
}
