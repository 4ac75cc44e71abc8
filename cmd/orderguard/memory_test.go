package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
)

func TestParseMemory(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0": 0, "8GiB": 8 << 30, "2 GB": 2_000_000_000, "1536MiB": 1536 << 20} {
		got, err := parseMemory(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "much", "-1GiB", "1MiB", "9999TiB"} {
		_, err := parseMemory(text)
		require.Error(t, err, text)
	}
}

// TestMemoryLimit holds that an engine that is too large lets go of keys until
// it is not, and that the log says of what.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	p, err := newPipeline(pipelineOptions{
		rules: detect.ShippedRules(), workers: 1, publish: func([]orderguard.Alert) error { return nil },
	})
	require.NoError(t, err)
	defer p.close()
	r := ingest.NewReader(bytes.NewReader(bytes.Join(marketplace(t, 3000), nil)), ingest.ReaderOptions{Feed: "test", Workers: 1})
	require.NoError(t, p.drain(t.Context(), "test", r, nil))

	require.False(t, new(memoryLimit).exceeded(p), "no limit")
	var log strings.Builder
	held := p.held()
	m := &memoryLimit{limit: held * 9 / 10, log: slog.New(slog.NewTextHandler(&log, nil)), keys: map[string]int64{}}
	require.True(t, m.exceeded(p))
	require.False(t, m.exceeded(p), "it has just looked")
	m.shed(p)
	require.LessOrEqual(t, p.held(), m.limit)
	keys := int64(0)
	for table, n := range m.total() {
		require.Contains(t, strings.ReplaceAll(log.String(), `\"`, `"`), table)
		keys += n
	}
	require.Positive(t, keys)
	require.NotContains(t, log.String(), "ERROR")

	m.limit = 1
	m.shed(p)
	require.Contains(t, log.String(), "give --memory more")
}
