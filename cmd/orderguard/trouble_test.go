package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
)

// A store that fails holds the pipeline up, but not the figures that tell of it.
func TestMetricsOfAHeldPipeline(t *testing.T) {
	t.Parallel()
	p, err := newPipeline(pipelineOptions{
		rules: detect.ShippedRules(), workers: 1, publish: func([]orderguard.Alert) error { return nil },
	})
	require.NoError(t, err)
	defer p.close()
	m, registry := newMeter(p), prometheus.NewRegistry()
	m.register(registry)
	count := func() (n int) {
		families, err := registry.Gather()
		require.NoError(t, err)
		for _, f := range families {
			if name := f.GetName(); name == "orderguard_events_total" || name == "orderguard_ready" {
				n++
			}
		}
		return n
	}
	require.Equal(t, 2, count())
	p.mu.Lock()
	require.Equal(t, 2, count())
	require.Equal(t, 2, count(), "the second does not queue behind the first")
	p.mu.Unlock()
	require.Equal(t, 2, count())
}

// Dead letters wait for a disk that is full, until the daemon gives up.
func TestDeadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dead.ndjson")
	work, giveUp := context.WithCancel(t.Context())
	require.NoError(t, os.WriteFile(path, []byte(`{"cut":`), 0o600))
	f, err := openDeadFile(work, path, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	_, err = f.Write([]byte("{}\n"))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "{\"cut\":\n{}\n", string(text), "a line that a crash has cut is ended")

	f, err = openDeadFile(work, "/dev/full", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	failed := make(chan error)
	go func() {
		_, err := f.Write([]byte("{}\n"))
		failed <- err
	}()
	await(t, "the trouble", func() bool { return f.trouble.Load() != nil })
	giveUp()
	require.ErrorContains(t, <-failed, "no space left")
	require.NoError(t, f.Close())
	_, err = openDeadFile(work, t.TempDir(), slog.New(slog.DiscardHandler))
	require.Error(t, err)
}
