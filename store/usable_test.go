package store

import (
	"errors"
	"fmt"
	"io"
	"os"
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
		o.commit = func(txn *badger.Txn) error {
			if fail {
				fail = false
				return errors.New("no")
			}
			return txn.Commit()
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
