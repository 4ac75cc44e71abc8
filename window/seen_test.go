package window

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSeenAgainstTwin compares the set of ids with a map.
func TestSeenAgainstTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	var seen Seen
	twin := map[uint64]int64{}
	clock := int64(100 * hour)
	for range 400 {
		ids, times, clocks := make([]uint64, 200), make([]int64, 200), make([]int64, 200)
		for i := range ids {
			if rng.IntN(300) == 0 {
				clock += rng.Int64N(60 * hour)
			}
			if rng.IntN(10000) == 0 {
				clock += rng.Int64N(40_000 * hour)
			}
			ids[i], times[i], clocks[i] = uint64(1+rng.IntN(3000))*0x9e3779b97f4a7c15, clock, clock
			switch rng.IntN(40) {
			case 0:
				times[i] -= rng.Int64N(100 * hour)
			case 1:
				times[i] += rng.Int64N(100 * hour)
			}
		}
		again := make([]bool, len(ids))
		for w := range 3 {
			seen.Run(ids, times, clocks, again, w, 3)
		}
		for i, id := range ids {
			until, ok := twin[id]
			want := ok && clocks[i]/hour <= until
			require.Equal(t, want, again[i])
			if !want {
				twin[id] = max(times[i], clocks[i])/hour + seenHours
			}
		}
	}
	n, _ := seen.Size()
	require.LessOrEqual(t, n, 3000)
}

// TestSeenWhereTheClockGoesBack holds that ids whose hours come to lie far
// ahead of the clock, because it was wrong at first, are still known until it
// has passed them.
func TestSeenWhereTheClockGoesBack(t *testing.T) {
	for _, far := range []int64{1, 20, 30, 60, 61, 62, 63, 86, 500, 400_000} {
		var seen Seen
		ask := func(id uint64, at int64) bool {
			again := []bool{false}
			seen.Run([]uint64{(id + 1) * 0x9e3779b97f4a7c15 >> shardBits}, []int64{at * hour}, []int64{at * hour}, again, 0, 1)
			return again[0]
		}
		now := int64(1000)
		for id := range uint64(100) {
			require.False(t, ask(id, now+far))
		}
		for step := range min(40, far+seenHours+1) { // all ids are of one shard: any of them turns its clock
			require.True(t, ask(uint64(step), now+step), "far %d, step %d", far, step)
		}
		require.True(t, ask(50, now+far+seenHours))
		require.False(t, ask(50, now+far+seenHours+1))
		require.True(t, ask(50, now+far+2*seenHours+1))
		n, _ := seen.Size()
		require.LessOrEqual(t, n, 100)
	}
}

// TestSeenAtTheEdgesOfItsHours compares tags of hours with the hours.
func TestSeenAtTheEdgesOfItsHours(t *testing.T) {
	for _, now := range []int64{0, 5, 61, 62, 480_000} {
		s := seenShard{now: now, tag: hourTag(now)}
		for age := int64(-seenHours); age <= seenHours+spare; age++ {
			require.Equal(t, age, s.age(hourTag(now-age)))
		}
	}
}
