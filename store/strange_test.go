package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/stretchr/testify/require"
)

// copyFile copies a file to another name.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, data, 0o600))
}

// TestStrangeFiles puts snapshots and segments of another store, which are whole, beside a store: those of records
// that it does not have, and those of records that it has.
func TestStrangeFiles(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	for i, dir := range []string{dir, other} {
		s := openIndexed(t, dir)
		for n := range uint64(60 + 40*i) {
			_, err := s.Append([]Record{{Kind: Lines, Feed: "f", Raw: fmt.Appendf(nil, "%c%d of %d\n", "op"[i], n, i), Positions: map[string]FeedPosition{"f": {}}}})
			require.NoError(t, err)
		}
		step(t, s, 1000)
		saveSnapshot(t, s, uint64(50+30*i), []byte(fmt.Sprint("state of ", i)))
		require.NoError(t, s.Close())
	}
	segments, err := filesWith(filepath.Join(other, indexDir), segmentExt)
	require.NoError(t, err)
	own, err := filesWith(filepath.Join(dir, indexDir), segmentExt)
	require.NoError(t, err)
	require.NotEmpty(t, own)
	require.Greater(t, len(segments), len(own))
	for _, path := range segments { // in the place of the store's own, and behind them
		copyFile(t, path, filepath.Join(dir, indexDir, filepath.Base(path)))
	}
	for _, record := range []uint64{55, 80, 90} {
		copyFile(t, snapshotPath(other, 80), snapshotPath(dir, record))
	}
	before := filesOf(t, dir)
	r, err := OpenToRead(dir, Options{})
	require.NoError(t, err)
	faults, err := r.Check(t.Context())
	require.NoError(t, err)
	require.Len(t, faults, 3, "the snapshots: %q", faults)
	require.Contains(t, strings.Join(faults, "\n"), "another journal's")
	require.NoError(t, r.Close())
	require.Equal(t, before, filesOf(t, dir))

	for range 2 {
		s := openIndexed(t, dir)
		require.NoError(t, s.LoadSnapshot(func(n uint64, r io.Reader) error {
			state, err := io.ReadAll(r)
			require.Equal(t, "state of 0", string(state))
			return err
		}))
		step(t, s, 1000)
		for n := range 60 {
			found, err := s.Order(fmt.Sprint("o", n))
			require.NoError(t, err)
			require.Len(t, found, 1)
			require.Contains(t, string(found[0]), "of 0")
		}
		c, _ := backup(t, s, Copy{})
		require.EqualValues(t, 50, c.Snapshot)
		saveSnapshot(t, s, 50, []byte("state of 0")) // those of others push none out
		require.NoError(t, s.Close())
	}
}

// TestALossIsSeenBehindARestore loses the end of a journal of which a snapshot came from a copy: it is the store's own.
func TestALossIsSeenBehindARestore(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	fill(t, s)
	_, last, _ := s.Journal()
	saveSnapshot(t, s, last, []byte("state"))
	_, data := backup(t, s, Copy{})
	dir := t.TempDir()
	_, err := Restore(t.Context(), dir, Options{Reserve: -1, MemTable: 8 << 20}, bytes.NewReader(data))
	require.NoError(t, err)
	require.NoError(t, os.Rename(snapshotPath(dir, last), snapshotPath(dir, last+5)))
	require.ErrorContains(t, requireUnchanged(t, dir), "shows that it went to")
}

// TestFormerSegments gives the store an index as former versions wrote it: it is made again.
func TestFormerSegments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openIndexed(t, dir)
	for i := range 60 {
		appendWords(t, s, 1, fmt.Sprint("o", i, " x"))
	}
	step(t, s, 1000)
	require.NoError(t, s.Close())
	segments, err := filesWith(filepath.Join(dir, indexDir), segmentExt)
	require.NoError(t, err)
	require.NotEmpty(t, segments)
	for _, path := range segments {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		foot := append([]byte(magicOfFormer), data[len(data)-footerSize+8:][:footerFormer-16]...)
		foot = binary.LittleEndian.AppendUint64(foot, xxhash.Sum64(foot))
		require.NoError(t, os.WriteFile(path, append(data[:len(data)-footerSize], foot...), 0o600))
		seg, err := openSegment(path)
		require.NoError(t, err)
		require.NoError(t, seg.verify())
		require.True(t, seg.former)
		require.NoError(t, seg.file.Close())
	}
	s = openIndexed(t, dir)
	defer s.Close()
	require.Empty(t, s.index.segments)
	step(t, s, 1000)
	for i := range 60 {
		found, err := s.Order(fmt.Sprint("o", i))
		require.NoError(t, err)
		require.Len(t, found, 1)
	}
	requireSound(t, s)
}

