package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// knows are options of a program that goes on from snapshots that begin with a word.
func knows(word string) Options {
	return Options{Reserve: -1, MemTable: 8 << 20, Usable: func(r io.Reader) error {
		text, err := io.ReadAll(r)
		if err == nil && !strings.HasPrefix(string(text), word) {
			err = fmt.Errorf("its format is %q", text)
		}
		return err
	}}
}

// trimmedStore returns folders, of a store that was closed and of one that was killed, with records from 11 or 1 on to 30 and
// snapshots of the records 11 and 20 by two programs.
func trimmedStore(t *testing.T, trimmed bool, older, newer string) (dirs []string) {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(dir, knows(""))
	require.NoError(t, err)
	for n := range uint64(30) {
		_, err := s.Append([]Record{{Kind: Lines, Feed: "f", Raw: rawOf(2*n + 1), Positions: map[string]FeedPosition{"f": {}}}})
		require.NoError(t, err)
	}
	saveSnapshot(t, s, 11, []byte(older))
	saveSnapshot(t, s, 20, []byte(newer))
	if trimmed {
		_, err = s.Trim(t.Context(), Retention{Bytes: 1})
		require.NoError(t, err)
		first, _, _ := s.Journal()
		require.EqualValues(t, 11, first)
	}
	killed := copyOfOpen(t, dir)
	require.NoError(t, s.Close())
	return []string{dir, killed}
}

// TestSnapshotsOfAnotherProgram opens stores of which another program wrote some snapshots, or all: where the journal has what came after
// the newest that is known, they open; where it has not, they stay as they are.
func TestSnapshotsOfAnotherProgram(t *testing.T) {
	t.Parallel()
	opens := func(trimmed bool, older, newer string) {
		for _, dir := range trimmedStore(t, trimmed, older, newer) {
			s, err := OpenToRead(dir, knows("now"))
			require.NoError(t, err)
			require.Empty(t, s.Gap())
			requireSound(t, s)
			require.NoError(t, s.Close())
			s, err = Open(dir, knows("now"))
			require.NoError(t, err)
			requireSound(t, s)
			require.NoError(t, s.Close())
		}
	}
	opens(false, "then 1", "then 2")
	opens(true, "now 1", "then 2")
	opens(true, "then 1", "now 2")
	for _, dir := range trimmedStore(t, true, "then 1", "then 2") {
		before := filesOf(t, dir)
		_, err := Open(dir, knows("now"))
		require.ErrorIs(t, err, ErrFormer)
		require.ErrorContains(t, err, `the records 1 to 10 of the journal are gone`)
		require.ErrorContains(t, err, `00000000000000000020.snap: its format is "then 2"; 00000000000000000011.snap: its format is "then 1"`)
		s, err := OpenToRead(dir, knows("now"))
		require.NoError(t, err)
		require.Contains(t, s.Gap(), "the records 1 to 10")
		faults, err := s.Check(t.Context())
		require.NoError(t, err)
		require.Len(t, faults, 1)
		require.True(t, Mendable(faults[0]), faults[0])
		require.NoError(t, s.Close())
		require.Equal(t, before, filesOf(t, dir))
		s, err = Open(dir, knows("then"))
		require.NoError(t, err, "its own program opens it")
		require.NoError(t, s.Close())
	}
}

// TestNoSnapshotOfATrimmedJournal is refused before anything is changed, too.
func TestNoSnapshotOfATrimmedJournal(t *testing.T) {
	t.Parallel()
	for _, dir := range trimmedStore(t, true, "1", "2") {
		for _, record := range []uint64{11, 20} {
			require.NoError(t, os.Truncate(snapshotPath(dir, record), 20))
		}
		err := requireUnchanged(t, dir)
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, "the records 1 to 10 of the journal are gone")
		require.ErrorContains(t, err, "--accept-loss")
	}
}

// TestTailOfAnOlderSnapshot damages a record that only a start has to judge which cannot go on from the newest snapshot.
func TestTailOfAnOlderSnapshot(t *testing.T) {
	t.Parallel()
	dir := trimmedStore(t, true, "now 1", "then 2")[0]
	harmAt(t, dir, apartOfRecords(t, dir)[15])
	before := filesOf(t, dir)
	_, err := Open(dir, knows("now"))
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, "record 15 of the journal has to be judged again")
	require.Equal(t, before, filesOf(t, dir))
	s, err := Open(dir, knows("then"))
	require.NoError(t, err)
	require.NoError(t, s.Close())
}

// TestFailedWriteOfAFormerStore fails a write before a store that was opened with a gap has a snapshot: it opens again.
func TestFailedWriteOfAFormerStore(t *testing.T) {
	t.Parallel()
	for _, dir := range trimmedStore(t, true, "then 1", "then 2") {
		o := knows("now")
		o.AcceptLoss = true
		fail := false
		o.commit = func(txn *badger.Txn, at uint64) error {
			if fail {
				fail = false
				return errors.New("no")
			}
			return txn.CommitAt(at, nil)
		}
		s, err := Open(dir, o)
		require.NoError(t, err)
		fail = true
		_, err = s.Append([]Record{{Kind: Tick}})
		require.ErrorIs(t, err, ErrDisk)
		n, err := s.Append([]Record{{Kind: Tick}})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.NoError(t, s.Close())
	}
}

// TestCheckHoldsIdsAgainstOrders gives an alert another order than its id is of.
func TestCheckHoldsIdsAgainstOrders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(dir, Options{Reserve: -1, AlertID: func(order string, scenario orderguard.Scenario) string { return "al_" + scenario.String() + order }})
	require.NoError(t, err)
	defer s.Close()
	a := alert("s-1", "", 50, "r")
	a.Order = "o-1"
	a.ID = "al_" + a.Scenario.String() + "o-1"
	put(t, s, a)
	requireSound(t, s)
	b := a
	b.Order = "o-2"
	b.ID = "al_" + a.Scenario.String() + "o-3"
	put(t, s, b)
	faults, err := s.Check(t.Context())
	require.NoError(t, err)
	require.Len(t, faults, 1)
	require.Contains(t, faults[0], `is said to be of order "o-2"`)
}

// TestNothingIsLetGoOfForWhatCannotBeUsed holds that records stay which no snapshot covers that a
// start could use, though such are there by their names, and that a snapshot which is taken while
// the journal is judged again stays beside them.
func TestNothingIsLetGoOfForWhatCannotBeUsed(t *testing.T) {
	s, err := Open(t.TempDir(), Options{Reserve: -1, MemTable: 8 << 20})
	require.NoError(t, err)
	defer s.Close()
	for range 20 {
		_, err := s.Append([]Record{{Kind: Tick}})
		require.NoError(t, err)
	}
	state := func(w io.Writer) error { _, err := io.WriteString(w, "state"); return err }
	require.NoError(t, s.SaveSnapshot(15, state))
	require.NoError(t, s.SaveSnapshot(18, state))
	refuse := func(uint64, io.Reader) error { return errors.New("of a former program") }
	require.ErrorIs(t, s.LoadSnapshot(refuse), ErrNotFound)

	_, err = s.Trim(t.Context(), Retention{Bytes: 1})
	require.NoError(t, err)
	first, _, _ := s.Journal()
	require.EqualValues(t, 1, first, "no snapshot can be used")

	require.NoError(t, s.SaveSnapshot(5, state))
	var used uint64
	require.NoError(t, s.LoadSnapshot(func(n uint64, _ io.Reader) error {
		if used = n; n > 5 {
			return errors.New("of a former program")
		}
		return nil
	}))
	require.EqualValues(t, 5, used, "what was taken since stays")
	_, err = s.Trim(t.Context(), Retention{Bytes: 1})
	require.NoError(t, err)
	first, _, _ = s.Journal()
	require.EqualValues(t, 5, first)
}

// ticks opens a store with so many records.
func ticks(t *testing.T, n int) *Store {
	t.Helper()
	s, err := Open(t.TempDir(), knows("now"))
	require.NoError(t, err)
	for range n {
		_, err := s.Append([]Record{{Kind: Tick}})
		require.NoError(t, err)
	}
	return s
}

// begins trims a store's journal as far as it goes, and returns where it begins then.
func begins(t *testing.T, s *Store) (first uint64) {
	t.Helper()
	_, err := s.Trim(t.Context(), Retention{Bytes: 1})
	require.NoError(t, err)
	first, _, _ = s.Journal()
	return first
}

// TestTrimLooksAtWhatItReliesOn harms snapshots under a store that is open: it lets go of nothing for them.
func TestTrimLooksAtWhatItReliesOn(t *testing.T) {
	t.Parallel()
	s := ticks(t, 40)
	defer s.Close()
	saveSnapshot(t, s, 10, []byte("now 1"))
	saveSnapshot(t, s, 20, []byte("now 2"))
	require.NoError(t, os.Truncate(snapshotPath(s.dir, 10), 30))
	require.NoError(t, os.Truncate(snapshotPath(s.dir, 20), 30))
	require.EqualValues(t, 1, begins(t, s), "both are torn")
	saveSnapshot(t, s, 30, []byte("then 3"))
	require.EqualValues(t, 1, begins(t, s), "it is another program's")
	saveSnapshot(t, s, 31, []byte("now 4"))
	saveSnapshot(t, s, 35, []byte("now 5"))
	require.NoError(t, os.Truncate(snapshotPath(s.dir, 31), 30))
	require.EqualValues(t, 35, begins(t, s), "the newer one is whole")
}

// TestCheckMakesNothingUsable has a snapshot read by what asks for less than a start, which has refused it.
func TestCheckMakesNothingUsable(t *testing.T) {
	t.Parallel()
	s := ticks(t, 20)
	defer s.Close()
	saveSnapshot(t, s, 15, []byte("now 1"))
	require.ErrorIs(t, s.LoadSnapshot(func(uint64, io.Reader) error { return errors.New("it is ahead of what was committed") }), ErrNotFound)
	require.NoError(t, s.LoadSnapshot(func(uint64, io.Reader) error { return nil }))
	require.EqualValues(t, 1, begins(t, s))
	saveSnapshot(t, s, 15, []byte("now 2"))
	require.EqualValues(t, 15, begins(t, s), "another one was taken in its place")
}

// TestRecoveriesBesideUnusableSnapshots has a start refuse snapshots, take some of its own while it judges the
// journal, and be killed, again and again: each goes on from what the one before has saved, and in the end the others go.
func TestRecoveriesBesideUnusableSnapshots(t *testing.T) {
	t.Parallel()
	s := ticks(t, 60)
	dir := s.dir
	saveSnapshot(t, s, 50, []byte("then 1"))
	saveSnapshot(t, s, 55, []byte("then 2"))
	kept := func() (records []uint64) {
		all, err := s.Snapshots()
		require.NoError(t, err)
		for _, snap := range all {
			records = append(records, snap.Record)
		}
		return records
	}
	for life, want := range [][]uint64{{55, 50, 6, 3}, {55, 50, 16, 13}, {55, 50, 26, 23}} {
		dir = copyOfOpen(t, dir)
		require.NoError(t, s.Close())
		var err error
		s, err = Open(dir, knows("now"))
		require.NoError(t, err)
		from := uint64(0)
		err = s.LoadSnapshot(func(record uint64, r io.Reader) error {
			from = record
			return s.opts.Usable(r)
		})
		if life == 0 {
			require.ErrorIs(t, err, ErrNotFound)
		} else {
			require.NoError(t, err)
			require.EqualValues(t, 10*life-4, from)
		}
		for _, n := range []int{2, 3, 6} {
			saveSnapshot(t, s, uint64(10*life+n), fmt.Appendf(nil, "now %d", n))
		}
		require.Equal(t, want, kept())
		require.Equal(t, want[3], begins(t, s))
	}
	require.NoError(t, s.Close())
	s, err := Open(dir, knows("now"))
	require.NoError(t, err)
	saveSnapshot(t, s, 58, []byte("now 8"))
	saveSnapshot(t, s, 60, []byte("now 9"))
	require.Equal(t, []uint64{60, 58}, kept())
	require.NoError(t, s.Close())
}

// TestCopyTakesASnapshotThatIsOfUse copies stores, of a daemon that runs and of one that does not, of which the newest snapshot is torn,
// another store's or another program's. A copy has the one before, and where the journal is whole none rather
// than one that is of no use.
func TestCopyTakesASnapshotThatIsOfUse(t *testing.T) {
	t.Parallel()
	strange := ticks(t, 30)
	saveSnapshot(t, strange, 25, []byte("now of another store"))
	require.NoError(t, strange.Close())
	torn := func(dir string, record uint64) {
		require.NoError(t, os.Truncate(snapshotPath(dir, record), 30))
	}
	for _, c := range []struct {
		name         string
		trimmed      bool
		older, newer string
		harm         func(dir string)
		want         uint64
	}{
		{"both of use", true, "now 1", "now 2", nil, 20},
		{"the newest torn", true, "now 1", "now 2", func(dir string) { torn(dir, 20) }, 11},
		{"the newest another store's", true, "now 1", "now 2", func(dir string) { copyFile(t, snapshotPath(strange.dir, 25), snapshotPath(dir, 25)) }, 20},
		{"the newest in the place of another store's", true, "now 1", "now 2", func(dir string) { copyFile(t, snapshotPath(strange.dir, 25), snapshotPath(dir, 20)) }, 11},
		{"the newest another program's", true, "now 1", "then 2", nil, 11},
		{"both another program's, which holds what is gone", true, "then 1", "then 2", nil, 20},
		{"both another program's, and the journal whole", false, "then 1", "then 2", nil, 0},
		{"both torn, and the journal whole", false, "now 1", "now 2", func(dir string) { torn(dir, 11); torn(dir, 20) }, 0},
	} {
		dir := trimmedStore(t, c.trimmed, c.older, c.newer)[0]
		if c.harm != nil {
			c.harm(dir)
		}
		o := knows("now")
		o.AcceptLoss = true
		for _, open := range []func(string, Options) (*Store, error){OpenToRead, Open} {
			s, err := open(dir, o)
			require.NoError(t, err)
			made, _ := backup(t, s, Copy{})
			require.Equal(t, c.want, made.Snapshot, "%s, by a daemon: %v", c.name, s.mirror == nil)
			require.NoError(t, s.Close())
		}
	}
}

// TestCheckOfTornSnapshots says that no backup is needed where a start goes on from another snapshot, or from the
// journal's beginning, and does not where it cannot.
func TestCheckOfTornSnapshots(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		trimmed bool
		torn    []uint64
		want    string // in each fault
	}{
		{true, []uint64{20}, "; to mend it, remove the file, and look at why the disk loses data: a start goes on from the snapshot of record 11"},
		{true, []uint64{11}, "a start goes on from the snapshot of record 20"},
		{false, []uint64{11, 20}, "a start goes on from the beginning of the journal, which is whole"},
		{true, []uint64{11, 20}, ""},
	} {
		dir := trimmedStore(t, c.trimmed, "now 1", "now 2")[1]
		for _, record := range c.torn {
			require.NoError(t, os.Truncate(snapshotPath(dir, record), 30))
		}
		s, err := OpenToRead(dir, knows("now"))
		require.NoError(t, err)
		faults, err := s.Check(t.Context())
		require.NoError(t, err)
		require.NoError(t, s.Close())
		if c.want == "" {
			require.Len(t, faults, 3, "the records that are gone, too")
			for _, fault := range faults {
				require.False(t, Mendable(fault), fault)
			}
			continue
		}
		require.Len(t, faults, len(c.torn))
		for i, fault := range faults {
			require.Contains(t, fault, fmt.Sprintf("%020d.snap cannot be used: it is cut short", c.torn[len(c.torn)-1-i]))
			require.Contains(t, fault, c.want)
			require.True(t, Mendable(fault))
			require.NoError(t, os.Remove(snapshotPath(dir, c.torn[i])))
		}
		s, err = Open(dir, knows("now"))
		require.NoError(t, err, "after what it says")
		requireSound(t, s)
		require.NoError(t, s.Close())
	}
}

// TestCopyOfAStoreWithAGap restores a copy of a store of which records are gone that no snapshot covers: all
// else is there, and the gap is told again.
func TestCopyOfAStoreWithAGap(t *testing.T) {
	t.Parallel()
	dir := trimmedStore(t, true, "now 1", "now 2")[0]
	for _, record := range []uint64{11, 20} {
		require.NoError(t, os.Truncate(snapshotPath(dir, record), 30))
	}
	s, err := OpenToRead(dir, knows("now"))
	require.NoError(t, err)
	gap := s.Gap()
	require.Contains(t, gap, "the records 1 to 10 of the journal are gone")
	require.Contains(t, gap, "serve --accept-loss")
	_, text := backup(t, s, Copy{})
	require.NoError(t, s.Close())

	dir = filepath.Join(t.TempDir(), "restored")
	_, err = Restore(t.Context(), dir, Options{Reserve: -1, MemTable: 8 << 20}, bytes.NewReader(text))
	require.NoError(t, err)
	_, err = Open(dir, knows("now"))
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, gap)
	o := knows("now")
	o.AcceptLoss = true
	s, err = Open(dir, o)
	require.NoError(t, err)
	first, last, _ := s.Journal()
	require.Equal(t, []uint64{11, 30}, []uint64{first, last})
	saveSnapshot(t, s, 30, []byte("now 3"))
	requireSound(t, s)
	require.NoError(t, s.Close())
}
