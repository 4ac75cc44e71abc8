package main

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// All feeds at once give the alerts that detect gives, those who poll meanwhile
// miss none, and the figures add up.
func TestServeAllFeeds(t *testing.T) {
	t.Parallel()
	rules, dir := writeRules(t, burstRule), t.TempDir()
	d := startDaemon(t, dir, "--stdin", "--rules", rules)
	admin, feeder := newToken(t, dir, "admin"), newToken(t, dir, "feeder")
	byBuyer := bursts(600)
	events := bytes.Join(slices.Concat(byBuyer...), nil)
	want := detected(t, events, "--rules", rules)
	require.Len(t, want, 150*12)

	pollers := poll(d, admin, len(want))
	var feeds sync.WaitGroup
	for f := range 3 {
		feeds.Go(func() {
			for i := f; i < len(byBuyer); i += 30 {
				var lines [][]byte
				for j := i; j < min(i+30, len(byBuyer)); j += 3 {
					lines = append(lines, byBuyer[j]...)
				}
				switch f {
				case 0:
					d.send(lines...)
				case 1:
					d.post(feeder, append(lines, []byte("no event\n"), lines[0])...)
				case 2:
					_, _ = d.stdin.Write(bytes.Join(append(lines, []byte("[]\n")), nil))
				}
			}
		})
	}
	feeds.Wait()
	require.NoError(t, d.stdin.Close())
	got := pollers()
	requireSame(t, want, got)

	n := bytes.Count(events, []byte("\n"))
	d.judged(n)
	require.Equal(t, "20", d.metric(`orderguard_duplicates_total`))
	require.Equal(t, "20", d.metric(`orderguard_rejects_total{reason="not_json"}`))
	require.Equal(t, "20", d.metric(`orderguard_rejects_total{reason="not_object"}`))
	require.Equal(t, fmt.Sprint(len(want)), d.metric(`orderguard_alerts_total{scenario="malicious_order"}`))
	require.Equal(t, fmt.Sprint(len(want)), d.metric(`orderguard_rule_orders_total{rule="order-burst",shadow="false"}`))
	for _, name := range []string{
		"late_total", "lag_seconds", "held_events", "waiting_batches", "ready", "bytes_total",
		`table_keys{table="ledger"}`, `table_bytes{table="event ids"}`,
		`http_seconds_count{route="POST /v1/events",status="200"}`,
	} {
		d.metric("orderguard_" + name)
	}
	d.stop()
}

// poll follows the shops' alerts by cursor, and returns how to wait for n.
func poll(d *testDaemon, token string, n int) (wait func() []orderguard.Alert) {
	var mu sync.Mutex
	var all []orderguard.Alert
	var pollers sync.WaitGroup
	done := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(all) >= n || d.t.Failed()
	}
	for _, shop := range burstShops {
		pollers.Go(func() {
			after, seq := "", uint64(0)
			for !done() {
				p := d.page(token, shop, after, "wait=200ms&limit=7")
				for _, a := range p.Alerts {
					if a.Seq <= seq {
						d.t.Errorf("seq %d comes after %d", a.Seq, seq)
					}
					seq = a.Seq
				}
				after = p.Next
				mu.Lock()
				all = append(all, p.Alerts...)
				mu.Unlock()
			}
		})
	}
	return func() []orderguard.Alert {
		pollers.Wait()
		return all
	}
}

