package window

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// surgeStream makes n events under some keys, one an hour each, in the mean; a few of
// them late or ahead of the clock.
func surgeStream(rng *rand.Rand, n, keys int) *SurgeColumns {
	c := &SurgeColumns{Out: make([]int64, n)}
	clock := int64(1_000_000_000)
	for range n {
		clock += rng.Int64N(7_200_000 / int64(keys))
		at := clock
		if rng.IntN(20) == 0 {
			at += rng.Int64N(7_200_000) - 3_600_000
		}
		c.Do, c.Key = append(c.Do, uint8(rng.IntN(4))), append(c.Key, scramble(uint64(rng.IntN(keys))+1))
		c.Time, c.Clock = append(c.Time, at), append(c.Clock, clock)
	}
	return c
}

// part returns the events [a, b) of the columns.
func (c *SurgeColumns) part(a, b int) *SurgeColumns {
	return &SurgeColumns{Do: c.Do[a:b], Key: c.Key[a:b], Time: c.Time[a:b], Clock: c.Clock[a:b], Out: c.Out[a:b]}
}

// TestSurgeAgainstTwin compares a Surge so wide that no two keys share both of
// their cells with exact counts that are brought from tick to tick one by one,
// whatever the workers and wherever batches end.
func TestSurgeAgainstTwin(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 27))
		c := surgeStream(rng, 6000, 60)
		s, workers := NewSurge(SurgeOptions{Width: 1 << 14, Rare: 500, Loud: 5}), 1+int(seed)
		for a := 0; a < len(c.Do); {
			b := min(len(c.Do), a+1+rng.IntN(300))
			for w := range workers {
				s.Run(c.part(a, b), w, workers)
			}
			a = b
		}
		type counts struct {
			now, past float64
			tick      int64
			loud      bool
		}
		keys, begin := map[uint64]*counts{}, map[int]int64{}
		fade := math.Exp2(-0.1)
		seen, loud := 0, 0
		for i, do := range c.Do {
			if do == 0 {
				continue
			}
			at, shard := min(c.Time[i], c.Clock[i])/60_000, shardOf(c.Key[i])
			if begin[shard] == 0 {
				if do&Add == 0 {
					require.Zero(t, c.Out[i], "nothing is known yet")
					continue
				}
				begin[shard] = at - 1
			}
			tick := max(at-begin[shard], 1)
			k := keys[c.Key[i]]
			if k == nil {
				k = &counts{tick: tick}
			}
			if do&Add == 0 { // a question leaves no trace
				seen := *k
				k = &seen
			} else {
				keys[c.Key[i]] = k
			}
			for ; k.tick < tick; k.tick++ {
				if !k.loud {
					k.past += k.now
				} else if k.tick > 1 {
					k.past += k.past / float64(k.tick-1)
				}
				k.now *= fade
			}
			if do&Add != 0 {
				k.now++
			}
			n, mean, want := k.now-float64(do&Add), k.past/float64(k.tick)+1/float64(min(k.tick, 500)), 0.0
			if n > mean {
				want = 10 / math.Ln10 * (n*math.Log(n/mean) - n + mean)
			}
			if do&Add != 0 {
				k.loud = want >= 5
			}
			if do&Read != 0 {
				seen++
				require.InDelta(t, want, float64(c.Out[i]), 1+0.002*want, "event %d", i)
			}
			if k.loud {
				loud++
			}
		}
		require.Greater(t, seen, 2000)
		require.Greater(t, loud, 5)
	}
}

// TestSurgeBatches holds that answers are the same for any number of workers and
// wherever batches end, in a sketch that its keys crowd, and that events allocate
// nothing.
func TestSurgeBatches(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 28))
	c := surgeStream(rng, 50_000, 5000)
	run := func(workers int, step func() int) []int64 {
		s := NewSurge(SurgeOptions{Width: 31})
		clear(c.Out)
		for a := 0; a < len(c.Do); {
			b := min(len(c.Do), a+step())
			for w := range workers {
				s.Run(c.part(a, b), w, workers)
			}
			a = b
		}
		require.EqualValues(t, 64*2*31*16, s.Size())
		return append([]int64(nil), c.Out...)
	}
	want := run(1, func() int { return len(c.Do) })
	for workers := 1; workers <= 7; workers += 3 {
		require.Equal(t, want, run(workers, func() int { return 1 + rng.IntN(900) }))
	}
	s := NewSurge(SurgeOptions{})
	s.Run(c, 0, 1)
	require.Zero(t, testing.AllocsPerRun(3, func() { s.Run(c, 0, 1) }))
}

// A burst is the more surprising the rarer its key was; what a key always does
// is none; and a burst teaches little.
func TestSurgeOfBursts(t *testing.T) {
	s := NewSurge(SurgeOptions{})
	clock := int64(1_000_000_000)
	ask := func(key uint64, n int) (out int64) {
		for range n {
			c := &SurgeColumns{Do: []uint8{Add | Read}, Key: []uint64{key}, Time: []int64{clock}, Clock: []int64{clock}, Out: []int64{0}}
			s.Run(c, 0, 1)
			out = c.Out[0]
		}
		return out
	}
	const busy, rare = 1 << 60, 1<<60 | 7<<40
	for minute := range 10_000 {
		clock += 60_000
		ask(busy, 20)
		if minute%500 == 0 {
			ask(rare, 1)
		}
	}
	require.Less(t, ask(busy, 20), int64(20), "what it always does")
	atBusy, atRare := ask(busy, 100), ask(rare, 100)
	require.Less(t, 4*atBusy, atRare)
	for range 60 { // a flood of an hour, and a day of rest
		clock += 60_000
		ask(rare, 100)
	}
	clock += 24 * hour
	require.Greater(t, ask(rare, 100), atRare*2/3)
}

func BenchmarkSurge(b *testing.B) {
	c := surgeStream(rand.New(rand.NewPCG(3, 29)), 1<<20, 100_000)
	for i := range c.Do {
		c.Do[i] = Add | Read
	}
	s := NewSurge(SurgeOptions{})
	b.ReportAllocs()
	for a := 0; a < b.N; a += 4096 {
		s.Run(c.part(a%len(c.Do), a%len(c.Do)+4096), 0, 1)
	}
}
