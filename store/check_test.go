package store

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

func requireSound(t testing.TB, s *Store) {
	t.Helper()
	faults, err := s.Check(context.Background())
	require.NoError(t, err)
	require.Empty(t, faults)
}

// fill puts something of each kind into a store.
func fill(t testing.TB, s *Store) {
	t.Helper()
	var lines int64
	for n := range uint64(6) {
		lines += 3
		_, err := s.Append([]Record{{Kind: Lines, Feed: "tcp", Source: "tcp:1", Wall: int64(1000 + n), Count: 3, Raw: rawOf(n),
			Positions: map[string]FeedPosition{"tcp": {Lines: lines, Events: lines, Updated: int64(1000 + n)}},
			Posts:     map[string]FeedPosition{"p": {Lines: lines}}}})
		require.NoError(t, err)
		_, last, _ := s.Journal()
		_, err = s.Commit(alertsOf(n), last)
		require.NoError(t, err)
		if n%2 == 0 {
			saveSnapshot(t, s, last, rawOf(last))
		}
	}
	_, last, _ := s.Journal()
	fillPapers(t, s, last)
	require.NoError(t, s.Enrol("erp", true))
	require.NoError(t, s.SaveCursors("erp", map[string]Cursor{"s-1": {Change: 2, News: Place(last, 0)}}))
	_, _, err := s.CreateToken(TokenRequest{Role: "seller", Shops: []string{"s-1"}})
	require.NoError(t, err)
}

// alertsOf makes alerts of two shops, some of them known with a new reason.
func alertsOf(n uint64) []orderguard.Alert {
	return []orderguard.Alert{
		alert("s-1", fmt.Sprint("al_", n), 50, "r1"),
		alert("s-1", "al_0", 50, fmt.Sprint("r", n)),
		alert("s-2", fmt.Sprint("al_", n/2), 50, fmt.Sprint("r", n)),
	}
}

func saveSnapshot(t testing.TB, s *Store, record uint64, state []byte) {
	t.Helper()
	require.NoError(t, s.SaveSnapshot(record, func(w io.Writer) error { _, err := w.Write(state); return err }))
}

// TestCheckMissesNoKey takes one key after the other away: each leaves
// something that does not go together.
func TestCheckMissesNoKey(t *testing.T) {
	s := openTemp(t)
	fill(t, s)
	requireSound(t, s)
	var keys [][]byte
	require.NoError(t, s.view(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			keys = append(keys, it.Item().KeyCopy(nil))
		}
		return nil
	}))
	kinds := map[byte]bool{}
	for _, key := range keys {
		if string(key) == string(positionKey) {
			continue // without it, nothing counts as committed, which is no contradiction
		}
		var entry *badger.Entry
		require.NoError(t, s.db.Update(func(txn *badger.Txn) error {
			item, err := txn.Get(key)
			require.NoError(t, err)
			value, err := item.ValueCopy(nil)
			require.NoError(t, err)
			entry = badger.NewEntry(key, value).WithMeta(item.UserMeta())
			return txn.Delete(key)
		}))
		faults, err := s.Check(context.Background())
		require.NoError(t, err)
		if string(key) != string(recordKey(1)) && key[0] != kindPost { // which could have been let go of
			require.NotEmpty(t, faults, "key %q is missed by nobody", key)
		}
		kinds[key[0]] = true

		// Half of the value is as bad as none of it.
		require.NoError(t, s.db.Update(func(txn *badger.Txn) error {
			return txn.SetEntry(badger.NewEntry(key, entry.Value[:len(entry.Value)/2]).WithMeta(entry.UserMeta))
		}))
		faults, err = s.Check(context.Background())
		require.NoError(t, err)
		require.NotEmpty(t, faults, "key %q with half of its value", key)
		require.NoError(t, s.db.Update(func(txn *badger.Txn) error { return txn.SetEntry(entry) }))
	}
	require.Len(t, kinds, len(checks), "each kind was tried")
	requireSound(t, s)
}

