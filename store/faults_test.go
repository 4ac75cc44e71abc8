package store

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

var errFault = errors.New("an injected fault")

// faulty are files of which one call fails, the nth from the start of counting.
type faulty struct {
	osFiles
	calls int
	fails int // 0: none does
	short bool
}

func (f *faulty) next() error {
	if f.calls++; f.calls == f.fails {
		return errFault
	}
	return nil
}

func (f *faulty) create(path string) (file, error) {
	if err := f.next(); err != nil {
		return nil, err
	}
	inner, err := f.osFiles.create(path)
	return &faultyFile{inner, f}, err
}

func (f *faulty) rename(from, to string) error {
	if err := f.next(); err != nil {
		return err
	}
	return f.osFiles.rename(from, to)
}

func (f *faulty) syncDir(dir string) error {
	if err := f.next(); err != nil {
		return err
	}
	return f.osFiles.syncDir(dir)
}

type faultyFile struct {
	file
	f *faulty
}

// Write fails before it has written, or after half.
func (w *faultyFile) Write(b []byte) (int, error) {
	if err := w.f.next(); err != nil {
		n := 0
		if w.f.short {
			n, _ = w.file.Write(b[:len(b)/2])
		}
		return n, err
	}
	return w.file.Write(b)
}

func (w *faultyFile) Sync() error {
	if err := w.f.next(); err != nil {
		return err
	}
	return w.file.Sync()
}

func (w *faultyFile) Close() error { return errors.Join(w.f.next(), w.file.Close()) }

func snapshotIn(t *testing.T, s *Store) (record uint64, state string) {
	require.NoError(t, s.LoadSnapshot(func(n uint64, r io.Reader) error {
		b, err := io.ReadAll(r)
		record, state = n, string(b)
		return err
	}))
	return record, state
}

// TestFaultsOfSnapshots lets each call to the file system fail once, one after the other:
// the error is told, a snapshot can be loaded at all times, and the next one
// succeeds.
func TestFaultsOfSnapshots(t *testing.T) {
	for _, short := range []bool{false, true} {
		fs := &faulty{short: short}
		s, err := Open(t.TempDir(), Options{Reserve: -1, MemTable: 8 << 20, files: fs})
		require.NoError(t, err)
		saveSnapshot(t, s, 1, []byte("the first"))
		calls := fs.calls
		require.Greater(t, calls, 7)
		state := func(n uint64) []byte { return []byte{byte(n)} }
		saveSnapshot(t, s, 2, state(2))
		for n := uint64(3); n < 3+uint64(calls); n++ {
			fs.calls, fs.fails = 0, int(n-2)
			err := s.SaveSnapshot(n, func(w io.Writer) error { _, err := w.Write(state(n)); return err })
			require.ErrorIs(t, err, errFault)
			fs.fails = 0
			record, got := snapshotIn(t, s)
			require.Equal(t, string(state(record)), got)
			if fs.calls < calls { // the last call syncs what is there already
				require.Less(t, record, n)
			}
			parts, err := filepath.Glob(filepath.Join(s.dir, snapshotDir, "*"+partExt))
			require.NoError(t, err)
			require.Empty(t, parts)
			saveSnapshot(t, s, n, state(n))
			record, _ = snapshotIn(t, s)
			require.Equal(t, n, record)
		}
		err = s.SaveSnapshot(99, func(io.Writer) error { return errFault })
		require.ErrorIs(t, err, errFault, "of who writes the state")
		kept, err := s.Snapshots()
		require.NoError(t, err)
		require.Len(t, kept, keptSnapshot)
		require.NoError(t, s.Close())
	}
}

func TestPartsOfSnapshotsAreRemoved(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	_, err := s.Append(make([]Record, 7))
	require.NoError(t, err)
	saveSnapshot(t, s, 7, []byte("state"))
	require.NoError(t, s.Close())
	part := snapshotPath(dir, 8) + partExt
	require.NoError(t, os.WriteFile(part, []byte("half"), 0o600))
	s = open(t, dir)
	defer s.Close()
	require.NoFileExists(t, part)
	record, _ := snapshotIn(t, s)
	require.EqualValues(t, 7, record)
}

