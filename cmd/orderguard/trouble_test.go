package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/store"
)

// A store that fails holds the pipeline up, but not the figures that tell of it.
func TestMetricsOfAHeldPipeline(t *testing.T) {
	t.Parallel()
	p, err := newPipeline(pipelineOptions{
		rules: detect.ShippedRules(), workers: 1, publish: func([]orderguard.Alert) error { return nil },
	})
	require.NoError(t, err)
	defer p.close()
	m, registry := newMeter(p, func(_, gauge tell) { gauge(descReady, 1) }), prometheus.NewRegistry()
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

// Dead letters that cannot be written are told of, and written whole later.
func TestDeadFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "dead.ndjson")
	require.NoError(t, os.WriteFile(path, []byte(`{"cut":`), 0o600))
	f, err := openDeadFile(path)
	require.NoError(t, err)
	group := []*parcel{
		{Record: store.Record{Kind: store.Tick}},
		{Record: store.Record{Kind: store.Lines}, content: content{batch: &orderguard.Batch{Rejects: []orderguard.Reject{{Line: 7, Reason: orderguard.NotJSON, Raw: []byte("x")}}}}},
	}
	require.NoError(t, f.keep(group[:1]))
	require.NoError(t, f.keep(group))
	require.NoError(t, f.Close())
	require.Error(t, f.keep(group))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "{\"cut\":\n"+`{"source":"","line":7,"offset":0,"reason":"not_json","error":"","raw":"x"}`+"\n", string(text),
		"a line that a crash has cut is ended")

	f, err = openDeadFile("/dev/full")
	require.NoError(t, err)
	require.ErrorContains(t, f.keep(group), "no space left")
	require.NoError(t, f.Close())
	_, err = openDeadFile(t.TempDir())
	require.Error(t, err)
}
