package window

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// hours returns weeks of hourly counts with a day's rhythm.
func hours(rng *rand.Rand, mean float64, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(poisson(rng, mean*daytime(int64(i)*hour)))
	}
	return values
}

// What recurs is no surprise, a burst is one, and a dip is not.
func TestSeries(t *testing.T) {
	const end = 24 * 35
	for _, mean := range []float64{1, 10, 100, 1000} {
		rng := rand.New(rand.NewPCG(uint64(mean), 30))
		values, s := hours(rng, mean, end), NewSeries(SeriesOptions{})
		alarms := 0
		for i, v := range values {
			if s.Add(v) >= 20 && i > 24*7 {
				alarms++
			}
		}
		// By chance it is to be 1 in 100, or less.
		require.LessOrEqual(t, alarms, 24*28*2/100, "mean %v", mean)
		burst := *s
		burst.ring, burst.roots = append([]float64(nil), s.ring...), append([]float64(nil), s.roots...)
		require.Greater(t, burst.Add(10*mean+10), 40.0, "mean %v", mean)
		require.LessOrEqual(t, s.Add(0), 10.0, "a dip, mean %v", mean)
	}
}

// A few orders in a series that has hardly any are no alarm, nor is a value that
// is missing; and a long flood does not break what comes after.
func TestSeriesOfLittle(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 31))
	s := NewSeries(SeriesOptions{})
	for range 24 * 60 {
		v := 0.0
		if rng.IntN(60) == 0 {
			v = float64(1 + rng.IntN(2))
		} else if rng.IntN(50) == 0 {
			v = math.NaN()
		}
		require.Less(t, s.Add(v), 20.0)
	}
	require.Greater(t, s.Add(40), 40.0)
	for range 24 {
		s.Add(40)
	}
	for range 24 * 15 {
		require.False(t, math.IsNaN(s.Add(0)))
	}
	require.Greater(t, s.Add(400), 40.0)
}

func BenchmarkSeries(b *testing.B) {
	values, s := hours(rand.New(rand.NewPCG(1, 32)), 50, 4096), NewSeries(SeriesOptions{})
	b.ReportAllocs()
	for i := range b.N {
		s.Add(values[i%len(values)])
	}
}
