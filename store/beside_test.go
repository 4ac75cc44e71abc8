package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// apartIn returns what is no record and lies in value logs, by key.
func apartIn(t *testing.T, s *Store) map[string]place {
	places := map[string]place{}
	require.NoError(t, s.view(func(txn *badger.Txn) error {
		return eachApart(txn, func(item *badger.Item, p place, _ []byte, err error) error {
			places[string(item.Key())] = p
			return err
		})
	}))
	return places
}

// TestLargeValuesLieBesideTheirKeys keeps large ones of all kinds: a value log has records alone, and
// what is too large for a transaction, which is marked.
func TestLargeValuesLieBesideTheirKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	long := strings.Repeat("long words ", 1000)
	a := alert("s-1", "al_1", 50, "r")
	a.Reasons[0].Text = long
	put(t, s, a)
	_, err := s.Append([]Record{{Kind: Lines, Feed: "f", Raw: rawOf(1), Positions: map[string]FeedPosition{"f": {Lines: 1}}}})
	require.NoError(t, err)
	act, err := json.Marshal(long)
	require.NoError(t, err)
	verdict := &orderguard.Verdict{Shop: "s-1", Alert: "al_1", Scenario: 1, Answer: orderguard.AnswerAbnormal, Number: 1, Comment: long}
	filePapers(t, s, 1,
		Paper{Place: Place(1, 0), Act: act}, Paper{Verdict: verdict},
		Paper{Place: Place(1, 1), Report: &orderguard.Report{ID: "r-1", Shop: "s-1", Scenario: 1, State: 1, Statement: long, Revision: 1}})
	shops := make([]string, 100)
	for i := range shops {
		shops[i] = fmt.Sprintf("shop-%0100d", i)
	}
	_, _, err = s.CreateToken(TokenRequest{Role: "seller", Shops: shops})
	require.NoError(t, err)
	require.Empty(t, apartIn(t, s))
	requireSound(t, s)
	_, _, err = s.Alert("s-1", "al_1")
	require.NoError(t, err)
	kept := dump(t, s)
	require.NoError(t, s.Close())
	path, data := newestLog(t, dir, ".vlog")
	require.NotContains(t, string(data), "long words long words", path)
	s = open(t, dir)
	require.Equal(t, kept, dump(t, s))

	_, data = backup(t, s, Copy{})
	restored := t.TempDir()
	_, err = Restore(t.Context(), restored, Options{Reserve: -1, MemTable: 8 << 20}, bytes.NewReader(data))
	require.NoError(t, err)
	again := open(t, restored)
	require.Empty(t, apartIn(t, again))

	huge, err := json.Marshal(strings.Repeat("x", besideMost))
	require.NoError(t, err)
	filePapers(t, s, 1, Paper{Place: Place(1, 7), Act: huge})
	require.Len(t, apartIn(t, s), 1)
	requireSound(t, s)
	require.NoError(t, s.Close())
	harmAt(t, dir, apartOf(t, dir)[string(actKey(Place(1, 7)))])
	requireLostApart(t, dir, "act")
}

// apartOf is apartIn of a folder, which is not changed.
func apartOf(t *testing.T, dir string) map[string]place {
	t.Helper()
	sv, err := look(dir, Options{})
	require.NoError(t, err)
	m := &mirror{sv: sv}
	require.NoError(t, m.fill())
	db, err := openBadger(badgerOptions(m.dir, Options{}.withDefaults()).WithReadOnly(true).WithBypassLockGuard(true))
	require.NoError(t, err)
	places := apartIn(t, &Store{db: db})
	require.NoError(t, m.close(db))
	return places
}

// harmAt changes a bit of the value in a place.
func harmAt(t *testing.T, dir string, p place) {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprintf("%06d.vlog", p.file))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	data[p.offset+p.length/2] ^= 4
	require.NoError(t, os.WriteFile(path, data, 0o600))
}

// requireLostApart holds that a start with what is damaged is refused, changes nothing, and names
// the file, and that the store goes on without when it is told to.
func requireLostApart(t *testing.T, dir, named string) {
	t.Helper()
	err := requireUnchanged(t, dir)
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, named)
	require.ErrorContains(t, err, ".vlog")
	require.ErrorContains(t, err, "--accept-loss")
	before := filesOf(t, dir)
	if s, err := OpenToRead(dir, Options{}); err == nil {
		faults, err := s.Check(t.Context())
		require.NoError(t, err)
		require.Contains(t, strings.Join(faults, "\n"), "cannot be read")
		_, err = s.Backup(t.Context(), &bytes.Buffer{}, Copy{})
		require.ErrorIs(t, err, ErrDamaged)
		require.NoError(t, s.Close())
	}
	require.Equal(t, before, filesOf(t, dir))
	s, err := Open(dir, Options{Reserve: -1, MemTable: 8 << 20, AcceptLoss: true})
	require.NoError(t, err)
	requireSound(t, s)
	require.NoError(t, s.Close())
	s = open(t, dir)
	requireSound(t, s)
	require.NoError(t, s.Close())
}

