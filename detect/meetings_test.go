package detect

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMeetings compares meetings with a map of sets.
func TestMeetings(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 3))
	var m meetings
	m.round -= 10 // it comes round
	for range 200 {
		m.begin()
		twin := map[uint64]map[int]bool{}
		for shop := range 1 + rng.IntN(12) {
			for range rng.IntN(100) {
				buyer := 1 + rng.Uint64N(150)
				m.note(buyer, shop)
				if twin[buyer] == nil {
					twin[buyer] = map[int]bool{}
				}
				twin[buyer][shop] = true
			}
		}
		most, often := 0, map[int]int64{}
		for buyer := range uint64(152) {
			shops := len(twin[buyer])
			require.Equal(t, shops, m.shops(buyer))
			most = max(most, shops)
			for n := 1; n <= shops; n++ {
				often[n]++
			}
		}
		require.Equal(t, most, m.most)
		for n := 1; n <= 13; n++ {
			require.Equal(t, often[n], m.often(n))
		}
	}
}
