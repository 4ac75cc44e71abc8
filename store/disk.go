package store

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// lockName is the file whose lock says that the store is open. Badger locks
// the folder too, but only within its Open, and what Open would trip over has
// to be removed before, by the one who owns the store.
const lockName = "orderguard.lock"

// lockDir takes the folder's lock, which the system frees when the process
// ends, however it ends. It waits a while for those who only read.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, syscall.EROFS) || errors.Is(err, os.ErrPermission) {
		err = errors.Join(ErrReadOnly, err)
	}
	if err != nil {
		return nil, fmt.Errorf("store: lock %s: %w", dir, err)
	}
	for began := time.Now(); ; time.Sleep(readersLook) {
		err := lockAlone(f, dir)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, ErrBeingRead) || time.Since(began) >= readersWait {
			return nil, errors.Join(err, f.Close())
		}
	}
}

// lockAlone locks a folder by its file of locks. Those who only read share that, and the folder's
// own lock, since the file may have been removed; Badger takes that one for itself later.
func lockAlone(f *os.File, dir string) error {
	if err := flock(f, dir, syscall.LOCK_EX); err != nil {
		if flock(f, dir, syscall.LOCK_SH) == nil {
			return errors.Join(fmt.Errorf("store: lock %s: %w", dir, ErrBeingRead), syscall.Flock(int(f.Fd()), syscall.LOCK_UN))
		}
		return err
	}
	folder, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("store: lock %s: %w", dir, err)
	}
	if err = flock(folder, dir, syscall.LOCK_EX); errors.Is(err, ErrLocked) {
		err = fmt.Errorf("store: lock %s: %w", dir, ErrBeingRead)
	}
	return errors.Join(err, unlock(folder))
}

// unlock gives a lock back and closes its file. To close it alone is not enough: a process that is being
// started has a copy of the file for a moment, and with it the lock.
func unlock(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}

// How long a store that is only read is waited for, and how often it is looked at.
const (
	readersWait = 5 * time.Second
	readersLook = 50 * time.Millisecond
)

// flock locks a file for a folder.
func flock(f *os.File, dir string, how int) error {
	err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrLocked
	}
	if err != nil {
		return fmt.Errorf("store: lock %s: %w", dir, err)
	}
	return nil
}

// removeEmpty removes the empty logs that a crash leaves between making and
// sizing a file. Badger refuses to open them; they never held anything.
func removeEmpty(dir string, log *slog.Logger) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("store: list the data folder: %w", err)
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext != ".mem" && ext != ".vlog" {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return fmt.Errorf("store: look at %s: %w", e.Name(), err)
		}
		if !info.Mode().IsRegular() || info.Size() > 0 {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("store: remove an empty log left by a crash: %w", err)
		}
		log.Info("removed an empty log left by a crash", "file", e.Name())
	}
	return nil
}

// openBadger opens Badger, which panics at some of what damage leaves.
func openBadger(o badger.Options) (d *database, err error) {
	defer func() {
		if p := recover(); p != nil {
			text, _, _ := strings.Cut(strings.TrimSpace(fmt.Sprint(p)), "\n")
			err = fmt.Errorf("store: open %s: %w: %s: %s", o.Dir, ErrDamaged, text, cure)
		}
	}()
	db, err := badger.OpenManaged(o)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", o.Dir, err)
	}
	return newDatabase(db), nil
}

// badgerOptions are Badger's for this store. Values stay beside their keys and
// blocks are not compressed: a page of alerts is then read straight from the
// page cache, half as long again as fast, and no block cache is needed.
func badgerOptions(dir string, o Options) badger.Options {
	return badger.DefaultOptions(dir).
		WithSyncWrites(true).
		WithLogger(bridge{log: o.Logger}).
		WithMemTableSize(o.MemTable).
		WithNumMemtables(3).
		WithNumCompactors(2).
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithValueLogFileSize(o.LogFile).
		WithValueThreshold(largeValue).
		WithVerifyValueChecksum(true).
		WithMetricsEnabled(false).
		WithDetectConflicts(false) // there is one writer
}

// bridge gives Badger's log lines to a slog.Logger, its chatter as debug.
type bridge struct {
	log   *slog.Logger
	signs *signs // nil: nobody looks
}

// signs are what Badger tells of a failing disk by its log alone.
type signs struct {
	// unsynced is set when the sync of a value log has failed: Badger goes on, and the commit
	// succeeds (valueLog.write in its value.go).
	unsynced atomic.Bool
	// unwritten is set when a commit has failed, before Badger writes the next ones to the same
	// log: what is behind a failed sync is not durable, though it was synced.
	unwritten atomic.Bool
	// unflushed is when a memtable could last not be written out, in Unix ns: Badger tries
	// again every second, for ever, also when it is being closed (DB.flushMemtable in its db.go).
	unflushed atomic.Int64
}

// How the lines begin.
const (
	unsyncedLine  = "Error while curlf sync"
	unwrittenLine = "writeRequests: "
	unflushedLine = "error flushing memtable to disk"
)

func (b bridge) Errorf(f string, a ...any) {
	if b.signs != nil {
		b.signs.see(f)
	}
	b.log.Error(line(f, a), "from", "badger")
}

// see takes what Badger says.
func (s *signs) see(line string) {
	switch {
	case strings.HasPrefix(line, unsyncedLine):
		s.unsynced.Store(true)
	case strings.HasPrefix(line, unwrittenLine):
		s.unwritten.Store(true)
	case strings.HasPrefix(line, unflushedLine):
		s.unflushed.Store(time.Now().UnixNano())
	}
}

// patience is for how long a failure of what Badger tries again every second is taken for
// one that lasts.
const patience = 3 * time.Second

// flushes says whether memtables can be written out, as far as is known.
func (s *signs) flushes() bool { return time.Now().UnixNano()-s.unflushed.Load() > int64(patience) }

func (b bridge) Warningf(f string, a ...any) { b.log.Warn(line(f, a), "from", "badger") }
func (b bridge) Infof(f string, a ...any)    { b.log.Debug(line(f, a), "from", "badger") }
func (b bridge) Debugf(f string, a ...any)   { b.log.Debug(line(f, a), "from", "badger") }

func line(format string, args []any) string {
	return strings.TrimSpace(fmt.Sprintf(format, args...))
}
