package store

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4/y"
	"github.com/stretchr/testify/require"
)

// logsOf makes a store of records, large ones and small ones, with a snapshot of the end,
// and a copy of its folder while it is open, as SIGKILL would leave it.
func logsOf(t *testing.T) (closed, killed string) {
	closed, killed = t.TempDir(), t.TempDir()
	s := open(t, closed)
	for n := range uint64(60) {
		_, err := s.Append([]Record{{Kind: Lines, Feed: "f", Raw: rawOf(n + 1), Positions: map[string]FeedPosition{"f": {Lines: int64(n + 1)}}}})
		require.NoError(t, err)
		put(t, s, alert("s", string(rune('a'+n)), 50, "r"))
	}
	saveSnapshot(t, s, 60, []byte("state"))
	require.NoError(t, os.CopyFS(killed, os.DirFS(closed)))
	require.NoError(t, s.Close())
	return closed, killed
}

// newestLog returns the path of the last log of a kind that holds something, and its content.
func newestLog(t *testing.T, dir, kind string) (string, []byte) {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+kind))
	require.NoError(t, err)
	for _, path := range slices.Backward(paths) {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		if len(bytes.TrimRight(data, "\x00")) > logHeader {
			return path, data
		}
	}
	t.Fatal("no log of the kind", kind)
	return "", nil
}

// lost returns how many of the records of logsOf cannot be read.
func lost(s *Store) (n int) {
	for i := range uint64(60) {
		if r, err := s.Record(i + 1); err != nil || !bytes.Equal(r.Raw, rawOf(i+1)) {
			n++
		}
	}
	return n
}

func TestABadByteCostsItsValueAlone(t *testing.T) {
	t.Parallel()
	closed, killed := logsOf(t)
	for _, dir := range []string{closed, killed} {
		path, data := newestLog(t, dir, ".vlog")
		used := len(bytes.TrimRight(data, "\x00"))
		random := rand.New(rand.NewPCG(1, 1))
		for range 4 {
			at := logHeader + random.IntN(used-logHeader)
			to := t.TempDir()
			require.NoError(t, os.CopyFS(to, os.DirFS(dir)))
			bad := bytes.Clone(data)
			bad[at] ^= 0x55
			require.NoError(t, os.WriteFile(filepath.Join(to, filepath.Base(path)), bad, 0o600))
			for range 2 { // it is as bad at the second start
				s := openIndexed(t, to)
				step(t, s, 1000)
				_, last, _ := s.Journal()
				require.Equal(t, last, s.index.built, "a damaged record does not stop the index")
				require.Equal(t, 1, lost(s), "byte %d of %d in %s", at, used, path)
				require.NoError(t, s.Reclaim())
				faults, err := s.Check(t.Context())
				require.NoError(t, err)
				require.Contains(t, faults[0], filepath.Base(path)+" is bad at byte")
				_, err = s.Append([]Record{{Kind: Lines, Feed: "f", Raw: rawOf(5)}})
				require.NoError(t, err)
				require.NoError(t, s.Close())
			}
		}
	}
}

func TestABadByteInAMemtablesLogIsRefused(t *testing.T) {
	t.Parallel()
	_, dir := logsOf(t)
	path, data := newestLog(t, dir, ".mem")
	used := len(bytes.TrimRight(data, "\x00"))
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		at := logHeader + random.IntN(used-logHeader)
		bad := bytes.Clone(data)
		bad[at] ^= 0x01
		require.NoError(t, os.WriteFile(path, bad, 0o600))
		_, err := Open(dir, Options{Reserve: -1, MemTable: 8 << 20})
		require.ErrorIs(t, err, ErrDamaged, "byte %d of %d", at, used)
		require.ErrorContains(t, err, filepath.Base(path))
		now, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, bytes.Equal(bad, now), "nothing is changed")
	}
	require.NoError(t, os.WriteFile(path, data, 0o600))
	require.NoError(t, open(t, dir).Close())
}

