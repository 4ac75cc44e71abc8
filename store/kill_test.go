package store

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
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
	feeds, err := s.Feeds()
	for n := feeds["tcp"].Lines + 1; err == nil; n++ {
		var alerts []orderguard.Alert
		for i := range 1 + n%7 {
			alerts = append(alerts, alert("s", fmt.Sprintf("al_%d_%d", n, i), 50, "r"))
		}
		_, err = s.Commit(alerts, map[string]FeedPosition{"tcp": {Lines: n}})
		fmt.Println(n, s.Seq())
	}
	fmt.Println("error:", err)
	os.Exit(1)
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
		lines, seq := killOnce(t, dir)

		s := open(t, dir)
		feeds, err := s.Feeds()
		require.NoError(t, err)
		got := feeds["tcp"].Lines
		require.GreaterOrEqual(t, got, lines, "a reported commit is lost")
		require.GreaterOrEqual(t, s.Seq(), seq)

		var want uint64
		for n := int64(1); n <= got; n++ {
			want += uint64(1 + n%7)
		}
		require.Equal(t, want, s.Seq(), "alerts and positions go together")
		var last uint64
		var after uint64
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
}

// killOnce runs the child, kills it after some commits, and returns the last
// commit that it reported.
func killOnce(t *testing.T, dir string) (lines int64, seq uint64) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	reports := bufio.NewScanner(out)
	killAfter := rand.IntN(200)
	for i := 0; reports.Scan(); i++ {
		_, err := fmt.Sscan(reports.Text(), &lines, &seq)
		require.NoError(t, err, reports.Text())
		if i == killAfter {
			require.NoError(t, cmd.Process.Kill())
		}
	}
	require.Error(t, cmd.Wait(), "it was killed")
	return lines, seq
}
