package store

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"
)

// requireUnchanged opens a folder that is refused, and returns why. Nothing in it changes.
func requireUnchanged(t *testing.T, dir string) error {
	t.Helper()
	before := filesOf(t, dir)
	_, err := Open(dir, Options{Reserve: -1, MemTable: 8 << 20})
	require.Error(t, err)
	require.Equal(t, before, filesOf(t, dir))
	return err
}

// copyOfOpen copies the folder of a store that is open, as SIGKILL would leave it. Files go
// while Badger writes out what it has found.
func copyOfOpen(t *testing.T, dir string) (to string) {
	t.Helper()
	require.Eventually(t, func() bool {
		to = t.TempDir()
		return os.CopyFS(to, os.DirFS(dir)) == nil
	}, 10*time.Second, time.Millisecond)
	return to
}

// TestAcceptedOnce loses what stood behind a bad byte of a memtable's log, with nothing beside
// it that shows more: the store is another one then, and asks no second time.
func TestAcceptedOnce(t *testing.T) {
	t.Parallel()
	dir, killed := t.TempDir(), t.TempDir()
	s := open(t, dir)
	for n := range uint64(60) {
		_, err := s.Append([]Record{{Kind: Lines, Feed: "f", Raw: []byte("small\n"), Positions: map[string]FeedPosition{"f": {}}}})
		require.NoError(t, err)
		put(t, s, alert("s", fmt.Sprint("al_", n), 50, "r"))
	}
	before, err := s.ID()
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(killed, os.DirFS(dir)))
	require.NoError(t, s.Close())
	path, data := newestLog(t, killed, ".mem")
	data[len(bytes.TrimRight(data, "\x00"))/2] ^= 1
	require.NoError(t, os.WriteFile(path, data, 0o600))
	err = requireUnchanged(t, killed)
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, filepath.Base(path))

	// Killed between the steps of going on.
	first := t.TempDir()
	require.NoError(t, os.CopyFS(first, os.DirFS(killed)))
	sv, err := look(first, Options{})
	require.NoError(t, err)
	require.NoError(t, sv.guard(Options{AcceptLoss: true}.withDefaults()))
	db, err := openBadger(badgerOptions(first, Options{}.withDefaults()))
	require.NoError(t, err)
	half := copyOfOpen(t, first)
	require.NoError(t, db.Close())

	o := Options{Reserve: -1, MemTable: 8 << 20, AcceptLoss: true}
	s, err = Open(killed, o)
	require.NoError(t, err)
	again := copyOfOpen(t, killed)
	require.NoError(t, s.Close())
	for _, dir := range []string{killed, again, half} {
		s = open(t, dir)
		after, err := s.ID()
		require.NoError(t, err)
		require.NotEqual(t, before, after, "numbers are given out again")
		require.Less(t, s.Seq(), uint64(60))
		requireSound(t, s)
		require.NoFileExists(t, filepath.Join(dir, acceptedName))
		require.NoError(t, s.Close())
	}
}

// TestGivenUp loses a record in a value log: check names it until it is given up, and room is
// reclaimed when nothing in that log is wanted.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	_, dir := logsOf(t)
	path, data := newestLog(t, dir, ".vlog")
	data[len(bytes.TrimRight(data, "\x00"))/2] ^= 0x55
	require.NoError(t, os.WriteFile(path, data, 0o600))
	s := open(t, dir)
	faults, err := s.Check(t.Context())
	require.NoError(t, err)
	require.Len(t, faults, 2, "the log, and the record: %q", faults)
	require.NoError(t, s.Close())
	s, err = Open(dir, Options{Reserve: -1, MemTable: 8 << 20, AcceptLoss: true})
	require.NoError(t, err)
	requireSound(t, s)
	wanted, err := s.keepsDamaged()
	require.NoError(t, err)
	require.True(t, wanted)
	_, err = s.Trim(t.Context(), Retention{Bytes: 1})
	require.NoError(t, err)
	wanted, err = s.keepsDamaged()
	require.NoError(t, err)
	require.False(t, wanted)
	require.NoError(t, s.Reclaim())
	require.NoError(t, s.Close())
	require.NoError(t, os.Remove(path))
	notes, err := damagedLogs(dir)
	require.NoError(t, err)
	require.Empty(t, notes)
}

// TestNoLogOfAMemtable takes that of small records away, of which nothing else shows that
// they were there but that the store was not closed.
func TestNoLogOfAMemtable(t *testing.T) {
	t.Parallel()
	dir, killed := t.TempDir(), t.TempDir()
	s := open(t, dir)
	_, err := s.Append([]Record{{Kind: Lines, Feed: "f", Raw: []byte("small\n"), Positions: map[string]FeedPosition{"f": {}}}})
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(killed, os.DirFS(dir)))
	require.NoError(t, s.Close())
	require.NoError(t, open(t, dir).Close())
	paths, err := filesWith(killed, ".mem")
	require.NoError(t, err)
	for _, harm := range []func(string) error{func(path string) error { return os.Truncate(path, 0) }, os.Remove} {
		for _, path := range paths {
			require.NoError(t, harm(path))
		}
		err = requireUnchanged(t, killed)
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, ".mem")
	}
}

