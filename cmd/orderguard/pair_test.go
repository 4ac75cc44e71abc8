package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/orderguard/orderguard/bench"
	"github.com/stretchr/testify/require"
)

// obvious is the twin as a program: standard input to standard output.
func obvious() {
	out := bufio.NewWriter(os.Stdout)
	err := bench.Obvious(os.Stdin, func(order, scenario string) {
		fmt.Fprintf(out, "{\"order\":%q,\"scenario\":%q}\n", order, scenario)
	})
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFailed)
	}
}

// pair runs the product and its twin as programs over one stream of orders. The
// two commands are this test binary: see TestMain.
func pair(t testing.TB, orders, rounds int, flags ...string) bench.PairResult {
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules.yaml")
	require.NoError(t, os.WriteFile(rules, []byte(bench.TwoRules), 0o600))
	input, err := os.Create(filepath.Join(dir, "orders.ndjson"))
	require.NoError(t, err)
	require.NoError(t, bench.Load(input, nil, bench.LoadOptions{Seed: 1, Orders: orders}))
	require.NoError(t, input.Close())
	res, err := bench.Pair(t.Context(), bench.PairOptions{
		Product: append([]string{"orderguard", "detect", "--rules", rules}, flags...),
		Twin:    []string{"obvious"},
		Input:   input.Name(),
		Rounds:  rounds,
	})
	require.NoError(t, err)
	require.Empty(t, res.OnlyProduct, "orders that only the product flagged")
	require.Empty(t, res.OnlyTwin, "orders that only the obvious program flagged")
	require.NotZero(t, res.Orders)
	return res
}

// The whole program flags the orders that the obvious program flags, and no
// other.
func TestPair(t *testing.T) {
	pair(t, 20_000, 1, "--workers", "3")
}

// BenchmarkPair compares the whole program with the obvious one, in turn.
func BenchmarkPair(b *testing.B) {
	const orders = 2_000_000
	for b.Loop() {
		res := pair(b, orders, 5)
		b.ReportMetric(res.Ratio, "x-faster")
		for _, side := range []struct {
			name string
			cost bench.RunCost
		}{{"product", res.Product}, {"obvious", res.Twin}} {
			b.ReportMetric(orders/side.cost.Seconds/1000, side.name+"-kevents/s")
			b.ReportMetric(side.cost.CPUSeconds*1e6/orders, side.name+"-cpu-s/M")
			b.ReportMetric(float64(side.cost.MaxRSS)/(1<<20), side.name+"-MiB")
		}
	}
}

// dayRule keeps every order of every buyer for a day.
const dayRule = `rules:
  - id: buyer-day
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer], within: 24h, at_least: 50}
`

// BenchmarkMemory is the peak memory of detect, the whole process, over a day
// in which each of five million buyers orders twice: with one rule that counts
// the orders of a buyer in 24 hours, and with the shipped rules, which keep
// some thirty windows.
func BenchmarkMemory(b *testing.B) {
	day := filepath.Join(b.TempDir(), "day.yaml")
	require.NoError(b, os.WriteFile(day, []byte(dayRule), 0o600))
	b.Run("one-rule", func(b *testing.B) {
		require.LessOrEqual(b, memory(b, "--rules", day), 120.0, "bytes a buyer")
	})
	b.Run("shipped", func(b *testing.B) { memory(b) })
}

// memory reports, and returns, how many bytes a buyer costs.
func memory(b *testing.B, flags ...string) (perBuyer float64) {
	const buyers = 5_000_000
	for b.Loop() {
		read, write := io.Pipe()
		go func() {
			write.CloseWithError(bench.Load(write, nil, bench.LoadOptions{Orders: 2 * buyers, Buyers: buyers, InTurn: true}))
		}()
		c := exec.CommandContext(b.Context(), "orderguard", append([]string{"detect"}, flags...)...)
		c.Stdin, c.Stderr = read, os.Stderr
		require.NoError(b, c.Run())
		usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
		require.True(b, ok)
		b.ReportMetric(float64(usage.Maxrss)/1024, "MiB")
		perBuyer = float64(usage.Maxrss) * 1024 / buyers
		b.ReportMetric(perBuyer, "B/buyer")
	}
	return perBuyer
}