// TestTornLogsAreOpened leaves logs as crashes do: entries that were being
// copied, pages that did not reach the disk while later ones did, and a page
// that did so half written; of the last transaction alone, the others were synced.
func TestTornLogsAreOpened(t *testing.T) {
	t.Parallel()
	dir, synced := t.TempDir(), t.TempDir()
	s := open(t, dir)
	for n := range uint64(60) {
		_, err := s.Append([]Record{{Kind: Acts, Raw: rawOf(n + 1)}})
		require.NoError(t, err)
	}
	require.NoError(t, os.CopyFS(synced, os.DirFS(dir)))
	_, err := s.Append([]Record{{Kind: Acts, Raw: rawOf(1)}, {Kind: Acts, Raw: rawOf(3)}, {Kind: Acts, Raw: rawOf(5)}})
	require.NoError(t, err)
	killed := t.TempDir()
	require.NoError(t, os.CopyFS(killed, os.DirFS(dir)))
	require.NoError(t, s.Close())
	random := rand.New(rand.NewPCG(1, 3))
	for i := range 18 {
		to := t.TempDir()
		require.NoError(t, os.CopyFS(to, os.DirFS(killed)))
		// What leads to values is written when they have been synced.
		kinds := []string{".mem"}
		if i%2 == 0 {
			kinds = []string{".mem", ".vlog"}
			path, _ := newestLog(t, synced, ".mem")
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(to, filepath.Base(path)), data, 0o600))
		}
		for _, kind := range kinds {
			path, data := newestLog(t, to, kind)
			log, err := scanLog(filepath.Join(synced, filepath.Base(path)), 0)
			require.NoError(t, err)
			used := len(bytes.TrimRight(data, "\x00"))
			if used <= int(log.end) {
				continue
			}
			from := int(log.end) + random.IntN(used-int(log.end))
			page := from / logPage * logPage
			switch i % 3 {
			case 0:
				clear(data[from:])
			case 1:
				clear(data[max(page, int(log.end)) : page+logPage])
			case 2:
				// Pages with fewer zeros than leastGap at their end are not told apart.
				end := page + logPage
				clear(data[min(from, end-leastGap):end])
			}
			require.NoError(t, os.WriteFile(path, data, 0o600))
		}
		s := open(t, to)
		notes, err := damagedLogs(to)
		require.NoError(t, err)
		require.Empty(t, notes)
		_, last, _ := s.Journal()
		require.GreaterOrEqual(t, last, uint64(60))
		requireSound(t, s)
		require.NoError(t, s.Close())
	}
}

// TestCopiesThatWereCutShort kills the process while an entry is being copied: from an aligned
// address on, its beginning last.
func TestCopiesThatWereCutShort(t *testing.T) {
	t.Parallel()
	dir, killed := t.TempDir(), t.TempDir()
	s := open(t, dir)
	for n := range uint64(20) {
		_, err := s.Append([]Record{{Kind: Acts, Raw: rawOf(n + 1)}})
		require.NoError(t, err)
		put(t, s, alert("s", string(rune('a'+n)), 50, "r"))
	}
	require.NoError(t, os.CopyFS(killed, os.DirFS(dir)))
	require.NoError(t, s.Close())
	for _, kind := range []string{".vlog", ".mem"} {
		path, data := newestLog(t, killed, kind)
		log, err := scanLog(path, 0)
		require.NoError(t, err)
		require.True(t, log.open)
		for upTo := int64(0); upTo < 3*logPage; upTo += 700 {
			bad := bytes.Clone(data)
			for at := (log.end/copyAlign + 1) * copyAlign; at < log.end+upTo; at++ {
				bad[at] = byte(1 + at%255)
			}
			require.NoError(t, os.WriteFile(path, bad, 0o600))
			log, err := scanLog(path, 0)
			require.NoError(t, err)
			require.False(t, log.damaged, "%d bytes of %s", upTo, kind)
			require.True(t, log.open)
		}
		// The beginning of an entry that others stand behind is gone otherwise.
		bad := bytes.Clone(data)
		middle := bytes.Index(data, y.KeyWithTs(recordKey(9), 0)[:9]) // of an entry, within its first bytes
		require.Positive(t, middle)
		from := middle - 8
		for from > logHeader && from%copyAlign == 0 {
			from--
		}
		clear(bad[from : (from/copyAlign+1)*copyAlign])
		require.NoError(t, os.WriteFile(path, bad, 0o600))
		log, err = scanLog(path, 0)
		require.NoError(t, err)
		require.True(t, log.damaged, kind)
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
}
