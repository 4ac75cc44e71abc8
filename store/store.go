package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
)

// Store is an open store. Its methods may be called from many goroutines.
type Store struct {
	dir    string
	opts   Options
	lock   *os.File
	db     *database
	tokens tokenCache
	// journalID tells the journal from those of other stores; 0: it has none yet. foundID is the one
	// that there was before Badger was opened, 0: none, or it is lost.
	journalID, foundID uint64

	// life is held by whoever uses db, and by Close alone: Badger unmaps the
	// memory under a read that outlives it.
	life   sync.RWMutex
	closed bool
	sick   atomic.Bool // a write failed: see mend
	signs  signs
	// away is set while Badger is closed, or being closed, to be opened again. Closing
	// tells when it is closed, if that takes long. Both are guarded like closed.
	away    bool
	closing <-chan error
	// eager has Badger merge each table as soon as it is written out: see writeOut.
	eager  bool
	harmed atomic.Pointer[error] // why nothing may be written any more: see Verify
	mirror *mirror               // of a store that is only looked at
	// ranBefore is for how long the store was open before this process opened it, in ms; see ran.
	ranBefore int64
	space     space
	// checked is the snapshot that Open has read and found whole.
	checked string
	refused sync.Map                 // by path, the snapshots that LoadSnapshot or Trim could not use: nothing is let go of for them
	relied  atomic.Pointer[Snapshot] // what Trim has read last, and found of use

	journal journal
	index   index
	pages   *logPages

	mu  sync.Mutex // held by whoever writes what is not the journal's, before life
	seq uint64     // the last one given out; read again when stale
	// told is the last seq of which a caller knows.
	told uint64
	// position is the last record of which alerts have been committed.
	position uint64
	// stale is set when a write failed, after which only the disk knows
	// whether it happened.
	stale  bool
	recent recentAlerts
}

// Open opens the store in dir, and makes it if there is none. It fails with
// ErrLocked while another process has it open.
func Open(dir string, o Options) (*Store, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	if o.Existing {
		if err := requireStore(dir); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: make the data folder: %w", err)
	}
	if err := refuseHalfRestored(dir); err != nil {
		return nil, err
	}
	return openDir(dir, o)
}

// openDir is Open in a folder that is there, with options that are complete.
func openDir(dir string, o Options) (*Store, error) {
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, opts: o, lock: lock, pages: newLogPages(dir)}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, unlock(lock))
	}
	return s, nil
}

func (s *Store) open() error {
	if err := checkReserve(s.dir, s.opts); err != nil {
		return err
	}
	sv, err := lookFor(s.dir, s.opts)
	if err != nil {
		return err
	}
	if err := sv.refuse(s.opts); err != nil {
		return err // nothing has been changed by then
	}
	if !s.opts.AcceptLoss && !s.opts.gapped {
		if err := sv.refuseGap(); err != nil {
			return err
		}
	}
	if sv.snapshot != nil {
		s.checked = sv.snapshot.Path
	}
	if err := s.attach(sv); err != nil {
		return err
	}
	if err := s.load(); err != nil {
		return errors.Join(err, s.detach())
	}
	return nil
}

// attach opens Badger in a folder that was looked at.
func (s *Store) attach(sv *survey) (err error) {
	s.foundID = sv.journalID()
	if err := sv.guard(s.opts); err != nil {
		return err
	}
	o := badgerOptions(s.dir, s.opts).WithLogger(bridge{s.opts.Logger, &s.signs})
	if s.eager {
		o = o.WithNumLevelZeroTables(1)
	}
	if s.db, err = openBadger(o); err != nil {
		return err
	}
	if err := markInUse(s.dir, isOpen); err != nil {
		return errors.Join(err, s.detach())
	}
	return nil
}

// load readies what is in Badger, and beside it, for use.
func (s *Store) load() error {
	if err := removeParts(s.dir); err != nil {
		return err
	}
	if err := s.migrate(); err != nil {
		return err
	}
	if err := s.read(); err != nil {
		return err
	}
	if err := s.goOnWithout(); err != nil {
		return err
	}
	return s.openIndex()
}

// read reads what the store knows by heart.
func (s *Store) read() error {
	err := errors.Join(s.readSeq(), s.readJournal(), s.db.View(func(txn *badger.Txn) (err error) {
		if s.journalID, err = getSeq(txn, journalIDKey); err != nil {
			return err
		}
		ran, err := getSeq(txn, ranKey)
		s.ranBefore = int64(ran)
		return err
	}))
	s.told = s.seq
	return err
}

// Close waits for the calls under way, closes the store and frees its folder.
// Calls that come later fail with ErrClosed.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if err := s.index.close(); err != nil {
		s.opts.Logger.Warn("closing the index of orders", "error", err)
	}
	if s.mirror != nil {
		return s.mirror.close(s.db)
	}
	if s.away || s.leaveAsIs() {
		return nil
	}
	if err := errors.Join(s.detach(), unlock(s.lock)); err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	return nil
}

// leaveAsIs says whether closing would write to a disk that cannot take it. Then
// all stays as a crash leaves it, for the next Open, and so does the lock until
// the process ends.
func (s *Store) leaveAsIs() bool {
	free, err := left(s.dir)
	room := s.opts.Reserve < 0 || err == nil && free >= s.opts.closeRoom()
	if room && !s.sick.Load() {
		return false
	}
	s.opts.Logger.Warn("the disk cannot take what closing would write: the next start finds it in the logs", "room", free, "error", err)
	return true
}

func (s *Store) isClosed() bool {
	s.life.RLock()
	defer s.life.RUnlock()
	return s.closed
}

// gone returns why Badger cannot be asked, nil if it can. The caller holds life.
func (s *Store) gone() error {
	switch {
	case s.closed:
		return ErrClosed
	case s.away:
		return fmt.Errorf("%w: the store is opened again when it does not", ErrDisk)
	}
	return nil
}

// view runs a read.
func (s *Store) view(fn func(txn *badger.Txn) error) error {
	s.life.RLock()
	defer s.life.RUnlock()
	if err := s.gone(); err != nil {
		return err
	}
	return s.db.View(fn)
}

// update runs a write that fits one transaction. The caller holds mu, or the
// journal's lock.
func (s *Store) update(fn func(txn *badger.Txn) error) error {
	if err := s.mend(); err != nil {
		return err
	}
	s.life.RLock()
	defer s.life.RUnlock()
	if err := s.gone(); err != nil {
		return err
	}
	txn := s.db.begin()
	defer txn.Discard()
	if err := fn(txn); err != nil {
		return err
	}
	return s.commitTxn(txn)
}

// Seq returns the last seq given out, 0 for a new store.
func (s *Store) Seq() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seq
}

// Position returns the number of the last record of the journal whose alerts
// are in the store: what came of the records before it is, too.
func (s *Store) Position() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position
}

// readSeq reads the counters from the disk. The caller holds life, or is Open.
func (s *Store) readSeq() error {
	err := s.db.View(func(txn *badger.Txn) (err error) {
		if s.seq, err = getSeq(txn, seqKey); err != nil {
			return err
		}
		s.position, err = getSeq(txn, positionKey)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: read the sequence: %w", err)
	}
	s.stale = false
	return nil
}

// getSeq reads a seq stored under key; 0 when there is none.
func getSeq(txn *badger.Txn, key []byte) (seq uint64, err error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	err = item.Value(func(v []byte) error {
		if len(v) != 8 {
			return fmt.Errorf("the record %q has %d bytes instead of 8: restore a backup", key, len(v))
		}
		seq = binary.BigEndian.Uint64(v)
		return nil
	})
	return seq, err
}

func seqValue(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }
