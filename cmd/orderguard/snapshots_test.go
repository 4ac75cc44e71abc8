package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// A copy gives back what its sections wrote, in their order, whoever copied which, and says when there is no room.
func TestCopied(t *testing.T) {
	none := func(time.Duration) {}
	for workers := 1; workers <= 3; workers++ {
		rng := rand.New(rand.NewPCG(1, uint64(workers)))
		var want, got bytes.Buffer
		c, err := newCopied(1<<20, workers)
		require.NoError(t, err)
		c.back(1<<20, none)
		var sections []func(io.Writer) error
		for range 50 {
			part := make([]byte, rng.IntN(200_000))
			for i := range part {
				part[i] = byte(rng.Uint32())
			}
			want.Write(part)
			sections = append(sections, func(w io.Writer) error {
				_, err := w.Write(part[:len(part)/2])
				_, fail := w.Write(part[len(part)/2:])
				return errors.Join(err, fail)
			})
		}
		require.NoError(t, c.take(sections))
		require.Equal(t, want.Len(), c.size())
		require.NoError(t, c.writeTo(&got, none))
		require.Equal(t, want.Bytes(), got.Bytes())
		_, err = c.rooms[0].Write(make([]byte, 67<<20))
		require.ErrorIs(t, err, errNoRoom)
		c.free()
	}
}

// pipelineOver returns a pipeline over a simulated disk, with the first of simRules.
func pipelineOver(t *testing.T, disk *simDisk) *pipeline {
	rules := simRules(t)[0]
	p, err := newPipeline(pipelineOptions{
		rules: rules.set, files: rules.files, workers: 1, store: disk, casework: true, log: slog.New(slog.DiscardHandler),
		publish: func([]orderguard.Alert) error { return nil },
	})
	require.NoError(t, err)
	t.Cleanup(p.close)
	return p
}

// A recovery that judges a long tail takes snapshots on its way: a daemon that is
// killed again and again gets on.
func TestRecoveryTakesSnapshots(t *testing.T) {
	disk := newSimDisk(rand.New(rand.NewPCG(1, 2)))
	disk.calm = true
	log := slog.New(slog.DiscardHandler)
	line := []byte(`{"type":"order","status":"created","id":"e-1","ts":1770000000000,"shop":"s-1","buyer":"b-1","order":"o-1"}` + "\n")
	var records []store.Record
	for range 50 {
		raw := bytes.Repeat(line, 2_000)
		b, err := new(ingest.Redecoder).Decode(raw, "f", "f", 1, 0)
		require.NoError(t, err)
		records = append(records, store.Record{Kind: store.Lines, Feed: "f", Source: "f", Wall: 1, Count: b.Lines, Raw: raw})
	}
	_, err := disk.Append(records)
	require.NoError(t, err)
	p := pipelineOver(t, disk)
	k := newSnapshotKeeper(disk, 3<<20, 0, log)
	p.caughtUp = func(size int64) error { return k.note(t.Context(), p, size) }
	judged, err := p.recover(t.Context(), disk, log)
	require.NoError(t, err)
	require.Equal(t, 50, judged)
	require.NotEmpty(t, disk.snapshots)
	require.NotContains(t, disk.snapshots, uint64(50))
	require.Positive(t, k.stats.since.Load(), "what came after the last one counts towards the next")
}

// What the journal no longer has, and no snapshot covers, is not passed over.
func TestRecoveryLacksRecords(t *testing.T) {
	s, err := store.Open(t.TempDir(), store.Options{Reserve: -1})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	var records []store.Record
	for range 9 {
		records = append(records, store.Record{Kind: store.Tick})
	}
	_, err = s.Append(records)
	require.NoError(t, err)
	require.NoError(t, s.SaveSnapshot(5, func(w io.Writer) error { _, err := w.Write([]byte("of another version")); return err }))
	_, err = s.Trim(t.Context(), store.Retention{Bytes: 1})
	require.NoError(t, err)
	for _, accept := range []bool{false, true} {
		p, err := newPipeline(pipelineOptions{
			rules: simRules(t)[0].set, workers: 1, store: s, casework: true, acceptLoss: accept, log: slog.New(slog.DiscardHandler),
			publish: func([]orderguard.Alert) error { return nil },
		})
		require.NoError(t, err)
		_, err = p.recover(t.Context(), s, p.options.log)
		if !accept {
			require.ErrorContains(t, err, "the journal begins at record 5")
			require.ErrorContains(t, err, "--accept-loss")
		} else {
			require.NoError(t, err)
			require.True(t, p.lacking)
		}
		p.close()
	}
}

// A snapshot that is written beside the pipeline holds the state at which it was taken.
func TestSnapshotAside(t *testing.T) { synctest.Test(t, snapshotAside) }

