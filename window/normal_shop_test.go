package window

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// shops are keys that have had some weeks of ordinary trade, in a Normal with
// windows of ten minutes.
type shops struct {
	normal *Normal
	rng    *rand.Rand
	rates  []float64 // events an hour, by shop
	clock  int64
	worst  []int64 // by shop: the highest answer of ordinary trade in the last week
}

// poisson returns a random count of a mean.
func poisson(rng *rand.Rand, mean float64) (n int) {
	for mean -= rng.ExpFloat64(); mean > 0; mean -= rng.ExpFloat64() {
		n++
	}
	return n
}

// daytime is how many times as much trade there is at a time of the day.
func daytime(at int64) float64 {
	return 1 - 0.8*math.Cos(2*math.Pi*float64(at%(24*hour))/(24*hour))
}

// trade lets all shops trade for some days.
func (s *shops) trade(days int64) {
	m := &market{rng: s.rng}
	for end := s.clock + days*24*hour; s.clock < end; s.clock += 24 * hour {
		type event struct {
			at   int64
			shop int
		}
		var events []event
		for shop, rate := range s.rates {
			for minute := range int64(24 * 60) {
				at := s.clock + minute*60_000
				for range poisson(s.rng, rate/60*daytime(at)) {
					events = append(events, event{at + s.rng.Int64N(60_000), shop})
				}
			}
		}
		slices.SortFunc(events, func(a, b event) int { return int(a.at - b.at) })
		c := &NormalColumns{Step: 1, Count: make([]int64, len(events)), Out: make([]int64, len(events))}
		for _, e := range events {
			c.Do, c.Key = append(c.Do, Add|Read), append(c.Key, scramble(uint64(e.shop)+1))
			c.Time, c.Clock = append(c.Time, e.at), append(c.Clock, e.at)
		}
		m.count(c, 10*60_000)
		s.normal.Run(c, 0, 1)
		if end-s.clock <= 7*24*hour {
			for i, e := range events {
				s.worst[e.shop] = max(s.worst[e.shop], c.Out[i])
			}
		}
	}
}

// rush asks about up to n events within the ten minutes before a time of the
// next day, and returns the highest answer. The shop is left as it was.
func (s *shops) rush(shop, n int, at int64) int64 {
	at += s.clock
	key := scramble(uint64(shop) + 1)
	shard := &s.normal.shards[shardOf(key)]
	if p, ok := shard.index.find(keyOf(key)); ok {
		row, all := shard.row(shard.index.slots[p].ref), shard.crowd
		was := *row
		defer func() { *row, shard.crowd = was, all }()
	}
	c := &NormalColumns{Step: 1, Count: make([]int64, n), Out: make([]int64, n)}
	for i := range n {
		c.Do, c.Key = append(c.Do, Read), append(c.Key, key)
		c.Time, c.Clock = append(c.Time, at), append(c.Clock, at)
		c.Count[i] = int64(i)
	}
	s.normal.Run(c, 0, 1)
	return slices.Max(c.Out)
}

// What Normal is for: what is an ordinary hour of a big shop is an attack at a
// small one.
func TestNormalOfShops(t *testing.T) {
	const big, small, night = 0, 1, 2 * hour
	s := &shops{normal: NewNormal(NormalOptions{Within: 10 * 60_000}), rng: rand.New(rand.NewPCG(5, 24)), clock: 400 * 24 * hour}
	s.rates = []float64{300, 0.3, 3, 30, 300, 0.3, 3, 30, 1, 1, 1, 1}
	s.worst = make([]int64, len(s.rates))
	s.trade(21)
	for shop, worst := range s.worst {
		require.Less(t, worst, int64(60), "ordinary trade of shop %d", shop)
	}
	noon := int64(12 * hour)
	quietBig, attacked := s.rush(big, 120, noon), s.rush(small, 40, noon)
	require.Less(t, quietBig, int64(20), "a busy noon of a big shop")
	require.Greater(t, attacked, int64(200), "40 orders at a small shop")
	require.Less(t, s.rush(big, 10*90, noon), s.rush(small, 10*6, noon), "ten times the usual is less at a big shop than 60 orders at a small one")
	require.Greater(t, s.rush(big, 120, night), quietBig+10, "the same is more by night")
	require.Less(t, s.rush(big, 400, noon), s.rush(small, 400, noon))

	fresh := len(s.rates)
	require.Zero(t, s.rush(fresh, 40, noon), "a shop that is not known")
	s.rates, s.worst = append(s.rates, 20), append(s.worst, 0)
	s.trade(1)
	require.Less(t, s.worst[fresh], int64(20), "the first day of a new shop")
	s.trade(3)
	require.Less(t, s.worst[fresh], int64(30), "the first days of a new shop")

	t.Logf("big at noon %d, by night %d, small %d; new shop's first days %d; ordinary %v",
		quietBig, s.rush(big, 120, night), attacked, s.worst[fresh], s.worst)
}

