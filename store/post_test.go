package store

import (
	"bytes"
	"context"
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
			require.WithinDuration(t, time.Now().Add(PostTime), time.Unix(int64(item.ExpiresAt()), 0), time.Hour, "Badger lets go of it")
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
