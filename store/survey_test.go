package store

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"
)

// filesOf returns a sum of each file in a folder.
func filesOf(t *testing.T, dir string) map[string]string {
	sums := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		require.NoError(t, err)
		if e.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		sums[path] = fmt.Sprintf("%x", sha256.Sum256(data))
		return nil
	}))
	return sums
}

// requireRefused opens a folder for writing and for reading: both fail by a damage
// that names a file, and change nothing but the lock.
func requireRefused(t *testing.T, dir, file string) {
	t.Helper()
	before := filesOf(t, dir)
	_, err := Open(dir, Options{Reserve: -1, MemTable: 8 << 20, AcceptLoss: true, Existing: true})
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, file)
	require.ErrorContains(t, err, "restore a backup")
	_, err = OpenToRead(dir, Options{})
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, file)
	require.Equal(t, before, filesOf(t, dir))
}

// TestDamagedTablesAreRefused changes each byte of a table, one after the other, cuts
// it short, and takes it away.
func TestDamagedTablesAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	for n := range uint64(6) {
		_, err := s.Append([]Record{{Kind: Lines, Feed: "f", Raw: rawOf(n + 1), Positions: map[string]FeedPosition{"f": {Lines: int64(n)}}}})
		require.NoError(t, err)
		put(t, s, alert("s", fmt.Sprint("al_", n), 50, "r"))
	}
	require.NoError(t, s.Close())
	paths, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	name := filepath.Base(paths[0])
	whole, err := os.ReadFile(paths[0])
	require.NoError(t, err)
	tables, err := readManifest(dir)
	require.NoError(t, err)
	var id uint64
	_, err = fmt.Sscanf(name, "%d.sst", &id)
	require.NoError(t, err)
	harmed := func(data []byte) {
		require.NoError(t, os.WriteFile(paths[0], data, 0o600))
		fault, err := checkTable(paths[0], id, tables[id], true, &trace{})
		require.NoError(t, err)
		require.Contains(t, fault, name)
	}
	for at := range whole {
		bad := bytes.Clone(whole)
		bad[at] ^= 1 << (at % 8)
		harmed(bad)
	}
	for at := 0; at < len(whole); at += 97 {
		harmed(whole[:at])
	}
	bad := bytes.Clone(whole)
	bad[len(bad)/2] ^= 1
	harmed(bad)
	requireRefused(t, dir, name)
	harmed(whole[:len(whole)-1])
	requireRefused(t, dir, name)
	require.NoError(t, os.Remove(paths[0]))
	requireRefused(t, dir, name)
	require.NoError(t, os.WriteFile(paths[0], whole, 0o600))
	s = open(t, dir)
	requireSound(t, s)
	require.NoError(t, s.Close())
}

// TestDamageUnderARunningStore changes a table while it is open: from the next look on
// nothing is written or copied, and reads go on.
func TestDamageUnderARunningStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s)
	require.NoError(t, s.Close())
	s = open(t, dir)
	defer s.Close()
	require.NoError(t, s.Verify(t.Context()))
	paths, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	require.NoError(t, err)
	f, err := os.OpenFile(paths[0], os.O_RDWR, 0)
	require.NoError(t, err)
	var b [1]byte
	_, err = f.ReadAt(b[:], 100)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte{b[0] ^ 1}, 100)
	require.NoError(t, err)
	require.NoError(t, f.Close())

	require.NoError(t, s.Harmed())
	_, err = s.Backup(t.Context(), &bytes.Buffer{}, Copy{})
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorIs(t, s.Harmed(), ErrDamaged)
	_, err = s.Append([]Record{{Kind: Tick}})
	require.ErrorIs(t, err, ErrDamaged)
	_, err = s.Commit(nil, s.Position()+1)
	require.ErrorIs(t, err, ErrDamaged)
	faults, err := s.Check(t.Context())
	require.NoError(t, err)
	require.Contains(t, faults[0], filepath.Base(paths[0]))
	_, err = s.Feeds()
	require.NoError(t, err)
}

