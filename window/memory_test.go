package window

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBytesAKey holds what a key costs that has two events in its window, and
// what a remembered id does, at any fill of the tables.
func TestBytesAKey(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	table := NewTable([]View{{Measure: Count, Within: 24 * hour}}, NoValues, hour)
	var seen Seen
	const n = 4096
	keys := make([]uint64, n)
	c := &Columns{
		Do: make([]uint8, n), Time: make([]int64, n), Clock: make([]int64, n), Ref: make([]uint32, n), Out: make([]int64, n),
	}
	again := make([]bool, n)
	var ref uint32
	worstKey, worstID := 0.0, 0.0
	for round := range 160 {
		for i := range keys {
			keys[i] = rng.Uint64()
		}
		for range 2 {
			ids := make([]uint64, n)
			for i := range keys {
				ref++
				c.Do[i], c.Time[i], c.Clock[i], c.Ref[i] = Add|Read, 1e12+int64(ref), 1e12+int64(ref), ref
				ids[i] = rng.Uint64()
			}
			c.Key = keys
			table.Run(c, 0, 1)
			seen.Run(ids, c.Time, c.Clock, again, 0, 1)
		}
		if round >= 40 {
			k, bytes := table.Size()
			worstKey = max(worstKey, float64(bytes)/float64(k))
			k, bytes = seen.Size()
			worstID = max(worstID, float64(bytes)/float64(k))
		}
	}
	t.Logf("%.1f bytes a key, %.1f bytes an id", worstKey, worstID)
	require.Less(t, worstKey, 46.0)
	require.Less(t, worstID, 12.5)
}
