package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// dump returns all that is in a store, but for what each store has of its own.
func dump(t testing.TB, s *Store) map[string]string {
	all := map[string]string{}
	require.NoError(t, s.view(func(txn *badger.Txn) error {
		return scan(txn, nil, func(key, value []byte) error {
			all[string(key)] = string(value)
			return nil
		})
	}))
	delete(all, string(idKey))
	delete(all, string(copiedKey))
	err := s.LoadSnapshot(func(record uint64, r io.Reader) error {
		b, err := io.ReadAll(r)
		all["snapshot"] = fmt.Sprint(record, string(b))
		return err
	})
	if !errors.Is(err, ErrNotFound) {
		require.NoError(t, err)
	}
	return all
}

func backup(t testing.TB, s *Store, after Copy) (Copy, []byte) {
	t.Helper()
	var b bytes.Buffer
	c, err := s.Backup(t.Context(), &b, after)
	require.NoError(t, err)
	said, err := ReadCopy(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	require.Equal(t, c, said)
	return c, b.Bytes()
}

func readers(copies [][]byte) (all []io.Reader) {
	for _, c := range copies {
		all = append(all, bytes.NewReader(c))
	}
	return all
}

// live changes a store at random, as a daemon does.
func live(t *testing.T, s *Store, rng *rand.Rand, now *time.Time) {
	feed := fmt.Sprint("feed", rng.IntN(40))
	feeds, err := s.Feeds()
	require.NoError(t, err)
	at := feeds[feed]
	at.Lines, at.Updated = at.Lines+2, now.UnixMilli()
	_, err = s.Append([]Record{{Kind: Lines, Feed: feed, Wall: at.Updated, Count: 2, Raw: rawOf(rng.Uint64N(9)),
		Positions: map[string]FeedPosition{feed: at}}})
	require.NoError(t, err)
	_, last, _ := s.Journal()
	var alerts []orderguard.Alert
	for range rng.IntN(4) {
		alerts = append(alerts, alert(fmt.Sprint("s-", rng.IntN(3)), fmt.Sprint("al_", rng.IntN(30)), 50, fmt.Sprint("r", rng.IntN(9))))
	}
	_, err = s.Commit(alerts, last)
	require.NoError(t, err)
	switch rng.IntN(12) {
	case 0:
		saveSnapshot(t, s, last, rawOf(last))
	case 1:
		_, err := s.Trim(t.Context(), Retention{Age: 20 * time.Second, FeedAge: 10 * time.Second})
		require.NoError(t, err)
	case 2:
		_, token, err := s.CreateToken(TokenRequest{Role: "admin"})
		require.NoError(t, err)
		if rng.IntN(2) == 0 {
			require.NoError(t, s.RevokeToken(token.ID))
		}
	}
	*now = now.Add(time.Second)
}

// TestBackupChain takes copies of a store that lives on, each of what is new
// since the one before, and restores after each.
func TestBackupChain(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	now := time.Unix(1_800_000_000, 0)
	dir := t.TempDir()
	o := Options{Reserve: -1, MemTable: 8 << 20, Now: func() time.Time { return now }}
	s, err := Open(dir, o)
	require.NoError(t, err)
	defer func() { s.Close() }()
	var last Copy
	var copies [][]byte
	seen := map[string]bool{}
	rounds := 4
	if testing.Short() {
		rounds = 3
	}
	for range rounds {
		for range 40 {
			live(t, s, rng, &now)
		}
		var c []byte
		last, c = backup(t, s, last)
		copies = append(copies, c)

		to := filepath.Join(t.TempDir(), "restored")
		said, err := Restore(t.Context(), to, o, readers(copies)...)
		require.NoError(t, err)
		require.Equal(t, last, said)
		restored := open(t, to)
		want := dump(t, s)
		require.Equal(t, want, dump(t, restored))
		require.Equal(t, s.Seq(), restored.Seq())
		put(t, restored, alert("s-9", "al_1", 50, "r")) // it lives on
		_, err = restored.Backup(t.Context(), io.Discard, last)
		require.ErrorIs(t, err, ErrOtherStore, "its versions began anew")
		require.NoError(t, restored.Close())
		for key := range want {
			seen[key] = true
		}

		// Compactions forget what was deleted.
		require.NoError(t, s.Close())
		s, err = Open(dir, o)
		require.NoError(t, err)
		require.NoError(t, s.db.Flatten(1))
	}
	gone := map[byte]bool{}
	end := dump(t, s)
	for key := range seen {
		if _, ok := end[key]; !ok {
			gone[key[0]] = true
		}
	}
	require.Subset(t, gone, map[byte]bool{kindChange: true, kindRecord: true, kindFeed: true}, "the test lets keys of each kind go")
	require.Less(t, len(copies[rounds-1]), len(copies[0])*2, "a later copy holds what is new")
}

func TestRestoreRefuses(t *testing.T) {
	s := openTemp(t)
	fill(t, s)
	first, a := backup(t, s, Copy{})
	put(t, s, alert("s-1", "al_77", 50, "r"))
	second, b := backup(t, s, first)
	put(t, s, alert("s-1", "al_78", 50, "r"))
	_, c := backup(t, s, second)
	other := openTemp(t)
	_, d := backup(t, other, Copy{})

	newer := bytes.Buffer{}
	w := newChunkWriter(&newer)
	require.NoError(t, (&copier{ctx: t.Context(), out: w}).head(Copy{Layout: layout + 1}))
	require.NoError(t, w.Close())

	for name, test := range map[string]struct {
		copies [][]byte
		want   error
	}{
		"without the full one":  {[][]byte{b}, ErrWrongCopy},
		"one left out":          {[][]byte{a, c}, ErrWrongCopy},
		"twice the same":        {[][]byte{a, b, b}, ErrWrongCopy},
		"another store's":       {[][]byte{d, b}, ErrWrongCopy},
		"two full ones":         {[][]byte{a, a}, ErrWrongCopy},
		"cut short":             {[][]byte{a, b[:len(b)-1]}, ErrDamaged},
		"cut between chunks":    {[][]byte{a[:len(a)-chunkHeader]}, ErrDamaged},
		"no copy":               {[][]byte{[]byte("hello, world, this is no copy")}, ErrDamaged},
		"nothing":               {[][]byte{{}}, ErrDamaged},
		"of a newer orderguard": {[][]byte{newer.Bytes()}, ErrNewer},
	} {
		dir := t.TempDir()
		_, err := Restore(t.Context(), dir, Options{Reserve: -1}, readers(test.copies)...)
		require.ErrorIs(t, err, test.want, name)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left, name)
		made := filepath.Join(dir, "made")
		_, err = Restore(t.Context(), made, Options{Reserve: -1}, readers(test.copies)...)
		require.ErrorIs(t, err, test.want, name)
		require.NoDirExists(t, made, name)
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x"), nil, 0o600))
	_, err := Restore(t.Context(), dir, Options{Reserve: -1}, bytes.NewReader(a))
	require.ErrorIs(t, err, ErrNotEmpty)
	require.FileExists(t, filepath.Join(dir, "x"))
}

// TestEveryByteOfACopyCounts flips bytes of a copy.
func TestEveryByteOfACopyCounts(t *testing.T) {
	s := openTemp(t)
	put(t, s, alert("s-1", "al_77", 50, "r"))
	_, a := backup(t, s, Copy{})
	for i := 0; i < len(a); i += 1 + len(a)/20 {
		torn := bytes.Clone(a)
		torn[i] ^= 0x10
		_, err := Restore(t.Context(), t.TempDir(), Options{Reserve: -1, MemTable: 8 << 20}, bytes.NewReader(torn))
		require.Error(t, err, "byte %d", i)
	}
}

func TestHalfRestored(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, restoringName), nil, 0o600))
	_, err := Open(dir, Options{})
	require.ErrorIs(t, err, ErrHalfRestored)
	_, err = Restore(t.Context(), dir, Options{Reserve: -1}, bytes.NewReader(nil))
	require.ErrorIs(t, err, ErrHalfRestored)
}