// TestLostManifest harms the file by which Badger knows its tables. It would remove
// those that it does not know of.
func TestLostManifest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 3 {
		s := open(t, dir)
		put(t, s, alert("s", fmt.Sprint("al_", s.Seq()), 50, "r"))
		require.NoError(t, s.Close())
	}
	path := filepath.Join(dir, badger.ManifestFilename)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, bad := range [][]byte{nil, make([]byte, len(whole)), whole[:len(whole)-1], whole[:8], append(whole[:20:20], make([]byte, len(whole)-20)...)} {
		require.NoError(t, os.WriteFile(path, bad, 0o600))
		requireRefused(t, dir, badger.ManifestFilename)
	}
	require.NoError(t, os.Remove(path))
	requireRefused(t, dir, badger.ManifestFilename)

	require.NoError(t, os.WriteFile(path, whole, 0o600))

	// What a compaction has left that was cut off, also while the store was closed.
	tables, err := filesWith(dir, ".sst")
	require.NoError(t, err)
	left, err := os.ReadFile(tables[0])
	require.NoError(t, err)
	for name, data := range map[string][]byte{"000097.sst": nil, "000098.sst": left[:len(left)/2], "000099.sst": left} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}

	// Of a store that a crash has ended: its last table is in no memtable's log any more.
	s := open(t, dir)
	put(t, s, alert("s", "al_9", 50, "r"))
	killed := t.TempDir()
	require.NoError(t, os.CopyFS(killed, os.DirFS(dir)))
	require.NoError(t, s.Close())
	require.NoError(t, os.Truncate(filepath.Join(killed, badger.ManifestFilename), int64(len(whole)-3)))
	requireRefused(t, killed, badger.ManifestFilename)

	s = open(t, dir)
	require.EqualValues(t, 4, s.Seq())
	require.NoError(t, s.Close())
	keys := filepath.Join(dir, badger.KeyRegistryFileName)
	known, err := os.ReadFile(keys)
	require.NoError(t, err)
	known[20] ^= 1
	for _, bad := range [][]byte{nil, known} {
		require.NoError(t, os.WriteFile(keys, bad, 0o600))
		r, err := OpenToRead(dir, Options{})
		require.NoError(t, err)
		faults, err := r.Check(t.Context())
		require.NoError(t, err)
		require.Contains(t, faults[0], "nothing is lost")
		require.True(t, Mendable(faults[0]))
		require.NoError(t, r.Close())
		s := open(t, dir)
		require.EqualValues(t, 4, s.Seq())
		requireSound(t, s)
		require.NoError(t, s.Close())
	}
}

// TestPagesOfZeros turns pages of logs to zeros, which looks as what a crash leaves but
// for what else shows that something was there.
func TestPagesOfZeros(t *testing.T) {
	t.Parallel()
	_, killed := logsOf(t)
	random := rand.New(rand.NewPCG(1, 5))
	for range 6 {
		to := t.TempDir()
		require.NoError(t, os.CopyFS(to, os.DirFS(killed)))
		require.NoError(t, os.RemoveAll(filepath.Join(to, snapshotDir)))
		path, data := newestLog(t, to, ".vlog")
		page := (1 + random.IntN(len(bytes.TrimRight(data, "\x00"))/logPage-1)) * logPage
		clear(data[page : page+logPage])
		require.NoError(t, os.WriteFile(path, data, 0o600))

		before := filesOf(t, to)
		r, err := OpenToRead(to, Options{})
		require.NoError(t, err)
		faults, err := r.Check(t.Context())
		require.NoError(t, err)
		require.Contains(t, faults[0], filepath.Base(path)+" is bad at byte")
		require.LessOrEqual(t, lost(r), 2, "those that lie in the page")
		_, copied := backup(t, r, Copy{})
		require.NoError(t, r.Close())
		restored := filepath.Join(t.TempDir(), "restored")
		_, err = Restore(t.Context(), restored, Options{Reserve: -1}, bytes.NewReader(copied))
		require.NoError(t, err)
		s := open(t, restored)
		require.LessOrEqual(t, lost(s), 2)
		require.NoError(t, s.Records(1, func(*Record) error { return nil }))
		require.NoError(t, s.Close())
		_, err = Open(to, Options{Reserve: -1, MemTable: 8 << 20})
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, "--accept-loss")
		require.ErrorContains(t, err, filepath.Base(path))
		require.Equal(t, before, filesOf(t, to))

		s, err = Open(to, Options{Reserve: -1, MemTable: 8 << 20, AcceptLoss: true})
		require.NoError(t, err)
		again := copyOfOpen(t, to)
		require.NoError(t, s.Close())
		for _, dir := range []string{to, again} {
			s = open(t, dir) // it is accepted once and for all
			gone := 0
			require.NoError(t, s.Records(1, func(r *Record) error {
				if r.Kind == Lost {
					gone++
				}
				return nil
			}))
			require.NotZero(t, gone)
			require.Equal(t, lost(s), gone)
			require.NoError(t, s.Close())
		}
	}
}

// TestPagesOfZerosInAMemtablesLog turns a page to zeros, where nothing else shows what was
// there.
func TestPagesOfZerosInAMemtablesLog(t *testing.T) {
	t.Parallel()
	dir, killed := t.TempDir(), t.TempDir()
	s := open(t, dir)
	for n := range uint64(60) {
		put(t, s, alert("s", fmt.Sprint("al_", n), 50, "r"))
	}
	require.NoError(t, os.CopyFS(killed, os.DirFS(dir)))
	require.NoError(t, s.Close())
	path, data := newestLog(t, killed, ".mem")
	used := len(bytes.TrimRight(data, "\x00"))
	require.Greater(t, used, 5*logPage)
	for page := 0; page < used-2*logPage; page += logPage {
		bad := bytes.Clone(data)
		clear(bad[max(page, logHeader) : page+logPage])
		require.NoError(t, os.WriteFile(path, bad, 0o600))
		err := requireUnchanged(t, killed)
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, filepath.Base(path))
	}
}