// TestRefusedBeforeAnythingChanges has faults that only what is in Badger shows.
func TestRefusedBeforeAnythingChanges(t *testing.T) {
	t.Parallel()
	_, killed := logsOf(t)
	require.NoError(t, os.RemoveAll(filepath.Join(killed, snapshotDir)))
	path, data := newestLog(t, killed, ".vlog")
	require.NoError(t, os.Truncate(path, 0))
	err := requireUnchanged(t, killed)
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, filepath.Base(path))
	require.NoError(t, os.WriteFile(path, data, 0o600))

	s := open(t, killed)
	require.NoError(t, s.db.Update(func(txn *badger.Txn) error { return txn.Set(layoutKey, seqValue(layout+1)) }))
	newer := copyOfOpen(t, killed)
	require.NoError(t, s.Close())
	for _, dir := range []string{killed, newer} {
		require.ErrorIs(t, requireUnchanged(t, dir), ErrNewer)
	}
}

// TestStrayFilesAreSkipped puts files beside the store that say that it went further, or
// otherwise, and are torn or another store's.
func TestStrayFilesAreSkipped(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	for i, dir := range []string{dir, other} {
		s := openIndexed(t, dir)
		for n := range uint64(60 + 40*i) {
			_, err := s.Append([]Record{{Kind: Lines, Feed: "f", Raw: fmt.Appendf(nil, "o%d of %d\n", n, i), Positions: map[string]FeedPosition{"f": {}}}})
			require.NoError(t, err)
		}
		step(t, s, 1000)
		saveSnapshot(t, s, 50, []byte(fmt.Sprint("state of ", i)))
		require.NoError(t, s.Close())
	}
	torn := func(from, to string) {
		data, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to, data[:len(data)-5], 0o600))
	}
	require.NoError(t, os.WriteFile(snapshotPath(dir, 200), nil, 0o600))
	torn(snapshotPath(dir, 50), snapshotPath(dir, 300))
	torn(snapshotPath(other, 50), segmentPath(filepath.Join(dir, indexDir), 61, 400))
	data, err := os.ReadFile(snapshotPath(other, 50))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(snapshotPath(dir, 55), data, 0o600))

	s := openIndexed(t, dir)
	require.NoError(t, s.LoadSnapshot(func(n uint64, r io.Reader) error {
		state, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, "state of 0", string(state))
		return nil
	}))
	faults, err := s.Check(t.Context())
	require.NoError(t, err)
	require.Len(t, faults, 3, "the snapshots; the index is made again: %q", faults)
	c, copied := backup(t, s, Copy{})
	require.EqualValues(t, 50, c.Snapshot)
	require.NoError(t, s.Close())
	_, err = Restore(t.Context(), filepath.Join(t.TempDir(), "restored"), Options{Reserve: -1}, bytes.NewReader(copied))
	require.NoError(t, err)
}

// TestFormerSnapshots reads one that says nothing of its record.
func TestFormerSnapshots(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	_, err := s.Append([]Record{{Kind: Tick}})
	require.NoError(t, err)
	saveSnapshot(t, s, 1, []byte("state"))
	data, err := os.ReadFile(snapshotPath(dir, 1))
	require.NoError(t, err)
	require.Equal(t, snapshotMagic, string(data[:len(snapshotMagic)]))
	former := [][]byte{data[len(snapshotMagic)+recordSumSize+8:], append(append([]byte(magicUnnamed), data[len(snapshotMagic):][:recordSumSize]...), data[len(snapshotMagic)+recordSumSize+8:]...)}
	for _, data := range former {
		require.NoError(t, os.WriteFile(snapshotPath(dir, 1), data, 0o600))
		require.NoError(t, s.LoadSnapshot(func(_ uint64, r io.Reader) error {
			state, err := io.ReadAll(r)
			require.Equal(t, "state", string(state))
			return err
		}))
		requireSound(t, s)
		require.NoError(t, s.Close())
		s = open(t, dir)
		require.Equal(t, snapshotPath(dir, 1), s.checked)
	}
	require.NoError(t, s.Close())
}

// TestKilledWhileBadgerOpens kills a store of which nothing was committed since it was opened, and then the next start when Badger has
// removed the log of the memtable, in which nothing is, and not made another yet.
func TestKilledWhileBadgerOpens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	_, err := s.Append([]Record{{Kind: Tick}})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s = open(t, dir)
	killed := copyOfOpen(t, dir)
	require.NoError(t, s.Close())
	lose := func(dir string) {
		paths, err := filesWith(dir, ".mem")
		require.NoError(t, err)
		require.Len(t, paths, 1)
		require.NoError(t, os.Remove(paths[0]))
	}
	lost := t.TempDir()
	require.NoError(t, os.CopyFS(lost, os.DirFS(killed)))
	lose(lost)
	require.ErrorContains(t, requireUnchanged(t, lost), "there is no log of a memtable", "nobody has begun to open it")

	o := Options{Reserve: -1, MemTable: 8 << 20}.withDefaults()
	sv, err := lookFor(killed, o)
	require.NoError(t, err)
	require.NoError(t, sv.refuse(o))
	require.NoError(t, sv.guard(o))
	lose(killed)
	s = open(t, killed)
	_, last, _ := s.Journal()
	require.EqualValues(t, 1, last)
	_, err = s.Append([]Record{{Kind: Tick}})
	require.NoError(t, err)
	lost = copyOfOpen(t, killed)
	require.NoError(t, s.Close())
	lose(lost)
	require.ErrorContains(t, requireUnchanged(t, lost), "there is no log of a memtable", "it was opened")
}
