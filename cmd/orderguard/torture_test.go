package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/store"
)

// rounds returns how often a torture test kills: make torture sets it.
func rounds(t testing.TB) int {
	if text := os.Getenv("ORDERGUARD_TORTURE"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err, "ORDERGUARD_TORTURE")
		return n
	}
	if testing.Short() {
		return 4
	}
	return 24
}

// TestTorture feeds a daemon by a client that resumes, and kills it over and
// over, in the middle of intake, of a start that may be the next of several, or of a snapshot. Nothing that was
// acked may be missing, the store must be whole each time, and in the end the
// alerts must be those of a daemon that nobody killed, byte for byte, with their
// numbers.
func TestTorture(t *testing.T) {
	t.Parallel()
	lines := marketplace(t, 4000)
	lines[len(lines)-1] = append(bytes.TrimSpace(lines[len(lines)-1]), '\n')
	for i := 100; i < len(lines); i += 997 {
		lines[i] = []byte("no event\n")
	}
	left := rounds(t)
	for seed, lateness := range []string{"0s", "2s"} {
		n := (left + 1 - seed) / 2
		t.Run("lateness "+lateness, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(seed)))
			want := tortured(t, t.TempDir(), lines, lateness, 0, nil, rng)
			require.Greater(t, bytes.Count(want, []byte("\n")), 100)
			got := tortured(t, t.TempDir(), lines, lateness, n, killed, rng)
			require.Equal(t, string(want), string(got))
		})
	}
}

// killed ends a daemon as nothing else does. What it acked counts, also what is
// read after its end.
func killed(d *testDaemon) bool {
	_ = d.end(syscall.SIGKILL)
	return true
}

// killedAtStart starts a daemon that lives for so long, mostly not until it takes feeds.
func killedAtStart(t *testing.T, dir string, lives time.Duration, flags ...string) {
	c := exec.Command("orderguard", append([]string{"serve", "--data", dir, "--http", "127.0.0.1:0", "--tcp", "127.0.0.1:0"}, flags...)...)
	require.NoError(t, c.Start())
	time.Sleep(lives)
	require.NoError(t, c.Process.Kill())
	_ = c.Wait() // it was killed
}

// tortured feeds the lines, killing the daemon so many times, and returns all
// alerts as they are stored.
func tortured(t *testing.T, dir string, lines [][]byte, lateness string, kills int, kill func(*testDaemon) (after bool), rng *rand.Rand) []byte {
	flags := func() []string {
		return []string{"--lateness", lateness, "--workers", fmt.Sprint(1 + rng.IntN(3)), "--snapshot-every", fmt.Sprint(100_000 + rng.IntN(1_000_000))}
	}
	acked := 0
	for n := range kills {
		for range rng.IntN(3) {
			killedAtStart(t, dir, time.Duration(rng.IntN(100))*time.Millisecond, flags()...)
			if n > 0 { // else there may be no store yet
				checkStore(t, dir)
			}
		}
		d := startDaemon(t, dir, flags()...)
		c := startClient(t, d, lines, acked, (n+1)*len(lines)/(kills+1))
		time.Sleep(time.Duration(rng.IntN(400)) * time.Millisecond)
		before := int(c.acked.Load())
		after := kill(d)
		if acked = c.end(); !after {
			acked = before
		}
		checkStore(t, dir)
	}
	d := startDaemon(t, dir, flags()...)
	c := startClient(t, d, lines, acked, len(lines))
	await(t, "the last ack", func() bool { return int(c.acked.Load()) == len(lines) })
	await(t, "all that waits", func() bool {
		return d.metric("orderguard_waiting_batches") == "0" && d.metric("orderguard_held_events") == "0"
	})
	if kills > 0 {
		kill(d)
	} else {
		d.stop()
	}
	require.Equal(t, len(lines), c.end())
	return dumpAlerts(t, dir)
}

// tortureClient feeds a stream from what the daemon says is durable.
type tortureClient struct {
	t     testing.TB
	conn  net.Conn
	acked atomic.Int64
	moved chan struct{} // has room for one: acked has grown
	done  chan error
}

// startClient sends the lines behind those that are durable, but not beyond
// upTo, in pieces that end anywhere. At least so many must be durable as were
// acked.
func startClient(t testing.TB, d *testDaemon, lines [][]byte, acked, upTo int) *tortureClient {
	conn, err := net.Dial("tcp", d.TCP)
	require.NoError(t, err)
	c := &tortureClient{t: t, conn: conn, moved: make(chan struct{}, 1), done: make(chan error, 1)}
	_, err = io.WriteString(conn, `{"hello":{"stream":"torture"}}`+"\n")
	require.NoError(t, err)
	said := bufio.NewReader(conn)
	welcome, err := said.ReadBytes('\n')
	require.NoError(t, err)
	var w struct{ Welcome struct{ Acked int } }
	require.NoError(t, json.Unmarshal(welcome, &w))
	require.GreaterOrEqual(t, w.Welcome.Acked, acked, "acked lines are lost")
	c.acked.Store(int64(w.Welcome.Acked))
	go func() { // until the daemon is killed
		for rest := bytes.Join(lines[w.Welcome.Acked:max(upTo, w.Welcome.Acked)], nil); len(rest) > 0 && err == nil; {
			n := min(len(rest), 1+rand.IntN(50_000))
			_, err = conn.Write(rest[:n])
			rest = rest[n:]
		}
	}()
	go func() { c.done <- c.read(said) }()
	return c
}

// read reads acks until the connection ends.
func (c *tortureClient) read(said *bufio.Reader) error {
	for {
		line, err := said.ReadBytes('\n')
		if err != nil {
			return nil
		}
		var a struct {
			Acked int64
			Error string
		}
		if err := json.Unmarshal(line, &a); err != nil || a.Error != "" || a.Acked < c.acked.Load() {
			return fmt.Errorf("the daemon says %s: %w", line, err)
		}
		c.acked.Store(a.Acked)
		wake(c.moved)
	}
}

// end returns what was acked in the end.
func (c *tortureClient) end() int {
	require.NoError(c.t, <-c.done)
	require.NoError(c.t, c.conn.Close())
	return int(c.acked.Load())
}

// checkStore runs orderguard check.
func checkStore(t *testing.T, dir string) {
	t.Helper()
	out, err := exec.Command("orderguard", "check", "--data", dir).CombinedOutput()
	require.NoError(t, err, string(out))
}

// dumpAlerts returns the alerts of all shops as they are stored, in order of seq.
func dumpAlerts(t *testing.T, dir string) []byte {
	s, err := store.Open(dir, store.Options{})
	require.NoError(t, err)
	defer s.Close()
	type change struct {
		seq  uint64
		text []byte
	}
	var all []change
	seen := map[string]bool{}
	require.NoError(t, s.Records(1, func(r *store.Record) error {
		for line := range bytes.Lines(r.Raw) {
			var e struct{ Shop string }
			if json.Unmarshal(line, &e) != nil || e.Shop == "" || seen[e.Shop] {
				continue
			}
			seen[e.Shop] = true
			for after, more := uint64(0), true; more; {
				var err error
				after, more, err = s.Changes(e.Shop, after, store.Query{Limit: store.MaxLimit}, func(seq uint64, text []byte) {
					all = append(all, change{seq, bytes.Clone(text)})
				})
				require.NoError(t, err)
			}
		}
		return nil
	}))
	slices.SortFunc(all, func(a, b change) int { return int(a.seq) - int(b.seq) })
	var dump bytes.Buffer
	for _, c := range all {
		fmt.Fprintf(&dump, "%d %s\n", c.seq, c.text)
	}
	return dump.Bytes()
}
