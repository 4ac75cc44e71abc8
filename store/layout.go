package store

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// layout is the version of what keys and values mean, kept in the store. A
// change that an older program would misread takes the next number, and a step
// in migrations that brings the former one there.
//
//	1  before there was a journal; no version was kept
//	2  the journal; positions of feeds count blank lines too
const layout = 2

// migrations[n] brings layout n to n+1. What it does is one transaction, so that a
// crash leaves the one or the other.
var migrations = map[uint64]func(txn *badger.Txn) error{
	1: func(txn *badger.Txn) error { return errors.Join(forgetFeeds(txn), setID(txn)) },
}

// migrate brings an older data folder to this program's layout, marks a new
// one, and refuses a newer one.
func (s *Store) migrate() error {
	was, err := s.readLayout()
	if err != nil {
		return fmt.Errorf("store: read the layout of %s: %w", s.dir, err)
	}
	if was > layout {
		return fmt.Errorf("store: %s has layout %d, this program knows those up to %d: %w", s.dir, was, layout, ErrNewer)
	}
	if was > 0 && was < layout {
		s.opts.Logger.Info("bringing the data folder to this program's layout", "folder", s.dir, "from", was, "to", layout)
	}
	for was != layout {
		next, step := uint64(layout), setID
		if was > 0 {
			next, step = was+1, migrations[was]
		}
		err := s.db.Update(func(txn *badger.Txn) error {
			return errors.Join(step(txn), txn.Set(layoutKey, seqValue(next)))
		})
		if err != nil {
			return fmt.Errorf("store: bring %s from layout %d to %d: %w", s.dir, was, next, err)
		}
		was = next
	}
	return nil
}

// readLayout returns the layout of what is in the store, 0 for an empty one.
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
	return was, err
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

// setID gives the store a name by which its copies are told from those of
// others.
func setID(txn *badger.Txn) error {
	var id [16]byte
	rand.Read(id[:]) // never fails
	return txn.Set(idKey, id[:])
}
