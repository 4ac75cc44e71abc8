package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/orderguard/orderguard/bench"
	"github.com/stretchr/testify/require"
)

// BenchmarkShipped is how fast detect is with all shipped rules, against the two
// rules that the obvious program has, in turn over one file: a marketplace with
// all that belongs to it, and a plain stream of orders that nobody pays, where
// every shop looks as if it were attacked.
func BenchmarkShipped(b *testing.B) {
	for name, write := range map[string]func(w io.Writer) error{
		"marketplace": func(w io.Writer) error {
			_, err := bench.Generate(w, io.Discard, bench.GenOptions{Seed: 3, Orders: 400_000})
			return err
		},
		"orders-only": func(w io.Writer) error {
			return bench.Load(w, nil, bench.LoadOptions{Seed: 3, Orders: 1_000_000})
		},
	} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			rules, input := filepath.Join(dir, "rules.yaml"), filepath.Join(dir, "events.ndjson")
			require.NoError(b, os.WriteFile(rules, []byte(bench.TwoRules), 0o600))
			f, err := os.Create(input)
			require.NoError(b, err)
			require.NoError(b, write(f))
			require.NoError(b, f.Close())
			for b.Loop() {
				var wall, cpu [2][]float64
				for range 5 {
					for i, flags := range [][]string{{"--rules", rules}, nil} {
						w, c := timed(b, append(append([]string{"detect"}, flags...), input))
						wall[i], cpu[i] = append(wall[i], w), append(cpu[i], c)
					}
				}
				b.ReportMetric(median(wall[0]), "s-two")
				b.ReportMetric(median(wall[1]), "s-shipped")
				b.ReportMetric(median(wall[0])/median(wall[1]), "of-two")
				b.ReportMetric(median(cpu[0])/median(cpu[1]), "of-two-by-cpu")
			}
		})
	}
}

// timed runs orderguard and returns the seconds by the clock and of computing.
func timed(b *testing.B, args []string) (wall, cpu float64) {
	c := exec.CommandContext(b.Context(), "orderguard", args...)
	begin := time.Now()
	require.NoError(b, c.Run())
	return time.Since(begin).Seconds(), (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
