package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/orderguard/orderguard"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrLocked: another process has the store open.
	ErrLocked = errors.New("the store is in use by another process: stop it, or use its HTTP API while it runs")
	// ErrBeingRead: others look at the store.
	ErrBeingRead = errors.New("the store is being read by another process, such as orderguard check or backup: start again when that has ended")
	// ErrReadOnly: the folder cannot be written to.
	ErrReadOnly = errors.New("the data folder cannot be written to: mount it for writing, give it to the user that runs orderguard (chown), or name another one")
	// ErrFull: the disk has less room left than the reserve.
	ErrFull = errors.New("the disk is nearly full: free some space, then go on; nothing kept is harmed")
	// ErrNotFound: there is no such alert or token.
	ErrNotFound = errors.New("not found")
	// ErrNoStore: the folder holds no store.
	ErrNoStore = errors.New("there is no store in this folder")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("the store is closed")
)

// Options are the store's settings. A zero field means its default.
type Options struct {
	// Logger gets what Badger has to say, and what Open repaired. Default:
	// nothing is logged.
	Logger *slog.Logger
	// MemTable is the size of a memtable in bytes, 8 MiB to 1 GiB, default
	// 16 MiB. The store holds at most four in memory.
	MemTable int64
	// LogFile is the size of a file of the journal in bytes, 1 MiB to 1 GiB,
	// default 64 MiB. The room of what was trimmed comes back by the file.
	LogFile int64
	// Reserve is how much room in bytes must be left on the disk for Commit to
	// write, default 128 MiB; -1 is none. Badger writes through a memory map,
	// which a full disk would turn into a crash.
	Reserve int64
	// Existing opens only a store that is there: the error is ErrNoStore when
	// the folder holds none.
	Existing bool
	// AcceptLoss opens a store of which something is lost for good, and says what, where
	// Open fails with ErrDamaged otherwise: what was committed behind a bad byte or a gap.
	// Records that cannot be read become Lost, so that no later Open needs it again.
	// Tables must be sound all the same. Nor does it fail with ErrFormer.
	AcceptLoss bool
	// Now tells the time at which tokens are made and revoked. Default
	// time.Now.
	Now func() time.Time

	// Orders returns a function that tells the order that a line of the journal
	// names, "" if it names none. Each goroutine asks for its own. Without it
	// there is no index of orders.
	Orders func() func(line []byte) string

	// Committed reads from a snapshot up to which record anything had been committed by then: a store
	// that says less has lost commits. It fails for one that it does not know. Default: nothing is read.
	Committed func(snapshot io.Reader) (position uint64, err error)
	// Usable says why the engine cannot go on from a snapshot, which is whole: another version of the program wrote
	// it. nil is that it can. Open fails with ErrFormer, and changes nothing, where the journal does not hold all that
	// came after the newest one that can be used. Default: each is.
	Usable func(snapshot io.Reader) error
	// AlertID is what the id of an alert follows from, which Check looks at. Default: it does not.
	AlertID func(order string, scenario orderguard.Scenario) string

	files files // default: the system's
	// segmentEntries is the size of the index's smallest segments.
	segmentEntries int
	passed         func() time.Duration    // since Open; default: time
	maxOffered     int                     // see offers
	commit         func(*badger.Txn) error // default: Badger's
}

// Validate reports every fault of the options at once.
func (o Options) Validate() error {
	var errs []error
	if o.MemTable != 0 && (o.MemTable < 8<<20 || o.MemTable > 1<<30) {
		errs = append(errs, fmt.Errorf("store: MemTable %d: want 8 MiB to 1 GiB", o.MemTable))
	}
	if o.LogFile != 0 && (o.LogFile < 1<<20 || o.LogFile > 1<<30) {
		errs = append(errs, fmt.Errorf("store: LogFile %d: want 1 MiB to 1 GiB", o.LogFile))
	}
	if o.Reserve < -1 {
		errs = append(errs, fmt.Errorf("store: Reserve %d: want a size in bytes, or -1 for none", o.Reserve))
	}
	return errors.Join(errs...)
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.MemTable == 0 {
		o.MemTable = 16 << 20
	}
	if o.LogFile == 0 {
		o.LogFile = 64 << 20
	}
	if o.Reserve == 0 {
		o.Reserve = 128 << 20
	}
	if o.maxOffered == 0 {
		o.maxOffered = maxOffered
	}
	if o.segmentEntries == 0 {
		o.segmentEntries = segmentEntries
	}
	if o.files == nil {
		o.files = osFiles{}
	}
	if o.passed == nil {
		begun := time.Now()
		o.passed = func() time.Duration { return time.Since(begun) }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Store is an open store. Its methods may be called from many goroutines.
type Store struct {
	dir    string
	opts   Options
	lock   *os.File
	db     *badger.DB
	tokens tokenCache
	line   uint64 // the journal's name, 0: it has none yet
	found  uint64 // the name that there was before Badger was opened, 0: none, or it is lost

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

	journal journal
	index   index

	mu  sync.Mutex // held by whoever writes what is not the journal's, before life
	seq uint64     // the last one given out; read again when stale
	// told is the last seq of which a caller knows.
	told uint64
	// position is the last record of which alerts have been committed.
	position uint64
	// stale is set when a write failed, after which only the disk knows
	// whether it happened.
	stale bool
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
	s := &Store{dir: dir, opts: o, lock: lock}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, lock.Close())
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
	if !s.opts.AcceptLoss {
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
	s.found = sv.line()
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
	if err := markInUse(s.dir); err != nil {
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
		if s.line, err = getSeq(txn, lineKey); err != nil {
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
	if err := errors.Join(s.detach(), s.lock.Close()); err != nil {
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
	txn := s.db.NewTransaction(true)
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
