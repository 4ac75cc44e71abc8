package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// PostTime is for how long it is known how far a post came that may be sent again, in time during which the
// store is open. The wall clock has no say in it: one that is wrong for a day would have lines counted twice.
const PostTime = 48 * time.Hour

// postsAtOnce is how many posts one call of Trim looks at: they are many, and most are not over.
const postsAtOnce = 20_000

// Post returns how far a post came that a record named, the zero position if
// that is not known, or no longer, see PostTime.
func (s *Store) Post(name string) (at FeedPosition, err error) {
	err = s.view(func(txn *badger.Txn) error {
		item, err := txn.Get(postKey(name))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return item.Value(func(v []byte) error { return json.Unmarshal(v, &at) })
	})
	if err != nil {
		return FeedPosition{}, fmt.Errorf("store: read how far a post came: %w", err)
	}
	return at, nil
}

// SealPost keeps that a post was taken whole, and the digest of its body.
func (s *Store) SealPost(name, digest string) error {
	at, err := s.Post(name)
	if err != nil {
		return err
	}
	at.Digest = digest
	e, err := postEntry(name, at)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err = s.checkSpace(); err == nil {
		err = s.update(func(txn *badger.Txn) error { return txn.SetEntry(e) })
	}
	if err != nil {
		return fmt.Errorf("store: seal a post: %w", err)
	}
	return nil
}

// ran returns for how long the store has been open in all, in ms, but for what no call of Trim has counted in former processes.
func (s *Store) ran() int64 { return s.ranBefore + s.opts.passed().Milliseconds() }

// postEntry is a post's position as it is stored.
func postEntry(name string, at FeedPosition) (*badger.Entry, error) {
	v, err := json.Marshal(at)
	if err != nil {
		return nil, fmt.Errorf("post %s: %w", name, err)
	}
	return badger.NewEntry(postKey(name), v), nil
}

// trimPosts lets go of posts that are over, out of the next ones in the order of their keys: some with each call.
func (s *Store) trimPosts() error {
	for looked := 0; looked < postsAtOnce; looked += trimAtOnce {
		if more, err := s.trimSomePosts(); !more || err != nil {
			return err
		}
	}
	return nil
}

// trimSomePosts looks at posts from the one on at which the last call ended, and says whether there are more. Those of
// a former version, which are to go by the wall clock, get their time anew.
func (s *Store) trimSomePosts() (more bool, err error) {
	s.journal.appending.Lock()
	defer s.journal.appending.Unlock()
	ran, from, n := s.ran(), s.journal.post, 0
	s.journal.post = nil
	if from == nil {
		from = []byte{kindPost}
	}
	err = s.update(func(txn *badger.Txn) error {
		over, err := postsFrom(txn, from, ran, func(key []byte) bool {
			if n++; n > trimAtOnce {
				s.journal.post = bytes.Clone(key)
			}
			return n <= trimAtOnce
		})
		for _, e := range over {
			if e.Value == nil {
				err = errors.Join(err, txn.Delete(e.Key))
			} else {
				err = errors.Join(err, txn.SetEntry(e))
			}
		}
		if n > 0 {
			err = errors.Join(err, txn.Set(ranKey, seqValue(uint64(ran))))
		}
		return err
	})
	return s.journal.post != nil, err
}

// postsFrom goes over posts from a key on, while next says so, and returns what is to be written of them: nothing as the
// value of one that is over.
func postsFrom(txn *badger.Txn, from []byte, ran int64, next func(key []byte) bool) (write []*badger.Entry, err error) {
	err = walk(txn, []byte{kindPost}, from, func(key, value []byte) (bool, error) {
		if !next(key) {
			return false, nil
		}
		var at FeedPosition
		if err := json.Unmarshal(value, &at); err != nil {
			return false, fmt.Errorf("post %q: %w", key[1:], err)
		}
		switch {
		case at.Until == 0:
			at.Until = ran + PostTime.Milliseconds()
			e, err := postEntry(string(key[1:]), at)
			write = append(write, e)
			return true, err
		case at.Until <= ran:
			write = append(write, badger.NewEntry(bytes.Clone(key), nil))
		}
		return true, nil
	})
	return write, err
}