// An attack that goes on for a day is not learned as it is.
func TestNormalIsNotTaught(t *testing.T) {
	s := &shops{normal: NewNormal(NormalOptions{Within: 10 * 60_000}), rng: rand.New(rand.NewPCG(6, 24)), clock: 400 * 24 * hour}
	s.rates, s.worst = []float64{1, 1, 1, 1}, make([]int64, 4)
	s.trade(21)
	before := s.rush(0, 40, 12*hour)
	s.rates[0] = 200
	s.trade(1)
	s.rates[0] = 1
	s.trade(1)
	after := s.rush(0, 40, 12*hour)
	t.Logf("before %d, after %d", before, after)
	require.Greater(t, after, before/4)
	require.Greater(t, after, int64(60))
}

// A stream may begin with a wrong time, and have events that are late or ahead
// of the clock: what comes after is judged as if they had not been.
func TestNormalWrongTimes(t *testing.T) {
	n := NewNormal(NormalOptions{Within: hour})
	ask := func(at, clock, count int64, do uint8) int64 {
		c := &NormalColumns{Do: []uint8{do}, Key: []uint64{1 << 60}, Time: []int64{at}, Clock: []int64{clock}, Step: 1, Count: []int64{count}, Out: []int64{0}}
		n.Run(c, 0, 1)
		return c.Out[0]
	}
	ask(1<<60, 1<<60, 1, Add|Read)
	ask(-5, -5, 1, Add|Read)
	day := int64(500 * 24 * hour)
	for h := range int64(24 * 14) {
		ask(day+h*hour, day+h*hour, 1, Add)
	}
	end := day + 24*14*hour
	was := ask(end, end, 30, Read)
	require.Greater(t, was, int64(100))
	for range 50 {
		ask(day, end, 1, Add)           // late by two weeks
		ask(end-90*60_000, end, 1, Add) // late by more than its hour
	}
	require.Equal(t, was, ask(end, end, 30, Read))
	ask(1<<50, end, 1, Add) // ahead: counts as of now
	require.Positive(t, ask(end, end, 30, Read))
}

// TestNormalIsSmall holds what a key costs, that it is let go, and that events
// allocate nothing once it is as large as it is to be.
func TestNormalIsSmall(t *testing.T) {
	n := NewNormal(NormalOptions{Within: hour, Keep: 24 * hour})
	m := &market{rng: rand.New(rand.NewPCG(2, 25)), clock: 400 * 24 * hour}
	c := m.columns(400_000, 200_000, 1)
	n.Run(c, 0, 1)
	keys, bytes := n.Size()
	require.Greater(t, keys, 100_000)
	require.Less(t, float64(bytes)/float64(keys), 180.0)
	require.Zero(t, testing.AllocsPerRun(3, func() { n.Run(c, 0, 1) }))
	for i := range c.Time {
		c.Time[i] += 60 * 24 * hour
		c.Clock[i], c.Key[i] = c.Time[i], 1<<60
	}
	for range 400 {
		n.Run(c.part(len(c.Do)-4096, len(c.Do)), 0, 1)
	}
	keys, _ = n.Size()
	require.Equal(t, 1, keys)
}

func BenchmarkNormal(b *testing.B) {
	for _, keys := range []int{1000, 1_000_000} {
		b.Run(map[int]string{1000: "shops", 1_000_000: "pairs"}[keys], func(b *testing.B) {
			n := NewNormal(NormalOptions{Within: hour})
			m := &market{rng: rand.New(rand.NewPCG(3, 26)), clock: 400 * 24 * hour}
			c := m.columns(1<<20, keys, 10)
			span := c.Clock[len(c.Clock)-1] - c.Clock[0]
			b.ReportAllocs()
			b.ResetTimer()
			for a := 0; a < b.N; a += 4096 {
				at := a % len(c.Do)
				p := c.part(at, at+4096)
				if a >= len(c.Do) { // the next lap is later
					for i := range p.Time {
						p.Time[i] += span
						p.Clock[i] += span
					}
				}
				n.Run(p, 0, 1)
			}
		})
	}
}
