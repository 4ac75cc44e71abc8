package detect

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestTimerHeap compares the order in which timers fall due with that of a sorted list.
func TestTimerHeap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var h timerHeap
	var twin []timer
	for seq := range uint64(5000) {
		switch n := rng.IntN(10); {
		case n < 6:
			tm := timer{at: orderguard.Millis(rng.IntN(100)), seq: seq}
			h.push(tm)
			at, _ := slices.BinarySearchFunc(twin, tm, func(a, b timer) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
			twin = slices.Insert(twin, at, tm)
		case n == 6:
			rng.Shuffle(len(h), func(i, j int) { h[i], h[j] = h[j], h[i] })
			h.order()
		case len(twin) > 0:
			require.Equal(t, twin[0], h.pop())
			twin = twin[1:]
		}
		require.Len(t, h, len(twin))
	}
}
