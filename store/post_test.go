package store

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"
)

func TestPosts(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	require.NoError(t, err)
	at, err := s.Post("tk_1 a")
	require.NoError(t, err)
	require.Zero(t, at)
	_, err = s.Append([]Record{
		{Kind: Lines, Feed: "http", Positions: map[string]FeedPosition{"http": {Lines: 3}}, Posts: map[string]FeedPosition{"tk_1 a": {Lines: 3}}},
		{Kind: Lines, Feed: "http", Positions: map[string]FeedPosition{"http": {Lines: 5}}, Posts: map[string]FeedPosition{"tk_1 a": {Lines: 5}}},
	})
	require.NoError(t, err)
	var copied bytes.Buffer
	_, err = s.Backup(t.Context(), &copied, Copy{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	restored := filepath.Join(t.TempDir(), "restored")
	_, err = Restore(t.Context(), restored, Options{}, &copied)
	require.NoError(t, err)
	for _, folder := range []string{dir, restored} {
		s, err := Open(folder, Options{})
		require.NoError(t, err)
		at, err := s.Post("tk_1 a")
		require.NoError(t, err)
		require.EqualValues(t, 5, at.Lines)
		feeds, err := s.Feeds()
		require.NoError(t, err)
		require.Len(t, feeds, 1, "a post is no feed")
		require.NoError(t, s.view(func(txn *badger.Txn) error {
			item, err := txn.Get(postKey("tk_1 a"))
			require.NoError(t, err)
			require.Zero(t, item.ExpiresAt(), "a wrong wall clock lets go of nothing")
			return nil
		}))
		faults, err := s.Check(context.Background())
		require.NoError(t, err)
		require.Empty(t, faults)
		require.NoError(t, s.Close())
		_, err = s.Post("tk_1 a")
		require.ErrorIs(t, err, ErrClosed)
	}
}

// TestPostsGoWhenTheStoreHasRun lets go of posts that have been known for their time, in several lives of a store, whatever the
// wall clock said, those of a former version too, and a part with each call where they are many.
func TestPostsGoWhenTheStoreHasRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var passed time.Duration
	live := func() *Store {
		passed = 0
		s, err := Open(dir, Options{Reserve: -1, MemTable: 8 << 20, passed: func() time.Duration { return passed }})
		require.NoError(t, err)
		return s
	}
	s := live()
	append1 := func(wall int64, name string, n int) {
		posts := map[string]FeedPosition{}
		for i := range n {
			posts[fmt.Sprintf("%s-%04d", name, i)] = FeedPosition{Lines: 1, Updated: wall}
		}
		_, err := s.Append([]Record{{Kind: Lines, Feed: "http", Wall: wall, Positions: map[string]FeedPosition{"http": {}}, Posts: posts}})
		require.NoError(t, err)
	}
	require.NoError(t, s.db.Update(func(txn *badger.Txn) error {
		return txn.SetEntry(badger.NewEntry(postKey("former"), []byte(`{"lines":9,"updated":1}`)).WithTTL(PostTime))
	}))
	known := func() (all, ending int) {
		require.NoError(t, s.view(func(txn *badger.Txn) error {
			o := badger.DefaultIteratorOptions
			o.Prefix = []byte{kindPost}
			it := txn.NewIterator(o)
			defer it.Close()
			for it.Rewind(); it.Valid(); it.Next() {
				all++
				if it.Item().ExpiresAt() != 0 {
					ending++
				}
			}
			return nil
		}))
		return all, ending
	}
	requireKnown := func(want int) {
		t.Helper()
		_, err := s.Trim(t.Context(), Retention{})
		require.NoError(t, err)
		all, ending := known()
		require.Equal(t, []int{want, 0}, []int{all, ending})
	}
	const many = 2*trimAtOnce + 7
	append1(1, "early", many)
	append1(1e15, "ahead", 1) // by a clock that is wrong
	passed = 20 * time.Hour
	requireKnown(many + 2)
	append1(2, "late", 1)
	passed = 40 * time.Hour
	requireKnown(many + 3)
	require.NoError(t, s.SealPost("early-0000", "digest"))
	require.NoError(t, s.Close())

	s = live()
	passed = 9 * time.Hour
	more, err := s.trimSomePosts()
	require.NoError(t, err)
	require.True(t, more)
	all, _ := known()
	require.Greater(t, all, trimAtOnce, "some with each call")
	requireKnown(2)
	passed = 29 * time.Hour // 20 after the former one was first looked at, and the late one came
	requireKnown(0)
	requireSound(t, s)
	require.NoError(t, s.Close())
}
