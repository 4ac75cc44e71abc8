package main

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
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

// What was let go of for want of memory is let go of again at the same record by
// the life after, whatever that holds: the alerts go on as they would have.
func TestShedAgain(t *testing.T) {
	t.Parallel()
	disk := newSimDisk(rand.New(rand.NewPCG(1, 2)))
	disk.calm = true
	log := slog.New(slog.DiscardHandler)
	var records []store.Record
	for lines := range slices.Chunk(marketplace(t, 3000), 500) {
		raw := append(bytes.TrimSuffix(bytes.Join(lines, nil), []byte("\n")), '\n')
		records = append(records, store.Record{Kind: store.Lines, Feed: "f", Source: "f", Wall: 1, FirstLine: 1, Raw: raw})
	}
	_, err := disk.Append(records)
	require.NoError(t, err)
	life := func(each func(p *pipeline)) *pipeline {
		p, err := newPipeline(pipelineOptions{
			rules: detect.ShippedRules(), workers: 1, store: disk, casework: true, log: log,
			publish: func([]orderguard.Alert) error { return nil },
		})
		require.NoError(t, err)
		t.Cleanup(p.close)
		p.caughtUp = func(int64) error { each(p); return nil }
		_, err = p.recover(t.Context(), disk, log)
		require.NoError(t, err)
		return p
	}
	m := &memoryLimit{log: log, keys: map[string]int64{}}
	shed := false
	first := life(func(p *pipeline) {
		if !shed {
			shed, m.limit = true, p.held()/2
			require.NoError(t, m.keep(t.Context(), p))
		}
	})
	require.True(t, shed)
	require.Len(t, disk.acts, 1)
	require.NoError(t, first.commitShed(t.Context(), nil))
	require.Len(t, disk.acts, 1, "to let go of nothing is not noted")
	require.Positive(t, len(m.total()))
	second := life(func(*pipeline) {})
	var was, is bytes.Buffer
	require.NoError(t, first.save(&was))
	require.NoError(t, second.save(&is))
	require.Equal(t, was.Bytes(), is.Bytes())
}

// Where nothing more can be let go of, it is not tried again and again.
func TestMemoryIsNotShedInVain(t *testing.T) {
	t.Parallel()
	p, err := newPipeline(pipelineOptions{
		rules: detect.ShippedRules(), workers: 1, publish: func([]orderguard.Alert) error { return nil },
	})
	require.NoError(t, err)
	defer p.close()
	r := ingest.NewReader(bytes.NewReader(bytes.Join(marketplace(t, 100), nil)), ingest.ReaderOptions{Feed: "test", Workers: 1})
	require.NoError(t, p.drain(t.Context(), "test", r, nil))
	var text strings.Builder
	m := &memoryLimit{limit: 1000, log: slog.New(slog.NewTextHandler(&text, nil)), keys: map[string]int64{}}
	for range 3 {
		m.looked = time.Time{}
		require.NoError(t, m.keep(t.Context(), p))
	}
	require.Equal(t, 1, strings.Count(text.String(), "give --memory more"))
	m.looked = time.Time{}
	require.False(t, m.exceeded(p))
}
