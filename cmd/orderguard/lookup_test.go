package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/store"
)

// Orders are looked up while a daemon still starts: here it waits for somebody to read that it is ready.
func TestOrdersAreLookedUpDuringAStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(dir, store.Options{Reserve: -1})
	require.NoError(t, err)
	var records []store.Record
	for n := range 600 { // more than a look-up reads that are not indexed
		line := fmt.Appendf(nil, `{"type":"order","status":"created","id":"e-%d","ts":%d,"shop":"s-1","buyer":"b-1","order":"o-%d"}`+"\n", n, int(march)+n, n)
		records = append(records, store.Record{Kind: store.Lines, Feed: "f", Source: "f", FirstLine: 1, Count: 1, Wall: int64(march), Raw: line,
			Positions: map[string]store.FeedPosition{"f": {Lines: int64(n) + 1, Events: int64(n) + 1}}})
	}
	n, err := s.Append(records)
	require.NoError(t, err)
	require.Len(t, records, n)
	require.NoError(t, s.Close())
	admin := newToken(t, dir, "admin")

	ready := filepath.Join(t.TempDir(), "ready")
	require.NoError(t, syscall.Mkfifo(ready, 0o600))
	d := &testDaemon{t: t, dir: dir}
	d.cmd = exec.Command("orderguard", "serve", "--data", dir, "--http", "127.0.0.1:0", "--tcp", "", "--ready-file", ready)
	d.cmd.Stderr = &d.stderr
	require.NoError(t, d.cmd.Start())
	t.Cleanup(func() { _ = d.end(syscall.SIGKILL) })
	await(t, "the daemon's address", func() bool {
		f, err := readDaemonFile(dir)
		d.HTTP = f.HTTP
		return err == nil
	})
	await(t, "the order", func() bool { return d.call("GET", "/v1/orders/o-7", admin, nil).status == http.StatusOK })
}

// TestCheckBesideDeadLetters checks the index of a store whose last event is followed by lines that are none: what
// decoding them leaves in memory is not taken for the order of the event.
func TestCheckBesideDeadLetters(t *testing.T) {
	t.Parallel()
	o := store.Options{Reserve: -1, Orders: ordersOf}
	s, err := store.Open(t.TempDir(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	raw := append(manyLines("s-1", 0, 1), bytes.Repeat([]byte("x"), 300)...)
	raw = append(raw, '\n')
	_, err = s.Append([]store.Record{{Kind: store.Lines, Feed: "f", Raw: raw, Positions: map[string]store.FeedPosition{"f": {Lines: 2}}}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.IndexOrders(ctx) }()
	defer func() { cancel(); <-done }()
	await(t, "the index", func() bool { return s.Unindexed() == 0 })
	faults, err := s.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, faults)
}