func snapshotAside(t *testing.T) {
	disk := newSimDisk(rand.New(rand.NewPCG(1, 2)))
	disk.calm = true
	log := slog.New(slog.DiscardHandler)
	p := pipelineOver(t, disk)
	apply := func(number uint64, id string) {
		raw := []byte(`{"type":"order","status":"created","id":"` + id + `","ts":1770000000000,"shop":"s-1","buyer":"b-1","order":"` + id + `"}` + "\n")
		b, err := new(ingest.Redecoder).Decode(raw, "f", "f", 1, 0)
		require.NoError(t, err)
		_, err = p.apply(t.Context(), &store.Record{Number: number, Kind: store.Lines, Feed: "f", Source: "f"}, content{batch: b})
		require.NoError(t, err)
	}
	apply(1, "o-1")
	var want bytes.Buffer
	require.NoError(t, p.save(&want))
	k := newSnapshotKeeper(disk, 1, 1<<40, log)
	k.take(p)
	apply(2, "o-2")
	k.writing.Wait()
	require.Equal(t, want.Bytes(), disk.snapshots[1])

	// Of a large state the moment is when there is room for the copy.
	k.atOnce = 0
	want.Reset()
	require.NoError(t, p.save(&want))
	require.NoError(t, k.note(t.Context(), p, 1))
	room := <-k.room
	require.NotContains(t, disk.snapshots, uint64(2))
	require.True(t, k.copy(p, room))
	apply(3, "o-3")
	k.writing.Wait()
	require.Equal(t, want.Bytes(), disk.snapshots[2])

	// Where nothing more is judged it is taken beside the pipeline, but not before all is committed.
	k.idle = time.Millisecond
	require.NoError(t, p.settle(t.Context()))
	want.Reset()
	require.NoError(t, p.save(&want))
	require.NoError(t, k.note(t.Context(), p, 1))
	p.mu.Lock()
	p.found = append(p.found, orderguard.Alert{})
	p.mu.Unlock()
	time.Sleep(20 * k.idle)
	synctest.Wait()
	require.True(t, k.busy.Load())
	p.mu.Lock()
	p.found = p.found[:0]
	p.mu.Unlock()
	k.writing.Wait()
	require.Equal(t, want.Bytes(), disk.snapshots[3])

	// One for which there is room and that is not taken any more holds nothing up.
	k.idle = time.Hour
	apply(4, "o-4")
	require.NoError(t, k.note(t.Context(), p, 1))
	k.finish(p)
	require.Contains(t, disk.snapshots, uint64(4))
	require.False(t, k.busy.Load())
}

// What has gone through a pipeline is counted on after a start.
func TestCountsGoOn(t *testing.T) {
	disk := newSimDisk(rand.New(rand.NewPCG(1, 2)))
	disk.calm = true
	log := slog.New(slog.DiscardHandler)
	raw := []byte("no event\n" + `{"type":"order","status":"created","id":"e-1","ts":1770000000000,"shop":"s-1","buyer":"b-1","order":"o-1"}` + "\n")
	_, err := disk.Append([]store.Record{{Kind: store.Lines, Feed: "f", Source: "f", Wall: 1, FirstLine: 1, Raw: raw}})
	require.NoError(t, err)
	p := pipelineOver(t, disk)
	_, err = p.recover(t.Context(), disk, log)
	require.NoError(t, err)
	newSnapshotKeeper(disk, 1, 0, log).take(p)
	again := pipelineOver(t, disk)
	_, err = again.recover(t.Context(), disk, log)
	require.NoError(t, err)
	require.Equal(t, p.snapshot(), again.snapshot())
	require.EqualValues(t, 1, again.counts.Rejected)
}

// A snapshot is not believed by a store that has lost commits since: what they
// held is found again.
func TestSnapshotAheadOfTheStore(t *testing.T) {
	disk := newSimDisk(rand.New(rand.NewPCG(1, 2)))
	disk.calm = true
	log := slog.New(slog.DiscardHandler)
	var raw []byte
	for i := range 5 {
		raw = fmt.Appendf(raw, `{"type":"order","status":"created","id":"e-%d","ts":%d,"shop":"s-1","buyer":"b-1","order":"o-%d"}`+"\n", i, 1770000000000+i, i)
	}
	_, err := disk.Append([]store.Record{{Kind: store.Lines, Feed: "f", Source: "f", Wall: 1, FirstLine: 1, Raw: raw}, {Kind: store.Tick, Wall: 2}})
	require.NoError(t, err)
	life := func() *pipeline {
		p := pipelineOver(t, disk)
		_, err := p.recover(t.Context(), disk, log)
		require.NoError(t, err)
		return p
	}
	newSnapshotKeeper(disk, 1, 0, log).take(life())
	want := disk.changes
	require.NotEmpty(t, want)
	disk.alerts, disk.changes, disk.position = map[string]*orderguard.Alert{}, nil, 0
	for range 20 { // the disk finds a snapshot torn now and then
		life()
	}
	require.Equal(t, want, disk.changes)
}
