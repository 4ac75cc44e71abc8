package store

import (
	"slices"
	"sync"

	"github.com/dgraph-io/badger/v4"
)

// database is Badger with timestamps of our own (its managed mode). With Badger's a
// transaction waits, before it begins, for all commits under way to be synced: a seller who
// asked for alerts waited for the journal, and the journal and the alerts for each other, a tenth of a second
// where the disk was slow. Here it sees what was durable when it began, and waits for nothing; and
// commits that come at once share a sync.
type database struct {
	*badger.DB
	times times
}

// newDatabase gives Badger timestamps that follow those in its files.
func newDatabase(db *badger.DB) *database {
	d := &database{DB: db}
	d.times.last = db.MaxVersion()
	d.times.ended.L = &d.times.mu
	d.SetDiscardTs(d.times.last)
	return d
}

// View runs a read.
func (d *database) View(fn func(txn *badger.Txn) error) error {
	at := d.times.beginRead()
	defer d.times.endRead(at)
	txn := d.NewTransactionAt(at, false)
	defer txn.Discard()
	return fn(txn)
}

// begin begins a write, which sees what View sees. Nobody else may write what it reads: then a version
// that it sees is not let go of while it is the newest.
func (d *database) begin() *badger.Txn { return d.NewTransactionAt(d.times.durable(), true) }

// Update runs a write and makes it durable.
func (d *database) Update(fn func(txn *badger.Txn) error) error {
	txn := d.begin()
	defer txn.Discard()
	if err := fn(txn); err != nil {
		return err
	}
	return d.commit(txn, commitAt)
}

func commitAt(txn *badger.Txn, at uint64) error { return txn.CommitAt(at, nil) }

// commit makes a write durable by commitAt, or what a test has in its place. Reads that begin when it has
// returned see it.
func (d *database) commit(txn *badger.Txn, commitAt func(txn *badger.Txn, at uint64) error) error {
	return d.write(func(at uint64) error { return commitAt(txn, at) })
}

// batch makes durable what fill writes, in as many transactions as it takes, of which a crash may leave some.
func (d *database) batch(fill func(*badger.WriteBatch) error) error {
	return d.write(func(at uint64) error {
		batch := d.NewWriteBatchAt(at)
		defer batch.Cancel()
		if err := fill(batch); err != nil {
			return err
		}
		return batch.Flush()
	})
}

func (d *database) write(do func(at uint64) error) error {
	at := d.times.beginCommit()
	err := do(at)
	d.SetDiscardTs(d.times.endCommit(at))
	return err
}

// times gives transactions their timestamps: to a commit the next one, to a read that of the last commit
// of those that have all ended.
type times struct {
	mu    sync.Mutex
	last  uint64         // given to a commit
	under []uint64       // of the commits under way, rising
	reads map[uint64]int // how many read at a timestamp
	ended sync.Cond      // a commit has
}

// durable returns the timestamp up to which all commits have ended.
func (t *times) durable() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.durableLocked()
}

func (t *times) durableLocked() uint64 {
	if len(t.under) > 0 {
		return t.under[0] - 1
	}
	return t.last
}

func (t *times) beginRead() (at uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reads == nil {
		t.reads = map[uint64]int{}
	}
	at = t.durableLocked()
	t.reads[at]++
	return at
}

func (t *times) endRead(at uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reads[at]--; t.reads[at] == 0 {
		delete(t.reads, at)
	}
}

func (t *times) beginCommit() (at uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	t.under = append(t.under, t.last)
	return t.last
}

// endCommit waits for the commits that began before to end, too, so that a read from now on sees it. It
// returns the timestamp below which no version is read that is not the newest.
func (t *times) endCommit(at uint64) (unread uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i, _ := slices.BinarySearch(t.under, at)
	t.under = slices.Delete(t.under, i, i+1)
	t.ended.Broadcast()
	for len(t.under) > 0 && t.under[0] < at {
		t.ended.Wait()
	}
	unread = t.durableLocked()
	for at := range t.reads {
		unread = min(unread, at)
	}
	return unread
}
