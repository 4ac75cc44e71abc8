package store

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestDeltasToldAgainstAll lists deltas of random days as they come, by whole lists and behind the cursor
// of one who follows, and holds them against all that were filed.
func TestDeltasToldAgainstAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	s := open(t, t.TempDir())
	const records = 60
	appendRecords(t, s, records)
	var all, followed []orderguard.Delta
	var cursor uint64
	for record := uint64(1); record < records; record++ {
		papers := []Paper{}
		for i := range rng.IntN(6) {
			shop := fmt.Sprint("s-", rng.IntN(2))
			d := orderguard.Delta{Shop: shop, Order: fmt.Sprint(record, "-", i), Day: orderguard.Day(rng.IntN(9) - 3), Indicator: orderguard.DisputeRate, Numerator: -1}
			papers = append(papers, Paper{Place: Place(record, i), Delta: &d})
			if shop == "s-0" {
				all = append(all, d)
			}
		}
		filePapers(t, s, record, papers...)
		if rng.IntN(3) == 0 {
			for more := true; more; {
				var list []orderguard.Delta
				var err error
				list, cursor, more, err = s.DeltasTold("s-0", math.MinInt32, cursor, 1+rng.IntN(4))
				require.NoError(t, err)
				followed = append(followed, list...)
			}
			require.Equal(t, all, followed)
		}
	}
	for limit := 1; limit < len(all)+2; limit += 1 + limit/2 {
		for from := orderguard.Day(-4); from < 7; from++ {
			var want, got []orderguard.Delta
			for _, d := range all {
				if d.Day >= from {
					want = append(want, d)
				}
			}
			for after, more := uint64(0), true; more; {
				var list []orderguard.Delta
				var err error
				list, after, more, err = s.DeltasTold("s-0", from, after, limit)
				require.NoError(t, err)
				require.LessOrEqual(t, len(list), limit)
				got = append(got, list...)
			}
			require.Equal(t, want, got)
		}
	}
	list, next, more, err := s.DeltasTold("s-9", 0, 5, 3)
	require.NoError(t, err)
	require.Empty(t, list)
	require.EqualValues(t, 5, next)
	require.False(t, more)
}
