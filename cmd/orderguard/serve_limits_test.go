package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// dial opens a connection and sends text, if any.
func dial(t testing.TB, addr, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	_, err = io.WriteString(c, text)
	require.NoError(t, err)
	return c
}

// request is a call as it goes over the wire.
func request(line, token, headers, body string) string {
	return line + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n" + headers + "\r\n" + body
}

// status reads the first line of an answer.
func status(t testing.TB, c net.Conn) string {
	t.Helper()
	line, err := bufio.NewReader(c).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

// Nothing that clients hold open keeps a daemon from stopping, or costs it time
// while it is silent.
func TestServeStopsWithOpenConnections(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := startDaemon(t, dir, "--stdin")
	admin := newToken(t, dir, "admin")
	for range 50 {
		dial(t, d.TCP, "")
		dial(t, d.TCP, `{"type":`)
		dial(t, d.HTTP, "")
		dial(t, d.HTTP, "GET /v1/sh")
		dial(t, d.HTTP, request("POST /v1/events", admin, "Content-Length: 99\r\n", "{"))
		dial(t, d.HTTP, request("GET /v1/shops/s-1/alerts?wait=60s", admin, "", ""))
	}
	for range 50 {
		stream := dial(t, d.HTTP, request("GET /v1/shops/s-1/alerts", admin, "Accept: text/event-stream\r\n", ""))
		require.Equal(t, "HTTP/1.1 200 OK", status(t, stream))
	}
	require.Equal(t, http.StatusOK, d.call("GET", "/healthz", "", nil).status)
	require.Equal(t, http.StatusOK, d.call("GET", "/readyz", "", nil).status)
	// It takes one second; a busy machine may add to that.
	require.Less(t, d.stop(), 3*time.Second)
}

// Each bound holds, is told to whom it stops, and stops nobody else.
func TestServeLimits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := startDaemon(t, dir, "--tcp-max-conns", "2", "--tcp-idle-timeout", "300ms", "--http-max-conns", "8",
		"--http-max-waits", "1", "--http-max-streams", "1", "--http-max-body", "1000", "--http-max-decoded", "2000",
		"--http-read-timeout", "300ms", "--http-idle-timeout", "300ms")
	admin := newToken(t, dir, "admin")

	dial(t, d.TCP, "")
	dial(t, d.TCP, `{"slow`)
	said, err := io.ReadAll(dial(t, d.TCP, ""))
	require.NoError(t, err)
	require.Contains(t, string(said), "too many connections (the limit is 2)")
	await(t, "silent feeds to be closed", func() bool {
		c := dial(t, d.TCP, string(bursts(1)[0][0]))
		require.NoError(t, c.(*net.TCPConn).CloseWrite())
		said, err := io.ReadAll(c)
		return err == nil && len(said) == 0
	})
	d.judged(1)

	w := d.call("POST", "/v1/events", admin, strings.NewReader(strings.Repeat("x", 1001)))
	require.Equal(t, http.StatusRequestEntityTooLarge, w.status, w.body)
	w = d.call("POST", "/v1/events", admin, packed(t, "gzip", strings.Repeat("\n", 100_000)), "Content-Encoding", "gzip")
	require.Equal(t, http.StatusRequestEntityTooLarge, w.status, w.body)
	slow := dial(t, d.HTTP, request("POST /v1/events", admin, "Content-Length: 99\r\n", "{"))
	require.Equal(t, "HTTP/1.1 408 Request Timeout", status(t, slow))

	wait := request("GET /v1/shops/s-1/alerts?wait=60s", admin, "", "")
	turnedAway := make(chan string, 2) // one of the two is held
	for range 2 {
		c := dial(t, d.HTTP, wait)
		go func() {
			line, _ := bufio.NewReader(c).ReadString('\n')
			turnedAway <- strings.TrimSpace(line)
		}()
	}
	require.Equal(t, "HTTP/1.1 503 Service Unavailable", <-turnedAway)
	stream := request("GET /v1/shops/s-1/alerts", admin, "Accept: text/event-stream\r\n", "")
	require.Equal(t, "HTTP/1.1 200 OK", status(t, dial(t, d.HTTP, stream)))
	require.Equal(t, "HTTP/1.1 503 Service Unavailable", status(t, dial(t, d.HTTP, stream)))

	var idle []net.Conn
	for range 8 {
		idle = append(idle, dial(t, d.HTTP, ""))
	}
	require.Equal(t, "HTTP/1.1 503 Service Unavailable", status(t, dial(t, d.HTTP, request("GET /healthz", "", "", ""))))
	for _, c := range idle {
		require.NoError(t, c.Close())
	}
	await(t, "room for a connection", func() bool { return d.call("GET", "/healthz", "", nil).status == http.StatusOK })
	d.stop()
}