// TestCheckNamesFaults breaks one thing after the other.
func TestCheckNamesFaults(t *testing.T) {
	set := func(key, value []byte) func(*testing.T, *Store) {
		return func(t *testing.T, s *Store) {
			require.NoError(t, s.db.Update(func(txn *badger.Txn) error { return txn.Set(key, value) }))
		}
	}
	for want, harm := range map[string]func(*testing.T, *Store){
		`alert "al_1" of shop "s-1": its change 999 is missing`:          set(alertKey("s-1", "al_1"), seqValue(999)),
		`shop "s-2": the change 999 of its head is missing`:              set(headKey("s-2"), seqValue(999)),
		`shop "s-1": its change 6 is after its head 1, so polls miss it`: set(headKey("s-1"), seqValue(1)),
		`cannot be decoded`: set(changeKey("s-1", 1), []byte("{")),
		`changes were given a number, but timelines name`:               set(seqKey, seqValue(1000)),
		`its timeline goes from revision 2 to 9`:                        set(timelineKey("s-1", "al_1", 9), []byte(`{"seq":3,"revision":9}`)),
		`two changes have the number 1`:                                 set(timelineKey("s-1", "al_1", 1), []byte(`{"seq":1,"revision":1}`)),
		`alerts up to record 77 are committed, but the journal ends at`: set(positionKey, seqValue(77)),
		`the journal lacks the records 7 to 8`:                          set(recordKey(9), (&Record{Kind: Tick}).encode()),
		`record 2 of the journal cannot be read`:                        set(recordKey(2), []byte("123456789012345")),
		`feed "tcp" has 18 lines in the journal, its position says 5`:   set(feedKey("tcp"), []byte(`{"lines":5}`)),
		`counts 5 events and 0 rejected lines among 3 lines`:            set(feedKey("x"), []byte(`{"lines":3,"events":5}`)),
		`leads to no token`:                                             set(tokenIDKey("tk_1"), make([]byte, 32)),
		`is of no known kind`:                                           set([]byte("?x"), nil),
		`key "mnew" is of no known kind`:                                set([]byte("mnew"), nil),
		`is cut short`:                                                  set([]byte("c\x09ab"), nil),
		`layout is said to be 7`:                                        set(layoutKey, seqValue(7)),
		`snapshot 00000000000000000005.snap cannot be used: `: func(t *testing.T, s *Store) {
			kept, err := s.Snapshots()
			require.NoError(t, err)
			require.NoError(t, os.Truncate(kept[0].Path, kept[0].Bytes-1))
		},
		`the newest snapshot was taken after record 100, but the journal ends at 6`: func(t *testing.T, s *Store) {
			saveSnapshot(t, s, 100, []byte("state"))
		},
		`the records 4 to 5 of the journal are gone, which no snapshot that can be read covers`: func(t *testing.T, s *Store) {
			require.NoError(t, s.db.Update(func(txn *badger.Txn) error {
				for n := range uint64(5) {
					require.NoError(t, txn.Delete(recordKey(n+1)))
				}
				return nil
			}))
			kept, err := s.Snapshots()
			require.NoError(t, err)
			require.NoError(t, os.Remove(kept[0].Path))
		},
	} {
		s := openTemp(t)
		fill(t, s)
		harm(t, s)
		faults, err := s.Check(context.Background())
		require.NoError(t, err)
		require.Contains(t, strings.Join(faults, "\n"), want)
	}
}

func TestCheckIsBounded(t *testing.T) {
	s := openTemp(t)
	require.NoError(t, s.db.Update(func(txn *badger.Txn) error {
		for i := range maxFaults + 7 {
			require.NoError(t, txn.Set(fmt.Appendf(nil, "?%d", i), nil))
		}
		return nil
	}))
	faults, err := s.Check(context.Background())
	require.NoError(t, err)
	require.Len(t, faults, maxFaults+1)
	require.Equal(t, "and 7 more", faults[maxFaults])

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = s.Check(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