// TestLayout4 opens a folder in whose value logs alerts, acts, reports, a verdict and a token lie.
func TestLayout4(t *testing.T) {
	t.Parallel()
	dir := oldFolder(t, 4)
	kinds := map[byte]string{}
	places := apartOf(t, dir)
	for key := range places {
		kinds[key[0]] = max(kinds[key[0]], key)
	}
	require.Len(t, kinds, 6, "%q", kinds)
	reader, err := OpenToRead(dir, Options{})
	require.NoError(t, err)
	was := dump(t, reader)
	require.NoError(t, reader.Close())
	s := open(t, dir)
	require.Empty(t, apartIn(t, s))
	requireSound(t, s)
	is := dump(t, s)
	for _, key := range [][]byte{layoutKey, journalIDKey, copiedKey} {
		delete(was, string(key))
		delete(is, string(key))
	}
	require.Equal(t, was, is)
	require.NoError(t, s.Close())
	for kind, key := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			dir := oldFolder(t, 4)
			harmAt(t, dir, places[key])
			requireLostApart(t, dir, described([]byte(key)))
			s := open(t, dir)
			defer s.Close()
			switch kind {
			case kindChange, kindVerdict, kindTimeline:
				shop, rest := cut([]byte(key))
				a := orderguard.Alert{Seq: seqOf([]byte(key))}
				ids, _ := poll(t, s, shop, 0, Query{Limit: MaxLimit})
				require.Len(t, ids, 160, "a poll passes over none")
				if kind != kindChange {
					a.ID = string(rest[1 : 1+rest[0]])
					_, steps, err := s.Alert(shop, a.ID)
					require.NoError(t, err)
					require.Len(t, steps, 2)
					require.Equal(t, orderguard.AnswerAbnormal, steps[1].Verdict)
				}
			case kindAct:
				require.Equal(t, was[key], dump(t, s)[key], "the journal has it")
			case kindReport:
				r, err := s.Report(key[1:])
				require.NoError(t, err)
				require.Equal(t, "s-2", r.Shop)
				list, _, _, err := s.ShopReports("s-2", 0, 9)
				require.NoError(t, err)
				require.Len(t, list, 2)
			}
		})
	}
}

// TestAPollPassesOverNothing damages what lies in a value log in spite of all under an open store: a poll fails and
// does not go on behind it, and whoever reads it is told what is wrong.
func TestAPollPassesOverNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, alert("s-1", "al_1", 50, "r"))
	a := alert("s-1", "al_2", 50, "r")
	a.Reasons[0].Text = strings.Repeat("x", besideMost)
	put(t, s, a)
	put(t, s, alert("s-1", "al_3", 50, "r"))
	places := apartIn(t, s)
	require.Len(t, places, 1)
	for key, p := range places {
		require.Equal(t, string(changeKey("s-1", 2)), key)
		harmAt(t, dir, p)
	}
	next, more, err := s.Changes("s-1", 0, Query{Limit: 9}, func(uint64, []byte) {})
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, `change 2, an alert of shop "s-1" cannot be read`)
	require.Zero(t, next)
	require.False(t, more)
	_, err = s.AlertNow("s-1", "al_2")
	require.ErrorIs(t, err, ErrDamaged)
	s.recent.forget() // as it does of what has been quiet for a while
	_, err = s.Commit([]orderguard.Alert{alert("s-1", "al_2", 90, "q")}, 0)
	require.ErrorIs(t, err, ErrDamaged)
	require.NoError(t, s.Close())
	requireLostApart(t, dir, `change 2, an alert of shop "s-1"`)
}

// TestBroughtBesideByHalf kills a start after it has brought values beside their keys, and before it says so.
func TestBroughtBesideByHalf(t *testing.T) {
	t.Parallel()
	dir := oldFolder(t, 4)
	db, err := openBadger(badgerOptions(dir, Options{}.withDefaults()))
	require.NoError(t, err)
	half := &Store{dir: dir, opts: Options{}.withDefaults(), db: db}
	require.NoError(t, half.bringBeside())
	at, err := half.readLayout()
	require.NoError(t, err)
	require.EqualValues(t, 4, at)
	killed := copyOfOpen(t, dir)
	require.NoError(t, db.Close())
	for _, dir := range []string{dir, killed} {
		s := open(t, dir)
		require.Empty(t, apartIn(t, s))
		requireSound(t, s)
		require.NoError(t, s.Close())
	}
}
