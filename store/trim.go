package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/y"
)

// Retention says what Trim lets go of. A zero field means no limit.
type Retention struct {
	// Age is how long records are kept, by the time that the newest ones came.
	Age time.Duration
	// Bytes is how large the journal may grow.
	Bytes int64
	// FeedAge is how long the position of a feed is kept that sends nothing.
	FeedAge time.Duration
}

// trimAtOnce is how many records one transaction lets go of, for which appends wait. What time it is by the journal is the middle of lookedAt records out of
// its last sixteenth, so that a clock which jumps lets nothing go of before it has
// stayed there for long; of a journal with less than fewRecords, out of its last ones.
const (
	trimAtOnce = 500
	lookedAt   = 65
	fewRecords = 1040
)

// Trim lets go of the oldest records that the retention does not cover, but of
// none that a restart needs: those after the older of the kept snapshots. Positions of feeds and
// of posts (PostTime) go with them when their time is over. It returns how many records went. The disk's room comes back as Badger compacts, see Reclaim.
func (s *Store) Trim(ctx context.Context, keep Retention) (trimmed int, err error) {
	for ctx.Err() == nil {
		n, err := s.trimSome(keep)
		trimmed += n
		if err != nil {
			return trimmed, fmt.Errorf("store: trim the journal: %w", err)
		}
		if n < trimAtOnce {
			break
		}
	}
	if err := s.trimFeeds(keep.FeedAge); err != nil {
		return trimmed, fmt.Errorf("store: trim the feeds: %w", err)
	}
	if err := s.trimPosts(); err != nil {
		return trimmed, fmt.Errorf("store: trim the posts: %w", err)
	}
	return trimmed, nil
}