// TestLostMemtable takes the log of a memtable away, or its first page: what is beside it shows
// that there was more.
func TestLostMemtable(t *testing.T) {
	t.Parallel()
	for _, shownBy := range []string{".vlog", ".snap", ".idx"} {
		dir, killed := t.TempDir(), t.TempDir()
		s := openIndexed(t, dir)
		for n := range uint64(60) {
			raw := []byte("o1 small\n")
			if shownBy == ".vlog" {
				raw = rawOf(1)
			}
			_, err := s.Append([]Record{{Kind: Lines, Feed: "f", Raw: raw}})
			require.NoError(t, err)
			put(t, s, alert("s", fmt.Sprint("al_", n), 50, "r"))
		}
		switch shownBy {
		case ".snap":
			saveSnapshot(t, s, 60, []byte("state"))
		case ".idx":
			step(t, s, 1000)
		}
		before, err := s.ID()
		require.NoError(t, err)
		require.NoError(t, os.CopyFS(killed, os.DirFS(dir)))
		require.NoError(t, s.Close())
		path, data := newestLog(t, killed, ".mem")
		for _, harm := range []func() error{
			func() error { clear(data[logHeader:logPage]); return os.WriteFile(path, data, 0o600) },
			func() error { return os.Truncate(path, 0) },
			func() error { return os.Remove(path) },
		} {
			require.NoError(t, harm())
			before := filesOf(t, killed)
			_, err := Open(killed, Options{Reserve: -1, MemTable: 8 << 20})
			require.ErrorIs(t, err, ErrDamaged)
			require.ErrorContains(t, err, shownBy)
			require.ErrorContains(t, err, "--accept-loss")
			require.Equal(t, before, filesOf(t, killed))
			r, err := OpenToRead(killed, Options{})
			require.NoError(t, err)
			faults, err := r.Check(t.Context())
			require.NoError(t, err)
			require.Contains(t, fmt.Sprint(faults), shownBy)
			require.NoError(t, r.Close())
		}
		s, err = Open(killed, Options{Reserve: -1, MemTable: 8 << 20, AcceptLoss: true})
		require.NoError(t, err)
		after, err := s.ID()
		require.NoError(t, err)
		require.NotEqual(t, before, after, "cursors and copies of before are refused")
		again := copyOfOpen(t, killed)
		require.NoError(t, s.Close())
		for _, dir := range []string{killed, again} {
			s = open(t, dir) // it is accepted once and for all
			requireSound(t, s)
			require.NoError(t, s.Close())
		}
	}
}

// TestOpenToRead reads what a crash has left without changing it, and copies it.
func TestOpenToRead(t *testing.T) {
	t.Parallel()
	dir, killed := t.TempDir(), filepath.Join(t.TempDir(), "a[1]*?") // no pattern
	s := open(t, dir)
	fill(t, s)
	full, first := backup(t, s, Copy{})
	put(t, s, alert("s-1", "al_77", 50, "r"))
	require.NoError(t, os.CopyFS(killed, os.DirFS(dir)))
	want := dump(t, s)
	require.NoError(t, s.Close())

	before := filesOf(t, killed)
	r, err := OpenToRead(killed, Options{Reserve: 1 << 60})
	require.NoError(t, err)
	require.Equal(t, want, dump(t, r))
	requireSound(t, r)
	_, err = r.Append([]Record{{Kind: Tick}})
	require.Error(t, err)
	_, _, err = r.CreateToken(TokenRequest{Role: "admin"})
	require.Error(t, err)
	again, err := OpenToRead(killed, Options{})
	require.NoError(t, err, "several may look")
	require.NoError(t, again.Close())
	_, err = Open(killed, Options{})
	require.ErrorIs(t, err, ErrBeingRead)
	later, second := backup(t, r, full)
	require.NoError(t, r.Close())
	require.NoDirExists(t, r.mirror.dir)
	require.Equal(t, before, filesOf(t, killed))

	s = open(t, killed)
	_, err = OpenToRead(killed, Options{})
	require.ErrorIs(t, err, ErrLocked)
	put(t, s, alert("s-1", "al_78", 50, "r"))
	_, third := backup(t, s, later)
	want = dump(t, s)
	require.NoError(t, s.Close())
	to := filepath.Join(t.TempDir(), "restored")
	_, err = Restore(t.Context(), to, Options{Reserve: -1}, readers([][]byte{first, second, third})...)
	require.NoError(t, err)
	s = open(t, to)
	require.Equal(t, want, dump(t, s))
	require.NoError(t, s.Close())

	_, err = OpenToRead(t.TempDir(), Options{})
	require.ErrorIs(t, err, ErrNoStore)

	// Also where the file of locks was taken away, and who opens the store waits for it.
	require.NoError(t, os.Remove(filepath.Join(to, lockName)))
	r, err = OpenToRead(to, Options{})
	require.NoError(t, err)
	time.AfterFunc(200*time.Millisecond, func() { _ = r.Close() })
	s = open(t, to)
	require.NoDirExists(t, r.mirror.dir, "it has ended by then")
	require.NoError(t, s.Close())
}
