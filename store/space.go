package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// space watches the room on the disk. Badger writes to files that it maps into
// memory before they have blocks: on a full disk that ends the process with a
// bus error, which nothing in it can catch. So
//
//   - nothing is written below Options.Reserve, nor is Badger opened;
//   - the files that Badger appends to get their blocks ahead, as soon as they are
//     there, so that what another program writes cannot take them away;
//   - below closeRoom, Close leaves the memtables to the next Open, which finds all
//     of them in their logs, as after a crash.
//
// What is left is a disk that another program fills within the moment in which
// Badger writes out a memtable or merges tables. The process then ends as by
// kill -9: nothing acknowledged is lost, and Open says that the disk is full.
type space struct {
	mu     sync.Mutex
	seen   time.Time       // when the folder had last changed, when it was looked at
	backed map[string]bool // files that have their blocks
}

// closeRoom is more than Close writes: all memtables, and a merge of tables.
func (o Options) closeRoom() int64 { return 5 * o.MemTable }

// left returns how much room is left on the disk of a folder. The error is ErrReadOnly if it
// is mounted so, as the system does by itself to a file system that fails.
func left(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("store: ask for the room left on the disk: %w", err)
	}
	if st.Flags&unix.ST_RDONLY != 0 {
		return 0, fmt.Errorf("store: %s: %w", dir, ErrReadOnly)
	}
	return int64(st.Bavail) * st.Bsize, nil
}

// Writable returns why the store would not be written to now, nil if it would as far as can be told
// without writing.
func (s *Store) Writable() error {
	if err := s.Harmed(); err != nil {
		return err
	}
	if !s.signs.flushes() {
		return fmt.Errorf("%w: %w", ErrDisk, errUnflushed)
	}
	return checkReserve(s.dir, s.opts)
}

// checkSpace refuses to write when the disk is nearly full, or what was written cannot be
// written out of memory.
func (s *Store) checkSpace() error {
	if err := s.Writable(); err != nil || s.opts.Reserve < 0 {
		return err
	}
	return s.backFiles()
}

func checkReserve(dir string, o Options) error {
	free, err := left(dir)
	if err != nil {
		return err
	}
	if free < o.Reserve {
		return fmt.Errorf("store: %d MiB left of a reserve of %d MiB in %s: %w", free>>20, o.Reserve>>20, dir, ErrFull)
	}
	return nil
}

// frugal is a writer of a large file that stops at the reserve.
type frugal struct {
	io.Writer
	dir   string
	opts  Options
	since int // bytes that were written without a look
}

// lookEvery is after how many bytes a frugal writer looks at the room.
const lookEvery = 4 << 20

func (f *frugal) Write(b []byte) (int, error) {
	if f.since += len(b); f.since >= lookEvery {
		f.since = 0
		if err := checkReserve(f.dir, f.opts); err != nil {
			return 0, err
		}
	}
	return f.Writer.Write(b)
}

// backFiles gives blocks to the logs of Badger that have come since the last
// call, at a microsecond when none has.
func (s *Store) backFiles() error {
	s.space.mu.Lock()
	defer s.space.mu.Unlock()
	info, err := os.Stat(s.dir)
	if err != nil {
		return fmt.Errorf("store: look at the data folder: %w", err)
	}
	if info.ModTime().Equal(s.space.seen) {
		return nil
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("store: list the data folder: %w", err)
	}
	backed := map[string]bool{}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext != ".mem" && ext != ".vlog" {
			continue
		}
		if !s.space.backed[e.Name()] {
			err := allocate(filepath.Join(s.dir, e.Name()))
			switch {
			case errors.Is(err, os.ErrNotExist): // it is gone meanwhile
				continue
			case errors.Is(err, syscall.ENOSPC):
				return fmt.Errorf("store: room for %s: %w", e.Name(), ErrFull)
			case err != nil:
				s.opts.Logger.Debug("a file cannot have its blocks ahead here", "file", e.Name(), "error", err)
			}
		}
		backed[e.Name()] = true
	}
	s.space.seen, s.space.backed = info.ModTime(), backed
	return nil
}
