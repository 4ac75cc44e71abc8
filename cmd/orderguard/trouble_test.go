package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
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

// fullJournal is one that takes nothing.
type fullJournal struct{ *simDisk }

func (fullJournal) Append([]store.Record) (int, error) { return 0, store.ErrFull }

// A post that was taken before the disk began to fail is answered, and what it holds is let go
// of when it is settled.
func TestPostBesideAFailingDisk(t *testing.T) {
	t.Parallel()
	disk := newSimDisk(rand.New(rand.NewPCG(1, 2)))
	disk.calm = true
	log := slog.New(slog.DiscardHandler)
	p, err := newPipeline(pipelineOptions{
		rules: detect.ShippedRules(), workers: 1, store: disk, casework: true, log: log, publish: func([]orderguard.Alert) error { return nil },
	})
	require.NoError(t, err)
	defer p.close()
	dead, err := openDeadFile(filepath.Join(t.TempDir(), "dead.ndjson"))
	require.NoError(t, err)
	f, err := newFlow(fullJournal{disk}, p, newSnapshotKeeper(disk, 1<<30, 0, log), dead, log)
	require.NoError(t, err)
	work, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.run(t.Context(), work) }()
	h := &httpIntake{flow: f, ready: func() error {
		if why := f.trouble.Load(); why != nil {
			return *why
		}
		return nil
	}}
	line := `{"type":"order","status":"created","id":"e-1","ts":1770000000000,"shop":"s-1","buyer":"b-1","order":"o-1"}` + "\n"
	receipt, err := h.Ingest(t.Context(), api.Post{Body: strings.NewReader(line)})
	require.ErrorIs(t, err, api.ErrBusy)
	require.ErrorIs(t, err, store.ErrFull)
	require.Zero(t, receipt.Accepted)
	_, err = h.Ingest(t.Context(), api.Post{Body: strings.NewReader(line)})
	require.ErrorIs(t, err, api.ErrBusy, "and at once, from then on")
	stop()
	require.ErrorIs(t, <-ended, errBehind)
	h.close() // waits for what was not settled
	require.NoError(t, dead.Close())
}

// A stop that cuts off what is tried again says the same each time, whoever sees the end first.
func TestStopWhileNothingCanBeKept(t *testing.T) {
	for n := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			disk := newSimDisk(rand.New(rand.NewPCG(1, 2)))
			f := settlerOver(t, &slowStore{simDisk: disk}).flow
			f.journal = fullJournal{disk}
			work, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- f.run(work, work) }()
			require.NoError(t, f.send(t.Context(), orders(t, n, 1)))
			synctest.Wait()
			stop()
			require.ErrorIs(t, <-ended, errBehind)
			require.ErrorIs(t, *f.trouble.Load(), store.ErrFull)
		})
	}
}

// watchedStore is told of each commit before it is made.
type watchedStore struct {
	*simDisk
	watch func(papers []store.Paper)
}

func (w *watchedStore) Commit(alerts []orderguard.Alert, position uint64, papers ...store.Paper) ([]orderguard.Alert, error) {
	w.watch(papers)
	return w.simDisk.Commit(alerts, position, papers...)
}

// A commit waits for the disk, and a disk that fails for as long as it does. Orders are
// screened meanwhile, also where it is a verdict that is committed.
func TestScreenBesideACommit(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	disk := newSimDisk(rng)
	disk.calm = true
	commits := 0
	var p *pipeline
	watched := &watchedStore{disk, func(papers []store.Paper) {
		commits++
		require.NotEmpty(t, papers)
		require.Empty(t, p.mu, "who asks waits for the disk")
	}}
	p, err := newPipeline(pipelineOptions{
		rules: detect.ShippedRules(), workers: 1, store: watched, casework: true, log: slog.New(slog.DiscardHandler),
		publish: func([]orderguard.Alert) error { return nil },
	})
	require.NoError(t, err)
	defer p.close()
	for n := range uint64(3) {
		x := simActs(t, rng, disk, 1_770_000_000_000)
		x.Number = n + 1
		_, err = p.apply(t.Context(), &x.Record, x.content)
		require.NoError(t, err)
	}
	require.Equal(t, 3, commits)
}