// What was sent before the signal is judged and committed, whether it waits in
// a socket or a pipe; what waits for its watermark goes on waiting after a
// restart, until its sources have been silent.
func TestServeDrains(t *testing.T) {
	if testing.Short() {
		t.Skip("a draining daemon has limits by the clock, and the race detector makes it ten times as slow")
	}
	t.Parallel()
	lines := marketplace(t, 400)
	for _, lateness := range []string{"0s", "2000h"} {
		dir := t.TempDir()
		d := startDaemon(t, dir, "--stdin", "--lateness", lateness)
		admin := newToken(t, dir, "admin")
		last := append(bytes.TrimSpace(lines[len(lines)-1]), '\n')
		if lateness == "0s" { // the order is that of one connection
			d.send(append(lines[:len(lines)-1:len(lines)-1], last)...)
		} else {
			var parts [4][][]byte
			for i, line := range lines {
				parts[i%4] = append(parts[i%4], append(bytes.TrimSpace(line), '\n'))
			}
			d.send(parts[0]...)
			d.send(parts[1]...)
			d.send(parts[2]...)
			_, err := d.stdin.Write(bytes.Join(parts[3], nil))
			require.NoError(t, err)
		}
		d.stop()

		want := detected(t, bytes.Join(lines, nil), "--lateness", lateness)
		require.NotEmpty(t, want)
		var shops []string
		for _, a := range want {
			shops = append(shops, a.Shop)
		}
		slices.Sort(shops)
		shops = slices.Compact(shops)
		d = startDaemon(t, dir, "--lateness", lateness)
		var got []orderguard.Alert
		await(t, "what waited", func() bool {
			got, _ = d.alerts(admin, shops)
			// An alert that changes while this reads takes a place further on, and is read again there.
			told := findings(got)
			slices.Sort(told)
			return len(slices.Compact(told)) == len(got) && len(got) == len(want)
		})
		requireSame(t, want, got)
		d.stop()
	}
}

// A daemon that is told to stop while what has come cannot be kept ends as one
// that has failed, and says what to do.
func TestServeStopsUnkept(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, t.TempDir(), "--dead-letters", "/dev/full")
	d.send([]byte("bad\n"))
	await(t, "the trouble", func() bool { return d.call("GET", "/readyz", "", nil).status == http.StatusServiceUnavailable })
	require.Error(t, d.end(syscall.SIGTERM))
	require.Equal(t, 1, d.cmd.ProcessState.ExitCode())
	require.Contains(t, d.stderr.String(), "could not be journalled, send those again")
	require.NotContains(t, d.stderr.String(), "stopped before all that is journalled was judged")
}

// A restart keeps alerts, seqs and cursors; the same stream again changes
// nothing, and what is new is found behind the old cursor.
func TestServeRestart(t *testing.T) {
	t.Parallel()
	rules, dir := writeRules(t, burstRule), t.TempDir()
	admin := newToken(t, dir, "admin") // without a daemon
	byBuyer := bursts(48)
	first, second := slices.Concat(byBuyer[:24]...), slices.Concat(byBuyer[24:]...)

	d := startDaemon(t, dir, "--rules", rules)
	d.post(admin, first...)
	before, cursors := d.alerts(admin, burstShops)
	require.Len(t, before, 6*12)
	tag := d.call("GET", "/v1/shops/s-0/alerts", admin, nil).header.Get("Etag")
	d.stop()

	d = startDaemon(t, dir, "--rules", rules)
	after, _ := d.alerts(admin, burstShops)
	require.Equal(t, before, after)
	require.Len(t, first, d.post(admin, first...).Accepted)
	after, again := d.alerts(admin, burstShops)
	require.Equal(t, before, after, "the same stream again finds nothing new")
	require.Equal(t, cursors, again)
	require.Equal(t, 304, d.call("GET", "/v1/shops/s-0/alerts", admin, nil, "If-None-Match", tag).status)
	require.Len(t, first, d.post(admin, first...).Duplicates)

	d.post(admin, second...)
	var found []orderguard.Alert
	for _, shop := range burstShops {
		p := d.page(admin, shop, cursors[shop], "limit=500")
		found = append(found, p.Alerts...)
	}
	want := detected(t, bytes.Join(second, nil), "--rules", rules)
	requireSame(t, want, found)
	for _, a := range found {
		require.Equal(t, 1, a.Revision)
		require.Greater(t, a.Seq, uint64(len(before)))
	}
	d.stop()
}
