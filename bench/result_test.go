package bench

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sample is a result with all that a result may have.
func sample() *Result {
	return &Result{
		Bench: "detect", Command: "orderguard bench detect", Commit: "v1-2-gabc",
		When:    time.Date(2026, 11, 26, 14, 30, 0, 0, time.UTC),
		Machine: Machine{CPU: "Some CPU <R>", Cores: 2, Memory: 24 << 30, Kernel: "6.18", Go: "go1.26.8"},
		Others:  12.4,
		Input:   Input{Name: "orders.ndjson", Events: 2_000_000, Bytes: 500_000_000, SHA256: "0123456789abcdef0123"},
		Cases: []Case{
			{"decode, 1 worker", []Value{{"rate", 5_250_000, "events/s"}, {"throughput", 1.26e9, "B/s"}, {"CPU an event", 190e-9, "s"}}},
			{"shipped rules", []Value{{"rate", 99_960, "events/s"}, {"peak memory", 466 << 20, "B"}}},
		},
		Goals: []Goal{
			{What: "decode to encoding/json", Value: 22.4, Limit: 20, Unit: "x"},
			{What: "ack, p99", Value: .5, Limit: .25, Unit: "s", AtMost: true},
		},
		Charts: []Chart{
			{Title: "Rate", Y: "events/s", Series: []Series{{"", []Point{{Label: "decode", Y: 5_250_000}, {Label: "shipped & all", Y: 99_960}}}}},
			{
				Title: "Latency", X: "%", Y: "s", XName: "of the alerts", YName: "from the due time", LogY: true,
				Series: []Series{{"ack", []Point{{X: 50, Y: .003}, {X: 90, Y: .02}, {X: 99, Y: .2}}}, {"alert", []Point{{X: 50, Y: .01}, {X: 99, Y: .05}}}},
			},
		},
	}
}

func TestResultGolden(t *testing.T) {
	r := sample()
	for name, write := range map[string]func(io.Writer) error{
		"result.txt": r.WriteTable, "result.json": r.WriteJSON, "result.svg": r.WriteSVG, "result.md": r.WriteMarkdown,
	} {
		var got bytes.Buffer
		require.NoError(t, write(&got))
		path := filepath.Join("testdata", name)
		if *update {
			require.NoError(t, os.WriteFile(path, got.Bytes(), 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), got.String(), "%s: -update renews it", name)
	}
}

func TestQuantity(t *testing.T) {
	for _, c := range []struct {
		value float64
		unit  string
		want  string
	}{
		{0, "s", "0 s"},
		{0, "events/s", "0 events/s"},
		{.00231, "s", "2.31 ms"},
		{.99999, "s", "1 s"},
		{1.9e-7, "s", "190 ns"},
		{3.2e-11, "s", "0.032 ns"},
		{1234, "s", "1234 s"},
		{98, "B", "98 B"},
		{466 << 20, "B", "466 MiB"},
		{1.26e9, "B/s", "1.26 GB/s"},
		{99_960, "events/s", "100 k events/s"},
		{1_331_000, "events/s", "1.33 M events/s"},
		{10.66, "x", "10.7 ×"},
		{2.95, "%", "2.95 %"},
		{123_456, "", "123456"},
		{1.5, "", "1.5"},
	} {
		require.Equal(t, c.want, Quantity(c.value, c.unit))
	}
}

func TestGoals(t *testing.T) {
	require.Equal(t, "met", Goal{Value: 20, Limit: 20}.Verdict())
	require.Equal(t, "missed by 25%", Goal{Value: 15, Limit: 20}.Verdict())
	require.Equal(t, "met", Goal{Value: 20, Limit: 20, AtMost: true}.Verdict())
	require.Equal(t, "missed: 1.5 times the limit", Goal{Value: 30, Limit: 20, AtMost: true}.Verdict())
}
