package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAppendBeyondOneTransaction(t *testing.T) {
	s := openTemp(t)
	records := make([]Record, 2500)
	for i := range records {
		records[i] = Record{Kind: Lines, Feed: "f", Raw: rawOf(2)[:20], Positions: map[string]FeedPosition{"f": {Lines: int64(i + 1)}}}
		if i%2 == 0 {
			records[i].Raw = bytes.Repeat(rawOf(uint64(i)), largeValue/40) // below largeValue, and not to be compressed
		}
	}
	n, err := s.Append(records)
	require.NoError(t, err)
	require.Equal(t, len(records), n)
	first, last, size := s.Journal()
	require.EqualValues(t, 1, first)
	require.EqualValues(t, len(records), last)
	require.Greater(t, size, int64(len(records)*20))
	feeds, err := s.Feeds()
	require.NoError(t, err)
	require.EqualValues(t, len(records), feeds["f"].Lines)
	r, err := s.Record(2500)
	require.NoError(t, err)
	require.Equal(t, records[2499].Raw, r.Raw)
	_, err = s.Record(2501)
	require.ErrorIs(t, err, ErrNotFound)
	_, err = s.Append([]Record{{Raw: bytes.Repeat(rawOf(1), 65<<20/len(rawOf(1))), packed: make([]byte, 1<<30)}})
	require.Error(t, err, "larger than any record")
	n, err = s.Append([]Record{{Kind: Tick}})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, last, _ = s.Journal()
	require.EqualValues(t, 2501, last, "numbers are dense")
}

func TestDamagedRecords(t *testing.T) {
	t.Parallel()
	r := Record{Kind: Lines, Feed: "f", Source: "s", Wall: 7, FirstLine: 3, Count: 2, Offset: 99, Raw: []byte("{}\n{}\n")}
	value := r.encode()
	var again Record
	require.NoError(t, again.decode(value))
	again.packed = r.packed
	require.Equal(t, r, again)
	for i := range value {
		torn := bytes.Clone(value)
		torn[i] ^= 1
		require.Error(t, new(Record).decode(torn))
		require.ErrorIs(t, new(Record).decode(value[:i]), ErrDamaged)
	}
}

// TestTrim holds that the oldest records go, by age and by size, none that a
// restart needs, and that their room comes back.
func TestTrim(t *testing.T) {
	dir := t.TempDir()
	reopen := func() *Store {
		s, err := Open(dir, Options{Reserve: -1, MemTable: 8 << 20, LogFile: 1 << 20})
		require.NoError(t, err)
		return s
	}
	s := reopen()
	raw := rawOf(1)
	for i := range 400 {
		positions := map[string]FeedPosition{"misdated": {Updated: 5}, "new": {Updated: time.Now().UnixMilli()}}
		if i < 90 {
			positions["old"] = FeedPosition{Updated: 5}
		}
		_, err := s.Append([]Record{{Kind: Lines, Wall: int64(i) * time.Hour.Milliseconds(), Raw: raw, Positions: positions}})
		require.NoError(t, err)
	}
	trim := func(keep Retention, want int) {
		t.Helper()
		n, err := s.Trim(t.Context(), keep)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	trim(Retention{Age: time.Hour}, 0) // without a snapshot a restart needs all
	require.NoError(t, s.SaveSnapshot(350, func(io.Writer) error { return nil }))
	trim(Retention{}, 0)
	trim(Retention{Age: 268 * time.Hour, FeedAge: time.Hour}, 99)
	feeds, err := s.Feeds()
	require.NoError(t, err)
	require.Contains(t, feeds, "new")
	require.Contains(t, feeds, "misdated", "its lines are there, whatever the clock said when they came")
	require.NotContains(t, feeds, "old")
	_, err = s.Record(99)
	require.ErrorIs(t, err, ErrNotFound)
	_, err = s.Record(100)
	require.NoError(t, err)
	_, _, size := s.Journal()
	trim(Retention{Bytes: size * 2 / 3}, 101)
	trim(Retention{Age: time.Hour}, 149)
	first, last, _ := s.Journal()
	require.EqualValues(t, []uint64{350, 400}, []uint64{first, last})
	before := sizeOf(t, dir)
	for i := range 6 { // each writes a memtable out, and Badger compacts some of them
		require.NoError(t, s.Close())
		s = reopen()
		put(t, s, alert("s", fmt.Sprint("al_", i), 50, "r"))
	}
	defer func() { require.NoError(t, s.Close()) }()
	first, last, _ = s.Journal()
	require.EqualValues(t, []uint64{350, 400}, []uint64{first, last})
	require.NoError(t, s.Reclaim())
	require.Less(t, sizeOf(t, dir), before/2)
}

// sizeOf returns how much room the files of a folder take on the disk.
func sizeOf(t *testing.T, dir string) (n int64) {
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".vlog" {
			info, err := os.Stat(path)
			require.NoError(t, err)
			n += info.Size()
		}
		return err
	}))
	return n
}

