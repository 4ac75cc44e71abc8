package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/bench"
)

// BenchmarkDurable is how fast a daemon takes a stream over TCP, up to the last
// ack and up to the last event judged, against detect on the same file, in turn;
// and how long it takes to start again after a kill, with the journal as the
// tail and with a snapshot.
func BenchmarkDurable(b *testing.B) {
	input := filepath.Join(b.TempDir(), "events.ndjson")
	f, err := os.Create(input)
	require.NoError(b, err)
	_, err = bench.Generate(f, io.Discard, bench.GenOptions{Seed: 3, Orders: 200_000})
	require.NoError(b, err)
	require.NoError(b, f.Close())
	for b.Loop() {
		var detect, acked, judged, tail, snapshot []float64
		for range 3 {
			w, _ := timed(b, []string{"detect", input})
			detect = append(detect, w)
			dir := b.TempDir()
			d := startDaemon(b, dir)
			begin := time.Now()
			streamFile(b, d, input)
			acked = append(acked, time.Since(begin).Seconds())
			await(b, "the engine", func() bool { return d.metric("orderguard_waiting_bytes") == "0" })
			judged = append(judged, time.Since(begin).Seconds())
			require.Error(b, d.end(os.Kill))
			begin = time.Now()
			d = startDaemon(b, dir)
			tail = append(tail, time.Since(begin).Seconds())
			d.stop()
			begin = time.Now()
			d = startDaemon(b, dir)
			snapshot = append(snapshot, time.Since(begin).Seconds())
			d.stop()
		}
		b.ReportMetric(median(detect), "s-detect")
		b.ReportMetric(median(detect)/median(acked), "acked-of-detect")
		b.ReportMetric(median(detect)/median(judged), "judged-of-detect")
		b.ReportMetric(median(tail), "s-start-tail")
		b.ReportMetric(median(snapshot), "s-start-snapshot")
	}
}

// streamFile feeds a file as a stream and waits for the last ack.
func streamFile(b *testing.B, d *testDaemon, path string) {
	text, err := os.ReadFile(path)
	require.NoError(b, err)
	lines := bytes.SplitAfter(text, []byte("\n"))
	lines = lines[:len(lines)-1]
	c := startClient(b, d, lines, 0, len(lines))
	for int(c.acked.Load()) < len(lines) {
		<-c.moved
	}
}