// TestFailedCommits lets commits fail, some of which have reached the disk all
// the same, while the disk refuses writes and after.
func TestFailedCommits(t *testing.T) {
	dir := t.TempDir()
	fs := &faulty{}
	var fail, reach bool
	o := Options{Reserve: -1, MemTable: 8 << 20, files: fs, commit: func(txn *badger.Txn, at uint64) error {
		if !fail {
			return txn.CommitAt(at, nil)
		}
		if reach {
			require.NoError(t, txn.CommitAt(at, nil))
		}
		return errFault
	}}
	s, err := Open(dir, o)
	require.NoError(t, err)
	fill(t, s)
	feeds, err := s.Feeds()
	require.NoError(t, err)
	at := feeds["tcp"]
	for round := range 4 {
		_, last, _ := s.Journal()
		seq := s.Seq()
		at.Lines += 3
		records := []Record{{Kind: Lines, Feed: "tcp", Wall: int64(2000 + round), Count: 3, Raw: rawOf(uint64(round)),
			Positions: map[string]FeedPosition{"tcp": at}}}
		alerts := []orderguard.Alert{alert("s-1", "al_0", 51+round, "r1"), alert("s-3", string(rune('a'+round)), 50, "r1")}

		fail, reach = true, round%2 == 1
		n, err := s.Append(records)
		require.ErrorIs(t, err, ErrDisk)
		require.ErrorIs(t, err, errFault)
		require.ErrorContains(t, err, "dmesg")
		require.Zero(t, n)
		_, now, _ := s.Journal()
		require.Equal(t, last, now)

		// The disk still refuses: each write says so, and reads go on.
		fs.calls, fs.fails = 0, 1
		_, err = s.Commit(alerts, last)
		require.ErrorIs(t, err, ErrDisk)
		_, _, err = s.CreateToken(TokenRequest{Role: "admin"})
		require.ErrorIs(t, err, ErrDisk)
		_, _, err = s.Alert("s-1", "al_0")
		require.NoError(t, err)

		fail = false
		n, err = s.Append(records)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		_, now, _ = s.Journal()
		require.Equal(t, last+1, now)

		fail = true
		_, err = s.Commit(alerts, now)
		require.ErrorIs(t, err, ErrDisk)
		fail = false
		changed, err := s.Commit(alerts, now)
		require.NoError(t, err)
		require.Len(t, changed, 2, "nobody had been told")
		require.Equal(t, seq+2, s.Seq(), "each change took one number")
		require.Equal(t, now, s.Position())
		requireSound(t, s)
	}
	want := dump(t, s)
	require.NoError(t, s.Close())
	s = open(t, dir)
	defer s.Close()
	require.Equal(t, want, dump(t, s))
}

const readOnlyDir = "ORDERGUARD_STORE_READ_ONLY_DIR"

// TestReadOnlyFolder opens a store in a folder of another user. Root may write
// everywhere, so a child does it as nobody.
// TestFailedTrim has a trim fail that reaches the disk all the same: the next one goes on.
func TestFailedTrim(t *testing.T) {
	fail := false
	s, err := Open(t.TempDir(), Options{Reserve: -1, MemTable: 8 << 20, commit: func(txn *badger.Txn, at uint64) error {
		if err := txn.CommitAt(at, nil); err != nil || !fail {
			return err
		}
		return errFault
	}})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	for range 20 {
		_, err := s.Append([]Record{{Kind: Tick}})
		require.NoError(t, err)
	}
	saveSnapshot(t, s, 10, nil)
	fail = true
	_, err = s.Trim(t.Context(), Retention{Bytes: 1})
	require.ErrorIs(t, err, ErrDisk)
	fail = false
	_, err = s.Trim(t.Context(), Retention{Bytes: 1})
	require.NoError(t, err)
	first, last, _ := s.Journal()
	require.EqualValues(t, []uint64{10, 20}, []uint64{first, last})
	_, err = s.Append([]Record{{Kind: Tick}})
	require.NoError(t, err)
	requireSound(t, s)
}

