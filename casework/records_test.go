package casework

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The table finds what a map finds, whatever was removed in between.
func TestRecordsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r records
		twin := map[uint64]uint32{}
		// Few low bits, so that many keys begin at one place of the table.
		keys := rapid.SampledFrom([]uint64{1, 2, 3, 1024 + 1, 2*1024 + 1, 3*1024 + 2, 1023, 2047, 4095, 8191 + 1024})
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			key := keys.Draw(t, "key")
			if _, there := twin[key]; there {
				r.remove(key)
				delete(twin, key)
			} else {
				slot, o := r.add(order{key: key, sku: uint32(key)})
				require.Same(t, r.at(slot), o)
				twin[key] = slot
			}
			require.Equal(t, len(twin), r.count())
			seen := 0
			for slot, o := range r.all {
				require.Equal(t, twin[o.key], slot)
				seen++
			}
			require.Equal(t, len(twin), seen)
			for key, slot := range twin {
				require.Same(t, r.at(slot), r.get(key))
			}
			require.Nil(t, r.get(77))
		}
	})
}

// A table that grows loses nothing.
func TestRecordsGrow(t *testing.T) {
	var r records
	const n = 10_000
	for key := uint64(1); key <= n; key++ {
		r.add(order{key: key * 0x9e3779b97f4a7c15, sku: uint32(key)})
	}
	for key := uint64(1); key <= n; key++ {
		require.Equal(t, uint32(key), r.get(key*0x9e3779b97f4a7c15).sku)
	}
	require.LessOrEqual(t, len(r.table), 4*n)
}
