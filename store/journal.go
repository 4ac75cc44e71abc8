package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/dgraph-io/badger/v4"
)

// journal is what the store knows of its journal without asking the disk.
type journal struct {
	appending   sync.Mutex // held by Append and Trim, before life
	post        []byte     // the key of the post at which Trim goes on, nil at the first; guarded by appending
	mu          sync.Mutex // guards what follows
	first, last uint64     // 0: there is none
	bytes       int64      // of the values, about
}

// largeValue is the size from which a value goes to Badger's value log instead
// of beside its key, if it is a record's: see beside.go. Blocks of lines are above it as a
// rule, and so are not written again and again by compactions.
const largeValue = 4 << 10

// Append gives records the next numbers of the journal and makes them durable,
// in one synced transaction, or in several if they are too large for one. It
// returns how many, from the first on, are durable; fewer than all come with an
// error. To append the others again is safe, whatever has reached the disk. The
// error is ErrFull when the disk has no room.
func (s *Store) Append(records []Record) (durable int, err error) {
	s.journal.appending.Lock()
	defer s.journal.appending.Unlock()
	if err := s.mend(); err != nil {
		return 0, err
	}
	s.life.RLock()
	defer s.life.RUnlock()
	if err := s.gone(); err != nil {
		return 0, fmt.Errorf("store: append: %w", err)
	}
	if err := s.checkSpace(); err != nil {
		return 0, err
	}
	_, last, _ := s.Journal()
	for i := range records {
		records[i].Number = last + 1 + uint64(i)
	}
	for durable < len(records) && err == nil {
		var n int
		if n, err = s.appendSome(records[durable:]); err == nil {
			durable += n
		}
	}
	if err != nil {
		return durable, fmt.Errorf("store: append to the journal: %w", err)
	}
	return durable, nil
}

// appendSome writes as many records as fit into one transaction.
func (s *Store) appendSome(records []Record) (n int, err error) {
	txn := s.db.begin()
	defer func() { txn.Discard() }()
	room, bytes := s.db.MaxBatchSize()*3/4, int64(0)
	positions, posts := map[string]FeedPosition{}, map[string]FeedPosition{}
	for n < len(records) {
		r := &records[n]
		value := r.encode()
		inTxn := int64(len(value))
		if inTxn >= largeValue {
			inTxn = 0
		}
		if room -= inTxn + 64; n > 0 && (room < 0 || int64(n) >= s.db.MaxBatchCount()/4) {
			break
		}
		if err := txn.Set(recordKey(r.Number), value); err != nil {
			return 0, fmt.Errorf("record %d: %w", r.Number, err)
		}
		for feed, at := range r.Positions {
			at.Record = r.Number
			positions[feed] = at
		}
		for post, at := range r.Posts {
			at.Until = s.ran() + PostTime.Milliseconds()
			posts[post] = at
		}
		n, bytes = n+1, bytes+int64(len(value))
	}
	back, err := s.takeBack(records[:n], positions, posts)
	if err == nil {
		err = setPositions(txn, positions, posts)
	}
	if err != nil {
		return 0, err
	}
	if err := s.commitTxn(txn); err != nil {
		if s.signs.unsynced.Load() {
			// The keys are there and lead to values that may not be.
			err = errors.Join(err, s.db.Update(back))
		}
		return 0, err
	}
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	if s.journal.first == 0 {
		s.journal.first = records[0].Number
	}
	s.journal.last = records[n-1].Number
	s.journal.bytes += bytes
	if s.opts.Orders != nil {
		s.index.offers.put(records[:n], s.opts.maxOffered)
		s.index.nudge()
	}
	return n, nil
}

// takeBack returns what undoes a transaction that is about to append records: they go, and
// feeds and posts are where they were. It is nothing where a try before this has failed
// and reached the disk all the same, with its positions.
func (s *Store) takeBack(records []Record, feeds, posts map[string]FeedPosition) (back func(*badger.Txn) error, err error) {
	var gone [][]byte
	var was []*badger.Entry
	err = s.db.View(func(txn *badger.Txn) error {
		if _, err := txn.Get(recordKey(records[0].Number)); !errors.Is(err, badger.ErrKeyNotFound) {
			return err
		}
		var keys [][]byte
		for feed := range feeds {
			keys = append(keys, feedKey(feed))
		}
		for post := range posts {
			keys = append(keys, postKey(post))
		}
		for i := range records {
			gone = append(gone, recordKey(records[i].Number))
		}
		for _, key := range keys {
			item, err := txn.Get(key)
			if errors.Is(err, badger.ErrKeyNotFound) {
				gone = append(gone, key)
				continue
			}
			if err != nil {
				return err
			}
			e := badger.NewEntry(key, nil)
			e.ExpiresAt = item.ExpiresAt()
			if e.Value, err = item.ValueCopy(nil); err != nil {
				return err
			}
			was = append(was, e)
		}
		return nil
	})
	return func(txn *badger.Txn) (err error) {
		for _, key := range gone {
			err = errors.Join(err, txn.Delete(key))
		}
		for _, e := range was {
			err = errors.Join(err, txn.SetEntry(e))
		}
		return err
	}, err
}

