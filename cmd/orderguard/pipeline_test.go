package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/bench"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
)

// marketplace returns the lines of a marketplace of so many orders, under attack.
func marketplace(t testing.TB, orders int) [][]byte {
	t.Helper()
	var events bytes.Buffer
	_, err := bench.Generate(&events, io.Discard, bench.GenOptions{Seed: 7, Orders: orders})
	require.NoError(t, err)
	return bytes.SplitAfter(bytes.TrimSuffix(events.Bytes(), []byte("\n")), []byte("\n"))
}

// withSurprises are the shipped rules and two that learn what is usual.
func withSurprises(t testing.TB) *detect.RuleSet {
	t.Helper()
	rules, err := detect.ParseRules("test.yaml", append(slices.Clip(detect.ShippedYAML), `
  - id: unusual-shop
    scenario: malicious_order
    on: order.created
    all: [{surprise: order.created, by: [shop], within: 10m, at_least: 5}]
  - id: unusual-pair
    scenario: malicious_order
    on: order.created
    all: [{surprise: order.created, by: [buyer, shop], at_least: 30}]
`...))
	require.NoError(t, err)
	return rules
}

// alertsOfLines puts lines through a pipeline and returns its alerts as NDJSON.
func alertsOfLines(t testing.TB, lines [][]byte, lateness time.Duration, workers, block int) string {
	t.Helper()
	var out bytes.Buffer
	p, err := newPipeline(pipelineOptions{
		rules: withSurprises(t), lateness: lateness, workers: workers,
		publish: func(alerts []orderguard.Alert) error {
			for _, a := range alerts {
				line, err := json.Marshal(a)
				require.NoError(t, err)
				out.Write(append(line, '\n'))
			}
			return nil
		},
	})
	require.NoError(t, err)
	defer p.close()
	r := ingest.NewReader(bytes.NewReader(bytes.Join(lines, nil)),
		ingest.ReaderOptions{Feed: "test", Source: "test", Workers: workers, BlockSize: block})
	require.NoError(t, p.drain(t.Context(), "test", r, nil))
	require.NoError(t, p.flush(t.Context()))
	require.Zero(t, p.snapshot().Rejected)
	return out.String()
}

// halved returns how much a test does: half as much under the race detector, which makes
// each ten times as slow.
func halved(n int) int {
	if testing.Short() {
		return n / 2
	}
	return n
}

// TestArrivalWithinLatenessChangesNothing shuffles a stream by less than the
// lateness and holds the alerts byte for byte.
func TestArrivalWithinLatenessChangesNothing(t *testing.T) {
	t.Parallel()
	lines := marketplace(t, 3000)
	const lateness = 2 * time.Second
	want := alertsOfLines(t, lines, lateness, 1, 0)
	for _, rule := range []string{"unusual-shop", "unusual-pair"} {
		require.Contains(t, want, rule)
	}
	type arrival struct {
		at   int64
		line []byte
	}
	for seed := range uint64(halved(4)) {
		rng := rand.New(rand.NewPCG(seed, 21))
		arrivals := make([]arrival, len(lines))
		for i, line := range lines {
			var e struct{ TS orderguard.Millis }
			require.NoError(t, json.Unmarshal(line, &e))
			arrivals[i] = arrival{int64(e.TS) + rng.Int64N(lateness.Milliseconds()), line}
		}
		slices.SortStableFunc(arrivals, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
		shuffled := make([][]byte, len(lines))
		for i := range arrivals {
			shuffled[i] = bytes.TrimSuffix(arrivals[i].line, []byte("\n"))
			shuffled[i] = append(slices.Clip(shuffled[i]), '\n')
		}
		require.Equal(t, want, alertsOfLines(t, shuffled, lateness, 1+int(seed%3), []int{0, 128 << 10}[seed%2]))
	}
}

// TestWorkersAndBlocksChangeNothing holds the alerts byte for byte over the
// number of workers and the size of blocks.
func TestWorkersAndBlocksChangeNothing(t *testing.T) {
	t.Parallel()
	lines := marketplace(t, 3000)
	want := alertsOfLines(t, lines, 0, 1, 0)
	for _, rule := range []string{"unusual-shop", "unusual-pair"} {
		require.Contains(t, want, rule)
	}
	for i := range halved(4) {
		workers := 4 - i
		require.Equal(t, want, alertsOfLines(t, lines, 0, workers, (128+64*workers)<<10))
	}
}