func TestSnapshots(t *testing.T) {
	dir := t.TempDir()
	var log strings.Builder
	s, err := Open(dir, Options{Reserve: -1, MemTable: 8 << 20, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	defer s.Close()
	none := func(uint64, io.Reader) error { t.Fatal("there is none"); return nil }
	require.ErrorIs(t, s.LoadSnapshot(none), ErrNotFound)
	text := func(n uint64) []byte { return bytes.Repeat(fmt.Appendf(nil, "state %d|", n), 300_000) }
	for n := range uint64(4) {
		require.NoError(t, s.SaveSnapshot(n*1000+7, func(w io.Writer) error {
			for b := text(n); len(b) > 0; b = b[min(len(b), 1000):] {
				if _, err := w.Write(b[:min(len(b), 1000)]); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	kept, err := s.Snapshots()
	require.NoError(t, err)
	require.Len(t, kept, 2)
	require.EqualValues(t, []uint64{3007, 2007}, []uint64{kept[0].Record, kept[1].Record})
	load := func() (record uint64, got []byte) {
		require.NoError(t, s.LoadSnapshot(func(n uint64, r io.Reader) (err error) {
			record = n
			got, err = io.ReadAll(r)
			return err
		}))
		return record, got
	}
	record, got := load()
	require.EqualValues(t, 3007, record)
	require.Equal(t, text(3), got)

	// One that fails leaves the others.
	broken := errors.New("broken")
	require.ErrorIs(t, s.SaveSnapshot(9000, func(w io.Writer) error { _, _ = w.Write(text(9)); return broken }), broken)
	record, _ = load()
	require.EqualValues(t, 3007, record)
	left, err := os.ReadDir(filepath.Join(dir, snapshotDir))
	require.NoError(t, err)
	require.Len(t, left, 2)

	// A torn one, or a foreign one, is skipped, wherever it is torn.
	whole, err := os.ReadFile(kept[0].Path)
	require.NoError(t, err)
	for _, torn := range [][]byte{
		nil, whole[:5], whole[:8], whole[:20], whole[:len(whole)/2], whole[:len(whole)-1], whole[:len(whole)-16],
		append([]byte("GOB"), whole...), append(bytes.Clone(whole[:len(whole)/2]), make([]byte, len(whole)-len(whole)/2)...),
	} {
		require.NoError(t, os.WriteFile(kept[0].Path, torn, 0o600))
		log.Reset()
		record, got = load()
		require.EqualValues(t, 2007, record)
		require.Equal(t, text(2), got)
		require.Contains(t, log.String(), "the one before it is tried")
	}
	require.NoError(t, os.WriteFile(kept[1].Path, nil, 0o600))
	require.ErrorIs(t, s.LoadSnapshot(none), ErrNotFound)
}

// TestSnapshotsWhileTheyAreTaken lists the snapshots while newer ones are taken and older
// ones go.
func TestSnapshotsWhileTheyAreTaken(t *testing.T) {
	s := openTemp(t)
	save := func(n uint64) error { return s.SaveSnapshot(n, func(io.Writer) error { return nil }) }
	require.NoError(t, save(1))
	done := make(chan error, 1)
	go func() {
		var err error
		for n := uint64(2); err == nil && n <= 200; n++ {
			err = save(n)
		}
		done <- err
	}()
	for last := uint64(0); ; {
		kept, err := s.Snapshots()
		require.NoError(t, err)
		require.NotEmpty(t, kept)
		require.GreaterOrEqual(t, kept[0].Record, last)
		last = kept[0].Record
		select {
		case err := <-done:
			require.NoError(t, err)
			return
		default:
		}
	}
}

// A clock that jumps ahead lets nothing go of the journal, nor of the positions of
// feeds, unless it stays there.
func TestTrimWhenTheClockJumps(t *testing.T) {
	const n, year = 3000, int64(366 * 24 * time.Hour / time.Millisecond)
	s := openTemp(t)
	records := make([]Record, n)
	for i := range records {
		records[i] = Record{Kind: Lines, Feed: "f", Source: "f", Wall: int64(1000 + i), Count: 1, Raw: []byte("x\n"),
			Positions: map[string]FeedPosition{"f": {Lines: int64(i + 1), Updated: int64(1000 + i)}}}
	}
	_, err := s.Append(records)
	require.NoError(t, err)
	_, err = s.Commit(nil, n)
	require.NoError(t, err)
	saveSnapshot(t, s, n, []byte("state"))
	keep := Retention{Age: 180 * 24 * time.Hour, FeedAge: 90 * 24 * time.Hour}
	jumped := func(count int) {
		later := make([]Record, count)
		for i := range later {
			later[i] = Record{Kind: Tick, Wall: 1000 + year}
		}
		_, err := s.Append(later)
		require.NoError(t, err)
	}
	jumped(20)
	trimmed, err := s.Trim(t.Context(), keep)
	require.NoError(t, err)
	require.Zero(t, trimmed)
	feeds, err := s.Feeds()
	require.NoError(t, err)
	require.Contains(t, feeds, "f")
	jumped(400) // it has stayed: it was not a jump
	trimmed, err = s.Trim(t.Context(), keep)
	require.NoError(t, err)
	require.Equal(t, n-1, trimmed)
}

// TestReclaimOfAYoungJournal trims most of a journal whose keys have not left the memtable: the room
// comes back all the same.
func TestReclaimOfAYoungJournal(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 400 MB")
	}
	dir := t.TempDir()
	s, err := Open(dir, Options{Reserve: -1, LogFile: 8 << 20})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	random := rand.NewChaCha8([32]byte{5})
	room := func() (total int64) {
		paths, err := filesWith(dir, ".vlog")
		require.NoError(t, err)
		for _, path := range paths {
			info, err := os.Stat(path)
			require.NoError(t, err)
			total += info.Size()
		}
		return total
	}
	most := int64(0)
	for round := range 12 {
		for range 32 {
			raw := make([]byte, 1<<20)
			_, _ = random.Read(raw)
			_, err := s.Append([]Record{{Kind: Acts, Raw: raw}})
			require.NoError(t, err)
		}
		_, last, _ := s.Journal()
		saveSnapshot(t, s, last-3, nil)
		saveSnapshot(t, s, last-2, nil)
		_, err = s.Trim(t.Context(), Retention{Bytes: 1})
		require.NoError(t, err)
		require.NoError(t, s.Reclaim())
		most = max(most, room())
		t.Logf("round %d: %d MiB", round, room()>>20)
	}
	require.Less(t, most, int64(mostWaste+80<<20))
	_, last, _ := s.Journal()
	for n := last - 3; n <= last; n++ {
		_, err := s.Record(n)
		require.NoError(t, err)
	}
}

// TestJournalKnowsItsBytes holds what the journal is said to take, which --journal-bytes bounds, against what it does after
// many small records have come and gone: nothing may add up.
func TestJournalKnowsItsBytes(t *testing.T) {
	t.Parallel()
	s, err := Open(t.TempDir(), Options{Reserve: -1, MemTable: 8 << 20})
	require.NoError(t, err)
	defer s.Close()
	const keep = 4 << 10
	for n := range uint64(40) {
		records := slices.Repeat([]Record{{Kind: Tick, Wall: 1}, {Kind: Lines, Raw: rawOf(1)[:200]}}, 10)
		_, err := s.Append(records)
		require.NoError(t, err)
		saveSnapshot(t, s, 20*(n+1), nil)
		_, err = s.Trim(t.Context(), Retention{Bytes: keep})
		require.NoError(t, err)
	}
	first, last, bytes := s.Journal()
	require.Greater(t, first, uint64(700))
	isFirst, isLast, is, err := s.extent()
	require.NoError(t, err)
	require.Equal(t, []uint64{isFirst, isLast}, []uint64{first, last})
	require.Equal(t, is, bytes)
	require.InDelta(t, keep, is, keep/4)
}

// TestTrimKeepsUp lets go of as many small records as come in within a minute, in one call.
func TestTrimKeepsUp(t *testing.T) {
	t.Parallel()
	s, err := Open(t.TempDir(), Options{Reserve: -1, MemTable: 64 << 20})
	require.NoError(t, err)
	defer s.Close()
	const records = 40_000
	for many := slices.Repeat([]Record{{Kind: Tick, Wall: 1}}, records); len(many) > 0; {
		n, err := s.Append(many)
		require.NoError(t, err)
		many = many[n:]
	}
	saveSnapshot(t, s, records, nil)
	n, err := s.Trim(t.Context(), Retention{Bytes: 100})
	require.NoError(t, err)
	require.Greater(t, n, records-100)
	first, _, bytes := s.Journal()
	require.EqualValues(t, n+1, first)
	require.LessOrEqual(t, bytes, int64(100))
}
