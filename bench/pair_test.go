package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary be the twin: with the variable set it is the
// obvious program, from standard input to standard output.
func TestMain(m *testing.M) {
	if os.Getenv("BENCH_TWIN") == "" {
		os.Exit(m.Run())
	}
	err := Obvious(os.Stdin, func(order, scenario string) {
		fmt.Printf("{\"order\":%q,\"scenario\":%q}\n", order, scenario)
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestPair(t *testing.T) {
	t.Setenv("BENCH_TWIN", "1")
	file := filepath.Join(t.TempDir(), "load")
	events, labels := load(t, LoadOptions{Orders: 20_000, Floods: -1})
	require.NoError(t, os.WriteFile(file, events, 0o600))
	self, err := os.Executable()
	require.NoError(t, err)

	r, err := Pair(t.Context(), PairOptions{Product: []string{self}, Twin: []string{self}, Input: file, Rounds: 3})
	require.NoError(t, err)
	require.Equal(t, 3, r.Rounds)
	require.Equal(t, len(linesOf(labels)), r.Orders)
	require.Empty(t, r.OnlyProduct)
	require.Empty(t, r.OnlyTwin)
	require.Positive(t, r.Ratio)
	require.Positive(t, r.Twin.CPUSeconds)
	require.Greater(t, r.Product.MaxRSS, int64(1<<20))

	r, err = Pair(t.Context(), PairOptions{Product: []string{"echo", `{"order":"x","scenario":"y"}`}, Twin: []string{self}, Input: file, Rounds: 1})
	require.NoError(t, err)
	require.Equal(t, []string{"x y"}, r.OnlyProduct)
	require.Len(t, r.OnlyTwin, len(linesOf(labels)))
}

func TestPairErrors(t *testing.T) {
	_, err := Pair(t.Context(), PairOptions{Rounds: -1})
	require.ErrorContains(t, err, "product:")
	require.ErrorContains(t, err, "twin:")
	require.ErrorContains(t, err, "rounds -1")
	_, err = Pair(t.Context(), PairOptions{Product: []string{"sh", "-c", "echo no rules >&2; exit 1"}, Twin: []string{"true"}})
	require.EqualError(t, err, "pair: sh: exit status 1: no rules")
	_, err = Pair(t.Context(), PairOptions{Product: []string{"echo", "text"}, Twin: []string{"true"}})
	require.ErrorContains(t, err, "output: line 1")
}
