package store

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/orderguard/orderguard"
)

// layout is the version of what keys and values mean, kept in the store. A
// change that an older program would misread takes the next number, and a step
// in migrations that brings the former one there.
//
//	1  before there was a journal; no version was kept
//	2  the journal; positions of feeds count blank lines too
//	3  casework; alerts are found by their buyer and their attack
//	4  news say which change of an alert they follow
//	5  nothing but records lies in value logs; the journal has a name of its own
const layout = 5

// oldestRead is the oldest one that is read as it is: what came after it changed nothing that a reader
// looks at.
const oldestRead = 4

// besideLayout is the first one of which only records lie in value logs.
const besideLayout = 5

// migrations[n] brings layout n to n+1. What step does is one transaction with the
// new number, so that a crash leaves the one or the other; prepare, if there is
// one, comes before it, may be large, and is done again after a crash.
var migrations = map[uint64]struct {
	prepare func(s *Store) error
	step    func(txn *badger.Txn) error
}{
	1: {step: func(txn *badger.Txn) error { return errors.Join(forgetFeeds(txn), setID(txn)) }},
	2: {prepare: linkAlerts, step: func(*badger.Txn) error { return nil }},
	3: {step: dateNews},
	4: {step: setJournalID}, // bringBeside has been done, before all steps
}

// migrate brings an older data folder to this program's layout, marks a new
// one, and refuses a newer one.
func (s *Store) migrate() error {
	was, err := s.readLayout()
	if err != nil {
		return err
	}
	if was > 0 && was < layout {
		s.opts.Logger.Info("bringing the data folder to this program's layout", "folder", s.dir, "from", was, "to", layout)
	}
	if was > 0 && was < besideLayout {
		err = s.bringBeside()
	}
	for err == nil && was != layout {
		next, step := uint64(layout), begin
		if was > 0 {
			next, step = was+1, migrations[was].step
			if prepare := migrations[was].prepare; prepare != nil {
				err = prepare(s)
			}
		}
		if err == nil {
			err = s.db.Update(func(txn *badger.Txn) error {
				return errors.Join(step(txn), txn.Set(layoutKey, seqValue(next)))
			})
		}
		was = next
	}
	if err != nil {
		return fmt.Errorf("store: bring %s to layout %d: %w", s.dir, layout, err)
	}
	return nil
}

// readLayout returns the layout of what is in the store, 0 for an empty one. The error
// is ErrNewer for one that this program does not know.
func (s *Store) readLayout() (was uint64, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		if was, err = getSeq(txn, layoutKey); was > 0 || err != nil {
			return err
		}
		o := badger.DefaultIteratorOptions
		o.PrefetchValues = false
		it := txn.NewIterator(o)
		defer it.Close()
		if it.Rewind(); it.Valid() {
			was = 1
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("store: read the layout of %s: %w", s.dir, err)
	}
	return was, knownLayout(s.dir, was)
}

func knownLayout(dir string, is uint64) error {
	if is > layout {
		return fmt.Errorf("store: %s has layout %d, this program knows those up to %d: %w", dir, is, layout, ErrNewer)
	}
	return nil
}

// forgetFeeds lets go of positions that left blank lines out: a feed that
// resumed by one would send lines again, and nothing ever resumed by them.
func forgetFeeds(txn *badger.Txn) error {
	var feeds [][]byte
	err := scan(txn, []byte{kindFeed}, func(key, _ []byte) error {
		feeds = append(feeds, append([]byte(nil), key...))
		return nil
	})
	for _, key := range feeds {
		err = errors.Join(err, txn.Delete(key))
	}
	return err
}

// linkAlerts makes all alerts found by their buyers and attacks.
func linkAlerts(s *Store) error {
	return s.db.batch(func(batch *badger.WriteBatch) error {
		return s.db.View(func(txn *badger.Txn) error {
			return scan(txn, []byte{kindChange}, func(key, value []byte) error {
				var a orderguard.Alert
				if err := json.Unmarshal(value, &a); err != nil {
					return fmt.Errorf("decode change %d: %w", seqOf(key), err)
				}
				a.Shop, _ = cut(key)
				return link(batch, &a)
			})
		})
	})
}

// dateNews says of the news so far that they came before whatever changes next:
// which change each followed was not kept.
func dateNews(txn *badger.Txn) error {
	seq, err := getSeq(txn, seqKey)
	if err != nil {
		return err
	}
	return txn.Set(undatedKey, seqValue(seq))
}

// begin names a new store, and its journal.
func begin(txn *badger.Txn) error { return errors.Join(setID(txn), setJournalID(txn)) }

// setJournalID gives the journal an id of its own, by which what lies beside Badger is known to be of it: unlike
// the store's it stays through a restore, and when losses are accepted.
func setJournalID(txn *badger.Txn) error {
	var id [8]byte
	rand.Read(id[:]) // never fails
	id[0] |= 1       // 0 is none
	return txn.Set(journalIDKey, id[:])
}

// setID gives the store a name by which its copies are told from those of
// others.
func setID(txn *badger.Txn) error {
	var id [16]byte
	rand.Read(id[:]) // never fails
	return txn.Set(idKey, id[:])
}
