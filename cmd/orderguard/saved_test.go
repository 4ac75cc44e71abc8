package main

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/bench"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
)

// judging is what judges a stream: all that a snapshot has to keep.
type judging struct {
	rules  *detect.RuleSet
	order  *ingest.Sequencer
	engine *detect.Engine
	runner *detect.Runner
}

const savedLateness = 2 * time.Second

func newJudging(t testing.TB, rules *detect.RuleSet, workers int) *judging {
	engine, err := detect.New(rules, detect.Options{})
	require.NoError(t, err)
	order := ingest.NewSequencer(ingest.SequencerOptions{Lateness: savedLateness})
	return &judging{rules: rules, order: order, engine: engine, runner: detect.NewRunner(engine, workers)}
}

// judge puts lines through it, and writes the alerts.
func (j *judging) judge(t testing.TB, lines []byte, alerts io.Writer) {
	to := json.NewEncoder(alerts)
	r := ingest.NewReader(bytes.NewReader(lines), ingest.ReaderOptions{Feed: "test", Workers: 1})
	defer r.Close()
	for {
		b, err := r.Next(t.Context())
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			return
		}
		for next := j.order.Push("test", b, time.Time{}); next != nil; next = j.order.Next() {
			for _, a := range j.runner.Process(next) {
				require.NoError(t, to.Encode(&a))
			}
		}
		r.Recycle(b)
	}
}

// reborn ends it and returns what a snapshot of it makes.
func (j *judging) reborn(t testing.TB, workers int) *judging {
	var state bytes.Buffer
	require.NoError(t, j.order.Save(&state))
	require.NoError(t, j.engine.Save(&state))
	j.runner.Close()
	order, err := ingest.LoadSequencer(ingest.SequencerOptions{Lateness: savedLateness}, &state)
	require.NoError(t, err)
	engine, err := detect.Load(j.rules, detect.Options{}, &state)
	require.NoError(t, err)
	require.Zero(t, state.Len())
	return &judging{rules: j.rules, order: order, engine: engine, runner: detect.NewRunner(engine, workers)}
}

// TestSavedMarketplaceGoesOn saves and loads what judges a marketplace by the
// shipped rules, here and there.
func TestSavedMarketplaceGoesOn(t *testing.T) {
	lines := marketplace(t, halved(5000))
	through := newJudging(t, detect.ShippedRules(), 1)
	var want, got bytes.Buffer
	through.judge(t, bytes.Join(lines, nil), &want)
	defer through.runner.Close()
	rng := rand.New(rand.NewPCG(1, 95))
	cuts := []int{0, len(lines)}
	for range 6 {
		cuts = append(cuts, rng.IntN(len(lines)))
	}
	slices.Sort(cuts)
	j := newJudging(t, detect.ShippedRules(), 2)
	for i, from := range cuts[:len(cuts)-1] {
		j.judge(t, bytes.Join(lines[from:cuts[i+1]], nil), &got)
		j = j.reborn(t, 1+i%3)
	}
	defer j.runner.Close()
	require.Equal(t, want.String(), got.String(), "cut at %v", cuts)
	require.Equal(t, through.engine.Stats(), j.engine.Stats())
	require.Greater(t, bytes.Count(got.Bytes(), []byte("\n")), 100)
}

// copies counts what is written, and copies it once as a writer of chunks does.
type copies struct {
	n     int64
	chunk []byte
}

func (c *copies) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	for rest := p; len(rest) > 0; {
		rest = rest[copy(c.chunk, rest):]
	}
	return len(p), nil
}

// BenchmarkSave is how long the engine stands still for a snapshot after a
// marketplace of 400,000 orders with the shipped rules, and how long it takes to
// load that.
func BenchmarkSave(b *testing.B) {
	var market bytes.Buffer
	_, err := bench.Generate(&market, io.Discard, bench.GenOptions{Seed: 3, Orders: 400_000})
	require.NoError(b, err)
	j := newJudging(b, detect.ShippedRules(), 2)
	defer j.runner.Close()
	j.judge(b, market.Bytes(), io.Discard)
	market = bytes.Buffer{}
	b.Run("save", func(b *testing.B) {
		w := copies{chunk: make([]byte, 4<<20)}
		for b.Loop() {
			require.NoError(b, j.engine.Save(&w))
		}
		b.SetBytes(w.n / int64(b.N))
		b.ReportMetric(float64(w.n)/float64(b.N)/(1<<20), "MiB")
	})
	b.Run("load", func(b *testing.B) {
		var state bytes.Buffer
		require.NoError(b, j.engine.Save(&state))
		b.SetBytes(int64(state.Len()))
		for b.Loop() {
			_, err := detect.Load(j.rules, detect.Options{}, bytes.NewReader(state.Bytes()))
			require.NoError(b, err)
		}
	})
	var all int64
	for _, s := range j.engine.Memory() {
		all += s.Bytes
	}
	b.Logf("the engine holds %d MiB by its own account", all>>20)
}
