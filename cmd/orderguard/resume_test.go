package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/api"
)

// sendPost posts lines, and returns the receipt, which must come with that status.
func (d *testDaemon) sendPost(status int, token string, lines [][]byte, headers ...string) (r api.Receipt) {
	d.t.Helper()
	w := d.call("POST", "/v1/events", token, bytes.NewReader(bytes.Join(lines, nil)), headers...)
	require.Equal(d.t, status, w.status, w.body)
	require.NoError(d.t, json.Unmarshal([]byte(w.body), &r))
	return r
}

func durable(r api.Receipt) int64 {
	if r.Durable == nil {
		return -1
	}
	return *r.Durable
}

// TestPostsResume sends posts again after all that may go wrong: each line counts
// once, and the receipts say so.
func TestPostsResume(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := startDaemon(t, dir)
	token, other := newToken(t, dir, "feeder"), newToken(t, dir, "feeder")
	lines := attackLines(0, 8)
	lines[2] = []byte("no event\n")

	// A body breaks off in the middle of a line, and its sender is silent.
	conn, err := net.Dial("tcp", d.HTTP)
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nIdempotency-Key: k\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n", token)
	answers := bufio.NewReader(conn)
	w, err := http.ReadResponse(answers, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusContinue, w.StatusCode, "its body is being read")
	_, err = conn.Write(append(bytes.Join(lines[:4], nil), lines[4][:20]...))
	require.NoError(t, err)

	// The same post again ends the waiting for the first.
	keyed := []string{"Idempotency-Key", "k"}
	r := d.sendPost(http.StatusOK, token, lines, keyed...)
	require.EqualValues(t, 8, r.Skipped+r.Accepted+r.RejectedTotal)
	require.EqualValues(t, 8, durable(r))
	w, err = http.ReadResponse(answers, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusConflict, w.StatusCode)
	require.Equal(t, api.Receipt{Skipped: 8, Rejected: []api.Rejection{}, Durable: r.Durable}, d.sendPost(http.StatusOK, token, lines, keyed...))

	// Another body is refused, be it shorter, longer or different.
	for _, other := range [][][]byte{lines[:7], append(slices.Clone(lines), lines[0]), append(slices.Clone(lines[:7]), lines[0])} {
		w := d.call("POST", "/v1/events", token, bytes.NewReader(bytes.Join(other, nil)), keyed...)
		require.Equal(t, http.StatusUnprocessableEntity, w.status)
		require.Contains(t, w.body, "idempotency-key-reused")
	}

	// The key of another token is another post, and so is a post without one: there
	// only the ids tell.
	r = d.sendPost(http.StatusOK, other, lines, keyed...)
	require.EqualValues(t, []int64{0, 7, 7, 1}, []int64{r.Skipped, r.Accepted, r.Duplicates, r.RejectedTotal})
	require.EqualValues(t, -1, durable(d.sendPost(http.StatusOK, token, lines)))

	// A stream goes on over HTTP and TCP alike, and across a crash.
	stream := func(offset int) []string {
		return []string{"X-Orderguard-Stream", "s", "X-Orderguard-Offset", fmt.Sprint(offset)}
	}
	r = d.sendPost(http.StatusOK, token, lines[:4], stream(0)...)
	require.Equal(t, []int64{0, 3, 4}, []int64{r.Skipped, r.Accepted, durable(r)})
	require.Equal(t, []api.Rejection{{Line: 3, Error: r.Rejected[0].Error}}, r.Rejected)
	_ = d.end(syscall.SIGKILL)
	d = startDaemon(t, dir)
	r = d.sendPost(http.StatusOK, token, append([][]byte{[]byte("no event\n"), lines[3]}, []byte("neither\n")), stream(2)...)
	require.Equal(t, []int64{2, 0, 1, 5}, []int64{r.Skipped, r.Accepted, r.RejectedTotal, durable(r)})
	require.EqualValues(t, 3, r.Rejected[0].Line, "lines are those of the body")
	gap := d.call("POST", "/v1/events", token, bytes.NewReader(lines[7]), stream(6)...)
	require.Equal(t, http.StatusConflict, gap.status)
	require.Contains(t, gap.body, `"durable":5`)
	require.EqualValues(t, 8, d.sendPost(http.StatusOK, token, lines, keyed...).Skipped)

	feed, err := net.Dial("tcp", d.TCP)
	require.NoError(t, err)
	defer feed.Close()
	_, err = io.WriteString(feed, `{"hello":{"stream":"s"}}`+"\n")
	require.NoError(t, err)
	said := bufio.NewReader(feed)
	welcome, err := said.ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, welcome, `"acked":5`)
	require.EqualValues(t, 7, durable(d.sendPost(http.StatusOK, token, lines[5:7], stream(5)...)))
	told, err := said.ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, told, "another connection feeds this stream now")
	d.stop()
}

// TestStdinResumes feeds the same input again after a crash: what is durable of
// it is left out.
func TestStdinResumes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lines := attackLines(0, 12)
	d := startDaemon(t, dir, "--stdin", "--stdin-stream", "s")
	_, err := d.stdin.Write(append(bytes.Join(lines[:7], nil), lines[7][:30]...))
	require.NoError(t, err)
	d.judged(7)
	_ = d.end(syscall.SIGKILL)
	d = startDaemon(t, dir, "--stdin", "--stdin-stream", "s")
	_, err = d.stdin.Write(bytes.Join(lines, nil))
	require.NoError(t, err)
	d.judged(12)
	require.Equal(t, "0", d.metric("orderguard_duplicates_total"))
	alerts, _ := d.alerts(newToken(t, dir, "admin"), burstShops)
	require.Len(t, alerts, 12)
	d.stop()
	require.NotContains(t, d.stderr.String(), "shorter")
	d = startDaemon(t, dir, "--stdin", "--stdin-stream", "s")
	_, err = d.stdin.Write(bytes.Join(lines[:3], nil))
	require.NoError(t, err)
	require.NoError(t, d.stdin.Close())
	await(t, "the warning", func() bool { return strings.Contains(d.stderr.String(), "shorter than what is durable") })
	require.Contains(t, d.stderr.String(), "lines=3 durable=12")
	d.stop()
}

// TestServeOrdersAcrossConnections holds that what a connection sent last waits
// for the next one, and is judged all the same when none comes.
func TestServeOrdersAcrossConnections(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, t.TempDir(), "--lateness", "30s")
	lines := attackLines(0, 2)
	d.send(lines[1])
	await(t, "the later one", func() bool { return d.metric("orderguard_held_events") == "1" })
	d.send(lines[0])
	await(t, "the earlier one", func() bool { return d.metric("orderguard_held_events") == "2" })
	d.judged(2)
	require.Equal(t, "0", d.metric("orderguard_late_total"))
	d.stop()
}
