package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// patience bounds every wait for another process. It is long, since it is only
// used up when a test fails.
const patience = 2 * time.Minute

// await waits until ok, looking again and again.
func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain for %s", patience, what)
		}
	}
}

// logText is what a process that is still running has logged.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// testDaemon is a running orderguard serve: this test binary, see TestMain.
type testDaemon struct {
	t         testing.TB
	dir       string
	HTTP, TCP string
	stdin     io.WriteCloser
	cmd       *exec.Cmd
	stderr    logText
	ended     bool
}

// startDaemon starts a daemon on free ports over a data folder.
func startDaemon(t testing.TB, dir string, flags ...string) *testDaemon {
	t.Helper()
	return startProgram(t, "orderguard", dir, flags...)
}

// startProgram is startDaemon of a program that TestMain names.
func startProgram(t testing.TB, program, dir string, flags ...string) *testDaemon {
	t.Helper()
	d := &testDaemon{t: t, dir: dir}
	ready := filepath.Join(t.TempDir(), "ready.json")
	d.cmd = exec.Command(program, append([]string{"serve", "--data", dir,
		"--http", "127.0.0.1:0", "--tcp", "127.0.0.1:0", "--ready-file", ready}, flags...)...)
	d.cmd.Stderr = &d.stderr
	var err error
	d.stdin, err = d.cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, d.cmd.Start())
	t.Cleanup(func() { d.end(syscall.SIGKILL) })
	var text []byte
	await(t, "the daemon", func() bool {
		text, err = os.ReadFile(ready)
		return err == nil
	})
	require.NoError(t, json.Unmarshal(text, d))
	return d
}

// end sends a signal and waits for the process.
func (d *testDaemon) end(s os.Signal) error {
	if d.ended {
		return nil
	}
	d.ended = true
	_ = d.cmd.Process.Signal(s)
	return d.cmd.Wait()
}

// stop ends the daemon in order, and returns how long that took.
func (d *testDaemon) stop() time.Duration {
	d.t.Helper()
	begin := time.Now()
	require.NoError(d.t, d.end(syscall.SIGTERM), d.stderr.String())
	return time.Since(begin)
}

// send sends lines over a TCP connection of their own.
func (d *testDaemon) send(lines ...[]byte) {
	d.t.Helper()
	c, err := net.Dial("tcp", d.TCP)
	require.NoError(d.t, err)
	_, err = c.Write(bytes.Join(lines, nil))
	require.NoError(d.t, err)
	require.NoError(d.t, c.Close())
}

// answer is what the API said.
type answer struct {
	status int
	header http.Header
	body   string
}