// setPositions writes how far feeds and posts have come.
func setPositions(txn *badger.Txn, feeds, posts map[string]FeedPosition) error {
	for feed, at := range feeds {
		v, err := json.Marshal(at)
		if err != nil {
			return fmt.Errorf("feed %s: %w", feed, err)
		}
		if err := txn.Set(feedKey(feed), v); err != nil {
			return fmt.Errorf("feed %s: %w", feed, err)
		}
	}
	for name, at := range posts {
		entry, err := postEntry(name, at)
		if err != nil {
			return err
		}
		if err := txn.SetEntry(entry); err != nil {
			return fmt.Errorf("post %s: %w", name, err)
		}
	}
	return nil
}

// Journal returns the numbers of the first and the last record, 0 if there is
// none, and about how many bytes they take.
func (s *Store) Journal() (first, last uint64, bytes int64) {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.journal.first, s.journal.last, s.journal.bytes
}

// readJournal finds where the journal begins and ends.
func (s *Store) readJournal() (err error) {
	j := &s.journal
	j.first, j.last, j.bytes, err = s.extent()
	return err
}

// readBeginning finds where the journal begins when trimming has failed, which may have
// reached the disk all the same. Its end stays: what was not reported is appended again.
func (s *Store) readBeginning() error {
	first, _, bytes, err := s.extent()
	j := &s.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil && j.first != 0 {
		j.first, j.bytes = first, bytes
	}
	return err
}

// extent returns the numbers of the first and the last record in Badger, and about how many
// bytes all take. It looks at keys only.
func (s *Store) extent() (first, last uint64, bytes int64, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.Prefix, o.PrefetchValues = []byte{kindRecord}, false
		it := txn.NewIterator(o)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if last = seqOf(it.Item().Key()); first == 0 {
				first = last
			}
			bytes += it.Item().ValueSize()
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("store: read the journal's keys: %w", err)
	}
	return first, last, bytes, err
}

// Record returns a record of the journal, or ErrNotFound.
func (s *Store) Record(n uint64) (Record, error) {
	r := Record{Number: n}
	err := s.readRecord(&r)
	return r, err
}

// readRecord reads the record of r's number.
func (s *Store) readRecord(r *Record) error { return s.recordValue(r.Number, r.decode) }

// recordValue calls fn with the value of a record.
func (s *Store) recordValue(n uint64, fn func(value []byte) error) error {
	err := s.view(func(txn *badger.Txn) error {
		item, err := txn.Get(recordKey(n))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		return valueOf(item, fn)
	})
	if err != nil {
		return fmt.Errorf("store: record %d of the journal: %w", n, err)
	}
	return nil
}

// recordSum returns the checksum of a record, zeros if there is none that can be read.
func (s *Store) recordSum(n uint64) (sum recordSum, err error) {
	err = s.recordValue(n, func(value []byte) error {
		body, err := recordBody(value)
		if err == nil && RecordKind(body[1]) != Lost {
			copy(sum[:], value[len(body):])
		}
		return err
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDamaged) {
		err = nil
	}
	return sum, err
}

// recordsAtOnce is how many records Records reads in one transaction.
const recordsAtOnce = 64

// Records calls fn with the records from a number on, in order, up to the one
// that was the last when it began. It ends with fn's first error. The error is
// ErrDamaged for a record that cannot be read, if Open has not made it Lost.
func (s *Store) Records(from uint64, fn func(*Record) error) error {
	first, last, _ := s.Journal()
	for n := max(from, first, 1); n <= last; {
		some := make([]Record, 0, recordsAtOnce)
		err := s.view(func(txn *badger.Txn) error {
			for ; n <= last && len(some) < recordsAtOnce; n++ {
				item, err := txn.Get(recordKey(n))
				if err != nil {
					return fmt.Errorf("record %d: %w", n, err)
				}
				r := Record{Number: n}
				err = r.read(item)
				if errors.Is(err, ErrDamaged) {
					err = fmt.Errorf("%w: %s", err, cureOrLoss)
				}
				if err != nil {
					return fmt.Errorf("record %d: %w", n, err)
				}
				some = append(some, r)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("store: read the journal: %w", err)
		}
		for i := range some {
			if err := fn(&some[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