// Each role may do its own and no more, from when a token is made until it is
// revoked.
func TestServeRoles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one := newToken(t, dir, "seller", "--shop", "s-1") // without a daemon
	d := startDaemon(t, dir)
	two := newToken(t, dir, "seller", "--shop", "s-2", "--shop", "s-3")
	feeder, admin := newToken(t, dir, "feeder"), newToken(t, dir, "admin")
	event := string(bursts(1)[0][0])
	for _, c := range []struct {
		method, path                string
		none, one, two, feed, admin int
	}{
		{"GET", "/v1/shops/s-1/alerts", 401, 200, 403, 403, 200},
		{"GET", "/v1/shops/s-2/alerts", 401, 403, 200, 403, 200},
		{"GET", "/v1/shops/s-3/alerts", 401, 403, 200, 403, 200},
		{"GET", "/v1/shops/s-1/alerts/al_absent", 401, 404, 403, 403, 404},
		{"POST", "/v1/events", 401, 403, 403, 200, 200},
		{"GET", "/v1/tokens", 401, 403, 403, 403, 200},
		{"GET", "/v1/absent", 404, 404, 404, 404, 404},
		{"GET", "/metrics", 200, 200, 200, 200, 200},
	} {
		for _, by := range []struct {
			token string
			want  int
		}{{"", c.none}, {"og_wrong", c.none}, {one, c.one}, {two, c.two}, {feeder, c.feed}, {admin, c.admin}} {
			w := d.call(c.method, c.path, by.token, strings.NewReader(event))
			require.Equal(t, by.want, w.status, "%s %s: %s", c.method, c.path, w.body)
		}
	}

	list, err := exec.Command("orderguard", "token", "list", "--data", dir).Output()
	require.NoError(t, err)
	id := ""
	for line := range strings.Lines(string(list)) {
		if strings.Contains(line, "s-1") {
			id = strings.Fields(line)[0]
		}
	}
	require.NoError(t, exec.Command("orderguard", "token", "revoke", "--data", dir, id).Run())
	require.Equal(t, 401, d.call("GET", "/v1/shops/s-1/alerts", one, nil).status)
	require.Equal(t, 200, d.call("GET", "/v1/shops/s-2/alerts", two, nil).status)
	d.stop()
}

// The ways to hear of alerts: a page, filters, a tag, a waiting call, a stream.
func TestServePolling(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := startDaemon(t, dir, "--rules", writeRules(t, burstRule))
	admin := newToken(t, dir, "admin")
	const path = "/v1/shops/s-0/alerts"
	stream := dial(t, d.HTTP, request("GET "+path, admin, "Accept: text/event-stream\r\n", ""))
	empty := d.call("GET", path, admin, nil)
	require.Contains(t, empty.body, `"alerts":[]`)
	require.Equal(t, 304, d.call("GET", path, admin, nil, "If-None-Match", empty.header.Get("Etag")).status)
	waiting := make(chan answer)
	go func() { waiting <- d.call("GET", path+"?wait=60s&limit=500", admin, nil) }()

	lines := bursts(4)[3] // twelve orders of one buyer at the shop s-0
	d.send(lines...)
	w := <-waiting
	require.Equal(t, http.StatusOK, w.status)
	require.Contains(t, w.body, `"order":"o-3-0"`)
	await(t, "the alerts", func() bool { return len(d.page(admin, "s-0", "", "").Alerts) == 12 })
	require.Len(t, d.page(admin, "s-0", "", "status=open&scenario=malicious_order").Alerts, 12)
	require.Empty(t, d.page(admin, "s-0", "", "status=normal,ignored").Alerts)
	require.Empty(t, d.page(admin, "s-0", "", "scenario=harassment").Alerts)
	for _, bad := range []string{"?after=x", "?limit=-1", "?limit=x", "?status=x", "?scenario=x", "?wait=-1s", "?wait=x", "?wiat=1s"} {
		require.Equal(t, http.StatusBadRequest, d.call("GET", path+bad, admin, nil).status, bad)
	}
	require.Equal(t, 200, d.call("GET", path, admin, nil, "If-None-Match", empty.header.Get("Etag")).status)

	var orders []string
	events := bufio.NewScanner(stream)
	for len(orders) < 12 && events.Scan() {
		if data, ok := strings.CutPrefix(events.Text(), "data: "); ok {
			orders = append(orders, parseAlerts(t, []byte(data))[0].Order)
		}
	}
	for i, order := range orders {
		require.Equal(t, fmt.Sprintf("o-3-%d", i), order)
	}
	require.Len(t, orders, 12)
	d.stop()
}

// A feed that breaks, or sends rubbish, ends nobody else's.
func TestServeBadFeeds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dead := filepath.Join(t.TempDir(), "dead.ndjson")
	d := startDaemon(t, dir, "--stdin", "--rules", writeRules(t, burstRule), "--dead-letters", dead)
	admin := newToken(t, dir, "admin")
	good := dial(t, d.TCP, "")
	lines := bursts(4)[3]
	_, err := good.Write(bytes.Join(lines[:6], nil))
	require.NoError(t, err)
	d.judged(6)

	_, _ = io.WriteString(d.stdin, "\x1f\x8b\x08 no gzip")
	require.NoError(t, d.stdin.Close())
	reset := dial(t, d.TCP, `{"type":"order",`)
	require.NoError(t, reset.(*net.TCPConn).SetLinger(0))
	require.NoError(t, reset.Close())
	d.send([]byte(strings.Repeat("x", 200_000)+"\n"), []byte("\x00\x00\n"), []byte(strings.Repeat("[", 60_000)))
	w := d.call("POST", "/v1/events", admin, strings.NewReader("no zstd"), "Content-Encoding", "zstd")
	require.Equal(t, http.StatusBadRequest, w.status)
	gone := dial(t, d.HTTP, request("POST /v1/events", admin, "Content-Length: 99\r\n", "{"))
	require.NoError(t, gone.Close())

	_, err = good.Write(bytes.Join(lines[6:], nil))
	require.NoError(t, err)
	await(t, "the alerts", func() bool { return len(d.page(admin, "s-0", "", "limit=500").Alerts) == 12 })
	await(t, "the long line", func() bool { return d.metric(`orderguard_rejects_total{reason="line_too_long"}`) == "1" })
	d.stop()
	require.Contains(t, d.stderr.String(), "the feed on standard input has ended")
}