// TestUnsyncedValues has Badger say that values were not synced, when what leads to them
// is durable: a start after that knows of none of it.
func TestUnsyncedValues(t *testing.T) {
	dir := t.TempDir()
	var s *Store
	fail := false
	s, err := Open(dir, Options{Reserve: -1, MemTable: 8 << 20, commit: func(txn *badger.Txn, at uint64) error {
		err := txn.CommitAt(at, nil)
		if fail {
			bridge{s.opts.Logger, &s.signs}.Errorf(unsyncedLine+": %v\n", errFault)
		}
		return err
	}})
	require.NoError(t, err)
	fill(t, s)
	feeds, err := s.Feeds()
	require.NoError(t, err)
	_, last, _ := s.Journal()
	records := []Record{{Kind: Lines, Feed: "tcp", Count: 3, Raw: rawOf(1), Positions: map[string]FeedPosition{"tcp": {Lines: 99}, "new": {Lines: 1}},
		Posts: map[string]FeedPosition{"post": {Lines: 1}}}}
	fail = true
	_, err = s.Append(records)
	require.ErrorIs(t, err, ErrDisk)
	killed := copyOfOpen(t, dir)
	fail = false
	_, err = s.Append(records)
	require.NoError(t, err)
	require.NoError(t, s.Close())

	s = open(t, killed)
	_, is, _ := s.Journal()
	require.Equal(t, last, is)
	now, err := s.Feeds()
	require.NoError(t, err)
	require.Equal(t, feeds, now)
	at, err := s.Post("post")
	require.NoError(t, err)
	require.Zero(t, at)
	requireSound(t, s)
	require.NoError(t, s.Close())
	s = open(t, dir)
	_, is, _ = s.Journal()
	require.Equal(t, last+1, is)
	now, err = s.Feeds()
	require.NoError(t, err)
	require.EqualValues(t, 99, now["tcp"].Lines)
	require.NoError(t, s.Close())
}

func TestReadOnlyFolder(t *testing.T) {
	if dir := os.Getenv(readOnlyDir); dir != "" {
		if os.Getuid() == 0 {
			require.NoError(t, syscall.Setuid(65534))
		}
		_, err := Open(dir, Options{Reserve: -1})
		require.ErrorIs(t, err, ErrReadOnly)
		require.ErrorContains(t, err, "chown")
		return
	}
	dir := filepath.Join(t.TempDir(), "data")
	require.NoError(t, open(t, dir).Close())
	require.NoError(t, os.Remove(filepath.Join(dir, lockName)))
	require.NoError(t, os.Chmod(dir, 0o555))
	for up := filepath.Dir(dir); up != os.TempDir() && up != "/"; up = filepath.Dir(up) {
		require.NoError(t, os.Chmod(up, 0o755))
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestReadOnlyFolder$")
	cmd.Env = append(os.Environ(), readOnlyDir+"="+dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, open(t, dir).Close())
}

// gate is a disk that takes the beginning of a file, and then nothing until it
// is opened.
type gate struct {
	writes  int
	entered chan struct{} // closed at the second write
	open    chan struct{}
}

func (g *gate) Write(b []byte) (int, error) {
	if g.writes++; g.writes == 2 {
		close(g.entered)
	}
	if g.writes >= 2 {
		<-g.open
	}
	return len(b), nil
}

// TestChunksOfASlowDisk fills all the room between a writer and its disk, and
// closes before the disk takes anything: nobody may wait for ever.
func TestChunksOfASlowDisk(t *testing.T) {
	g := &gate{entered: make(chan struct{}), open: make(chan struct{})}
	w := newChunkWriter(g)
	chunk := make([]byte, chunkSize)
	_, err := w.Write(chunk)
	require.NoError(t, err)
	<-g.entered
	for range chunksAhead {
		_, err := w.Write(chunk)
		require.NoError(t, err)
	}
	_, err = w.Write(chunk[:10])
	require.NoError(t, err)
	done := make(chan error)
	go func() { done <- w.Close() }()
	close(g.open)
	require.NoError(t, <-done)
	require.Equal(t, 1+2*(chunksAhead+2)+1, g.writes)
}