// TestBackupOfARunningStore copies while another goroutine appends, commits and
// takes snapshots: each copy is of one moment.
func TestBackupOfARunningStore(t *testing.T) {
	s := openTemp(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	begun := make(chan struct{})
	go func() {
		var err error
		for n := uint64(1); err == nil && ctx.Err() == nil; n++ {
			_, err = s.Append([]Record{{Kind: Lines, Feed: "tcp", Wall: int64(n), Count: 1, Raw: rawOf(n),
				Positions: map[string]FeedPosition{"tcp": {Lines: int64(n)}}}})
			if err == nil {
				_, err = s.Commit([]orderguard.Alert{alert("s", fmt.Sprint("al_", n), 50, "r")}, n)
			}
			if err == nil && n%8 == 0 {
				err = s.SaveSnapshot(n, func(w io.Writer) error { _, err := w.Write(rawOf(n)); return err })
			}
			if err == nil && n%8 == 0 {
				_, err = s.Trim(ctx, Retention{Age: time.Millisecond})
			}
			if n == 20 {
				close(begun)
			}
		}
		done <- err
	}()
	<-begun
	var last Copy
	var copies [][]byte
	for range 4 {
		var c []byte
		last, c = backup(t, s, last)
		copies = append(copies, c)
	}
	stop()
	require.NoError(t, <-done)
	dir := t.TempDir()
	_, err := Restore(t.Context(), dir, Options{Reserve: -1}, readers(copies)...)
	require.NoError(t, err, "it ends with a check")
	restored := open(t, dir)
	defer restored.Close()
	require.Equal(t, last.Position, restored.Position())
	require.Equal(t, last.Seq, restored.Seq())
}

// stuck is a disk that is full after some bytes.
type stuck struct{ room int }

func (w *stuck) Write(b []byte) (int, error) {
	if w.room -= len(b); w.room < 0 {
		return 0, errors.New("no room")
	}
	return len(b), nil
}

func TestBackupThatCannotBeWritten(t *testing.T) {
	s := openTemp(t)
	fill(t, s)
	_, a := backup(t, s, Copy{})
	for _, room := range []int{0, 8, len(a) / 2, len(a) - 1} {
		_, err := s.Backup(t.Context(), &stuck{room}, Copy{})
		require.ErrorContains(t, err, "no room")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Backup(ctx, io.Discard, Copy{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Backup(t.Context(), io.Discard, Copy{Store: "other", Version: 1})
	require.ErrorIs(t, err, ErrOtherStore)
}

// TestRestoreIsStopped stops a restore while it reads and while it checks: that is not said to be the copy's fault.
func TestRestoreIsStopped(t *testing.T) {
	t.Parallel()
	s, err := Open(t.TempDir(), Options{Reserve: -1})
	require.NoError(t, err)
	_, err = s.Append([]Record{{Kind: Tick}})
	require.NoError(t, err)
	var copied bytes.Buffer
	_, err = s.Backup(t.Context(), &copied, Copy{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("terminated"))
	dir := t.TempDir()
	_, err = Restore(ctx, dir, Options{Reserve: -1}, bytes.NewReader(copied.Bytes()))
	require.ErrorContains(t, err, "stopped (terminated): nothing is known to be wrong with the copy")
	require.NotErrorIs(t, err, ErrDamaged)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}
