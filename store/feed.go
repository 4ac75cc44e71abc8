package store

import (
	"encoding/json"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// FeedPosition is how far a feed has come: what of it is in the journal. All
// counts are since the feed began and never fall.
type FeedPosition struct {
	Lines    int64 `json:"lines"`    // blank ones too: a feed resumes behind them
	Bytes    int64 `json:"bytes"`    // with line ends
	Events   int64 `json:"events"`   // lines that were events
	Rejected int64 `json:"rejected"` // lines that were not, but for blank ones
	Updated  int64 `json:"updated"`  // when it last sent something, Unix ms by the wall clock
	// Record is the last record of the journal that moved it; Append sets it.
	Record uint64 `json:"record,omitzero"`
	// Until is when a post is let go of, in ms during which the store was open; Append sets it.
	Until int64 `json:"until,omitzero"`
	// Digest tells the body of a post that was taken whole from another.
	Digest string `json:"digest,omitempty"`
}

// Feeds returns the positions of all feeds by name.
func (s *Store) Feeds() (map[string]FeedPosition, error) {
	feeds := map[string]FeedPosition{}
	err := s.view(func(txn *badger.Txn) error {
		return scan(txn, []byte{kindFeed}, func(key, value []byte) error {
			var pos FeedPosition
			if err := json.Unmarshal(value, &pos); err != nil {
				return err
			}
			feeds[string(key[1:])] = pos
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("store: read the feed positions: %w", err)
	}
	return feeds, nil
}

// scan calls fn for each record whose key begins with prefix, in key order.
// fn must not keep what it is given.
func scan(txn *badger.Txn, prefix []byte, fn func(key, value []byte) error) error {
	return walk(txn, prefix, prefix, func(key, value []byte) (bool, error) { return true, fn(key, value) })
}

// valueOf calls fn with an item's value. Badger gives an empty one, and no error, when what
// stands in its value log is damaged or gone; then the error is ErrDamaged.
func valueOf(item *badger.Item, fn func(v []byte) error) error {
	return item.Value(func(v []byte) error {
		if len(v) == 0 && item.ValueSize() > 0 {
			return fmt.Errorf("%s cannot be read: %w", described(item.KeyCopy(nil)), ErrDamaged)
		}
		return fn(v)
	})
}

// walk calls fn with the keys of a prefix from one on, and their values, until
// it says no. It may keep neither.
func walk(txn *badger.Txn, prefix, from []byte, fn func(key, value []byte) (more bool, err error)) error {
	o := badger.DefaultIteratorOptions
	o.Prefix = prefix
	o.PrefetchValues = false // what is walked over lies beside its keys, see beside.go
	it := txn.NewIterator(o)
	defer it.Close()
	for it.Seek(from); it.Valid(); it.Next() {
		more := false
		err := valueOf(it.Item(), func(v []byte) (err error) {
			more, err = fn(it.Item().Key(), v)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}