// call makes a call of the API. Pairs are headers.
func (d *testDaemon) call(method, path, token string, body io.Reader, pairs ...string) answer {
	d.t.Helper()
	r, err := http.NewRequest(method, "http://"+d.HTTP+path, body)
	require.NoError(d.t, err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	w, err := (&http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	require.NoError(d.t, err)
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	require.NoError(d.t, err)
	return answer{w.StatusCode, w.Header, string(text)}
}

// post posts lines, which must be taken.
func (d *testDaemon) post(token string, lines ...[]byte) (receipt struct {
	Accepted, Duplicates int
	Rejected             []struct{ Line int }
}) {
	d.t.Helper()
	w := d.call("POST", "/v1/events", token, bytes.NewReader(bytes.Join(lines, nil)))
	require.Equal(d.t, http.StatusOK, w.status, w.body)
	require.NoError(d.t, json.Unmarshal([]byte(w.body), &receipt))
	return receipt
}

// alertPage is a page of the alert list.
type alertPage struct {
	Alerts []orderguard.Alert
	Next   string
	More   bool
}

// page reads a page of a shop's alerts.
func (d *testDaemon) page(token, shop, after, query string) (p alertPage) {
	d.t.Helper()
	w := d.call("GET", fmt.Sprintf("/v1/shops/%s/alerts?after=%s&%s", shop, after, query), token, nil)
	require.Equal(d.t, http.StatusOK, w.status, w.body)
	require.NoError(d.t, json.Unmarshal([]byte(w.body), &p))
	return p
}

// alerts reads all alerts of the shops, and the cursors after them.
func (d *testDaemon) alerts(token string, shops []string) (all []orderguard.Alert, cursors map[string]string) {
	d.t.Helper()
	cursors = map[string]string{}
	for _, shop := range shops {
		for more := true; more; {
			p := d.page(token, shop, cursors[shop], "limit=100")
			all, cursors[shop], more = append(all, p.Alerts...), p.Next, p.More
		}
	}
	return all, cursors
}

// metric reads a metric by its name and labels.
func (d *testDaemon) metric(name string) string {
	d.t.Helper()
	for line := range strings.Lines(d.call("GET", "/metrics", "", nil).body) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	d.t.Fatalf("there is no metric %s", name)
	return ""
}

// judged waits until so many events went through the engine, and what came of them is committed.
func (d *testDaemon) judged(n int) {
	d.t.Helper()
	await(d.t, fmt.Sprint(n, " events"), func() bool {
		return d.metric("orderguard_events_total") == fmt.Sprint(n) && d.metric("orderguard_waiting_bytes") == "0"
	})
}

// newToken runs orderguard token create.
func newToken(t testing.TB, dir string, flags ...string) string {
	t.Helper()
	out, err := exec.Command("orderguard", append([]string{"token", "create", "--data", dir, "--role"}, flags...)...).Output()
	require.NoError(t, err)
	secret, whole := strings.CutSuffix(string(out), "\n")
	require.True(t, whole)
	require.NotContains(t, secret, "\n", "the token is alone on stdout")
	return secret
}

// burstRule flags whoever orders ten times within ten minutes at a shop.
const burstRule = `rules:
  - id: order-burst
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 10m, at_least: 10}
`

// burstShops are where the buyers of bursts order.
var burstShops = []string{"s-0", "s-1", "s-2"}

// bursts returns the events of n buyers, one in four of whom orders twelve
// times within ten minutes, the others once. They are by buyer, so that feeds
// which share them out keep each buyer's order.
func bursts(n int) (byBuyer [][][]byte) {
	for b := range n {
		var lines [][]byte
		for i := range 1 + 11*(b%4/3) {
			lines = append(lines, fmt.Appendf(nil,
				`{"type":"order","status":"created","id":"e-%d-%d","ts":%d,"shop":%q,"buyer":"b-%d","order":"o-%d-%d"}`+"\n",
				b, i, 1_770_000_000_000+int64(b)*1000+int64(i)*40_000, burstShops[b%3], b, b, i))
		}
		byBuyer = append(byBuyer, lines)
	}
	return byBuyer
}

// writeRules writes a rule file and returns its path.
func writeRules(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// detected returns what orderguard detect finds in lines.
func detected(t testing.TB, lines []byte, flags ...string) (alerts []orderguard.Alert) {
	t.Helper()
	c := exec.Command("orderguard", append([]string{"detect"}, flags...)...)
	c.Stdin = bytes.NewReader(lines)
	out, err := c.Output()
	require.NoError(t, err)
	return parseAlerts(t, out)
}

func parseAlerts(t testing.TB, ndjson []byte) (alerts []orderguard.Alert) {
	t.Helper()
	for line := range bytes.Lines(ndjson) {
		var a orderguard.Alert
		require.NoError(t, json.Unmarshal(line, &a))
		alerts = append(alerts, a)
	}
	return alerts
}

// requireSame holds two sets of alerts against each other, in what does not
// depend on when each was found, and tells what only one of them has.
func requireSame(t testing.TB, want, got []orderguard.Alert) {
	t.Helper()
	missing, extra := findings(want), findings(got)
	slices.Sort(extra)
	for i, a := range extra[:max(len(extra)-1, 0)] {
		require.NotEqual(t, a, extra[i+1], "an alert comes twice")
	}
	only := func(a, b []string) []string {
		return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
	}
	require.Empty(t, only(missing, extra), "alerts are missing")
	require.Empty(t, only(extra, missing), "alerts are too many")
}

func findings(alerts []orderguard.Alert) []string {
	var all []string
	for _, a := range alerts {
		all = append(all, strings.Join([]string{a.ID, a.Scenario.String(), a.Shop, a.Buyer, a.Order, fmt.Sprint(a.FlaggedAt)}, " "))
	}
	return all
}
