package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// Cursor is how far an endpoint of webhooks has been told of a shop: up to a
// change of its alerts and an entry of its news.
type Cursor struct{ Change, News uint64 }

func (c Cursor) value() []byte {
	return binary.BigEndian.AppendUint64(seqValue(c.Change), c.News)
}

func parseCursor(v []byte) (c Cursor, ok bool) {
	if len(v) != 16 {
		return c, false
	}
	return Cursor{binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:])}, true
}

// Enrol makes an endpoint known, unless it is: it begins at what is committed
// from now on, or with everything.
func (s *Store) Enrol(endpoint string, everything bool) error {
	if !validName(endpoint) {
		return fmt.Errorf("store: enrol %q: want a name of 1 to %d bytes", endpoint, maxName)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.commit(func(c *commit) error {
		key := endpointKey(endpoint)
		if _, err := c.txn.Get(key); !errors.Is(err, badger.ErrKeyNotFound) {
			return err
		}
		var at Cursor
		if !everything {
			at = Cursor{c.seq, Place(s.position+1, 0) - 1}
		}
		if err := c.put(key, at.value()); err != nil {
			return err
		}
		return c.flush()
	})
	if err != nil {
		return fmt.Errorf("store: enrol %q: %w", endpoint, err)
	}
	return nil
}

// Cursor returns how far an endpoint that was enrolled has been told of a shop,
// or with the shop "" of the whole site.
func (s *Store) Cursor(endpoint, shop string) (at Cursor, err error) {
	err = s.view(func(txn *badger.Txn) (err error) {
		at, err = cursorOf(txn, endpoint, shop)
		return err
	})
	if err != nil {
		return at, fmt.Errorf("store: how far endpoint %q is with shop %q: %w", endpoint, shop, err)
	}
	return at, nil
}

// cursorOf reads how far an endpoint is with a shop: where it began, if it has
// been told nothing yet.
func cursorOf(txn *badger.Txn, endpoint, shop string) (at Cursor, err error) {
	item, err := txn.Get(cursorKey(endpoint, shop))
	if errors.Is(err, badger.ErrKeyNotFound) {
		item, err = txn.Get(endpointKey(endpoint))
	}
	if errors.Is(err, badger.ErrKeyNotFound) {
		return at, ErrNotFound
	}
	if err != nil {
		return at, err
	}
	err = item.Value(func(v []byte) error {
		var ok bool
		if at, ok = parseCursor(v); !ok {
			return fmt.Errorf("it has %d bytes instead of 16: restore a backup", len(v))
		}
		return nil
	})
	return at, err
}

// SaveCursors keeps how far an endpoint has been told of some shops.
func (s *Store) SaveCursors(endpoint string, at map[string]Cursor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.commit(func(c *commit) error {
		for shop, cursor := range at {
			if err := c.put(cursorKey(endpoint, shop), cursor.value()); err != nil {
				return err
			}
		}
		return c.flush()
	})
	if err != nil {
		return fmt.Errorf("store: how far endpoint %q is: %w", endpoint, err)
	}
	return nil
}

// Behind calls fn with each shop of which an endpoint has not been told
// everything, and what: changes of alerts, news, or both. The shop "" is the whole
// site.
func (s *Store) Behind(endpoint string, fn func(shop string, changes, news bool)) error {
	err := s.view(func(txn *badger.Txn) error {
		err := scan(txn, []byte{kindHead}, func(key, _ []byte) error {
			shop, _ := cut(key)
			head, err := getSeq(txn, key)
			if err != nil {
				return err
			}
			at, err := cursorOf(txn, endpoint, shop)
			if err == nil && head > at.Change {
				fn(shop, true, false)
			}
			return err
		})
		if err != nil {
			return err
		}
		return eachLastNews(txn, func(shop string, place uint64) error {
			at, err := cursorOf(txn, endpoint, shop)
			if err == nil && place > at.News {
				fn(shop, false, true)
			}
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("store: what endpoint %q has not been told: %w", endpoint, err)
	}
	return nil
}

// eachLastNews calls fn with each shop that has news, and the place of the last.
func eachLastNews(txn *badger.Txn, fn func(shop string, place uint64) error) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{kindNews}, Reverse: true})
	defer it.Close()
	// Reversed, a seek goes to the last key that is not behind.
	for it.Seek([]byte{kindNews, 0xff, 0xff}); it.Valid(); {
		shop, _ := cut(it.Item().Key())
		if err := fn(shop, seqOf(it.Item().Key())); err != nil {
			return err
		}
		it.Seek(shopKey(kindNews, shop))
	}
	return nil
}

func (c *checker) checkCursor(item *badger.Item, value []byte) {
	c.count(item)
	endpoint, _ := cut(item.Key())
	at, ok := parseCursor(value)
	switch {
	case !ok:
		c.fault("how far endpoint %q is has %d bytes instead of 16", endpoint, len(value))
	case at.Change > c.lookUp(seqKey):
		c.fault("endpoint %q has been told of change %d, but the last is %d", endpoint, at.Change, c.lookUp(seqKey))
	case !c.has(endpointKey(endpoint)):
		c.fault("it is not known where endpoint %q began", endpoint)
	}
}
