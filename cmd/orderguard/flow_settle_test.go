package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// slowStore takes its time for a commit.
type slowStore struct {
	*simDisk
	takes   time.Duration
	commits atomic.Int32
}

func (s *slowStore) Commit(alerts []orderguard.Alert, position uint64, papers ...store.Paper) ([]orderguard.Alert, error) {
	time.Sleep(s.takes)
	s.commits.Add(1)
	return s.simDisk.Commit(alerts, position, papers...)
}

// settlerOver returns a settler of a flow over a store that is slow.
func settlerOver(t *testing.T, s *slowStore) *settler {
	rules, log := simRules(t)[0], slog.New(slog.DiscardHandler)
	p, err := newPipeline(pipelineOptions{
		rules: rules.set, files: rules.files, workers: 1, store: s, casework: true, log: log, publish: func([]orderguard.Alert) error { return nil },
	})
	require.NoError(t, err)
	t.Cleanup(p.close)
	dead, err := openDeadFile(os.DevNull)
	require.NoError(t, err)
	t.Cleanup(func() { _ = dead.Close() })
	f, err := newFlow(s, p, newSnapshotKeeper(s, 1<<40, 0, log), dead, log)
	require.NoError(t, err)
	return &settler{flow: f, pause: time.NewTimer(settleTime)}
}

// orders returns a record of so many orders by one buyer at one shop.
func orders(t *testing.T, number uint64, n int) *parcel {
	var raw []byte
	for i := range n {
		raw = fmt.Appendf(raw, `{"type":"order","status":"created","id":"e-%d-%d","ts":1770000000000,"shop":"s-1","buyer":"b-1","order":"o-%[1]d-%[2]d"}`+"\n", number, i)
	}
	b, err := new(ingest.Redecoder).Decode(raw, "f", "f", 1, 0)
	require.NoError(t, err)
	return &parcel{Record: store.Record{Number: number, Kind: store.Lines, Feed: "f", Source: "f", Count: b.Lines}, content: content{batch: b}, size: int64(len(raw))}
}

// What becomes durable after judging has ended is told so: at a stop posts wait for that.
func TestWhatComesTooLateIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := settlerOver(t, &slowStore{simDisk: newSimDisk(rand.New(rand.NewPCG(1, 2)))}).flow
		journal := &heldJournal{make(chan []store.Record), make(chan error)}
		f.journal = journal
		intake, endIntake := context.WithCancel(t.Context())
		work, giveUp := context.WithCancel(t.Context())
		defer giveUp()
		ended := make(chan error, 1)
		go func() { ended <- f.run(intake, work) }()
		told := make(chan error, 2)
		for n := range uint64(2) {
			post := orders(t, n, 1)
			post.judged = func(_ int64, err error) { told <- err }
			require.NoError(t, f.send(t.Context(), post))
			<-journal.appended
			giveUp()
			synctest.Wait() // until nobody judges any more
			journal.answer <- nil
			require.ErrorIs(t, <-told, errBehind)
		}
		endIntake()
		require.ErrorIs(t, <-ended, errBehind)
		require.Zero(t, f.open)
	})
}

// Alerts wait for others to share their commit only where nobody waits for them, whatever was judged last.
func TestWhoWaitsIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := settlerOver(t, &slowStore{simDisk: newSimDisk(rand.New(rand.NewPCG(1, 2)))})
		s.flow.journal.(*slowStore).calm = true
		begin, told := time.Now(), time.Duration(-1)
		post := orders(t, 1, 9)
		post.judged = func(_ int64, err error) {
			require.NoError(t, err)
			told = time.Since(begin)
		}
		require.NoError(t, s.judge(t.Context(), []*parcel{post}))
		require.NoError(t, s.judge(t.Context(), []*parcel{orders(t, 2, 1)}))
		require.NotEmpty(t, s.flow.pipeline.found)
		for require.NoError(t, s.advance(t.Context(), true)); !s.idle(); require.NoError(t, s.advance(t.Context(), true)) {
			select {
			case <-s.ended():
			case <-s.due():
			}
		}
		require.Zero(t, told)
	})
}

// Judging does not run ahead of a commit by more than so many papers.
func TestPapersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowStore{simDisk: newSimDisk(rand.New(rand.NewPCG(1, 2))), takes: time.Hour}
		slow.calm = true
		s := settlerOver(t, slow)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		p := s.flow.pipeline
		more := func(n uint64, papers int) {
			require.NoError(t, s.judge(ctx, []*parcel{orders(t, n, 1)}))
			for i := range papers {
				p.papers = append(p.papers, store.Paper{Place: store.Place(n, i), Delta: &orderguard.Delta{}})
			}
		}
		more(1, 1)
		time.Sleep(settleTime)
		require.NoError(t, s.advance(ctx, false))
		more(2, maxFound-1)
		require.NoError(t, s.advance(ctx, false))
		require.Zero(t, slow.commits.Load(), "judging goes on beside")
		more(3, 1)
		require.NoError(t, s.advance(ctx, false))
		require.EqualValues(t, 1, slow.commits.Load())
		require.NoError(t, s.end(ctx))
	})
}
