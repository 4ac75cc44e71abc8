package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// PostTime is how long it is known how far a post came that may be sent again.
const PostTime = 48 * time.Hour

// Post returns how far a post came that a record named, the zero position if
// that is not known, or no longer.
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

// postEntry is a post's position as it is stored: Badger lets go of it.
func postEntry(name string, at FeedPosition) (*badger.Entry, error) {
	v, err := json.Marshal(at)
	if err != nil {
		return nil, fmt.Errorf("post %s: %w", name, err)
	}
	return badger.NewEntry(postKey(name), v).WithTTL(PostTime), nil
}
