package store

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/orderguard/orderguard"
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
	// gapped opens a store of which a start lacks records, and Check does not name that: it was so when it was copied.
	gapped bool
	// segmentEntries is the size of the index's smallest segments.
	segmentEntries int
	passed         func() time.Duration                   // since Open; default: time
	maxOffered     int                                    // see offers
	commit         func(txn *badger.Txn, at uint64) error // default: Badger's
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