func (s *Store) trimSome(keep Retention) (trimmed int, err error) {
	if some, err := s.outlived(keep); !some || err != nil {
		return 0, err
	}
	needed, err := s.neededFrom()
	if err != nil {
		return 0, err
	}
	s.journal.appending.Lock()
	defer s.journal.appending.Unlock()
	if err := s.mend(); err != nil {
		return 0, err
	}
	first, last, bytes := s.Journal()
	newest, err := s.now()
	if err != nil {
		return 0, err
	}
	n, freed := first, int64(0)
	err = s.update(func(txn *badger.Txn) error {
		for ; n < min(needed, last) && n-first < trimAtOnce; n++ {
			item, err := txn.Get(recordKey(n))
			if err != nil {
				return err
			}
			if large := keep.Bytes > 0 && bytes-freed > keep.Bytes; !large {
				if keep.Age <= 0 {
					return nil
				}
				var r Record
				err := valueOf(item, func(v []byte) error { _, err := r.decodeHead(v); return err })
				if err != nil && !errors.Is(err, ErrDamaged) {
					return err
				}
				// Of a damaged one the time is lost, too, and nothing is left to keep.
				if newest-r.Wall <= keep.Age.Milliseconds() {
					return nil
				}
			}
			freed += item.ValueSize()
			if err := txn.Delete(recordKey(n)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.first = n
	s.journal.bytes -= freed
	return int(n - first), nil
}

// outlived says whether the retention does not cover the first record.
func (s *Store) outlived(keep Retention) (bool, error) {
	first, _, bytes := s.Journal()
	if first == 0 || keep.Bytes > 0 && bytes > keep.Bytes {
		return first > 0, nil
	}
	newest, err := s.now()
	if err != nil {
		return false, err
	}
	wall, err := s.wallOf(first)
	return keep.Age > 0 && newest-wall > keep.Age.Milliseconds(), err
}

// now returns what time it is by the journal, 0 for an empty one.
func (s *Store) now() (int64, error) {
	first, last, _ := s.Journal()
	n := last - first + 1
	span := n / 16
	if n < fewRecords {
		span = min(n, lookedAt) - 1
	}
	walls := make([]int64, lookedAt)
	for i := range walls {
		var err error
		if walls[i], err = s.wallOf(last - span*uint64(i)/(lookedAt-1)); err != nil {
			return 0, err
		}
	}
	slices.Sort(walls)
	return walls[lookedAt/2], nil
}

// LastWall returns when the last record came, Unix ms by the wall clock; 0 if there is none,
// or it is damaged.
func (s *Store) LastWall() (int64, error) {
	_, last, _ := s.Journal()
	return s.wallOf(last)
}

// wallOf returns when a record came, 0 if there is none, or it is damaged.
func (s *Store) wallOf(n uint64) (int64, error) {
	var r Record
	err := s.recordValue(n, func(v []byte) error { _, err := r.decodeHead(v); return err })
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDamaged) {
		return 0, nil
	}
	return r.Wall, err
}

// neededFrom returns the first record that a restart may need: that by which it
// recognises the older snapshot that it can use. What came of those before was committed before it was taken.
func (s *Store) neededFrom() (uint64, error) {
	older, err := s.oldestUsable()
	if err != nil || older == nil {
		return 0, err
	}
	return older.Record, nil
}

// trimFeeds lets go of the positions of feeds that have been silent for long,
// and of which the journal has no record left: by the others, Check holds that
// nothing was journalled twice.
func (s *Store) trimFeeds(age time.Duration) error {
	if age <= 0 {
		return nil
	}
	s.journal.appending.Lock()
	defer s.journal.appending.Unlock()
	feeds, err := s.Feeds()
	if err != nil {
		return err
	}
	first, _, _ := s.Journal()
	oldest, err := s.wallOf(first)
	if err != nil {
		return err
	}
	now, err := s.now()
	if err != nil {
		return err
	}
	return s.update(func(txn *badger.Txn) error {
		for feed, at := range feeds {
			gone := first == 0 || at.Record < first
			if at.Record == 0 && first != 0 { // of a store of before
				gone = at.Updated < oldest
			}
			if gone && now-at.Updated > age.Milliseconds() {
				if err := txn.Delete(feedKey(feed)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// keepsDamaged says whether something in a damaged log is still wanted: Badger reads a log
// that it reclaims up to the first fault, removes the rest, and chooses the log by itself. The
// caller holds life.
func (s *Store) keepsDamaged() (wanted bool, err error) {
	damaged, err := damagedLogs(s.dir)
	if err != nil || len(damaged) == 0 {
		return false, err
	}
	err = s.db.View(func(txn *badger.Txn) error {
		for _, note := range damaged {
			keys, err := wholeKeys(filepath.Join(s.dir, notedLog(note)))
			if err != nil {
				return err
			}
			for key := range keys {
				item, err := txn.Get(y.ParseKey(key))
				wanted = err == nil && item.Version() == versionOf(key) || err != nil && !errors.Is(err, badger.ErrKeyNotFound)
				if wanted {
					return nil
				}
			}
		}
		return nil
	})
	return wanted, err
}

// mostWaste is how much room value logs may take beside what the journal has in them, in bytes,
// and a quarter of that.
const mostWaste = 256 << 20

// wasteful says whether value logs take much more room than what the journal has in them: Badger
// has not heard of what was trimmed, since a memtable holds tens of thousands of deletions
// before it is written out.
func (s *Store) wasteful() (bool, error) {
	values, err := filesWith(s.dir, ".vlog")
	if err != nil || len(values) == 0 {
		return false, err
	}
	total := int64(0)
	for _, path := range values[:len(values)-1] { // the newest has its room ahead
		info, err := os.Stat(path)
		if err != nil {
			return false, fmt.Errorf("store: look at a log: %w", err)
		}
		total += info.Size()
	}
	_, _, bytes := s.Journal()
	return total-bytes > mostWaste+bytes/4, nil
}

// writeOut has Badger write out what it has in memory, by closing and opening it: there is no
// other way. Calls wait for some tenths of a second.
func (s *Store) writeOut() error {
	s.life.Lock()
	defer s.life.Unlock()
	if err := s.gone(); err != nil || s.sick.Load() {
		return err
	}
	s.away, s.eager = true, true // what was deleted is told of when its table is merged
	err := s.detach()
	if err == nil {
		err = s.attachAgain()
	}
	if err != nil {
		s.sick.Store(true) // the next write mends it
		return fmt.Errorf("store: write out what is in memory: %w: %w", ErrDisk, err)
	}
	s.away = false
	return nil
}

// awaitMerge waits for a while until the tables that were written out are merged.
func (s *Store) awaitMerge() {
	for began := time.Now(); time.Since(began) < patience; time.Sleep(20 * time.Millisecond) {
		s.life.RLock()
		done := s.gone() != nil || s.db.Levels()[0].NumTables == 0
		s.life.RUnlock()
		if done {
			return
		}
	}
}

// Reclaim gives the room of trimmed records back to the disk, as far as Badger
// knows of it by now. It runs beside other calls, but for a moment where much is to be given back.
func (s *Store) Reclaim() error {
	if much, err := s.wasteful(); err != nil {
		return err
	} else if much {
		if err := s.writeOut(); err != nil {
			return err
		}
		s.awaitMerge()
	}
	s.life.RLock()
	defer s.life.RUnlock()
	if err := s.gone(); err != nil {
		return err
	}
	if s.sick.Load() {
		return ErrDisk
	}
	if kept, err := s.keepsDamaged(); kept || err != nil {
		return err
	}
	if err := s.db.Flatten(1); err != nil {
		return fmt.Errorf("store: compact: %w", err)
	}
	for {
		err := s.db.RunValueLogGC(0.5)
		if errors.Is(err, badger.ErrNoRewrite) || errors.Is(err, badger.ErrRejected) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("store: reclaim room: %w", err)
		}
	}
}
