package main

import (
	"bytes"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
)

// TestShippedRulesAllocateLittle holds what an event of a marketplace costs in
// allocations with all shipped rules, decoding included. The thresholds and
// windows make none for each event; what is left is tables that grow, the
// expressions behind thresholds that hold (five and more for each evaluation, in
// CEL), the copies of events that rules look at again,
// and the alerts themselves.
func TestShippedRulesAllocateLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine, for long: make race has nothing to find here")
	}
	lines := bytes.Join(marketplace(t, 30_000), nil)
	engine, err := detect.New(detect.ShippedRules(), detect.Options{})
	require.NoError(t, err)
	runner := detect.NewRunner(engine, 1)
	defer runner.Close()
	r := ingest.NewReader(bytes.NewReader(lines), ingest.ReaderOptions{Feed: "test", Workers: 1})
	defer r.Close()
	order := ingest.NewSequencer(ingest.SequencerOptions{})
	var before, after runtime.MemStats
	events, warm := 0, bytes.Count(lines, []byte("\n"))/2
	for {
		b, err := r.Next(t.Context())
		if err != nil {
			break
		}
		runner.Process(order.Push("test", b, time.Time{}))
		if events += len(b.Events); events >= warm && before.Mallocs == 0 {
			runtime.ReadMemStats(&before)
			warm = events
		}
		r.Recycle(b)
	}
	runtime.ReadMemStats(&after)
	require.Greater(t, events-warm, 1000)
	each := float64(after.Mallocs-before.Mallocs) / float64(events-warm)
	t.Logf("%.3f allocations an event", each)
	require.Less(t, each, 0.75)
}