// TestLostCommits shows by a snapshot that commits are lost of which nothing else tells: start and check agree.
func TestLostCommits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := Options{Reserve: -1, MemTable: 8 << 20, Committed: func(r io.Reader) (n uint64, err error) {
		_, err = fmt.Fscanf(r, "committed %d", &n)
		return n, err
	}}
	s, err := Open(dir, o)
	require.NoError(t, err)
	fill(t, s)
	_, last, _ := s.Journal()
	saveSnapshot(t, s, last-1, fmt.Appendf(nil, "committed %d", last-1))
	require.NoError(t, s.Close())
	s, err = Open(dir, o)
	require.NoError(t, err)
	saveSnapshot(t, s, last, fmt.Appendf(nil, "committed %d", last+3))
	require.NoError(t, s.Close())

	before := filesOf(t, dir)
	want := fmt.Sprintf("what was committed of the records %d to %d is lost, as %020d.snap shows", last+1, last+3, last)
	_, err = Open(dir, o)
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, want)
	require.ErrorContains(t, err, "--accept-loss")
	r, err := OpenToRead(dir, o)
	require.NoError(t, err)
	faults, err := r.Check(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{want}, faults)
	_, err = r.Backup(t.Context(), io.Discard, Copy{})
	require.ErrorContains(t, err, want)
	require.NoError(t, r.Close())
	require.Equal(t, before, filesOf(t, dir))

	o.AcceptLoss = true
	s, err = Open(dir, o)
	require.NoError(t, err)
	again := copyOfOpen(t, dir)
	require.NoError(t, s.Close())
	o.AcceptLoss = false
	for _, dir := range []string{dir, again} {
		s, err = Open(dir, o)
		require.NoError(t, err, "once")
		kept, err := s.Snapshots()
		require.NoError(t, err)
		require.Len(t, kept, 1)
		require.Equal(t, last-1, kept[0].Record)
		requireSound(t, s)
		require.NoError(t, s.Close())
	}
}

// TestJunkBehindACopy is refused, as what is cut short is.
func TestJunkBehindACopy(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	fill(t, s)
	_, data := backup(t, s, Copy{})
	for _, junk := range []string{"\x00", "junk", string(data)} {
		dir := t.TempDir()
		_, err := Restore(t.Context(), dir, Options{Reserve: -1}, io.MultiReader(bytes.NewReader(data), strings.NewReader(junk)))
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, "behind its end")
		_, err = LostIn(strings.NewReader(string(data) + junk))
		require.ErrorIs(t, err, ErrDamaged)
	}
	lost, err := LostIn(bytes.NewReader(data))
	require.NoError(t, err)
	require.Empty(t, lost.String())
	for at := 0; at < len(data); at += 131 {
		_, err := LostIn(bytes.NewReader(data[:at]))
		require.Error(t, err)
	}
}

