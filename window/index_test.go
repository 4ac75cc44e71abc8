package window

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSweepToTheEnd holds that a sweep gets to the end of an index in which
// nothing else happens. The keys that are left there stand too close together for it
// to shrink much, and it must go on where it was.
func TestSweepToTheEnd(t *testing.T) {
	for keys := uint64(500); keys < 3000; keys += 100 {
		var x index
		for i := range keys {
			k := keyOf(scramble(i))
			p, found := x.find(k)
			require.False(t, found)
			p = x.insert(p, k)
			x.slots[p].base = 1
		}
		x.owed = 0
		for range 300 {
			x.sweep(4096, 5000, func(*slot) {})
		}
		require.Zero(t, x.used, "of %d keys", keys)
	}
}
