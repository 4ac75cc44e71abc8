package store

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

const killDir = "ORDERGUARD_STORE_KILL_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		commitForever(dir)
	}
	os.Exit(m.Run())
}

// commitForever is the child of TestKill: it commits, and says so after each
// success.
func commitForever(dir string) {
	s, err := Open(dir, Options{Reserve: -1})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	_, last, _ := s.Journal()
	for n := s.Position() + 1; err == nil; n++ {
		if n > last {
			_, err = s.Append([]Record{{Kind: Lines, Feed: "tcp", Raw: rawOf(n), Positions: map[string]FeedPosition{"tcp": {Lines: int64(n)}}}})
		}
		var alerts []orderguard.Alert
		for i := range 1 + n%7 {
			alerts = append(alerts, alert("s", fmt.Sprintf("al_%d_%d", n, i), 50, "r"))
		}
		if err == nil {
			_, err = s.Commit(alerts, n)
		}
		if err == nil && n%16 == 0 {
			err = s.SaveSnapshot(n, func(w io.Writer) error { _, err := w.Write(rawOf(n)); return err })
		}
		if err == nil {
			fmt.Println(n, s.Seq())
		}
	}
	fmt.Println("error:", err)
	os.Exit(1)
}

// rawOf is what the nth record of the child holds: small, or so large that it
// lies in the value log.
func rawOf(n uint64) []byte {
	rng := rand.New(rand.NewPCG(n, 1))
	raw := make([]byte, []int{30, 3 * largeValue}[n%2])
	for i := range raw {
		raw[i] = byte(rng.Uint32())
	}
	return raw
}

// TestKill kills a process that commits, at some moment, over and over. All
// that was reported must be there, and nothing by half.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	for range rounds {
		reported, seq := stopOnce(t, dir, false, func(child *os.Process) { require.NoError(t, child.Kill()) })
		requireKept(t, dir, reported, seq)
	}
}

// requireKept holds that all that the child reported is there, that nothing is
// by half, and that the store is sound.
func requireKept(t *testing.T, dir string, reported, seq uint64) {
	t.Helper()
	s := open(t, dir)
	got := s.Position()
	require.GreaterOrEqual(t, got, reported, "a reported commit is lost")
	require.GreaterOrEqual(t, s.Seq(), seq)
	requireJournal(t, s, got)
	requireSound(t, s)

	var want uint64
	for n := range got {
		want += 1 + (n+1)%7
	}
	require.Equal(t, want, s.Seq(), "alerts and the position go together")
	var last, after uint64
	var err error
	for more := true; more; {
		after, more, err = s.Changes("s", after, Query{Limit: MaxLimit}, func(_ uint64, b []byte) {
			var a orderguard.Alert
			require.NoError(t, json.Unmarshal(b, &a))
			require.Equal(t, last+1, a.Seq, "seqs are dense")
			last = a.Seq
		})
		require.NoError(t, err)
	}
	require.Equal(t, want, last)
	require.NoError(t, s.Close())
}

// requireJournal holds that the journal is whole up to a record or the next,
// and so is a snapshot.
func requireJournal(t *testing.T, s *Store, least uint64) {
	t.Helper()
	_, last, _ := s.Journal()
	require.GreaterOrEqual(t, last, least)
	n := uint64(0)
	require.NoError(t, s.Records(1, func(r *Record) error {
		n++
		require.Equal(t, n, r.Number)
		require.Equal(t, rawOf(n), r.Raw)
		return nil
	}))
	require.Equal(t, last, n)
	feeds, err := s.Feeds()
	require.NoError(t, err)
	require.EqualValues(t, last, feeds["tcp"].Lines, "positions go with their records")
	err = s.LoadSnapshot(func(record uint64, r io.Reader) error {
		raw, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, rawOf(record), raw)
		return nil
	})
	if least >= 16 {
		require.NoError(t, err)
	}
}

// stopOnce runs the child, has it stopped after some commits, and returns the
// last commit that it reported. What it reports after the stop counts, unless its
// power was cut: nobody would hear it then. And a file system that is shut down in the
// middle of a sync may say that this succeeded: ext4 passes over blocks that it can
// no longer note as written (ext4_end_io_end, with a forced shutdown).
func stopOnce(t *testing.T, dir string, powerless bool, stop func(child *os.Process)) (reported, seq uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	reports := bufio.NewScanner(out)
	stopAfter := rand.IntN(200)
	stopped := false
	for i := 0; reports.Scan(); i++ {
		if stopped && strings.HasPrefix(reports.Text(), "error:") {
			break // of the disk that is gone
		}
		if stopped && powerless {
			continue
		}
		_, err := fmt.Sscan(reports.Text(), &reported, &seq)
		require.NoError(t, err, reports.Text())
		if i == stopAfter {
			stop(cmd.Process)
			stopped = true
		}
	}
	require.Error(t, cmd.Wait(), "it was stopped")
	require.True(t, stopped)
	return reported, seq
}