// TestOrdersOfLostRecords looks up orders while records are damaged, which the index had read before or not, when they
// are given up, and in a store that was restored: what may be missing is said to be.
func TestOrdersOfLostRecords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openIndexed(t, dir)
	for n := range 30 {
		appendWords(t, s, 1, fmt.Sprintf("o%d x", n), fmt.Sprint("both x", n%2), "z "+noiseOf(n))
	}
	saveSnapshot(t, s, 30, []byte("state"))
	require.NoError(t, s.Close())
	path, data := newestLog(t, dir, ".vlog")
	used := len(bytes.TrimRight(data, "\x00"))
	data[used/2] ^= 1
	require.NoError(t, os.WriteFile(path, data, 0o600))
	look := func(s *Store, named string) (gone, all int) {
		t.Helper()
		for n := range 30 {
			found, err := s.Order(fmt.Sprint("o", n))
			switch {
			case len(found) == 0:
				require.ErrorIs(t, err, ErrIncomplete, "o%d", n)
				gone++
			case err == nil:
				all++
			default:
				require.ErrorIs(t, err, ErrIncomplete)
			}
		}
		found, err := s.Order("both")
		require.ErrorIs(t, err, ErrIncomplete)
		require.Len(t, found, 29)
		require.ErrorContains(t, err, named)
		return gone, all
	}
	s = openIndexed(t, dir)
	gone, _ := look(s, "record ") // not indexed yet
	require.Equal(t, 1, gone)
	step(t, s, 1000)
	gone, all := look(s, "record ") // what is lost may have named any
	require.Equal(t, []int{1, 0}, []int{gone, all})
	var copied bytes.Buffer
	_, err := s.Backup(t.Context(), &copied, Copy{})
	require.NoError(t, err)
	lost, err := LostIn(bytes.NewReader(copied.Bytes()))
	require.NoError(t, err)
	require.EqualValues(t, 1, lost.New)
	require.Contains(t, lost.String(), "record ")
	known, err := s.Lost(t.Context())
	require.NoError(t, err)
	require.Empty(t, known.String(), "it is a fault that Check names")
	faults, err := s.Check(t.Context())
	require.NoError(t, err)
	require.Contains(t, strings.Join(faults, "\n"), lost.String()+" of the journal cannot be read")
	require.NoError(t, s.Close())

	restored := t.TempDir()
	_, err = Restore(t.Context(), restored, Options{Reserve: -1, MemTable: 8 << 20}, bytes.NewReader(copied.Bytes()))
	require.NoError(t, err)
	accepted, err := Open(dir, Options{Reserve: -1, MemTable: 8 << 20, AcceptLoss: true})
	require.NoError(t, err)
	require.NoError(t, accepted.Close())
	for _, dir := range []string{restored, dir} {
		s := openIndexed(t, dir)
		step(t, s, 1000)
		gone, all := look(s, lost.String())
		require.Equal(t, []int{1, 0}, []int{gone, all})
		known, err := s.Lost(t.Context())
		require.NoError(t, err)
		require.Equal(t, lost.String(), known.String())
		requireSound(t, s)
		copied.Reset()
		_, err = s.Backup(t.Context(), &copied, Copy{})
		require.NoError(t, err)
		again, err := LostIn(&copied)
		require.NoError(t, err)
		require.Zero(t, again.New)
		require.Equal(t, lost.String(), again.String())
		require.NoError(t, s.Close())
	}
}

// TestOrdersOfAnIndexFromBefore damages a record that the index has read: it knows which orders that named.
func TestOrdersOfAnIndexFromBefore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openIndexed(t, dir)
	for n := range 50 {
		appendWords(t, s, 1, fmt.Sprintf("o%d x", n), "z "+noiseOf(n))
	}
	saveSnapshot(t, s, 50, []byte("state"))
	step(t, s, 1000)
	require.NotEmpty(t, s.index.segments)
	within := s.index.segments[0].last
	require.NoError(t, s.Close())
	places := apartOfRecords(t, dir)
	harmAt(t, dir, places[within-2])
	for _, accept := range []bool{false, true} {
		if accept {
			s, err := Open(dir, Options{Reserve: -1, MemTable: 8 << 20, AcceptLoss: true})
			require.NoError(t, err)
			require.NoError(t, s.Close())
		}
		s = openIndexed(t, dir)
		step(t, s, 1000)
		for n := range uint64(50) {
			found, err := s.Order(fmt.Sprint("o", n))
			if n+1 == within-2 {
				require.ErrorIs(t, err, ErrIncomplete)
				require.Empty(t, found)
				continue
			}
			require.NoError(t, err)
			require.Len(t, found, 1)
		}
		_, err := s.Order("none")
		require.NoError(t, err)
		require.NoError(t, s.Close())
	}
}

// noiseOf is a text that makes a record large.
func noiseOf(n int) string { return strings.ReplaceAll(string(rawOf(uint64(2*n+1))), "\n", "") }

// apartOfRecords returns where the records of a folder lie.
func apartOfRecords(t *testing.T, dir string) map[uint64]place {
	t.Helper()
	paths, err := filesWith(dir, ".vlog")
	require.NoError(t, err)
	places := map[uint64]place{}
	for _, path := range paths {
		number, err := numberOf(path)
		require.NoError(t, err)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		for at := logHeader; at < len(data); {
			n, key := wholeEntry(data[at:])
			if n == 0 {
				break
			}
			if record, ok := recordIn(key); ok {
				places[record] = place{number, uint32(n), uint32(at)}
			}
			at += n
		}
	}
	return places
}
